"""Weights under the names of EfficientNet-PyTorch, another implementation of EfficientNet, under those of timm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STEM_AND_HEAD = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
EXPANDING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
NOT_EXPANDING = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
"""Of a block whose width its first layer leaves as it is."""


def with_timm_names(tensors: Mapping[str, Any], module: Any) -> dict[str, Any]:
    """Return tensors under timm's names where they have those of EfficientNet-PyTorch; others as they are.

    EfficientNet-PyTorch counts blocks through the model, timm within each stage. A name that is known to neither stays.

    Parameters
    ----------
    tensors : mapping
    module : torch.nn.Module
        The timm model that they are for.
    """
    if "_conv_stem.weight" not in tensors or not hasattr(module, "conv_stem"):
        return dict(tensors)
    blocks = [f"blocks.{stage}.{block}" for stage, within in enumerate(module.blocks) for block in range(len(within))]
    return {_timm_name(name, blocks, tensors): tensor for name, tensor in tensors.items()}


def _timm_name(name: str, blocks: list[str], tensors: Mapping[str, Any]) -> str:
    layer, _, value = name.rpartition(".")
    if not layer.startswith("_blocks."):
        return f"{STEM_AND_HEAD.get(layer, layer)}.{value}"
    _, number, part = layer.split(".", 2)
    layers = EXPANDING if f"_blocks.{number}._expand_conv.weight" in tensors else NOT_EXPANDING
    if part not in layers or not number.isdecimal() or int(number) >= len(blocks):
        return name
    return f"{blocks[int(number)]}.{layers[part]}.{value}"
