"""What an estimation of hazards has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.deterioration.chi_square import chi_square_tail
from nagamochi.deterioration.frailty import Frailty
from nagamochi.deterioration.hazard_terms import HazardTerms
from nagamochi.deterioration.panel import Panel
from nagamochi.deterioration.pearson import PearsonTest, pearson_test
from nagamochi.deterioration.scale import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]
Covariates = Mapping[str, float | npt.ArrayLike]

LONGEST_LIFE = 1000  # years that a performance curve shows if not asked for more


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the gain in log-likelihood of the larger of two nested models, and how likely chance gives as much."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True, eq=False, repr=False)
class HazardFit:
    """Hazards of leaving each rating, estimated by :func:`nagamochi.deterioration.fit_hazards`.

    Parameters
    ----------
    panel : Panel
        The pairs used.
    coefficient : numpy.ndarray
        ``(n_coefficients,)``, in the order of ``coefficients``.
    covariance : numpy.ndarray
        ``(n_coefficients, n_coefficients)``: inverse of the observed information; NaN where there is none.
    log_likelihood : float
        Sum of log p_ij(z; x) over all pairs.
    mean_covariates : dict of str to float
        Over all pairs; hazards are told at these unless others are given.
    without_data : tuple of int
        Ratings that no pair starts in, ends in or passes.
    converged : bool
        Whether the search for the largest likelihood ended there.
    frailty : Frailty or None
        How groups differ: variance and multipliers. Hazards are those of a group with multiplier 1.
    notices : tuple of str
        What the user should know.
    """

    panel: Panel
    coefficient: Numbers
    covariance: Numbers
    log_likelihood: float
    mean_covariates: dict[str, float]
    without_data: tuple[int, ...]
    converged: bool
    frailty: Frailty | None
    notices: tuple[str, ...]

    @property
    def terms(self) -> HazardTerms:
        """Which covariates act on which rating."""
        return self.panel.terms

    @property
    def scale(self) -> Scale:
        """Ratings from the best to the worst."""
        return self.terms.scale

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return self.terms.ratings

    @property
    def n_pairs(self) -> int:
        """Number of pairs used."""
        return self.panel.n_pairs

    @property
    def repairs(self) -> int:
        """Number of pairs that improve, left out."""
        return self.panel.repairs

    @property
    def aic(self) -> float:
        """Akaike's information criterion: twice the number of estimated coefficients less twice the log-likelihood."""
        return 2.0 * self._n_estimated - 2.0 * self.log_likelihood

    @property
    def standard_error(self) -> Numbers:
        """``(n_coefficients,)``."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def coefficients(self) -> pl.DataFrame:
        """Table: rating, term, coefficient, standard_error, t_value."""
        positions, terms = zip(*self.terms.parameters, strict=True)
        return pl.DataFrame(
            {
                "rating": [self.scale.rating(position) for position in positions],
                "term": terms,
                "coefficient": self.coefficient,
                "standard_error": self.standard_error,
                "t_value": self.coefficient / self.standard_error,
            }
        )

    def hazards(self, x: Covariates | None = None) -> Numbers:
        """Hazards per year of leaving each rating but the worst, the best first.

        Parameters
        ----------
        x : mapping of str to number or array, optional
            Values of the covariates; a data frame of polars will do. By default their means over the pairs.

        Returns
        -------
        numpy.ndarray
            ``(J - 1,)``, or ``(n, J - 1)`` if x has arrays of n values.
        """
        log_hazards = self._design(x) @ self._coefficients_of_hazards().T
        return np.asarray(np.exp(log_hazards))

    def log_hazard_covariance(self, x: Covariates | None = None) -> Numbers:
        """Covariance of the logarithms of the hazards, as :func:`nagamochi.policy.draw_hazards` takes it.

        Parameters
        ----------
        x : mapping of str to number, optional
            Values of the covariates.

        Returns
        -------
        numpy.ndarray
            ``(J - 1, J - 1)``; NaN for a hazard that the pairs do not determine.
        """
        rows = self._rows_of(self._single(self._design(x)))
        covariance = np.asarray(rows @ np.nan_to_num(self.covariance) @ rows.T)
        unknown = (rows != 0) @ np.isnan(self.standard_error)
        covariance[unknown | unknown[:, None]] = np.nan
        return covariance

    def years_per_rating(self, x: Covariates | None = None, *, confidence: float = 0.95) -> pl.DataFrame:
        """Expected years in each rating with their confidence interval, by the delta method on the logarithm.

        Returns
        -------
        polars.DataFrame
            rating, hazard (per year), years, low, high.
        """
        design = self._single(self._design(x))
        rows = self._rows_of(design)
        log_hazards = design @ self._coefficients_of_hazards().T
        variance = np.einsum("ik,kl,il->i", rows, np.nan_to_num(self.covariance), rows)
        unknown = (rows != 0) @ np.isnan(self.standard_error)
        width = normal_quantile(confidence) * np.sqrt(np.where(unknown, np.nan, variance))
        with np.errstate(over="ignore"):  # of a hazard that is hardly determined
            return pl.DataFrame(
                {
                    "rating": self.scale.ratings[:-1],
                    "hazard": np.exp(log_hazards),
                    "years": np.exp(-log_hazards),
                    "low": np.exp(-log_hazards - width),
                    "high": np.exp(-log_hazards + width),
                }
            )

    def transition(self, z: float, x: Covariates | None = None) -> Numbers:
        """Probabilities p_ij(z) of rating j, z years after rating i; rows sum to 1.

        Parameters
        ----------
        z : float
            Years, at least 0.
        x : mapping of str to number or array, optional
            As of ``hazards``.

        Returns
        -------
        numpy.ndarray
            ``(J, J)``, or ``(n, J, J)`` if x has arrays of n values.
        """
        hazards = self.hazards(x)
        years = np.array([arguments.number("z", z, at_least=0)])
        matrices = np.empty((hazards.size // (self.ratings - 1), 1, self.ratings, self.ratings))
        _core.transition_matrices(
            hazards=np.atleast_2d(self._known(hazards)), years=years, matrices=matrices, threads=1
        )
        return matrices.reshape(*hazards.shape[:-1], self.ratings, self.ratings)

    def performance_curve(
        self, years: npt.ArrayLike | None = None, x: Covariates | None = None, *, confidence: float = 0.95
    ) -> pl.DataFrame:
        """Expected rating of a new member against its age, with a confidence band by the delta method.

        Parameters
        ----------
        years : array_like, optional
            Ages; by default 0, 1, 2, .. to the expected age at the worst rating.
        x : mapping of str to number, optional
            Values of the covariates.
        confidence : float
            Of the band, for each age by itself; it tells of the coefficients, not of how members differ.

        Returns
        -------
        polars.DataFrame
            year, expected_rating, low, high.
        """
        design = self._single(self._design(x))
        hazards = self._known(self.hazards(x))
        ages = _ages(hazards) if years is None else np.atleast_1d(np.asarray(years, np.float64))
        by_log_hazard = self._rows_of(design)
        rating = np.arange(1.0, self.ratings + 1)
        expected, error = np.empty(len(ages)), np.empty(len(ages))
        matrix = np.empty((self.ratings, self.ratings))
        derivatives = np.empty((self.ratings - 1, self.ratings, self.ratings))
        positive = np.maximum(hazards, np.finfo(np.float64).tiny)
        for k, age in enumerate(ages.tolist()):
            _core.transition_derivatives(
                hazards=positive,
                years=arguments.number("years", age, at_least=0),
                matrix=matrix,
                derivatives=derivatives,
            )
            expected[k] = matrix[0] @ rating
            gradient = (derivatives[:, 0] @ rating * hazards) @ by_log_hazard
            error[k] = np.sqrt(gradient @ np.nan_to_num(self.covariance) @ gradient)
        width = normal_quantile(confidence) * error
        better, worse = np.maximum(expected - width, 1.0), np.minimum(expected + width, float(self.ratings))
        ends = np.sort([self.scale.ratings_at(better), self.scale.ratings_at(worse)], axis=0)
        return pl.DataFrame(
            {"year": ages, "expected_rating": self.scale.ratings_at(expected), "low": ends[0], "high": ends[1]}
        )

    def goodness_of_fit(self) -> pl.DataFrame:
        """Observed pairs against those expected from their ratings before, years, covariates and group's multiplier.

        Returns
        -------
        polars.DataFrame
            before, after, observed, expected, residual = (observed - expected) / sqrt(expected).
        """
        sums = self._expected().group_by("before", "after").agg(pl.sum("observed", "expected")).sort("before", "after")
        return sums.with_columns(
            pl.col("before", "after").replace_strict(range(1, self.ratings + 1), self.scale.ratings),
            residual=pl.when(pl.col("expected") > 0).then(_residual()),
        )

    def pearson_test(self) -> PearsonTest:
        """Pearson's test of the observed against the expected pairs by rating before, rating after and years.

        With a frailty no reference distribution is known, and the p-values are NaN.
        """
        names = ["", *map(str, self.scale.ratings)]
        return pearson_test(self._expected(), self._n_estimated, names, reference=self.frailty is None)

    def likelihood_ratio_test(self, other: HazardFit) -> LikelihoodRatio:
        """Test this model against another one of the same pairs, of which one has all terms of the other.

        No variance is below 0: where only one has a frailty, the statistic is chi-square with one degree of freedom
        less in half of all cases (Self and Liang 1987), and the p-value is that of the mixture.

        Raises
        ------
        InvalidInput
            If the two are not of the same pairs, or neither contains the other.
        """
        arguments.instance("other", other, HazardFit)
        if not self.panel.same_pairs(other.panel):
            raise arguments.invalid("other", "must be fitted to the same pairs", other)
        smaller, larger = sorted((self, other), key=lambda fit: fit._n_estimated)
        if not larger.terms.contains(smaller.terms):
            raise arguments.invalid("other", "must have all terms of this model, or this all of its", other)
        if smaller.frailty is not None and larger.frailty is None:
            raise arguments.invalid("other", "must have a frailty as well, or fewer terms", other)
        statistic = 2.0 * (larger.log_likelihood - smaller.log_likelihood)
        freedom = larger._n_estimated - smaller._n_estimated
        p_value = chi_square_tail(statistic, freedom)
        if (larger.frailty is None) != (smaller.frailty is None):
            p_value = (p_value + chi_square_tail(statistic, freedom - 1)) / 2
        return LikelihoodRatio(statistic, freedom, p_value)

    def summary(self) -> str:
        """The estimates as text, for people."""
        from nagamochi.deterioration.hazard_summary import summarise

        return summarise(self)

    def plot(self, x: Covariates | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the performance curve with its band; needs matplotlib, ``pip install nagamochi[report]``."""
        from nagamochi.deterioration.hazard_figure import draw_performance

        return draw_performance(self, x, ax)

    def __repr__(self) -> str:
        return (
            f"<HazardFit of {self.ratings} ratings to {self.n_pairs:,} pairs: "
            f"log-likelihood {self.log_likelihood:,.3f}, {self._n_estimated} coefficients, {len(self.notices)} notices>"
        )

    def _expected(self) -> pl.DataFrame:
        """Before, after, years, observed and expected, from the covariates and group's multiplier of each pair."""
        starts = (
            self.panel.pairs.group_by("before", "years", "group", *self.terms.covariates)
            .agg(pl.sum("count"))
            .sort(pl.all())
        )
        every = starts.join(pl.DataFrame({"after": np.arange(1, self.ratings + 1)}), how="cross").filter(
            pl.col("after") >= pl.col("before")
        )
        everywhere = Panel(self.panel.where, self.terms, every, 0, 0)
        logs = np.empty(len(every))
        _core.log_probabilities(
            panel=everywhere.core(everywhere.design, self._multiplier_of(every)),
            parameters=self._finite(),
            values=logs,
            threads=1,
        )
        key = ["before", "after", "years"]
        expected = (
            every.with_columns(expected=pl.col("count") * np.exp(logs)).group_by(key).agg(pl.sum("expected")).sort(key)
        )
        observed = self.panel.pairs.group_by(key).agg(observed=pl.sum("count"))
        return expected.join(observed, on=key, how="left", maintain_order="left").select(
            *key, pl.col("observed").fill_null(0).cast(pl.Int64), "expected"
        )

    @property
    def _n_estimated(self) -> int:
        return int(np.isfinite(self.coefficient).sum()) + (self.frailty is not None)

    def _multiplier_of(self, pairs: pl.DataFrame) -> float | Numbers:
        if self.frailty is None:
            return 1.0
        return pairs.join(self.frailty.multipliers, on="group", how="left", maintain_order="left")[
            "multiplier"
        ].to_numpy()

    def _finite(self) -> Numbers:
        return np.nan_to_num(self.coefficient, nan=-np.inf, neginf=-np.inf)

    def _known(self, hazards: Numbers) -> Numbers:
        if np.isnan(hazards).any():
            rule = "must all be known; estimate with fewer ratings, or join those without data to a neighbour"
            raise arguments.invalid("hazards", rule, f"none of ratings {', '.join(map(str, self.without_data))}")
        return hazards

    def _coefficients_of_hazards(self) -> Numbers:
        """(J - 1, 1 + covariates): the coefficients by rating and column of the design."""
        matrix = np.zeros((self.ratings - 1, 1 + len(self.terms.covariates)))
        for (rating, _), column, value in zip(
            self.terms.parameters, self.terms.column_of, self.coefficient, strict=True
        ):
            matrix[rating - 1, column] = value
        return matrix

    def _rows_of(self, design: Numbers) -> Numbers:
        """(J - 1, coefficients): derivatives of the log-hazards in the coefficients."""
        rows = np.zeros((self.ratings - 1, len(self.coefficient)))
        for k, ((rating, _), column) in enumerate(zip(self.terms.parameters, self.terms.column_of, strict=True)):
            rows[rating - 1, k] = design[column]
        return rows

    def _design(self, x: Covariates | None) -> Numbers:
        """(1 + covariates,) or (n, 1 + covariates)."""
        values: Any = self.mean_covariates if x is None else x
        names = values.columns if isinstance(values, pl.DataFrame) else list(values)
        if missing := [name for name in self.terms.covariates if name not in names]:
            raise arguments.invalid("x", f"must give {', '.join(missing)}", names)
        columns = np.broadcast_arrays(1.0, *(np.asarray(values[name], np.float64) for name in self.terms.covariates))
        design = np.stack(columns, axis=-1)
        if design.ndim > 2 or not np.isfinite(design).all():
            raise arguments.invalid("x", "must be finite numbers, or equally long lists of them", x)
        return design

    @staticmethod
    def _single(design: Numbers) -> Numbers:
        if design.ndim > 1:
            raise arguments.invalid("x", "must be one number for each covariate", f"{len(design)} of each")
        return design


def _ages(hazards: Numbers) -> Numbers:
    """0, 1, 2, .. to the expected age at the worst rating, or at the first one that is never left."""
    life = sum(1.0 / hazard for hazard in hazards.tolist() if hazard > 0)
    return np.arange(0.0, min(np.ceil(life), LONGEST_LIFE) + 1)


def _residual() -> pl.Expr:
    return (pl.col("observed") - pl.col("expected")) / pl.col("expected").sqrt()


def normal_quantile(confidence: float) -> float:
    """Standard errors to either side of an estimate that its confidence interval spans."""
    level = arguments.number("confidence", confidence)
    if not 0 < level < 1:
        raise arguments.invalid("confidence", "must be above 0 and below 1", confidence)
    return NormalDist().inv_cdf(0.5 + level / 2)
