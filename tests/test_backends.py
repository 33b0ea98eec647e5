import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from nagamochi.retrieval import _backends

USED_TOGETHER = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
from nagamochi.retrieval import _backends
torch, faiss = _backends.torch(), _backends.faiss()
import numpy as np

ones = torch.ones(600, 600)
index = faiss.IndexFlatL2(64)
vectors = np.random.default_rng(0).random((3000, 64), np.float32)
index.add(vectors)
for _ in range(3):  # both start their threads
    assert float((ones @ ones).sum()) == 600.0**3
    assert (index.search(vectors[:100], 3)[1][:, 0] == np.arange(100)).all()
print("both work")
"""


@pytest.fixture(autouse=True)
def import_again() -> Iterator[None]:
    forget_imports()
    yield
    forget_imports()


def forget_imports() -> None:
    _backends.faiss.cache_clear()
    _backends._imported.cache_clear()


@pytest.mark.parametrize("first", [[], ["faiss"], ["torch"], ["faiss", "torch"], ["torch", "faiss"]], ids=",".join)
def test_torch_and_faiss_work_in_one_process_in_any_order(first: list[str]) -> None:
    command = [sys.executable, "-W", "error", "-c", USED_TOGETHER, *first]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout) == (0, "both work\n"), run.stderr


def test_package_imports_no_backend() -> None:
    code = """
import sys
import nagamochi.retrieval.encoders.embedding
import nagamochi.retrieval.encoders.encoder
import nagamochi.retrieval.encoders.colour_histogram
print(sorted({"torch", "open_clip", "timm", "faiss", "PIL", "safetensors"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def install(site: Path, name: str) -> PathDistribution:
    folder = site / f"{name.replace('-', '_')}-1.15.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.15.1\n")
    return PathDistribution(folder)


@pytest.mark.parametrize("other", ["faiss-gpu", "faiss-gpu-cu12", "faiss-gpu-cuvs"])
def test_two_distributions_of_faiss_are_refused(other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, other)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        ImportError, match=f"^faiss-cpu and {other} are both installed .* `pip uninstall faiss-cpu {other}`"
    ):
        _backends.faiss()


def test_one_distribution_of_faiss_is_taken_whatever_else_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "faiss-helpers")
    monkeypatch.syspath_prepend(tmp_path)
    assert _backends.faiss().__name__ == "faiss"


@pytest.mark.parametrize("name", ["torch", "open_clip", "timm", "pillow", "safetensors", "faiss"])
def test_missing_library_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "PIL" if name == "pillow" else name
    for loaded in [each for each in sys.modules if each.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs {module}, which .* pip install 'nagamochi\[retrieval\]'"):
        getattr(_backends, name)()
