"""Models of other programs as files of tensors under the names that they are loaded by."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from typer.testing import CliRunner

from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.retrieval import Encoder, convert_weights, encoder_by_name
from nagamochi.retrieval.encoders.efficientnet_names import with_timm_names
from retrieval_models import LITE0, TINY_CONFIG, lite0_weights, packaged_lite0, tiny_open_clip_folder


def vectors_of(name: str) -> tuple[Encoder, np.ndarray]:
    encoder = encoder_by_name(name, device="cpu", precision="float32", threads=1)
    noise = np.random.default_rng(0).integers(0, 256, (3, 90, 120, 3), np.uint8)
    return encoder, encoder.encode(np.stack([encoder.prepare(Image.fromarray(each)) for each in noise]))


def checkpoint(folder: Path, path: Path, **others: object) -> Path:
    """What open_clip's training leaves: the tensors of several GPUs, and more."""
    tensors = load_file(tiny_open_clip_folder(folder) / "open_clip_model.safetensors")
    state = {f"module.{name}": tensor for name, tensor in tensors.items()}
    torch.save({"epoch": 3, "state_dict": state, "optimizer": {"state": {0: torch.ones(9)}}, **others}, path)
    (folder / "open_clip_model.safetensors").unlink()
    return path


def test_packaged_weights_get_the_names_that_their_order_gives(tmp_path: Path) -> None:
    by_order = load_file(lite0_weights(tmp_path))
    module = timm.create_model(LITE0, pretrained=False)
    by_name = with_timm_names(torch.load(packaged_lite0(), weights_only=True), module)
    assert by_name.keys() == by_order.keys()
    assert all(torch.equal(by_name[name], by_order[name]) for name in by_order)


@pytest.mark.parametrize("kind", ["timm", "timm-eval", "timm-texture"])
def test_packaged_weights_load_by_name(kind: str, tmp_path: Path) -> None:
    _, expected = vectors_of(f"{kind}:{LITE0}={lite0_weights(tmp_path)}")
    _, found = vectors_of(f"{kind}:{LITE0}={packaged_lite0()}")
    np.testing.assert_array_equal(found, expected)


def test_packaged_weights_of_another_model_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"must hold every tensor of the model; got blocks\.5\.1\."):
        encoder_by_name(f"timm:tf_efficientnet_lite1={packaged_lite0()}")
    with pytest.raises(InvalidInput, match=r"must hold every tensor of the model; got conv1\.weight"):
        encoder_by_name(f"timm:resnet18={packaged_lite0()}")


