"""Expected costs of all 128 plans where ratings scatter: the kernel beside that of certain ratings, and beside draws.

The first benchmark of a group is the one that the others are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core
from nagamochi.planning import PlanningProblem, PlanSpace, RatingScatter, solve
from peers import scatter_numpy
from random_network import random_network

HORIZON = 50
SPACE = PlanSpace.study()
LAYOUT = SPACE.core(HORIZON)
SCATTER = RatingScatter(0.43)
SIMD = [simd for simd in sorted(_core.Simd, reverse=True) if simd <= _core.widest_simd()]
FEW, DRAWS = 4, 1000


@dataclass
class Costs:
    """The caller's memory, touched before."""

    slots: NDArray[np.float64]
    lowest_health: NDArray[np.float64]
    variance: NDArray[np.float64]


@pytest.fixture(scope="module")
def groups():
    return random_network(5000).repair_groups("bridge")


@pytest.fixture(scope="module")
def costs(groups):
    n_groups = len(groups.offsets) - 1
    shapes = (LAYOUT.group_slots, LAYOUT.plans, LAYOUT.group_slots)
    return Costs(*(np.full((n_groups, columns), np.nan) for columns in shapes))


def evaluate(groups, costs, ratings: str, simd: _core.Simd) -> None:
    given = {"network": groups.core, "layout": LAYOUT, "slots": costs.slots, "simd": simd, "threads": 1}
    if ratings == "certain":
        _core.evaluate_all_plans(**given, lowest_health=costs.lowest_health)
    else:
        scatter = _core.RatingScatter(deviation=SCATTER.sigma, bias=0.0)
        _core.evaluate_expected_costs(**given, scatter=scatter, variance=costs.variance)


@pytest.mark.parametrize("simd", SIMD, ids=lambda simd: simd.name)
@pytest.mark.parametrize("ratings", ["certain", "scattered"])
def test_all_plans(measure, benchmark, groups, costs, simd, ratings):
    benchmark.group = f"all plans of 5,000 bridges, {simd.name}, 1 thread"
    measure(lambda: evaluate(groups, costs, ratings, simd))
    found = costs.slots.copy()
    evaluate(groups, costs, ratings, _core.Simd.baseline)
    assert found.tobytes() == costs.slots.tobytes()


@pytest.mark.benchmark(group="network plans of 5,000 bridges, space of practice, 1 thread")
@pytest.mark.parametrize("scatter", [None, SCATTER], ids=["certain", "scattered"])
def test_network_plans(measure, scatter):
    network = random_network(5000)
    budget = np.full(HORIZON, 1.3e6 * network.n_bridges)
    plan = measure(lambda: solve(PlanningProblem(network, budget, scatter=scatter), threads=1))
    assert plan.feasible
    assert plan.gap < 1e-4


@pytest.mark.benchmark(group=f"all plans of {FEW} bridges, 1 thread")
@pytest.mark.parametrize("way", ["nagamochi, exact", f"NumPy, {DRAWS:,} draws"])
def test_beside_draws(measure, way):
    network = random_network(FEW)
    exact, variance = SCATTER.expected_costs(network.repair_groups("bridge"), LAYOUT, 1)
    if way == "nagamochi, exact":
        measure(lambda: SCATTER.expected_costs(network.repair_groups("bridge"), LAYOUT, 1))
        return
    rng = np.random.default_rng(1)
    drawn = measure(lambda: scatter_numpy.expected_costs(network, SPACE, HORIZON, SCATTER.sigma, DRAWS, rng))
    most = network.arrays.repair_cost.sum() / DRAWS
    assert (np.abs(drawn - exact) <= 5 * np.sqrt(variance / DRAWS) + 3 * most).all()
