"""Encoders by name."""

from __future__ import annotations

from typing import Any

from nagamochi.base.arguments import invalid
from nagamochi.retrieval.encoders.centring import CentredEncoder
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.encoder import RANDOM, Encoder
from nagamochi.retrieval.encoders.open_clip_encoder import OpenClipEncoder
from nagamochi.retrieval.encoders.texture import TEXTURE, TextureEncoder
from nagamochi.retrieval.encoders.timm_encoder import PREPROCESSINGS, TimmEncoder


def encoder_by_name(
    name: str, *, device: str = "auto", threads: int = 0, precision: str = "auto", batch_size: int | None = None
) -> Encoder:
    """Make the encoder that a name stands for.

    Parameters
    ----------
    name : str
        - ``"local-dir:FOLDER"``: an open_clip model from a folder with `open_clip_config.json` and a weight file;
        - ``"NAME/PRETRAINED"``: an open_clip model and its weights: a file, or a tag that was downloaded before;
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
