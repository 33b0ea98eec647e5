"""Photos as their sources name them, before their bytes are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from nagamochi.tables import Column, between, in_years
from nagamochi.tables.schema import DTYPES
from nagamochi.tables.spelling import as_seen

YEAR = Column("year", "fiscal year", rule=in_years(1900), absent=("不明",))

FIELDS = (
    Column("bridge_id"),
    Column("bridge_name"),
    Column("span"),
    Column("member"),
    Column("element"),
    Column("photo_number"),
    Column("damage"),
    Column("severity"),
    Column("previous_severity"),
    Column("rating"),
    Column("place"),
    Column("memo"),
    YEAR,
    Column("latitude", "number", rule=between(-90, 90)),
    Column("longitude", "number", rule=between(-180, 180)),
)

PHOTO = {"photo": pl.String(), "file": pl.String(), "inside": pl.String()}
KNOWN = {column.name: DTYPES[column.kind] for column in FIELDS}
PROBLEM = {"photo": pl.String(), "file": pl.String(), "problem": pl.String()}

SOURCE = " source"
"""Where a photo is named, for messages: a manifest and its row, a sheet and its cell; no user's column begins so."""


@dataclass(frozen=True, eq=False)
class FoundPhotos:
    """Photos and what is known of them, and those that cannot even be looked for.

    Parameters
    ----------
    records : polars.DataFrame
        The columns of `PHOTO`, of `SOURCE` and of `KNOWN`, then any others.
    problems : polars.DataFrame
        The columns of `PROBLEM`.
    notices : tuple of str
        What does not stop a photo from being used, but should be known.
    """

    records: pl.DataFrame
    problems: pl.DataFrame
    notices: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, records: pl.DataFrame, problems: Iterable[tuple[str, str, str]] = (), notices: Iterable[str] = ()
    ) -> FoundPhotos:
        """Found photos of records that may lack known columns, and of rows of problems."""
        schema = {**PHOTO, SOURCE: pl.String(), **KNOWN}
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in records.columns]
        whole = records.with_columns(missing)
        others = [name for name in records.columns if name not in schema]
        typed = whole.select(*(pl.col(name).cast(dtype) for name, dtype in schema.items()), *others)
        return cls(typed, pl.DataFrame(list(problems), schema=PROBLEM, orient="row"), tuple(notices))


def joined(parts: Iterable[FoundPhotos]) -> FoundPhotos:
    """All photos of several sources; a column that one of them has is null in the others."""
    parts = [FoundPhotos.of(pl.DataFrame(schema=PHOTO)), *parts]
    records = pl.concat([part.records for part in parts], how="diagonal_relaxed")
    notices = tuple(notice for part in parts for notice in part.notices)
    return FoundPhotos(records, pl.concat([part.problems for part in parts]), notices)


def as_compared(values: pl.Series) -> pl.Series:
    """Return a column of records as its values are compared: texts that look the same are one, names of files not."""
    return values if values.dtype != pl.String or values.name in PHOTO else as_seen(values)
