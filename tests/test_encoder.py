import json
import logging
import os
import pickle
import shutil
import socket
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.random import default_rng
from PIL import Image
from safetensors.torch import load_file, save_file

from nagamochi.errors import CorruptFile, InvalidInput
from nagamochi.retrieval.encoders import precision
from nagamochi.retrieval.encoders.by_name import encoder_by_name
from nagamochi.retrieval.encoders.colour_histogram import ColourHistogram
from nagamochi.retrieval.encoders.encoder import Encoder, EncoderIdentity, Pictures
from nagamochi.retrieval.encoders.onednn_layers import multiply_by_onednn
from nagamochi.retrieval.encoders.open_clip_encoder import OpenClipEncoder
from nagamochi.retrieval.encoders.open_clip_source import OpenClipSource
from nagamochi.retrieval.encoders.precision import computes_in
from nagamochi.retrieval.encoders.timm_encoder import TimmEncoder
from nagamochi.retrieval.encoders.torch_threads import one_torch_thread
from retrieval_models import LITE0, TINY_CONFIG, lite0_weights, tiny_open_clip_folder

SMALL_TIMM = "test_efficientnet"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_open_clip_folder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def lite0(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lite0_weights(tmp_path_factory.mktemp("lite0"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def prepared(encoder: Encoder, n: int, seed: int = 0) -> Pictures:
    side = 80
    pixels = default_rng(seed).integers(0, 256, (n, side, side, 3), np.uint8)
    return np.stack([encoder.prepare(Image.fromarray(each)) for each in pixels])


def test_open_clip_from_a_folder_is_what_open_clip_computes(tiny: Path, no_network: None) -> None:
    import open_clip

    encoder = OpenClipEncoder(f"local-dir:{tiny}", precision="float32")
    picture = Image.fromarray(default_rng(1).integers(0, 256, (90, 70, 3), np.uint8))
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{tiny}")
    with torch.inference_mode():
        expected = model.eval().encode_image(transform(picture)[None]).numpy()
        expected_text = model.encode_text(open_clip.get_tokenizer(f"local-dir:{tiny}")(["rust", "a crack"])).numpy()
    np.testing.assert_allclose(encoder.encode(encoder.prepare(picture)[None]), expected, atol=2e-6)
    np.testing.assert_allclose(encoder.encode_text(["rust", "a crack"]), expected_text, atol=2e-6)
    assert encoder.identity.dimension == 32


def test_timm_from_a_file_is_what_timm_computes_before_the_classifier(lite0: Path, no_network: None) -> None:
    import timm

    encoder = TimmEncoder(LITE0, lite0, preprocessing="eval")
    picture = Image.fromarray(default_rng(1).integers(0, 256, (90, 70, 3), np.uint8))
    model = timm.create_model(LITE0, pretrained=False).eval()
    model.load_state_dict(load_file(lite0))
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    with torch.inference_mode():
        expected = model.forward_head(model.forward_features(transform(picture)[None]), pre_logits=True).numpy()
    np.testing.assert_allclose(encoder.encode(encoder.prepare(picture)[None]), expected, atol=2e-5)
    assert (encoder.identity.dimension, encoder.precision) == (1280, "float32")


@pytest.mark.parametrize(
    "name",
    [
        f"timm:{SMALL_TIMM}=small.safetensors",
        f"timm-eval:{SMALL_TIMM}=small.safetensors",
        f"random:timm:{SMALL_TIMM}",
        "local-dir:tiny",
        "random:local-dir:tiny",
        "ViT-tiny/tiny/open_clip_model.safetensors",
        "colour-histogram",
    ],
)
def test_name_makes_the_same_encoder_again_from_any_folder(
    name: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: None
) -> None:
    import open_clip
    import timm

    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "ViT-tiny", TINY_CONFIG["model_cfg"])
    (tmp_path / "tiny").symlink_to(tiny)
    save_file(timm.create_model(SMALL_TIMM, pretrained=False).state_dict(), tmp_path / "small.safetensors")
    monkeypatch.chdir(tmp_path)
    encoder = encoder_by_name(name)
    monkeypatch.chdir("/")
    again = encoder_by_name(encoder.name)
    pickled = pickle.loads(pickle.dumps(encoder))
    for other in (again, pickled):
        assert (other.name, other.identity, other.batch_size) == (encoder.name, encoder.identity, encoder.batch_size)
    assert np.array_equal(pickled.encode(prepared(encoder, 3)), encoder.encode(prepared(encoder, 3)))
    assert np.array_equal(again.encode(prepared(encoder, 3)), encoder.encode(prepared(encoder, 3)))


def test_open_clip_weights_are_prepared_as_their_folder_says(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import open_clip

    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "ViT-tiny", TINY_CONFIG["model_cfg"])
    by_name = OpenClipEncoder(f"ViT-tiny/{tiny / 'open_clip_model.safetensors'}")
    assert by_name.identity.preprocessing == OpenClipEncoder(f"local-dir:{tiny}").identity.preprocessing
    assert "mean 0.48,0.46,0.41, deviation 0.27,0.26,0.28" in by_name.identity.preprocessing
    shutil.copy(tiny / "open_clip_model.safetensors", tmp_path)
    assert (
        "mean 0.48145466,"
        in OpenClipEncoder(f"ViT-tiny/{tmp_path / 'open_clip_model.safetensors'}")._model.preprocessing
    )
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": {"vision_cfg": {}, "text_cfg": {}}}))
    with pytest.raises(InvalidInput, match=rf"must describe ViT-tiny; name the folder as local-dir:{tmp_path} to"):
        OpenClipEncoder(f"ViT-tiny/{tmp_path / 'open_clip_model.safetensors'}")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("ViT-B-16-SigLIP", {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "resize_mode": "squash"}),
        ("MobileCLIP-S1", {"mean": (0, 0, 0), "std": (1, 1, 1), "interpolation": "bilinear"}),
        ("ViT-H-14-CLIPA-336", {"mean": (0.485, 0.456, 0.406), "resize_mode": "squash"}),
        ("ViT-L-14", {"resize_mode": "shortest", "mean": (0.48145466, 0.4578275, 0.40821073)}),  # two means are known
        ("ViT-H-14", {"resize_mode": "shortest"}),  # two are known
        ("ViT-S-32-alt", {"mean": (0.48145466, 0.4578275, 0.40821073)}),  # no weights are known
    ],
)
def test_open_clip_weights_alone_are_prepared_as_all_known_weights_of_the_model(
    model: str, expected: dict[str, object], tmp_path: Path
) -> None:
    from open_clip.transform import PreprocessCfg

    (tmp_path / "weights.safetensors").touch()
    found = OpenClipSource.named(f"{model}/{tmp_path / 'weights.safetensors'}").preprocess
    made = vars(PreprocessCfg(**found))
    assert {setting: made[setting] for setting in expected} == expected


