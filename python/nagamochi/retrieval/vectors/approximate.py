"""Approximate indexes: nearly the nearest neighbours, found sooner."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.retrieval import _backends
from nagamochi.retrieval.vectors.flat import (
    FlatIndex,
    Mask,
    Neighbours,
    Queries,
    Rows,
    faiss_threads,
    nowhere,
    selecting,
)

KINDS = ("ivf", "hnsw")
ROWS_AT_ONCE = 65_536
TRAINING_VECTORS_OF_LIST = 64
SEARCHED_SHARE = 16  # one list in so many
LEAST_SEARCHED = 8  # lists
LINKS = 32  # of a vector in the graph
SPARE_CANDIDATES = 32
ONE_QUERY_A_THREAD = 3  # of Faiss's ways to share out a search of lists


class ApproximateIndex:
    """Candidates from vectors rounded to 8 bits; the nearest of these by true distances.

    Where Faiss proposes fewer candidates than are asked for, as it may behind a filter, the search is an exact one.

    Parameters
    ----------
    flat : FlatIndex
        The vectors.
    kind : str
        "ivf": vectors in the nearest sixteenth of about sqrt(n) lists are compared; "hnsw": those along the links of a
        graph.
    index : optional
        What `build` made of the same vectors.

    Examples
    --------
    >>> vectors = np.random.default_rng(0).standard_normal((2000, 16)).astype(np.float32)
    >>> index = ApproximateIndex(FlatIndex.of(vectors), "ivf")
    >>> round(index.recall(10), 2) >= 0.5
    True
    """

    def __init__(self, flat: FlatIndex, kind: str, index: Any = None) -> None:
        self.flat = flat
        self.kind = kind
        self._faiss = build(flat.vectors, kind) if index is None else index

    def search(self, queries: npt.NDArray[Any], k: int, admitted: Mask | None = None) -> Neighbours:
        """Find nearly the k nearest rows; arguments and result as in `FlatIndex.search`."""
        queries = np.ascontiguousarray(queries, np.float32)
        found = nowhere(len(queries), k)
        available = len(self.flat.vectors) if admitted is None else int(np.count_nonzero(admitted))
        wide = min(4 * k + SPARE_CANDIDATES, available)
        if not wide:
            return found
        with faiss_threads(self.flat.threads):
            candidates = self._proposed(queries, wide, admitted)
        too_few = (candidates >= 0).sum(axis=1) < min(k, available)
        for query in np.flatnonzero(~too_few):
            proposed = candidates[query][candidates[query] >= 0]
            nearest = self.flat.nearest_among(proposed, queries[query : query + 1], k)
            found.distances[query], found.rows[query] = nearest.distances[0], nearest.rows[0]
        if too_few.any():
            found.distances[too_few], found.rows[too_few] = self.flat.search(queries[too_few], k, admitted)
        return found

    def recall(self, k: int = 10, sample: int = 256) -> float:
        """Share of the k nearest that is found, over stored vectors (drawn with a fixed seed) as queries.

        Parameters
        ----------
        k : int
            At least 1; the query itself does not count.
        sample : int
            How many queries.

        Returns
        -------
        float
            1 is exact.
        """
        rows = np.random.default_rng(0).permutation(len(self.flat.vectors))[:sample]
        queries = self.flat.vectors[rows]
        exact, nearly = self.flat.search(queries, k + 1).rows, self.search(queries, k + 1).rows
        shared = [
            len((set(one) & set(other)) - {row, -1}) / len(set(one) - {row, -1})
            for row, one, other in zip(rows, exact, nearly, strict=True)
            if set(one) - {row, -1}
        ]
        return float(np.mean(shared)) if shared else 1.0

    def _proposed(self, queries: Queries, wide: int, admitted: Mask | None) -> Rows:
        """Rows (n_queries, wide) by Faiss; -1 where it has fewer."""
        if self.kind == "hnsw":
            parameters = selecting(admitted, "SearchParametersHNSW", efSearch=2 * wide)
            found: Rows = self._faiss.search(queries, wide, params=parameters)[1]
            return found
        lists = min(max(self._faiss.nlist // SEARCHED_SHARE, LEAST_SEARCHED), self._faiss.nlist)
        near = self._centres.search(queries, lists)
        centres = near.distances.astype(np.float32) ** 2
        squares, rows = np.empty((len(queries), wide), np.float32), np.empty((len(queries), wide), np.int64)
        given, answers = (map(_backends.faiss().swig_ptr, arrays) for arrays in ((near.rows, centres), (squares, rows)))
        vectors = _backends.faiss().swig_ptr(queries)
        parameters = selecting(admitted, "SearchParametersIVF", nprobe=lists)
        self._faiss.parallel_mode = ONE_QUERY_A_THREAD
        # The wrapper without _c takes no parameters.
        self._faiss.search_preassigned_c(len(queries), vectors, wide, *given, *answers, False, parameters)
        return rows

    @cached_property
    def _centres(self) -> FlatIndex:
        """Of the lists: which of them are the nearest must not depend on other queries, as it does within Faiss."""
        centres = self._faiss.quantizer.reconstruct_n(0, self._faiss.nlist)
        return FlatIndex.of(centres, threads=self.flat.threads)


def build(vectors: npt.NDArray[Any], kind: str) -> Any:
    """The index of Faiss, made by one thread: the same vectors give the same index."""
    faiss = _backends.faiss()
    count, dimension = vectors.shape
    lists = max(1, round(count**0.5))
    description = {"ivf": f"IVF{lists},SQ8", "hnsw": f"HNSW{LINKS},SQ8"}
    index = faiss.index_factory(dimension, description[arguments.one_of("index", kind, KINDS)])
    if kind == "ivf":
        index.cp.min_points_per_centroid = 1  # otherwise Faiss prints a warning
    with faiss_threads(1):
        sample = np.random.default_rng(0).permutation(count)[: TRAINING_VECTORS_OF_LIST * max(lists, 256)]
        if count:
            index.train(np.ascontiguousarray(vectors[np.sort(sample)], np.float32))
        for start in range(0, count, ROWS_AT_ONCE):
            index.add(np.ascontiguousarray(vectors[start : start + ROWS_AT_ONCE], np.float32))
    return index
