"""Made records and vectors of photos for experiments 1 to 3: no photo stands behind them."""

from __future__ import annotations

import numpy as np
import polars as pl

from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos

MEMBERS = ("main girder", "slab", "bearing", "vertical wall")
DAMAGE = ("corrosion", "crack", "leakage")
YEARS = (2014, 2018, 2019, 2023)


def made_photos(n: int = 160, *, dimension: int = 6, seed: int = 0) -> EmbeddedPhotos:
    """Photos of places that are taken at several dates; what they show is in their vectors, under noise."""
    random = np.random.default_rng(seed)
    place = random.integers(0, n // 3, n)
    member, damage = place % len(MEMBERS), (place // 5) % len(DAMAGE)
    centres = [random.normal(size=(count, dimension)) for count in (len(MEMBERS), len(DAMAGE), n)]
    vectors = centres[0][member] + 0.7 * centres[1][damage] + 0.4 * centres[2][place]
    records = {
        "photo": [f"made {i}.jpg" for i in range(n)],
        "digest": [f"{i:064x}" for i in range(n)],
        "bridge_id": [f"bridge {p % 7}" for p in place],
        "span": [f"{1 + p % 2}" for p in place],
        "member": [MEMBERS[m] for m in member],
        "element": [f"{p:04}" for p in place],
        "damage": [DAMAGE[d] for d in damage],
        "year": random.choice(YEARS, n),
    }
    noisy = vectors + 0.5 * random.normal(size=vectors.shape)
    return EmbeddedPhotos(pl.DataFrame(records), noisy.astype(np.float32))
