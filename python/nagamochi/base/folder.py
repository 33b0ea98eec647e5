"""Files of one folder that are replaced together.

They are written to a hidden folder of drafts. When all of them are on the disk, that folder is renamed: before this
moment the old files count, after it the new ones. They are then moved to their places one by one; if the process dies
meanwhile, the next reader or writer of the folder, or of a subfolder whose files are among them, moves the rest.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nagamochi.base import records
from nagamochi.base.execution import log
from nagamochi.base.files import locked, naming, sync, write_table
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.base.inputs import note_input, refuse_input
from nagamochi.errors import CorruptFile

if TYPE_CHECKING:
    import polars as pl

LOCK = ".nagamochi-lock"
DRAFTS = ".nagamochi-drafts"
READY = ".nagamochi-ready"
ORDER = ".order.json"
DEEPEST = 3
"""Parts of the longest names of files: plan/network/bridges.csv."""


class Drafts:
    """Files to be replaced together, each under its name; see `replacing_files`."""

    def __init__(self, folder: Path, within: str = "", parent: Drafts | None = None) -> None:
        self._folder = folder
        self._within = within
        self._written: list[str] = [] if parent is None else parent._written
        self._removed: list[str] = [] if parent is None else parent._removed

    def subfolder(self, name: str) -> Drafts:
        """Return the drafts of a subfolder, which replace their files together with the others.

        Raises
        ------
        OSError
            It exists and cannot be written, or is a file; names it.
        """
        inside = Drafts(self._folder, f"{self._within}{name}/", self)
        _check_folder(inside.path)
        return inside

    @property
    def path(self) -> Path:
        """The folder whose files are replaced."""
        return self._folder / self._within

    @property
    def names(self) -> list[str]:
        """The files written so far, within this folder."""
        return [name.removeprefix(self._within) for name in self._written if name.startswith(self._within)]

    def write_table(self, name: str, table: pl.DataFrame) -> None:
        """Write a CSV file; see `nagamochi.base.files.write_table`."""
        with self.writing(name) as draft:
            write_table(draft, table)

    def write_text(self, name: str, text: str) -> None:
        """Write text in UTF-8."""
        with self.writing(name) as draft:
            draft.write_text(text, encoding="utf-8")

    def write_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Write a record as JSON."""
        with self.writing(name) as draft:
            draft.write_bytes(records.to_bytes(record))

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a draft to write by other means; errors name the file that it replaces."""
        name = self._within + name
        draft, file = self._folder / DRAFTS / name, self._folder / name
        refuse_input(file)
        draft.parent.mkdir(parents=True, exist_ok=True)
        with naming(file, draft):
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
            yield draft
            sync(draft)
        self._written.append(name)

    def remove(self, *names: str) -> None:
        """Remove files, where they exist, when the others are replaced."""
        removed = [self._within + name for name in names]
        for name in removed:
            refuse_input(self._folder / name)
        self._removed += removed

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file written so far, in hexadecimal."""
        return {name: self.digest(name) for name in self.names}

    def digest(self, name: str) -> str:
        """Return the SHA-256 of one file that was written, in hexadecimal."""
        with (self._folder / DRAFTS / self._within / name).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def make_ready(self) -> None:
        """Make the new files count from now on."""
        order = {"files": self._written, "removed": self._removed}
        drafts = self._folder / DRAFTS
        with naming(self._folder, drafts / ORDER):
            (drafts / ORDER).write_bytes(records.to_bytes(order))
            sync(drafts / ORDER)
            _sync_around(drafts, self._written)
            os.replace(drafts, self._folder / READY)
            sync(self._folder)


@contextmanager
def replacing_files(folder: Path) -> Iterator[Drafts]:
    """Yield drafts to write, which replace their files together at the end of the block.

    Readers that use `reading_files` find all old files or all new ones, even if the process is killed. For other
    programs the file written last marks a complete result: it is removed first and replaced last. All other files of
    the folder stay. A block that fails changes nothing.

    Raises
    ------
    OSError
        A file cannot be written, or another process is writing the folder; names it.
    """
    refuse_lost_threads()
    make_folder(folder)
    complete_replacements(folder)
    with locked(folder / LOCK, folder):
        _move_ready(folder)
        try:
            _remove(folder / DRAFTS)
            (folder / DRAFTS).mkdir()
            drafts = Drafts(folder)
            yield drafts
            drafts.make_ready()
        except BaseException:
            _remove(folder / DRAFTS)
            raise
        _move_ready(folder)
    log.info("wrote %s in %s", ", ".join(drafts.names), folder)


