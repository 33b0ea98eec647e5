"""The yearly budget, however it is given."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.network import read_budget, read_network, yearly_budget
from nagamochi.planning import PlanningProblem, solve
from small_town import write_town

TABLE = pl.DataFrame({"year": [2, 1, 3], "budget": [6, 5, 7]})


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (5, [5, 5]),
        (np.float32(2.5), [2.5, 2.5]),
        ([5, 6], [5, 6]),
        ((5, 6, 7), [5, 6]),
        (np.array([5, 6]), [5, 6]),
        (pl.Series([5.0, 6.0]), [5, 6]),
        (pd.Series([5.0, 6.0]), [5, 6]),
        (TABLE, [5, 6]),
        (TABLE.to_pandas(), [5, 6]),
        (TABLE.to_arrow(), [5, 6]),
    ],
)
def test_a_budget_is_a_number_or_numbers_or_a_table(budget, expected):
    yearly = yearly_budget(budget, horizon=2)
    assert yearly.tolist() == expected
    assert yearly.dtype == np.float64


def test_a_budget_comes_with_the_network_or_a_file(tmp_path):
    town = write_town(tmp_path / "town")
    assert yearly_budget(read_network(town).budget, horizon=3).tolist() == [5e6, 6e6, 7e6]
    assert yearly_budget(read_budget(town / "budget.csv"), horizon=3).tolist() == [5e6, 6e6, 7e6]


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (-1, "budget: must be a finite number, at least 0, at most 1e+18; got -1"),
        (float("nan"), "budget: must be a finite number, at least 0, at most 1e+18; got nan"),
        (True, "budget: must be a finite number, at least 0, at most 1e+18; got True"),
        ({"rich"}, "budget: must be a number, one number for each year, or a table; got {'rich'}"),
        (None, "budget: must be a number, one number for each year, or a table; got None"),
        ([[1, 2], [3]], "budget: must be a number, one number for each year, or a table; got [[1, 2], [3]]"),
        ([5, 6], "budget: must have a number for each of 3 years; got 2"),
        ([5, -6, np.nan],
         "budget[1]: must be from 0 to 1e+18; got -6\nbudget[2]: must be from 0 to 1e+18; got nan"),
        (TABLE.head(2), "budget: must have a number for each of 3 years; got 2"),
        (TABLE.with_columns(year=pl.Series([2, 1, 4])),
         "budget table, row 3, column year: must not leave out year 3; got 4"),
        (TABLE.with_columns(year=pl.Series([2, 1, 2])),
         "budget table, row 3, column year: must not repeat row 1; got 2"),
        (TABLE.select("year"), "budget table, column budget: must be among the columns; got year"),
    ],
)  # fmt: skip
def test_a_bad_budget_is_refused(budget, message):
    with pytest.raises(InvalidInput) as error:
        yearly_budget(budget, horizon=3)
    assert str(error.value) == message


def test_a_bad_budget_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "budget.csv").write_text("year,budget\n1,5\n1,-6\n")
    with pytest.raises(InvalidInput) as error:
        read_budget("budget.csv")
    assert str(error.value).split("\n") == [
        "budget.csv, row 3, column budget: must be from 0 to 1e+18; got -6",
        "budget.csv, row 3, column year: must not repeat row 2; got 1",
    ]


def test_a_file_that_ends_before_the_horizon_is_named(tmp_path):
    file = tmp_path / "budget.csv"
    file.write_text("year,budget\n1,5\n2,6\n")
    assert yearly_budget(file, horizon=2).tolist() == [5, 6]
    with pytest.raises(InvalidInput) as refused:
        yearly_budget(str(file), horizon=3)
    assert str(refused.value) == f"{file}: must have a number for each of 3 years; got 2"


@pytest.mark.parametrize(
    ("text", "yen"),
    [
        ("5000万円", 50e6),
        ("50百万円", 50e6),
        ('"50,000千円"', 50e6),
        ("２．５ 億円", 250e6),
        ("５０００　万円", 50e6),
        ("1億500万円", 105e6),
    ],
)
def test_budgets_of_files_may_have_units(tmp_path, text, yen):
    (tmp_path / "budget.csv").write_text(f"年度,予算\n1,{text}\n2,30000000\n", encoding="cp932")
    assert yearly_budget(tmp_path / "budget.csv", 2).tolist() == [yen, 30e6]
    rows = f"name,from_year,to_year,budget\nearly,1,1,{text}\n"
    town = write_town(tmp_path / "town")
    (town / "rows.csv").write_text(rows, encoding="utf-8")
    (town / "works.csv").write_text(f"bridge_id,year,cost\nB1,3,{text}\n", encoding="utf-8")
    network = read_network(town)
    assert (network.rows["budget"].to_list(), network.works["cost"].to_list()) == ([yen], [yen])


@pytest.mark.parametrize("text", ["much", "5000万", '"0,500万円"', "-5万円", "50 dollars", "百万円", "1e400円"])
def test_other_units_are_refused_by_row(tmp_path, text):
    (tmp_path / "budget.csv").write_text(f"year,budget\n1,5\n2,{text}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"budget.csv, row 3, column budget: must be .*; got " + text.strip('"')):
        yearly_budget(tmp_path / "budget.csv", 2)


@pytest.mark.parametrize("budget", [np.full(9, 3_000_000), [3_000_000] * 9, np.full(18, 3e6)[::2]])
def test_the_budget_of_a_problem_may_be_any_numbers(budget):
    problem = PlanningProblem(made_network(2), budget)
    assert solve(problem).yearly["budget"].to_list() == [3e6] * 9
    assert isinstance(budget, list) or budget.flags.writeable


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ([3e6, np.nan], "budget[1]: must be from 0 to 1e+18; got nan"),
        ([3e6, -1], "budget[1]: must be from 0 to 1e+18; got -1"),
        (3e6, "budget: must be one number for each year; got 3000000.0"),
        (np.full((9, 1), 3e6), "budget: must be one number for each year; got "),
        ([], "horizon: must be a whole number from 1 to 1000; got 0"),
    ],
)
def test_a_wrong_budget_of_a_problem_is_refused(budget, message):
    with pytest.raises(InvalidInput) as refused:
        PlanningProblem(made_network(2), budget)
    assert str(refused.value).startswith(message)
