"""Random networks of any size; 16 curves on every bridge, as on a concrete bridge of one span."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nagamochi.network import CurveTables, Network

CURVES_PER_BRIDGE = 16
TABLE = ((0.0, 5.0), (0.4, 4.0), (0.7, 2.5), (1.0, 1.0))  # age ratio, health


def random_network(bridges: int, shapes: Sequence[float] = (1.0, 2.0), *, tables: bool = False) -> Network:
    """Power curves of these shapes, or curves from a table; the same arguments, the same network."""
    rng = np.random.default_rng(1)
    curves = CURVES_PER_BRIDGE * bridges
    age_ratio, health = np.transpose(TABLE)
    return Network.from_arrays(
        curve_offsets=np.arange(0, curves + 1, CURVES_PER_BRIDGE),
        inspection_cost=rng.uniform(1e5, 5e5, bridges),
        health=rng.uniform(1.5, 5, curves),
        service_life=rng.uniform(15, 90, curves),
        shape=rng.choice(shapes, curves),
        repair_cost=np.sort(rng.uniform(1e4, 1e6, (curves, 5))),
        table=0 if tables else -1,
        curve_tables=CurveTables([0, len(TABLE)], age_ratio, health),
    )
