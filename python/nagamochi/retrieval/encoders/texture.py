"""The look of a surface: statistics of a middle layer of a timm model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.timm_encoder import absolute, encoder_name, timm_model
from nagamochi.retrieval.encoders.torch_encoder import TorchEncoder

TEXTURE = "timm-texture"
STAGE = -2  # the last stage but one: maps at a sixteenth of the picture's size in most models


class TextureEncoder(TorchEncoder):
    """Mean and standard deviation over the picture of every map of a timm model's last stage but one.

    The last layers are trained to distinguish dogs from cats; rust, cracks and spalling differ in their surfaces,
    which the layers before them know. What is left of the network after that stage is not computed.

    Parameters
    ----------
    name, weights, device, threads, precision, batch_size
        As for `TimmEncoder`.

    Raises
    ------
    InvalidInput
        As for `TimmEncoder`.
    CorruptFile
        The weight file is damaged.

    Examples
    --------
    >>> TextureEncoder("test_efficientnet", "random", threads=1).identity.dimension
    96
    """

    def __init__(
        self,
        name: str,
        weights: str | Path,
        *,
        device: str = "auto",
        threads: int = 0,
        precision: str = "auto",
        batch_size: int | None = None,
    ) -> None:
        whole = timm_model(name, weights)
        model = replace(whole, name=f"{TEXTURE}:{name}", module=_texture_of(whole.module))
        super().__init__(model, device=device, threads=threads, precision=precision, batch_size=batch_size)
        self.name = encoder_name(TEXTURE, name, weights)
        self.made_from = {"name": name, "weights": absolute(weights)}


def _texture_of(model: Any) -> Any:
    """A module from pictures (n, 3, height, width) to texture (n, 2 maps)."""
    torch = _backends.torch()

    # What is imported only when it is asked for has no types.
    class Texture(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pictures: Any) -> Any:
            (maps,) = self.model.forward_intermediates(
                pictures, indices=[STAGE], intermediates_only=True, stop_early=True
            )
            deviation, mean = torch.std_mean(maps.float(), dim=(2, 3))
            return torch.cat([mean, deviation], dim=1)

    return Texture()
