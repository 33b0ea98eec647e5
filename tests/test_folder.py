"""Files that belong together: all old, all new or refused, at every moment and after every death."""

import json
import os
import stat
import time
from hashlib import sha256
from itertools import count, pairwise

import polars as pl
import pytest

from deaths import call_at_each_step, died_at
from memo_cases import FORK
from nagamochi.base.folder import DRAFTS, LOCK, ORDER, READY, make_folder, reading_files, replacing_files
from nagamochi.errors import CorruptFile

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

NAMES = ("a.csv", "b.txt", "c.json", "only old.csv", "only new.csv")
OLD = {"a.csv": "old a", "b.txt": "old b", "c.json": "old c", "only old.csv": "old"}
NEW = {"a.csv": "new a", "b.txt": "new b", "c.json": "new c", "only new.csv": "new"}
OTHERS = {"notes.txt": "the user's own"}


def write(folder, contents):
    with replacing_files(folder) as files:
        files.remove(*(name for name in NAMES if name not in contents))
        for name, content in contents.items():
            files.write_text(name, content)


def read(folder):
    with reading_files(folder, NAMES):
        return {name: (folder / name).read_text() for name in NAMES if (folder / name).exists()}


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def text_alone(monkeypatch):
    """Let forked children write, though other tests of this process used polars: they write no tables."""
    monkeypatch.setattr("nagamochi.base.folder.refuse_lost_threads", lambda: None)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in {**OLD, **OTHERS}.items():
        (folder / name).write_text(content)
    return folder


def test_files_are_replaced_and_others_stay(folder):
    write(folder, NEW)
    assert read(folder) == NEW
    assert names(folder) == NEW.keys() | OTHERS.keys()


def test_a_kill_at_any_step_leaves_all_old_or_all_new(folder):
    found = []
    for number in count():
        write(folder, OLD)
        if not died_at(number, write, folder, NEW):
            break
        after = read(folder)
        assert after in (OLD, NEW), number
        found.append(after)
        assert names(folder) - {LOCK, DRAFTS} == after.keys() | OTHERS.keys()
        write(folder, {**NEW, "a.csv": "newer"})
        assert read(folder) == {**NEW, "a.csv": "newer"}
        assert names(folder) == NEW.keys() | OTHERS.keys()  # nothing is left of the one that died
    turn = found.index(NEW)
    assert found == [OLD] * turn + [NEW] * (len(found) - turn)
    assert turn > 10
    assert len(found) - turn > 10


def test_a_kill_of_the_one_that_does_the_rest_is_harmless(folder):
    """The second writer dies too, at any step, and the third is a reader."""
    write(folder, OLD)
    start = next(number for number in count() if died_at(number, write, folder, NEW) and (folder / READY).exists())
    for first in range(start, start + 25, 6):
        for second in range(first % 7, 30, 7):
            write(folder, OLD)
            if died_at(first, write, folder, NEW) and died_at(second, read, folder):
                assert read(folder) == NEW, (first, second)


DEEP_NAMES = ("plan/a.csv", "plan/network/b.csv", "mark.csv")
OLD_DEEP, NEW_DEEP = ({name: f"{run} {name}" for name in DEEP_NAMES} for run in ("old", "new"))


def write_deep(folder, contents):
    with replacing_files(folder) as files:
        plan = files.subfolder("plan")
        for name, content in contents.items():
            (plan if name.startswith("plan/") else files).write_text(name.removeprefix("plan/"), content)
        assert (plan.path, plan.names) == (folder / "plan", ["a.csv", "network/b.csv"])


def read_subfolder(folder, name):
    with reading_files(folder / name, []):
        return {name: (folder / name).read_text() for name in DEEP_NAMES}


