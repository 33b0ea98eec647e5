"""Evaluate the plan that the user gives for a network in parts."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.executors import results_of
from nagamochi.network.budget import Budget
from nagamochi.network.parts import NetworkParts
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.decomposition.answers import PartOutcome, outcome_of_part
from nagamochi.planning.decomposition.decompose import decompose
from nagamochi.planning.decomposition.parts_plan import PLANS, PartsPlan
from nagamochi.planning.decomposition.parts_problem import PartsProblem
from nagamochi.planning.plan_folder import is_parts_plan
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace
from nagamochi.tables import ArrowStream


def evaluate_parts(
    parts: NetworkParts,
    decisions: ArrowStream | str | Path,
    budget: Budget | None = None,
    executor: Executor | None = None,
    *,
    horizon: int = 50,
    space: PlanSpace = DEFAULT_SPACE,
    threads: int = 0,
    progress: ProgressFunction | None = None,
    **options: Any,
) -> PartsPlan:
    """Compute what given decisions about a network in parts cost and keep, and how far at most they are from the best.

    As :func:`evaluate_plan`, with one part in memory at a time.

    Parameters
    ----------
    parts : NetworkParts
    decisions : table, str or Path
        As in :func:`evaluate_plan`, or the folder of a plan of these parts.
    budget : float or sequence of float, optional
        As in :meth:`PartsProblem.of`.
    executor : concurrent.futures.Executor, optional
        As in :func:`decompose`.
    horizon : int
        Years.
    space : PlanSpace
        The plans that the best possible decisions may come from, besides those given.
    threads, progress
        As in :func:`decompose`.
    **options
        ``discount_rate``, ``carry_over`` and ``shortfall`` of a :class:`PlanningProblem`.

    Returns
    -------
    PartsPlan
        If the decisions share one interval, so do the best possible ones.

    Raises
    ------
    InvalidInput
        An argument breaks its rule, or the table has no plan for a bridge, or one for an unknown bridge.
    CorruptFile
        A file of a part is missing or another one.
    LostExecutor
        The executor lost its workers or its scheduler.
    KeyboardInterrupt
        Ctrl-C was pressed, or ``progress`` stopped it.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> from nagamochi.network import split, write_parts
    >>> parts = write_parts(split(datasets.paper_ten(), 4), "ten bridges in parts")
    >>> practice = parts.bridge_ids.to_frame().with_columns(level=2.5, first_year=3, interval=5)
    >>> plan = evaluate_parts(parts, practice, budget=30e6)
    >>> plan.feasible, plan.certificate.lower_bound < plan.counted_cost
    (False, True)
    """
    arguments.instance("parts", parts, NetworkParts)
    given = Decisions(_table(decisions), parts)
    problem = PartsProblem.of(
        parts,
        budget,
        horizon,
        space=given.space_with(space),
        interval_per="network" if given.one_interval else "bridge",
        **options,
    )
    best = decompose(problem, executor, threads=threads, progress=progress)
    plans = given.plans_of(parts.bridge_ids.to_frame("bridge_id"), problem.shared.space)
    firsts, execution = problem.first_bridges, Execution(threads, progress)
    tasks = [(problem.part(number), of_part) for number, of_part in enumerate(problem.cut(plans))]
    outcomes: list[PartOutcome] = []
    for outcome in results_of(executor, outcome_of_part, tasks, execution.threads):
        outcomes.append(outcome)
        done = firsts[len(outcomes)]
        if not execution.report(done, firsts[-1], f"{done:,} bridges evaluated as decided"):
            raise KeyboardInterrupt
    plan = replace(best, plan_of_bridge=plans, outcomes=tuple(outcomes))
    return replace(plan, feasible=_is_feasible(plan))


def _table(decisions: ArrowStream | str | Path) -> ArrowStream | str | Path:
    """Return a table, that of a folder of a plan in parts if it is one."""
    if not isinstance(decisions, (str, Path)) or not is_parts_plan(Path(decisions)):
        return decisions
    files = sorted(Path(decisions).glob(f"{PLANS}/*.parquet"))
    return pl.concat([pl.read_parquet(file).drop("lcc", "lowest_health") for file in files])


def _is_feasible(plan: PartsPlan) -> bool:
    """Return whether all budgets are kept, no repair falls in a closed year, and inspections are when due."""
    total = plan.total
    over = any(row.excess(float(total @ row.years)) for row in plan.problem.shared.budget_rows)
    return not over and not plan.closed_works and not plan.off_schedule
