"""Evaluate a network plan that the user gives, such as today's practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from time import perf_counter

import numpy as np

from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.network import Network
from nagamochi.network.budget import Budget
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.minimum_health import Minimum
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.plan_network import budget_of
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.shortfall import DEFAULT_SHORTFALL, Shortfall
from nagamochi.planning.solve import notices_of
from nagamochi.planning.solvers.relaxation import certify
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace
from nagamochi.tables import ArrowStream


def evaluate_plan(
    network: Network,
    decisions: ArrowStream | str | Path,
    budget: Budget | None = None,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    min_health: Minimum | Mapping[str, Minimum] | None = None,
    carry_over: bool = False,
    space: PlanSpace = DEFAULT_SPACE,
    shortfall: Shortfall = DEFAULT_SHORTFALL,
    threads: int = 0,
) -> NetworkPlan:
    """Compute what given decisions cost and keep, and how far at most they are from the best possible ones.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    decisions : table, str or Path
        A data frame or CSV file with the columns bridge_id, level, first_year, interval and, where it is not 1,
        delay, a row for each bridge; with
        a column member a row for each member of each bridge. A plan.csv is one.
    budget, horizon, discount_rate, min_health, threads
        As in :func:`plan_network`.
    carry_over : bool
        As in `PlanningProblem`.
    space : PlanSpace
        The plans that the best possible decisions may come from, besides those given.
    shortfall : Shortfall
        As in `PlanningProblem`.

    Returns
    -------
    NetworkPlan
        Without a solver. If the decisions share one interval, so do the best possible ones.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule, or the table has no plan for a bridge, or one for an unknown bridge.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import datasets
    >>> ten = datasets.paper_ten()
    >>> practice = ten.bridges.select("bridge_id", level=2.5, first_year=3, interval=5)
    >>> plan = evaluate_plan(ten, practice, budget=30e6)
    >>> plan.feasible, plan.decisions["level"].unique().to_list()
    (False, ['2.5'])
    """
    started = perf_counter()
    arguments.instance("network", network, Network)
    threads = arguments.threads(threads)
    given = Decisions(decisions, network)
    problem = PlanningProblem(
        network=network,
        budget=budget_of(network, budget, arguments.horizon(horizon)),
        discount_rate=discount_rate,
        min_health=min_health,
        carry_over=carry_over,
        space=given.space_with(space),
        interval_per="network" if given.one_interval else "bridge",
        level_per=given.level_per,
        shortfall=shortfall,
    )
    plan_of_unit = given.plan_of_unit(problem)
    outcome = Outcome.of(problem, plan_of_unit, threads)
    certificate = certify(problem, plan_of_unit, Execution(threads))
    return NetworkPlan(
        problem=problem,
        plan_of_unit=plan_of_unit,
        outcome=outcome,
        certificate=replace(certificate, smallest_flat_budget=(0.0, _enough_each_year(problem, outcome))),
        seconds=perf_counter() - started,
        notices=(*network.notices, *given.notices, *notices_of(problem)),
    )


def _enough_each_year(problem: PlanningProblem, outcome: Outcome) -> float:
    """Return the flat budget that is enough for the decisions, infinite where they break other limits."""
    of_network = outcome.over[len(problem.budget_rows) :]
    if outcome.off_schedule or outcome.closed_works or outcome.health_deficit or of_network.any():
        return inf
    total = outcome.total
    return float((total.cumsum() / np.arange(1, len(total) + 1) if problem.carry_over else total).max())
