"""Networks cut from a network: some of its bridges, with what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import polars as pl

from nagamochi.base import arguments
from nagamochi.network.arrays import CurveTables, Indices
from nagamochi.network.network import Network
from nagamochi.network.schemas import CURVE_KEY

BRIDGES_PER_PART = 10_000
OF_CURVES = ("health", "service_life", "repair_cost", "shape", "restored_health", "table")


def split(
    network: Network, bridges_per_part: int = BRIDGES_PER_PART, *, by: Literal["owner"] | None = None
) -> Iterator[Network]:
    """Cut a network into parts, bridge after bridge in its order, or owner after owner.

    Works, closed years and removals go with their bridges. The budget and the rows belong to the whole: no part has
    them.

    Parameters
    ----------
    network : Network
    bridges_per_part : int
        Of every part but the last, which may have fewer; with ``by="owner"`` but the last of each owner.
    by : {"owner"}, optional
        Give every part the bridges of one owner alone; owners in the order of their first bridges.

    Yields
    ------
    Network

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> [part.n_bridges for part in split(datasets.example_town(), 120)]
    [120, 120, 60]
    """
    step = arguments.whole_number("bridges_per_part", bridges_per_part, at_least=1)
    if by is not None:
        arguments.one_of("by", by, ("owner",))
        for bridges in _bridges_by_owner(network):
            yield from (of_bridges(network, bridges[begin : begin + step]) for begin in range(0, len(bridges), step))
        return
    for begin in range(0, network.n_bridges, step):
        end = min(begin + step, network.n_bridges)
        yield _run(network, begin, end) if network.only_arrays else of_bridges(network, np.arange(begin, end))


def _bridges_by_owner(network: Network) -> Iterator[Indices]:
    """Yield the numbers of the bridges of each owner."""
    owners = pl.Series("owner", [None] * network.n_bridges) if network.only_arrays else network.bridges["owner"]
    if owners.null_count():
        bridge = network.bridge_ids[owners.is_null().arg_true()[0]]
        raise arguments.invalid("owner", "must be given for every bridge", f"none for bridge {bridge}")
    of_owners = owners.to_frame().with_row_index("bridge").group_by("owner", maintain_order=True).agg("bridge")
    yield from (bridges.cast(pl.Int64).to_numpy() for bridges in of_owners["bridge"])


def of_bridges(network: Network, bridges: Indices, rows: pl.DataFrame | None = None) -> Network:
    """Return some bridges of a network, with what belongs to them.

    Parameters
    ----------
    network : Network
    bridges : (n,) int64
        Rising.
    rows : polars.DataFrame, optional
        Limits that go with them.
    """
    if network.only_arrays:
        return _some(network, bridges)
    arrays = network.arrays
    wanted = np.zeros(network.n_bridges, bool)
    wanted[bridges] = True
    of_curves = np.repeat(wanted, np.diff(arrays.curve_offsets))
    curves = network.curves.filter(of_curves)
    items = network.items.filter(pl.col("item").is_not_null(), of_curves[network.items["curve"].to_numpy()])
    named = network.bridge_ids.filter(wanted)
    ours = pl.col("bridge_id").is_in(named.implode())
    items = network.curves.select(CURVE_KEY)[items["curve"]].hstack(items.drop("curve"))
    models = pl.concat([curves["cost_model"], items["cost_model"]])
    return Network.from_tables(
        bridges=network.bridges.filter(wanted),
        curves=curves,
        costs=network.costs.filter(pl.col("cost_model").is_in(models.implode())),
        items=rows_or_none(items),
        curve_tables=rows_or_none(
            network.curve_tables.filter(pl.col("curve_table").is_in(curves["curve_table"].implode()))
        ),
        rows=rows,
        works=None if network.works is None else rows_or_none(network.works.filter(ours)),
        closed=None if network.closed is None else rows_or_none(network.closed.filter(ours)),
        retire=None if network.retire is None else rows_or_none(network.retire.filter(ours)),
        start_year=network.start_year,
    )


def rows_or_none(table: pl.DataFrame) -> pl.DataFrame | None:
    """Return a table, or none where it has no rows: an optional one that is given must have some."""
    return None if table.is_empty() else table


def _some(network: Network, bridges: Indices) -> Network:
    """Return some bridges of a network made from arrays."""
    arrays = network.arrays
    counts = np.diff(arrays.curve_offsets)[bridges]
    offsets = np.append(0, np.cumsum(counts))
    curves = np.repeat(arrays.curve_offsets[bridges] - offsets[:-1], counts) + np.arange(offsets[-1])
    return Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=arrays.inspection_cost[bridges],
        curve_tables=CurveTables(arrays.table_offsets, arrays.table_age_ratio, arrays.table_health),
        bridge_ids=network.bridge_ids[bridges],
        **{name: getattr(arrays, name)[curves] for name in OF_CURVES},
    )


def _run(network: Network, begin: int, end: int) -> Network:
    """Return a run of bridges of a network made from arrays, which it shares."""
    arrays = network.arrays
    bridges, offsets = slice(begin, end), arrays.curve_offsets[begin : end + 1]
    curves = slice(offsets[0], offsets[-1])
    return Network.from_arrays(
        curve_offsets=offsets - offsets[0],
        inspection_cost=arrays.inspection_cost[bridges],
        curve_tables=CurveTables(arrays.table_offsets, arrays.table_age_ratio, arrays.table_health),
        bridge_ids=network.bridge_ids[bridges],
        **{name: getattr(arrays, name)[curves] for name in OF_CURVES},
    )
