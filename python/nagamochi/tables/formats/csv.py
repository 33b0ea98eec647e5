"""CSV files as people save them: UTF-8, cp932 or Excel's Unicode text, rows as a spreadsheet counts them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from nagamochi import _core
from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.content import read_content
from nagamochi.tables.records import MOST_CHARACTERS, MOST_COLUMNS, names_of, table_of_records
from nagamochi.tables.source import SourceTable

LONGEST_PARSED = 2**31 - 1

SEPARATOR_LINE = re.compile(r'\A"?sep=[^\r\n]"?\r?\n', re.IGNORECASE)
"""What Excel takes for the separator and does not count as a row."""

SEPARATORS = ",\t;"
LOOKED_AT = 100_000
"""Characters at the start of a file that show its separator."""

APOSTROPHES = re.compile(r"(?:^|,)'[^,\n]*'(?:,|$)", re.MULTILINE)
QUOTED = re.compile(r'(?:^|,)"', re.MULTILINE)
BETWEEN_COMMAS = re.compile(r"(?:^|,)(?:'(.*?)'(?=,|$)|([^,]*))")
"""A cell in apostrophes, which may hold commas and more apostrophes, or a plain one."""

FORMULA_MARK = '="'
FORMULA = re.compile(r'\A="([^"]*)"\Z')
"""A cell as programs write it so that Excel keeps its leading zeros: a formula whose value is the text."""

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_csv(path: str | Path, findings: Findings) -> SourceTable:
    """Read a CSV file with a header, every cell as text.

    The header is row 1; a quoted cell with line breaks stays within one row; blank rows are skipped. Commas, tabs or
    semicolons stand between cells.
    """
    where = str(path)
    text = _read_text(path, findings)
    if text is not None and (table := _plain_table(text, where)) is not None:
        return table
    records = None if text is None else _split_records(text, where, findings)
    if records is None:
        return SourceTable.empty(where, complete=False)
    written = any(map(any, records))
    if written and records[0]:
        return replace(table_of_records(records, where, findings), semicolons=_separator(text or "") == ";")
    if written:
        findings.refuse(where, "must be the header", "a blank row", row=1)
    else:
        findings.refuse(where, "must have a header and rows", "an empty file")
    return SourceTable.empty(where, complete=False)


class Records(NamedTuple):
    """The rows of a CSV file, and whether semicolons stand between their cells."""

    rows: list[list[str]]
    semicolons: bool


def read_records(path: str | Path, findings: Findings) -> Records | None:
    """Read the rows of a CSV file, also gzipped; none if it is refused."""
    text = _read_text(path, findings)
    rows = None if text is None else _split_records(text, str(path), findings)
    return None if text is None or rows is None else Records(rows, _separator(text) == ";")


def _read_text(path: str | Path, findings: Findings) -> str | None:
    content = read_content(path, findings)
    try:
        return None if content is None else SEPARATOR_LINE.sub("", _text(content))
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02X}"
        findings.refuse(str(path), "must be text in UTF-8, cp932 or UTF-16", byte, row=_row(error))
    return None


def _split_records(text: str, where: str, findings: Findings) -> list[list[str]] | None:
    if _has_apostrophes(text):
        return [[quoted or plain for quoted, plain in BETWEEN_COMMAS.findall(line)] for line in text.splitlines()]
    records: list[list[str]] = []
    has_formulas = FORMULA_MARK in text
    try:
        with _fields_of_any_length():
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True):
                records.append([FORMULA.sub(r"\1", cell) for cell in record] if has_formulas else record)
    except csv.Error as error:
        findings.refuse(where, "must be well-formed CSV", str(error), row=len(records) + 1)
        return None
    return records


def _has_apostrophes(text: str) -> bool:
    """Whether cells are in apostrophes, as in the National Bridge Inventory, where names may have quotes."""
    start = text[:LOOKED_AT]
    return APOSTROPHES.search(start) is not None and QUOTED.search(start) is None


@contextmanager
def _fields_of_any_length() -> Iterator[None]:
    """Let Python's csv module read long fields, so that they can be refused by row and column."""
    limit = csv.field_size_limit(LONGEST_PARSED)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _separator(text: str) -> str:
    """Return the separator of the first row with several cells: the one of which it has most."""
    plain = re.sub(r'"[^"]*"', "", text[:LOOKED_AT])
    row = next((line for line in plain.split("\n") if any(map(line.count, SEPARATORS))), "")
    return max(SEPARATORS, key=row.count)


def _text(content: bytes) -> str:
    """Return the text in the first encoding that fits, or raise the error of the one that got furthest."""
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16")
    errors = []
    for decode in (_from_utf8, _from_cp932):
        try:
            return decode(content)
        except UnicodeDecodeError as error:
            errors.append(error)
    raise max(errors, key=lambda error: error.start)


def _from_utf8(content: bytes) -> str:
    return content.decode("utf-8-sig")


def _from_cp932(content: bytes) -> str:
    """Return the text; refuse bytes that Python decodes though cp932 has no character for them."""
    text = content.decode("cp932")
    if stray := re.search("[\x80\xa0\uf8f1-\uf8f3]", text):
        start = len(text[: stray.start()].encode("cp932"))
        raise UnicodeDecodeError("cp932", content, start, start + 1, "no character")
    return text


def _row(error: UnicodeDecodeError) -> int:
    before = error.object[: error.start].decode(error.encoding)
    with _fields_of_any_length():
        return sum(1 for _ in csv.reader(io.StringIO(f"{before}?", newline="")))


def _plain_table(text: str, where: str) -> SourceTable | None:
    """Return a table without quotes, blank rows or anything to refuse, much faster; None if there are any."""
    header = text[: max(text.find("\n"), 0)]
    separator = _separator(text)
    names = names_of(header.split(separator))
    if (
        '"' in header
        or "\0" in header  # at which a name would end in Arrow
        or "\r" in header.removesuffix("\r")
        or APOSTROPHES.search(text[:LOOKED_AT])
        or not all(names)
        or len(set(names)) < len(names)
    ):
        return None
    if len(names) > MOST_COLUMNS or max(map(len, names)) > MOST_CHARACTERS:
        return None
    table = _core.table_of_cells(
        text=text,
        begin=len(header.encode()) + 1,
        separator=separator,
        names=names,
        most_characters=MOST_CHARACTERS,
    )
    if table is None:
        return None
    cells = pl.DataFrame(table)
    return SourceTable(where, cells, range(2, len(cells) + 2), from_file=True, semicolons=separator == ";")
