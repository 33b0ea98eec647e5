"""The multi-stage exponential hazard with estimated coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments, records
from nagamochi.base.files import replace_whole
from nagamochi.deterioration.estimate import Estimate, normal_quantile
from nagamochi.deterioration.hazards.terms import CONSTANT, HazardTerms, term_names
from nagamochi.deterioration.model_file import read_model_file
from nagamochi.deterioration.scale import Scale, scale_of
from nagamochi.vocabulary import column_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]
Covariates = Mapping[str, float | npt.ArrayLike]

MODEL = "multi-stage exponential hazard"
LONGEST_LIFE = 1000  # years that a performance curve shows by default, at most


@dataclass(frozen=True, eq=False, repr=False)
class HazardModel(Estimate):
    """Hazards of leaving each rating, with estimated coefficients; :meth:`read` takes them from a fit's model.json.

    Parameters
    ----------
    names, values, covariance, log_likelihood, converged, notices
        As of `Estimate`: the coefficients of each rating but the worst, the best rating first.
    terms : HazardTerms
        Ratings, and the covariates that act on each.
    mean_covariates : dict of str to float
        Means over all pairs; hazards are those at the means unless other values are given.
    """

    terms: HazardTerms
    mean_covariates: dict[str, float]

    @classmethod
    def read(cls, path: str | Path) -> HazardModel:
        """Read model.json, as ``nagamochi fit hazards`` and :meth:`save` write it.

        Raises
        ------
        InvalidInput
            If the file is something else.
        OSError
            If it cannot be read.
        """
        return read_model_file(path, _from_dict, "without types of damage")

    def save(self, path: str | Path) -> None:
        """Write model.json, whole."""
        replace_whole(Path(path), records.to_bytes(self.to_dict()))

    def to_dict(self) -> dict[str, Any]:
        """Return the model for programs; what is unknown is None."""
        values: dict[str, Any] = records.plain(
            {
                "model": MODEL,
                "scale": (self.scale.best, self.scale.worst),
                "log_likelihood": self.log_likelihood,
                "aic": self.aic,
                "converged": self.converged,
                "hazards": self.hazards(),
                "mean_covariates": self.mean_covariates,
                "coefficients": self.coefficients.to_dicts(),
                "covariance": self.covariance,
                "ratings_without_data": self.without_data,
                "notices": self.notices,
            }
        )
        return values

    @property
    def scale(self) -> Scale:
        """Ratings from the best to the worst."""
        return self.terms.scale

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return len(self.scale)

    @property
    def without_data(self) -> tuple[int, ...]:
        """Ratings that no pair starts in, ends in or passes: their hazards are NaN."""
        unknown = np.isnan(self.hazards())
        return tuple(rating for rating, nothing in zip(self.scale.ratings, unknown.tolist(), strict=False) if nothing)

    @property
    def coefficients(self) -> pl.DataFrame:
        """Table: rating, term, coefficient, standard_error, t_value."""
        positions, terms = zip(*self.terms.parameters, strict=True)
        return pl.DataFrame(
            {
                "rating": [self.scale.rating(position) for position in positions],
                "term": terms,
                "coefficient": self.values,
                "standard_error": self.standard_errors,
                "t_value": self.values / self.standard_errors,
            }
        )

    def hazards(self, x: Covariates | None = None) -> Numbers:
        """Return the hazards per year of leaving each rating but the worst, the best first.

        Parameters
        ----------
        x : mapping of str to number or array, optional
            Values of the covariates, also as a polars data frame. By default their means over the pairs.

        Returns
        -------
        numpy.ndarray
            ``(J - 1,)``, or ``(n, J - 1)`` if x has arrays of n values.
        """
        log_hazards = self._design(x) @ self._coefficients_of_hazards().T
        return np.asarray(np.exp(log_hazards))

    def log_hazard_covariance(self, x: Covariates | None = None) -> Numbers:
        """Return the covariance of the log-hazards, an argument of :func:`nagamochi.policy.draw_hazards`.

        Parameters
        ----------
        x : mapping of str to number, optional
            Values of the covariates.

        Returns
        -------
        numpy.ndarray
            ``(J - 1, J - 1)``; NaN for hazards without a standard error.
        """
        rows = self._rows_of(self._single(self._design(x)))
        covariance = np.asarray(rows @ np.nan_to_num(self.covariance) @ rows.T)
        unknown = (rows != 0) @ np.isnan(self.standard_errors)
        covariance[unknown | unknown[:, None]] = np.nan
        return covariance

    def years_per_rating(self, x: Covariates | None = None, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return the expected years in each rating, with confidence intervals by the delta method on the logarithm.

        Returns
        -------
        polars.DataFrame
            rating, hazard (per year), years, low, high.
        """
        design = self._single(self._design(x))
        rows = self._rows_of(design)
        log_hazards = design @ self._coefficients_of_hazards().T
        variance = np.einsum("ik,kl,il->i", rows, np.nan_to_num(self.covariance), rows)
        unknown = (rows != 0) @ np.isnan(self.standard_errors)
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
        """Return the probabilities p_ij(z) of rating j, z years after rating i; rows sum to 1.

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
        """Return the expected rating of a new member against its age, with a confidence band by the delta method.

        Parameters
        ----------
        years : array_like, optional
            Ages; by default 0, 1, 2, .. to the expected age at the worst rating.
        x : mapping of str to number, optional
            Values of the covariates.
        confidence : float
            Of the band, at each age by itself. It is the uncertainty of the mean, not the spread of members.

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

    def plot(
        self,
        x: Covariates | None = None,
        *,
        ax: Axes | None = None,
        found: pl.DataFrame | None = None,
        language: str = "en",
    ) -> Axes:
        """Draw the performance curve with its band, and pairs beside it; needs ``pip install nagamochi[report]``.

        The pairs of a rating before and of a class of years are a point: their mean rating after, as many years after
        the age at which the curve comes to the rating before. A cross shows what the model expects of the same pairs.

        Parameters
        ----------
        x : mapping of str to number, optional
            Values of the covariates of the curve; by default their means. The crosses are of the pairs' own.
        ax : matplotlib.axes.Axes, optional
            Axes to draw into; by default a new figure's.
        found : polars.DataFrame, optional
            Pairs as `HazardFit.ratings_after` tabulates them: by default those of a fit, none of a model read.
        language : {"en", "ja"}
            Of the labels.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from nagamochi.report.figures.hazards import draw_performance

        curve, ends = self.performance_curve(x=x), (self.scale.best, self.scale.worst)
        if found is not None:
            reached = np.abs(curve["expected_rating"].to_numpy() - self.scale.best)
            before = np.abs(found["before"].to_numpy() - self.scale.best)
            start = np.interp(before, reached, curve["year"].to_numpy(), right=np.nan)
            found = found.with_columns(pl.Series("start", start, nan_to_null=True)).drop_nulls("start")
        return draw_performance(curve, ends, ax, found, language=language)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: ratings {self.scale}, {self.n_estimated} coefficients>"

    def _known(self, hazards: Numbers) -> Numbers:
        if np.isnan(hazards).any():
            rule = "must all be known; estimate with fewer ratings, or join those without data to a neighbour"
            raise arguments.invalid("hazards", rule, f"none of ratings {', '.join(map(str, self.without_data))}")
        return hazards

    def _coefficients_of_hazards(self) -> Numbers:
        """(J - 1, 1 + covariates): the coefficients by rating and column of the design."""
        matrix = np.zeros((self.ratings - 1, 1 + len(self.terms.covariates)))
        for (rating, _), column, value in zip(self.terms.parameters, self.terms.column_of, self.values, strict=True):
            matrix[rating - 1, column] = value
        return matrix

    def _rows_of(self, design: Numbers) -> Numbers:
        """(J - 1, coefficients): derivatives of the log-hazards in the coefficients."""
        rows = np.zeros((self.ratings - 1, len(self.values)))
        for k, ((rating, _), column) in enumerate(zip(self.terms.parameters, self.terms.column_of, strict=True)):
            rows[rating - 1, k] = design[column]
        return rows

    def _design(self, x: Covariates | None) -> Numbers:
        """(1 + covariates,) or (n, 1 + covariates)."""
        given: Any = self.mean_covariates if x is None else x
        names = given.columns if isinstance(given, pl.DataFrame) else list(given)
        values = {column_name(str(name)): given[name] for name in names}
        if missing := [name for name in self.terms.covariates if name not in values]:
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


def _from_dict(values: Mapping[str, Any]) -> HazardModel:
    if values["model"] != MODEL:
        raise ValueError
    scale = scale_of(values["scale"])
    rows = values["coefficients"]
    of_rating = tuple(
        tuple(row["term"] for row in rows if row["rating"] == rating and row["term"] != CONSTANT)
        for rating in scale.ratings[:-1]
    )
    terms, unknown = HazardTerms(scale, of_rating), values["ratings_without_data"]
    covariance = np.array(values["covariance"], np.float64)
    means = {name: float(mean) for name, mean in values["mean_covariates"].items()}
    if len(rows) != len(terms.parameters) or covariance.shape != (len(rows), len(rows)):
        raise ValueError
    if not means.keys() >= set(terms.covariates):
        raise ValueError
    return HazardModel(
        names=tuple(term_names(terms)),
        values=np.array([_value(row, unknown) for row in rows], np.float64),
        covariance=covariance,
        log_likelihood=float(values["log_likelihood"]),
        converged=bool(values["converged"]),
        notices=tuple(values["notices"]),
        terms=terms,
        mean_covariates=means,
    )


def _value(row: Mapping[str, Any], unknown: list[int]) -> float:
    """A coefficient; where it is null, the hazard is 0 or unknown."""
    value = row["coefficient"]
    if value is not None:
        return float(value)
    return np.nan if row["rating"] in unknown else -np.inf
