"""Cells of workbooks that show an error, or whose formula was saved without its value."""

import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from nagamochi import importers
from nagamochi.deterioration import inspection_pairs
from nagamochi.errors import InvalidInput
from nagamochi.network import read_network
from nagamochi.tables import Findings
from nagamochi.tables.formats.unvalued_cells import unvalued_cells
from nagamochi.tables.formats.workbook import read_sheets

SOFFICE = shutil.which("soffice")
TOWN = {
    "bridges": [["bridge_id", "inspection_cost"], ["a", 200_000], ["b", 200_000]],
    "curves": [
        ["bridge_id", "member", "damage", "health", "service_life", "quantity", "cost_model"],
        ["a", "slab", "crack", 3.2, 60, 100, "C"],
        ["b", "slab", "crack", 3.2, 60, 100, "C"],
    ],
    "costs": [["cost_model", "health", "unit_cost"], *(["C", 5 - i, 1000 * i] for i in range(5))],
}


def book(path: Path, sheets: dict[str, list[list[object]]], sheet: str, cell: str, value: object) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        for row in rows:
            (made[name] if name in made.sheetnames else made.create_sheet(name)).append(row)
    made[sheet][cell] = value
    made.save(path)
    return path


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        ("F3", "#N/A", "row 3, column quantity: must be a number; got #N/A"),
        ("F3", "#DIV/0!", "row 3, column quantity: must be a number; got #DIV/0!"),
        ("F2", "=SUM(A1:A9)", "row 2, column quantity: must be a number; got =SUM(A1:A9), saved without its value"),
        ("B2", "#REF!", "row 2, column member: must be a value, not an error of a spreadsheet; got #REF!"),
        (
            "B2",
            "=A2",
            "row 2, column member: must be a value, not an error of a spreadsheet; got =A2, saved without its value",
        ),
    ],
)
def test_a_cell_without_a_value_is_no_empty_cell(tmp_path: Path, cell: str, value: str, problem: str) -> None:
    path = book(tmp_path / "town.xlsx", TOWN, "curves", cell, value)
    with pytest.raises(InvalidInput) as refused:
        read_network(path)
    assert str(refused.value.problems[0]) == f"{path}[curves], {problem}"


def test_empty_cells_and_empty_text_of_formulas_stay_empty(tmp_path: Path) -> None:
    path = book(tmp_path / "town.xlsx", TOWN, "curves", "F3", None)
    assert read_network(path).curves["quantity"].to_list() == [100.0, 1.0]
    path = book(tmp_path / "town.xlsx", TOWN, "curves", "F3", '=IF(1,"")')
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"]
    parts["xl/worksheets/sheet2.xml"] = sheet.replace(b'<c r="F3"><f>', b'<c r="F3" t="str"><f>').replace(
        b"<v />", b"<v></v>"
    )
    assert parts["xl/worksheets/sheet2.xml"] != sheet
    with zipfile.ZipFile(path, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    assert read_network(path).curves["quantity"].to_list() == [100.0, 1.0]


def test_cells_are_found_in_parts_of_other_names_prefixes_and_places(tmp_path: Path) -> None:
    path = book(tmp_path / "made.xlsx", {"one": [["a", "b"]], "two": [["c", "d"], [1, 2]]}, "two", "B2", "#NUM!")
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = parts.pop("xl/worksheets/sheet2.xml").replace(b"<", b"<x:").replace(b"<x:/", b"</x:")
    parts["xl/other.xml"] = sheet.replace(b" xmlns=", b" xmlns:x=").replace(b' r="B2"', b"").replace(b' r="2"', b"")
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"/xl/worksheets/sheet2.xml", b"other.xml")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"/xl/worksheets/sheet2.xml", b"/xl/other.xml")
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in parts.items():
            changed.writestr(name, content)
    assert read_sheets(path, Findings()).by_name["two"] == [["c", "d"], [1.0, "#NUM!"]]


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice, which writes these formats, is not installed")
@pytest.mark.parametrize("form", ["xls", "ods"])
def test_errors_in_workbooks_that_libreoffice_writes(tmp_path: Path, form: str) -> None:
    path = book(tmp_path / "town.xlsx", TOWN, "curves", "F3", "=1/0")
    out, profile = tmp_path / "converted", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--convert-to", form, "--outdir", out, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with pytest.raises(InvalidInput) as refused:
        read_network(out / f"town.{form}")
    assert str(refused.value.problems[0]) == (
        f"{out}/town.{form}[curves], row 3, column quantity: must be a number; got #DIV/0!"
    )


