"""Whatever happens to its file, a saved memo gives back what was saved, or says what is wrong."""

import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.planning import memo_store
from nagamochi.planning.memo_store import MemoStore

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
FORK = multiprocessing.get_context("fork")
NOBODY = 65534

N_GROUPS, N_PLANS, MOST_SLOTS = 1000, 20, 3
ALL_PLANS = range(N_PLANS)
SLOTS_OF_PLAN = np.arange(N_PLANS) % (MOST_SLOTS + 1)
DIGESTS = np.random.default_rng(1).integers(0, 256, (N_GROUPS, 32), np.uint8)
PAGE = 4096
FORMAT_VERSION_BYTES = range(60, 64)


def records_of(groups, plans):
    """Numbers that follow from group and plan alone and use all their bits."""
    records = np.sqrt(groups[:, None] * 1e10 + plans[:, None] * 10.0 + np.arange(2, MOST_SLOTS + 3))
    records[:, :-1][np.arange(MOST_SLOTS) >= SLOTS_OF_PLAN[plans][:, None]] = 0.0
    return records


def pairs(groups, plans=ALL_PLANS):
    return np.repeat(np.array(groups, np.int64), len(plans)), np.tile(np.array(plans, np.int64), len(groups))


def save(store, groups, plans=ALL_PLANS):
    groups, plans = pairs(groups, plans)
    store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, records_of(groups, plans))


def load(path):
    with MemoStore(path) as store:
        return store.load(DIGESTS, SLOTS_OF_PLAN)


def assert_is(loaded, groups, plans=ALL_PLANS):
    groups, plans = pairs(groups, plans)
    assert loaded[0].tolist() == groups.tolist()
    assert loaded[1].tolist() == plans.tolist()
    assert loaded[2].tobytes() == records_of(groups, plans).tobytes()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "memo.sqlite"


FEW_PLANS = [2, 3, 6, 7, 10, 11, 14, 15, 18]
LONG_DIGEST = DIGESTS[:1] ^ 255
LONG_SPACE = np.ones(600, np.int64)


@pytest.fixture
def saved(path):
    """A file with enough rows for trees of pages, and in between one row of several pages."""
    groups, plans = pairs([0], range(600))
    with MemoStore(path) as store:
        save(store, range(60), FEW_PLANS)
        store.save(LONG_DIGEST, LONG_SPACE, groups, plans, np.sqrt(np.arange(1200.0)).reshape(600, 2))
        save(store, range(60, 70), FEW_PLANS)
    return path


def assert_as_saved(path):
    with MemoStore(path) as store:
        assert_is(store.load(DIGESTS, SLOTS_OF_PLAN), range(70), FEW_PLANS)
        assert store.load(LONG_DIGEST, LONG_SPACE)[2].tobytes() == np.sqrt(np.arange(1200.0)).tobytes()


# What goes in comes out.


def test_records_come_back_in_order_whatever_order_they_were_saved_in(path):
    groups, plans = pairs(range(30))
    shuffled = np.random.default_rng(2).permutation(len(groups))
    with MemoStore(path) as store:
        for part in np.array_split(shuffled, 7):
            store.save(DIGESTS, SLOTS_OF_PLAN, groups[part], plans[part], records_of(groups[part], plans[part]))
    assert_is(load(path), range(30))


@settings(max_examples=50)
@given(
    records=st.dictionaries(
        st.tuples(st.integers(0, 5), st.integers(0, N_PLANS - 1)),
        st.tuples(*[st.floats(width=64)] * (MOST_SLOTS + 1)),
    ),
    saves=st.integers(1, 4),
)
def test_records_come_back_with_all_bits(records, saves):
    keys = np.array(list(records), np.int64).reshape(-1, 2)
    numbers = np.array(list(records.values())).reshape(-1, MOST_SLOTS + 1)
    with tempfile.TemporaryDirectory() as folder, MemoStore(f"{folder}/memo.sqlite") as store:
        for part in range(saves):
            groups, plans = keys[part::saves].T
            store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, numbers[part::saves])
        groups, plans, loaded = store.load(DIGESTS, SLOTS_OF_PLAN)
    assert list(zip(groups.tolist(), plans.tolist(), strict=True)) == sorted(records)
    for key, got in zip(sorted(records), loaded, strict=True):
        slots = key[1] % (MOST_SLOTS + 1)
        *costs, lowest_health = records[key]
        assert got.tobytes() == np.array([*costs[:slots], *[0.0] * (MOST_SLOTS - slots), lowest_health]).tobytes()


