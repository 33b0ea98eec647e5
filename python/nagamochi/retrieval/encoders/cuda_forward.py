"""Batches on a GPU: while one is computed, the next one is copied there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.encoder import Pictures, Vectors


class CudaForward:
    """Computes batches of one shape on a CUDA device, each calling thread on a stream and in pinned memory of its own.

    Copies to and from pinned memory do not wait for the host, and streams do not wait for each other: two threads are
    enough for copies and computing to overlap.

    Parameters
    ----------
    forward : callable
        From uint8 pictures (n, height, width, 3) on the device to float32 vectors (n, dimension) there. What it
        computes with is on the device.
    device : torch.device
    """

    def __init__(self, forward: Callable[[Any], Any], device: Any) -> None:
        self._forward = forward
        self._device = device
        self._own = threading.local()
        _backends.torch().cuda.synchronize(device)  # the weights were copied on another stream

    def __call__(self, batch: Pictures) -> Vectors:
        """Vectors (n, dimension) of pictures (n, height, width, 3), when they are back."""
        torch = _backends.torch()
        with torch.inference_mode(), torch.cuda.stream(self._stream()):
            self._pictures_on_host(batch).copy_(torch.from_numpy(batch))
            vectors = self._forward(self._own.pictures.to(self._device, non_blocking=True))
            on_host = torch.empty(vectors.shape, dtype=vectors.dtype, pin_memory=True)
            on_host.copy_(vectors, non_blocking=True)
            self._stream().synchronize()  # also before the tensors are freed
        result: Vectors = on_host.numpy().copy()
        return result

    def _stream(self) -> Any:
        if not hasattr(self._own, "stream"):
            self._own.stream = _backends.torch().cuda.Stream(self._device)
        return self._own.stream

    def _pictures_on_host(self, batch: Pictures) -> Any:
        torch = _backends.torch()
        if not hasattr(self._own, "pictures"):
            self._own.pictures = torch.empty(batch.shape, dtype=torch.uint8, pin_memory=True)
        return self._own.pictures
