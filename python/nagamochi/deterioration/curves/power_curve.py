"""The power curve: health 5 - 4 (age / life)^shape, and its life and shape by least squares.

Many curves are fitted at once: rows are observations, `group` is the curve of each. The share of health lost,
loss = (5 - health) / 4 = (age / life)^shape, is linear in life^-shape.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SHAPES = (0.2, 10.0)
GRID = np.geomspace(*SHAPES, 33)
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
NARROWINGS = 48  # of a step of the grid, to 1e-10 of it


def age_at(loss: Numbers, life: Numbers, shape: Numbers) -> Numbers:
    """Age at which this share of health is lost."""
    return np.asarray(life * loss ** (1.0 / shape))


def loss_at(age: Numbers, life: Numbers, shape: Numbers) -> Numbers:
    """Share of health lost at this age, at most 1."""
    return np.minimum((age / life) ** shape, 1.0)


def fit_lives(
    age: Numbers, loss: Numbers, group: Indices, shape: Numbers, base: Numbers | float = 1.0, weight: float = 0.0
) -> Numbers:
    """Return each group's life by least squares of the loss; infinite without loss, NaN where no age is above 0.

    The base life counts as `weight` further observations of the end of service at its age.
    """
    grown, end = age ** shape[group], base**shape
    lost, seen = _sums(grown * loss, group, shape), _sums(grown**2, group, shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (lost + weight * end) / np.where(seen > 0.0, seen + weight * end**2, np.nan)
        return np.asarray(rate ** (-1.0 / shape))


def sums_of_squares(age: Numbers, loss: Numbers, group: Indices, life: Numbers, shape: Numbers) -> Numbers:
    """Of each group, over its residuals in health."""
    return _sums((4.0 * (loss - (age / life[group]) ** shape[group])) ** 2, group, shape)


def fit_shapes(age: Numbers, loss: Numbers, group: Indices, n_groups: int) -> Numbers:
    """Shape of each group from 0.2 to 10 by least squares, each with its best life: a grid, then golden sections."""

    def misfit(log_shape: Numbers) -> Numbers:
        shape = np.exp(log_shape)
        return sums_of_squares(age, loss, group, fit_lives(age, loss, group, shape), shape)

    grid = np.log(GRID)
    best = np.argmin([misfit(np.full(n_groups, log_shape)) for log_shape in grid], axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    for _ in range(NARROWINGS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        falls = misfit(left) > misfit(right)
        low, high = np.where(falls, left, low), np.where(falls, high, right)
    return np.asarray(np.exp((low + high) / 2.0))


def _sums(values: Numbers, group: Indices, of_groups: Numbers) -> Numbers:
    return np.bincount(group, values, len(of_groups)).astype(np.float64)
