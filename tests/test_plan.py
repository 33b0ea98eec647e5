"""What a plan says of itself, held against a walk through the years from the network's tables; and its files."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import math
import os
import pickle
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import nagamochi
from made_network import made_network
from nagamochi.errors import CorruptFile, InvalidInput, StaleStore
from nagamochi.network import Network
from nagamochi.planning import Genetic, NetworkPlan, Outcome, PlanSpace, plan_network, read_plan
from nagamochi.planning.plan import HEALTH_CLASSES
from nagamochi.tables import Findings, read_file
from oracle.works import OracleWorks, works_of
from same_plan import assert_same_plan

TABLES = ["plan.csv", "work_programme.csv", "yearly.csv", "limits.csv", "condition.csv"]
TABLES += ["waiting.csv", "priorities.csv", "history.csv"]
FILES = [*TABLES, "certificate.json", "effort.json", "summary.json"]


def random_plan(seed: int, level_per="bridge", **arguments) -> NetworkPlan:
    """A plan drawn at random: the start of a search that goes no further."""
    solver = Genetic.study(population=1, generations=1, seed=seed)
    network = made_network(seed, level_per=["member", None, "bridge"])
    return plan_network(network, 1e6, threads=1, solver=solver, level_per=level_per, **arguments)


def oracle(plan: NetworkPlan) -> OracleWorks:
    decisions = {}
    for row in plan.decisions.iter_rows(named=True):
        members = [row["member"]] if row.get("member") else plan.network.curves["member"].unique()
        for member in members:
            level = 0.0 if row["level"] == "never" else float(row["level"])
            decisions[row["bridge_id"], member] = (level, row["first_year"], row["interval"], row.get("delay") or 1)
    space = plan.problem.space
    return works_of(plan.network, decisions, plan.horizon, (space.urgent_below, space.urgent_delay))


DELAYS = PlanSpace(levels=(4.0, 2.5, "never"), first_years=(1, 3), intervals=(4, 5), delays=(1, 3))
URGENT = dataclasses.replace(DELAYS, urgent_below=2.6)

plans = st.builds(
    random_plan,
    st.integers(0, 10**6),
    space=st.sampled_from([PlanSpace.study(), DELAYS, URGENT]),
    horizon=st.integers(1, 70),
    level_per=st.sampled_from(["given", "bridge", "member"]),
    interval_per=st.sampled_from(["network", "bridge"]),
    discount_rate=st.sampled_from([0.0, 0.04]),
)


# Tables against the years --------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(plan=plans)
def test_work_programme_is_what_the_years_bring(plan):
    expected = oracle(plan)
    works = plan.works.to_dicts()
    assert len(works) == len(expected.rows)
    for work, row, since in zip(works, expected.rows, expected.since, strict=True):
        start = f"since year {since}" if since else "from the start"
        assert f"{start}, found in year {row['found']}" in work["reason"]
        assert work["kind"] == ("preventive repair" if row["health_before"] >= 3.5 - 1e-9 else "repair")
        if not plan.problem.space.has_delays:
            assert (row.pop("found"), row.pop("health_before")) == (work["year"] - 1, row["health_found"])
        assert list(work) == [*row, "reason", "kind"]
        for column, value in row.items():
            assert work[column] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), column


@settings(max_examples=60)
@given(plan=plans)
def test_yearly_costs_condition_and_lowest_health_are_what_the_years_bring(plan):
    years = oracle(plan)
    repair = dict.fromkeys(range(1, plan.horizon + 1), 0.0)
    for row in years.rows:
        repair[row["year"]] += row["cost"]
    yearly = plan.yearly
    assert yearly["year"].to_list() == list(repair)
    assert yearly["inspection"].to_list() == pytest.approx(list(years.inspection.values()), rel=1e-9)
    assert yearly["repair"].to_list() == pytest.approx(list(repair.values()), rel=1e-9, abs=1e-6)
    assert yearly["total"].to_numpy() == pytest.approx((yearly["inspection"] + yearly["repair"]).to_numpy(), rel=1e-9)
    assert yearly["overrun"].to_list() == [max(total - 1e6, 0.0) for total in yearly["total"]]

    classes = np.array([[_health_class(health) for health in history] for history in years.health])
    for year, *shares, shortfall in plan.condition.drop("shortfall_cost", strict=False).iter_rows():
        assert shortfall == pytest.approx(sum(max(0.0, 2 - history[year]) for history in years.health), abs=1e-6)
        expected = [(classes[:, year] == k).mean() for k in range(5)]
        assert shares == pytest.approx(expected), year
    assert plan.condition["year"].to_list() == list(range(plan.horizon + 1))

    lowest = {}
    for curve, history in zip(plan.network.curves.iter_rows(named=True), years.health, strict=True):
        own = {"bridge": False, "member": True, "given": curve["bridge_id"] == "B0"}[plan.problem.level_per]
        row = (curve["bridge_id"], curve["member"] if own else None)
        lowest[row] = min([lowest.get(row, 5.0), *history[1:]])
    assert plan.decisions["lowest_health"].to_list() == pytest.approx(list(lowest.values()), rel=1e-9)


def _health_class(health: float) -> int:
    health += 1e-9
    return 4 if health <= 1 + 2e-9 else 0 if health >= 4 else 1 if health >= 3 else 2 if health >= 2 else 3


@pytest.mark.parametrize("shape", [0.7, 1.0, 1.3, 2.0, 3.0])
def test_a_health_that_is_given_is_in_the_class_that_begins_with_it(shape):
    health = [5.0, 4.0, 3.0, 2.0, 1.0]
    curves = {"member": "slab", "damage": "crack", "service_life": 60, "shape": shape, "cost_model": "A"}
    names = {"bridge_id": [f"B{i}" for i in range(5)]}
    costs = pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0, 10, 20, 40, 70]})
    network = Network.from_tables(
        pl.DataFrame({**names, "inspection_cost": 1.0}), pl.DataFrame({**names, "health": health, **curves}), costs
    )
    now = plan_network(network, 1e6, horizon=5).condition.row(0, named=True)
    assert [now[name] for name in HEALTH_CLASSES] == pytest.approx([0.4, 0.2, 0.2, 0.0, 0.2])


@settings(max_examples=30)
@given(plan=plans)
def test_all_totals_agree(plan):
    repair = plan.yearly["repair"].sum()
    assert plan.works["cost"].sum() == pytest.approx(repair, rel=1e-9)
    assert plan.cost_by_member["cost"].sum() == pytest.approx(repair, rel=1e-9)
    assert plan.outcome.overrun == pytest.approx(plan.yearly["overrun"].sum(), rel=1e-9)
    rate = plan.problem.discount_rate
    present = sum(total * math.exp(-rate * year) for year, total in plan.yearly.select("year", "total").iter_rows())
    assert plan.cost == pytest.approx(present, rel=1e-9)
    inspections = sum(cost * math.exp(-rate * year) for year, cost in plan.yearly["year", "inspection"].iter_rows())
    repairs_only = plan.problem.level_per != "bridge"
    assert plan.decisions["lcc"].sum() == pytest.approx(present - repairs_only * inspections, rel=1e-9)


def test_cost_by_member_adds_up_the_works_of_each_member():
    plan = random_plan(1)
    works = {}
    for row in plan.works.iter_rows(named=True):
        works.setdefault(row["member"], []).append(row)
    expected = [
        (member, len({(row["year"], row["bridge_id"], row["location"]) for row in rows}), sum(r["cost"] for r in rows))
        for member, rows in works.items()
    ]
    expected.sort(key=lambda row: -row[2])
    table = plan.cost_by_member
    assert table.columns == ["member", "repairs", "cost"]
    assert table["member"].to_list() == [member for member, _, _ in expected]
    assert table["repairs"].to_list() == [count for _, count, _ in expected]
    assert table["cost"].to_list() == pytest.approx([cost for _, _, cost in expected])


def test_equal_levels_of_all_members_are_the_plan_of_the_bridges():
    of_bridges = random_plan(2, discount_rate=0.04)
    members = of_bridges.network.repair_groups("member")
    plans_of_members = np.repeat(of_bridges.plan_of_unit, np.diff(members.bridge_offsets))
    problem = dataclasses.replace(of_bridges.problem, level_per="member")
    outcome = Outcome.of(problem, plans_of_members, threads=1)
    of_members = dataclasses.replace(of_bridges, problem=problem, plan_of_unit=plans_of_members, outcome=outcome)
    assert of_members.works.equals(of_bridges.works)
    assert_frame_equal(of_members.yearly, of_bridges.yearly, rel_tol=1e-12)  # added up in another order
    assert of_members.condition.equals(of_bridges.condition)
    lowest = of_members.decisions.group_by("bridge_id", maintain_order=True).agg(pl.col("lowest_health").min())
    assert lowest["lowest_health"].to_list() == of_bridges.decisions["lowest_health"].to_list()


# Words ---------------------------------------------------------------------------------------------------------------


def test_repr_says_what_it_costs_and_whether_it_keeps_to_the_budget():
    network = made_network(3)
    of_study = {"space": PlanSpace.study(), "solver": Genetic.study(generations=5, population=10)}
    plan = plan_network(network, 1e12, **of_study)
    assert repr(plan) == (
        f"<NetworkPlan: 3 bridges, 50 years, {plan.cost:,.0f} yen, feasible, "
        f"at most {plan.gap:.2%} above the best possible plan>"
    )
    assert 0 < plan.gap < 1
    poor = plan_network(network, 0.0, min_health=5.0, **of_study)
    years = (poor.yearly["total"] > 0).sum()
    assert f"over the budget of {years} years by {poor.outcome.overrun:,.0f} yen and below minimum health by" in repr(
        poor
    )
    assert poor.gap is None
    for fact in repr(plan).removeprefix("<NetworkPlan: ").removesuffix(">").split(", "):
        assert f"<td>{fact}</td>" in plan._repr_html_()


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def plan():
    return plan_network(
        made_network(4),
        2e6,
        space=PlanSpace.study(),
        level_per="member",
        solver=Genetic.study(generations=5, population=10, seed=7),
    )


def test_files_hold_the_tables_rounded(plan, tmp_path):
    plan.save(tmp_path / "new" / "out")
    folder = tmp_path / "new" / "out"
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == sorted(FILES)
    for name, table in {
        "plan.csv": plan.decisions,
        "work_programme.csv": plan.works,
        "yearly.csv": plan.yearly,
        "condition.csv": plan.condition,
        "history.csv": plan.run.history.drop("evaluations"),
    }.items():
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == table.columns
        assert len(rows) == table.height
        for cells, values in zip(rows, table.iter_rows(), strict=True):
            for column, cell, value in zip(header, cells, values, strict=True):
                if isinstance(value, float):
                    assert abs(float(cell) - value) <= _half_step(column), (name, column)
                else:
                    assert cell == ("" if value is None else str(value))


def _half_step(column: str) -> float:
    if column in ("level", "quantity"):
        return 0.0
    if "to" in column.split("_") or column == "end_of_service":
        return 0.5e-6
    return (0.5e-4 if "health" in column else 0.5e-2) * (1 + 1e-6)


def test_files_open_in_excel_and_in_our_own_reader(plan, tmp_path):
    plan.save(tmp_path)
    for name in TABLES:
        assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbf")
    findings = Findings()
    read = read_file(tmp_path / "work_programme.csv", findings).cells
    findings.raise_problems()
    assert read.columns == plan.works.columns
    assert read["name"].to_list() == plan.works["name"].to_list()


def test_summary_says_what_went_in_and_what_came_out(plan, tmp_path):
    plan.save(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for name in [*TABLES, "certificate.json"]:
        assert summary["files"][name] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    over = [(row["year"], row["overrun"]) for row in plan.yearly.to_dicts() if row["overrun"] > 0]
    assert over
    expected = {
        "schema": "nagamochi plan 1",
        "network": {
            "bridges": 3,
            "curves": plan.network.n_curves,
            "fingerprint": plan.network.fingerprint,
        },
        "problem": {
            "budget": 2e6,
            "horizon": 50,
            "discount_rate": 0.0,
            "min_health": None,
            "space": {
                "levels": [4.0, 3.5, 3.0, 2.5],
                "first_years": [1, 2, 3, 4],
                "intervals": [4, 5, 6, 7, 8, 9, 10, 11],
            },
            "interval_per": "network",
            "level_per": "member",
        },
        "solver": {
            "name": "genetic",
            "population": 10,
            "generations": 5,
            "crossover_rate": 0.8,
            "cut_points": 5,
            "mutation_rate": 0.05,
            "mutation_per": "gene",
            "tournament": 2,
            "elitism": 1,
            "converged_share": 0.9,
            "large_mutations": 20,
            "large_mutation_rate": 0.5,
            "start": "random",
            "seed": 7,
            "seeds": 1,
            "memo": "run",
            "time_limit": None,
            "count_requests": False,
        },
        "cost": plan.cost,
        "feasible": False,
        "lower_bound": None,  # proven infeasible
        "gap": None,
        "overrun": plan.outcome.overrun,
        "years_over_budget": [{"year": year, "overrun": yen} for year, yen in over],
        "limits_over": [],
        "health_deficit": 0.0,
        "shortfall": pytest.approx(plan.condition["shortfall"][1:].sum()),
        "backlog": {"now": plan.backlog.backlog[0], "end": plan.yearly["backlog"][-1]},
        "curves_already_below": 0,
        "run": {
            "stopped": "generations",
            "seed": 7,
            "generations": 5,
            "last_improvement": plan.run.last_improvement,
            "large_mutations": 0,
            "requests": plan.run.requests,
        },
        "notices": list(plan.notices),
        "version": nagamochi.__version__,
    }
    assert {name: summary[name] for name in expected} == expected
    assert summary.keys() - expected.keys() == {"files", "checksum"}
    effort = json.loads((tmp_path / "effort.json").read_text(encoding="utf-8"))
    assert effort["seconds"] == plan.seconds
    assert effort["run"]["evaluations"] == plan.run.evaluations


def test_a_budget_by_year_is_recorded_and_a_budget_never_met_is_null(tmp_path):
    budget = [1e6, *[2e6] * 49]
    solver = Genetic.study(generations=2, population=4)
    plan = plan_network(made_network(4), budget, min_health={"slab": 5}, solver=solver)
    assert plan.certificate.smallest_flat_budget == (0.0, math.inf)
    assert plan.certificate.proven_infeasible
    plan.save(tmp_path)
    summary, certificate = (
        json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("summary.json", "certificate.json")
    )
    assert summary["problem"]["budget"] == budget
    assert summary["problem"]["min_health"] == {"slab": 5.0}
    assert certificate["smallest_flat_budget"] == [0.0, None]


# Read back -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level_per", ["bridge", "member"])
@pytest.mark.parametrize("budget", [2e6, [math.inf, *[3e6] * 49]])
def test_a_saved_plan_is_read_back_whole(tmp_path, level_per, budget):
    plan = plan_network(
        made_network(4),
        budget,
        discount_rate=0.04,
        min_health={"slab": 2},
        interval_per="bridge",
        level_per=level_per,
        solver=Genetic(generations=3, population=10, count_requests=True),
    )
    plan.save(tmp_path / "first")
    read = read_plan(tmp_path / "first")
    assert_same_plan(read, plan)
    assert read.to_dict() == plan.to_dict()
    assert read.certificate.record == plan.certificate.record
    assert (read.solver, read.run.facts, read.seconds) == (plan.solver, plan.run.facts, plan.seconds)
    read.save(tmp_path / "second")
    for name in FILES:
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes(), name


@pytest.mark.parametrize("file", ["plan.csv", "history.csv", "certificate.json", "summary.json", "network/curves.csv"])
def test_a_harmed_plan_is_refused_by_file(plan, tmp_path, file):
    plan.save(tmp_path)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content.replace(b"3", b"4", 1))
    with pytest.raises(CorruptFile, match=str(tmp_path / file.partition("/")[0])):
        read_plan(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises((CorruptFile, InvalidInput), match=str(tmp_path)):
        read_plan(tmp_path)


def test_a_plan_of_another_form_is_refused(plan, tmp_path):
    plan.save(tmp_path)
    summary = (tmp_path / "summary.json").read_text(encoding="utf-8")
    (tmp_path / "summary.json").write_text(summary.replace("nagamochi plan 1", "nagamochi plan 9"), encoding="utf-8")
    with pytest.raises(StaleStore, match="version 1; got 9"):
        read_plan(tmp_path)
    with pytest.raises(CorruptFile, match="no such folder"):
        read_plan(tmp_path / "nowhere")


def test_a_plan_and_its_problem_pickle(plan):
    plan.outcome, plan.works  # noqa: B018 - fills what is computed when it is asked for
    copy = pickle.loads(pickle.dumps(plan))
    assert_same_plan(copy, plan)
    assert copy.to_dict() == plan.to_dict()
    assert pickle.loads(pickle.dumps(plan.problem)).fingerprint == plan.problem.fingerprint


# Killed --------------------------------------------------------------------------------------------------------------


SAVE_AND_DIE = """
import os, sys
from made_network import made_network
from nagamochi.planning import Genetic, plan_network

