"""Compare plans for ratings that scatter, for certain ones, and for better ones."""

from __future__ import annotations

from dataclasses import replace

from nagamochi.base import arguments
from nagamochi.base.execution import ProgressFunction
from nagamochi.planning.minimum_health import healths_alone
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.scatter_worth import ScatterWorth
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver


def scatter_worth(
    plan: NetworkPlan,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> ScatterWorth:
    """Compare a plan for scatter with the plan for certain ratings, and with the best one for better ratings.

    The latter is left out where a matrix gives the ratings, and where the health now is a rating: half of `sigma` would
    change what is believed of it, not only the ratings to come.

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
    if problem.scatter.matrix is None and not problem.scatter.rated_health:
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
