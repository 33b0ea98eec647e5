"""Newton's method for log-likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Likelihood = Callable[[Numbers], tuple[float, Numbers, Numbers]]  # value, gradient, Hessian

LONGEST_STEP = 2.0  # in any coefficient: the hazards of a standardised covariate change by a factor of 7 at most
MOST_STEPS = 200


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is largest; `information` is the negative Hessian there."""

    at: Numbers
    value: float
    information: Numbers
    converged: bool
    steps: int


def find_maximum(likelihood: Likelihood, start: Numbers) -> Maximum:
    """Climb by Newton steps, damped where the Hessian is not negative definite and shortened where they do not climb.

    It has converged when another step promises less than 1e-10, or than the likelihood's own rounding.
    """
    at = start
    value, gradient, hessian = likelihood(at)
    for step in range(MOST_STEPS):
        direction = _uphill(gradient, -hessian)
        promised = float(gradient @ direction)  # twice what the step gains where the likelihood is a parabola
        if promised <= 1e-10 + 1e-14 * abs(value):
            return Maximum(at, value, -hessian, True, step)
        direction *= min(1.0, LONGEST_STEP / float(np.abs(direction).max(initial=1e-300)))
        found = _climb(likelihood, at, value, direction, float(gradient @ direction))
        if found is None:
            return Maximum(at, value, -hessian, promised <= 1e-6, step)
        at, (value, gradient, hessian) = found
    return Maximum(at, value, -hessian, False, MOST_STEPS)


def inverse_or_nan(information: Numbers) -> Numbers:
    """The inverse of an information matrix: a covariance; NaN where it is not positive definite."""
    try:
        np.linalg.cholesky(information)
        return np.asarray(np.linalg.inv(information), np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)


def _uphill(gradient: Numbers, information: Numbers) -> Numbers:
    """The Newton direction, with as much of the gradient's as it needs to lead uphill."""
    scale = float(np.abs(np.diagonal(information)).max(initial=1e-300))
    for damping in (0.0, *10.0 ** np.arange(-8, 4)):
        try:
            root = np.linalg.cholesky(information + damping * scale * np.eye(len(gradient)))
        except np.linalg.LinAlgError:
            continue
        return np.linalg.solve(root.T, np.linalg.solve(root, gradient))
    return gradient / scale


def _climb(
    likelihood: Likelihood, at: Numbers, value: float, direction: Numbers, slope: float
) -> tuple[Numbers, tuple[float, Numbers, Numbers]] | None:
    length = 1.0
    while length > 1e-10:
        found = likelihood(at + length * direction)
        if found[0] >= value + 1e-4 * length * slope:
            return at + length * direction, found
        length /= 2
    return None
