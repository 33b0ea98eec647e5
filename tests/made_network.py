"""Random networks with all that tables can say: items, kinds of curves, changing methods, partial repairs, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from nagamochi.network import CurveTables, Network

HEALTHS = [5, 4, 3, 2, 1]


def made_network(
    seed: int,
    bridges: int = 3,
    members: int = 3,
    budget: list[float] | None = None,
    owners: list[str | None] | None = None,
    importance: list[float | None] | None = None,
    level_per: list[str | None] | None = None,
    **others: pl.DataFrame,
) -> Network:
    """Bridges B0, B1, .. with one or two curves on each of the members slab, girder, ..; same seed, same network."""
    rng = np.random.default_rng(seed)
    curves = []
    items = []
    for bridge in range(bridges):
        for member in ["slab", "girder", "bearing", "joint"][:members]:
            for location in [None, "A2"][: rng.integers(1, 3)]:
                key = {"bridge_id": f"B{bridge}", "member": member, "damage": "crack", "location": location}
                itemised = rng.random() < 0.3
                curves.append({**key, **_curve(rng), "cost_model": None if itemised else _model(rng)})
                if itemised:
                    names = ["body", "seat", "bolt"][: rng.integers(1, 4)]
                    models = ["full", "bare"] if rng.random() < 0.5 else ["part"]
                    items += [
                        {**key, "item": name, "quantity": rng.uniform(1, 50), "cost_model": rng.choice(models)}
                        for name in names
                    ]
    bridge_table = {
        "bridge_id": [f"B{bridge}" for bridge in range(bridges)],
        "name": [None if bridge == 1 else f"橋{bridge}" for bridge in range(bridges)],
        "inspection_cost": rng.integers(1, 5, bridges) * 1e5,
        **({} if owners is None else {"owner": owners}),
        **({} if importance is None else {"importance": pl.Series(importance, dtype=pl.Float64)}),
        **({} if level_per is None else {"level_per": level_per}),
    }
    return Network.from_tables(
        pl.DataFrame(bridge_table),
        pl.DataFrame(curves, infer_schema_length=None),
        _costs(rng),
        items=pl.DataFrame(items) if items else None,
        curve_tables=pl.DataFrame(
            {"curve_table": "slow", "age_ratio": [0.0, 0.3, 0.8, 1.0], "health": [5.0, 4.5, 3.0, 1.0]}
        ),
        budget=None if budget is None else pl.DataFrame({"year": range(1, len(budget) + 1), "budget": budget}),
        **others,
    )


def _curve(rng: np.random.Generator) -> dict[str, object]:
    kind = rng.choice(["power", "two_piece", "table"], p=[0.6, 0.2, 0.2])
    return {
        "health": rng.uniform(1.5, 5),
        "service_life": rng.uniform(10, 90),
        "curve": kind,
        "shape": rng.choice([1.0, 2.0, 2.7]) if kind == "power" else None,
        "knee_age_ratio": rng.uniform(0.2, 0.8) if kind == "two_piece" else None,
        "knee_health": rng.uniform(2, 4.5) if kind == "two_piece" else None,
        "curve_table": "slow" if kind == "table" else None,
        "quantity": rng.uniform(10, 200),
        "unit": "m2" if rng.random() < 0.5 else None,
    }


def _model(rng: np.random.Generator) -> str:
    return str(rng.choice(["full", "bare", "part"]))


def _costs(rng: np.random.Generator) -> pl.DataFrame:
    """Cost models: full, with methods and units; bare, without; part, which restores health 3.8 only."""
    models = []
    for model, methods, unit, restored in [
        ("full", ["none", "injection", "patching", "patching", "replacement"], "m2", 5.0),
        ("bare", [None] * 5, None, 5.0),
        ("part", ["paint"] * 5, "m2", 3.8),
    ]:
        columns = {
            "cost_model": model,
            "method": pl.Series(methods, dtype=pl.String),
            "health": HEALTHS,
            "unit_cost": np.sort(rng.uniform(0, 5e4, 5)),
            "unit": pl.Series([None, unit, None, None, None], dtype=pl.String),
            "restored_health": restored,
        }
        models.append(pl.DataFrame(columns))
    return pl.concat(models)


def network_of(arrays: Mapping[str, Any], **others: Any) -> Network:
    """Make a network from arrays by the names of their fields."""
    tables = {name.removeprefix("table_"): array for name, array in arrays.items() if name.startswith("table_")}
    plain = {name: array for name, array in arrays.items() if not name.startswith("table_")}
    return Network.from_arrays(**plain, curve_tables=CurveTables(**tables), **others)
