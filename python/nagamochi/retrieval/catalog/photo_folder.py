"""Folders of photos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from nagamochi.retrieval.catalog.found_photos import FoundPhotos
from nagamochi.retrieval.catalog.photo_source import RAW_FILES

PICTURES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".mpo", ".png", ".apng", ".tif", ".tiff", ".bmp", ".webp"),
    *(".heic", ".heif", ".hif", ".avif"),
}
NOT_READ = {".gif", ".jp2", ".j2k", ".jpf", ".jpx", ".jxl", ".pcx", ".pgm", ".ppm", ".psd", ".tga"}
"""Endings of pictures in other formats: listed as not read, so that none is missed."""


def read_folder(path: str | Path) -> FoundPhotos:
    """Find the photos of a folder and of all folders in it, by the endings of their names, in the order of their names.

    Parameters
    ----------
    path : path
        Hidden files and folders are passed over; a link that leads out of the folder is a problem, and so are pictures
        in formats that are not read and raw camera files. Linked folders are not entered.

    Returns
    -------
    FoundPhotos
        `folder` is the path of a photo's folder from this one, empty for the folder itself.
    """
    root = Path(path).resolve()
    names, files, escaped = [], [], []
    for file in visible_files(root):
        if file.suffix.lower() in PICTURES | NOT_READ | RAW_FILES:
            name, real = file.relative_to(root), os.path.realpath(file)
            if Path(real).is_relative_to(root):
                names.append(name)
                files.append(real)
            else:
                escaped.append((name.as_posix(), str(file), "must not lead out of the folder by a link"))
    folders = ["" if name.parent == Path() else name.parent.as_posix() for name in names]
    records = {
        "photo": [name.as_posix() for name in names],
        "file": files,
        "inside": [""] * len(files),
        "folder": folders,
    }
    return FoundPhotos.of(pl.DataFrame(records, schema=dict.fromkeys(records, pl.String)), escaped)


def visible_files(root: Path) -> Iterator[Path]:
    """All files below a folder whose names and folders' names do not begin with a dot, sorted."""
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))
