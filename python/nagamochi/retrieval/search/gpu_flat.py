"""Exact search on a GPU; small and apart, since it can be tried only where there is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.retrieval import _backends

MOST_NEIGHBOURS = 2048  # of Faiss on GPUs
ROWS_AT_ONCE = 65_536


def gpu_available() -> bool:
    """Whether this Faiss was built for GPUs and there is one."""
    faiss = _backends.faiss()
    return hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0


class GpuFlat:
    """A copy of vectors on the first GPU, in float32.

    Faiss ignores selectors there (faiss #3114, #3924): a restricted search copies the admitted vectors into an index of
    their own.
    """

    def __init__(self, vectors: npt.NDArray[Any]) -> None:
        self._vectors = vectors
        self._resources = _backends.faiss().StandardGpuResources()
        self._all = self._copied(np.arange(len(vectors)))
        self._largest_square = max(
            (float(np.square(part, dtype=np.float64).sum(axis=1).max()) for part in _parts(vectors)), default=0.0
        )

    def search(
        self, queries: npt.NDArray[np.float32], k: int, admitted: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Squared distances and rows of the k nearest, ``(n_queries, k)`` each."""
        if admitted is None:
            squares, rows = self._all.search(queries, k)
            return squares, rows
        chosen = np.flatnonzero(admitted)
        squares, places = self._copied(chosen).search(queries, k)
        return squares, chosen[places]

    def rounding(self, queries: npt.NDArray[np.float32], relative: float) -> npt.NDArray[np.float64]:
        """How much two squared distances may be wrong against each other: they come from products of matrices."""
        squares: npt.NDArray[np.float64] = np.square(queries, dtype=np.float64).sum(axis=1)
        return relative * (squares + self._largest_square)

    def _copied(self, rows: npt.NDArray[np.int64]) -> Any:
        index = _backends.faiss().GpuIndexFlatL2(self._resources, self._vectors.shape[1])
        for part in _parts(rows):
            index.add(np.ascontiguousarray(self._vectors[part], np.float32))
        return index


def _parts(array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [array[start : start + ROWS_AT_ONCE] for start in range(0, len(array), ROWS_AT_ONCE)]