def test_groups_of_equal_digest_share_records(path):
    with MemoStore(path) as store:
        save(store, [5], plans=[1, 2])
        groups, plans, records = store.load(DIGESTS[[5, 7, 5]], SLOTS_OF_PLAN)
    assert (groups.tolist(), plans.tolist()) == ([0, 0, 2, 2], [1, 2, 1, 2])
    assert records.tobytes() == 2 * records_of(*pairs([5], [1, 2])).tobytes()


def test_what_was_saved_first_stays(path):
    first, again = pairs([3], [4, 5]), pairs([3], [5, 6])
    with MemoStore(path) as store:
        save(store, [3], plans=[4, 5])
        store.save(DIGESTS, SLOTS_OF_PLAN, *first, records_of(*first) + 1)
        store.save(DIGESTS, SLOTS_OF_PLAN, *again, records_of(*again) + np.array([[1], [0]]))
    assert_is(load(path), [3], plans=[4, 5, 6])


def test_of_a_record_given_twice_the_first_counts(path):
    groups, plans = np.array([3, 3, 3]), np.array([7, 6, 7])
    with MemoStore(path) as store:
        store.save(DIGESTS, SLOTS_OF_PLAN, groups, plans, records_of(groups, plans) + np.array([[0], [0], [1]]))
    assert_is(load(path), [3], plans=[6, 7])


def test_saving_again_adds_no_rows(path):
    with MemoStore(path) as store:
        save(store, range(0, 20, 2))
        save(store, range(20))
        save(store, range(20))
        assert len(store) == 20
    assert_is(load(path), range(20))


def test_many_transactions_lose_nothing(path, monkeypatch):
    monkeypatch.setattr(memo_store, "ROWS_PER_TRANSACTION", 3)
    with MemoStore(path) as store:
        save(store, range(10))
    assert_is(load(path), range(10))


def test_nothing_may_be_saved_and_found(path):
    with MemoStore(path) as store:
        save(store, [])
        assert len(store) == 0
        assert [part.shape for part in store.load(DIGESTS, SLOTS_OF_PLAN)] == [(0,), (0,), (0, MOST_SLOTS + 1)]


@pytest.mark.parametrize("name", ["a?mode=memory", "a#b", "100%41 & more", " 橋梁 メモ　", "file:a", "é" * 120])
def test_any_file_name_will_do(tmp_path, name):
    with MemoStore(tmp_path / name) as store:
        save(store, [1])
    assert os.listdir(tmp_path) == [name]
    assert_is(load(tmp_path / name), [1])


def test_relative_paths_and_links_are_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shared").mkdir()
    Path("link.sqlite").symlink_to("shared/memo.sqlite")
    with MemoStore("link.sqlite") as store:
        save(store, [1])
        assert store.path == tmp_path / "shared" / "memo.sqlite"
    assert_is(load("shared/memo.sqlite"), [1])


GOLDEN = Path(__file__).parent / "golden" / "memo_v1.sqlite"
GOLDEN_DIGESTS = np.arange(96, dtype=np.uint8).reshape(3, 32)
GOLDEN_SLOTS = np.array([2, 0, 1, 2, 2, 1, 0, 2, 1])
GOLDEN_RECORDS = {
    (0, 0): "0x1.312d000000000p+22 0x1.999999999999ap-4 0x1.4000000000000p+2",
    (0, 6): "0x0.0p+0 0x0.0p+0 0x1.0000000000000p+0",
    (0, 8): "0x1.5555555555555p-2 0x0.0p+0 0x1.8000000000000p+1",
    (2, 1): "0x0.0p+0 0x0.0p+0 0x1.0000000000001p+0",
    (2, 7): "0x0.0000000000001p-1022 0x1.fffffffffffffp+1023 0x1.ccccccccccccdp+1",
}


