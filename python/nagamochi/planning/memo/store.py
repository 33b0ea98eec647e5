"""The saved memo: plans that earlier runs evaluated, in one SQLite file.

Rows are found by content, written once and never changed. Each has a checksum and their numbers have no gap, so that
damage is detected whenever the file is read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, islice, repeat
from pathlib import Path

from nagamochi.base.files import create_whole
from nagamochi.base.inputs import note_input
from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.planning.memo.row import Digests, Integers, Numbers, Row, byte_rows, pack_rows, unpack_rows

APPLICATION_ID = int.from_bytes(b"nagm", "big")
FORMAT_VERSION = 1
BUSY_SECONDS = 120.0
ROWS_PER_TRANSACTION = 512
LEAST_STEPS = 1_000_000  # steps of SQLite that any query may take; reading a sound file takes less than one per byte
STEPS_PER_LOOK = 10_000

# SQLite keeps this text, and files with another text are refused: do not change it, not even its comments.
SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE memo (
    number INTEGER PRIMARY KEY,  -- 1, 2, 3, .. without a gap
    digest BLOB NOT NULL,        -- of a repair group and the plan space
    plans BLOB NOT NULL,         -- bitmap of the plans in this row, plan 0 in the highest bit of the first byte
    records BLOB NOT NULL,       -- for each plan its slot costs in yen, then its lowest health: little-endian float64
    checksum BLOB NOT NULL       -- BLAKE2b-128 of digest, plans and records, each after its length
);
CREATE UNIQUE INDEX memo_key ON memo (digest, plans);
"""

# Errors of SQLite that do not mean that the file is damaged.
CIRCUMSTANCES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}
UNTOUCHED = "The file is left as it was: name another one"
REMEDY = f"{UNTOUCHED}, or delete it, as all that a memo holds can be computed again"


