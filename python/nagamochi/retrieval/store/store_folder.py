"""The folder of a photo store: what is in it, and how it changes at one stroke."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from nagamochi.base.files import locked, sync
from nagamochi.base.folder import make_folder
from nagamochi.errors import CorruptFile
from nagamochi.retrieval.store import photo_log
from nagamochi.retrieval.store.contents import FILE, LOCK, Contents
from nagamochi.retrieval.store.header import StoreHeader
from nagamochi.retrieval.store.shards import REMEDY, Shard, to_merge


class Superseded(Exception):
    """Another process has changed the store since its contents were read."""


@contextmanager
def discarding_unused(path: Path) -> Iterator[None]:
    """Remove the store that the block makes in a folder if the block fails before any photo is in it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    new = Contents.read(path) is None
    try:
        yield
    except BaseException:
        if new and (path / FILE).exists():
            with locked(path / LOCK, path):
                made = Contents.read(path)
                if made is not None and not any(shard.rows for shard in made.vectors):
                    empty = Contents(made.header)
                    empty.write(path)
                    _sweep(path, empty)
                    (path / FILE).unlink()
            for folder in missing:
                with suppress(OSError):
                    folder.rmdir()
        raise


class StoreFolder:
    """The files of a photo store as its contents name them; readers need no lock.

    Parameters
    ----------
    path : Path
        The folder.
    contents : Contents
        What it held when it was read last.
    """

    def __init__(self, path: Path, contents: Contents) -> None:
        self.path = path
        self.contents = contents
        self._log: dict[str, pl.DataFrame] = {}

    @classmethod
    def open(cls, path: Path) -> StoreFolder | None:
        """The store of a folder; None where there is none yet."""
        contents = Contents.read(path)
        return None if contents is None else cls(path, contents)

    @classmethod
    def create(cls, path: Path, header: StoreHeader) -> StoreFolder:
        """An empty store in an empty or new folder, unless another process has just made one."""
        make_folder(path)
        with locked(path / LOCK, path):
            contents = Contents.read(path)
            if contents is None:
                contents = Contents(header)
                contents.write(path)
        return cls(path, contents)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out, and remove what an interrupted one left."""
        with locked(self.path / LOCK, self.path):
            self.refresh()
            _sweep(self.path, self.contents)
            yield

    def refresh(self) -> None:
        """Read the contents again."""
        contents = Contents.read(self.path)
        if contents is None or contents.header != self.contents.header:
            raise CorruptFile(f"{self.path}: the photo store has been replaced by another one; open it again")
        self.contents = contents

    def log(self) -> pl.DataFrame:
        """The entries of the log, read again where another process has changed it."""
        while True:
            try:
                return photo_log.joined([self._log_frame(shard) for shard in self.contents.log])
            except Superseded:
                self.refresh()

    def read(self, shard: Shard) -> pl.DataFrame:
        """A verified table; Superseded if another process has merged it away."""
        try:
            frame = shard.read(self.path)
        except FileNotFoundError as error:
            if Contents.read(self.path) != self.contents:
                raise Superseded from error
            raise CorruptFile(f"{self.path / shard.file}: is missing. {REMEDY}") from error
        known = self.contents.header.knows if shard.holds_vectors else photo_log.knows
        if not known(frame.schema):
            raise CorruptFile(f"{self.path / shard.file}: is damaged: it has other columns. {REMEDY}")
        return frame

    def commit(self, log: pl.DataFrame, vectors: pl.DataFrame | None = None) -> None:
        """Add rows of the log and vectors by digest (columns digest, vector): all of them or none."""
        number = self.contents.files_made
        new_log = (Shard.write(self._path("log", number), log),)
        new_vectors = () if vectors is None else (Shard.write(self._path("vectors", number + 1), vectors),)
        self._replace(vectors=self.contents.vectors + new_vectors, log=self.contents.log + new_log)
        self._log[new_log[0].checksum] = log

    def merge(self) -> None:
        """Make few large shards of many small ones; nothing that the store says changes."""
        while old := to_merge(self.contents.log):
            frames = [self._log_frame(shard) for shard in old]
            if any(frame.schema != frames[0].schema for frame in frames):
                break
            shorter = photo_log.shortened(pl.concat(frames))
            new = Shard.write(self._path("log", self.contents.files_made), shorter)
            self._replace(vectors=self.contents.vectors, log=(*self.contents.log[: -len(old)], new))
            self._log[new.checksum] = shorter
        while old := to_merge(self.contents.vectors):
            merged = self._used(pl.concat([self.read(shard) for shard in old]))
            new = Shard.write(self._path("vectors", self.contents.files_made), merged)
            self._replace(vectors=(*self.contents.vectors[: -len(old)], new), log=self.contents.log)

    def _replace(self, *, vectors: tuple[Shard, ...], log: tuple[Shard, ...]) -> None:
        """Change the contents once the new shards are on the disk, then remove those that are left out."""
        sync(self.path)
        changed = self.contents.with_shards(vectors=vectors, log=log)
        changed.write(self.path)
        left_out = self.contents.files - changed.files
        self.contents = changed
        for file in left_out:
            with suppress(OSError):
                (self.path / file).unlink()

    def _used(self, vectors: pl.DataFrame) -> pl.DataFrame:
        """Vectors of photos that are still there; of several for one digest the last."""
        live = photo_log.records(self.log()).select("digest")
        return vectors.unique("digest", keep="last", maintain_order=True).join(
            live, on="digest", how="semi", maintain_order="left"
        )

    def _log_frame(self, shard: Shard) -> pl.DataFrame:
        if shard.checksum not in self._log:
            self._log[shard.checksum] = self.read(shard)
        return self._log[shard.checksum]

    def _path(self, kind: str, number: int) -> Path:
        return self.path / f"{kind}-{number:08d}.parquet"


def _sweep(folder: Path, contents: Contents) -> None:
    """Remove what no contents name: a process died before it could name or remove it."""
    for path in folder.iterdir():
        if path.suffix in (".parquet", ".draft") and path.name not in contents.files:
            path.unlink()
