"""Files that are whole or not there, whatever happens to the process or the machine."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nagamochi.base.execution import log

if TYPE_CHECKING:
    import polars as pl

OS_ERROR = re.compile(r"\(os error (\d+)\)")  # how Rust, and so polars, reports an error of the operating system


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a draft to write, which replaces the file at the end of the block.

    The file's name stands for the old content or the new one at every moment. A block that fails leaves the old one.
    A draft that a killed process left is overwritten by the next one.

    Raises
    ------
    OSError
        The file cannot be written, or another process is writing it; names the file.
    """
    with naming(path, draft_of(path)):
        _check_replaceable(path)
        with locked(draft_of(path), path):
            os.truncate(draft_of(path), 0)
            yield draft_of(path)
            sync(draft_of(path))
            os.replace(draft_of(path), path.resolve())
            sync(path.resolve().parent)
    log.info("wrote %s", path)


def replace_whole(path: Path, content: bytes) -> None:
    """Replace a file; see `replacing`."""
    with replacing(path) as draft, draft.open("wb") as file:
        file.write(content)


def replace_table(path: Path, table: pl.DataFrame) -> None:
    """Replace a CSV file; see `replacing` and `write_table`."""
    with replacing(path) as draft:
        write_table(draft, table)


def create_whole(path: Path, content: bytes) -> None:
    """Create a file with its whole content, unless a file of its name exists."""
    draft = draft_of(path)
    with naming(path, draft), locked(draft, path, wait=True):
        draft.write_bytes(content)
        sync(draft)
        with suppress(FileExistsError):
            os.link(draft, path)
        sync(path.parent)


def write_synced(path: Path, content: bytes | memoryview) -> None:
    """Write a file and wait until its content is on the disk; its name is once its folder is synced."""
    with naming(path), path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write a CSV file in UTF-8, with the byte order mark by which Excel knows it."""
    with path.open("wb") as file:  # polars knows no path that is not UTF-8
        table.write_csv(file, include_bom=True)


def draft_of(path: Path) -> Path:
    """Where the new content of a file is written before it replaces the old one, links followed."""
    path = path.resolve()
    return path.with_name(f".{path.name}.draft")


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(lock: Path, path: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other processes from writing a path as long as the block runs.

    Parameters
    ----------
    lock : Path
        File that is locked; made at the start of the block, removed at its end. Its lock ends with the process, too.
    path : Path
        What it is that must not be written.
    wait : bool
        Whether to wait for another process rather than to refuse.

    Raises
    ------
    OSError
        Another process holds the lock, or it cannot be made; names the path.
    """
    descriptor = _lock(lock, path, wait)
    try:
        yield
    finally:
        try:
            if _is_open_as(descriptor, lock):
                os.unlink(lock)
        finally:
            os.close(descriptor)


@contextmanager
def naming(path: Path, draft: Path | None = None) -> Iterator[None]:
    """Name the file that the user knows in every error of writing it, or its draft."""
    names = {None, str(path), str(path.resolve()), str(draft)}
    try:
        yield
    except Exception as error:
        code = _system_error(error, names)
        if code is None:
            raise
        raise OSError(code, f"cannot be written: {os.strerror(code)}", str(path)) from error


def _system_error(error: Exception, names: set[str | None]) -> int | None:
    """The number of an error that the operating system has explained, where it is about one of these files."""
    if not isinstance(error, OSError) or error.errno is None:
        code = OS_ERROR.search(str(error))
        return int(code[1]) if code else None
    explained = error.strerror != os.strerror(error.errno)
    return None if explained or error.filename not in names else error.errno


def _check_replaceable(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "must be a regular file; got a device or a pipe", str(path))
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _lock(lock: Path, path: Path, wait: bool) -> int:
    while True:
        with naming(path, lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_open_as(descriptor, lock):
                return descriptor
            os.close(descriptor)  # another process has removed it meanwhile
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                busy = "is being written by another process; try again when that has ended"
                raise OSError(errno.EAGAIN, busy, str(path)) from error
            raise


def _is_open_as(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
