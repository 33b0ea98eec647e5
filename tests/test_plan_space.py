"""The plan space and its numbering."""

from __future__ import annotations

import pytest

from nagamochi.errors import InvalidInput
from nagamochi.planning import NEVER, Plan, PlanSpace


def test_numbers_plans_by_interval_then_level_then_first_year():
    space = PlanSpace.study()
    assert space.n_plans == 128
    assert [space.plan(i) for i in (0, 1, 4, 16, 127)] == [
        Plan(4.0, 1, 4),
        Plan(4.0, 2, 4),
        Plan(3.5, 1, 4),
        Plan(4.0, 1, 5),
        Plan(2.5, 4, 11),
    ]


def test_delays_vary_between_level_and_first_year_and_never_has_one():
    space = PlanSpace(levels=("never", 3.0), first_years=(1, 2), intervals=(4, 9), delays=(2, 4))
    assert space == PlanSpace(levels=(3.0, NEVER), first_years=(1, 2), intervals=(4, 9), delays=(2, 4))
    assert space.rules == ((3.0, 2), (3.0, 4), (NEVER, 2))
    assert space.n_plans == space.core(20).plans == 12
    assert [space.plan(i) for i in (1, 2, 4, 6)] == [
        Plan(3.0, 2, 4, 2),
        Plan(3.0, 1, 4, 4),
        Plan(NEVER, 1, 4, 2),
        Plan(3.0, 1, 9, 2),
    ]
    assert space.to_frame().rows()[:5] == [
        ("3", 1, 4, 2),
        ("3", 2, 4, 2),
        ("3", 1, 4, 4),
        ("3", 2, 4, 4),
        ("never", 1, 4, None),
    ]
    assert PlanSpace(**space.record) == space


def test_the_space_of_practice_is_legal_and_leaves_no_year_out():
    space = PlanSpace.practice()
    assert {plan.interval for plan in space.plans} == {5}
    assert {(plan.first_year, plan.delay) for plan in space.plans} == {(f, d) for f in range(1, 6) for d in range(1, 6)}
    assert {level for level, _ in space.rules} == {4.0, 3.5, 3.0, 2.5, 2.0, 1.5, NEVER}
    assert space.n_plans == 5 * (6 * 5 + 1)


def test_table_and_kernel_agree_with_the_numbering():
    space = PlanSpace(levels=(2.0, 3.0, 4.0), first_years=(5, 1), intervals=(7, 3))
    assert [Plan(*row) for row in space.to_frame().iter_rows()] == [space.plan(i) for i in range(space.n_plans)]
    core = space.core(30)
    assert (core.plans, core.horizon) == (12, 30)
    assert core.most_slots == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": (5.0,)}, "levels[0]: must be above 1 and below 5; got 5.0"),
        ({"levels": (3.0, 1.0)}, "levels[1]: must be above 1 and below 5; got 1.0"),
        ({"levels": (3.0, 3.0)}, "levels: must not repeat a number; got (3.0, 3.0)"),
        ({"levels": ()}, "levels: must be a sequence of at least one number; got ()"),
        ({"levels": 3.0}, "levels: must be a sequence of at least one number; got 3.0"),
        ({"first_years": (0,)}, "first_years[0]: must be a whole number from 1 to 1000; got 0"),
        ({"intervals": (4, 0)}, "intervals[1]: must be a whole number from 1 to 1000; got 0"),
        ({"delays": (0,)}, "delays[0]: must be a whole number from 1 to 1000; got 0"),
        (
            {"intervals": (9, 4), "delays": (1, 5)},
            "delays: must not be longer than the shortest interval, 4 years; got 5",
        ),
        ({"levels": ("never", 0.0)}, "levels: must not repeat a number; got ('never', 0.0)"),
        ({"urgent_below": 1.0}, "urgent_below: must be above 1 and below 5; got 1.0"),
        ({"urgent_below": 2.0, "urgent_delay": 0}, "urgent_delay: must be a whole number from 1 to 1000; got 0"),
        ({"intervals": (4.5,)}, "intervals[0]: must be a whole number from 1 to 1000; got 4.5"),
    ],
)
def test_wrong_plans_are_refused(arguments, message):
    with pytest.raises(InvalidInput) as refused:
        PlanSpace(**{"levels": (3.0,), "first_years": (1,), "intervals": (5,)} | arguments)
    assert str(refused.value) == message


def test_an_index_beyond_the_plans_is_refused():
    with pytest.raises(InvalidInput, match="index: must be a whole number from 0 to 127; got 128"):
        PlanSpace.study().plan(128)
