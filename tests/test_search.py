"""A search finds the photos most like what is asked for, and says how much they have to say."""

import io
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from polars.testing import assert_frame_equal

from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.photo_source import PhotoSource
from nagamochi.retrieval.catalog.picture import open_picture
from nagamochi.retrieval.photo_store import PhotoStore
from nagamochi.retrieval.search.filters import admitted, stated
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.store import snapshot
from nagamochi.retrieval.vectors import calibration
from nagamochi.retrieval.vectors.approximate import KINDS
from tiny_photos import SIDE, TinyEncoder, catalog, picture, prepare

SEEDS = range(60)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    folder = tmp_path_factory.mktemp("stores") / "store"
    added = catalog(photos, SEEDS, severity=lambda seed: "abcde"[seed % 5], rank=lambda seed: seed)
    twin = catalog(photos, [7]).records.with_columns(photo=pl.lit("twin.png"), bridge_id=pl.lit("B77"))
    PhotoStore.open(folder, TinyEncoder()).add(
        type(added)(pl.concat([added.records, twin], how="diagonal"), added.problems)
    )
    return folder


@pytest.fixture
def store(folder):
    return PhotoStore.open(folder, TinyEncoder())


def pixels(seed_or_content):
    content = picture(seed_or_content) if isinstance(seed_or_content, int) else seed_or_content
    values = prepare(open_picture(content)).astype(float).ravel()
    return (values - values.mean()) / np.linalg.norm(values - values.mean())


def expected(store, query, k, leave_out=()):
    """Names of photos by their cosines with a query, from pixels."""
    cosine = {
        name: pixels(Path(file).read_bytes()) @ query for name, file in store.records.select("photo", "file").rows()
    }
    names = sorted((name for name in cosine if name not in leave_out), key=lambda name: -cosine[name])[:k]
    return names, [cosine[name] for name in names]


def assert_found(hits, store, query, k, leave_out=()):
    names, cosines = expected(store, query, k, leave_out)
    assert hits.records["photo"].to_list() == names
    np.testing.assert_allclose(hits.records["similarity"], cosines, atol=1e-3)
    np.testing.assert_allclose(hits.records["distance"], np.sqrt(np.maximum(2 - 2 * np.array(cosines), 0)), atol=1e-3)


# Queries.


def test_a_new_photo(store, tmp_path):
    path = tmp_path / "new.png"
    path.write_bytes(picture(1000))
    for query in (path, str(path), picture(1000), PhotoSource(str(path))):
        hits = store.search(query, k=5)
        assert_found(hits, store, pixels(1000), 5)
        assert hits.query.pictures == (picture(1000),)
        assert hits.admitted == 61


def test_a_photo_of_the_store_is_never_its_own_hit(folder, photos):
    store = PhotoStore.open(folder)  # its vector is there: no encoder is needed
    hits = store.search(photos / "p0007.png", k=100)
    assert_found(hits, store, pixels(7), 100, leave_out={"p0007.png", "twin.png"})
    assert len(hits) == hits.admitted == 59
    behind_a_filter = store.search(photos / "p0007.png", k=100, where={"bridge_id": {"B2", "B77"}})
    assert set(behind_a_filter.records["photo"]) == {"p0006.png", "p0008.png"}


def test_several_photos_are_searched_for_by_the_mean_of_their_unit_vectors(store, photos):
    hits = store.search([photos / "p0001.png", picture(1001), photos / "p0002.png"], k=6)
    mean = pixels(1) + pixels(2) + pixels(1001)
    assert_found(hits, store, mean / np.linalg.norm(mean), 6, leave_out={"p0001.png", "p0002.png"})


def test_a_part_of_a_photo(store):
    large = Image.new("RGB", (3 * SIDE, 2 * SIDE), "grey")
    large.paste(open_picture(picture(30)), (SIDE, SIDE))
    file = io.BytesIO()
    large.save(file, "PNG")
    hits = store.search(file.getvalue(), k=3, box=(SIDE, SIDE, SIDE, SIDE))
    assert_found(hits, store, pixels(30), 3)
    assert hits.records["photo"][0] == "p0030.png"
    assert hits.query.box == (SIDE, SIDE, SIDE, SIDE)


