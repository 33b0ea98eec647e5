"""Charts of the page as Vega-Lite specifications; drawn by the reader's browser."""

from __future__ import annotations

import json
from typing import Any

import altair
import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.planning.plan import HEALTH_CLASSES
from nagamochi.report.colours import CLASS_COLOURS, COLOURS, MOST_MEMBERS, YEAR_COLOURS
from nagamochi.report.digest import Digest
from nagamochi.report.fiscal_years import beside, short
from nagamochi.vocabulary import label, value_label

KM_PER_DEGREE = 111.2
HALF_BAND = 1.2816
"""Standard deviations: 80 % of a normal distribution lie within so many of its mean."""
HEIGHT = 210
FISCAL_LABELS_EVERY = 10  # years
FONT = "'Hiragino Sans','Noto Sans CJK JP','Noto Sans JP','Yu Gothic',Meiryo,IPAPGothic,sans-serif"

WORDS = {
    "ja": {
        "year": "年目",
        "money": "百万円",
        "item": "内訳",
        "budget": "予算",
        "inspection": "点検",
        "others": "その他の部材",
        "class": "健全度",
        "share": "部材の割合",
        "health": "健全度",
        "lowest": "最低",
        "mean": "平均",
        "backlog": "未実施費用（百万円）",
        "price": "予算1円の価値（円）",
        "plan": "予防保全型（この計画）",
        "reactive": "事後保全型",
        "sum": "累計費用（百万円）",
        "scenario": "保全の型",
        "first_repair": "補修の年",
        "later": "6年目以降・なし",
        "bridge": "橋梁",
        "show_year": "年目： ",
        "expected": "期待値",
        "low": "下限",
        "high": "上限",
    },
    "en": {
        "year": "year",
        "money": "million yen",
        "item": "item",
        "budget": "budget",
        "inspection": "inspections",
        "others": "other members",
        "class": "health",
        "share": "share of curves",
        "health": "health",
        "lowest": "lowest",
        "mean": "mean",
        "backlog": "backlog, million yen",
        "price": "price of a yen, yen",
        "plan": "this plan",
        "reactive": "reactive repair",
        "sum": "cumulative cost, million yen",
        "scenario": "scenario",
        "first_repair": "repaired in",
        "later": "later or never",
        "bridge": "bridge",
        "show_year": "year: ",
        "expected": "expected",
        "low": "from",
        "high": "to",
    },
}
Spec = dict[str, Any]
Numbers = npt.NDArray[np.float64]


def charts(digest: Digest, language: str) -> dict[str, Spec]:
    """Return the specification of each chart by its name; those of maps only where a bridge has coordinates."""
    words = WORDS[language] | {"year_label": _year_label(digest, language), "beside": _beside(digest, language)}
    drawn = {
        "yearly": _yearly(digest, words, language),
        "condition": _condition(digest, words, language),
        "health": _health(digest, words),
        "backlog": _bars(digest.condition.select("year", value=pl.col("backlog") / 1e6), words["backlog"], words),
        "price": _bars(digest.plan.yearly.select("year", value="price"), words["price"], words),
        "saving": _saving(digest, words),
    }
    if digest.plan.spending_deviation is not None:
        drawn["scatter"] = _bands(digest, digest.plan.spending_deviation, words)
    if places(digest.plan.network.bridges).height:
        drawn |= {"five_years": _five_years_map(digest, words), "map": _health_map(digest, words, language)}
    return {name: _spec(chart) for name, chart in drawn.items()}


