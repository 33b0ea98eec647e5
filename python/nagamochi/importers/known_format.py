"""Checking lists of a known format."""

from __future__ import annotations

from nagamochi.tables import CheckedTable, Findings, Schema, SourceTable, check


def check_format(source: SourceTable, schema: Schema, findings: Findings) -> CheckedTable:
    """Check a list that must have all columns of its schema; it may have others, which nobody reads."""
    table = check(source, schema, findings)
    headers = table.source.cells.columns
    for column in schema.columns if headers else ():
        if not column.required and column.name not in headers:
            found = ", ".join(source.cells.columns)
            findings.refuse(source.where, "must be among the columns", found, row=source.header_row, column=column.name)
    return table
