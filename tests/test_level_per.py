"""Bridges some of which have a repair level for each member, as level_per of the network says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi import importers
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network, split, write_parts
from nagamochi.planning import (
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
from nagamochi.planning.decomposition.parts_problem import PartsProblem
from same_plan import assert_same_plan

SPACE = PlanSpace(levels=(4.0, 2.5, "never"), first_years=(1, 2, 4), intervals=(3, 5), delays=(1, 3))


def mixed(seed: int = 3) -> Network:
    """Of three bridges with three members each the second alone has a level for each member."""
    return made_network(seed, level_per=[None, "member", "bridge"])


def made(network: Network, **options) -> NetworkPlan:
    return plan_network(network, 3e6, horizon=20, space=SPACE, threads=1, **options)


# What has a level ----------------------------------------------------------------------------------------------------


def test_a_bridge_has_one_level_or_each_of_its_members_has_one():
    network = mixed()
    names = network.curves.select("bridge_id", "member").rows()
    firsts = {}
    for curve, (bridge, member) in enumerate(names):
        firsts.setdefault((bridge, member if bridge == "B1" else None), curve)
    assert network.repair_groups("given").offsets.tolist() == [*firsts.values(), len(names)]
    assert network.repair_groups("given").bridge_offsets.tolist() == [0, 1, 4, 5]
    assert network.names_of_groups("given").rows() == list(firsts)


@pytest.mark.parametrize(
    ("level_per", "expected"),
    [
        (None, "bridge"),
        ([None, "bridge", None], "bridge"),
        (["member"] * 3, "member"),
        (["member", "bridge", None], "given"),
    ],
)
def test_what_the_network_says_counts_by_default(level_per, expected):
    network = made_network(3, level_per=level_per)
    problem = PlanningProblem(network, np.full(20, 3e6), space=SPACE)
    assert problem.level_per == problem.record["level_per"] == expected
    assert replace(problem, level_per="bridge").n_units == 3
    assert replace(problem, level_per="member").n_units == 9


def test_level_per_changes_the_fingerprint_only_where_a_bridge_is_planned_by_member():
    without, bridges, mixed_up = (
        made_network(3, level_per=given).fingerprint for given in (None, ["bridge"] * 3, [None, "member", None])
    )
    assert without == bridges
    assert without != mixed_up


def test_members_of_one_bridge_cost_no_more_than_the_bridge_and_no_less_than_members_of_all():
    problem = PlanningProblem(mixed(), np.full(20, 3e6), space=SPACE)
    of_bridges, given, of_members = (
        solve(replace(problem, level_per=levels), solver="exact") for levels in ("bridge", "given", "member")
    )
    assert of_members.counted_cost < given.counted_cost < of_bridges.counted_cost


def test_another_value_is_refused_by_row():
    with pytest.raises(
        InvalidInput, match="bridges table, row 2, column level_per: must be bridge or member; got span"
    ):
        made_network(3, level_per=[None, "span", None])


def test_japanese_words_are_known(tmp_path: Path):
    made_network(3).write(tmp_path)
    bridges = pl.read_csv(tmp_path / "bridges.csv", infer_schema=False).drop("level_per", strict=False)
    bridges.with_columns(pl.Series("補修レベルの単位", ["橋", "部材", None])).write_csv(tmp_path / "bridges.csv")
    assert read_network(tmp_path).by_member.tolist() == [False, True, False]


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_plan_names_members_where_they_have_levels_and_is_read_back_whole(tmp_path: Path):
    plan = made(mixed())
    assert plan.decisions["bridge_id"].to_list() == ["B0", "B1", "B1", "B1", "B2"]
    assert plan.decisions["member"].to_list() == [None, "slab", "girder", "bearing", None]
    assert all(check.holds for check in verify(plan))
    plan.save(tmp_path)
    assert_same_plan(read_plan(tmp_path), plan)
    again = evaluate_plan(read_network(tmp_path / "network"), tmp_path / "plan.csv", 3e6, horizon=20)
    assert again.cost == plan.cost
    assert again.works.drop("reason").equals(plan.works.drop("reason"))


@pytest.mark.parametrize("level_per", ["bridge", "member"])
def test_decisions_for_each_bridge_or_each_member_are_evaluated_as_such(level_per):
    plan = made(mixed(), level_per=level_per)
    again = evaluate_plan(plan.network, plan.decisions, 3e6, horizon=20)
    assert again.problem.level_per == level_per
    assert again.cost == plan.cost


@pytest.mark.parametrize(
    ("row", "member", "message"),
    [
        (1, None, "row 2, column bridge_id, member: must be of the network; got B1"),
        (0, "slab", "row 1, column bridge_id, member: must be of the network; got B0, slab"),
        (
            1,
            "girder",
            "must have a row for every bridge, or for each of its members where its level_per is member; got "
            "none for B1 slab",
        ),
    ],
)
def test_decisions_for_other_members_are_refused(row, member, message):
    plan = made(mixed())
    members = plan.decisions["member"].to_list()
    members[row] = member
    with pytest.raises(InvalidInput, match=message):
        evaluate_plan(plan.network, plan.decisions.with_columns(member=pl.Series(members)), 3e6, horizon=20)


def test_a_plan_stays_close_to_one_of_the_same_bridges_and_members():
    former = made(mixed())
    problem = PlanningProblem(former.network, np.full(20, 3e6), space=SPACE)
    assert solve(stay_close(problem, former.decisions, 1e9)).changes.is_empty()
    with pytest.raises(
        InvalidInput,
        match="decisions: must have a level for each bridge, or member where its level_per says so, as the problem "
        "has; got 'for each bridge'",
    ):
        stay_close(problem, made(mixed(), level_per="bridge").decisions, 1e9)


# Lists and commands --------------------------------------------------------------------------------------------------


def test_a_list_plans_its_large_bridges_by_member(tmp_path: Path):
    """Of some 6,000 m2 in all; a bridge without width has the assumed one."""
    lengths, widths = [1000.0, 1.3, 1.1, 180.0], [5.0, 5.0, 5.0, None]
    made_list = {"施設ID": ["A", "B", "C", "D"], "架設年度": "S50", "橋長": lengths, "幅員": widths, "判定区分": "Ⅱ"}
    pl.DataFrame(made_list).write_csv(tmp_path / "list.csv")
    report = importers.import_list(tmp_path / "list.csv", tmp_path / "city", planning_year=2026)
    network = read_network(report.folder)
    assert network.bridges["level_per"].to_list() == ["member", "member", "bridge", "member"]
    assert "A bridge with more than 0.1% of the deck area of the list is repaired member by member" in str(report)


def test_the_command_line_plans_what_the_network_says_unless_it_is_told(tmp_path: Path):
    mixed().write(tmp_path / "town")
    for options, n_rows in ([], 5), (["--level-per", "bridge"], 3), (["--level-per", "member"], 9):
        out = tmp_path / f"plan of {n_rows}"
        command = ["plan", str(tmp_path / "town"), "--budget", "3e6", "--horizon", "20", "--out", str(out), *options]
        assert CliRunner().invoke(app, command).exit_code == 0
        assert len(pl.read_csv(out / "plan.csv")) == n_rows


def test_splitting_a_network_says_that_its_parts_have_a_level_per_bridge(tmp_path: Path):
    mixed().write(tmp_path / "town")
    command = ["network", "split", str(tmp_path / "town"), "--out", str(tmp_path / "parts")]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0
    assert "level_per is not used in plans of a network in parts: every bridge has one repair level" in " ".join(
        said.output.split()
    )


def test_a_network_in_parts_has_a_level_per_bridge(tmp_path: Path):
    parts = write_parts(split(mixed(), 2), tmp_path)
    problem = PartsProblem.of(parts, 3e6, horizon=20, level_per="given")
    assert [problem.part(number).read().n_units for number in range(2)] == [2, 1]
    with pytest.raises(InvalidInput, match="level_per: must not be given for a network in parts"):
        PartsProblem.of(parts, 3e6, horizon=20, level_per="member")
