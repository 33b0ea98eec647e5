"""Files that a command reads, which it does not write over."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

File = Path | tuple[int, int]

_kept: ContextVar[set[File] | None] = ContextVar("_kept", default=None)


@contextmanager
def keeping_inputs() -> Iterator[None]:
    """Refuse to write, while the block runs, any file that it has read, under whatever name."""
    token = _kept.set(set())
    try:
        yield
    finally:
        _kept.reset(token)


def note_input(path: str | Path) -> None:
    """Note a file that is read, or that would be if it were there."""
    if (kept := _kept.get()) is not None:
        kept.update(_known_as(path))


def refuse_input(path: Path) -> None:
    """Raise OSError where a file that is to be written was read."""
    if (kept := _kept.get()) and not kept.isdisjoint(_known_as(path)):
        raise OSError(errno.EINVAL, "is an input of this command: write to another file or folder", str(path))


def _known_as(path: str | Path) -> Iterator[File]:
    """Yield what is the same for all names of a file: its path without links and, if it exists, device and inode."""
    resolved = Path(path).resolve()
    yield resolved
    try:
        found = resolved.stat()
    except OSError:
        return
    yield found.st_dev, found.st_ino
