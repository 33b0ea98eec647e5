"""Japanese bridge lists: dimensions with a judgement or a year built, without members and history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from nagamochi import standard_bridge
from nagamochi.importers.known_format import ABSENT, refuse_too_many_spans
from nagamochi.importers.planning_year import PlanningYear, planning_year_of
from nagamochi.importers.report import AGED, ASSUMED_MATERIAL, ASSUMED_SPANS, STANDARD_LIVES, ImportReport, write_import
from nagamochi.network import Network
from nagamochi.tables import Column, Findings, SourceTable, between, in_years, not_negative
from nagamochi.tables.limits import LONGEST_BRIDGE_M, OLDEST_BRIDGE, WIDEST_BRIDGE_M

ASSUMED_WIDTH_M = 6.0
HEALTH_OF_JUDGEMENT = {1: 4.5, 2: 3.5, 3: 2.5, 4: 1.5}
NUMERALS = ("I", "II", "III", "IV")

NO_YEAR = (*ABSENT, "0")
MEASURES = (
    Column("year_built", "year", rule=in_years(OLDEST_BRIDGE), absent=NO_YEAR),
    Column("length_m", "number", rule=not_negative(LONGEST_BRIDGE_M), absent=ABSENT),
    Column("width_m", "number", rule=not_negative(WIDEST_BRIDGE_M), absent=ABSENT),
    Column("latitude", "number", rule=between(-90, 90), absent=ABSENT),
    Column("longitude", "number", rule=between(-180, 180), absent=ABSENT),
)


def write_bridge_list(
    listed: pl.DataFrame,
    table: SourceTable,
    out: str | Path,
    *,
    source: str,
    known: Sequence[str],
    planning_year: int | None,
) -> ImportReport:
    """Write the network folder of a list of bridges.

    Parameters
    ----------
    listed : polars.DataFrame
        bridge_id, name, owner, the columns of `MEASURES` (length or width 0 or null: unknown), judgement (1..4; null:
        not judged), year_inspected (may be null).
    table : SourceTable
        Where they come from, row by row.
    out : path
    source : str
    known : sequence of str
        Facts that the list states.
    planning_year : int or None
        The year in which ages end; None: that of the newest inspection, or else the current one.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        No bridge of the list has both a length and a judgement or year built, or the lengths are not in metres.
    """
    now = planning_year_of(planning_year, listed["year_inspected"])
    listed = listed.with_columns(pl.when(pl.col("length_m") > 0.0).then("length_m"))
    sorted_out = listed.with_columns(reason=_reason(now))
    planned = sorted_out.filter(pl.col("reason").is_null())
    left_out = sorted_out.filter(pl.col("reason").is_not_null()).select("bridge_id", "reason")
    findings = Findings()
    if planned.is_empty():
        rule = "must have a bridge with a length and a judgement or year built"
        findings.refuse(table.where, rule, f"{len(left_out):,} bridges without")
    spans = listed.select(standard_bridge.assumed_spans(pl.col("length_m"))).to_series()
    refuse_too_many_spans(table, "length_m", spans, findings)
    findings.raise_problems()
    network = _network(planned, now.year)
    return write_import(network, out, source, known, _assumed(planned, now), left_out.rows(), planning_year=now)


def _reason(now: PlanningYear) -> pl.Expr:
    """Return why a bridge cannot be planned; null where it can."""
    undated = pl.col("judgement").is_null() & pl.col("year_built").is_null()
    return (
        pl.when(pl.col("length_m").is_null())
        .then(pl.lit("no length"))
        .when(undated)
        .then(pl.lit("neither judged nor dated, so no health"))
        .when(pl.col("year_built") > now.year)
        .then(pl.lit(f"built after the planning year {now.year}"))
    )


def _network(planned: pl.DataFrame, year: int) -> Network:
    spans = standard_bridge.assumed_spans(pl.col("length_m"))
    bridges = planned.with_columns(
        width_m=pl.when(pl.col("width_m") > 0.0).then("width_m").otherwise(ASSUMED_WIDTH_M),
        spans=spans,
        material=standard_bridge.assumed_material(pl.col("length_m") / spans),
    ).drop("judgement", "year_inspected", "reason")
    states = planned.select(
        "bridge_id",
        judged=pl.col("judgement").replace_strict(HEALTH_OF_JUDGEMENT, return_dtype=pl.Float64),
        age=year - pl.col("year_built"),
    )
    curves = standard_bridge.curves(bridges).join(states, on="bridge_id", maintain_order="left")
    aged = standard_bridge.aged_health(pl.col("age"), pl.col("service_life"), pl.col("shape")).round(1)
    health = pl.coalesce("judged", aged)
    return standard_bridge.network(bridges, curves.with_columns(health=health).drop("judged", "age"))


def _assumed(planned: pl.DataFrame, now: PlanningYear) -> list[str]:
    judged = planned["judgement"].count()
    classes = ", ".join(
        f"{numeral} {health}" for numeral, health in zip(NUMERALS, HEALTH_OF_JUDGEMENT.values(), strict=True)
    )
    wide = planned.filter(pl.col("width_m") > 0.0).height
    return [
        f"The judgement of {judged:,} bridges is taken for the health now of all their members ({classes}). This is "
        "pessimistic: the worst member decides a judgement.",
        f"{len(planned) - judged:,} bridges are not judged: {AGED}. Ages end in {now}.",
        f"The width of {len(planned) - wide:,} bridges is unknown: {ASSUMED_WIDTH_M:g} m.",
        ASSUMED_SPANS,
        ASSUMED_MATERIAL,
        STANDARD_LIVES,
    ]
