"""The Parquet files of a photo store: written once, verified whenever they are read."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import polars as pl

from nagamochi.base.files import write_synced
from nagamochi.errors import CorruptFile
from nagamochi.retrieval.catalog.photo_source import content_digest

NAME = re.compile(r"(vectors|log)-\d+\.parquet")
MERGED_AT_ONCE = 8
MOST_MERGED_BYTES = 32 * 2**20
REMEDY = "The store is left as it was; restore it from a copy, or index the photos again into another folder"


@dataclass(frozen=True)
class Shard:
    """A Parquet file of a store, as its table of contents names it.

    Parameters
    ----------
    file : str
        Name in the store's folder.
    rows, bytes : int
        Size.
    checksum : str
        BLAKE2b-256 of the file, in hexadecimal.
    """

    file: str
    rows: int
    bytes: int
    checksum: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.file) or min(self.rows, self.bytes) < 0:
            raise ValueError

    @property
    def holds_vectors(self) -> bool:
        """Whether it is a table of vectors, not of the log."""
        return self.file.startswith("vectors")

    @property
    def level(self) -> int:
        """Power of eight of its rows, rounded down."""
        return (self.rows.bit_length() - 1) // 3

    @classmethod
    def write(cls, path: Path, frame: pl.DataFrame) -> Shard:
        """Write a table as a file that nothing refers to yet."""
        parquet = io.BytesIO()
        frame.write_parquet(parquet, compression="zstd" if "vector" not in frame.columns else "uncompressed")
        content = parquet.getvalue()
        write_synced(path, content)
        return cls(path.name, len(frame), len(content), content_digest(content))

    def read(self, folder: Path) -> pl.DataFrame:
        """The table, parsed only if every byte is as it was written; FileNotFoundError where there is no such file."""
        path = folder / self.file
        content = path.read_bytes()
        if len(content) != self.bytes:
            raise CorruptFile(f"{path}: is damaged: it has {len(content):,} bytes of {self.bytes:,}. {REMEDY}")
        if content_digest(content) != self.checksum:
            raise CorruptFile(f"{path}: is damaged: its bytes are not as they were written. {REMEDY}")
        try:
            return pl.read_parquet(io.BytesIO(content))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise CorruptFile(f"{path}: is damaged: it is no Parquet file. {REMEDY}") from error


def to_merge(shards: tuple[Shard, ...]) -> tuple[Shard, ...]:
    """The last shards, as soon as eight are of one level and none of a higher one; otherwise none.

    So every row is written once for each level, and few shards are left.
    """
    for level in sorted({shard.level for shard in shards}):
        last = _last_up_to(level, shards)
        if sum(shard.level == level for shard in last) >= MERGED_AT_ONCE:
            return last if sum(shard.bytes for shard in last) <= MOST_MERGED_BYTES else ()
    return ()


def _last_up_to(level: int, shards: tuple[Shard, ...]) -> tuple[Shard, ...]:
    return tuple(takewhile(lambda shard: shard.level <= level, reversed(shards)))[::-1]