def test_readers_and_writers_of_a_subfolder_do_the_rest_of_a_kill_at_any_step(folder):
    found = []
    for number in count():
        subfolder = ("plan", "plan/network")[number % 2]
        write_deep(folder, OLD_DEEP)
        if not died_at(number, write_deep, folder, NEW_DEEP):
            break
        if number % 3:
            with replacing_files(folder / subfolder) as files:
                files.write_text("own.txt", "own")
        after = read_subfolder(folder, subfolder)
        assert after in (OLD_DEEP, NEW_DEEP), number
        found.append(after)
    turn = found.index(NEW_DEEP)
    assert found == [OLD_DEEP] * turn + [NEW_DEEP] * (len(found) - turn)
    assert min(turn, len(found) - turn) > 10


def test_ready_files_around_a_folder_are_left_where_they_are_not_its_own_or_anybody_may_write(folder):
    assert any(died_at(number, write_deep, folder, NEW_DEEP) and is_ready(folder) for number in count(10))
    (folder / "other").mkdir()
    with reading_files(folder / "other", []):
        assert is_ready(folder)
    folder.chmod(0o1777)
    (folder / "plan").mkdir(exist_ok=True)
    with reading_files(folder / "plan", []):
        assert is_ready(folder)
    folder.chmod(0o700)
    assert read_subfolder(folder, "plan") == NEW_DEEP


def is_ready(folder):
    return (folder / READY).exists()


def test_a_file_in_the_place_of_a_subfolder_is_named_before_anything_changes(folder):
    (folder / "plan").write_text("no folder")
    with pytest.raises(NotADirectoryError, match=r"must be a folder; got a file: '.*/folder/plan'"):
        write_deep(folder, NEW_DEEP)
    assert names(folder) == OLD.keys() | OTHERS.keys() | {"plan"}


def test_a_reader_at_any_step_finds_all_old_or_all_new_or_is_refused(folder, monkeypatch):
    found = []

    def look(_):
        with monkeypatch.context() as patched:
            for step, function in unpatched.items():
                patched.setattr(os, step, function)
            try:
                found.append(read(folder))
            except BlockingIOError:
                found.append(None)

    unpatched = {step: getattr(os, step) for step in ("open", "replace", "unlink", "fsync", "mkdir", "rmdir")}
    with monkeypatch.context() as patched:
        call_at_each_step(look, patched.setattr)
        write(folder, NEW)
    order = [found[0], *(b for a, b in pairwise(found) if a != b)]
    assert order == [OLD, None, NEW]


def test_a_reader_during_whose_reading_the_files_change_is_refused(folder):
    def read_slowly():
        with reading_files(folder, NAMES):
            (folder / "a.csv").read_text()
            write(folder, NEW)
            (folder / "b.txt").read_text()

    with pytest.raises(OSError, match=r"was changed while it was read; try again: '.*folder'"):
        read_slowly()


@pytest.mark.parametrize("change", ["write_text", "unlink"])
def test_a_reader_during_whose_reading_one_file_is_edited_is_refused(folder, change):
    arguments = ["edited"] if change == "write_text" else []
    with pytest.raises(OSError, match="was changed while it was read"), reading_files(folder, NAMES):
        getattr(folder / "b.txt", change)(*arguments)


def test_files_of_no_concern_may_change(folder):
    with reading_files(folder, NAMES):
        (folder / "notes.txt").write_text("edited")


def test_the_file_written_last_is_the_mark_of_a_complete_folder(folder, monkeypatch):
    """Other programs need no more than to look for it."""
    seen = []

    def look(_):
        if (folder / "c.json").exists():
            seen.append({name: (folder / name).read_text() for name in NAMES if (folder / name).exists()})

    with monkeypatch.context() as patched:
        call_at_each_step(look, patched.setattr)
        write(folder, {name: NEW[name] for name in ("a.csv", "b.txt", "only new.csv", "c.json")})
    assert [seen[0], seen[-1]] == [OLD, NEW]
    assert all(found in (OLD, NEW) for found in seen)