def test_files_of_format_1_stay_readable(tmp_path):
    groups, plans, records = load_golden(shutil.copy(GOLDEN, tmp_path / "memo.sqlite"))
    assert list(zip(groups.tolist(), plans.tolist(), strict=True)) == list(GOLDEN_RECORDS)
    assert [" ".join(number.hex() for number in record) for record in records.tolist()] == list(GOLDEN_RECORDS.values())


def load_golden(path):
    with MemoStore(path) as store:
        return store.load(GOLDEN_DIGESTS, GOLDEN_SLOTS)


# Several processes.


@contextmanager
def process(work, *arguments):
    child = FORK.Process(target=work, args=arguments)
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


def save_and_hear(path, mine, everyone, start):
    start.wait()
    with MemoStore(path) as store:
        for group in mine:
            save(store, [group])
            if group % 5 == 0:
                store.load(DIGESTS, SLOTS_OF_PLAN)
        give_up = time.monotonic() + 60
        while set(store.load(DIGESTS, SLOTS_OF_PLAN)[0].tolist()) != set(everyone):
            assert time.monotonic() < give_up
            time.sleep(0.01)


def test_two_processes_share_one_file(path):
    start = FORK.Barrier(2)
    with (
        process(save_and_hear, path, range(100), range(150), start) as one,
        process(save_and_hear, path, range(149, 49, -1), range(150), start) as other,
    ):
        one.join()
        other.join()
    assert (one.exitcode, other.exitcode) == (0, 0)
    assert_is(load(path), range(150))


def test_two_stores_of_one_process_share_one_file(path):
    with MemoStore(path) as one, MemoStore(path) as other:
        save(one, [1])
        save(other, [2])
        assert_is(one.load(DIGESTS, SLOTS_OF_PLAN), [1, 2])
        assert_is(other.load(DIGESTS, SLOTS_OF_PLAN), [1, 2])


def test_a_file_that_stays_locked_is_named(path, monkeypatch):
    monkeypatch.setattr(memo_store, "BUSY_SECONDS", 0.1)
    with MemoStore(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OSError, match=r"memo.sqlite: the memo cannot be used now: database is locked"):
            save(store, [1])
        other.execute("ROLLBACK")
        save(store, [1])
    assert_is(load(path), [1])


# Processes that die.

SAVED_AT_ONCE = 2


def save_on_and_on(path, first, done):
    with MemoStore(path) as store:
        for group in range(first, N_GROUPS, SAVED_AT_ONCE):
            save(store, range(group, group + SAVED_AT_ONCE))
            done.send(group + SAVED_AT_ONCE)


def last_received(channel):
    last = None
    with channel, suppress(EOFError):
        while True:
            last = channel.recv()
    return last


def test_a_kill_loses_no_save_that_had_returned(path):
    saved = 0
    for quarter_milliseconds in range(30):
        received, done = FORK.Pipe(duplex=False)
        with process(save_on_and_on, path, saved, done):
            done.close()
            assert received.poll(60)
            time.sleep(quarter_milliseconds / 4000)
        returned = last_received(received) or saved
        saved = len(set(load(path)[0].tolist()))
        assert saved in (returned, returned + SAVED_AT_ONCE)
        assert_is(load(path), range(saved))


def create_on_and_on(folder):
    for number in count():
        MemoStore(folder / f"{number}.sqlite").close()


def test_a_kill_leaves_a_whole_file_or_none(tmp_path):
    for milliseconds in range(1, 40, 3):
        folder = tmp_path / f"{milliseconds}"
        folder.mkdir()
        with process(create_on_and_on, folder):
            time.sleep(milliseconds / 1000)
        created = list(folder.glob("*.sqlite"))
        for path in created:
            assert_is(load(path), [])
        assert len(os.listdir(folder)) <= len(created) + 1  # one draft at most


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def create_and_die_at(step, path):
    setattr(*step, die)
    MemoStore(path)


@pytest.mark.parametrize("step", [(os, "fsync"), (Path, "hardlink_to"), (Path, "unlink")], ids=lambda step: step[1])
def test_a_kill_at_any_step_of_creation_is_harmless(path, step):
    with process(create_and_die_at, step, path) as child:
        child.join()
    assert child.exitcode == -signal.SIGKILL
    assert path.exists() == (step == (Path, "unlink"))
    with MemoStore(path) as store:
        save(store, [1])
    assert_is(load(path), [1])


