"""Certificates: what they say, what files hold, and that `verify` finds what is wrong with them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from made_network import made_network
from nagamochi import _core, datasets
from nagamochi.base import records
from nagamochi.planning import (
    Exact,
    NetworkPlan,
    Outcome,
    PlanningProblem,
    PlanSpace,
    Relaxation,
    plan_network,
    read_plan,
    verify,
)
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.rows import Row, carry_over_rows, classes_of_bridges, yearly_rows
from nagamochi.planning.verify import AMOUNT
from nagamochi.planning.walks import Walker
from oracle.choices import plans_of

STUDY = PlanSpace.study()


@pytest.fixture(scope="module")
def ten() -> NetworkPlan:
    return plan_network(datasets.paper_ten(), 24e6, space=STUDY, solver=Relaxation())


def wrong_claims(plan: NetworkPlan) -> list[str]:
    return [check.claim for check in verify(plan) if not check.holds]


@pytest.mark.parametrize(
    "arguments",
    [
        {"budget": 24e6},
        {"budget": 24e6, "interval_per": "bridge", "discount_rate": 0.04},
        {"budget": 20e6, "level_per": "member", "min_health": 2.0},
        {"budget": 5e6, "horizon": 30},
        {"budget": 12e6, "horizon": 30, "space": PlanSpace.practice()},
        {"budget": 14e6, "horizon": 30, "space": replace(PlanSpace.practice(), urgent_below=2.0)},
        {"budget": 16e6, "min_health": 2.0, "level_per": "member", "space": PlanSpace.practice()},
        {"budget": [math.inf, *[20e6] * 49], "min_health": {"main girder": 3.0}},
    ],
)
@pytest.mark.parametrize("solver", ["relaxation", Exact(nodes=20_000), "genetic"])
def test_every_plan_is_verified(arguments, solver):
    if solver == "genetic":
        arguments = {**arguments, "threads": 2}
    plan = plan_network(datasets.paper_ten(), **{"space": STUDY} | arguments, solver=solver)
    assert wrong_claims(plan) == []
    assert plan.certificate.proven_infeasible == (plan.certificate.lower_bound == math.inf)
    assert not (plan.feasible and plan.certificate.proven_infeasible)


def test_verify_finds_a_bound_that_is_too_large(ten):
    bounds = tuple(replace(bound, yen=bound.yen + 2) for bound in ten.certificate.bounds)
    changed = replace(ten, certificate=replace(ten.certificate, bounds=bounds))
    assert wrong_claims(changed) == [f"lower bound of cost, interval {i}, yen" for i in range(4, 12)]


def test_verify_finds_prices_that_give_another_bound(ten):
    number, bound = max(enumerate(ten.certificate.bounds), key=lambda pair: pair[1].prices.max())
    worse = replace(bound, prices=bound.prices * 1.5)
    bounds = (*ten.certificate.bounds[:number], worse, *ten.certificate.bounds[number + 1 :])
    changed = replace(ten, certificate=replace(ten.certificate, bounds=bounds))
    assert wrong_claims(changed) == [f"lower bound of cost, interval {bound.interval}, yen"]
    negative = replace(bound, prices=bound.prices - 1e-3, yen=0)
    bounds = (*ten.certificate.bounds[:number], negative, *ten.certificate.bounds[number + 1 :])
    changed = replace(ten, certificate=replace(ten.certificate, bounds=bounds))
    assert wrong_claims(changed) == [f"lower bound of cost, interval {bound.interval}, yen"]


def test_verify_finds_another_plan_cost_or_budget(ten):
    other = ten.plan_of_unit.copy()
    other[0] = (other[0] // 16) * 16 + (other[0] + 5) % 16
    changed = replace(ten, plan_of_unit=other)
    assert wrong_claims(changed)[0] == "cost of the plan, yen"
    elsewhere = ten.plan_of_unit.copy()
    elsewhere[0] = (elsewhere[0] + 16) % 128
    assert wrong_claims(replace(ten, plan_of_unit=elsewhere))[0] == "units whose plan must not be chosen"
    year = int(ten.outcome.total.argmax())
    rows = list(ten.certificate.rows)
    rows[year] = replace(rows[year], bound=ten.outcome.total[year] - 1)
    changed = replace(ten, certificate=replace(ten.certificate, rows=tuple(rows)))
    assert f"budget of year {year + 1}" in wrong_claims(changed)
    cheaper = replace(ten.outcome, cost=ten.cost - 2)
    assert wrong_claims(replace(ten, outcome=cheaper)) == ["cost of the plan, yen"]


def test_verify_finds_a_flat_budget_that_is_too_large():
    plan = plan_network(datasets.paper_ten(), 5e6, space=STUDY, solver=Relaxation())
    low, high = plan.certificate.smallest_flat_budget
    assert 5e6 < low <= high
    assert wrong_claims(plan) == []
    bounds = tuple(replace(bound, yen=int(bound.yen * 1.001)) for bound in plan.certificate.flat_bounds)
    wrong = wrong_claims(replace(plan, certificate=replace(plan.certificate, flat_bounds=bounds)))
    assert wrong == [f"no flat budget below, interval {i}, yen a year" for i in range(4, 12)]


@pytest.mark.parametrize("budget", [24e6, 5e6])
@pytest.mark.parametrize("interval_per", ["network", "bridge"])
def test_a_saved_certificate_is_read_as_it_was_and_verified(budget, interval_per, tmp_path):
    plan = plan_network(datasets.paper_ten(), budget, space=STUDY, solver=Relaxation(), interval_per=interval_per)
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert records.plain(read.certificate.record) == records.plain(plan.certificate.record)
    assert wrong_claims(read) == []
    written = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    bound = plan.certificate.lower_bound
    assert written["lower_bound"] == (None if plan.certificate.proven_infeasible else bound)
    assert written["rows"][0] == {
        "name": "budget of year 1",
        "bound": budget,
        "years": {"1": 1},
        "bridges": None,
        "health_below": None,
    }


def test_gap_and_bound_count_in_whole_yen():
    certificate = Certificate("relaxation", (), (Bound(None, True, np.empty(0), 1_000_000),))
    assert certificate.gap(1_000_000.9) == 0.0
    assert certificate.gap(1_010_000.0) == 0.01
    searched = replace(certificate, searched=1_010_000.0)
    assert (searched.lower_bound, searched.gap(1_010_000.5)) == (1_010_000.0, 0.0)
    nothing = replace(certificate, bounds=(Bound(None, False, np.empty(0), 1),))
    assert (nothing.lower_bound, nothing.proven_infeasible, nothing.gap(5.0)) == (math.inf, True, 0.0)
    weak = replace(certificate, bounds=(Bound(None, False, np.empty(0), -1),))  # of an overrun that is priced too low
    assert not weak.proven_infeasible
    undecided = replace(certificate, bounds=(Bound(4, True, np.empty(0), 7), Bound(5, False, np.empty(0), 3)))
    assert (undecided.lower_bound, undecided.proven_infeasible) == (7, False)


def test_rows_of_budgets():
    assert [(row.name, row.bound, row.years.tolist()) for row in yearly_rows([5.0, math.inf, 7.0])] == [
        ("budget of year 1", 5.0, [1, 0, 0]),
        ("budget of year 3", 7.0, [0, 0, 1]),
    ]
    assert [(row.bound, row.years.tolist()) for row in carry_over_rows([5.0, 6.0])] == [(5.0, [1, 0]), (11.0, [1, 1])]
    assert Row("r", 3.0, np.zeros(1, np.int64)).exact_bound == 3 * AMOUNT


def test_bridges_in_the_same_rows_are_one_class():
    owned = np.array([True, False, True, False])
    rows = [Row("all", 1.0, np.ones(2, np.int64)), Row("owned", 1.0, np.ones(2, np.int64), owned)]
    classes, members = classes_of_bridges(rows, 4)
    assert members.shape == (2, 2)
    assert (members[:, classes] == np.array([[1, 1, 1, 1], [1, 0, 1, 0]])).all()


@pytest.mark.parametrize("level_per", ["bridge", "member"])
@pytest.mark.parametrize("seed", range(5))
def test_walks_agree_with_the_oracle_and_the_kernel(seed, level_per):
    network = made_network(seed, bridges=3)
    intervals = (1, 4, 9) if seed % 2 else (4, 9)
    delays = (1,) if seed % 2 else (1, 3, 4)
    space, horizon = PlanSpace((4.0, 2.5, "never"), first_years=(1, 3), intervals=intervals, delays=delays), 25
    if seed > 2:
        space = replace(space, urgent_below=2.7)
    units = network.repair_groups(level_per)
    expected = plans_of(network, level_per, space, horizon)
    urgency = None if space.urgent_below is None else (space.urgent_below, space.urgent_delay)
    walker = Walker(network.arrays, units.offsets, horizon, AMOUNT, urgency=urgency)
    for plan in range(space.n_plans):
        walk = walker.walk(*space.plan(plan))
        np.testing.assert_allclose(walk.repair_yen / AMOUNT, expected.repairs[:, plan], rtol=1e-9, atol=1e-4)
        np.testing.assert_allclose(walk.lowest_health, expected.lowest_health[:, plan], rtol=1e-9)
    chosen = expected.random_plan(np.random.default_rng(seed))
    problem = plan_network(
        network, 1e12, horizon=horizon, space=space, level_per=level_per, solver=Relaxation()
    ).problem
    spent, _ = expected.use(chosen)
    np.testing.assert_allclose(Outcome.of(problem, chosen, 1).total, spent.sum(axis=0), rtol=1e-9)


@pytest.mark.parametrize(
    ("space", "minimum"),
    [
        (PlanSpace.study(), 2.5),
        (PlanSpace.practice(), 2.5),
        (replace(PlanSpace.practice(), urgent_below=2.8), 2.5),
        (PlanSpace(levels=(3.5,), first_years=(2, 4), intervals=(6, 9), delays=(3, 5)), 1.2),
        (PlanSpace(levels=(3.5,), first_years=(2, 4), intervals=(6, 9), delays=(3, 5), urgent_below=2.0), 1.8),
    ],
)
def test_walks_keep_a_minimum_where_the_kernel_says_so(space, minimum):
    network = datasets.paper_ten()
    problem = PlanningProblem(network, np.full(50, 1e12), min_health=minimum, space=space)
    earliest = min(space.first_years)
    urgency = None if space.urgent_below is None else (space.urgent_below, space.urgent_delay)
    shortest_delay = min(space.delays) if urgency is None else min(2, *space.delays)
    when = (earliest, shortest_delay, urgency)
    walker = Walker(network.arrays, problem.units.offsets, 50, AMOUNT, problem.minimum, *when)
    kept = np.array([walker.walk(*problem.space.plan(plan)).keeps_minimum for plan in range(problem.space.n_plans)]).T
    assert 0 < kept.sum() < kept.size
    assert (kept == (problem.health_deficit == 0)).all()


def test_amounts_are_rounded_to_parts_of_a_yen():
    yen = np.array([0.0, 1 / 3, 1234.5, 1e9 + 0.1])
    expected = np.rint(yen * AMOUNT) / AMOUNT
    _core.round_amounts(yen=yen, threads=1)
    assert yen.tolist() == expected.tolist()