plan = plan_network(made_network(4), 3e6, solver=Genetic(generations=1, population=4))
replace, calls = os.replace, iter(range(1, 100))
os.replace = lambda *paths: os._exit(9) if next(calls) == int(sys.argv[2]) else replace(*paths)
plan.save(sys.argv[1])
"""


def dies_at(kill_at, save):
    """Save in this process, which ends at its replacement of this number; return whether it came to it."""
    replace, calls = os.replace, count(1)

    def die(*paths):
        if next(calls) == kill_at:
            raise SystemExit
        replace(*paths)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "replace", die)
        try:
            save()
        except SystemExit:
            return True
    return False


@pytest.mark.slow
def test_a_save_that_dies_leaves_the_old_plan_or_the_new_one(tmp_path):
    old = plan_network(made_network(5), 3e6, solver=Genetic(generations=1, population=4))
    new = plan_network(made_network(4), 3e6, solver=Genetic(generations=1, population=4))
    old.save(tmp_path)
    for kill_at in count(1):
        if kill_at in (1, 2, 9):
            command = [sys.executable, "-c", SAVE_AND_DIE, str(tmp_path), str(kill_at)]
            died = subprocess.run(command, cwd=Path(__file__).parent, check=False).returncode != 0
        else:
            died = dies_at(kill_at, lambda: new.save(tmp_path))
        if not died:
            break
        assert_same_plan(read_plan(tmp_path), old if kill_at == 1 else new)
        old.save(tmp_path)
    assert kill_at > len(FILES) + 3  # all drafts together, then each file and those of the network
    assert_same_plan(read_plan(tmp_path), new)
    assert not [path for path in tmp_path.rglob(".nagamochi-*") if path.is_dir()]


def test_a_plan_that_cannot_be_saved_leaves_nothing_behind(plan, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        plan.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
