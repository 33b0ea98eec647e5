"""Plan a network: the least cost within the budget of every year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter

import numpy as np

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction, log
from nagamochi.network import Network, yearly_budget
from nagamochi.network.budget import Budget
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import IntervalPer, LevelPer, Numbers, PlanningProblem
from nagamochi.planning.solver import Solver
from nagamochi.planning.solvers import SOLVERS
from nagamochi.planning.space import PlanSpace


def plan_network(
    network: Network,
    budget: Budget | None = None,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    min_health: float | Mapping[str, float] | None = None,
    space: PlanSpace = PlanSpace.study(),
    interval_per: IntervalPer = "network",
    level_per: LevelPer = "bridge",
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> NetworkPlan:
    """Choose an inspection and repair plan for every bridge: the least cost that keeps the budget of every year.

    The costs of a plan are those of :func:`evaluate_plans`. Where no plan is feasible, the answer is one that comes
    near: first the least health deficit, then the least overrun of budgets. Ctrl-C ends the search with the best plan
    so far.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    budget : float, array_like, table, path or None
        Yen per year for the whole network, not discounted: one number, one for each year, or a table or CSV file with
        the columns year and budget; infinite stands for no budget. By default the network's own.
    horizon : int
        Years, at least 1.
    discount_rate : float
        Per year, at least 0; a cost in year t counts ``exp(-discount_rate * t)``.
    min_health : float or mapping of str to float, optional
        Health from 1 to 5 that curves must not fall below: of all, or by member. A curve that is below it before any
        plan can repair it is reported in `NetworkPlan.already_below`.
    space : PlanSpace
        The plans to choose from; by default the 128 of the bridge study.
    interval_per : {"network", "bridge"}
        Which bridges share an inspection interval: all, or none.
    level_per : {"bridge", "member"}
        Whether a bridge has one repair level or each of its members.
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
        An argument breaks its rule.
    KeyboardInterrupt
        Ctrl-C was pressed before there was any plan.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6)
    >>> plan.feasible
    True
    >>> plan.decisions.columns
    ['bridge_id', 'level', 'first_year', 'interval', 'lcc', 'lowest_health']
    >>> plan.save("out")
    """
    started = perf_counter()
    arguments.instance("network", network, Network)
    problem = PlanningProblem(
        network=network,
        budget=budget_of(network, budget, arguments.horizon(horizon)),
        discount_rate=discount_rate,
        min_health=min_health,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
    )
    chosen = _solver(solver)
    execution = Execution(threads, progress, chosen.time_limit)
    log.info("planning %s with the solver %s", network, chosen.name)
    found = chosen.solve(problem, execution)
    return NetworkPlan(
        problem=problem,
        plan_of_unit=found.plan_of_unit,
        outcome=Outcome.of(problem, found.plan_of_unit, execution.threads),
        certificate=found.certificate,
        solver=chosen,
        run=found.run,
        seconds=perf_counter() - started,
        notices=(*network.notices, *notices_of(problem, budget), *found.notices),
    )


def budget_of(network: Network, budget: Budget | None, horizon: int) -> Numbers:
    """Return the yearly budget, by default the network's own."""
    if budget is not None:
        return yearly_budget(budget, horizon)
    if network.budget is None:
        raise arguments.invalid("budget", "must be given, as the network has none", budget)
    return yearly_budget(network.budget, horizon, "the network's budget.csv")


def notices_of(problem: PlanningProblem, budget: Budget | None) -> Iterator[str]:
    """Yield warnings that do not invalidate a plan."""
    network = problem.network
    if budget is not None and network.budget is not None:
        yield "budget: the network's own budget is not used, as another one was given"
    highest = max(problem.space.levels)
    unhelped = int((network.arrays.restored_health <= highest + _core.level_tolerance).sum())
    if unhelped:
        yield (
            f"curves: {unhelped:,} of {network.n_curves:,} are restored to a health that is not above repair level "
            f"{highest:g}: at such levels they are repaired after every inspection"
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
