"""Repair costs by year of all plans, in the kernel's array."""

from __future__ import annotations

import numpy as np
import pytest

from made_decided import made_decided
from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.planning import PlanSpace, evaluate_plans, repair_slots
from oracle.lcc import OracleCurve, walk

SPACE = PlanSpace(levels=(4.0, 2.5, "never"), first_years=(3, 1, 7), intervals=(11, 4), delays=(3, 1), urgent_below=2.2)
HORIZON = 37


@pytest.fixture(scope="module")
def slots():
    return repair_slots(made_network(seed=5, bridges=6), horizon=HORIZON, space=SPACE)


def oracle_curves(network, bridge):
    arrays = network.arrays
    return [
        OracleCurve(
            health=arrays.health[c].item(),
            service_life=arrays.service_life[c].item(),
            cost=arrays.repair_cost[c].tolist(),
            shape=arrays.shape[c].item(),
            table=points(arrays, arrays.table[c]),
            restored_health=arrays.restored_health[c].item(),
        )
        for c in range(arrays.curve_offsets[bridge], arrays.curve_offsets[bridge + 1])
    ]


def points(arrays, table):
    own = slice(*arrays.table_offsets[table : table + 2]) if table >= 0 else slice(0)
    return list(zip(arrays.table_age_ratio[own].tolist(), arrays.table_health[own].tolist(), strict=True)) or None


def test_slots_and_years_are_those_of_a_walk_through_the_years(slots):
    network = slots.network
    yearly = slots.yearly()
    assert yearly.shape == (6, SPACE.n_plans, HORIZON)
    for bridge in range(network.n_bridges):
        inspection_cost = network.arrays.inspection_cost[bridge].item()
        for plan in range(SPACE.n_plans):
            truth = walk(oracle_curves(network, bridge), inspection_cost, *SPACE.plan(plan), HORIZON, urgent=(2.2, 2))
            repairs = np.zeros(HORIZON)
            repairs[slots.years(plan) - 1] = slots.of_plan(plan)[bridge]
            inspections = np.zeros(HORIZON)
            inspections[SPACE.plan(plan).first_year - 1 :: SPACE.plan(plan).interval] = inspection_cost
            np.testing.assert_allclose(repairs + inspections, truth.yearly, rtol=1e-9)
            np.testing.assert_allclose(yearly[bridge, plan], truth.yearly, rtol=1e-9)
            assert slots.lowest_health[bridge, plan] == pytest.approx(truth.lowest_health)


def test_a_plan_is_a_view(slots):
    assert all(np.shares_memory(slots.of_plan(plan), slots.repair) for plan in range(SPACE.n_plans))


def test_the_slots_are_those_of_the_plans_and_padding_of_nothing(slots):
    total = sum(slots.of_plan(plan).sum() for plan in range(SPACE.n_plans))
    assert total == pytest.approx(slots.repair.sum())
    assert (
        slots.lowest_health.tobytes()
        == evaluate_plans(slots.network, horizon=HORIZON, space=SPACE).lowest_health.tobytes()
    )


@pytest.mark.parametrize("seed", range(4))
def test_decided_works_and_removals_count(seed):
    network = made_decided(seed, HORIZON, bridges=5).network
    yearly = repair_slots(network, horizon=HORIZON, space=SPACE).yearly(1)
    costs = evaluate_plans(network, horizon=HORIZON, space=SPACE)
    assert all(
        np.array_equal(yearly[bridge - 1, plan], costs.yearly(bridge, plan))
        for bridge in range(1, 5)
        for plan in range(SPACE.n_plans)
    )


def test_years_of_some_bridges_are_rows_of_all(slots):
    assert slots.yearly(2, 4).tobytes() == slots.yearly()[2:4].tobytes()


def test_any_number_of_threads_gives_the_same_bits(slots):
    again = repair_slots(slots.network, horizon=HORIZON, space=SPACE, threads=3)
    assert again.repair.tobytes() == slots.repair.tobytes()


def test_arguments_are_checked(slots):
    with pytest.raises(InvalidInput, match="end: must be a whole number"):
        slots.yearly(3, 2)
    with pytest.raises(InvalidInput, match="space: must be a PlanSpace; got 128"):
        repair_slots(slots.network, space=128)
    with pytest.raises(InvalidInput, match="index: must be"):
        slots.of_plan(SPACE.n_plans)
