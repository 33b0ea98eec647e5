"""Competing hazards with estimated coefficients."""

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
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.deterioration.competing.states import CHANGE, SOUND, CompetingStates
from nagamochi.deterioration.estimate import Estimate, normal_quantile
from nagamochi.deterioration.model_file import read_model_file
from nagamochi.deterioration.scale import Scale, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]

MODEL = "competing hazards"
AGES = 101  # at which the shares are drawn


@dataclass(frozen=True, eq=False, repr=False)
class CompetingModel(Estimate):
    """Hazards of damage types that compete, with estimated coefficients; :meth:`read` takes them from model.json.

    Parameters
    ----------
    names, values, covariance, log_likelihood, converged, notices
        As of `Estimate`: log theta_il by rating and type, then the logarithm of the change of type.
    system : CompetingStates
        Ratings times types, and the moves between them.
    """

    system: CompetingStates

    @classmethod
    def read(cls, path: str | Path) -> CompetingModel:
        """Read model.json, as ``nagamochi fit hazards`` writes it of damage types that compete.

        Raises
        ------
        InvalidInput
            If the file is something else.
        OSError
            If it cannot be read.
        """
        return read_model_file(path, _from_dict, "with types of damage")

    @property
    def scale(self) -> Scale:
        """Ratings from the best, sound, to the worst."""
        return self.system.scale

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return len(self.scale)

    @property
    def types(self) -> tuple[str, ...]:
        """Damage types."""
        return self.system.types

    @property
    def states(self) -> list[str]:
        """Names of the states in the order of ``transition``: rating and type, like "1", "2 TYPE", .."""
        return self.system.labels

    @property
    def coefficients(self) -> pl.DataFrame:
        """Table: rating, type, coefficient (a logarithm), standard_error, t_value; the change of type has no rating."""
        names: list[tuple[int | None, str]] = [(self.scale.rating(i), damage) for i, damage in self.system.hazards]
        names += [(None, CHANGE)] if self.system.has_change else []
        return pl.DataFrame(
            {
                "rating": pl.Series([rating for rating, _ in names], dtype=pl.Int64),
                "type": [damage for _, damage in names],
                "coefficient": self.values,
                "standard_error": self.standard_errors,
                "t_value": self.values / self.standard_errors,
            }
        )

    @property
    def change(self) -> float:
        """Hazard of a type in presence of another one, over its hazard where it is present; NaN if no pair shows it."""
        return float(np.exp(self.values[-1])) if self.system.has_change else np.nan

    def hazards(self) -> Numbers:
        """Return the hazards theta_il per year, by rating but the worst and by type: ``(J - 1, types)``."""
        of_hazards = self.values[: len(self.system.hazards)]
        return np.asarray(np.exp(of_hazards)).reshape(-1, len(self.types))

    def hazard_table(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return the hazards with confidence intervals, from the normal distribution of their logarithms.

        Returns
        -------
        polars.DataFrame
            rating, type, estimate (per year; the change of type is a share), low, high.
        """
        refuse_lost_threads()
        width = normal_quantile(confidence) * self.standard_errors
        with np.errstate(over="ignore"):  # of a hazard that is hardly determined
            return self.coefficients.select("rating", "type").with_columns(
                estimate=np.exp(self.values),
                low=np.exp(self.values - width),
                high=np.exp(self.values + width),
            )

    def years_per_state(self) -> pl.DataFrame:
        """Return the expected years in each state but the worst, and the probabilities of the next type.

        Returns
        -------
        polars.DataFrame
            rating, type (empty where sound), years, and the probability of each next type in a column ``to TYPE``.
        """
        states = self.system
        by_type = self.system.move_hazards(self._known()).reshape(-1, len(self.types))
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
        """Return the probabilities p_ab(z) of state b, z years after state a; rows sum to 1.

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

    def plot(
        self,
        years: float | None = None,
        *,
        ax: Axes | None = None,
        found: pl.DataFrame | None = None,
        language: str = "en",
    ) -> Axes:
        """Draw the probabilities of a new member's conditions; needs matplotlib, ``pip install nagamochi[report]``.

        Points show what became of sound members: where they lie on the limit between two conditions, the model
        expects what was found.

        Parameters
        ----------
        years : float, optional
            The last age; by default three times the expected years without damage.
        ax : matplotlib.axes.Axes, optional
            Axes to draw into; by default a new figure's.
        found : polars.DataFrame, optional
            Pairs as `CompetingFit.shares_after` tabulates them: by default those of a fit, none of a model.
        language : {"en", "ja"}
            Of the labels.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InvalidInput
            If no years are given and none are expected, as no sound member was found to worsen.
        """
        from nagamochi.report.figures.competing import draw_shares

        last = 3.0 * float(self.years_per_state()["years"][0]) if years is None else years
        if years is None and np.isinf(last):
            raise arguments.invalid("years", "must be given, as no sound member was found to worsen", years)
        ages = np.linspace(0.0, arguments.number("years", last, at_least=0), AGES)
        shares = dict(zip((SOUND, *self.types), self._by_condition(self._transitions(ages)[:, 0]).T, strict=True))
        return draw_shares(ages, shares, ax, found, language=language)

    def to_dict(self) -> dict[str, Any]:
        """Return the model for programs; what is unknown is None."""
        values: dict[str, Any] = records.plain(
            {
                "model": MODEL,
                "scale": (self.scale.best, self.scale.worst),
                "types": self.types,
                "log_likelihood": self.log_likelihood,
                "aic": self.aic,
                "converged": self.converged,
                "hazards_by_type": self.hazards(),
                "change_of_type": self.change,
                "coefficients": self.values,
                "covariance": self.covariance,
                "notices": self.notices,
            }
        )
        return values

    def _by_condition(self, of_states: Numbers) -> Numbers:
        """Sum over ratings: (n, states) to (n, 1 + types), sound first."""
        of_types = of_states[:, 1:].reshape(len(of_states), self.ratings - 1, len(self.types)).sum(axis=1)
        return np.column_stack([of_states[:, 0], of_types])

    def _transitions(self, years: Numbers, *, known: bool = True) -> Numbers:
        states = self.system
        matrices = np.empty((len(years), len(states), len(states)))
        coefficients = self._known() if known else np.nan_to_num(self.values, nan=-np.inf, neginf=-np.inf)
        _core.competing_transitions(
            states=len(states),
            departure=states.departure,
            arrival=states.arrival,
            hazards=self.system.move_hazards(coefficients),
            years=years,
            matrices=matrices,
            threads=1,
        )
        return matrices

    def _known(self) -> Numbers:
        if np.isnan(self.values).any():
            unknown = self.coefficients.filter(pl.col("coefficient").is_nan()).select("rating", "type").rows()
            rule = "must all be known; estimate with fewer ratings, or join those without data to a neighbour"
            raise arguments.invalid("hazards", rule, unknown)
        return self.values


def _from_dict(values: Mapping[str, Any]) -> CompetingModel:
    if values["model"] != MODEL:
        raise ValueError
    states = CompetingStates(scale_of(values["scale"]), tuple(map(str, values["types"])))
    coefficients = np.array(values["coefficients"], np.float64)
    covariance = np.array(values["covariance"], np.float64)
    if coefficients.shape != (states.n_coefficients,) or covariance.shape != 2 * coefficients.shape:
        raise ValueError
    rates = np.array([*np.array(values["hazards_by_type"], np.float64).ravel(), values["change_of_type"]], np.float64)
    return CompetingModel(
        names=tuple(states.names),
        values=np.where(rates[: states.n_coefficients] == 0, -np.inf, coefficients),
        covariance=covariance,
        log_likelihood=float(values["log_likelihood"]),
        converged=bool(values["converged"]),
        notices=tuple(values["notices"]),
        system=states,
    )
