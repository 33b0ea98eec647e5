"""The log of a photo store: additions, problems and removals; the last entry of each photo counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from nagamochi.retrieval.catalog.found_photos import KNOWN, PHOTO

RECORD = {**PHOTO, "digest": pl.String(), **KNOWN}
WHY = " problem"
REMOVED = " removed"
MARKS = {WHY: pl.String(), REMOVED: pl.Boolean()}  # no user's column begins with a space


def entries(records: pl.DataFrame, *, problem: pl.Expr | None = None, removed: bool = False) -> pl.DataFrame:
    """Rows of the log: these photos are as recorded, could not be read because of a problem, or are removed."""
    why = pl.lit(None, pl.String) if problem is None else problem
    return records.with_columns(why.alias(WHY), pl.lit(removed).alias(REMOVED))


def knows(schema: Mapping[str, pl.DataType]) -> bool:
    """Whether a table with these columns may be part of the log; of the record it may lack what it does not change."""
    typed = all(schema.get(name, dtype) == dtype for name, dtype in (RECORD | MARKS).items())
    return typed and schema.keys() >= {"photo", *MARKS}


def joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One table of several; a column that is text in one of them is text."""
    return pl.concat([pl.DataFrame(schema=RECORD | MARKS), *frames], how="diagonal_relaxed", rechunk=True)


def records(log: pl.DataFrame) -> pl.DataFrame:
    """The last record of each photo that is not removed, in the order in which they came."""
    recorded = log.filter(pl.col(WHY).is_null()).unique("photo", keep="last", maintain_order=True)
    return recorded.filter(~pl.col(REMOVED)).drop(MARKS)


def problems(log: pl.DataFrame) -> pl.DataFrame:
    """Photos whose last entry is a problem, with their digests where they have one."""
    last = log.unique("photo", keep="last", maintain_order=True)
    return last.filter(pl.col(WHY).is_not_null()).select("photo", "file", "digest", pl.col(WHY).alias("problem"))


def shortened(log: pl.DataFrame) -> pl.DataFrame:
    """The rows that still count: the last of each photo, and its last without a problem."""
    photo, recorded = pl.col("photo"), pl.col(WHY).is_null()
    return log.filter(photo.is_last_distinct() | pl.struct(photo, recorded).is_last_distinct() & recorded)


def named(problems: pl.DataFrame) -> pl.DataFrame:
    """Photo, file and problem; a problem without a photo's name gets its file's."""
    return problems.select(pl.coalesce("photo", "file").alias("photo"), "file", "problem")
