"""Figures of hazards: the expected rating against age."""

from __future__ import annotations

import polars as pl
from matplotlib import pyplot
from matplotlib.axes import Axes


def draw_performance(curve: pl.DataFrame, ratings: tuple[int, int], ax: Axes | None = None) -> Axes:
    """Draw the expected rating against age, the best rating at the top.

    Parameters
    ----------
    curve : polars.DataFrame
        Columns year, expected_rating, low, high.
    ratings : (int, int)
        The best and the worst rating.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> curve = pl.DataFrame({"year": [0, 10], "expected_rating": [9.0, 7.5], "low": [9.0, 7.1], "high": [9.0, 7.9]})
    >>> draw_performance(curve, (9, 0)).get_ylim()
    (np.float64(0.0), np.float64(9.0))
    """
    axes = pyplot.subplots()[1] if ax is None else ax
    axes.fill_between(curve["year"], curve["low"], curve["high"], alpha=0.25, label="95 % band")
    axes.plot(curve["year"], curve["expected_rating"], label="expected rating")
    best, worst = ratings
    axes.set(xlabel="age (years)", ylabel="rating", ylim=(worst, best))
    axes.legend()
    return axes
