"""How a timm model takes pictures, by the config.json that the Hugging Face Hub hands out with its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def preparation_beside(weights: Path, name: str) -> dict[str, Any]:
    """The settings of PREPARATION that config.json gives in the folder of a weight file; none without such a file.

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
    return settings


def _refuse_another(path: Path, name: str, architecture: Any, tag: Any) -> None:
    wanted, _, wanted_tag = name.partition(".")
    rule = f"must describe the model of the weights, {name}"
    if wanted != architecture:
        raise refused(path, rule, str(architecture))
    if wanted_tag and tag and wanted_tag != tag:
        raise refused(path, rule, f"{architecture}.{tag}")
