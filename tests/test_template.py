"""Empty workbooks to fill, and networks in one workbook."""

import csv
import datetime
import errno
import gc
import os
import re
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from made_network import made_network
from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.network.book import SCHEMAS, SHEETS
from nagamochi.network.schemas import CURVE_KEY
from nagamochi.report.spreadsheet import spreadsheet
from nagamochi.report.template import EXAMPLE_BRIDGES, write_template

pytest.importorskip("python_calamine")

EXAMPLE = {"ja": "例 ", "en": "example "}
TABLES = {"ja": ("橋梁", "劣化曲線", "単価", "補修項目"), "en": ("bridges", "curves", "costs", "items")}


def example() -> Network:
    """The first bridges of the made town."""
    town = datasets.example_town()
    bridges = town.bridges.head(EXAMPLE_BRIDGES)
    of_these = pl.col("bridge_id").is_in(bridges["bridge_id"].to_list())
    named = town.items.drop_nulls("item")
    items = town.curves.select(CURVE_KEY)[named["curve"]].hstack(named.drop("curve")).filter(of_these)
    models = {*town.curves.filter(of_these)["cost_model"], *items["cost_model"]}
    costs = town.costs.filter(pl.col("cost_model").is_in(sorted(models - {None})))
    return Network.from_tables(bridges, town.curves.filter(of_these), costs, items=items)


def fill(path: Path, language: str) -> None:
    """Copy the example into the sheets to fill, as somebody would type it."""
    book = openpyxl.load_workbook(path)
    for name in TABLES[language]:
        for row in book[EXAMPLE[language] + name].iter_rows(min_row=4):
            for cell in row:
                book[name][cell.coordinate].value = cell.value
    book.save(path)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_filled_template_is_read_as_the_network_that_was_typed(tmp_path: Path, language: str) -> None:
    book = tmp_path / "book.xlsx"
    done = CliRunner().invoke(app, ["template", "--out", str(book), "--lang", language])
    assert done.exit_code == 0, done.output
    fill(book, language)
    network = read_network(book)
    expected = example()
    if language == "en":
        assert network.fingerprint == expected.fingerprint
    assert network.bridges.drop("owner").equals(expected.bridges.drop("owner"))
    assert (network.arrays.repair_cost == expected.arrays.repair_cost).all()
    assert (network.arrays.health == expected.arrays.health).all()
    members = network.curves["member"].unique().to_list()
    assert ("床版" if language == "ja" else "deck slab") in members
    assert any("not used: " in notice and EXAMPLE[language] in notice for notice in network.notices)


def test_an_empty_template_says_which_sheets_have_no_rows(tmp_path: Path) -> None:
    write_template(tmp_path / "book.xlsx", "ja")
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    empty = "must have at least one row; got none"
    assert [str(problem).rpartition("book.xlsx")[2] for problem in refused.value.problems] == [
        f"[橋梁]: {empty}",
        f"[劣化曲線]: {empty}",
        f"[単価]: {empty}",
    ]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_head_has_a_note_and_known_values_have_drop_downs(tmp_path: Path, language: str) -> None:
    write_template(tmp_path / "book.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    for name, japanese in SHEETS.items():
        heads = [cell for cell in book[japanese if language == "ja" else name][2] if cell.value is not None]
        assert [cell.value for cell in heads] == [column.head(language) for column in SCHEMAS[name].columns]
        assert all(cell.comment is not None and cell.comment.text for cell in heads)
    curves = book[TABLES[language][1]]
    assert (
        len(curves.data_validations.dataValidation) == 6
    )  # bridge, member, damage, kind of curve, its table, cost model


@pytest.mark.parametrize("language", ["ja", "en"])
def test_limits_and_the_start_of_a_template_are_read(tmp_path: Path, language: str) -> None:
    write_template(tmp_path / "book.xlsx", language)
    fill(tmp_path / "book.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    typed = {
        "network": ["R8" if language == "ja" else 2026],
        "budget": [2026, "2億円" if language == "ja" else 2e8],
        "rows": ["all", None, None, None, {"ja": "期間合計", "en": "total"}[language], 1e9],
        "works": ["M001", None, None, None, 2027, 5e6],
        "closed": ["M002", 2026, 2028],
        "retire": ["M003", 2040, 7e6],
    }
    for table, cells in typed.items():
        for column, value in enumerate(cells, start=1):
            book[SHEETS[table] if language == "ja" else table].cell(4, column).value = value
    book.save(tmp_path / "book.xlsx")
    network = read_network(tmp_path / "book.xlsx")
    assert network.start_year == 2026
    assert network.budget.rows() == [(1, 2e8)]
    assert network.rows.select("name", "per", "budget").rows() == [("all", "total", 1e9)]
    assert network.works.select("bridge_id", "year", "cost").rows() == [("M001", 2, 5e6)]
    assert network.closed.rows() == [("M002", 1, 3)]
    assert network.retire.rows() == [("M003", 15, 7e6)]


def test_what_is_no_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"path: must end in \.xlsx; got .*book.csv"):
        write_template(tmp_path / "book.csv")
    with pytest.raises(InvalidInput, match="language: must be ja or en; got 'fr'"):
        write_template(tmp_path / "book.xlsx", "fr")


