"""How far at most a network plan is from the best possible one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nagamochi.planning.costs import evaluate_unit_blocks
from nagamochi.planning.problem import PlanningProblem

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is proven about a problem and a plan of it.

    Parameters
    ----------
    method : str
        How the bound was found.
    lower_bound : float
        Yen: no network plan that keeps every budget and minimum costs less; infinite where none exists.
    prices : (horizon,) float64 or None
        What one more yen of budget in each year would save, at most; None where the method has no prices.
    smallest_flat_budget : tuple of float
        Yen per year: with less than the first no plan is feasible, with the second one is. The second is infinite where
        no plan is known to keep minimum health.
    """

    method: str
    lower_bound: float
    prices: Numbers | None = None
    smallest_flat_budget: tuple[float, float] = (0.0, inf)

    @property
    def proven_infeasible(self) -> bool:
        """Whether no plan keeps every budget and minimum."""
        return self.lower_bound == inf

    def gap(self, cost: float) -> float:
        """Return by what share of the bound a cost exceeds it.

        Examples
        --------
        >>> Certificate("cheapest plans", 100e6).gap(101e6)
        0.01
        """
        return (
            (cost - self.lower_bound) / self.lower_bound if isfinite(self.lower_bound) and self.lower_bound > 0 else 0.0
        )

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values, for files."""
        return {**asdict(self), "prices": None if self.prices is None else self.prices.tolist()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Make the certificate that `record` was made from."""
        low, high = record["smallest_flat_budget"]
        prices = record["prices"]
        return cls(
            method=record["method"],
            lower_bound=inf if record["lower_bound"] is None else record["lower_bound"],
            prices=None if prices is None else np.array(prices, np.float64),
            smallest_flat_budget=(low, inf if high is None else high),
        )


def cheapest_plans_bound(problem: PlanningProblem, threads: int) -> float:
    """Return the cost of the cheapest plan of every unit: a loose bound.

    It keeps the interval rule and minimum health, but no budgets. Infinite where a unit has no plan that
    keeps its minimum.
    """
    space, units = problem.space, problem.units
    shape = (len(space.intervals), len(space.levels), len(space.first_years))
    bridge_of_unit = np.repeat(np.arange(problem.network.n_bridges), np.diff(units.bridge_offsets))
    cheapest = np.zeros((problem.network.n_bridges, shape[0], shape[2]))
    for block in evaluate_unit_blocks(problem.network.arrays, units, problem.layout, problem.weights, threads):
        rows = slice(block.first_unit, block.first_unit + len(block.lcc))
        lcc = block.lcc
        if problem.health_deficit is not None:
            lcc = np.where(problem.health_deficit[rows] > 0, inf, lcc)
        np.add.at(cheapest, bridge_of_unit[rows], lcc.reshape(-1, *shape).min(axis=2))
    of_interval = cheapest.min(axis=2)
    return float(of_interval.min(axis=1).sum() if problem.interval_per == "bridge" else of_interval.sum(axis=0).min())
