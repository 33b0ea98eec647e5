"""Made bridges, the same on every machine, and budgets that bind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi.network import Network

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SEED = 20261130
BUDGETS = {10: (0.5, 1.7), 300: (0.8, 1.1), 5_000: (0.8, 1.06), 100_000: (0.8, 1.06), 730_000: (0.8, 1.06)}
"""By size: share of the cheapest plans' spending that is kept year by year, the rest being levelled; room on top."""
SIZES = tuple(BUDGETS)
ROUND = 1_000
"""Yen to which budgets are rounded."""


def made_network(bridges: int) -> Network:
    """Draw bridges of 15 or 16 power curves, with inspections in whole yen."""
    draw = np.random.PCG64([SEED, bridges])  # NumPy promises the same numbers in all versions for its raw ones only
    offsets = np.append(0, np.cumsum(15 + (_uniform(draw, bridges) < 0.5)))
    curves = int(offsets[-1])
    return Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=np.rint(_between(draw, 1e5, 5e5, bridges)),
        health=_between(draw, 1.5, 5.0, curves),
        service_life=_between(draw, 15.0, 90.0, curves),
        shape=np.where(_uniform(draw, curves) < 0.5, 1.0, 2.0),
        repair_cost=np.sort(_between(draw, 1e4, 1e6, 5 * curves).reshape(curves, 5), axis=1),
    )


def budget_of(bridges: int, cheapest: Numbers) -> Indices:
    """Return the yen of each year, from what the cheapest plans of all bridges spend in each year."""
    kept, room = BUDGETS[bridges]
    yen = room * (kept * cheapest + (1 - kept) * cheapest.mean())
    rounded: Indices = ROUND * np.rint(yen / ROUND).astype(np.int64)
    return rounded


def _between(draw: np.random.PCG64, low: float, high: float, count: int) -> Numbers:
    return low + (high - low) * _uniform(draw, count)


def _uniform(draw: np.random.PCG64, count: int) -> Numbers:
    """Return numbers from 0 to 1, of 53 bits each."""
    drawn: npt.NDArray[np.uint64] = draw.random_raw(count) >> np.uint64(11)
    return drawn.astype(np.float64) * 2.0**-53
