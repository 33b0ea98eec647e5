"""Plans of a real list that its office could carry out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nagamochi import importers
from nagamochi.network import Network, read_network
from nagamochi.planning import PlanningProblem, PlanSpace, Shortfall, solve

TOKYO = Path(__file__).parents[2] / "shared" / "data" / "japan-bridges" / "tokyo23_bridges.csv"
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
