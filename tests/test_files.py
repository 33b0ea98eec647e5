"""A file that is replaced is whole or not there, whatever happens; errors name the file that the user knows."""

import errno
import fcntl
import multiprocessing
import os
import resource
import signal
import stat
from contextlib import contextmanager
from itertools import count

import numpy as np
import polars as pl
import pytest

from deaths import died_at
from nagamochi.base.files import create_whole, draft_of, naming, replace_table, replace_whole, replacing, write_synced

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

OLD, NEW = b"old", b"new and longer"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "本橋.csv"
    file.write_bytes(OLD)
    return file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def room(bytes_):
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


# Replacing.


def test_a_kill_at_any_step_leaves_the_old_or_the_new_file_and_a_draft_for_the_next_one(file):
    found = set()
    for number in count():
        file.write_bytes(OLD)
        if not died_at(number, replace_whole, file, NEW):
            break
        found.add(file.read_bytes())
        assert set(names(file.parent)) <= {file.name, draft_of(file).name}
        replace_whole(file, b"short")
        assert file.read_bytes() == b"short"
        assert names(file.parent) == [file.name]
    assert found == {OLD, NEW}
    assert number > 4


def test_a_failing_block_leaves_the_old_file_and_its_own_error(file):
    def write_and_fail():
        with replacing(file) as draft:
            draft.write_bytes(NEW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert file.read_bytes() == OLD
    assert names(file.parent) == [file.name]


def test_another_writer_is_refused_until_the_first_has_ended(file):
    with replacing(file) as draft:
        draft.write_bytes(NEW)
        with pytest.raises(OSError, match=r"is being written by another process; try again .*本橋\.csv'"):
            replace_whole(file, b"other")
    assert file.read_bytes() == NEW
    replace_whole(file, b"other")
    assert file.read_bytes() == b"other"


def test_a_file_system_without_locks_is_written_with_a_warning(file, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    replace_whole(file, NEW)
    assert file.read_bytes() == NEW
    assert caplog.messages == [f"{file}: its file system has no locks; it must not be written by two processes at once"]


def test_a_link_stays_and_its_file_is_replaced(file, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    replace_whole(link, NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW
    assert names(file.parent) == [file.name]


def test_what_is_no_regular_file_is_never_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="must be a regular file"):
        replace_whole(pipe, NEW)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(IsADirectoryError, match=f"cannot be written: Is a directory: '{tmp_path}'"):
        replace_whole(tmp_path, NEW)
    assert names(tmp_path) == ["pipe"]


def test_a_file_that_may_not_be_written_is_not_replaced(file, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match=r"cannot be written: Permission denied: '.*本橋\.csv'"):
        replace_whole(file, NEW)
    assert file.read_bytes() == OLD


# Creating.


def test_a_file_that_is_there_is_not_created_anew(file):
    create_whole(file, NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == [file.name]


def create_and_report(file, content, received):
    create_whole(file, content)
    received.send(file.read_bytes())


def test_of_several_creators_one_wins_and_all_see_its_file(file):
    fork = multiprocessing.get_context("fork")
    for round_ in range(10):
        created = file.with_name(f"created {round_}")
        received, sent = fork.Pipe(duplex=False)
        children = [
            fork.Process(target=create_and_report, args=(created, bytes([number]) * 9, sent)) for number in range(4)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert child.exitcode == 0
        assert {received.recv() for _ in children} == {created.read_bytes()}
        assert draft_of(created).name not in names(file.parent)


# Errors.

TABLE = pl.DataFrame({"number": np.arange(10_000) ** 0.5})


def write_csv(file):
    replace_table(file, TABLE)


def write_parquet(file):
    with replacing(file) as draft:
        TABLE.write_parquet(draft)


def sink_csv(file):
    with replacing(file) as draft:
        TABLE.lazy().sink_csv(draft)


def sink_parquet(file):
    with replacing(file) as draft:
        TABLE.lazy().sink_parquet(draft)


def sink_csv_to_an_open_file(file):
    with replacing(file) as draft, draft.open("wb") as content:
        TABLE.lazy().sink_csv(content)


def sink_parquet_to_an_open_file(file):
    with replacing(file) as draft, draft.open("wb") as content:
        TABLE.lazy().sink_parquet(content)


def write_bytes(file):
    replace_whole(file, bytes(100_000))


def write_new(file):
    write_synced(file.with_name("new"), bytes(100_000))


@pytest.mark.parametrize(
    "write",
    [
        write_csv,
        write_parquet,
        sink_csv,
        sink_parquet,
        sink_csv_to_an_open_file,
        sink_parquet_to_an_open_file,
        write_bytes,
        write_new,
    ],
)
def test_a_disk_without_room_is_explained_by_the_name_of_the_file(file, write):
    with room(10_000), pytest.raises(OSError, match="cannot be written: File too large") as refused:
        write(file)
    assert refused.value.errno == errno.EFBIG
    assert refused.value.filename == str(file if write is not write_new else file.with_name("new"))
    assert file.read_bytes() == OLD
    assert draft_of(file).name not in names(file.parent)


def test_a_missing_folder_is_explained_by_the_name_of_the_file(tmp_path):
    file = tmp_path / "none" / "plans.csv"
    with pytest.raises(FileNotFoundError, match="cannot be written: No such file or directory") as refused:
        replace_whole(file, NEW)
    assert refused.value.filename == str(file)


def test_errors_of_other_files_and_other_errors_keep_their_words(file):
    with pytest.raises(FileNotFoundError) as refused, naming(file):
        file.with_name("other").read_bytes()
    assert refused.value.filename == str(file.with_name("other"))
    with pytest.raises(OSError, match=r"^already explained$"), naming(file):
        raise OSError("already explained")
    with pytest.raises(ValueError, match=r"^wrong$"), naming(file):
        raise ValueError("wrong")
