"""Rankings of all admitted photos for many queries, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
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
    squares = np.einsum("ij,ij->i", photos, photos, dtype=np.float64)
    rows = max(1, PAIRS_AT_ONCE // max(1, len(photos)))
    for start in range(0, len(queries), rows):
        block = slice(start, min(start + rows, len(queries)))
        may = admitted(block)
        order = _by_distance(queries[block], photos, squares, may)
        ranked = np.take_along_axis(relevant(block) & may, order, axis=1)
        yield RankedBlock(block, ranked, np.count_nonzero(may, axis=1).astype(np.int64))


def _by_distance(queries: Floats, photos: Floats, squares: Numbers, may: Booleans) -> Integers:
    """Photos (queries, photos) by rising distance: by products in float64, by differences where these are too close."""
    own = np.einsum("ij,ij->i", queries, queries, dtype=np.float64)
    distance = own[:, None] + squares - 2 * (queries.astype(np.float64) @ photos.T.astype(np.float64))
    distance[~may] = np.inf
    order: Integers = np.argsort(distance, axis=1)
    ranked = np.take_along_axis(distance, order, axis=1)
    rounding = 4 * (queries.shape[1] + 8) * np.finfo(np.float64).eps * (own + squares.max(initial=0))
    with np.errstate(invalid="ignore"):  # between photos that are not admitted
        close = np.diff(ranked, axis=1) <= rounding[:, None]
    for query in np.flatnonzero(close.any(axis=1)):
        _settle(order[query], close[query], queries[query], photos)
    return order


def _settle(order: Integers, close: Booleans, query: Floats, photos: Floats) -> None:
    """Order photos whose distances are too close for products; `close`: photo and next one (photos - 1)."""
    group = np.concatenate([[0], np.cumsum(~close)])
    places = np.flatnonzero(np.concatenate([close, [False]]) | np.concatenate([[False], close]))
    members = order[places]
    true = np.square(photos[members].astype(np.float64) - query).sum(axis=1)
    order[places] = members[np.lexsort((members, true, group[places]))]
