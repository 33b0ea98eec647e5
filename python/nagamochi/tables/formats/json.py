"""JSON and JSON lines: records, wherever they stand in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.content import read_content
from nagamochi.tables.source import SourceTable, shown

Record = dict[str, Any]


def read_json(path: str | Path, findings: Findings) -> list[Any] | None:
    """Read the values of a JSON file, one after another, as in JSON lines; none if it is refused."""
    content = read_content(path, findings)
    if content is None:
        return None
    try:
        return list(_values(content.decode("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        findings.refuse(str(path), "must be JSON or JSON lines, in UTF-8", shown(repr(error)))
        return None


def table_of_json(records: list[Record], where: str) -> SourceTable:
    """Return records as text, nested ones in columns such as ``syogen.kyouchou``; records count as rows, from 1.

    Lists within a record are left out.
    """
    flat = [dict(_flattened(record)) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    columns = {name: [record.get(name) for record in flat] for name in names}
    cells = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return SourceTable(where, cells, range(1, len(cells) + 1), from_file=True, header_at=None)


def _values(text: str) -> Iterator[Any]:
    decoder, start = json.JSONDecoder(), 0
    while (start := _next(text, start)) < len(text):
        value, start = decoder.raw_decode(text, start)
        yield value


def _flattened(record: Record, within: str = "") -> Iterator[tuple[str, str | None]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{within}{key}.")
        elif not isinstance(value, list):
            text = "" if value is None else str(value).strip()
            yield f"{within}{key}", text or None


def _next(text: str, start: int) -> int:
    """Return where the next value begins, after white space."""
    while start < len(text) and text[start].isspace():
        start += 1
    return start
