"""Tables in files or in memory."""

from __future__ import annotations

from pathlib import Path

from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.arrow import ArrowStream, read_arrow
from nagamochi.tables.formats.csv import read_csv
from nagamochi.tables.source import SourceTable


def read_table(table: ArrowStream | str | Path, where: str, findings: Findings) -> SourceTable:
    """Read a CSV file, or take a table in memory under a name."""
    if isinstance(table, (str, Path)):
        return read_csv(table, findings)
    return read_arrow(table, where, findings)
