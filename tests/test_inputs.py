"""No command writes over what it has read, under whatever name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from nagamochi.base.files import replace_whole
from nagamochi.base.inputs import keeping_inputs, note_input
from nagamochi.cli.commands import app
from small_town import write_town
from tiny_photos import picture

PRACTICE = "bridge_id,level,first_year,interval\nB1,2,1,5\nB2,2,1,5\n"
VISITS = "bridge,day,grade\n" + "".join(
    f"b{i},{year},{1 + (year > 2010 + i % 9)}\n" for i in range(9) for year in (2010, 2015)
)
ROUNDS = "bridge_id,member,damage,year,health,year_built\n" + "".join(
    f"b{i},slab,crack,{year},{5 - (year - 1980) / 20},1980\n" for i in range(4) for year in (2000, 2010 + i)
)
LIST = "id,橋梁名,架設年度,橋長,幅員,緯度,経度\n1,a,1980,20,6,35,139\n2,b,1970,30,6,35,139\n"
MATRIX = "0.9,0.1,0\n0,0.9,0.1\n0,0,1\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def assert_refused(within: Path, file: Path, *arguments: object) -> None:
    before = contents(within)
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    reason = "is an input of this command: write to another file or folder"
    assert result.stderr.splitlines()[-1] == f"Error: {file}: {reason}"
    assert contents(within) == before


@pytest.mark.parametrize("name", ["bridges", "curves", "costs", "items", "curve_tables", "budget", "rows", "works"])
def test_the_table_of_plans_replaces_no_file_of_its_network(tmp_path: Path, name: str) -> None:
    town = write_town(tmp_path / "town")
    file = town / f"{name}.csv"
    assert_refused(tmp_path, file, "plans", town, "--out", file)


@pytest.mark.parametrize("make", [os.symlink, os.link])
def test_another_name_is_no_other_file(tmp_path: Path, make: object) -> None:
    town = write_town(tmp_path / "town")
    other = tmp_path / "plans.csv"
    make(town / "curves.csv", other)
    assert_refused(tmp_path, other, "plans", town, "--out", other)
    above = tmp_path / "town" / ".." / "town" / "costs.csv"
    assert_refused(tmp_path, above, "plans", town, "--out", above)
    (tmp_path / "city").symlink_to(town)
    assert_refused(tmp_path, town / "bridges.csv", "plans", tmp_path / "city", "--out", town / "bridges.csv")


def test_what_a_command_has_not_read_may_be_replaced(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town")
    for _ in range(2):
        assert run("plans", town, "--out", town / "plans.csv").exit_code == 0
    before = contents(town)
    assert run("plan", town, "--budget", 5e6, "--out", town).exit_code == 0
    assert before.items() <= contents(town).items()
    assert run("report", town, "--out", town / "report.html").exit_code == 0


@pytest.mark.parametrize("command", ["plan", "evaluate", "scenarios"])
def test_a_plan_replaces_no_input(tmp_path: Path, command: str) -> None:
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    out.mkdir()
    budget = out / "yearly.csv"
    budget.write_text("year,budget\n" + "".join(f"{year},9e6\n" for year in range(1, 51)), encoding="utf-8")
    practice = tmp_path / "practice.csv"
    practice.write_text(PRACTICE, encoding="utf-8")
    given = {"plan": [], "evaluate": [practice], "scenarios": ["--practice", practice, "--budget-changes", "-0.2"]}
    file = out / {"plan": "yearly.csv", "evaluate": "yearly.csv", "scenarios": "yearly.csv"}[command]
    if command == "scenarios":  # its plans have folders of their own
        (out / "plan").mkdir()
        budget = budget.rename(out / "plan" / "yearly.csv")
        file = budget
    assert_refused(tmp_path, file, command, town, *given[command], "--budget", budget, "--out", out)


def test_a_plan_replaces_no_former_plan_and_not_the_network_that_it_is_made_from(tmp_path: Path) -> None:
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert run("plan", town, "--budget", 5e6, "--out", out).exit_code == 0
    close = ["--stay-close-to", out, "--change-cost", 1e6]
    assert_refused(tmp_path, out / "plan.csv", "plan", town, "--budget", 5e6, *close, "--out", out)
    network = out / "network"
    assert_refused(tmp_path, network / "bridges.csv", "plan", network, "--budget", 5e6, "--out", out)
    edited = out / "plan.csv"
    assert_refused(tmp_path, edited, "evaluate", town, edited, "--budget", 5e6, "--out", out)
    memo = out / "plan.csv"
    memo.unlink()
    search = ["--solver", "genetic", "--generations", "2", "--memo", memo]
    result = run("plan", town, "--budget", 5e6, *search, "--out", out)
    assert (result.exit_code, "plan.csv: is an input of this command" in result.stderr) == (1, True)


def test_a_budget_curve_replaces_no_network(tmp_path: Path) -> None:
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    out.mkdir()
    (out / "need.csv").symlink_to(town / "bridges.csv")
    assert_refused(tmp_path, out / "need.csv", "budget", town, "--budgets", 5e6, "--out", out)


@pytest.mark.parametrize("name", ["bridges.csv", "curves.csv", "service_lives.csv"])
def test_an_import_replaces_no_list(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LIST, encoding="utf-8")
    assert_refused(tmp_path, tmp_path / name, "import", "mlit", tmp_path / name, "--out", tmp_path)


def test_a_fit_replaces_no_inspections(tmp_path: Path) -> None:
    visits, rounds = tmp_path / "coefficients.csv", tmp_path / "curves.csv"
    visits.write_text(VISITS, encoding="utf-8")
    rounds.write_text(ROUNDS, encoding="utf-8")
    columns = ["--asset", "bridge", "--date", "day", "--rating", "grade"]
    assert_refused(tmp_path, visits, "fit", "hazards", visits, *columns, "--out", tmp_path)
    assert_refused(tmp_path, rounds, "fit", "curves", rounds, "--out", tmp_path)


def test_policies_replace_no_matrix(tmp_path: Path) -> None:
    matrix = tmp_path / "best.csv"
    matrix.write_text(MATRIX, encoding="utf-8")
    costs = ["--repair-cost", 100, "--inspection-cost", 10, "--discount-rate", 0.04, "--risk-limits", 0.5]
    assert_refused(tmp_path, matrix, "policy", "--matrix", matrix, *costs, "--out", tmp_path)


@pytest.mark.skipif(not hasattr(np, "bitwise_count"), reason="photos need NumPy 2")
def test_photos_are_no_outputs(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.png").write_bytes(picture(seed))
    photo, manifest, store = tmp_path / "0.png", tmp_path / "photos.csv", tmp_path / "store"
    manifest.write_text("photo\n0.png\n1.png\n2.png\n", encoding="utf-8")
    for out in (photo, manifest):
        assert_refused(tmp_path, out, "photos", "check", manifest, "--out", out)
    assert run("photos", "index", manifest, "--model", "colour-histogram", "--store", store).exit_code == 0
    assert_refused(tmp_path, photo, "photos", "search", photo, "--store", store, "--html", photo)


def test_outside_a_command_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    with keeping_inputs():
        note_input(file)
    note_input(file)
    replace_whole(file, b"new")
    assert file.read_bytes() == b"new"
