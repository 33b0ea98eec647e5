"""Decided works, closed years, removals and former plans on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.planning import read_plan
from small_town import write_town


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Two bridges with a budget of three years."""
    return write_town(tmp_path / "town")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def plan(town: Path, out: Path, *others: object) -> Result:
    return run("plan", town, "--out", out, "--budget", "1e9", "--horizon", 30, *others)


def test_a_plan_lists_what_is_decided(town: Path, tmp_path: Path) -> None:
    (town / "works.csv").write_text("bridge_id,year,cost\nB1,3,5000000\n", encoding="utf-8")
    (town / "retire.csv").write_text("bridge_id,year,cost\nB2,10,7000000\n", encoding="utf-8")
    result = plan(town, tmp_path / "plan")
    assert result.exit_code == 0
    assert "12,000,000 yen (12.0 million) of works and removals" in " ".join(result.stdout.split())
    works = pl.read_csv(tmp_path / "plan" / "work_programme.csv").filter(pl.col("kind") != "repair")
    assert works.select("year", "bridge_id", "cost", "kind").rows() == [
        (3, "B1", 5e6, "decided work"),
        (10, "B2", 7e6, "removal"),
    ]
    assert pl.read_csv(tmp_path / "plan" / "yearly.csv")["decided"].sum() == 12e6
    assert run("verify", tmp_path / "plan").exit_code == 0
    for suffix in ("html", "xlsx"):
        assert run("report", tmp_path / "plan", "--out", tmp_path / f"report.{suffix}").exit_code == 0
    assert run("plans", town, "--out", tmp_path / "plans.csv", "--horizon", 30).exit_code == 0


def test_repairs_in_closed_years_name_their_bridge(town: Path, tmp_path: Path) -> None:
    (town / "closed.csv").write_text("bridge_id,from,to\nB1,1,30\n", encoding="utf-8")
    result = plan(town, tmp_path / "plan", "--space", "study")
    assert result.exit_code == 0
    assert result.stdout.startswith("NOT FEASIBLE: 2 repairs in closed years, of B1; ")
    assert "no plan keeps every budget, closed year and minimum health, proven by" in " ".join(result.stdout.split())
    assert read_plan(tmp_path / "plan").in_closed_years.rows() == [("B1", 2)]
    assert run("verify", tmp_path / "plan").exit_code == 0


def test_a_contradiction_names_both_files(town: Path, tmp_path: Path) -> None:
    (town / "works.csv").write_text("bridge_id,year,cost\nB1,12,5000000\n", encoding="utf-8")
    (town / "retire.csv").write_text("bridge_id,year,cost\nB1,10,7000000\n", encoding="utf-8")
    result = plan(town, tmp_path / "plan")
    assert result.exit_code != 0
    words = " ".join(result.stderr.split())
    assert f"{town}/works.csv, row 2, column year: must be before year 10, in which" in words
    assert f"{town}/retire.csv, row 2, removes the bridge; got 12" in words
    assert not (tmp_path / "plan").exists()


def test_a_plan_stays_close_to_a_former_one(town: Path, tmp_path: Path) -> None:
    assert plan(town, tmp_path / "former").exit_code == 0
    close = plan(town, tmp_path / "close", "--stay-close-to", tmp_path / "former", "--change-cost", "1e6")
    assert close.exit_code == 0
    printed = " ".join(close.stdout.split())
    assert "0 of 2 former plans, counted as 1,000,000 yen (1.0 million) each in bound and gap" in printed
    assert json.loads((tmp_path / "close" / "summary.json").read_text())["changed_units"] == 0
    assert run("verify", tmp_path / "close").exit_code == 0
    alone = plan(town, tmp_path / "other", "--stay-close-to", tmp_path / "former")
    assert alone.exit_code == 2
    assert "must be given together" in " ".join(alone.stderr.replace("│", " ").split())
