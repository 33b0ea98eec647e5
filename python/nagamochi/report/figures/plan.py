"""Figures of network plans: yearly costs, condition, use of the budget, the search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from nagamochi.planning.plan import HEALTH_CLASSES
from nagamochi.report.colours import CLASS_COLOURS, COLOURS, MOST_MEMBERS
from nagamochi.report.figures.drawing import HATCHES, axes_of, group_thousands, label_years, legend_below
from nagamochi.vocabulary import label, value_label

LARGEST_BUBBLE = 900  # square points

WORDS = {
    "en": {
        "year": "year",
        "money": "million yen",
        "budget": "budget",
        "spent": "spent",
        "inspection": "inspections",
        "others": "other members",
        "share": "share of curves",
        "generation": "generation",
        "best": "best plan",
        "mean": "mean of the population",
        "bound": "lower bound",
        "interval": "inspection interval, years",
        "level": "repair level",
        "requests": "requests",
        "price": "price of a yen, yen",
        "backlog": "cost to repair all below health {below:g}, million yen",
    },
    "ja": {
        "year": "年目",
        "money": "百万円",
        "budget": "予算",
        "spent": "費用",
        "inspection": "点検",
        "others": "その他の部材",
        "share": "部材の割合",
        "generation": "世代",
        "best": "最良の計画",
        "mean": "集団の平均",
        "bound": "費用の下限",
        "interval": "点検間隔（年）",
        "level": "補修レベル",
        "requests": "要求回数",
        "price": "予算1円の価値（円）",
        "backlog": "未実施費用（健全度{below:g}未満の補修費、百万円）",
    },
}


def draw_yearly(
    yearly: pl.DataFrame, member_costs: pl.DataFrame, ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Draw yearly costs, stacked by member, against the budget.

    Parameters
    ----------
    yearly : polars.DataFrame
        Columns year, inspection, budget (yen).
    member_costs : polars.DataFrame
        Columns year, member, cost (yen); the dearest member first.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> yearly = pl.DataFrame({"year": [1, 2], "inspection": [1e6, 0.0], "budget": [5e6, 5e6]})
    >>> costs = pl.DataFrame({"year": [1, 2], "member": "bearing", "cost": [0.0, 3e6]})
    >>> draw_yearly(yearly, costs).get_ylabel()
    'million yen'
    """
    axes, words = axes_of(ax), WORDS[language]
    members = member_costs["member"].unique(maintain_order=True).to_list()
    parts = {words["inspection"]: yearly["inspection"].to_numpy()}
    for position, member in enumerate(members):
        name = value_label(member, language) if position < MOST_MEMBERS else words["others"]
        cost = member_costs.filter(pl.col("member") == member)["cost"].to_numpy()
        parts[name] = parts.get(name, 0.0) + cost
    years, below = yearly["year"].to_numpy(), np.zeros(yearly.height)
    for (name, cost), colour, hatch in zip(parts.items(), COLOURS, HATCHES, strict=False):
        axes.bar(
            years, cost / 1e6, 0.9, below / 1e6, color=colour, hatch=hatch, edgecolor="white", linewidth=0, label=name
        )
        below = below + cost
    _draw_budget_line(axes, yearly, words)
    axes.set(xlabel=words["year"], ylabel=words["money"], ylim=(0, None))
    group_thousands(axes)
    label_years(axes, yearly, language)
    legend_below(axes)
    return axes


