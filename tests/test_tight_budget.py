"""Flat budgets so tight that most of what plans count is the price of shortfall."""

from __future__ import annotations

import numpy as np
import pytest

from nagamochi import datasets
from nagamochi.planning import PlanningProblem, PlanSpace, Shortfall, solve, verify


def town_within(yen: float, level_per: str = "bridge") -> PlanningProblem:
    return PlanningProblem(
        datasets.example_town(),
        np.full(50, yen),
        space=PlanSpace.practice(),
        level_per=level_per,
        shortfall=Shortfall(price=1.0),
    )


@pytest.mark.parametrize(("budget", "counted_by_highs"), [(100e6, 115_339.8e6), (80e6, 197_808.7e6)])
def test_the_plan_counts_less_than_what_highs_finds_in_a_minute(budget, counted_by_highs):
    plan = solve(town_within(budget), threads=1)
    assert plan.feasible
    assert plan.counted_cost < counted_by_highs
    assert plan.gap < 0.09
    assert (solve(town_within(budget), threads=2).plan_of_unit == plan.plan_of_unit).all()


def test_the_bound_is_verified():
    assert all(check.holds for check in verify(solve(town_within(100e6), threads=1)))


@pytest.mark.slow
@pytest.mark.parametrize("budget", [125e6, 83e6])
def test_with_a_level_per_member_the_budget_is_kept_too(budget):
    plan = solve(town_within(budget, "member"), threads=1)
    assert plan.feasible
    assert all(check.holds for check in verify(plan))
