"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name stands for the old content or the new, whatever happens."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)


def flush(folder: Path) -> None:
    """Have the names in a folder written to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
