"""Which photos a query may find, and which of them it seeks, by their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.found_photos import as_compared

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

OWN_PICTURE = "digest"
UNKNOWN = -1


@dataclass(frozen=True)
class PairRules:
    """What makes a photo one that a query may find, or one that it seeks; `evaluate` explains them."""

    label: tuple[str, ...]
    within: tuple[str, ...]
    near: Mapping[str, float]
    exclude_same: tuple[str, ...]

    def refuse_unfit(self, where: str, records: pl.DataFrame) -> None:
        """Raise InvalidInput if a column is not in the records, or has no numbers where it must."""
        refuse_unknown(where, records, (*self.label, *self.within, *self.near, *self.exclude_same))
        for name, limit in self.near.items():
            arguments.number(f"near[{name!r}]", limit, at_least=0.0)
            if not records[name].dtype.is_numeric() and records[name].null_count() < len(records):
                raise InvalidInput(Problem("must be a column of numbers", str(records[name].dtype), where, column=name))


def refuse_unknown(where: str, records: pl.DataFrame, columns: Iterable[str]) -> None:
    """Raise InvalidInput if a column is not in the records."""
    for name in columns:
        if name not in records.columns:
            rule = f"must be a column of the records ({', '.join(records.columns)})"
            raise InvalidInput(Problem(rule, repr(name), where))


@dataclass(frozen=True)
class Shared:
    """A value of photos and of queries as whole numbers, equal where the values are; `UNKNOWN` where there is none."""

    photos: Integers
    queries: Integers

    def hold(self, block: slice) -> Booleans:
        """Whether queries and photos have the same value, (queries, photos)."""
        of = self.queries[block, None]
        same: Booleans = (of == self.photos) & (of != UNKNOWN)
        return same


def shared(photos: pl.DataFrame, queries: pl.DataFrame, columns: Sequence[str]) -> Shared:
    """What photos and queries have in some columns together."""
    both = pl.concat([photos.select(columns), queries.select(columns)], how="vertical_relaxed")
    both = both.with_columns(as_compared(both[name]) for name in columns)
    ranks = both.select(pl.all().rank("dense").fill_null(0)).to_numpy()
    known = (ranks > 0).all(axis=1)
    numbers = np.unique(ranks, axis=0, return_inverse=True)[1].reshape(-1)
    codes = np.where(known, numbers, UNKNOWN).astype(np.int64)
    return Shared(codes[: len(photos)], codes[len(photos) :])


@dataclass(frozen=True)
class Near:
    """A number of photos and of queries that may differ by a limit; NaN where there is none."""

    photos: Numbers
    queries: Numbers
    limit: float

    def hold(self, block: slice) -> Booleans:
        """Whether it differs by no more between queries and photos, (queries, photos)."""
        near: Booleans = np.abs(self.queries[block, None] - self.photos) <= self.limit
        return near


class PhotoPairs:
    """Queries and photos that have labels, and what holds between them.

    Parameters
    ----------
    photos, queries : polars.DataFrame
        Their records.
    rules : PairRules
    same : bool
        Whether the queries are the photos themselves.
    """

    def __init__(self, photos: pl.DataFrame, queries: pl.DataFrame, rules: PairRules, *, same: bool) -> None:
        rules.refuse_unfit("database", photos)
        rules.refuse_unfit("queries", queries)
        self.photo_rows, self.query_rows = (_labelled(records, rules.label) for records in (photos, queries))
        photos, queries = photos[self.photo_rows], queries[self.query_rows]
        self._same = same
        self._label = shared(photos, queries, rules.label)
        self._near = [Near(_numbers(photos, name), _numbers(queries, name), at) for name, at in rules.near.items()]
        self._within = [shared(photos, queries, [name]) for name in rules.within]
        apart = dict.fromkeys((*rules.exclude_same, OWN_PICTURE))
        self._apart = [
            shared(photos, queries, [name]) for name in apart if {name} <= {*photos.columns} & {*queries.columns}
        ]

    def relevant(self, block: slice) -> Booleans:
        """Whether a photo is sought, (queries, photos)."""
        sought = self._label.hold(block)
        for near in self._near:
            sought &= near.hold(block)
        return sought

    def admitted(self, block: slice) -> Booleans:
        """Whether a photo may be found, (queries, photos)."""
        of = np.arange(len(self.query_rows))[block]
        may = np.ones((len(of), len(self.photo_rows)), np.bool_)
        for same in self._within:
            may &= same.hold(block)
        for same in self._apart:
            may &= ~same.hold(block)
        if self._same:
            may[np.arange(len(of)), of] = False
        return may


def _labelled(records: pl.DataFrame, label: Sequence[str]) -> Integers:
    known = records.select(pl.all_horizontal(pl.col(label).is_not_null())).to_series()
    return np.flatnonzero(known.to_numpy()).astype(np.int64)


def _numbers(records: pl.DataFrame, name: str) -> Numbers:
    return records[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
