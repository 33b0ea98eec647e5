"""Candidates for an exact search from a GPU; small and apart, since it can be tried only where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.retrieval import _backends

MOST_NEIGHBOURS = 2048  # of Faiss on GPUs
ROWS_AT_ONCE = 65_536
QUERIES_AT_ONCE = 256
SPARE_CANDIDATES = 8

Rows = npt.NDArray[np.int64]


def gpu_available() -> bool:
    """Whether this Faiss was built for GPUs and there is one."""
    if not _backends.faiss_may_know_gpus():
        return False
    faiss = _backends.faiss()
    return bool(hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus())


class GpuFlat:
    """A copy of vectors on the first GPU, in float32.

    Faiss ignores selectors there (faiss #3114, #3924), unless it was built with cuVS and asked to use it: a restricted
    search copies the admitted vectors into an index of their own.
    """

    def __init__(self, vectors: npt.NDArray[Any]) -> None:
        self._vectors = vectors
        self._resources = _backends.faiss().StandardGpuResources()
        self._all = self._copied(np.arange(len(vectors)))
        self._largest_square = max(
            (float(np.square(part, dtype=np.float64).sum(axis=1).max()) for part in _parts(vectors)), default=0.0
        )

    def candidates(self, queries: npt.NDArray[np.float32], k: int, admitted: Rows | None) -> Iterator[Rows | None]:
        """For each query rows with the k nearest among them; None where Faiss would have to give too many.

        Faiss is asked for more rows than k, and for four times as many wherever rounding could have left one out.
        """
        available = len(self._vectors) if admitted is None else len(admitted)
        index = self._all if admitted is None else self._copied(admitted)
        for start in range(0, len(queries), QUERIES_AT_ONCE):
            some = queries[start : start + QUERIES_AT_ONCE]
            found: dict[int, Rows] = {}
            left, wide = np.arange(len(some)), min(k + SPARE_CANDIDATES, available)
            while len(left) and 0 < wide <= MOST_NEIGHBOURS:
                squares, places = index.search(some[left], wide)
                rows = places if admitted is None else admitted[places]
                settled = squares[:, -1] > squares[:, min(k, wide) - 1] + self._rounding(some[left])
                settled |= wide == available
                found |= dict(zip(left[settled].tolist(), rows[settled], strict=True))
                left, wide = left[~settled], min(4 * wide, available)
            yield from (found.get(query) for query in range(len(some)))

    def _rounding(self, queries: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """How much two squared distances may be wrong against each other: they come from products of matrices."""
        relative = 4 * (queries.shape[1] + 4) * float(np.finfo(np.float32).eps)
        squares = np.square(queries, dtype=np.float64).sum(axis=1)
        rounding: npt.NDArray[np.float64] = relative * (squares + self._largest_square)
        return rounding

    def _copied(self, rows: Rows) -> Any:
        index = _backends.faiss().GpuIndexFlatL2(self._resources, self._vectors.shape[1])
        for part in _parts(rows):
            index.add(np.ascontiguousarray(self._vectors[part], np.float32))
        return index


def _parts(array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [array[start : start + ROWS_AT_ONCE] for start in range(0, len(array), ROWS_AT_ONCE)]
