"""Lists whose lengths and widths are in centimetres or millimetres, all of them or some."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from nagamochi.errors import InvalidInput
from nagamochi.importers import ImportReport, import_list
from nagamochi.network import read_network

LENGTHS = [2.0, 3.5, 5.0, 8.0, 12.5, 16.0, 24.0, 40.0, 139.0, 368.0]
WIDTHS = [2.0, 4.0, 4.5, 5.0, 6.0, 6.5, 7.0, 8.0, 10.0, 19.7]


def imported(folder: Path, rows: list[tuple[object, ...]], *, head: str = "橋長,幅員", first: str = "") -> ImportReport:
    lines = [f"{i},橋{i},1980,35,139," + ",".join(map(str, row)) for i, row in enumerate(rows)]
    text = "\n".join([f"id,橋梁名,架設年度,緯度,経度,{head}", *([first] if first else []), *lines])
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return import_list(folder / "list.csv", folder / "out", planning_year=2026)


def problems(report: ImportReport) -> list[tuple[object, ...]]:
    table = pl.read_csv(report.folder / "problems.csv", schema_overrides={"bridge_id": pl.String, "value": pl.String})
    return table.select("row", "bridge_id", "column", "value", "problem", "effect").rows()


@pytest.mark.parametrize("factor", [100, 1000])
@pytest.mark.parametrize("count", [3, 10, 60])
def test_a_list_in_another_unit_is_refused(tmp_path: Path, factor: int, count: int) -> None:
    lengths = [length * factor for length in (LENGTHS * 6)[:count]]
    if factor == 100 and count == 3:
        lengths = [2500.0, 3100.0, 2200.0]  # fewer than five bridges need longer ones
    with pytest.raises(InvalidInput, match=r"list.csv, row \d+, column 橋長: must be in metres: of \d+ bridges"):
        imported(tmp_path, [(f"{length:g}", "6") for length in lengths])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("factor", [100, 1000])
def test_widths_in_another_unit_are_refused(tmp_path: Path, factor: int) -> None:
    rows = [(length, f"{width * factor:g}") for length, width in zip(LENGTHS, WIDTHS, strict=True)]
    with pytest.raises(InvalidInput, match=r"column 幅員: must be (in metres|from 0 to 1,000)"):
        imported(tmp_path, rows)


def test_a_list_in_metres_is_used_as_it_is(tmp_path: Path) -> None:
    report = imported(tmp_path, list(zip(LENGTHS, WIDTHS, strict=True)))
    assert (report.n_bridges, report.problems) == (10, 0)
    assert read_network(report.folder).bridges["length_m"].to_list() == LENGTHS


@pytest.mark.parametrize("head", ["橋長(m),幅員(m)", "橋長（ｍ）,幅員（ｍ）", "橋長m,幅員m"])
def test_long_bridges_are_used_where_the_header_says_metres(tmp_path: Path, head: str) -> None:
    report = imported(tmp_path, [(3911, 30), (1629, 25), (1480, 30), (1270, 20), (790, 20)], head=head)
    assert (report.n_bridges, {row[-1] for row in problems(report)}) == (5, {"value used, check it"})
    with pytest.raises(InvalidInput, match=r"write the unit into the header, 橋長\(m\)"):
        imported(tmp_path, [(3911, 30), (1629, 25), (1480, 30), (1270, 20), (790, 20)])


def test_lengths_of_a_slip_are_listed_where_the_header_says_metres(tmp_path: Path) -> None:
    rows = [(length, 6) for length in (*LENGTHS, 15400, 1000)]
    report = imported(tmp_path, rows, head="橋長(m),幅員(m)")
    reason = "is above 1,000: taken for metres"
    assert problems(report) == [(12, "10", "橋長(m)", "15400", reason, "value used, check it")]
    assert read_network(report.folder).bridges["length_m"].to_list() == [*LENGTHS, 15400, 1000]


def test_no_header_makes_a_bridge_wider_than_any(tmp_path: Path) -> None:
    report = imported(tmp_path, [(150, 950), (30, 120), (40, 12)], head="橋長(m),幅員(m)")
    assert problems(report) == [
        (2, "0", "幅員(m)", "950", "must be at most 200 m", "value not used"),
        (3, "1", "幅員(m)", "120", "is above 100: taken for metres", "value used, check it"),
    ]
    assert read_network(report.folder).bridges["width_m"].to_list() == [6.0, 120.0, 12.0]  # 6 m are assumed


def test_single_bridges_in_another_unit_are_not_used(tmp_path: Path) -> None:
    rows = [*zip(LENGTHS * 2, WIDTHS * 2, strict=True), (35000, 8.5), (30, 850), (1600, 8)]
    report = imported(tmp_path, rows)
    assert problems(report) == [
        (22, "20", "橋長", "35000", "must be at most 10,000 m", "value not used"),
        (22, "20", None, None, "no length", "bridge left out"),
        (23, "21", "幅員", "850", "must be at most 200 m", "value not used"),
        (24, "22", "橋長", "1600", "is above 1,000: taken for metres", "value used, check it"),
    ]
    bridges = read_network(report.folder).bridges.tail(2)
    assert bridges.select("length_m", "width_m").rows() == [(30.0, 6.0), (1600.0, 8.0)]  # 6 m are assumed


def test_a_span_is_no_longer_than_the_longest_of_all(tmp_path: Path) -> None:
    rows = [*((length, width, "") for length, width in zip(LENGTHS * 2, WIDTHS * 2, strict=True)), (4384, 22.9, 2)]
    report = imported(tmp_path, [*rows, (4384, 22.9, 42)], head="橋長,幅員,径間数")
    found = [(row, problem) for row, _, _, _, problem, _ in problems(report)]
    assert found == [
        (22, "must be at most 2,100 m for each span"),
        (22, "no length"),
        (23, "is above 1,000: taken for metres"),
    ]


@pytest.mark.parametrize("head", ["橋長(m),幅員(m),径間数", "橋長m,幅員m,径間数"])
def test_no_header_makes_a_span_longer_than_the_longest_of_all(tmp_path: Path, head: str) -> None:
    rows = [*((length, 6, 1) for length in LENGTHS), (18400, 6, 1), (4384, 22.9, 42)]
    report = imported(tmp_path, rows, head=head)
    found = [(row, value, problem) for row, _, _, value, problem, _ in problems(report)]
    assert found == [
        (12, "18400", "must be at most 2,100 m for each span"),
        (12, None, "no length"),
        (13, "4384", "is above 1,000: taken for metres"),
    ]
    assert read_network(report.folder).bridges["length_m"].to_list() == [*LENGTHS, 4384]


@pytest.mark.parametrize("unit", ["mm", "(mm)", "cm", "（ｍｍ）", "㎜"])
def test_a_row_of_units_is_believed(tmp_path: Path, unit: str) -> None:
    with pytest.raises(InvalidInput, match=r"must have the columns 橋長; got .*橋長\((mm|cm)\)"):
        imported(tmp_path, [(length, 6) for length in LENGTHS], first=f",,年,度,度,{unit},m")
    report = imported(tmp_path, [(length, 6) for length in LENGTHS], first=",,年,度,度,m,m")
    assert read_network(report.folder).bridges["length_m"].to_list() == LENGTHS


@pytest.mark.parametrize(("unit", "refused"), [("(m)", False), ("(mm)", True)])
def test_a_header_of_two_rows_may_have_units_in_the_second(tmp_path: Path, unit: str, refused: bool) -> None:
    heads = ["id,橋梁名,架設年度,起点側位置,,橋長,幅員", f",,,緯度,経度,{unit},(m)"]
    rows = [f"{i},橋{i},1980,35,139,{length},6" for i, length in enumerate(LENGTHS)]
    (tmp_path / "list.csv").write_text("\n".join([*heads, *rows]), encoding="utf-8")
    if refused:
        with pytest.raises(InvalidInput, match=r"must have the columns 橋長; got .*橋長\(mm\)"):
            import_list(tmp_path / "list.csv", tmp_path / "out", planning_year=2026)
    else:
        report = import_list(tmp_path / "list.csv", tmp_path / "out", planning_year=2026)
        assert read_network(report.folder).bridges["length_m"].to_list() == LENGTHS


def test_fields_of_an_interface_are_in_metres(tmp_path: Path) -> None:
    syogen = {"kyouchou": 3911, "fukuin": 30, "kasetsu_nendo": 1998, "ichi": {"ido": 34.6, "keido": 135.0}}
    answer = {"result": [{"shisetsu": {"meisyou": "橋"}, "syogen": syogen, "shisetsu_id": "1"}]}
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    report = import_list(tmp_path / "answer.json", tmp_path / "out", planning_year=2026)
    assert read_network(report.folder).bridges["length_m"].to_list() == [3911]
    assert [row[4:] for row in problems(report)] == [("is above 1,000: taken for metres", "value used, check it")]


def test_a_bridge_is_no_shorter_than_a_metre(tmp_path: Path) -> None:
    report = imported(tmp_path, [*((length, 6) for length in LENGTHS), (0.0185, 6)], head="橋長(m),幅員")
    assert report.n_bridges == 10
    assert problems(report)[0] == (12, "10", "橋長(m)", "0.0185", "must be at least 1 m", "value not used")
    with pytest.raises(InvalidInput, match="row 2, column 橋長: must be at least 1 m, as 10 of 10 cells are not; got"):
        imported(tmp_path, [(length / 1000, 6) for length in LENGTHS])


def test_a_bridge_has_no_more_spans_than_room(tmp_path: Path) -> None:
    rows = [(length, 6, 1) for length in LENGTHS]
    report = imported(tmp_path, [*rows, (20, 6, 200), (20, 6, 40)], head="橋長,幅員,径間数")
    assert problems(report) == [
        (12, "10", "径間数", "200", "must leave at least 0.5 m for each span", "value not used")
    ]
    assert read_network(report.folder).bridges["spans"].to_list() == [1] * 11 + [40]
