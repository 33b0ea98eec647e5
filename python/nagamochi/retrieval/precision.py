"""Where a model computes and with which numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nagamochi import _validate
from nagamochi.retrieval import _backends

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def chosen_device(name: str) -> Any:
    """The torch device; "auto" is CUDA where there is any."""
    torch = _backends.torch()
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    choices = ["auto", "cpu", *(["cuda"] if found else []), *(f"cuda:{number}" for number in range(found))]
    _validate.one_of("device", name, choices)
    return torch.device(("cuda" if found else "cpu") if name == "auto" else name)


def chosen_precision(name: str, device: Any, model: Any) -> str:
    """`name`, or for "auto" what is fast there without other neighbours: see `lower`."""
    _validate.one_of("precision", name, PRECISIONS)
    if name != "auto":
        return name
    if device.type == "cuda":
        return "float16"
    return "bfloat16" if has_bfloat16() and any(map(_multiplies_matrices, model.modules())) else "float32"


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 (AVX512-BF16); known so on Linux only."""
    described = Path("/proc/cpuinfo")
    return described.exists() and "avx512_bf16" in described.read_text().split()


def lower(model: Any, precision: str, device: Any) -> Any:
    """Let the model compute with this precision; returns the type of number that it takes.

    On the CPU only linear layers and attention do: products of matrices are what gets faster, and sums over layers kept
    in float32 keep the order of neighbours. On CUDA all of the model does.
    """
    torch = _backends.torch()
    number = getattr(torch, precision)
    if device.type == "cuda":
        model.to(number)
        return number
    if precision != "float32":
        for layer in filter(_multiplies_matrices, model.modules()):
            layer.to(number)
            layer.register_forward_pre_hook(lambda _, tensors: _all_as(number, tensors))
    return torch.float32


def _multiplies_matrices(layer: Any) -> bool:
    nn = _backends.torch().nn
    return type(layer) in (nn.Linear, nn.MultiheadAttention)


def _all_as(number: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each tensor converted once: attention is faster where query, key and value are one object."""
    converted = {id(tensor): tensor.to(number) for tensor in tensors}
    return tuple(converted[id(tensor)] for tensor in tensors)
