"""Japanese bridge lists: dimensions, a judgement or a year built, no members and no history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from nagamochi import standard_bridge
from nagamochi.errors import InvalidInput, Problem
from nagamochi.importers.report import AGED, ASSUMED_MATERIAL, ASSUMED_SPANS, STANDARD_LIVES, ImportReport, write_import
from nagamochi.network import Network
from nagamochi.tables import Column, between, not_negative, positive

ASSUMED_WIDTH_M = 6.0
HEALTH_OF_JUDGEMENT = {1: 4.5, 2: 3.5, 3: 2.5, 4: 1.5}
NUMERALS = ("I", "II", "III", "IV")

YEAR = between(1500, 2100)
MEASURES = (
    Column("year_built", "whole number", rule=YEAR),
    Column("length_m", "number", rule=positive()),
    Column("width_m", "number", rule=not_negative()),
    Column("latitude", "number", rule=between(-90, 90)),
    Column("longitude", "number", rule=between(-180, 180)),
)


def write_bridge_list(listed: pl.DataFrame, out: str | Path, source: str, known: Sequence[str]) -> ImportReport:
    """Write the network folder of a list of bridges.

    Parameters
    ----------
    listed : polars.DataFrame
        bridge_id, name, owner, the columns of `MEASURES` (width 0 or null: unknown), judgement (1..4; null: not
        judged), year_inspected (may be null).
    out : path
    source : str
    known : sequence of str
        What the list says itself.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        No bridge of the list has both a length and a judgement or year built.
    """
    reason = (
        pl.when(pl.col("length_m").is_null())
        .then(pl.lit("no length"))
        .when(pl.col("judgement").is_null() & pl.col("year_built").is_null())
        .then(pl.lit("neither judged nor dated, so no health"))
    )
    sorted_out = listed.with_columns(reason=reason)
    planned = sorted_out.filter(pl.col("reason").is_null())
    left_out = sorted_out.filter(pl.col("reason").is_not_null()).select("bridge_id", "reason")
    if planned.is_empty():
        rule = "must have a bridge with a length and a judgement or year built"
        raise InvalidInput(Problem(rule, f"{len(left_out):,} bridges without", source))
    today = listed.select(pl.max_horizontal(pl.max("year_built", "year_inspected"))).item()
    return write_import(_network(planned, today), out, source, known, _assumed(planned, today), left_out.rows())


def _network(planned: pl.DataFrame, today: int | None) -> Network:
    spans = standard_bridge.assumed_spans(pl.col("length_m"))
    bridges = planned.with_columns(
        width_m=pl.when(pl.col("width_m") > 0.0).then("width_m").otherwise(ASSUMED_WIDTH_M),
        spans=spans,
        material=standard_bridge.assumed_material(pl.col("length_m") / spans),
    ).drop("judgement", "year_inspected", "reason")
    states = planned.select(
        "bridge_id",
        judged=pl.col("judgement").replace_strict(HEALTH_OF_JUDGEMENT, return_dtype=pl.Float64),
        age=(pl.lit(today, pl.Int64) - pl.col("year_built")),
    )
    curves = standard_bridge.curves(bridges).join(states, on="bridge_id", maintain_order="left")
    aged = standard_bridge.aged_health(pl.col("age"), pl.col("service_life"), pl.col("shape")).round(1)
    health = pl.coalesce("judged", aged)
    return standard_bridge.network(bridges, curves.with_columns(health=health).drop("judged", "age"))


def _assumed(planned: pl.DataFrame, today: int | None) -> list[str]:
    judged = planned["judgement"].count()
    classes = ", ".join(
        f"{numeral} {health}" for numeral, health in zip(NUMERALS, HEALTH_OF_JUDGEMENT.values(), strict=True)
    )
    wide = planned.filter(pl.col("width_m") > 0.0).height
    return [
        f"The judgement of {judged:,} bridges is taken for the health now of all their members ({classes}). That is "
        "on the dark side: the worst member decides a judgement.",
        f"{len(planned) - judged:,} bridges are not judged: {AGED}. Ages end in {today}, the latest year in the list.",
        f"The width of {len(planned) - wide:,} bridges is unknown: {ASSUMED_WIDTH_M:g} m.",
        ASSUMED_SPANS,
        ASSUMED_MATERIAL,
        STANDARD_LIVES,
    ]
