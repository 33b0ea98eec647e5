"""A store gives back what was added: vectors, records and problems, from any number of processes and batches."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from nagamochi.base.execution import Progress
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.catalog import Catalog, read_catalog
from nagamochi.retrieval.photo_store import PhotoStore
from nagamochi.retrieval.store.shards import Shard
from tiny_photos import TinyEncoder, catalog, digest, picture, prepare, write_photos


@pytest.fixture
def photos(tmp_path):
    return tmp_path / "photos"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def unit_pixels(seed: int):
    """What TinyEncoder gives but for the last digits."""
    from nagamochi.retrieval.catalog.picture import open_picture

    pixels = prepare(open_picture(picture(seed))).astype(float).ravel()
    return (pixels - pixels.mean()) / np.linalg.norm(pixels - pixels.mean())


def names(seeds):
    return [f"p{seed:04d}.png" for seed in seeds]


def test_what_is_added_comes_back(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    added = catalog(photos, range(10), span=lambda seed: f"span {seed}", station=float)
    report = store.add(added)
    assert (report.added, report.replaced, report.unchanged, len(report.problems)) == (10, 0, 0, 0)
    for opened in (store, PhotoStore.open(folder)):
        assert_frame_equal(opened.records, added.records.sort("digest"))
        assert opened.vectors.dtype == np.float32
        for vector, record in zip(opened.vectors, opened.records.iter_rows(named=True), strict=True):
            np.testing.assert_allclose(vector, unit_pixels(int(record["station"])), atol=1e-4)


def test_a_vector_is_stored_as_asked_for(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder(), unit_vectors=False, dtype="float16")
    store.add(catalog(photos, range(3)))
    raw = TinyEncoder().encode(np.stack([prepare(_opened(path)) for path in store.records["file"]]))
    np.testing.assert_array_equal(store.vectors, raw.astype(np.float16))
    with pytest.raises(ValueError, match="read-only"):
        store.vectors[0] = 0


def _opened(path):
    from nagamochi.retrieval.catalog.picture import open_picture

    with open(path, "rb") as file:
        return open_picture(file.read())


def test_adding_again_changes_and_computes_nothing(folder, photos):
    encoder = TinyEncoder()
    store = PhotoStore.open(folder, encoder)
    store.add(catalog(photos, range(10)))
    records, vectors, files = store.records, store.vectors, sorted(folder.iterdir())
    batches = len(encoder.encoded)
    report = PhotoStore.open(folder, encoder).add(catalog(photos, range(10)))
    assert (report.added, report.replaced, report.unchanged) == (0, 0, 10)
    assert len(encoder.encoded) == batches
    assert sorted(folder.iterdir()) == files
    assert_frame_equal(PhotoStore.open(folder).records, records)
    assert PhotoStore.open(folder).vectors.tobytes() == vectors.tobytes()


def test_a_changed_record_needs_no_new_vector(folder, photos):
    encoder = TinyEncoder()
    store = PhotoStore.open(folder, encoder)
    store.add(catalog(photos, range(10)))
    vectors = dict(zip(store.records["photo"], store.vectors, strict=True))
    report = store.add(catalog(photos, range(5), severity=lambda seed: "c"))
    assert (report.added, report.replaced, report.unchanged) == (0, 5, 0)
    assert encoder.encoded == [4, 4, 2]
    assert sorted(store.records.filter(severity="c")["photo"]) == names(range(5))
    assert len(store) == 10
    for photo, vector in zip(store.records["photo"], store.vectors, strict=True):
        assert vector.tobytes() == vectors[photo].tobytes()


def test_a_catalog_takes_away_nothing_of_which_it_is_silent(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, range(4), severity=lambda seed: "c", inspector=lambda seed: "Sato"))
    told = store.records
    silent = catalog(photos, range(6))
    report = store.add(silent)
    assert (report.added, report.unchanged) == (2, 4)
    assert_frame_equal(store.records.filter(pl.col("photo").is_in(told["photo"].implode())), told)
    partly = catalog(photos, range(4), severity=lambda seed: None if seed else "d")
    store.add(partly)
    severities = dict(store.records.select("photo", "severity").iter_rows())
    assert [severities[name] for name in names(range(4))] == ["d", None, None, None]
    assert store.records.filter(photo="p0001.png")["inspector"].item() == "Sato"


def test_another_picture_under_the_same_name_is_embedded(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, range(4)))
    changed = catalog(photos, range(4))
    (photos / "p0002.png").write_bytes(picture(99))
    records = changed.records.with_columns(
        digest=pl.when(pl.col("photo") == "p0002.png").then(pl.lit(digest(picture(99)))).otherwise("digest")
    )
    report = store.add(Catalog(records, changed.problems))
    assert (report.added, report.replaced, report.unchanged) == (0, 1, 3)
    row = store.records["photo"].to_list().index("p0002.png")
    np.testing.assert_allclose(store.vectors[row], unit_pixels(99), atol=1e-4)


def test_one_picture_under_two_names_is_embedded_once(folder, photos):
    encoder = TinyEncoder()
    store = PhotoStore.open(folder, encoder)
    twice = catalog(photos, [1, 2])
    (photos / "p0002.png").write_bytes(picture(1))
    store.add(Catalog(twice.records.with_columns(digest=pl.lit(digest(picture(1)))), twice.problems))
    assert encoder.encoded == [1]
    assert store.records["photo"].to_list() == names([1, 2])
    assert store.vectors[0].tobytes() == store.vectors[1].tobytes()


def test_removed_photos_are_gone_and_may_come_back(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, range(10)))
    assert store.remove("p0003.png") == 1
    assert store.remove(where={"year": (2016, None)}) == 4
    for opened in (store, PhotoStore.open(folder)):
        assert sorted(opened.records["photo"]) == names([0, 1, 2, 4, 5])
        assert len(opened.vectors) == 5
    report = store.add(catalog(photos, range(10)))
    assert (report.added, report.unchanged) == (5, 5)
    assert sorted(store.records["photo"]) == names(range(10))


def test_many_batches_become_few_files_and_say_the_same(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder(batch_size=1))
    added = catalog(photos, range(100))
    for seeds in (range(30), range(10, 60), range(100)):
        store.add(catalog(photos, seeds, memo=lambda seed, least=seeds[-1]: f"of {least}"))
    store.remove(names(range(0, 100, 7)))
    left = [seed for seed in range(100) if seed % 7]
    opened = PhotoStore.open(folder)
    assert len(list(folder.iterdir())) < 40
    assert sorted(opened.records["photo"]) == names(left)
    assert set(opened.records["memo"]) == {"of 99"}
    for photo, vector in zip(opened.records["photo"], opened.vectors, strict=True):
        np.testing.assert_allclose(vector, unit_pixels(int(photo[1:5])), atol=1e-4)
    assert set(added.records["digest"]) > set(opened.records["digest"])


def test_adding_to_a_large_store_costs_what_is_added(folder, photos, monkeypatch):
    rows = []
    write = Shard.write
    monkeypatch.setattr(Shard, "write", lambda path, frame: rows.append(len(frame)) or write(path, frame))
    PhotoStore.open(folder, TinyEncoder(batch_size=50)).add(catalog(photos, range(1000)))
    whole = sum(path.stat().st_size for path in folder.iterdir())
    before = set(folder.iterdir())
    encoder = TinyEncoder(batch_size=50)
    rows.clear()
    report = PhotoStore.open(folder, encoder).add(catalog(photos, range(1010)))
    assert (report.added, report.unchanged) == (10, 1000)
    assert (encoder.encoded, rows) == ([10], [10, 10])
    assert sum(path.stat().st_size for path in set(folder.iterdir()) - before) < whole / 30
    rows.clear()
    PhotoStore.open(folder, TinyEncoder(batch_size=1)).add(catalog(photos, range(1100)))
    assert 2 * 90 < sum(rows) <= 2 * (3 * 90 + 4 * 50 + 10)  # alone, among 8 and with others that are as few


def test_columns_of_later_catalogs_join_the_earlier_ones(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, [1], station=float))
    store.add(catalog(photos, [2], weather=lambda seed: "rain"))
    store.add(catalog(photos, [3], station=lambda seed: "km 3"))
    columns = store.records.sort("photo").select("station", "weather")
    assert columns.rows() == [("1.0", None), (None, "rain"), ("km 3", None)]


# Problems.


def broken(folder, name, content):
    path = write_photos(folder, [0])[0].with_name(name)
    path.write_bytes(content)
    return catalog(folder, [0]).records.with_columns(
        photo=pl.lit(name), file=pl.lit(str(path)), digest=pl.lit(digest(content))
    )


def test_what_cannot_be_read_is_listed_and_left_out(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    lost = ("lost.png", str(photos / "lost.png"), "does not exist")
    good = catalog(photos, range(10), problems=[lost])
    cut = broken(photos, "cut.png", picture(50)[:-30])
    report = store.add(Catalog(pl.concat([good.records, cut]), good.problems))
    assert report.added == 10
    for problems in (report.problems, store.problems, PhotoStore.open(folder).problems):
        assert sorted(problems["photo"]) == ["cut.png", "lost.png"]
        assert "damaged or cut short" in problems.filter(photo="cut.png")["problem"].item()
        assert problems.filter(photo="lost.png").row(0) == lost
    assert sorted(store.records["photo"]) == names(range(10))


def test_a_problem_ends_when_the_photo_can_be_read(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    content = catalog(photos, [7]).records
    (photos / "p0007.png").unlink()
    store.add(Catalog(content, catalog(photos, []).problems))
    assert store.problems["problem"].to_list() == ["does not exist"]
    assert len(store) == 0
    write_photos(photos, [7])
    report = store.add(Catalog(content, catalog(photos, []).problems))
    assert (report.added, len(report.problems), len(store.problems), len(store)) == (1, 0, 0, 1)


def test_a_photo_that_changes_after_it_was_catalogued_is_a_problem(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    catalogued = catalog(photos, range(3))
    (photos / "p0001.png").write_bytes(picture(99))
    assert store.add(catalogued).added == 2
    assert store.problems.select("photo", "problem").rows() == [("p0001.png", "has changed since it was catalogued")]


def test_a_problem_can_be_removed(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, [1], problems=[("lost.png", "/lost.png", "does not exist")]))
    assert store.remove(["lost.png"]) == 1
    assert store.problems.is_empty()
    assert len(store) == 1


class Blank(TinyEncoder):
    """Gives zeros for one picture and a number that is not finite for another."""

    def encode(self, batch):
        vectors = super().encode(batch)
        vectors[0] = 0
        vectors[1, 5] = np.nan
        return vectors


def test_a_vector_that_says_nothing_is_a_problem(folder, photos):
    store = PhotoStore.open(folder, Blank())
    report = store.add(catalog(photos, range(4)))
    assert report.added == len(store) == 2
    assert set(report.problems["problem"]) == {"the encoder gave numbers that are not finite, or zeros only"}
    assert np.isfinite(store.vectors).all()


# Refusals.


def test_another_encoder_is_refused_by_name(folder, photos):
    PhotoStore.open(folder, TinyEncoder(weights="a" * 64)).add(catalog(photos, [1]))
    with pytest.raises(InvalidInput) as refused:
        PhotoStore.open(folder, TinyEncoder(weights="b" * 64))
    one, other = (TinyEncoder(weights=weights * 64).identity for weights in "ab")
    assert str(refused.value) == f"encoder: must be the encoder of the store's vectors, {one}; got {other}"
    assert str(one) != str(other)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"unit_vectors": False}, "unit_vectors: must be as the store was made, True; got False"),
        ({"dtype": "float16"}, "dtype: must be as the store was made, 'float32'; got 'float16'"),
        ({"threads": -1}, "threads: must be a whole number from 0 to 1024; got -1"),
    ],
)
def test_a_store_cannot_be_opened_as_another_one(folder, asked, message):
    PhotoStore.open(folder, TinyEncoder())
    with pytest.raises(InvalidInput) as refused:
        PhotoStore.open(folder, **asked)
    assert str(refused.value) == message


def test_a_new_store_needs_an_encoder_and_a_known_dtype(folder, photos):
    with pytest.raises(InvalidInput, match="must hold a photo store, or an encoder must be given to make one"):
        PhotoStore.open(folder)
    with pytest.raises(InvalidInput, match="dtype: must be one of float32, float16; got 'float64'"):
        PhotoStore.open(folder, TinyEncoder(), dtype="float64")
    assert not folder.exists()


def test_new_pictures_need_the_encoder_and_known_ones_do_not(folder, photos):
    PhotoStore.open(folder, TinyEncoder()).add(catalog(photos, range(3)))
    store = PhotoStore.open(folder)
    assert store.add(catalog(photos, range(3), memo=lambda seed: "seen")).replaced == 3
    with pytest.raises(InvalidInput, match=r"encoder: must be given to add new pictures: tiny \(weights none"):
        store.add(catalog(photos, range(4)))


def test_a_catalog_that_names_a_photo_twice_is_refused(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    once = catalog(photos, [1])
    with pytest.raises(InvalidInput, match=r"catalog: must name each photo once; got 'p0001\.png'"):
        store.add(Catalog(pl.concat([once.records, once.records]), once.problems))


def test_removing_needs_known_names_or_a_condition(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    store.add(catalog(photos, range(3)))
    with pytest.raises(InvalidInput, match=r"photos: must be the name of a photo in the store; got 'x\.png'"):
        store.remove(["p0001.png", "x.png"])
    with pytest.raises(InvalidInput, match="photos: must be given, or else where"):
        store.remove()
    with pytest.raises(InvalidInput, match="where: must hold at least one condition"):
        store.remove(where={})
    assert len(store) == 3


def test_photos_may_lie_in_workbooks(folder, photos):
    store = PhotoStore.open(folder, TinyEncoder())
    inside = catalog(photos, [1]).records.with_columns(inside=pl.lit("xl/media/image1.png"))
    report = store.add(Catalog(inside, catalog(photos, []).problems))
    assert "workbook" in report.problems["problem"].item()


# Stopping.


def test_adding_stops_where_progress_says_so_and_continues(tmp_path, photos):
    told = []
    store = PhotoStore.open(tmp_path / "store", TinyEncoder())
    report = store.add(catalog(photos, range(10)), progress=lambda progress: told.append(progress) or progress.done < 5)
    assert told == [Progress(done, 10, f"{done} of 10 pictures embedded") for done in (4, 8)]
    assert (report.added, report.left, len(store)) == (8, 2, 8)
    assert repr(report) == "<AddReport: 8 added, 0 replaced, 0 unchanged, 0 problems, 2 left>"
    rest = store.add(catalog(photos, range(10)))
    assert (rest.added, rest.unchanged, rest.left) == (2, 8, 0)
    whole = PhotoStore.open(tmp_path / "whole", TinyEncoder())
    whole.add(catalog(photos, range(10)))
    assert_frame_equal(store.records.sort("photo"), whole.records.sort("photo"))
    assert store.vectors.tobytes() == whole.vectors.tobytes()


def test_progress_counts_pictures_that_have_a_vector_as_embedded(folder, photos):
    write_photos(photos, range(9))
    (photos / "again.png").write_bytes(picture(0))
    (photos / "broken.png").write_bytes(picture(9)[:60])
    told = []
    report = PhotoStore.open(folder, TinyEncoder()).add(read_catalog(photos), progress=told.append)
    assert (report.added, len(report.problems)) == (10, 1)
    assert told[-1] == Progress(10, 10, "9 of 10 pictures embedded, 1 could not be")


def test_an_exception_of_progress_passes_through_and_loses_nothing(tmp_path, photos):
    def fail(progress):
        raise LookupError(progress.text)

    store = PhotoStore.open(tmp_path / "store", TinyEncoder())
    with pytest.raises(LookupError, match="4 of 10 pictures embedded"):
        store.add(catalog(photos, range(10)), progress=fail)
    assert len(PhotoStore.open(tmp_path / "store")) == len(store) == 4
    assert store.add(catalog(photos, range(10))).added == 6
