"""Figure 3 of the bridge study: how often a search requested each plan of one bridge, as bubbles."""

from __future__ import annotations

from typing import Any

import polars as pl
from matplotlib.axes import Axes

from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import axes_of, legend_below

LARGEST_BUBBLE, LEGEND_BUBBLE = 500, 60  # square points
WIDTH = 0.8  # of the first years of one interval, in years of the interval
CHOSEN = "#C00000"
WORDS = {
    "en": {
        "interval": "inspection interval, years; within each, first inspection in year {first_years} from left",
        "level": "repair level",
        "requested": "other plans, up to {count:,} requests",
        "chosen": "plan chosen, {count:,} requests",
    },
    "ja": {
        "interval": "点検間隔（年）。各間隔の中は左から初回点検 {first_years} 年目",
        "level": "補修レベル",
        "requested": "その他の計画（最多 {count:,} 回）",
        "chosen": "採用した計画（{count:,} 回）",
    },
}


def draw_bridge_requests(
    requested: pl.DataFrame, chosen: dict[str, float], ax: Axes | None = None, *, language: str = "en"
) -> Axes:
    """Draw how often a search requested each plan of one bridge; the plan chosen is red and hatched.

    Parameters
    ----------
    requested : polars.DataFrame
        Columns level, first_year, interval, requests; those of one bridge in
        `nagamochi.planning.GeneticRun.requested_plans`.
    chosen : dict
        level, first_year and interval of the plan chosen.
    ax, language
        As of all figures; see `nagamochi.report.figures`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> plans = {"level": [4.0, 3.0], "first_year": [1, 2], "interval": [5, 6], "requests": [90, 10]}
    >>> draw_bridge_requests(pl.DataFrame(plans), {"level": 4.0, "first_year": 1, "interval": 5}).get_ylabel()
    'repair level'
    """
    axes, words = axes_of(ax), WORDS[language]
    first_years = requested["first_year"].unique().sort()
    middle = (first_years[0] + first_years[-1]) / 2
    step = WIDTH / max(1, len(first_years) - 1)
    placed = requested.filter(pl.col("requests") > 0).with_columns(
        at=pl.col("interval") + step * (pl.col("first_year") - middle),
        area=LARGEST_BUBBLE * pl.col("requests") / pl.max("requests"),
        chosen=pl.all_horizontal(*(pl.col(name) == value for name, value in chosen.items())),
    )
    styles: dict[bool, dict[str, Any]] = {
        False: {"color": COLOURS[3], "alpha": 0.6},
        True: {"color": CHOSEN, "hatch": "////", "alpha": 0.9},
    }
    for is_chosen, style in styles.items():
        plans = placed.filter(chosen=is_chosen).sort("requests", descending=True)
        if plans.height:
            word = words["chosen" if is_chosen else "requested"].format(count=plans["requests"][0])
            axes.scatter(plans["at"], plans["level"], s=plans["area"], edgecolors="black", label=word, **style)
    axes.set(
        xlabel=words["interval"].format(first_years=f"{first_years[0]}-{first_years[-1]}"),
        ylabel=words["level"],
        xticks=requested["interval"].unique().sort().to_list(),
        yticks=requested["level"].unique().sort().to_list(),
    )
    for interval in requested["interval"].unique().sort().to_list()[1:]:
        axes.axvline(interval - 0.5, color="0.85", linewidth=0.6, zorder=0)
    axes.margins(0.06, 0.25)
    bubbles: list[Any] = list(legend_below(axes).legend_handles)
    for bubble in bubbles:
        bubble.set_sizes([LEGEND_BUBBLE])
    return axes
