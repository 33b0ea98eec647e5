"""What plans of a network in parts cost and keep under one budget after another."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.executors import results_of
from nagamochi.planning.budget_curve import BUDGETS, BudgetCurve
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.decomposition.answers import health_of_part
from nagamochi.planning.decomposition.decompose import decompose
from nagamochi.planning.decomposition.parts_plan import PartsPlan
from nagamochi.planning.decomposition.parts_problem import PartsProblem

MOST_STEPS = 6
"""Plans for the smallest flat budget."""
CLOSE = 1e-4
"""Share by which a step must raise it to be followed by another one."""


def parts_budget_curve(
    problem: PartsProblem,
    budgets: Sequence[float] | None = None,
    executor: Executor | None = None,
    *,
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> BudgetCurve:
    """Plan a network in parts under one flat budget after another, each with its proof.

    As :func:`budget_curve`, with one part in memory at a time. A budget is not planned dearer than a smaller one, whose
    plan keeps it, too. The smallest flat budget is sought by steps: prices that prove a budget too small say up to
    which one they prove it.

    Parameters
    ----------
    problem : PartsProblem
        Its own budget does not count.
    budgets : sequence of float, optional
        As in :func:`budget_curve`.
    executor : concurrent.futures.Executor, optional
        As in :func:`decompose`.
    threads : int
        As in :func:`decompose`.
    progress : callable, optional
        Called after each part of each budget with a `Progress`; returning False stops.

    Returns
    -------
    BudgetCurve

    Raises
    ------
    InvalidInput
        An argument breaks its rule.
    CorruptFile
        A file of a part is missing or another one.
    LostExecutor
        The executor lost its workers or its scheduler.
    KeyboardInterrupt
        Ctrl-C was pressed, or ``progress`` stopped it.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> from nagamochi.network import split, write_parts
    >>> parts = write_parts(split(datasets.paper_ten(), 4), "ten bridges in parts")
    >>> problem = planning.PartsProblem.of(parts, space=planning.PlanSpace.study())
    >>> parts_budget_curve(problem, [5e6, 20e6, 30e6]).table["feasible"].to_list()
    [False, True, True]
    """
    arguments.instance("problem", problem, PartsProblem)
    execution = Execution(threads, progress)
    if budgets is not None:
        budgets = [arguments.number(f"budgets[{i}]", budget, at_least=0) for i, budget in enumerate(budgets)]
    run = _Run(problem, executor, execution)
    need = run.within(inf, "without a budget").total
    low = run.smallest()
    if budgets is None:
        enough = need.cumsum() / np.arange(1, problem.horizon + 1) if problem.shared.carry_over else need
        budgets = np.linspace(low, max(low, enough.max()), BUDGETS).tolist()
    rows: dict[int, dict[str, Any]] = {}
    for done, i in enumerate(np.argsort(budgets, kind="stable").tolist(), start=1):
        plan = run.within(budgets[i], f"budget {done} of {len(budgets)}")
        rows[i] = {"budget": budgets[i], **run.row(plan)}
    return BudgetCurve(pl.DataFrame([rows[i] for i in sorted(rows)]), (low, run.high), need)


@dataclass(eq=False)
class _Run:
    """Plans within flat budgets."""

    problem: PartsProblem
    executor: Executor | None
    execution: Execution
    high: float = inf

    def __post_init__(self) -> None:
        self._planned: list[tuple[float, PartsPlan]] = []

    def within(self, budget: float, what: str) -> PartsPlan:
        """Plan within a budget, no dearer than within a smaller one."""
        shared = replace(self.problem.shared, budget=np.full(self.problem.horizon, budget))
        plan = decompose(
            replace(self.problem, shared=shared),
            self.executor,
            threads=self.execution.threads,
            progress=lambda part: self.execution.report(part.done, part.of, f"{what}: {part.text}"),
        )
        for smaller, known in self._planned:
            if smaller <= budget and known.feasible and (not plan.feasible or known.counted_cost < plan.counted_cost):
                plan = replace(plan, plan_of_bridge=known.plan_of_bridge, outcomes=known.outcomes, feasible=True)
        self._planned.append((budget, plan))
        self.high = min(self.high, self._largest(plan))
        return plan

    def smallest(self) -> float:
        """Return a flat budget below which none is enough, as high as steps prove it."""
        low = 0.0
        for step in range(1, MOST_STEPS + 1):
            plan = self.within(low, f"smallest flat budget, step {step}")
            before, low = low, max(low, _proven(plan.certificate))
            if not before * (1 + CLOSE) < low or not isfinite(low):
                break
        return low

    def row(self, plan: PartsPlan) -> dict[str, Any]:
        """Return what the table of the curve says of a plan."""
        of_parts = enumerate(plan.problem.cut(plan.plan_of_bridge))
        tasks = [(plan.problem.part(number), plans) for number, plans in of_parts]
        found = list(results_of(self.executor, health_of_part, tasks, self.execution.threads))
        conditions = np.sum([part.conditions for part in found], axis=0)
        return {
            "feasible": plan.feasible,
            "cost": plan.cost,
            "lower_bound": float(plan.certificate.lower_bound),
            "gap": plan.gap,
            "overrun": float(plan.yearly["overrun"].sum()),
            "lowest_health": float(min(outcome.lowest_health.min() for outcome in plan.outcomes)),
            "share_below_2": float((conditions[:, -2:].sum(axis=1) / conditions.sum(axis=1).clip(1)).max()),
            "shortfall": float(np.sum([part.shortfall for part in found], axis=0)[1:].sum()),
            "backlog": float(sum(part.backlog[-1] for part in found)),
        }

    def _largest(self, plan: PartsPlan) -> float:
        """Return the flat budget that a plan keeps."""
        total = plan.total
        if self.problem.shared.carry_over:
            total = total.cumsum() / np.arange(1, len(total) + 1)
        return float(total.max())


def _proven(certificate: Certificate) -> float:
    """Return up to which flat budget the prices of a certificate prove that it is too small; infinite for any.

    Prices give all plans a priced overrun of at least so many yen. Of every yen more in all years they take off what
    they count.
    """
    least = inf
    for bound in certificate.bounds:
        if bound.yen is None:
            continue
        counts = sum(price * int(row.years.sum()) for price, row in zip(bound.prices, certificate.rows, strict=True))
        flat = max(row.bound / row.years.sum() for row in certificate.rows)
        proves = not bound.of_cost and bound.yen > 0 and counts > 0
        least = min(least, flat + bound.yen / counts if proves else 0.0)
    return least
