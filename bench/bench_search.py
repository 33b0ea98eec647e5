"""Searching a photo store and Faiss alone, with filters; adding to a large store; a store of a million photos.

Searches of 100,000 photos on two threads, the rest on one. Vectors are made (`made_store.py`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from itertools import count

import faiss
import numpy as np
import pytest
from PIL import Image

import made_store
from nagamochi.retrieval import ColourHistogram, PhotoStore, read_catalog
from nagamochi.retrieval.vectors.flat import faiss_threads

PHOTOS, DIMENSION, K = 100_000, 512, 10
MANY, THREADS = 100, 2
NEW = 1_000
MILLION = 1_000_000
MOST_MIB = 4096


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "store"
    made_store.make_store(folder, PHOTOS)
    return PhotoStore.open(folder, threads=THREADS)


@pytest.fixture(scope="module")
def alone(store):
    index = faiss.IndexFlatL2(DIMENSION)
    index.add(store.vectors)
    return index


@pytest.fixture
def query():
    return made_store.made_vectors(1, DIMENSION, seed=0)[0]


# One query, and a hundred --------------------------------------------------------------------------------------------

ONE_QUERY = f"10 of {PHOTOS:,} x {DIMENSION}, one query"
MANY_QUERIES = f"10 of {PHOTOS:,} x {DIMENSION}, {MANY} queries"
WHERE = {"nagamochi": None, "all admitted": "year>=1900", "10 percent admitted": "year=2016"}


def queries_of(count):
    return made_store.made_vectors(count, DIMENSION, seed=0)


def nearest(vectors, queries, rows):
    """By all distances in float64."""
    squares = [np.square(vectors[rows].astype(np.float64) - query).sum(axis=1) for query in queries]
    return np.stack([rows[np.argsort(each, kind="stable")[:K]] for each in squares])


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize("who", ["faiss alone", *WHERE])
def test_nearest_vectors(benchmark, store, alone, count, who):
    benchmark.group = ONE_QUERY if count == 1 else MANY_QUERIES
    queries = queries_of(count)
    if who == "faiss alone":
        with faiss_threads(THREADS):
            found = benchmark(alone.search, queries, K)[1]
    else:
        found = benchmark(store.search_vectors, queries, k=K, where=WHERE[who]).rows
    rows = np.flatnonzero(store.records["year"].to_numpy() == 2016) if who.startswith("10") else np.arange(PHOTOS)
    np.testing.assert_array_equal(found[:5], nearest(store.vectors, queries[:5], rows))


@pytest.mark.benchmark(group=ONE_QUERY)
def test_with_records(benchmark, store, query):
    hits = benchmark(store.search, vector=query, k=K)
    [rows] = nearest(store.vectors, query[None], np.arange(PHOTOS))
    assert store.records["photo"][rows].to_list() == hits.records["photo"].to_list()


def test_ratios(store, alone):
    """Processor time of all threads, measured in turns, since other work on the machine disturbs all alike."""

    def times_of(queries):
        return processor_times(
            lambda: alone.search(queries, K),
            lambda: store.search_vectors(queries, k=K),
            lambda: store.search_vectors(queries, k=K, where=WHERE["all admitted"]),
        )

    with faiss_threads(THREADS):
        faiss_many, ours_many, all_many = times_of(queries_of(MANY))
        faiss_one, ours_one, all_one = times_of(queries_of(1))
    assert faiss_many / ours_many >= 10
    assert ours_one / faiss_one <= 1.1
    assert all_many / ours_many <= 1.1
    assert all_one / faiss_one <= 1.1


def processor_times(*runs, rounds=9):
    times = []
    for _ in range(rounds):
        times.append([])
        for run in runs:
            start = time.process_time()
            run()
            times[-1].append(time.process_time() - start)
    return np.median(times, axis=0)


# Adding ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def new_photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for number in range(NEW):
        Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8)).save(folder / f"new {number}.jpg")
    return read_catalog(folder)


@pytest.mark.benchmark(group=f"adding {NEW:,} photos, colour histograms")
@pytest.mark.parametrize("before", [0, PHOTOS], ids=["to none", f"to {PHOTOS:,}"])
def test_adding(benchmark, new_photos, tmp_path, before):
    encoder = ColourHistogram(threads=1)
    made_store.make_store(tmp_path / "before", before, identity=encoder.identity)
    number = count()

    def fresh_copy():
        folder = shutil.copytree(tmp_path / "before", tmp_path / str(next(number)))
        return (PhotoStore.open(folder, encoder, threads=1), new_photos), {}

    report = benchmark.pedantic(PhotoStore.add, setup=fresh_copy, rounds=3)
    assert (report.added, report.replaced, report.unchanged) == (NEW, 0, 0)
    folder = tmp_path / "0"
    kept = {path.name for path in (tmp_path / "before").iterdir()}
    written = [path for path in folder.iterdir() if path.name not in kept or path.name == "contents.json"]
    benchmark.extra_info["MiB written"] = sum(path.stat().st_size for path in written) / 2**20
    assert len(PhotoStore.open(folder).vectors) == before + NEW


# A million photos -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    folder = tmp_path_factory.mktemp("million") / "store"
    made_store.make_store(folder, MILLION, "float16")
    return folder, made_store.nearest_of_all(MILLION)


@pytest.mark.benchmark(group=f"10 of {MILLION:,} x {DIMENSION}, float16: opening and 100 queries")
@pytest.mark.parametrize("index", ["exact", "ivf: built", "ivf: kept"])
def test_a_million_photos(benchmark, million, index):
    folder, nearest = million
    command = [sys.executable, made_store.__file__, str(folder), index.partition(":")[0]]
    report = json.loads(benchmark.pedantic(subprocess.check_output, args=[command], rounds=1))
    found = report.pop("found")
    recall = np.mean([len({*one} & {*other}) for one, other in zip(found, nearest, strict=True)]) / K
    benchmark.extra_info |= report | {"recall@10 against float32": recall}
    assert report["peak MiB of it"] < MOST_MIB
    assert recall > (0.99 if index == "exact" else 0.9)
