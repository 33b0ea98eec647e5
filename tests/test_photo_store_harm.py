"""Whatever harm comes to a photo store: it gives back what was added, or says what is wrong."""

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.retrieval.catalog.catalog import Catalog
from nagamochi.retrieval.photo_store import PhotoStore
from nagamochi.retrieval.store import shards
from nagamochi.retrieval.store.store_folder import discarding_unused
from tiny_photos import TinyEncoder, catalog, picture

ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
}


@pytest.fixture
def photos(tmp_path):
    return tmp_path / "photos"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_same(folder, expected):
    store = PhotoStore.open(folder)
    assert_frame_equal(store.records, expected.records)
    assert store.vectors.tobytes() == expected.vectors.tobytes()
    assert_frame_equal(store.problems, expected.problems, check_row_order=False)


# Deaths.


class PowerCut(BaseException):
    """Nothing runs after this."""


@contextmanager
def power_cut_at(monkeypatch, number, folder, *, names_are_lost):
    """Cut the power at the n-th call that makes a change last.

    Files that were not synced lose their second half. Names may be lost as well: new, replaced and removed ones are
    then as they were when the folder was synced last.
    """
    calls, fsync = count(), os.fsync
    synced, named = {path.stat().st_ino for path in folder.glob("*")}, files(folder) if folder.exists() else {}

    def cut():
        for path in folder.glob("*"):
            if path.stat().st_ino not in synced:
                os.truncate(path, path.stat().st_size // 2)
        if names_are_lost:
            for path in folder.glob("*"):
                if path.name not in named:
                    path.rename(folder.with_name("lost"))
            for name, content in named.items():
                if not (folder / name).exists() or (folder / name).read_bytes() != content:
                    (folder / name).write_bytes(content)
        raise PowerCut

    def cutting(function):
        def cut_or_call(target, *rest, **named):
            return cut() if next(calls) == number else function(target, *rest, **named)

        return cut_or_call

    def noting_fsync(descriptor):
        nonlocal named
        fsync(descriptor)
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            named = files(folder)
        else:
            synced.add(os.fstat(descriptor).st_ino)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", cutting(noting_fsync))
        patched.setattr(os, "replace", cutting(os.replace))
        patched.setattr(os, "unlink", cutting(os.unlink))
        yield


def first(photos):
    return catalog(photos, range(5), bridge_id=lambda seed: "B1", problems=[("lost.png", "/lost.png", "is lost")])


def second(photos):
    """New photos, new records of old ones, a picture that cannot be read, and one that is there by another name."""
    new = catalog(photos, range(3, 12), bridge_id=lambda seed: "B2")
    (photos / "p0009.png").write_bytes(picture(9)[:-30])
    again = pl.col("photo") == "p0010.png"
    digest = new.records["digest"][0]
    return Catalog(
        new.records.with_columns(digest=pl.when(again).then(pl.lit(digest)).otherwise("digest")), new.problems
    )


def begin(folder, photos):
    PhotoStore.open(folder, TinyEncoder(batch_size=2)).add(first(photos))


def go_on(folder, photos):
    PhotoStore.open(folder, TinyEncoder(batch_size=2)).add(second(photos))


@pytest.mark.parametrize("names_are_lost", [False, True])
@pytest.mark.parametrize("work", [begin, go_on])
def test_a_power_cut_at_any_moment_changes_nothing_in_the_end(tmp_path, photos, monkeypatch, work, names_are_lost):
    monkeypatch.setattr(shards, "MERGED_AT_ONCE", 3)
    whole = tmp_path / "whole"
    if work is go_on:
        begin(whole, photos)
        shutil.copytree(whole, tmp_path / "before")
    work(whole, photos)
    expected = PhotoStore.open(whole)
    assert len(expected) == (5 if work is begin else 11)
    for number in count(names_are_lost, 2):  # every moment in one of two ways
        folder = tmp_path / f"cut {number}"
        if work is go_on:
            shutil.copytree(tmp_path / "before", folder)
        try:
            with power_cut_at(monkeypatch, number, folder, names_are_lost=names_are_lost):
                work(folder, photos)
        except PowerCut:
            work(folder, photos)
            assert_same(folder, expected)
            assert not list(folder.glob("*.draft"))
        else:
            break
    assert number > 25


def test_a_power_cut_while_removing_removes_all_or_nothing(tmp_path, photos, monkeypatch):
    begin(tmp_path / "before", photos)
    outcomes = set()
    for number in count():
        folder = tmp_path / f"cut {number}"
        shutil.copytree(tmp_path / "before", folder)
        try:
            with power_cut_at(monkeypatch, number, folder, names_are_lost=False):
                PhotoStore.open(folder).remove(["p0001.png", "p0002.png", "lost.png"])
        except PowerCut:
            store = PhotoStore.open(folder)
            outcomes.add((len(store), len(store.vectors), len(store.problems)))
        else:
            break
    assert outcomes == {(5, 5, 1), (3, 3, 0)}


ADD = """
import sys
from pathlib import Path
from tiny_photos import TinyEncoder, catalog
from nagamochi.retrieval.photo_store import PhotoStore

class Telling(TinyEncoder):
    def encode(self, batch):
        print("a batch", flush=True)
        return super().encode(batch)

folder, photos = map(Path, sys.argv[1:])
PhotoStore.open(folder, Telling(batch_size=1)).add(catalog(photos, range(100)))
"""


@contextmanager
def adding(folder, photos):
    """A process that adds 100 photos and says so before each."""
    command = [sys.executable, "-c", ADD, str(folder), str(photos)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_at_any_time_changes_nothing_in_the_end(tmp_path, folder, photos, seed):
    chance = random.Random(seed)
    whole = PhotoStore.open(tmp_path / "whole", TinyEncoder(batch_size=1))
    whole.add(catalog(photos, range(100)))
    reached = [0]
    for _ in range(3):
        batches = chance.randint(5, 30)
        with adding(folder, photos) as child:
            for _ in range(batches):
                assert child.stdout.readline() == "a batch\n"
            time.sleep(chance.uniform(0, 0.02))
            child.send_signal(signal.SIGKILL)
        reached.append(len(PhotoStore.open(folder).vectors))
        assert reached[-1] >= reached[-2] + batches - 4  # some are encoded ahead
    with adding(folder, photos) as child:
        assert len(child.stdout.readlines()) == 100 - reached[-1] > 0
    assert_same(folder, whole)


# Damage.


def refusal(folder, expected):
    """By which exception the store is refused, or None if all that was added comes back."""
    refused = None
    try:
        assert_same(folder, expected)
    except (CorruptFile, StaleStore) as error:
        refused = error
    assert refused is None or str(folder) in str(refused)
    return None if refused is None else type(refused)


@pytest.fixture
def added(folder, photos):
    begin(folder, photos)
    go_on(folder, photos)
    store = PhotoStore.open(folder)
    assert len(store.vectors) == len(store.records)
    return store


def test_a_file_cut_anywhere_is_refused(folder, added):
    for path in sorted(folder.glob("*.*")):
        whole = path.read_bytes()
        for length in {0, 1, len(whole) // 2, len(whole) - 3}:
            path.write_bytes(whole[:length])
            assert refusal(folder, added) is CorruptFile, (path.name, length)
            assert path.read_bytes() == whole[:length]
        path.write_bytes(whole)
    assert refusal(folder, added) is None


def test_a_flipped_bit_never_changes_what_comes_back(folder, added):
    for path in sorted(folder.glob("*.*")):
        whole = path.read_bytes()
        bits = range(0, 8 * len(whole), 8 * len(whole) // 40)
        outcomes = []
        for position, bit in (divmod(start + random.Random(start).randrange(8), 8) for start in bits):
            path.write_bytes(whole[:position] + bytes([whole[position] ^ 1 << bit]) + whole[position + 1 :])
            outcomes.append(refusal(folder, added))
        path.write_bytes(whole)
        assert outcomes.count(CorruptFile) > 30, path.name
        assert path.suffix == ".json" or set(outcomes) == {CorruptFile}


def test_a_file_with_a_right_checksum_but_another_one_is_refused(folder, added):
    one, other = sorted(folder.glob("vectors-*.parquet"))[:2]
    one.write_bytes(other.read_bytes())
    assert refusal(folder, added) is CorruptFile


@pytest.mark.parametrize("kind", ["vectors", "log"])
def test_a_missing_file_is_named(folder, added, kind):
    path = sorted(folder.glob(f"{kind}-*.parquet"))[0]
    path.unlink()
    with pytest.raises(CorruptFile, match=rf"{path.name}: is missing\. The store is left as it was"):
        assert_same(folder, added)


def test_a_damaged_store_is_not_added_to(folder, photos, added):
    path = sorted(folder.glob("log-*.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-1])
    before = files(folder)
    with pytest.raises(CorruptFile, match=rf"{path.name}: is damaged: it has [\d,]+ bytes of [\d,]+"):
        PhotoStore.open(folder, TinyEncoder()).add(catalog(photos, range(20)))
    assert files(folder) == before


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("header", "encoder", "dimension"), True),
        (("header", "encoder", "dimension"), 4.0),
        (("header", "encoder", "weights"), 7),
        (("header", "unit_vectors"), 1),
        (("header", "precision"), None),
        (("files_made",), "2"),
        (("vectors", 0, "rows"), 3.0),
        (("log", 0, "bytes"), True),
    ],
)
def test_signed_contents_with_values_of_another_kind_are_refused(folder, added, place, value):
    path = folder / "contents.json"
    whole = json.loads(path.read_text())
    *outer, last = place
    part = whole["contents"]
    for name in outer:
        part = part[name]
    assert type(part[last]) is not type(value)
    part[last] = value
    text = json.dumps(whole["contents"], sort_keys=True)
    whole["checksum"] = hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
    path.write_text(json.dumps(whole))
    with pytest.raises(CorruptFile, match=r"contents\.json: is damaged: it holds what no photo store has"):
        PhotoStore.open(folder)


def test_another_format_is_refused(folder, added):
    path = folder / "contents.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StaleStore) as refused:
        PhotoStore.open(folder)
    assert str(refused.value) == (
        f"{path}: this nagamochi reads photo stores of format 1; got format 2. "
        "Use that version, or index the photos again"
    )


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "[1]", "\udcff", '{"program": "other", "format": 1, "contents": {}}'),
        pytest.param("[" * 100_000, id="without end"),
    ],
)
def test_another_program_s_contents_are_refused(folder, content):
    folder.mkdir()
    (folder / "contents.json").write_bytes(content.encode(errors="surrogateescape"))
    before = files(folder)
    with pytest.raises(CorruptFile, match=r"contents\.json: (is damaged|must be of the program)"):
        PhotoStore.open(folder, TinyEncoder())
    assert files(folder) == before


