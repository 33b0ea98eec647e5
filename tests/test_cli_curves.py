"""`nagamochi fit curves`: the same curves as in Python, one clear error for wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner, Result

from made_inspections import WRONG, noisy
from nagamochi.cli.commands import app
from nagamochi.deterioration import fit_curves


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit", "curves", *map(str, arguments)], catch_exceptions=False)


def test_the_command_line_fits_the_same_curves(tmp_path: Path) -> None:
    file, out = tmp_path / "rounds.csv", tmp_path / "out"
    noisy(7).write_csv(file)
    options = ("--correct", "least-squares", "--shape", "fit", "--by", "member", "--now", 2030, "--json")
    more = ("--tolerance", 0.4, "--bounds", "0.9,1.1", "--prior-weight", 0.5)
    done = run(file, "--out", out, *options, *more)
    corrected = {"tolerance": 0.4, "bounds": (0.9, 1.1), "prior_weight": 0.5}
    fit = fit_curves(file, by=["member"], correct="least squares", shape="fit", now=2030, **corrected)
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert [base["service_life"] for base in told["base"]] == fit.base["service_life"].to_list()
    assert sum(told["basis"].values()) == told["curves"] == len(fit.curves)
    assert told["at_bounds"]
    assert {(row["bridge_id"], row["member"], row["basis"]) for row in told["at_bounds"]} == set(
        fit.curves.filter(pl.col("basis").is_in(["lower bound", "upper bound"]))
        .select("bridge_id", "member", "basis")
        .rows()
    )
    assert {name: told[name] for name in corrected} == corrected | {"bounds": [0.9, 1.1]}
    assert "Note: " in done.stderr
    assert pl.read_csv(out / "curves.csv")["service_life"].to_list() == fit.curves["service_life"].to_list()
    assert run(file, "--out", out).stdout == f"{fit_curves(file).summary()}\n"
    assert (out / "curves_summary.txt").read_text(encoding="utf-8") == f"{fit_curves(file).summary()}\n"


def test_the_command_line_refuses_wrong_input(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text(WRONG, encoding="utf-8")
    assert run(file, "--out", tmp_path / "out").exit_code == 1
    for option in (
        ("--shape", "round"),
        ("--shape", 99),
        ("--correct", "first"),
        ("--by", ""),
        ("--tolerance", -1),
        ("--bounds", 2),
        ("--bounds", "a,b"),
        ("--bounds", "2,3"),
        ("--prior-weight", -1),
    ):
        refused = run(file, "--out", tmp_path / "out", *option)
        assert refused.exit_code == 2
        assert f"Invalid value for '{option[0]}'" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_help_names_the_column_of_dates_as_files_must(tmp_path: Path) -> None:
    assert "year (a year or a date)" in " ".join(run("--help").stdout.split())
    rounds = pl.read_csv(noisy(7).write_csv().encode()).with_columns(pl.col("year").floor().cast(pl.Int64))
    dated = rounds.with_columns(pl.format("{}-01-01", "year").alias("year"))
    for name, table in {"years.csv": rounds, "dates.csv": dated, "date.csv": dated.rename({"year": "date"})}.items():
        table.write_csv(tmp_path / name)
    years, dates, other = (
        run(tmp_path / f"{name}.csv", "--out", tmp_path / name) for name in ("years", "dates", "date")
    )
    assert years.exit_code == dates.exit_code == 0
    assert (tmp_path / "years" / "curves.csv").read_bytes() == (tmp_path / "dates" / "curves.csv").read_bytes()
    assert other.exit_code == 1
    assert "column year: must be among the columns" in other.stderr
