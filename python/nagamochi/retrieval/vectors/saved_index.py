"""An index of Faiss in a file, used only if it is whole and of the very vectors at hand."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.base.files import replace_whole, write_synced
from nagamochi.retrieval import _backends
from nagamochi.retrieval.catalog.photo_source import content_digest
from nagamochi.retrieval.vectors.approximate import build

FORMAT = 1


def saved_or_built(folder: Path, vectors: npt.NDArray[Any], kind: str) -> Any:
    """Read the index of these vectors from a folder, or build it and save it there if possible.

    Parameters
    ----------
    folder : Path
        Holds ``index-KIND.faiss`` and ``index-KIND.json``: the digest of the vectors and the checksum of the index,
        which is verified before Faiss reads it.
    vectors : numpy.ndarray
        ``(n, dimension)``.
    kind : str
        As `ApproximateIndex` knows it.

    Returns
    -------
    faiss.Index
    """
    description = {
        "format": FORMAT,
        "kind": kind,
        "faiss": _backends.faiss().__version__,
        "shape": list(vectors.shape),
        "vectors": blake2b(np.ascontiguousarray(vectors).data, digest_size=32).hexdigest(),
    }
    found = _load(folder, description)
    if found is not None:
        return found
    index = build(vectors, kind)
    with suppress(OSError):  # a folder that may not be written, or is full, can be searched all the same
        _save(folder, description, index)
    return index


def _load(folder: Path, description: dict[str, Any]) -> Any:
    try:
        described = json.loads(_described(folder, description).read_bytes())
        content = _content(folder, description).read_bytes()
    except (OSError, RecursionError, ValueError):
        return None
    if described != description | {"checksum": content_digest(content)}:
        return None
    return _backends.faiss().deserialize_index(np.frombuffer(content, np.uint8))


def _save(folder: Path, description: dict[str, Any], index: Any) -> None:
    content = _backends.faiss().serialize_index(index).data
    _described(folder, description).unlink(missing_ok=True)
    write_synced(_content(folder, description), content)
    whole = description | {"checksum": content_digest(content)}
    replace_whole(_described(folder, description), json.dumps(whole, indent=1).encode())


def _described(folder: Path, description: dict[str, Any]) -> Path:
    return folder / f"index-{description['kind']}.json"


def _content(folder: Path, description: dict[str, Any]) -> Path:
    return folder / f"index-{description['kind']}.faiss"
