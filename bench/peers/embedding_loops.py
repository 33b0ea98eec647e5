"""Files to vectors as the libraries' own pages show it: float32, one batch after another, torch's default threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import open_clip
import timm
import torch
from PIL import Image
from safetensors.torch import load_file

BATCH = 32

Vectors = npt.NDArray[np.float32]


@cache
def vit_b_32() -> tuple[Any, Callable[[Image.Image], Any]]:
    """With the random weights of nagamochi's `random:ViT-B-32`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, _, transform = open_clip.create_model_and_transforms("ViT-B-32")
    return model.eval().encode_image, transform


def timm_model(name: str, weights: Path) -> tuple[Any, Callable[[Image.Image], Any]]:
    model = timm.create_model(name, pretrained=False, num_classes=0).eval()
    model.load_state_dict(load_file(weights), strict=False)
    return model, timm.data.create_transform(**timm.data.resolve_model_data_config(model))


def embed(files: Sequence[str], model: Any, transform: Callable[[Image.Image], Any]) -> Vectors:
    vectors = []
    with torch.no_grad():
        for start in range(0, len(files), BATCH):
            pictures = [transform(Image.open(file).convert("RGB")) for file in files[start : start + BATCH]]
            vectors.append(model(torch.stack(pictures)))
    return torch.cat(vectors).numpy()
