"""Figures of hit rates: what a search found, and what chance finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import axes_of, legend_below
from nagamochi.vocabulary import value_label

WIDTH = 0.36
WORDS = {
    "en": {"rate": "hit rate, %", "found": "published, first {k}", "chance": "chance, first {k}"},
    "ja": {"rate": "的中率（％）", "found": "公表値 top-{k}", "chance": "偶然 top-{k}"},
}


def draw_hit_rates(table: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw published hit rates as bars, and those of chance as a line across each.

    Parameters
    ----------
    table : polars.DataFrame
        Columns class, queries, and in percent published_top_1, published_top_10, chance_top_1, chance_top_10.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> row = {"class": "slab", "queries": 9, "published_top_1": 50.0, "published_top_10": 90.0}
    >>> draw_hit_rates(pl.DataFrame(row | {"chance_top_1": 10.0, "chance_top_10": 65.0})).get_ylabel()
    'hit rate, %'
    """
    axes, words = axes_of(ax), WORDS[language]
    places = np.arange(table.height)
    for k, side, colour, hatch in ((1, -0.5, COLOURS[3], ""), (10, 0.5, COLOURS[0], "//")):
        at = places + side * WIDTH
        found, chance = table[f"published_top_{k}"], table[f"chance_top_{k}"]
        axes.bar(
            at, found, WIDTH * 0.95, color=colour, hatch=hatch, edgecolor="white", label=words["found"].format(k=k)
        )
        ends = at - WIDTH / 2, at + WIDTH / 2
        axes.hlines(chance, *ends, color="white", linewidth=5)  # a rim, to be seen on dark bars
        style: dict[str, Any] = {"color": "k", "linewidth": 2.2, "linestyles": "-" if k == 1 else ":"}
        axes.hlines(chance, *ends, **style, label=words["chance"].format(k=k))
    names = [f"{value_label(name, language)}\nn = {n}" for name, n in table.select("class", "queries").iter_rows()]
    axes.set(ylabel=words["rate"], ylim=(0, 100), xticks=places, xticklabels=names)
    legend_below(axes, columns=4)
    return axes
