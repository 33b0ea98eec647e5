"""Rows of a sheet or list as they came, and the tables in them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import polars as pl

from nagamochi import _core
from nagamochi.tables.findings import Findings
from nagamochi.tables.source import SourceTable, stripped
from nagamochi.vocabulary import plain_header

Records = list[list[Any]]
"""Rows of cells, which are text, numbers, dates or times; those of CSV are text. Empty ones are empty text."""

MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""In a cell; both limits are those of a spreadsheet."""


def texts(record: Sequence[Any]) -> list[str]:
    """Return the cells of a row as text: whole numbers have no decimals, dates are written 2018-04-01."""
    return [cell if cell.__class__ is str else text_of(cell) for cell in record]


def text_of(cell: object) -> str:
    """Return a cell as text."""
    if isinstance(cell, float):
        return _core.text_of_number(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell)


def table_of_columns(
    records: Records, columns: Sequence[int], names: Sequence[str], where: str, findings: Findings
) -> SourceTable:
    """Return some columns of rows as a table, of which the first is row 2.

    Parameters
    ----------
    records : list of lists
        Rows without the header; cells that a row does not have are empty.
    columns : sequence of int
        Indices of cells in a row, at least one.
    names : sequence of str
        Their names, each not empty and there only once.
    where : str
        File or sheet, for messages.
    findings : Findings
        For cells that are too long.
    """
    if len(columns) > MOST_COLUMNS or max(map(len, names)) > MOST_CHARACTERS:
        cells = None
    else:
        cells = _core.table_of_rows(
            rows=records, columns=columns, names=names, text_of=text_of, most_characters=MOST_CHARACTERS
        )
    if cells is None:
        chosen = [texts([row[i] if i < len(row) else "" for i in columns]) for row in records]
        return table_of_records([list(names), *chosen], where, findings)
    table = SourceTable(where, pl.DataFrame(cells), range(2, len(records) + 2), from_file=True)
    filled = table.cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    return table if filled.all() else table.take(filled)


def names_of(header: Sequence[str]) -> list[str]:
    """Return the names in a header, empty where nothing of one can be seen."""
    return [name.strip() if plain_header(name) else "" for name in header]


def table_of_records(records: list[list[str]], where: str, findings: Findings) -> SourceTable:
    """Return the table of these rows, the first of which is the header."""
    header = names_of(records[0])
    if len(header) > MOST_COLUMNS:
        findings.refuse(where, f"must have at most {MOST_COLUMNS:,} columns", f"{len(header):,}", row=1)
        return SourceTable.empty(where, complete=False)
    rows, body = [], []
    complete = _refuse_long_cells(header, header, 1, where, findings)
    for row, record in enumerate(records[1:], start=2):
        if len(record) == len(header):
            complete &= _refuse_long_cells(record, header, row, where, findings)
            if any(map(str.strip, record)):
                rows.append(row)
                body.append(record)
        elif any(map(str.strip, record)):
            findings.refuse(where, f"must have {len(header)} cells, like the header", str(len(record)), row=row)
            complete = False

    columns: dict[str, Sequence[str]] = {}
    unnamed = []
    for i, name in enumerate(header):
        cells = [record[i] for record in body]
        if name and name not in columns:
            columns[name] = cells
        elif name:
            findings.refuse(where, "must be there only once", f"it again as column {i + 1}", row=1, column=name)
            complete = False
        elif any(map(str.strip, cells)):
            unnamed.append(i + 1)
    if unnamed:
        more = f" and {len(unnamed) - 1:,} more" if len(unnamed) > 1 else ""
        findings.refuse(where, "must name every column", f"no name for column {unnamed[0]}{more}", row=1)
    frame = stripped(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    return SourceTable(where, frame, rows, from_file=True, complete=complete and not unnamed)


def _refuse_long_cells(record: list[str], header: list[str], row: int, where: str, findings: Findings) -> bool:
    """Refuse the cells of a row that are too long, and return whether there are none."""
    if max(map(len, record)) <= MOST_CHARACTERS:
        return True
    for name, cell in zip(header, record, strict=True):
        if len(cell) > MOST_CHARACTERS:
            rule = f"must have at most {MOST_CHARACTERS:,} characters"
            findings.refuse(where, rule, f"{len(cell):,}", row=row, column=name or None)
    return False