def test_a_part_of_a_photo_counts_its_pixels_when_it_stands_upright(store):
    on_its_side = Image.new("RGB", (2 * SIDE, SIDE), "grey")
    on_its_side.paste(open_picture(picture(31)).rotate(90), (0, 0))  # left in the file, at the bottom upright
    exif = Image.Exif()
    exif[0x0112] = 8
    file = io.BytesIO()
    on_its_side.save(file, "PNG", exif=exif)
    upright = open_picture(file.getvalue())
    assert upright.size == (SIDE, 2 * SIDE)
    hits = store.search(file.getvalue(), k=1, box=(0, SIDE, SIDE, SIDE))
    part = np.asarray(upright.crop((0, SIDE, SIDE, 2 * SIDE))).astype(float).ravel()
    assert_found(hits, store, (part - part.mean()) / np.linalg.norm(part - part.mean()), 1)


def test_a_vector(store):
    hits = store.search(vector=5 * pixels(1002), k=4)
    assert_found(hits, store, pixels(1002), 4)
    assert hits.query.pictures == ()


def test_words(store):
    hits = store.search(text="rust", k=4)
    vector = TinyEncoder().encode_text(["rust"])[0].astype(float)
    assert_found(hits, store, vector / np.linalg.norm(vector), 4)
    assert hits.query.text == "rust"


def test_raw_vectors_are_compared_by_distance(tmp_path, photos):
    store = PhotoStore.open(tmp_path / "raw", TinyEncoder(), unit_vectors=False)
    store.add(catalog(photos, SEEDS))
    query = np.linspace(-300, 300, 3 * SIDE**2)
    hits = store.search(vector=query, k=60)
    vectors = dict(zip(store.records["photo"], store.vectors.astype(float), strict=True))
    by_distance = sorted(vectors, key=lambda name: np.linalg.norm(vectors[name] - query))
    assert hits.records["photo"].to_list() == by_distance
    length = np.linalg.norm(query)
    for name, distance, similarity in hits.records.select("photo", "distance", "similarity").rows():
        assert distance == pytest.approx(np.linalg.norm(vectors[name] - query))
        cosine = vectors[name] @ query / length / np.linalg.norm(vectors[name])
        assert similarity == pytest.approx(cosine, abs=1e-6)
    mean = (vectors["p0001.png"] + vectors["p0002.png"]) / 2
    [distance] = store.search([photos / "p0001.png", photos / "p0002.png"], k=1).records["distance"]
    others = [vector for name, vector in vectors.items() if name not in ("p0001.png", "p0002.png")]
    assert distance == pytest.approx(min(np.linalg.norm(vector - mean) for vector in others))


@pytest.mark.parametrize("kind", KINDS)
def test_other_indexes_find_the_same_here_and_are_kept(folder, photos, kind, monkeypatch):
    exact = PhotoStore.open(folder).search(photos / "p0003.png", k=10, exclude_same="bridge_id")
    for opened in (PhotoStore.open(folder, index=kind), PhotoStore.open(folder, index=kind)):
        assert_frame_equal(opened.search(photos / "p0003.png", k=10, exclude_same="bridge_id").records, exact.records)
        assert 0.9 < opened.recall(5) <= 1
        assert (folder / f"index-{kind}.faiss").exists()
    assert PhotoStore.open(folder).recall() == 1.0


def test_many_vectors_at_once(store):
    queries = np.stack([pixels(seed) for seed in (3, 1003)])
    found = store.search_vectors(queries, k=80, where="year>=2015")
    admitted = set(np.flatnonzero(store.records["year"].to_numpy() >= 2015))
    for query, rows in zip(queries, found.rows, strict=True):
        assert set(rows) - {-1} == admitted
        names = [
            name for name in expected(store, query, 100)[0] if name in set(store.records["photo"][sorted(admitted)])
        ]
        assert store.records["photo"][rows[: len(names)]].to_list() == names
    assert found.rows.shape == found.distances.shape == (2, 80)


# Leaving out.


def test_one_s_own_bridge_is_left_out(store, photos):
    hits = store.search(photos / "p0004.png", k=100, exclude_same="bridge_id")
    assert_found(hits, store, pixels(4), 100, leave_out={"p0003.png", "p0004.png", "p0005.png"})
    both = store.search(photos / "p0007.png", k=100, exclude_same="bridge_id")
    own = {"p0006.png", "p0007.png", "p0008.png", "twin.png"}
    assert_found(both, store, pixels(7), 100, leave_out=own)
    assert both.admitted == 57


def test_a_filter_still_gives_k(store):
    for k in (1, 5, 6, 50):
        hits = store.search(picture(1000), k=k, where={"year": 2013, "severity": {"d", "c"}})
        assert len(hits) == min(k, 6)
        assert set(hits.records["year"]) == {2013}
        assert hits.admitted == 6
    assert len(store.search(picture(1000), where={"year": 1990})) == 0


