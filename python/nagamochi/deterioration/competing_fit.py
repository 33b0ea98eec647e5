"""What an estimation of competing damage types has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.deterioration.competing_likelihood import move_hazards
from nagamochi.deterioration.competing_panel import CompetingPanel
from nagamochi.deterioration.hazard_fit import normal_quantile
from nagamochi.deterioration.pearson import PearsonTest, pearson_test
from nagamochi.deterioration.scale import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]

CHANGE = "change of type"


@dataclass(frozen=True, eq=False, repr=False)
class CompetingFit:
    """Hazards of competing damage types, estimated by :func:`nagamochi.deterioration.fit_competing_hazards`.

    Parameters
    ----------
    panel : CompetingPanel
        The pairs used.
    coefficient : numpy.ndarray
        ``(n_coefficients,)``: log theta_il by rating and type, then the logarithm of the change of type.
    covariance : numpy.ndarray
        ``(n_coefficients, n_coefficients)``: inverse of the observed information; NaN where there is none.
    log_likelihood : float
        Sum of log p_ab(z) over all pairs.
    converged : bool
        Whether the search for the largest likelihood ended there.
    notices : tuple of str
        What the user should know.
    """

    panel: CompetingPanel
    coefficient: Numbers
    covariance: Numbers
    log_likelihood: float
    converged: bool
    notices: tuple[str, ...]

    @property
    def scale(self) -> Scale:
        """Ratings from the best, sound, to the worst."""
        return self.panel.states.scale

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return self.panel.states.ratings

    @property
    def types(self) -> tuple[str, ...]:
        """Damage types."""
        return self.panel.states.types

    @property
    def n_pairs(self) -> int:
        """Number of pairs used."""
        return self.panel.n_pairs

    @property
    def repairs(self) -> int:
        """Number of pairs that improve, left out."""
        return self.panel.repairs

    @property
    def n_estimated(self) -> int:
        """Number of coefficients but those of hazards that are 0 or not known."""
        return int(np.isfinite(self.coefficient).sum())

    @property
    def aic(self) -> float:
        """Akaike's information criterion: twice the number of estimated coefficients less twice the log-likelihood."""
        return 2.0 * self.n_estimated - 2.0 * self.log_likelihood

    @property
    def standard_error(self) -> Numbers:
        """``(n_coefficients,)``."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def coefficients(self) -> pl.DataFrame:
        """Table: rating, type, coefficient (a logarithm), standard_error, t_value; the change of type has no rating."""
        states = self.panel.states
        names: list[tuple[int | None, str]] = [(self.scale.rating(i), damage) for i, damage in states.hazards]
        names += [(None, CHANGE)] if states.has_change else []
        return pl.DataFrame(
            {
                "rating": pl.Series([rating for rating, _ in names], dtype=pl.Int64),
                "type": [damage for _, damage in names],
                "coefficient": self.coefficient,
                "standard_error": self.standard_error,
                "t_value": self.coefficient / self.standard_error,
            }
        )

    @property
    def change(self) -> float:
        """Hazard of another type in shares of its hazard where it is there already; NaN if no rating tells it."""
        return float(np.exp(self.coefficient[-1])) if self.panel.states.has_change else np.nan

    def hazards(self) -> Numbers:
        """Hazards theta_il per year of all ratings but the worst and types: ``(J - 1, types)``."""
        of_hazards = self.coefficient[: len(self.panel.states.hazards)]
        return np.asarray(np.exp(of_hazards)).reshape(-1, len(self.types))

    def hazard_table(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """Hazards with their confidence intervals, by the normal distribution of their logarithms.

        Returns
        -------
        polars.DataFrame
            rating, type, estimate (per year; the change of type is a share), low, high.
        """
        width = normal_quantile(confidence) * self.standard_error
        with np.errstate(over="ignore"):  # of a hazard that is hardly determined
            return self.coefficients.select("rating", "type").with_columns(
                estimate=np.exp(self.coefficient),
                low=np.exp(self.coefficient - width),
                high=np.exp(self.coefficient + width),
            )

    def years_per_state(self) -> pl.DataFrame:
        """Expected years in each state that is left, and what follows.

        Returns
        -------
        polars.DataFrame
            rating, type (empty of the sound), years, and the probability that each type comes next, in a column named
            ``to TYPE``.
        """
        states = self.panel.states
        by_type = move_hazards(self.panel, self._known()).reshape(-1, len(self.types))
        total = by_type.sum(axis=1)
        labels = [None] + [damage for _ in range(2, self.ratings) for damage in self.types]
        with np.errstate(divide="ignore", invalid="ignore"):  # of a state that is never left
            return pl.DataFrame(
                {
                    "rating": [self.scale.rating(i) for i in states.rating[: len(total)].tolist()],
                    "type": pl.Series(labels, dtype=pl.String),
                    "years": 1.0 / total,
                }
                | {f"to {damage}": by_type[:, k] / total for k, damage in enumerate(self.types)}
            )

    def transition(self, z: float) -> Numbers:
        """Probabilities p_ab(z) of state b, z years after state a; rows sum to 1.

        Parameters
        ----------
        z : float
            Years, at least 0.

        Returns
        -------
        numpy.ndarray
            ``(states, states)``: sound, then each worse rating with each type, as in ``states``.
        """
        return np.asarray(self._transitions(np.array([arguments.number("z", z, at_least=0)]))[0])

    @property
    def states(self) -> list[str]:
        """What the states are called, in the order of ``transition``: rating and type, like "1", "2 TYPE", .."""
        return self.panel.states.labels

    def goodness_of_fit(self) -> pl.DataFrame:
        """Observed pairs against those expected from their states before and years.

        Returns
        -------
        polars.DataFrame
            before, after (names of states), observed, expected, residual = (observed - expected) / sqrt(expected).
        """
        sums = self._expected().group_by("before", "after").agg(pl.sum("observed", "expected")).sort("before", "after")
        residual = (pl.col("observed") - pl.col("expected")) / pl.col("expected").sqrt()
        return sums.with_columns(
            pl.col("before", "after").replace_strict(range(len(self.states)), self.states),
            residual=pl.when(pl.col("expected") > 0).then(residual),
        )

    def pearson_test(self) -> PearsonTest:
        """Pearson's test of the observed against the expected pairs by state before, state after and years."""
        return pearson_test(self._expected(), self.n_estimated, self.states)

    def summary(self) -> str:
        """The estimates as text, for people."""
        from nagamochi.deterioration.competing_summary import summarise

        return summarise(self)

    def plot(self, years: float | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw what a new member is likely to have; needs matplotlib, ``pip install nagamochi[report]``.

        Parameters
        ----------
        years : float, optional
            The last age; by default three times the expected years without damage.
        ax : matplotlib.axes.Axes, optional
        """
        from nagamochi.deterioration.competing_figure import draw_shares

        last = 3.0 * float(self.years_per_state()["years"][0]) if years is None else years
        if years is None and np.isinf(last):
            raise arguments.invalid("years", "must be given, as no sound member was found to worsen", years)
        return draw_shares(self, arguments.number("years", last, at_least=0), ax)

    def __repr__(self) -> str:
        return (
            f"<CompetingFit of {self.ratings} ratings and {len(self.types)} types to {self.n_pairs:,} pairs: "
            f"log-likelihood {self.log_likelihood:,.3f}, {self.n_estimated} coefficients, {len(self.notices)} notices>"
        )

    def _expected(self) -> pl.DataFrame:
        """Before, after (numbers of states), years, observed, expected."""
        counts = self.panel.counts
        expected = counts.sum(axis=2, keepdims=True) * self._transitions(self.panel.years, known=False)
        k, before, after = np.nonzero(np.broadcast_to(counts.sum(axis=2, keepdims=True), counts.shape))
        reached = self.panel.states.reaches[before, after]
        k, before, after = k[reached], before[reached], after[reached]
        return pl.DataFrame(
            {
                "before": before,
                "after": after,
                "years": self.panel.years[k],
                "observed": counts[k, before, after].astype(np.int64),
                "expected": expected[k, before, after],
            }
        )

    def _transitions(self, years: Numbers, *, known: bool = True) -> Numbers:
        states = self.panel.states
        matrices = np.empty((len(years), len(states), len(states)))
        coefficients = self._known() if known else np.nan_to_num(self.coefficient, nan=-np.inf, neginf=-np.inf)
        _core.competing_transitions(
            states=len(states),
            departure=states.departure,
            arrival=states.arrival,
            hazards=move_hazards(self.panel, coefficients),
            years=years,
            matrices=matrices,
            threads=1,
        )
        return matrices

    def _known(self) -> Numbers:
        if np.isnan(self.coefficient).any():
            unknown = self.coefficients.filter(pl.col("coefficient").is_nan()).select("rating", "type").rows()
            rule = "must all be known; estimate with fewer ratings, or join those without data to a neighbour"
            raise arguments.invalid("hazards", rule, unknown)
        return self.coefficient