def test_a_failing_block_changes_nothing(folder):
    def write_and_fail():
        with replacing_files(folder) as files:
            files.write_text("a.csv", "new a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert read(folder) == OLD
    assert names(folder) == OLD.keys() | OTHERS.keys()


def test_a_second_writer_is_refused(folder):
    with replacing_files(folder) as files:
        files.write_text("a.csv", "new a")
        with pytest.raises(BlockingIOError, match="is being written by another process"):
            write(folder, NEW)
    assert read(folder) == {**OLD, "a.csv": "new a"}


def write_on_and_on(folder):
    for number in count():
        write(folder, dict.fromkeys(NAMES, f"{number}"))


def test_kill_9_at_any_time_leaves_one_writing(folder):
    write(folder, dict.fromkeys(NAMES, "0"))
    for milliseconds in range(1, 40, 2):
        child = FORK.Process(target=write_on_and_on, args=(folder,))
        child.start()
        time.sleep(milliseconds / 1000)
        child.kill()
        child.join()
        found = read(folder)
        assert found.keys() == set(NAMES)
        assert len(set(found.values())) == 1


# What is refused.


def test_a_folder_in_the_place_of_a_file_is_named_before_anything_changes(folder):
    (folder / "only new.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"cannot be written: Is a directory: '.*/folder/only new\.csv'"):
        write(folder, NEW)
    assert {name: (folder / name).read_text() for name in OLD} == OLD


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "town").write_text("no folder")
    with pytest.raises(NotADirectoryError, match=r"must be a folder; got a file: '.*town'"):
        make_folder(tmp_path / "town")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError), reading_files(tmp_path / "none", NAMES):
        (tmp_path / "none" / "a.csv").read_text()


@pytest.mark.parametrize(
    "order",
    [
        "",
        "[]",
        '{"removed": []}',
        '{"removed": [], "files": []}',
        '{"removed": [5], "files": ["a.csv"]}',
        '{"removed": ["../precious"], "files": ["a.csv"]}',
        '{"removed": [], "files": ["../precious", "a.csv"]}',
        '{"removed": [".."], "files": ["a.csv"]}',
        '{"removed": [], "files": ["a/b/c/d.csv"]}',
        pytest.param("[" * 100_000, id="without end"),
    ],
)
def test_an_order_of_others_reaches_nothing_outside(folder, order):
    precious = folder.parent / "precious"
    precious.write_text("precious")
    (folder / READY).mkdir()
    (folder / READY / ORDER).write_text(order)
    (folder / READY / "a.csv").write_text("theirs")
    for use in (lambda: read(folder), lambda: write(folder, NEW)):
        with pytest.raises(CorruptFile, match=r"\.order\.json: (is damaged|must name files of its folder)"):
            use()
    assert precious.read_text() == "precious"
    assert (folder / "a.csv").read_text() == "old a"


def test_a_reader_who_may_not_do_the_rest_says_so(folder, monkeypatch):
    write(folder, OLD)
    assert any(died_at(number, write, folder, NEW) and is_ready(folder) for number in count(10))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="holds files whose replacement was interrupted; read it once where"):
        read(folder)
    monkeypatch.undo()
    assert read(folder) == NEW


# What is written.


def test_digests_are_those_of_the_files(folder):
    with replacing_files(folder) as files:
        files.write_table("a.csv", pl.DataFrame({"橋": ["本橋"]}))
        files.write_record("c.json", {"life": float("inf"), "橋": "本橋"})
        digests = files.digests()
    assert (folder / "a.csv").read_bytes() == "\ufeff橋\n本橋\n".encode()
    assert json.loads((folder / "c.json").read_text()) == {"life": None, "橋": "本橋"}
    assert list(digests) == ["a.csv", "c.json"]
    assert digests["a.csv"] == sha256((folder / "a.csv").read_bytes()).hexdigest()


def test_files_are_for_others_to_read_as_the_umask_says(folder):
    umask = os.umask(0o027)
    try:
        write(folder, NEW)
    finally:
        os.umask(umask)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in NEW} == {0o640}


def test_what_is_written_is_logged(folder, caplog):
    with caplog.at_level("INFO", "nagamochi"):
        write(folder, {"a.csv": "a", "b.txt": "b"})
    assert caplog.messages == [f"wrote a.csv, b.txt in {folder}"]
