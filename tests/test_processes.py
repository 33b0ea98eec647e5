"""Planning within worker processes, however they are started."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from made_network import made_network
from nagamochi.network import Network
from nagamochi.planning import Genetic, plan_network
from nagamochi.planning.problem import LevelPer
from same_plan import assert_same_plan

SECONDS = 60


def plan(network: Network, level_per: LevelPer = "bridge"):
    return plan_network(network, 3e6, min_health=2, level_per=level_per, threads=2, solver=Genetic(generations=3))


def network_of_arrays() -> Network:
    return Network.from_arrays(
        curve_offsets=[0, 2, 4],
        inspection_cost=[1e5, 2e5],
        health=[3.6, 1.8, 2.5, 4.0],
        service_life=[60, 30, 20, 50],
        repair_cost=np.tile([1e5, 2e5, 3e5, 4e5, 5e5], (4, 1)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(
    ("make", "level_per"),
    [(network_of_arrays, "bridge"), (lambda: made_network(3), "bridge"), (lambda: made_network(3), "member")],
    ids=["arrays", "tables", "tables, levels per member"],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_worker_plans_what_its_parent_plans(start, make, level_per):
    network = make()
    expected = plan(network, level_per)
    expected.decisions  # noqa: B018 - polars' threads run before the fork
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as workers:
        for found in workers.map(plan, [network, network], [level_per] * 2, timeout=SECONDS):
            assert_same_plan(found, expected)
