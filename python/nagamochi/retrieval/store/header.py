"""What all vectors of a photo store have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.encoders.encoder import Encoder, EncoderIdentity
from nagamochi.retrieval.vectors.flat import DTYPES

MOST_NUMBERS = 2**20
"""In a vector."""


@dataclass(frozen=True)
class StoreHeader:
    """What all vectors of a photo store have in common; it is written once and never changed.

    Parameters
    ----------
    encoder : EncoderIdentity
        Which encoder made the vectors.
    encoder_name : str
        By which `encoder_by_name` made that encoder when the store was made.
    precision : str
        Of the encoder's computation when the store was made.
    unit_vectors : bool
        Whether vectors are scaled to length 1.
    dtype : str
        "float32" or "float16": how vectors are stored.

    Examples
    --------
    >>> identity = EncoderIdentity("colour-histogram", "none", "squashed to 128 x 128 px", 512)
    >>> header = StoreHeader(identity, "colour-histogram", "float32", unit_vectors=True, dtype="float16")
    >>> StoreHeader.from_fields(header.to_fields()) == header
    True
    """

    encoder: EncoderIdentity
    encoder_name: str
    precision: str
    unit_vectors: bool
    dtype: str

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    def knows(self, schema: Mapping[str, pl.DataType]) -> bool:
        """Whether these are the columns of a table of vectors."""
        number = pl.Float16() if self.dtype == "float16" else pl.Float32()
        return dict(schema) == {"digest": pl.String(), "vector": pl.Array(number, self.dimension)}

    @classmethod
    def of(cls, encoder: Encoder, unit_vectors: bool | None, dtype: str | None) -> StoreHeader:
        """The header of a new store: unit vectors in float32 unless asked for otherwise."""
        dtype = arguments.one_of("dtype", dtype or "float32", DTYPES)
        return cls(encoder.identity, encoder.name, encoder.precision, unit_vectors is not False, dtype)

    def refuse_disagreement(self, encoder: Encoder | None, unit_vectors: bool | None, dtype: str | None) -> None:
        """InvalidInput if the store has other vectors than these; None asks for nothing."""
        if encoder is not None and encoder.identity != self.encoder:
            rule = f"must be the encoder of the store's vectors, {self.encoder}"
            raise InvalidInput(Problem(rule, str(encoder.identity), "encoder"))
        for name, asked, stored in (("unit_vectors", unit_vectors, self.unit_vectors), ("dtype", dtype, self.dtype)):
            if asked is not None and asked != stored:
                raise arguments.invalid(name, f"must be as the store was made, {stored!r}", asked)

    def to_fields(self) -> dict[str, Any]:
        """As what JSON can hold."""
        return {
            "encoder": json.loads(self.encoder.to_json()),
            "encoder_name": self.encoder_name,
            "precision": self.precision,
            "unit_vectors": self.unit_vectors,
            "dtype": self.dtype,
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> StoreHeader:
        """What `to_fields` gave; ValueError, TypeError or KeyError of something else."""
        header = cls(**fields | {"encoder": EncoderIdentity.from_json(json.dumps(fields["encoder"]))})
        if header.dtype not in DTYPES or header.dimension not in range(1, MOST_NUMBERS + 1):
            raise ValueError
        return header
