"""The kernel against published reference numbers, a slow oracle, and itself on other threads and instruction sets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.network import CurveTables, Network
from nagamochi.planning import PlanSpace, evaluate_plans
from oracle.lcc import OracleCurve, walk

GOLDEN = Path(__file__).parent / "golden" / "lcc.json"
DEFAULT_SIMD = _core.widest_simd()
SIMD = [simd for simd in (_core.Simd.baseline, _core.Simd.avx2, _core.Simd.avx512) if simd <= DEFAULT_SIMD]


def network_of(bridges: list[list[OracleCurve]], inspection_cost: list[float]) -> Network:
    curves = [curve for bridge in bridges for curve in bridge]
    tables = [curve.table for curve in curves if curve.table is not None]
    table_numbers = iter(range(len(tables)))
    return Network.from_arrays(
        curve_offsets=np.cumsum([0, *map(len, bridges)]),
        inspection_cost=inspection_cost,
        health=[curve.health for curve in curves],
        service_life=[curve.service_life for curve in curves],
        shape=[curve.shape for curve in curves],
        restored_health=[curve.restored_health for curve in curves],
        repair_cost=[curve.cost for curve in curves],
        table=[-1 if curve.table is None else next(table_numbers) for curve in curves],
        curve_tables=CurveTables(
            offsets=np.cumsum([0, *map(len, tables)]),
            age_ratio=[age for table in tables for age, _ in table],
            health=[health for table in tables for _, health in table],
        ),
    )


def random_network(rng: np.random.Generator, bridges: int, shapes: list[float]) -> Network:
    curves = 16 * bridges
    return Network.from_arrays(
        curve_offsets=np.arange(0, curves + 1, 16),
        inspection_cost=rng.uniform(1e5, 5e5, bridges),
        health=rng.uniform(1, 5, curves),
        service_life=rng.uniform(5, 90, curves),
        shape=rng.choice(shapes, curves),
        repair_cost=np.sort(rng.uniform(1e4, 1e6, (curves, 5))),
        restored_health=rng.choice([5.0, 4.5], curves),
    )


def evaluate_slots(network: Network, space: PlanSpace, horizon: int, simd: _core.Simd, threads: int):
    core = space.core(horizon)
    slots = np.full((network.n_bridges, core.group_slots), np.nan)
    lowest_health = np.full((network.n_bridges, space.n_plans), np.nan)
    _core.evaluate_all_plans(
        network=network.core, layout=core, slots=slots, lowest_health=lowest_health, simd=simd, threads=threads
    )
    return slots, lowest_health


# Golden numbers ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def golden():
    bridges = json.loads(GOLDEN.read_text())["bridges"]
    network = network_of(
        [
            [OracleCurve(c["health"], c["life"], c["cost"], shape=c["shape"]) for c in bridge["bridge"]["curves"]]
            for bridge in bridges
        ],
        [bridge["bridge"]["inspection_cost"] for bridge in bridges],
    )
    return network, [bridge["cases"] for bridge in bridges]


@pytest.mark.parametrize(("discount_rate", "key"), [(0.0, "lcc"), (0.04, "lcc_discounted_4pct")])
def test_equals_the_golden_costs(golden, discount_rate, key):
    network, cases = golden
    costs = evaluate_plans(network, discount_rate=discount_rate, space=PlanSpace.study())
    index = {tuple(costs.space.plan(i)): i for i in range(costs.space.n_plans)}
    for bridge, plans in enumerate(cases):
        assert len(plans) == 128
        for case in plans:
            plan = index[case["level"], case["first"], case["interval"], 1]
            assert costs.lcc[bridge, plan] == pytest.approx(case[key], rel=1e-9)
            assert costs.lowest_health[bridge, plan] == pytest.approx(case["lowest_health"], rel=1e-9)
            np.testing.assert_allclose(costs.yearly(bridge, plan), case["yearly"], rtol=1e-9, atol=5.1e-5)


# The slow oracle -----------------------------------------------------------------------------------------------------

LEVELS = [4.0, 3.5, 3.0, 2.5, 4.95, 1.25]
LEVEL = st.sampled_from(LEVELS) | st.integers(1010, 4990).map(lambda n: n / 1000)
healths = st.sampled_from([5.0, 1.0, *LEVELS]) | st.integers(1000, 5000).map(lambda n: n / 1000)
costs = st.lists(st.integers(0, 10**7), min_size=5, max_size=5).map(lambda cost: [float(c) for c in sorted(cost)])


@st.composite
def tables(draw):
    """Two-piece and longer tables, some with flat parts."""
    ages = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=4)))
    inner = sorted(draw(st.lists(st.integers(10, 50), min_size=len(ages), max_size=len(ages))), reverse=True)
    return [(0.0, 5.0), *((age / 100, health / 10) for age, health in zip(ages, inner, strict=True)), (1.0, 1.0)]


@st.composite
def oracle_curves(draw):
    return OracleCurve(
        health=draw(healths),
        service_life=draw(st.integers(10, 5000)) / 10,
        cost=draw(costs),
        shape=draw(st.sampled_from([1.0, 2.0, 0.5, 1.7, 3.0])),
        table=draw(st.none() | tables()),
        restored_health=draw(st.sampled_from([5.0, 5.0, 4.2, 3.0])),
    )


def distinct(elements, most):
    return st.lists(elements, min_size=1, max_size=most, unique=True)


@st.composite
def spaces(draw, *, levels: int, first_years: int, intervals: int, latest: int = 12):
    """Spaces with and without delays, urgent repairs and never; some inspect in every year from the first one on."""
    span = draw(st.none() | st.integers(1, 9))
    years = draw(distinct(st.integers(1, 30), intervals)) if span is None else [span]
    delays = draw(st.just([1]) | distinct(st.integers(1, min(years)), 4))
    never = draw(st.sampled_from([[], ["never"]]))
    if span is None:
        firsts = draw(distinct(st.integers(1, latest), first_years))
    else:
        first = draw(st.integers(1, latest))
        firsts = list(range(first, first + span))
    urgent = draw(st.none() | LEVEL), draw(st.integers(1, 4))
    return PlanSpace([*draw(distinct(LEVEL, levels)), *never], firsts, years, delays, *urgent)


@settings(max_examples=300)
@given(
    bridges=st.lists(st.lists(oracle_curves(), min_size=1, max_size=4), min_size=1, max_size=3),
    space=spaces(levels=3, first_years=5, intervals=2),
    horizon=st.integers(1, 100),
    discount_rate=st.sampled_from([0.0, 0.04]),
)
def test_equals_walking_through_the_years(bridges, space, horizon, discount_rate):
    inspection_cost = [1000.0 * (number + 1) for number in range(len(bridges))]
    network = network_of(bridges, inspection_cost)
    result = evaluate_plans(network, horizon=horizon, discount_rate=discount_rate, space=space)
    for bridge, curves in enumerate(bridges):
        for plan in range(space.n_plans):
            urgent = space.urgent_below, space.urgent_delay
            truth = walk(curves, inspection_cost[bridge], *space.plan(plan), horizon, urgent=urgent)
            assert result.lcc[bridge, plan] == pytest.approx(truth.lcc(discount_rate), rel=1e-9)
            assert result.lowest_health[bridge, plan] == pytest.approx(truth.lowest_health, abs=1e-9)
            np.testing.assert_allclose(result.yearly(bridge, plan), truth.yearly, rtol=1e-9, atol=1e-4)


def test_a_health_exactly_at_the_level_is_repaired():
    curve = OracleCurve(health=3.5, service_life=1e6, cost=[1.0, 2.0, 3.0, 4.0, 5.0], shape=2.0)
    costs = evaluate_plans(network_of([[curve]], [0.0]), horizon=2, space=PlanSpace((3.5,), (1,), (1,)))
    assert costs.lcc[0, 0] == pytest.approx(2.5, rel=1e-5)


def test_a_repair_beyond_the_horizon_costs_nothing():
    curve = OracleCurve(health=2.0, service_life=40, cost=[1e6] * 5)
    for horizon, repair in ((3, 0.0), (4, 1e6)):
        costs = evaluate_plans(network_of([[curve]], [7.0]), horizon=horizon, space=PlanSpace((4.0,), (3,), (9,)))
        assert costs.lcc[0, 0] == repair + 7


# Minimum health ------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(
    curves=st.lists(oracle_curves(), min_size=1, max_size=4),
    space=spaces(levels=2, first_years=3, intervals=2),
    horizon=st.integers(1, 60),
    minima=st.lists(st.sampled_from([-np.inf, 1.5, 2.0, 3.0]), min_size=4, max_size=4),
)
def test_health_deficit_counts_from_the_first_repair_that_any_plan_can_make(curves, space, horizon, minima):
    network = network_of([curves], [0.0])
    health_deficit = np.full((1, space.n_plans), np.nan)
    _core.evaluate_health_deficit(
        network=network.core,
        layout=space.core(horizon),
        minimum_health=np.array(minima[: len(curves)]),
        earliest=np.array([min(space.first_years)]),
        health_deficit=health_deficit,
        threads=1,
    )
    for plan in range(space.n_plans):
        shortest = min(space.delays) if space.urgent_below is None else min(space.urgent_delay, *space.delays)
        earliest = min(space.first_years) + shortest
        outcome = walk(curves, 0.0, *space.plan(plan), horizon, urgent=(space.urgent_below, space.urgent_delay))
        worst = max(
            (minimum - h for minimum, hs in zip(minima, outcome.health, strict=False) for h in hs[earliest:]),
            default=0.0,
        )
        assert health_deficit[0, plan] == pytest.approx(max(worst, 0.0), abs=2e-9)


# Same bits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("simd", SIMD, ids=lambda simd: simd.name)
@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize(
    ("space", "horizon"),
    [
        (PlanSpace.study(), 50),
        (PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3, 5, 9), intervals=(1, 3)), 60),
        (PlanSpace(levels=(3.0,), first_years=(7,), intervals=(1, 2)), 100),
        (PlanSpace.practice(), 50),
        (replace(PlanSpace.practice(), urgent_below=2.0), 50),
        (PlanSpace(levels=(4.0, "never"), first_years=(1, 2, 3, 4), intervals=(7, 9), delays=(2, 7)), 33),
        (PlanSpace((4.0, 2.0), first_years=(1, 2, 3, 4), intervals=(7, 9), delays=(2, 7), urgent_below=3.0), 33),
    ],
)
def test_same_bits_for_any_threads_and_instructions(space, horizon, simd, threads):
    network = random_network(np.random.default_rng(5), bridges=130, shapes=[1.0, 2.0, 1.6])
    slots, lowest_health = evaluate_slots(network, space, horizon, _core.Simd.baseline, 1)
    same_slots, same_health = evaluate_slots(network, space, horizon, simd, threads)
    assert slots.tobytes() == same_slots.tobytes()
    assert lowest_health.tobytes() == same_health.tobytes()


extreme_curves = st.builds(
    OracleCurve,
    health=healths,
    service_life=st.sampled_from([1e-300, 1e-3, 1e6, 1e12, 1e300]),
    cost=costs,
    shape=st.sampled_from([1.0, 2.0, 1.7]),
    restored_health=st.sampled_from([5.0, 4.2, 1.0]),
)


@st.composite
def spaces_for_lanes(draw):
    """Spaces of all paddings, and a horizon of at most 63 slots."""
    space = draw(spaces(levels=9, first_years=9, intervals=3, latest=40))
    return space, draw(st.integers(1, min(1000, 63 * min(space.intervals) + 1)))


@settings(max_examples=200)
@given(
    bridges=st.lists(st.lists(oracle_curves() | extreme_curves, min_size=1, max_size=4), min_size=1, max_size=2),
    space_and_horizon=spaces_for_lanes(),
)
def test_every_instruction_set_has_the_bits_of_plan_by_plan(bridges, space_and_horizon):
    space, horizon = space_and_horizon
    network = network_of(bridges, [0.0] * len(bridges))
    core = space.core(horizon)
    slots = np.empty((space.n_plans, len(bridges), core.most_slots))
    lowest_health = np.empty((space.n_plans, len(bridges)))
    for plan in range(space.n_plans):  # a list of many plans of a bridge would be picked from all of them
        _core.evaluate_plans(
            network=network.core,
            layout=core,
            groups=np.arange(len(bridges)),
            plans=np.full(len(bridges), plan),
            slots=slots[plan],
            lowest_health=lowest_health[plan],
            threads=1,
        )
    lanes = len(space.rules) * len(space.first_years)
    blocks = slots.swapaxes(0, 1).reshape(len(bridges), len(space.intervals), lanes, core.most_slots)
    most = core.slots_of_plan.reshape(len(space.intervals), lanes).max(axis=1)
    by_block = [blocks[group, i, :, :n].T.ravel() for group in range(len(bridges)) for i, n in enumerate(most)]
    for simd in SIMD:
        of_lanes, health_of_lanes = evaluate_slots(network, space, horizon, simd, 1)
        assert of_lanes.tobytes() == np.concatenate(by_block).tobytes()
        assert health_of_lanes.tobytes() == lowest_health.T.tobytes()


@pytest.mark.parametrize("space", [PlanSpace.study(), PlanSpace.practice()], ids=["study", "practice"])
@pytest.mark.parametrize("n_pairs", [50, 5000])
def test_pairs_have_the_bits_of_all_plans(n_pairs, space):
    network = random_network(np.random.default_rng(6), bridges=40, shapes=[1.0, 2.0, 0.7])
    everything = evaluate_plans(network, discount_rate=0.03, space=space)
    pairs = np.random.default_rng(7).integers(0, [40, space.n_plans], (n_pairs, 2))
    some = evaluate_plans(network, discount_rate=0.03, space=space, pairs=pairs, threads=2)
    assert some.lcc.tobytes() == everything.lcc[*pairs.T].tobytes()
    assert some.lowest_health.tobytes() == everything.lowest_health[*pairs.T].tobytes()


def test_yearly_costs_of_all_plans_equal_those_of_one():
    network = random_network(np.random.default_rng(8), bridges=3, shapes=[2.0])
    space, horizon = PlanSpace.study(), 37
    slots, _ = evaluate_slots(network, space, horizon, DEFAULT_SIMD, 1)
    yearly = np.full((3, space.n_plans, horizon), np.nan)
    _core.yearly_costs(
        layout=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost,
        slots=slots,
        yearly=yearly,
        threads=2,
    )
    costs = evaluate_plans(network, horizon=horizon, space=space)
    for bridge in range(3):
        for plan in range(space.n_plans):
            np.testing.assert_array_equal(yearly[bridge, plan], costs.yearly(bridge, plan))


# Wrong input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": 0}, "horizon: must be a whole number from 1 to 1000; got 0"),
        ({"discount_rate": -0.01}, "discount_rate: must be a finite number, at least 0; got -0.01"),
        ({"discount_rate": float("nan")}, "discount_rate: must be a finite number, at least 0; got nan"),
        ({"discount_rate": 4.0}, "discount_rate: must be below 1, as 4 % a year is 0.04; got 4.0"),
        ({"threads": -1}, "threads: must be a whole number from 0 to 1024; got -1"),
        ({"pairs": [(0, 155)]}, "pairs[0, 1]: plan must be from 0 to 154; got 155"),
        ({"pairs": [(0, 1), (2, 0)]}, "pairs[1, 0]: bridge must be from 0 to 1; got 2"),
        ({"pairs": [0, 1]}, "pairs: must be whole numbers of shape (n_pairs, 2); got 'int64 (2,)'"),
        ({"pairs": [(0.5, 1)]}, "pairs: must be whole numbers of shape (n_pairs, 2); got 'float64 (1, 2)'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    network = random_network(np.random.default_rng(1), bridges=2, shapes=[2.0])
    with pytest.raises(InvalidInput) as refused:
        evaluate_plans(network, **arguments)
    assert str(refused.value) == message


def test_no_pairs_cost_nothing():
    costs = evaluate_plans(random_network(np.random.default_rng(1), 2, [2.0]), pairs=[])
    assert costs.lcc.shape == costs.lowest_health.shape == (0,)
