"""Maximum-likelihood estimates of any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """Coefficients that make a log-likelihood largest.

    Parameters
    ----------
    names : tuple of str
        What each coefficient is, like ``"rating 2, traffic"``.
    values : numpy.ndarray
        ``(n,)``: the coefficients; -infinity where a hazard is estimated as 0, NaN where it is unknown.
    covariance : numpy.ndarray
        ``(n, n)``: inverse of the observed information; NaN where there is none.
    log_likelihood : float
        At these values.
    converged : bool
        Whether the likelihood has its maximum there: at finite values, or with hazards of 0 that the notices name.
    notices : tuple of str
        What the user should know about the data and the estimate.
    """

    names: tuple[str, ...]
    values: Numbers
    covariance: Numbers
    log_likelihood: float
    converged: bool
    notices: tuple[str, ...]

    @property
    def n_estimated(self) -> int:
        """Number of parameters with a finite estimate."""
        return int(np.isfinite(self.values).sum())

    @property
    def aic(self) -> float:
        """Akaike's information criterion, 2 n_estimated - 2 log_likelihood."""
        return 2.0 * self.n_estimated - 2.0 * self.log_likelihood

    def _bic(self, observations: int) -> float:
        """Bayesian information criterion, n_estimated log(observations) - 2 log_likelihood."""
        return self.n_estimated * log(observations) - 2.0 * self.log_likelihood

    @property
    def standard_errors(self) -> Numbers:
        """``(n,)``: of the values; NaN where there is none."""
        return np.sqrt(np.diagonal(self.covariance))

    def draw(self, n: int, *, seed: int = 0) -> Numbers:
        """Draw values from the normal distribution that estimates have in large samples.

        Parameters
        ----------
        n : int
            How many draws.
        seed : int
            The same seed gives the same draws.

        Returns
        -------
        numpy.ndarray
            ``(n, coefficients)``; values that are not finite are the same in every draw.

        Raises
        ------
        InvalidInput
            If the estimate has not converged, or a finite value has no standard error.
        """
        n = arguments.whole_number("n", n, at_least=1)
        random = np.random.default_rng(arguments.whole_number("seed", seed, at_least=0))
        known = np.isfinite(self.values)
        covariance = self.covariance[np.ix_(known, known)]
        if not (self.converged and np.isfinite(covariance).all()):
            raise arguments.invalid("estimate", "must have converged, with all standard errors, to draw from it", self)
        draws = np.tile(self.values, (n, 1))
        draws[:, known] = random.multivariate_normal(self.values[known], covariance, size=n, method="eigh")
        return draws

    def _headline(self, observations: int) -> str:
        converged = "" if self.converged else ", NOT CONVERGED"
        criteria = f"AIC {self.aic:,.3f}, BIC {self._bic(observations):,.3f}"
        return f"log-likelihood {self.log_likelihood:,.3f}, {criteria}{converged}"

    def _bullets(self, shown: Sequence[str] = ()) -> list[str]:
        """Notices as lines below an empty one, without those shown elsewhere."""
        notices = [f"- {notice}" for notice in self.notices if notice not in shown]
        return ["", *notices] if notices else []


def normal_quantile(confidence: float) -> float:
    """Return the half-width of a confidence interval in standard errors."""
    level = arguments.number("confidence", confidence)
    if not 0 < level < 1:
        raise arguments.invalid("confidence", "must be above 0 and below 1", confidence)
    return NormalDist().inv_cdf(0.5 + level / 2)


def text_table(frame: pl.DataFrame, row: str, head: str) -> list[str]:
    """Return a table as lines, its rows and column names each in their format."""
    return [head.format(*frame.columns), *(row.format(*cells) for cells in frame.rows())]
