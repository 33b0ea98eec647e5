"""Problems and notices collected while an input is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables.source import SourceTable, shown

LISTED_PER_RULE = 1000


class Findings:
    """Problems, which refuse an input, and notices, which do not.

    Parameters
    ----------
    listed_per_rule : int
        Rows listed of those that break one rule; the others are counted.
    """

    def __init__(self, listed_per_rule: int = LISTED_PER_RULE) -> None:
        self.notices: list[str] = []
        self._listed_per_rule = listed_per_rule
        self._problems: dict[str, list[Problem]] = {}
        self._unlisted = 0

    def notice(self, where: str, text: str) -> None:
        """Note what the user should know though it is no error."""
        self.notices.append(f"{where}: {text}")

    def refuse(self, where: str, rule: str, value: str, *, row: int | None = None, column: str | None = None) -> None:
        """Note a broken rule."""
        column = None if column is None else shown(column)
        self._problems.setdefault(where, []).append(Problem(rule, value, where, row, column))

    def refuse_rows(
        self,
        table: SourceTable,
        column: str | Sequence[str],
        rule: str | Callable[[int], str],
        indices: pl.Series,
        value: Callable[[int], str] | None = None,
    ) -> None:
        """Note a rule that these rows of a table break.

        Parameters
        ----------
        table : SourceTable
        column : str or sequence of str
            Our name of the column, or of several together; messages use the user's headers.
        rule : str or callable
            The rule, or a function from the row's index to its rule.
        indices : polars.Series
            Indices of the rows.
        value : callable, optional
            From the row's index to the value found; by default the column's cell.
        """
        columns = [column] if isinstance(column, str) else column
        headers = ", ".join(map(table.header_of, columns))
        for index in indices.head(self._listed_per_rule).to_list():
            self.refuse(
                table.where,
                rule if isinstance(rule, str) else rule(index),
                table.cell(index, columns[0]) if value is None else value(index),
                row=table.rows[index],
                column=headers,
            )
        self.count_unlisted(len(indices) - self._listed_per_rule)

    def count_unlisted(self, count: int) -> None:
        """Count problems that are too many to list, if any."""
        self._unlisted += max(0, count)

    @property
    def problems(self) -> list[Problem]:
        """The problems found so far: table by table, each in the order of its rows."""
        by_row = (sorted(problems, key=lambda problem: problem.row or 0) for problems in self._problems.values())
        return list(chain.from_iterable(by_row))

    def raise_problems(self) -> None:
        """Raise InvalidInput if there are problems."""
        if self._problems:
            raise InvalidInput(self.problems, self._unlisted)
