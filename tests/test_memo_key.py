import struct
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as numpy_arrays

from nagamochi import _core
from nagamochi.network.arrays import DecidedYears, NetworkArrays, array_names
from nagamochi.network.decided import STAYS
from nagamochi.planning.memo import key as memo_key
from nagamochi.planning.memo.key import group_digests

SPACE = {"levels": [4.0, 3.5, 3.0, 2.5], "first_years": [1, 2, 3, 4], "intervals": [4, 5, 6], "horizon": 50}


# Three bridges of 2, 1 and 3 curves, two of which follow curve tables.
TOWN = NetworkArrays(
    curve_offsets=np.array([0, 2, 3, 6]),
    inspection_cost=np.array([3e5, 0.0, 3e5]),
    health=np.array([5.0, 4.2, 3.7, 3.3, 2.9, 1.0]),
    service_life=np.array([30.0, 45.0, 45.0, 60.0, 12.5, 80.0]),
    shape=np.array([2.0, 1.0, 2.0, 2.0, 3.0, 2.0]),
    restored_health=np.array([5.0, 5.0, 4.5, 5.0, 5.0, 5.0]),
    table=np.array([-1, 0, -1, 1, -1, -1]),
    repair_cost=np.outer([1e6, 2e6, 0.0, 4e6, 5e6, 6e6], [0.0, 0.2, 0.5, 0.8, 1.0]),
    table_offsets=np.array([0, 3, 7]),
    table_age_ratio=np.array([0.0, 0.6, 1.0, 0.0, 0.3, 0.5, 1.0]),
    table_health=np.array([5.0, 3.0, 1.0, 5.0, 4.0, 4.0, 1.0]),
)
BRIDGE_OF_CURVE = np.repeat(range(3), np.diff(TOWN.curve_offsets))


def digests(arrays=TOWN, group_offsets=TOWN.curve_offsets, **space):
    return [bytes(digest) for digest in group_digests(arrays, group_offsets, _core.PlanLayout(**(SPACE | space)))]


def changed_bridges(arrays):
    return [b for b, (old, new) in enumerate(zip(digests(), digests(arrays), strict=True)) if old != new]


def with_item(arrays, name, index, value):
    changed = getattr(arrays, name).copy()
    changed[index] = value
    return replace(arrays, **{name: changed})


def digest_of_last_bridge_by_hand():
    def doubles(*numbers):
        return struct.pack(f"<{len(numbers)}d", *numbers)

    def counted(*numbers):
        return struct.pack("<q", len(numbers)) + doubles(*numbers)

    table = blake2b(doubles(0, 5, 0.3, 4, 0.5, 4, 1, 1), digest_size=32).digest()
    content = counted(7) + counted(50) + counted(4, 3.5, 3, 2.5) + counted(1, 2, 3, 4) + counted(4, 5, 6) + doubles(3e5)
    content += doubles(3.3, 60, 2, 5, 0, 0.2 * 4e6, 2e6, 0.8 * 4e6, 4e6) + table
    content += doubles(2.9, 12.5, 3, 5, 0, 1e6, 2.5e6, 4e6, 5e6) + bytes(32)
    content += doubles(1, 80, 2, 5, 0, 0.2 * 6e6, 3e6, 0.8 * 6e6, 6e6) + bytes(32)
    return blake2b(content, digest_size=32).digest()


def test_encoding_is_the_documented_one(monkeypatch):
    monkeypatch.setattr(_core, "kernel_version", 7)
    assert digests()[2] == digest_of_last_bridge_by_hand()


@given(
    name=st.sampled_from(["health", "service_life", "shape", "restored_health", "repair_cost"]),
    curve=st.integers(0, 5),
    knot=st.integers(0, 4),
    value=st.floats(allow_nan=False),
)
def test_any_number_of_a_curve_changes_its_own_bridge_only(name, curve, knot, value):
    index = (curve, knot) if name == "repair_cost" else curve
    changed = with_item(TOWN, name, index, value)
    expected = [] if value == getattr(TOWN, name)[index] else [BRIDGE_OF_CURVE[curve]]
    assert changed_bridges(changed) == expected


@given(bridge=st.integers(0, 2), value=st.floats(allow_nan=False))
def test_inspection_cost_changes_its_own_bridge_only(bridge, value):
    expected = [] if value == TOWN.inspection_cost[bridge] else [bridge]
    assert changed_bridges(with_item(TOWN, "inspection_cost", bridge, value)) == expected


@given(
    point=st.integers(0, 6), name=st.sampled_from(["table_age_ratio", "table_health"]), value=st.floats(allow_nan=False)
)
def test_a_point_of_a_table_changes_the_bridges_that_use_it(point, name, value):
    expected = [] if value == getattr(TOWN, name)[point] else [0 if point < 3 else 2]
    assert changed_bridges(with_item(TOWN, name, point, value)) == expected


def test_choice_of_table_changes_the_bridge():
    for curve, table in [(0, 0), (1, -1), (2, 1), (3, 0)]:
        assert changed_bridges(with_item(TOWN, "table", curve, table)) == [BRIDGE_OF_CURVE[curve]]


