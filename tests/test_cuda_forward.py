"""What can be tried of the GPU path without a GPU: the numbers it computes with, and who uses which buffer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, get_ident
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.random import default_rng

from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.cuda_forward import CudaForward
from nagamochi.retrieval.encoders.precision import compute_in
from nagamochi.retrieval.encoders.timm_encoder import timm_model
from nagamochi.retrieval.encoders.torch_encoder import normalised
from retrieval_models import tiny_open_clip_folder

CUDA = torch.device("cuda")


class Recorded:
    """Torch without a GPU: streams are names, and pinned memory is memory."""

    def __init__(self) -> None:
        self.log: list[tuple[str, int]] = []
        self.cuda = SimpleNamespace(synchronize=self._note("device"), Stream=self._stream, stream=self._using)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def empty(self, shape: tuple[int, ...], *, dtype: torch.dtype, pin_memory: bool) -> torch.Tensor:
        assert pin_memory
        return torch.empty(shape, dtype=dtype)

    def _note(self, what: str) -> Any:
        return lambda *_: self.log.append((what, get_ident()))

    def _stream(self, device: torch.device) -> SimpleNamespace:
        assert device == CUDA
        self._note("new stream")()
        return SimpleNamespace(synchronize=self._note("synchronize"))

    @contextmanager
    def _using(self, stream: SimpleNamespace) -> Iterator[None]:
        self._note("enter")()
        yield
        self._note("leave")()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    pretended = Recorded()
    monkeypatch.setattr(_backends, "torch", lambda: pretended)
    to = torch.Tensor.to
    monkeypatch.setattr(torch.Tensor, "to", lambda self, device, **_: to(self, "cpu" if device == CUDA else device))
    return pretended


def test_each_thread_has_a_stream_and_a_buffer(recorded: Recorded) -> None:
    both_inside = Barrier(2)

    def brightness(pictures: torch.Tensor) -> torch.Tensor:
        both_inside.wait(timeout=30)
        return pictures.to(torch.float32).mean(dim=(1, 2))

    forward = CudaForward(brightness, CUDA)
    batches = [default_rng(seed).integers(0, 256, (4, 8, 8, 3), np.uint8) for seed in range(6)]
    with ThreadPoolExecutor(2) as threads:
        vectors = list(threads.map(forward, batches))
    for batch, vector in zip(batches, vectors, strict=True):
        np.testing.assert_allclose(vector, batch.mean(axis=(1, 2)), rtol=1e-6)
    events = [event for event, _ in recorded.log]
    assert events[0] == "device"
    assert events.count("new stream") == 2
    for thread in {thread for event, thread in recorded.log[1:]}:
        own = [event for event, of in recorded.log[1:] if of == thread]
        assert own == ["new stream"] + ["enter", "synchronize", "leave"] * 3


@pytest.mark.parametrize("library", ["open_clip", "timm"])
def test_all_of_a_model_computes_in_half_precision(library: str, tmp_path: Path) -> None:
    import open_clip

    if library == "open_clip":
        model = open_clip.create_model(f"local-dir:{tiny_open_clip_folder(tmp_path)}").visual.eval()
    else:
        model = timm_model("test_efficientnet", "random").module.eval()
    pixels = torch.from_numpy(default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8))
    pictures = normalised(pixels, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    with torch.inference_mode():
        exact = model(pictures)
        assert compute_in(model, "auto", CUDA, pictures) == "float16"
        halved = model(pictures.to(torch.float16)).float()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float16}
    assert (1 - torch.nn.functional.cosine_similarity(exact, halved)).max() < 1e-4