def test_a_network_in_one_book_as_offices_lay_it_out(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet("橋")  # known by its columns
        sheet.merge_range(0, 0, 0, 3, "橋梁一覧（令和5年度）")
        for row, cells in enumerate(
            [["橋梁\nID", "橋名", "架設年月日", "点検費"], ["", "", "", "円"], ["007", "甲橋"], ["B2", "乙橋"]]
        ):
            sheet.write_row(row + 2, 0, cells)
        sheet.write_datetime(4, 2, datetime.datetime(1972, 4, 1), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write(4, 3, 350000)
        sheet.write_formula(5, 3, "=D5*2", value=700000)
        sheet.write_row(6, 0, ["合計", "", "", 1050000])
        sheet.write(8, 0, "※ 点検費は仮定")
        curves = book.add_worksheet("Curves")
        curves.write_row(0, 0, ["bridge_id", "", "member", "damage", "health", "service_life", "cost_model"])
        curves.write_row(1, 0, ["007", "", "deck slab", "crack", 3.4, 60, "slab"])
        curves.write_row(2, 0, ["B2", "", "deck slab", "crack", 3.125, 60, "slab"])
        costs = book.add_worksheet("単価")
        costs.write_row(0, 0, ["費用モデル", "健全度", "単価"])
        for row, (health, cost) in enumerate(zip((5, 4, 3, 2, 1), (0, 10, 20, 40, 70), strict=True), start=1):
            costs.write_row(row, 0, ["slab", health, cost])
        book.add_worksheet("メモ").write(0, 0, "内部用")
    network = read_network(tmp_path / "book.xlsx")
    assert network.bridges["bridge_id"].to_list() == ["007", "B2"]
    assert network.bridges["inspection_cost"].to_list() == [350000.0, 700000.0]
    assert network.curves["health"].to_list() == [3.4, 3.125]
    notices = [notice.replace(str(tmp_path / "book.xlsx"), "") for notice in network.notices]
    assert notices[:5] == [
        "[橋]: row 3 is the header",
        "[橋]: row 4 holds units: not used",
        "[橋]: row 7 is a sum (合計): not used",
        "[橋]: row 9 is a note (※ 点検費は仮定): not used",
        ": sheets that are no table of a network, not used: メモ",
    ]


def test_a_row_of_a_book_that_reaches_beyond_the_header_is_refused_as_in_csv(tmp_path: Path) -> None:
    rows = {
        "橋梁": [["橋梁ID", "点検費"], ["B1", 350000, "要確認"], ["B2", 0, 350000], *([i, 350000] for i in "34")],
        "劣化曲線": [
            ["橋梁ID", "部材", "損傷", "健全度", "供用寿命", "費用モデル"],
            *([bridge, "床版", "ひびわれ", 3, 60, "slab"] for bridge in ("B1", "B2", 3, 4)),
        ],
        "単価": [["費用モデル", "健全度", "単価"], *(["slab", health, 10 * (5 - health)] for health in range(1, 6))],
    }
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name, cells in rows.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(cells):
                sheet.write_row(row, 0, values)
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    assert [str(problem).rpartition("book.xlsx")[2] for problem in refused.value.problems] == [
        "[橋梁], row 3: must end where the header does; got a row that reaches beyond the header with 350000"
    ]


@pytest.mark.parametrize("unit", ["千円", "（百万円）", "万円", "円"])
def test_money_in_another_unit_than_yen_is_refused(tmp_path: Path, unit: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name, rows in {
            "橋梁": [["橋梁ID", "点検費"], ["", unit], ["B1", 350], ["B2", 400]],
            "劣化曲線": [
                ["橋梁ID", "部材", "損傷", "健全度", "供用寿命", "費用モデル"],
                *([bridge, "床版", "ひびわれ", 3, 60, "slab"] for bridge in ("B1", "B2")),
            ],
            "単価": [
                ["費用モデル", "健全度", "単価"],
                *(["slab", health, 10 * (5 - health)] for health in range(1, 6)),
            ],
        }.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(rows):
                sheet.write_row(row, 0, values)
    if unit == "円":
        assert read_network(tmp_path / "book.xlsx").bridges["inspection_cost"].to_list() == [350, 400]
        return
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    assert [str(problem).rpartition("book.xlsx")[2] for problem in refused.value.problems] == [
        f"[橋梁], row 1, column inspection_cost: must be among the columns; got 橋梁ID, 点検費({unit.strip('（）')})"
    ]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("橋梁一覧（単位：千円）", True),
        ("単位 百万円", True),
        ("単位：円", False),
        ("金額の単位は円", False),
        ("千円札", False),
    ],
)
def test_another_unit_above_the_header_is_refused(tmp_path: Path, title: str, said: bool) -> None:
    rows = {
        "橋梁": [["", "", title], ["橋梁ID", "点検費"], ["B1", 350]],
        "劣化曲線": [
            ["橋梁ID", "部材", "損傷", "健全度", "供用寿命", "費用モデル"],
            ["B1", "床版", "x", 3, 60, "slab"],
        ],
        "単価": [["費用モデル", "健全度", "単価"], *(["slab", health, 10 * (5 - health)] for health in range(1, 6))],
    }
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name, cells in rows.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(cells):
                sheet.write_row(row, 0, values)
    if not said:
        assert read_network(tmp_path / "book.xlsx").n_bridges == 1
        return
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    problem = str(refused.value.problems[0]).rpartition("book.xlsx")[2]
    assert problem == f"[橋梁], row 1: must be in m and yen; got {title}"


def test_a_sheet_whose_header_nobody_knows_is_refused_or_not_used(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name in ("橋梁", "Sheet2"):
            book.add_worksheet(name).write(2, 1, "内部用")
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    assert [str(problem).rpartition("book.xlsx")[2] for problem in refused.value.problems] == [
        "[橋梁], row 1: must be the header, as no row has names that are known; got a blank row",
        ": must have a sheet curves or 劣化曲線; got 橋梁, Sheet2",
        ": must have a sheet costs or 単価; got 橋梁, Sheet2",
    ]


def test_a_book_without_a_table_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet("橋梁").write_row(0, 0, ["橋梁ID", "点検費"])
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path / "book.xlsx")
    assert [str(problem).rpartition("book.xlsx")[2] for problem in refused.value.problems] == [
        ": must have a sheet curves or 劣化曲線; got 橋梁",
        ": must have a sheet costs or 単価; got 橋梁",
        "[橋梁]: must have at least one row; got none",
    ]


@pytest.mark.parametrize(
    "names", [{}, {"rows": "制約", "works": "決定済みの工事", "closed": "補修できない年", "retire": "撤去"}]
)
def test_limits_and_what_is_decided_may_be_sheets_too(tmp_path: Path, names: dict[str, str]) -> None:
    tables = {
        "rows": pl.DataFrame({"name": ["ten years"], "to_year": [10], "per": ["total"], "budget": [9e8]}),
        "works": pl.DataFrame({"bridge_id": ["B0"], "member": ["slab"], "year": [3], "cost": [2e6]}),
        "closed": pl.DataFrame({"bridge_id": ["B1"], "from": [2], "to": [4]}),
        "retire": pl.DataFrame({"bridge_id": ["B2"], "year": [20], "cost": [5e6]}),
    }
    expected = made_network(3, **tables)
    expected.write(tmp_path / "folder")
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for file in sorted((tmp_path / "folder").glob("*.csv")):
            sheet = book.add_worksheet(names.get(file.stem, file.stem))
            for row, cells in enumerate(csv.reader(file.read_text("utf-8-sig").splitlines())):
                sheet.write_row(row, 0, cells)
    assert read_network(tmp_path / "book.xlsx").fingerprint == expected.fingerprint
    assert expected.fingerprint != made_network(3).fingerprint


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        done = CliRunner().invoke(app, ["template", "--out", str(tmp_path / "book.xlsx")], catch_exceptions=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit_code == 1
    assert " ".join(done.stderr.split()) == f"Error: {tempfile.gettempdir()}: File too large"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_leaves_no_file_behind_that_fails_again(monkeypatch):
    again: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", again.append)  # prints a traceback for each
    code = None
    try:
        with spreadsheet(Path("/dev/full")) as book:
            book.add_worksheet()
    except OSError as error:
        code = error.errno
    gc.collect()
    assert code == errno.ENOSPC
    assert again == []


def test_a_full_disk_for_rows_that_wait_names_the_folder_of_temporary_files():
    with (
        pytest.raises(OSError, match=re.escape(f"No space left on device: '{tempfile.gettempdir()}'")),
        spreadsheet(BytesIO()),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_for_temporary_files_is_one_clear_error(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/of-xlsx")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    done = CliRunner().invoke(app, ["template", "--out", str(tmp_path / "book.xlsx")])
    assert done.exit_code == 1
    assert "/tmp/of-xlsx: No space left on device" in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())
