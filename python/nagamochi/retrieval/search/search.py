"""Searching a photo store: filters, own pictures and own groups left out, then the nearest with their records."""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.search.calibration import NOT_OF_WORDS
from nagamochi.retrieval.search.filters import Where, admitted
from nagamochi.retrieval.search.hits import Hits, ranked
from nagamochi.retrieval.search.index import Mask, Rows, cosines
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.store.snapshot import Snapshot


def search(now: Snapshot, query: Query, k: int, where: Where | None, exclude_same: str | None) -> Hits:
    """The k records that are most like a query among those that may be found."""
    own = now.rows_of(query.digests)
    mask = admitted(now.records, where)
    if exclude_same is not None:
        others = ~_same_group(now.records, own, exclude_same)
        mask = others if mask is None else mask & others
    admitted_photos, spare = len(now.records) - len(own), len(own)
    if mask is not None:
        mask[own] = False
        admitted_photos, spare = int(np.count_nonzero(mask)), 0
    distances, rows = (found[0] for found in now.searched.search(query.vector[None], k + spare, mask))
    kept = np.flatnonzero((rows >= 0) & ~np.isin(rows, own))[:k]
    likeness = cosines(query.vector, now.index.vectors[rows[kept]])
    records = ranked(now.records[rows[kept]], distances[kept], likeness)
    calibrate = partial(now.calibration, exclude_same) if query.text is None else lambda: NOT_OF_WORDS
    return Hits(records, query, admitted_photos, calibrate)


def _same_group(records: pl.DataFrame, own: Rows, column: str) -> Mask:
    """Records with a value of the query's own records."""
    if column not in records.columns:
        raise InvalidInput(
            Problem(f"must be a column of the records ({', '.join(records.columns)})", repr(column), "exclude_same")
        )
    values = records[column][own].drop_nulls()
    if values.is_empty():
        rule = f'must be known of the query, by its record in the store; for other photos say where="{column}!=.."'
        raise InvalidInput(Problem(rule, "a query without it", "exclude_same", column=column))
    return records[column].is_in(values.implode()).fill_null(False).to_numpy()
