"""Plans of a real list that its office could carry out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nagamochi import importers
from nagamochi.network import Network, read_network
from nagamochi.planning import PlanningProblem, PlanSpace, Shortfall, solve, verify

LISTS = Path(__file__).parents[2] / "shared" / "data" / "japan-bridges"
TOKYO = LISTS / "tokyo23_bridges.csv"
pytestmark = pytest.mark.skipif(not TOKYO.exists(), reason="the real lists (../shared/data) are not here")


@pytest.fixture(scope="module")
def tokyo(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("tokyo")
    importers.import_list(TOKYO, folder, planning_year=2026)
    return read_network(folder)


def test_budget_that_is_enough_leaves_nothing_undone(tokyo: Network) -> None:
    problem = PlanningProblem(tokyo, np.full(50, 1275e6), space=PlanSpace.practice(), shortfall=Shortfall(1.0))
    plan = solve(problem)
    assert plan.feasible
    assert plan.gap is not None
    assert plan.gap < 0.01


def test_tight_budget_is_spent_in_every_year(tokyo: Network) -> None:
    budget = 850e6
    plan = solve(PlanningProblem(tokyo, np.full(50, budget), space=PlanSpace.practice(), shortfall=Shortfall(1.0)))
    spent = plan.yearly["total"].to_numpy()[2:20] / budget
    assert spent.min() >= 0.6
    assert spent.max() <= 1.0
    assert plan.gap is not None
    assert plan.gap < 0.03, "without dives it is 10 %"


@pytest.mark.slow
def test_levels_per_member_cost_less_though_each_member_pays_its_access(tokyo: Network) -> None:
    """The same budget with one level per bridge counts 49,001 million; members counted 65,386 until they were searched
    within the timetables of a plan.
    """
    problem = PlanningProblem(tokyo, np.full(50, 1360e6), space=PlanSpace.practice(), shortfall=Shortfall(1.0))
    per_bridge, per_member = (solve(replace(problem, level_per=levels)) for levels in ("bridge", "member"))
    assert per_member.feasible
    assert per_member.counted_cost < 0.97 * per_bridge.counted_cost
    assert per_member.gap is not None
    assert per_member.gap < 0.02
    assert all(check.holds for check in verify(per_member))


@pytest.mark.slow
def test_levels_per_member_are_found_though_one_of_them_has_no_room(tokyo: Network) -> None:
    """The relaxation's plan overran the budget by a repair that nothing could make room for: the gap was 42 %."""
    problem = PlanningProblem(
        tokyo, np.full(50, 510e6), space=PlanSpace.practice(), level_per="member", shortfall=Shortfall(1.0)
    )
    plan = solve(problem)
    assert plan.feasible
    assert plan.gap is not None
    assert plan.gap < 0.03
    assert all(check.holds for check in verify(plan))


@pytest.mark.parametrize("budget", [180e6, 120e6, 50e6])
def test_large_bridges_do_not_leave_a_small_budget_unspent(budget: float, tmp_path: Path) -> None:
    """With one level for each bridge years spend 0.53, 0.05 and 0.54 of it, and far more is left to decay."""
    importers.import_list(LISTS / "xroad_yashio.csv", tmp_path, planning_year=2026)
    problem = PlanningProblem(read_network(tmp_path), np.full(50, budget))
    plan = solve(problem)
    spent = plan.yearly["total"].to_numpy()[2:20] / budget
    assert spent.min() >= 0.95
    assert plan.feasible
    assert plan.counted_cost < 0.9 * solve(replace(problem, level_per="bridge")).counted_cost
    assert all(check.holds for check in verify(plan))
