"""Adding a catalog to a photo store: what is new, and its embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.arguments import invalid
from nagamochi.base.execution import Execution
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.catalog import Catalog
from nagamochi.retrieval.catalog.found_photos import PROBLEM
from nagamochi.retrieval.catalog.photo_source import PhotoSource
from nagamochi.retrieval.encoders.embedding import EmbeddedBatch, embed
from nagamochi.retrieval.encoders.encoder import Encoder
from nagamochi.retrieval.store import photo_log
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.store.store_folder import StoreFolder
from nagamochi.retrieval.vectors.arrays import unit

NO_VECTOR = "the encoder gave numbers that are not finite, or zeros only"


@dataclass(frozen=True, eq=False, repr=False)
class AddReport:
    """Outcome of adding a catalog.

    Parameters
    ----------
    added, replaced, unchanged : int
        Photos that are new; whose record or content has changed; that were there with the same record.
    problems : polars.DataFrame
        Photo, file and problem of each photo that could not be read.
    left : int
        Photos that still have to be added, after `progress` stopped the call.
    """

    added: int
    replaced: int
    unchanged: int
    problems: pl.DataFrame
    left: int = 0

    def __repr__(self) -> str:
        counts = f"{self.added:,} added, {self.replaced:,} replaced, {self.unchanged:,} unchanged"
        left = f", {self.left:,} left" if self.left else ""
        return f"<AddReport: {counts}, {len(self.problems):,} problems{left}>"


@dataclass(frozen=True, eq=False)
class Additions:
    """Changes that add a catalog to a store.

    Parameters
    ----------
    catalog : Catalog
        What is added.
    known : polars.DataFrame
        Its records that are new or other than the store's, of pictures that have a vector.
    new, retried : polars.DataFrame
        Such records of other pictures, by rising digest: pictures never met, and pictures that were a problem before.
    existing : polars.Series
        Names of photos in the store.
    unreadable : polars.DataFrame
        Photo, file and problem of what the catalog could not read and the store does not list yet.
    """

    catalog: Catalog
    known: pl.DataFrame
    new: pl.DataFrame
    retried: pl.DataFrame
    existing: pl.Series
    unreadable: pl.DataFrame

    @classmethod
    def between(cls, records: pl.DataFrame, problems: pl.DataFrame, catalog: Catalog) -> Additions:
        """What leads from a store with these records and problems to one with the catalog's records too."""
        _refuse_repeats(catalog)
        changed = _changed(records, _with_what_is_known(catalog.records, records))
        digest = pl.col("digest")
        embedded = digest.is_in(records["digest"].implode())
        by_digest = changed.filter(~embedded).sort("digest", maintain_order=True)
        failed = digest.is_in(problems["digest"].drop_nulls().implode())
        return cls(
            catalog=catalog,
            known=changed.filter(embedded),
            new=by_digest.filter(~failed),
            retried=by_digest.filter(failed),
            existing=records["photo"],
            unreadable=photo_log.named(catalog.problems).join(
                problems, on=list(PROBLEM), how="anti", maintain_order="left"
            ),
        )

    def import_needed(self) -> None:
        """Import what reads new pictures, before anything is written; ImportError where it is not installed."""
        if len(self.new) + len(self.retried):
            _backends.pillow()

    def add_known(self, folder: StoreFolder) -> None:
        """Add records that need no new vector, and the problems of the catalog."""
        known = photo_log.entries(self.known)
        unreadable = photo_log.entries(self.unreadable, problem=pl.col("problem")).drop("problem")
        if len(known) + len(unreadable):
            folder.commit(pl.concat([known, unreadable], how="diagonal_relaxed"))
            folder.merge()

    def embed_new(
        self, folder: StoreFolder, encoder: Encoder | None, *, workers: int, execution: Execution
    ) -> set[str]:
        """Embed what has no vector yet, and make each batch safe before the next one; return digests that are left."""
        header = folder.contents.header
        left = {*self.new["digest"], *self.retried["digest"]}
        total, embedded = len(left), 0
        for records in filter(len, (self.new, self.retried)):
            if encoder is None:
                raise invalid("encoder", f"must be given to add new pictures: {header.encoder}", None)
            pictures = records.unique("digest", keep="first", maintain_order=True)
            sources = [PhotoSource(*photo) for photo in pictures.select("file", "inside", "digest").iter_rows()]
            for batch in embed(sources, encoder, workers=workers):
                log, vectors = _rows_of_batch(records, pictures["digest"], batch, header)
                folder.commit(log, vectors)
                folder.merge()
                left -= {pictures["digest"][row] for row in [*batch.rows.tolist(), *(row for row, _ in batch.problems)]}
                embedded += len(vectors)
                done = total - len(left)
                failed = f", {done - embedded:,} could not be" if done > embedded else ""
                if not execution.report(done, total, f"{embedded:,} of {total:,} pictures embedded{failed}"):
                    return left
        return left

    def report(self, problems: pl.DataFrame, left: set[str]) -> AddReport:
        """Count what was done, given the store's problems afterwards and the digests of pictures that are left."""
        wanted = pl.concat([self.known, self.new, self.retried])
        changed = wanted.filter(~pl.col("digest").is_in(list(left)))
        failed = problems.join(self.catalog.records, on="photo", how="semi")
        done = changed.join(failed, on="photo", how="anti")
        replaced = int(done["photo"].is_in(self.existing.implode()).sum())
        return AddReport(
            added=len(done) - replaced,
            replaced=replaced,
            unchanged=len(self.catalog.records) - len(wanted),
            problems=pl.concat([photo_log.named(self.catalog.problems), failed]),
            left=len(wanted) - len(changed),
        )


