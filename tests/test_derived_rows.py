"""Rows that follow from whole plans: larger bounds, never above the optimum, derived anew by whoever checks them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from made_network import made_network
from nagamochi import _core
from nagamochi.base import records
from nagamochi.planning import (
    NEVER,
    Genetic,
    Highs,
    NetworkPlan,
    PlanningProblem,
    PlanSpace,
    Relaxation,
    Shortfall,
    evaluate_plan,
    read_plan,
    solve,
    verify,
)
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.choice import Choice
from nagamochi.planning.derived_rows import DerivedRow
from nagamochi.planning.solvers import relaxation

CLAIM = "lower bound of cost with derived rows, interval 5, yen"


def tight(seed: int) -> PlanningProblem:
    """Some bridges whose largest works take much of a year's budget; what is not repaired counts."""
    rng = np.random.default_rng([seed, 79])
    network = made_network(seed, bridges=int(rng.integers(8, 12)), members=int(rng.integers(1, 4)))
    works = np.add.reduceat(network.arrays.repair_cost[:, 2], network.arrays.curve_offsets[:-1])
    return PlanningProblem(
        network,
        np.full(12, 2e6 + np.quantile(works, 0.5) * rng.uniform(0.5, 1.5)),
        space=PlanSpace(levels=(3.0, 2.0, NEVER), first_years=(1, 2, 3), intervals=(5,), delays=(1, 3)),
        level_per="member" if seed % 4 == 3 else "bridge",
        carry_over=seed % 11 == 10,
        shortfall=Shortfall(),
    )


