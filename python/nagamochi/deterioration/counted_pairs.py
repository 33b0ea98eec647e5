"""Pairs of inspections, of which equal ones are counted: of one table, or of several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.tables import SourceTable

Integers = npt.NDArray[np.int64]

SHOWN_TABLES = 3


@dataclass(frozen=True, eq=False)
class Places:
    """Where pairs come from: rows of one table after another.

    Parameters
    ----------
    tables : tuple of str
        Tables as their user knows them.
    begin : (tables,) array
        Where the rows of each begin.
    rows : sequence of int
        Rows of all tables as their user counts.
    """

    tables: tuple[str, ...]
    begin: Integers
    rows: Sequence[int] | Integers

    def __str__(self) -> str:
        more = f" and {len(self.tables) - SHOWN_TABLES:,} more" if len(self.tables) > SHOWN_TABLES else ""
        return ", ".join(self.tables[:SHOWN_TABLES]) + more

    def of(self, index: int) -> tuple[str, int]:
        """Return table and row of a pair."""
        return self.tables[int(np.searchsorted(self.begin, index, side="right")) - 1], int(self.rows[index])

    def only(self, kept: Integers) -> Places:
        """Return the places of some rows, in ascending order."""
        rows = (
            np.arange(self.rows.start, self.rows.stop, self.rows.step)
            if isinstance(self.rows, range)
            else np.asarray(self.rows)
        )
        return Places(self.tables, np.searchsorted(kept, self.begin), rows[kept])

    @classmethod
    def together(cls, places: Sequence[Places], lengths: Sequence[int]) -> Places:
        """Return the places of some tables' rows after those of others."""
        offsets = np.cumsum([0, *lengths[:-1]])
        return cls(
            tuple(table for some in places for table in some.tables),
            np.concatenate([some.begin + offset for some, offset in zip(places, offsets, strict=True)]),
            np.concatenate([np.asarray(some.rows, np.int64) for some in places]),
        )


@dataclass(frozen=True, eq=False)
class CountedPairs:
    """Pairs with the columns of a model, before any is excluded.

    Parameters
    ----------
    pairs : polars.DataFrame
        A row for each pair, or for several equal ones.
    first : (different,) array
        Rows that are the first of equal ones, in the order of the bits of their cells, whatever the order of `pairs`.
    count : (different,) array
        Pairs that each of them stands for.
    places : Places
        Of the rows of `pairs`.
    """

    pairs: pl.DataFrame
    first: Integers
    count: Integers
    places: Places

    @classmethod
    def of(cls, source: SourceTable, pairs: pl.DataFrame) -> CountedPairs:
        """Count the pairs of a table."""
        first, count = _core.count_equal_rows(columns=[_words(column) for column in pairs])
        return cls(pairs, first, count, Places((source.where,), np.zeros(1, np.int64), source.rows))

    @classmethod
    def together(cls, parts: Sequence[CountedPairs]) -> CountedPairs:
        """Count the pairs of several tables as if they were one."""
        parts = [part.distinct() for part in parts]
        pairs, counts = (
            pl.concat([part.pairs for part in parts]),
            np.concatenate([part._count_of_rows for part in parts]),
        )
        first, count = _core.count_equal_rows(columns=[_words(column) for column in pairs], counts=counts)
        return cls(pairs, first, count, Places.together([part.places for part in parts], [len(part) for part in parts]))

    def __len__(self) -> int:
        """Rows that are held."""
        return len(self.pairs)

    def distinct(self) -> CountedPairs:
        """Return the same pairs in one row for equal ones, so that nothing else is held or sent."""
        if len(self.first) == len(self):
            return self
        order = np.argsort(self.first)
        kept = self.first[order]
        return CountedPairs(self.pairs[kept], np.argsort(order), self.count, self.places.only(kept))

    @property
    def _count_of_rows(self) -> Integers:
        counts = np.zeros(len(self), np.int64)
        counts[self.first] = self.count
        return counts


def _words(column: pl.Series) -> npt.NDArray[np.uint64]:
    """One word of 64 bits for each value: different for different values, in the order of text."""
    if column.dtype == pl.String:
        texts = pl.Enum(column.drop_nulls().unique().sort())
        column = column.cast(texts).to_physical().cast(pl.UInt64).fill_null(len(texts.categories))
    return column.to_numpy().view(np.uint64)
