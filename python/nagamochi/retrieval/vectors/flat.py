"""The exact nearest neighbours among stored vectors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.retrieval import _backends
from nagamochi.retrieval.vectors.gpu import GpuFlat, gpu_available

DTYPES = ("float32", "float16")

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Queries = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class Neighbours(NamedTuple):
    """The nearest rows to each query, by rising distance, equally far ones by row.

    Parameters
    ----------
    distances : numpy.ndarray
        ``(n_queries, k)`` L2 distances, float64; infinite where there are fewer than k rows.
    rows : numpy.ndarray
        ``(n_queries, k)`` int64; -1 where there are fewer than k rows.
    """

    distances: Numbers
    rows: Rows


class FlatIndex:
    """All vectors, searched exactly.

    Products of rounded vectors, with a bound of their rounding errors, leave a few candidates for each query; the
    distances of these are sums of squared differences in float64. So the answer depends neither on the number of
    threads, nor on other queries, nor on the order of the vectors.

    Parameters
    ----------
    rows, dimension : int
        Size of `vectors`, which is zero at first.
    dtype : str
        "float32" or "float16".
    threads : int
        0 for all cores allowed to the process.

    Attributes
    ----------
    vectors : numpy.ndarray
        ``(rows, dimension)``, finite; to be filled before the first search.

    Examples
    --------
    >>> index = FlatIndex.of(np.eye(4, dtype=np.float32))
    >>> index.search(np.array([[0, 0, 2, 0]], np.float32), 2)
    Neighbours(distances=array([[1.        , 2.23606798]]), rows=array([[2, 0]]))
    """

    def __init__(self, rows: int, dimension: int, dtype: str = "float32", *, threads: int = 0) -> None:
        self.threads = arguments.threads(threads)
        self.vectors: npt.NDArray[Any] = np.zeros((rows, dimension), arguments.one_of("dtype", dtype, DTYPES))

    @classmethod
    def of(cls, vectors: npt.NDArray[Any], *, threads: int = 0) -> FlatIndex:
        """The index of a copy of these vectors, ``(n, dimension)``, float32 or float16."""
        rows, dimension = vectors.shape
        index = cls(rows, dimension, vectors.dtype.name, threads=threads)
        index.vectors[:] = vectors
        return index

    def search(self, queries: npt.NDArray[Any], k: int, admitted: Mask | None = None) -> Neighbours:
        """Find the k nearest rows.

        Parameters
        ----------
        queries : numpy.ndarray
            ``(n_queries, dimension)``, compared as float32.
        k : int
            At least 1.
        admitted : numpy.ndarray, optional
            ``(rows)`` bool: which rows may be found.

        Returns
        -------
        Neighbours
        """
        queries = np.ascontiguousarray(queries, np.float32)
        rows = None if admitted is None or admitted.all() else np.flatnonzero(admitted)
        if self._gpu is None:
            return self.nearest_among(rows, queries, k)
        found = nowhere(len(queries), k)
        for query, candidates in enumerate(self._gpu.candidates(queries, k, rows)):
            nearest = self.nearest_among(rows if candidates is None else candidates, queries[query : query + 1], k)
            found.distances[query], found.rows[query] = nearest.distances[0], nearest.rows[0]
        return found

    def nearest_among(self, rows: Rows | None, queries: Queries, k: int) -> Neighbours:
        """The k nearest of some rows, each given once, or of all (None), to each query; on the CPU."""
        found = nowhere(len(queries), k)
        _core.find_nearest(
            vectors=self._numbers,
            squares=self._squares,
            queries=queries,
            admitted=rows,
            distances=found.distances,
            rows=found.rows,
            simd=_core.widest_simd(),
            threads=self.threads,
        )
        return found

    @property
    def _numbers(self) -> npt.NDArray[Any]:
        """The vectors as the kernel takes them: half-precision numbers as their bits."""
        return self.vectors.view(np.uint16) if self.vectors.dtype == np.float16 else self.vectors

    @cached_property
    def _squares(self) -> Numbers:
        squares = np.empty(len(self.vectors))
        _core.squared_lengths(vectors=self._numbers, squares=squares, threads=self.threads)
        return squares

    @cached_property
    def _gpu(self) -> GpuFlat | None:
        return GpuFlat(self.vectors) if gpu_available() else None


def selecting(admitted: Mask | None, parameters: str, **others: int) -> Any:
    """Parameters of a search by Faiss that admits these rows only."""
    faiss = _backends.faiss()
    if admitted is not None:
        others["sel"] = faiss.IDSelectorBitmap(np.packbits(admitted, bitorder="little"))
    return getattr(faiss, parameters)(**others)


def nowhere(queries: int, k: int) -> Neighbours:
    """Neighbours that are not there."""
    return Neighbours(np.full((queries, k), np.inf), np.full((queries, k), -1, np.int64))


@contextmanager
def faiss_threads(threads: int) -> Iterator[None]:
    """Let Faiss use so many threads, and afterwards as many as before."""
    faiss = _backends.faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
