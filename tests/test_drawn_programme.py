"""One drawn case of a plan: certain ratings give the certain works, and the mean of cases is what is expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from made_decided import frames, made_decided
from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import NEVER, NetworkPlan, Outcome, PlanningProblem, PlanSpace, RatingScatter, solve

SPACE = PlanSpace(levels=(4.0, 3.0, 2.0, NEVER), first_years=(1, 2, 4), intervals=(3, 5), delays=(1, 3))
MATRIX = ((0.8, 0.2, 0, 0, 0), (0.1, 0.7, 0.2, 0, 0), (0, 0.2, 0.6, 0.2, 0), (0, 0, 0.3, 0.6, 0.1), (0, 0, 0, 0.3, 0.7))
HORIZON, DRAWS = 20, 400


def decided_network(seed: int, access_cost: float = 0.0) -> Network:
    rows = made_decided(seed, HORIZON, members=2).rows | {"closed": []}
    network = made_network(seed, bridges=3, members=2, **frames(rows))
    return replace(network, arrays=replace(network.arrays, access_cost=np.full(3, access_cost)))


def any_plan(network: Network, scatter: RatingScatter, level_per: str = "member", seed: int = 0) -> NetworkPlan:
    """Plans that repair little and much: the cheapest for random costs of plans."""
    problem = PlanningProblem(
        network,
        np.full(HORIZON, np.inf),
        0.03,
        space=SPACE,
        scatter=scatter,
        level_per=level_per,
        interval_per="bridge",
    )
    plan = solve(problem)
    rng = np.random.default_rng(seed)
    timetable = plan.plan_of_unit // (len(SPACE.rules) * 3), plan.plan_of_unit % 3
    rules = rng.integers(0, len(SPACE.rules), len(plan.plan_of_unit))
    chosen = (timetable[0] * len(SPACE.rules) + rules) * 3 + timetable[1]
    return replace(plan, plan_of_unit=chosen, outcome=Outcome.of(problem, chosen, 1))


@pytest.mark.parametrize("seed", range(6))
def test_certain_ratings_give_the_works_of_the_plan(seed: int) -> None:
    plan = any_plan(decided_network(seed, access_cost=1e5), RatingScatter(), seed=seed)
    case = plan.drawn_programme(3)
    assert len(case.works) == len(plan.works)
    assert case.works.drop("reason", "cost", "health_found", "health_before").equals(
        plan.works.drop("reason", "cost", "health_found", "health_before")
    )
    for column in ("cost", "health_found", "health_before"):
        found, known = (works[column].fill_null(0).to_numpy() for works in (case.works, plan.works))
        assert found == pytest.approx(known, rel=1e-9)
    assert case.yearly["total"].to_numpy() == pytest.approx(plan.yearly["total"].to_numpy(), rel=1e-9)
    assert case.cost == pytest.approx(plan.cost, rel=1e-9)


@pytest.mark.parametrize(
    ("scatter", "access_cost", "level_per"),
    [
        (RatingScatter(0.43, bias=-0.2), 4e5, "bridge"),
        (RatingScatter(0.43, bias=-0.2), 4e5, "member"),
        (RatingScatter(matrix=MATRIX), 4e5, "member"),
        (RatingScatter(0.2, bias=0.1, round_scatter=0.4), 0.0, "bridge"),
        (RatingScatter(0.43, bias=0.1, rated_health=True, life_scatter=0.25), 4e5, "member"),
        (RatingScatter(matrix=MATRIX, rated_health=True), 4e5, "bridge"),
    ],
)
def test_cases_are_on_average_what_is_expected(scatter: RatingScatter, access_cost: float, level_per: str) -> None:
    network = made_network(4, bridges=4)
    network = replace(network, arrays=replace(network.arrays, access_cost=np.full(4, access_cost)))
    plan = any_plan(network, scatter, level_per, seed=4)
    cases = [plan.drawn_programme(seed) for seed in range(DRAWS)]
    totals = np.array([case.yearly["total"].to_numpy() for case in cases])
    assert totals.std(axis=0).max() > 1e5
    most = network.arrays.repair_cost.max() + access_cost
    error = 4 * totals.std(axis=0) / DRAWS**0.5 + 5 / DRAWS * most  # or what happens in 5 draws
    assert (np.abs(totals.mean(axis=0) - plan.outcome.total) <= error).all()
    costs = np.array([case.cost for case in cases])
    assert abs(costs.mean() - plan.cost) <= 4 * costs.std() / DRAWS**0.5
    if scatter.has_known_variance:
        bounded = replace(plan.problem, budget=plan.outcome.total)
        risk = replace(plan, problem=bounded).overrun_risk
        square = (totals - plan.outcome.total) ** 2
        error = 4 * square.std(axis=0) / DRAWS**0.5 + 5 / DRAWS * most**2
        assert (np.abs(square.mean(axis=0) - risk.deviation**2) <= error).all()


def test_errors_of_a_round_are_shared_by_the_curves_of_a_bridge() -> None:
    """The present value of a case scatters more if all members of a bridge are rated too badly at once."""
    network = made_network(6, bridges=2, members=4)
    plans = [any_plan(network, scatter, seed=1) for scatter in (RatingScatter(0.6), RatingScatter(round_scatter=0.6))]
    spread = [
        np.std(
            [
                replace(plan, plan_of_unit=plans[0].plan_of_unit).drawn_programme(seed).yearly["total"]
                for seed in range(200)
            ],
            axis=0,
        )
        for plan in plans
    ]
    assert spread[1].sum() > 1.05 * spread[0].sum()


def test_a_case_adds_up_and_depends_on_its_seed_alone() -> None:
    plan = any_plan(decided_network(2, access_cost=2e5), RatingScatter(0.5), seed=2)
    case, again, other = (plan.drawn_programme(seed) for seed in (11, 11, 12))
    assert case.works.equals(again.works)
    assert case.yearly.equals(again.yearly)
    assert not case.works.equals(other.works)
    by_year = case.works.group_by("year").agg(pl.col("cost").sum()).sort("year")
    spent = case.yearly.with_columns(spent=pl.col("total") - pl.col("inspection")).filter(pl.col("spent") > 0)
    assert by_year.filter(pl.col("cost") > 0)["year"].to_list() == spent["year"].to_list()
    assert by_year.filter(pl.col("cost") > 0)["cost"].to_numpy() == pytest.approx(spent["spent"].to_numpy())
    assert case.cost == pytest.approx(float(case.yearly["total"].to_numpy() @ plan.problem.weights))


def test_wrong_seeds_and_certain_ratings_are_refused() -> None:
    plan = any_plan(made_network(3), RatingScatter(0.3))
    with pytest.raises(InvalidInput, match="seed: must be a whole number, at least 0; got -1"):
        plan.drawn_programme(-1)
    certain = solve(replace(plan.problem, scatter=None))
    with pytest.raises(InvalidInput, match="seed: must not be given where ratings do not scatter; got 1"):
        certain.drawn_programme(1)
