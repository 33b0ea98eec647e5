"""The figures of a plan as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from nagamochi.planning import NetworkPlan
from nagamochi.report.digest import Digest
from nagamochi.report.figure_files import SIZE, write_figures
from nagamochi.report.figures import plan as figures


def write_plan_figures(
    plan: NetworkPlan, folder: str | Path, *, language: str = "ja", size: tuple[float, float] | None = None
) -> tuple[list[str], list[str]]:
    """Write the figures of a plan: yearly, condition, budget, backlog; of a genetic search convergence and requests.

    Parameters and what is returned are those of `nagamochi.report.figure_files.write_figures`.
    """
    return write_figures(folder, lambda shown: _drawn(plan, shown), language, size or SIZE)


def _drawn(plan: NetworkPlan, language: str) -> Iterator[tuple[str, Axes]]:
    digest = Digest(plan)
    yield "yearly", figures.draw_yearly(plan.yearly, digest.member_costs, language=language)
    yield "condition", figures.draw_condition(plan.condition, language=language)
    yield "budget", figures.draw_budget(plan.yearly, language=language)
    yield "backlog", figures.draw_backlog(digest.condition, plan.problem.shortfall.below, language=language)
    tables = {} if plan.run is None else plan.run.tables
    if plan.run is not None and "history" in tables:
        history, bound = tables["history"], plan.certificate.lower_bound if plan.feasible else None
        if "seed" in history.columns:  # of several searches that which found the plan
            history = history.filter(seed=pl.lit(plan.run.record["seed"], pl.UInt64))
        yield "convergence", figures.draw_convergence(history, bound, language=language)
    if "requested_plans" in tables:
        yield "requests", figures.draw_requests(tables["requested_plans"], language=language)
