"""Where the bytes of a photo are."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePath

from nagamochi.retrieval.catalog.picture import UnreadablePicture
from nagamochi.retrieval.forms.workbook_zip import MIB, UnreadableWorkbook, WorkbookZip, inside_zip

MOST_BYTES = 256 * MIB


@dataclass(frozen=True)
class PhotoSource:
    """A file, or a part inside a workbook.

    Parameters
    ----------
    file : str
        Absolute path of the photo or workbook.
    inside : str
        Path of the picture in the workbook's zip; empty for a file of its own.
    digest : str
        Digest of the expected content, as `content_digest` computes it; empty for any content.
    """

    file: str
    inside: str = ""
    digest: str = ""


def read_photo(source: PhotoSource) -> bytes:
    """Read the bytes of a photo, of 256 MiB at most.

    Parameters
    ----------
    source : PhotoSource

    Returns
    -------
    bytes

    Raises
    ------
    UnreadablePicture
        It is missing, no regular file (a pipe or device is never opened), too big, not what it was, or cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> size = Path("crack.jpg").write_bytes(b"four")
    >>> read_photo(PhotoSource(str(Path("crack.jpg").absolute())))
    b'four'
    """
    if not PurePath(source.file).is_absolute() or ".." in PurePath(source.file).parts:
        raise UnreadablePicture("must be named by an absolute path without '..'")
    content = _read_member(source) if source.inside else _read_file(source.file)
    if source.digest and content_digest(content) != source.digest:
        raise UnreadablePicture("has changed since it was catalogued")
    return content


def content_digest(content: bytes) -> str:
    """The name of a photo's content: BLAKE2b with 256 bits, in hexadecimal.

    Examples
    --------
    >>> content_digest(b"")[:16]
    '0e5751c026e543b2'
    """
    return blake2b(content, digest_size=32).hexdigest()


def _read_file(file: str) -> bytes:
    try:
        status = os.stat(file)
        if stat.S_ISREG(status.st_mode) and status.st_size <= MOST_BYTES:
            with open(file, "rb") as photo:
                return photo.read(MOST_BYTES)
    except FileNotFoundError as error:
        raise UnreadablePicture("does not exist") from error
    except (OSError, ValueError) as error:
        raise UnreadablePicture(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadablePicture("is not a file")
    raise UnreadablePicture(f"has {status.st_size:,} bytes, more than {MOST_BYTES:,}")


def _read_member(source: PhotoSource) -> bytes:
    try:
        with WorkbookZip(source.file) as workbook:
            return workbook.read(inside_zip("", source.inside))
    except UnreadableWorkbook as error:
        raise UnreadablePicture(f"cannot be read: its workbook {error}") from error
