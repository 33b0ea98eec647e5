"""Parquet files: cells that have types already."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs

from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.arrow import read_arrow
from nagamochi.tables.formats.content import is_regular_file
from nagamochi.tables.source import SourceTable


def read_parquet(path: str | Path, findings: Findings) -> SourceTable:
    """Read a Parquet file of text, numbers and dates; its first row is row 1."""
    where = str(path)
    if not is_regular_file(path, findings):
        return SourceTable.empty(where, complete=False)
    try:
        cells = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        findings.refuse(where, "must be a Parquet file", " ".join(str(error).split()))
        return SourceTable.empty(where, complete=False)
    nested = cells.select(cs.nested() | cs.binary() | cs.object()).columns
    for name in nested:
        findings.refuse(where, "must hold text, numbers or dates", f"type {cells.schema[name]}", column=name)
    return read_arrow(cells.drop(nested), where, findings)
