"""The exceptions of nagamochi; each derives from the builtin that callers would expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    rule : str
        What holds for a good value, e.g. ``"must be from 1 to 5"``.
    value : str
        The value found, as the user wrote it.
    where : str
        File or table, or the argument's name; an element of an array as ``"health[17]"``.
    row : int or None
        Row of a file as a spreadsheet shows it (the header is row 1), or of a table in memory (its first row is row 1).
    column : str or None
        Name of the column.

    Examples
    --------
    >>> str(Problem("must be from 1 to 5", "5.7", "town/curves.csv", row=3, column="health"))
    'town/curves.csv, row 3, column health: must be from 1 to 5; got 5.7'
    """

    rule: str
    value: str
    where: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = [self.where]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.rule}; got {self.value}"


class InvalidInput(ValueError):
    """An input breaks one rule or more.

    ``str(error)`` shows the first 20 problems and how many more there are.

    Parameters
    ----------
    problems : Problem or sequence of Problem
        All that is wrong, kept as a tuple in ``problems``.
    unlisted : int
        Further problems, counted only: a rule broken by millions of rows is not listed row by row.
    """

    def __init__(self, problems: Problem | Sequence[Problem], unlisted: int = 0) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.unlisted = unlisted
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if (hidden := len(self.problems) - len(lines) + unlisted) > 0:
            lines.append(f"and {hidden:,} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Problem, ...], int]]:
        return type(self), (self.problems, self.unlisted)


class CorruptFile(OSError):
    """A file is damaged, or not what its name promises; it is left as it was."""


class StaleStore(OSError):
    """A file was written by another version of nagamochi; it is left as it was."""
