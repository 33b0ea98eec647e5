"""Photos under two bridges, taken over from an earlier inspection, or unusable."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from nagamochi.base.execution import Progress
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog import perceptual_hash as module
from nagamochi.retrieval.catalog.catalog import Catalog, read_catalog
from nagamochi.retrieval.catalog.lookalikes import FINDINGS, check_photos
from nagamochi.retrieval.catalog.perceptual_hash import near_pairs, perceptual_hash

pytestmark = pytest.mark.skipif(not hasattr(np, "bitwise_count"), reason="photos need NumPy 2")

DAMAGE_IMAGES = Path(__file__).parents[2] / "shared" / "data" / "damage-images"


def scene(seed, size=(400, 300)):
    """A made picture: soft patches of colour, others for each seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def jpeg(image, quality=85):
    content = io.BytesIO()
    image.save(content, "JPEG", quality=quality)
    return content.getvalue()


def catalog(folder, pictures, rows):
    """The catalog of a folder with these pictures and a manifest of photo, bridge, member and year."""
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    lines = ["photo,bridge_id,member,year", *(",".join(map(str, row)) for row in rows)]
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")
    return read_catalog(folder / "manifest.csv")


def found(catalog, **options):
    findings = check_photos(catalog, **options)
    assert findings.schema == pl.Schema(FINDINGS)
    return findings.select("finding", "photo", "other_photo", "likeness").rows()


def test_the_same_picture_under_two_bridges_is_found(tmp_path):
    pictures = {"a.jpg": jpeg(scene(1)), "b.jpg": jpeg(scene(1)), "c.jpg": jpeg(scene(2))}
    rows = [("a.jpg", "B1", "slab", 2021), ("b.jpg", "B2", "girder", 2021), ("c.jpg", "B2", "slab", 2021)]
    findings = check_photos(catalog(tmp_path, pictures, rows))
    assert findings.rows() == [
        ("two bridges", "b.jpg", "a.jpg", "same", 0, "B2", "B1", "girder", 2021, 2021, None),
    ]


@pytest.mark.parametrize(
    "copied",
    [
        lambda image: image.resize((200, 150)),
        lambda image: image.resize((800, 600)),
        lambda image: image.convert("L").convert("RGB"),
        lambda image: ImageEnhance.Brightness(image).enhance(1.2),
        lambda image: image.crop((4, 3, 396, 297)),
    ],
    ids=["smaller", "larger", "grey", "brighter", "cut"],
)
def test_a_picture_taken_over_from_an_earlier_inspection_is_found(tmp_path, copied):
    pictures = {"old.jpg": jpeg(scene(1)), "new.jpg": jpeg(copied(scene(1)), 60), "other.jpg": jpeg(scene(2))}
    rows = [("new.jpg", "B1", "slab", 2021), ("old.jpg", "B1", "slab", 2016), ("other.jpg", "B1", "slab", 2021)]
    assert found(catalog(tmp_path, pictures, rows)) == [("earlier inspection", "new.jpg", "old.jpg", "nearly the same")]


def test_one_visit_of_a_bridge_is_no_finding(tmp_path):
    pictures = {"a.jpg": jpeg(scene(1)), "b.jpg": jpeg(scene(1)), "c.jpg": jpeg(scene(1), 60)}
    rows = [(name, "B1", member, 2021) for name, member in zip(pictures, ("slab", "girder", "slab"), strict=True)]
    assert found(catalog(tmp_path, pictures, rows)) == []


def test_another_member_or_no_year_is_no_earlier_inspection(tmp_path):
    pictures = {name: jpeg(scene(1)) for name in ("a.jpg", "b.jpg", "c.jpg")}
    rows = [("a.jpg", "B1", "slab", 2016), ("b.jpg", "B1", "girder", 2021), ("c.jpg", "B1", "slab", "")]
    assert found(catalog(tmp_path, pictures, rows)) == []


