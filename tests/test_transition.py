"""Transition matrices of the compiled core, entry by entry against many digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nagamochi import _core
from oracle.transition import exact_transition

TOLERANCE = 1e-13
SMALLEST = 1e-290

CHAINS = {
    "two ratings": [0.2],
    "of the study": [0.375, 0.253, 0.163, 0.108, 0.098, 0.202],
    "equal": [0.3] * 6,
    "nearly equal": [0.3, 0.3003, 0.3 + 1e-9, 0.3 + 1e-15, 0.2999999, 0.3],
    "six orders apart": [1e-4, 1e2, 1e-4, 3.0, 1e2, 1e-3],
    "rising": [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0],
    "falling": [1000.0, 100.0, 10.0, 1.0, 1e-1, 1e-2, 1e-3],
}
YEARS = [1e-30, 1e-6, 0.5, 1.0, 7.3, 50.0, 1000.0, 1e6]


def matrix(hazards: list[float], years: float) -> np.ndarray:
    ratings = len(hazards) + 1
    matrices = np.full((1, 1, ratings, ratings), np.nan)
    _core.transition_matrices(hazards=np.array([hazards]), years=np.array([years]), matrices=matrices, threads=1)
    return matrices[0, 0]


def worst_error(found: np.ndarray, exact: list[list[mpmath.mpf]]) -> float:
    """The largest relative error among entries above 1e-290, and among those that must be 0."""
    worst = 0.0
    for found_row, exact_row in zip(found.tolist(), exact, strict=True):
        for value, truth in zip(found_row, exact_row, strict=True):
            if truth == 0 or truth >= SMALLEST:
                worst = max(worst, float(abs(value - truth) / truth) if truth else abs(value))
            assert value >= 0.0
    return worst


@pytest.mark.parametrize("years", YEARS)
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS.keys())
def test_every_entry_is_right_to_thirteen_digits(chain: list[float], years: float) -> None:
    assert worst_error(matrix(chain, years), exact_transition(chain, years)) <= TOLERANCE


@pytest.mark.parametrize(("spread", "years"), [(0.0, 5.0), (1e-3, 300.0), (3.0, 5.0)])
def test_so_it_is_with_thirty_ratings(spread: float, years: float) -> None:
    chain = np.exp(np.random.default_rng(3).normal(-1.0, spread, 29)).tolist()
    first_row = exact_transition(chain, years, rows=1, digits=2400)
    assert worst_error(matrix(chain, years)[:1], first_row) <= TOLERANCE


@settings(max_examples=30)
@given(
    chain=st.lists(st.floats(-7.0, 7.0).map(lambda exponent: 10.0**exponent), min_size=1, max_size=7),
    years=st.floats(-6.0, 4.0).map(lambda exponent: 10.0**exponent),
)
def test_so_it_is_with_any_hazards(chain: list[float], years: float) -> None:
    assert worst_error(matrix(chain, years), exact_transition(chain, years)) <= TOLERANCE


@pytest.mark.parametrize("years", [1e-6, 0.5, 7.3, 1000.0])
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS.keys())
def test_derivatives_are_right_to_thirteen_digits_of_their_larger_term(chain: list[float], years: float) -> None:
    ratings = len(chain) + 1
    found = np.full((ratings, ratings), np.nan)
    derivatives = np.full((ratings - 1, ratings, ratings), np.nan)
    _core.transition_derivatives(hazards=np.array(chain), years=years, matrix=found, derivatives=derivatives)
    assert np.array_equal(found, matrix(chain, years))
    exact = exact_transition(chain, years)
    for m, hazard in enumerate(chain):
        stays = exact_transition(chain, years, visits=m)
        for i in range(ratings):
            for j in range(ratings):
                passed = exact[i][j] / mpmath.mpf(hazard) if i <= m < j else mpmath.mpf(0)
                error = abs(derivatives[m, i, j] - (passed - stays[i][j]))
                assert error <= TOLERANCE * max(passed, stays[i][j]) + SMALLEST * (1 + years + 1 / hazard)


def test_the_same_bits_for_any_number_of_threads() -> None:
    hazards = np.random.default_rng(5).uniform(0.01, 2.0, (500, 6))
    years = np.array([0.5, 3.0, 20.0])
    results = []
    for threads in (1, 2, 7):
        matrices = np.full((500, 3, 7, 7), np.nan)
        _core.transition_matrices(hazards=hazards, years=years, matrices=matrices, threads=threads)
        results.append(matrices)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])