def without_search(problem: PlanningProblem, gap: float = 1e-6) -> NetworkPlan:
    """Plan without the short search, which often proves the best plan of few bridges before rows are derived."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relaxation, "NODES_FOR_FEW", 0)
        return solve(problem, solver=Relaxation(gap=gap), threads=1)


def bound_by_prices(certificate: Certificate, *, derived: bool = True) -> float:
    """Return the lower bound without what a search excluded."""
    return replace(certificate, searched=None, derived_bounds=certificate.derived_bounds if derived else ()).lower_bound


def enclosing(seeds: range) -> int:
    """Check bounds against the best plan that HiGHS finds, mostly the optimum; return how many derived rows raised."""
    raised = 0
    for seed in seeds:
        plan = without_search(tight(seed), gap=0.0)
        if not plan.certificate.derived_bounds:
            continue
        best = solve(plan.problem, solver=Highs(time_limit=10), threads=1)
        optimal = best.run.claim == "optimal"
        limit = min(best.counted_cost, plan.counted_cost) * (1 + 1e-9) + 1
        assert bound_by_prices(plan.certificate, derived=False) < bound_by_prices(plan.certificate) <= limit, seed
        searched = solve(plan.problem, solver=Relaxation(gap=0.0), threads=1)
        assert searched.certificate.lower_bound <= limit, seed
        assert searched.gap > 0 or searched.counted_cost <= plan.counted_cost * (1 + 1e-9), seed
        assert not optimal or plan.counted_cost >= best.counted_cost * (1 - 1e-7), seed
        assert [check for check in verify(plan) if not check.holds] == []
        raised += 1
    return raised


def test_bounds_rise_and_stay_below_the_optimum_that_highs_finds():
    assert enclosing(range(11)) > 5


@pytest.mark.parametrize("solver", [Highs(time_limit=10), Genetic(generations=40, seed=1)], ids=["highs", "genetic"])
def test_plans_of_others_are_held_against_the_same_rows(solver):
    for seed in (2, 5):
        plan, best = solve(tight(seed), solver=solver, threads=1), solve(tight(seed), threads=1)
        assert best.gap == 0  # proven by excluding all others, so an optimum that bounds must stay below
        plain = bound_by_prices(plan.certificate, derived=False)
        assert plain < plan.certificate.lower_bound <= best.counted_cost <= plan.counted_cost * (1 + 1e-9)
        assert [check for check in verify(plan) if not check.holds] == []


def test_a_plan_from_a_table_is_held_against_derived_rows(plan):
    problem = plan.problem
    given = {"space": problem.space, "shortfall": problem.shortfall, "horizon": 12}
    own = evaluate_plan(problem.network, plan.decisions, budget=problem.budget, threads=1, **given)
    assert own.counted_cost == plan.counted_cost
    assert bound_by_prices(own.certificate, derived=False) < own.certificate.lower_bound <= own.counted_cost
    over = evaluate_plan(problem.network, plan.decisions, budget=problem.budget * 0.5, threads=1, **given)
    assert (over.feasible, over.certificate.derived_bounds) == (False, ())


@pytest.mark.by_hand
def test_bounds_of_many_networks_stay_below_the_optimum():
    assert enclosing(range(250)) > 120


@pytest.fixture(scope="module")
def plan() -> NetworkPlan:
    """With derived rows of both kinds."""
    found = without_search(tight(11))
    (bound,) = found.certificate.derived_bounds
    assert {row.plans is None for row in bound.derived} == {True, False}
    return found


def wrong_claims(plan: NetworkPlan, **changes: object) -> list[str]:
    (bound,) = plan.certificate.derived_bounds
    changed = replace(plan.certificate, derived_bounds=(replace(bound, **changes),))
    return [check.claim for check in verify(replace(plan, certificate=changed)) if not check.holds]


def test_verify_derives_the_rows_anew(plan):
    (bound,) = plan.certificate.derived_bounds
    assert wrong_claims(plan) == []
    assert wrong_claims(plan, yen=bound.yen * (1 + 1e-6)) == [CLAIM]
    assert wrong_claims(plan, derived=()) == [CLAIM]
    negative = replace(bound.derived[0], price=-1.0)
    assert wrong_claims(plan, derived=(negative, *bound.derived[1:]), yen=0) == [CLAIM]


def test_verify_refuses_plans_that_do_not_exclude_each_other(plan):
    (bound,) = plan.certificate.derived_bounds
    exclusive = next(row for row in bound.derived if row.plans is not None)
    others = [row for row in bound.derived if row is not exclusive]
    never = next(index for index in range(plan.problem.space.n_plans) if plan.problem.space.plan(index).level is NEVER)
    unit = int(exclusive.plans[0, 0])
    other = next(unit for unit in range(plan.problem.n_units) if unit not in exclusive.plans[:, 0])
    for plans in ([[unit, never], [other, never]], exclusive.plans[[0, 0]].tolist()):
        row = DerivedRow(exclusive.price, plans=np.array(plans))
        assert wrong_claims(plan, derived=(*others, row), yen=0) == [CLAIM]


def test_a_saved_certificate_keeps_derived_rows(plan, tmp_path):
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert records.plain(read.certificate.record) == records.plain(plan.certificate.record)
    assert read.certificate.lower_bound == plan.certificate.lower_bound
    assert wrong_claims(read) == []


def test_a_certificate_without_derived_rows_says_nothing_of_them(plan):
    assert "derived_bounds" in plan.certificate.record
    assert "derived_bounds" not in replace(plan.certificate, derived_bounds=()).record


def test_units_of_money_change_prices_alone(plan):
    (bound,), (thousand,) = plan.certificate.derived_bounds, plan.certificate.in_yen_of(1024).derived_bounds
    assert thousand.yen == bound.yen / 1024
    assert [row.price for row in thousand.derived] == [row.price / 1024 for row in bound.derived]
    assert thousand.prices.tolist() == bound.prices.tolist()


def digits(result: _core.RelaxationResult) -> list[object]:
    return [
        result.plans.tolist(),
        result.cost,
        *(
            (proof.bound, proof.prices.tolist(), proof.derived_prices.tolist(), len(proof.derived))
            for proof in result.derived
        ),
        [(row.row, row.parts, row.groups.tolist(), row.plans.tolist()) for row in result.derived[0].derived],
    ]


def test_the_same_bits_for_any_threads_and_instructions(plan):
    choice = Choice.nearest(plan.problem)

    def solved(threads: int, simd: _core.Simd) -> list[object]:
        core = choice.core(threads, simd)
        return digits(_core.relax(problem=core, settings=_core.RelaxationSettings(), threads=threads))

    one = solved(1, _core.Simd.baseline)
    widest = _core.widest_simd()
    assert all(solved(threads, simd) == one for threads, simd in [(2, widest), (7, _core.Simd.baseline)])
