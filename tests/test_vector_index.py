"""Nearest neighbours: as NumPy finds them, for any threads, among equal vectors and behind filters."""

import types
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.centring import unit_vectors
from nagamochi.retrieval.vectors import flat as index
from nagamochi.retrieval.vectors import gpu as gpu_flat
from nagamochi.retrieval.vectors.approximate import KINDS, ApproximateIndex, build
from nagamochi.retrieval.vectors.arrays import cosines
from nagamochi.retrieval.vectors.flat import FlatIndex, faiss_threads
from nagamochi.retrieval.vectors.saved_index import saved_or_built

SIMD = [simd for simd in _core.Simd if simd <= _core.widest_simd()]


def vectors(count, dimension=24, *, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(dtype)


def brute_force(stored, queries, k, admitted=None):
    """By their definition: all distances in float64, sorted by distance, then row."""
    rows = np.arange(len(stored)) if admitted is None else np.flatnonzero(admitted)
    differences = stored[rows].astype(float)[None] - queries.astype(np.float32).astype(float)[:, None]
    distances = np.sqrt((differences**2).sum(axis=2))
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, order, 1), rows[order]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("k", [1, 10, 150])
@pytest.mark.parametrize("share", [None, 0.9, 0.4, 0.1])
def test_neighbours_are_those_of_brute_force(dtype, k, share):
    stored, queries = vectors(700, dtype=dtype), vectors(45, seed=1)
    admitted = None if share is None else np.random.default_rng(2).random(700) < share
    found = FlatIndex.of(stored).search(queries, k, admitted)
    distances, rows = brute_force(stored, queries, k, admitted)
    there = rows.shape[1]
    np.testing.assert_array_equal(found.rows[:, :there], rows)
    np.testing.assert_allclose(found.distances[:, :there], distances, rtol=1e-12)
    assert (found.rows[:, there:] == -1).all()
    assert np.isinf(found.distances[:, there:]).all()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_equal_vectors_come_by_row(dtype):
    stored = np.repeat(vectors(30, dtype=dtype), 50, axis=0)[np.random.default_rng(3).permutation(1500)]
    queries = stored[:40].astype(np.float32)
    for k in (1, 10, 49, 50, 51, 120):
        found = FlatIndex.of(stored).search(queries, k)
        np.testing.assert_array_equal(found.rows, brute_force(stored, queries, k)[1])


def test_nearly_equal_vectors_far_away_come_in_their_true_order():
    stored = np.zeros((2000, 8), np.float32)
    stored[:, 0] = 1000 + np.random.default_rng(4).permutation(2000) * 2.0**-13
    queries = np.zeros((3, 8), np.float32)
    found = FlatIndex.of(stored).search(queries, 5)
    np.testing.assert_array_equal(found.rows, brute_force(stored, queries, 5)[1])


def near_duplicates(noise=1e-3):
    """12,000 unit vectors, 60 of them of one spot, and 40 queries there: wrong by products of float32 numbers alone."""
    random = np.random.default_rng(0)
    spread = noise / np.sqrt(512)
    spot = unit_vectors(random.standard_normal((1, 512)))
    stored = unit_vectors(random.standard_normal((12_000, 512)))
    stored[random.permutation(12_000)[:60]] = unit_vectors(spot + spread * random.standard_normal((60, 512)))
    return stored, unit_vectors(spot + spread * random.standard_normal((40, 512)))


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("together", [1, 2, 17, 300])
def test_near_duplicates_come_in_their_true_order(threads, together):
    stored, queries = near_duplicates()
    queries = np.concatenate([queries, stored[:260]])[: max(40, together)]
    index = FlatIndex.of(stored, threads=threads)
    found = [index.search(queries[start : start + together], 10) for start in range(0, len(queries), together)]
    rows = np.concatenate([each.rows for each in found])
    np.testing.assert_array_equal(rows[:40], brute_force_rows(stored, queries[:40], 10))


def brute_force_rows(stored, queries, k):
    """As `brute_force`, one query at a time, for what would not fit into memory."""
    return np.concatenate([brute_force(stored, query[None], k)[1] for query in queries])


@pytest.mark.parametrize("length", [1e-30, 1e-3, 1e18, 3e37])
def test_vectors_of_any_length(length):
    stored, queries = ((length * vectors(count, seed=count)).astype(np.float32) for count in (900, 9))
    stored[::3] *= np.float32(1e-4)
    stored[::100] = 0
    found = FlatIndex.of(stored).search(queries, 30)
    distances, rows = brute_force(stored, queries, 30)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)


