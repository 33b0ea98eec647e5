"""Figures that compare scenarios."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import LINES, axes_of, group_thousands, label_years, legend_below

LABELS = {
    "en": {
        "year": "year",
        "cumulative": "cumulative cost, million yen",
        "mean_health": "mean health",
        "backlog": "backlog, million yen",
    },
    "ja": {
        "year": "年目",
        "cumulative": "累計費用（百万円）",
        "mean_health": "平均健全度",
        "backlog": "未実施費用（百万円）",
    },
}


def draw_scenarios(
    yearly: pl.DataFrame, column: str = "cumulative", ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Draw a column of several scenarios against the years.

    Parameters
    ----------
    yearly : polars.DataFrame
        Columns scenario, year and `column`; see `nagamochi.report.scenarios.Scenarios.yearly`.
    column : {"cumulative", "mean_health", "backlog"}
        What to draw; yen in millions.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> yearly = pl.DataFrame({"scenario": "plan", "year": [1, 2], "cumulative": [1e6, 3e6]})
    >>> draw_scenarios(yearly).get_ylabel()
    'cumulative cost, million yen'
    """
    axes = axes_of(ax)
    unit = 1.0 if column == "mean_health" else 1e6
    scenarios = yearly.partition_by("scenario", maintain_order=True)
    for number, rows in enumerate(scenarios):
        [line] = axes.plot(rows["year"], rows[column] / unit, color=COLOURS[number % len(COLOURS)])
        line.set(label=rows["scenario"][0], linestyle=LINES[number % len(LINES)])
    axes.set(xlabel=LABELS[language]["year"], ylabel=LABELS[language][column])
    group_thousands(axes)
    label_years(axes, yearly, language)
    legend_below(axes)
    return axes
