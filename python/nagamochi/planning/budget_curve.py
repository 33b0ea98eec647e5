"""What plans cost and keep under one budget after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solve import relax_from

BUDGETS = 20
POOR = ("health_1_to_2", "end_of_service")


@dataclass(frozen=True, eq=False)
class BudgetCurve:
    """Plans under flat budgets.

    Attributes
    ----------
    table : polars.DataFrame
        A row for each budget: budget (yen per year), feasible, cost (yen, discounted), lower_bound (yen; infinite where
        the budget is proven infeasible), gap (None where not feasible), overrun (yen), lowest_health, share_below_2, of
        curves in the worst year, shortfall (health points x years) and backlog (yen in the last year).
    smallest_flat_budget : tuple of float
        Yen per year: with less than the first no plan is feasible, with the second one is.
    need : numpy.ndarray
        (horizon,) yen in each year of the cheapest plan without a budget.
    """

    table: pl.DataFrame
    smallest_flat_budget: tuple[float, float]
    need: npt.NDArray[np.float64]


def budget_curve(
    problem: PlanningProblem,
    budgets: Sequence[float] | None = None,
    *,
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> BudgetCurve:
    """Plan a network under one flat budget after another, each with its proof.

    They are planned from the smallest to the largest, each from the plan of the one before it, which keeps the larger
    budget too: more money is never dearer.

    Parameters
    ----------
    problem : PlanningProblem
        Its own budget does not count.
    budgets : sequence of float, optional
        Yen per year; by default 20 from the smallest that is not proven infeasible to the largest year of the cheapest
        plan without a budget, or to the largest mean of its first years where budgets are carried over.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process.
    progress : callable, optional
        Called after each budget with a `Progress`; returns False to stop with those done.

    Returns
    -------
    BudgetCurve

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> study = planning.PlanSpace.study()
    >>> problem = PlanningProblem(datasets.paper_ten(), np.full(50, np.inf), space=study)
    >>> curve = budget_curve(problem, [5e6, 20e6, 30e6])
    >>> curve.table["feasible"].to_list()
    [False, True, True]
    """
    execution = Execution(threads, progress)
    arguments.instance("problem", problem, PlanningProblem)
    horizon = problem.horizon

    planned: list[tuple[float, NetworkPlan]] = []

    def within(budget: float) -> NetworkPlan:
        """Plan from the plan for the largest budget that is not larger: its plan keeps this one, too."""
        smaller = [known for known in planned if known[0] <= budget]
        start = max(smaller, key=lambda known: known[0])[1].plan_of_unit if smaller else None
        plan = relax_from(replace(problem, budget=np.full(horizon, budget)), start, threads=threads)
        planned.append((budget, plan))
        return plan

    free = within(inf)
    need = free.outcome.total
    low, high = within(0.0).certificate.smallest_flat_budget
    if budgets is None:
        enough = need.cumsum() / np.arange(1, horizon + 1) if problem.carry_over else need
        wanted = np.linspace(low, max(low, enough.max()), BUDGETS).tolist()
    else:
        wanted = [arguments.number(f"budgets[{i}]", budget, at_least=0) for i, budget in enumerate(budgets)]
    rows: dict[int, dict[str, Any]] = {}
    for done, i in enumerate(np.argsort(wanted, kind="stable").tolist(), start=1):
        plan = within(wanted[i])
        rows[i] = {"budget": wanted[i], **_outcome(plan)}
        high = min(high, plan.certificate.smallest_flat_budget[1])
        if not execution.report(done, len(wanted), f"{done} of {len(wanted)} budgets planned"):
            break
    return BudgetCurve(pl.DataFrame([rows[i] for i in sorted(rows)]), (low, high), need)


def _outcome(plan: NetworkPlan) -> dict[str, Any]:
    return {
        "feasible": plan.feasible,
        "cost": plan.cost,
        "lower_bound": float(plan.certificate.lower_bound),
        "gap": plan.gap,
        "overrun": plan.outcome.overrun,
        "lowest_health": float(plan.outcome.lowest_health.min()),
        "share_below_2": float(plan.condition.select(pl.sum_horizontal(POOR)).max().item()),
        "shortfall": float(plan.backlog.shortfall[1:].sum()),
        "backlog": float(plan.backlog.backlog[-1]),
    }
