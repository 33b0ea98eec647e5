"""Tables in files or in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nagamochi.base.forked import refuse_lost_threads
from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.arrow import ArrowStream, read_arrow
from nagamochi.tables.formats.content import is_regular_file
from nagamochi.tables.formats.csv import read_csv
from nagamochi.tables.formats.parquet import read_parquet
from nagamochi.tables.formats.workbook import WORKBOOKS, read_workbook
from nagamochi.tables.source import SourceTable


def refuse_json(path: str | Path, findings: Findings) -> SourceTable:
    """Refuse a JSON file, which would be read as CSV: only lists that are imported may be JSON."""
    if is_regular_file(path, findings):
        rule = "must be CSV, Parquet or a workbook, as only lists that nagamochi import knows may be JSON"
        findings.refuse(str(path), rule, Path(path).suffix)
    return SourceTable.empty(str(path), complete=False)


FORMATS: dict[str, Callable[[str | Path, Findings], SourceTable]] = {
    ".parquet": read_parquet,
    **dict.fromkeys(WORKBOOKS, read_workbook),
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".geojson"), refuse_json),
}
"""Reader of a file by its suffix; all others are read as CSV."""


def read_table(table: ArrowStream | str | Path, where: str, findings: Findings) -> SourceTable:
    """Read a file, or take a table in memory, which messages call `where`."""
    return read_file(table, findings) if isinstance(table, (str, Path)) else read_arrow(table, where, findings)


def read_file(path: str | Path, findings: Findings) -> SourceTable:
    """Read a file in the format of its suffix."""
    refuse_lost_threads()
    return FORMATS.get(Path(path).suffix.lower(), read_csv)(path, findings)
