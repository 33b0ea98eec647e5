"""Figures of policies: frontiers of risk and cost, and benefits of inspecting by risk limit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import LINES, axes_of

WORDS = {
    "en": {
        "risk": "risk",
        "limit": "risk limit",
        "cost": "life-cycle cost, million yen",
        "benefit": "benefit, million yen",
        "basic": "basic",
        "additional": "additional",
        "inspecting": "inspecting",
        "additional inspections": "additional inspections",
    },
    "ja": {
        "risk": "リスク",
        "limit": "リスク管理水準",
        "cost": "ライフサイクル費用（百万円）",
        "benefit": "経済便益（百万円）",
        "basic": "基本（定期調査のみ）",
        "additional": "追加調査あり",
        "inspecting": "定期調査",
        "additional inspections": "追加調査",
    },
}


def draw_frontier(policies: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw the life-cycle cost of non-dominated policies against their risk.

    Parameters
    ----------
    policies : polars.DataFrame
        Columns risk, rising, lcc in yen, and watch_from, null for policies without additional inspections.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> policies = pl.DataFrame({"risk": [0.01, 0.1], "lcc": [2e6, 1.5e6], "watch_from": [5, None]})
    >>> draw_frontier(policies).get_xlabel()
    'risk'
    """
    axes, words = axes_of(ax), WORDS[language]
    axes.step(policies["risk"], policies["lcc"] / 1e6, where="post", color="0.6", linewidth=1)
    watched = policies["watch_from"].is_not_null()
    for kind, marker, colour, rows in (("basic", "o", COLOURS[0], ~watched), ("additional", "^", COLOURS[2], watched)):
        if rows.any():
            found = policies.filter(rows)
            axes.plot(found["risk"], found["lcc"] / 1e6, marker, color=colour, label=words[kind])
    axes.set(xlabel=words["risk"], ylabel=words["cost"])
    axes.legend()
    return axes


def draw_benefits(
    risk_limits: npt.NDArray[np.float64],
    totals: Mapping[str, npt.NDArray[np.float64]],
    ax: Axes | None = None,
    *,
    language: str = "en",
) -> Axes:
    """Draw benefits against risk limits.

    Parameters
    ----------
    risk_limits : numpy.ndarray
        ``(limits,)``, rising.
    totals : mapping of str to numpy.ndarray
        ``(limits,)`` yen by name; no line where NaN. "inspecting" and "additional inspections" are translated.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> axes = draw_benefits(np.array([0.1, 0.2]), {"inspecting": np.array([2e6, 1e6])})
    >>> axes.get_ylabel()
    'benefit, million yen'
    """
    axes, words = axes_of(ax), WORDS[language]
    for number, (name, total) in enumerate(totals.items()):
        [line] = axes.plot(risk_limits, total / 1e6, drawstyle="steps-post", color=COLOURS[2 * number % len(COLOURS)])
        line.set(label=words.get(name, name), linestyle=LINES[number % len(LINES)])
    axes.set(xlabel=words["limit"], ylabel=words["benefit"])
    axes.legend()
    return axes
