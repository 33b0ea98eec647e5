"""Whatever harm comes to the file of a memo: it gives back what was saved, or says what is wrong."""

import os
import resource
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memo_cases import DIGESTS, FORK, N_GROUPS, SLOTS_OF_PLAN, assert_is, contents, die, load, pairs, process, save
from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.planning.memo.store import MemoStore

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NOBODY = 65534
PAGE = 4096
FORMAT_VERSION_BYTES = range(60, 64)


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


# Transactions that nobody ended.


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


def change(path, script):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(script)


IN_ANOTHER_TABLE = "ALTER TABLE memo RENAME TO rows; "
COLUMNS = "number, digest, plans, records, checksum"
ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, x, x, x, x FROM n"


@pytest.mark.parametrize(
    "script",
    [
        f"{IN_ANOTHER_TABLE} CREATE VIEW memo AS SELECT {COLUMNS} FROM rows",
        f"{IN_ANOTHER_TABLE} CREATE VIEW memo ({COLUMNS}) AS {ENDLESS}",
        f"{IN_ANOTHER_TABLE} CREATE TABLE memo AS SELECT {COLUMNS} FROM rows",
        "CREATE TRIGGER more AFTER INSERT ON memo BEGIN DELETE FROM memo; END",
        "CREATE TABLE aaa (x)",
        "CREATE TABLE zzz (x)",
        "DROP INDEX memo_key",
        "DROP INDEX memo_key; CREATE INDEX memo_key ON memo (digest, plans)",
        "ALTER TABLE memo ADD COLUMN more GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL",
        "DROP TABLE memo",
    ],
)
def test_a_file_with_other_tables_is_refused_before_it_is_asked(path, script):
    with MemoStore(path) as store:
        save(store, [1])
    change(path, script)
    before = contents(path.parent)
    with pytest.raises(CorruptFile, match=r"a memo must have the tables that nagamochi makes.*The file is left as it"):
        load(path)
    assert contents(path.parent) == before


def page_of(content, number):
    return bytearray(content[(number - 1) * PAGE : number * PAGE])


def with_children(page, child):
    """An interior page of a tree all children of which are one page."""
    assert page[0] in (2, 5)
    page[8:12] = child.to_bytes(4, "big")
    for cell in range(int.from_bytes(page[3:5], "big")):
        start = int.from_bytes(page[12 + 2 * cell : 14 + 2 * cell], "big")
        page[start : start + 4] = child.to_bytes(4, "big")
    return bytes(page)


@pytest.mark.parametrize("tree", ["memo", "memo_key"])
def test_a_tree_that_would_take_ages_to_read_is_refused(path, tree):
    """Fifteen levels, all pages of one being the same page of the next: more rows than there is time to count."""
    with MemoStore(path) as store:
        save(store, range(N_GROUPS), [2])
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [tree]).fetchone()
    content = path.read_bytes()
    pages = len(content) // PAGE
    interior = page_of(content, root)
    leaf = int.from_bytes(interior[8:12], "big")
    levels = [with_children(bytearray(interior), pages + level + 1) for level in range(1, 15)]
    levels.append(with_children(bytearray(interior), leaf))
    content = bytearray(content + b"".join(levels))
    content[(root - 1) * PAGE : root * PAGE] = with_children(bytearray(interior), pages + 1)
    content[28:32] = (len(content) // PAGE).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match="the memo is damaged"):
        load(path)
    assert path.read_bytes() == content


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
    assert str(error) == f"[Errno 13] cannot be written: Permission denied: '{open_folder}/memo.sqlite'"
    with pytest.raises(FileNotFoundError, match="cannot be written: No such file or directory"):
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
