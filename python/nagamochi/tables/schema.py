"""Schemas: the columns of a table and the rules of their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Literal

import polars as pl

from nagamochi import vocabulary
from nagamochi.base.cached import cached_property
from nagamochi.tables import dates
from nagamochi.tables.limits import LARGEST_MONEY

Kind = Literal["text", "number", "whole number", "date", "year", "fiscal year", "year of a plan", "yen"]

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "whole number": pl.Int64(),
    "date": pl.Float64(),
    "year": pl.Int64(),
    "fiscal year": pl.Int64(),
    "year of a plan": pl.Int64(),
    "yen": pl.Float64(),
}


@dataclass(frozen=True)
class Rule:
    """A rule for the values of a column, in words and as a function: which values keep it, null for null."""

    words: str
    holds: Callable[[pl.Series], pl.Series]


@dataclass(frozen=True)
class Column:
    """A column of a schema.

    Parameters
    ----------
    name : str
    kind : {"text", "number", "whole number", "date", "year", "fiscal year", "year of a plan", "yen"}
        A date becomes the year in which it lies, with decimals (`nagamochi.tables.dates`); a year is whole, and so is
        a fiscal year, which begins in April. A year of a plan is a whole number, or a fiscal year in other words: R8.
        Yen are a number, or one with a unit: 5000万円.
    required : bool
    default : str or float, optional
        Value of an empty cell.
    rule : Rule, optional
    spellings : mapping
        Other words for values; compared with full-width and compatibility characters as plain ones.
    absent : tuple of str
        Words for no value.
    aliases : tuple of str, optional
        Other headers of the column; by default those of its term in `nagamochi.vocabulary`.
    month_first : bool
        Whether its dates are American, 04/05/2012 for 5 April, unless days above 12 show otherwise.
    identifies : bool
        Whether rows belong together by its texts: those that look the same are one (`nagamochi.tables.spelling`).
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    default: str | float | None = None
    rule: Rule | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    aliases: tuple[str, ...] | None = None
    month_first: bool = False
    identifies: bool = False

    @property
    def unread(self) -> str:
        """What a cell must be that cannot be read: the rule names other words for values, the kind does not."""
        return self.rule.words if self.rule is not None and self.spellings else f"must be a {self.kind}"

    @property
    def headers(self) -> tuple[str, ...]:
        """Other headers of the column."""
        return vocabulary.headers(self.name) if self.aliases is None else self.aliases

    def head(self, language: str) -> str:
        """Return the header that files in "en" or "ja" have: the first of the Japanese ones, if there is one."""
        return self.headers[0] if language == "ja" and self.headers else self.name


@dataclass(frozen=True)
class Schema:
    """The columns of a table; no two rows agree in all columns of `key`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Types of the columns after the check."""
        return {column.name: DTYPES[column.kind] for column in self.columns}

    def column_name(self, header: str) -> str:
        """Return the name of the column with this header, or the header itself if there is none."""
        return header if header in self._names else self._named.get(vocabulary.plain_header(header), header)

    @cached_property
    def _names(self) -> set[str]:
        return {column.name for column in self.columns}

    @cached_property
    def _named(self) -> dict[str, str]:
        """Name of the first column with each header."""
        others = {header: column.name for column in reversed(self.columns) for header in column.headers}
        return others | {name: name for name in self._names}

    def empty(self) -> pl.DataFrame:
        """Return a table without rows."""
        return pl.DataFrame(schema=self.dtypes)


def between(low: float, high: float) -> Rule:
    """Return the rule of a number in the closed range."""
    return Rule(f"must be from {low:g} to {high:g}", lambda column: column.is_between(low, high))


def inside(low: float, high: float) -> Rule:
    """Return the rule of a number in the open range."""
    return Rule(f"must be above {low:g} and below {high:g}", lambda column: column.is_between(low, high, closed="none"))


def positive(at_most: float | None = None) -> Rule:
    """Return the rule of a number above 0, up to a limit where there is one."""
    if at_most is None:
        return Rule("must be above 0", lambda column: column > 0)
    words = f"must be above 0 and at most {at_most:,.0f}"
    return Rule(words, lambda column: column.is_between(0, at_most, closed="right"))


def not_negative(at_most: float | None = None) -> Rule:
    """Return the rule of a number of 0 or more, up to a limit where there is one."""
    if at_most is None:
        return Rule("must be at least 0", lambda column: column >= 0)
    return Rule(f"must be from 0 to {at_most:,.0f}", lambda column: column.is_between(0, at_most))


def money() -> Rule:
    """Return the rule of every amount of money: no sum of them overflows."""
    return between(0, LARGEST_MONEY)


def in_years(first: int = 1850, last: int = 2200) -> Rule:
    """Return the rule of a date or year, both limits included."""
    return Rule(f"must be from the year {first} to {last}", lambda column: (column >= first) & (column < last + 1))


def not_after(planning_year: int | None = None) -> Rule:
    """Return the rule of a date or year up to the end of a planning year, or else of the current year."""
    last = dates.this_year() if planning_year is None else planning_year
    which = "current" if planning_year is None else "planning"
    return Rule(f"must not be after the {which} year {last}", lambda column: column < last + 1)


def one_of(*choices: str | float) -> Rule:
    """Return the rule of one of these values."""
    words = ", ".join(map(str, choices[:-1])) + f" or {choices[-1]}"
    return Rule(f"must be {words}", lambda column: reduce(or_, (column == choice for choice in choices)))
