"""Checks of lists of a known format."""

from __future__ import annotations

import polars as pl

from nagamochi.tables import CheckedTable, Findings, Schema, SourceTable, check

ABSENT = ("不明", "-", "ー", "―", "—", "–", "‐")
"""Marks of a value that is not known."""

MANY_SPANS = 100_000
SPANS_PER_BRIDGE = 20


def check_format(source: SourceTable, schema: Schema, findings: Findings) -> CheckedTable:
    """Check a list that must have all columns of its schema; it may have others, which nobody reads."""
    table = check(source, schema, findings)
    headers = table.source.cells.columns
    for column in schema.columns if headers else ():
        if not column.required and column.name not in headers:
            found = source.header
            findings.refuse(source.where, "must be among the columns", found, row=source.header_row, column=column.name)
    return table


def refuse_too_many_spans(table: SourceTable, column: str, spans: pl.Series, findings: Findings) -> None:
    """Refuse a list whose bridges cannot have so many spans together, as with lengths in millimetres."""
    most = MANY_SPANS + SPANS_PER_BRIDGE * len(spans)
    total = spans.sum()
    if total > most:
        rule = f"must be plausible: the list gives {total:,.0f} spans, and may give {most:,}"
        findings.refuse_rows(table, column, rule, pl.Series([spans.arg_max()]))
