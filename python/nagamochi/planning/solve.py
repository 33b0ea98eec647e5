"""Solve a planning problem."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction, log
from nagamochi.network.budget import unused_budget
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solver import Found, Solver
from nagamochi.planning.solvers import SOLVERS
from nagamochi.planning.solvers.relaxation import Relaxation


def solve(
    problem: PlanningProblem,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> NetworkPlan:
    """Choose a plan for every unit of a problem: the least cost that keeps all its rows and minimum healths.

    Where no plan is feasible, the answer is one that comes near: first the least health deficit, then little overrun of
    the rows. Ctrl-C ends the search with the best plan so far.

    Parameters
    ----------
    problem : PlanningProblem
        What is to be planned within which limits.
    solver : Solver or str
        How to search: a solver with its options, such as `Genetic`, or the name of one.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. The plan does not depend on it.
    progress : callable, optional
        Called now and then with a `Progress`; returns False to end the search with the best plan so far.

    Returns
    -------
    NetworkPlan
        The best plan found; see its ``feasible`` and ``certificate``.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule, or the solver does not know what limits the problem.
    KeyboardInterrupt
        Ctrl-C was pressed before there was any plan.

    Examples
    --------
    What a year leaves of its budget may be spent later:

    >>> import numpy as np
    >>> from nagamochi import datasets, planning
    >>> problem = planning.PlanningProblem(datasets.paper_ten(), np.full(50, 9e6), carry_over=True)
    >>> plan = planning.solve(problem)
    >>> plan.feasible, bool(plan.yearly["total"].max() > 9e6)
    (True, True)
    """
    started = perf_counter()
    arguments.instance("problem", problem, PlanningProblem)
    chosen = _solver(solver)
    execution = Execution(threads, progress, chosen.time_limit)
    log.info("planning %s with the solver %s", problem.network, chosen.name)
    return _network_plan(problem, chosen, chosen.solve(problem, execution), execution.threads, started)


def relax_from(problem: PlanningProblem, start: npt.NDArray[np.int64] | None, *, threads: int) -> NetworkPlan:
    """Solve a problem by relaxation, from a plan of each unit if one is given: the result is no worse."""
    started = perf_counter()
    solver, execution = Relaxation(), Execution(threads)
    return _network_plan(problem, solver, solver.solve(problem, execution, start), execution.threads, started)


def _network_plan(problem: PlanningProblem, solver: Solver, found: Found, threads: int, started: float) -> NetworkPlan:
    return NetworkPlan(
        problem=problem,
        plan_of_unit=found.plan_of_unit,
        outcome=Outcome.of(problem, found.plan_of_unit, threads),
        certificate=found.certificate,
        solver=solver,
        run=found.run,
        seconds=perf_counter() - started,
        notices=(*problem.network.notices, *notices_of(problem), *found.notices),
    )


def notices_of(problem: PlanningProblem) -> Iterator[str]:
    """Yield warnings that do not invalidate a plan."""
    network = problem.network
    yield from unused_budget(network.budget, problem.budget)
    highest = max(problem.space.levels)
    unhelped = int((network.arrays.restored_health <= highest + _core.level_tolerance).sum())
    if unhelped:
        yield (
            f"curves: {unhelped:,} of {network.n_curves:,} are restored to a health that is not above repair level "
            f"{highest:g}: at such levels they are repaired after every inspection"
        )
    if problem.scatter is not None:
        yield (
            "scatter: costs, budgets and probabilities are what is expected; works, condition, waiting and backlog are "
            "those of one case, in which every rating is the health"
        )
    if problem.scatter is not None and problem.scatter.has_coarse_lives:
        yield (
            "life_scatter: it is large beside the scatter of ratings, so that yen of single years are rough, by some "
            "percent, without any scatter by a quarter; their sum over all years is off much less"
        )
    below, _ = problem.already_below
    if len(below):
        bridge = np.searchsorted(network.arrays.curve_offsets, below[0], side="right").item() - 1
        yield (
            f"min_health: {len(below):,} of {network.n_curves:,} curves fall below it before any plan can repair them; "
            f"the first is of bridge {network.bridge_ids[bridge]}"
        )


def _solver(solver: Solver | str) -> Solver:
    if isinstance(solver, str):
        return SOLVERS[arguments.one_of("solver", solver, tuple(SOLVERS))]()
    if isinstance(solver, type) or not callable(getattr(solver, "solve", None)):
        raise arguments.invalid("solver", f"must be a solver or one of {', '.join(SOLVERS)}", solver)
    return solver
