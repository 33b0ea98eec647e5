"""Files that are whole or not there, whatever happens to the process or the machine."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nagamochi.base.execution import log
from nagamochi.base.inputs import refuse_input

if TYPE_CHECKING:
    import polars as pl

OS_ERROR = re.compile(r"\(os error (\d+)\)")  # how Rust, and so polars, reports an error of the operating system


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a draft to write, which replaces the file at the end of the block.

    At every moment the file has its old content or its new one, whole. If the block fails, it keeps the old one. The
    draft of a killed process is overwritten by the next one.

    Raises
    ------
    OSError
        The file cannot be written, or another process is writing it; names the file.
    """
    refuse_input(path)
    with naming(path, draft_of(path)):
        _check_replaceable(path)
        with locked(draft_of(path), path):
            os.truncate(draft_of(path), 0)
            yield draft_of(path)
            sync(draft_of(path))
            os.replace(draft_of(path), path.resolve())
            _sync_name(path, path.resolve().parent)
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
    refuse_input(path)
    draft = draft_of(path)
    with naming(path, draft), locked(draft, path, wait=True):
        draft.write_bytes(content)
        sync(draft)
        with suppress(FileExistsError):
            os.link(draft, path)
        _sync_name(path, path.parent)


def write_synced(path: Path, content: bytes | memoryview) -> None:
    """Write a file and wait until its content is on the disk; its name is once its folder is synced."""
    with naming(path), path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write a CSV file in UTF-8, with the byte order mark by which Excel knows it."""
    with path.open("wb") as file:  # polars knows no path that is not UTF-8
        append_rows(file, table, first=True)


def append_rows(file: IO[bytes], table: pl.DataFrame, *, first: bool, float_scientific: bool | None = None) -> None:
    """Write rows of a CSV file, below the head where they are the first.

    All text is in quotes where a cell or name begins with an apostrophe, or a name has a semicolon or tab: without them
    it would be read without its apostrophes, or those marks as what stands between cells.
    """
    import polars as pl
    import polars.selectors as cs

    text = cs.string(include_categorical=True).cast(pl.String)
    misread = any(re.search("^'|[;\t]", name) for name in table.columns if first)
    misread |= any(any(row) for row in table.select(text.str.starts_with("'").any()).rows())
    table.write_csv(
        file,
        include_bom=first,
        include_header=first,
        float_scientific=float_scientific,
        quote_style="non_numeric" if misread else "necessary",
    )


def draft_of(path: Path) -> Path:
    """Return the path of a file's draft; links are followed."""
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
    """Prevent other processes from writing a path while the block runs.

    Parameters
    ----------
    lock : Path
        File to lock, made at the start of the block and removed at its end. The lock ends with the process, too.
    path : Path
        File or folder to protect, named in errors.
    wait : bool
        Whether to wait for another process instead of raising an error.

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
    """Raise every error of writing a file, or its draft, with the path that the user knows."""
    names = {None, str(path), str(path.resolve()), str(draft)}
    try:
        yield
    except Exception as error:
        code = _system_error(error, names)
        if code is None:
            raise
        raise OSError(code, f"cannot be written: {os.strerror(code)}", str(path)) from error


def _system_error(error: Exception, names: set[str | None]) -> int | None:
    """Return the number of an error of the operating system about one of these files; None for all other errors."""
    if not isinstance(error, OSError) or error.errno is None:
        code = OS_ERROR.search(str(error))
        return int(code[1]) if code else None
    explained = error.strerror != os.strerror(error.errno)
    return None if explained or error.filename not in names else error.errno


def _sync_name(path: Path, folder: Path) -> None:
    with naming(path, folder):
        sync(folder)


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
            _flock(descriptor, path, wait)
            if _is_open_as(descriptor, lock):
                return descriptor
            os.close(descriptor)  # another process has removed it meanwhile
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                busy = "is being written by another process; try again when that has ended"
                raise OSError(errno.EAGAIN, busy, str(path)) from error
            raise


def _flock(descriptor: int, path: Path, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        log.warning("%s: its file system has no locks; it must not be written by two processes at once", path)


def _is_open_as(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
