import os
import pickle
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nagamochi.errors import CorruptFile, InvalidInput
from nagamochi.retrieval.encoders.weights import file_digest, read_tensors, refuse_misfit, tensors_digest

TENSORS = {"stem.weight": torch.arange(6.0).reshape(2, 3), "stem.bias": torch.ones(2)}


class Touches:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("suffix", [".bin", ".pth", ".pt", ".safetensors"])
def test_tensors_by_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    save_file(TENSORS, path) if suffix == ".safetensors" else torch.save(TENSORS, path)
    read = read_tensors(path)
    assert list(read) == sorted(TENSORS, key=list(read).index)
    assert all(torch.equal(read[name], TENSORS[name]) for name in TENSORS)
    assert file_digest(path) == blake2b(path.read_bytes(), digest_size=32).hexdigest()


def test_training_checkpoint_of_several_gpus(tmp_path: Path) -> None:
    path = tmp_path / "epoch_3.pt"
    torch.save({"epoch": 3, "state_dict": {f"module.{name}": tensor for name, tensor in TENSORS.items()}}, path)
    assert read_tensors(path).keys() == TENSORS.keys()


@pytest.mark.parametrize("in_zip", [True, False])
def test_code_is_refused_and_not_run(in_zip: bool, tmp_path: Path) -> None:
    path, touched = tmp_path / "model.pt", tmp_path / "touched"
    content = {"state_dict": {"stem.weight": Touches(touched)}}
    torch.save(content, path) if in_zip else path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(
        InvalidInput, match=r"tensors only, code in a weight file is never run; got a call of posix\.system"
    ):
        read_tensors(path)
    assert not touched.exists()
    pickle.loads(pickle.dumps(content))  # what it would have done
    assert touched.exists()


def test_pickled_model_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pt")
    with pytest.raises(InvalidInput, match=r"a call of torch\.nn\.modules\.linear\.Linear"):
        read_tensors(tmp_path / "model.pt")


@pytest.mark.parametrize("content", [{"lr": 0.1}, [torch.ones(2)], torch.ones(2)])
def test_other_content_is_refused(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "model.pt")
    with pytest.raises(InvalidInput, match="weights: must hold tensors by name and nothing else"):
        read_tensors(tmp_path / "model.pt")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("harm", ["cut", "empty", "a web page"])
def test_damaged_file(suffix: str, harm: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    save_file(TENSORS, path) if suffix == ".safetensors" else torch.save(TENSORS, path)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "a web page": b"<html>" * 99}[harm])
    with pytest.raises(CorruptFile, match=rf"model\{suffix}: is damaged, or no "):
        read_tensors(path)


@pytest.mark.parametrize("name", ["lost.safetensors", "model.onnx", "folder.pt"])
def test_no_weight_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").touch()
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(InvalidInput, match=r"weights: must be a file that ends in \.safetensors, \.bin, \.pth, \.pt"):
        read_tensors(tmp_path / name)


def test_every_misfit_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_misfit(Path("w.pt"), missing=["a"], unexpected=["b", "c"], misshapen=["d (1,), the model's is (2,)"])
    assert [(each.rule.split()[-1], each.value) for each in caught.value.problems] == [
        ("model", "a"),
        ("only", "b"),
        ("only", "c"),
        ("shapes", "d (1,), the model's is (2,)"),
    ]


def test_digest_tells_names_shapes_and_values_apart() -> None:
    variants = [
        TENSORS,
        {**TENSORS, "stem.bias": torch.zeros(2)},
        {**TENSORS, "stem.weight": TENSORS["stem.weight"].reshape(3, 2)},
        {"stem.weight": TENSORS["stem.weight"], "bias": TENSORS["stem.bias"]},
        {**TENSORS, "stem.bias": torch.ones(2, dtype=torch.float64)},
    ]
    assert len({tensors_digest(each) for each in variants}) == len(variants)
    assert tensors_digest(dict(reversed(TENSORS.items()))) == tensors_digest(TENSORS)
