"""What is decided: works, closed years and removals, against an oracle that walks through the years."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_decided import MadeDecided, made_decided
from nagamochi import _core
from nagamochi.planning import Exact, Genetic, Outcome, PlanningProblem, PlanSpace, evaluate_plans, plan_network, verify
from nagamochi.planning.outcome import count_conditions, find_repairs
from nagamochi.planning.plan_table import plan_table_blocks
from oracle.choices import ChosenPlans, least_cost, plans_of

SIMD = [simd for simd in _core.Simd if simd <= _core.widest_simd()]

spaces = st.builds(
    PlanSpace,
    st.lists(st.sampled_from([4.0, 3.5, 3.0, 2.5, 2.0, 1.25]), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(1, 12), min_size=1, max_size=2, unique=True),
)


def oracle_of(made: MadeDecided, level_per: str, space: PlanSpace, horizon: int) -> ChosenPlans:
    return plans_of(made.network, level_per, space, horizon, **made.rows)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), spaces, st.integers(1, 40), st.sampled_from([0.0, 0.04]))
def test_costs_and_health_equal_walking_through_the_years(seed, space, horizon, discount_rate):
    made = made_decided(seed, horizon)
    plans = oracle_of(made, "bridge", space, horizon)
    weights = np.exp(-discount_rate * np.arange(1, horizon + 1))
    yearly = plans.inspections + plans.repairs + plans.decided[:, None]
    found = evaluate_plans(made.network, horizon=horizon, discount_rate=discount_rate, space=space)
    np.testing.assert_allclose(found.lcc, yearly @ weights, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(found.lowest_health, plans.lowest_health, rtol=1e-9)
    for bridge in range(made.network.n_bridges):
        for plan in (0, space.n_plans - 1):
            np.testing.assert_allclose(found.yearly(bridge, plan), yearly[bridge, plan], rtol=1e-9, atol=1e-3)
    pairs = [(bridge, plan) for bridge in range(made.network.n_bridges) for plan in range(space.n_plans)][::-1]
    of_pairs = evaluate_plans(
        made.network, horizon=horizon, discount_rate=discount_rate, space=space, pairs=pairs, threads=2
    )
    assert of_pairs.lcc.tobytes() == found.lcc.ravel()[::-1].tobytes()
    assert of_pairs.lowest_health.tobytes() == found.lowest_health.ravel()[::-1].tobytes()
    (table,) = plan_table_blocks(made.network, horizon=horizon, discount_rate=discount_rate, space=space)
    np.testing.assert_allclose(table["lcc"], found.lcc.ravel(), rtol=1e-12)
    np.testing.assert_allclose(table[f"cost_y{horizon}"], yearly[..., -1].ravel(), rtol=1e-9, atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), spaces, st.integers(1, 30), st.sampled_from(["bridge", "member"]))
def test_deficits_and_outcomes_equal_walking_through_the_years(seed, space, horizon, level_per):
    made = made_decided(seed, horizon)
    network = made.network
    plans = oracle_of(made, level_per, space, horizon)
    minimum = 3.0
    problem = PlanningProblem(network, np.full(horizon, 2e6), 0.03, minimum, space, level_per=level_per)
    deficit = [[max(max(0.0, minimum - low) for low in lows) for lows in of_plans] for of_plans in plans.lows]
    np.testing.assert_allclose(problem.health_deficit, deficit, atol=2e-9)
    if made.rows["closed"]:
        np.testing.assert_array_equal(problem.closed_works, plans.closed_works)
    else:
        assert problem.closed_works is None

    chosen = plans.random_plan(np.random.default_rng(seed))
    outcome = Outcome.of(problem, chosen, threads=2)
    spent, _ = plans.use(chosen)
    units = np.arange(len(chosen))
    np.testing.assert_allclose(outcome.total, spent.sum(axis=0), rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(outcome.inspection + outcome.repair + outcome.decided, outcome.total, rtol=1e-12)
    np.testing.assert_allclose(outcome.decided, plans.decided.sum(axis=0), rtol=1e-12)
    assert outcome.cost == pytest.approx(float((spent @ problem.weights).sum()), rel=1e-9)
    assert outcome.lcc.sum() == pytest.approx(outcome.cost, rel=1e-9) or level_per == "member"
    np.testing.assert_allclose(outcome.lowest_health, plans.lowest_health[units, chosen], rtol=1e-9)
    assert outcome.closed_works == plans.closed_works[units, chosen].sum()
    assert outcome.health_deficit == pytest.approx(sum(deficit[u][p] for u, p in zip(units, chosen, strict=True)))
    assert find_repairs(problem, chosen).cost.sum() == pytest.approx(plans.repairs[units, chosen].sum())

    removed = {bridge: year for bridge, year, _ in made.rows["retire"]}
    counts = np.zeros((horizon + 1, 5))
    for unit, plan in zip(units, chosen, strict=True):
        bridge = network.bridge_ids[int(plans.bridge_of_group[unit])]
        for history in plans.health[unit][plan]:
            for year, health in enumerate(history[: removed.get(bridge, horizon + 1)]):
                counts[
                    year, next(i for i, low in enumerate([4, 3, 2, 1, 0]) if health >= low + (low == 1) * 1e-12)
                ] += 1
    found = count_conditions(problem, chosen)
    assert (found.sum(axis=1) == counts.sum(axis=1)).all()
    assert np.abs(found - counts).sum() <= 2  # a health exactly between two classes may be rounded to either


@pytest.mark.parametrize("seed", range(20))
def test_bits_depend_on_neither_instruction_set_nor_threads(seed):
    made = made_decided(seed, 50, bridges=9, members=3)
    layout = PlanSpace.study().core(50)
    results = []
    for simd in SIMD:
        for threads in (1, 2, 7):
            slots, health = np.full((9, layout.group_slots), np.nan), np.full((9, layout.plans), np.nan)
            _core.evaluate_all_plans(
                network=made.network.core, layout=layout, slots=slots, lowest_health=health, simd=simd, threads=threads
            )
            results.append(slots.tobytes() + health.tobytes())
    assert len(set(results)) == 1


@pytest.mark.parametrize("seed", range(60))
def test_solvers_enclose_the_optimum_that_highs_finds(seed):
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(3, 16))
    owners = ["A", "B", None, "A"][: int(rng.integers(1, 5))]
    limits = {"name": ["A's yen", "A's years", "bad health"], "owner": ["A", "A", None], "per": ["total", "year", None]}
    limits |= {"budget": [1e8, 1e7, None], "share": [None, None, 0.7], "below_health": [None, None, 2.5]}
    rows = pl.DataFrame(limits) if rng.random() < 0.5 else None
    made = made_decided(seed, horizon, bridges=len(owners), owners=owners, rows=rows)
    space = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 4), intervals=(2, 5))
    level_per = str(rng.choice(["bridge", "member"]))
    interval_per = str(rng.choice(["network", "bridge"]))
    min_health = 2.0 if rng.random() < 0.3 else None
    plans = oracle_of(made, level_per, space, horizon)
    spent, _ = plans.use(plans.random_plan(rng))
    budget = spent.sum(axis=0) * rng.uniform(0.8, 1.3) + rng.uniform(0, 1e6)
    arguments = {
        "horizon": horizon,
        "discount_rate": 0.02,
        "min_health": min_health,
        "space": space,
        "interval_per": interval_per,
        "level_per": level_per,
    }
    found = plan_network(made.network, budget, **arguments, solver=Exact())
    allowed = plans.closed_works == 0
    if min_health is not None:
        allowed &= np.array([[min(lows) >= min_health - 1e-9 for lows in of] for of in plans.lows])
    best = least_cost(
        plans,
        found.problem.weights,
        found.certificate.rows,
        common_interval=interval_per == "network",
        allowed=allowed,
    )
    for plan in (found, plan_network(made.network, budget, **arguments)):
        yen, below = plans.use(plan.plan_of_unit)
        for row, used in zip(plan.problem.rows, plan.outcome.use, strict=True):
            count = 0 if row.health_below is None else below(row.health_below - 1e-9, row.bridges)
            assert used == pytest.approx(
                (yen if row.bridges is None else yen[row.bridges]).sum(axis=0) @ row.years + count
            )
        assert [check for check in verify(plan) if not check.holds] == []
        assert plan.feasible <= (best is not None)
        if best is not None:
            assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
        if plan.feasible:
            assert plan.cost >= best - 1 - 1e-7 * best
    if best is not None:
        assert found.feasible
        assert found.cost <= best + 1 + 1e-7 * best
    if rows is not None:
        return  # which the genetic algorithm refuses
    genetic = plan_network(made.network, budget, **arguments, solver=Genetic(generations=20, population=20))
    assert [check for check in verify(genetic) if not check.holds] == []
    assert genetic.feasible <= (best is not None)
    if genetic.feasible:
        assert genetic.cost >= best - 1 - 1e-7 * best