def write_and_die(path):
    """Die in a transaction of which a part is in the file already."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE memo SET records = zeroblob(20000)")
    die()


def interrupt_transaction(path):
    with process(write_and_die, path) as child:
        child.join()
    assert path.with_name(f"{path.name}-journal").exists()


def test_an_interrupted_transaction_is_undone(saved):
    before = saved.read_bytes()
    interrupt_transaction(saved)
    assert saved.read_bytes() != before
    assert_as_saved(saved)


def test_a_file_created_by_another_meanwhile_is_not_replaced(path, monkeypatch):
    with MemoStore(path) as store:
        save(store, [1])
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert_is(load(path), [1])
    assert os.listdir(path.parent) == [path.name]


# Files that are damaged.


def test_a_file_cut_anywhere_is_refused(saved):
    whole = saved.read_bytes()
    pages = range(PAGE, len(whole), PAGE)
    for length in [
        0,
        1,
        15,
        16,
        99,
        100,
        511,
        512,
        *pages,
        *(p - 1 for p in pages),
        *(p + 1 for p in pages),
        len(whole) - 1,
    ]:
        saved.write_bytes(whole[:length])
        with pytest.raises(CorruptFile, match=r"memo\.sqlite: .*left as it was: name another one"):
            assert_as_saved(saved)
        assert saved.read_bytes() == whole[:length]


def refusal(path):
    """The exception by which the file is refused, or None if all that was saved comes back."""
    try:
        assert_as_saved(path)
    except (CorruptFile, StaleStore) as error:
        return type(error)
    return None


def test_a_flipped_bit_never_changes_what_comes_back(saved):
    whole = saved.read_bytes()
    file_header, page_headers = range(100), (p + b for p in range(0, len(whole), PAGE) for b in range(12))
    bits = [8 * byte + bit for byte in {*file_header, *page_headers} for bit in range(8)]
    bits += range(0, 8 * len(whole), 211)
    refused = 0
    with saved.open("r+b", buffering=0) as file:
        for position, bit in (divmod(bit, 8) for bit in bits):
            flipped = bytes([whole[position] ^ 1 << bit])
            os.pwrite(file.fileno(), flipped, position)
            outcome = refusal(saved)
            assert (outcome is StaleStore) == (position in FORMAT_VERSION_BYTES), position
            refused += outcome is not None
            assert saved.read_bytes() == whole[:position] + flipped + whole[position + 1 :]
            os.pwrite(file.fileno(), whole[position : position + 1], position)
    assert refused > len(bits) / 2
    assert_as_saved(saved)


def test_damage_in_a_name_is_explained(saved):
    saved.write_bytes(saved.read_bytes().replace(b"ON memo (digest", b"ON memo (dige\xf3t"))
    with pytest.raises(CorruptFile, match=r"memo\.sqlite: the memo is damaged"):
        load(saved)


def test_a_cut_is_noticed_where_nothing_was_yet(path):
    MemoStore(path).close()
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(CorruptFile, match="it has 12287 bytes of 12288"):
        load(path)


@pytest.mark.parametrize("change", ["DELETE FROM memo", "UPDATE memo SET records = 5", "UPDATE memo SET plans = 5"])
@pytest.mark.parametrize("number", [1, 40])
def test_a_row_that_is_not_as_it_was_saved_is_noticed(saved, change, number):
    with closing(sqlite3.connect(saved, isolation_level=None)) as connection:
        connection.execute(f"{change} WHERE number = ?", [number])
    with pytest.raises(CorruptFile, match=f"row {number} is not as it was saved"):
        load(saved)


# Files of others.


def test_a_file_of_another_format_is_refused(saved):
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = contents(saved.parent)
    with pytest.raises(StaleStore) as refused:
        MemoStore(saved)
    assert str(refused.value) == (
        f"{saved}: this nagamochi reads memos of format 1; got format 2. The file is left as it was: "
        "name another one, or delete it, as all that a memo holds can be computed again"
    )
    assert contents(saved.parent) == before


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"bridge_id,name\n" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(5000), b"SQLite format 3\0"]
)
def test_a_file_of_another_program_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match=r"memo\.sqlite: .*left as it was: name another one"):
        MemoStore(path)
    assert contents(path.parent) == {path.name: content}


def use_as_another_program(path, journal_mode):
    """Leave a database as its program leaves it when it crashes."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA journal_mode = {journal_mode}; CREATE TABLE memo (records)")
    connection.executescript("INSERT INTO memo VALUES (zeroblob(90000)), (zeroblob(90000))")
    if journal_mode == "wal":
        die()
    write_and_die(path)


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_database_of_another_program_is_refused(path, journal_mode):
    with process(use_as_another_program, path, journal_mode) as child:
        child.join()
    before = contents(path.parent)
    assert len(before) > 1  # its journal
    with pytest.raises(CorruptFile, match=r"a memo of nagamochi has application id \d+; got 0\. The file is left"):
        MemoStore(path)
    assert contents(path.parent) == before


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(CorruptFile, match="a memo must be a file"):
        MemoStore(tmp_path)


