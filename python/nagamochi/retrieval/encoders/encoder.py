"""What turns pictures into vectors: the protocol, how an encoder is told from others, and encoders by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from nagamochi.base.arguments import invalid

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


def encoder_by_name(
    name: str, *, device: str = "auto", threads: int = 0, precision: str = "auto", batch_size: int | None = None
) -> Encoder:
    """Make the encoder that a name stands for.

    Parameters
    ----------
    name : str
        - ``"local-dir:FOLDER"``: an open_clip model from a folder with `open_clip_config.json` and a weight file;
        - ``"NAME/PRETRAINED"``: an open_clip model and its weights: a tag (downloaded, unless it was before) or a file;
        - ``"timm:NAME=WEIGHTS"``: a timm model, with a tag if it has several (``NAME.TAG``), and a weight file;
          ``"timm-eval:NAME=WEIGHTS"``: the same with margins cut off as in timm's evaluation;
        - ``"timm-texture:NAME=WEIGHTS"``: a middle layer of a timm model (see `TextureEncoder`);
        - ``"random:NAME"``, ``"random:local-dir:FOLDER"``, ``"random:timm:NAME"``: the same with random weights, which
          are good for comparison only;
        - ``"colour-histogram"``: without a model;
        - ``"centred:FILE=NAME"``: one of these less the `Centre` saved in a file.
    device : str
        "auto" (CUDA if there is any), "cuda", "cuda:1" .., or "cpu".
    threads : int
        Batches encoded at once on the CPU, each by one thread; 0 for all cores. Vectors do not depend on it.
    precision : str
        "auto" (float16 on CUDA, bfloat16 on processors that compute with it, otherwise float32), "float32", "bfloat16"
        or "float16".
    batch_size : int, optional
        Pictures of a batch; vectors depend on it in their last digits.

    Raises
    ------
    InvalidInput
        The name has none of these forms, or its weights are not there, hold code, or do not fit the model.
    ImportError
        The extra `retrieval` is not installed.

    Examples
    --------
    >>> encoder_by_name("colour-histogram").identity.dimension
    512
    """
    from nagamochi.retrieval.encoders.centring import CentredEncoder
    from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
    from nagamochi.retrieval.encoders.open_clip_encoder import OpenClipEncoder
    from nagamochi.retrieval.encoders.texture import TEXTURE, TextureEncoder
    from nagamochi.retrieval.encoders.timm_encoder import PREPROCESSINGS, TimmEncoder

    options: dict[str, Any] = {"device": device, "threads": threads, "precision": precision, "batch_size": batch_size}
    if name.startswith("centred:"):
        file, _, centred = name.removeprefix("centred:").partition("=")
        if not file or not centred:
            raise invalid("name", "must be centred:FILE=NAME", name)
        return CentredEncoder(encoder_by_name(centred, **options), file)
    is_random = name.startswith(f"{RANDOM}:")
    kind, _, model = name.removeprefix(f"{RANDOM}:").partition(":")
    if name == "colour-histogram":
        return ColourHistogram(threads=threads)
    if kind not in {*PREPROCESSINGS, TEXTURE}:
        return OpenClipEncoder(name, **options)
    model, _, weights = model.partition("=")
    if is_random == bool(weights):
        raise invalid("name", f"must be {kind}:NAME=WEIGHTS or, for random weights, {RANDOM}:{kind}:NAME", name)
    if kind == TEXTURE:
        return TextureEncoder(model, weights or RANDOM, **options)
    return TimmEncoder(model, weights or RANDOM, preprocessing=PREPROCESSINGS[kind], **options)
