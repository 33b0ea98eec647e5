"""What a network plan costs, from precomputed costs of every plan of every bridge: the fitness that peers read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Integers = NDArray[np.integer]

# The genes of the study: an interval for the network, then a first year and a level for every bridge.
INTERVALS, FIRST_YEARS, LEVELS = 8, 4, 4
PLANS = INTERVALS * LEVELS * FIRST_YEARS


@dataclass(frozen=True)
class NetworkCosts:
    """Costs of all plans by year: rows of bridge 0, then of bridge 1, ..; yen, not discounted."""

    yearly: Numbers  # (n_bridges * PLANS, horizon)
    budget: Numbers  # (horizon)

    @property
    def n_bridges(self) -> int:
        return len(self.yearly) // PLANS

    @property
    def highest_genes(self) -> list[int]:
        return [INTERVALS - 1, *[FIRST_YEARS - 1, LEVELS - 1] * self.n_bridges]

    def plans(self, genes: Integers) -> Integers:
        """Plan of every bridge, for one individual or a row for each of several."""
        return (genes[..., :1] * LEVELS + genes[..., 2::2]) * FIRST_YEARS + genes[..., 1::2]

    def fitness(self, genes: Integers) -> tuple[float, float]:
        """Overrun of budgets and cost of one individual: less is better, in this order."""
        rows = self.plans(genes) + np.arange(0, len(self.yearly), PLANS)
        total = np.add.reduce(self.yearly.take(rows, axis=0))
        return float(np.add.reduce(np.maximum(total - self.budget, 0))), float(np.add.reduce(total))

    def fitness_of_all(self, genes: Integers) -> tuple[Numbers, Numbers]:
        """Do the same for a row of genes for each individual."""
        rows = self.plans(genes) + np.arange(0, len(self.yearly), PLANS)
        total = self.yearly.take(rows, axis=0).sum(axis=1)
        return np.maximum(total - self.budget, 0).sum(axis=1), total.sum(axis=1)
