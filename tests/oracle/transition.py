"""Transition probabilities of the multi-stage exponential hazard by the sum of the literature, in many digits."""

import mpmath
import numpy as np
import numpy.typing as npt

APART = mpmath.mpf(10) ** -60  # equal hazards are set apart by this share, which changes a probability by as little


def exact_transition(
    hazards: npt.ArrayLike, years: float, *, visits: int | None = None, rows: int | None = None, digits: int = 800
) -> list[list[mpmath.mpf]]:
    """p(years), or with `visits` the expected years spent in that rating (0 is the best) by those from i to j.

    p_ij(z) = (prod_{s=i}^{j-1} theta_s) sum_{k=i}^{j} exp(-theta_k z) / prod_{m=i..j, m!=k} (theta_m - theta_k).
    The years in a rating are this sum with its hazard twice.
    """
    with mpmath.workdps(digits):
        theta = [mpmath.mpf(float(hazard)) for hazard in np.asarray(hazards)] + [mpmath.mpf(0)]
        n = len(theta)
        return [
            [_entry(theta, i, j, mpmath.mpf(years), visits) if j >= i else mpmath.mpf(0) for j in range(n)]
            for i in range(rows or n)
        ]


def _entry(theta: list[mpmath.mpf], i: int, j: int, years: mpmath.mpf, visits: int | None) -> mpmath.mpf:
    nodes = theta[i : j + 1]
    if visits is not None:
        if not i <= visits <= j:
            return mpmath.mpf(0)
        nodes = [*nodes, theta[visits]]
    nodes = _set_apart(nodes)
    total = mpmath.mpf(0)
    for k, node in enumerate(nodes):
        total += mpmath.exp(-node * years) / mpmath.fprod(other - node for m, other in enumerate(nodes) if m != k)
    return mpmath.fprod(theta[i:j]) * total


def _set_apart(nodes: list[mpmath.mpf]) -> list[mpmath.mpf]:
    apart: list[mpmath.mpf] = []
    for node in nodes:
        while any(node == other for other in apart):
            node = node * (1 + APART) if node else APART
        apart.append(node)
    return apart
