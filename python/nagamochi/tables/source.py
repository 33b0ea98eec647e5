"""A table as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class SourceTable:
    """A table as it came, with the names that its user knows it by.

    Parameters
    ----------
    where : str
        File as the user named it, or e.g. ``"curves table"``.
    cells : polars.DataFrame
        All columns; text is stripped, empty text is null.
    rows : sequence of int
        Number of each row as its user counts: in a file the header is row 1, in memory the first row is row 1.
    from_file : bool
        Whether the cells are the text of a file rather than typed values.
    complete : bool
        False where parts could not be read: what is missing in them says nothing about other tables.
    """

    where: str
    cells: pl.DataFrame
    rows: Sequence[int]
    from_file: bool
    complete: bool = True

    @classmethod
    def empty(cls, where: str, *, complete: bool) -> SourceTable:
        """A table that was not given (complete) or was refused as a whole (not complete)."""
        return cls(where, pl.DataFrame(), (), from_file=True, complete=complete)

    @property
    def header_row(self) -> int | None:
        """Row of the header, where there is one to point at."""
        return 1 if self.from_file else None

    def cell(self, index: int, column: str) -> str:
        """A cell as its user wrote it, fit for a message."""
        return shown(self.cells[column][index]) if column in self.cells.columns else shown(None)

    def cells_of(self, index: int, columns: Sequence[str]) -> str:
        """Several cells of a row, without the empty ones."""
        cells = self.cells.select(column for column in columns if column in self.cells.columns).row(index)
        return shown(", ".join(shown(cell) for cell in cells if cell is not None))


def stripped(cells: pl.DataFrame) -> pl.DataFrame:
    """Text without white space around it, null where nothing is left."""
    if pl.String not in cells.dtypes:
        return cells
    text = cs.string()
    return cells.with_columns(text.str.strip_chars()).with_columns(pl.when(text != "").then(text))


def shown(value: object) -> str:
    """A value in one short line."""
    if value is None:
        return "an empty cell"
    text = " ".join(f"{value:.17g}".split() if isinstance(value, float) and value.is_integer() else str(value).split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
