"""What plans cost and keep under one budget after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.network import Network, yearly_budget
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import IntervalPer, LevelPer, PlanningProblem
from nagamochi.planning.shortfall import DEFAULT_SHORTFALL, Shortfall
from nagamochi.planning.solve import solve
from nagamochi.planning.space import PlanSpace

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
    network: Network,
    budgets: Sequence[float] | None = None,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    min_health: float | Mapping[str, float] | None = None,
    space: PlanSpace = PlanSpace.study(),
    interval_per: IntervalPer = "network",
    level_per: LevelPer = "bridge",
    shortfall: Shortfall = DEFAULT_SHORTFALL,
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> BudgetCurve:
    """Plan a network under one flat budget after another, each with its proof.

    Parameters
    ----------
    network, horizon, discount_rate, min_health, space, interval_per, level_per, threads
        As in :func:`plan_network`.
    shortfall : Shortfall
        As in `PlanningProblem`.
    budgets : sequence of float, optional
        Yen per year; by default 20 from the smallest that is not proven infeasible to the largest year of the cheapest
        plan without a budget.
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
    >>> from nagamochi import datasets
    >>> curve = budget_curve(datasets.paper_ten(), [5e6, 20e6, 30e6])
    >>> curve.table["feasible"].to_list()
    [False, True, True]
    """
    execution = Execution(threads, progress)
    free_problem = PlanningProblem(
        network=network,
        budget=yearly_budget(inf, arguments.horizon(horizon)),
        discount_rate=discount_rate,
        min_health=min_health,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
        shortfall=shortfall,
    )

    def planned(budget: float) -> NetworkPlan:
        return solve(replace(free_problem, budget=yearly_budget(budget, horizon)), threads=threads)

    free, nothing = planned(inf), planned(0.0)
    low, high = nothing.certificate.smallest_flat_budget
    if budgets is None:
        wanted = np.linspace(low, max(low, free.outcome.total.max()), BUDGETS).tolist()
    else:
        wanted = [arguments.number(f"budgets[{i}]", budget, at_least=0) for i, budget in enumerate(budgets)]
    rows = []
    for done, budget in enumerate(wanted, start=1):
        rows.append({"budget": budget, **_outcome(planned(budget))})
        if not execution.report(done, len(wanted), f"{done} of {len(wanted)} budgets planned"):
            break
    return BudgetCurve(pl.DataFrame(rows), (low, high), free.outcome.total)


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
