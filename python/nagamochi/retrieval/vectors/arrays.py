"""Vectors as arrays: their check, their length, the cosines between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.errors import InvalidInput, Problem

Numbers = npt.NDArray[np.float64]


def vectors_of(name: str, vectors: npt.NDArray[Any], dimension: int) -> npt.NDArray[np.float32]:
    """Return the vectors as ``(n, dimension)`` float32; InvalidInput unless all are finite."""
    rows = np.atleast_2d(np.asarray(vectors))
    if rows.ndim != 2 or rows.shape[1] != dimension or rows.dtype.kind not in "fiu":
        rule = f"must be real vectors of {dimension} numbers"
        raise InvalidInput(Problem(rule, f"{rows.dtype} of shape {np.shape(vectors)}", name))
    if not np.isfinite(rows).all():
        raise InvalidInput(Problem("must be finite", "a number that is not", name))
    return rows.astype(np.float32)


def unit(vectors: npt.NDArray[Any]) -> Numbers:
    """Scale each vector to length 1, in float64."""
    doubles = vectors.astype(np.float64)
    lengths: Numbers = np.sqrt(np.square(doubles).sum(axis=1, keepdims=True))
    return doubles / lengths


def cosines(query: npt.NDArray[Any], vectors: npt.NDArray[Any]) -> Numbers:
    """Return the cosine of the angle between a vector and each of several; 0 where one of them has no direction."""
    one, several = query.astype(np.float64), vectors.astype(np.float64)
    lengths = np.sqrt(np.square(several).sum(axis=1) * np.square(one).sum())
    products: Numbers = (several * one).sum(axis=1)
    return products / np.where(lengths > 0, lengths, 1)
