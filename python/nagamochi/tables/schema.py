"""What a table must look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Literal

import polars as pl

Kind = Literal["text", "number", "whole number"]

DTYPES: dict[Kind, pl.DataType] = {"text": pl.String(), "number": pl.Float64(), "whole number": pl.Int64()}


@dataclass(frozen=True)
class Rule:
    """What holds for every value of a column: in words, and value by value, null where there is none."""

    words: str
    holds: Callable[[pl.Series], pl.Series]


@dataclass(frozen=True)
class Column:
    """A column of a schema; `spellings` are other words for its values."""

    name: str
    kind: Kind = "text"
    required: bool = False
    default: str | float | None = None
    rule: Rule | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)


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

    def empty(self) -> pl.DataFrame:
        """A table without rows."""
        return pl.DataFrame(schema=self.dtypes)


def between(low: float, high: float) -> Rule:
    """A number in the closed range."""
    return Rule(f"must be from {low:g} to {high:g}", lambda column: column.is_between(low, high))


def inside(low: float, high: float) -> Rule:
    """A number in the open range."""
    return Rule(f"must be above {low:g} and below {high:g}", lambda column: column.is_between(low, high, closed="none"))


def positive() -> Rule:
    """A number above 0."""
    return Rule("must be above 0", lambda column: column > 0)


def not_negative() -> Rule:
    """A number of 0 or more."""
    return Rule("must be at least 0", lambda column: column >= 0)


def one_of(*choices: str | float) -> Rule:
    """One of these values."""
    words = ", ".join(map(str, choices[:-1])) + f" or {choices[-1]}"
    return Rule(f"must be {words}", lambda column: reduce(or_, (column == choice for choice in choices)))
