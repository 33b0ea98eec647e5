"""The only place that imports what the extra `retrieval` brings: when it is first asked for."""

from __future__ import annotations

import importlib
import re
from functools import cache
from importlib.metadata import distributions
from importlib.util import find_spec
from typing import Any

FAISS_DISTRIBUTION = re.compile(r"faiss-(cpu|gpu.*)")


def torch() -> Any:
    return _imported("torch")


def open_clip() -> Any:
    return _imported("open_clip")


def huggingface_hub() -> Any:
    return _imported("huggingface_hub")


def timm() -> Any:
    return _imported("timm")


def pillow() -> Any:
    """The module PIL.Image."""
    return _imported("PIL.Image")


@cache
def heif_is_read() -> bool:
    """Whether pi-heif, from the extra `heic`, or pillow-heif is installed; it then teaches Pillow to read HEIC."""
    installed = next((name for name in ("pi_heif", "pillow_heif") if find_spec(name) is not None), None)
    if installed is None:
        return False
    _imported(installed).register_heif_opener()
    return True


@cache
def avif_is_read() -> bool:
    """Whether Pillow was built with AVIF."""
    return bool(_imported("PIL.features").check("avif"))


def openpyxl() -> Any:
    return _imported("openpyxl")


def jinja2() -> Any:
    return _imported("jinja2")


def safetensors() -> Any:
    """The module safetensors.torch."""
    return _imported("safetensors.torch")


def faiss_may_know_gpus() -> bool:
    """Whether another Faiss than the one for CPUs alone is installed; found without importing it."""
    return _faiss_distributions() != ["faiss-cpu"]


@cache
def faiss() -> Any:
    installed = _faiss_distributions()
    if len(installed) > 1:
        raise ImportError(
            f"{' and '.join(installed)} are both installed and have overwritten each other's files: "
            f"`pip uninstall {' '.join(installed)}`, then install one of them",
            name="faiss",
        )
    return _imported("faiss")


def _faiss_distributions() -> list[str]:
    names = {distribution.name.lower().replace("_", "-") for distribution in distributions()}
    return sorted(filter(FAISS_DISTRIBUTION.fullmatch, names))


@cache
def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"nagamochi.retrieval needs {module.partition('.')[0]}, which cannot be imported ({error}): "
            "pip install 'nagamochi[retrieval]'",
            name=module.partition(".")[0],
        ) from error
