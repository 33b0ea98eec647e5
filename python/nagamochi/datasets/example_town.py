"""The made town: 300 bridges drawn from a seed, in a mix typical of a Japanese municipality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, pi, sin
from pathlib import Path
from random import Random
from typing import TypeVar

import polars as pl

from nagamochi import standard_bridge
from nagamochi.base import arguments
from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network
from nagamochi.network.join import join

EXAMPLE_TOWN_BUDGET = 160e6
"""Yen per year for the whole made town. It can be met; it binds: the cheapest plans cost 3.5 times that in a year."""

BRIDGES = 300
SEED = 20250401
YEAR = 2025

LENGTHS = ((0.60, (2.0, 15.0)), (0.28, (15.0, 40.0)), (0.10, (40.0, 100.0)), (0.02, (100.0, 300.0)))
YEARS_BUILT = ((0.10, (1930, 1954)), (0.65, (1955, 1990)), (0.25, (1991, 2020)))
STEEL_BY_SPAN = ((15.0, 0.08), (30.0, 0.40), (float("inf"), 0.60))

SITES = "上中下東西南北新古大小前奥本元高浅深長広丸白赤青"
PLACES = "沢川田野原谷瀬島崎森林木石岩井泉池浜坂山岡平倉宮"

SOUTH, WEST, HEIGHT, WIDTH = 38.0, 134.0, 0.10, 0.16
"""Degrees: 11 km by 14 km of open sea."""
RIVERS = 5

Draw = Callable[[], float]
T = TypeVar("T")


def example_town() -> Network:
    """Return the made town: 300 bridges of an invented Japanese municipality as of 2025.

    Everything in it is made up. A generator with a fixed seed draws

    - lengths: 60 % of 2-15 m, 28 % of 15-40 m, 10 % of 40-100 m, 2 % of 100-300 m; widths of 3.5-9 m, up to 3 m
      more with the length; spans of 18-35 m where a bridge is longer than 25 m;
    - steel for 8 % of bridges with spans under 15 m, 40 % under 30 m, 60 % beyond; concrete for the others;
    - years built: 10 % in 1930-1954, 65 % in 1955-1990, 25 % in 1991-2020;
    - service lives: the standard bridge's, times 0.75-1.35 by bridge and 0.8-1.25 by curve;
    - places along five made rivers, in degrees. They lie in the Sea of Japan, so that nobody takes them for real ones;
    - last inspection: one of the five years before 2025, as the law asks, drawn apart from the rest;
    - importance: 1, for bridges of more than 30 m 1.5, of more than 100 m 2;
    - health now: each member was renewed whenever it came to 60-90 % (by bridge) of its service life; the health on
      its curve since then, with a rating error of up to 0.2, in steps of 0.1 as an inspector rates.

    Members, quantities and costs are those of `nagamochi.standard_bridge`: assumptions, not prices.

    Returns
    -------
    Network
        The same 300 bridges at every call, on every machine, in every version of Python and NumPy.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> datasets.example_town().n_bridges
    300
    """
    refuse_lost_threads()
    draw = Random(SEED).random  # Python promises the same sequence for a seed in all versions for this method only
    bridges = _bridges(draw)
    curves = _curves(bridges, draw)
    length = pl.col("length_m")
    known = bridges.with_columns(
        last_inspection_year=pl.Series([YEAR - 5 + int(5 * draw()) for _ in range(BRIDGES)]),
        **_places(),
        importance=1.0 + 0.5 * (length > 30.0).cast(pl.Float64) + 0.5 * (length > 100.0).cast(pl.Float64),
    )
    return standard_bridge.network(known, curves)


def write_example_town(folder: str | Path, language: str = "en") -> None:
    """Write the made town as a network folder.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    language : {"en", "ja"}
        Of members, damages, places, items, cost models and methods.

    Raises
    ------
    InvalidInput
        The language is another.
    OSError
        A file cannot be written.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> from nagamochi.network import read_network
    >>> datasets.write_example_town("town")
    >>> read_network("town").n_bridges
    300
    """
    arguments.language(language)
    with replacing_files(Path(folder)) as files:
        join([example_town()], files, language)


def _bridges(draw: Draw) -> pl.DataFrame:
    names = sorted((draw(), f"{site}{place}橋") for site in SITES for place in PLACES)[:BRIDGES]
    rows = [_bridge(draw) for _ in range(BRIDGES)]
    return pl.DataFrame(
        {
            "bridge_id": [f"M{number:03d}" for number in range(1, BRIDGES + 1)],
            "name": [name for _, name in names],
            "owner": "made town",
            **{column: [row[column] for row in rows] for column in rows[0]},
        }
    )


def _bridge(draw: Draw) -> dict[str, str | int | float]:
    length = _between(draw, *_class(draw, LENGTHS))
    spans = ceil(length / _between(draw, 18.0, 35.0)) if length > 25.0 else 1
    steel_share = next(share for span, share in STEEL_BY_SPAN if length / spans < span)
    first, last = _class(draw, YEARS_BUILT)
    return {
        "material": "steel" if draw() < steel_share else "concrete",
        "year_built": first + int(draw() * (last - first + 1)),
        "length_m": round(length, 1),
        "width_m": round(_between(draw, 3.5, 9.0) + min(length, 60.0) / 20.0, 1),
        "spans": spans,
    }


def _places() -> dict[str, pl.Series]:
    """Draw where the bridges are, from a generator of its own: each near the line of a river."""
    draw = Random(SEED + 1).random
    latitudes, longitudes = [], []
    for _ in range(BRIDGES):
        river, along = int(RIVERS * draw()), draw()
        across = (river + 0.5 + 0.3 * sin(2.0 * pi * (along + river / RIVERS)) + _between(draw, -0.1, 0.1)) / RIVERS
        latitudes.append(round(SOUTH + HEIGHT * along, 5))
        longitudes.append(round(WEST + WIDTH * across, 5))
    return {"latitude": pl.Series(latitudes), "longitude": pl.Series(longitudes)}


def _curves(bridges: pl.DataFrame, draw: Draw) -> pl.DataFrame:
    habits = bridges.select(
        "bridge_id",
        age=YEAR - pl.col("year_built"),
        pace=pl.Series([_between(draw, 0.75, 1.35) for _ in range(BRIDGES)]),
        renewed_at=pl.Series([_between(draw, 0.60, 0.90) for _ in range(BRIDGES)]),
    )
    curves = standard_bridge.curves(bridges).join(habits, on="bridge_id", maintain_order="left")
    scatter = pl.Series([_between(draw, 0.8, 1.25) for _ in range(curves.height)])
    error = pl.Series([_between(draw, -0.2, 0.2) for _ in range(curves.height)])
    aged = curves.with_columns(service_life=(pl.col("service_life") * pl.col("pace") * scatter).round())
    lived = (pl.col("age") / pl.col("service_life")) % pl.col("renewed_at")
    health = (5.0 - 4.0 * lived ** pl.col("shape") + error).clip(1.0, 5.0).round(1)
    return aged.with_columns(health=health).drop("age", "pace", "renewed_at")


def _between(draw: Draw, low: float, high: float) -> float:
    return low + draw() * (high - low)


def _class(draw: Draw, classes: Sequence[tuple[float, T]]) -> T:
    """Draw one of (share, class); the last class takes the remainder of rounding."""
    rest = draw()
    for share, drawn in classes[:-1]:
        rest -= share
        if rest < 0.0:
            return drawn
    return classes[-1][1]
