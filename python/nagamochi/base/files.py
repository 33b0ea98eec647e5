"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def replace_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name stands for the old content or the new, whatever happens."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        if error.filename is not None:
            error.filename, error.filename2 = str(path), None  # the caller knows nothing of a draft
        raise
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)


def replace_table(path: Path, table: pl.DataFrame) -> None:
    """Write a table as a CSV file, whole, in UTF-8 with the mark by which Excel knows it."""
    content = BytesIO()
    table.write_csv(content, include_bom=True)
    replace_whole(path, content.getvalue())


def flush(folder: Path) -> None:
    """Have the names in a folder written to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