class MemoStore:
    """The file of a saved memo, open until ``close`` or the end of a ``with`` block.

    A missing file is created. A read-only file is used without saving, with a notice.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    path : Path
        Absolute, links followed.
    writable : bool
        Whether the file and its folder may be written.
    notice : str or None
        Notice for the user about the file.

    Raises
    ------
    CorruptFile
        The file is damaged or another program's; it is left as it was.
    StaleStore
        The file has another version's format; it is left as it was.
    OSError
        The file can be neither read nor created, or stays locked by others.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> digests = np.zeros((1, 32), np.uint8)  # one repair group
    >>> slots_of_plan = np.array([2, 1])  # two plans
    >>> with tempfile.TemporaryDirectory() as folder, MemoStore(f"{folder}/memo.sqlite") as store:
    ...     store.save(digests, slots_of_plan, np.array([0]), np.array([1]), np.array([[5e6, 0.0, 2.9]]))
    ...     store.load(digests, slots_of_plan)
    (array([0]), array([1]), array([[5.0e+06, 0.0e+00, 2.9e+00]]))
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        if not self.path.exists():
            self._create()
        note_input(self.path)
        if not self.path.is_file():
            raise CorruptFile(f"{self.path}: a memo must be a file; got something else. Name another path")
        self.writable = os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        self.notice = None if self.writable else f"{self.path}: cannot be written; what this run evaluates is not saved"
        self._refuse_foreign_file()
        self._connection = self._connect("mode=rw" if self.writable else "mode=ro")
        try:
            with self._explained():
                self._check_format(self._connection)
        except BaseException:
            self.close()
            raise

    def load(self, digests: Digests, slots_of_plan: Integers) -> tuple[Integers, Integers, Numbers]:
        """Read all records of these repair groups, and verify the whole file.

        Parameters
        ----------
        digests : numpy.ndarray
            ``(n_groups, 32)``, uint8, from ``group_digests``; groups with equal digests share their records.
        slots_of_plan : numpy.ndarray
            ``(n_plans)``, int64: how many slots each plan has.

        Returns
        -------
        groups, plans : numpy.ndarray
            ``(n)``, int64, in order, each pair once.
        records : numpy.ndarray
            ``(n, most_slots + 1)``, float64: slot costs in yen, 0 beyond the plan's own slots; last the lowest health.

        Raises
        ------
        CorruptFile
            A row is damaged or missing.
        """
        groups_of: dict[bytes, list[int]] = {}
        for group, digest in enumerate(byte_rows(digests)):
            groups_of.setdefault(digest, []).append(group)
        found = [(group, row) for row in self._verified_rows() for group in groups_of.get(row.digest, ())]
        try:
            return unpack_rows(found, slots_of_plan)
        except ValueError as error:
            raise self._damaged(str(error)) from error

    def save(
        self, digests: Digests, slots_of_plan: Integers, groups: Integers, plans: Integers, records: Numbers
    ) -> None:
        """Add records, one row per group; rows already in the file are not changed.

        Other processes may read and save at the same time. An interrupted call keeps the rows already committed.

        Parameters
        ----------
        digests, slots_of_plan : numpy.ndarray
            As in ``load``.
        groups, plans, records : numpy.ndarray
            As ``load`` returns them, in any order.

        Raises
        ------
        OSError
            The file may not be written or stays locked by others, or the disk is full.
        """
        rows = pack_rows(digests, slots_of_plan, groups, plans, records)
        while batch := [(*row, row.checksum()) for row in islice(rows, ROWS_PER_TRANSACTION)]:
            with self._explained(), self._connection:
                self._limit_steps(self._connection)
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT OR IGNORE INTO memo (digest, plans, records, checksum) VALUES (?, ?, ?, ?)", batch
                )

    def __len__(self) -> int:
        """Return the number of rows in the file, counted in its index."""
        with self._explained():
            self._limit_steps(self._connection)
            # count(*) would be a single step, which may never end in a damaged index
            return int(self._connection.execute("SELECT count(digest) FROM memo INDEXED BY memo_key").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> MemoStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _create(self) -> None:
        """Link a complete file into place: no process sees half of one, and no existing file is replaced."""
        with closing(_blank()) as blank:
            create_whole(self.path, blank.serialize())

    def _refuse_foreign_file(self) -> None:
        """Check the file without locks and journals first: opening another program's file could change it."""
        with (
            closing(self._connect("mode=ro&immutable=1")) as connection,
            suppress(sqlite3.DatabaseError, UnicodeDecodeError),
        ):
            self._check_format(connection)

    def _connect(self, access: str) -> sqlite3.Connection:
        uri = f"{self.path.as_uri()}?{access}"
        with self._explained():
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
        connection.text_factory = bytes
        self._limit_steps(connection)
        return connection

    def _limit_steps(self, connection: sqlite3.Connection) -> None:
        """Interrupt queries that take more steps from now on than a sound file of this size can need.

        The handler is implemented in C: SQLite would swallow a KeyboardInterrupt raised in a Python function.
        """
        looks = (LEAST_STEPS + self.path.stat().st_size) // STEPS_PER_LOOK
        connection.set_progress_handler(chain(repeat(0, looks), repeat(1)).__next__, STEPS_PER_LOOK)

    def _check_format(self, connection: sqlite3.Connection) -> None:
        if (found := _pragma(connection, "application_id")) != APPLICATION_ID:
            rule = f"a memo of nagamochi has application id {APPLICATION_ID}"
            raise CorruptFile(f"{self.path}: {rule}; got {found}. {UNTOUCHED}")
        if (found := _pragma(connection, "user_version")) != FORMAT_VERSION:
            rule = f"this nagamochi reads memos of format {FORMAT_VERSION}"
            raise StaleStore(f"{self.path}: {rule}; got format {found}. {REMEDY}")
        with closing(_blank()) as blank:
            if _schema(connection) != _schema(blank):
                rule = "a memo must have the tables that nagamochi makes, and nothing else"
                raise CorruptFile(f"{self.path}: {rule}; got others. {UNTOUCHED}")

    def _verified_rows(self) -> Iterator[Row]:
        with self._explained(), self._connection:
            self._limit_steps(self._connection)
            self._connection.execute("BEGIN")
            self._check_size()
            count = 0
            for number, *parts, checksum in self._connection.execute(
                "SELECT number, digest, plans, records, checksum FROM memo ORDER BY number"
            ):
                count += 1
                row = Row(*parts)
                if number != count or any(type(part) is not bytes for part in row) or checksum != row.checksum():
                    raise self._damaged(f"row {count} is not as it was saved")
                yield row
            if count != len(self):
                raise self._damaged(f"it has {count} rows, and {len(self)} in its index")

    def _check_size(self) -> None:
        """Detect a file cut within its last page, which SQLite reads as zeros."""
        expected = _pragma(self._connection, "page_count") * _pragma(self._connection, "page_size")
        if (size := self.path.stat().st_size) < expected:
            raise self._damaged(f"it has {size} bytes of {expected}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Translate errors of SQLite for the user."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except UnicodeDecodeError as error:
            raise self._damaged("a name in it cannot be read") from error
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
                remedy = "an interrupted save must be undone first; open it once where it may be written"
                raise OSError(f"{self.path}: {remedy}") from error
            if error.sqlite_errorcode & 0xFF in CIRCUMSTANCES:
                raise OSError(f"{self.path}: the memo cannot be used now: {error}") from error
            endless = error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
            raise self._damaged("its pages lead in circles" if endless else str(error)) from error

    def _damaged(self, finding: str) -> CorruptFile:
        return CorruptFile(f"{self.path}: the memo is damaged: {finding}. {REMEDY}")


def _blank() -> sqlite3.Connection:
    blank = sqlite3.connect(":memory:")
    blank.text_factory = bytes
    blank.executescript(SCHEMA)
    return blank


def _schema(connection: sqlite3.Connection) -> list[tuple[bytes, ...]]:
    """Return the tables, indexes, views and triggers of a database; one more than a memo has is enough."""
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name LIMIT 3").fetchall()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
