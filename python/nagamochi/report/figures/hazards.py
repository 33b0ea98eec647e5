"""Figures of hazards: the expected rating against age, beside the pairs that were found."""

from __future__ import annotations

from typing import Any

import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import axes_of, point_areas

WORDS = {
    "en": {
        "band": "95 % band",
        "curve": "expected rating",
        "age": "age (years)",
        "rating": "rating",
        "found": "mean rating found (larger: more pairs)",
        "expected": "expected of these pairs",
    },
    "ja": {
        "band": "95％信頼区間",
        "curve": "期待評価",
        "age": "経過年数（年）",
        "rating": "評価",
        "found": "点検結果の平均（大きいほど組が多い）",
        "expected": "同じ組についての期待値",
    },
}


def draw_performance(
    curve: pl.DataFrame,
    ratings: tuple[int, int],
    ax: Axes | None = None,
    found: pl.DataFrame | None = None,
    *,
    language: str = "en",
) -> Axes:
    """Draw the expected rating against age, the best rating at the top.

    Parameters
    ----------
    curve : polars.DataFrame
        Columns year, expected_rating, low, high.
    ratings : (int, int)
        The best and the worst rating.
    found : polars.DataFrame, optional
        Pairs to draw as points: columns start (age at the first inspection, years), before, years, pairs, found and
        expected (mean rating after).
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> curve = pl.DataFrame({"year": [0, 10], "expected_rating": [9.0, 7.5], "low": [9.0, 7.1], "high": [9.0, 7.9]})
    >>> draw_performance(curve, (9, 0)).get_ylim()
    (np.float64(0.0), np.float64(9.0))
    """
    axes, words = axes_of(ax), WORDS[language]
    axes.fill_between(curve["year"], curve["low"], curve["high"], alpha=0.25, color=COLOURS[0], label=words["band"])
    axes.plot(curve["year"], curve["expected_rating"], color=COLOURS[0], label=words["curve"])
    if found is not None and found.height:
        _draw_pairs(axes, found, words)
    best, worst = ratings
    axes.set(xlabel=words["age"], ylabel=words["rating"], ylim=(worst, best))
    axes.legend(fontsize="small")
    return axes


def _draw_pairs(axes: Axes, found: pl.DataFrame, words: dict[str, str]) -> None:
    """A line from the rating before to the mean rating after, which is a point; a cross for what was expected."""
    ends = found["start"] + found["years"]
    axes.plot([found["start"], ends], [found["before"], found["found"]], color="0.6", linewidth=0.7, zorder=1.5)
    points: dict[str, Any] = {
        "color": COLOURS[2],
        "edgecolors": "white",
        "linewidths": 0.5,
        "clip_on": False,
        "zorder": 3,
    }
    axes.scatter(ends, found["found"], s=point_areas(found["pairs"]), label=words["found"], **points)
    axes.plot(ends, found["expected"], "kx", markersize=5, clip_on=False, zorder=4, label=words["expected"])
