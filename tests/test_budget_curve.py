"""Plans under one flat budget after another."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.network import Network
from nagamochi.planning import NetworkPlan, PlanningProblem, PlanSpace, budget_curve, plan_network, solve, verify


def problem_of(network: Network, horizon: int, **options: Any) -> PlanningProblem:
    return PlanningProblem(network, np.full(horizon, np.inf), **options)


def test_each_budget_is_planned_as_by_itself():
    network = made_network(5, bridges=6)
    curve = budget_curve(problem_of(network, 30, discount_rate=0.04), [2e6, 8e6, 1e9])
    for row in curve.table.iter_rows(named=True):
        plan = plan_network(network, row["budget"], discount_rate=0.04, horizon=30)
        assert (row["feasible"], row["cost"], row["gap"]) == (plan.feasible, plan.cost, plan.gap)
        assert row["lowest_health"] == plan.outcome.lowest_health.min()
        below = plan.condition["health_1_to_2"] + plan.condition["end_of_service"]
        assert row["share_below_2"] == pytest.approx(below.max())
    assert curve.need.tolist() == plan_network(network, np.inf, discount_rate=0.04, horizon=30).outcome.total.tolist()


def test_the_smallest_flat_budget_has_a_proof_on_both_sides():
    network = made_network(5, bridges=6)
    curve = budget_curve(problem_of(network, 30))
    low, high = curve.smallest_flat_budget
    assert 0 < low <= high
    assert plan_network(network, high, horizon=30).outcome.total.max() <= high * (1 + 1e-9)
    assert plan_network(network, low * 0.99, horizon=30).certificate.proven_infeasible
    table = curve.table
    assert len(table) == 20
    assert table["budget"].is_sorted()
    feasible = table.filter("feasible")
    assert feasible["budget"].min() >= low * (1 - 1e-9)
    assert feasible["lower_bound"].is_sorted(descending=True)  # more money is never worse


def test_more_money_is_never_dearer_near_infeasibility():
    """147.7 million alone gives a dearer plan than 147.5; the order in which budgets are given does not matter."""
    problem = problem_of(datasets.example_town(), 50, space=PlanSpace.study())
    budgets = [147.7e6, 140e6, 147.5e6]
    curve = budget_curve(problem, budgets, threads=2)
    assert curve.table["budget"].to_list() == budgets
    table = curve.table.sort("budget")
    assert table["feasible"].to_list() == [False, True, True]
    assert table.filter("feasible")["cost"].is_sorted(descending=True)
    assert table["overrun"].is_sorted(descending=True)
    alone = plan_network(problem.network, 147.7e6, space=PlanSpace.study())
    assert table["cost"][2] < alone.cost
    low, high = curve.smallest_flat_budget
    assert 140e6 < low < high < 147.5e6


def test_progress_stops_with_the_budgets_done():
    curve = budget_curve(problem_of(made_network(5), 20), [1e6, 2e6, 3e6], progress=lambda progress: progress.done < 2)
    assert curve.table["budget"].to_list() == [1e6, 2e6]


def test_the_command_writes_and_prints_the_curve(tmp_path):
    made_network(5).write(tmp_path / "town")
    arguments = ["budget", str(tmp_path / "town"), "--budgets", "1e6,9e6", "--horizon", "20", "--out", str(tmp_path)]
    printed = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert printed.exit_code == 0
    assert " a year is enough if repairs may be left out; proven: less than " in printed.stdout.splitlines()[0]
    table = pl.read_csv(tmp_path / "budget_curve.csv")
    assert table["budget"].to_list() == [1e6, 9e6]
    assert pl.read_csv(tmp_path / "need.csv")["year"].to_list() == list(range(1, 21))
    record = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert [row["cost"] for row in record["budgets"]] == pytest.approx(table["cost"].to_list())
    refused = CliRunner().invoke(app, [*arguments[:3], "-1", *arguments[4:]])
    assert refused.exit_code == 2
    assert "must be a finite number, at least 0" in refused.stderr
    study = CliRunner().invoke(app, [*arguments, "--space", "study"], catch_exceptions=False)
    assert " a year is enough; proven: less than " in study.stdout.splitlines()[0]


def test_a_smallest_flat_budget_that_is_carried_over_has_a_proof_on_both_sides():
    network = made_network(5, bridges=6)
    study = PlanSpace.study()
    problems = (problem_of(network, 30, space=study, carry_over=carry_over) for carry_over in (False, True))
    yearly, carried = (budget_curve(problem, [1e6]) for problem in problems)
    low, high = carried.smallest_flat_budget
    assert 0 < low <= high < yearly.smallest_flat_budget[0]  # money that waits is worth more

    def within(budget: float) -> NetworkPlan:
        return solve(PlanningProblem(network, np.full(30, budget), space=study, carry_over=True))

    plan = within(high)
    assert plan.feasible
    assert (plan.outcome.total.cumsum() <= high * np.arange(1, 31) * (1 + 1e-9)).all()
    nothing = within(low * 0.99)
    assert nothing.certificate.proven_infeasible
    assert nothing.certificate.smallest_flat_budget == (low, high)
    assert all(check.holds for check in verify(nothing))
    bounds = tuple(replace(bound, yen=int(bound.yen * 1.001)) for bound in nothing.certificate.flat_bounds)
    wrong = replace(nothing, certificate=replace(nothing.certificate, flat_bounds=bounds))
    assert any(not check.holds for check in verify(wrong))


def test_the_command_carries_over(tmp_path):
    network = made_network(5)
    network.write(tmp_path / "town")
    arguments = ["budget", str(tmp_path / "town"), "--budgets", "2e6,9e6", "--horizon", "20", "--out", str(tmp_path)]
    record = json.loads(CliRunner().invoke(app, [*arguments, "--carry-over", "--json"], catch_exceptions=False).stdout)
    curve = budget_curve(problem_of(network, 20, carry_over=True), [2e6, 9e6])
    assert record["smallest_flat_budget"] == list(curve.smallest_flat_budget)
    assert [row["cost"] for row in record["budgets"]] == pytest.approx(curve.table["cost"].to_list())
    printed = CliRunner().invoke(app, [*arguments, "--carry-over"]).stdout
    assert "a year, the rest carried over, is enough" in printed.splitlines()[0]
