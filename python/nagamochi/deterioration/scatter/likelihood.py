"""The likelihood of pairs of ratings of the same members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, ndtr, softmax

from nagamochi.deterioration.scatter.grades import Grades

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TEAM_NODES = 7  # of the error that a team shares


@dataclass(frozen=True)
class Scatter:
    """What ratings add to the true health, in health points.

    Parameters
    ----------
    sigma : float
        Standard deviation of the error of each rating.
    round_scatter : float
        Standard deviation of the error that a team shares.
    bias : float
        Mean error.
    """

    sigma: float
    round_scatter: float = 0.0
    bias: float = 0.0


class PairLikelihood:
    """Ratings of a member are its true health plus errors, rounded to the next grade.

    The shares of the grades of true health are estimated with the scatter.

    Parameters
    ----------
    grades : (Grades, Grades)
        Of the first ratings and of the second ones, or of the true health. True health is spread evenly within each
        of the finer ones.
    pairs : numpy.ndarray
        ``(cells, 2)``: their grades.
    counts : numpy.ndarray
        ``(bridges, cells)``: pairs of each bridge; one row where teams share no error.
    second_is_true : bool
        Whether the second rating has no error.
    """

    def __init__(self, grades: tuple[Grades, Grades], pairs: Indices, counts: Numbers, *, second_is_true: bool) -> None:
        self._grades = grades
        self._pairs = pairs
        self._counts = counts
        self._second_is_true = second_is_true
        self._true = max(grades, key=lambda of_column: of_column.count)
        self._health, self._weights = self._true.true_health()

    @property
    def n_pairs(self) -> float:
        """Number of pairs."""
        return float(self._counts.sum())

    @property
    def seen_shares(self) -> Numbers:
        """(grades,): shares of true grades as ratings in these grades suggest them."""
        column = 1 if self._grades[1] == self._true else 0
        known = self._second_is_true and column == 1
        seen = np.bincount(self._pairs[:, column], self._counts.sum(axis=0), self._true.count) + (0.0 if known else 0.1)
        return np.asarray(seen / seen.sum())

    def log_likelihood(self, scatter: Scatter, shares: Numbers) -> tuple[float, Numbers, Numbers]:
        """Return the log-likelihood, its slopes by sigma, round_scatter and bias, and those by the shares of grades."""
        first, second = self._rated(scatter)
        by_grade = self._by_grade(first.share, second.share)
        cells = np.maximum(np.einsum("k,tkc->tc", shares, by_grade), 1e-300)
        of_bridge = self._counts @ np.log(cells).T + np.log(np.outer(first.weights, second.weights).ravel())
        value = float(logsumexp(of_bridge, axis=1).sum())
        pull = softmax(of_bridge, axis=1).T @ self._counts / cells  # pairs expected under each of the teams' errors
        by_share = np.einsum("tc,tkc->k", pull, by_grade)
        turned = [(slope, second.share) for slope in first.slopes], [(first.share, slope) for slope in second.slopes]
        by_scatter = sum(
            np.array([np.einsum("tc,k,tkc->", pull, shares, self._by_grade(*pair)) for pair in pairs])
            for pairs in turned
            if pairs
        )
        return value, np.asarray(by_scatter), by_share

    def probabilities(self, scatter: Scatter, shares: Numbers) -> Numbers:
        """Return the probability of each cell, whatever the teams."""
        first, second = self._rated(scatter)
        by_grade = self._by_grade(first.share, second.share)
        teams = np.outer(first.weights, second.weights).ravel()
        return np.asarray(np.einsum("t,k,tkc->c", teams, shares, by_grade))

    def _rated(self, scatter: Scatter) -> tuple[_Rated, _Rated]:
        """Both columns of ratings; the second one is without errors where it is true."""
        first, second = self._grades
        if not self._second_is_true:
            return _rated(first, self._health, scatter), _rated(second, self._health, scatter)
        sure = np.eye(second.count)[second.of(self._health)][None]
        return _rated(first, self._health, scatter), _Rated(sure, (), np.ones(1))

    def _by_grade(self, first: Numbers, second: Numbers) -> Numbers:
        """Probability of each cell given the teams' errors and the true grade: (teams, grades, cells)."""
        of_cell = first[..., self._pairs[:, 0]], second[..., self._pairs[:, 1]]
        both = np.einsum("n,tknc,uknc->tukc", self._weights, *of_cell, optimize=True)
        return np.asarray(both.reshape(-1, *both.shape[2:]))


@dataclass(frozen=True, eq=False)
class _Rated:
    """What ratings show of true health."""

    share: Numbers  # (errors of the team, true grades, NODES, grades rated): of ratings
    slopes: tuple[Numbers, ...]  # of the share by sigma, round_scatter and bias; none where it is sure
    weights: Numbers  # of the errors of the team


def _rated(grades: Grades, health: Numbers, scatter: Scatter) -> _Rated:
    nodes, weights = _team_errors(scatter.round_scatter)
    error = nodes[:, None, None, None]
    distance = (grades.limits - health[:, :, None] - scatter.bias - scatter.round_scatter * error) / scatter.sigma
    by_bias = -np.exp(-0.5 * distance * distance) / (np.sqrt(2.0 * np.pi) * scatter.sigma)
    by_sigma = np.where(np.isinf(distance), 0.0, distance) * by_bias
    slopes = tuple(np.diff(slope, axis=-1) for slope in (by_sigma, by_bias * error, by_bias))
    return _Rated(np.diff(ndtr(distance), axis=-1), slopes, weights)


def _team_errors(round_scatter: float) -> tuple[Numbers, Numbers]:
    """Nodes and weights of a standard normal variable; one node where teams share no error."""
    if round_scatter == 0.0:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(TEAM_NODES)
    return nodes, weights / weights.sum()
