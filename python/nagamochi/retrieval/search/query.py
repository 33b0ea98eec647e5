"""What a search asks for, as plain data, and the vector that stands for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.inputs import note_input
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.photo_source import PhotoSource, content_digest, read_photo
from nagamochi.retrieval.catalog.picture import UnreadablePicture, open_picture
from nagamochi.retrieval.encoders.encoder import Encoder
from nagamochi.retrieval.encoders.preparation import prepare_photo
from nagamochi.retrieval.search.filters import Where
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.vectors.arrays import unit, vectors_of
from nagamochi.vocabulary import column_name

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]
Photo = str | Path | bytes | PhotoSource


@dataclass(frozen=True, eq=False, kw_only=True)
class Query:
    """What to search for, and among which photos; exactly one of `photos`, `vector` and `text` is given.

    Parameters
    ----------
    photos : sequence of path, bytes or PhotoSource
        One photo; or several of one thing, which are searched for by the mean of their vectors (of their unit vectors
        where the store's vectors have unit length).
    vector : numpy.ndarray, optional
        ``(dimension)``, made by the store's encoder.
    text : str, optional
        Words, for an encoder with a text part.
    box : (int, int, int, int), optional
        x, y, width and height in pixels of the upright photo: only this part is searched for.
    k : int
        How many hits; fewer where fewer photos are admitted.
    where : mapping or str, optional
        Which records may be found, as `nagamochi.retrieval.search.filters.admitted` explains.
    exclude_same : str, optional
        A column, e.g. "bridge_id": records with the same value as the query's own record are left out. The query must
        be a photo of the store; for others use ``where={"bridge_id": "!=B7"}``.

    Raises
    ------
    InvalidInput
        Nothing or more than one thing is searched for, or an argument breaks its rule.

    Examples
    --------
    >>> query = Query(photos=["rust.png"], box=(0, 0, 200, 100), where={"member": "slab"})
    >>> query.photos, query.k
    (('rust.png',), 10)
    """

    photos: Sequence[Photo] = ()
    vector: npt.NDArray[Any] | None = None
    text: str | None = None
    box: Sequence[int] | None = None
    k: int = 10
    where: Where | None = None
    exclude_same: str | None = None

    def __post_init__(self) -> None:
        arguments.instance("photos", self.photos, list, tuple)
        photos = tuple(self.photos)
        for photo in photos:
            arguments.instance("photos", photo, str, Path, bytes, PhotoSource)
        given = [bool(photos), self.vector is not None, self.text is not None]
        if sum(given) != 1:
            raise arguments.invalid("photos", "must be given, or else a vector, or else a text", self.photos)
        if self.box is not None and len(photos) != 1:
            raise arguments.invalid("box", "must be part of one photo", self.box)
        if self.text is not None:
            arguments.instance("text", self.text, str)
        if self.exclude_same is not None:
            arguments.instance("exclude_same", self.exclude_same, str)
            object.__setattr__(self, "exclude_same", column_name(self.exclude_same))
        object.__setattr__(self, "photos", photos)
        object.__setattr__(self, "box", None if self.box is None else _box(self.box))
        object.__setattr__(self, "k", arguments.whole_number("k", self.k, at_least=1))

    def with_contents(self) -> Query:
        """Return the query with the content of its photos in place of their paths.

        Raises
        ------
        InvalidInput
            A photo cannot be read.
        """
        return replace(self, photos=tuple(map(_content, self.photos)))

    @property
    def pictures(self) -> tuple[bytes, ...]:
        """Contents of its photos, after `with_contents`."""
        return tuple(photo for photo in self.photos if isinstance(photo, bytes))

    @property
    def digests(self) -> tuple[str, ...]:
        """Digests of its photos, after `with_contents`."""
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
        Returns the vector of a photo in the store by its digest; None where it is not there.
    """

    def __init__(
        self, header: StoreHeader, encoder: Encoder | None, stored: Callable[[str], npt.NDArray[Any] | None]
    ) -> None:
        self._header = header
        self._encoder = encoder
        self._stored = stored

    def vector(self, query: Query) -> npt.NDArray[np.float32]:
        """Return the vector ``(dimension)`` of a query with contents, as it is compared with the store's."""
        if query.text is not None:
            return self._compared(self._needed_encoder().encode_text([query.text]))
        if query.vector is not None:
            if np.ndim(query.vector) != 1:
                found = f"an array of shape {np.shape(query.vector)}"
                raise InvalidInput(Problem("must be one vector", found, "vector"))
            return self._compared(vectors_of("vector", query.vector, self._header.dimension))
        if query.box is not None:
            return self._compared(self._encoded(query.pictures[0], "photos[0]", query.box))
        named = ((picture, f"photos[{number}]") for number, picture in enumerate(query.pictures))
        return self._compared(np.stack([self._vector(picture, name) for picture, name in named]))

    def _vector(self, picture: bytes, name: str) -> npt.NDArray[Any]:
        stored = self._stored(content_digest(picture))
        vector = self._encoded(picture, name)[0] if stored is None else stored
        return unit(vector[None])[0] if self._header.unit_vectors else vector

    def _encoded(self, content: bytes, name: str, box: Sequence[int] | None = None) -> npt.NDArray[np.float32]:
        encoder = self._needed_encoder()
        try:
            if box is None:
                prepared = prepare_photo(encoder.preparation, content)
            else:
                prepared = encoder.prepare(_cut(open_picture(content), box))
        except UnreadablePicture as reason:
            raise InvalidInput(Problem("must be a photo that can be used", f"one that {reason}", name)) from reason
        return encoder.encode(prepared[None])

    def _compared(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The mean, of unit length where the store's vectors are."""
        mean = vectors.astype(np.float64).mean(axis=0)
        if self._header.unit_vectors:
            if not mean.any():
                raise arguments.invalid("query", "must have a direction, but the mean of its vectors is zero", "0")
            mean = unit(mean[None])[0]
        compared: npt.NDArray[np.float32] = mean.astype(np.float32)
        return compared

    def _needed_encoder(self) -> Encoder:
        if self._encoder is None:
            rule = f"must be given to search for what has no stored vector: {self._header.encoder}"
            raise arguments.invalid("encoder", rule, None)
        return self._encoder


def _content(photo: Photo) -> bytes:
    if isinstance(photo, bytes):
        return photo
    source = photo if isinstance(photo, PhotoSource) else PhotoSource(str(Path(photo).resolve()))
    note_input(source.file)
    try:
        return read_photo(source)
    except UnreadablePicture as reason:
        found = f"{source.file}, which {reason}"
        raise InvalidInput(Problem("must be a photo that can be read", found, "photos")) from reason


def _cut(picture: Image, box: Sequence[int]) -> Image:
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
