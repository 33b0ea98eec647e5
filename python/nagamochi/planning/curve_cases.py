"""What the health of curves in year 0 and their service lives may be, where they are uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi.network.arrays import NetworkArrays
from nagamochi.planning.rating_scatter import GRADES, RatingScatter

Numbers = npt.NDArray[np.float64]

NODES = 15
REACH = 3.5
"""Standard deviations to both sides of the mean."""
FINE = 4001
"""Healths among which one is drawn."""


class CurveCases(NamedTuple):
    """A network whose curves have one of the lives that they may have, and their healths in year 0.

    Parameters
    ----------
    network : NetworkArrays
    health, probability : (n_healths, n_curves)
        The latter of health and life together.
    """

    network: NetworkArrays
    health: Numbers
    probability: Numbers


def curve_cases(scatter: RatingScatter, network: NetworkArrays) -> Iterator[CurveCases]:
    """Yield the cases over which the kernels sum up: Gauss-Legendre rules of 15 nodes for health and life."""
    healths, of_health = _healths(scatter, network.health)
    for life, of_life in _lives(scatter):
        of_one_life = replace(network, service_life=network.service_life * life)
        yield CurveCases(of_one_life, healths.T, of_health.T * of_life)


def draw_case(scatter: RatingScatter, network: NetworkArrays, rng: np.random.Generator) -> NetworkArrays:
    """Draw the health in year 0 and the service life of every curve."""
    if not scatter.has_cases:
        return network
    life = np.exp(scatter.life_scatter * rng.standard_normal(network.n_curves))
    chance, health = rng.random(network.n_curves), network.health.copy()
    if scatter.rated_health:
        for rated in np.unique(network.health).tolist():
            values, likelihood = _fine_healths(scatter, rated)
            curves = np.flatnonzero(network.health == rated)
            upper = np.cumsum(likelihood)
            health[curves] = values[np.searchsorted(upper, chance[curves] * upper[-1])]
    return replace(network, health=health, service_life=network.service_life * life)


def _lives(scatter: RatingScatter) -> list[tuple[float, float]]:
    """Multiples of the service life, with their probabilities."""
    if not scatter.life_scatter:
        return [(1.0, 1.0)]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    z = REACH * nodes
    probability = weights * np.exp(-(z**2) / 2)
    return list(zip(np.exp(scatter.life_scatter * z).tolist(), (probability / probability.sum()).tolist(), strict=True))


def _healths(scatter: RatingScatter, rated: Numbers) -> tuple[Numbers, Numbers]:
    """Healths in year 0 and their probabilities by their ratings, (n_curves, n) both."""
    if not scatter.rated_health:
        return rated[:, np.newaxis], np.ones((len(rated), 1))
    if scatter.matrix is not None:
        values = np.tile(np.array(GRADES, np.float64), (len(rated), 1))
        return values, _of_grades(scatter, rated)
    middle = rated - scatter.bias
    if scatter.deviation == 0:
        return np.clip(middle, 1, 5)[:, np.newaxis], np.ones((len(rated), 1))
    far = REACH * scatter.deviation
    low = np.where(rated <= 1, 1.0, np.clip(middle - far, 1, 5))[:, np.newaxis]
    high = np.where(rated >= 5, 5.0, np.clip(middle + far, 1, 5))[:, np.newaxis]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    values = (low + high) / 2 + (high - low) / 2 * nodes
    probability = weights * _likelihood(scatter, rated[:, np.newaxis], values)
    known = low == high
    probability = np.where(known, weights, probability)
    return values, probability / probability.sum(axis=1, keepdims=True)


def _fine_healths(scatter: RatingScatter, rated: float) -> tuple[Numbers, Numbers]:
    """Many healths, and how probable each makes a rating, up to a factor."""
    one = np.array([rated])
    if scatter.matrix is not None:
        return np.array(GRADES, np.float64), _of_grades(scatter, one)[0]
    if scatter.deviation == 0:
        return np.clip(one - scatter.bias, 1, 5), np.ones(1)
    values = np.linspace(1, 5, FINE)
    likelihood = _likelihood(scatter, one, values)
    nearest = np.clip(one - scatter.bias, 1, 5)
    return (values, likelihood) if likelihood.sum() > 0 else (nearest, np.ones(1))


def _of_grades(scatter: RatingScatter, rated: Numbers) -> Numbers:
    column = np.array(scatter.matrix)[:, 5 - np.ceil(rated - 0.5).astype(np.int64)].T
    of_grades: Numbers = column / column.sum(axis=1, keepdims=True)
    return of_grades


def _likelihood(scatter: RatingScatter, rated: Numbers, health: Numbers) -> Numbers:
    """How probable a rating is if health is this, up to a factor; ratings end at 1 and 5."""
    from scipy.special import ndtr

    above = (rated - scatter.bias - health) / scatter.deviation
    inside: Numbers = np.exp(-(above**2) / 2)
    return np.where(rated >= 5, ndtr(-above), np.where(rated <= 1, ndtr(above), inside))