def draw_condition(condition: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw shares of curves by health.

    Parameters
    ----------
    condition : polars.DataFrame
        Column year and the share of each class of health; other columns are not drawn.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> condition = pl.DataFrame({"year": [0, 1], "health_4_to_5": [1.0, 0.8], "health_3_to_4": [0.0, 0.2]})
    >>> draw_condition(condition).get_ylabel()
    'share of curves'
    """
    axes, words = axes_of(ax), WORDS[language]
    classes = [name for name in HEALTH_CLASSES if name in condition.columns]
    names = [label(name, language) for name in classes]
    axes.stackplot(condition["year"], *(condition[name] for name in classes), labels=names, colors=CLASS_COLOURS)
    axes.set(xlabel=words["year"], ylabel=words["share"], ylim=(0, 1), xlim=(0, condition["year"].max()))
    label_years(axes, condition, language)
    legend_below(axes)
    return axes


def draw_backlog(condition: pl.DataFrame, below: float, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw the backlog of each year.

    Parameters
    ----------
    condition : polars.DataFrame
        Columns year and backlog (yen).
    below : float
        Health below which curves count in the backlog.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.
    language : {"en", "ja"}
        Of the labels.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> draw_backlog(pl.DataFrame({"year": [0, 1], "backlog": [0.0, 3e6]}), 2.0).get_ylabel()
    'cost to repair all below health 2, million yen'
    """
    axes, words = axes_of(ax), WORDS[language]
    axes.bar(condition["year"], condition["backlog"] / 1e6, 0.9, color=COLOURS[0])
    axes.set(xlabel=words["year"], ylabel=words["backlog"].format(below=below), ylim=(0, None))
    group_thousands(axes)
    label_years(axes, condition, language)
    return axes


def draw_budget(yearly: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw what each year spends against its budget, and the price of a yen, where it is known, on a second axis.

    Parameters
    ----------
    yearly : polars.DataFrame
        Columns year, total, budget (yen) and price (what one more yen of budget saves; null where no plan is feasible).
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> yearly = pl.DataFrame({"year": [1, 2], "total": [4e6, 5e6], "budget": 5e6, "price": [0.0, 0.4]})
    >>> len(draw_budget(yearly).figure.axes)
    2
    """
    axes, words = axes_of(ax), WORDS[language]
    axes.step(yearly["year"], yearly["total"] / 1e6, where="mid", color=COLOURS[0], label=words["spent"])
    _draw_budget_line(axes, yearly, words)
    axes.set(xlabel=words["year"], ylabel=words["money"], ylim=(0, None))
    group_thousands(axes)
    label_years(axes, yearly, language)
    handles = axes.get_legend_handles_labels()[0]
    if not yearly["price"].has_nulls():
        prices = axes.twinx()
        prices.bar(yearly["year"], yearly["price"], color=COLOURS[2], alpha=0.4, label=words["price"])
        prices.set(ylabel=words["price"], ylim=(0, max(1.0, 1.1 * float(yearly["price"].to_numpy().max()))))
        handles += prices.get_legend_handles_labels()[0]
    legend_below(axes, handles)
    return axes


def draw_convergence(
    history: pl.DataFrame, lower_bound: float | None = None, ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Draw how the genetic algorithm came to its plan.

    Parameters
    ----------
    history : polars.DataFrame
        Columns generation, cost and mean_cost (yen); see `nagamochi.planning.GeneticRun.history`.
    lower_bound : float, optional
        Yen that no plan within the limits costs less than.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> history = pl.DataFrame({"generation": [0, 1], "cost": [5e6, 4e6], "mean_cost": [7e6, 6e6]})
    >>> draw_convergence(history, 3e6).get_xlabel()
    'generation'
    """
    axes, words = axes_of(ax), WORDS[language]
    axes.plot(history["generation"], history["mean_cost"] / 1e6, "--", color="0.5", label=words["mean"])
    axes.plot(history["generation"], history["cost"] / 1e6, color=COLOURS[0], label=words["best"])
    if lower_bound is not None:
        axes.axhline(lower_bound / 1e6, color="black", linestyle=":", label=words["bound"])
    axes.set(xlabel=words["generation"], ylabel=words["money"])
    group_thousands(axes)
    axes.legend(frameon=False)
    return axes


def draw_requests(requested: pl.DataFrame, ax: Axes | None = None, *, language: str = "en") -> Axes:
    """Draw how often a search requested each interval and level, as bubbles; the study's figure 3 is of one bridge.

    Parameters
    ----------
    requested : polars.DataFrame
        Columns level, interval, requests; see `nagamochi.planning.GeneticRun.requested_plans`.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> requested = pl.DataFrame({"level": [4.0, 3.0], "interval": [5, 6], "requests": [90, 10]})
    >>> draw_requests(requested).get_ylabel()
    'repair level'
    """
    axes, words = axes_of(ax), WORDS[language]
    summed = requested.group_by("interval", "level").agg(pl.col("requests").sum()).sort("interval", "level")
    counts = summed["requests"].to_numpy()
    area = LARGEST_BUBBLE * counts / max(1, counts.max())
    axes.scatter(summed["interval"], summed["level"], s=area, color=COLOURS[0], alpha=0.6, edgecolors="black")
    for interval, level, count in summed.select("interval", "level", "requests").iter_rows():
        axes.annotate(
            f"{count:,}", (interval, level), (0, 20), textcoords="offset points", ha="center", fontsize="x-small"
        )
    axes.set(
        xlabel=words["interval"],
        ylabel=words["level"],
        xticks=_values(summed, "interval"),
        yticks=_values(summed, "level"),
    )
    axes.margins(0.12, 0.25)
    return axes


def _draw_budget_line(axes: Axes, yearly: pl.DataFrame, words: dict[str, str]) -> None:
    limited = yearly.filter(pl.col("budget").is_finite())
    if limited.height:
        axes.step(limited["year"], limited["budget"] / 1e6, "k--", where="mid", linewidth=1.2, label=words["budget"])


def _values(table: pl.DataFrame, column: str) -> Sequence[float]:
    values: list[float] = table[column].unique().sort().to_list()
    return values
