"""A photo store of made vectors: 10,000 centres and noise around them, no photo behind any."""

from __future__ import annotations

import json
import resource
import sys
from hashlib import blake2b
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.retrieval import EncoderIdentity, PhotoStore
from nagamochi.retrieval.store import photo_log
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.store.store_folder import StoreFolder

ROWS_AT_ONCE = 10_000
QUERIES, K = 100, 10


MADE = EncoderIdentity("made", "none", "none", 512)


def make_store(folder: Path, photos: int, dtype: str = "float32", identity: EncoderIdentity = MADE) -> None:
    """Write a store, batch by batch, as `PhotoStore.add` writes it."""
    store = StoreFolder.create(folder, StoreHeader(identity, "made", "float32", unit_vectors=True, dtype=dtype))
    for first in range(0, photos, ROWS_AT_ONCE):
        numbers = np.arange(first, min(first + ROWS_AT_ONCE, photos))
        digests = [blake2b(number.tobytes(), digest_size=32).hexdigest() for number in numbers]
        rows = photo_log.joined([photo_log.entries(made_records(numbers, digests))])
        vectors = made_vectors(len(numbers), identity.dimension, seed=first + 1).astype(dtype)
        with store.writing():
            store.commit(rows, pl.DataFrame({"digest": digests, "vector": vectors}))
            store.merge()


def made_records(numbers: npt.NDArray[np.int64], digests: list[str]) -> pl.DataFrame:
    names = pl.Series([name_of(number) for number in numbers])
    return pl.DataFrame(
        {
            "photo": names,
            "file": "/photos/" + names,
            "digest": digests,
            "bridge_id": [f"B{number // 20}" for number in numbers],
            "member": ["main girder" if number % 3 else "slab" for number in numbers],
            "severity": ["abcde"[number % 5] for number in numbers],
            "year": 2014 + numbers % 10,
        }
    )


def name_of(number: int) -> str:
    return f"{number:07d}.jpg"


def made_vectors(count: int, dimension: int, *, seed: int) -> npt.NDArray[np.float32]:
    """Unit vectors, a third as far from the next centre as centres are from each other."""
    centres = np.random.default_rng(0).standard_normal((10_000, dimension), np.float32)
    random = np.random.default_rng(seed)
    vectors = centres[random.integers(0, len(centres), count)]
    vectors += 0.5 * random.standard_normal((count, dimension), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main(folder: str, index: str) -> None:
    """Open a store, build its index, search it, and print what was found and what that took."""
    begin = perf_counter()
    store = PhotoStore.open(folder, index=index, threads=1)
    queries = made_queries(store.header.dimension)
    store.search_vectors(queries[:1])
    opened = perf_counter()
    hits = [store.search(vector=query, k=K) for query in queries]
    searched = perf_counter()
    report = {
        "found": [found.records["photo"].to_list() for found in hits],
        "ready s": opened - begin,
        "query ms": 1000 * (searched - opened) / len(queries),
        "peak MiB of it": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(report))


def made_queries(dimension: int) -> npt.NDArray[np.float32]:
    return made_vectors(QUERIES, dimension, seed=0)


def nearest_of_all(photos: int, dimension: int = 512) -> list[list[str]]:
    """Names of the K nearest photos to each query, by the float32 vectors that a store of so many was made of."""
    queries = made_queries(dimension)
    best = np.full((QUERIES, K), -np.inf), np.full((QUERIES, K), -1)
    for first in range(0, photos, ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, photos - first)
        cosines = queries @ made_vectors(count, dimension, seed=first + 1).T
        both = (
            np.hstack([best[0], cosines]),
            np.hstack([best[1], np.tile(np.arange(first, first + count), (QUERIES, 1))]),
        )
        order = np.argsort(-both[0], axis=1, kind="stable")[:, :K]
        best = np.take_along_axis(both[0], order, 1), np.take_along_axis(both[1], order, 1)
    return [[name_of(number) for number in numbers] for numbers in best[1]]


if __name__ == "__main__":
    main(*sys.argv[1:])