def test_another_program_s_folder_is_refused(folder):
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"sun")
    with pytest.raises(
        CorruptFile, match=r"a new one begins with an empty folder; got holiday\.jpg\. The folder is left"
    ):
        PhotoStore.open(folder, TinyEncoder())
    assert files(folder) == {"holiday.jpg": b"sun"}


def test_a_file_is_no_store(folder):
    folder.write_bytes(b"")
    with pytest.raises(CorruptFile, match="a photo store must be a folder; got a file"):
        PhotoStore.open(folder, TinyEncoder())


def test_lost_contents_are_not_taken_for_a_new_store(folder, added):
    (folder / "contents.json").unlink()
    before = files(folder)
    with pytest.raises(CorruptFile, match=r"has a file contents\.json"):
        PhotoStore.open(folder, TinyEncoder())
    assert files(folder) == before


# Circumstances.


USE_READ_ONLY = """
import json, os, sys
from pathlib import Path
from tiny_photos import TinyEncoder, catalog
from nagamochi.retrieval.photo_store import PhotoStore
folder, photos = map(Path, sys.argv[1:])
added = catalog(photos, range(4))
PhotoStore.open(folder).search(vector=PhotoStore.open(folder).vectors[0])  # imports what others may not read
os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = PhotoStore.open(folder, TinyEncoder())
found = store.search(vector=store.vectors[0], k=2).records["photo"].to_list()
try:
    store.add(added)
except OSError as error:
    print(json.dumps([len(store), found, str(error)]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="file modes do not count for this user, or it cannot become another")
def test_a_folder_that_may_not_be_written_is_read(photos):
    with tempfile.TemporaryDirectory() as open_folder:
        os.chmod(open_folder, 0o755)
        folder = Path(open_folder) / "store"
        begin(folder, photos)
        before = files(folder)
        command = [sys.executable, "-c", USE_READ_ONLY, folder, photos]
        child = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
        assert child.stdout, child.stderr
        size, found, message = json.loads(child.stdout)
        assert (size, len(found)) == (5, 2)
        assert message == f"[Errno 13] cannot be written: Permission denied: '{folder}'"
        assert files(folder) == before


@contextmanager
def room(limit):
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_loses_nothing(tmp_path, folder, photos):
    added = second(photos)
    go_on(tmp_path / "whole", photos)
    refused = []
    for limit in range(0, 6000, 250):
        with room(limit):
            try:
                PhotoStore.open(folder, TinyEncoder(batch_size=2)).add(added)
            except OSError as error:
                refused.append(str(error))
    assert len(refused) > 5
    assert all("cannot be written: File too large" in message for message in refused)
    PhotoStore.open(folder, TinyEncoder(batch_size=2)).add(added)
    assert_same(folder, PhotoStore.open(tmp_path / "whole"))


# Others at work.


def test_a_second_writer_is_refused_and_readers_are_not(folder, photos, added):
    other = PhotoStore.open(folder, TinyEncoder(batch_size=2))

    class Interrupting(TinyEncoder):
        def encode(self, batch):
            with pytest.raises(OSError, match="is being written by another process; try again when that has ended"):
                other.add(catalog(photos, [30]))
            assert len(other.search(vector=other.vectors[0], k=3)) == 3
            return super().encode(batch)

    PhotoStore.open(folder, Interrupting()).add(catalog(photos, [20, 21]))
    assert other.add(catalog(photos, [30])).added == 1
    assert len(other) == len(added) + 3


def test_two_processes_that_add_at_once_lose_nothing(tmp_path, folder, photos):
    """This one tries while the other is writing, and after it."""
    refused, store = [], PhotoStore.open(folder, TinyEncoder(batch_size=1))
    with adding(folder, photos) as child:
        for number, _ in enumerate(child.stdout):
            try:
                store.add(catalog(tmp_path / "others", [1000 + number]))
            except OSError as error:
                refused.append(str(error))
    assert number == 99
    assert refused
    assert all("is being written by another process" in message for message in refused)
    store.add(catalog(tmp_path / "others", range(1000, 1010)))
    assert len(PhotoStore.open(folder).vectors) >= 110


def test_a_reader_goes_on_while_another_process_merges_files(folder, photos, added, monkeypatch):
    reader = PhotoStore.open(folder)
    assert len(reader.records) == 11
    monkeypatch.setattr(shards, "MERGED_AT_ONCE", 2)
    writer = PhotoStore.open(folder, TinyEncoder(batch_size=1))
    writer.add(catalog(photos, range(40, 60)))
    assert len(reader.vectors) == len(writer.records) == 31
    assert reader.vectors.tobytes() == writer.vectors.tobytes()
    np.testing.assert_array_equal(reader.search(vector=writer.vectors[0], k=31).records["photo"].n_unique(), 31)


def test_a_new_store_that_fails_before_anything_is_in_it_leaves_nothing(tmp_path):
    folder = tmp_path / "new" / "store"

    def interrupted():
        with discarding_unused(folder):
            PhotoStore.open(folder, TinyEncoder())
            (folder / "log-00000000.parquet").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_new_store_that_fails_later_keeps_what_is_safe(tmp_path):
    (tmp_path / "a.png").write_bytes(picture(1))

    def interrupted():
        with discarding_unused(tmp_path / "store"):
            PhotoStore.open(tmp_path / "store", TinyEncoder()).add(tmp_path)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(PhotoStore.open(tmp_path / "store")) == 1
