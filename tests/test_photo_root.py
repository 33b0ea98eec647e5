"""Photos found by names that differ from those on disk, and in other folders than their manifest's."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from made_forms import picture_bytes
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.catalog import read_catalog

RED = picture_bytes("red")
BRIDGE, CLIFF = "橋台ガード", "がけ"


def written(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(RED)
    return folder


def read(folder: Path, *photos: str | Path, **options: Path):
    manifest = folder / "photos.csv"
    manifest.write_text("\n".join(["photo", *map(str, photos)]), "utf-8")
    return read_catalog(manifest, **options)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("on_disk", [f"{nfc(BRIDGE)}/{nfd(CLIFF)}.jpg", f"{nfd(BRIDGE)}/{nfc(CLIFF)}.jpg"])
@pytest.mark.parametrize("spelling", [nfc, nfd])
def test_each_part_of_a_path_is_found_in_its_own_spelling(tmp_path, on_disk, spelling):
    catalog = read(written(tmp_path, on_disk), spelling(f"{BRIDGE}/{CLIFF}.jpg"))
    assert catalog.records["file"].to_list() == [str(tmp_path / on_disk)]
    assert catalog.notices == ()


@pytest.mark.parametrize(
    ("on_disk", "listed"),
    [("IMG_1.JPG", "img_1.jpg"), ("Photos/img.jpg", "photos/IMG.JPG"), (f"{nfd('がÀ')}.jpg", f"{nfc('がà')}.jpg")],
)
def test_other_upper_and_lower_case_is_found_and_said(tmp_path, on_disk, listed):
    catalog = read(written(tmp_path, on_disk), listed)
    assert catalog.records["file"].to_list() == [str(tmp_path / on_disk)]
    assert catalog.notices == (
        "photos.csv: 1 photo is named in other upper and lower case than on the disk; "
        f"{listed!r} was read as {on_disk!r}",
    )


def test_a_name_as_it_is_written_comes_before_all_others(tmp_path):
    catalog = read(written(tmp_path, "img.jpg", "IMG.jpg", nfc("が.jpg"), nfd("が.jpg")), "IMG.jpg", nfd("が.jpg"))
    assert [Path(file).name for file in catalog.records["file"]] == ["IMG.jpg", nfd("が.jpg")]
    assert catalog.notices == ()


@pytest.mark.parametrize("part", ["img.jpg", "img/red.jpg"])
def test_two_names_that_could_be_meant_are_refused_with_both(tmp_path, part):
    names = [part.replace("img", name) for name in ("Img", "IMG")]
    [problem] = read(written(tmp_path, *names), part).problems["problem"]
    ends = ".jpg" if part == "img.jpg" else ""
    said = f"could be 'IMG{ends}' or 'Img{ends}': write its name as on the disk"
    assert problem == f"photos.csv, row 2: {said}"


def test_one_file_under_two_spellings_is_one_photo(tmp_path):
    catalog = read(written(tmp_path, "IMG.JPG"), "img.jpg", "IMG.JPG")
    assert catalog.records["photo"].to_list() == ["img.jpg"]
    assert catalog.problems["problem"].to_list() == ["photos.csv, row 3: is listed before, at photos.csv, row 2"]


def test_names_are_not_looked_for_behind_links_that_lead_out(tmp_path):
    written(tmp_path / "outside", "RED.jpg")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(tmp_path / "outside")
    [problem] = read(tmp_path / "inside", "link/red.jpg").problems["problem"]
    assert problem == "photos.csv, row 2: must not lead out of the manifest's folder by a link"


@pytest.fixture
def apart(tmp_path):
    """A folder of lists and a folder of photos."""
    (tmp_path / "lists").mkdir()
    written(tmp_path / "secret", "black.jpg")
    return tmp_path / "lists", written(tmp_path / "photos", "a/RED.jpg")


def test_a_manifest_may_lie_elsewhere_than_its_photos(apart):
    lists, photos = apart
    (photos / "link.jpg").symlink_to(photos / "a" / "RED.jpg")
    (photos.parent / "other").symlink_to(photos)
    for listed in ("a/RED.jpg", "a\\RED.jpg", photos / "a" / "RED.jpg", "link.jpg", photos / "a" / "red.JPG"):
        assert len(read(lists, listed, photos=photos).records) == 1
    for folder in (photos, photos.parent / "other"):
        assert len(read(lists, folder / "a" / "RED.jpg", photos=photos.parent / "other").records) == 1


def test_photos_outside_their_folder_are_refused(apart):
    lists, photos = apart
    (photos / "out").symlink_to(photos.parent / "secret")
    secret = photos.parent / "secret" / "black.jpg"
    rules = {
        str(secret): f"must lie in the folder of photos, {photos}",
        "C:\\photos\\a.jpg": f"must lie in the folder of photos, {photos}",
        f"{photos}/../secret/black.jpg": "must not lead out of the folder of photos by '..'",
        "out/black.jpg": "must not lead out of the folder of photos by a link",
        f"{photos}/out/black.jpg": "must not lead out of the folder of photos by a link",
        f"{photos}s/red.jpg": f"must lie in the folder of photos, {photos}",
    }
    problems = read(lists, *rules, photos=photos).problems["problem"].to_list()
    assert problems == [f"photos.csv, row {row}: {rule}" for row, rule in enumerate(rules.values(), start=2)]


def test_a_folder_of_photos_needs_a_manifest(apart):
    lists, photos = apart
    with pytest.raises(InvalidInput, match="photos: must be given with a manifest"):
        read_catalog(photos, photos=photos)
    with pytest.raises(InvalidInput, match="photos: must be a folder that exists"):
        read(lists, "a/RED.jpg", photos=photos / "none")
