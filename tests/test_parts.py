"""Plans of bridges that share no limit, found part by part."""

from __future__ import annotations

import numpy as np
import pytest

from made_network import made_network
from nagamochi.planning import PlanningProblem, PlanSpace, Relaxation, solve, verify
from nagamochi.planning.certificate import Bound
from nagamochi.planning.rows import Row
from nagamochi.planning.solvers import relaxation
from nagamochi.planning.solvers.parts import parts_of
from test_rows import table

ONE_YEAR = np.array([1])


def bound(*prices: float) -> Bound:
    return Bound(None, True, np.array(prices), 0)


def test_parts_by_hand():
    first, second, both = (np.array(mask, bool) for mask in ([1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 0, 0]))
    rows = [Row("a", 1.0, ONE_YEAR, first), Row("b", 1.0, ONE_YEAR, second), Row("ab", 1.0, ONE_YEAR, both)]

    def parts(*prices: float) -> set[tuple[tuple[int, ...], tuple[str, ...]]]:
        return {
            (tuple(np.flatnonzero(bridges).tolist()), tuple(row.name for row in within))
            for bridges, within in parts_of(rows, bound(*prices), 4)
        }

    # the last row has no price: it joins nothing and is left to be checked
    assert parts(1.0, 0.0, 0.0) == {((0, 3), ("a",)), ((1,), ("b",)), ((2,), ())}
    assert parts(0.0, 0.0, 0.5) == {((0, 1), ("b", "ab")), ((2,), ()), ((3,), ())}
    assert parts(1.0, 0.0, 0.5) == {((0, 1, 3), ("a", "b", "ab")), ((2,), ())}
    assert len(list(parts_of([Row("all", 1.0, ONE_YEAR)], bound(1.0), 4))) == 1


SPACE = PlanSpace((4.0, 3.0, 2.5), (1, 2, 3), (4, 6))
N = 60


def tight_towns(seed: int, interval_per: str) -> PlanningProblem:
    """Four towns, each with a share of what its bridges spend in their dearest year without a budget."""
    owners = np.array(["K", "L", "M", "N"] * (N // 4))
    bare = made_network(seed, bridges=N, members=2)
    free = solve(PlanningProblem(bare, np.full(30, np.inf), space=SPACE, interval_per=interval_per))
    works = free.works.join(bare.bridges.select("bridge_id").with_columns(owner=owners), on="bridge_id")
    rng = np.random.default_rng(seed)
    lines = []
    for owner in ("K", "L", "M", "N"):
        of_owner = works.filter(works["owner"] == owner)
        by_year = np.bincount(of_owner["year"].to_numpy(), of_owner["cost"].to_numpy())
        lines.append({"name": owner, "owner": owner, "budget": float(by_year.max() * rng.uniform(0.45, 0.8))})
    network = made_network(seed, bridges=N, members=2, owners=owners.tolist(), rows=table(*lines))
    return PlanningProblem(network, np.full(30, np.inf), space=SPACE, interval_per=interval_per)


@pytest.mark.parametrize(("interval_per", "seeds"), [("network", (0, 6, 12)), ("bridge", (0, 19, 22))])
def test_parts_find_better_plans_and_never_worse_ones(interval_per, seeds, monkeypatch):
    better = 0
    for seed in seeds:
        problem = tight_towns(seed, interval_per)
        with monkeypatch.context() as patch:
            patch.setattr(relaxation, "fit_parts", lambda *arguments: None)
            joint = solve(problem, solver=Relaxation(), threads=1)
        apart = solve(problem, solver=Relaxation(), threads=2)
        assert [check for check in verify(apart) if not check.holds] == []
        assert apart.feasible >= joint.feasible
        assert not joint.feasible or apart.cost <= joint.cost
        if apart.feasible:
            assert apart.outcome.total.max() == pytest.approx(apart.certificate.smallest_flat_budget[1])
        better += (apart.feasible and not joint.feasible) or (apart.feasible and apart.cost < joint.cost)
    assert better > 0
