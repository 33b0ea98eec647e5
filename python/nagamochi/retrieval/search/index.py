"""The exact nearest neighbours among stored vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.retrieval import _backends
from nagamochi.retrieval.search.gpu_flat import MOST_NEIGHBOURS, GpuFlat, gpu_available

DTYPES = ("float32", "float16")
QUERIES_AT_ONCE = 16  # from 20 on Faiss multiplies matrices instead, whose rounding depends on the number of threads
SPARE_CANDIDATES = 8

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Queries = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Proposer = Callable[[Queries, int], tuple[Queries, Rows, Numbers]]


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
    """All vectors, compared one by one by Faiss: `IndexFlatL2`, for float16 `IndexScalarQuantizer`; on a GPU if it can.

    Faiss proposes a few more rows than are asked for, their distances are computed again in float64, and more are asked
    for wherever rounding could have left one out. So the answer depends neither on the number of threads, nor on the
    other queries, nor on the order in which Faiss meets equal vectors.

    Parameters
    ----------
    rows, dimension : int
        Size of `vectors`, which is zero at first.
    dtype : str
        "float32" or "float16".
    threads : int
        For Faiss; 0 for all cores allowed to the process.

    Attributes
    ----------
    vectors : numpy.ndarray
        ``(rows, dimension)``: the memory of Faiss, to be filled before the first search.

    Examples
    --------
    >>> index = FlatIndex.of(np.eye(4, dtype=np.float32))
    >>> index.search(np.array([[0, 0, 2, 0]], np.float32), 2)
    Neighbours(distances=array([[1.        , 2.23606798]]), rows=array([[2, 0]]))
    """

    def __init__(self, rows: int, dimension: int, dtype: str = "float32", *, threads: int = 0) -> None:
        faiss = _backends.faiss()
        self.threads = arguments.threads(threads)
        if arguments.one_of("dtype", dtype, DTYPES) == "float32":
            self._faiss = faiss.IndexFlatL2(dimension)
        else:
            self._faiss = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16)
        self._faiss.codes.resize(rows * self._faiss.code_size)
        self._faiss.ntotal = rows
        self.vectors: npt.NDArray[Any] = np.asarray(_Codes(self._faiss, (rows, dimension), np.dtype(dtype)))
        self.vectors[:] = 0

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
        found = nowhere(len(queries), k)
        available = len(self.vectors) if admitted is None else int(np.count_nonzero(admitted))
        if available:
            propose = self._proposer(admitted)
            with faiss_threads(self.threads):
                for start in range(0, len(queries), QUERIES_AT_ONCE):
                    chunk = slice(start, start + QUERIES_AT_ONCE)
                    self._search_chunk(queries[chunk], min(k, available), available, propose, found, start)
        return found

    def nearest_of(self, query: Queries, candidates: Rows, k: int) -> tuple[Numbers, Rows]:
        """The k nearest of some rows, with their distances in float64."""
        differences = self.vectors[candidates].astype(np.float64) - query
        distances = np.sqrt(np.square(differences).sum(axis=1))
        order = np.lexsort((candidates, distances))[:k]
        return distances[order], candidates[order]

    def _search_chunk(
        self, queries: Queries, k: int, available: int, propose: Proposer, found: Neighbours, start: int
    ) -> None:
        left, wide = np.arange(len(queries)), k + SPARE_CANDIDATES
        while len(left):
            wide = min(wide, available)
            squares, rows, rounding = propose(queries[left], wide)
            settled = (squares[:, -1] > squares[:, k - 1] + rounding) | (wide == available)
            for query, candidates in zip(left[settled], rows[settled], strict=True):
                nearest = self.nearest_of(queries[query], candidates, k)
                found.distances[start + query, :k], found.rows[start + query, :k] = nearest
            left, wide = left[~settled], 4 * wide

    def _proposer(self, admitted: Mask | None) -> Proposer:
        """How to ask Faiss for candidates: squared distances, rows, and how wrong the squares may be."""
        relative = 4 * (self.vectors.shape[1] + 4) * float(np.finfo(np.float32).eps)
        parameters = None if admitted is None else selecting(admitted, "SearchParameters")

        def propose(queries: Queries, wide: int) -> tuple[Queries, Rows, Numbers]:
            if self._gpu is not None and wide <= MOST_NEIGHBOURS:
                return *self._gpu.search(queries, wide, admitted), self._gpu.rounding(queries, relative)
            squares, rows = self._faiss.search(queries, wide, params=parameters)
            return squares, rows, relative * squares[:, -1].astype(np.float64)

        return propose

    @cached_property
    def _gpu(self) -> GpuFlat | None:
        return GpuFlat(self.vectors) if gpu_available() else None


class _Codes:
    """Memory of a Faiss index as NumPy sees it; an array made of it keeps the index alive."""

    def __init__(self, index: Any, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        self._index = index
        address = int(index.codes.data() or 0)  # none without rows
        self.__array_interface__ = {"data": (address, False), "shape": shape, "typestr": dtype.str, "version": 3}


def selecting(admitted: Mask | None, parameters: str, **others: int) -> Any:
    """Parameters of a search by Faiss that admits these rows only."""
    faiss = _backends.faiss()
    if admitted is not None:
        others["sel"] = faiss.IDSelectorBitmap(np.packbits(admitted, bitorder="little"))
    return getattr(faiss, parameters)(**others)


def nowhere(queries: int, k: int) -> Neighbours:
    """Neighbours that are not there."""
    return Neighbours(np.full((queries, k), np.inf), np.full((queries, k), -1, np.int64))


def cosines(query: npt.NDArray[Any], vectors: npt.NDArray[Any]) -> Numbers:
    """Cosine of the angle between a vector and each of several, in float64; 0 where one of them has no direction."""
    one, several = query.astype(np.float64), vectors.astype(np.float64)
    lengths = np.sqrt(np.square(several).sum(axis=1) * np.square(one).sum())
    products: Numbers = (several * one).sum(axis=1)
    return products / np.where(lengths > 0, lengths, 1)


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
