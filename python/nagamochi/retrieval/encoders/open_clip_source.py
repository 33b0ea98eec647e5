"""Where an open_clip model comes from: a folder, or a name and its weights."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.encoder import RANDOM
from nagamochi.retrieval.encoders.picture_settings import (
    DEVIATION,
    FIT,
    GREY,
    MEAN,
    checked_settings,
    one_of,
    read_configuration,
    refused,
)
from nagamochi.retrieval.encoders.weights import SUFFIXES

LOCAL = "local-dir:"
CONFIG = "open_clip_config.json"
PREFERRED = (  # of several weight files, as in folders of the Hugging Face Hub
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
)
PREPROCESSING = {
    "mean": MEAN,
    "std": DEVIATION,
    "interpolation": one_of("bicubic", "bilinear", "random"),
    "resize_mode": FIT,
    "fill_color": GREY,
}


@dataclass(frozen=True)
class OpenClipSource:
    """A model as open_clip makes it, and its weights.

    Parameters
    ----------
    encoder_name : str
        What `named` makes it from, in any folder.
    name : str
        For open_clip: its own name of the model, or ``"local-dir:FOLDER"``.
    config : dict
        The architecture.
    weights : Path or None
        None for random weights.
    preprocess : dict
        What the weights were trained with, where it is not the model's.
    """

    encoder_name: str
    name: str
    config: dict[str, Any]
    weights: Path | None = None
    preprocess: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def named(cls, name: str) -> OpenClipSource:
        """From ``"local-dir:FOLDER"``, ``"NAME/PRETRAINED"``, ``"random:local-dir:FOLDER"`` or ``"random:NAME"``."""
        model = name.removeprefix(f"{RANDOM}:")
        is_random = model != name
        if model.startswith(LOCAL):
            folder = Path(model.removeprefix(LOCAL)).absolute()
            model = f"{LOCAL}{folder}"
            config = _folder_config(folder)
            return (
                cls(f"{RANDOM}:{model}", model, config) if is_random else cls(model, model, config, _weights_in(folder))
            )
        if is_random:
            return cls(name, model, _known_config(model))
        model, _, pretrained = name.partition("/")
        config = _known_config(model)
        if (weights := Path(pretrained).absolute()).is_file():
            return cls(f"{model}/{weights}", model, config, weights, _preprocessing_of_file(weights, model, config))
        return cls(name, model, config, *_tagged(model, pretrained, config))


def _folder_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        raise arguments.invalid("name", f"must be {LOCAL} and a folder with {CONFIG} and a weight file", str(folder))
    whole = _read_config(path)
    _settings(path, whole)  # which open_clip reads itself
    config = whole["model_cfg"]
    _refuse_downloads(config, str(folder))
    return dict(config)


def _preprocessing_of_file(weights: Path, model: str, config: dict[str, Any]) -> dict[str, Any]:
    """How weights of a model take pictures, by their own configuration in their folder; without one as all known do."""
    path = weights.with_name(CONFIG)
    if not path.is_file():
        return _shared_preprocessing(model)
    whole = _read_config(path)
    if whole["model_cfg"] != config:
        rule = f"must describe {model}; name the folder as {LOCAL}{path.parent} to take the model that it describes"
        raise InvalidInput(Problem(rule, "another model", str(path)))
    return _settings(path, whole)


def _shared_preprocessing(model: str) -> dict[str, Any]:
    """The settings that all weights of a model share, of those that open_clip knows."""
    open_clip = _backends.open_clip()
    trained = [_trained_with(open_clip.get_pretrained_cfg(model, tag)) for tag in _tags(model)]
    first = trained[0] if trained else {}
    return {key: value for key, value in first.items() if all(each.get(key) == value for each in trained)}


def _tags(model: str) -> list[str]:
    return list(_backends.open_clip().list_pretrained_tags_by_model(model))


def _trained_with(tagged: dict[str, Any]) -> dict[str, Any]:
    return {key: tagged[key] for key in PREPROCESSING if tagged.get(key)}


def _read_config(path: Path) -> dict[str, Any]:
    whole = read_configuration(path, ("model_cfg",), "an open_clip model")
    config = whole["model_cfg"]
    towers = [config.get(tower) for tower in ("vision_cfg", "text_cfg")] if isinstance(config, dict) else [None]
    if not all(isinstance(tower, dict) for tower in towers):
        rule = "must be a configuration of an open_clip model, with vision_cfg and text_cfg in model_cfg"
        raise refused(path, rule, config)
    return whole


def _settings(path: Path, whole: dict[str, Any]) -> dict[str, Any]:
    """How its weights were trained to take pictures, so far as the configuration gives that."""
    return checked_settings(path, whole.get("preprocess_cfg") or {}, PREPROCESSING)


def _known_config(name: str) -> dict[str, Any]:
    open_clip = _backends.open_clip()
    config = None if ":" in name else open_clip.get_model_config(name)
    if config is None:
        near = ", ".join(get_close_matches(name, open_clip.list_models(), n=3))
        rule = (
            f"must be {LOCAL}FOLDER, timm:NAME=WEIGHTS, colour-histogram, or NAME/PRETRAINED with a model of open_clip"
            f"{near and ', such as '}{near}"
        )
        raise arguments.invalid("name", rule, name)
    _refuse_downloads(config, name)
    return dict(config)


def _refuse_downloads(config: dict[str, Any], name: str) -> None:
    """Parts that open_clip would fetch from the Hugging Face Hub, for a folder too."""
    parts = {**config["vision_cfg"], **config["text_cfg"]}
    if "hf_model_name" in parts or ":" in parts.get("timm_model_name", ""):
        raise arguments.invalid("name", "must be a model whose parts are open_clip's or timm's own", name)


def _weights_in(folder: Path) -> Path:
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    preferred = [folder / name for name in PREFERRED if folder / name in found]
    safe = [path for path in found if path.suffix == SUFFIXES[0]]
    if not found:
        rule = f"must hold a weight file; only {RANDOM}:{LOCAL}FOLDER takes random weights"
        raise InvalidInput(Problem(rule, "none", where=str(folder)))
    for choice in (preferred[:1], safe, found):
        if len(choice) == 1:
            return choice[0]
    raise InvalidInput(Problem("must hold one weight file", ", ".join(path.name for path in found), where=str(folder)))


def _tagged(model: str, tag: str, config: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The weights that open_clip knows by a tag, if they were downloaded before."""
    open_clip = _backends.open_clip()
    trained = open_clip.get_pretrained_cfg(model, tag)
    if not trained:
        tags = ", ".join(_tags(model)) or "none"
        rule = f"must end in a weight file or a tag ({tags}); only {RANDOM}:{model} takes random weights"
        raise arguments.invalid("name", rule, f"{model}/{tag}")
    if trained.get("quick_gelu", False) != config.get("quick_gelu", False):
        other = model.removesuffix("-quickgelu") if config.get("quick_gelu") else f"{model}-quickgelu"
        raise arguments.invalid("name", f"must be {other}/{tag}, which these weights were trained as", f"{model}/{tag}")
    path = _downloaded(trained)
    if path is None:
        raise arguments.invalid("name", _remedy(model, trained), f"{model}/{tag}")
    return path, _trained_with(trained)


def _downloaded(trained: dict[str, Any]) -> Path | None:
    """The file in the cache of the Hugging Face Hub, as open_clip leaves it there; the network is not asked."""
    repository, file = os.path.split(trained.get("hf_hub", ""))
    names = [f"{Path(file).stem}.safetensors", file] if file else PREFERRED
    found = (_backends.huggingface_hub().try_to_load_from_cache(repository, name) for name in names if repository)
    return next((Path(path) for path in found if isinstance(path, str)), None)


def _remedy(model: str, trained: dict[str, Any]) -> str:
    rule = "must be weights on this machine, as nothing is downloaded"
    repository, file = os.path.split(trained.get("hf_hub", ""))
    fetched = f"{model}/FOLDER/{file}" if file else f"{LOCAL}FOLDER"
    fetch = f"fetch them by `hf download {repository} --local-dir FOLDER` and name {fetched}"
    return f"{rule}: {fetch}" if repository else rule
