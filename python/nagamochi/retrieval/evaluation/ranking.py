"""Rankings of all admitted photos for many queries, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Pairs = Callable[[slice], Booleans]

PAIRS_AT_ONCE = 4_000_000  # of a query and a photo; each takes some 30 bytes


@dataclass(frozen=True, eq=False)
class RankedBlock:
    """Rankings of some queries.

    Parameters
    ----------
    queries : slice
        Which.
    relevant : ndarray of bool, (queries, photos)
        By rank, best first; photos that are not admitted stand last.
    admitted : ndarray of int, (queries,)
        How many photos are.
    """

    queries: slice
    relevant: Booleans
    admitted: Integers


def rank(queries: Floats, photos: Floats, admitted: Pairs, relevant: Pairs) -> Iterator[RankedBlock]:
    """Rank photos by their L2 distance from each query; of equal distances, the earlier photo is first.

    Parameters
    ----------
    queries, photos : ndarray of float32, (queries, dimension) and (photos, dimension)
    admitted, relevant : callable
        Given a slice of queries, (queries, photos): whether the photo may be found, and whether it is one sought.

    Examples
    --------
    >>> photos = np.array([[0.0], [1.0], [3.0]], np.float32)
    >>> everyone = lambda queries: np.ones((1, 3), bool)
    >>> sought = lambda queries: np.array([[False, False, True]])
    >>> [block.relevant for block in rank(np.array([[2.5]], np.float32), photos, everyone, sought)]
    [array([[ True, False, False]])]
    """
    squares = np.einsum("ij,ij->i", photos, photos)
    rows = max(1, PAIRS_AT_ONCE // max(1, len(photos)))
    for start in range(0, len(queries), rows):
        block = slice(start, min(start + rows, len(queries)))
        of = queries[block]
        distance = np.einsum("ij,ij->i", of, of)[:, None] + squares - 2 * (of @ photos.T)
        may = admitted(block)
        distance[~may] = np.inf
        ranked = _sorted_along(np.maximum(distance, 0), relevant(block) & may)
        yield RankedBlock(block, ranked, np.count_nonzero(may, axis=1).astype(np.int64))


def _sorted_along(distance: Floats, flag: Booleans) -> Booleans:
    """The flags of each row in order of distance, from left to right among equals.

    Floats from 0 are in the order of their bits; distance, column and flag in one whole number sort five times as fast
    as a stable argsort.
    """
    column = np.arange(distance.shape[1], dtype=np.uint64)
    key = distance.view(np.uint32).astype(np.uint64)
    key <<= np.uint64(32)
    key |= column << np.uint64(1)
    key |= flag
    key.sort(axis=1)
    return (key & np.uint64(1)).astype(np.bool_)
