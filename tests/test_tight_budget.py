"""Flat budgets so tight that most of what plans count is the price of shortfall."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi import datasets
from nagamochi.network import read_network
from nagamochi.planning import NetworkPlan, PlanningProblem, PlanSpace, Shortfall, solve, verify


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


@pytest.mark.by_hand
def test_more_than_twenty_thousand_members_are_planned_as_well_as_few(tmp_path: Path) -> None:
    """Their plans counted several times their bound: nothing made room for dearer members that decay."""
    towns = 10
    datasets.example_town().write(tmp_path)
    for name in ("bridges", "curves", "items"):
        table = pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False)
        copies = [table.with_columns(bridge_id=pl.format("{}-{}", pl.lit(i), "bridge_id")) for i in range(towns)]
        pl.concat(copies).write_csv(tmp_path / f"{name}.csv")
    network = read_network(tmp_path)
    assert len(network.repair_groups("member").offsets) > 20_000
    plan = solve(replace(town_within(1.0, "member"), network=network, budget=np.full(50, towns * 83e6)), threads=2)
    assert plan.feasible
    assert plan.gap < 0.01


def no_worse(plan: NetworkPlan, other: NetworkPlan) -> bool:
    """Whether a plan overruns budgets less, or equally and costs no more."""
    mine, its = ((p.outcome.overrun, p.counted_cost) for p in (plan, other))
    return mine[0] <= its[0] * (1 + 1e-9) and (mine[0] < its[0] or mine[1] <= its[1] * (1 + 1e-9))


@pytest.mark.parametrize("seed", range(3))
def test_levels_per_member_are_never_worse_than_per_bridge(seed):
    """A plan with one level per bridge is one with levels per member, where access costs nothing."""
    network = made_network(seed, bridges=10 + 10 * seed, members=3)
    of_bridge = PlanningProblem(network, np.zeros(40), space=PlanSpace.study())
    _, enough = solve(of_bridge, threads=1).certificate.smallest_flat_budget
    for share in (0.98, 1.0):
        within = replace(of_bridge, budget=np.full(40, share * enough))
        per_member = solve(replace(within, level_per="member"), threads=1)
        assert no_worse(per_member, solve(within, threads=1))
        assert all(check.holds for check in verify(per_member))


@pytest.mark.slow
@pytest.mark.parametrize("yen", [83e6, 125e6])
def test_levels_per_member_are_never_worse_in_the_town(yen):
    assert no_worse(solve(town_within(yen, "member"), threads=2), solve(town_within(yen), threads=2))
