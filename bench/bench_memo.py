"""What the memo saves: runs without one, with one and with one from a file; and the file beside computing again.

The first benchmark of a group is the one that the others are compared with.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core, datasets
from nagamochi.datasets.paper_ten import PAPER_TEN_BUDGET
from nagamochi.planning import Genetic, NetworkPlan, PlanSpace, plan_network
from nagamochi.planning.memo.key import group_digests
from nagamochi.planning.memo.store import MemoStore
from random_network import random_network

ALL_CORES = 2
SPACE = PlanSpace.study()
MODES = ["1: evaluated every time", "2: memo from empty", "3: memo from the file"]


@pytest.fixture(scope="module", params=["bridge", "member"])
def levels(request):
    return request.param


@pytest.fixture(scope="module")
def memo_of_a_run(levels, tmp_path_factory):
    path = tmp_path_factory.mktemp("memo") / "memo.sqlite"
    return path, plan_ten(levels, path)


@cache
def network():
    return datasets.paper_ten()


def plan_ten(levels: str, memo: str | Path) -> NetworkPlan:
    solver = Genetic.study(memo=memo)
    return plan_network(network(), PAPER_TEN_BUDGET, space=SPACE, level_per=levels, threads=ALL_CORES, solver=solver)


@pytest.mark.parametrize("mode", MODES)
def test_modes(measure, benchmark, memo_of_a_run, levels, mode):
    benchmark.group = f"10 bridges, a level per {levels}, 20,000 network plans judged"
    path, first = memo_of_a_run
    memo = {MODES[0]: "off", MODES[1]: "run", MODES[2]: path}[mode]
    plan = measure(lambda: plan_ten(levels, memo))
    assert plan.plan_of_unit.tobytes() == first.plan_of_unit.tobytes()
    assert plan.cost == first.cost
    evaluations = {MODES[0]: plan.run.requests, MODES[1]: first.run.evaluations, MODES[2]: 0}[mode]
    assert plan.run.evaluations == evaluations


# The memo of 5,000 bridges, all plans --------------------------------------------------------------------------------

BRIDGES = 5000
LAYOUT = SPACE.core(50)
GROUPS, PLANS = np.divmod(np.arange(BRIDGES * LAYOUT.plans), LAYOUT.plans)


@pytest.fixture(scope="module")
def digests() -> NDArray[np.uint8]:
    arrays = random_network(BRIDGES).arrays
    return group_digests(arrays, arrays.curve_offsets, LAYOUT)


def evaluated() -> NDArray[np.float64]:
    slots, lowest_health = np.empty((len(GROUPS), LAYOUT.most_slots)), np.empty(len(GROUPS))
    _core.evaluate_plans(
        network=made().core,
        layout=LAYOUT,
        groups=GROUPS,
        plans=PLANS,
        slots=slots,
        lowest_health=lowest_health,
        threads=ALL_CORES,
    )
    return np.column_stack([slots, lowest_health])


@cache
def made():
    return random_network(BRIDGES)


def memo_of(records: NDArray[np.float64]) -> _core.PlanMemo:
    memo = _core.PlanMemo(LAYOUT)
    memo.insert(groups=GROUPS, plans=PLANS, records=records)
    return memo


def assert_holds(memo: _core.PlanMemo, records: NDArray[np.float64]) -> None:
    groups, plans, held = memo.entries_since(0)
    np.testing.assert_array_equal(groups * LAYOUT.plans + plans, np.arange(len(records)))
    assert held.tobytes() == records.tobytes()


@pytest.mark.benchmark(group="memo of 640,000 plans of 5,000 bridges")
def test_computing_again(measure):
    assert_holds(measure(lambda: memo_of(evaluated())), evaluated())


@pytest.mark.benchmark(group="memo of 640,000 plans of 5,000 bridges")
def test_loading_the_file(measure, digests, tmp_path):
    records = evaluated()
    with MemoStore(tmp_path / "memo.sqlite") as store:
        store.save(digests, LAYOUT.slots_of_plan, GROUPS, PLANS, records)

    def load() -> _core.PlanMemo:
        with MemoStore(tmp_path / "memo.sqlite") as store:
            groups, plans, loaded = store.load(digests, LAYOUT.slots_of_plan)
        memo = _core.PlanMemo(LAYOUT)
        memo.insert(groups=groups, plans=plans, records=loaded)
        return memo

    assert_holds(measure(load), records)


@pytest.mark.benchmark(group="memo of 640,000 plans of 5,000 bridges")
def test_saving_a_file(measure, benchmark, digests, tmp_path):
    records, number = evaluated(), count()

    def save() -> Path:
        path = tmp_path / f"{next(number)}.sqlite"
        with MemoStore(path) as store:
            store.save(digests, LAYOUT.slots_of_plan, GROUPS, PLANS, records)
        return path

    path = measure(save)
    benchmark.extra_info["file MiB"] = path.stat().st_size / 2**20
    with MemoStore(path) as store:
        assert store.load(digests, LAYOUT.slots_of_plan)[2].tobytes() == records.tobytes()


@pytest.mark.benchmark(group="memo of 640,000 plans of 5,000 bridges")
def test_making_the_keys(measure):
    arrays = made().arrays
    digests = measure(lambda: group_digests(arrays, arrays.curve_offsets, LAYOUT))
    assert len(np.unique(digests, axis=0)) == BRIDGES