def test_identity_does_not_depend_on_where_the_model_lies(tiny: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(tiny, tmp_path / "moved")
    other = tiny_open_clip_folder(tmp_path / "other", seed=1)
    here, there, elsewhere = (OpenClipEncoder(f"local-dir:{folder}").identity for folder in (tiny, moved, other))
    assert here == there
    assert here != elsewhere
    assert EncoderIdentity.from_json(here.to_json()) == here


def test_vector_depends_on_neither_neighbours_nor_place(tiny: Path) -> None:
    for number in ("float32", "bfloat16") if computes_in("bfloat16") else ("float32",):
        encoder = OpenClipEncoder(f"local-dir:{tiny}", precision=number)
        pictures = prepared(encoder, encoder.batch_size)
        together = encoder.encode(pictures)
        assert np.array_equal(encoder.encode(pictures), together)
        alone = np.concatenate([encoder.encode(each[None]) for each in pictures])
        backwards = encoder.encode(pictures[::-1].copy())[::-1]
        bare = OpenClipEncoder(f"local-dir:{tiny}", precision=number, batch_size=1)
        unpadded = np.concatenate([bare.encode(each[None]) for each in pictures])
        tolerance = {"float32": 1e-6, "bfloat16": 1e-4}[number]
        for vectors in (alone, backwards, unpadded):
            assert cosine_distances(vectors, together).max() < tolerance


def cosine_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.mark.skipif(not computes_in("bfloat16"), reason="this processor has no AVX512-BF16")
def test_bfloat16_where_matrices_are_multiplied(tiny: Path) -> None:
    lowered, exact = (OpenClipEncoder(f"local-dir:{tiny}", precision=each) for each in ("auto", "float32"))
    assert lowered.precision == "bfloat16"
    pictures = prepared(exact, 16)
    distances = cosine_distances(lowered.encode(pictures), exact.encode(pictures))
    assert 0 < distances.max() < 1e-3


def timm_vectors(name: str, precision: str) -> tuple[str, np.ndarray]:
    encoder = TimmEncoder(name, "random", precision=precision, batch_size=2)
    return encoder.precision, encoder.encode(prepared(encoder, 2))


@pytest.mark.parametrize("name", ["test_vit", "test_mambaout", "levit_128s", "swin_tiny_patch4_window7_224"])
def test_whatever_a_model_does_with_its_layers_it_works(name: str) -> None:
    _, exact = timm_vectors(name, "float32")
    _, lowered = timm_vectors(name, "auto")
    assert cosine_distances(lowered, exact).max() < 1e-3


def test_numbers_that_the_processor_does_not_know_are_warned_of(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "computes_in", lambda number: number == "float32")
    assert OpenClipEncoder(f"local-dir:{tiny}").precision == "float32"
    with pytest.warns(UserWarning, match="precision bfloat16: this processor has no instructions for bfloat16"):
        assert OpenClipEncoder(f"local-dir:{tiny}", precision="bfloat16").precision == "bfloat16"


@pytest.mark.parametrize("asking", [1, 7])
@pytest.mark.parametrize("made_with", [{}, {"bias": False}, {"batch_first": False}, {"add_zero_attn": True}])
@pytest.mark.parametrize("options", ["plain", "masked", "with weights"])
def test_attention_is_torchs_however_it_is_asked(asking: int, made_with: dict[str, Any], options: str) -> None:
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(8, 2, **{"batch_first": True} | made_with).eval()
    tokens = torch.randn(3, 7, 8) if attention.batch_first else torch.randn(7, 3, 8)
    query = tokens if asking == 7 else tokens[:, :1] if attention.batch_first else tokens[:1]
    mask = torch.arange(7).expand(asking, 7) == 6 if options == "masked" else None
    ask = partial(attention, query, tokens, tokens, need_weights=options == "with weights", attn_mask=mask)
    with torch.inference_mode():
        expected = ask()
        multiply_by_onednn(attention)
        found = ask()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_last_block_linear_layers_and_attention_are_computed_otherwise_with_the_same_result(tiny: Path) -> None:
    import open_clip

    model = open_clip.create_model(f"local-dir:{tiny}").eval()
    encoder = OpenClipEncoder(f"local-dir:{tiny}", precision="float32")
    visual = encoder._model.module
    assert type(visual.transformer.resblocks[-1]).__name__ == "ClassToken"
    first = visual.transformer.resblocks[0]
    assert [type(layer).__name__ for layer in (first.mlp.c_fc, first.attn)] == ["OneDnnLinear", "OneDnnAttention"]
    pictures = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, found = model.encode_image(pictures), visual(pictures)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)


