"""Random works, closed years and removals that do not contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from made_network import made_network
from nagamochi.network import Network

WORK = {"bridge_id": pl.String, "member": pl.String, "damage": pl.String, "location": pl.String}
SCHEMAS: dict[str, dict[str, Any]] = {
    "works": {**WORK, "year": pl.Int64, "cost": pl.Float64},
    "closed": {"bridge_id": pl.String, "from": pl.Int64, "to": pl.Int64},
    "retire": {"bridge_id": pl.String, "year": pl.Int64, "cost": pl.Float64},
}


@dataclass(frozen=True, eq=False)
class MadeDecided:
    """Rows of works.csv, closed.csv and retire.csv, and the network that has them."""

    rows: dict[str, list[tuple[Any, ...]]]
    network: Network


def made_decided(seed: int, horizon: int, bridges: int = 3, members: int = 2, **others: Any) -> MadeDecided:
    rng = np.random.default_rng([seed, 5])
    plain = made_network(seed, bridges=bridges, members=members)
    rows: dict[str, list[tuple[Any, ...]]] = {"works": [], "closed": [], "retire": []}
    for bridge in plain.bridge_ids.to_list():
        end = horizon + 1
        if rng.random() < 0.3:
            end = int(rng.integers(1, horizon + 1))
            rows["retire"].append((bridge, end, float(rng.integers(0, 10**7))))
        rows["works"] += _works(rng, plain, bridge, end)
        worked = {work[-2] for work in rows["works"] if work[0] == bridge}
        for _ in range(rng.integers(0, 3)):
            first, last = sorted(rng.integers(1, horizon + 4, 2).tolist())
            if not worked & set(range(first, last + 1)):
                rows["closed"].append((bridge, first, last))
    return MadeDecided(rows, made_network(seed, bridges=bridges, members=members, **frames(rows), **others))


def frames(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, pl.DataFrame]:
    """Tables of those that have rows."""
    return {name: pl.DataFrame(rows[name], schema, orient="row") for name, schema in SCHEMAS.items() if rows[name]}


def _works(rng: np.random.Generator, network: Network, bridge: str, end: int) -> list[tuple[Any, ...]]:
    """Some name a curve in full, others all that a bridge has of a member, or all of it."""
    curves = network.curves.filter(pl.col("bridge_id") == bridge).select(list(WORK)).rows()
    works: list[tuple[Any, ...]] = []
    taken: set[tuple[tuple[Any, ...], int]] = set()
    for _ in range(rng.integers(0, 4)):
        chosen = curves[rng.integers(len(curves))]
        key = (bridge, *chosen[1:][: rng.integers(0, 4)], None, None, None)[:4]
        of = [curve for curve in curves if all(k in (None, c) for k, c in zip(key, curve, strict=True))]
        year = int(rng.integers(1, max(end, 2)))
        if year < end and not taken & {(curve, year) for curve in of}:
            taken |= {(curve, year) for curve in of}
            works.append((*key, year, float(rng.integers(0, 10**7))))
    return works
