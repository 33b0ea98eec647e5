"""The figures of a plan as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from nagamochi.base.folder import replacing_files
from nagamochi.planning import NetworkPlan
from nagamochi.report.digest import Digest
from nagamochi.report.figure_files import SIZE, drawing, write_figures
from nagamochi.report.figures import plan as figures


def write_plan_figures(
    plan: NetworkPlan, folder: str | Path, *, language: str = "ja", size: tuple[float, float] | None = None
) -> tuple[list[str], list[str]]:
    """Write the figures of a plan: yearly, condition, budget, backlog; of a genetic search convergence and requests.

    Parameters
    ----------
    plan : NetworkPlan
    folder : path
        Made where it does not exist; all files are replaced together.
    language : {"ja", "en"}
        Of the labels. Without a Japanese font they are English.
    size : (float, float), optional
        Width and height of a figure in cm.

    Returns
    -------
    names, notices : list of str
        The files, and what was not drawn as asked for.

    Raises
    ------
    InvalidInput
        The language is another one, or the size is not from 8 to 200 cm.
    OSError
        A file cannot be written.
    """
    with drawing(language, size or SIZE) as (shown, notices), replacing_files(Path(folder)) as drafts:
        names = write_figures(drafts, _drawn(plan, shown))
    return names, notices


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
