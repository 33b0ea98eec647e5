"""The scale that ratings are given on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.tables import Findings, Rule, SourceTable, between
from nagamochi.tables.numbers import numbers_if_all, parse_numbers

Ratings = TypeVar("Ratings", pl.Series, npt.NDArray[np.int64])

ROMAN = {
    spelling: str(number)
    for number, letters in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"), start=1)
    for spelling in (letters, "".join(chr(ord(letter) + 0xFEE0) for letter in letters), chr(0x2160 + number - 1))
}
"""Roman numerals in plain letters, in full-width ones, and as one character."""


@dataclass(frozen=True)
class Scale:
    """All ratings from the best to the worst: 1 to 4, or 9 down to 0 as in the National Bridge Inventory.

    Position 1 is the best rating and position J, the number of ratings, the worst.

    Parameters
    ----------
    best, worst : int
    """

    best: int
    worst: int

    def __len__(self) -> int:
        return abs(self.worst - self.best) + 1

    def __str__(self) -> str:
        return f"{self.best} (best) .. {self.worst} (worst)"

    @property
    def step(self) -> int:
        """From a rating to the next worse one: 1 or -1."""
        return 1 if self.worst > self.best else -1

    @property
    def ratings(self) -> list[int]:
        """The ratings, the best first."""
        return list(range(self.best, self.worst + self.step, self.step))

    @property
    def low(self) -> int:
        """The least number of the scale."""
        return min(self.best, self.worst)

    @property
    def high(self) -> int:
        """The largest number of the scale."""
        return max(self.best, self.worst)

    def rating(self, position: int) -> int:
        """Rating at a position."""
        return self.best + (position - 1) * self.step

    def ratings_at(self, positions: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Ratings at positions, also between two."""
        return np.asarray(self.best + (np.asarray(positions, np.float64) - 1.0) * self.step)

    def position(self, rating: int) -> int:
        """Position of a rating."""
        return (rating - self.best) * self.step + 1

    def position_of(self, ratings: Ratings) -> Ratings:
        """Positions of a column of ratings."""
        return ratings if (self.best, self.step) == (1, 1) else (ratings - self.best) * self.step + 1


def checked_scale(scale: tuple[int, int] | None) -> Scale | None:
    """The scale as the user gave it, or None."""
    return None if scale is None else scale_of(scale)


def scale_of(scale: tuple[int, int]) -> Scale:
    """The scale between a best and a worst rating."""
    rule = f"must be two whole numbers, the best and the worst rating, of 2 to {_core.most_ratings} ratings"
    try:
        best, worst = (arguments.whole_number("scale", end, at_least=-1000, at_most=1000) for end in scale)
    except (TypeError, ValueError):
        raise arguments.invalid("scale", rule, scale) from None
    found = Scale(best, worst)
    if not 2 <= len(found) <= _core.most_ratings:
        raise arguments.invalid("scale", rule, scale)
    return found


def rating_rule(scale: Scale | None) -> Rule:
    """What holds for every rating."""
    if scale is not None:
        return between(scale.low, scale.high)
    known = between(1, _core.most_ratings)
    return Rule(f"{known.words} unless a scale is given", known.holds)


def seen_scale(worst: int) -> Scale:
    """The scale from 1 to the largest rating seen."""
    return Scale(1, max(2, worst))


def with_arabic_ratings(source: SourceTable, columns: tuple[str, ...], findings: Findings) -> SourceTable:
    """The table with 1, 2, .. where the ratings in these columns are Roman, like II or Ⅱ; otherwise as it is.

    Arabic ones among more Roman ones are refused: a 9 may be a slip for Ⅸ or Ⅳ, or of another scale.
    """
    text = [source.cells[name] for name in columns if source.cells.schema.get(name) == pl.String]
    roman = sum(int(cells.is_in(list(ROMAN)).sum()) for cells in text)
    numbers = [parse_numbers(cells).is_not_null() for cells in text]
    if roman <= sum(int(column.sum()) for column in numbers):
        return source
    for cells, column in zip(text, numbers, strict=True):
        findings.refuse_rows(source, cells.name, "must be a Roman numeral, as most ratings are", column.arg_true())
    arabic = [cells.replace(ROMAN) for cells in text]
    if not source.from_file:
        arabic = [numbers_if_all(cells) for cells in arabic]
    return replace(source, cells=source.cells.with_columns(arabic))
