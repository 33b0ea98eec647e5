"""The National Bridge Inventory by its specifications of 2022 (SNBI): JSON with nested data sets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

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
from nagamochi.tables import Column, Findings, between, in_years, not_negative, one_of
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE, WIDEST_BRIDGE_M

METRES_PER_FOOT = 0.3048
KM_PER_MILE = 1.609344
CARRIED = "C"
"""Location of a feature (BF02) on the bridge."""

NOT_APPLICABLE = "N"
OF_THE_BRIDGE = (("M", "A"), ("C",))
"""Beginnings of span sets that count: main and approach, or else culvert; widenings do not."""

WHOLE = re.compile(r"[0-9]{1,9}(?:\.0*)?")

WHOLE_INSPECTIONS = ("1", "2")
"""Kinds of inspections of the whole bridge: initial and routine."""

MATERIALS = {"C": "concrete", "S": "steel"}
"""Beginnings of codes of materials; iron, masonry, timber and others are neither."""

STRUCTURES = {"S": "slab", "P": "culvert"}
"""Beginnings of types of spans, slabs and pipes; all others have girders, unless only a culvert is rated."""

RATING = between(0, 9)
FEET = not_negative(LONGEST_BRIDGE_M / METRES_PER_FOOT)
WIDE_FEET = not_negative(WIDEST_BRIDGE_M / METRES_PER_FOOT)
COLUMNS = (
    Column("bridge_id", aliases=("BID01",)),
    Column("name", aliases=("BID02",)),
    Column("state", aliases=("BL01",)),
    Column("owner", aliases=("BCL01",)),
    Column("evacuation_route", rule=one_of("Y", "N"), aliases=("BCL06",)),
    Column("latitude", "number", rule=between(-90, 90), aliases=("BL05",)),
    Column("longitude", "number", rule=between(-180, 180), aliases=("BL06",)),
    Column("year_built", "year", rule=in_years(OLDEST_BRIDGE), absent=("0",), aliases=("BW01",)),
    Column("total_length_ft", "number", rule=FEET, aliases=("BG02",)),
    Column("nbis_length_ft", "number", rule=FEET, aliases=("BG01",)),
    Column("out_to_out_ft", "number", rule=WIDE_FEET, aliases=("BG05",)),
    Column("curb_to_curb_ft", "number", rule=WIDE_FEET, aliases=("BG06",)),
    Column("deck", "whole number", rule=RATING, aliases=("BC01",)),
    Column("superstructure", "whole number", rule=RATING, aliases=("BC02",)),
    Column("substructure", "whole number", rule=RATING, aliases=("BC03",)),
    Column("culvert", "whole number", rule=RATING, aliases=("BC04",)),
)
SETS = (
    Column("spans", "whole number", rule=not_negative(MOST_SPANS), aliases=()),
    Column("material", aliases=()),
    Column("year", "date", rule=in_years(), aliases=()),
    Column("type", aliases=()),
    Column("traffic", "number", rule=not_negative(), aliases=()),
    Column("detour_miles", "number", rule=not_negative(), aliases=()),
    Column("strahnet", rule=one_of("1", "2", "N"), aliases=()),
    Column("route", aliases=()),
)
"""What nested data sets say: BSP02, BSP04, BIE03 or BIE02, BSP06, BH09, BH17, BH05 and BF03."""


TAGS = {
    "spans": "BSP02",
    "material": "BSP04",
    "type": "BSP06",
    "year": "BIE03",
    "traffic": "BH09",
    "detour_miles": "BH17",
    "strahnet": "BH05",
    "route": "BF03",
}
"""The tag that problems name for each of them."""


def import_snbi(files: Sequence[ListFile], asked: int | None, problems: Problems) -> Imported:
    """Make the network of a submittal; of several the newest inspection of each bridge counts.

    Parameters
    ----------
    files : sequence of ListFile
        With their records.
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
    source = "National Bridge Inventory (SNBI)"
    return import_us_bridges(_rows(files, asked, problems), asked, problems, source=source)


def snbi_history(files: Sequence[ListFile], problems: Problems) -> History:
    """Return the ratings of several submittals."""
    return us_history(used_rows(_rows(files, None, problems), problems))


SNBI = ListFormat(
    name="snbi",
    title="the National Bridge Inventory as SNBI JSON",
    columns=COLUMNS,
    marks=(("BID01", "BL01"),),
    needs=(("bridge_id",), ("total_length_ft", "nbis_length_ft"), ("deck", "year_built")),
    make=import_snbi,
    history=snbi_history,
    fixed=True,
)