# Files and folders that may not be written.


def as_nobody(work, *arguments):
    """What the work returns or raises in a process for which file modes count."""
    received, result = FORK.Pipe(duplex=False)

    def run():
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        except OSError:
            return result.send(None)
        try:
            result.send(work(*arguments))
        except OSError as error:
            result.send(error)

    with received, process(run):
        result.close()
        answer = received.recv()
    return answer if answer is not None else pytest.skip("root may not become another user here")


@pytest.fixture
def open_folder():
    """A folder that everybody can reach and write."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)
        os.chmod(folder, 0o777)


def use_without_writing(path):
    with MemoStore(path) as store:
        loaded = store.load(DIGESTS, SLOTS_OF_PLAN)
        with pytest.raises(OSError, match="readonly database"):
            save(store, [2])
        return store.writable, store.notice, loaded


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o666), (0o777, 0o444), (0o555, 0o444)])
def test_a_file_that_may_not_be_written_is_read(open_folder, folder_mode, file_mode):
    path = open_folder / "memo.sqlite"
    with MemoStore(path) as store:
        assert (store.writable, store.notice) == (True, None)
        save(store, [1])
    path.chmod(file_mode)
    open_folder.chmod(folder_mode)
    before = contents(open_folder)
    writable, notice, loaded = as_nobody(use_without_writing, path)
    assert not writable
    assert notice == f"{path}: cannot be written; what this run evaluates is not saved"
    assert_is(loaded, [1])
    assert contents(open_folder) == before


def test_an_interrupted_transaction_is_not_read_where_it_cannot_be_undone(open_folder):
    path = open_folder / "memo.sqlite"
    with MemoStore(path) as store:
        save(store, range(40))
    interrupt_transaction(path)
    path.chmod(0o666)
    open_folder.chmod(0o555)
    before = contents(open_folder)
    error = as_nobody(load, path)
    assert contents(open_folder) == before
    assert str(error) == f"{path}: an interrupted save must be undone first; open it once where it may be written"
    open_folder.chmod(0o777)
    assert_is(load(path), range(40))


def test_a_file_that_may_not_be_read_is_named(open_folder):
    path = open_folder / "memo.sqlite"
    MemoStore(path).close()
    path.chmod(0)
    assert str(as_nobody(load, path)) == f"{path}: the memo cannot be used now: unable to open database file"


def test_a_file_that_cannot_be_created_is_named(open_folder):
    open_folder.chmod(0o555)
    error = as_nobody(load, open_folder / "memo.sqlite")
    assert isinstance(error, PermissionError)
    assert str(error) == f"[Errno 13] the memo cannot be created: Permission denied: '{open_folder}/memo.sqlite'"
    with pytest.raises(FileNotFoundError, match="the memo cannot be created: No such file or directory"):
        MemoStore(open_folder / "none" / "memo.sqlite")


def save_with_little_room(path, room):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    with MemoStore(path) as store:
        save(store, range(10))
        with pytest.raises(OSError, match=r"memo\.sqlite: the memo cannot be used now") as refused:
            save(store, range(10, N_GROUPS))
        assert_is(store.load(DIGESTS, SLOTS_OF_PLAN), range(10))
        return str(refused.value)


def test_a_full_disk_loses_nothing(open_folder):
    path = open_folder / "memo.sqlite"
    assert str(path) in as_nobody(save_with_little_room, path, 15 * PAGE)
    assert_is(load(path), range(10))
