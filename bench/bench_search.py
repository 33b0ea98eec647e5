"""Searching a photo store beside Faiss alone, filters, adding to a large store, and a store of a million photos.

Everything on one thread. Vectors are made (`made_store.py`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import count

import faiss
import numpy as np
import pytest
from PIL import Image

import made_store
from nagamochi.retrieval import ColourHistogram, PhotoStore, read_catalog
from nagamochi.retrieval.search.index import faiss_threads

PHOTOS, DIMENSION, K = 100_000, 512, 10
NEW = 1_000
MILLION = 1_000_000
MOST_MIB = 4096


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "store"
    made_store.make_store(folder, PHOTOS)
    return PhotoStore.open(folder, threads=1)


@pytest.fixture(scope="module")
def alone(store):
    index = faiss.IndexFlatL2(DIMENSION)
    index.add(store.vectors)
    return index


@pytest.fixture
def query():
    return made_store.made_vectors(1, DIMENSION, seed=0)[0]


# One query ------------------------------------------------------------------------------------------------------------

ONE_QUERY = f"10 of {PHOTOS:,} x {DIMENSION}, one query"


@pytest.mark.benchmark(group=ONE_QUERY)
def test_faiss_alone(benchmark, alone, query):
    with faiss_threads(1):
        squares, _ = benchmark(alone.search, query[None], K)
    assert (np.diff(squares[0]) >= 0).all()


@pytest.mark.benchmark(group=ONE_QUERY)
def test_nagamochi_with_records(benchmark, store, alone, query):
    hits = benchmark(store.search, query, k=K)
    assert store.records["photo"][alone.search(query[None], K)[1][0]].to_list() == hits.records["photo"].to_list()


@pytest.mark.benchmark(group=ONE_QUERY)
def test_nagamochi_with_10_percent_admitted(benchmark, store, query):
    hits = benchmark(store.search, query, k=K, where={"year": 2016})
    rows = np.flatnonzero(store.records["year"].to_numpy() == 2016)
    nearest = rows[np.argsort(np.linalg.norm(store.vectors[rows] - query, axis=1))[:K]]
    assert store.records["photo"][nearest].to_list() == hits.records["photo"].to_list()


# Many queries ---------------------------------------------------------------------------------------------------------

MANY_QUERIES = f"10 of {PHOTOS:,} x {DIMENSION}, 100 queries"


@pytest.mark.benchmark(group=MANY_QUERIES, min_rounds=3)
def test_faiss_alone_with_100_queries(benchmark, alone):
    queries = made_store.made_vectors(100, DIMENSION, seed=0)
    with faiss_threads(1):
        squares, _ = benchmark(alone.search, queries, K)
    assert (np.diff(squares) >= 0).all()


@pytest.mark.benchmark(group=MANY_QUERIES, min_rounds=3)
def test_nagamochi_with_100_queries(benchmark, store, alone):
    queries = made_store.made_vectors(100, DIMENSION, seed=0)
    found = benchmark(store.search_vectors, queries, k=K)
    np.testing.assert_array_equal(found.rows, alone.search(queries, K)[1])


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
