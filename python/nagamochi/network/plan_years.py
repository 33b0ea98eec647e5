"""Years of a plan: counted from its start, 1, 2, .., or as fiscal years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import CheckedTable, Findings
from nagamochi.tables.eras import fiscal_year_in_era

LAST_COUNTED = 1000
"""The longest horizon: a larger year is a fiscal year."""

FIRST_FISCAL_YEAR, LAST_FISCAL_YEAR = 1850, 2200


def start_year_of(table: CheckedTable, asked: int | None, findings: Findings) -> int | None:
    """Return the fiscal year that is year 1: what the network's own table says, or what is asked for.

    Raises
    ------
    InvalidInput
        Both are given and differ, or what is asked for is no year.
    """
    if asked is not None:
        asked = arguments.whole_number("start_year", asked, at_least=FIRST_FISCAL_YEAR, at_most=LAST_FISCAL_YEAR)
    further = pl.int_range(len(table.frame), eager=True)[1:]
    findings.refuse_rows(table.source, "start_year", "must be the only row", further)
    given = next(iter(table.frame["start_year"]), None)
    if asked is None or given is None:
        return asked if given is None else int(given)
    if asked != given:
        rule = f"must be {given}, as in {table.source.where}: health and years count from there"
        raise InvalidInput(Problem(rule, str(asked), "start_year"))
    return asked


def count_years(
    table: CheckedTable, columns: Sequence[str], start_year: int | None, findings: Findings
) -> CheckedTable:
    """Return a table with years counted from the start; its rows must all count them, or all give fiscal years."""
    if table.frame.is_empty():
        return table
    years = table.frame.select(columns)
    fiscal = years.select(pl.all() > LAST_COUNTED)
    rows = years.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    if rows.is_empty():
        return table
    in_fiscal_years = any(fiscal.row(rows[0]))
    form = "be a fiscal year" if in_fiscal_years else "count from the start, 1, 2, ..,"
    mixed = f"must {form} as in row {table.source.rows[rows[0]]}"
    if start_year is None:
        unknown = "no start year (network.csv, --start-year) says which fiscal year is year 1"
        outside = f"must be from 1 to {LAST_COUNTED}, as {unknown}"
    else:
        outside = f"must be from {start_year}, the start year, to {LAST_FISCAL_YEAR}"
    counted = []
    for name in columns:
        other = (fiscal[name] != in_fiscal_years).fill_null(False)
        findings.refuse_rows(table.source, name, mixed, other.arg_true())
        year = years[name].set(other, None)
        if in_fiscal_years:
            beyond = year.is_not_null()
            if start_year is not None:
                beyond &= ~year.is_between(start_year, LAST_FISCAL_YEAR)
            findings.refuse_rows(table.source, name, outside, beyond.arg_true())
            year = year.set(beyond, None) - ((start_year or 1) - 1)
        counted.append(year)
    return replace(table, frame=table.frame.with_columns(counted))


def named_year(year: int, start_year: int | None, language: str = "en") -> str:
    """Return a year for messages: 3, or 3 (2028) where it is known which year is 1; 3年目（令和10年度） in Japanese."""
    if language == "ja":
        return f"{year}年目" + ("" if start_year is None else f"（{fiscal_year_in_era(year + start_year - 1)}）")
    return f"{year}" if start_year is None else f"{year} ({year + start_year - 1})"


def with_fiscal_years(
    table: pl.DataFrame, start_year: int | None, year: str = "year", name: str = "fiscal_year"
) -> pl.DataFrame:
    """Return a table with the fiscal year in a column after the year; the table itself without a start year."""
    if start_year is None:
        return table
    after = table.columns.index(year) + 1
    fiscal = (pl.col(year).cast(pl.Int64) + (start_year - 1)).alias(name)
    return table.select(*table.columns[:after], fiscal, *table.columns[after:])
