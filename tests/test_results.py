"""What a plan says of itself, held against a walk through the years from the network's tables; and its files."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nagamochi
from made_network import made_network
from nagamochi.planning import NetworkPlan, plan_network
from nagamochi.tables import Findings, read_file
from oracle.works import OracleWorks, works_of

FILES = ["plan.csv", "work_programme.csv", "yearly.csv", "condition.csv", "summary.json"]


def random_plan(seed: int, **arguments) -> NetworkPlan:
    """A plan drawn at random: the start of a search that goes no further."""
    return plan_network(made_network(seed), 1e6, population=1, generations=1, seed=seed, threads=1, **arguments)


def oracle(plan: NetworkPlan) -> OracleWorks:
    decisions = {}
    for row in plan.decisions.iter_rows(named=True):
        members = [row["member"]] if "member" in row else plan.network.curves["member"].unique()
        for member in members:
            decisions[row["bridge_id"], member] = (row["level"], row["first_year"], row["interval"])
    return works_of(plan.network, decisions, plan.horizon)


plans = st.builds(
    random_plan,
    st.integers(0, 10**6),
    horizon=st.integers(1, 70),
    levels=st.sampled_from(["bridge", "member"]),
    interval=st.sampled_from(["common", "per-bridge"]),
    discount_rate=st.sampled_from([0.0, 0.04]),
)


# Tables against the years --------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(plan=plans)
def test_work_programme_is_what_the_years_bring(plan):
    expected = oracle(plan).rows
    works = plan.work_programme.to_dicts()
    assert len(works) == len(expected)
    for work, row in zip(works, expected, strict=True):
        assert list(work) == list(row)
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
    assert yearly["shortfall"].to_list() == [max(total - 1e6, 0.0) for total in yearly["total"]]

    classes = np.array([[_health_class(health) for health in history] for history in years.health])
    for year, *shares in plan.condition.iter_rows():
        expected = [(classes[:, year] == k).mean() for k in range(5)]
        assert shares == pytest.approx(expected), year
    assert plan.condition["year"].to_list() == list(range(plan.horizon + 1))

    lowest = {}
    for curve, history in zip(plan.network.curves.iter_rows(named=True), years.health, strict=True):
        row = (curve["bridge_id"], curve["member"]) if plan.levels == "member" else curve["bridge_id"]
        lowest[row] = min([lowest.get(row, 5.0), *history[1:]])
    assert plan.decisions["lowest_health"].to_list() == pytest.approx(list(lowest.values()), rel=1e-9)


def _health_class(health: float) -> int:
    return 4 if health == 1 else 0 if health >= 4 else 1 if health >= 3 else 2 if health >= 2 else 3


@settings(max_examples=30)
@given(plan=plans)
def test_all_totals_agree(plan):
    repair = plan.yearly["repair"].sum()
    assert plan.work_programme["cost"].sum() == pytest.approx(repair, rel=1e-9)
    assert plan.cost_by_member["cost"].sum() == pytest.approx(repair, rel=1e-9)
    assert plan.overrun == pytest.approx(plan.yearly["shortfall"].sum(), rel=1e-9)
    rate = plan.parameters["discount_rate"]
    present = sum(total * math.exp(-rate * year) for year, total in plan.yearly.select("year", "total").iter_rows())
    assert plan.cost == pytest.approx(present, rel=1e-9)
    inspections = sum(cost * math.exp(-rate * year) for year, cost in plan.yearly["year", "inspection"].iter_rows())
    repairs_only = plan.levels == "member"
    assert plan.decisions["lcc"].sum() == pytest.approx(present - repairs_only * inspections, rel=1e-9)


def test_cost_by_member_adds_up_the_works_of_each_member():
    plan = random_plan(1)
    works = {}
    for row in plan.work_programme.iter_rows(named=True):
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
    plans_of_members = np.repeat(of_bridges.plans, np.diff(members.bridge_offsets))
    of_members = dataclasses.replace(of_bridges, levels="member", plans=plans_of_members)
    assert of_members.work_programme.equals(of_bridges.work_programme)
    assert of_members.yearly.equals(of_bridges.yearly)
    assert of_members.condition.equals(of_bridges.condition)
    lowest = of_members.decisions.group_by("bridge_id", maintain_order=True).agg(pl.col("lowest_health").min())
    assert lowest["lowest_health"].to_list() == of_bridges.decisions["lowest_health"].to_list()


# Words ---------------------------------------------------------------------------------------------------------------


def test_repr_says_what_it_costs_and_whether_it_keeps_to_the_budget():
    network = made_network(3)
    plan = plan_network(network, 1e12, generations=5, population=10)
    assert repr(plan) == (
        f"<NetworkPlan of 3 bridges, 50 years, {plan.cost:,.0f} yen, feasible, 5 generations, "
        f"{plan.evaluations:,} evaluations, {plan.memo_hits:,} memo hits, {plan.seconds:.1f} s>"
    )
    poor = plan_network(network, 0.0, generations=5, population=10, min_health=5.0)
    years = (poor.yearly["total"] > 0).sum()
    assert f"over the budget of {years} years by {poor.overrun:,.0f} yen and below minimum health by" in repr(poor)
    for fact in repr(plan).removeprefix("<NetworkPlan of ").removesuffix(">").split(", "):
        assert f"<td>{fact}</td>" in plan._repr_html_()


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def plan():
    return plan_network(made_network(4), 2e6, generations=5, population=10, levels="member", seed=7)


def test_files_hold_the_tables_rounded(plan, tmp_path):
    plan.save(tmp_path / "new" / "out")
    folder = tmp_path / "new" / "out"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for name, table in {
        "plan.csv": plan.decisions,
        "work_programme.csv": plan.work_programme,
        "yearly.csv": plan.yearly,
        "condition.csv": plan.condition,
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
    for name in FILES[:-1]:
        assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbf")
    findings = Findings()
    read = read_file(tmp_path / "work_programme.csv", findings).cells
    findings.raise_problems()
    assert read.columns == plan.work_programme.columns
    assert read["name"].to_list() == plan.work_programme["name"].to_list()


def test_summary_says_what_went_in_and_what_came_out(plan, tmp_path):
    plan.save(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for name in FILES[:-1]:
        assert summary["files"][name] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    del summary["files"]
    over = [(row["year"], row["shortfall"]) for row in plan.yearly.to_dicts() if row["shortfall"] > 0]
    assert over
    assert summary == {
        "version": nagamochi.__version__,
        "network": {
            "bridges": 3,
            "curves": plan.network.n_curves,
            "fingerprint": plan.network.fingerprint,
        },
        "parameters": {
            "budget": 2e6,
            "horizon": 50,
            "discount_rate": 0.0,
            "min_health": None,
            "interval": "common",
            "levels": "member",
            "space": {
                "levels": [4.0, 3.5, 3.0, 2.5],
                "first_years": [1, 2, 3, 4],
                "intervals": [4, 5, 6, 7, 8, 9, 10, 11],
            },
            "solver": "ga",
            "population": 10,
            "generations": 5,
            "crossover_rate": 0.8,
            "cut_points": 5,
            "mutation_rate": 0.05,
            "tournament": 2,
            "elitism": 1,
            "converged_share": 0.9,
            "large_mutations": 20,
            "large_mutation_rate": 0.5,
            "seed": 7,
        },
        "seed": 7,
        "cost": plan.cost,
        "feasible": False,
        "overrun": plan.overrun,
        "years_over_budget": [{"year": year, "shortfall": shortfall} for year, shortfall in over],
        "health_shortfall": 0.0,
        "curves_already_below": 0,
        "smallest_flat_budget": plan.smallest_flat_budget,
        "generations": 5,
        "last_improvement": plan.last_improvement,
        "large_mutations": 0,
        "stopped": "generations",
        "interrupted": False,
        "memo": {
            "requests": plan.requests,
            "evaluations": plan.evaluations,
            "hits": plan.memo_hits,
            "loaded": 0,
        },
        "seconds": plan.seconds,
        "notices": list(plan.notices),
    }


def test_a_budget_by_year_is_a_parameter_and_a_budget_never_met_is_null(tmp_path):
    budget = [1e6, *[2e6] * 49]
    plan = plan_network(made_network(4), budget, generations=2, population=4, min_health={"slab": 5})
    assert plan.smallest_flat_budget == math.inf
    plan.save(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["parameters"]["budget"] == budget
    assert summary["parameters"]["min_health"] == {"slab": 5.0}
    assert summary["smallest_flat_budget"] is None


SAVE_AND_DIE = """
import os, sys
from made_network import made_network
from nagamochi.planning import plan_network

plan = plan_network(made_network(4), 3e6, generations=1, population=4)
replace, calls = os.replace, iter(range(1, 100))
os.replace = lambda *paths: os._exit(9) if next(calls) == int(sys.argv[2]) else replace(*paths)
plan.save(sys.argv[1])
"""


@pytest.mark.parametrize("kill_at", range(1, len(FILES) + 1))
def test_a_summary_marks_a_complete_result_whenever_the_process_dies(plan, tmp_path, kill_at):
    plan.save(tmp_path)
    complete = {name: (tmp_path / name).read_bytes() for name in FILES}
    command = [sys.executable, "-c", SAVE_AND_DIE, str(tmp_path), str(kill_at)]
    assert subprocess.run(command, cwd=Path(__file__).parent, check=False).returncode == 9

    names = [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert sorted(names) == sorted(FILES[:-1])
    unchanged = [name for name in FILES[:-1] if (tmp_path / name).read_bytes() == complete[name]]
    assert unchanged == FILES[kill_at - 1 : -1]

    plan.save(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == complete


def test_a_plan_that_cannot_be_saved_leaves_nothing_behind(plan, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        plan.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
