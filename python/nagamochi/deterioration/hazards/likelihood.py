"""The log-likelihood of a panel in standardised coefficients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.deterioration.hazards.panel import Panel
from nagamochi.deterioration.hazards.terms import CONSTANT

Numbers = npt.NDArray[np.float64]


class PanelLikelihood:
    """The log-likelihood in the free coefficients: those of ratings that some pair leaves.

    Covariates are standardised: their mean over all pairs is subtracted, and they are divided by their standard
    deviation. The hazard of a rating that no pair leaves is 0, where the likelihood is largest.
    """

    def __init__(self, panel: Panel, threads: int) -> None:
        self.panel = panel
        self.never_left = [i for i in range(1, panel.terms.ratings) if not panel.departures(i)]
        self.free = np.array([rating not in self.never_left for rating, _ in panel.terms.parameters])
        self._fixed = np.array([-np.inf if term == CONSTANT else 0.0 for _, term in panel.terms.parameters])
        self._threads = threads
        self.weight = panel.weight
        self._design = panel.design
        self._mean, self._spread = np.zeros(self._design.shape[1]), np.ones(self._design.shape[1])
        for k, column in enumerate(self._design.T[1:], start=1):
            self._mean[k] = np.average(column, weights=self.weight)
            column -= self._mean[k]
            self._spread[k] = np.sqrt(np.average(column**2, weights=self.weight))
            column /= self._spread[k]
        self.mean_covariates = dict(zip(panel.terms.covariates, self._mean[1:].tolist(), strict=True))
        self._core = panel.core(self._design)

    def __call__(
        self, free: Numbers, *, speed: Numbers | None = None, share: Numbers | None = None
    ) -> tuple[float, Numbers, Numbers]:
        """Value, gradient and Hessian; `speed` multiplies the hazards of each pair, `share` its weight."""
        n = len(self.free)
        gradient, hessian = np.empty(n), np.empty((n, n))
        value = _core.log_likelihood(
            panel=self._core if speed is None else self.panel.core(self._design, speed),
            weight=self.weight if share is None else self.weight * share,
            parameters=self._all(free),
            gradient=gradient,
            hessian=hessian,
            threads=self._threads,
        )
        return value, gradient[self.free], hessian[np.ix_(self.free, self.free)]

    def log_probabilities(self, free: Numbers, speed: Numbers) -> Numbers:
        """(rows,): log p_ij of each pair with its hazards times `speed`."""
        values = np.empty(len(self.weight))
        core = self.panel.core(self._design, speed)
        _core.log_probabilities(panel=core, parameters=self._all(free), values=values, threads=self._threads)
        return values

    @property
    def start(self) -> Numbers:
        """Constants from departures per year; the years of a pair are shared evenly among the ratings it was in."""
        start = []
        share = self.weight * self.panel.years / (self.panel.after - self.panel.before + 1)
        for i, names in enumerate(self.panel.terms.of_rating, start=1):
            years = share[self.panel.in_rating(i)].sum()
            start += [np.log(max(self.panel.departures(i), 1) / max(years, 1e-300)), *([0.0] * len(names))]
        return np.asarray(np.array(start)[self.free])

    def coefficients(self, free: Numbers) -> Numbers:
        """All coefficients, for the covariates in the units of the user."""
        coefficients = self._fixed.copy()
        coefficients[self.free] = self._to_user @ free
        return coefficients

    def covariance(self, of_free: Numbers) -> Numbers:
        """Covariance of ``coefficients``; NaN for ratings that no pair leaves."""
        n = len(self.free)
        covariance = np.full((n, n), np.nan)
        covariance[np.ix_(self.free, self.free)] = self._to_user @ of_free @ self._to_user.T
        return covariance

    @property
    def _to_user(self) -> Numbers:
        """Coefficients of the covariates from those of standardised covariates."""
        terms = self.panel.terms
        matrix = np.diag(1.0 / self._spread[terms.column_of])
        for k, ((rating, term), column) in enumerate(zip(terms.parameters, terms.column_of, strict=True)):
            if term != CONSTANT:
                matrix[terms.first_parameter[rating - 1], k] = -self._mean[column] / self._spread[column]
        return np.asarray(matrix[np.ix_(self.free, self.free)])

    def _all(self, free: Numbers) -> Numbers:
        everything = self._fixed.copy()
        everything[self.free] = free
        return everything