def test_an_empty_store_finds_nothing(tmp_path):
    hits = PhotoStore.open(tmp_path / "empty", TinyEncoder()).search(picture(1), k=3)
    assert len(hits) == hits.admitted == 0
    assert repr(hits) == "<Hits: none of 0 admitted photos>"
    assert hits.ratings("severity").nothing_similar


# Refusals.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "photos: must be given, or else a vector, or else a text; got ()"),
        ({"photos": b"x", "text": "rust"}, "photos: must be given, or else a vector, or else a text; got [b'x']"),
        ({"photos": 5}, "photos: must be a list or tuple; got 5"),
        ({"photos": []}, "photos: must be given, or else a vector, or else a text; got []"),
        ({"photos": [5]}, "photos: must be a str or Path or bytes or PhotoSource; got 5"),
        ({"photos": np.zeros(3)}, "photos: must be a list or tuple; got array"),
        ({"photos": "/none.jpg"}, "photos: must be a photo that can be read; got /none.jpg, which does not exist"),
        (
            {"photos": picture(1)[:-30]},
            "photos[0]: must be a photo that can be used; got one that is damaged or cut short",
        ),
        ({"photos": [picture(1), b"text"]}, "photos[1]: must be a photo that can be used; got one that is not"),
        ({"photos": b"text"}, "photos[0]: must be a photo that can be used; got one that is not a picture in"),
        ({"vector": np.zeros(3)}, "vector: must be real vectors of 108 numbers; got float64 of shape (3,)"),
        ({"vector": np.zeros((2, 108))}, "vector: must be one vector; got an array of shape (2, 108)"),
        ({"vector": np.full(108, np.nan)}, "vector: must be finite; got a number that is not"),
        ({"vector": np.zeros(108)}, "query: must have a direction, but the mean of its vectors is zero"),
        ({"vector": np.ones(108, complex)}, "vector: must be real vectors of 108 numbers; got complex128"),
        ({"text": 5}, "text: must be a str; got 5"),
        ({"photos": picture(1), "k": 0}, "k: must be a whole number, at least 1; got 0"),
        ({"photos": picture(1), "box": (0, 0, 7, 1)}, "box: must lie within the picture of 6 x 6 px; got (0, 0, 7, 1)"),
        ({"photos": picture(1), "box": (0, 0, 0, 1)}, "box: must be a whole number, at least 1; got 0"),
        ({"photos": picture(1), "box": (-1, 0, 1, 1)}, "box: must be a whole number, at least 0; got -1"),
        ({"photos": picture(1), "box": (0, 0, 1)}, "box: must be x, y, width and height in pixels; got (0, 0, 1)"),
        ({"photos": [picture(1)] * 2, "box": (0, 0, 1, 1)}, "box: must be part of one photo; got (0, 0, 1, 1)"),
        ({"text": "rust", "box": (0, 0, 1, 1)}, "box: must be part of one photo"),
        ({"vector": np.ones(108), "box": (0, 0, 1, 1)}, "box: must be part of one photo"),
        (
            {"photos": picture(1), "exclude_same": "bridge"},
            "exclude_same: must be a column of the records (photo, file",
        ),
        (
            {"photos": picture(1), "exclude_same": "memo"},
            "exclude_same, column memo: must be recorded for the query in the store",
        ),
        (
            {"photos": picture(1000), "exclude_same": "bridge_id"},
            "exclude_same, column bridge_id: must be recorded for the query in the store; "
            'for other photos use where="bridge_id!=.."; got a query without it',
        ),
    ],
)
def test_what_is_refused(store, arguments, message):
    with pytest.raises(InvalidInput) as refused:
        store.search(**arguments)
    assert str(refused.value).startswith(message)


def test_an_encoder_is_needed_for_new_photos_and_words(folder):
    store = PhotoStore.open(folder)
    for arguments in ({"photos": picture(1000)}, {"text": "rust"}, {"photos": picture(7), "box": (0, 0, 2, 2)}):
        with pytest.raises(InvalidInput, match=r"encoder: must be given to search for what has no stored vector: tiny"):
            store.search(**arguments)


def test_vectors_of_another_length_are_refused(store):
    with pytest.raises(
        InvalidInput, match=r"vectors: must be real vectors of 108 numbers; got float64 of shape \(2, 5\)"
    ):
        store.search_vectors(np.zeros((2, 5)))


# Hits.


