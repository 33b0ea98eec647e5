"""The bridge-planning study's numerical example: five steel and five concrete bridges of one span."""

from __future__ import annotations

import polars as pl

from nagamochi import standard_bridge
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network

PAPER_TEN_BUDGET = 30e6
"""Yen per year for the ten bridges: 3,000,000 per bridge and year, as in the study."""

YEAR = 2011


def paper_ten() -> Network:
    """Return ten bridges like those of the study: 5 steel with 15 curves each, 5 concrete with 16.

    The study does not publish its inputs and calls them simple values. These are our own simple values:
    single spans of 15-35 m built in 1962-1998; members, service lives, quantities and costs of the standard bridge;
    health as of 2011 by age alone (`standard_bridge.aged_health`). Compare ratios and counts with the study, not yen.

    Returns
    -------
    Network

    Examples
    --------
    >>> from nagamochi import datasets
    >>> network = datasets.paper_ten()
    >>> network.n_bridges, network.n_curves
    (10, 155)
    """
    refuse_lost_threads()
    bridges = pl.DataFrame(
        {
            "bridge_id": [f"S{i}" for i in range(1, 6)] + [f"C{i}" for i in range(1, 6)],
            "name": [f"example steel bridge {i}" for i in range(1, 6)]
            + [f"example concrete bridge {i}" for i in range(1, 6)],
            "owner": "example (simple values)",
            "material": ["steel"] * 5 + ["concrete"] * 5,
            "year_built": [1964, 1971, 1978, 1986, 1995, 1962, 1969, 1977, 1984, 1998],
            "length_m": [35.0, 30.0, 25.0, 32.0, 28.0, 15.0, 18.0, 22.0, 25.0, 20.0],
            "width_m": [8.0, 9.5, 7.0, 10.5, 8.5, 6.0, 8.0, 7.5, 9.0, 10.0],
            "spans": 1,
        }
    )
    ages = bridges.select("bridge_id", age=YEAR - pl.col("year_built"))
    health = standard_bridge.aged_health(pl.col("age"), pl.col("service_life"), pl.col("shape")).round(1)
    curves = standard_bridge.curves(bridges).join(ages, on="bridge_id", maintain_order="left")
    return standard_bridge.network(bridges, curves.with_columns(health=health).drop("age"))
