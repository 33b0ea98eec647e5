"""Bridges of the United States with ratings of deck, superstructure and substructure from 9 (best) to 0."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from nagamochi import standard_bridge
from nagamochi.importers.importance import importance, importance_assumed
from nagamochi.importers.list_format import MANY_SPANS, SPANS_PER_BRIDGE
from nagamochi.importers.planning_year import PlanningYear, planning_year_of
from nagamochi.importers.problems import ROW_NOT_USED, VALUE_NOT_USED, Problems
from nagamochi.importers.report import (
    AGED,
    AGED_SINCE,
    ASSUMED_SPANS,
    ASSUMED_STRUCTURE,
    CULVERTS,
    STANDARD_LIVES,
    Assumption,
    History,
    Imported,
    in_parts,
    rated_before_rebuilt,
    span,
    with_access,
)
from nagamochi.network import Network
from nagamochi.tables import Findings

RATINGS = ("deck", "superstructure", "substructure", "culvert")
BEST, WORST = 9, 0
HEALTH_PER_RATING = 4.0 / 7.0  # health 1 at rating 2, critical
RATED = {
    "deck slab": "deck",
    "pavement": "deck",
    "expansion joint": "deck",
    "curb wall": "deck",
    "kerb": "deck",
    "safety fence": "deck",
    "main girder": "superstructure",
    "bearing": "superstructure",
    "substructure": "substructure",
    "culvert": "culvert",
}
"""Member of the standard bridge -> the rating that it has."""

ASSUMED_WIDTH_M = 10.0


def import_us_bridges(rows: pl.DataFrame, asked: int | None, problems: Problems, *, source: str) -> Imported:
    """Make the network of rated bridges.

    Parameters
    ----------
    rows : polars.DataFrame
        One for each inspection of a bridge: bridge_id, name, owner, route, latitude, longitude, year_built,
        year_renewed (of the last reconstruction), length_m, width_m, spans, material (steel, concrete or null),
        structure (as in `nagamochi.standard_bridge.curves`, or null), year (of the inspection, with decimals), the
        columns of `RATINGS`, emergency_route, traffic (vehicles a day), detour_km, file and row.
    asked : int or None
        The year in which ages end; None: that of the newest inspection.
    problems : Problems
    source : str
        Name of the list.

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        No bridge has a length and a rating or year built, or the lengths are not plausible.
    """
    rows = used_rows(rows, problems)
    listed = rows.sort("year", nulls_last=False, maintain_order=True).unique(
        "bridge_id", keep="last", maintain_order=True
    )
    listed = rows.select(pl.col("bridge_id").unique(maintain_order=True)).join(
        listed, on="bridge_id", maintain_order="left"
    )
    inspected = listed["year"].floor().cast(pl.Int64)
    now = planning_year_of(asked, inspected)
    sorted_out = listed.with_columns(reason=_reason(now))
    left_out = sorted_out.filter(pl.col("reason").is_not_null())
    problems.leave_out(left_out)
    planned = _completed(sorted_out.filter(pl.col("reason").is_null()))
    findings = Findings()
    where = listed["file"][0]
    if planned.is_empty():
        rule = "must have a bridge with a length and a rating or year built"
        findings.refuse(where, rule, f"{len(left_out):,} without{problems.first}")
    if (spans := planned["spans"].sum()) > MANY_SPANS + SPANS_PER_BRIDGE * len(planned):
        findings.refuse(where, "must have plausible lengths and numbers of spans", f"{spans:,} spans in all")
    findings.raise_problems()
    history = us_history(rows)
    rebuilt_since = pl.col("year_renewed") > pl.col("year").floor()
    rated = pl.any_horizontal(pl.col(RATINGS).is_not_null())
    outdated, notices = rated_before_rebuilt(planned.filter(rebuilt_since, rated)["bridge_id"])
    return Imported(
        source=source,
        parts=in_parts(planned, partial(_network, year=now.year), pl.col("length_m") * pl.col("width_m")),
        known=[
            f"Bridges in the list: {len(listed):,}, inspected in {span(inspected)}; the owner of "
            f"{listed['owner'].count():,}, the traffic of {listed['traffic'].count():,}, the detour of "
            f"{listed['detour_km'].count():,}.",
            *(f"Ratings of the {name}: {listed[name].count():,}." for name in RATINGS if listed[name].count()),
        ],
        assumed=[*_assumed(planned, now), *outdated],
        left_out=left_out.select("bridge_id", "reason").rows(),
        planning_year=now,
        history=history if history.inspected_again else None,
        notices=notices,
    )


def us_history(rows: pl.DataFrame) -> History:
    """Return the ratings of all inspections."""
    rated = rows.filter(pl.col("year").is_not_null() & pl.any_horizontal(pl.col(RATINGS).is_not_null()))
    return History(rated.select("year", *RATINGS, asset="bridge_id"), RATINGS, (BEST, WORST))


def used_rows(rows: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Return the rows with the number of a bridge; of several for one inspection the last."""
    problems.name_bridges(rows)
    for file, row in rows.filter(pl.col("bridge_id").is_null()).select("file", "row").iter_rows():
        problems.add_row(file, row, ROW_NOT_USED, "has no number of a bridge")
    rows = _without_older_bridges(rows.drop_nulls("bridge_id"), problems)
    key = ["bridge_id", "year"]
    differ = pl.struct(RATINGS).n_unique().over(key) > 1
    earlier = rows.filter(pl.col("year").is_not_null(), differ, ~pl.struct(key).is_last_distinct())
    for file, row, bridge in earlier.select("file", "row", "bridge_id").iter_rows():
        problems.add_row(file, row, ROW_NOT_USED, "a later row rates the same inspection otherwise", bridge)
    return rows.unique(key, keep="last", maintain_order=True)