def test_hits_carry_their_records(store, photos):
    hits = store.search(photos / "p0000.png", k=4)
    frame = hits.to_frame()
    assert frame.columns[:4] == ["rank", "distance", "similarity", "photo"]
    assert frame["rank"].to_list() == [1, 2, 3, 4]
    assert "rank (recorded)" in frame.columns
    records = frame.drop("rank", "distance", "similarity").rename({"rank (recorded)": "rank"})
    assert_frame_equal(records, store.records.join(frame.select("photo"), on="photo", maintain_order="right"))
    assert repr(hits) == f"<Hits: 4 of 60 admitted photos, similarity {frame['similarity'][0]:.3f} at best>"


# Rating support.


def least_similarity(store, groups):
    """By its definition: the 5 % quantile, over all photos, of the largest cosine with a photo of another group."""
    vectors = store.vectors.astype(float)
    cosine = vectors @ vectors.T
    digests = store.records["digest"].to_numpy()
    others = (digests[:, None] != digests) & (groups[:, None] != groups)
    nearest = np.where(others, cosine, -np.inf).max(axis=1)
    return np.quantile(nearest, 0.05)


@pytest.mark.parametrize("first_look", [3, 64])
def test_similar_means_as_similar_as_the_stored_photos_are_to_other_bridges(store, photos, monkeypatch, first_look):
    monkeypatch.setattr("nagamochi.retrieval.vectors.calibration.FIRST_LOOK", first_look)
    support = store.search(photos / "p0000.png").ratings("severity")
    least = least_similarity(store, store.records["bridge_id"].to_numpy())
    assert support.calibration.least_similarity == pytest.approx(least, abs=1e-6)
    assert support.calibration.photos == 61
    by_year = store.search(photos / "p0000.png", exclude_same="year").ratings("severity")
    by_year_least = least_similarity(store, store.records["year"].to_numpy())
    assert by_year.calibration.least_similarity == pytest.approx(by_year_least, abs=1e-6)
    assert by_year_least != least
    assert str(support.calibration) == (
        f"similar means at least {least:.3f}, which 95 % of 61 stored photos reach with one of another bridge_id"
    )


def calibrations(monkeypatch, folder, group):
    """How often the store is calibrated, and the outcome."""
    made = []
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "calibrate", lambda *arguments: made.append(1) or calibration.calibrate(*arguments))
        found = PhotoStore.open(folder).search(vector=np.ones(3 * SIDE**2) + np.eye(3 * SIDE**2)[0]).calibration
        grouped = PhotoStore.open(folder)._now.calibration(group)
    assert found.group == "bridge_id"
    return len(made), grouped


def test_a_calibration_is_kept_for_as_long_as_the_store_is_the_same(tmp_path, photos, monkeypatch):
    folder = tmp_path / "store"
    PhotoStore.open(folder, TinyEncoder()).add(catalog(photos, SEEDS))
    first = calibrations(monkeypatch, folder, "bridge_id")
    assert first[0] == 1
    assert calibrations(monkeypatch, folder, "bridge_id") == (0, first[1])
    assert calibrations(monkeypatch, folder, "year")[0] == 1
    path = folder / "calibration.json"
    whole = path.read_text()
    for damaged in ("", "{}", whole[:-5], whole.replace("0.", "1.", 1)):
        path.write_text(damaged)
        assert calibrations(monkeypatch, folder, "bridge_id") == first
    PhotoStore.open(folder, TinyEncoder()).remove("p0001.png")
    changed = calibrations(monkeypatch, folder, "bridge_id")
    assert changed[0] == 1
    assert changed[1].photos == 59


def test_ratings_are_counted_among_similar_hits(store, photos):
    hits = store.search(photos / "p0012.png", k=40)
    support = hits.ratings("severity")
    similar = hits.records.filter(pl.col("similarity") >= support.calibration.least_similarity)
    assert 0 < len(similar) < 40
    assert (support.similar, support.hits) == (len(similar), 40)
    counts = {value: (similar["severity"] == value).sum() for value in set(similar["severity"].drop_nulls())}
    assert dict(support.counts.select("severity", "count").rows()) == counts
    assert support.counts["count"].is_sorted(descending=True)
    assert support.counts["share"].sum() == pytest.approx(1)
    assert repr(support).startswith(
        f"<RatingSupport: severity {support.counts['severity'][0]} {support.counts['count'][0]}"
    )


def test_nothing_similar_is_said(store):
    hits = store.search(vector=-sum(pixels(seed) for seed in SEEDS), k=10)
    support = hits.ratings("severity")
    assert support.nothing_similar
    assert support.counts.is_empty()
    assert repr(support).startswith("<RatingSupport: nothing similar among 10 hits; similar means at least 0.")


