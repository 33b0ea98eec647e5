"""A Lagrangian relaxation as one would write it in NumPy: subgradient steps, greedy repair; one common interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

STEPS = 300
SWEEPS = 40
TEMPTING = 1e-3  # of the mean cost of a bridge: reduced costs up to here are tried in the repair


@dataclass
class NumpyPlan:
    cost: float
    bound: float
    choice: NDArray[np.int64]
    interval: int

    @property
    def gap(self) -> float:
        return (self.cost - self.bound) / self.bound


def relax(yearly: Numbers, budget: Numbers, steps: int = STEPS) -> NumpyPlan:
    """yearly (intervals, bridges, lanes, horizon) yen; the cheapest plan found, if any, and the bound."""
    at_zero = [spending.sum(axis=2).min(axis=1).sum() for spending in yearly]
    best: NumpyPlan | None = None
    bounds = np.array(at_zero)
    for interval in np.argsort(at_zero):
        if best is not None and at_zero[interval] >= best.cost:
            continue
        spending = yearly[interval]
        bounds[interval], prices = _prices(spending, budget, steps, np.inf if best is None else best.cost)
        if best is not None and bounds[interval] >= best.cost:
            continue
        choice = _repair(spending, budget, prices)
        if choice is not None:
            cost = float(spending[np.arange(len(choice)), choice].sum())
            if best is None or cost < best.cost:
                best = NumpyPlan(cost, 0.0, choice, int(interval))
    if best is None:
        best = NumpyPlan(np.inf, 0.0, np.empty(0, np.int64), -1)
    best.bound = float(bounds.min())
    return best


def _prices(spending: Numbers, budget: Numbers, steps: int, enough: float) -> tuple[float, Numbers]:
    """Polyak's steps towards an estimate of the optimum that grows with the bound."""
    bridges = np.arange(len(spending))
    cost = spending.sum(axis=2)
    prices, best_prices = np.zeros(len(budget)), np.zeros(len(budget))
    best, aim = -np.inf, 1e-2
    stuck = 0
    for _ in range(steps):
        values = cost + spending @ prices
        choice = values.argmin(axis=1)
        bound = values[bridges, choice].sum() - prices @ budget
        stuck += 1
        if bound > best:
            stuck = 0 if bound > best * (1 + 1e-6) else stuck
            best, best_prices = bound, prices
        if best >= enough:
            break
        if stuck > 8:
            aim, stuck, prices = aim / 2, 0, best_prices
            if aim < 1e-7:
                break
            continue
        slope = spending[bridges, choice].sum(axis=0) - budget
        slope = np.where((prices > 0) | (slope > 0), slope, 0.0)
        if not slope.any():
            break
        prices = np.maximum(prices + (best * (1 + aim) - bound) / (slope @ slope) * slope, 0.0)
    return float(best), best_prices


def _repair(spending: Numbers, budget: Numbers, prices: Numbers) -> NDArray[np.int64] | None:
    """Sweep over bridges whose second choice costs little, under a growing penalty of overruns."""
    bridges = np.arange(len(spending))
    values = spending.sum(axis=2) + spending @ prices
    choice = values.argmin(axis=1)
    reduced = values - values[bridges, choice][:, None]
    limit = np.partition(reduced.ravel(), min(6 * len(spending), reduced.size - 1))[
        min(6 * len(spending), reduced.size - 1)
    ]
    use = spending[bridges, choice].sum(axis=0)
    penalty = prices + 0.05
    for _ in range(SWEEPS):
        if (use <= budget).all():
            return choice
        for bridge in np.flatnonzero((reduced <= limit).sum(axis=1) > 1):
            options = np.flatnonzero(reduced[bridge] <= limit)
            others = use - spending[bridge, choice[bridge]]
            over = others + spending[bridge, options] - budget
            charges = np.where(over > 0, penalty * over, -prices * over).sum(axis=1)
            choice[bridge] = options[np.argmin(reduced[bridge, options] + charges)]
            use = others + spending[bridge, choice[bridge]]
        penalty = penalty * 1.5
    return choice if (use <= budget).all() else None
