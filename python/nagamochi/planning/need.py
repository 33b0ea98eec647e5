"""What a network needs: its cheapest plan without a yearly budget, and the smallest flat budget that is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nagamochi.base import arguments
from nagamochi.base.execution import ProgressFunction
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver


def plan_need(
    problem: PlanningProblem,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> NetworkPlan:
    """Plan without a yearly budget, and prove how large the same budget in every year must be.

    Parameters
    ----------
    problem : PlanningProblem
        What is to be planned; its yearly budget does not count.
    solver, threads, progress
        As in :func:`solve`; the flat budget is found by `Relaxation`.

    Returns
    -------
    NetworkPlan
        The cheapest plan that keeps all but a yearly budget. Its totals by year are the need. The smallest flat budget
        of its certificate is proven where the solver proves one: not with carry-over, nor after Ctrl-C.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = plan_need(planning.PlanningProblem(datasets.paper_ten(), np.full(50, np.inf)))
    >>> low, high = plan.certificate.smallest_flat_budget
    >>> 0 < low <= high <= plan.yearly["total"].max()
    True
    """
    arguments.instance("problem", problem, PlanningProblem)
    free = solve(
        replace(problem, budget=np.full(problem.horizon, np.inf)), solver=solver, threads=threads, progress=progress
    )
    if free.interrupted or not free.feasible or problem.carry_over:
        return free
    nothing = solve(
        replace(problem, budget=np.zeros(problem.horizon)), threads=threads, progress=_about_the_flat_budget(progress)
    )
    if nothing.interrupted:
        return replace(free, run=nothing.run)
    if nothing.certificate.unit != free.certificate.unit or not nothing.certificate.flat_bounds:
        return free
    low, high = nothing.certificate.smallest_flat_budget
    high = min(high, float(free.outcome.total.max()))
    certificate = replace(
        free.certificate, smallest_flat_budget=(low, high), flat_bounds=nothing.certificate.flat_bounds
    )
    return replace(free, certificate=certificate, seconds=free.seconds + nothing.seconds)


def _about_the_flat_budget(progress: ProgressFunction | None) -> ProgressFunction | None:
    """Say what is searched, as the bounds of a search without any budget to spend say nothing to a user."""
    if progress is None:
        return None
    return lambda done: progress(replace(done, text="looking for the smallest flat budget"))
