"""Parquet files: cells that have types already."""

from __future__ import annotations

from pathlib import Path

import polars as pl

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
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:  # polars panics where harmed
        findings.refuse(where, "must be a Parquet file", " ".join(str(error).split()))
        return SourceTable.empty(where, complete=False)
    others = [name for name, dtype in cells.schema.items() if not _is_plain(dtype)]
    for name in others:
        findings.refuse(where, "must hold text, numbers or dates", f"type {cells.schema[name]}", column=name)
    return read_arrow(cells.drop(others), where, findings)


def _is_plain(dtype: pl.DataType) -> bool:
    """Whether cells are text, numbers or dates, and not lists, bytes or a type of some program, such as its periods."""
    text = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null))
    return text or dtype.is_numeric() or dtype.is_temporal()
