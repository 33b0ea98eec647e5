"""Whatever happens to its file, a saved memo gives back what was saved, or says what is wrong."""

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deaths import died_at
from memo_cases import (
    DIGESTS,
    FORK,
    MOST_SLOTS,
    N_GROUPS,
    N_PLANS,
    SLOTS_OF_PLAN,
    assert_is,
    load,
    pairs,
    process,
    records_of,
    save,
)
from nagamochi.planning.memo import store as memo_store
from nagamochi.planning.memo.store import MemoStore

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "memo.sqlite"


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


def create(path):
    MemoStore(path).close()


def test_a_kill_at_any_step_of_creation_is_harmless(path):
    existed = set()
    for number in count():
        if not died_at(number, create, path):
            break
        existed.add(path.exists())
        with MemoStore(path) as store:
            save(store, [1])
        assert_is(load(path), [1])
        path.unlink()
    assert existed == {False, True}


def test_a_file_created_by_another_meanwhile_is_not_replaced(path, monkeypatch):
    with MemoStore(path) as store:
        save(store, [1])
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert_is(load(path), [1])
    assert os.listdir(path.parent) == [path.name]
