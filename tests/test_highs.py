"""HiGHS as a solver: it agrees with the exact search, and claims no more than `verify` can check."""

from __future__ import annotations

import numpy as np
import pytest

from made_decided import made_decided
from made_network import made_network
from nagamochi import datasets
from nagamochi.errors import InvalidInput
from nagamochi.planning import (
    Exact,
    Highs,
    NetworkPlan,
    PlanningProblem,
    PlanSpace,
    plan_network,
    read_plan,
    solve,
    verify,
)
from test_rows import network_with

SPACE = PlanSpace(levels=(4.0, 2.5), first_years=(1, 3), intervals=(4, 6))


def plans(solvers, seed: int, share: float, **arguments) -> list[NetworkPlan]:
    network = made_network(seed, bridges=5, members=2)
    free = plan_network(network, 1e12, horizon=25, space=SPACE, solver=Exact(), **arguments)
    budget = share * free.outcome.total.max()
    return [plan_network(network, budget, horizon=25, space=SPACE, solver=solver, **arguments) for solver in solvers]


@pytest.mark.parametrize("level_per", ["bridge", "member"])
@pytest.mark.parametrize("interval_per", ["network", "bridge"])
@pytest.mark.parametrize("rules", [{}, {"min_health": 2.0, "discount_rate": 0.04}])
@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_the_exact_search_finds(seed, rules, interval_per, level_per):
    options = {"interval_per": interval_per, "level_per": level_per, **rules}
    ours, theirs = plans([Exact(), Highs()], seed, 0.8, **options)
    assert ours.gap in (0.0, None)
    assert theirs.feasible == ours.feasible
    assert theirs.cost == pytest.approx(ours.cost, rel=1e-7)
    if ours.feasible:
        assert theirs.run.claim == "optimal"
        assert theirs.run.bound == pytest.approx(ours.cost, rel=1e-6)
    assert all(check.holds for check in verify(theirs))


@pytest.mark.parametrize("carry_over", [False, True])
def test_it_keeps_the_rows_of_a_network(carry_over):
    owner = {"name": "K's", "owner": "K", "per": "year", "budget": 2.5e6}
    health = {"name": "low", "share": 0.5, "below_health": 2.0}
    network = network_with(owner, health)
    problem = PlanningProblem(network, np.full(20, 8e6), space=SPACE, level_per="member", carry_over=carry_over)
    ours, theirs = (solve(problem, solver=solver) for solver in (Exact(), Highs()))
    assert ours.gap in (0.0, None)
    assert theirs.feasible == ours.feasible
    assert theirs.cost == pytest.approx(ours.cost, rel=1e-7)
    assert all(check.holds for check in verify(theirs))


def test_decided_works_are_refused():
    with pytest.raises(InvalidInput, match="solver: must be relaxation or exact where works are decided"):
        plan_network(made_decided(1, 20).network, 1e9, horizon=20, solver="highs")


def test_its_bound_is_a_claim_and_no_part_of_the_certificate(tmp_path):
    plan = plan_network(datasets.paper_ten(), 24e6, space=PlanSpace.study(), solver="highs")
    assert plan.certificate.searched is None
    assert plan.certificate.lower_bound < plan.run.bound
    assert 0 < plan.gap < 0.01
    assert "not verified" in plan.run.facts["search"]
    plan.save(tmp_path)
    assert read_plan(tmp_path).certificate.lower_bound == plan.certificate.lower_bound


def test_where_nothing_keeps_the_budgets_the_plan_is_that_of_the_relaxation():
    ten = datasets.paper_ten()
    study = PlanSpace.study()
    plan, ours = (plan_network(ten, 5e6, space=study, solver=solver) for solver in ("highs", "relaxation"))
    assert plan.run.claim == "no plan keeps the budgets"
    assert plan.plan_of_unit.tolist() == ours.plan_of_unit.tolist()
    assert plan.certificate.proven_infeasible


def test_out_of_time_the_plan_is_that_of_the_relaxation():
    plan = plan_network(datasets.example_town(), 160e6, solver=Highs(time_limit=0.0))
    assert plan.run.claim in ("no plan found in time", "stopped by its time limit")
    assert plan.run.stopped == "time limit"
    assert plan.feasible
    assert all(check.holds for check in verify(plan))


@pytest.mark.parametrize("options", [{"gap": -1.0}, {"time_limit": -1.0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(InvalidInput, match=f"{next(iter(options))}: must be a finite number, at least 0; got -1"):
        Highs(**options)