@given(
    dimension=st.integers(1, 70),
    rows=st.integers(1, 60),
    k=st.integers(1, 70),
    largest=st.sampled_from([1, 3, 1000]),
    seed=st.integers(0, 2**32),
)
def test_any_vectors_are_found_as_by_brute_force(dimension, rows, k, largest, seed):
    random = np.random.default_rng(seed)
    stored, queries = (
        random.integers(-largest, largest, (count, dimension), endpoint=True).astype(np.float32) for count in (rows, 6)
    )
    admitted = random.random(rows) < 0.8
    expected = brute_force(stored, queries, k, admitted)[1]
    for dtype in ("float32", "float16"):
        found = FlatIndex.of(stored.astype(dtype)).search(queries, k, admitted)
        np.testing.assert_array_equal(found.rows[:, : expected.shape[1]], expected)
        assert (found.rows[:, expected.shape[1] :] == -1).all()


@pytest.mark.parametrize("simd", SIMD, ids=lambda simd: simd.name)
def test_every_instruction_set_finds_the_same(simd, monkeypatch):
    stored, queries = near_duplicates()
    expected = FlatIndex.of(stored).search(queries, 10)
    monkeypatch.setattr(_core, "widest_simd", lambda: simd)
    for dtype in ("float32", "float16"):
        found = FlatIndex.of(stored.astype(dtype)).search(queries, 10)
        np.testing.assert_array_equal(found.rows, brute_force_rows(stored.astype(dtype), queries, 10))
    np.testing.assert_array_equal(FlatIndex.of(stored).search(queries, 10), expected)


def test_no_result_depends_on_threads_or_on_other_queries():
    stored, queries = vectors(9000, 64), vectors(300, 64, seed=1)
    one = FlatIndex.of(stored, threads=1).search(queries, 10)
    for threads in (2, 7):
        many = FlatIndex.of(stored, threads=threads).search(queries, 10)
        assert many.distances.tobytes() == one.distances.tobytes()
        assert many.rows.tobytes() == one.rows.tobytes()
    alone = FlatIndex.of(stored).search(queries[263:264], 10)
    assert alone.distances.tobytes() == one.distances[263].tobytes()


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"squares": np.zeros(4)}, r"squares must have shape \(5\); got \(4\)"),
        ({"queries": np.zeros((2, 4), np.float32)}, "queries: must be as long as the vectors"),
        ({"rows": np.zeros((1, 2), np.int64)}, r"distances, rows: must be \(queries, k\)"),
        ({"admitted": np.array([5])}, "admitted must be from 0 to 4; got 5"),
    ],
)
def test_the_kernel_reads_nothing_outside(wrong, rule):
    arguments = {
        "vectors": np.zeros((5, 3), np.float32),
        "squares": np.zeros(5),
        "queries": np.zeros((2, 3), np.float32),
        "admitted": None,
        "distances": np.zeros((2, 2)),
        "rows": np.zeros((2, 2), np.int64),
    }
    with pytest.raises(ValueError, match=rule):
        _core.find_nearest(**arguments | wrong, simd=_core.Simd.baseline, threads=1)


def test_threads_of_faiss_are_as_before_even_after_an_error():
    faiss = _backends.faiss()
    before = faiss.omp_get_max_threads()
    with suppress(RuntimeError), faiss_threads(before + 3):
        assert faiss.omp_get_max_threads() == before + 3
        raise RuntimeError
    assert faiss.omp_get_max_threads() == before
    ApproximateIndex(FlatIndex.of(vectors(10), threads=before + 1), "hnsw").search(vectors(1), 1)
    assert faiss.omp_get_max_threads() == before


def test_an_index_of_nothing_finds_nothing():
    found = FlatIndex(0, 8).search(np.zeros((2, 8)), 3)
    assert (found.rows == -1).all()
    assert FlatIndex.of(vectors(5)).search(vectors(1), 3, np.zeros(5, bool)).rows.tolist() == [[-1, -1, -1]]


def test_cosines():
    found = cosines(np.array([1.0, 0, 0]), np.array([[2, 0, 0], [1, 1, 0], [0, 0, 0], [-3, 0, 0]], np.float16))
    np.testing.assert_allclose(found, [1, 0.5**0.5, 0, -1])


