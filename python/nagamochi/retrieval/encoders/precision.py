"""Where a model computes and with which numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from nagamochi.base import arguments
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.onednn_layers import multiply_by_onednn

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
INSTRUCTIONS = {"bfloat16": "avx512_bf16", "float16": "avx512_fp16"}


def chosen_device(name: str) -> Any:
    """The torch device; "auto" is CUDA where there is any."""
    torch = _backends.torch()
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    choices = ["auto", "cpu", *(["cuda"] if found else []), *(f"cuda:{number}" for number in range(found))]
    arguments.one_of("device", name, choices)
    return torch.device(("cuda" if found else "cpu") if name == "auto" else name)


def compute_in(model: Any, precision: str, device: Any, blank: Any) -> str:
    """Let the model compute with numbers of this precision, and say with which it does.

    On CUDA all of the model does, and takes such numbers too. On the CPU only linear layers and attention do: products
    of matrices are what gets faster, and sums over layers kept in float32 keep the order of neighbours.

    Parameters
    ----------
    model : torch.nn.Module
    precision : str
        For "auto", float16 on CUDA, and bfloat16 on the CPU if that is faster there and the model can.
    device : torch.device
    blank : torch.Tensor
        Pictures to try the model with.
    """
    arguments.one_of("precision", precision, PRECISIONS)
    if device.type == "cuda":
        chosen = "float16" if precision == "auto" else precision
        model.to(getattr(_backends.torch(), chosen))
        return chosen
    wanted = ("bfloat16" if computes_in("bfloat16") else "float32") if precision == "auto" else precision
    if not computes_in(wanted):
        slow = f"this processor has no instructions for {wanted} and takes several times as long as in float32"
        warnings.warn(f"precision {wanted}: {slow}", stacklevel=2)
    if wanted == "float32":
        multiply_by_onednn(model)
        return wanted
    layers = _matrix_layers_called(model, blank)
    if layers and _lower(model, layers, getattr(_backends.torch(), wanted), blank):
        return wanted
    if precision != "auto":
        raise arguments.invalid("precision", "must be float32 or auto for this model on the CPU", precision)
    multiply_by_onednn(model)
    return "float32"


def computes_in(precision: str) -> bool:
    """Return whether this processor multiplies such numbers; on other systems than Linux only float32 is known to."""
    if precision == "float32":
        return True
    described = Path("/proc/cpuinfo")
    return described.exists() and INSTRUCTIONS[precision] in described.read_text().split()


def _matrix_layers_called(model: Any, blank: Any) -> list[Any]:
    """Layers that multiply matrices; without those whose weights the model reads past their `forward`."""
    torch = _backends.torch()
    called: list[Any] = []
    hooks = [
        layer.register_forward_pre_hook(lambda layer, _: called.append(layer))
        for layer in model.modules()
        if type(layer) in (torch.nn.Linear, torch.nn.MultiheadAttention)
    ]
    with torch.inference_mode():
        model(blank)
    for hook in hooks:
        hook.remove()
    return called


def _lower(model: Any, layers: list[Any], number: Any, blank: Any) -> bool:
    """Whether the model works with these layers lowered; if not, it is as before."""
    before = [(parameter, parameter.data) for layer in layers for parameter in layer.parameters()]
    hooks = [layer.register_forward_pre_hook(lambda _, given: _all_as(number, given)) for layer in layers]
    for layer in layers:
        layer.to(number)
    if _works(model, blank):
        return True
    float32 = _backends.torch().float32  # for what comes after the layers and takes nothing else: a tenth slower
    hooks += [layer.register_forward_hook(lambda _, __, result: _back_as(float32, result)) for layer in layers]
    if _works(model, blank):
        return True
    for hook in hooks:
        hook.remove()
    for parameter, data in before:
        parameter.data = data
    return False


def _works(model: Any, blank: Any) -> bool:
    try:
        with _backends.torch().inference_mode():
            model(blank)
    except RuntimeError:  # of two types of numbers in one operation
        return False
    return True


def _all_as(number: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each tensor converted once: attention is faster where query, key and value are one object."""
    converted = {id(tensor): tensor.to(number) for tensor in tensors}
    return tuple(converted[id(tensor)] for tensor in tensors)


def _back_as(number: Any, result: Any) -> Any:
    return (result[0].to(number), *result[1:]) if isinstance(result, tuple) else result.to(number)