def _without_older_bridges(rows: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Leave out the ratings of inspections before the year built, which are of an older bridge."""
    rated = pl.any_horizontal(pl.col(RATINGS).is_not_null())
    older = (pl.col("year").floor() < pl.col("year_built")).fill_null(False)
    for file, row, bridge in rows.filter(older, rated).select("file", "row", "bridge_id").iter_rows():
        problems.add_row(file, row, VALUE_NOT_USED, "is rated in a year before the bridge was built", bridge)
    return rows.with_columns(pl.when(~older).then(name).alias(name) for name in RATINGS)


def health(rating: pl.Expr) -> pl.Expr:
    """Return the health of a rating: 5 at 9, 1 at 2 and below, linear in between.

    Parameters
    ----------
    rating : polars expression, 0..9

    Returns
    -------
    polars expression, 1..5
    """
    return (5.0 - HEALTH_PER_RATING * (BEST - rating)).clip(1.0)


def _reason(now: PlanningYear) -> pl.Expr:
    """Return why a bridge cannot be planned; null where it can."""
    undated = pl.all_horizontal(pl.col("year_built", "year_renewed").is_null())
    return (
        pl.when(~(pl.col("length_m") > 0.0).fill_null(False))
        .then(pl.lit("no length"))
        .when(pl.all_horizontal(pl.col(RATINGS).is_null()) & undated)
        .then(pl.lit("neither rated nor dated, so no health"))
        .when(pl.col("year_built") > now.year)
        .then(pl.lit(f"built after the planning year {now.year}"))
    )


def _completed(planned: pl.DataFrame) -> pl.DataFrame:
    """Return bridges with assumed widths, spans and materials, and which were assumed."""
    no_width = ~(pl.col("width_m") > 0.0).fill_null(False)
    no_spans = ~(pl.col("spans") > 0).fill_null(False)
    assumed = planned.with_columns(
        assumed_width=no_width,
        assumed_spans=no_spans,
        assumed_material=pl.col("material").is_null(),
        width_m=pl.when(no_width).then(ASSUMED_WIDTH_M).otherwise("width_m"),
        spans=pl.when(no_spans).then(standard_bridge.assumed_spans(pl.col("length_m"))).otherwise("spans"),
    )
    material = standard_bridge.assumed_material(pl.col("length_m") / pl.col("spans"))
    assumed = assumed.with_columns(material=pl.coalesce("material", material))
    structure = standard_bridge.assumed_structure(pl.col("length_m"), pl.col("material"))
    culvert = pl.col("culvert").is_not_null() & pl.all_horizontal(pl.col(RATINGS[:3]).is_null())
    known = pl.when(culvert).then(pl.lit("culvert")).otherwise("structure")
    return assumed.with_columns(assumed_structure=known.is_null(), structure=pl.coalesce(known, structure))


def _network(planned: pl.DataFrame, year: int) -> Network:
    inspected = pl.col("year").floor().cast(pl.Int64)
    lowest = pl.min_horizontal(RATINGS)
    bridges = planned.select(
        *("bridge_id", "name", "owner", "route", "material", "structure", "year_built", "length_m", "width_m", "spans"),
        *("latitude", "longitude", "level_per"),
        last_inspection_year=pl.when((inspected < pl.col("year_built")).fill_null(False))
        .then(None)
        .otherwise(inspected),
        rating=lowest.cast(pl.String),
        importance=importance(),
    )
    renewed = pl.when(pl.col("year_renewed") <= year).then("year_renewed")
    age = year - pl.max_horizontal("year_built", renewed)
    states = planned.select("bridge_id", *RATINGS, lowest=lowest, age=age, since=(year - inspected).fill_null(0))
    curves = standard_bridge.curves(bridges).join(states, on="bridge_id", maintain_order="left")
    own = pl.coalesce(pl.when(pl.col("member") == member).then(rating) for member, rating in RATED.items())
    curve = pl.col("service_life"), pl.col("shape")
    rated = standard_bridge.health_after(health(pl.coalesce(own, "lowest")), pl.col("since"), *curve).round(3)
    aged = standard_bridge.aged_health(pl.col("age"), *curve).round(1)
    curves = curves.with_columns(health=pl.coalesce(rated, aged))
    return standard_bridge.network(with_access(bridges), curves.drop(*RATINGS, "lowest", "age", "since"))


def _assumed(planned: pl.DataFrame, now: PlanningYear) -> Sequence[Assumption]:
    no_rating = pl.all_horizontal(pl.col(RATINGS).is_null())
    parts = pl.col(RATINGS[:3])
    unrated = planned.filter(no_rating)
    rated = planned.filter(~no_rating)
    partly = planned.filter(pl.any_horizontal(parts.is_null()) & pl.any_horizontal(parts.is_not_null())).height
    return [
        Assumption(
            "Health is 5 at rating 9 and 1 at rating 2 and below, linear in between. The deck's rating is that of deck "
            "slab, pavement, expansion joint, curb wall, kerb and safety fence; the superstructure's that of main "
            "girder and bearing.",
            len(rated),
        ),
        Assumption(f"{AGED_SINCE} {now}.", rated.filter(pl.col("year").floor() < now.year).height),
        Assumption(
            "The ratings have no date: they are taken for the health in the planning year.", rated["year"].null_count()
        ),
        Assumption(CULVERTS, planned.filter(structure="culvert").height),
        Assumption(ASSUMED_STRUCTURE, int(planned["assumed_structure"].sum())),
        Assumption("A member without a rating has the lowest rating of its bridge.", partly),
        Assumption(f"Not rated: {AGED}. Ages end in {now}.", len(unrated)),
        Assumption(
            "The age counts from the year of the last reconstruction, not from the year built.",
            unrated["year_renewed"].count(),
        ),
        Assumption(f"The width is unknown: {ASSUMED_WIDTH_M:g} m.", int(planned["assumed_width"].sum())),
        Assumption(ASSUMED_SPANS, int(planned["assumed_spans"].sum())),
        Assumption(
            "The material is neither steel nor concrete: taken for steel where spans are at least 25 m, else concrete.",
            int(planned["assumed_material"].sum()),
        ),
        Assumption(STANDARD_LIVES, len(planned)),
        importance_assumed(planned),
    ]
