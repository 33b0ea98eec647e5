"""Linear layers in float32 by oneDNN, which takes half the time of MKL on AMD's processors."""

from __future__ import annotations

from typing import Any

from nagamochi.retrieval import _backends


def multiply_by_onednn(model: Any) -> None:
    """Let all linear layers of a model compute by oneDNN, where torch has it; results are the same but for rounding.

    The operator is the one that torch.compile uses. `aten.mkldnn_linear` gave other bits in other threads (torch 2.14).
    """
    torch = _backends.torch()
    if torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        linear = _onednn_linear()
        for layer in model.modules():
            if type(layer) is torch.nn.Linear:
                layer.__class__ = linear


def _onednn_linear() -> Any:
    torch = _backends.torch()

    # What is imported only when it is asked for has no types.
    class OneDnnLinear(torch.nn.Linear):  # type: ignore[misc, name-defined]
        def forward(self, numbers: Any) -> Any:
            return torch.ops.mkldnn._linear_pointwise(numbers, self.weight, self.bias, "none", [], "")

    return OneDnnLinear
