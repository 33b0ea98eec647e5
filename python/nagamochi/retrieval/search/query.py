"""What is searched for: photos, a part of one, a vector or words, as one vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.photo_source import PhotoSource, content_digest, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.encoders.encoder import Encoder
from nagamochi.retrieval.encoders.preparation import prepare_photo
from nagamochi.retrieval.search.index import Numbers
from nagamochi.retrieval.store.header import StoreHeader

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]
Photo = str | Path | bytes | PhotoSource


@dataclass(frozen=True, eq=False)
class Query:
    """What was searched for.

    Parameters
    ----------
    vector : numpy.ndarray
        ``(dimension)`` float32, as it was compared.
    pictures : tuple of bytes
        The files of its photos.
    box : (int, int, int, int) or None
        x, y, width and height in pixels of the part of the photo that was searched for.
    text : str or None
        Its words.
    """

    vector: npt.NDArray[np.float32]
    pictures: tuple[bytes, ...] = ()
    box: Box | None = None
    text: str | None = None

    @property
    def digests(self) -> tuple[str, ...]:
        """Of its photos."""
        return tuple(map(content_digest, self.pictures))


class QueryReader:
    """Makes vectors of queries, comparable with those of a store.

    Parameters
    ----------
    header : StoreHeader
        What the store's vectors have in common.
    encoder : Encoder or None
        Without one, only photos with a stored vector can be searched for, and vectors.
    stored : callable
        The vector of a photo in the store by its digest; None where it is not there.
    """

    def __init__(
        self, header: StoreHeader, encoder: Encoder | None, stored: Callable[[str], npt.NDArray[Any] | None]
    ) -> None:
        self._header = header
        self._encoder = encoder
        self._stored = stored

    def read(self, query: object, box: Sequence[int] | None, text: str | None) -> Query:
        """One vector for what is asked; InvalidInput if it is not exactly one thing."""
        if (query is None) == (text is None):
            raise arguments.invalid("query", "must be given, or else text", query)
        if text is not None:
            if box is not None:
                raise arguments.invalid("box", "must be a part of a photo, not of a text", box)
            arguments.instance("text", text, str)
            return Query(self._compared(self._needed_encoder().encode_text([text])), text=text)
        if isinstance(query, np.ndarray):
            if box is not None:
                raise arguments.invalid("box", "must be a part of a photo, not of a vector", box)
            if query.ndim != 1:
                raise InvalidInput(Problem("must be one vector", f"an array of shape {query.shape}", "query"))
            return Query(self._compared(vectors_of("query", query, self._header.dimension)))
        photos = list(query) if isinstance(query, (list, tuple)) else [query]
        if not photos or (box is not None and len(photos) > 1):
            raise arguments.invalid("query", "must be one photo with a box, or photos without", query)
        pictures = tuple(map(_content, photos))
        if box is not None:
            part = _box(box)
            return Query(self._compared(self._encoded(pictures[0], part)), pictures, part)
        return Query(self._compared(np.stack([self._vector(picture) for picture in pictures])), pictures)

    def _vector(self, picture: bytes) -> npt.NDArray[Any]:
        stored = self._stored(content_digest(picture))
        vector = self._encoded(picture, None)[0] if stored is None else stored
        return unit(vector[None])[0] if self._header.unit_vectors else vector

    def _encoded(self, content: bytes, box: Box | None) -> npt.NDArray[np.float32]:
        encoder = self._needed_encoder()
        try:
            if box is None:
                prepared = prepare_photo(encoder.preparation, content)
            else:
                prepared = encoder.prepare(_cut(open_picture(content), box))
        except UnreadablePicture as reason:
            raise InvalidInput(Problem("must be a photo that can be used", f"one that {reason}", "query")) from reason
        return encoder.encode(prepared[None])

    def _compared(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The mean, of unit length where the store's vectors are."""
        mean = vectors.astype(np.float64).mean(axis=0)
        if self._header.unit_vectors:
            if not mean.any():
                raise arguments.invalid("query", "must have a direction: the mean of its vectors is zero", "0")
            mean = unit(mean[None])[0]
        compared: npt.NDArray[np.float32] = mean.astype(np.float32)
        return compared

    def _needed_encoder(self) -> Encoder:
        if self._encoder is None:
            rule = f"must be given to search for what has no stored vector: {self._header.encoder}"
            raise arguments.invalid("encoder", rule, None)
        return self._encoder


def vectors_of(name: str, vectors: npt.NDArray[Any], dimension: int) -> npt.NDArray[np.float32]:
    """Vectors as ``(n, dimension)`` float32, all finite."""
    rows = np.atleast_2d(np.asarray(vectors))
    if rows.ndim != 2 or rows.shape[1] != dimension or rows.dtype.kind not in "fiu":
        rule = f"must be real vectors of {dimension} numbers"
        raise InvalidInput(Problem(rule, f"{rows.dtype} of shape {np.shape(vectors)}", name))
    if not np.isfinite(rows).all():
        raise InvalidInput(Problem("must be finite", "a number that is not", name))
    return rows.astype(np.float32)


def unit(vectors: npt.NDArray[Any]) -> Numbers:
    """Each vector at length 1, in float64."""
    doubles = vectors.astype(np.float64)
    lengths: Numbers = np.sqrt(np.square(doubles).sum(axis=1, keepdims=True))
    return doubles / lengths


def _content(photo: object) -> bytes:
    if isinstance(photo, bytes):
        return photo
    arguments.instance("query", photo, str, Path, PhotoSource)
    source = photo if isinstance(photo, PhotoSource) else PhotoSource(str(Path(str(photo)).resolve()))
    try:
        return read_photo(source)
    except UnreadablePicture as reason:
        raise InvalidInput(
            Problem("must be a photo that can be read", f"{source.file}, which {reason}", "query")
        ) from reason


def _cut(picture: Image, box: Box) -> Image:
    x, y, width, height = box
    if x + width > picture.width or y + height > picture.height:
        raise arguments.invalid("box", f"must lie within the picture of {picture.width} x {picture.height} px", box)
    return picture.crop((x, y, x + width, y + height))


def _box(box: Sequence[int]) -> Box:
    if len(box) != 4:
        raise arguments.invalid("box", "must be x, y, width and height in pixels", box)
    x, y = (arguments.whole_number("box", value, at_least=0) for value in box[:2])
    width, height = (arguments.whole_number("box", value, at_least=1) for value in box[2:])
    return x, y, width, height
