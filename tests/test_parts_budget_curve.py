"""Flat budgets of a network in parts: figures and proofs are those of one piece."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi import datasets
from nagamochi.base.execution import Execution
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, NetworkParts, split, write_parts
from nagamochi.planning import (
    Exact,
    NetworkPlan,
    Outcome,
    PartsProblem,
    PlanningProblem,
    PlanSpace,
    budget_curve,
    decompose,
    parts_budget_curve,
    solve,
)
from nagamochi.planning.budget_curve import _outcome
from nagamochi.planning.decomposition.parts_budget_curve import _Run

HORIZON = 20
SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3), intervals=(4, 5, 7))


def in_parts(network: Network, folder: Path, bridges: int = 3) -> NetworkParts:
    return write_parts(split(network, bridges), folder)


@pytest.mark.parametrize(
    ("seed", "options"), [(1, {}), (2, {"interval_per": "bridge", "discount_rate": 0.03}), (3, {"carry_over": True})]
)
def test_every_budget_is_judged_as_in_one_piece(tmp_path: Path, seed: int, options: dict) -> None:
    network = made_network(seed, bridges=7, members=2)
    whole = PlanningProblem(network, np.full(HORIZON, inf), space=SPACE, **options)
    problem = PartsProblem.of(in_parts(network, tmp_path), inf, HORIZON, space=SPACE, **options)
    free = solve(whole)
    budgets = [float(share * free.outcome.total.max()) for share in (0.05, 1.01, 0.6, 0.9)]
    curve, one = parts_budget_curve(problem, budgets), budget_curve(whole, budgets)
    assert curve.need.sum() == pytest.approx(one.need.sum())
    assert curve.table.columns == one.table.columns
    assert curve.table["budget"].to_list() == budgets
    low, high = curve.smallest_flat_budget
    assert 0 < low <= high
    assert low <= one.smallest_flat_budget[1] + 1
    assert one.smallest_flat_budget[0] <= high + 1
    assert low == pytest.approx(one.smallest_flat_budget[0], rel=0.1)
    for row in curve.table.iter_rows(named=True):
        best = solve(replace(whole, budget=np.full(HORIZON, row["budget"])), solver=Exact())
        assert row["feasible"] <= best.feasible
        assert not (row["lower_bound"] == inf and best.feasible)
        if best.feasible:
            assert row["lower_bound"] <= best.counted_cost + 1
            assert best.certificate.searched is not None or best.gap is not None
        assert not (best.feasible and row["budget"] < low * (1 - 1e-9))
    feasible = curve.table.filter("feasible").sort("budget")
    assert feasible["cost"].is_sorted(descending=True)
    assert feasible.height >= 1


def test_health_under_a_plan_is_that_of_one_piece(tmp_path: Path) -> None:
    town = datasets.example_town()
    problem = PartsProblem.of(in_parts(town, tmp_path, 120), 200e6)
    plan = decompose(problem)
    row = _Run(problem, None, Execution(1)).row(plan)
    whole = PlanningProblem(town, np.full(50, 200e6))
    outcome = Outcome.of(whole, plan.plan_of_bridge, 1)
    one = _outcome(NetworkPlan(whole, plan.plan_of_bridge, outcome, plan.certificate))
    assert row["feasible"] == one["feasible"]
    for name, value in one.items():
        assert row[name] == pytest.approx(value, rel=1e-9), name


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_command_plans_budgets_of_parts(tmp_path: Path, clusters: list[tuple[str, int]]) -> None:
    parts = in_parts(datasets.paper_ten(), tmp_path / "parts", 4)
    given = ("--space", "study", "--budgets", "5e6,30e6")
    result = run("budget", parts.folder, *given, "--out", tmp_path / "out", "--json")
    record = json.loads(result.stdout)
    assert [row["feasible"] for row in record["budgets"]] == [False, True]
    assert pl.read_csv(tmp_path / "out/budget_curve.csv")["budget"].to_list() == [5e6, 30e6]
    assert pl.read_csv(tmp_path / "out/need.csv")["need"].sum() == pytest.approx(sum(record["need"]), rel=1e-6)
    shown = run("budget", parts.folder, *given, "--out", tmp_path / "cluster", "--cluster", "local:2")
    assert [where for where, calls in clusters if calls >= 3] == ["local:2"]
    assert (tmp_path / "cluster/budget_curve.csv").read_bytes() == (tmp_path / "out/budget_curve.csv").read_bytes()
    assert "a year is enough; proven: less than" in shown.stdout
    refused = run("budget", parts.folder, *given, "--start-year", "2026", "--out", tmp_path / "none")
    assert "must not be given for a folder of parts" in " ".join(refused.stderr.split())
    with pytest.raises(InvalidInput, match=r"budgets\[0\]: must be a finite number, at least 0"):
        parts_budget_curve(PartsProblem.of(parts), [-1.0])
    with pytest.raises(KeyboardInterrupt):
        parts_budget_curve(PartsProblem.of(parts), [30e6], progress=lambda _: False)
