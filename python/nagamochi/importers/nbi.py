"""The National Bridge Inventory of the United States, delimited, as the Federal Highway Administration publishes it.

Items and codes are those of the Recording and Coding Guide, FHWA-PD-96-001 of December 1995. The codes of items 22, 43A
and 43B were compared with several public transcriptions of the guide, which agree; the guide itself was not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from nagamochi.importers.list_format import (
    ListFile,
    ListFormat,
    check_list,
    later_rule,
    refuse_later_years,
    without_ratings,
    without_short_spans,
)
from nagamochi.importers.problems import Problems
from nagamochi.importers.report import History, Imported
from nagamochi.importers.us_bridges import RATINGS, import_us_bridges, us_history, used_rows
from nagamochi.tables import Column, Findings, between, in_years, not_negative
from nagamochi.tables.dates import this_year
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE, WIDEST_BRIDGE_M

NOT_APPLICABLE = "N"
ON_ROUTE = "1"
"""Record type of the route on a bridge; all others repeat a bridge for a route under it."""

MATERIALS = {"1": "concrete", "2": "concrete", "3": "steel", "4": "steel", "5": "concrete", "6": "concrete"}
"""Item 43A; wood (7), masonry (8), aluminium or iron (9) and others (0) are neither."""

OWNERS = {
    "1": "State highway agency",
    "2": "county highway agency",
    "3": "town or township highway agency",
    "4": "city or municipal highway agency",
    "11": "State park, forest or reservation agency",
    "12": "local park, forest or reservation agency",
    "21": "other State agency",
    "25": "other local agency",
    "26": "private",
    "27": "railroad",
    "31": "State toll authority",
    "32": "local toll authority",
    "60": "other federal agency",
    "61": "Indian tribal government",
    "62": "Bureau of Indian Affairs",
    "63": "Bureau of Fish and Wildlife",
    "64": "U.S. Forest Service",
    "66": "National Park Service",
    "67": "Tennessee Valley Authority",
    "68": "Bureau of Land Management",
    "69": "Bureau of Reclamation",
    "70": "Corps of Engineers (civil)",
    "71": "Corps of Engineers (military)",
    "72": "Air Force",
    "73": "Navy or Marines",
    "74": "Army",
    "75": "NASA",
    "76": "Metropolitan Washington Airports Service",
}
"""Item 22; other codes stay as they are, but for `UNKNOWN_OWNER`."""

UNKNOWN_OWNER = "80"

STRUCTURES = {1: "slab", 19: "culvert"}
"""Item 43B, slabs (01) and culverts (19); all others have girders."""

CODES = ("state", "record_type", "owner", "kind", "year", "year_built", "year_renewed")

RATING = between(0, 9)

FIRST_INSPECTIONS = 1968
"""Year of the law behind the inspections: an earlier one is the end of a year to come, as in 0127."""

COLUMNS = (
    Column("bridge_id", aliases=("STRUCTURE_NUMBER_008",)),
    Column("state", aliases=("STATE_CODE_001",)),
    Column("record_type", aliases=("RECORD_TYPE_005A",)),
    Column("carried", aliases=("FACILITY_CARRIED_007",)),
    Column("owner", aliases=("OWNER_022",)),
    Column("traffic", "number", rule=not_negative(), aliases=("ADT_029",)),
    Column("detour_km", "number", rule=not_negative(), aliases=("DETOUR_KILOS_019",)),
    Column("strahnet", "whole number", rule=between(0, 3), aliases=("STRAHNET_HIGHWAY_100",)),
    Column("year_renewed", "year", rule=in_years(OLDEST_BRIDGE), aliases=("YEAR_RECONSTRUCTED_106",)),
    Column("crossed", aliases=("FEATURES_DESC_006A",)),
    Column("packed_latitude", "whole number", rule=between(0, 90_00_00_00), aliases=("LAT_016",)),
    Column("packed_longitude", "whole number", rule=between(0, 180_00_00_00), aliases=("LONG_017",)),
    Column("year_built", "year", rule=in_years(OLDEST_BRIDGE), absent=("0",), aliases=("YEAR_BUILT_027",)),
    Column("kind", aliases=("STRUCTURE_KIND_043A",)),
    Column("type", "whole number", rule=between(0, 22), aliases=("STRUCTURE_TYPE_043B",)),
    Column("main_spans", "whole number", rule=not_negative(MOST_SPANS), aliases=("MAIN_UNIT_SPANS_045",)),
    Column("approach_spans", "whole number", rule=not_negative(MOST_SPANS), aliases=("APPR_SPANS_046",)),
    Column("length_m", "number", rule=not_negative(LONGEST_BRIDGE_M), aliases=("STRUCTURE_LEN_MT_049",)),
    Column("deck_width_m", "number", rule=not_negative(WIDEST_BRIDGE_M), aliases=("DECK_WIDTH_MT_052",)),
    Column("roadway_width_m", "number", rule=not_negative(WIDEST_BRIDGE_M), aliases=("ROADWAY_WIDTH_MT_051",)),
    Column("year", "date", rule=in_years(FIRST_INSPECTIONS), aliases=("DATE_OF_INSPECT_090",)),
    Column("deck", "whole number", rule=RATING, aliases=("DECK_COND_058",)),
    Column("superstructure", "whole number", rule=RATING, aliases=("SUPERSTRUCTURE_COND_059",)),
    Column("substructure", "whole number", rule=RATING, aliases=("SUBSTRUCTURE_COND_060",)),
    Column("culvert", "whole number", rule=RATING, aliases=("CULVERT_COND_062",)),
)


def import_nbi(files: Sequence[ListFile], asked: int | None, problems: Problems) -> Imported:
    """Make the network of an inventory; of several years the newest inspection of each bridge counts.

    Parameters
    ----------
    files : sequence of ListFile
    asked : int or None
        The year in which ages end; None: that of the newest inspection.
    problems : Problems

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        A column has too many odd cells, or no bridge has a length and a rating or year built.
    """
    return import_us_bridges(_rows(files, asked, problems), asked, problems, source="National Bridge Inventory")


def nbi_history(files: Sequence[ListFile], problems: Problems) -> History:
    """Return the ratings of an inventory of several years."""
    return us_history(used_rows(_rows(files, None, problems), problems))


NBI = ListFormat(
    name="nbi",
    title="the National Bridge Inventory of the United States",
    columns=COLUMNS,
    marks=(("STRUCTURE_NUMBER_008", "DECK_COND_058"),),
    needs=(("bridge_id",), ("length_m",), ("deck", "year_built")),
    make=import_nbi,
    history=nbi_history,
    fixed=True,
)


def _rows(files: Sequence[ListFile], asked: int | None, problems: Problems) -> pl.DataFrame:
    findings = Findings()
    frames = []
    for file in files:
        cells = file.source.cells
        cells = cells.with_columns(_code(name) for name in CODES if name in cells.columns)
        cells = cells.with_columns(
            *(_rating(name) for name in RATINGS if name in cells.columns),
            *(_date(name) for name in ("year",) if name in cells.columns),
            *(_reconstructed(name) for name in ("year_renewed",) if name in cells.columns),
        )
        source = replace(file.source, cells=cells)
        frame = check_list(source, COLUMNS, problems, findings)
        spans = ("main_spans", "approach_spans")
        frame = without_short_spans(source, frame, frame["length_m"], spans, problems, findings)
        years = refuse_later_years(source, "year", frame["year"], asked, problems, findings)
        late = years.is_null() & frame["year"].is_not_null()
        frame = without_ratings(source, frame, RATINGS, late, later_rule(asked), problems, findings)
        frames.append(frame.with_columns(years, file=pl.lit(source.where), row=pl.Series(source.rows, dtype=pl.Int64)))
    findings.raise_problems()
    listed = pl.concat(frames)
    rows = listed.filter(pl.col("record_type").is_null() | (pl.col("record_type") == ON_ROUTE))
    if rows.is_empty():
        first = listed.row(0, named=True)
        rule = f"must be {ON_ROUTE} somewhere: all others repeat a bridge for a route under it"
        findings.refuse(first["file"], rule, first["record_type"], row=first["row"], column="RECORD_TYPE_005A")
        findings.raise_problems()
    several = rows["state"].str.pad_start(2, "0").n_unique() > 1
    number = pl.format("{} {}", pl.col("state").str.pad_start(2, "0"), "bridge_id") if several else pl.col("bridge_id")
    code = pl.col("owner").str.strip_chars_start("0")
    kind = pl.col("type")
    return rows.select(
        *("year_built", "year_renewed", "length_m", "year", *RATINGS, "traffic", "detour_km", "file", "row"),
        bridge_id=number,
        owner=pl.when(code != UNKNOWN_OWNER).then(
            pl.coalesce(code.replace_strict(OWNERS, default=None, return_dtype=pl.String), "owner")
        ),
        emergency_route=pl.col("strahnet") > 0,
        route="carried",
        name=pl.concat_str("carried", "crossed", separator=" over ", ignore_nulls=True),
        latitude=_degrees("packed_latitude"),
        longitude=-_degrees("packed_longitude"),
        width_m=pl.when(pl.col("deck_width_m") > 0.0).then("deck_width_m").otherwise("roadway_width_m"),
        spans=pl.col("main_spans") + pl.col("approach_spans").fill_null(0),
        structure=pl.when(kind.is_not_null()).then(kind.replace_strict(STRUCTURES, default="girder")),
        material=pl.col("kind").replace_strict(MATERIALS, default=None, return_dtype=pl.String),
    )


def _code(name: str) -> pl.Expr:
    """Return codes without the decimals that programs add where others of the column are missing, as 1.0."""
    return pl.col(name).str.replace(r"^([0-9]+)\.0+$", "$1").alias(name)


def _rating(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != NOT_APPLICABLE).then(name).alias(name)


def _reconstructed(name: str) -> pl.Expr:
    """Return the year of the last reconstruction; null for 0, never."""
    return pl.when(pl.col(name).str.strip_chars("0") != "").then(name).alias(name)


def _date(name: str) -> pl.Expr:
    """Return month and year without century, which lost their leading zero, as 2021-01."""
    digits = pl.col(name).str.pad_start(4, "0")
    year = digits.str.slice(2).cast(pl.Int64, strict=False)
    whole = year + pl.when(year <= this_year() % 100).then(2000).otherwise(1900)
    written = pl.format("{}-{}", whole, digits.str.slice(0, 2))
    return pl.when(digits.str.contains("^(0[1-9]|1[0-2])[0-9]{2}$")).then(written).otherwise(name).alias(name)


def _degrees(name: str) -> pl.Expr:
    """Return degrees from DDDMMSSss; null where it is 0."""
    packed = pl.col(name)
    degrees = packed // 1_000_000 + packed // 10_000 % 100 / 60.0 + packed % 10_000 / 360_000.0
    return pl.when(packed > 0).then(degrees).round(6)
