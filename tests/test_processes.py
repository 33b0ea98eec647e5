"""Planning within worker processes, however they are started."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from made_network import made_network
from nagamochi import datasets
from nagamochi.network import Network, read_network
from nagamochi.planning import Genetic, evaluate_plan, plan_network, read_plan, write_plan_table
from nagamochi.planning.problem import LevelPer
from nagamochi.retrieval import ColourHistogram, PhotoStore
from same_plan import assert_same_plan

SECONDS = 20


def plan(network: Network, level_per: LevelPer = "bridge"):
    budget = 3e6 if network.budget is None else None
    return plan_network(network, budget, min_health=2, level_per=level_per, threads=2, solver=Genetic(generations=3))


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
    [
        (network_of_arrays, "bridge"),
        (lambda: made_network(3), "bridge"),
        (lambda: made_network(3), "member"),
        (lambda: made_network(3, budget=[3e6] * 50), "bridge"),
    ],
    ids=["arrays", "tables", "tables, levels per member", "its own budget"],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_worker_plans_what_its_parent_plans(start, make, level_per):
    network = make()
    expected = plan(network, level_per)
    expected.decisions  # noqa: B018 - polars' threads run before the fork
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as workers:
        for found in workers.map(plan, [network, network], [level_per] * 2, timeout=SECONDS):
            assert_same_plan(found, expected)


def read_again(folder: Path) -> None:
    read_network(folder / "network")


def read_plan_again(folder: Path) -> None:
    read_plan(folder)


def evaluate_again(folder: Path) -> None:
    evaluate_plan(network_of_arrays(), folder / "plan.csv", 3e6)


def plan_and_save(folder: Path) -> None:
    plan(network_of_arrays()).save(folder / "again")


def look_at_curves(folder: Path) -> None:
    network_of_arrays().curves.sort("bridge_id")


def make_the_town(folder: Path) -> None:
    datasets.example_town()


def tabulate_plans(folder: Path) -> None:
    write_plan_table(network_of_arrays(), folder / "plans.csv")


def open_photos(folder: Path) -> None:
    PhotoStore.open(folder / "photos", ColourHistogram())


def look_at_years(folder: Path) -> None:
    plan(network_of_arrays()).to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        *(read_again, read_plan_again, evaluate_again, plan_and_save, look_at_curves, look_at_years),
        *(make_the_town, tabulate_plans, open_photos),
    ],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_forked_worker_refuses_tables_rather_than_wait_for_ever(work: Callable[[Path], None], tmp_path):
    plan(network_of_arrays()).save(tmp_path)  # polars' threads run before the fork
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as workers:
        waiting = workers.submit(work, tmp_path)
        try:
            refusal = waiting.exception(SECONDS)
        except TimeoutError:
            for worker in workers._processes.values():  # else the executor waits for it for ever
                worker.kill()
            raise
    assert isinstance(refusal, RuntimeError)
    assert "forked after polars had started" in str(refusal)
