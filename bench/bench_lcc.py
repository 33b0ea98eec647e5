"""Costs of all 128 plans of 5,000 bridges: the kernel beside NumPy and numba, and what else evaluating plans costs.

The first benchmark of a group is the one that the others are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core, planning
from nagamochi.network import Network
from nagamochi.planning import PlanSpace
from oracle.lcc import OracleCurve, walk
from peers import lcc_numba, lcc_numpy, lcc_numpy_plain
from random_network import TABLE, random_network

BRIDGES = 5000
HORIZON = 50
SPACE = PlanSpace.study()
LAYOUT = SPACE.core(HORIZON)
ALL_CORES = 2

Numbers = NDArray[np.float64]


@dataclass
class Costs:
    """Memory for the costs of all plans of all bridges; never touched before where it is fresh."""

    slots: Numbers
    lowest_health: Numbers

    @classmethod
    def fresh(cls) -> Costs:
        return cls(np.empty((BRIDGES, LAYOUT.group_slots)), np.empty((BRIDGES, SPACE.n_plans)))

    @classmethod
    def touched(cls) -> Costs:
        costs = cls.fresh()
        costs.slots.fill(np.nan)
        costs.lowest_health.fill(np.nan)
        return costs


def evaluate(network: Network, costs: Costs, simd: _core.Simd, threads: int) -> None:
    _core.evaluate_all_plans(
        network=network.core,
        layout=LAYOUT,
        slots=costs.slots,
        lowest_health=costs.lowest_health,
        simd=simd,
        threads=threads,
    )


@cache
def right_costs(network: Network) -> Costs:
    """Costs by the kernel's baseline, some of them held against a walk through the years."""
    costs = Costs.touched()
    evaluate(network, costs, _core.Simd.baseline, 1)
    for bridge, plan in np.random.default_rng(2).integers(0, [BRIDGES, SPACE.n_plans], (100, 2)).tolist():
        level, first_year, interval, delay = SPACE.plan(plan)
        truth = walk(oracle_curves(network, bridge), 0.0, level, first_year, interval, delay, HORIZON)
        in_slots = costs.slots[bridge, slots_of(plan)]
        np.testing.assert_allclose(in_slots, truth.yearly[first_year::interval], rtol=1e-9)
        np.testing.assert_allclose(in_slots.sum(), sum(truth.yearly), rtol=1e-9)
        np.testing.assert_allclose(costs.lowest_health[bridge, plan], truth.lowest_health, rtol=1e-9)
    return costs


def oracle_curves(network: Network, bridge: int) -> list[OracleCurve]:
    arrays = network.arrays
    return [
        OracleCurve(
            health=arrays.health[c].item(),
            service_life=arrays.service_life[c].item(),
            cost=arrays.repair_cost[c].tolist(),
            shape=arrays.shape[c].item(),
            table=list(TABLE) if arrays.table[c] >= 0 else None,
            restored_health=arrays.restored_health[c].item(),
        )
        for c in range(arrays.curve_offsets[bridge], arrays.curve_offsets[bridge + 1])
    ]


