"""What an office works with: works that wait, and the order of the works of the first years."""

from __future__ import annotations

import numpy as np
import polars as pl

from nagamochi.network import Network
from nagamochi.network.schemas import CURVE_KEY
from nagamochi.planning.outcome import Repairs, Waits

FIRST_YEARS = 5
AS_NEW = 5.0


def tabulate_waits(network: Network, waits: Waits) -> pl.DataFrame:
    """One row per curve that waits, by its first year; see :attr:`NetworkPlan.waiting`."""
    until = pl.col("waiting_until")
    table = pl.DataFrame(waits._asdict()).with_columns(pl.when(until > 0).then(until).alias("waiting_until"))
    table = table.sort("waiting_since", "curve")
    others = table.drop("curve", "waiting_since", "waiting_until")
    return pl.concat(
        [_names(network, table["curve"]), table.select("waiting_since", "waiting_until"), others], how="horizontal"
    )


def first_works(repairs: Repairs) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return which repairs fall in the first years."""
    return np.flatnonzero(repairs.year <= FIRST_YEARS)


def tabulate_priorities(network: Network, repairs: Repairs, reasons: pl.Series) -> pl.DataFrame:
    """One row per repaired curve, the most urgent bridge of each year first; see :attr:`NetworkPlan.priorities`."""
    bridge = np.repeat(np.arange(network.n_bridges), np.diff(network.arrays.curve_offsets))[repairs.curve]
    urgency = network.importance[bridge] * (AS_NEW - repairs.health_found)
    table = pl.DataFrame(repairs._asdict()).with_columns(
        reason=reasons, bridge=pl.Series(bridge), importance=pl.Series(network.importance[bridge])
    )
    table = table.with_columns(urgency=pl.Series(urgency))
    table = table.with_columns(most_urgent=pl.col("urgency").max().over("year", "bridge"))
    by = ("year", "most_urgent", "bridge", "urgency", "curve")
    table = table.sort(by, descending=[name in ("most_urgent", "urgency") for name in by])
    table = table.with_columns(priority=pl.struct("year", "bridge").rle_id().cast(pl.Int64) + 1)
    others = table.select("importance", "health_found", "cost", "reason")
    return pl.concat([table.select("priority", "year"), _names(network, table["curve"]), others], how="horizontal")


def _names(network: Network, curves: pl.Series) -> pl.DataFrame:
    """Bridge, its name, member, damage and location of some curves."""
    named = network.curves.select(CURVE_KEY)[curves]
    bridges = network.bridges.select("bridge_id", "name")
    return named.join(bridges, on="bridge_id", how="left", maintain_order="left").select(
        "bridge_id", "name", *CURVE_KEY[1:]
    )