def test_an_unknown_dtype_is_refused():
    with pytest.raises(InvalidInput, match="dtype: must be one of float32, float16; got 'float64'"):
        FlatIndex(1, 2, "float64")


# GPU. Faiss for GPUs cannot run here: its index is stood in for by one that ignores selectors too, multiplies matrices,
# and refuses more neighbours than Faiss does.


class StandInGpuIndex:
    made = 0

    def __init__(self, _, dimension):
        self.vectors = np.empty((0, dimension), np.float32)
        StandInGpuIndex.made += 1

    def add(self, vectors):
        self.vectors = np.concatenate([self.vectors, vectors])

    def search(self, queries, k):
        assert k <= 2048
        squares = (self.vectors**2).sum(axis=1) - 2 * queries @ self.vectors.T + (queries**2).sum(axis=1)[:, None]
        rows = np.argsort(squares, axis=1)[:, :k]
        return np.take_along_axis(squares, rows, 1), rows


@pytest.fixture
def gpu(monkeypatch):
    faiss = _backends.faiss()
    other = types.SimpleNamespace(
        **{name: getattr(faiss, name) for name in dir(faiss)}
        | {"StandardGpuResources": object, "get_num_gpus": lambda: 1, "GpuIndexFlatL2": StandInGpuIndex}
    )
    monkeypatch.setattr(_backends, "faiss", lambda: other)
    monkeypatch.setattr(_backends, "faiss_may_know_gpus", lambda: True)
    assert gpu_flat.gpu_available()
    monkeypatch.setattr(gpu_flat, "ROWS_AT_ONCE", 300)
    StandInGpuIndex.made = 0


@pytest.mark.parametrize("share", [None, 0.3])
@pytest.mark.parametrize("k", [1, 10, 2500])
def test_a_gpu_finds_the_same(gpu, share, k):
    stored, queries = vectors(3000), vectors(20, seed=1)
    stored[1000:1100] = stored[50]
    admitted = None if share is None else np.random.default_rng(2).random(3000) < share
    found = FlatIndex.of(stored).search(np.concatenate([queries, stored[50:51]]), k, admitted)
    expected = brute_force(stored, np.concatenate([queries, stored[50:51]]), k, admitted)
    there = expected[1].shape[1]
    np.testing.assert_array_equal(found.rows[:, :there], expected[1])
    np.testing.assert_allclose(found.distances[:, :there], expected[0], rtol=1e-12)
    assert StandInGpuIndex.made


def test_no_gpu_is_asked_for_where_faiss_knows_none():
    assert not gpu_flat.gpu_available()
    assert index.FlatIndex.of(vectors(3))._gpu is None


# Approximate indexes.


