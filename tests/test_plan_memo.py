import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi import _core

LAYOUT = _core.PlanLayout(levels=[4.0, 3.0], first_years=[1, 2], intervals=[3, 5], horizon=10)
N_PLANS = 8
RECORD_SIZE = 3 + 1  # inspections in 1, 4, 7 are followed by a repair within the horizon; the lowest health is last

Entry = tuple[tuple[int, int], list[float]]  # group and plan, record

pairs = st.tuples(st.integers(0, 30), st.integers(0, N_PLANS - 1))
records = st.lists(st.floats(0, 1e9), min_size=RECORD_SIZE, max_size=RECORD_SIZE)


def insert(memo: _core.PlanMemo, entries: list[Entry]) -> None:
    memo.insert(
        groups=np.array([group for (group, _), _ in entries], np.int64),
        plans=np.array([plan for (_, plan), _ in entries], np.int64),
        records=np.array([record for _, record in entries], np.float64).reshape(-1, RECORD_SIZE),
    )


def test_the_layout_has_the_slots_of_its_plans() -> None:
    assert LAYOUT.plans == N_PLANS
    assert LAYOUT.most_slots == RECORD_SIZE - 1 == _core.PlanMemo(LAYOUT).record_size - 1
    assert LAYOUT.slots_of_plan.tolist() == [3, 3, 3, 3, 2, 2, 2, 2]
    assert (LAYOUT.levels, LAYOUT.first_years, LAYOUT.intervals, LAYOUT.horizon) == ([4.0, 3.0], [1, 2], [3, 5], 10)


@given(st.lists(st.lists(st.tuples(pairs, records), max_size=60)))
def test_the_first_record_of_a_pair_stays_in_order_of_insertion(
    batches: list[list[Entry]],
) -> None:
    memo = _core.PlanMemo(LAYOUT)
    expected: dict[tuple[int, int], list[float]] = {}
    for batch in batches:
        before = len(memo)
        insert(memo, batch)
        for pair, record in batch:
            expected.setdefault(pair, record)
        assert len(memo) == len(expected)
        groups, plans, found = memo.entries_since(before)
        assert list(zip(groups.tolist(), plans.tolist(), strict=True)) == list(expected)[before:]
        assert found.tolist() == list(expected.values())[before:]
    assert memo.entries_since(0)[2].shape == (len(expected), RECORD_SIZE)


def test_arrays_of_another_type_are_refused_not_converted() -> None:
    memo = _core.PlanMemo(LAYOUT)
    good = {"groups": np.zeros(1, np.int64), "plans": np.zeros(1, np.int64), "records": np.zeros((1, RECORD_SIZE))}
    for name, array in good.items():
        with pytest.raises(TypeError):
            memo.insert(**good | {name: array.astype(np.float32)})
    memo.insert(**good)
    assert len(memo) == 1
