"""Newton's method for log-likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi.base.execution import Execution

Numbers = npt.NDArray[np.float64]
Likelihood = Callable[[Numbers], tuple[float, Numbers, Numbers]]  # value, gradient, Hessian

WEAK = 5.0  # standard error of a coefficient: its interval spans a factor of e^20
FAR = (5.0, 10.0, 20.0, 40.0)  # in a coefficient: a factor of e^5 and more in a hazard
LEVEL = 1e-4  # a log-likelihood that falls by less is called level
SHARE = 0.05  # of a direction: a coefficient with less has no part in it
LONGEST_STEP = 2.0  # in any coefficient: the hazards of a standardised covariate change by a factor of 7 at most
MOST_STEPS = 200


@dataclass(frozen=True)
class Maximum:
    """Where a log-likelihood is largest, or where it no longer rises by more than rounding.

    Parameters
    ----------
    at : numpy.ndarray
        (n,): the coefficients.
    value : float
        The log-likelihood.
    information : numpy.ndarray
        (n, n): the negative Hessian.
    ended : bool
        Whether another step would gain no more than rounding.
    drift : numpy.ndarray
        (n,): 1 or -1 for coefficients along which the likelihood stays level to infinity or minus infinity, else 0.
    """

    at: Numbers
    value: float
    information: Numbers
    ended: bool
    drift: Numbers

    @property
    def converged(self) -> bool:
        """Whether it is the maximum: the search has ended, and no coefficient drifts."""
        return self.ended and not self.drift.any()


def find_maximum(likelihood: Likelihood, start: Numbers, execution: Execution) -> Maximum:
    """Climb by Newton steps, damped where the Hessian is not negative definite and shortened where they do not climb.

    The search has ended when another step promises less than 1e-10, or than the likelihood's own rounding.
    """
    at, ended, longest = start, False, LONGEST_STEP
    value, gradient, hessian = likelihood(at)
    for step in range(MOST_STEPS):
        if not execution.report(step, text=f"log-likelihood {value:,.3f}"):
            return Maximum(at, value, -hessian, False, np.zeros(len(at)))
        direction = _uphill(gradient, -hessian)
        promised = float(gradient @ direction)  # twice what the step gains where the likelihood is a parabola
        if ended := promised <= 1e-10 + 1e-14 * abs(value):
            break
        length = longest / float(np.abs(direction).max(initial=1e-300))
        longest = LONGEST_STEP if length >= 1.0 else 2.0 * longest
        direction *= min(1.0, length)
        found = _climb(likelihood, at, value, direction, float(gradient @ direction))
        if found is None:
            ended = promised <= 1e-6
            break
        at, (value, gradient, hessian) = found
    return maximum_at(likelihood, start, at, value, -hessian, ended)


def maximum_at(
    likelihood: Likelihood, start: Numbers, at: Numbers, value: float, information: Numbers, ended: bool
) -> Maximum:
    """Where a search from a start has ended, or was stopped, with the coefficients that drift there."""
    drift = np.zeros(len(at))
    for direction in _weak_directions(start, at, information, ended) if np.isfinite(value) else []:
        moves = np.abs(direction) > SHARE
        drift[moves] += _endless_side(likelihood, at, value, direction) * direction[moves]
    return Maximum(at, value, information, ended and bool(np.isfinite(value)), np.sign(drift))


def not_ended(execution: Execution) -> str:
    """What to say where a search has not ended."""
    if execution.stopped is None:
        return "did not converge: no maximum of the log-likelihood was found"
    return f"did not converge: stopped by {execution.stopped}, with the best estimates so far"


def _weak_directions(start: Numbers, at: Numbers, information: Numbers, ended: bool) -> list[Numbers]:
    """Directions with hardly any curvature, or that of a search which has not ended."""
    if not ended:
        return [(at - start) / max(float(np.linalg.norm(at - start)), 1e-300)]
    curvatures, directions = np.linalg.eigh(information)
    return list(directions.T[curvatures < WEAK**-2])


def _endless_side(likelihood: Likelihood, at: Numbers, value: float, direction: Numbers) -> int:
    """Return 1 or -1 where the likelihood falls nowhere along or against a direction, 0 where it falls both ways."""
    for side in (1, -1):
        if all(likelihood(at + side * far * direction)[0] >= value - LEVEL for far in FAR):
            return side
    return 0


def covariance_of(information: Numbers) -> Numbers:
    """Return the inverse of an information matrix, NaN where it is not positive definite."""
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
