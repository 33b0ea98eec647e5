"""Tables in memory, by the Arrow stream protocol."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from nagamochi.base.forked import refuse_lost_threads
from nagamochi.tables.findings import Findings
from nagamochi.tables.source import SourceTable, stripped


class ArrowStream(Protocol):
    """A table with the Arrow stream protocol: a data frame of polars or pandas, a table of pyarrow, .."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def read_arrow(table: ArrowStream | None, where: str, findings: Findings) -> SourceTable:
    """Take a table in memory; its first row is row 1."""
    refuse_lost_threads()
    refused = SourceTable.empty(where, complete=False)
    if not hasattr(table, "__arrow_c_stream__"):
        findings.refuse(where, "must be a data frame (of polars, pandas, pyarrow, ..)", type(table).__name__)
        return refused
    try:
        cells = stripped(pl.DataFrame(table))
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        findings.refuse(where, "must be a data frame whose columns differ in name and have one type each", str(error))
        return refused
    if not cells.columns:
        findings.refuse(where, "must have columns", "none")
        return refused
    return SourceTable(where, cells, range(1, len(cells) + 1), from_file=False)