def places(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return where the bridges with coordinates stand: bridge (row), east and north in km from their middle."""
    known = bridges.select("latitude", "longitude").with_row_index("bridge").drop_nulls()
    if known.is_empty():
        return known.select("bridge", east="longitude", north="latitude")
    latitude, longitude = known["latitude"].to_numpy(), known["longitude"].to_numpy()
    middle = (latitude.min() + latitude.max()) / 2
    east = (longitude - (longitude.min() + longitude.max()) / 2) * np.cos(np.radians(middle))
    return known.select(
        "bridge", east=pl.Series(KM_PER_DEGREE * east), north=pl.Series(KM_PER_DEGREE * (latitude - middle))
    )


def _yearly(digest: Digest, words: dict[str, str], language: str) -> Any:
    members = digest.members[:MOST_MEMBERS]
    shown = {member: value_label(member, language) for member in members}
    repairs = digest.member_costs.with_columns(
        item=pl.col("member").replace_strict(shown, default=words["others"], return_dtype=pl.String)
    )
    inspections = digest.plan.yearly.select("year", item=pl.lit(words["inspection"]), cost="inspection")
    repairs = repairs.filter(pl.col("cost").sum().over("item") > 0)
    rows = pl.concat([inspections, repairs.select("year", "item", "cost")])
    order = list(dict.fromkeys(rows["item"]))
    costs = rows.group_by("year", "item", maintain_order=True).agg(value=pl.col("cost").sum() / 1e6)
    costs = costs.with_columns(order=pl.col("item").replace_strict(order, range(len(order)), return_dtype=pl.Int64))
    bars = (
        _chart(costs, words)
        .mark_bar()
        .encode(
            x=_years(words),
            y=altair.Y("value:Q", title=words["money"], stack="zero"),
            color=altair.Color(
                "item:N", sort=order, title=None, scale=altair.Scale(domain=order, range=list(COLOURS[: len(order)]))
            ),
            order=altair.Order("order:Q"),
            tooltip=[
                _when(words),
                _tip("item:N", words["item"]),
                _tip("value:Q", words["money"], ",.2f"),
            ],
        )
    )
    return _within_budget(bars, digest, words)


def _within_budget(chart: Any, digest: Digest, words: dict[str, str]) -> Any:
    """Add the line of the budget, if there is one."""
    budget = digest.plan.yearly.select("year", value=pl.col("budget") / 1e6).filter(pl.col("value").is_finite())
    if budget.is_empty():
        return chart
    line = (
        _chart(budget, words)
        .mark_line(color="black", interpolate="step", strokeDash=[5, 3], strokeWidth=1.5)
        .encode(
            x=_years(words),
            y="value:Q",
            tooltip=[_when(words), _tip("value:Q", words["budget"], ",.2f")],
        )
    )
    return chart + line


def _bands(digest: Digest, deviation: Numbers, words: dict[str, str]) -> Any:
    """Draw expected spending, and where it lies with a probability of 80 % if it is normal."""
    total = digest.plan.outcome.total
    low, high = np.maximum(total - HALF_BAND * deviation, 0.0), total + HALF_BAND * deviation
    rows = pl.DataFrame(
        {"year": np.arange(1, len(total) + 1), "value": total / 1e6, "low": low / 1e6, "high": high / 1e6}
    )
    tips = [
        _when(words),
        _tip("value:Q", words["expected"], ",.2f"),
        _tip("low:Q", words["low"], ",.2f"),
        _tip("high:Q", words["high"], ",.2f"),
    ]
    base = _chart(rows, words)
    band = base.mark_bar(color="#56B4E9", opacity=0.5).encode(
        x=_years(words), y=altair.Y("low:Q", title=words["money"]), y2="high:Q", tooltip=tips
    )
    mean = base.mark_point(color="#0072B2", filled=True, size=18).encode(x=_years(words), y="value:Q", tooltip=tips)
    return _within_budget(band + mean, digest, words)


def _condition(digest: Digest, words: dict[str, str], language: str) -> Any:
    order = [label(name, language) for name in HEALTH_CLASSES]
    rows = digest.plan.condition.rename(dict(zip(HEALTH_CLASSES, order, strict=True)))
    long = rows.unpivot(order, index="year", variable_name="class")
    long = long.with_columns(order=pl.col("class").replace_strict(order, range(5), return_dtype=pl.Int64))
    return (
        _chart(long, words)
        .mark_bar()
        .encode(
            x=_years(words),
            y=altair.Y(
                "value:Q", title=words["share"], axis=altair.Axis(format="%"), scale=altair.Scale(domain=[0, 1])
            ),
            color=altair.Color(
                "class:N",
                sort=order,
                title=None,
                legend=altair.Legend(columns=2),
                scale=altair.Scale(domain=order, range=list(CLASS_COLOURS)),
            ),
            order=altair.Order("order:Q"),
            tooltip=[
                _when(words),
                _tip("class:N", words["class"]),
                _tip("value:Q", words["share"], ".2%"),
            ],
        )
    )


def _health(digest: Digest, words: dict[str, str]) -> Any:
    rows = digest.condition.select(
        "year", pl.col("mean_health").alias(words["mean"]), pl.col("lowest_health").alias(words["lowest"])
    )
    long = rows.unpivot([words["mean"], words["lowest"]], index="year", variable_name="of")
    return (
        _chart(long, words)
        .mark_line(point=True)
        .encode(
            x=_years(words),
            y=altair.Y("value:Q", title=words["health"], scale=altair.Scale(domain=[1, 5])),
            **_two("of:N", [words["mean"], words["lowest"]]),
            tooltip=[
                _when(words),
                _tip("of:N", words["health"]),
                _tip("value:Q", words["health"], ".2f"),
            ],
        )
    )


def _saving(digest: Digest, words: dict[str, str]) -> Any:
    sums = {words["reactive"]: digest.reactive.total, words["plan"]: digest.plan.outcome.total}
    rows = pl.concat(
        pl.DataFrame({"year": np.arange(1, digest.plan.horizon + 1), "scenario": name, "value": np.cumsum(total) / 1e6})
        for name, total in sums.items()
    )
    return (
        _chart(rows, words)
        .mark_line(interpolate="step-after")
        .encode(
            x=_years(words),
            y=altair.Y("value:Q", title=words["sum"]),
            **_two("scenario:N", list(sums)),
            tooltip=[
                _when(words),
                _tip("scenario:N", words["scenario"]),
                _tip("value:Q", words["sum"], ",.1f"),
            ],
        )
    )


def _bars(rows: pl.DataFrame, title: str, words: dict[str, str]) -> Any:
    return (
        _chart(rows, words)
        .mark_bar(color="#0072B2")
        .encode(
            x=_years(words),
            y=altair.Y("value:Q", title=title),
            tooltip=[_when(words), _tip("value:Q", title, ",.2f")],
        )
    )


def _five_years_map(digest: Digest, words: dict[str, str]) -> Any:
    years = [str(year) for year in range(1, min(5, digest.plan.horizon) + 1)]
    domain = [*years, words["later"]]
    colours = [*YEAR_COLOURS[: len(years)], "#ffffff"]
    chart = _map(
        digest,
        altair.Color(
            "five:N", title=words["first_repair"], sort=domain, scale=altair.Scale(domain=domain, range=colours)
        ),
        [_tip("name:N", words["bridge"]), _tip("when:N", words["first_repair"])],
    )
    later = altair.datum.five == words["later"]
    circles = chart.layer[0].transform_calculate(when=_year_with("datum.five", words))
    full = circles.mark.size
    chart.layer[0] = circles.encode(size=altair.condition(later, altair.value(full / 2), altair.value(full)))
    return chart


def _health_map(digest: Digest, words: dict[str, str], language: str) -> Any:
    year = altair.param(
        name="year",
        value=0,
        bind=altair.binding_range(min=0, max=digest.plan.horizon, step=1, name=words["show_year"]),
    )
    order = [label(name, language) for name in HEALTH_CLASSES]
    health = altair.datum.h[year]
    classes = altair.expr.if_(
        health >= 4,
        order[0],
        altair.expr.if_(
            health >= 3,
            order[1],
            altair.expr.if_(health >= 2, order[2], altair.expr.if_(health > 1, order[3], order[4])),
        ),
    )
    chart = _map(
        digest,
        altair.Color(
            "class:N", title=words["class"], sort=order, scale=altair.Scale(domain=order, range=list(CLASS_COLOURS))
        ),
        [_tip("name:N", words["bridge"]), _tip("health:Q", words["health"], ".2f")],
        height=420,
        health=health,
    )
    chart.layer[0] = chart.layer[0].transform_calculate(**{"health": health, "class": classes})
    return chart.add_params(year)


def _map(digest: Digest, colour: Any, tooltip: list[Any], height: int = 300, health: Any = None) -> Any:
    """Bridges by colour, with a scale bar; the same kilometres both ways."""
    known = places(digest.plan.network.bridges)
    half = max(1.0, float(np.abs(known.select("east", "north").to_numpy()).max())) * 1.08
    length = 10 ** np.floor(np.log10(half))
    bar = pl.DataFrame({"east": [-half, -half + length], "north": [-half, -half], "text": [None, f"{length:g} km"]})
    place = {
        "x": altair.X("east:Q", axis=None, scale=altair.Scale(domain=[-half, half], nice=False)),
        "y": altair.Y("north:Q", axis=None, scale=altair.Scale(domain=[-half, half], nice=False)),
    }
    circles = (
        altair.Chart(altair.NamedData("bridges"))
        .mark_circle(opacity=0.9, stroke="#333", strokeWidth=0.4, size=60 if known.height < 1000 else 22)
        .encode(**place, color=colour, tooltip=tooltip)
    )
    rule = altair.Chart(_values(bar)).mark_line(color="black", strokeWidth=2).encode(**place)
    text = altair.Chart(_values(bar.drop_nulls())).mark_text(align="left", dx=5).encode(**place, text="text:N")
    return (circles + rule + text).properties(width=height, height=height)


def _two(field: str, names: list[str]) -> dict[str, Any]:
    """Encode two lines by colour and stroke, in the legend too."""
    looks = {"color": (altair.Color, ["#D55E00", "#0072B2"]), "strokeDash": (altair.StrokeDash, [[1, 0], [4, 2]])}
    legend = altair.Legend(symbolType="stroke", symbolSize=700, symbolStrokeWidth=2)
    return {
        name: encoding(field, title=None, sort=names, legend=legend, scale=altair.Scale(domain=names, range=values))
        for name, (encoding, values) in looks.items()
    }


def _years(words: dict[str, str]) -> Any:
    return altair.X(
        "year:O",
        title=words["year"],
        axis=altair.Axis(labelAngle=0, labelExpr=f"datum.value % 5 ? '' : {words['year_label']}"),
    )


def _chart(rows: pl.DataFrame, words: dict[str, str]) -> Any:
    """Return a chart of rows by year, which it names for tooltips."""
    return altair.Chart(_values(rows)).transform_calculate(when=_year_with("datum.year", words))


def _when(words: dict[str, str]) -> Any:
    return _tip("when:N", words["year"])


def _year_with(year: str, words: dict[str, str]) -> str:
    """Return the expression of a year with its fiscal year, where that is known."""
    return f"{year} + ({words['beside']}[{year}] || '')"


def _beside(digest: Digest, language: str) -> str:
    """Return the list of what is written beside the years 0, 1, .. of the plan; an empty one without a start year."""
    start = digest.plan.network.start_year
    years = [] if start is None else range(digest.plan.horizon + 1)
    return json.dumps([beside(year, start, language) for year in years], ensure_ascii=False)


def _year_label(digest: Digest, language: str) -> str:
    """Return what the axis writes for a year: the year, below it the fiscal one where that is known."""
    start = digest.plan.network.start_year
    if start is None:
        return "datum.label"
    names = [short(year + start - 1, language) for year in range(digest.plan.horizon + 1)]
    with_fiscal = f"[datum.label, {json.dumps(names, ensure_ascii=False)}[datum.value]]"
    return f"(datum.value % {FISCAL_LABELS_EVERY} ? datum.label : {with_fiscal})"


def _tip(field: str, title: str, number: str | None = None) -> Any:
    return altair.Tooltip(field, title=title) if number is None else altair.Tooltip(field, title=title, format=number)


def _values(rows: pl.DataFrame) -> Any:
    rounded = rows.with_columns(pl.col(pl.Float64).round(6))
    return altair.InlineData(values=rounded.to_dicts())


def _spec(chart: Any) -> Spec:
    if "width" not in chart.to_dict(validate=False):
        chart = chart.properties(width="container", height=HEIGHT)
    spec: Spec = (
        chart.configure(font=FONT)
        .configure_view(stroke=None)
        .configure_legend(orient="bottom", columns=3, labelLimit=220)
        .to_dict()
    )
    return spec
