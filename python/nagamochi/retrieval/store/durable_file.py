"""Files that are whole or not there, whatever happens to the process or the machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_durably(path: Path, content: bytes | memoryview) -> None:
    """Write a file and see it onto the disk; its name is safe after `sync_folder` only."""
    with _explained(path), path.open("wb", buffering=0) as file:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())


def replace_durably(path: Path, content: bytes) -> None:
    """Replace a file at one stroke: readers meet the old or the new one."""
    draft = draft_of(path)
    write_durably(draft, content)
    with _explained(path):
        os.replace(draft, path)
    sync_folder(path.parent)


def draft_of(path: Path) -> Path:
    """Where the new content of a file is written before it replaces the old one."""
    return path.with_name(f"{path.name}.draft")


def sync_folder(folder: Path) -> None:
    """See the names of the folder's files onto the disk."""
    with _explained(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which the kernel releases if the process dies; OSError if another one holds it."""
    with _explained(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(
                f"{path.parent}: is being written by another process; try again when that has ended"
            ) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"the photo store cannot be written: {error.strerror}", str(path)) from error
