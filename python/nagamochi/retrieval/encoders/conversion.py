"""Models as files of tensors alone, made from the files of training programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nagamochi.base import arguments
from nagamochi.base.files import write_synced
from nagamochi.base.folder import Drafts, replacing_files
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders import timm_config
from nagamochi.retrieval.encoders.encoder import RANDOM
from nagamochi.retrieval.encoders.open_clip_encoder import loaded
from nagamochi.retrieval.encoders.open_clip_source import CONFIG, LOCAL, PREFERRED, PREPROCESSING, OpenClipSource
from nagamochi.retrieval.encoders.texture import TEXTURE
from nagamochi.retrieval.encoders.timm_encoder import PREPROCESSINGS, timm_model

TIMM_WEIGHTS = "model.safetensors"


def convert_weights(name: str, folder: str | Path) -> str:
    """Write the model of an encoder as safetensors, with the configuration that it takes pictures by.

    Code in a pickled file is never run; what it holds besides the model's tensors, such as the state of an optimizer,
    is left out. The new encoder gives the same vectors, but another digest of weights: a store made with the one
    refuses the other.

    Parameters
    ----------
    name : str
        An encoder with a weight file: ``"NAME/FILE"`` or ``"local-dir:FOLDER"`` of open_clip, ``"timm:NAME=FILE"`` or
        one of its kinds; see `encoder_by_name`.
    folder : path
        For the model: a weight file and its configuration, each replaced if it is there.

    Returns
    -------
    str
        The name of the new encoder.

    Raises
    ------
    InvalidInput
        The name is of an encoder without a weight file, or as for `encoder_by_name`.
    CorruptFile
        The weight file or its configuration is damaged.
    OSError
        The folder cannot be written.

    Examples
    --------
    >>> convert_weights("colour-histogram", "model")
    Traceback (most recent call last):
        ...
    nagamochi.errors.InvalidInput: name: must be NAME/FILE, local-dir:FOLDER or timm:NAME=FILE; got 'colour-histogram'
    """
    kind, _, model = name.partition(":")
    architecture, _, weights = model.partition("=")
    if kind in {*PREPROCESSINGS, TEXTURE} and weights:
        return f"{kind}:{architecture}={_convert_timm(architecture, weights, Path(folder))}"
    if name == "colour-histogram" or kind in {*PREPROCESSINGS, TEXTURE, "centred", RANDOM}:
        raise arguments.invalid("name", "must be NAME/FILE, local-dir:FOLDER or timm:NAME=FILE", name)
    return f"{LOCAL}{_convert_open_clip(OpenClipSource.named(name), Path(folder))}"


def _convert_open_clip(source: OpenClipSource, folder: Path) -> Path:
    whole, _ = loaded(source)
    preparation = {key: whole.visual.preprocess_cfg[key] for key in PREPROCESSING}
    with replacing_files(folder) as drafts:
        _write_tensors(drafts, PREFERRED[0], whole.state_dict())
        drafts.write_text(CONFIG, json.dumps({"model_cfg": source.config, "preprocess_cfg": preparation}, indent=2))
    return folder.absolute()


def _convert_timm(name: str, weights: str, folder: Path) -> Path:
    module = timm_model(name, weights).module
    architecture, _, tag = name.partition(".")
    settings = _backends.timm().data.resolve_model_data_config(module)
    trained = {"tag": tag} | {key: settings[key] for key in timm_config.PREPARATION}
    with replacing_files(folder) as drafts:
        _write_tensors(drafts, TIMM_WEIGHTS, module.state_dict())
        drafts.write_text(
            timm_config.FILE, json.dumps({"architecture": architecture, "pretrained_cfg": trained}, indent=2)
        )
    return folder.absolute() / TIMM_WEIGHTS


def _write_tensors(drafts: Drafts, name: str, tensors: Mapping[str, Any]) -> None:
    """Write tensors; copied, since safetensors refuses those that share memory, and readable as other files are."""
    with drafts.writing(name) as draft:
        content = _backends.safetensors().save({key: each.clone().contiguous() for key, each in tensors.items()})
        write_synced(draft, content)
