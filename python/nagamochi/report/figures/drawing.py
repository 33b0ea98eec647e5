"""What all figures share: axes, legends, and lines, markers and hatches that are told apart in grey."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from matplotlib import pyplot
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from nagamochi.report import fiscal_years
from nagamochi.report.colours import COLOURS
from nagamochi.vocabulary import label

WIDTH_OF_COLUMNS = 6.4  # inches, at which a legend has all its columns
BELOW_AXES = 36  # points, for the labels of the axis
POINTS_PER_INCH = 72
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
HATCHES = ("", "//", "..", "\\\\", "xx", "", "--", "++", "oo", "")
LEAST_POINT, LARGEST_POINT = 10, 120  # square points
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def axes_of(ax: Axes | None) -> Axes:
    """Return the axes given, or those of a new figure, whose size is matplotlib's setting ``figure.figsize``."""
    return pyplot.subplots(layout="constrained")[1] if ax is None else ax


def label_years(axes: Axes, table: pl.DataFrame, language: str) -> None:
    """Write fiscal years above the axes where the table has them."""
    if "fiscal_year" not in table.columns:
        return
    before = int(table["fiscal_year"][0] - table["year"][0])
    top = axes.secondary_xaxis("top", functions=(partial(np.add, before), partial(np.add, -before)))
    top.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    top.xaxis.set_major_formatter(lambda year, _: fiscal_years.short(round(year), language))
    top.set_xlabel(label("fiscal_year", language), fontsize="small")


def group_thousands(axes: Axes) -> None:
    """Write the numbers of the vertical axis with commas between thousands, as pages and workbooks do."""
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def legend_below(axes: Axes, handles: Sequence[Artist] | None = None, columns: int = 3) -> Legend:
    """Put the legend below the axes, where it covers nothing; narrow figures have fewer columns."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    below = axes.transAxes + ScaledTranslation(0, -BELOW_AXES / POINTS_PER_INCH, figure.dpi_scale_trans)
    return axes.legend(
        **({} if handles is None else {"handles": handles}),
        ncols=max(1, int(columns * figure.get_figwidth() / WIDTH_OF_COLUMNS)),
        fontsize="small",
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        frameon=False,
    )


def point_areas(pairs: pl.Series) -> pl.Series:
    """Return the areas of points that stand for so many pairs each."""
    return LEAST_POINT + (LARGEST_POINT - LEAST_POINT) * (pairs / pairs.max())


def line_style(number: int) -> dict[str, Any]:
    """Return colour, line and marker of the number-th line."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": LINES[number % len(LINES)],
        "marker": MARKERS[number % len(MARKERS)],
    }
