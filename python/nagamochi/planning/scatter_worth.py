"""What the scatter of ratings costs, and what a better rating is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nagamochi.base import arguments
from nagamochi.base.execution import ProgressFunction
from nagamochi.planning.minimum_health import healths_alone
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver


@dataclass(frozen=True)
class ScatterWorth:
    """Four costs of one network, yen at present value, with what counts besides where the problem counts anything.

    Attributes
    ----------
    as_planned : float
        Of the plan for certain ratings, if ratings were certain.
    expected : float
        Of that same plan, expected under scatter.
    best : float
        Of the best plan found for scatter, expected.
    better_rating : float or None
        Of the best plan found where `sigma` is half as large, expected; None where a matrix gives the ratings.
    n_bridges : int
        Bridges of the network.

    Examples
    --------
    >>> worth = ScatterWorth(as_planned=100e6, expected=112e6, best=106e6, better_rating=102e6, n_bridges=10)
    >>> round(worth.surcharge, 2), worth.saved_per_bridge
    (0.12, 400000.0)
    """

    as_planned: float
    expected: float
    best: float
    better_rating: float | None
    n_bridges: int

    @property
    def surcharge(self) -> float:
        """By what share scatter raises the cost of the plan that does not expect it."""
        return self.expected / self.as_planned - 1 if self.as_planned else 0.0

    @property
    def saved_per_bridge(self) -> float | None:
        """Yen that ratings with half of `sigma` save on each bridge; None where a matrix gives the ratings."""
        return None if self.better_rating is None else (self.best - self.better_rating) / self.n_bridges

    def to_dict(self) -> dict[str, Any]:
        """Return the costs and what follows from them, as plain values."""
        costs = {"as_planned": self.as_planned, "expected": self.expected, "best": self.best}
        halved = {"better_rating": self.better_rating, "saved_per_bridge": self.saved_per_bridge}
        return {**costs, **halved, "surcharge": self.surcharge}


def scatter_worth(
    plan: NetworkPlan,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> ScatterWorth:
    """Compare a plan for scatter with the plan for certain ratings, and with the best one for better ratings.

    Parameters
    ----------
    plan : NetworkPlan
        The best plan of a problem in which ratings scatter.
    solver, threads, progress
        As in :func:`solve`.

    Returns
    -------
    ScatterWorth

    Raises
    ------
    nagamochi.errors.InvalidInput
        Ratings do not scatter in the plan's problem.

    Examples
    --------
    >>> import numpy as np
    >>> from nagamochi import datasets, planning
    >>> problem = planning.PlanningProblem(
    ...     datasets.paper_ten(), np.full(50, 30e6), scatter=planning.RatingScatter(0.43)
    ... )
    >>> worth = planning.scatter_worth(planning.solve(problem))
    >>> worth.best <= worth.expected, worth.better_rating <= worth.best
    (True, True)
    """
    problem = plan.problem
    if problem.scatter is None:
        raise arguments.invalid("plan", "must be of a problem in which ratings scatter", problem.scatter)
    certain = replace(problem, scatter=None, min_health=healths_alone(problem.min_health))
    planned = solve(certain, solver=solver, threads=threads, progress=progress)
    outcome = Outcome.of(problem, planned.plan_of_unit, arguments.threads(threads))
    halved = None
    if problem.scatter.matrix is None:
        halved = solve(_half(problem, problem.scatter), solver=solver, threads=threads, progress=progress).counted_cost
    return ScatterWorth(
        as_planned=planned.counted_cost,
        expected=outcome.cost + problem.added_cost(planned.plan_of_unit),
        best=plan.counted_cost,
        better_rating=halved,
        n_bridges=problem.network.n_bridges,
    )


def _half(problem: PlanningProblem, scatter: RatingScatter) -> PlanningProblem:
    return replace(problem, scatter=replace(scatter, sigma=scatter.sigma / 2))