def test_photos_of_unknown_bridges_are_no_findings(tmp_path):
    pictures = {"a.jpg": jpeg(scene(1)), "b.jpg": jpeg(scene(1), 60), "c.jpg": jpeg(scene(1))}
    rows = [("a.jpg", "", "slab", 2016), ("b.jpg", "", "slab", 2021), ("c.jpg", "B1", "slab", 2021)]
    assert found(catalog(tmp_path, pictures, rows)) == []


def test_each_photo_stands_beside_the_one_most_like_it(tmp_path):
    """A picture that is everywhere is one finding for each photo, not one for each pair."""
    pictures = {f"{number}.jpg": jpeg(scene(1), 50 + number) for number in range(30)} | {"x.jpg": jpeg(scene(1), 55)}
    rows = [(name, f"B{number}", "slab", 2021) for number, name in enumerate(pictures)]
    findings = found(catalog(tmp_path, pictures, rows))
    assert [photo for _, photo, _, _ in findings] == [*(f"{number}.jpg" for number in range(1, 30)), "x.jpg"]
    assert findings[-1] == ("two bridges", "x.jpg", "5.jpg", "same")
    assert {likeness for *_, likeness in findings[:-1]} == {"nearly the same"}


def test_the_bridge_is_known_by_its_name_where_it_has_no_number(tmp_path):
    pictures = {"a.jpg": jpeg(scene(1)), "b.jpg": jpeg(scene(1))}
    listed = catalog(tmp_path, pictures, [("a.jpg", "", "", ""), ("b.jpg", "", "", "")])
    records = listed.records.with_columns(bridge_name=pl.Series(["北橋", "南橋"]))
    findings = check_photos(Catalog(records, listed.problems))
    assert findings.select("bridge_id", "other_bridge_id").rows() == [("南橋", "北橋")]


def test_what_cannot_be_used_is_listed_with_its_reason(tmp_path):
    cut = jpeg(scene(1))[:2000]
    pictures = {"a.jpg": jpeg(scene(1)), "cut.jpg": cut, "again.jpg": cut}
    rows = [(name, "B1", "slab", 2021) for name in ("cut.jpg", "a.jpg", "lost.jpg", "again.jpg")]
    findings = check_photos(catalog(tmp_path, pictures, rows)).select("finding", "photo", "problem").rows()
    assert [(finding, photo) for finding, photo, _ in findings] == [
        ("left out", "lost.jpg"),
        ("left out", "cut.jpg"),
        ("left out", "again.jpg"),
    ]
    assert findings[0][2] == "manifest.csv, row 4: does not exist"
    assert findings[1][2].startswith("is damaged or cut short (")


def test_plain_pictures_are_compared_by_their_bytes_only(tmp_path):
    grey = {name: jpeg(Image.new("RGB", (64, 64), (shade,) * 3)) for name, shade in (("a.jpg", 80), ("b.jpg", 90))}
    rows = [("a.jpg", "B1", "slab", 2021), ("b.jpg", "B2", "slab", 2021), ("c.jpg", "B3", "slab", 2021)]
    findings = found(catalog(tmp_path, grey | {"c.jpg": grey["a.jpg"]}, rows))
    assert findings == [("two bridges", "c.jpg", "a.jpg", "same")]


def test_an_empty_catalog_has_no_findings(tmp_path):
    assert found(read_catalog(tmp_path)) == []


def test_workers_find_the_same_and_progress_counts_pictures(tmp_path):
    pictures = {f"{number}.jpg": jpeg(scene(number % 3), 60 + number) for number in range(6)}
    rows = [(name, f"B{number}", "slab", 2021) for number, name in enumerate(pictures)]
    listed = catalog(tmp_path, pictures, rows)
    told = []
    alone = check_photos(listed, progress=told.append)
    assert told == [Progress(done, 6, f"{done} of 6 photos compared") for done in range(1, 7)]
    assert len(alone) == 3
    for workers in (0, 2):  # the first four pictures show three scenes
        stopped = check_photos(listed, workers=workers, progress=lambda progress: progress.done < 4)
        assert stopped["photo"].to_list() == ["3.jpg"]
    assert alone.equals(check_photos(listed, workers=2))


