"""Networks joined to one network folder, with one of them held at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from typing import IO, Any

import polars as pl

from nagamochi.base.files import append_rows
from nagamochi.base.folder import Drafts
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network.network import Network
from nagamochi.tables import listed
from nagamochi.tables.language import with_values

BY_BRIDGE = ("bridges", "curves", "items", "works", "closed", "retire")
"""Tables whose rows belong to one bridge; the first is written last, as the mark of a complete folder."""

BY_HAND = ("budget", "rows", "works", "closed", "retire")
"""Tables of limits and decisions, which no list of bridges has: people write them."""

SHARED = {"costs": "cost_model", "curve_tables": "curve_table"}
"""Tables that several networks may share, and what their rows are the rows of."""

WORDS = ("owner", "member", "damage", "location", "item", "cost_model", "method", "unit", "source")
"""Columns of words, which may be written in Japanese."""


def join(
    networks: Iterable[Network],
    files: Drafts,
    language: str = "en",
    limits: Mapping[str, pl.DataFrame | None] | None = None,
    stay: Collection[str] = (),
) -> tuple[int, int]:
    """Write networks as one, holding one of them at a time.

    Parameters
    ----------
    networks : iterable of Network
        Their bridges differ, their start year is the same. All are made from tables, or all from arrays.
    files : Drafts
    language : str
        "ja" for members, damages, places, items, cost models and methods in Japanese, where the vocabulary has them.
    limits : mapping of str to polars.DataFrame, optional
        "budget" and "rows" of the whole; those of the networks are not written.
    stay : collection of str
        Tables whose file, which an older network may have left, stays if the networks have none. Others are removed.

    Returns
    -------
    (int, int)
        Number of bridges and of curves.

    Raises
    ------
    InvalidInput
        Two networks give one name to different cost models or curve tables, or differ in their columns.
    """
    shared = {name: _SharedTable(name, column) for name, column in SHARED.items()}
    tables: dict[str, pl.DataFrame | None] = {}
    bridges = curves = curve_tables = 0
    with _Streams(files) as streams:
        for network in networks:
            tables = network.tables_of_files(curves, curve_tables)
            for name in (*BY_BRIDGE, *SHARED):
                table = tables[name]
                if table is None or table.is_empty():
                    continue
                if name in BY_BRIDGE or network.only_arrays:
                    streams.write(name, with_values(table, language, WORDS))
                else:
                    shared[name].add(table)
            bridges += network.n_bridges
            curves += network.n_curves
            curve_tables += len(network.arrays.table_offsets) - 1
        whole = {**(limits or {}), "network": tables["network"]}
        whole |= {name: with_values(parts.table(), language, WORDS) for name, parts in shared.items() if parts.given}
        kept = {*streams.names, *(name for name, table in whole.items() if table is not None)}
        for name, table in whole.items():
            if table is not None:
                files.write_table(f"{name}.csv", table)
        files.remove(*sorted(f"{name}.csv" for name in tables if name not in kept and name not in stay))
    return bridges, curves


class _Streams:
    """CSV files that are written table by table; the first of them is the last to be closed."""

    def __init__(self, files: Drafts) -> None:
        self._files = files
        self._stack = ExitStack()
        self._written: dict[str, tuple[IO[bytes], list[str]]] = {}

    @property
    def names(self) -> list[str]:
        """The tables written so far."""
        return list(self._written)

    def write(self, name: str, table: pl.DataFrame) -> None:
        """Append the rows of a table."""
        first = name not in self._written
        if first:
            draft = self._stack.enter_context(self._files.writing(f"{name}.csv"))
            self._written[name] = self._stack.enter_context(draft.open("wb")), table.columns
        file, columns = self._written[name]
        if table.columns != columns:
            rule = f"must have the columns of the first part, {listed(columns)}"
            raise InvalidInput(Problem(rule, listed(table.columns), f"{name} table"))
        append_rows(file, table, first=first)

    def __enter__(self) -> _Streams:
        return self

    def __exit__(self, *raised: Any) -> bool | None:
        return self._stack.__exit__(*raised)


class _SharedTable:
    """Rows of cost models or curve tables of several networks; a name stands for the same rows in all of them."""

    def __init__(self, name: str, column: str) -> None:
        self._name = name
        self._column = column
        self._known: dict[str, pl.DataFrame] = {}
        self._tables: list[pl.DataFrame] = []

    @property
    def given(self) -> bool:
        """Whether any network has such a table."""
        return bool(self._tables)

    def add(self, table: pl.DataFrame) -> None:
        """Add the rows of one more network."""
        differing = []
        for (name,), rows in table.partition_by(self._column, maintain_order=True, as_dict=True).items():
            known = self._known.setdefault(str(name), rows)
            if known is rows:
                self._tables.append(rows)
            elif not known.equals(rows):
                differing.append(str(name))
        if differing:
            rule = f"must mean the same in all parts, but the rows of {self._name} differ"
            raise InvalidInput(Problem(rule, listed(differing), self._column))

    def table(self) -> pl.DataFrame:
        """Return the rows of all names, each once."""
        return pl.concat(self._tables, how="diagonal")
