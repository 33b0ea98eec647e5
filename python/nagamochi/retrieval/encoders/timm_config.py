"""How a timm model takes pictures, by the config.json that the Hugging Face Hub hands out with its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nagamochi.errors import CorruptFile, InvalidInput, Problem

FILE = "config.json"
COLOURS = ("mean", "std")
PREPARATION = (*COLOURS, "input_size", "interpolation", "crop_pct", "crop_mode")


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
        The file describes another architecture, or weights of another tag.
    CorruptFile
        The file is damaged.
    """
    path = weights.with_name(FILE)
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if "architecture" not in config:  # of another program
            return {}
        trained = config.get("pretrained_cfg", config)
        settings = {key: trained[key] for key in PREPARATION if trained.get(key) is not None}
        usable = all(_three_numbers(settings[key]) for key in COLOURS if key in settings)
    except (ValueError, TypeError, AttributeError) as error:
        raise CorruptFile(f"{path}: is damaged, or no configuration of a timm model ({error})") from error
    if not usable:
        raise CorruptFile(f"{path}: mean and std must be three numbers each")
    _refuse_another(path, name, config["architecture"], trained.get("tag") or "")
    return settings


def _three_numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(each, (int, float)) for each in value)


def _refuse_another(path: Path, name: str, architecture: str, tag: str) -> None:
    wanted, _, wanted_tag = name.partition(".")
    if wanted != architecture or (wanted_tag and tag and wanted_tag != tag):
        found = f"{architecture}.{tag}" if tag else architecture
        raise InvalidInput(Problem(f"must describe the model of the weights, {name}", found, str(path)))
