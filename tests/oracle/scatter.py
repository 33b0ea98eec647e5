"""The scatter of ratings by the words of its definition: shares of true grades by EM, sigma by a search on a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from scipy.optimize import minimize_scalar

Pair = tuple[int, int]


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def given(grade: int, health: float, sigma: float, bias: float = 0.0) -> float:
    """Probability that a member of this health is rated 1, 2, .. 5."""
    low = 0.0 if grade == 1 else normal((grade - 0.5 - health - bias) / sigma)
    high = 1.0 if grade == 5 else normal((grade + 0.5 - health - bias) / sigma)
    return high - low


def within(grade: int, steps: int = 120) -> list[float]:
    """Health spread evenly within a grade."""
    low, high = max(grade - 0.5, 1.0), min(grade + 0.5, 5.0)
    return [low + (high - low) * (i + 0.5) / steps for i in range(steps)]


def mean(function: Callable[[float], float], grade: int) -> float:
    found = [function(health) for health in within(grade)]
    return sum(found) / len(found)


def log_likelihood_again(pairs: Sequence[Pair], sigma: float) -> float:
    """Largest over the shares of true grades, of pairs of ratings by two teams."""
    distinct = sorted(set(pairs))
    table = [
        [mean(lambda r, i=i, j=j: given(i, r, sigma) * given(j, r, sigma), k) for k in range(1, 6)] for i, j in distinct
    ]
    counts = [pairs.count(pair) for pair in distinct]
    shares = [0.2] * 5
    for _ in range(3000):
        sums = [sum(s * p for s, p in zip(shares, row, strict=True)) for row in table]
        shares = [
            shares[k] * sum(n * row[k] / q for n, row, q in zip(counts, table, sums, strict=True)) / len(pairs)
            for k in range(5)
        ]
    sums = [sum(s * p for s, p in zip(shares, row, strict=True)) for row in table]
    return sum(n * math.log(q) for n, q in zip(counts, sums, strict=True))


def log_likelihood_truth(pairs: Sequence[Pair], sigma: float, bias: float) -> float:
    """Of ratings beside the true grade, whose shares are those seen."""
    total = 0.0
    for pair in sorted(set(pairs)):
        rated, truth = pair
        probability = mean(lambda r, rated=rated: given(rated, r, sigma, bias), truth)
        share = sum(1 for _, other in pairs if other == truth) / len(pairs)
        total += pairs.count(pair) * math.log(probability * share)
    return total


def best_sigma(log_likelihood: Callable[[float], float]) -> tuple[float, float]:
    """Sigma and the log-likelihood there."""
    found = minimize_scalar(
        lambda x: -log_likelihood(math.exp(x)),
        bounds=(math.log(0.05), math.log(4.0)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return math.exp(found.x), -float(found.fun)
