"""Rows as they came, and the tables in them."""

import datetime
import gc
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nagamochi import _core
from nagamochi.base.collector import collector_paused
from nagamochi.tables import Findings
from nagamochi.tables.formats.unvalued_cells import MAYBE
from nagamochi.tables.header import with_header
from nagamochi.tables.records import MOST_CHARACTERS, table_of_columns, table_of_records, text_of, texts

CELLS = st.one_of(
    st.sampled_from(["", " ", "　", " a ", "橋梁の長い名称である", "more than twelve bytes", "#N/A", True, 7]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=20),
    st.floats(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


@given(st.floats(allow_nan=True))
@example(-0.0)
@example(1e15)
@example(999999999999999.0)
@example(1e16)
@example(0.0001)
@example(9.999999999999999e-05)
def test_numbers_are_written_as_python_writes_them(number: float) -> None:
    whole = number.is_integer() and abs(number) < 1e15
    assert text_of(number) == (str(int(number)) if whole else repr(number))


def test_dates_are_written_as_iso_8601_has_them() -> None:
    cells = ["a", datetime.datetime(2018, 4, 1), datetime.datetime(2018, 4, 1, 12, 30), datetime.date(2018, 4, 1), True]
    assert texts(cells) == ["a", "2018-04-01", "2018-04-01 12:30:00", "2018-04-01", "True"]


@given(st.lists(st.lists(CELLS, max_size=4), max_size=12))
def test_a_table_has_the_cells_of_its_columns(records: list[list[object]]) -> None:
    columns, names = [2, 0], ["c", "a"]
    table = table_of_columns(records, columns, names, "list", Findings())
    chosen = [[*texts(record), "", "", ""] for record in records]
    expected = table_of_records([names, *([row[i] for i in columns] for row in chosen)], "list", Findings())
    assert table.cells.equals(expected.cells)
    assert list(table.rows) == list(expected.rows)


def test_a_cell_that_is_too_long_is_refused_with_its_place() -> None:
    findings = Findings()
    records = [["a", 1.0], ["", ""], ["b", "橋" * (MOST_CHARACTERS + 1)]]
    table = table_of_columns(records, [0, 1], ["x", "y"], "list", findings)
    assert list(map(str, findings.problems)) == [
        "list, row 4, column y: must have at most 32,767 characters; got 32,768"
    ]
    assert not table.complete


@pytest.mark.parametrize(
    ("columns", "names", "rule"),
    [
        ([], [], "columns must have names"),
        ([0], ["a", "b"], "columns must have names"),
        ([-1], ["a"], "columns must not be negative"),
    ],
)
def test_the_core_refuses_columns_that_are_none(columns: list[int], names: list[str], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        _core.table_of_rows(rows=[["a"]], columns=columns, names=names, text_of=str, most_characters=9)


def test_the_core_refuses_rows_that_are_no_lists() -> None:
    with pytest.raises(ValueError, match="rows must be lists"):
        _core.table_of_rows(rows=["a"], columns=[0], names=["a"], text_of=str, most_characters=9)  # type: ignore[list-item]


@given(
    st.sampled_from(["", " t='e'", ' t="e"', ' t="s"', ' r="A1" t="e" s="1"']),
    st.sampled_from(["", "<f>A1</f>", "<f/>", '<f t="shared" si="0"/>', "<f>A1</f >", '<f t="array">A1</f>']),
    st.sampled_from(["", "<v/>", "<v></v>", "<v>1</v>"]),
    st.booleans(),
)
def test_the_quick_look_misses_no_cell_that_the_thorough_one_finds(
    kind: str, formula: str, value: str, prefixed: bool
) -> None:
    cell = f"<c{kind}>{formula}{value}</c>"
    if prefixed:
        cell = re.sub("<(/?)", r"<\1x:", cell)
    found = MAYBE.search(cell.encode()) is not None
    assert found <= _core.has_unvalued_marks(cell.encode())


def test_the_collector_is_on_again_after_an_error() -> None:
    seen = []

    @collector_paused()
    def fail() -> None:
        seen.append(gc.isenabled())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [*seen, gc.isenabled()] == [False, True]


def test_blank_cells_are_not_asked_for_among_headers() -> None:
    asked: list[str] = []

    def known(name: str) -> bool:
        asked.append(name)
        return name == "橋名"

    rows: list[list[str]] = [["一覧", *[""] * 50, "x"], ["橋名", *[""] * 50, "橋長"], ["一", *[""] * 50, "12"]]
    table, notices, _, _ = with_header(rows, "list.xlsx", known, Findings())
    assert table.cells.columns == ["橋名", "橋長"]
    assert notices == ["row 2 is the header"]
    assert "" not in asked
