"""Figures of health curves: base curves with the inspections that they were fitted to."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import LINES, axes_of

MOST_POINTS = 2000  # more of them are one picture in a drawing
WORDS = {
    "en": {"age": "age (years)", "health": "health"},
    "ja": {"age": "経過年数（年）", "health": "健全度"},
}


def draw_base_curves(
    curves: pl.DataFrame, inspections: pl.DataFrame, ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Draw health against age: a line for each group of curves, and a point for each inspection.

    Parameters
    ----------
    curves, inspections : polars.DataFrame
        Columns group, age (years), health.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> curve = pl.DataFrame({"group": "slab", "age": [0, 30, 60], "health": [5.0, 4.0, 1.0]})
    >>> draw_base_curves(curve, curve.head(2)).get_ylim()
    (np.float64(1.0), np.float64(5.0))
    """
    axes, words = axes_of(ax), WORDS[language]
    for number, ((group,), curve) in enumerate(curves.group_by("group", maintain_order=True)):
        found = inspections.filter(group=group)
        [line] = axes.plot(curve["age"], curve["health"], color=COLOURS[number % len(COLOURS)], label=group)
        line.set_linestyle(LINES[number % len(LINES)])
        crowded = found.height > MOST_POINTS
        axes.scatter(found["age"], found["health"], s=6, alpha=0.3, color=line.get_color(), rasterized=crowded)
    axes.set(xlabel=words["age"], ylabel=words["health"], ylim=(1, 5))
    axes.legend()
    return axes
