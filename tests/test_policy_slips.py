"""Where the paper's formulas slip: what they give as printed, and what the policies of this package give.

Equation numbers are the paper's. Ratings count from 1, and steps are years.
"""

import numpy as np
import pytest

from nagamochi.policy import Policy, Sections
from oracle.policy import OracleCosts, OraclePolicy, evaluate, transition

CALIBRATED = [1 / years for years in (1.20, 3.40, 1.63, 1.91, 2.57, 3.23)]
INTERVAL, WATCH_FROM, REPAIR_AT, ON_WATCH = 4, 4, 7, 6
P = np.array(transition(CALIBRATED, 1).tolist(), float)
COSTS = OracleCosts([744_000.0] * 7, 2000.0, 2000.0, 0.04)
POLICY = OraclePolicy(INTERVAL, REPAIR_AT, WATCH_FROM, ON_WATCH, spacing=1.0)


def power(years: int) -> np.ndarray:
    return np.linalg.matrix_power(P, years)


def first_moves(years: int, stop: int) -> np.ndarray:
    """[28]: chances of moving to k in that year, from l < stop(k)."""
    before = power(years - 1)
    return np.array(
        [[sum(before[i, low] * P[low, k] for low in range(min(stop, k))) for k in range(7)] for i in range(7)]
    )


def restarts_of_25(on_watch: int) -> np.ndarray:
    restart = np.zeros((7, 7))
    restart[on_watch - 1 :, 0] = 1
    return restart


def rows_of_29(stop: int) -> np.ndarray:
    """[29]: those repaired on watch, by year of repair; the factor before it is the first year's move."""
    rows = np.zeros((7, 7))
    for year in range(1, INTERVAL):
        rows += first_moves(year, stop) @ restarts_of_25(ON_WATCH) @ power(INTERVAL - year)
    return rows[WATCH_FROM - 1 : REPAIR_AT - 1]


def never_repaired() -> np.ndarray:
    within = P.copy()
    within[:, ON_WATCH - 1 :] = 0
    return (np.linalg.matrix_power(within, INTERVAL - 1) @ P)[WATCH_FROM - 1 : REPAIR_AT - 1]


def test_28_counts_twice_what_was_past_the_threshold_already() -> None:
    printed = rows_of_29(stop=7)[:2].sum(axis=1)
    mended = rows_of_29(stop=ON_WATCH - 1)[:2].sum(axis=1)
    assert printed == pytest.approx([0.456, 0.865], abs=5e-4)
    assert mended == pytest.approx([0.390, 0.689], abs=5e-4)


def test_29_lacks_those_who_are_never_repaired() -> None:
    assert never_repaired()[:2].sum(axis=1) == pytest.approx([0.610, 0.311], abs=5e-4)
    whole = rows_of_29(stop=ON_WATCH - 1)[:2] + never_repaired()[:2]
    expected = np.array(evaluate(CALIBRATED, POLICY, COSTS).transitions.tolist(), float)[
        WATCH_FROM - 1 : WATCH_FROM + 1
    ]
    np.testing.assert_allclose(whole, expected, rtol=1e-12)


def test_36_repairs_for_certain_what_is_past_the_threshold_when_found() -> None:
    """A section found in rating 6 is inspected once more, and repaired then whatever it has become."""
    found = ON_WATCH
    printed_repairs = sum(first_moves(year, 7)[found - 1, ON_WATCH - 1 :].sum() for year in range(1, INTERVAL))
    assert printed_repairs < 0.99
    result = evaluate(CALIBRATED, POLICY, COSTS)
    np.testing.assert_allclose(np.array(result.transitions[found - 1, :].tolist(), float), [power(3)[0]], rtol=1e-12)


def test_38a_must_repair_at_the_threshold_itself() -> None:
    """As printed, delta_i = 1 for i > i* only: with i* = J no repair would ever be paid."""
    section = Sections(hazards=CALIBRATED, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    result = section.evaluate(Policy(INTERVAL, 7))
    unpaid = 2_000 / -np.expm1(-0.04 * INTERVAL)
    assert result.lcc == pytest.approx(unpaid + 744_000 * result.risk / -np.expm1(-0.04 * INTERVAL))
    assert result.value[6] - result.value[0] == pytest.approx(744_000)


def test_25_is_a_restart_only_if_it_leads_to_rating_1() -> None:
    """As printed z_ij = 1 for every j once rating i is repaired: rows would sum to the number of ratings."""
    printed = restarts_of_25(ON_WATCH)
    printed[ON_WATCH - 1 :, :] = 1
    assert printed.sum(axis=1)[ON_WATCH - 1] == 7
    assert restarts_of_25(ON_WATCH).sum(axis=1)[ON_WATCH - 1] == 1


def test_the_package_gives_the_mended_rows() -> None:
    section = Sections(hazards=CALIBRATED, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    result = section.evaluate(Policy(INTERVAL, REPAIR_AT, WATCH_FROM, ON_WATCH))
    matrix = np.vstack([power(4)[:3], np.zeros((3, 7)), power(4)[0]])
    matrix[3:5] = rows_of_29(stop=ON_WATCH - 1)[:2] + never_repaired()[:2]
    matrix[5] = power(3)[0]
    np.testing.assert_allclose(result.stationary @ matrix, result.stationary, rtol=1e-12)
