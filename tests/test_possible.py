"""Plans that no network plan within its rows can contain do not count in bounds of cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from made_network import made_network
from nagamochi.planning import NetworkPlan, PlanningProblem, PlanSpace, Shortfall, solve, verify


@pytest.fixture(scope="module")
def tight() -> NetworkPlan:
    """Within a tight flat budget where health below a threshold counts."""
    problem = PlanningProblem(
        made_network(5, bridges=12),
        np.full(20, 8e6),
        space=PlanSpace.practice(),
        shortfall=Shortfall(price=1.0),
    )
    return solve(problem, threads=1)


def test_verify_excludes_the_same_plans_by_itself(tight):
    assert all(check.holds for check in verify(tight))
    (bound,) = tight.certificate.bounds
    too_large = replace(tight.certificate, bounds=(replace(bound, yen=bound.yen * (1 + 1e-6)),))
    wrong = [check for check in verify(replace(tight, certificate=too_large)) if not check.holds]
    assert [check.claim for check in wrong] == ["lower bound of cost, interval 5, yen"]
    assert wrong[0].computed == pytest.approx(bound.yen, abs=1 + 1e-9 * bound.yen)
