"""From hazards to the best policy of each section within eight risk limits: the kernel against NumPy and numba.

All on the same number of threads, NumPy's linear algebra included. Every result is held against ours.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from nagamochi import policy
from peers import policy_numba, policy_numpy

REPAIR, INSPECTION, ADDITIONAL, RATE = COSTS = (744_000.0, 2_000.0, 2_000.0, 0.04)
LIMITS = np.array([0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
THREADS = len(os.sched_getaffinity(0))
SAME = {
    "repair_cost": REPAIR,
    "inspection_cost": INSPECTION,
    "additional_inspection_cost": ADDITIONAL,
    "discount_rate": RATE,
}
ALL = policy.PolicySpace()
BASIC = policy.PolicySpace(watch=False)


def hazards(chains: int, ratings: int = 7) -> np.ndarray:
    return np.exp(np.random.default_rng(1).normal(-1.0, 0.5, (chains, ratings - 1)))


def sections(rates: np.ndarray) -> policy.Sections:
    return policy.Sections(hazards=rates, **SAME).running(threads=THREADS)


def ours(rates: np.ndarray, space: policy.PolicySpace = ALL) -> np.ndarray:
    best = sections(rates).best(LIMITS, space)
    return np.where(best.feasible, best.lcc, np.inf)


def in_numba(rates: np.ndarray, watched: bool = True) -> np.ndarray:
    return policy_numba.best_policies(rates, LIMITS, COSTS, watched)[0]


def in_numpy(rates: np.ndarray) -> np.ndarray:
    return policy_numpy.best_policies(rates, LIMITS, COSTS)[0]


@pytest.mark.benchmark(group="100,000 chains, J = 7, 210 policies", min_rounds=5, warmup=True)
@pytest.mark.parametrize("choose", [ours, in_numba], ids=["nagamochi", "numba"])
def test_all_policies(benchmark, choose) -> None:
    rates = hazards(100_000)
    least = benchmark(choose, rates)
    np.testing.assert_allclose(least[:1000], ours(rates[:1000]), rtol=1e-9)


def of_frontiers(found: policy.Frontier) -> np.ndarray:
    """Least cost within the third limit."""
    section = found.section
    least = np.full(section[-1] + 1, np.inf)
    within = found.risk <= LIMITS[2]
    least[section[within]] = found.lcc[within]  # the last of a section is the cheapest
    return least


def of_all(found: policy.Evaluated) -> np.ndarray:
    return np.where(found.risk <= LIMITS[2], found.lcc, np.inf).min(axis=1)


KEPT = {
    "best within a limit": (lambda many: many.best(LIMITS[2]), lambda best: np.where(best.feasible, best.lcc, np.inf)),
    "frontiers": (lambda many: many.frontier(), of_frontiers),
    "all policies": (lambda many: many.evaluate_all(), of_all),
}


@pytest.mark.benchmark(group="100,000 chains, J = 7, 210 policies: what is kept", min_rounds=3)
@pytest.mark.parametrize("kept", KEPT)
def test_what_is_kept(measure, kept: str) -> None:
    rates = hazards(100_000)
    search, least = KEPT[kept]
    found = measure(lambda: search(sections(rates)))
    np.testing.assert_array_equal(least(found), ours(rates)[:, 2])


@pytest.mark.benchmark(group="100,000 chains, J = 7, one interval for all", min_rounds=3)
@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_a_common_policy(measure, thresholds: str, limit_on: str) -> None:
    rates = hazards(100_000)
    route = measure(lambda: sections(rates).route(LIMITS[5], limit_on=limit_on, thresholds=thresholds))
    assert route.feasible
    assert 1 - 1e-12 <= route.lcc.sum() / route.lower_bound <= 1 + 1e-6


@pytest.mark.benchmark(group="5,000 chains, J = 7, 210 policies", min_rounds=2)
@pytest.mark.parametrize("choose", [ours, in_numpy], ids=["nagamochi", "NumPy"])
def test_all_policies_of_fewer_chains(benchmark, choose) -> None:
    rates = hazards(5_000)
    np.testing.assert_allclose(benchmark(choose, rates), ours(rates), rtol=1e-7)


@pytest.mark.benchmark(group="100,000 chains, J = 7, 60 policies without watch", min_rounds=5, warmup=True)
@pytest.mark.parametrize("name", ["nagamochi", "numba"])
def test_one_threshold(benchmark, name: str) -> None:
    rates = hazards(100_000)
    least = benchmark(ours, rates, BASIC) if name == "nagamochi" else benchmark(in_numba, rates, False)
    np.testing.assert_allclose(least[:1000], ours(rates[:1000], BASIC), rtol=1e-9)


@pytest.mark.benchmark(group="5,000 chains, J = 20, 1,900 policies", min_rounds=2, warmup=True)
@pytest.mark.parametrize("choose", [ours, in_numba], ids=["nagamochi", "numba"])
def test_twenty_ratings(benchmark, choose) -> None:
    rates = hazards(5_000, ratings=20)
    np.testing.assert_allclose(benchmark(choose, rates)[:200], ours(rates[:200]), rtol=1e-9)
