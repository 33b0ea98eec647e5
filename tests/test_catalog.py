"""Catalogues of manifests and folders."""

from __future__ import annotations

import datetime
import os
import unicodedata
from hashlib import blake2b
from pathlib import Path

import polars as pl
import pytest

from made_forms import picture_bytes
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.catalog.catalog import read_catalog
from nagamochi.retrieval.catalog.photo_source import PhotoSource, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture
from nagamochi.tables.dates import DATE_RULE
from nagamochi.tables.eras import era_rule

DAMAGE_IMAGES = Path(__file__).parents[2] / "shared" / "data" / "damage-images"
RED, BLUE = picture_bytes("red"), picture_bytes("blue")


@pytest.fixture
def folder(tmp_path):
    """A folder to catalogue, with something beside it that must stay out of reach."""
    (tmp_path / "secret.jpg").write_bytes(picture_bytes("black"))
    photos = tmp_path / "photos"
    (photos / "sub").mkdir(parents=True)
    (photos / "red.jpg").write_bytes(RED)
    (photos / "sub" / "blue.JPG").write_bytes(BLUE)
    return photos


def manifest(folder, text, encoding="utf-8"):
    path = folder / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    return path


def problems(catalog):
    return catalog.problems.select("photo", "problem").rows()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_japanese_manifest_is_read_in_every_encoding(folder, encoding):
    header = "写真,橋梁ID,橋梁名,径間番号,部材名,要素番号,損傷の種類,損傷程度,点検年度,緯度,メモ,距離標"
    text = f"{header}\nred.jpg,007,例橋,２,主桁,0101,①腐食,d,２０２１,35.5,桁端①,12.5\n"
    record = read_catalog(manifest(folder, text, encoding)).records.row(0, named=True)
    assert record | {"file": "", "digest": ""} == {
        "photo": "red.jpg",
        "file": "",
        "inside": "",
        "digest": "",
        "bridge_id": "007",
        "bridge_name": "例橋",
        "span": "２",
        "member": "主桁",
        "element": "0101",
        "photo_number": None,
        "damage": "①腐食",
        "severity": "d",
        "previous_severity": None,
        "rating": None,
        "place": None,
        "memo": "桁端①",
        "year": 2021,
        "latitude": 35.5,
        "longitude": None,
        "距離標": 12.5,
    }
    assert record["file"] == str(folder / "red.jpg")
    assert record["digest"] == blake2b(RED, digest_size=32).hexdigest()


def test_columns_that_are_not_known_stay_and_are_numbers_where_all_cells_are(folder):
    catalog = read_catalog(manifest(folder, "path,site,station,code\nred.jpg,a,5,01\nsub/blue.JPG,7,2.5,02\n"))
    assert catalog.records.select("photo", "site", "station", "code").rows() == [
        ("red.jpg", "a", 5.0, "01"),
        ("sub/blue.JPG", "7", 2.5, "02"),
    ]


def test_a_manifest_in_parquet_is_read(folder):
    frame = pl.DataFrame({"photo": ["red.jpg"], "year": [2020], "station": [5.5], "seen": [True], "member": ["slab"]})
    frame.write_parquet(folder / "manifest.parquet")
    records = read_catalog(folder / "manifest.parquet").records
    assert records.select("photo", "year", "station", "seen", "member").rows() == [
        ("red.jpg", 2020, 5.5, "true", "slab")
    ]


