"""Cells of a workbook that show no value: errors such as #N/A, and formulas that were saved without their value."""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

from nagamochi import _core
from nagamochi.tables.dates import LAST_SERIAL
from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.binary_records import binary_records, binary_text
from nagamochi.tables.formats.binary_styles import day_styles
from nagamochi.tables.formats.date_system import day_zero
from nagamochi.tables.records import Records, texts
from nagamochi.tables.source import SourceTable

Place = tuple[int, int]
"""Row and column of a cell, both from 0."""

ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
UNSAVED = ", saved without its value"
"""End of what stands for a formula whose value is not in the file."""

CODES = dict(zip((0x2A, 0x17, 0x0F, 0x1D, 0x07, 0x24, 0x00), ERRORS, strict=False))
"""Errors by their numbers in .xls and .xlsb."""

SHEET, ROW, WHOLE, ERROR, ERROR_OF_FORMULA = 0x9C, 0, 2, 3, 11
"""Kinds of records of an .xlsb: a sheet of the workbook, a row, and cells that hold a number of 30 bits or an error."""

MAYBE = re.compile(
    rb"""t=["']e["']|(?:</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"""
)
"""What a sheet with such a cell has; sheets without any error or formula are known more quickly."""
LETTERS = re.compile(r"([A-Z]+)[0-9]+")


def unvalued_cells(path: str | Path) -> dict[str, dict[Place, str]]:
    """Return such cells by sheet, in words of a message; formulas without their value of .xlsx and .xlsm only.

    The reader of workbooks returns them as empty cells, which would get the values of cells that were left empty. Those
    of an .xlsb include days, as 2018-04-01, that the reader returns as their number.
    """
    if not zipfile.is_zipfile(path):
        return _of_old_excel(path)
    with zipfile.ZipFile(path) as book:
        parts = book.namelist()
        if "content.xml" in parts:
            return _of_open_document(book.read("content.xml"))
        if "xl/workbook.bin" in parts:
            sheets = [(name, book.read(part)) for name, part in _binary_sheets(book) if part in parts]
            of_days, first = day_styles(book), day_zero(path)
            return {name: dict(_binary_cells(content, of_days, first)) for name, content in sheets}
        return {
            name: dict(_cells(content))
            for name, part in _sheets(book)
            if part in parts and _core.has_unvalued_marks(content := book.read(part)) and MAYBE.search(content)
        }


def _of_old_excel(path: str | Path) -> dict[str, dict[Place, str]]:
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), logfile=io.StringIO(), ignore_workbook_corruption=True)
    except Exception as error:  # of every kind, as its parser checks little
        raise ValueError(str(error)) from error
    with book:
        return {
            sheet.name: {
                (row, column): CODES.get(sheet.cell_value(row, column), "#VALUE!")
                for row in range(sheet.nrows)
                for column, kind in enumerate(sheet.row_types(row))
                if kind == xlrd.XL_CELL_ERROR
            }
            for sheet in book.sheets()
        }


def _of_open_document(content: bytes) -> dict[str, dict[Place, str]]:
    if b'value-type="error"' not in content:
        return {}
    found: dict[str, dict[Place, str]] = {}
    for table in ElementTree.fromstring(content).iter():
        if _local(table.tag) == "table":
            name = next(value for key, value in table.items() if _local(key) == "name")
            found[name] = dict(_open_document_cells(table))
    return found


def _open_document_cells(table: ElementTree.Element) -> Iterator[tuple[Place, str]]:
    row = 0
    for line in table.iter():
        if _local(line.tag) != "table-row":
            continue
        column, rows = 0, range(row, row + _repeated(line, "rows"))
        for cell in line:
            columns = range(column, column + _repeated(cell, "columns"))
            if any(_local(name) == "value-type" and value == "error" for name, value in cell.items()):
                text = "".join(cell.itertext()).strip()
                yield from ((place, text if text in ERRORS else "#VALUE!") for place in product(rows, columns))
            column = columns.stop
        row = rows.stop


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(next((value for name, value in element.items() if _local(name) == f"number-{what}-repeated"), 1))


def _binary_sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet of an .xlsb."""
    parts = dict(_relations(book, "xl/workbook.bin"))
    for kind, content in binary_records(book.read("xl/workbook.bin")):
        if kind == SHEET:
            relation, rest = binary_text(content[8:])
            yield binary_text(rest)[0], parts.get(relation, "")


def _binary_cells(content: bytes, of_days: list[bool], first: datetime.date) -> Iterator[tuple[Place, str]]:
    """Yield the errors of a sheet of an .xlsb, and the days that are whole numbers, which its reader does not know."""
    row = 0
    for kind, record in binary_records(content):
        if kind == ROW:
            (row,) = struct.unpack_from("<I", record)
        elif kind in (ERROR, ERROR_OF_FORMULA):
            column, error = struct.unpack_from("<I4xB", record)
            yield (row, column), CODES.get(error, "#VALUE!")
        elif kind == WHOLE:
            column, style, number = struct.unpack_from("<IIi", record)
            style &= 0xFFFFFF
            if number & 3 == 2 and 0 < number >> 2 <= LAST_SERIAL and style < len(of_days) and of_days[style]:
                yield (row, column), (first + datetime.timedelta(number >> 2)).isoformat()


def _sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and part of each sheet."""
    for workbook in (part for _, part in _relations(book, "") if part in book.namelist()):
        parts = dict(_relations(book, workbook))
        for element in ElementTree.fromstring(book.read(workbook)).iter():
            if _local(element.tag) == "sheet":
                attributes = {_local(name): value for name, value in element.items()}
                yield attributes["name"], parts.get(attributes.get("id", ""), "")


def _relations(book: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    """Yield id and part of what a part refers to: the workbook for the package, sheets for the workbook."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    kind = "worksheet" if part else "officeDocument"
    if listed not in book.namelist():
        return
    for relation in ElementTree.fromstring(book.read(listed)):
        if relation.get("Type", "").endswith(f"/{kind}"):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            yield relation.get("Id", ""), target.removeprefix("/")


def _cells(content: bytes) -> Iterator[tuple[Place, str]]:
    row = column = -1
    for element in ElementTree.fromstring(content).iter():
        tag = _local(element.tag)
        if tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif tag == "c":
            found = LETTERS.fullmatch(element.get("r", ""))
            column = _column(found[1]) if found else column + 1
            texts = {_local(part.tag): (part.text or "").strip() for part in element}
            if element.get("t") == "e":
                yield (row, column), texts.get("v") or "#VALUE!"
            elif "f" in texts and not texts.get("v") and element.get("t") != "str":
                yield (row, column), f"={texts['f']}{UNSAVED}"


def refuse_unsaved_heads(table: SourceTable, records: Records, findings: Findings) -> None:
    """Refuse the filled columns of a sheet whose header is a formula without its value: nobody knows what they are.

    Parameters
    ----------
    table : SourceTable
        The table found in the sheet.
    records : list of lists
        All rows of the sheet.
    findings : Findings
    """
    lost = [name for name in table.cells.columns if UNSAVED in name and table.cells[name].count()]
    if not lost or table.header_at is None:
        return
    for row in (table.header_at, table.header_at + 1):  # heads may have two rows
        for column, cell in enumerate(texts(records[row - 1]) if row <= len(records) else ()):
            if UNSAVED in cell and any(" ".join(cell.split()) in name for name in lost):
                rule = "must be a text, as it heads a column: save the workbook once in Excel or LibreOffice"
                findings.refuse(table.where, rule, cell, row=row, column=_letters(column))


def _letters(column: int) -> str:
    above, letter = divmod(column, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + letter)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]
