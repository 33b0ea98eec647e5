"""Values of options as people write them."""

from math import inf
from pathlib import Path

import pytest
import typer

from nagamochi.cli import parse


@pytest.mark.parametrize(
    ("text", "yen"),
    [
        ("30000000", 30e6),
        ("30,000,000", 30e6),
        ("3e7", 30e6),
        ("5000万円", 50e6),
        ("5,000 万円", 50e6),
        ("50百万円", 50e6),
        ("50,000千円", 50e6),
        ("2.5億円", 250e6),
        ("５０００万円", 50e6),
        ("５，０００　万円", 50e6),
        ("２．５億円", 250e6),
        ("５０，０００千円", 50e6),
        (" 50 百万円 ", 50e6),
        ("5千万円", 50e6),
        ("1億5000万円", 150e6),
        ("１億５，０００万円", 150e6),
        ("1.1億円", 110e6),
        ("30000000円", 30e6),
        ("250 Million yen", 250e6),
        ("250 million", 250e6),
        ("none", inf),
        ("inf", inf),
    ],
)
def test_budgets_as_people_write_them(text, yen):
    assert parse.budget("--budget", text) == yen


@pytest.mark.parametrize(
    "text",
    ["much", "1,00", "0,500", "5万", "", "50 dollars", "1,2,3", "百万円", "0,500万円", "1億15000万円", "5千百万円"],
)
def test_other_budgets_are_files_or_wrong(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if text:
        Path(text).write_text("year,budget\n1,5\n")
        assert parse.budget("--budget", text) == Path(text)
        Path(text).unlink()
        with pytest.raises(typer.BadParameter, match="must be yen per year, none, or a CSV file"):
            parse.budget("--budget", text)


@pytest.mark.parametrize("text", ["1e400", "1e305億円", "9" * 400, "-1e400"])
def test_a_budget_that_overflows_is_not_no_budget(text):
    with pytest.raises(typer.BadParameter, match="must be a finite amount of yen per year, or none; got"):
        parse.budget("--budget", text)


def test_numbers_that_overflow_are_not_infinite():
    assert parse.numbers("--bounds", "0.5,inf") == [0.5, inf]
    with pytest.raises(typer.BadParameter, match=r"must be numbers below 1\.8e308; got '1e6,1e400'"):
        parse.numbers("--budgets", "1e6,1e400")


def test_several_budgets():
    assert parse.budgets("--budgets", "5000万円, 1.1億円,50百万円") == [50e6, 110e6, 50e6]
    assert parse.budgets("--budgets", "5e6, 6000000") == [5e6, 6e6]
    for text in ("50,000千円", "5000万円,6000", "50,000", "5,000万円,1億円", "much", "5e6,", "1_0,5"):
        with pytest.raises(typer.BadParameter, match="must be amounts of yen with commas between and none within"):
            parse.budgets("--budgets", text)


def test_years_and_numbers():
    assert list(parse.years("--intervals", "4-6")) == [4, 5, 6]
    assert list(parse.years("--intervals", "5, 10")) == [5, 10]
    assert parse.numbers("--levels", "4,3.5") == [4, 3.5]
    assert parse.names(" a, b,,c ") == ("a", "b", "c")
    with pytest.raises(typer.BadParameter, match="must be numbers with commas between; got '4,3_5'"):
        parse.numbers("--levels", "4,3_5")
    for text in ("6-4", "4.5", "five", "1_0", "5,1_0", "4-1_1", ""):
        with pytest.raises(typer.BadParameter, match="must be whole years with commas between, or first-last"):
            parse.years("--intervals", text)


def test_minimum_health():
    assert parse.min_health("--min-health", []) is None
    assert parse.min_health("--min-health", ["2"]) == 2
    assert parse.min_health("--min-health", ["2@0.9"]) == (2, 0.9)
    assert parse.min_health("--min-health", ["a=b=2@0.9", "slab=3@1"]) == {"a=b": (2, 0.9), "slab": (3, 1)}
    assert parse.min_health("--min-health", ["床版=2.5", "deck slab=2"]) == {"床版": 2.5, "deck slab": 2}
    for texts in (["2", "deck=1"], ["deck=2", "deck=3"], ["deck=good"]):
        with pytest.raises(typer.BadParameter, match="must be one health for all members"):
            parse.min_health("--min-health", texts)
