"""Uncertain hazards: draws from the distribution of a fit's estimates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.policy.chains import Numbers, checked_array, checked_hazards, refuse_elements


def draw_hazards(hazards: npt.ArrayLike, covariance: npt.ArrayLike, *, draws: int = 2000, seed: int = 0) -> Numbers:
    """Draw hazards whose logarithms are normal, as the estimates of a fit are in large samples.

    Parameters
    ----------
    hazards : array_like
        ``(J - 1,)`` estimates per year.
    covariance : array_like
        ``(J - 1, J - 1)`` of the estimates of the logarithms of the hazards: ``log_hazard_covariance()`` of a
        :class:`nagamochi.deterioration.HazardFit`.
    draws : int
        Number of draws.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    numpy.ndarray
        ``(draws, J - 1)`` per year.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> draw_hazards([0.5, 0.2], [[0.01, 0], [0, 0.04]], draws=3).shape
    (3, 2)
    """
    chains, many = checked_hazards(hazards)
    if many:
        raise arguments.invalid("hazards", "must be of one section, (J - 1,)", chains.hazards.shape)
    stages = chains.ratings - 1
    rule = f"must be finite numbers of shape ({stages}, {stages})"
    matrix = checked_array("covariance", covariance, (2,), rule)
    if matrix.shape != (stages, stages):
        raise arguments.invalid("covariance", rule, matrix.shape)
    refuse_elements("covariance", matrix, np.isfinite(matrix), "must be a finite number", many=True)
    scale = float(np.abs(matrix).max())
    least = float(np.linalg.eigvalsh((matrix + matrix.T) / 2).min())
    if np.abs(matrix - matrix.T).max() > 1e-9 * scale or least < -1e-9 * scale:
        raise arguments.invalid("covariance", "must be symmetric without a negative eigenvalue", least)
    count = arguments.whole_number("draws", draws, at_least=1)
    random = np.random.default_rng(arguments.whole_number("seed", seed, at_least=0))
    noise = random.multivariate_normal(np.zeros(stages), matrix, size=count, method="eigh")
    return np.asarray(chains.hazards * np.exp(noise), np.float64)
