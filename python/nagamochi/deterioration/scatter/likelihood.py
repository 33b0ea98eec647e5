"""The likelihood of pairs of ratings of the same members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, ndtr, softmax

from nagamochi.deterioration.scatter.grades import Grades

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TEAM_NODES = 7  # of the error that a team shares, as plans count with


@dataclass(frozen=True)
class Scatter:
    """What ratings add to the true health, in health points.

    Parameters
    ----------
    sigma : float
        Standard deviation of the error of each rating.
    shared : float
        Standard deviation of the error that a team shares.
    bias : float
        Mean error.
    """

    sigma: float
    shared: float = 0.0
    bias: float = 0.0


class PairLikelihood:
    """Ratings of a member are its true health plus errors, rounded to the next grade.

    True health is spread evenly within each grade; the shares of grades are estimated with the scatter.

    Parameters
    ----------
    grades : Grades
    pairs : numpy.ndarray
        ``(cells, 2)``: grades of the first rating and of the second, or of the true health.
    counts : numpy.ndarray
        ``(bridges, cells)``: pairs of each bridge; one row where teams share no error.
    second_is_true : bool
        Whether the second rating has no error.
    """

    def __init__(self, grades: Grades, pairs: Indices, counts: Numbers, *, second_is_true: bool) -> None:
        self.grades = grades
        self._first, self._second = pairs.T
        self._counts = counts
        self._second_is_true = second_is_true
        self._health, self._weights = grades.true_health()

    @property
    def n_pairs(self) -> float:
        """Number of pairs."""
        return float(self._counts.sum())

    @property
    def seen_shares(self) -> Numbers:
        """(grades,): shares of grades among the second ratings; the best ones where these are true."""
        seen = np.bincount(self._second, self._counts.sum(axis=0), self.grades.count)
        unseen = 0.0 if self._second_is_true else 0.5
        return np.asarray((seen + unseen) / (seen + unseen).sum())

    def log_likelihood(self, scatter: Scatter, shares: Numbers) -> tuple[float, Numbers, Numbers]:
        """Return the log-likelihood, and its derivatives by sigma, shared and bias, and by the shares of grades."""
        rated, slopes, teams = self._rated(scatter)
        by_grade = self._by_grade(rated, rated)
        cells = np.maximum(np.einsum("k,tkc->tc", shares, by_grade), 1e-300)
        of_bridge = self._counts @ np.log(cells).T + np.log(teams)
        value = float(logsumexp(of_bridge, axis=1).sum())
        pull = softmax(of_bridge, axis=1).T @ self._counts / cells  # pairs expected under each of the teams' errors
        by_share = np.einsum("tc,tkc->k", pull, by_grade)
        by_scatter = np.array([self._pulled(pull, shares, rated, slope) for slope in slopes])
        return value, by_scatter, by_share

    def probabilities(self, scatter: Scatter, shares: Numbers) -> Numbers:
        """Return the probability of each cell, whatever the teams."""
        rated, _, teams = self._rated(scatter)
        return np.asarray(np.einsum("t,k,tkc->c", teams, shares, self._by_grade(rated, rated)))

    def _rated(self, scatter: Scatter) -> tuple[Numbers, list[Numbers], Numbers]:
        """Probability of each grade rated, its slopes by sigma, shared and bias, and the weights of all teams' errors.

        The first two are (errors of one team, true grades, NODES, grades rated).
        """
        nodes, weights = _team_errors(scatter.shared)
        error = nodes[:, None, None, None]
        distance = (
            self.grades.limits - self._health[:, :, None] - scatter.bias - scatter.shared * error
        ) / scatter.sigma
        by_bias = -np.exp(-0.5 * distance * distance) / (np.sqrt(2.0 * np.pi) * scatter.sigma)
        by_sigma = np.where(np.isinf(distance), 0.0, distance) * by_bias
        slopes = [np.diff(slope, axis=-1) for slope in (by_sigma, by_bias * error, by_bias)]
        teams = weights if self._second_is_true else np.outer(weights, weights).ravel()
        return np.diff(ndtr(distance), axis=-1), slopes, teams

    def _by_grade(self, first: Numbers, second: Numbers) -> Numbers:
        """Probability of each cell given the teams' errors and the true grade: (teams, grades, cells)."""
        of_first = first[..., self._first]
        if self._second_is_true:
            truly = np.arange(self.grades.count)[:, None] == self._second
            return np.asarray(np.einsum("n,tknc->tkc", self._weights, of_first) * truly)
        both = np.einsum("n,tknc,uknc->tukc", self._weights, of_first, second[..., self._second], optimize=True)
        return np.asarray(both.reshape(-1, *both.shape[2:]))

    def _pulled(self, pull: Numbers, shares: Numbers, rated: Numbers, slope: Numbers) -> float:
        by_grade = self._by_grade(slope, rated)
        if not self._second_is_true:
            by_grade = by_grade + self._by_grade(rated, slope)
        return float(np.einsum("tc,k,tkc->", pull, shares, by_grade))


def _team_errors(shared: float) -> tuple[Numbers, Numbers]:
    """Nodes and weights of a standard normal variable; one node where teams share no error."""
    if shared == 0.0:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(TEAM_NODES)
    return nodes, weights / weights.sum()