def test_order_of_curves_counts():
    swapped = {
        name: getattr(TOWN, name)[[1, 0, 2, 3, 4, 5]]
        for name in ("health", "service_life", "shape", "restored_health", "table", "repair_cost")
    }
    assert changed_bridges(replace(TOWN, **swapped)) == [0]


def test_numbering_of_tables_does_not_count():
    renumbered = replace(
        TOWN,
        table=np.array([-1, 1, -1, 0, -1, -1]),
        table_offsets=np.array([0, 4, 7]),
        table_age_ratio=np.roll(TOWN.table_age_ratio, 4),
        table_health=np.roll(TOWN.table_health, 4),
    )
    assert changed_bridges(renumbered) == []


def test_minus_zero_equals_zero():
    negated = {name: getattr(TOWN, name).copy() for name in array_names()}
    for numbers in negated.values():
        if numbers.dtype == np.float64:
            numbers[numbers == 0] = -0.0
    assert np.signbit(negated["repair_cost"]).any()
    assert np.signbit(negated["inspection_cost"]).any()
    assert np.signbit(negated["table_age_ratio"]).any()
    assert changed_bridges(NetworkArrays(**negated)) == []


@pytest.mark.parametrize(
    "space",
    [
        {"horizon": 49},
        {"levels": [4.0, 3.5, 3.0, 2.4]},
        {"levels": [3.5, 4.0, 3.0, 2.5]},
        {"levels": [4.0, 3.5, 3.0]},
        {"first_years": [1, 2, 3, 5]},
        {"intervals": [4, 5, 7]},
        {"first_years": [1, 2, 3], "intervals": [4, 4, 5, 6]},
    ],
)
def test_plan_space_changes_every_bridge(space):
    assert not set(digests(**space)) & set(digests())


def test_kernel_version_changes_every_bridge(monkeypatch):
    before = digests()
    monkeypatch.setattr(_core, "kernel_version", _core.kernel_version + 1)
    assert not set(before) & set(digests())


def test_groups_within_a_bridge_have_digests_of_their_own():
    by_member = digests(group_offsets=np.array([0, 1, 2, 3, 5, 6]))
    assert len(set(by_member)) == 5
    assert by_member[2] == digests()[1]
    dearer_inspection = digests(with_item(TOWN, "inspection_cost", 0, 1.0), np.array([0, 1, 2, 3, 5, 6]))
    assert [old == new for old, new in zip(by_member, dearer_inspection, strict=True)] == [
        False,
        False,
        True,
        True,
        True,
    ]


@given(numpy_arrays(np.int64, st.integers(1, 12), elements=st.integers(1, 4)), st.integers(1, 5))
def test_equal_bridges_have_equal_digests_in_any_block(sizes, block):
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    curves = np.concatenate([np.arange(size) for size in sizes])
    arrays = replace(
        TOWN,
        curve_offsets=offsets,
        inspection_cost=np.full(len(sizes), 3e5),
        **{
            name: getattr(TOWN, name)[curves]
            for name in ("health", "service_life", "shape", "restored_health", "table", "repair_cost")
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memo_key, "GROUPS_PER_BLOCK", block)
        digest_of_size = dict(zip(sizes.tolist(), digests(arrays, offsets), strict=True))
        assert digests(arrays, offsets) == [digest_of_size[size] for size in sizes.tolist()]
    assert len(set(digest_of_size.values())) == len(digest_of_size)


def with_decided(works: dict[int, list[int]], last_year: list[int]) -> NetworkArrays:
    years = [works.get(curve, []) for curve in range(6)]
    offsets = np.cumsum([0, *map(len, years)])
    return replace(
        TOWN,
        decided=DecidedYears(
            offsets, np.array([year for of_curve in years for year in of_curve], np.int64), np.array(last_year)
        ),
    )


def test_only_groups_with_decided_works_or_removals_change():
    stays = [STAYS] * 3
    assert changed_bridges(with_decided({}, stays)) == []
    assert changed_bridges(with_decided({1: [4], 5: [3, 9]}, stays)) == [0, 2]
    assert changed_bridges(with_decided({}, [STAYS, 7, STAYS])) == [1]
    kinds = [({3: [4, 9]}, stays), ({3: [4], 4: [9]}, stays), ({3: [4]}, stays), ({3: [4]}, [STAYS, STAYS, 9])]
    assert len({digests(with_decided(*kind))[2] for kind in kinds}) == len(kinds)


def test_urgency_counts_where_it_makes_a_difference():
    delays = {"delays": [1, 3]}
    plain = digests(**delays)
    assert digests(**delays, urgent_delay=2) == plain
    assert digests(**delays, urgent_below=2.0, urgent_delay=3) == plain
    keys = [digests(**delays, urgent_below=below, urgent_delay=years)[0] for below in (2.0, 2.5) for years in (1, 2)]
    assert len({plain[0], *keys}) == 5
    assert digests(urgent_below=2.0, urgent_delay=2) == digests()
