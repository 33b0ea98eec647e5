"""A row of the saved memo: the records of one repair group added by one save."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Digests = NDArray[np.uint8]
Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


class Row(NamedTuple):
    """Records of one repair group as stored in the file.

    ``plans`` is a bitmap with plan 0 in the highest bit of its first byte; ``records`` has for each of these plans its
    slot costs in yen, without padding, then its lowest health, as little-endian float64.
    """

    digest: bytes
    plans: bytes
    records: bytes

    def checksum(self) -> bytes:
        """Return the BLAKE2b-128 of the parts, each preceded by its length."""
        checksum = blake2b(digest_size=16)
        for part in self:
            checksum.update(len(part).to_bytes(8, "little"))
            checksum.update(part)
        return checksum.digest()


def pack_rows(
    digests: Digests, slots_of_plan: Integers, groups: Integers, plans: Integers, records: Numbers
) -> Iterator[Row]:
    """Yield one row per group; of duplicate records the first counts."""
    _, order = np.unique(groups * len(slots_of_plan) + plans, return_index=True)
    plans = plans[order]
    row_groups, row_of_record = np.unique(groups[order], return_inverse=True)
    sets = np.zeros((len(row_groups), len(slots_of_plan)), bool)
    sets[row_of_record, plans] = True

    slots = slots_of_plan[plans]
    content = records[order][_own_numbers(slots, records.shape[1])].astype("<f8").tobytes()
    sizes = 8 * np.bincount(row_of_record, weights=slots + 1).astype(np.int64)
    bounds = pairwise([0, *np.cumsum(sizes).tolist()])
    bitmaps = byte_rows(np.packbits(sets, axis=1))
    for digest, bitmap, (begin, end) in zip(byte_rows(digests[row_groups]), bitmaps, bounds, strict=True):
        yield Row(digest, bitmap, content[begin:end])


def unpack_rows(found: list[tuple[int, Row]], slots_of_plan: Integers) -> tuple[Integers, Integers, Numbers]:
    """Return groups, plans and padded records of (group, row) pairs; of duplicate records the first counts.

    ValueError if a row has not the plans and records of these slots.
    """
    width = (len(slots_of_plan) + 7) // 8
    if any(len(row.plans) != width for _, row in found):
        raise ValueError("a row is of other plans")
    bitmaps = np.frombuffer(b"".join(row.plans for _, row in found), np.uint8).reshape(len(found), width)
    row_of_record, plans = np.nonzero(np.unpackbits(bitmaps, axis=1, count=len(slots_of_plan)))
    sizes = 8 * np.bincount(row_of_record, weights=slots_of_plan[plans] + 1, minlength=len(found))
    if any(len(row.records) != size for (_, row), size in zip(found, sizes.tolist(), strict=True)):
        raise ValueError("a row has not the records of its plans")
    groups = np.array([group for group, _ in found], np.int64)[row_of_record]

    records = np.zeros((len(plans), slots_of_plan.max() + 1))
    own = _own_numbers(slots_of_plan[plans], records.shape[1])
    records[own] = np.frombuffer(b"".join(row.records for _, row in found), "<f8")
    _, order = np.unique(groups * len(slots_of_plan) + plans, return_index=True)
    return groups[order], plans[order], records[order]


def byte_rows(table: NDArray[np.uint8]) -> list[bytes]:
    """Split a table of bytes into its rows."""
    content, width = table.tobytes(), table.shape[1]
    return [content[start : start + width] for start in range(0, len(content), width)]


def _own_numbers(slots: Integers, width: int) -> NDArray[np.bool_]:
    """Return which numbers of padded records belong to their plan: its slots and, in the last column, its health."""
    own = np.arange(width) < slots[:, None]
    own[:, -1] = True
    return own
