"""The content of files that users name."""

from __future__ import annotations

import gzip
import io
import stat
import zlib
from pathlib import Path

from nagamochi.base.inputs import note_input
from nagamochi.tables.findings import Findings

GZIP_MARK = b"\x1f\x8b"
LARGEST_UNPACKED = 2**32


def is_regular_file(path: str | Path, findings: Findings) -> bool:
    """Return whether there is such a file to read, and refuse it where not: a pipe or device may never end."""
    note_input(path)
    try:
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        findings.refuse(str(path), "must exist", "no such file")
        return False
    if stat.S_ISREG(mode):
        return True
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
    findings.refuse(str(path), "must be a file", kind)
    return False


def read_content(path: str | Path, findings: Findings) -> bytes | None:
    """Return the bytes of a file, unpacked if gzipped; None if it is refused."""
    if not is_regular_file(path, findings):
        return None
    content = Path(path).read_bytes()
    if not content.startswith(GZIP_MARK):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(LARGEST_UNPACKED + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        findings.refuse(str(path), "must be a whole gzip file", str(error))
        return None
    if len(unpacked) <= LARGEST_UNPACKED:
        return unpacked
    findings.refuse(str(path), f"must unpack to at most {LARGEST_UNPACKED:,} bytes", "more")
    return None
