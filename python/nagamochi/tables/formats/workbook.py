"""Workbooks of Excel and OpenDocument: sheets of rows, every cell as text."""

from __future__ import annotations

import datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.content import is_regular_file
from nagamochi.tables.formats.csv import table_of_records
from nagamochi.tables.formats.unvalued_cells import unvalued_cells
from nagamochi.tables.source import SourceTable, listed

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def read_sheets(path: str | Path, findings: Findings) -> dict[str, list[list[str]]]:
    """Read the sheets of a workbook that are not empty, by name; none if it is refused.

    Formulas have the values that were saved with them; in .xlsx and .xlsm, errors such as #N/A and formulas without a
    value stay, so that they are refused where a value is needed. Whole numbers have no decimals, dates are written
    2018-04-01.
    """
    if not is_regular_file(path, findings):
        return {}
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        unvalued = unvalued_cells(path)
    except (CalamineError, BadZipFile, ParseError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        findings.refuse(str(path), "must be a workbook without a password, saved by Excel or LibreOffice", reason)
        return {}
    texts = {name: list(map(_texts, rows)) for name, rows in sheets.items() if any(map(any, rows))}
    for name, cells in unvalued.items():
        rows = texts.get(name, [])
        for (row, column), text in cells.items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
    return texts


def read_workbook(path: str | Path, findings: Findings) -> SourceTable:
    """Read a workbook with one sheet that is not empty, its header in row 1."""
    where = str(path)
    sheets = read_sheets(path, findings)
    if len(sheets) == 1:
        ((name, records),) = sheets.items()
        return table_of_records(records, f"{where}[{name}]", findings)
    if not findings.problems:
        found = listed(list(sheets)) or "none"
        findings.refuse(where, "must have one sheet with a table: save the sheet as a file of its own", found)
    return SourceTable.empty(where, complete=False)


def _texts(row: list[object]) -> list[str]:
    return [cell if cell.__class__ is str else _text(cell) for cell in row]


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell)
