"""What was odd in a list: every cell that was not used or is in doubt, and every bridge that was left out."""

from __future__ import annotations

import polars as pl

from nagamochi.tables import SourceTable, shown

PROBLEMS_FILE = "problems.csv"
VALUE_NOT_USED = "value not used"
ROW_NOT_USED = "row not used"
LEFT_OUT = "bridge left out"
CHECK = "value used, check it"

COLUMNS = ("file", "row", "bridge_id", "column", "value", "problem", "effect")


class Problems:
    """The rows of problems.csv."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        """What is to be said aloud, besides the rows."""
        self._rows: list[tuple[str, int | None, str | None, str | None, str | None, str, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        source: SourceTable,
        row: int | None,
        effect: str,
        problem: str,
        column: str | None = None,
        value: object = None,
        bridge: str | None = None,
    ) -> None:
        """Add a problem of a row; `column` is its user's header."""
        self.add_row(source.where, row, effect, problem, bridge, column, value)

    def add_row(
        self,
        file: str,
        row: int | None,
        effect: str,
        problem: str,
        bridge: str | None = None,
        column: str | None = None,
        value: object = None,
    ) -> None:
        """Add a problem of a whole row; `column` and `value` say what is lost with it."""
        text = None if value is None else shown(value)
        self._rows.append((file, row, bridge, column, text, problem, effect))

    def leave_out(self, bridges: pl.DataFrame) -> None:
        """Add bridges that are left out.

        Parameters
        ----------
        bridges : polars.DataFrame
            file, row, bridge_id, reason.
        """
        for file, row, bridge, reason in bridges.select("file", "row", "bridge_id", "reason").iter_rows():
            self.add_row(file, row, LEFT_OUT, reason, bridge)

    def name_bridges(self, bridges: pl.DataFrame) -> None:
        """Name the bridges of problems known by their rows.

        Parameters
        ----------
        bridges : polars.DataFrame
            file, row, bridge_id.
        """
        asked = {(row[0], row[1]) for row in self._rows if row[2] is None}
        if not asked:
            return
        rows = pl.DataFrame(list(asked), schema={"file": pl.String, "row": pl.Int64}, orient="row")
        found = bridges.select("file", pl.col("row").cast(pl.Int64), "bridge_id").join(rows, on=["file", "row"])
        names = {(file, row): bridge for file, row, bridge in found.iter_rows()}
        self._rows = [(row[0], row[1], row[2] or names.get((row[0], row[1])), *row[3:]) for row in self._rows]

    @property
    def first(self) -> str:
        """The first problem in words, or nothing."""
        if not self._rows:
            return ""
        _, row, _, column, value, problem, _ = self._rows[0]
        place = f"row {row}" if column is None else f"row {row}, column {column}"
        return f", such as {place}: {problem}" + ("" if value is None else f"; got {value}")

    @property
    def notices(self) -> tuple[str, ...]:
        """The remarks; then, in one sentence, how many values and rows are not used, with the first of them."""
        lost = [row for row in self._rows if row[-1] != CHECK]
        if not lost:
            return tuple(self.remarks)
        file, row, _, column, value, problem, _ = lost[0]
        place = "".join((file, "" if row is None else f", row {row}", "" if column is None else f", column {column}"))
        found = "" if value is None else f"; got {value}"
        lost_values = f"values and rows of the list that are not used: {len(lost):,}"
        return (*self.remarks, f"{lost_values}; the first: {place}: {problem}{found}")

    def table(self) -> pl.DataFrame:
        """Return the problems by file and row."""
        types = dict.fromkeys(COLUMNS, pl.String()) | {"row": pl.Int64()}
        return pl.DataFrame(self._rows, schema=types, orient="row").sort("file", "row", maintain_order=True)
