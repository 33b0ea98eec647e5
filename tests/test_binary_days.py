"""Days in .xlsb, which Excel stores as whole numbers whose style alone shows a day."""

from __future__ import annotations

import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest

from nagamochi.tables import Findings, read_file

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OWN = 164
"""Number of the first format that a workbook defines."""


def record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(content) < 0x80
    return head + bytes([len(content)]) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def relations(kind: str, *targets: str) -> str:
    listed = (f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/>' for target in targets)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(listed)}</Relationships>'


def binary_book(path: Path, rows: list[list[str | int]], style: int | str, *, from_1904: bool = False) -> Path:
    """A workbook with one sheet, all whole numbers in one style: a format of Excel's or the code of one of its own."""
    code, number = ("0", style) if isinstance(style, int) else (style, OWN)
    formats = record(0x267, struct.pack("<I", 1)) + record(0x2C, struct.pack("<H", OWN) + text(code)) + record(0x268)
    styles = [record(0x2F, struct.pack("<HH12x", 0xFFFF, each)) for each in (0, number)]
    other = record(0x272, struct.pack("<I", 1)) + record(0x2F, struct.pack("<HH12x", 0xFFFF, 14)) + record(0x273)
    sheet = record(0x81) + record(0x94, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + record(0x91)
    for row, cells in enumerate(rows):
        sheet += record(0, struct.pack("<II9x", row, 0))
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet += record(2, struct.pack("<III", column, 1, cell << 2 | 2))
            else:
                sheet += record(6, struct.pack("<II", column, 0) + text(cell))
    with zipfile.ZipFile(path, "w") as parts:
        named = record(0x9C, struct.pack("<II", 0, 1) + text("rId1") + text("Sheet1"))
        properties = record(0x99, struct.pack("<IIII", int(from_1904), 0, 0, 0))
        sheets = record(0x8F) + named + record(0x90)
        parts.writestr("xl/workbook.bin", record(0x83) + properties + sheets + record(0x84))
        parts.writestr("xl/_rels/workbook.bin.rels", relations("worksheet", "worksheets/sheet1.bin"))
        parts.writestr("_rels/.rels", relations("officeDocument", "xl/workbook.bin"))
        parts.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        parts.writestr(
            "xl/styles.bin",
            record(0x116) + formats + other + record(0x269, struct.pack("<I", 2)) + b"".join(styles) + record(0x26A),
        )
        parts.writestr("xl/worksheets/sheet1.bin", sheet + record(0x92) + record(0x82))
    return path


def read_days(path: Path) -> list[str]:
    findings = Findings()
    table = read_file(path, findings)
    findings.raise_problems()
    return table.cells["点検日"].to_list()


@pytest.mark.parametrize("from_1904", [False, True])
@pytest.mark.parametrize("style", [14, 58, "yyyy/mm/dd", '[$-411]ggge"年"m"月"d"日"', "m/d;@", 'mmm\\ "of" YY'])
def test_days_among_texts_are_read_as_excel_shows_them(tmp_path: Path, style: int | str, from_1904: bool) -> None:
    day = date(2018, 4, 1)
    serial = (day - (date(1904, 1, 1) if from_1904 else date(1899, 12, 30))).days
    rows: list[list[str | int]] = [["橋", "点検日"], ["B1", serial], ["B2", "令和元年5月1日"], ["B3", "不明"]]
    book = binary_book(tmp_path / "list.xlsb", rows, style, from_1904=from_1904)
    assert read_days(book) == ["2018-04-01", "令和元年5月1日", "不明"]


@pytest.mark.parametrize("style", [0, 1, 3, 20, 49, "General", "#,##0", '0"days"', "[Red]0", "h:mm", "\\d0", "0.0E+00"])
def test_numbers_in_other_styles_stay_numbers(tmp_path: Path, style: int | str) -> None:
    book = binary_book(tmp_path / "list.xlsb", [["橋", "点検日"], ["B1", 43_191], ["B2", 2018]], style)
    assert read_days(book) == ["43191", "2018"]


def test_styles_that_end_too_early_refuse_the_workbook(tmp_path: Path) -> None:
    whole = binary_book(tmp_path / "whole.xlsb", [["橋", "点検日"], ["B1", 43_191]], 14)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(tmp_path / "short.xlsb", "w") as copy:
        for name in parts.namelist():
            short = record(0x2C, b"\0") if name == "xl/styles.bin" else parts.read(name)
            copy.writestr(name, short)
    findings = Findings()
    read_file(tmp_path / "short.xlsb", findings)
    assert [problem.rule for problem in findings.problems] == [
        "must be a workbook without a password, saved by Excel or LibreOffice"
    ]
