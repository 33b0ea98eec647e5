"""Plans without a budget: what a network needs."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from made_network import made_network
from nagamochi import datasets, planning
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning import Exact, Genetic, NetworkPlan, PlanningProblem, plan_need, plan_network, read_plan, verify
from nagamochi.report.digest import Digest
from nagamochi.report.sentences import verdict


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    datasets.paper_ten().write(tmp_path / "ten")
    return tmp_path / "ten"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def needed(network: Network, horizon: int = 50, **options: object) -> NetworkPlan:
    return plan_need(PlanningProblem(network, np.full(horizon, inf), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_the_need_is_the_cheapest_plan_and_its_flat_budget_holds(seed: int) -> None:
    network = made_network(seed, 5)
    plan = needed(network, 30)
    assert plan.cost == plan_network(network, inf, horizon=30).cost
    assert plan.need is not None
    low, high = plan.need["flat_budget_not_enough_below"], plan.need["flat_budget_enough"]
    assert 0 < low <= high <= plan.yearly["total"].max()
    assert plan.need["mean"] == pytest.approx(plan.yearly["total"].mean())
    assert plan_network(network, high, horizon=30, solver=Exact()).feasible
    below = plan_network(network, max(0.0, low - 1), horizon=30, solver=Exact())
    assert not below.feasible
    assert below.certificate.proven_infeasible
    assert all(check.holds for check in verify(plan))


def test_without_any_budget_plan_network_finds_the_need() -> None:
    network = datasets.paper_ten()
    plan = plan_network(network)
    assert plan.need == needed(network).need
    assert plan.problem.fingerprint == plan_network(network, inf).problem.fingerprint
    limited = replace(network, budget=pl.DataFrame({"year": range(1, 51), "budget": 3e7}))
    assert plan_network(limited).need is None
    assert plan_network(network, inf).need is None
    with pytest.raises(InvalidInput, match="budget: must be given"):
        planning.evaluate_plan(network, plan.decisions)


def test_the_need_keeps_minimum_health_and_other_solvers_find_it() -> None:
    network = datasets.paper_ten()
    plan = needed(network, min_health=2.0)
    assert plan.feasible
    assert plan.need is not None
    assert plan_network(network, plan.need["flat_budget_enough"], min_health=2.0).feasible
    searched = plan_need(plan.problem, solver=Genetic(seed=1))
    assert searched.need is not None
    assert searched.need["flat_budget_not_enough_below"] == plan.need["flat_budget_not_enough_below"]
    assert searched.cost >= plan.cost


def test_what_carries_over_has_no_flat_budget() -> None:
    plan = needed(datasets.paper_ten(), carry_over=True)
    assert plan.feasible
    assert plan.need is None


def test_a_need_that_nothing_can_keep_says_so() -> None:
    plan = needed(datasets.paper_ten(), min_health=4.99)
    assert not plan.feasible
    assert plan.certificate.proven_infeasible


def test_progress_says_what_is_searched_and_may_stop_it() -> None:
    problem = PlanningProblem(datasets.paper_ten(), np.full(50, inf))
    said: list[str] = []
    plan_need(problem, progress=lambda progress: said.append(progress.text))
    assert said[0].startswith("no feasible plan counts less than ")
    assert said[-1] == "looking for the smallest flat budget"
    stopped = plan_need(problem, progress=lambda progress: "flat" not in progress.text)
    assert stopped.feasible
    assert stopped.need is None


@pytest.mark.parametrize("min_health", [None, 2.0])
def test_a_search_without_rows_that_is_stopped_at_once_has_a_plan(min_health: float | None) -> None:
    problem = PlanningProblem(datasets.paper_ten(), np.full(50, inf), min_health=min_health)
    stopped = planning.solve(problem, progress=lambda progress: False)
    assert stopped.run is not None
    assert stopped.run.stopped == "progress"
    assert stopped.feasible
    assert stopped.certificate.lower_bound <= stopped.cost + problem.added_cost(stopped.plan_of_unit)


def test_a_saved_need_is_read_and_verified(tmp_path: Path) -> None:
    plan = needed(datasets.paper_ten())
    plan.save(tmp_path / "plan")
    again = read_plan(tmp_path / "plan")
    assert again.need == plan.need
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text(encoding="utf-8"))
    assert summary["need"] == plan.need
    assert all(check.holds for check in verify(again))
    digest = Digest(again)
    assert "毎年同じ額なら、補修を見送ってよければ年" in verdict(digest, "ja")
    assert "every year is enough if repairs may be left out; less than " in verdict(digest, "en")
    study = Digest(needed(datasets.paper_ten(), space=planning.PlanSpace.study()))
    assert "毎年同じ額なら、年" in verdict(study, "ja")
    assert "every year is enough; less than " in verdict(study, "en")


def test_the_command_line_shows_the_need_where_no_budget_is_given(ten: Path, tmp_path: Path) -> None:
    result = run("plan", ten, "--out", tmp_path / "plan", "--start-year", 2026)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert text.startswith("Need, without a budget: ")
    assert " a year is enough if repairs may be left out; less than " in text
    assert "Need by year, million yen: the first 10 years" in text
    assert " 1 (2026) " in text
    yearly = pl.read_csv(tmp_path / "plan" / "yearly.csv")
    plan = plan_network(read_network(ten))
    assert yearly["total"].to_numpy() == pytest.approx(plan.outcome.total, abs=0.01)
    unlimited = run("plan", ten, "--budget", "none", "--out", tmp_path / "none")
    assert unlimited.stdout.startswith("Feasible: no yearly budget; ")
    assert "need" not in json.loads((tmp_path / "none" / "summary.json").read_text(encoding="utf-8"))
    for form in ("html", "xlsx"):
        assert run("report", tmp_path / "plan", "--out", tmp_path / f"report.{form}").exit_code == 0


def test_the_command_line_says_what_a_flat_budget_is_enough_for(ten: Path, tmp_path: Path) -> None:
    of_a_plan = "for this plan: less may be for others. Without --budget and budget.csv the least is proven"
    left_out = "is enough if repairs may be left out"
    for options, said, unsaid in (
        (("--space", "study", "--budget", "none"), of_a_plan, left_out),
        (("--space", "practice"), left_out, of_a_plan),
        (("--space", "study"), "is not", left_out),
    ):
        shown = " ".join(run("plan", ten, *options, "--out", tmp_path / "out").stdout.split())
        assert said in shown
        assert unsaid not in shown
