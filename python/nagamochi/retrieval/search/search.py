"""Searching the photos of a store: filters first, own pictures and own groups left out, then the nearest records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.found_photos import as_compared
from nagamochi.retrieval.search.filters import admitted
from nagamochi.retrieval.search.hits import Hits, ranked
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.store.snapshot import Snapshot
from nagamochi.retrieval.vectors.arrays import cosines
from nagamochi.retrieval.vectors.calibration import NOT_OF_WORDS
from nagamochi.retrieval.vectors.flat import Mask, Rows


def search(now: Snapshot, query: Query, vector: npt.NDArray[np.float32]) -> Hits:
    """Return the records most similar to a query, with contents, and its vector, among those that may be found."""
    own = now.rows_of(query.digests)
    mask = admitted(now.records, query.where)
    if query.exclude_same is not None:
        others = ~_same_group(now.records, own, query.exclude_same)
        mask = others if mask is None else mask & others
    admitted_photos, spare = len(now.records) - len(own), len(own)
    if mask is not None:
        mask[own] = False
        admitted_photos, spare = int(np.count_nonzero(mask)), 0
    distances, rows = (found[0] for found in now.searched.search(vector[None], query.k + spare, mask))
    kept = np.flatnonzero((rows >= 0) & ~np.isin(rows, own))[: query.k]
    similarities = cosines(vector, now.index.vectors[rows[kept]])
    records = ranked(now.records[rows[kept]], distances[kept], similarities)
    calibration = now.calibration(query.exclude_same) if query.text is None else NOT_OF_WORDS
    return Hits(records, query, admitted_photos, calibration)


def _same_group(records: pl.DataFrame, own: Rows, column: str) -> Mask:
    """Records with a value of the query's own records."""
    if column not in records.columns:
        raise InvalidInput(
            Problem(f"must be a column of the records ({', '.join(records.columns)})", repr(column), "exclude_same")
        )
    compared = as_compared(records[column])
    values = compared[own].drop_nulls()
    if values.is_empty():
        rule = f'must be recorded for the query in the store; for other photos use where="{column}!=.."'
        raise InvalidInput(Problem(rule, "a query without it", "exclude_same", column=column))
    return compared.is_in(values.implode()).fill_null(False).to_numpy()
