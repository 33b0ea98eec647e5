"""The table of contents of a photo store: the one file that is ever replaced."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nagamochi.base.files import draft_of, replace_whole
from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.retrieval.catalog.photo_source import content_digest
from nagamochi.retrieval.encoders.encoder import EncoderIdentity
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.store.shards import REMEDY, Shard

PROGRAM = "nagamochi photo store"
FORMAT = 1
FILE = "contents.json"
LOCK = "lock"
Record = StoreHeader | EncoderIdentity | Shard
PROBLEMS_FILE = "problems.csv"
"""Photos that could not be read, for people; it may stay where nothing else could be added."""


@dataclass(frozen=True)
class Contents:
    """What belongs to a store.

    Parameters
    ----------
    header : StoreHeader
        What all vectors have in common.
    files_made : int
        How many shards were ever written: the number of the next one.
    vectors, log : tuple of Shard
        Vectors by digest, and the log of records, both in the order in which they were added.
    """

    header: StoreHeader
    files_made: int = 0
    vectors: tuple[Shard, ...] = ()
    log: tuple[Shard, ...] = ()

    def __post_init__(self) -> None:
        if not all(shard.holds_vectors for shard in self.vectors) or any(shard.holds_vectors for shard in self.log):
            raise ValueError

    @property
    def files(self) -> set[str]:
        """Names of all files that belong to the store."""
        return {FILE, LOCK, *(shard.file for shard in self.vectors + self.log)}

    def with_shards(self, *, vectors: tuple[Shard, ...], log: tuple[Shard, ...]) -> Contents:
        """These contents with other shards, some of them new."""
        new = sum(shard.file not in self.files for shard in vectors + log)
        return Contents(self.header, self.files_made + new, vectors, log)

    @property
    def checksum(self) -> str:
        """Of all that is in the store."""
        return _checksum(self._fields)

    def write(self, folder: Path) -> None:
        """Replace the table of contents of a store at one stroke."""
        whole = {"program": PROGRAM, "format": FORMAT, "checksum": self.checksum, "contents": self._fields}
        replace_whole(folder / FILE, (json.dumps(whole, indent=1) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> Contents | None:
        """The verified contents of a store; None where there is nothing yet."""
        path = folder / FILE
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            _refuse_foreign_folder(folder)
            return None
        except NotADirectoryError as error:
            raise CorruptFile(f"{folder}: a photo store must be a folder; got a file") from error
        fields = _verified(path, content)
        try:
            shards = {kind: tuple(Shard(**shard) for shard in fields[kind]) for kind in ("vectors", "log")}
            read = cls(StoreHeader.from_fields(fields["header"]), fields["files_made"], **shards)
            records: list[Record] = [read.header, read.header.encoder, *read.vectors, *read.log]
            if type(read.files_made) is not int or not all(map(_has_declared_types, records)):
                raise TypeError
            return read
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise CorruptFile(f"{path}: is damaged: it holds what no photo store has. {REMEDY}") from error

    @property
    def _fields(self) -> dict[str, Any]:
        return {
            "header": self.header.to_fields(),
            "files_made": self.files_made,
            "vectors": [asdict(shard) for shard in self.vectors],
            "log": [asdict(shard) for shard in self.log],
        }


def _has_declared_types(record: Record) -> bool:
    """Whether every value is of the very type that its field names: true is no whole number, and neither is 1.0."""
    return all(type(getattr(record, field.name)).__name__ == field.type for field in dataclasses.fields(record))


def _verified(path: Path, content: bytes) -> dict[str, Any]:
    try:
        whole = json.loads(content)
        program, version, fields = whole["program"], whole["format"], whole["contents"]
    except (RecursionError, ValueError, TypeError, KeyError) as error:
        raise CorruptFile(f"{path}: is damaged, or another program's. {REMEDY}") from error
    if program != PROGRAM:
        raise CorruptFile(f"{path}: must be of the program {PROGRAM!r}; got {program!r}. {REMEDY}")
    if version != FORMAT:
        rule = f"this nagamochi reads photo stores of format {FORMAT}"
        raise StaleStore(f"{path}: {rule}; got format {version}. Use that version, or index the photos again")
    if whole.get("checksum") != _checksum(fields):
        raise CorruptFile(f"{path}: is damaged: it is not as it was written. {REMEDY}")
    verified: dict[str, Any] = fields
    return verified


def _checksum(fields: dict[str, Any]) -> str:
    return content_digest(json.dumps(fields, sort_keys=True).encode())


def _refuse_foreign_folder(folder: Path) -> None:
    """A folder without contents may hold what is left of an interrupted start, nothing else."""
    ours = {LOCK, PROBLEMS_FILE, draft_of(folder / FILE).name}
    others = sorted(path.name for path in folder.iterdir() if path.name not in ours) if folder.is_dir() else []
    if others:
        rule = f"a photo store has a file {FILE}, and a new one begins with an empty folder"
        raise CorruptFile(f"{folder}: {rule}; got {', '.join(others[:3])}. The folder is left as it was")
