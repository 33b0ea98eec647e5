"""Figures of how well a model fits: observed beside expected pairs."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import axes_of
from nagamochi.vocabulary import label

WIDTH = 0.4
LIMIT = 2.0  # standardised residuals beyond it are marked
WORDS = {
    "en": {"cell": "rating before → after", "pairs": "pairs", "far": "residual beyond ±2"},
    "ja": {"cell": "前回 → 今回の評価", "pairs": "組の数", "far": "残差が±2を超える"},
}


def draw_goodness(cells: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw observed and expected pairs of each rating before and after, on a logarithmic axis.

    Parameters
    ----------
    cells : polars.DataFrame
        Columns before, after, observed, expected, residual.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> cells = pl.DataFrame({"before": [1, 1], "after": [1, 2], "observed": [9, 1], "expected": [8.0, 2.0]})
    >>> draw_goodness(cells.with_columns(residual=pl.Series([0.35, -0.71]))).get_ylabel()
    'pairs'
    """
    axes, words = axes_of(ax), WORDS[language]
    at = np.arange(cells.height)
    names = [f"{before} → {after}" for before, after in cells.select("before", "after").iter_rows()]
    for name, side, colour, hatch in (("observed", -0.5, COLOURS[0], ""), ("expected", 0.5, COLOURS[1], "//")):
        place = at + side * WIDTH
        axes.bar(place, cells[name], WIDTH, color=colour, hatch=hatch, edgecolor="white", label=label(name, language))
    far = cells["residual"].fill_null(0.0).abs().to_numpy() > LIMIT
    if far.any():
        tops = cells.select(pl.max_horizontal("observed", "expected")).to_series().to_numpy()
        axes.plot(at[far], 1.4 * tops[far], "v", color="k", label=words["far"])
    axes.set(xlabel=words["cell"], ylabel=words["pairs"], yscale="log", xticks=at)
    axes.set_xticklabels(names, rotation=90 if cells.height > 8 else 0, fontsize="small")
    axes.legend(
        fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False
    )  # above all bars
    return axes
