"""Figures 6 to 11 of the pavement study, from tables of policies: columns repair_at, watch_from, risk and lcc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.axes import Axes

from nagamochi.report.figures import policy
from nagamochi.report.figures.drawing import MARKERS, axes_of, legend_below, line_style

LEAST_REPAIR_AT = 3  # drawn in the study
LEAST_SHADE = 0.35  # of a colour map, whose first colours are too light for a line
WORDS = {
    "en": {
        "years": "expected years since repair",
        "rating": "rating, 1 new to {worst} worst",
        "repair": "repair at {repair_at}",
        "no watch": "repair at {repair_at}, no watch",
        "watch": "repair at {repair_at}, watch from {watch_from}",
        "calendar": "by the calendar, every {first} to {last} years",
        "cheapest": "cheapest",
        "without watch": "cheapest without watch",
        "inspections": "cheapest with inspections, without watch",
        "published": "published in table 2",
        "stated": "risk {risk:g}, named in the text",
    },
    "ja": {
        "years": "補修後の期待年数",
        "rating": "健全度ランク（1：新設，{worst}：最も劣化）",
        "repair": "i* = {repair_at}",
        "no watch": "i* = {repair_at}、追加調査なし",
        "watch": "i* = {repair_at}, i** = {watch_from}",
        "calendar": "時間依存的ルール（{first}～{last}年間隔）",
        "cheapest": "費用最小政策",
        "without watch": "費用最小政策（基本モデル）",
        "inspections": "費用最小政策（定期調査、基本モデル）",
        "published": "表-2の公表値",
        "stated": "本文にある水準 {risk:g}",
    },
}


def draw_performance_curve(mean_years: Sequence[float], ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Figure 6: rating against the expected years to reach it."""
    axes, words = axes_of(ax), WORDS[language]
    years = np.concatenate([[0], np.cumsum(mean_years)])
    axes.plot(years, np.arange(1, len(years) + 1), **line_style(0))
    axes.invert_yaxis()
    axes.set(xlabel=words["years"], ylabel=words["rating"].format(worst=len(years)))
    return axes


def draw_basic_policies(
    policies: pl.DataFrame, frontier: pl.DataFrame, ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Figure 7: policies without additional inspections, by the rating from which they repair."""
    axes, words = axes_of(ax), WORDS[language]
    _draw_cheapest(axes, frontier, "cheapest", language)
    basic = policies.filter(pl.col("watch_from").is_null() & (pl.col("repair_at") >= LEAST_REPAIR_AT))
    for number, ((repair_at,), found) in enumerate(basic.group_by("repair_at", maintain_order=True)):
        _draw(axes, found, words["repair"].format(repair_at=repair_at), line_style(number))
    return _labelled(axes, language)


def draw_all_policies(
    policies: pl.DataFrame,
    frontier: pl.DataFrame,
    basic_frontier: pl.DataFrame,
    ax: Axes | None = None,
    *,
    language: str = "en",
) -> Axes:
    """Figure 8: policies with additional inspections too, and the cheapest without."""
    axes = axes_of(ax)
    _draw_cheapest(axes, frontier, "cheapest", language)
    _draw_cheapest(axes, basic_frontier, "without watch", language, style=":")
    _draw_watched(axes, policies, 6, language, "Oranges")
    _draw_watched(axes, policies, 7, language, "Blues")
    axes.set(ylim=(1.15, 1.95))
    return _labelled(axes, language)


def draw_one_threshold(
    policies: pl.DataFrame,
    repair_at: int,
    risks: tuple[float, float],
    ax: Axes | None = None,
    *,
    language: str = "en",
) -> Axes:
    """Figures 9 and 10: policies that repair at one rating, within a range of risks."""
    axes = axes_of(ax)
    _draw_watched(axes, policies, repair_at, language)
    inside = policies.filter((pl.col("repair_at") == repair_at) & pl.col("risk").is_between(*risks))["lcc"] / 1e6
    low, high = inside.to_numpy().min(), inside.to_numpy().max()
    margin = 0.05 * (high - low)
    axes.set(xlim=risks, ylim=(low - margin, high + margin))
    return _labelled(axes, language)


def draw_calendar_rules(
    rules: pl.DataFrame, basic_frontier: pl.DataFrame, ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Figure 11: repairs by the calendar, and the best policies with inspections; `rules` has interval, risk, lcc."""
    axes, years = axes_of(ax), rules["interval"]
    calendar = WORDS[language]["calendar"].format(first=years[0], last=years[-1])
    _draw(axes, rules, calendar, {**line_style(0), "marker": "s"})
    _draw_cheapest(axes, basic_frontier, "inspections", language)
    return _labelled(axes, language)


def _draw_cheapest(axes: Axes, frontier: pl.DataFrame, word: str, language: str, style: str = "-") -> None:
    """Draw a frontier as steps."""
    best = frontier.filter(pl.col("repair_at") >= LEAST_REPAIR_AT)
    label = WORDS[language][word]
    axes.step(best["risk"], best["lcc"] / 1e6, style, where="post", color="k", linewidth=1.5, label=label)


def draw_published(axes: Axes, policies: pl.DataFrame, language: str) -> Axes:
    """Mark policies that the study publishes, where this model puts their risk and cost; those in view."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    points = policies.filter(pl.col("risk").is_between(left, right), (pl.col("lcc") / 1e6).is_between(low, high))
    style: dict[str, Any] = {"markersize": 13, "markeredgecolor": "k", "markerfacecolor": "none", "zorder": 5}
    if points.height:
        axes.plot(points["risk"], points["lcc"] / 1e6, "*", **style, label=WORDS[language]["published"])
        legend_below(axes)
    return axes


def draw_stated(axes: Axes, risks: Sequence[float], language: str) -> Axes:
    """Draw risks that the study's text names as upright lines."""
    for risk in risks:
        label = WORDS[language]["stated"].format(risk=risk)
        axes.axvline(risk, color="0.35", linestyle=(0, (1, 2)), linewidth=1.2, label=label)
    legend_below(axes)
    return axes


def _draw_watched(axes: Axes, policies: pl.DataFrame, repair_at: int, language: str, colors: str | None = None) -> None:
    """Draw the policies that repair at a rating, dashed if they never watch; darker, the later they watch."""
    words = WORDS[language]
    found = policies.filter(pl.col("repair_at") == repair_at)
    basic = found.filter(pl.col("watch_from").is_null())
    dashed = {"color": "0.4", "linestyle": "--", "marker": MARKERS[repair_at % len(MARKERS)]}
    _draw(axes, basic, words["no watch"].format(repair_at=repair_at), dashed)
    for number, watch_from in enumerate(range(LEAST_REPAIR_AT, repair_at)):
        watched = found.filter(pl.col("watch_from") == watch_from)
        style = line_style(number)
        if colors is not None:
            share = (watch_from - LEAST_REPAIR_AT) / (repair_at - 1 - LEAST_REPAIR_AT)
            style["color"] = colormaps[colors](LEAST_SHADE + (1 - LEAST_SHADE) * share)
        _draw(axes, watched, words["watch"].format(repair_at=repair_at, watch_from=watch_from), style)


def _draw(axes: Axes, policies: pl.DataFrame, label: str, style: dict[str, Any]) -> None:
    axes.plot(policies["risk"], policies["lcc"] / 1e6, **style, markersize=3.5, linewidth=1, label=label)


def _labelled(axes: Axes, language: str) -> Axes:
    words = policy.WORDS[language]
    axes.set(xlabel=words["risk"], ylabel=words["cost"])
    legend_below(axes)
    return axes
