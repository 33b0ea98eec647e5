"""Covariates by rating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.deterioration.scale import Scale
from nagamochi.vocabulary import column_name

CONSTANT = "constant"

GivenCovariates = Mapping[int, Sequence[str]] | Sequence[str] | None
"""Covariates by rating, or those of every rating."""


@dataclass(frozen=True)
class HazardTerms:
    """log theta_i = constant_i + sum of coefficient * covariate, for i = 1 .. J - 1, each with covariates of its own.

    Parameters
    ----------
    scale : Scale
        Ratings; i is a position on it, 1 the best.
    of_rating : tuple of tuples of str
        Names of the covariates of positions 1 .. J - 1.
    """

    scale: Scale
    of_rating: tuple[tuple[str, ...], ...]

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return len(self.scale)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of all covariates, in order of their first use."""
        return tuple(dict.fromkeys(name for names in self.of_rating for name in names))

    @property
    def parameters(self) -> list[tuple[int, str]]:
        """Position on the scale and term of each coefficient."""
        return [(i, term) for i, names in enumerate(self.of_rating, start=1) for term in (CONSTANT, *names)]

    @property
    def first_parameter(self) -> npt.NDArray[np.int64]:
        """(J,): where the coefficients of each rating begin, and the number of all."""
        return np.cumsum([0, *(1 + len(names) for names in self.of_rating)], dtype=np.int64)

    @property
    def column_of(self) -> npt.NDArray[np.int64]:
        """Column of each coefficient in a design whose columns are the constant and the covariates."""
        columns = {name: column for column, name in enumerate((CONSTANT, *self.covariates))}
        return np.array([columns[term] for _, term in self.parameters], np.int64)

    def contains(self, other: HazardTerms) -> bool:
        """Whether every term of another model of the same scale is here too."""
        return self.scale == other.scale and set(other.parameters) <= set(self.parameters)


def term_names(terms: HazardTerms) -> list[str]:
    """Name each coefficient, in the ratings of the user."""
    return [f"rating {terms.scale.rating(position)}, {term}" for position, term in terms.parameters]


def checked_covariates(covariates: GivenCovariates, scale: Scale | None) -> dict[int | None, tuple[str, ...]]:
    """Covariates by rating, as the user gave them; under None those of every rating."""
    if covariates is None:
        return {}
    if not isinstance(covariates, Mapping):
        return {None: _checked_names("covariates", covariates)}
    checked: dict[int | None, tuple[str, ...]] = {}
    for rating, names in covariates.items():
        if scale is None:
            arguments.whole_number("rating in covariates", rating, at_least=1)
        elif rating not in scale.ratings[:-1]:
            refuse_covariates_of(rating, scale)
        checked[int(rating)] = _checked_names(argument_of(rating), names)
    return checked


def argument_of(rating: int | None) -> str:
    """Return where the covariates of a rating, or of every rating, were given."""
    return "covariates" if rating is None else f"covariates[{rating}]"


def _checked_names(where: str, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        raise arguments.invalid(where, "must be a list of column names", names)
    if len(set(names)) < len(names) or CONSTANT in names:
        raise arguments.invalid(where, f"must name each column once, none {CONSTANT!r}", names)
    return tuple(map(column_name, names))


def refuse_covariates_of(rating: int, scale: Scale) -> NoReturn:
    """Refuse covariates of a rating that nothing leaves, or that is not on the scale."""
    best, last = sorted((scale.best, scale.rating(len(scale) - 1)))
    raise arguments.invalid("rating in covariates", f"must be a whole number from {best} to {last}", rating)
