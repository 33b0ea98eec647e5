"""`nagamochi policy` as its user meets it."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.deterioration import HazardModel, Scale
from nagamochi.deterioration.hazards.terms import HazardTerms
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
    printed = json.loads(result.stdout)
    assert list(printed) == ["notices", "inputs", "results"]
    assert printed["notices"] == []
    assert printed["inputs"]["repair_cost"] == 744_000
    assert printed["inputs"]["hazards"][0] == 1 / 1.2
    assert printed["inputs"]["intervals"] == list(range(1, 11))
    rows = printed["results"]
    assert all(row["feasible"] for row in rows)
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
        "risk_limit", "feasible", "kind", "interval", "repair_at", "watch_from", "repair_on_watch_at",
        "risk", "risk_any", "time_in_worst", "lcc",
    ]  # fmt: skip
    assert [row["repair_on_watch_at"] for row in rows[2:4]] == [7, None]
    assert rows[0]["lcc"] == pytest.approx(1_756_574.69478, rel=1e-9)


def test_people_see_the_cheaper_row_too_with_all_three_risks() -> None:
    result = run(f"{PAPERS} --risk-limits 0.01,0.05")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("The cheapest policy within each risk limit")
    papers, cheaper = (line.split() for line in result.stdout.splitlines() if line.strip().startswith("0.01"))
    assert papers == ["0.01", "additional", "1", "6", "5", "7", "0.00943", "0.0102", "0.00273", "1,756,575"]
    assert cheaper == ["0.01", "additional", "1", "7", "5", "6", "0.00403", "0.0106", "0.00299", "1,721,915"]
    assert "compare all three risks" in result.stdout


def test_free_repair_on_watch_and_another_spacing() -> None:
    free = json.loads(run(f"{PAPERS} --risk-limits 0.01 --repair-on-watch-at free --json").stdout)["results"][0]
    assert (free["interval"], free["repair_at"], free["watch_from"], free["repair_on_watch_at"]) == (1, 7, 5, 6)
    wide = json.loads(run(f"{PAPERS} --risk-limits 0.1 --additional-spacing 2 --intervals 3,4 --json").stdout)[
        "results"
    ][0]
    assert wide["interval"] in (3, 4)
    assert wide["risk"] <= 0.1


def test_a_matrix_in_a_file_and_tables_in_a_folder(tmp_path: Path) -> None:
    yearly = np.array(transition([0.5, 0.3, 0.4], 1).tolist(), float)
    np.savetxt(tmp_path / "matrix.csv", yearly, delimiter=",", fmt="%.17g")
    out = tmp_path / "out"
    costs = "--repair-cost 10,10,12,20 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2"
    result = run(f"policy --matrix {tmp_path / 'matrix.csv'} {costs} --out {out} --json")
    printed = json.loads(result.stdout)
    row = printed["results"][0]
    assert row["time_in_worst"] is None
    assert printed["notices"][0].startswith("interval 1: no policy with additional inspections")
    assert result.stderr == f"Note: {printed['notices'][0]}\n"
    assert printed["inputs"]["matrices"] == yearly.tolist()
    assert pl.read_csv(out / "best.csv")["lcc"].item() == row["lcc"]
    frontier = pl.read_csv(out / "frontier.csv")
    assert frontier.filter(pl.col("risk") <= 0.2)["lcc"].min() == row["lcc"]


def test_a_limit_that_no_policy_keeps_is_answered_in_words(tmp_path: Path) -> None:
    result = run(f"{PAPERS} --risk-limits 0.3,1e-9 --out {tmp_path}")
    assert (result.exit_code, result.stderr) == (0, "")
    row = next(line.split() for line in result.stdout.splitlines() if line.strip().startswith("1e-09"))
    assert row == ["1e-09", "basic", "1", "2", "-", "-", "8.66e-06", "8.66e-06", "1.3e-06", "10,779,212"]
    said = "No policy keeps the risk to 1e-09. The least possible is 8.66e-06, for 10,779,212 yen; its policy is shown."
    assert said in result.stdout
    assert "No policy keeps the risk to 0.3" not in result.stdout
    assert pl.read_csv(tmp_path / "best.csv")["feasible"].to_list() == [True, False]
    nearest = json.loads(run(f"{PAPERS} --risk-limits 1e-9 --json").stdout)["results"][0]
    assert (nearest["feasible"], nearest["repair_at"]) == (False, 2)
    assert nearest["risk"] == pl.read_csv(tmp_path / "frontier.csv")["risk"].min()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (f"{PAPERS} --risk-limits 0.1 --hazards 1,2", "exactly one of them must be given"),
        (f"{PAPERS} --risk-limits a", "'--risk-limits': must be numbers with commas between; got 'a'"),
        (f"{PAPERS} --risk-limits 0.1,1", "'--risk-limits': must be above 0 and below 1; got 1.0"),
        (f"{PAPERS} --risk-limits nan", "'--risk-limits': must be a finite number; got nan"),
        (f"{PAPERS} --risk-limits 0.1 --intervals 3-1", "must be whole years with commas between, or first-last"),
        (f"{PAPERS} --risk-limits 0.1 --intervals 1-99999999999", "'--intervals': must be 1 to 100 whole numbers"),
        (f"{PAPERS} --risk-limits 0.1 --half-steps", "'--half-steps': must not be given without matrices; got True"),
        (f"{PAPERS} --risk-limits 0.1 --repair-on-watch-at 8", "must be a whole number from 3 to 7; got 8"),
        (
            f"{PAPERS.replace('1.20', 'inf')} --risk-limits 0.1",
            "'--mean-years': must be finite numbers above 0; got inf",
        ),
        (f"{PAPERS} --risk-limits 0.1 --intervals 1..3", "must be whole years with commas between, or first-last"),
        (f"{PAPERS} --risk-limits 0.1 --repair-on-watch-at x", "must be a rating or free; got 'x'"),
        (f"{PAPERS} --risk-limits 0.1 --additional-spacing 0", "must be a finite number, at least"),
        (f"{PAPERS.replace('1.20', '0')} --risk-limits 0.1", "'--mean-years': must be finite numbers above 0; got 0"),
    ],
)
def test_wrong_usage(arguments: str, said: str) -> None:
    result = run(arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


OF_A_FILE = "--repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.5"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"0.5,0.5\n0,x\n", ", row 2, column 2: must be a number; got 'x'"),
        (b"good,bad\n0.5,0.5\n0,1\n", ", row 1, column 1: must be a number, as there is no header; got 'good'"),
        ("健全,損傷\n0.5,0.5\n0,1\n".encode("cp932"), ", row 1, column 1: must be a number, as there is no header"),
        (b"0.5,0.5\n0,\xff\n", ", row 2: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF"),
        (b"0.5,0.5\n1\n", ", row 2: must have 2 cells, like row 1; got 1"),
        (b"0.5,0.3,0.2\n0,0.5,0.5\n", ": must be square, of 2 to 30 ratings; got (2, 3)"),
        (b"", ": must be numbers of shape (J, J) or (n, J, J); got (0,)"),
        (b"0.5,0.4\n0,1\n", ", row 1: must sum to 1 within 1e-09; got 0.9"),
        (
            b"0.5,0.3,0.2\n0.1,0.6,0.3\n0,0,1\n",
            ", row 2, column 1: must be 0, because ratings do not improve without repair",
        ),
        (b"0.5,0.5\n0.1,0.9\n", ", row 2, column 1: must be 0, because ratings do not improve"),
        (b"0.5,nan\n0,1\n", ", row 1, column 2: must be a finite number, at least 0; got nan"),
        (b"1.5,-0.5\n0,1\n", ", row 1, column 2: must be a finite number, at least 0; got -0.5"),
        (b"1,0\n0,1\n", ", row 1: must have a probability of staying below 1"),
    ],
)
def test_a_file_that_is_no_matrix(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "matrix.csv"
    file.write_bytes(content)
    result = run(f"policy --matrix {file} {OF_A_FILE}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {file}{said}")
    assert result.stderr.count("\n") == 1


def test_a_matrix_without_a_root(tmp_path: Path) -> None:
    (tmp_path / "matrix.csv").write_text("0.25,0.75,0\n0,0.25,0.75\n0,0,1\n", encoding="utf-8")
    result = run(f"policy --matrix {tmp_path / 'matrix.csv'} --half-steps {OF_A_FILE}")
    assert result.exit_code == 2
    assert "'--half-steps': must be False, because the matrix has a square root with -0.25" in " ".join(
        result.stderr.split()
    )


def test_a_matrix_as_a_spreadsheet_saves_it(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text("0.5,0.5\n0,1\n", encoding="utf-8")
    (tmp_path / "excel.csv").write_text('0.5,"0.5"\r\n0,1\r\n,\r\n', encoding="utf-8-sig")
    limit = "--repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.9 --json"
    plain, excel = (run(f"policy --matrix {tmp_path / name} {limit}") for name in ("plain.csv", "excel.csv"))
    assert json.loads(plain.stdout)["results"] == json.loads(excel.stdout)["results"]


def test_nothing_is_written_unless_all_can_be(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("a file", encoding="utf-8")
    result = run(f"{PAPERS} --risk-limits 0.3 --out {out}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: {out}: must be a folder; got a file" in result.stderr


def test_a_spacing_beyond_all_intervals_is_no_silence() -> None:
    result = run(f"{PAPERS} --risk-limits 0.3 --additional-spacing 10")
    assert result.exit_code == 0
    assert result.stderr == "Note: no policy with additional inspections, because no interval is above 10 years\n"


def saved_model(file: Path, hazards: list[float]) -> None:
    """Save a model of a fit with these hazards."""
    terms = HazardTerms(Scale(1, len(hazards) + 1), ((),) * len(hazards))
    with np.errstate(divide="ignore"):
        values = np.log(hazards)
    HazardModel(
        names=("constant",) * len(hazards),
        values=values,
        covariance=np.eye(len(hazards)),
        log_likelihood=-1.0,
        converged=True,
        notices=(),
        terms=terms,
        mean_covariates={},
    ).save(file)


def test_hazards_of_a_fit(tmp_path: Path) -> None:
    file = tmp_path / "舗装.json"
    saved_model(file, [0.5, 0.3, 0.4])
    costs = "--repair-cost 10 --inspection-cost 1 --discount-rate 0.04 --risk-limits 0.2 --json"
    by_file = run(f"policy --model {file} {costs}").stdout
    assert "舗装.json" in by_file
    by_hazards = json.loads(run(f"policy --hazards 0.5,0.3,0.4 {costs}").stdout)
    [found], [given] = json.loads(by_file)["results"], by_hazards["results"]
    assert found["lcc"] == pytest.approx(given["lcc"], rel=1e-12)
    assert by_hazards["inputs"]["file"] is None


NO_FIT = ": must be model.json of nagamochi fit hazards, without types of damage; got something else"


@pytest.mark.parametrize("text", ["{", "[]", '{"hazards": [0.5, 0.3]}', '{"model": "competing hazards"}'])
def test_a_file_that_is_no_fit(tmp_path: Path, text: str) -> None:
    file = tmp_path / "model.json"
    file.write_text(text, encoding="utf-8")
    result = run(f"policy --model {file} {OF_A_FILE}")
    assert result.exit_code == 1
    assert f"Error: {file}{NO_FIT}" in result.stderr


@pytest.mark.parametrize(
    ("hazards", "said"),
    [
        ([0.5, np.nan], ": hazards must be known, of every rating but the worst; got [0.5, nan]"),
        ([0.5, 0.0], ", hazards[1]: must be a finite number above 0, 1e-300 at least; got 0.0"),
    ],
)
def test_a_fit_without_all_hazards(tmp_path: Path, hazards: list[float], said: str) -> None:
    file = tmp_path / "model.json"
    saved_model(file, hazards)
    result = run(f"policy --model {file} {OF_A_FILE}")
    assert result.exit_code == 1
    assert f"Error: {file}{said}" in result.stderr


def test_help_shows_an_example_that_runs() -> None:
    printed = " ".join(run("policy --help").stdout.split())
    example = printed.partition("Example: nagamochi ")[2]
    assert example.startswith("policy ")
    assert run(example).exit_code == 0
