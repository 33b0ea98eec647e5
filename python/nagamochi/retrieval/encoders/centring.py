"""Vectors less what all photos have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.files import replace_whole
from nagamochi.base.inputs import note_input
from nagamochi.errors import CorruptFile, InvalidInput, Problem, StaleStore
from nagamochi.retrieval.encoders.encoder import Encoder, EncoderIdentity, Pictures, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Centre:
    """The mean direction of photos.

    Parameters
    ----------
    encoder : EncoderIdentity
        Which encoder made their vectors.
    vector : ndarray of float32, (dimension,)
        Mean of the vectors, each scaled to length 1.
    photos : int
        How many there were.

    Examples
    --------
    >>> identity = EncoderIdentity("colour-histogram", "none", "squashed to 128 x 128 px", 2)
    >>> centre = Centre.of(np.array([[2.0, 0.0], [0.0, 3.0]]), identity)
    >>> centre.save("centre.json")
    >>> Centre.read("centre.json")
    <Centre of 2 photos by colour-histogram (weights none, squashed to 128 x 128 px, 2 numbers)>
    """

    encoder: EncoderIdentity
    vector: Vectors
    photos: int

    @classmethod
    def of(cls, vectors: npt.ArrayLike, encoder: EncoderIdentity) -> Centre:
        """The centre of a database's vectors, (photos, dimension), made by an encoder of this identity.

        Photos that are to be judged by what they find should not be among them.

        Raises
        ------
        InvalidInput
            There are no vectors, or they do not have the encoder's length.
        """
        given = np.asarray(vectors)
        if given.ndim != 2 or not len(given) or given.shape[1] != encoder.dimension:
            raise arguments.invalid(
                "vectors", f"must be one vector or more of {encoder.dimension} numbers", given.shape
            )
        return cls(encoder, unit_vectors(given).mean(axis=0, dtype=np.float64).astype(np.float32), len(given))

    def __repr__(self) -> str:
        return f"<Centre of {self.photos:,} photos by {self.encoder}>"

    def save(self, file: str | Path) -> None:
        """Write it as JSON, without loss."""
        fields = {
            "format": FORMAT,
            "encoder": json.loads(self.encoder.to_json()),
            "photos": self.photos,
            "centre": self.vector.tolist(),
        }
        replace_whole(Path(file), json.dumps(fields).encode())

    @classmethod
    def read(cls, file: str | Path) -> Centre:
        """Read what `save` wrote.

        Raises
        ------
        CorruptFile
            It is damaged or something else.
        StaleStore
            Another version wrote it.
        OSError
            It cannot be read.
        """
        note_input(file)
        content = Path(file).read_bytes()
        try:
            fields = json.loads(content)
            written = fields["format"]
            if written == FORMAT:
                return _from_fields(fields)
        except (RecursionError, ValueError, KeyError, TypeError) as error:
            raise CorruptFile(f"{file}: is damaged, or no centre of vectors ({error})") from error
        raise StaleStore(f"{file}: has format {written}, this version of nagamochi reads format {FORMAT}")

    def subtracted(self, vectors: npt.ArrayLike) -> Vectors:
        """The vectors, each scaled to length 1, less the centre."""
        less: Vectors = unit_vectors(vectors) - self.vector
        return less


class CentredEncoder:
    """Another encoder's vectors, each scaled to length 1, less the centre of a database.

    What all photos of a collection have in common says nothing about which of them are alike, but makes all of them
    so. For the rest see `Encoder`.

    Parameters
    ----------
    encoder : Encoder
    file : path
        Where a `Centre` of vectors of that encoder was saved.

    Raises
    ------
    InvalidInput
        The centre belongs to another encoder.
    CorruptFile, StaleStore, OSError
        As `Centre.read`.

    Examples
    --------
    >>> from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
    >>> histogram = ColourHistogram()
    >>> Centre.of(np.ones((10, 512)), histogram.identity).save("centre.json")
    >>> CentredEncoder(histogram, "centre.json").identity.model
    'centred colour-histogram'
    """

    def __init__(self, encoder: Encoder, file: str | Path) -> None:
        centre = Centre.read(file)
        if centre.encoder != encoder.identity:
            rule = f"must have been made with this encoder, {encoder.identity}"
            raise InvalidInput(Problem(rule, str(centre.encoder), str(file)))
        self.name = f"centred:{Path(file).absolute()}={encoder.name}"
        self._encoder = encoder
        self._centre = centre
        self.precision, self.batch_size, self.at_once = encoder.precision, encoder.batch_size, encoder.at_once
        digest = hashlib.blake2b(encoder.identity.weights.encode() + centre.vector.tobytes(), digest_size=32)
        self.identity = replace(encoder.identity, model=f"centred {encoder.identity.model}", weights=digest.hexdigest())

    def __repr__(self) -> str:
        return f"<CentredEncoder of {self._encoder!r}, centre of {self._centre.photos:,} photos>"

    @property
    def preparation(self) -> Callable[[Image], Pictures]:
        """`prepare` for other processes."""
        return self._encoder.preparation

    def prepare(self, picture: Image) -> Pictures:
        """The picture as the other encoder takes it."""
        return self._encoder.prepare(picture)

    def encode(self, batch: Pictures) -> Vectors:
        """Centred vectors (n, dimension) of prepared pictures."""
        return self._centre.subtracted(self._encoder.encode(batch))

    def encode_text(self, words: Sequence[str]) -> Vectors:
        """InvalidInput: the centre of photos is not that of texts."""
        raise arguments.invalid("text", "cannot be sought among centred vectors of photos", list(words))


def unit_vectors(vectors: npt.ArrayLike) -> Vectors:
    """Vectors (n, dimension) scaled to length 1 in float32; what has no length stays 0."""
    given = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(given, axis=1, keepdims=True)
    return np.asarray(given / np.where(lengths > 0, lengths, 1), np.float32)


def _from_fields(fields: dict[str, Any]) -> Centre:
    encoder = EncoderIdentity(**fields["encoder"])
    vector = np.array(fields["centre"], np.float32)
    if vector.shape != (encoder.dimension,) or not np.isfinite(vector).all():
        raise ValueError(f"not {encoder.dimension} numbers")
    return Centre(encoder, vector, arguments.whole_number("photos", fields["photos"], at_least=1))
