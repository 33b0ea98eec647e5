"""Workbooks of Excel and OpenDocument: sheets of rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree.ElementTree import ParseError

from nagamochi.base.collector import collector_paused
from nagamochi.tables.dates import DAY_ZERO
from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.content import is_regular_file
from nagamochi.tables.formats.date_system import UNREADABLE, day_zero
from nagamochi.tables.formats.unvalued_cells import refuse_unsaved_heads, unvalued_cells
from nagamochi.tables.records import Records, names_of, table_of_columns, table_of_records, texts
from nagamochi.tables.source import SourceTable, listed

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook that are not empty, and the day from which its serial numbers count.

    Parameters
    ----------
    by_name : dict of str to list of lists
        The rows of each.
    day_zero : date
    hidden : frozenset of str
        Names of sheets that are not shown.
    """

    by_name: dict[str, Records] = field(default_factory=dict)
    day_zero: datetime.date = DAY_ZERO
    hidden: frozenset[str] = frozenset()


def read_sheets(path: str | Path, findings: Findings) -> Sheets:
    """Read the sheets of a workbook; none if it is refused.

    Formulas have the values that were saved with them. Errors such as #N/A and, in .xlsx and .xlsm, formulas without a
    value stay, so that they are refused where a value is needed.
    """
    if not is_regular_file(path, findings):
        return Sheets()
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
        unvalued = unvalued_cells(path)
        counted_from = day_zero(path)
    except (CalamineError, OSError, ParseError, *UNREADABLE) as error:
        if isinstance(error, OSError) and error.errno is not None:  # else the file ends too early
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        findings.refuse(str(path), "must be a workbook without a password, saved by Excel or LibreOffice", reason)
        return Sheets()
    filled = {name: rows for name, rows in sheets.items() if any(map(any, rows))}
    for name, cells in unvalued.items():
        rows = filled.get(name, [])
        for (row, column), text in cells.items():
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
    return Sheets(filled, counted_from, frozenset(hidden))


@collector_paused()
def read_workbook(path: str | Path, findings: Findings) -> SourceTable:
    """Read a workbook with one sheet that is not empty, its header in row 1."""
    where = str(path)
    sheets = read_sheets(path, findings)
    if len(sheets.by_name) == 1:
        ((name, records),) = sheets.by_name.items()
        table = _table(records, f"{where}[{name}]", findings)
        refuse_unsaved_heads(table, records, findings)
        return replace(table, day_zero=sheets.day_zero)
    if not findings.problems:
        found = listed(list(sheets.by_name)) or "none"
        findings.refuse(where, "must have one sheet with a table: save the sheet as a file of its own", found)
    return SourceTable.empty(where, complete=False)


def _table(records: Records, where: str, findings: Findings) -> SourceTable:
    """Return the table below a header in row 1."""
    names = names_of(texts(records[0]))
    if all(names) and len(set(names)) == len(names):
        return table_of_columns(records[1:], range(len(names)), names, where, findings)
    return table_of_records(list(map(texts, records)), where, findings)