def test_weights_of_torchvision_load_by_name(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.resnet18(weights=None).eval()
    torch.save(theirs.state_dict(), tmp_path / "resnet18-f37072fd.pth")
    encoder = encoder_by_name(f"timm:resnet18={tmp_path / 'resnet18-f37072fd.pth'}", device="cpu", precision="float32")
    theirs.fc = torch.nn.Identity()
    pictures = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        np.testing.assert_allclose(
            encoder._model.module(pictures).numpy(), theirs(pictures).numpy(), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("suffix", [".pt", ".bin"])
def test_checkpoint_becomes_a_folder_with_the_same_vectors(suffix: str, tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "trained", tmp_path / "trained" / f"epoch_3{suffix}")
    before, expected = vectors_of(f"local-dir:{source.parent}")
    name = convert_weights(f"local-dir:{source.parent}", tmp_path / "converted")
    after, found = vectors_of(name)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(after.encode_text(["rust"]), before.encode_text(["rust"]))
    assert (after.identity.model, after.identity.preprocessing) == (
        before.identity.model,
        before.identity.preprocessing,
    )
    assert name == f"local-dir:{tmp_path / 'converted'}"
    tensors = load_file(tmp_path / "converted" / "open_clip_model.safetensors")
    assert not [each for each in tensors if each.startswith(("module.", "optimizer"))]
    assert (tmp_path / "converted" / "open_clip_model.safetensors").stat().st_mode & 0o044 == 0o044


def test_configuration_says_how_pictures_are_taken(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "trained", tmp_path / "trained" / "epoch_3.pt")
    convert_weights(f"local-dir:{source.parent}", tmp_path / "converted")
    written = json.loads((tmp_path / "converted" / "open_clip_config.json").read_text())
    assert written["model_cfg"] == TINY_CONFIG["model_cfg"]
    assert {key: written["preprocess_cfg"][key] for key in TINY_CONFIG["preprocess_cfg"]} == TINY_CONFIG[
        "preprocess_cfg"
    ]


@pytest.mark.parametrize("kind", ["timm", "timm-eval", "timm-texture"])
def test_timm_model_keeps_vectors_and_settings(kind: str, tmp_path: Path) -> None:
    beside = tmp_path / "given"
    beside.mkdir()
    torch.save(torch.load(packaged_lite0(), weights_only=True), beside / "lite0.pth")
    config = {"architecture": LITE0, "pretrained_cfg": {"mean": [0.4] * 3, "std": [0.2] * 3, "crop_pct": 0.9}}
    (beside / "config.json").write_text(json.dumps(config))
    before, expected = vectors_of(f"{kind}:{LITE0}={beside / 'lite0.pth'}")
    name = convert_weights(f"{kind}:{LITE0}={beside / 'lite0.pth'}", tmp_path / "converted")
    after, found = vectors_of(name)
    assert name == f"{kind}:{LITE0}={tmp_path / 'converted' / 'model.safetensors'}"
    assert after.identity.preprocessing == before.identity.preprocessing
    np.testing.assert_array_equal(found, expected)


def test_checkpoint_with_code_leaves_nothing(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "trained", tmp_path / "trained" / "a.pt", args=argparse.Namespace(lr=1))
    command = ["photos", "convert", f"local-dir:{source.parent}", "--out", str(tmp_path / "converted")]
    refused = CliRunner().invoke(app, command, env={"COLUMNS": "400"})
    assert refused.exit_code == 2
    assert "must hold tensors only, code in a weight file is never run" in refused.stderr
    assert "argparse.Namespace" in refused.stderr
    assert not (tmp_path / "converted").exists()


@pytest.mark.parametrize(
    "name", ["colour-histogram", f"random:timm:{LITE0}", f"timm:{LITE0}", "centred:c.json=colour-histogram", "random:a"]
)
def test_encoder_without_weight_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="name: must be NAME/FILE, local-dir:FOLDER or timm:NAME=FILE"):
        convert_weights(name, tmp_path / "converted")
    assert not (tmp_path / "converted").exists()


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to download fail the test."""

    def downloading(*_: object, **__: object) -> None:
        raise AssertionError("something is downloaded")

    monkeypatch.setattr("open_clip.pretrained.hf_hub_download", downloading)
    monkeypatch.setattr("open_clip.download_pretrained", downloading)
    monkeypatch.setattr("open_clip.factory.download_pretrained", downloading)


@pytest.mark.usefixtures("without_network")
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (
            "ViT-B-32/laion2b_s34b_b79k",
            r"`hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K --local-dir FOLDER` and name local-dir:FOLDER;",
        ),
        (
            "ViTamin-S/datacomp1b",
            r"`hf download jienengchen/ViTamin-S .*` and name ViTamin-S/FOLDER/pytorch_model\.bin;",
        ),
    ],
)
def test_tag_that_was_not_downloaded_is_refused_at_once(
    name: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InvalidInput, match=f"must be weights on this machine, as nothing is downloaded: .*{remedy}"):
        encoder_by_name(name)


@pytest.mark.usefixtures("without_network")
@pytest.mark.parametrize("file", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_tag_that_was_downloaded_before_loads(
    file: str, in_hub_cache: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = in_hub_cache("laion/CLIP-ViT-B-32-laion2B-s34B-b79K", file)
    seen: list[Path] = []

    def stopped(path: Path) -> None:
        seen.append(path)
        raise InterruptedError

    monkeypatch.setattr("nagamochi.retrieval.encoders.open_clip_encoder.read_tensors", stopped)
    with pytest.raises(InterruptedError):
        encoder_by_name("ViT-B-32/laion2b_s34b_b79k")
    assert seen == [path]


@pytest.fixture
def in_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Write an empty file as the Hugging Face Hub keeps what it downloaded."""

    def written(repository: str, name: str) -> Path:
        folder = tmp_path / f"models--{repository.replace('/', '--')}"
        (folder / "refs").mkdir(parents=True)
        (folder / "refs" / "main").write_text("0" * 40)
        file = folder / "snapshots" / ("0" * 40) / name
        file.parent.mkdir(parents=True)
        file.touch()
        return file

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return written