@contextmanager
def reading_files(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """Ensure that the block reads all old files of a folder, or all new ones.

    Raises
    ------
    OSError
        Another process is replacing the files, or has changed them while the block ran.
    """
    for name in names:
        note_input(folder / name)
    complete_replacements(folder)
    before = _states(folder, names)
    try:
        yield
    finally:
        if _states(folder, names) != before or _unfinished(folder):
            raise OSError(errno.EAGAIN, "was changed while it was read; try again", str(folder))


def check_digests(folder: Path, digests: Mapping[str, str], named_by: str) -> None:
    """Check that the files of a folder are as they were written; `Drafts.digests` gives their digests.

    Raises
    ------
    CorruptFile
        A file is missing or another one; names it.
    """
    for name, digest in digests.items():
        if not (folder / name).is_file():
            raise CorruptFile(f"{folder / name}: is missing, but {named_by} names it")
        with (folder / name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != digest:
                raise CorruptFile(f"{folder / name}: is not as it was written: {named_by} has another digest")


def make_folder(folder: Path, names: Sequence[str] = ()) -> None:
    """Make a folder if missing, and check that it can be written, and none of these files is an input.

    Raises
    ------
    OSError
        It cannot be made or written, or is a file, or a file of these names was read; names it.
    """
    for name in names:
        refuse_input(folder / name)
    _check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _check_folder(folder)


def _check_folder(folder: Path) -> None:
    """Check that a folder can be written, if it exists."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "must be a folder; got a file", str(folder))
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def complete_replacements(folder: Path) -> None:
    """Complete the replacements of files of a folder that dead processes had begun.

    Call it before you look at what a folder holds; `reading_files` does.

    Raises
    ------
    OSError
        The files cannot be moved to their places; names the folder.
    """
    for unfinished in _unfinished(folder):
        if not os.access(unfinished, os.W_OK):
            reason = "holds files whose replacement was interrupted; read it once where it can be written"
            raise PermissionError(errno.EACCES, reason, str(unfinished))
        with locked(unfinished / LOCK, unfinished):
            _move_ready(unfinished)


def _unfinished(folder: Path) -> list[Path]:
    """Return those folders, from the outermost to the folder itself, that hold ready files of the folder."""
    resolved = folder.resolve()
    around = [outer for outer in resolved.parents[: DEEPEST - 1] if _is_ready(outer, f"{resolved.relative_to(outer)}/")]
    return [*reversed(around), *([folder] if (folder / READY).exists() else [])]


def _is_ready(outer: Path, within: str) -> bool:
    """Whether a folder holds ready files of a subfolder; not where everybody may write, as then anybody may have."""
    ready = outer / READY
    if not (ready / ORDER).exists() or outer.stat().st_mode & stat.S_ISVTX:
        return False
    removed, files = _order(ready)
    return any(name.startswith(within) for name in [*removed, *files])


def _move_ready(folder: Path) -> None:
    """Move the ready files to their places, from where a dead process stopped if there was one."""
    ready = folder / READY
    with naming(folder):
        if (ready / ORDER).exists():
            removed, (*others, mark) = _order(ready)
            if (ready / mark).exists():
                _unlink(folder / mark)
                for name in others:
                    _make_parent(folder / name)
                _sync_around(folder, [os.path.dirname(name) for name in others])  # before anything moves into them
                for name in removed:
                    _unlink(folder / name)
                for name in others:
                    if (ready / name).exists():
                        _move(ready / name, folder / name)
                _sync_around(folder, others)
                _move(ready / mark, folder / mark)
                sync(folder)
        _remove(ready)


def _order(ready: Path) -> tuple[list[str], list[str]]:
    """Return the names to remove and to move; refuse names outside the folder, as anybody may have written them."""
    try:
        order = json.loads((ready / ORDER).read_bytes())
        removed, files = order["removed"], order["files"]
        if files and all(_is_inside(name) for name in [*removed, *files]):
            return removed, files
    except (RecursionError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorruptFile(f"{ready / ORDER}: is damaged") from error
    raise CorruptFile(f"{ready / ORDER}: must name files of its folder")


def _is_inside(name: object) -> bool:
    """Whether a name is that of a file in the folder or in a folder within."""
    parts = name.split("/") if isinstance(name, str) else []
    return 1 <= len(parts) <= DEEPEST and all(Path(part).name == part and part not in ("", "..") for part in parts)


def _move(draft: Path, file: Path) -> None:
    with naming(file, draft):
        os.replace(draft, file)


def _make_parent(file: Path) -> None:
    with naming(file, file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)


def _sync_around(folder: Path, names: Iterable[str]) -> None:
    """Wait until these names in a folder and in its subfolders are on the disk, the inner ones first."""
    for around in sorted({folder / outer for name in names for outer in Path(name).parents} | {folder}, reverse=True):
        sync(around)


def _unlink(file: Path) -> None:
    with naming(file):
        file.unlink(missing_ok=True)


def _remove(drafts: Path) -> None:
    if drafts.exists():
        try:
            shutil.rmtree(drafts)
        except OSError as error:  # names the last part of a path only
            raise OSError(error.errno, f"cannot be removed: {error.strerror}", str(drafts)) from error


def _states(folder: Path, names: Sequence[str]) -> list[tuple[int, int, int] | None]:
    """Return inode, size and time of each file; None where there is none."""

    def state(file: Path) -> tuple[int, int, int] | None:
        try:
            found = file.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    return [state(folder / name) for name in names]
