"""Manifests: a table with one row for each photo."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import polars as pl
import polars.selectors as cs

from nagamochi.retrieval.catalog.found_photos import FIELDS, SOURCE, FoundPhotos
from nagamochi.tables import Column, Findings, Schema, SourceTable, check, read_file
from nagamochi.tables.numbers import numbers_if_all

MANIFEST = Schema("manifest", (Column("photo", required=True), *FIELDS))
OURS = ("file", "inside", "digest")


def read_manifest(path: str | Path) -> FoundPhotos:
    """Read a manifest in CSV (UTF-8 or cp932) or Parquet.

    Parameters
    ----------
    path : path
        Its column ``photo`` (or ``path``, 写真, ファイル名, ..) has paths of photos from the manifest's folder; a path
        that leads out of this folder is a problem of its row. Columns that are not known stay as they are; in CSV they
        are numbers where all cells are.

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
    return _located(frame, Path(path).parent)


def _source(path: Path, findings: Findings) -> SourceTable:
    """The table, dates and other values of a typed file as text."""
    source = read_file(path, findings)
    if source.from_file:
        return source
    return replace(source, cells=source.cells.with_columns((~cs.numeric() & ~cs.string()).cast(pl.String)))


def _photo_column(cells: pl.DataFrame) -> dict[str, str]:
    """How to rename the column `path` where it is the one that names photos."""
    return {"path": "photo"} if "path" in cells.columns and "photo" not in cells.columns else {}


def _located(frame: pl.DataFrame, folder: Path) -> FoundPhotos:
    root = folder.resolve()
    located = [_locate(photo, root) for photo in frame["photo"]]
    files = pl.Series([file for file, _ in located], dtype=pl.String)
    records = frame.with_columns(file=files, inside=pl.lit("")).filter(files.is_not_null())
    return FoundPhotos.of(records, _problems(frame, located, folder))


def _problems(
    frame: pl.DataFrame, located: list[tuple[str | None, str]], folder: Path
) -> Iterator[tuple[str, str, str]]:
    for (file, problem), photo, source in zip(located, frame["photo"], frame[SOURCE], strict=True):
        if file is None:
            yield photo, str(folder), f"{source}: {problem}"


def _locate(photo: str, root: Path) -> tuple[str | None, str]:
    """The absolute path of a photo below the root, or why it has none."""
    windows = PureWindowsPath(photo)
    if windows.drive or windows.root:
        return None, "must be a path from the manifest's folder, not an absolute one"
    if ".." in windows.parts:
        return None, "must not lead out of the manifest's folder by '..'"
    try:
        file = os.path.realpath(_existing(root, windows.as_posix()))
    except (OSError, ValueError) as error:
        return None, f"cannot be read ({error})"
    return (
        (file, "")
        if Path(file).is_relative_to(root)
        else (None, "must not lead out of the manifest's folder by a link")
    )


def _existing(root: Path, name: str) -> Path:
    """The file of this name, also where one of both writes letters like が or é as two characters."""
    spellings = (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))
    return next((root / spelling for spelling in spellings if (root / spelling).exists()), root / name)
