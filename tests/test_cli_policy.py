"""`nagamochi policy` as its user meets it."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli import app
from oracle.policy import transition

PAPERS = (
    "policy --mean-years 1.20,3.40,1.63,1.91,2.57,3.23 --repair-cost 744000 --inspection-cost 2000 "
    "--additional-cost 2000 --discount-rate 0.04"
)
LIMITS = "--risk-limits 0.01,0.05,0.1,0.2,0.3,0.4,0.5,0.6"


def run(arguments: str) -> Result:
    return CliRunner().invoke(app, arguments.split(), env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_table_2_of_the_paper_for_programs() -> None:
    result = run(f"{PAPERS} {LIMITS} --json")
    rows = json.loads(result.stdout)
    assert [(row["kind"], row["interval"], row["repair_at"], row["watch_from"]) for row in rows] == [
        ("additional", 1, 6, 5),
        ("additional", 1, 7, 6),
        ("additional", 4, 7, 5),
        ("basic", 3, 7, None),
        ("basic", 4, 7, None),
        ("basic", 6, 7, None),
        ("basic", 9, 7, None),
        ("basic", 10, 7, None),
    ]
    assert list(rows[0]) == [
        "risk_limit", "kind", "interval", "repair_at", "watch_from", "repair_on_watch_at",
        "risk", "risk_any", "time_in_worst", "lcc",
    ]  # fmt: skip
    assert [row["repair_on_watch_at"] for row in rows[2:4]] == [7, None]
    assert rows[0]["lcc"] == pytest.approx(1_756_574.69478, rel=1e-9)


def test_people_see_the_cheaper_row_too_with_all_three_risks() -> None:
    result = run(f"{PAPERS} --risk-limits 0.01,0.05")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "The cheapest policy within each risk limit"
    papers, cheaper = (line.split() for line in result.stdout.splitlines() if line.strip().startswith("0.01"))
    assert papers == ["0.01", "additional", "1", "6", "5", "7", "0.00943", "0.0102", "0.00273", "1,756,575"]
    assert cheaper == ["0.01", "additional", "1", "7", "5", "6", "0.00403", "0.0106", "0.00299", "1,721,915"]
    assert "mind all three risks" in result.stdout


def test_free_repair_on_watch_and_another_spacing() -> None:
    free = json.loads(run(f"{PAPERS} --risk-limits 0.01 --repair-on-watch-at free --json").stdout)[0]
    assert (free["interval"], free["repair_at"], free["watch_from"], free["repair_on_watch_at"]) == (1, 7, 5, 6)
    wide = json.loads(run(f"{PAPERS} --risk-limits 0.1 --additional-spacing 2 --intervals 3,4 --json").stdout)[0]
    assert wide["interval"] in (3, 4)
    assert wide["risk"] <= 0.1


def test_a_matrix_in_a_file_and_tables_in_a_folder(tmp_path: Path) -> None:
    yearly = np.array(transition([0.5, 0.3, 0.4], 1).tolist(), float)
    np.savetxt(tmp_path / "matrix.csv", yearly, delimiter=",", fmt="%.17g")
    out = tmp_path / "out"
    costs = "--repair-cost 10,10,12,20 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2"
    result = run(f"policy --matrix {tmp_path / 'matrix.csv'} {costs} --out {out} --json")
    row = json.loads(result.stdout)[0]
    assert row["time_in_worst"] is None
    assert result.stderr.startswith("Note: interval 1: no policy with additional inspections")
    assert pl.read_csv(out / "best.csv")["lcc"].item() == row["lcc"]
    frontier = pl.read_csv(out / "frontier.csv")
    assert frontier.filter(pl.col("risk") <= 0.2)["lcc"].min() == row["lcc"]


def test_no_policy_within_the_limit() -> None:
    result = run(f"{PAPERS} --risk-limits 1e-9")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "the least risk of these policies" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (f"{PAPERS} --risk-limits 0.1 --hazards 1,2", "exactly one of them must be given"),
        (f"{PAPERS} --risk-limits a", "must be numbers with commas between; got 'a'"),
        (f"{PAPERS} --risk-limits 0.1 --intervals 1..3", "must be whole years with commas between, or first-last"),
        (f"{PAPERS} --risk-limits 0.1 --repair-on-watch-at x", "must be a rating or free; got 'x'"),
        (f"{PAPERS} --risk-limits 0.1 --additional-spacing 0", "must be a finite number, at least"),
        (f"{PAPERS.replace('1.20', '0')} --risk-limits 0.1", "must be above 0; got 0"),
    ],
)
def test_wrong_usage(arguments: str, said: str) -> None:
    result = run(arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_a_file_that_is_no_matrix(tmp_path: Path) -> None:
    file = tmp_path / "matrix.csv"
    file.write_text("0.5,0.5\n0,x\n", encoding="utf-8")
    costs = "--repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2"
    result = run(f"policy --matrix {file} {costs}")
    assert result.exit_code == 1
    assert "row 2: must be numbers with commas between; got '0,x'" in result.stderr


def test_hazards_of_a_fit(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text('{"ratings": 4, "hazards": [0.5, 0.3, 0.4]}', encoding="utf-8")
    costs = "--repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2 --json"
    assert run(f"policy --model {file} {costs}").stdout == run(f"policy --hazards 0.5,0.3,0.4 {costs}").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be model.json of nagamochi fit hazards, with its hazards"),
        ("[]", "must be model.json of nagamochi fit hazards, with its hazards"),
        ('{"hazards": [0.5, null]}', "hazards must be numbers, of every rating but the worst; got [0.5, None]"),
    ],
)
def test_a_file_that_is_no_fit(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "model.json"
    file.write_text(text, encoding="utf-8")
    result = run(f"policy --model {file} --repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2")
    assert result.exit_code == 1
    assert f"{file}: {said}" in result.stderr


def test_help_shows_an_example_that_runs() -> None:
    printed = " ".join(run("policy --help").stdout.split())
    example = printed.partition("Example: nagamochi ")[2]
    assert example.startswith("policy ")
    assert run(example).exit_code == 0
