"""Weight files: tensors and nothing else, and all that the model asks for."""

from __future__ import annotations

import hashlib
import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nagamochi.base.inputs import note_input
from nagamochi.errors import CorruptFile, InvalidInput, Problem
from nagamochi.retrieval import _backends

SUFFIXES = (".safetensors", ".bin", ".pth", ".pt")
DIGEST_BYTES = 32
CODE_ASKED_FOR = re.compile(r"GLOBAL ([\w.]+)")

Tensors = dict[str, Any]


def read_tensors(path: Path) -> Tensors:
    """Read the tensors of a weight file by name; code in a pickled file is never run.

    Raises
    ------
    InvalidInput
        The file is not there, has another suffix, or holds more than tensors.
    CorruptFile
        The file is cut short or damaged.
    """
    if path.suffix not in SUFFIXES or not path.is_file():
        raise _refused(path, f"must be a file that ends in {', '.join(SUFFIXES)}")
    note_input(path)
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickled(path)
    tensors = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(tensors, dict) or not all(
        isinstance(each, _backends.torch().Tensor) for each in tensors.values()
    ):
        raise _refused(path, "must hold tensors by name and nothing else")
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def file_digest(path: Path) -> str:
    """BLAKE2b-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)).hexdigest()


def tensors_digest(tensors: Mapping[str, Any]) -> str:
    """BLAKE2b-256 of tensors, in the order of their names."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in sorted(tensors):
        values = tensors[name].detach().contiguous().numpy()
        digest.update(f"{name} {values.dtype} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def refuse_misfit(path: Path, missing: Iterable[str], unexpected: Iterable[str], misshapen: Iterable[str] = ()) -> None:
    """InvalidInput that names the tensors which are not in the file, not in the model, or of another shape."""
    rules = {
        "must hold every tensor of the model": missing,
        "must hold tensors of this model only": unexpected,
        "must hold tensors of the model's shapes": misshapen,
    }
    problems = [Problem(rule, name, where=str(path)) for rule, names in rules.items() for name in names]
    if problems:
        raise InvalidInput(problems)


def _read_safetensors(path: Path) -> Tensors:
    try:
        tensors: Tensors = _backends.safetensors().load_file(path)
    except Exception as error:  # the library raises one class for every damage, and others for sizes
        raise CorruptFile(f"{path}: is damaged, or no safetensors file ({error})") from error
    return tensors


def _read_pickled(path: Path) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):
            return _backends.torch().load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling what is no pickle fails in every way there is
        code = CODE_ASKED_FOR.search(str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if code:
            rule = "must hold tensors only, code in a weight file is never run"
            raise InvalidInput(Problem(rule, f"a call of {code[1]}", where=str(path))) from error
        raise CorruptFile(f"{path}: is damaged, or no file of tensors only (as TorchScript is none)") from error


def _refused(path: Path, rule: str) -> InvalidInput:
    return InvalidInput(Problem(rule, str(path), where="weights"))