def test_errors_in_cells_and_rows_that_an_open_document_repeats(tmp_path: Path) -> None:
    spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("calcext", "text"))
    spaces += "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table")
    )
    error = '<table:table-cell calcext:value-type="error" table:number-columns-repeated="2"><text:p>Err:502</text:p>'
    cells = f"<table:table-cell/>{error}</table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="%d">{cells}</table:table-row>'
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{row % 2}</table:table><table:table table:name="b">{row % 1}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "made.ods", "w") as parts:
        parts.writestr("content.xml", content)
    assert unvalued_cells(tmp_path / "made.ods") == {
        "a": dict.fromkeys([(0, 1), (0, 2), (1, 1), (1, 2)], "#VALUE!"),
        "b": dict.fromkeys([(0, 1), (0, 2)], "#VALUE!"),
    }


def test_errors_in_binary_workbooks(tmp_path: Path) -> None:
    def record(kind: int, content: bytes) -> bytes:
        number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return number + bytes([len(content)]) + content

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    sheet = record(0x9C, struct.pack("<II", 0, 1) + text("rId7") + text("橋"))
    cells = record(0, struct.pack("<I", 2)) + record(3, struct.pack("<IIB", 1, 0, 0x2A))  # row 3: an error
    cells += record(2, struct.pack("<III", 2, 0, 0)) + record(11, struct.pack("<IIBI", 4, 0, 0x07, 0))
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(tmp_path / "made.xlsb", "w") as parts:
        parts.writestr("xl/workbook.bin", record(0x83, b"") + sheet + record(0x84, b""))
        parts.writestr("xl/worksheets/sheet1.bin", cells)
        relation = f'<Relationship Id="rId7" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
        parts.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{package}">{relation}</Relationships>')
    assert unvalued_cells(tmp_path / "made.xlsb") == {"橋": {(2, 1): "#N/A", (2, 4): "#DIV/0!"}}


def test_a_formula_without_its_value_heads_no_column(tmp_path: Path) -> None:
    rule = "must be a text, as it heads a column: save the workbook once in Excel or LibreOffice"
    town = book(tmp_path / "town.xlsx", TOWN, "curves", "F1", "=A9")
    with pytest.raises(InvalidInput, match=rf"town.xlsx\[curves\], row 1, column F: {rule}; got =A9, saved"):
        read_network(town)
    rows: list[list[object]] = [
        ["橋", ""],
        ["橋梁番号", "橋長", "", "架設年度"],
        ["1", 20, "Ⅱ", 1980],
        ["2", 20, "", 1990],
    ]
    path = book(tmp_path / "list.xlsx", {"表紙": [["=1+"]], "橋": rows}, "橋", "C2", '="判定"&"区分"')
    with pytest.raises(InvalidInput, match=rf"list.xlsx\[橋\], row 2, column C: {rule}; got"):
        importers.import_list(path, tmp_path / "out", planning_year=2026)
    rows[2][2] = ""  # nothing is lost with it
    empty = book(tmp_path / "empty.xlsx", {"橋": rows}, "橋", "C2", "=A1")
    assert importers.import_list(empty, tmp_path / "out", planning_year=2026).n_bridges == 2


def test_an_import_lists_cells_without_a_value(tmp_path: Path) -> None:
    rows: list[list[object]] = [["橋梁番号", "橋梁名", "架設年度", "橋長"], ["1", "a", 1980, 20], ["2", "b", 1980, 20]]
    path = book(tmp_path / "list.xlsx", {"橋": rows}, "橋", "C2", "#REF!")
    report = importers.import_list(path, tmp_path / "out", planning_year=2026)
    problems = pl.read_csv(report.folder / "problems.csv")
    assert problems.select("row", "column", "value").rows()[0] == (2, "架設年度", "#REF!")


@pytest.mark.parametrize("column", ["asset", "region"])
def test_errors_of_a_spreadsheet_are_no_asset_and_no_group(tmp_path: Path, column: str) -> None:
    visits = {"asset": ["a", "a", "b"], "region": "north", "day": [2015, 2020, 2015], "rating": [1, 2, 1]}
    cells = pl.Series(["a", "a", "#N/A"] if column == "asset" else ["#N/A"] * 3)
    path = tmp_path / "visits.csv"
    pl.DataFrame(visits).with_columns(cells.alias(column)).write_csv(path)
    with pytest.raises(
        InvalidInput, match=f"column {column}: must be a value, not an error of a spreadsheet; got #N/A"
    ):
        inspection_pairs(path, asset="asset", date="day", rating="rating", group="region")