def _rows(files: Sequence[ListFile], asked: int | None, problems: Problems) -> pl.DataFrame:
    findings = Findings()
    frames = []
    length = pl.when(pl.col("total_length_ft") > 0.0).then("total_length_ft").otherwise("nbis_length_ft")
    for file in files:
        if file.records is None:
            findings.refuse(file.source.where, "must be JSON", "a table")
            continue
        found = [_of_sets(record) for record in file.records]
        sets = pl.DataFrame(found, schema=dict.fromkeys((column.name for column in SETS), pl.String))
        cells = file.source.cells.with_columns(
            pl.when(pl.col(name) != NOT_APPLICABLE).then(name).alias(name)
            for name in RATINGS
            if name in file.source.cells.columns
        )
        headers = {**file.source.headers, **TAGS}
        source = replace(file.source, cells=cells.hstack(sets), headers=headers)
        frame = check_list(source, (*COLUMNS, *SETS), problems, findings)
        length_m = frame.select(length * METRES_PER_FOOT).to_series()
        frame = without_short_spans(source, frame, length_m, ("spans",), problems, findings)
        years = refuse_later_years(source, "year", frame["year"], asked, problems, findings)
        late = years.is_null() & frame["year"].is_not_null()
        frame = without_ratings(source, frame, RATINGS, late, later_rule(asked), problems, findings)
        frames.append(frame.with_columns(years, file=pl.lit(source.where), row=pl.Series(source.rows, dtype=pl.Int64)))
    findings.raise_problems()
    rows = pl.concat(frames)
    several = rows["state"].n_unique() > 1
    number = pl.format("{} {}", "state", "bridge_id") if several else pl.col("bridge_id")
    width = pl.when(pl.col("out_to_out_ft") > 0.0).then("out_to_out_ft").otherwise("curb_to_curb_ft")
    kind = pl.col("type").str.slice(0, 1)
    return rows.select(
        *(
            "name",
            "owner",
            "route",
            "latitude",
            "longitude",
            "year_built",
            "spans",
            "year",
            *RATINGS,
            "traffic",
            "file",
            "row",
        ),
        year_renewed=pl.lit(None, pl.Int64),
        emergency_route=pl.any_horizontal(pl.col("evacuation_route") == "Y", pl.col("strahnet") != "N"),
        detour_km=pl.col("detour_miles") * KM_PER_MILE,
        bridge_id=number,
        length_m=(length * METRES_PER_FOOT).round(2),
        width_m=(width * METRES_PER_FOOT).round(2),
        structure=pl.when(kind.is_not_null()).then(kind.replace_strict(STRUCTURES, default="girder")),
        material=pl.col("material").str.slice(0, 1).replace_strict(MATERIALS, default=None, return_dtype=pl.String),
    )


def _of_sets(record: dict[str, Any]) -> dict[str, str | None]:
    """Return what the nested sets of a record say, by the columns of `SETS`."""
    sets = list(_sets(record, "BSP01"))
    spans = next(filter(None, ([s for s in sets if str(s["BSP01"]).startswith(kind)] for kind in OF_THE_BRIDGE)), [])
    spans.sort(key=lambda found: not str(found["BSP01"]).startswith("M"))
    numbers = ["" if found.get("BSP02") is None else str(found["BSP02"]) for found in spans]
    odd = next((number for number in numbers if not WHOLE.fullmatch(number)), None)
    count = str(sum(int(number.partition(".")[0]) for number in numbers)) if odd is None and numbers else odd or None
    inspections = list(_sets(record, "BIE01"))
    of_all = [
        found for found in inspections if str(found["BIE01"]).removesuffix(".0") in WHOLE_INSPECTIONS
    ] or inspections
    dates = [str(found.get("BIE03") or found.get("BIE02") or "") for found in of_all]
    roads = [feature for feature in _sets(record, "BF01") if feature.get("BF02") == CARRIED]
    return {
        "spans": count,
        "material": _first(spans, "BSP04"),
        "type": _first(spans, "BSP06"),
        "year": max(dates, key=_in_order, default="") or None,
        "traffic": _first(roads, "BH09"),
        "detour_miles": _first(roads, "BH17"),
        "strahnet": _first(roads, "BH05"),
        "route": _first(roads, "BF03"),
    }


def _in_order(day: str) -> tuple[int, ...]:
    """Return year, month and day of 20230615, 2023-6-15 or 6/15/2023, with a time or without, as they sort."""
    if year_last := re.match(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", day):
        return int(year_last[3]), int(year_last[1]), int(year_last[2])
    parts = re.match(r"([0-9]{4})[-/.]?([0-9]{1,2})?[-/.]?([0-9]{1,2})?", day)
    return tuple(int(part or 0) for part in parts.groups()) if parts else ()


def _first(sets: Sequence[dict[str, Any]], tag: str) -> str | None:
    """Return the first value of a tag among sets."""
    return next((str(found[tag]) for found in sets if found.get(tag) is not None), None)


def _sets(value: Any, tag: str) -> Iterator[dict[str, Any]]:
    """Yield the data sets within a record that have a tag, whatever the lists that hold them are called."""
    if isinstance(value, dict):
        if tag in value:
            yield value
        for inner in value.values():
            yield from _sets(inner, tag)
    elif isinstance(value, list):
        for inner in value:
            yield from _sets(inner, tag)
