"""Photos: record sheets, manifests, stores of vectors."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

from campaign.readers.archive import Reader, archive, archive_of, unzipped, write_files, zipped


def form_seeds(folder: Path) -> list[bytes]:
    from openpyxl import Workbook

    from made_forms import MadePhoto, write_form

    seeds = []
    for above in (False, True):
        book = Workbook()
        write_form(book.active, [MadePhoto(1), MadePhoto(2, memo="錆", colour=None)], labels_above=above)
        book.save(folder / "form.xlsx")
        seeds += [unzipped(folder / "form.xlsx"), (folder / "form.xlsx").read_bytes()]
    return seeds


def read_form(folder: Path) -> Any:
    from nagamochi.retrieval.forms.form_ten import read_workbook

    return read_workbook(folder / "form.xlsx")


def photos_again(found: Any, _: Path) -> None:
    assert found.records["photo"].null_count() == 0
    for column, top in (("year", 2200), ("damage_number", 26)):
        if column in found.records.columns and found.records[column].dtype.is_integer():
            assert (found.records[column].drop_nulls() <= top).all(), found.records[column]


def manifest_seeds(_: Path) -> list[bytes]:
    table = "photo,bridge_id,member,damage,rating,year,note\na.png,B1,主桁,腐食,d,2018,1\nc.png,B2,,,,,\n"
    table += "sub/b.png,B1,,,,令和元年度,x\n"
    return [
        archive({"manifest.csv": table.encode(code), "a.png": b"", "sub/b.png": b""}) for code in ("utf-8", "cp932")
    ]


def read_manifest(folder: Path) -> Any:
    from nagamochi.retrieval.catalog.manifest import read_manifest

    return read_manifest(folder / "manifest.csv")


def store_seeds(folder: Path) -> list[bytes]:
    from nagamochi.retrieval.photo_store import PhotoStore
    from tiny_photos import TinyEncoder, catalog

    PhotoStore.open(folder / "store", TinyEncoder()).add(catalog(folder / "photos", range(3)))
    return [archive_of(folder / "store")]


def sign_store(folder: Path, data: bytes) -> None:
    """Give the files their sizes and checksums, and the contents theirs."""
    write_files(folder, data)
    try:
        whole = json.loads((folder / "contents.json").read_bytes())
        fields = whole["contents"]
        for shard in fields["vectors"] + fields["log"]:
            content = (folder / shard["file"]).read_bytes()
            shard["bytes"], shard["checksum"] = len(content), blake2b(content, digest_size=32).hexdigest()
        whole["checksum"] = blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=32).hexdigest()
        (folder / "contents.json").write_text(json.dumps(whole))
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError):
        try:
            whole["checksum"] = blake2b(
                json.dumps(whole["contents"], sort_keys=True).encode(), digest_size=32
            ).hexdigest()
            (folder / "contents.json").write_text(json.dumps(whole))
        except Exception:
            return


def read_store(folder: Path) -> Any:
    from nagamochi.retrieval.photo_store import PhotoStore

    store = PhotoStore.open(folder)
    return store, store.records, store.vectors, store.problems


def store_again(read: Any, _: Path) -> None:
    store, records, vectors, _ = read
    assert len(records) == len(vectors) == len(store)


def form_file(folder: Path, data: bytes) -> None:
    zipped(folder, data, "form.xlsx")


READERS = {
    "form": Reader(form_seeds, form_file, read_form, photos_again),
    "manifest": Reader(manifest_seeds, write_files, read_manifest, photos_again),
    "store": Reader(store_seeds, sign_store, read_store, store_again),
}