def test_too_few_photos_are_not_calibrated(tmp_path, photos):
    store = PhotoStore.open(tmp_path / "few", TinyEncoder())
    store.add(catalog(photos, range(5), severity=lambda seed: "b"))
    support = store.search(picture(1000)).ratings("severity")
    assert (support.similar, support.hits, support.nothing_similar) == (5, 5, False)
    assert repr(support) == (
        "<RatingSupport: severity b 5; 5 of 5 hits are similar; "
        "not calibrated, as only 5 stored photos can be compared with others>"
    )


def test_words_are_not_held_against_the_similarity_of_photos(store):
    support = store.search(text="rust", k=4).ratings("severity")
    assert (support.similar, support.hits) == (4, 4)
    assert str(support.calibration) == (
        "not calibrated, as words are not as similar to photos as photos are to each other"
    )


def test_a_column_of_ratings_must_be_there(store, photos):
    with pytest.raises(InvalidInput, match=r"column: must be a column of the records \(rank, distance"):
        store.search(photos / "p0012.png").ratings("soundness")


def test_searches_use_the_threads_that_were_asked_for(folder, photos, monkeypatch):
    used = []
    find_nearest = _core.find_nearest
    monkeypatch.setattr(_core, "find_nearest", lambda **given: used.append(given["threads"]) or find_nearest(**given))
    PhotoStore.open(folder, threads=3).search(photos / "p0001.png")
    assert set(used) == {3}


# Queries and hits as data.


def test_hits_are_data(store, photos):
    query = Query(photos=[photos / "p0004.png"], k=3, where={"year": (2013, None)}, exclude_same="bridge_id")
    hits = store.answer(query)
    again = pickle.loads(pickle.dumps(hits))
    assert_frame_equal(again.records, hits.records)
    assert (again.admitted, again.calibration) == (hits.admitted, hits.calibration)
    assert (again.query.photos, again.query.where) == ((picture(4),), {"year": (2013, None)})
    assert repr(again.ratings("severity")) == repr(hits.ratings("severity"))
    same = store.search(photos / "p0004.png", k=3, where={"year": (2013, None)}, exclude_same="bridge_id")
    assert_frame_equal(same.records, hits.records)
    with pytest.raises(InvalidInput, match=r"query: must be a Query; got 'p0004\.png'"):
        store.answer("p0004.png")


def test_a_store_is_opened_again_where_it_is_unpickled(store, photos):
    again = pickle.loads(pickle.dumps(store))
    assert again.encoder.identity == store.encoder.identity
    found = again.search(photos / "p0004.png")
    assert_frame_equal(found.records, store.search(photos / "p0004.png").records)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (None, ""),
        ({}, ""),
        ("year>=2015", "year>=2015"),
        ({"severity": "c", "year": 2013}, "severity=c, year=2013"),
        ({"severity": {"c", "a"}, "bridge_id": ["B1", "B0"]}, "severity=a|c, bridge_id=B1|B0"),
        ({"year": (2013, 2015)}, "year>=2013, year<=2015"),
        ({"bridge_id": "!=B7", "photo": "a, b.png"}, 'bridge_id!=B7, photo="a, b.png"'),
    ],
)
def test_conditions_are_stated_as_they_can_be_given(store, where, text):
    assert stated(where) == text
    given, again = admitted(store.records, where), admitted(store.records, text)
    np.testing.assert_array_equal(given, again)


def test_bridges_that_look_the_same_are_one_group(tmp_path):
    spellings = ["B1", "Ｂ１", "B1\u200b", "B2"]
    severity = ["c", "ｃ", "c", "d"]
    added = catalog(tmp_path, range(4), bridge_id=lambda seed: spellings[seed], severity=lambda seed: severity[seed])
    PhotoStore.open(tmp_path / "store", TinyEncoder()).add(added)
    store = PhotoStore.open(tmp_path / "store", TinyEncoder())
    hits = store.search(tmp_path / "p0000.png", exclude_same="bridge_id")
    assert hits.records["bridge_id"].to_list() == ["B2"]
    assert sorted(store.records["bridge_id"]) == sorted(spellings)
    found = store.search(tmp_path / "p0003.png").ratings("severity").counts["count"].to_list()
    assert found == [3]


def test_photos_of_one_bridge_do_not_say_what_similar_is_however_its_id_is_written(tmp_path):
    added = catalog(tmp_path, range(30), bridge_id=lambda seed: "Ｂ１" if seed % 2 else "B1")
    PhotoStore.open(tmp_path / "store", TinyEncoder()).add(added)
    hits = PhotoStore.open(tmp_path / "store", TinyEncoder()).search(tmp_path / "p0000.png")
    assert hits.calibration.photos == 0