@pytest.mark.skipif(not computes_in("bfloat16"), reason="this processor has no AVX512-BF16")
def test_bfloat16_is_not_pretended() -> None:
    assert timm_vectors("test_resnet", "auto")[0] == "float32"
    with pytest.raises(
        InvalidInput, match="precision: must be float32 or auto for this model on the CPU; got 'bfloat16'"
    ):
        timm_vectors("test_resnet", "bfloat16")


def test_torch_threads_are_as_before() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_torch_thread(), one_torch_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_random_weights_are_the_same_in_every_run_and_called_random(tiny: Path) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first, second = (OpenClipEncoder(f"random:local-dir:{tiny}").identity for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first == second
    assert first.weights.startswith("random:")
    assert first != OpenClipEncoder(f"local-dir:{tiny}").identity


def test_loading_says_nothing_and_leaves_logging_alone(tiny: Path, caplog: pytest.LogCaptureFixture) -> None:
    handlers = list(logging.root.handlers)
    OpenClipEncoder(f"local-dir:{tiny}")
    assert caplog.records == []
    assert logging.root.handlers == handlers


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ViT-B-33", "such as ViT-B-32"),
        ("ViT-B-32", "must end in a weight file or a tag .*; only random:ViT-B-32 takes random weights"),
        ("ViT-B-32/lost.safetensors", "must end in a weight file or a tag"),
        ("ViT-B-32/openai", "must be ViT-B-32-quickgelu/openai"),
        ("hf-hub:owner/model", "must be local-dir:FOLDER, timm:NAME=WEIGHTS, colour-histogram, or NAME/PRETRAINED"),
        ("local-dir:lost", "a folder with open_clip_config.json and a weight file"),
        ("xlm-roberta-base-ViT-B-32/x", "must be a model whose parts are open_clip's or timm's own"),
        ("timm:resnet18", "must be timm:NAME=WEIGHTS or, for random weights, random:timm:NAME"),
        ("random:timm:resnet18=w.pt", "must be timm:NAME=WEIGHTS or"),
        ("timm:resnet19=w.pt", "must be a model of timm, such as resnet18"),
        ("timm:hf-hub:owner/model=w.pt", "must be a model of timm"),
        ("timm:resnet18=lost.pt", "weights: must be a file that ends in"),
    ],
)
def test_names_that_are_refused(name: str, message: str, no_network: None) -> None:
    with pytest.raises(InvalidInput, match=message):
        encoder_by_name(name)


