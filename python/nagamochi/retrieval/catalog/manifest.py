"""Manifests: a table with one row for each photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import polars.selectors as cs

from nagamochi.retrieval.catalog.found_photos import FIELDS, SOURCE, FoundPhotos
from nagamochi.retrieval.catalog.photo_root import Location, PhotoRoot
from nagamochi.tables import Column, Findings, Schema, SourceTable, check, read_file
from nagamochi.tables.numbers import numbers_if_all

MANIFEST = Schema("manifest", (Column("photo", required=True), *FIELDS))
OURS = ("file", "inside", "digest")


def read_manifest(path: str | Path, photos: str | Path | None = None) -> FoundPhotos:
    """Read a manifest in CSV (UTF-8 or cp932) or Parquet.

    Parameters
    ----------
    path : path
        Its column ``photo`` (or ``path``, 写真, ファイル名, ..) has paths of photos from the manifest's folder; a path
        that leads out of this folder is a problem of its row. Names that differ from those on disk only in case, or in
        how Unicode writes a letter, are found. Columns that are not known stay as they are; in CSV they are numbers
        where all cells are.
    photos : path, optional
        Another folder that photos are looked for in, also by absolute paths that lead into it.

    Returns
    -------
    FoundPhotos

    Raises
    ------
    InvalidInput
        It is no table with such a column and at least one row, or a cell of a known column has no value that it can
        have.
    """
    findings = Findings()
    source = _source(Path(path), findings)
    source = replace(source, cells=source.cells.rename(_photo_column(source.cells)))
    for name in OURS:
        if name in source.cells.columns:
            findings.refuse(source.where, "must have another name, which is the catalog's own", name, column=name)
    checked = check(source, MANIFEST, findings)
    findings.raise_problems()
    frame = checked.whole.with_columns(pl.Series(SOURCE, [f"{Path(path).name}, row {row}" for row in source.rows]))
    if source.from_file:
        frame = frame.with_columns(numbers_if_all(frame[name]) for name in frame.columns if name not in MANIFEST.dtypes)
    if photos is None:
        return _located(frame, PhotoRoot(Path(path).parent, "the manifest's folder", absolute=False), Path(path).name)
    return _located(frame, PhotoRoot(photos, "the folder of photos", absolute=True), Path(path).name)


def _source(path: Path, findings: Findings) -> SourceTable:
    """The table, dates and other values of a typed file as text."""
    source = read_file(path, findings)
    if source.from_file:
        return source
    return replace(source, cells=source.cells.with_columns((~cs.numeric() & ~cs.string()).cast(pl.String)))


def _photo_column(cells: pl.DataFrame) -> dict[str, str]:
    """How to rename the column `path` where it is the one that names photos."""
    return {"path": "photo"} if "path" in cells.columns and "photo" not in cells.columns else {}


def _located(frame: pl.DataFrame, root: PhotoRoot, name: str) -> FoundPhotos:
    located = [root.find(photo) for photo in frame["photo"]]
    files = pl.Series([location.file for location in located], dtype=pl.String)
    records = frame.with_columns(file=files, inside=pl.lit("")).filter(files.is_not_null())
    problems = (
        (photo, str(root.folder), f"{source}: {location.problem}")
        for location, photo, source in zip(located, frame["photo"], frame[SOURCE], strict=True)
        if location.file is None
    )
    return FoundPhotos.of(records, problems, _notices(located, frame["photo"], name))


def _notices(located: list[Location], photos: pl.Series, name: str) -> Iterator[str]:
    """What a user should know of names that are not those on disk."""
    others = [(photo, found.other_case) for photo, found in zip(photos, located, strict=True) if found.other_case]
    if others:
        photo, on_disk = others[0]
        count = "1 photo is" if len(others) == 1 else f"{len(others):,} photos are"
        yield f"{name}: {count} named in other upper and lower case than on the disk; {photo!r} was read as {on_disk!r}"