def slots_of(plan: int) -> NDArray[np.int64]:
    """Where a plan's slots are among those of its bridge: a block for each interval, in rows with a column per lane."""
    lanes = len(SPACE.levels) * len(SPACE.first_years)
    rows = [len(range(min(SPACE.first_years), HORIZON, interval)) for interval in SPACE.intervals]
    _, first_year, interval, _ = SPACE.plan(plan)
    own = np.arange(len(range(first_year, HORIZON, interval)))
    return (sum(rows[: plan // lanes]) + own) * lanes + plan % lanes


def assert_right(network: Network, costs: Costs) -> None:
    right = right_costs(network)
    np.testing.assert_allclose(costs.slots, right.slots, rtol=1e-9)
    np.testing.assert_allclose(costs.lowest_health, right.lowest_health, rtol=1e-9)


@pytest.fixture(scope="module")
def network() -> Network:
    return random_network(BRIDGES)


def of_kernel(simd: _core.Simd) -> Callable[[Network, Costs], None]:
    return lambda network, costs: evaluate(network, costs, simd, ALL_CORES)


def of_peer(peer: Callable[..., None], threads: int = ALL_CORES) -> Callable[[Network, Costs], None]:
    return lambda network, costs: peer(network, SPACE, HORIZON, costs.slots, costs.lowest_health, threads)


EVALUATORS = {
    **{
        f"nagamochi, {simd.name}": of_kernel(simd)
        for simd in sorted(_core.Simd, reverse=True)
        if simd <= _core.widest_simd()
    },
    "numba, closed form from tables": of_peer(lcc_numba.evaluate_all_plans_with_tables),
    "numba, closed form": of_peer(lcc_numba.evaluate_all_plans),
    "NumPy, tuned to the cache, 2 threads": of_peer(lcc_numpy.evaluate_all_plans),
    "NumPy, tuned to the cache, 1 thread": of_peer(lcc_numpy.evaluate_all_plans, threads=1),
    "NumPy, closed form, 1 thread": of_peer(lcc_numpy_plain.evaluate_all_plans),
}


@pytest.mark.benchmark(group="all plans, into the caller's memory, 2 threads")
@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_all_plans(measure, network, evaluator):
    costs = Costs.touched()
    measure(lambda: EVALUATORS[evaluator](network, costs))
    assert_right(network, costs)


@pytest.mark.benchmark(group="all plans, by threads")
@pytest.mark.parametrize("threads", [2, 1], ids=["2 threads", "1 thread"])
def test_threads(measure, network, threads):
    costs = Costs.touched()
    measure(lambda: evaluate(network, costs, _core.widest_simd(), threads))
    assert_right(network, costs)


@pytest.mark.benchmark(group="all plans, by curves")
@pytest.mark.parametrize(
    "curves",
    [
        pytest.param({"shapes": (1.0, 2.0)}, id="shapes 1 and 2"),
        pytest.param({"shapes": (1.5,)}, id="shape 1.5"),
        pytest.param({"tables": True}, id="tables of 4 points"),
    ],
)
def test_curves(measure, curves):
    network, costs = random_network(BRIDGES, **curves), Costs.touched()
    measure(lambda: evaluate(network, costs, _core.widest_simd(), ALL_CORES))
    assert_right(network, costs)


@pytest.mark.benchmark(group="all plans, by where they go")
@pytest.mark.parametrize("memory", ["the caller's memory", "fresh memory"])
def test_allocation(measure, network, memory):
    touched = Costs.touched()

    def call() -> Costs:
        costs = touched if memory == "the caller's memory" else Costs.fresh()
        evaluate(network, costs, _core.widest_simd(), ALL_CORES)
        return costs

    assert_right(network, measure(call))


@pytest.mark.benchmark(group="all plans, by where they go")
def test_public_function_without_slots(measure, network):
    costs = measure(lambda: planning.evaluate_plans(network, space=SPACE, threads=ALL_CORES))
    np.testing.assert_allclose(costs.lcc, lcc_by_numpy(network, right_costs(network).slots), rtol=1e-9)


# From slots ----------------------------------------------------------------------------------------------------------


def lcc_by_numpy(network: Network, slots: Numbers) -> Numbers:
    """Present values at a discount rate of 0, block by block of one interval."""
    lanes = len(SPACE.levels) * len(SPACE.first_years)
    plans = map(SPACE.plan, range(SPACE.n_plans))
    inspections = np.array([len(range(first_year, HORIZON + 1, interval)) for _, first_year, interval in plans])
    lcc = np.multiply.outer(network.arrays.inspection_cost, inspections.astype(float))
    begin = 0
    for i, interval in enumerate(SPACE.intervals):
        end = begin + len(range(min(SPACE.first_years), HORIZON, interval)) * lanes
        lcc[:, i * lanes : (i + 1) * lanes] += slots[:, begin:end].reshape(BRIDGES, -1, lanes).sum(axis=1)
        begin = end
    return lcc


def lcc_by_kernel(network: Network, slots: Numbers) -> Numbers:
    lcc = np.empty((BRIDGES, SPACE.n_plans))
    _core.life_cycle_costs(
        layout=LAYOUT,
        weights=np.ones(HORIZON),
        inspection_cost=network.arrays.inspection_cost,
        slots=slots,
        lcc=lcc,
        threads=ALL_CORES,
    )
    return lcc


@pytest.mark.benchmark(group="life-cycle costs from slots")
@pytest.mark.parametrize("summed", [lcc_by_kernel, lcc_by_numpy], ids=["nagamochi, 2 threads", "NumPy, 1 thread"])
def test_lcc_from_slots(measure, network, summed):
    slots = right_costs(network).slots
    np.testing.assert_allclose(measure(lambda: summed(network, slots)), lcc_by_numpy(network, slots), rtol=1e-9)


def fill_years_by_numpy(network: Network, slots: Numbers, yearly: Numbers) -> None:
    yearly[:] = 0
    for plan in range(SPACE.n_plans):
        _, first_year, interval, _ = SPACE.plan(plan)
        yearly[:, plan, first_year - 1 :: interval] = network.arrays.inspection_cost[:, None]
        yearly[:, plan, first_year::interval] += slots[:, slots_of(plan)]


def fill_years_by_kernel(network: Network, slots: Numbers, yearly: Numbers) -> None:
    inspection_cost = network.arrays.inspection_cost
    _core.yearly_costs(layout=LAYOUT, inspection_cost=inspection_cost, slots=slots, yearly=yearly, threads=ALL_CORES)


@pytest.mark.benchmark(group="costs of 50 years from slots")
@pytest.mark.parametrize(
    ("fill_years", "reuse"),
    [
        pytest.param(fill_years_by_kernel, True, id="nagamochi, the caller's memory"),
        pytest.param(fill_years_by_kernel, False, id="nagamochi, fresh memory"),
        pytest.param(fill_years_by_numpy, True, id="NumPy, the caller's memory"),
    ],
)
def test_yearly_from_slots(measure, network, fill_years, reuse):
    slots = right_costs(network).slots
    touched = np.full((BRIDGES, SPACE.n_plans, HORIZON), np.nan) if reuse else None

    def call() -> Numbers:
        yearly = np.empty((BRIDGES, SPACE.n_plans, HORIZON)) if touched is None else touched
        fill_years(network, slots, yearly)
        return yearly

    expected = np.empty((BRIDGES, SPACE.n_plans, HORIZON))
    fill_years_by_numpy(network, slots, expected)
    np.testing.assert_allclose(measure(call), expected, rtol=1e-9)


# Lists of plans ------------------------------------------------------------------------------------------------------

ALL_PAIRS = np.stack(np.divmod(np.arange(BRIDGES * SPACE.n_plans), SPACE.n_plans), axis=1)
PAIRS = {
    "all 640,000 plans": None,
    "a list of 64,000, in order": ALL_PAIRS[: len(ALL_PAIRS) // 10],
    "a list of 64,000, at random": np.random.default_rng(3).choice(ALL_PAIRS, len(ALL_PAIRS) // 10),
}


@pytest.mark.benchmark(group="all plans or a list of them")
@pytest.mark.parametrize("pairs", PAIRS)
def test_pairs(measure, network, pairs):
    right = right_costs(network)
    asked = PAIRS[pairs]
    costs = measure(lambda: planning.evaluate_plans(network, space=SPACE, pairs=asked, threads=ALL_CORES))
    which = ... if asked is None else tuple(asked.T)
    np.testing.assert_allclose(costs.lcc, lcc_by_numpy(network, right.slots)[which], rtol=1e-9)
    np.testing.assert_allclose(costs.lowest_health, right.lowest_health[which], rtol=1e-9)