@pytest.mark.parametrize(
    ("part", "value"),
    [("text_cfg", {"hf_model_name": "owner/model"}), ("vision_cfg", {"timm_model_name": "hf-hub:owner/model"})],
)
def test_folder_that_would_be_completed_from_the_network(
    part: str, value: dict[str, str], tiny: Path, tmp_path: Path, no_network: None
) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"][part].update(value)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput, match="must be a model whose parts are open_clip's or timm's own"):
        OpenClipEncoder(f"local-dir:{folder}")


def test_folder_without_weights_is_refused(tiny: Path, tmp_path: Path) -> None:
    shutil.copy(tiny / "open_clip_config.json", tmp_path)
    with pytest.raises(
        InvalidInput, match="must hold a weight file; only random:local-dir:FOLDER takes random weights"
    ):
        OpenClipEncoder(f"local-dir:{tmp_path}")


def test_folder_with_several_weights(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    tensors = load_file(folder / "open_clip_model.safetensors")
    torch.save(tensors, folder / "open_clip_pytorch_model.bin")
    torch.save({}, folder / "optimizer.pt")
    assert OpenClipEncoder(f"local-dir:{folder}").identity == OpenClipEncoder(f"local-dir:{tiny}").identity
    (folder / "open_clip_model.safetensors").rename(folder / "epoch_1.safetensors")
    (folder / "open_clip_pytorch_model.bin").rename(folder / "epoch_1.bin")
    assert OpenClipEncoder(f"local-dir:{folder}").identity == OpenClipEncoder(f"local-dir:{tiny}").identity
    save_file(tensors, folder / "epoch_2.safetensors")
    with pytest.raises(
        InvalidInput, match=r"must hold one weight file; got epoch_1\.bin, epoch_1\.safetensors, epoch_2"
    ):
        OpenClipEncoder(f"local-dir:{folder}")


@pytest.mark.parametrize("text", ["{", "[" * 100_000], ids=["cut short", "without end"])
def test_damaged_configuration(text: str, tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text(text)
    with pytest.raises(CorruptFile, match=r"open_clip_config\.json: is "):
        OpenClipEncoder(f"local-dir:{tmp_path}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[]", "an object with model_cfg; got []"),
        ("null", "an object with model_cfg; got null"),
        ("{}", "an object with model_cfg; got an object with nothing"),
        ('{"model_cfg": 1}', "with vision_cfg and text_cfg in model_cfg; got 1"),
        ('{"model_cfg": {"text_cfg": 2}}', 'with vision_cfg and text_cfg in model_cfg; got {"text_cfg": 2}'),
    ],
)
def test_configuration_that_is_not_of_open_clip(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "open_clip_config.json"
    path.write_text(text)
    with pytest.raises(InvalidInput) as refused:
        OpenClipEncoder(f"local-dir:{tmp_path}")
    assert str(refused.value) == f"{path}: must be a configuration of an open_clip model, {found}"


IMPOSSIBLE_COLOURS = [
    *[("mean", value) for value in ("[123.7, 116.3, 103.5]", "[-0.1, 0.5, 0.5]", "[NaN, 0.5, 0.5]", "[1e400, 0, 0]")],
    *[
        ("mean", value)
        for value in ("[true, false, true]", "[0.5, 0.5]", "[0.5, 0.5, 0.5, 0.5]", "0.5", '["0.5", 0, 0]')
    ],
    *[
        ("std", value)
        for value in ("[-0.2, 0.2, 0.2]", "[0, 0.2, 0.2]", "[58.4, 57.1, 57.4]", "[Infinity, 1, 1]", "[]")
    ],
]


@pytest.mark.parametrize(("name", "value"), [*IMPOSSIBLE_COLOURS, ("resize_mode", '"cut"'), ("fill_color", "-1")])
@pytest.mark.parametrize("by_name", [False, True])
def test_impossible_settings_of_an_open_clip_model(name: str, value: str, by_name: bool, tmp_path: Path) -> None:
    import open_clip

    model = {"model_cfg": open_clip.get_model_config("ViT-S-32-alt")} if by_name else TINY_CONFIG
    path = tmp_path / "open_clip_config.json"
    text = json.dumps({**model, "preprocess_cfg": {name: "here"}}).replace('"here"', value)
    path.write_text(text)
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InvalidInput, match=rf"^{path}: {name} must be .*; got ") as refused:
        encoder_by_name(f"ViT-S-32-alt/{tmp_path / 'model.safetensors'}" if by_name else f"local-dir:{tmp_path}")
    assert len(refused.value.problems) == 1


