"""Competing damage types written out: a generator, its matrix exponential, and lives drawn clock by clock."""

from __future__ import annotations

import mpmath
import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

Numbers = npt.NDArray[np.float64]
SOUND = (1, 0)  # rating and number of the type; types count from 1, ratings too

State = tuple[int, int]


def states(ratings: int, types: int) -> list[State]:
    """Sound, then every rating with every type."""
    return [SOUND, *((i, kind) for i in range(2, ratings + 1) for kind in range(1, types + 1))]


def hazard(theta: Numbers, change: float, state: State, kind: int) -> float:
    """Of a type in a state: theta (J - 1, types) for the type that is there, change times it for another."""
    i, m = state
    if i > len(theta):
        return 0.0
    return float(theta[i - 1, kind - 1]) * (1.0 if state == SOUND or kind == m else change)


def generator(theta: Numbers, change: float) -> Numbers:
    """Q: the clock of type l takes rating i to (i + 1, l)."""
    every = states(len(theta) + 1, theta.shape[1])
    q = np.zeros((len(every), len(every)))
    for a, (i, m) in enumerate(every):
        for kind in range(1, theta.shape[1] + 1):
            if i <= len(theta):
                q[a, every.index((i + 1, kind))] = hazard(theta, change, (i, m), kind)
        q[a, a] = -q[a].sum()
    return q


def log_likelihood(theta: Numbers, change: float, pairs: list[tuple[State, State, float]]) -> float:
    """Sum of log p over pairs of states with the years between them."""
    every = states(len(theta) + 1, theta.shape[1])
    q = generator(theta, change)
    after = {z: expm(q * z) for z in {z for _, _, z in pairs}}
    return float(sum(np.log(after[z][every.index(a), every.index(b)]) for a, b, z in pairs))


def exact_transition(q: Numbers, years: float, digits: int = 120) -> list[list[mpmath.mpf]]:
    """exp(Q years) by mpmath's Taylor series."""
    with mpmath.workdps(digits):
        product = mpmath.matrix(q.tolist()) * mpmath.mpf(years)
        for a in range(len(q)):  # the rows of Q sum to 0 in all digits
            product[a, a] = -mpmath.fsum(product[a, b] for b in range(len(q)) if b != a)
        return mpmath.expm(product, method="taylor").tolist()


def simulate(random: np.random.Generator, theta: Numbers, change: float, before: State, years: float) -> State:
    """Where a life is after the years: in every state each type draws the time to its event; the first one counts."""
    state, left = before, years
    while state[0] <= len(theta):
        rates = [hazard(theta, change, state, kind) for kind in range(1, theta.shape[1] + 1)]
        clocks = [random.exponential(1.0 / rate) if rate > 0 else np.inf for rate in rates]
        first = int(np.argmin(clocks))
        left -= clocks[first]
        if left <= 0:
            break
        state = (state[0] + 1, first + 1)
    return state
