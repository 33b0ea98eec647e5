"""Records of photos with their vectors, from wherever they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.arguments import invalid
from nagamochi.retrieval.search.filters import Where, admitted
from nagamochi.vocabulary import column_name, header_like_another


class Photos(Protocol):
    """What a `PhotoStore` and `EmbeddedPhotos` have in common: row i of the vectors belongs to row i of the records."""

    @property
    def records(self) -> pl.DataFrame:
        """One row a photo."""

    @property
    def vectors(self) -> npt.NDArray[Any]:
        """Shape (photos, dimension)."""


@dataclass(frozen=True, eq=False)
class EmbeddedPhotos:
    """Photos in memory.

    Parameters
    ----------
    records : polars.DataFrame
        One row a photo, with a column photo: its name.
    vectors : ndarray of float, (photos, dimension)
        Compared as they are: of unit length where the direction alone is to count.

    Raises
    ------
    InvalidInput
        Two columns of the records look alike, records and vectors differ in number, or a vector is not finite.

    Examples
    --------
    >>> records = pl.DataFrame({"photo": ["a", "b"], "member": ["slab", "main girder"]})
    >>> EmbeddedPhotos(records, np.eye(2)).where({"member": "slab"})
    <EmbeddedPhotos: 1 photos, 2 numbers each>
    """

    records: pl.DataFrame
    vectors: npt.NDArray[Any]

    def __post_init__(self) -> None:
        arguments.instance("records", self.records, pl.DataFrame)
        if (alike := header_like_another(self.records.columns)) is not None:
            header, name = alike
            raise invalid("records", f"must have one column that looks like {name}", header)
        object.__setattr__(self, "records", self.records.rename(column_name))
        shape = np.shape(self.vectors)
        if len(shape) != 2 or shape[0] != len(self.records):
            raise invalid("vectors", f"must have a row for each of the {len(self.records):,} records", shape)
        if not np.isfinite(self.vectors).all():
            row = int(np.flatnonzero(~np.isfinite(self.vectors).all(axis=1))[0])
            raise invalid(f"vectors[{row}]", "must be finite", self.vectors[row].tolist()[:5])

    def __repr__(self) -> str:
        return f"<EmbeddedPhotos: {len(self.records):,} photos, {self.vectors.shape[1]:,} numbers each>"

    def where(self, condition: Where) -> EmbeddedPhotos:
        """Those whose records meet a condition, as `PhotoStore.search` takes it."""
        chosen = admitted(self.records, condition)
        if chosen is None:
            return self
        return EmbeddedPhotos(self.records.filter(chosen), self.vectors[chosen])


def in_memory(name: str, photos: Photos) -> EmbeddedPhotos:
    """Records and vectors of photos that were given as the argument `name`."""
    if not (hasattr(photos, "records") and hasattr(photos, "vectors")):
        raise invalid(name, "must be a PhotoStore or EmbeddedPhotos", photos)
    return EmbeddedPhotos(photos.records, photos.vectors)