def test_configuration_that_open_clip_cannot_build(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["vision_cfg"]["colour"] = 1
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput, match=r"must be a model that open_clip can build .*colour"):
        OpenClipEncoder(f"local-dir:{folder}")


@pytest.fixture
def resnet(tmp_path: Path) -> Path:
    """A weight file of timm's resnet34, whose tags differ in mean and deviation."""
    import timm

    save_file(timm.create_model("resnet34", num_classes=0).state_dict(), tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


HALVES = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear", "input_size": [3, 160, 160]}
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.mark.parametrize("legacy", [False, True])
def test_pictures_are_prepared_as_config_json_beside_the_weights_says(resnet: Path, legacy: bool) -> None:
    config = (
        {"architecture": "resnet34", **HALVES} if legacy else {"architecture": "resnet34", "pretrained_cfg": HALVES}
    )
    resnet.with_name("config.json").write_text(json.dumps(config))
    encoder = TimmEncoder("resnet34", resnet)
    assert encoder.identity.preprocessing == (
        "squash to 160 x 160, bilinear of Pillow, centre 160 x 160, around it 0,0,0; "
        "JPEG decoded at 320 px a side or more; mean 0.5,0.5,0.5, deviation 0.5,0.5,0.5"
    )
    assert TimmEncoder("resnet34.a1_in1k", resnet)._model.mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("given", [{}, {"crop_pct": 0.9}, {"mean": [0.5, 0.5, 0.5], "std": None}])
def test_settings_that_config_json_lacks_are_those_of_timm_for_a_folder(resnet: Path, given: dict[str, object]) -> None:
    import timm

    resnet.with_name("config.json").write_text(json.dumps({"architecture": "resnet34", "pretrained_cfg": given}))
    folder = timm.create_model(f"local-dir:{resnet.parent}", pretrained=False, num_classes=0)
    theirs = timm.data.resolve_model_data_config(folder)
    model = TimmEncoder("resnet34.ra4_e3600_r224_in1k", resnet, preprocessing="eval")._model
    assert (model.mean, model.std) == (tuple(theirs["mean"]), tuple(theirs["std"]))
    preparation = model.preparation
    _, height, _ = theirs["input_size"]
    assert preparation.size[0] == height
    assert preparation.scale_to[0] == int(height / theirs["crop_pct"])
    assert preparation.interpolation == theirs["interpolation"]


@pytest.mark.parametrize(
    "arguments", [{"act_layer": "gelu"}, {"global_pool": "max"}, {"global_pool": None}, {"in_chans": 1}]
)
def test_a_model_that_config_json_changes_is_refused(resnet: Path, arguments: dict[str, object]) -> None:
    path = resnet.with_name("config.json")
    config = {"architecture": "resnet34", "pretrained_cfg": HALVES, "model_args": {"num_classes": 5, **arguments}}
    path.write_text(json.dumps(config))
    with pytest.raises(InvalidInput) as refused:
        TimmEncoder("resnet34", resnet)
    rule = "must have no model_args that change the model from the one of its name"
    assert str(refused.value) == f"{path}: {rule}; got {json.dumps(arguments)}"


@pytest.mark.parametrize("name", [SMALL_TIMM, "resnet18", "vit_tiny_patch16_224", "test_convnext"])
def test_a_folder_that_timm_wrote_is_read(tmp_path: Path, name: str) -> None:
    import timm

    model = timm.create_model(name, num_classes=5, drop_rate=0.1)
    timm.models.save_for_hf(model, tmp_path, safe_serialization=True)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config["model_args"] = {"num_classes": 5, "drop_rate": 0.1, "in_chans": 3, **config.get("model_args", {})}
    path.write_text(json.dumps(config))
    TimmEncoder(name, tmp_path / "model.safetensors")
    path.write_text(json.dumps(config | {"model_args": [1]}))
    with pytest.raises(InvalidInput, match=r"config\.json: must give model_args as an object; got \[1\]"):
        TimmEncoder(name, tmp_path / "model.safetensors")


def test_without_config_json_a_tag_decides_how_pictures_are_prepared(resnet: Path) -> None:
    models = [TimmEncoder(name, resnet)._model for name in ("resnet34", "resnet34.ra4_e3600_r224_in1k")]
    assert [(model.mean, model.std) for model in models] == [IMAGENET, ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    with pytest.raises(InvalidInput, match=r"name: must have a tag of resnet34, .* or ra4_.*; got 'resnet34\.none'"):
        TimmEncoder("resnet34.none", resnet)


@pytest.mark.parametrize(
    ("name", "config", "found"),
    [
        ("resnet34", {"architecture": "resnet50", "pretrained_cfg": HALVES}, "resnet50"),
        ("resnet34", {"architecture": "resnet50", "pretrained_cfg": {"tag": "x"}}, "resnet50"),
        ("resnet34.a1_in1k", {"architecture": "resnet34", "pretrained_cfg": {"tag": "a2_in1k"}}, "resnet34.a2_in1k"),
    ],
)
def test_config_json_of_another_model_is_refused(resnet: Path, name: str, config: object, found: str) -> None:
    resnet.with_name("config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput) as refused:
        TimmEncoder(name, resnet)
    path = resnet.with_name("config.json")
    assert str(refused.value) == f"{path}: must describe the model of the weights, {name}; got {found}"


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ([], "[]"),
        (None, "null"),
        ({"architectures": ["ViTModel"], "hidden_size": 768}, "an object with architectures, hidden_size"),
    ],
)
def test_config_json_of_another_program_is_refused(tmp_path: Path, config: object, found: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInput) as refused:
        TimmEncoder("resnet34", tmp_path / "model.safetensors")
    rule = "must be a configuration of a timm model, an object with architecture"
    assert str(refused.value) == f"{tmp_path / 'config.json'}: {rule}; got {found}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *IMPOSSIBLE_COLOURS,
        *[("input_size", value) for value in ("224", "[224, 224]", "[1, 224, 224]", "[3, 0, 224]", "[3, 1e9, 224]")],
        *[("crop_pct", "0"), ("crop_pct", "-1"), ("crop_pct", "NaN"), ("crop_mode", '"cut"'), ("interpolation", '"x"')],
    ],
)
def test_impossible_settings_of_a_timm_model(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(f'{{"architecture": "resnet34", "pretrained_cfg": {{"{name}": {value}}}}}')
    with pytest.raises(InvalidInput, match=rf"^{path}: {name} must be .*; got ") as refused:
        TimmEncoder("resnet34", tmp_path / "model.safetensors")
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("text", ["{", "[" * 100_000], ids=["cut short", "without end"])
def test_damaged_config_json(resnet: Path, text: str) -> None:
    resnet.with_name("config.json").write_text(text)
    with pytest.raises(CorruptFile, match=r"config\.json: "):
        TimmEncoder("resnet34", resnet)


@pytest.mark.parametrize("library", ["open_clip", "timm"])
def test_tensors_that_do_not_fit_are_named(library: str, tiny: Path, tmp_path: Path) -> None:
    import timm

    folder = shutil.copytree(tiny, tmp_path / "model")
    path = folder / "open_clip_model.safetensors"
    tensors = load_file(path) if library == "open_clip" else timm.create_model(SMALL_TIMM, num_classes=0).state_dict()

    def make() -> Encoder:
        save_file(tensors, path)
        return OpenClipEncoder(f"local-dir:{folder}") if library == "open_clip" else TimmEncoder(SMALL_TIMM, path)

    taken, name = list(tensors)[4], list(tensors)[5]
    tensors["stray"] = torch.ones(3)
    lost = tensors.pop(taken)
    with pytest.raises(InvalidInput) as caught:
        make()
    assert {(each.rule, each.value) for each in caught.value.problems} == {
        ("must hold every tensor of the model", taken),
        ("must hold tensors of this model only", "stray"),
    }
    del tensors["stray"]
    tensors |= {taken: lost, name: torch.ones(7, 7, 7)}
    with pytest.raises(InvalidInput, match=rf"{path}: must hold tensors of the model's shapes; got .*{name}"):
        make()


def test_hostile_weights_in_a_folder(tiny: Path, tmp_path: Path) -> None:
    class Touches:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'touched'}",)

    shutil.copy(tiny / "open_clip_config.json", tmp_path)
    torch.save({"visual.proj": Touches()}, tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(InvalidInput, match="code in a weight file is never run"):
        OpenClipEncoder(f"local-dir:{tmp_path}")
    assert not (tmp_path / "touched").exists()


def test_text_is_refused_in_words_without_a_text_encoder() -> None:
    for encoder in (ColourHistogram(), TimmEncoder(SMALL_TIMM, "random")):
        with pytest.raises(InvalidInput, match=r"text: needs a .*text encoder.* has none; got"):
            encoder.encode_text(["rust"])


def test_batches_that_are_refused(tiny: Path) -> None:
    encoder = OpenClipEncoder(f"local-dir:{tiny}", batch_size=4)
    for batch in (
        np.zeros((5, 64, 64, 3), np.uint8),
        np.zeros((1, 64, 63, 3), np.uint8),
        np.zeros((0, 64, 64, 3), np.uint8),
    ):
        with pytest.raises(InvalidInput, match=r"batch: must be from 1 to 4 prepared pictures \(64, 64, 3\), of uint8"):
            encoder.encode(batch)
    with pytest.raises(InvalidInput, match="batch: must be"):
        encoder.encode(np.zeros((1, 64, 64, 3)))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"device": "gpu"}, "device: must be one of auto, cpu"),
        ({"precision": "half"}, "precision: must be one of auto, float32, bfloat16, float16"),
        ({"threads": -1}, "threads: must be a whole number"),
        ({"batch_size": 0}, "batch_size: must be a whole number"),
    ],
)
def test_arguments_that_are_refused(argument: dict[str, object], message: str, tiny: Path) -> None:
    with pytest.raises(InvalidInput, match=message):
        OpenClipEncoder(f"local-dir:{tiny}", **argument)
