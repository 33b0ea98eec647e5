"""Budgets that are kept with a probability where ratings scatter: against drawn ratings of whole networks."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.planning import (
    Exact,
    NetworkPlan,
    OverrunRisk,
    PlanningProblem,
    PlanSpace,
    RatingScatter,
    Relaxation,
    plan_with_confidence,
    read_plan,
    solve,
    verify,
)
from nagamochi.planning.slots import slots_of_plan
from oracle.choices import curves_of
from oracle.rating_scatter import OracleRatings, draw

SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3, 4), intervals=(4, 5), delays=(1, 2))
SCATTER = RatingScatter(0.43, bias=-0.1)
HORIZON, DRAWS = 24, 2000


def limited(share: float = 0.9, seed: int = 5, bridges: int = 40, **others) -> PlanningProblem:
    """A network whose budget is a share of the dearest year of its cheapest plan."""
    network = made_network(seed, bridges=bridges)
    free = PlanningProblem(network, np.full(HORIZON, np.inf), 0.02, space=SPACE, scatter=SCATTER, **others)
    return replace(free, budget=np.full(HORIZON, share * solve(free).outcome.total.max()))


def drawn_totals(plan: NetworkPlan, draws: int, seed: int) -> np.ndarray:
    """What the whole network spends in each year, (draws, horizon), ratings drawn and bridges added up."""
    network, space, rng = plan.network, plan.problem.space, np.random.default_rng(seed)
    curves, ratings = curves_of(network, []), OracleRatings(SCATTER.sigma, SCATTER.bias)
    totals = np.tile(plan.outcome.inspection, (draws, 1))
    for unit, (begin, end) in enumerate(pairwise(plan.problem.units.offsets.tolist())):
        chosen = space.plan(int(plan.plan_of_unit[unit]))
        totals += draw(curves[begin:end], ratings, chosen, plan.horizon, draws, rng).repair
    return totals


@pytest.mark.parametrize("level_per", ["bridge", "member"])
def test_risk_and_confidence_are_those_of_drawn_networks(level_per: str) -> None:
    found = plan_with_confidence(limited(level_per=level_per), 0.9)
    assert found.kept
    assert found.on_average.overrun_risk.probability.max() > 0.3
    for plan in (found.on_average, found.plan):
        risk, totals = plan.overrun_risk, drawn_totals(plan, DRAWS, seed=1)
        mean, deviation = totals.mean(axis=0), totals.std(axis=0)
        assert (np.abs(mean - risk.mean) <= 4 * risk.deviation / DRAWS**0.5 + 1).all()
        square = (totals - mean) ** 2
        assert (np.abs(deviation**2 - risk.deviation**2) <= 4 * square.std(axis=0) / DRAWS**0.5 + 1).all()
        overrun = (totals > risk.budget).mean(axis=0)
        error = 4 * np.sqrt(np.maximum(overrun * (1 - overrun), 1 / DRAWS) / DRAWS)
        assert (np.abs(overrun - risk.probability) <= error + 0.03).all()  # spending is nearly normal
    assert overrun.max() <= 0.1 + 0.03


@pytest.mark.parametrize("solver", [Exact(), Relaxation()])
def test_a_plan_with_confidence_has_the_proof_of_budgets_on_average(solver) -> None:
    problem = limited(bridges=8)
    alone = solve(problem, solver=solver)
    found = plan_with_confidence(problem, 0.9, solver=solver)
    assert found.kept
    assert found.plan.problem is problem
    assert found.plan.overrun_risk.probability.max() <= 0.1 + 1e-6
    assert found.plan.feasible
    assert all(check.holds for check in verify(found.plan))
    assert (
        found.plan.certificate.lower_bound == alone.certificate.lower_bound == found.on_average.certificate.lower_bound
    )
    assert found.plan.counted_cost >= alone.certificate.lower_bound
    assert found.price == found.plan.counted_cost - alone.counted_cost
    assert found.plan.seconds > found.on_average.seconds
    assert "bound and gap are those of budgets of expected yen" in found.plan.notices[-1]


def test_errors_that_a_bridge_shares_count_in_the_risk() -> None:
    shared = RatingScatter(0.3, bias=-0.1, round_scatter=0.4)
    problem = limited(bridges=12)
    plan = solve(replace(problem, scatter=shared))
    curves, offsets, rng = (
        curves_of(plan.network, []),
        plan.network.arrays.curve_offsets.tolist(),
        np.random.default_rng(3),
    )
    ratings = OracleRatings(shared.sigma, shared.bias, shared.round_scatter)
    covariance = shared.shared_covariance(problem.units, problem.layout, plan.plan_of_unit, threads=1)
    of_slots = shared.costs_of_plans(problem.units, problem.layout, plan.plan_of_unit, threads=1)[1]
    for bridge, (begin, end) in enumerate(pairwise(offsets)):
        chosen = SPACE.plan(int(plan.plan_of_unit[bridge]))
        drawn = draw(curves[begin:end], ratings, chosen, HORIZON, 4 * DRAWS, rng).repair
        variance = covariance[bridge].copy()
        _, years = slots_of_plan(SPACE, HORIZON, int(plan.plan_of_unit[bridge]))
        variance[years - 1] += of_slots[bridge, : len(years)]
        square = (drawn - drawn.mean(axis=0)) ** 2
        most = sum(max(curve.cost) for curve in curves[begin:end])
        error = 4 * square.std(axis=0) / (4 * DRAWS) ** 0.5 + 5 / (4 * DRAWS) * most**2
        assert (np.abs(square.mean(axis=0) - variance) <= error).all()
    assert covariance.sum() > 0.1 * of_slots.sum()
    assert np.array_equal(
        covariance, shared.shared_covariance(problem.units, problem.layout, plan.plan_of_unit, threads=3)
    )


def test_plans_with_confidence_count_errors_that_a_bridge_shares() -> None:
    problem = limited(bridges=12)
    found = plan_with_confidence(replace(problem, scatter=RatingScatter(0.3, bias=-0.1, round_scatter=0.3)), 0.9)
    assert found.kept
    assert found.plan.overrun_risk.probability.max() <= 0.1 + 1e-6
    alone = replace(found.plan, problem=replace(problem, scatter=RatingScatter(0.18**0.5, bias=-0.1)))
    assert found.plan.overrun_risk.deviation.sum() > 1.02 * alone.overrun_risk.deviation.sum()


def test_more_confidence_costs_more_and_half_costs_nothing() -> None:
    problem = limited(bridges=12)
    found = {confidence: plan_with_confidence(problem, confidence) for confidence in (0.5, 0.8, 0.95)}
    assert all(plan.kept for plan in found.values())
    assert found[0.5].price == 0
    assert found[0.5].plan.plan_of_unit.tolist() == solve(problem).plan_of_unit.tolist()
    assert 0 < found[0.8].price < found[0.95].price


def test_what_cannot_be_kept_is_said_and_the_nearest_plan_given() -> None:
    problem = limited(bridges=6)
    least = solve(problem, solver=Exact()).certificate.smallest_flat_budget[1]
    tight = replace(problem, budget=np.full(HORIZON, least))
    found = plan_with_confidence(tight, 0.999, solver=Exact())
    assert found.plan.feasible
    assert not found.kept
    assert "no plan was found that keeps every yearly budget with a probability of 0.999" in found.plan.notices[-1]
    assert "does not prove that there is none" in found.plan.notices[-1]
    short = [
        np.maximum(plan.overrun_risk.mean + 3.0902 * plan.overrun_risk.deviation - least, 0).sum()
        for plan in (found.plan, found.on_average)
    ]
    assert short[0] <= short[1]
    impossible = plan_with_confidence(replace(problem, budget=np.full(HORIZON, least / 3)), 0.9)
    assert not impossible.plan.feasible
    assert not impossible.kept
    assert "not even expected yen keep every limit" in impossible.plan.notices[-1]


def test_years_without_scatter_or_budget_have_no_risk_between() -> None:
    risk = OverrunRisk(
        np.array([2.0, 2.0, 2.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 2.0, np.inf, 1.0])
    )
    assert risk.probability.tolist() == [1.0, 0.0, 0.0, 0.5]
    certain = solve(replace(limited(bridges=3), scatter=RatingScatter()))
    assert set(certain.overrun_risk.probability.round(6).tolist()) == {0.0}


def test_the_risk_is_a_column_where_it_is_known(tmp_path: Path) -> None:
    problem = limited(bridges=3)
    plan = solve(problem)
    plan.save(tmp_path)
    saved = pl.read_csv(tmp_path / "yearly.csv")["overrun_probability"]
    assert saved.to_numpy() == pytest.approx(plan.overrun_risk.probability, abs=1e-6)
    assert read_plan(tmp_path).yearly.equals(plan.yearly)
    unknown = [
        replace(problem, scatter=None),
        replace(problem, scatter=RatingScatter(0.3, round_scatter=0.7)),
        replace(problem, carry_over=True),
        replace(problem, budget=np.full(HORIZON, np.inf)),
    ]
    for other in unknown:
        assert "overrun_probability" not in solve(other).yearly.columns


@pytest.mark.parametrize(
    ("others", "confidence", "message"),
    [
        ({}, 0.4, "must be a finite number, at least 0.5; got 0.4"),
        ({}, 1, "must be below 1, as spending that scatters has no upper end; got 1"),
        ({}, float("nan"), "must be a finite number, at least 0.5; got nan"),
        ({"scatter": None}, 0.9, "must not be given where ratings do not scatter"),
        ({"scatter": RatingScatter(0.1, round_scatter=0.3)}, 0.9, "must not be given with round_scatter above twice"),
        ({"scatter": RatingScatter(0.4, 0, 0.1, None, True)}, 0.9, "must not be given with round_scatter above twice"),
        ({"carry_over": True}, 0.9, "must not be given where budgets are carried over"),
        ({"budget": np.full(20, np.inf)}, 0.9, "must not be given without a yearly budget"),
    ],
)
def test_wrong_confidence_is_refused(others: dict, confidence: float, message: str) -> None:
    problem = PlanningProblem(made_network(3), np.full(20, 1e7), space=SPACE, scatter=SCATTER)
    with pytest.raises(InvalidInput, match=f"budget_confidence: {message}"):
        plan_with_confidence(replace(problem, **others), confidence)


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ten")
    datasets.paper_ten().write(folder)
    return folder


def test_the_command_plans_with_confidence(ten: Path, tmp_path: Path) -> None:
    command = ["plan", str(ten), "--out", str(tmp_path), "--space", "study", "--budget", "20e6", "--scatter", "0.43"]
    found = CliRunner().invoke(app, [*command, "--budget-confidence", "0.9", "--json"])
    assert found.exit_code == 0
    answer = json.loads(found.stdout)
    said = answer["budget_confidence"]
    assert (said["confidence"], said["kept"]) == (0.9, True)
    assert said["most_probable_overrun"] <= 0.1 + 1e-6
    assert said["most_probable_overrun"] == pytest.approx(
        pl.read_csv(tmp_path / "yearly.csv")["overrun_probability"].max(), abs=1e-6
    )
    assert answer["scatter"]["best"] == pytest.approx(answer["cost"] - said["price"])
    assert any(notice.startswith("budget_confidence: every yearly budget is kept") for notice in answer["notices"])
    assert all(check.holds for check in verify(read_plan(tmp_path)))
    shown = CliRunner().invoke(app, [*command, "--budget-confidence", "0.9"]).stdout
    assert "0.9 for each yearly budget, kept; costs" in shown
    assert "most probable in year" in CliRunner().invoke(app, command).stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scatter", "0.4", "--budget-confidence", "1.5"], "'--budget-confidence': must be below 1"),
        (["--budget-confidence", "0.9"], "'--budget-confidence': must not be given where ratings do not scatter"),
        (
            ["--scatter", "0.1", "--round-scatter", "0.3", "--budget-confidence", "0.9"],
            "'--budget-confidence': must not be given with round_scatter",
        ),
        (["--budget-confidence", "0.9", "--by", "owner"], "'--budget-confidence': must not be given with --by owner"),
    ],
)
def test_the_command_refuses_wrong_confidence(ten: Path, tmp_path: Path, options: list[str], message: str) -> None:
    budget = [] if "--by" in options else ["--budget", "15e6"]
    found = CliRunner().invoke(app, ["plan", str(ten), "--out", str(tmp_path / "out"), *budget, *options])
    assert found.exit_code == 2
    assert message in " ".join(found.stderr.replace("│", " ").split())
