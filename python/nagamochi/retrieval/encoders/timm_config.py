"""How a timm model takes pictures, by the config.json that the Hugging Face Hub hands out with its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.picture_settings import (
    CROP,
    DEVIATION,
    INPUT_SIZE,
    INTERPOLATION,
    MEAN,
    checked_settings,
    one_of,
    read_configuration,
    refused,
)

FILE = "config.json"
FITS = {"center": "shortest", "border": "longest", "squash": "squash"}
"""timm's crop modes -> fits of `Preparation`."""

PREPARATION = {
    "mean": MEAN,
    "std": DEVIATION,
    "input_size": INPUT_SIZE,
    "interpolation": INTERPOLATION,
    "crop_pct": CROP,
    "crop_mode": one_of(*FITS),
}

WITHOUT_EFFECT = (
    "num_classes",
    "drop_rate",
    "drop_path_rate",
    "proj_drop_rate",
    "attn_drop_rate",
    "pos_drop_rate",
    "patch_drop_rate",
)
"""Arguments of a model that do not change its vectors: of its classifier, which is left out, and of training."""


def preparation_beside(weights: Path, name: str) -> dict[str, Any]:
    """The settings of PREPARATION by config.json in the folder of a weight file; none without such a file.

    Those that it lacks are the defaults of timm's `PretrainedCfg`, as when timm loads the folder itself: not those of
    the name or tag.

    Parameters
    ----------
    weights : Path
    name : str
        Of the model in timm, with or without a tag.

    Raises
    ------
    InvalidInput
        The file is not timm's, describes another architecture, or weights of another tag, or a setting breaks its rule.
    CorruptFile
        The file is damaged.
    """
    path = weights.with_name(FILE)
    if not path.is_file():
        return {}
    config = read_configuration(path, ("architecture",), "a timm model")
    trained = config.get("pretrained_cfg", config)
    settings = checked_settings(path, trained, PREPARATION)
    _refuse_another(path, name, config["architecture"], trained.get("tag") or "")
    defaults = _backends.timm().models.PretrainedCfg()
    return {setting: getattr(defaults, setting) for setting in PREPARATION} | settings


def _refuse_another(path: Path, name: str, architecture: Any, tag: Any) -> None:
    wanted, _, wanted_tag = name.partition(".")
    rule = f"must describe the model of the weights, {name}"
    if wanted != architecture:
        raise refused(path, rule, str(architecture))
    if wanted_tag and tag and wanted_tag != tag:
        raise refused(path, rule, f"{architecture}.{tag}")


def refuse_other_arguments(weights: Path, module: Any) -> None:
    """Refuse config.json if its model_args make another model than the one that was built by its name.

    timm writes channels, classes, pooling and size of the input there even if they are those of the name.

    Parameters
    ----------
    weights : Path
        The weight file; config.json is in its folder, if there is one.
    module : torch.nn.Module
        The model built by its name, with `preparation_beside`.

    Raises
    ------
    InvalidInput
    """
    path = weights.with_name(FILE)
    if not path.is_file():
        return
    given = read_configuration(path, ("architecture",), "a timm model").get("model_args") or {}
    if not isinstance(given, dict):
        raise refused(path, "must give model_args as an object", given)
    channels, *size = module.pretrained_cfg["input_size"]
    same = {"in_chans": (channels,), "global_pool": (_pooling(module),), "img_size": (size, size[0])}
    if size[0] != size[1]:
        same["img_size"] = (size,)
    changing = {
        name: value
        for name, value in given.items()
        if name not in WITHOUT_EFFECT and (value is None or value not in same.get(name, ()))
    }
    if changing:
        raise refused(path, "must have no model_args that change the model from the one of its name", changing)


def _pooling(module: Any) -> str | None:
    """The kind of pooling of a timm model; None if it is not known."""
    head = getattr(module, "head", None)
    for holder, name in ((head, "global_pool"), (head, "pool_type"), (module, "global_pool")):
        pool = getattr(holder, name, None)
        kind = getattr(pool, "pool_type", pool)
        if isinstance(kind, str):
            return kind
    return None