def test_a_wrong_number_of_workers_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="workers: must be a whole number from 0 to 1024; got -1"):
        check_photos(read_catalog(tmp_path), workers=-1)


def test_the_hash_is_where_the_picture_grows_brighter():
    columns = np.array([0, 9, 5, 7, 7, 8, 1, 2, 3, 2, 1, 0, 5, 4, 6, 7, 8], np.uint8) * 20
    image = Image.fromarray(np.repeat(np.tile(columns, (16, 1)), 10, axis=0).repeat(10, axis=1)).convert("RGB")
    bits = [1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1]
    assert np.unpackbits(perceptual_hash(image)).reshape(16, 16).tolist() == [bits] * 16


def distances(hashes):
    """The slow way: every bit of every pair."""
    bits = np.unpackbits(hashes, axis=1).astype(bool)
    return (bits[:, np.newaxis] ^ bits[np.newaxis]).sum(axis=2)


def harmed(hashes, rng, most):
    """Hashes with some of their bits turned."""
    bits = np.unpackbits(hashes, axis=1)
    for row in bits:
        row[rng.choice(256, rng.integers(0, most + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


@given(seed=st.integers(0, 2**32), most=st.sampled_from([0, 1, 16, 31, 32, 40]))
def test_all_near_pairs_are_found_and_no_others(seed, most):
    rng = np.random.default_rng(seed)
    scenes = rng.integers(0, 256, (5, 32), dtype=np.uint8)
    hashes = harmed(scenes[rng.integers(0, 5, 40)], rng, most)
    expected = distances(hashes)
    first, second = np.nonzero(np.triu(expected <= 31, 1))
    found_first, found_second, bits = near_pairs(hashes, lambda one, other: one != other)
    assert (found_first.tolist(), found_second.tolist()) == (first.tolist(), second.tolist())
    assert bits.tolist() == expected[first, second].tolist()


def test_pairs_spread_over_all_blocks_are_found_up_to_the_limit():
    """The hardest pair: two bits in each block but one, which has one."""
    bits = np.zeros((3, 16, 16), np.uint8)
    bits[1, :2] = 1
    bits[1, 0, 0] = 0
    bits[2, :2] = 1
    hashes = np.packbits(bits.reshape(3, -1), axis=1)
    first, second, counts = near_pairs(hashes, lambda one, other: one != other)
    assert list(zip(first.tolist(), second.tolist(), counts.tolist(), strict=True)) == [(0, 1, 31), (1, 2, 1)]


def test_only_pairs_that_are_wanted_are_given(monkeypatch):
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 7)
    hashes = np.zeros((9, 32), np.uint8)
    first, second, _ = near_pairs(hashes, lambda one, other: (one + other) % 4 == 0)
    expected = [(i, j) for i in range(9) for j in range(i + 1, 9) if (i + j) % 4 == 0]
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == expected


def test_a_drive_along_a_road_is_no_finding_and_copies_of_it_are(tmp_path):
    """On real photos: neighbouring frames look alike, those of different roads are never taken for one."""
    if not DAMAGE_IMAGES.exists():
        pytest.skip(f"{DAMAGE_IMAGES} is not here")
    real = read_catalog(DAMAGE_IMAGES / "MANIFEST.csv")
    records = real.records.filter(pl.col("photo").str.starts_with("pavement-br/crop")).with_columns(bridge_id="site")
    assert records["bridge_id"].n_unique() > 10
    assert check_photos(Catalog(records, real.problems)).is_empty()
    copies = records.gather_every(100)
    for number, file in enumerate(copies["file"]):
        Image.open(file).resize((200, 200)).save(tmp_path / f"{number}.jpg", quality=70)
    copied = read_catalog(tmp_path).records.with_columns(bridge_id=pl.lit("another bridge"))
    findings = check_photos(Catalog(pl.concat([records, copied], how="diagonal"), real.problems))
    pairs = dict(findings.select("photo", "other_photo").rows())
    assert pairs == {f"{number}.jpg": photo for number, photo in enumerate(copies["photo"])}
