"""Figures of competing damage types: what a new member is likely to have."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import HATCHES, axes_of, legend_below, point_areas
from nagamochi.vocabulary import value_label

Numbers = npt.NDArray[np.float64]

WORDS = {
    "en": {
        "age": "age (years)",
        "probability": "probability",
        "found": "found (upper limit of each condition; larger: more pairs)",
    },
    "ja": {
        "age": "経過年数（年）",
        "probability": "確率",
        "found": "点検結果（各状態の上端、大きいほど組が多い）",
    },
}


def draw_shares(
    ages: Numbers,
    shares: dict[str, Numbers],
    ax: Axes | None = None,
    found: pl.DataFrame | None = None,
    *,
    language: str = "en",
) -> Axes:
    """Draw the probabilities of all conditions of a member on top of each other, against its age.

    Parameters
    ----------
    ages : numpy.ndarray
        ``(n,)`` years, from 0.
    shares : dict of str to numpy.ndarray
        ``(n,)`` probabilities by condition; they sum to 1.
    found : polars.DataFrame, optional
        Pairs of sound members to draw as points: columns years, pairs, condition, found (share of the pairs).
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> draw_shares(np.array([0.0, 9.0]), {"sound": np.array([1, 0.4]), "crack": np.array([0, 0.6])}).get_ylabel()
    'probability'
    """
    axes, words = axes_of(ax), WORDS[language]
    labels = [value_label(condition, language) for condition in shares]
    look: dict[str, Any] = {"colors": COLOURS, "hatch": HATCHES, "edgecolor": "white", "linewidth": 0.5}
    axes.stackplot(ages, *shares.values(), labels=labels, **look)
    if found is not None and found.height:
        limits = found.with_columns(limit=pl.col("found").cum_sum().over("years"))
        limits = limits.filter(pl.col("condition") != list(shares)[-1])
        style: dict[str, Any] = {"color": "k", "edgecolors": "white", "zorder": 3}
        axes.scatter(limits["years"], limits["limit"], s=point_areas(limits["pairs"]), label=words["found"], **style)
    axes.set(xlabel=words["age"], ylabel=words["probability"], xlim=(ages[0], ages[-1]), ylim=(0, 1))
    legend_below(axes)
    return axes
