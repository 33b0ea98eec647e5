"""Read model.json of a fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from nagamochi.base.folder import reading_files
from nagamochi.errors import InvalidInput, Problem

Model = TypeVar("Model")


def read_model_file(path: str | Path, model_of: Callable[[dict[str, Any]], Model], kind: str) -> Model:
    """Return the model that a file of ``nagamochi fit hazards`` holds.

    Parameters
    ----------
    path : path
    model_of : callable
        Makes the model of what the file holds; fails where that is something else.
    kind : str
        Which fits write such a model, for messages.

    Raises
    ------
    InvalidInput
        If the file is something else.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    with reading_files(path.parent, [path.name]):
        text = path.read_bytes()
    try:
        return model_of(json.loads(text, parse_float=_finite, parse_constant=_finite))
    except (RecursionError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        rule = f"must be model.json of nagamochi fit hazards, {kind}"
        raise InvalidInput(Problem(rule, "something else", str(path))) from None


def _finite(text: str) -> float:
    """Return a number; no fit writes NaN, Infinity or 1e309."""
    if not isfinite(number := float(text)):
        raise ValueError
    return number
