"""Tables as they came, before any check."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl
import polars.selectors as cs

from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables.dates import DAY_ZERO
from nagamochi.vocabulary import column_name, header_like_another

SHOWN_CHARACTERS = 60
SHOWN_NAMES = 20


@dataclass(frozen=True)
class SourceTable:
    """A table as it came, with the names by which its user knows it.

    Parameters
    ----------
    where : str
        File as the user named it, or e.g. ``"curves table"``.
    cells : polars.DataFrame
        All columns, renamed where polars would take their names for patterns (`nagamochi.vocabulary.column_name`); text
        is stripped, empty text is null.
    rows : sequence of int
        Number of each row as its user counts: in a file the header is row 1, in memory the first row is row 1.
    from_file : bool
        Whether the cells are the text of a file rather than typed values.
    complete : bool
        False if parts could not be read: then nothing follows from what is missing.
    headers : mapping of str to str
        Our name of a column to the header that its user gave it, where they differ.
    header_at : int or None
        Row of the header in a file, if it has one.
    semicolons : bool
        Whether semicolons stand between cells, as programs write them where numbers have a decimal comma.
    day_zero : date
        From which serial numbers of days count.
    """

    where: str
    cells: pl.DataFrame
    rows: Sequence[int]
    from_file: bool
    complete: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    header_at: int | None = 1
    semicolons: bool = False
    day_zero: datetime.date = DAY_ZERO

    def __post_init__(self) -> None:
        if (alike := header_like_another(self.cells.columns)) is not None:
            header, name = alike
            rule = f"must have another name beside {name}"
            raise InvalidInput(Problem(rule, header, self.where, self.header_row, header))
        renamed = {name: header for header in self.cells.columns if (name := column_name(header)) != header}
        if renamed:
            new = {header: name for name, header in renamed.items()}
            object.__setattr__(self, "cells", self.cells.rename(new))
            object.__setattr__(self, "headers", {**self.headers, **renamed})

    @classmethod
    def empty(cls, where: str, *, complete: bool) -> SourceTable:
        """Return a table that was not given (complete) or was refused as a whole (not complete)."""
        return cls(where, pl.DataFrame(), (), from_file=True, complete=complete)

    @property
    def header_row(self) -> int | None:
        """Row of the header, where there is one to point at."""
        return self.header_at if self.from_file else None

    @property
    def header(self) -> str:
        """All headers, fit for a message."""
        return self.listed(self.cells.columns)

    def take(self, chosen: pl.Series) -> SourceTable:
        """Return the table with the rows that are true."""
        rows = [row for row, keep in zip(self.rows, chosen, strict=True) if keep]
        return replace(self, cells=self.cells.filter(chosen), rows=rows)

    def listed(self, columns: Sequence[str]) -> str:
        """Return the headers of some columns, fit for a message."""
        return listed([self.header_of(name) for name in columns])

    def header_of(self, column: str) -> str:
        """Return the header that the user gave a column."""
        return self.headers.get(column, column)

    def cell(self, index: int, column: str) -> str:
        """Return a cell as its user wrote it, fit for a message."""
        return shown(self.cells[column][index]) if column in self.cells.columns else shown(None)

    def cells_of(self, index: int, columns: Sequence[str]) -> str:
        """Return several cells of a row, without the empty ones."""
        cells = [self.cells[column][index] for column in columns if column in self.cells.columns]
        return shown(", ".join(shown(cell) for cell in cells if cell is not None))


def stripped(cells: pl.DataFrame) -> pl.DataFrame:
    """Return text without white space around it, null where nothing is left."""
    names = cells.select(cs.string()).columns
    return cells.with_columns(_stripped(cells[name].alias("text")).alias(name) for name in names)


def _stripped(text: pl.Series) -> pl.Series:
    """Return the series itself where there is nothing to strip: tables of millions of rows are not copied.

    Polars takes the name of a series such as ^a$ for a pattern, so it has another one here.
    """
    bare = text.str.strip_chars()
    if (empty := bare == "").any():
        return bare.set(empty.fill_null(False), None)
    return text if bare.equals(text) else bare


def shown(value: object) -> str:
    """Return a value in one short line."""
    if value is None:
        return "an empty cell"
    text = f"{value:.17g}" if isinstance(value, float) and value.is_integer() else str(value)
    text = " ".join(text[: 100 * SHOWN_CHARACTERS].split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def listed(names: Sequence[str]) -> str:
    """Return names in one short line."""
    more = f", and {len(names) - SHOWN_NAMES:,} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(map(shown, names[:SHOWN_NAMES])) + more