def _rows_of_batch(
    records: pl.DataFrame, digests: pl.Series, batch: EmbeddedBatch, header: StoreHeader
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of the log and vectors by digest."""
    vectors: npt.NDArray[Any] = batch.vectors
    if header.unit_vectors:
        with np.errstate(invalid="ignore"):
            vectors = unit(vectors)
    with np.errstate(over="ignore"):
        stored = vectors.astype(header.dtype)
    usable = np.isfinite(stored).all(axis=1)
    reasons = dict(batch.problems) | dict.fromkeys(batch.rows[~usable].tolist(), NO_VECTOR)
    fine = batch.rows[usable].tolist()
    outcome = pl.DataFrame(
        {"digest": digests.gather([*fine, *reasons]), photo_log.WHY: [*[None] * len(fine), *reasons.values()]},
        schema={"digest": pl.String, photo_log.WHY: pl.String},
    )
    reached = records.join(outcome, on="digest", maintain_order="left")
    log = photo_log.entries(reached, problem=pl.col(photo_log.WHY))
    return log, pl.DataFrame({"digest": digests.gather(fine), "vector": stored[usable]})


def _with_what_is_known(catalog: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """A catalog's records; its empty columns are filled with the store's values."""
    silent = [name for name in catalog.columns if len(catalog) and catalog[name].is_null().all()]
    said = catalog.drop(silent)
    kept = records.select("photo", *(name for name in records.columns if name not in said.columns))
    return pl.concat(
        [catalog.clear(), said.join(kept, on="photo", how="left", maintain_order="left")], how="diagonal_relaxed"
    )


def _changed(records: pl.DataFrame, catalog: pl.DataFrame) -> pl.DataFrame:
    """Rows of a catalog that the store does not have like this."""
    both = pl.concat([records, catalog], how="diagonal_relaxed")
    ours, theirs = both.head(len(records)), both.tail(len(catalog)).select("photo", pl.exclude("photo"))
    same = theirs.join(ours, on=both.columns, how="semi", nulls_equal=True)
    return catalog.join(same, on="photo", how="anti", maintain_order="left")


def _refuse_repeats(catalog: Catalog) -> None:
    repeated = catalog.records.filter(~pl.col("photo").is_first_distinct())
    if len(repeated):
        raise InvalidInput([Problem("must name each photo once", repr(name), "catalog") for name in repeated["photo"]])
