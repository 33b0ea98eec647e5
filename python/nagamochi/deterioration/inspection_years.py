"""Years of inspections, from years and dates as people write them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from nagamochi.tables import SourceTable
from nagamochi.tables.headers import column_name
from nagamochi.tables.numbers import parse_numbers

DATES = ("%Y-%m-%d", "%Y/%m/%d")


def years(dates: pl.Series) -> pl.Series:
    """Years of dates, or of years, as numbers or text; null where they are neither. 1 July 2021 is about 2021.5."""
    if dates.dtype.is_numeric():
        return dates.cast(pl.Float64)
    if dates.dtype == pl.String:
        found = parse_numbers(dates)
        for written in DATES:
            found = found.fill_null(years(dates.str.to_date(written, strict=False)))
        return found
    if dates.dtype in (pl.Date, pl.Datetime):
        leap = dates.dt.is_leap_year().cast(pl.Float64)
        return dates.dt.year().cast(pl.Float64) + (dates.dt.ordinal_day() - 1) / (365.0 + leap)
    return pl.repeat(None, len(dates), dtype=pl.Float64, eager=True)


def with_years(source: SourceTable, columns: Collection[str]) -> SourceTable:
    """The table with years for dates in these columns; what is no date stays as it is."""
    named = [source.cells[header] for header in source.cells.columns if column_name(header, columns) in columns]
    return replace(source, cells=source.cells.with_columns(map(_dated_text if source.from_file else _dated, named)))


def _dated_text(cells: pl.Series) -> pl.Series:
    return years(cells).set(parse_numbers(cells).is_not_null(), None).cast(pl.String).fill_null(cells)


def _dated(cells: pl.Series) -> pl.Series:
    found = years(cells)
    return cells if found.null_count() > cells.null_count() else found
