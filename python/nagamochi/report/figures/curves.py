"""Figures of health curves: base curves with the inspections that they were fitted to."""

from __future__ import annotations

import polars as pl
from matplotlib import pyplot
from matplotlib.axes import Axes


def draw_base_curves(curves: pl.DataFrame, inspections: pl.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw health against age: a line for each group of curves, and a point for each inspection.

    Parameters
    ----------
    curves, inspections : polars.DataFrame
        Columns group, age (years), health.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> curve = pl.DataFrame({"group": "slab", "age": [0, 30, 60], "health": [5.0, 4.0, 1.0]})
    >>> draw_base_curves(curve, curve.head(2)).get_ylim()
    (np.float64(1.0), np.float64(5.0))
    """
    axes = pyplot.subplots()[1] if ax is None else ax
    for (group,), curve in curves.group_by("group", maintain_order=True):
        found = inspections.filter(group=group)
        (line,) = axes.plot(curve["age"], curve["health"], label=group)
        axes.scatter(found["age"], found["health"], s=6, alpha=0.3, color=line.get_color())
    axes.set(xlabel="age (years)", ylabel="health", ylim=(1, 5))
    axes.legend()
    return axes
