"""Random cases against oracles that share no code with the kernels: HiGHS, many digits, brute force in NumPy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from campaign.runs import campaign
from made_choices import made_choice
from nagamochi.retrieval.vectors.flat import FlatIndex
from oracle.transition import exact_transition
from test_relaxation import SEARCH, check_against_the_optimum
from test_rows import check_against_highs
from test_transition import TOLERANCE, matrix, worst_error
from test_vector_index import brute_force

RUNS = 4_000


def plans_of_choices(random: np.random.Generator) -> None:
    assert check_against_the_optimum(made_choice(int(random.integers(2**31))), SEARCH)


def plans_within_rows(random: np.random.Generator) -> None:
    assert check_against_highs(int(random.integers(2**31)))


def transitions(random: np.random.Generator) -> None:
    hazards = (10.0 ** random.uniform(-4, 3, random.integers(1, 8))).tolist()
    years = float(10.0 ** random.uniform(-6, 3))
    assert worst_error(matrix(hazards, years), exact_transition(hazards, years)) <= TOLERANCE, (hazards, years)


def neighbours(random: np.random.Generator) -> None:
    rows, dimension, k = (int(random.integers(1, most)) for most in (400, 40, 30))
    dtype = random.choice(["float32", "float16"])
    stored = np.round(random.standard_normal((rows, dimension)), int(random.integers(0, 4))).astype(dtype)
    queries = random.standard_normal((5, dimension)).astype(np.float32)
    admitted = random.random(rows) < random.random()
    found = FlatIndex.of(stored).search(queries, k, admitted)
    _, expected = brute_force(stored, queries, k, admitted)
    np.testing.assert_array_equal(found.rows[:, : expected.shape[1]], expected)
    assert (found.rows[:, expected.shape[1] :] == -1).all()


CASES = {
    "searches against HiGHS": plans_of_choices,
    "plans within rows against HiGHS": plans_within_rows,
    "transition matrices against many digits": transitions,
    "searches for neighbours against brute force": neighbours,
}


def run(number: int, random: np.random.Generator, _: Path) -> Counter[str]:
    """One case of one oracle."""
    name = list(CASES)[number % len(CASES)]
    CASES[name](random)
    return Counter({name: 1})


if __name__ == "__main__":
    campaign("differential", run, RUNS)
