"""What a search found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from nagamochi.base.files import replace_whole
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.search.filters import conditioned
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.vectors.arrays import Numbers
from nagamochi.retrieval.vectors.calibration import Calibration
from nagamochi.tables.spelling import one_spelling
from nagamochi.vocabulary import column_name, name_beside_ours, our_name

FOUND = ("rank", "distance", "similarity")
STORED = ("file", "inside", "digest")
COUNTED = ("count", "share")


@dataclass(frozen=True, eq=False, repr=False)
class Hits:
    """The records most similar to a query, the most similar first.

    Parameters
    ----------
    records : polars.DataFrame
        rank (from 1), distance (L2, of the vectors), similarity (their cosine, 1 at most), then the record; a column of
        the user's own with such a name is called e.g. ``"rank (recorded)"``, or ``"rank (recorded) (recorded)"`` where
        another one has that name.
    query : Query
        What was searched for, with the contents of its photos.
    admitted : int
        How many records could have been found, after all filters.
    calibration : Calibration
        Below which similarity nothing is similar.
    """

    records: pl.DataFrame
    query: Query
    admitted: int
    calibration: Calibration

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        if not len(self):
            return f"<Hits: none of {self.admitted:,} admitted photos>"
        best = self.records["similarity"][0]
        return f"<Hits: {len(self)} of {self.admitted:,} admitted photos, similarity {best:.3f} at best>"

    def to_frame(self) -> pl.DataFrame:
        """The table `records`."""
        return self.records

    def columns(self, chosen: Iterable[str] = ()) -> list[str]:
        """Return the columns that show a hit: its photo, those that the search sets conditions on, then chosen ones.

        Parameters
        ----------
        chosen : iterable of str
            Names of columns; Japanese ones such as 部材 stand for ours where the records have ours.

        Returns
        -------
        list of str

        Raises
        ------
        InvalidInput
            A chosen column is none of the records.
        """
        known = [name for name in self.records.columns if name not in (*FOUND, *STORED)]
        same = [] if self.query.exclude_same is None else [self.query.exclude_same]
        searched = [our_name(name, known) for name in (*conditioned(self.query.where), *same)]
        wanted = [our_name(name, known) for name in chosen]
        for name in wanted:
            if name not in known:
                raise InvalidInput(
                    Problem(f"must be columns of the records ({', '.join(known)})", repr(name), "columns")
                )
        return [name for name in dict.fromkeys(("photo", *searched, *wanted)) if name in known]

    def to_html(self, path: str | Path, *, language: str = "en", columns: Iterable[str] | None = None) -> None:
        """Write a self-contained sheet: the query on the left, the hits with pictures and records on the right.

        Parameters
        ----------
        path : path
            An HTML file, replaced if it is there.
        language : str
            "en" or "ja".
        columns : iterable of str, optional
            What is shown of each hit, as `columns` takes them; all that is recorded by default.

        Raises
        ------
        InvalidInput
            The language is another one, or there is no such column.
        OSError
            The file cannot be written.
        """
        from nagamochi.report.search_sheet import search_sheet

        replace_whole(Path(path), search_sheet(self, language=language, columns=columns).encode())

    def ratings(self, column: str) -> RatingSupport:
        """Count a column's values among those hits that are similar enough to say anything.

        Parameters
        ----------
        column : str
            Of the records, e.g. "severity".

        Returns
        -------
        RatingSupport

        Raises
        ------
        InvalidInput
            There is no such column.
        """
        if (column := column_name(column)) not in self.records.columns:
            rule = f"must be a column of the records ({', '.join(self.records.columns)})"
            raise InvalidInput(Problem(rule, repr(column), "column"))
        similar = self.records.filter(pl.col("similarity") >= self.calibration.least_similarity)
        name = name_beside_ours(column, COUNTED, ())
        counts = _spelled(similar[column]).alias(name).drop_nulls().value_counts()
        counts = counts.sort(["count", name], descending=[True, False])
        shares = counts.with_columns(share=pl.col("count") / counts["count"].sum())
        return RatingSupport(column, shares, len(similar), len(self), self.calibration)


@dataclass(frozen=True, eq=False, repr=False)
class RatingSupport:
    """How similar photos were rated: support for an engineer's rating, not a rating.

    Parameters
    ----------
    column : str
        What was counted.
    counts : polars.DataFrame
        A row for each value, the most frequent first: the value under the column's name (``"count (recorded)"`` for a
        column "count"), count and share; hits without a value do not count.
    similar, hits : int
        How many hits are similar enough, of how many.
    calibration : Calibration
        What "similar enough" means here, and how that was found.
    """

    column: str
    counts: pl.DataFrame
    similar: int
    hits: int
    calibration: Calibration

    @property
    def nothing_similar(self) -> bool:
        """Whether no hit is similar enough, so that no rating is supported."""
        return self.similar == 0

    def __repr__(self) -> str:
        return f"<RatingSupport: {self}>"

    def __str__(self) -> str:
        if self.nothing_similar:
            return f"nothing similar among {self.hits} hits; {self.calibration}"
        shares = ", ".join(f"{value} {count}" for value, count, _ in self.counts.iter_rows())
        known = f"{self.column} {shares}" if shares else f"{self.column} not recorded"
        return f"{known}; {self.similar} of {self.hits} hits are similar; {self.calibration}"


def ranked(records: pl.DataFrame, distances: Numbers, similarities: Numbers) -> pl.DataFrame:
    """Records of hits with how far they are."""
    found = zip(FOUND, (np.arange(1, len(records) + 1), distances, similarities), strict=True)
    recorded = (column.alias(name_beside_ours(column.name, FOUND, records.columns)) for column in records)
    return pl.DataFrame([*(pl.Series(name, values) for name, values in found), *recorded])


def _spelled(values: pl.Series) -> pl.Series:
    """Return values of which those that look the same are written as the most similar hit has them."""
    return one_spelling(values) if values.dtype == pl.String else values
