"""Table 2 and figures 6 to 13 of the pavement study, reproduced, with the published values beside ours.

The study publishes neither the hazards of its cracks nor its discount rate and its cost of additional inspections. The
mean years below are calibrated so that its table 2 comes out with 4 % and 2,000 yen; they are not a measurement.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from nagamochi.policy import Policy, PolicySpace, Sections

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALIBRATED_MEAN_YEARS = (1.20, 3.40, 1.63, 1.91, 2.57, 3.23)
BASIC = PolicySpace(watch=False)
LIMITS = np.arange(10, 601) / 1000
LOW = 191  # limits up to 0.2
CALENDAR_YEARS = range(5, 16)

PUBLISHED_TABLE_2 = (  # risk limit, interval (years), i*, i**
    (0.01, 1, 6, 5),
    (0.05, 1, 7, 6),
    (0.1, 4, 7, 5),
    (0.2, 3, 7, None),
    (0.3, 4, 7, None),
    (0.4, 6, 7, None),
    (0.5, 9, 7, None),
    (0.6, 10, 7, None),
)

STATED_RISKS = {7: (0.07,), 8: (0.04,), 9: (0.1,), 10: (0.04,), 13: (0.2,)}
"""By figure, risk limits at which the text says that something changes."""

CAPTIONS = {
    6: (
        "Years to reach each rating, cracks only",
        "各健全度ランクに達するまでの年数（ひび割れのみ）",
    ),
    7: (
        "Risk and cost without additional inspections, every 1 (left) to 10 years",
        "リスク管理水準とLCC（基本モデル）。調査間隔は左から1～10年",
    ),
    8: (
        "Risk and cost with additional inspections, every 1 (left) to 10 years",
        "リスク管理水準とLCC（拡張モデル）。調査間隔は左から1～10年",
    ),
    9: (
        "Repair at 7, risks up to 0.2; inspections every 1 (left), 2, .. years",
        "i* = 7、リスク0.2以下。調査間隔は左から1、2、…年",
    ),
    10: ("Repair at 6, risks of 0.02 to 0.06", "i* = 6、リスク0.02～0.06"),
    11: ("Repairs by the calendar", "時間依存的ルール"),
    12: ("Benefit of inspecting instead of the calendar", "路面性状調査の経済便益"),
    13: (
        "Benefit of additional inspections; no line where the best policy has none",
        "追加調査の経済便益。最適政策に追加調査がないところは線なし",
    ),
}


def pavement_section() -> Sections:
    """Return the study's lane section of 100 m, with calibrated mean years in its ratings.

    Examples
    --------
    >>> pavement_section().best(0.1).policy.interval
    4
    """
    return Sections(
        hazards=[1 / years for years in CALIBRATED_MEAN_YEARS],
        repair_cost=744_000,
        inspection_cost=2_000,
        additional_inspection_cost=2_000,
        discount_rate=0.04,
    )


def published_table_2() -> pl.DataFrame:
    """Tabulate the policies that the study publishes: risk_limit, interval, repair_at, watch_from.

    Examples
    --------
    >>> published_table_2()["interval"].to_list()
    [1, 1, 4, 3, 4, 6, 9, 10]
    """
    return pl.DataFrame(PUBLISHED_TABLE_2, schema=["risk_limit", "interval", "repair_at", "watch_from"], orient="row")


def table_2() -> pl.DataFrame:
    """Tabulate the best policy within each of the study's risk limits, with all three risks and the published one.

    Examples
    --------
    >>> table_2()["as_published"].all()
    True
    """
    section, published = pavement_section(), published_table_2()
    found = section.evaluate(section.best(published["risk_limit"].to_list())).to_frame()
    beside = published.select(pl.exclude("risk_limit").name.prefix("published_"))
    same = [found[name].eq_missing(published[name]) for name in ("interval", "repair_at", "watch_from")]
    table = found.insert_column(0, published["risk_limit"]).hstack(beside)
    return table.with_columns(as_published=same[0] & same[1] & same[2])


def published_policies() -> pl.DataFrame:
    """Evaluate the published policies in this model: risk_limit, risk, lcc (yen)."""
    section = pavement_section()
    rows = []
    for limit, interval, repair_at, watch_from in PUBLISHED_TABLE_2:
        found = section.evaluate(Policy(interval, repair_at, watch_from))
        rows.append((limit, float(found.risk), float(found.lcc)))
    return pl.DataFrame(rows, schema=["risk_limit", "risk", "lcc"], orient="row")


def figures(language: str = "en") -> dict[int, Callable[[Axes | None], Axes]]:
    """Return a function for each figure of the study that draws it into axes, or into those of a new figure.

    Published policies of table 2 and risks that the text names are marked in them.

    Examples
    --------
    >>> figures()[11](None).get_xlabel()
    'risk'
    """
    from nagamochi.report.figures import pavement
    from nagamochi.report.figures.policy import draw_benefits

    section = pavement_section()
    policies, best, basic = (
        found.to_frame() for found in (section.evaluate_all(), section.frontier(), section.frontier(BASIC))
    )
    rules = section.time_rules(longest=max(CALENDAR_YEARS))
    calendar = pl.DataFrame({"interval": rules.interval, "risk": rules.risk, "lcc": rules.lcc})
    calendar = calendar.filter(pl.col("interval").is_in(list(CALENDAR_YEARS)))
    value = section.value(LIMITS.tolist())
    inspecting, additional = value.inspecting.total, value.additional.total[:LOW]
    drawn: dict[int, Callable[[Axes | None], Axes]] = {
        6: lambda ax: pavement.draw_performance_curve(CALIBRATED_MEAN_YEARS, ax, language=language),
        7: lambda ax: pavement.draw_basic_policies(policies, basic, ax, language=language),
        8: lambda ax: pavement.draw_all_policies(policies, best, basic, ax, language=language),
        9: lambda ax: pavement.draw_one_threshold(policies, 7, (0.0, 0.2), ax, language=language),
        10: lambda ax: pavement.draw_one_threshold(policies, 6, (0.02, 0.06), ax, language=language),
        11: lambda ax: pavement.draw_calendar_rules(calendar, basic, ax, language=language),
        12: lambda ax: draw_benefits(LIMITS, {"inspecting": inspecting}, ax, language=language),
        13: lambda ax: draw_benefits(LIMITS[:LOW], {"additional inspections": additional}, ax, language=language),
    }
    published = published_policies()
    of_figure = {
        7: published.filter(published_table_2()["watch_from"].is_null()),
        8: published,
        9: published.filter(published_table_2()["repair_at"] == 7),
        10: published.filter(published_table_2()["repair_at"] == 6),
    }

    def overlaid(number: int, ax: Axes | None) -> Axes:
        axes = drawn[number](ax)
        if number in of_figure:
            pavement.draw_published(axes, of_figure[number], language)
        if number in STATED_RISKS:
            pavement.draw_stated(axes, STATED_RISKS[number], language)
        axes.grid(color="0.92")
        axes.set_axisbelow(True)
        return axes

    return {number: partial(overlaid, number) for number in drawn}
