"""Several damages at once, against their product space written out."""

from functools import reduce
from itertools import product

import numpy as np
import pytest

from nagamochi.policy import Policy, PolicySpace, Sections, SeveralDamages
from oracle.policy import transition

COSTS = {"repair_cost": 100.0, "inspection_cost": 1.0, "discount_rate": 0.04}


def on_product_space(hazards: list[list[float]], interval: int, repair_at: tuple[int, ...]) -> tuple[float, float]:
    """Risk and LCC by a dense stationary vector over all combinations of ratings."""
    matrices = [np.array(transition(rates, interval).tolist(), float) for rates in hazards]
    moves = reduce(np.kron, matrices)
    states = list(product(*(range(1, len(matrix) + 1) for matrix in matrices)))
    repaired = np.array([any(i >= at for i, at in zip(state, repair_at, strict=True)) for state in states])
    worst = np.array([any(i == len(m) for i, m in zip(state, matrices, strict=True)) for state in states])
    chain = np.where(repaired[:, None], moves[0], moves)
    equations = np.vstack([chain.T - np.eye(len(states)), np.ones(len(states))])
    pi = np.linalg.lstsq(equations, np.eye(len(states) + 1)[-1], rcond=None)[0]
    return pi @ worst, (1.0 + 100.0 * pi @ repaired) / -np.expm1(-0.04 * interval)


@pytest.mark.parametrize(
    "hazards", [[[0.5, 0.3], [0.4, 0.9, 0.2], [0.7]], [[0.5, 0.3, 0.2]], [[0.8, 0.2, 0.4], [0.3, 0.3]]], ids=str
)
def test_all_thresholds_against_the_product_space(hazards: list[list[float]]) -> None:
    for row in SeveralDamages(hazards, 100.0, 1.0, discount_rate=0.04).evaluate_all([1, 4]).iter_rows(named=True):
        risk, lcc = on_product_space(hazards, row["interval"], tuple(row["repair_at"]))
        assert (row["risk"], row["lcc"]) == pytest.approx((risk, lcc), rel=1e-10)


def test_one_damage_is_the_basic_model() -> None:
    hazards = [0.5, 0.3, 0.2, 0.01]
    basic = Sections(hazards=hazards, **COSTS)
    for row in SeveralDamages([hazards], 100.0, 1.0, discount_rate=0.04).evaluate_all([1, 3]).iter_rows(named=True):
        result = basic.evaluate(Policy(row["interval"], row["repair_at"][0]))
        assert (row["risk"], row["lcc"]) == pytest.approx((result.risk, result.lcc), rel=1e-12)


def test_the_papers_size_and_its_best_policy() -> None:
    hazards = [[0.8, 0.3, 0.6, 0.5, 0.4, 0.3], [0.4] * 6, [0.3] * 5]
    model = SeveralDamages(hazards, 100.0, 1.0, discount_rate=0.04)
    table = model.evaluate_all()
    assert table.height == 10 * 6 * 6 * 5
    best = model.best(0.1)
    within = table.filter(table["risk"] <= 0.1)
    assert best.lcc == within["lcc"].min()
    assert (best.risk, best.lcc) == pytest.approx(on_product_space(hazards, best.interval, best.repair_at), rel=1e-9)


def test_a_limit_that_no_policy_keeps() -> None:
    damages = SeveralDamages([[0.5, 0.5], [0.5]], 100.0, 1.0, discount_rate=0.04)
    nearest = damages.best(0.01)
    assert not nearest.feasible
    assert nearest.risk == damages.evaluate_all()["risk"].min() > 0.01
    assert damages.best(0.5).feasible


def test_a_basic_space_of_one_damage_has_the_same_best() -> None:
    hazards = [0.5, 0.3, 0.2]
    best = SeveralDamages([hazards], 100.0, 1.0, discount_rate=0.04).best(0.2)
    basic = Sections(hazards=hazards, **COSTS).best(0.2, PolicySpace(watch=False)).policy
    assert (best.interval, best.repair_at) == (basic.interval, (basic.repair_at,))