def clustered(count, *, seed=0):
    centres = vectors(40, 32, seed=9)
    return centres[np.random.default_rng(seed).integers(0, 40, count)] + 0.3 * vectors(count, 32, seed=seed + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_nearly_the_nearest_are_found_and_their_distances_are_exact(kind, dtype):
    stored, queries = clustered(4000).astype(dtype), clustered(60, seed=5)
    approximate = ApproximateIndex(FlatIndex.of(stored), kind)
    found, expected = approximate.search(queries, 10), brute_force(stored, queries, 10)
    hits = [len(set(one) & set(other)) for one, other in zip(found.rows, expected[1], strict=True)]
    assert np.mean(hits) > 9.5
    for query, (distances, rows) in enumerate(zip(*found, strict=True)):
        exact = np.linalg.norm(stored[rows].astype(float) - queries[query].astype(float), axis=1)
        np.testing.assert_allclose(distances, exact, rtol=1e-12)
        assert (np.diff(distances) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_recall_is_what_a_count_says(kind):
    stored = vectors(3000, 48)
    approximate = ApproximateIndex(FlatIndex.of(stored), kind)
    rows = np.random.default_rng(0).permutation(3000)[:256]
    exact = brute_force(stored, stored[rows], 11)[1]
    found = approximate.search(stored[rows], 11).rows
    shared = [len(set(one[1:]) & set(other)) / 10 for one, other in zip(exact, found, strict=True)]
    assert approximate.recall(10) == pytest.approx(np.mean(shared))
    assert (approximate.recall(10) < 0.9) == (kind == "ivf")  # these vectors have no clusters


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_still_gives_k(kind):
    stored, queries = clustered(3000), clustered(20, seed=5)
    for count in (5, 12, 200):
        admitted = np.zeros(3000, bool)
        admitted[np.random.default_rng(count).permutation(3000)[:count]] = True
        found = ApproximateIndex(FlatIndex.of(stored), kind).search(queries, 10, admitted)
        k = min(10, count)
        assert (found.rows[:, :k] >= 0).all()
        assert (found.rows[:, k:] == -1).all()
        assert admitted[found.rows[:, :k]].all()
        assert all(len(set(rows[:k])) == k for rows in found.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_vectors_give_the_same_index_for_any_threads(kind):
    faiss, stored, queries = _backends.faiss(), clustered(3000), clustered(40, seed=5)
    results = []
    for threads in (1, 2, 5):
        with faiss_threads(threads):
            approximate = ApproximateIndex(FlatIndex.of(stored, threads=threads), kind)
        results.append((faiss.serialize_index(approximate._faiss).tobytes(), approximate.search(queries, 10)))
    for content, found in results[1:]:
        assert content == results[0][0]
        np.testing.assert_array_equal(found.rows, results[0][1].rows)


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_the_nearest_do_not_depend_on_threads_or_on_other_queries(kind):
    """Faiss alone rounds distances to the lists' centres as the number of queries and threads has it."""
    _, queries = near_duplicates()
    stored = unit_vectors(queries[0] + 1e-5 * vectors(12_000, 512, seed=3))
    asked = stored[:: 12_000 // 300]
    built = build(stored, kind)
    together = ApproximateIndex(FlatIndex.of(stored, threads=2), kind, built).search(asked, 200)
    index = ApproximateIndex(FlatIndex.of(stored, threads=1), kind, built)
    alone = [index.search(query[None], 200) for query in asked[:40]]
    np.testing.assert_array_equal(np.concatenate([each.rows for each in alone]), together.rows[:40])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 5, 100])
def test_few_vectors_are_enough(kind, count, capfd):
    found = ApproximateIndex(FlatIndex.of(vectors(count)), kind).search(vectors(2, seed=1), 3)
    assert ((found.rows >= 0).sum(axis=1) == min(3, count)).all()
    assert capfd.readouterr() == ("", "")


# The file of an index.


def is_built(monkeypatch, folder, stored, kind="ivf"):
    """Whether the index had to be built."""
    from nagamochi.retrieval.vectors import saved_index

    built = []
    with monkeypatch.context() as patched:
        build = saved_index.build
        patched.setattr(saved_index, "build", lambda *arguments: built.append(1) or build(*arguments))
        found = saved_or_built(folder, stored, kind)
    nearly = ApproximateIndex(FlatIndex.of(stored), kind, found).search(stored[:5], 3)
    np.testing.assert_array_equal(nearly.rows[:, 0], np.arange(5))
    return bool(built)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_index_is_used_for_its_own_vectors_only(tmp_path, monkeypatch, kind):
    stored = clustered(500)
    assert is_built(monkeypatch, tmp_path, stored, kind)
    assert not is_built(monkeypatch, tmp_path, stored, kind)
    other = stored.copy()
    other[499, 31] = np.nextafter(other[499, 31], np.float32(9))
    assert is_built(monkeypatch, tmp_path, other, kind)
    assert is_built(monkeypatch, tmp_path, stored, kind)
    assert is_built(monkeypatch, tmp_path, stored[:400], kind)


def test_a_damaged_index_never_reaches_faiss(tmp_path, monkeypatch):
    stored = clustered(500)
    is_built(monkeypatch, tmp_path, stored)
    for path in sorted(tmp_path.iterdir()):
        whole = path.read_bytes()
        positions = range(0, len(whole), max(1, len(whole) // 15))
        damaged = [whole[:p] + bytes([whole[p] ^ 16]) + whole[p + 1 :] for p in positions]
        for content in [b"", whole[:-1], whole[: len(whole) // 2], *damaged]:
            path.write_bytes(content)
            assert is_built(monkeypatch, tmp_path, stored)
            assert not is_built(monkeypatch, tmp_path, stored)


def test_an_index_that_cannot_be_saved_serves_all_the_same(tmp_path, monkeypatch):
    assert is_built(monkeypatch, tmp_path / "none", clustered(500))
    assert not (tmp_path / "none").exists()
