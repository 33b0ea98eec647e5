"""What encoders with a torch model have in common: pictures in, vectors out, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nagamochi.base import arguments
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.cuda_forward import CudaForward
from nagamochi.retrieval.encoders.encoder import EncoderIdentity, Pictures, Vectors
from nagamochi.retrieval.encoders.precision import chosen_device, compute_in
from nagamochi.retrieval.encoders.preparation import Preparation
from nagamochi.retrieval.encoders.torch_threads import one_torch_thread

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[float, float, float]

CPU_BATCH = 16  # twice as many are 8 % faster with ViT-B-32, but a single query takes twice as long
CUDA_BATCH = 256
CUDA_BATCHES_AT_ONCE = 2


@dataclass(frozen=True)
class ImageModel:
    """A torch model of pictures, in float32 on the CPU, and how it takes them.

    Parameters
    ----------
    name : str
        As in the encoder's identity.
    weights : str
        BLAKE2b-256 of the weights.
    module : torch.nn.Module
        From normalised pictures (n, 3, height, width) to vectors (n, dimension).
    preparation : Preparation
    mean, std : (float, float, float)
        Of red, green and blue from 0 to 1, for normalisation.
    """

    name: str
    weights: str
    module: Any
    preparation: Preparation
    mean: Colour
    std: Colour

    @property
    def preprocessing(self) -> str:
        """Everything that happens to pixels before the model, in words."""
        return f"{self.preparation}; mean {_shown(self.mean)}, deviation {_shown(self.std)}"


class TorchEncoder:
    """An encoder by a torch model; see `Encoder` and, for the arguments, `encoder_by_name`."""

    name: str
    made_from: dict[str, str]  # arguments of the class that name the model

    def __init__(self, model: ImageModel, *, device: str, threads: int, precision: str, batch_size: int | None) -> None:
        self._model = model
        self._device = chosen_device(device)
        on_cuda = self._device.type == "cuda"
        batch = (CUDA_BATCH if on_cuda else CPU_BATCH) if batch_size is None else batch_size
        self.batch_size = arguments.whole_number("batch_size", batch, at_least=1, at_most=65_536)
        self.at_once = CUDA_BATCHES_AT_ONCE if on_cuda else arguments.threads(threads)
        torch = _backends.torch()
        with one_torch_thread():
            module = model.module.eval().to(self._device, memory_format=torch.channels_last)
            blank = torch.zeros((1, 3, *self.preparation.size), device=self._device)
            self.precision = compute_in(module, precision, self._device, blank)
        self._number = getattr(torch, self.precision) if on_cuda else torch.float32
        self._forward: Callable[[Pictures], Vectors] = (
            CudaForward(self._vectors, self._device) if on_cuda else self._on_cpu
        )
        self.identity = EncoderIdentity(model.name, model.weights, model.preprocessing, self._dimension())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is made from: another process reads the weights again."""
        options = {"device": str(self._device), "precision": self.precision, "batch_size": self.batch_size}
        # The subclasses take the names in `made_from` besides the options of all.
        return partial(type(self), **self.made_from, **options, threads=self.at_once), ()  # type: ignore[arg-type]

    def __repr__(self) -> str:
        size = f"{self.identity.dimension} numbers, {self.precision} on {self._device}"
        return f"<{type(self).__name__} {self.identity.model}: {size}, {self.batch_size} pictures at a time>"

    @property
    def preparation(self) -> Preparation:
        """`prepare` for other processes."""
        return self._model.preparation

    def prepare(self, picture: Image) -> Pictures:
        """The picture, which must be RGB, as pixels (height, width, 3) of the model's size."""
        return self.preparation(picture)

    def encode(self, batch: Pictures) -> Vectors:
        """Vectors (n, dimension), not normalised, of at most `batch_size` prepared pictures (n, height, width, 3)."""
        expected = (*self.preparation.size, 3)
        if batch.dtype != np.uint8 or batch.shape[1:] != expected or not 1 <= len(batch) <= self.batch_size:
            rule = f"must be from 1 to {self.batch_size} prepared pictures {expected}, of uint8"
            raise arguments.invalid("batch", rule, f"{batch.dtype} {batch.shape}")
        full = np.zeros((self.batch_size, *expected), np.uint8)
        full[: len(batch)] = batch
        return self._forward(full)[: len(batch)]

    def encode_text(self, words: Sequence[str]) -> Vectors:
        """InvalidInput: the model has no text encoder."""
        raise arguments.invalid("text", f"needs a text encoder, and {self.identity.model} has none", list(words))

    def _dimension(self) -> int:
        """Found by trying: models state it in different ways, if at all."""
        torch = _backends.torch()
        with one_torch_thread(), torch.inference_mode():
            pixels = torch.zeros((1, *self.preparation.size, 3), dtype=torch.uint8, device=self._device)
            vectors = self._vectors(pixels)
        if vectors.ndim != 2:
            raise arguments.invalid("model", "must give one vector for a picture", f"shape {tuple(vectors.shape)}")
        return int(vectors.shape[1])

    def _on_cpu(self, batch: Pictures) -> Vectors:
        torch = _backends.torch()
        with one_torch_thread(), torch.inference_mode():
            vectors: Vectors = self._vectors(torch.from_numpy(batch)).numpy()
        return vectors

    def _vectors(self, pixels: Any) -> Any:
        pictures = normalised(pixels, self._model.mean, self._model.std)
        given = self._model.module(pictures.to(self._number))
        return (given[0] if isinstance(given, tuple) else given).float()  # CoCa gives its tokens too


def normalised(pixels: Any, mean: Colour, std: Colour) -> Any:
    """Pixels (n, height, width, 3) as float32 (n, 3, height, width) with the model's mean and deviation."""
    torch = _backends.torch()
    by_channel = [torch.tensor(numbers, device=pixels.device).view(1, 3, 1, 1) for numbers in (mean, std)]
    return pixels.permute(0, 3, 1, 2).to(torch.float32).div_(255).sub_(by_channel[0]).div_(by_channel[1])


def _shown(colour: Colour) -> str:
    return ",".join(map(repr, colour))
