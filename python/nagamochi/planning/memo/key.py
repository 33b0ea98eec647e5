"""The key of the saved memo: what the costs of a repair group follow from, digested."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nagamochi import _core
from nagamochi.network.decided import STAYS

if TYPE_CHECKING:
    from nagamochi.network.arrays import DecidedYears, NetworkArrays

DIGEST_BYTES = 32
GROUPS_PER_BLOCK = 4096

CURVE = np.dtype(
    [
        ("health", "<f8"),
        ("service_life", "<f8"),
        ("shape", "<f8"),
        ("restored_health", "<f8"),
        ("repair_cost", "<f8", 5),
        ("table", "u1", DIGEST_BYTES),
    ]
)


def group_digests(
    arrays: NetworkArrays, group_offsets: NDArray[np.int64], layout: _core.PlanLayout
) -> NDArray[np.uint8]:
    """Digest, for each repair group, everything that the costs of its plans follow from.

    Parameters
    ----------
    arrays : NetworkArrays
        The network; its ids, names and the numbering of its curve tables do not count.
    group_offsets : numpy.ndarray
        ``(n_groups + 1)``, int64: group g holds the curves ``group_offsets[g]`` to ``group_offsets[g + 1] - 1``, all of
        one bridge.
    layout : PlanLayout
        Levels, first years, intervals, delays, what is urgent, and horizon.

    Returns
    -------
    numpy.ndarray
        ``(n_groups, 32)``, uint8: BLAKE2b-256 of the kernel's version, the horizon, the plan space, the bridge's
        inspection cost and every curve in order, all as little-endian float64 with -0 made 0; then, if the network has
        decided works or removals, those of the group, and its access cost if it has one. Delays count if there are
        others than 1, and what is urgent if it makes a difference.
    """
    common = blake2b(digest_size=DIGEST_BYTES)
    space: list[Sequence[float]] = [layout.levels, layout.first_years, layout.intervals]
    if layout.delays != [1]:
        space.append(layout.delays)
    if layout.has_urgent:
        space.append([layout.urgent_below, layout.urgent_delay])
    for numbers in ([_core.kernel_version], [layout.horizon], *space):
        common.update(len(numbers).to_bytes(8, "little") + _canonical(numbers).tobytes())
    bridges = np.searchsorted(arrays.curve_offsets, group_offsets[:-1], side="right") - 1
    inspections = _canonical(arrays.inspection_cost[bridges])
    tables = _table_digests(arrays)

    digests = np.empty((len(bridges), DIGEST_BYTES), np.uint8)
    for start in range(0, len(bridges), GROUPS_PER_BLOCK):
        offsets = group_offsets[start : start + GROUPS_PER_BLOCK + 1]
        curves = _encode_curves(arrays, tables, slice(offsets[0], offsets[-1]))
        bounds = pairwise(((offsets - offsets[0]) * CURVE.itemsize).tolist())
        for group, (begin, end) in enumerate(bounds, start):
            digest = common.copy()
            digest.update(inspections[group].tobytes())
            digest.update(curves[begin:end])
            if arrays.decided is not None:
                digest.update(_decided(arrays.decided, slice(*group_offsets[group : group + 2]), bridges[group]))
            if arrays.access_cost is not None and arrays.access_cost[bridges[group]] > 0:
                digest.update(b"access" + _canonical(arrays.access_cost[bridges[group] : bridges[group] + 1]).tobytes())
            digests[group] = np.frombuffer(digest.digest(), np.uint8)
    return digests


def _decided(decided: DecidedYears, curves: slice, bridge: int) -> bytes:
    """Years of the works on each curve, and until when the bridge stands; nothing where nothing is decided."""
    offsets = decided.work_offsets[curves.start : curves.stop + 1]
    works, last_year = decided.work_years[offsets[0] : offsets[-1]], decided.last_year[bridge]
    if not len(works) and last_year == STAYS:
        return b""
    years = np.concatenate([offsets - offsets[0], works, [last_year]]).astype(np.float64)
    return _canonical(years).tobytes()


def _canonical(numbers: NDArray[np.float64] | Sequence[float]) -> NDArray[np.float64]:
    return (np.asarray(numbers, np.float64) + 0.0).astype("<f8", copy=False)  # -0 + 0 is 0


def _table_digests(arrays: NetworkArrays) -> NDArray[np.uint8]:
    """One digest per curve table; the last row, which the index -1 means, is all zeros: no table."""
    points = _canonical(np.column_stack([arrays.table_age_ratio, arrays.table_health]))
    content = points.view(np.uint8).reshape(-1).data
    bounds = pairwise((arrays.table_offsets * (2 * points.itemsize)).tolist())
    digests = [blake2b(content[begin:end], digest_size=DIGEST_BYTES).digest() for begin, end in bounds]
    return np.frombuffer(b"".join([*digests, bytes(DIGEST_BYTES)]), np.uint8).reshape(-1, DIGEST_BYTES)


def _encode_curves(arrays: NetworkArrays, tables: NDArray[np.uint8], curves: slice) -> memoryview:
    encoded = np.empty(curves.stop - curves.start, CURVE)
    for name in ("health", "service_life", "shape", "restored_health", "repair_cost"):
        encoded[name] = _canonical(getattr(arrays, name)[curves])
    encoded["table"] = tables[arrays.table[curves]]
    return encoded.view(np.uint8).data
