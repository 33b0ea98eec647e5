"""Plans whose repairs wait for some years, or are never made: files, tables and the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.planning import (
    NEVER,
    NetworkPlan,
    PlanningProblem,
    PlanSpace,
    evaluate_plan,
    plan_network,
    read_plan,
    solve,
    stay_close,
    verify,
)
from nagamochi.planning.outcome import find_repairs

SPACE = PlanSpace(levels=(3.5, 2.0, "never"), first_years=(1, 3), intervals=(5, 6), delays=(2, 4))


@pytest.fixture(scope="module")
def plan() -> NetworkPlan:
    """Of two bridges that are repaired, and others that no budget is left for."""
    decisions = datasets.paper_ten().bridges.select("bridge_id", level=pl.lit("never"), first_year=3, interval=5)
    some = pl.int_range(pl.len())
    decisions = decisions.with_columns(
        level=pl.when(some < 2).then(pl.lit("3.5")).otherwise("level"), delay=pl.when(some < 2).then(4)
    )
    return evaluate_plan(datasets.paper_ten(), decisions, 30e6, space=SPACE)


def test_decisions_say_never_and_need_no_delay(plan: NetworkPlan) -> None:
    assert plan.problem.space == SPACE
    assert plan.decisions.columns == ["bridge_id", "level", "first_year", "interval", "delay", "lcc", "lowest_health"]
    assert plan.decisions["level"].to_list() == ["3.5"] * 2 + ["never"] * 8
    assert plan.decisions["delay"].to_list() == [4, 4] + [None] * 8
    assert {SPACE.plan(index).level for index in plan.plan_of_unit[2:].tolist()} == {NEVER}
    assert set(plan.works["bridge_id"]) == set(plan.decisions["bridge_id"][:2])
    assert (plan.works["year"] - plan.works["found"]).unique().to_list() == [4]
    assert (plan.works["health_before"] < plan.works["health_found"]).any()


def test_a_plan_is_read_as_it_was(plan: NetworkPlan, tmp_path: Path) -> None:
    plan.save(tmp_path)
    assert "never,3,5,," in (tmp_path / "plan.csv").read_text(encoding="utf-8")
    read = read_plan(tmp_path)
    assert read.problem.space == SPACE
    assert read.problem.fingerprint == plan.problem.fingerprint
    assert read.plan_of_unit.tolist() == plan.plan_of_unit.tolist()
    assert read.works.equals(plan.works)
    again = evaluate_plan(plan.network, tmp_path / "plan.csv", 30e6, space=SPACE)
    assert (again.cost, again.decisions.equals(plan.decisions)) == (plan.cost, True)


def test_delays_that_an_interval_of_the_decisions_forbids_are_left_out() -> None:
    ten = datasets.paper_ten()
    decisions = ten.bridges.select("bridge_id", level=2.5, first_year=1, interval=3)
    assert evaluate_plan(ten, decisions, 30e6, space=PlanSpace.practice()).problem.space.delays == (1, 2, 3)
    with pytest.raises(InvalidInput, match="delays: must not be longer than the shortest interval, 3 years; got 4"):
        evaluate_plan(ten, decisions.with_columns(delay=4), 30e6)


def test_stays_close_to_delays(plan: NetworkPlan) -> None:
    problem = PlanningProblem(plan.network, np.full(50, 30e6), space=SPACE)
    changed = solve(stay_close(problem, plan.decisions, change_cost=1e12))
    assert changed.plan_of_unit.tolist() == plan.plan_of_unit.tolist()
    assert changed.changes.columns[-5:] == ["former_delay", "level", "first_year", "interval", "delay"]
    outside = plan.decisions.with_columns(delay=pl.col("delay") - 1)
    with pytest.raises(InvalidInput, match=r"delay: must be in the plan space: 2, 4; got 3"):
        stay_close(problem, outside, change_cost=1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "seldom"}, "level: must be above 1 and below 5, or never; got seldom"),
        ({"level": "1.0"}, "level: must be above 1 and below 5, or never; got 1.0"),
        ({"delay": 0}, "delay: must be from 1 to 1000; got 0"),
    ],
)
def test_wrong_decisions_are_refused(change: dict[str, object], message: str) -> None:
    ten = datasets.paper_ten()
    rows = ten.bridges.select("bridge_id", level=pl.lit("never"), first_year=1, interval=5)
    changed = rows.with_columns(**{name: pl.lit(value) for name, value in change.items()})
    with pytest.raises(InvalidInput) as refused:
        evaluate_plan(ten, changed, 30e6, space=SPACE)
    assert message in str(refused.value)


def test_the_command_line_knows_the_space_of_practice(tmp_path: Path) -> None:
    network, out = tmp_path / "ten", tmp_path / "out"
    datasets.paper_ten().write(network)
    command = ["plan", str(network), "--budget", "16000000", "--space", "practice", "--min-health", "2"]
    result = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert result.exit_code == 0, result.output
    plan = read_plan(out)
    assert plan.problem.space == PlanSpace.practice()
    same = plan_network(plan.network, 16e6, min_health=2.0, space=PlanSpace.practice())
    assert same.plan_of_unit.tolist() == plan.plan_of_unit.tolist()
    command = [*command, "--levels", "3,never", "--delays", "1-2", "--intervals", "4", "--out", str(out)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert read_plan(out).problem.space == PlanSpace((3.0, "never"), (1, 2, 3, 4, 5), (4,), (1, 2))
    wrong = CliRunner().invoke(app, [*command, "--delays", "1-5"])
    assert wrong.exit_code != 0
    assert "4 years; got 5" in wrong.output


def test_what_is_urgent_waits_no_longer_than_asked(tmp_path: Path) -> None:
    network, out = tmp_path / "ten", tmp_path / "out"
    datasets.paper_ten().write(network)
    command = ["plan", str(network), "--budget", "none", "--space", "practice", "--levels", "2.5", "--delays", "4"]
    command += ["--out", str(out)]
    result = CliRunner().invoke(app, [*command, "--urgent", "2:1"])
    assert result.exit_code == 0, result.output
    plan = read_plan(out)
    assert plan.problem.space == PlanSpace((2.5,), (1, 2, 3, 4, 5), (5,), (4,), urgent_below=2.0, urgent_delay=1)
    assert [check for check in verify(plan) if not check.holds] == []
    repairs = find_repairs(plan.problem, plan.plan_of_unit)
    urgent = repairs.health_found < 2.0
    waits = repairs.year - repairs.found_in
    assert urgent.any()
    assert (waits == np.where(urgent, 1, 4)).all()
    for text, rule in (("2", "must be HEALTH:YEARS, such as 2:2"), ("6:2", "above 1 and below 5")):
        refused = CliRunner().invoke(app, [*command, "--urgent", text])
        assert refused.exit_code != 0
        assert rule in " ".join(refused.output.replace("│", " ").split())
