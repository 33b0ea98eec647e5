"""Figures of policies: frontiers of risk and cost, and benefits of inspecting by risk limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib import pyplot
from matplotlib.axes import Axes

RISK, LIMIT, COST = "risk", "risk limit", "life-cycle cost, million yen"


def draw_frontier(policies: pl.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the life-cycle cost of non-dominated policies against their risk.

    Parameters
    ----------
    policies : polars.DataFrame
        Columns risk, rising, lcc in yen, and watch_from, null for policies without additional inspections.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> policies = pl.DataFrame({"risk": [0.01, 0.1], "lcc": [2e6, 1.5e6], "watch_from": [5, None]})
    >>> draw_frontier(policies).get_xlabel()
    'risk'
    """
    axes = pyplot.subplots()[1] if ax is None else ax
    axes.step(policies["risk"], policies["lcc"] / 1e6, where="post", color="0.6", linewidth=1)
    watched = policies["watch_from"].is_not_null()
    for label, marker, rows in (("basic", "o", ~watched), ("additional", "^", watched)):
        if rows.any():
            found = policies.filter(rows)
            axes.plot(found["risk"], found["lcc"] / 1e6, marker, label=label)
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend()
    return axes


def draw_benefits(
    risk_limits: npt.NDArray[np.float64], totals: Mapping[str, npt.NDArray[np.float64]], ax: Axes | None = None
) -> Axes:
    """Draw benefits against risk limits.

    Parameters
    ----------
    risk_limits : numpy.ndarray
        ``(limits,)``, rising.
    totals : mapping of str to numpy.ndarray
        ``(limits,)`` yen by name; no line where NaN.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> axes = draw_benefits(np.array([0.1, 0.2]), {"inspecting": np.array([2e6, 1e6])})
    >>> axes.get_ylabel()
    'benefit, million yen'
    """
    axes = pyplot.subplots()[1] if ax is None else ax
    for name, total in totals.items():
        axes.plot(risk_limits, total / 1e6, drawstyle="steps-post", label=name)
    axes.set(xlabel=LIMIT, ylabel="benefit, million yen")
    axes.legend()
    return axes
