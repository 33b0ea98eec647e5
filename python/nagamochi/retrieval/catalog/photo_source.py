"""Where the bytes of a photo are."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePath

from nagamochi.retrieval.catalog.picture import UnreadablePicture
from nagamochi.retrieval.catalog.view import parted
from nagamochi.retrieval.forms.workbook_zip import MIB, UnreadableWorkbook, WorkbookZip, inside_zip

MOST_BYTES = 256 * MIB
RAW_FILES = {
    *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".gpr", ".iiq", ".kdc", ".mef", ".mos", ".mrw"),
    *(".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
}
"""Endings of raw camera files. Many begin like TIFF, and a TIFF decoder would take their thumbnail for the photo."""


@dataclass(frozen=True)
class PhotoSource:
    """A file, or a part inside a workbook.

    Parameters
    ----------
    file : str
        Absolute path of the photo or workbook.
    inside : str
        Path of the picture in the workbook's zip, with its `View` if the sheet shows it cropped or turned; empty for a
        file of its own.
    digest : str
        Digest of the expected content, as `read_stored` computes it; empty for any content.
    """

    file: str
    inside: str = ""
    digest: str = ""


def read_photo(source: PhotoSource) -> bytes:
    """Read a photo of 256 MiB at most: its bytes or, if its sheet shows it cropped or turned, a new picture.

    Parameters
    ----------
    source : PhotoSource

    Returns
    -------
    bytes

    Raises
    ------
    UnreadablePicture
        It is missing, no regular file (a pipe or device is never opened), too big, not what it was, or cannot be read
        (or decoded, where it must be turned).

    Examples
    --------
    >>> from pathlib import Path
    >>> size = Path("crack.jpg").write_bytes(b"four")
    >>> read_photo(PhotoSource(str(Path("crack.jpg").absolute())))
    b'four'
    """
    content, digest = read_stored(source)
    if source.digest and digest != source.digest:
        raise UnreadablePicture("has changed since it was catalogued")
    _, view = parted(source.inside)
    return view.shown(content) if view else content


def read_stored(source: PhotoSource) -> tuple[bytes, str]:
    """Read the bytes of a photo as they are stored, and the digest of what is shown.

    Nothing is decoded: the digest of a picture that its sheet shows cropped or turned is of its bytes and its view.

    Parameters
    ----------
    source : PhotoSource

    Returns
    -------
    content : bytes
    digest : str

    Raises
    ------
    UnreadablePicture
        As for `read_photo`.
    """
    if not PurePath(source.file).is_absolute() or ".." in PurePath(source.file).parts:
        raise UnreadablePicture("must be named by an absolute path without '..'")
    member, view = parted(source.inside)
    content = _read_member(source.file, member) if member else _read_file(source.file)
    return content, content_digest(content + view.at("").encode() if view else content)


def content_digest(content: bytes) -> str:
    """The name of a photo's content: BLAKE2b with 256 bits, in hexadecimal.

    Examples
    --------
    >>> content_digest(b"")[:16]
    '0e5751c026e543b2'
    """
    return blake2b(content, digest_size=32).hexdigest()


def _read_file(file: str) -> bytes:
    if PurePath(file).suffix.lower() in RAW_FILES:
        raise UnreadablePicture("is a raw camera file, which is not read: save it as JPEG")
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


def _read_member(file: str, member: str) -> bytes:
    try:
        with WorkbookZip(file) as workbook:
            return workbook.read(inside_zip("", member))
    except UnreadableWorkbook as error:
        raise UnreadablePicture(f"cannot be read: its workbook {error}") from error
