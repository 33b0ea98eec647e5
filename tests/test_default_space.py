"""Where no plan space is asked for, all that plans has the space of practice."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from made_network import made_network
from nagamochi import planning
from nagamochi.cli.commands import app
from nagamochi.network import read_network
from nagamochi.planning import PlanSpace, Shortfall
from oracle.choices import plans_of
from oracle.shortfall import points_by_year

PRACTICE = PlanSpace.practice()
HORIZON = 20


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three bridges; the first was last inspected two years before year 1, so its inspection is due in year 3."""
    folder = tmp_path_factory.mktemp("networks") / "town"
    made_network(6).write(folder)
    bridges = pl.read_csv(folder / "bridges.csv").with_columns(last_inspection_year=pl.Series([2023, None, None]))
    bridges.write_csv(folder / "bridges.csv")
    (folder / "network.csv").write_text("start_year\n2026\n")
    return folder


def test_every_function_has_the_same_default() -> None:
    defaults = {
        name: space.default
        for name in planning.__all__
        if callable(function := getattr(planning, name))
        if (space := inspect.signature(function).parameters.get("space")) and space.default is not space.empty
    }
    assert defaults.keys() >= {"PlanningProblem", "evaluate_plan", "evaluate_plans", "plan_network", "write_plan_table"}
    assert all(space == PRACTICE for space in defaults.values())


@pytest.mark.parametrize("command", ["plan", "evaluate", "scenarios", "budget", "plans"])
def test_a_command_without_a_space_does_what_it_does_with_practice(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("nagamochi.report.scenarios.Scenarios.figures", lambda scenarios, language: iter(()))
    practice = tmp_path / "practice.csv"
    bridges = read_network(town).bridges.select("bridge_id", first_year=pl.Series([3, 2, 2]))
    bridges.with_columns(level=2.5, interval=5).write_csv(practice)
    arguments = {
        "plan": (town, "--budget", 9e6),
        "evaluate": (town, practice, "--budget", 9e6),
        "scenarios": (town, "--budget", 9e6),
        "budget": (town, "--budgets", "4e6,9e6"),
        "plans": (town,),
    }[command]
    result = {}
    for name, space in (("default", ()), ("practice", ("--space", "practice")), ("study", ("--space", "study"))):
        out = tmp_path / (f"{name}.csv" if command == "plans" else name)
        assert run(command, *arguments, *space, "--horizon", HORIZON, "--out", out).exit_code == 0
        files = [out] if out.is_file() else sorted(out.rglob("*.csv"))
        result[name] = [file.read_bytes() for file in files]
    assert result["default"] == result["practice"]
    assert result["default"] != result["study"]


def test_help_names_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    for command in ("plan", "evaluate", "scenarios", "budget", "plans"):
        lines = run(command, "--help").stdout.splitlines()
        [line] = [line for line in lines if line.strip("│ ").startswith("--space ")]
        assert "[default: (practice)]" in line


def test_the_plan_without_a_budget_is_the_best_of_every_bridge_by_a_walk(town: Path, tmp_path: Path) -> None:
    """The price of shortfall counts, and inspections are in the years in which they are due."""
    assert run("plan", town, "--horizon", HORIZON, "--out", tmp_path / "plan").exit_code == 0
    network, plan = read_network(town), planning.read_plan(tmp_path / "plan")
    walked = plans_of(network, "bridge", PRACTICE, HORIZON)
    offsets, spent, counted = network.arrays.curve_offsets, 0.0, 0.0
    for bridge in range(network.n_bridges):
        point = network.arrays.repair_cost[offsets[bridge] : offsets[bridge + 1], 4]
        costs = (walked.inspections + walked.repairs)[bridge].sum(axis=1)
        shortfall = [
            points_by_year(history, 2.0, HORIZON)[:, 1:].sum(axis=1) @ point for history in walked.health[bridge]
        ]
        allowed = [bridge > 0 or choice.first_year == 3 for choice in PRACTICE.plans]
        best = np.where(allowed, costs + shortfall, np.inf).min()
        chosen = plan.plan_of_unit[bridge]
        assert allowed[chosen]
        assert costs[chosen] + shortfall[chosen] == pytest.approx(best, rel=1e-9)
        spent, counted = spent + costs[chosen], counted + best
    assert plan.cost == pytest.approx(spent, rel=1e-9)
    assert plan.certificate.lower_bound == pytest.approx(counted, rel=1e-7)


def test_a_study_counts_no_shortfall_and_practice_does(town: Path, tmp_path: Path) -> None:
    problems = {}
    for space in ("study", "practice"):
        result = run("plan", town, "--budget", 9e6, "--space", space, "--out", tmp_path / space, "--json")
        problems[space] = json.loads(result.stdout)["problem"]
    assert problems["study"]["space"] == PlanSpace.study().record
    assert "shortfall" not in problems["study"]
    assert problems["practice"]["space"] == PRACTICE.record
    assert problems["practice"]["shortfall"] == {"price": 1.0, "below": Shortfall().below}


@pytest.mark.parametrize(
    ("options", "delays"),
    [
        (("--intervals", 2), [1, 2]),
        (("--intervals", "3-5"), [1, 2, 3]),
        (("--intervals", "3-5", "--delays", 2), [2]),
        (("--intervals", "7"), [1, 2, 3, 4, 5]),
    ],
)
def test_delays_that_are_not_asked_for_fit_into_the_intervals(
    town: Path, tmp_path: Path, options: tuple[object, ...], delays: list[int]
) -> None:
    result = run("plan", town, "--budget", 9e6, *options, "--out", tmp_path, "--json")
    assert json.loads(result.stdout)["problem"]["space"]["delays"] == delays


def test_delays_that_are_asked_for_must_fit_into_the_intervals(town: Path, tmp_path: Path) -> None:
    result = run("plan", town, "--budget", 9e6, "--intervals", 2, "--delays", "1-3", "--out", tmp_path)
    assert result.exit_code == 2
    printed = " ".join(result.stderr.replace("│", "").split())
    assert "'--delays': must not be longer than the shortest interval, 2 years; got 3" in printed


def test_scenarios_take_a_level_for_each_member_and_carry_over(town: Path, tmp_path: Path) -> None:
    options = (
        "--budget",
        9e6,
        "--level-per",
        "member",
        "--carry-over",
        "--horizon",
        HORIZON,
        "--budget-changes",
        "0.2",
    )
    assert run("scenarios", town, *options, "--out", tmp_path).exit_code == 0
    for name in ("plan", "budget_+20"):
        problem = planning.read_plan(tmp_path / name).problem
        assert (problem.level_per, problem.carry_over) == ("member", True)
