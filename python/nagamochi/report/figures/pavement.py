"""Figures 6 to 11 of the pavement study, from tables of policies: columns repair_at, watch_from, risk and lcc."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.axes import Axes

from nagamochi.report.figures.policy import COST, RISK

LEAST_REPAIR_AT = 3  # drawn in the study


def draw_performance_curve(axes: Axes, mean_years: Sequence[float]) -> Axes:
    """Figure 6: rating against the expected years to reach it."""
    years = np.concatenate([[0], np.cumsum(mean_years)])
    axes.plot(years, np.arange(1, len(years) + 1), "o-")
    axes.invert_yaxis()
    axes.set(xlabel="expected years since repair", ylabel=f"rating, 1 new to {len(years)} worst")
    return axes


def draw_basic_policies(axes: Axes, policies: pl.DataFrame, frontier: pl.DataFrame) -> Axes:
    """Figure 7: policies without additional inspections, by the rating from which they repair."""
    draw_cheapest(axes, frontier)
    basic = policies.filter(pl.col("watch_from").is_null() & (pl.col("repair_at") >= LEAST_REPAIR_AT))
    for (repair_at,), found in basic.group_by("repair_at", maintain_order=True):
        _draw(axes, found, f"repair at {repair_at}", "o-")
    return axes


def draw_all_policies(axes: Axes, policies: pl.DataFrame, frontier: pl.DataFrame, basic_frontier: pl.DataFrame) -> Axes:
    """Figure 8: policies with additional inspections too, and the cheapest without."""
    draw_cheapest(axes, frontier)
    draw_cheapest(axes, basic_frontier, label="cheapest without watch", style=":")
    draw_watched(axes, policies, 6, "Oranges")
    draw_watched(axes, policies, 7, "Blues")
    axes.set(ylim=(1.15, 1.95))
    return axes


def draw_one_threshold(axes: Axes, policies: pl.DataFrame, repair_at: int, risks: tuple[float, float]) -> Axes:
    """Figures 9 and 10: policies that repair at one rating, within a range of risks."""
    draw_watched(axes, policies, repair_at)
    inside = policies.filter((pl.col("repair_at") == repair_at) & pl.col("risk").is_between(*risks))["lcc"] / 1e6
    low, high = inside.to_numpy().min(), inside.to_numpy().max()
    margin = 0.05 * (high - low)
    axes.set(xlim=risks, ylim=(low - margin, high + margin))
    return axes


def draw_calendar_rules(axes: Axes, rules: pl.DataFrame, basic_frontier: pl.DataFrame) -> Axes:
    """Figure 11: repairs by the calendar, and the best policies with inspections; `rules` has interval, risk, lcc."""
    years = rules["interval"]
    axes.plot(rules["risk"], rules["lcc"] / 1e6, "s-", label=f"by the calendar, every {years[0]} to {years[-1]} years")
    return draw_cheapest(axes, basic_frontier, label="cheapest with inspections, without watch")


def draw_cheapest(axes: Axes, frontier: pl.DataFrame, label: str = "cheapest", style: str = "-") -> Axes:
    """Draw a frontier as steps."""
    best = frontier.filter(pl.col("repair_at") >= LEAST_REPAIR_AT)
    axes.step(best["risk"], best["lcc"] / 1e6, style, where="post", color="k", linewidth=1.5, label=label)
    return _labelled(axes)


def draw_watched(axes: Axes, policies: pl.DataFrame, repair_at: int, colors: str | None = None) -> Axes:
    """Draw the policies that repair at a rating, dashed if they never watch; darker, the later they watch."""
    found = policies.filter(pl.col("repair_at") == repair_at)
    basic = found.filter(pl.col("watch_from").is_null())
    _draw(axes, basic, f"repair at {repair_at}, no watch", "s--", "0.4")
    for watch_from in range(LEAST_REPAIR_AT, repair_at):
        watched = found.filter(pl.col("watch_from") == watch_from)
        color = None if colors is None else colormaps[colors]((watch_from + 8 - repair_at) / 8)
        _draw(axes, watched, f"repair at {repair_at}, watch from {watch_from}", "o-", color)
    return axes


def _draw(
    axes: Axes, policies: pl.DataFrame, label: str, style: str, color: str | tuple[float, ...] | None = None
) -> None:
    axes.plot(policies["risk"], policies["lcc"] / 1e6, style, color=color, markersize=3, linewidth=1, label=label)
    _labelled(axes)


def _labelled(axes: Axes) -> Axes:
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend(fontsize="small")
    return axes
