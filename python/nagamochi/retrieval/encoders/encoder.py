"""Encoders turn pictures into vectors: their protocol and their identity."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

RANDOM = "random"

Vectors = npt.NDArray[np.float32]
Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class EncoderIdentity:
    """Which encoder made a vector; only vectors of equal identities can be compared.

    Parameters
    ----------
    model : str
        Architecture, by its name in open_clip or timm, or as a configuration.
    weights : str
        BLAKE2b-256 of the weight file in hexadecimal digits; of random weights "random:" and that of the tensors.
    preprocessing : str
        How a picture becomes pixels of the model's input.
    dimension : int
        Length of a vector.

    Examples
    --------
    >>> identity = EncoderIdentity("colour-histogram", "none", "squashed to 128 x 128 px", 512)
    >>> EncoderIdentity.from_json(identity.to_json()) == identity
    True
    """

    model: str
    weights: str
    preprocessing: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.model} (weights {self.weights[:19]}, {self.preprocessing}, {self.dimension} numbers)"

    def to_json(self) -> str:
        """As a JSON object, the same text for equal identities."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> EncoderIdentity:
        """The identity that `to_json` wrote."""
        return cls(**json.loads(text))


class Encoder(Protocol):
    """Turns pictures into vectors.

    Attributes
    ----------
    name : str
        With which `encoder_by_name` makes it again, from any folder.
    identity : EncoderIdentity
    precision : str
        "float32", "bfloat16" or "float16": the numbers that the model computes with.
    batch_size : int
        Pictures of a batch. A picture's vector has the same bits whenever its batch and its place in it are the same.
    at_once : int
        Batches that can usefully be encoded at once, by as many threads.
    """

    name: str
    identity: EncoderIdentity
    precision: str
    batch_size: int
    at_once: int

    @property
    def preparation(self) -> Callable[[Image], Pictures]:
        """`prepare` for other processes: it can be pickled, without the model."""

    def prepare(self, picture: Image) -> Pictures:
        """The picture, which must be RGB, as a row of a batch."""

    def encode(self, batch: Pictures) -> Vectors:
        """Vectors (n, dimension), not normalised, of at most `batch_size` prepared pictures (n, ..).

        Several threads may call it.
        """

    def encode_text(self, words: Sequence[str]) -> Vectors:
        """Vectors (n, dimension) of texts; InvalidInput if the model has no text encoder."""
