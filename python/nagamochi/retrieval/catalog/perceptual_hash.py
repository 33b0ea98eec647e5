"""Hashes of what a picture shows: a copy in another size, format or brightness differs in few bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nagamochi.retrieval import _backends

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 16
BITS = SIDE * SIDE
LEAST_VARIED = 48
NEAR = 31
"""Bits in which near-same pictures may differ at most; the search is exact up to here."""

_BLOCKS = 16
_KEYS = 1 << (BITS // _BLOCKS)
_PAIRS_AT_ONCE = 4_000_000

Rows = npt.NDArray[np.int64]


def perceptual_hash(picture: Image) -> npt.NDArray[np.uint8] | None:
    """Hash a picture by where it grows brighter from left to right.

    The picture is reduced to 17 x 16 mean grey values; a bit is set where a value is above its left neighbour's.

    Parameters
    ----------
    picture : PIL.Image.Image
        In RGB.

    Returns
    -------
    (32,) uint8 array or None
        256 bits, packed. None for a picture too plain to be distinguished from others: fewer than 48 bits are set, or
        fewer than 48 are not.

    Examples
    --------
    >>> import numpy as np
    >>> from PIL import Image
    >>> noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    >>> picture = Image.fromarray(noise).resize((400, 300))
    >>> code, code_of_copy = perceptual_hash(picture), perceptual_hash(picture.resize((160, 120)))
    >>> int(np.bitwise_count(code ^ code_of_copy).sum()) <= NEAR
    True
    >>> perceptual_hash(Image.new("RGB", (64, 64)))
    """
    box = _backends.pillow().Resampling.BOX
    grey = np.asarray(picture.convert("L").convert("F").resize((SIDE + 1, SIDE), box))
    bits = np.diff(grey, axis=1) > 0
    if not LEAST_VARIED <= np.count_nonzero(bits) <= BITS - LEAST_VARIED:
        return None
    return np.packbits(bits)


def near_pairs(
    hashes: npt.NDArray[np.uint8], wanted: Callable[[Rows, Rows], npt.NDArray[np.bool_]]
) -> tuple[Rows, Rows, npt.NDArray[np.int64]]:
    """All pairs of hashes that differ in at most 31 bits, without comparing each with each.

    Of 16 blocks of 16 bits, one at least differs in at most one bit between such a pair (Norouzi, Punjani, Fleet: Fast
    Exact Search in Hamming Space with Multi-Index Hashing, 2014); only pairs with such a block are compared.

    Parameters
    ----------
    hashes : (n, 32) uint8 array
    wanted : callable
        Takes the rows of pairs, two (m,) arrays, and returns whether each is of interest, in either order.

    Returns
    -------
    first, second : (m,) int64 arrays
        Rows, the first below the second; in the order of both.
    bits : (m,) int64 array
        In how many bits they differ.

    Examples
    --------
    >>> import numpy as np
    >>> hashes = np.random.default_rng(0).integers(0, 256, (3, 32), dtype=np.uint8)
    >>> hashes[2] = hashes[0] ^ np.eye(32, dtype=np.uint8)[5]
    >>> near_pairs(hashes, lambda first, second: first != second)
    (array([0]), array([2]), array([1]))
    """
    words = np.ascontiguousarray(hashes).view(np.uint64)
    found = [np.empty((0, 3), np.int64)]
    for key in _interleaved(hashes).T:
        for first, second in _candidates(key):
            close = np.bitwise_count(words[first, :2] ^ words[second, :2]).sum(axis=1, dtype=np.int64) <= NEAR
            first, second = first[close], second[close]
            bits = np.bitwise_count(words[first] ^ words[second]).sum(axis=1, dtype=np.int64)
            close = (bits <= NEAR) & wanted(first, second)
            found.append(np.column_stack([np.minimum(first, second), np.maximum(first, second), bits])[close])
    first, second, bits = np.unique(np.concatenate(found), axis=0).T
    return first, second, bits


def _interleaved(hashes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """The blocks of each hash; every sixteenth bit is of one block, since neighbouring bits tend to agree."""
    bits = np.unpackbits(hashes, axis=1).reshape(-1, BITS // _BLOCKS, _BLOCKS)
    return np.ascontiguousarray(np.packbits(bits.transpose(0, 2, 1), axis=2)).view(np.uint16)[:, :, 0]


def _candidates(key: npt.NDArray[np.uint16]) -> Iterator[tuple[Rows, Rows]]:
    """All pairs of rows whose keys differ in at most one bit, each once."""
    order = np.argsort(key, kind="stable")
    starts = np.searchsorted(key[order], np.arange(_KEYS + 1))
    keys = key[order].astype(np.int64)
    places = np.arange(len(keys))
    yield from _expanded(order, places, places + 1, starts[keys + 1])
    for bit in 1 << np.arange(BITS // _BLOCKS):
        lower = places[keys & bit == 0]
        partner = keys[lower] | bit
        yield from _expanded(order, lower, starts[partner], starts[partner + 1])


def _expanded(order: Rows, places: Rows, begin: Rows, end: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of each place with all from begin to before end, as rows; a few million at once."""
    some = end > begin
    places, begin, counts = places[some], begin[some], (end - begin)[some]
    upto = np.cumsum(counts)
    parts = np.searchsorted(upto, np.arange(_PAIRS_AT_ONCE, upto[-1] if len(upto) else 0, _PAIRS_AT_ONCE))
    for part in np.split(np.arange(len(counts)), np.unique(parts)):
        ends = np.cumsum(counts[part])
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts[part], counts[part])
        yield order[np.repeat(places[part], counts[part])], order[np.repeat(begin[part], counts[part]) + within]
