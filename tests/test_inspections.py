"""Pairs from tables with one row for each inspection, and `nagamochi fit hazards` on them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.deterioration import fit_curves, fit_hazards, inspection_pairs
from nagamochi.errors import InvalidInput
from nagamochi.tables.dates import DATE_RULE

VISITS = """bridge,day,grade,area,route
007,2010-04-01,1,0.5,r1
b,2011-05-01,2,0.9,r2
007,2015-04-01,2,0.6,r1
b,2016-05-01,1,0.9,r2
007,2020-04-01,2,0.7,r1
b,2017-05-01,,0.9,r2
b,2021-05-01,3,0.9,r2
c,2020-01-01,1,0.1,r2
"""


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    file = tmp_path / "visits.csv"
    file.write_text(VISITS, encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit", "hazards", *map(str, arguments)], catch_exceptions=False)


def test_every_inspection_is_paired_with_the_next_of_its_asset(visits: Path) -> None:
    pairs = inspection_pairs(visits, asset="bridge", date="day", rating="grade")
    assert pairs.select("bridge", "before", "after", "area").rows() == [
        ("007", 1, 2, 0.5),
        ("007", 2, 2, 0.6),
        ("b", 2, 1, 0.9),
        ("b", 1, 3, 0.9),
    ]
    assert pairs["years"].to_list() == pytest.approx([5.0, 5.0, 5.0, 5.0], abs=0.003)
    fit = fit_hazards(pairs, before="before", after="after", years="years", scale=(1, 3))
    assert (fit.n_pairs, fit.repairs) == (3, 1)


def test_dates_may_be_dates_text_or_years() -> None:
    days = [date(2010, 7, 1), date(2012, 7, 1)]
    for dates in (days, [f"{day}" for day in days], [2010.5, 2012.5], [2010, 2012], ["2010", "2012"]):
        table = pl.DataFrame({"a": "x", "d": dates, "r": [1, 2]})
        (years,) = inspection_pairs(table, asset="a", date="d", rating="r")["years"]
        assert years == pytest.approx(2.0, abs=0.002)


def test_names_of_assets_in_a_file_are_not_numbers(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("a,d,r\n1.1,2018,1\n1.10,2019,1\n1.1,2020,2\n1.10,2022,2\n", encoding="utf-8")
    pairs = inspection_pairs(file, asset="a", date="d", rating="r")
    assert pairs.select("a", "years").rows() == [("1.1", 2.0), ("1.10", 3.0)]


def test_wrong_dates_are_refused(visits: Path) -> None:
    visits.write_text(VISITS.replace("2015-04-01", "spring").replace("2016-05-01", "2011-05-01"), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(visits, asset="bridge", date="day", rating="grade")
    assert str(refused.value).splitlines() == [
        f"{visits}, row 3, column day: must be the only one with a rating of its bridge on this date; got 2011-05-01",
        f"{visits}, row 4, column day: {DATE_RULE}; got spring",
        f"{visits}, row 5, column day: must be the only one with a rating of its bridge on this date; got 2011-05-01",
    ]
    with pytest.raises(InvalidInput, match="column rating: must be among the columns; got bridge, day, grade"):
        inspection_pairs(visits, asset="bridge", date="day", rating="rating")


@pytest.mark.parametrize("written", ["{}", "{}-01-01", "{}年"])
def test_an_inspection_after_this_year_is_refused(tmp_path: Path, written: str) -> None:
    now = date.today().year
    dates = [written.format(year) for year in (now - 9, 2090, now + 1, now)]
    rows = zip("aabb", dates, (1, 2, 1, 2), strict=True)
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(["asset,day,rating", *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    rule = f"must not be after the current year {now}"
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value).splitlines() == [
        f"{file}, row {row}, column day: {rule}; got {day}" for row, day in ((3, dates[1]), (4, dates[2]))
    ]
    table = pl.read_csv(file).select(bridge_id="asset", year="day", health=5.0 - pl.col("rating"), year_built=1990)
    with pytest.raises(InvalidInput) as refused:
        fit_curves(table.with_columns(member=pl.lit("slab"), damage=pl.lit("crack")))
    assert [str(problem) for problem in refused.value.problems] == [
        f"inspections table, row {row}, column year: {rule}; got {day}" for row, day in ((2, dates[1]), (3, dates[2]))
    ]


def test_an_inspection_without_an_asset_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "merged.csv"
    file.write_text("a,d,r\nA,2018,1\n,2020,2\nB,2018,1\nB,2020,2\n,2022,\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="a", date="d", rating="r")
    assert str(refused.value) == f"{file}, row 3, column a: must not be empty; got an empty cell"


LETTERS = """bridge,year,deck,area,route
A,2015,1,0.5,r1
A,2017,2,0.5,
B,2015,1,big,r2
B,2017,N,0.5,r2
B,2019,2,,r2
B,2021,2,,r2
C,2015,1,,
C,2019,2,0.5,r2
"""


def test_a_letter_among_ratings_is_refused_by_file_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "deck.csv"
    file.write_text(LETTERS.replace(",big,", ",0.5,"), encoding="utf-8")
    columns = ("--asset", "bridge", "--date", "year", "--rating", "deck", "--out", tmp_path / "out")
    refused = run(file, *columns)
    assert refused.exit_code == 1
    assert " ".join(refused.stderr.split()) == f"Error: {file}, row 5, column deck: must be a whole number; got N"
    frame = pl.read_csv(file)
    with pytest.raises(InvalidInput) as error:
        inspection_pairs(frame, asset="bridge", date="year", rating="deck")
    assert str(error.value) == "inspections table, row 4, column deck: must be a whole number; got N"


def test_columns_that_the_fit_needs_are_checked_where_their_rows_are_known(tmp_path: Path) -> None:
    file = tmp_path / "deck.csv"
    file.write_text(LETTERS, encoding="utf-8")
    columns = ("--asset", "bridge", "--date", "year", "--rating", "deck", "--out", tmp_path / "out")
    refused = run(file, *columns, "--covariates", "1:area", "--group", "route", "--mixture")
    assert refused.stderr.replace("Error:", "").split("\n  ")[1:] == [
        f"{file}, row 4, column area: must be a number; got big",
        f"{file}, row 5, column deck: must be a whole number; got N",
        f"{file}, row 6, column area: must not be empty; got an empty cell",
        f"{file}, row 8, column area: must not be empty; got an empty cell",
        f"{file}, row 8, column route: must not be empty; got an empty cell\n",
    ]
    file.write_text(LETTERS.replace(",N,", ",31,").replace(",big,", ",0.5,"), encoding="utf-8")
    with pytest.raises(InvalidInput) as error:
        inspection_pairs(file, asset="bridge", date="year", rating="deck")
    assert str(error.value) == f"{file}, row 5, column deck: must be from 1 to 30 unless a scale is given; got 31"
    with pytest.raises(InvalidInput, match="row 5, column deck: must be from 0 to 9; got 31"):
        inspection_pairs(file, asset="bridge", date="year", rating="deck", scale=(9, 0))


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("from", "N", "must be a whole number; got N"),
        ("to", "2.5.1", "must be a whole number; got 2.5.1"),
        ("gap", "two", "must be a number; got two"),
        ("area", "-", "must be a number; got -"),
    ],
)
def test_a_word_among_the_numbers_of_pairs_is_refused_by_row(column: str, cell: str, rule: str, tmp_path: Path) -> None:
    pairs = pl.DataFrame(
        {"from": ["1", "1", "2"], "to": ["1", "2", "2"], "gap": ["2", "2", "2"], "area": ["1", "2", "3"]}
    )
    broken = pairs.with_columns(pl.Series(column, [*pairs[column][:2], cell]))
    typed = broken.select(
        c if c.name == column else c.cast(pl.Float64 if c.name == "area" else pl.Int64) for c in broken.get_columns()
    )
    broken.write_csv(tmp_path / "pairs.csv")
    named = {"before": "from", "after": "to", "years": "gap", "covariates": {1: ["area"]}}
    for table, where in ((tmp_path / "pairs.csv", f"{tmp_path / 'pairs.csv'}, row 4"), (typed, "pairs table, row 3")):
        with pytest.raises(InvalidInput) as error:
            fit_hazards(table, **named)
        assert str(error.value) == f"{where}, column {column}: {rule}"


def pairs_file(folder: Path) -> Path:
    rows = {"b": [1] * 20 + [2] * 20, "a": [1] * 12 + [2] * 8 + [2] * 15 + [3] * 5, "z": 2.0}
    pairs = pl.DataFrame(rows).with_columns(x=pl.int_range(40) % 7, g=pl.int_range(40) % 4)
    pairs.write_csv(folder / "pairs.csv")
    return folder / "pairs.csv"


def test_the_command_writes_what_the_fit_found(tmp_path: Path) -> None:
    file, out = pairs_file(tmp_path), tmp_path / "out"
    columns = ("--before", "b", "--after", "a", "--years", "z")
    printed = run(file, *columns, "--covariates", "1:x", "--group", "g", "--mixture", "--out", out, "--json")
    assert printed.exit_code == 0
    fit = fit_hazards(file, before="b", after="a", years="z", covariates={1: ["x"]}, group="g", frailty="gamma")
    model = json.loads((out / "model.json").read_text(encoding="utf-8"))
    assert json.loads(printed.stdout) == {"folder": str(out), **model}
    assert model["log_likelihood"] == fit.log_likelihood
    assert model["hazards"] == fit.hazards().tolist()
    assert pl.read_csv(out / "coefficients.csv")["coefficient"].to_list() == fit.values.tolist()
    assert len(pl.read_csv(out / "multipliers.csv")) == 4
    assert (out / "hazards_summary.txt").read_text(encoding="utf-8") == fit.summary() + "\n"


def test_the_command_takes_inspections_too(visits: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    printed = run(visits, "--asset", "bridge", "--date", "day", "--rating", "grade", "--out", out)
    assert printed.exit_code == 0
    assert "3 pairs" in printed.stdout
    assert "Note: improving pairs: 1 excluded, treated as repairs" in printed.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--before", "b"], "give --before, --after and --years, or --asset"),
        (["--before", "b", "--after", "a", "--years", "z", "--covariates", "x;1:x"], "must be like"),
        (["--before", "b", "--after", "a", "--years", "z", "--mixture"], "must be given together with frailty"),
        (["--before", "b", "--after", "a", "--years", "z", "--scale", "1-1"], "must be two whole numbers"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, tmp_path: Path) -> None:
    refused = run(pairs_file(tmp_path), *arguments, "--out", tmp_path / "out")
    assert refused.exit_code in (1, 2)
    assert words in " ".join(refused.stderr.replace("│", " ").split())


@pytest.mark.parametrize("mark", ["〃", "同上"])
def test_a_mark_for_the_cell_above_is_no_asset(tmp_path, mark):
    file = tmp_path / "visits.csv"
    file.write_text(f"asset,date,rating\na,2010,1\n{mark},2015,2\nb,2010,1\n{mark},2016,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="date", rating="rating")
    rule = "must be the value itself, not a mark that stands for that of another cell"
    assert str(refused.value.problems[0]) == f"{file}, row 3, column asset: {rule}; got {mark}"


@pytest.mark.parametrize("mark", ["-", "不明"])
def test_assets_without_a_name_are_not_one_asset(tmp_path, mark):
    file = tmp_path / "visits.csv"
    file.write_text(f"asset,date,rating\n{mark},2010,1\n{mark},2015,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="date", rating="rating")
    rule = "must name one, not be a mark for a value that is not known"
    assert str(refused.value.problems[0]) == f"{file}, row 2, column asset: {rule}; got {mark}"
