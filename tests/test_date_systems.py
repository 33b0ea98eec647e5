"""Workbooks whose serial numbers of days count from 1904, as old Excel for Mac had it."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, to_excel

from made_forms import MadePhoto, write_form
from nagamochi.deterioration import inspection_pairs
from nagamochi.importers import import_list
from nagamochi.network import read_network
from nagamochi.retrieval import read_catalog
from nagamochi.tables import Column, Findings, Schema, check, read_table
from nagamochi.tables.formats.date_system import day_zero
from small_town import FILES

DAYS = [date(2010, 4, 1), date(2015, 7, 15), date(2021, 4, 1)]
SCHEMA = Schema("inspections", (Column("bridge"), Column("day", "date"), Column("rating", "whole number")))
SOFFICE = shutil.which("soffice")


def write_book(
    path: Path,
    *,
    from_1904: bool,
    serials: bool,
    head: list[str],
    rows: list[list[object]],
    shown_as: str = "yyyy-mm-dd",
) -> Path:
    """A workbook whose dates are cells of the format General or of a date."""
    first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
    with xlsxwriter.Workbook(path, {"date_1904": from_1904}) as book:
        sheet = book.add_worksheet()
        as_date = book.add_format({"num_format": shown_as})
        sheet.write_row(0, 0, head)
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, date) and serials:
                    sheet.write_number(row, column, (cell - first).days)
                elif isinstance(cell, date):
                    sheet.write_datetime(row, column, datetime.combine(cell, datetime.min.time()), as_date)
                else:
                    sheet.write(row, column, cell)
    return path


def inspections(path: Path, *, from_1904: bool, serials: bool) -> Path:
    rows: list[list[object]] = [["B1", day, rating] for rating, day in enumerate(DAYS, start=1)]
    return write_book(path, from_1904=from_1904, serials=serials, head=["bridge", "day", "rating"], rows=rows)


def days_of(path: Path) -> list[float]:
    findings = Findings()
    table = check(read_table(path, "", findings), SCHEMA, findings)
    findings.raise_problems()
    return table.frame["day"].to_list()


EXPECTED = [2010 + 90 / 365, 2015 + 195 / 365, 2021 + 90 / 365]


@pytest.mark.parametrize("from_1904", [False, True])
@pytest.mark.parametrize("serials", [False, True])
def test_serials_and_dates_are_the_days_that_excel_shows(tmp_path: Path, from_1904: bool, serials: bool) -> None:
    path = inspections(tmp_path / "book.xlsx", from_1904=from_1904, serials=serials)
    assert days_of(path) == pytest.approx(EXPECTED, abs=1e-9)
    pairs = inspection_pairs(path, asset="bridge", date="day", rating="rating")
    assert pairs["years"].to_list() == pytest.approx([EXPECTED[1] - EXPECTED[0], EXPECTED[2] - EXPECTED[1]], abs=1e-9)


@pytest.mark.parametrize("shown_as", ["[$-411]ge", '[$-411]ggge"年"', "[$-411]ge.m.d"])
def test_dates_shown_in_an_era(tmp_path: Path, shown_as: str) -> None:
    rows: list[list[object]] = [["B1", day, rating] for rating, day in enumerate(DAYS, start=1)]
    head = ["bridge", "day", "rating"]
    book = write_book(tmp_path / "book.xlsx", from_1904=False, serials=False, head=head, rows=rows, shown_as=shown_as)
    assert days_of(book) == pytest.approx(EXPECTED, abs=1e-9)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice, which writes these formats, is not installed")
@pytest.mark.parametrize("from_1904", [False, True])
@pytest.mark.parametrize("form", ["xls", "ods", "xlsx"])
def test_workbooks_that_libreoffice_writes(tmp_path: Path, from_1904: bool, form: str) -> None:
    path = inspections(tmp_path / "book.xlsx", from_1904=from_1904, serials=True)
    out, profile = tmp_path / "converted", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--convert-to", form, "--outdir", out, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert days_of(out / f"book.{form}") == pytest.approx(EXPECTED, abs=1e-9)


@pytest.mark.parametrize(("flags", "first"), [(0x01, date(1904, 1, 1)), (0x20, date(1899, 12, 30))])
def test_binary_workbooks_say_it_in_a_bit(tmp_path: Path, flags: int, first: date) -> None:
    begin, properties = b"\x83\x01\x00", b"\x99\x01\x0c" + bytes([flags, 0, 1, 0]) + b"\0" * 8
    with zipfile.ZipFile(tmp_path / "book.xlsb", "w") as parts:
        parts.writestr("xl/workbook.bin", begin + properties + b"\x84\x01\x00")
    assert day_zero(tmp_path / "book.xlsb") == first


def test_a_list(tmp_path: Path) -> None:
    head = ["id", "橋梁名", "架設年度", "橋長", "幅員", "緯度", "経度", "点検実施年月日", "判定区分"]
    rows: list[list[object]] = [
        [i, f"橋{i}", 1980 + i, 20 + i, 6, 35, 139, day, "Ⅱ"] for i, day in enumerate([date(2022, 5, 1), *DAYS[1:]])
    ]
    networks = []
    for from_1904 in (False, True):
        book = write_book(tmp_path / f"{from_1904}.xlsx", from_1904=from_1904, serials=True, head=head, rows=rows)
        report = import_list(book, tmp_path / f"{from_1904}")
        assert report.planning_year.year == 2022
        networks.append(read_network(report.folder).bridges)
    assert networks[0].equals(networks[1])
    assert networks[0]["last_inspection_year"].to_list() == [2022, 2015, 2021]


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_network_in_a_workbook(tmp_path: Path, from_1904: bool) -> None:
    first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
    with xlsxwriter.Workbook(tmp_path / "book.xlsx", {"date_1904": from_1904}) as book:
        for name, text in FILES.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(text.splitlines()):
                cells: list[object] = list(line.split(","))
                if name == "bridges":
                    cells += ["last_inspection_year"] if row == 0 else [(DAYS[row] - first).days]
                sheet.write_row(row, 0, cells)
    assert read_network(tmp_path / "book.xlsx").bridges["last_inspection_year"].to_list() == [2015, 2021]


@pytest.mark.parametrize("from_1904", [False, True])
@pytest.mark.parametrize("serial", [False, True])
def test_a_record_form(tmp_path: Path, from_1904: bool, serial: bool) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904 if from_1904 else WINDOWS_EPOCH
    book.active.title = "その１０"
    year = to_excel(datetime(2022, 2, 15), book.epoch) if serial else date(2022, 2, 15)
    write_form(book.active, [MadePhoto(1)], year=year)
    book.save(tmp_path / "record.xlsx")
    assert read_catalog(tmp_path / "record.xlsx").records["year"].to_list() == [2021]
