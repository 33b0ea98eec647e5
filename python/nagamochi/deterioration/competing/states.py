"""Ratings times types of damage, and the moves between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.deterioration.scale import Scale

CHANGE = "change of type"
SOUND = "sound"

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CompetingStates:
    """State 0 is the best rating, sound; then come the next rating with each type, .. to the worst.

    Ratings are positions on the scale here, 1 the best.

    A coefficient for each hazard theta_il, by rating and then by type, then that of a change of type.

    Parameters
    ----------
    scale : Scale
        Ratings.
    types : tuple of str
        Damage types.
    """

    scale: Scale
    types: tuple[str, ...]

    @property
    def ratings(self) -> int:
        """J, the number of ratings."""
        return len(self.scale)

    def __len__(self) -> int:
        return 1 + (self.ratings - 1) * len(self.types)

    @property
    def hazards(self) -> list[tuple[int, str]]:
        """Position on the scale and type of each hazard theta_il."""
        return [(i, damage) for i in range(1, self.ratings) for damage in self.types]

    @property
    def has_change(self) -> bool:
        """Whether there is a state that can be left for another type."""
        return self.ratings > 2 and len(self.types) > 1

    @property
    def n_coefficients(self) -> int:
        """Of the hazards, and of the change of type."""
        return len(self.hazards) + self.has_change

    @cached_property
    def rating(self) -> Integers:
        """(states,)."""
        return np.array([1] + [i for i in range(2, self.ratings + 1) for _ in self.types], np.int64)

    @property
    def labels(self) -> list[str]:
        """What each state is called, like "1" and "2 crack"."""
        best, *others = self.scale.ratings
        return [f"{best}"] + [f"{rating} {damage}" for rating in others for damage in self.types]

    def number(self, rating: str, damage: str) -> pl.Expr:
        """The number of the state in two columns of a table."""
        which = pl.col(damage).replace_strict(self.types, range(len(self.types)), default=0, return_dtype=pl.Int64)
        return pl.when(pl.col(rating) == 1).then(0).otherwise((pl.col(rating) - 2) * len(self.types) + 1 + which)

    @cached_property
    def departure(self) -> Integers:
        """(moves,): the state that each move leaves: of every state but the worst, one move for each type."""
        leavable = len(self) - len(self.types)
        return np.repeat(np.arange(leavable, dtype=np.int64), len(self.types))

    @cached_property
    def arrival(self) -> Integers:
        """(moves,): where it leads: to the next rating, with the type of the move."""
        n = len(self.types)
        return np.asarray((self.rating[self.departure] - 1) * n + 1 + np.arange(len(self.departure)) % n, np.int64)

    @cached_property
    def changes(self) -> npt.NDArray[np.bool_]:
        """(moves,): whether a move brings a type other than the one that is there."""
        n = len(self.types)
        return np.asarray((self.departure > 0) & ((self.departure - 1) % n != np.arange(len(self.departure)) % n))

    @cached_property
    def design(self) -> Numbers:
        """(moves, coefficients): log-hazards of moves from coefficients."""
        design = np.zeros((len(self.departure), self.n_coefficients))
        of_hazard = (self.rating[self.departure] - 1) * len(self.types) + np.arange(len(self.departure)) % len(
            self.types
        )
        design[np.arange(len(design)), of_hazard] = 1.0
        if self.has_change:
            design[self.changes, -1] = 1.0
        return design

    @cached_property
    def reaches(self) -> npt.NDArray[np.bool_]:
        """(states, states): whether a state is or can become another."""
        return np.asarray((self.rating[:, None] < self.rating) | np.eye(len(self), dtype=bool))

    def move_hazards(self, coefficients: Numbers) -> Numbers:
        """(moves,): hazards per year; a coefficient of -infinity makes 0."""
        finite = np.maximum(coefficients, -1e3)  # exp(-1000) is 0, and 0 times it is not NaN
        return np.asarray(np.exp(self.design @ finite))

    @property
    def names(self) -> list[str]:
        """What each coefficient is, in the ratings of the user."""
        names = [f"rating {self.scale.rating(i)}, {damage}" for i, damage in self.hazards]
        return [*names, *([CHANGE] if self.has_change else [])]