@pytest.mark.parametrize(
    ("photo", "problem"),
    [
        ("lost.jpg", "does not exist"),
        ("empty.jpg", "is empty (0 bytes)"),
        ("text.jpg", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        ("sub", "is not a file"),
        ("pipe.jpg", "is not a file"),
        ("../secret.jpg", "must not lead out of the manifest's folder by '..'"),
        ("sub/../red.jpg", "must not lead out of the manifest's folder by '..'"),
        ("..\\secret.jpg", "must not lead out of the manifest's folder by '..'"),
        ("/etc/passwd", "must be a path from the manifest's folder, not an absolute one"),
        ("C:\\photos\\red.jpg", "must be a path from the manifest's folder, not an absolute one"),
        ("\\\\server\\photos\\red.jpg", "must be a path from the manifest's folder, not an absolute one"),
        ("link.jpg", "must not lead out of the manifest's folder by a link"),
        ("linked/secret.jpg", "must not lead out of the manifest's folder by a link"),
        ("loop.jpg", "cannot be read (Too many levels of symbolic links)"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_a_photo_that_cannot_be_used_is_a_problem_of_its_row_and_stops_nothing(folder, photo, problem):
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("no picture")
    (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    os.mkfifo(folder / "pipe.jpg")
    catalog = read_catalog(manifest(folder, f"photo\nred.jpg\n{photo}\nsub/blue.JPG\n"))
    assert catalog.records["photo"].to_list() == ["red.jpg", "sub/blue.JPG"]
    [(name, said)] = problems(catalog)
    assert name == photo
    assert said.startswith(f"manifest.csv, row 3: {problem}")


def test_a_link_within_the_folder_is_followed(folder):
    (folder / "link.jpg").symlink_to(folder / "red.jpg")
    catalog = read_catalog(manifest(folder, "photo\nlink.jpg\n"))
    assert catalog.records["file"].to_list() == [str(folder / "red.jpg")]


def test_a_photo_listed_twice_counts_once(folder):
    catalog = read_catalog(manifest(folder, "photo,member\nred.jpg,slab\n\nsub\\blue.JPG,slab\nred.jpg,girder\n"))
    assert catalog.records.select("photo", "member").rows() == [("red.jpg", "slab"), ("sub\\blue.JPG", "slab")]
    assert problems(catalog) == [("red.jpg", "manifest.csv, row 5: is listed before, at manifest.csv, row 2")]


@pytest.mark.parametrize(
    "year", ["H30", "平成30年度", "2018年度", "2018", "2019-03-31", "20190331", "43555", "H31.3.31"]
)
def test_the_year_of_a_photo_is_the_fiscal_year_of_every_form_of_date(folder, year):
    assert read_catalog(manifest(folder, f"photo,年度\nred.jpg,{year}\n")).records["year"].to_list() == [2018]


def test_dates_of_a_typed_manifest_give_fiscal_years(folder):
    days = [datetime.date(2019, 3, 31), datetime.date(2019, 4, 1)]
    pl.DataFrame({"photo": ["red.jpg", "sub/blue.JPG"], "year": days}).write_parquet(folder / "m.parquet")
    years = dict(read_catalog(folder / "m.parquet").records.select("photo", "year").rows())
    assert years == {"red.jpg": 2018, "sub/blue.JPG": 2019}


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("listed", ["NFC", "NFD"])
def test_a_name_is_found_whichever_way_its_letters_are_written(folder, written, listed):
    (folder / unicodedata.normalize(written, "橋げた.jpg")).write_bytes(RED)
    catalog = read_catalog(manifest(folder, f"photo\n{unicodedata.normalize(listed, '橋げた.jpg')}\n"))
    assert len(catalog.records) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "manifest.csv: must have a header and rows; got an empty file"),
        ("photo\n", "manifest.csv: must have at least one row; got none"),
        ("bild,member\nred.jpg,slab\n", "row 1, column photo: must be among the columns; got bild, member"),
        ("photo,year\nred.jpg,soon\n", f"row 2, column year: {DATE_RULE}; got soon"),
        ("photo,year\nred.jpg,S65\n", f"row 2, column year: {era_rule('昭和')}; got S65"),
        ("photo,year\nred.jpg,1899\n", "row 2, column year: must be from the year 1900 to 2200; got 1899"),
        ("photo,latitude\nred.jpg,139.7\n", "row 2, column latitude: must be from -90 to 90; got 139.7"),
        ("photo,member\n,slab\n", "row 2, column photo: must not be empty; got an empty cell"),
        ("photo,部材,member\nred.jpg,a,b\n", "column member: must be there only once; got 部材 and member"),
        ("photo,digest\nred.jpg,0\n", "column digest: must have another name, which is the catalog's own; got digest"),
    ],
)
def test_a_manifest_that_is_no_table_of_photos_is_refused(folder, text, problem):
    with pytest.raises(InvalidInput) as error:
        read_catalog(manifest(folder, text))
    assert str(error.value).endswith(problem)


def test_a_parquet_file_that_is_none_is_refused(folder):
    (folder / "manifest.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InvalidInput, match=r"manifest.parquet: must be a Parquet file"):
        read_catalog(folder / "manifest.parquet")


def test_columns_of_lists_are_refused(folder):
    pl.DataFrame({"photo": ["red.jpg"], "tags": [["a"]]}).write_parquet(folder / "manifest.parquet")
    with pytest.raises(InvalidInput, match=r"column tags: must hold text, numbers or dates; got type List"):
        read_catalog(folder / "manifest.parquet")


@pytest.mark.parametrize("source", ["lost", "red.jpg", "lost.xlsx"])
def test_what_is_no_source_is_refused(folder, source):
    with pytest.raises(InvalidInput, match=r"sources: must be manifests \(.csv, .parquet\), folders or workbooks"):
        read_catalog(folder / source)


def test_a_folder_is_read_in_the_order_of_its_names(folder):
    (folder / ".hidden").mkdir()
    for hidden in (".hidden/red.jpg", "._red.jpg", "note.txt"):
        (folder / hidden).write_bytes(RED)
    (folder / "a.png").write_bytes(b"no picture")
    (folder / "out.jpg").symlink_to(folder.parent / "secret.jpg")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    catalog = read_catalog(folder)
    assert catalog.records.select("photo", "folder").rows() == [("red.jpg", ""), ("sub/blue.JPG", "sub")]
    assert problems(catalog) == [
        ("out.jpg", "must not lead out of the folder by a link"),
        ("a.png", "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"),
        ("loop.jpg", "cannot be read (Too many levels of symbolic links)"),
    ]


def test_pictures_are_known_by_every_ending_they_have(folder):
    names = ["a.JFIF", "b.jpe", "c.MPO", "d.jif", "e.apng", "f.HIF"]
    for name in names:
        (folder / name).write_bytes(RED)
    assert {*names} < {*read_catalog(folder).records["photo"]}


@pytest.mark.parametrize("name", ["DSC_1.NEF", "IMG_1.CR2", "P1.dng", "DSC1.ARW"])
def test_raw_camera_files_are_listed_and_not_read(folder, name):
    """Some are TIFF files whose first picture is a thumbnail."""
    (folder / name).write_bytes(picture_bytes("red", "TIFF"))
    reason = "is a raw camera file, which is not read: save it as JPEG"
    assert problems(read_catalog(folder)) == [(name, reason)]
    assert problems(read_catalog(manifest(folder, f"photo\n{name}\n"))) == [(name, f"manifest.csv, row 2: {reason}")]


def test_pictures_in_formats_that_are_not_read_are_listed(folder):
    for name in ("a.gif", "b.jp2", "c.PSD"):
        (folder / name).write_bytes(b"another format")
    reason = "is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF"
    assert problems(read_catalog(folder)) == [("a.gif", reason), ("b.jp2", reason), ("c.PSD", reason)]


def test_an_empty_folder_is_an_empty_catalog(tmp_path):
    catalog = read_catalog(tmp_path)
    assert repr(catalog) == "<Catalog: 0 photos, 0 problems>"
    assert catalog.records.schema["year"] == pl.Int64


def test_equal_photos_share_their_digest_and_keep_their_rows(folder):
    (folder / "again.jpg").write_bytes(RED)
    records = read_catalog(folder).records
    assert records.filter(pl.col("digest") == blake2b(RED, digest_size=32).hexdigest())["photo"].to_list() == [
        "again.jpg",
        "red.jpg",
    ]


def test_several_sources_are_one_catalog(folder, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "green.jpg").write_bytes(picture_bytes("green"))
    listed = manifest(folder, "photo,station\nred.jpg,5\n")
    catalog = read_catalog([listed, folder, tmp_path / "more"])
    assert catalog.records.select("photo", "station", "folder").rows() == [
        ("red.jpg", 5, None),
        ("sub/blue.JPG", None, "sub"),
        ("green.jpg", None, ""),
    ]
    assert problems(catalog) == [("red.jpg", "is listed before, at manifest.csv, row 2")]


def test_two_photos_of_one_name_are_refused(folder, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "red.jpg").write_bytes(BLUE)
    with pytest.raises(InvalidInput, match=r"must differ in name from photos of other sources; got 'red.jpg'"):
        read_catalog([folder, tmp_path / "more"])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (PhotoSource("photos/red.jpg"), "must be named by an absolute path without '..'"),
        (PhotoSource("/photos/../red.jpg"), "must be named by an absolute path without '..'"),
        (PhotoSource("/lost.jpg"), "does not exist"),
        (PhotoSource("/dev/zero"), "is not a file"),
        (PhotoSource("/\0.jpg"), "cannot be read (embedded null byte)"),
        (PhotoSource("/lost.xlsx", "../x.jpg"), "cannot be read: its workbook is no whole .xlsx workbook"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(source, reason):
    with pytest.raises(UnreadablePicture) as error:
        read_photo(source)
    assert str(error.value).startswith(reason)


def test_a_file_that_is_too_big_is_not_read(tmp_path):
    with (tmp_path / "big.jpg").open("wb") as file:
        file.truncate(2**28 + 1)
    with pytest.raises(UnreadablePicture, match="has 268,435,457 bytes, more than 268,435,456"):
        read_photo(PhotoSource(str(tmp_path / "big.jpg")))


def test_a_real_manifest_is_read_whole():
    if not DAMAGE_IMAGES.exists():
        pytest.skip(f"{DAMAGE_IMAGES} is not here")
    catalog = read_catalog(DAMAGE_IMAGES / "MANIFEST.csv")
    listed = pl.read_csv(DAMAGE_IMAGES / "MANIFEST.csv")
    assert catalog.problems.is_empty()
    assert catalog.records["photo"].to_list() == listed["path"].to_list()
    assert catalog.records.select("damage_class", "site", "group", "bytes").equals(
        listed.select("damage_class", "site", "group", "bytes")
    )
