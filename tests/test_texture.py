"""Statistics of a middle layer against the layers computed one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from nagamochi.errors import InvalidInput
from nagamochi.retrieval.encoders.by_name import encoder_by_name
from nagamochi.retrieval.encoders.centring import Centre
from nagamochi.retrieval.encoders.texture import TextureEncoder
from retrieval_models import LITE0, lite0_weights

STEM_AND_STAGES_TO_THE_LAST_BUT_ONE = 5  # blocks 0 to 4 of EfficientNet-Lite0; 5 and 6 are its last stage


def pixels(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 224, 224, 3), np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lite0_weights(tmp_path_factory.mktemp("weights"))


def by_hand(weights: Path, pictures: np.ndarray) -> np.ndarray:
    from safetensors.torch import load_file

    model = timm.create_model(LITE0, pretrained=False).eval()
    model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        maps = torch.from_numpy(pictures).permute(0, 3, 1, 2) / 127.5 - 1  # timm's mean and deviation: 0.5
        maps = model.bn1(model.conv_stem(maps))
        for block in model.blocks[:STEM_AND_STAGES_TO_THE_LAST_BUT_ONE]:
            maps = block(maps)
    flat = maps.numpy().reshape(len(pictures), maps.shape[1], -1).astype(np.float64)
    return np.concatenate([flat.mean(axis=2), flat.std(axis=2, ddof=1)], axis=1)


def test_texture_is_mean_and_deviation_of_the_maps_of_the_last_stage_but_one(weights: Path) -> None:
    encoder = TextureEncoder(LITE0, weights, device="cpu", threads=1, precision="float32", batch_size=4)
    pictures = pixels(3)
    vectors = encoder.encode(pictures)
    assert vectors.shape == (3, 224)
    np.testing.assert_allclose(vectors, by_hand(weights, pictures), rtol=1e-3, atol=1e-4)


def test_its_name_and_identity_tell_it_from_the_pooled_features(weights: Path) -> None:
    encoder = TextureEncoder(LITE0, weights, device="cpu", threads=1)
    assert encoder.name == f"timm-texture:{LITE0}={weights}"
    assert encoder.identity.model == f"timm-texture:{LITE0}"
    assert TextureEncoder(LITE0, "random", device="cpu", threads=1).name == f"random:timm-texture:{LITE0}"


def test_it_is_made_by_name_with_and_without_its_centre(weights: Path, tmp_path: Path) -> None:
    options = {"device": "cpu", "threads": 1, "batch_size": 2}
    encoder = encoder_by_name(f"timm-texture:{LITE0}={weights}", **options)
    assert isinstance(encoder, TextureEncoder)
    pictures = pixels(2)
    Centre.of(encoder.encode(pictures), encoder.identity).save(tmp_path / "centre.json")
    centred = encoder_by_name(f"centred:{tmp_path / 'centre.json'}={encoder.name}", **options)
    assert centred.name == f"centred:{tmp_path / 'centre.json'}={encoder.name}"
    assert centred.encode(pictures).sum(axis=0) == pytest.approx(np.zeros(224), abs=1e-5)
    with pytest.raises(InvalidInput, match="must have been made with this encoder, colour-histogram"):
        encoder_by_name(f"centred:{tmp_path / 'centre.json'}=colour-histogram")
