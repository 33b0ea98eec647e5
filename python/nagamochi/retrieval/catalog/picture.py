"""Pictures from bytes that nobody vouches for: whole, upright, in RGB, or refused in words."""

from __future__ import annotations

import io
import threading
import warnings
from typing import TYPE_CHECKING

import numpy as np

from nagamochi.retrieval import _backends

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 80_000_000
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "AVIF", "HEIF")
ORIENTATION = 0x0112
DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras give a sample of grey in a file with 16."""

_BEGINNINGS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "TIFF",
    b"MM\x00+": "TIFF",
    b"BM": "BMP",
}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"msf1"}
"""Brands of both."""
_MOST_BRANDS = 64


class _WithoutWarnings:
    """Ignores Pillow's warnings about odd files while any thread decodes; `catch_warnings` alone is for one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            self._threads += 1
            if self._threads == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._threads -= 1
            if self._threads == 0:
                self._filters.__exit__(None, None, None)


_WITHOUT_WARNINGS = _WithoutWarnings()


class UnreadablePicture(ValueError):
    """A file is no picture that can be used; the message says why, as the end of a sentence that names the file."""


def picture_format(content: bytes) -> str:
    """Tell a picture's format by its first bytes.

    Parameters
    ----------
    content : bytes
        The file, or its beginning.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    UnreadablePicture
        It is empty or begins like none of them, or is a HEIC or AVIF picture that the installation cannot read.

    Examples
    --------
    >>> picture_format(b"BM....")
    'BMP'
    """
    if not content:
        raise UnreadablePicture("is empty (0 bytes)")
    for beginning, name in _BEGINNINGS.items():
        if content.startswith(beginning):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    brands = _brands(content)
    if brands & _HEIC_BRANDS or (brands & _HEIF_BRANDS and not brands & _AVIF_BRANDS):
        if not _backends.heif_is_read():
            raise UnreadablePicture("is a HEIC picture: `pip install 'nagamochi[heic]'`, or save it as JPEG")
        return "HEIF"
    if brands & _AVIF_BRANDS:
        if not _backends.avif_is_read():
            raise UnreadablePicture("is an AVIF picture, which this Pillow does not read: save it as JPEG")
        return "AVIF"
    raise UnreadablePicture("is not a picture in JPEG, PNG, TIFF, BMP, WebP, HEIC or AVIF")


def _brands(content: bytes) -> set[bytes]:
    """The brands by which a file of the ISO base media format says what it holds; of others none."""
    if content[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(content[:4], "big"), len(content), 4 * _MOST_BRANDS)
    return {content[8:12], *(content[at : at + 4] for at in range(16, end - 3, 4))}


def open_picture(content: bytes, *, at_least: int | None = None, upright: bool = True) -> Image:
    """Decode a picture.

    Turned upright by its EXIF orientation; transparent parts on white; of several frames the first; 16-bit grey by its
    high eight bits, of 10, 12, 14 or 16 by its own maximum. Metadata that cannot be read is left out.

    Parameters
    ----------
    content : bytes
        The whole file.
    at_least : int, optional
        Pixels that are enough for each side: a JPEG is then decoded to a half, quarter or eighth of its size, which is
        several times faster.
    upright : bool
        False leaves it as it is stored, whatever its EXIF orientation is.

    Returns
    -------
    PIL.Image.Image
        In mode RGB.

    Raises
    ------
    UnreadablePicture
        It is in another format, has more than `MOST_PIXELS` (known from its header, nothing is decoded then), is cut
        short or damaged.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("CMYK", (4, 3)).save(file, "TIFF")
    >>> open_picture(file.getvalue())
    <PIL.Image.Image image mode=RGB size=4x3 at ...>
    """
    pillow = _backends.pillow()
    form = picture_format(content)
    with _WITHOUT_WARNINGS:
        try:
            with pillow.open(io.BytesIO(content), formats=(form,)) as picture:
                refuse_too_big(*picture.size)
                if at_least is not None and form == "JPEG":
                    picture.draft(None, (at_least, at_least))
                picture.load()
                refuse_too_big(*picture.size)
                return _upright(_in_rgb(picture), _orientation(picture) if upright else 1)
        except UnreadablePicture:
            raise
        except pillow.UnidentifiedImageError as error:
            raise UnreadablePicture("is damaged or cut short (no whole header)") from error
        except pillow.DecompressionBombError as error:
            raise UnreadablePicture(f"has more than {MOST_PIXELS:,} pixels") from error
        except Exception as error:  # decoders fail in every way there is on bytes that somebody made up
            raise UnreadablePicture(f"is damaged or cut short ({_reason(error)})") from error


def refuse_too_big(width: int, height: int) -> None:
    """Refuse a picture of more than `MOST_PIXELS`, or of none."""
    if width * height > MOST_PIXELS:
        raise UnreadablePicture(f"has {width:,} x {height:,} pixels, more than {MOST_PIXELS:,}")
    if width * height == 0:
        raise UnreadablePicture("has no pixels")


def _in_rgb(picture: Image) -> Image:
    pillow = _backends.pillow()
    if picture.mode.startswith("I;16"):
        samples = np.asarray(picture)
        depth = next(depth for depth in DEPTHS if int(samples.max()) < 2**depth)
        grey: Image = pillow.fromarray((samples >> (depth - 8)).astype(np.uint8))
        return grey.convert("RGB")
    if picture.mode in ("I", "F"):
        raise UnreadablePicture("has 32-bit samples: save it with 8 or 16 bits")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = pillow.new("RGBA", layer.size, "white")
    composed: Image = pillow.alpha_composite(white, layer)
    return composed.convert("RGB")


def _orientation(picture: Image) -> int:
    """The EXIF orientation; 1, as stored, where it cannot be read."""
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # the picture itself is good
        return 1


def _upright(picture: Image, orientation: int) -> Image:
    transpose = _backends.pillow().Transpose
    turns = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_270,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
