"""Models of open_clip: pictures and texts in one space."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.class_token import for_class_token_only
from nagamochi.retrieval.encoders.encoder import Vectors
from nagamochi.retrieval.encoders.open_clip_source import OpenClipSource
from nagamochi.retrieval.encoders.preparation import Preparation
from nagamochi.retrieval.encoders.random_weights import with_random_weights
from nagamochi.retrieval.encoders.torch_encoder import ImageModel, TorchEncoder
from nagamochi.retrieval.encoders.torch_threads import one_torch_thread
from nagamochi.retrieval.encoders.weights import file_digest, read_tensors, refuse_misfit


class OpenClipEncoder(TorchEncoder):
    """A model of open_clip; pictures and texts that belong together have vectors in similar directions.

    Parameters
    ----------
    name : str
        - ``"local-dir:FOLDER"``: a folder with `open_clip_config.json` and a weight file; nothing is downloaded;
        - ``"NAME/PRETRAINED"``: a model of open_clip with a weight file, or with the tag of weights that open_clip
          knows and downloaded before (nothing is downloaded here). Beside a weight file,
          `open_clip_config.json` gives mean, deviation, interpolation and fit; without it, they are those that all
          weights of the model share, of those that open_clip knows, or else open_clip's general defaults;
        - ``"random:NAME"``, ``"random:local-dir:FOLDER"``: with random weights, which are good for comparison only.
    device, threads, precision, batch_size
        As for `encoder_by_name`.

    Raises
    ------
    InvalidInput
        There is no such model, folder or file, the configuration is not open_clip's or has impossible settings, code is
        in the file, or tensors are missing, unexpected or of another shape.
    CorruptFile
        The weight file or the configuration is damaged.

    Examples
    --------
    >>> encoder = OpenClipEncoder("random:ViT-S-32-alt", threads=1)
    >>> encoder.encode_text(["rust on a main girder"]).shape
    (1, 256)
    """

    def __init__(
        self,
        name: str,
        *,
        device: str = "auto",
        threads: int = 0,
        precision: str = "auto",
        batch_size: int | None = None,
    ) -> None:
        self._source = OpenClipSource.named(name)
        self._whole, digest = loaded(self._source)
        model = _image_model(_architecture(self._source.config), digest, self._whole.visual)
        super().__init__(model, device=device, threads=threads, precision=precision, batch_size=batch_size)
        self.name = self._source.encoder_name
        self.made_from = {"name": self.name}
        self._tokenizer: Any = None

    def encode_text(self, words: Sequence[str]) -> Vectors:
        """Vectors (n, dimension) of texts, not normalised; computed in float32 on the CPU.

        Texts beyond the model's length are cut.

        Raises
        ------
        InvalidInput
            The model's tokenizer needs a library that is not installed.
        """
        torch = _backends.torch()
        tokens = self._tokens(list(words))
        with one_torch_thread(), torch.inference_mode():
            vectors: Vectors = self._whole.encode_text(tokens).numpy()
        return vectors

    def _tokens(self, words: list[str]) -> Any:
        if self._tokenizer is None:
            try:
                self._tokenizer = _backends.open_clip().get_tokenizer(self._source.name)
            except ImportError as error:
                rule = f"needs a tokenizer that cannot be loaded ({error})"
                raise arguments.invalid("text", rule, words) from error
        return self._tokenizer(words)


@one_torch_thread()
def loaded(source: OpenClipSource) -> tuple[Any, str]:
    """Return open_clip's model with its weights, checked, and their digest."""
    if source.weights is None:
        return with_random_weights(lambda: _made(source))
    read_tensors(source.weights)  # refuses in words what open_clip would not
    whole = _made(source)
    try:
        found = _backends.open_clip().load_checkpoint(whole, str(source.weights), strict=False)
    except RuntimeError as error:
        rule = "must hold tensors of the model's shapes"
        raise InvalidInput(
            [Problem(rule, each.strip(), str(source.weights)) for each in str(error).splitlines()[1:]]
        ) from error
    refuse_misfit(source.weights, found.missing_keys, found.unexpected_keys)
    return whole, file_digest(source.weights)


def _made(source: OpenClipSource) -> Any:
    with _quiet():
        try:
            whole = _backends.open_clip().create_model(
                source.name, load_weights=False, pretrained_text=False, force_preprocess_cfg=source.preprocess
            )
        except (AssertionError, ImportError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise arguments.invalid(
                "name", f"must be a model that open_clip can build ({error})", source.name
            ) from error
    return whole.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that there are no weights yet; a handler keeps `logging` from adding one that stays."""
    handler = logging.NullHandler()
    logging.root.addHandler(handler)
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        logging.root.removeHandler(handler)


def _architecture(config: dict[str, Any]) -> str:
    """The model's name in open_clip; the whole configuration if it has none."""
    open_clip = _backends.open_clip()
    names = (name for name in open_clip.list_models() if open_clip.get_model_config(name) == config)
    return f"open_clip:{next(names, None) or json.dumps(config, sort_keys=True, separators=(',', ':'))}"


@one_torch_thread()
def _image_model(name: str, digest: str, visual: Any) -> ImageModel:
    config = visual.preprocess_cfg
    size = config["size"]
    height, width = (size, size) if isinstance(size, int) else size
    fit = config["resize_mode"]
    free_choice = height == width or fit != "shortest"  # open_clip takes bicubic for other shapes
    interpolation = "bilinear" if config["interpolation"] == "bilinear" and free_choice else "bicubic"
    fill = (config["fill_color"],) * 3 if fit == "longest" else (0, 0, 0)
    preparation = Preparation((height, width), (height, width), fit, interpolation, fill)
    module = for_class_token_only(visual)
    return ImageModel(name, digest, module, preparation, tuple(config["mean"]), tuple(config["std"]))
