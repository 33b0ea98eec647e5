"""The exceptions of nagamochi; each derives from the builtin exception that callers expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Problem:
    """A broken rule and where it was broken.

    Parameters
    ----------
    rule : str
        Rule that the value must keep, e.g. ``"must be from 1 to 5"``.
    value : str
        Value found, as the user wrote it.
    where : str
        File, table or argument; an element of an array as ``"health[17]"``.
    row : int or None
        Row of a file as in a spreadsheet (the header is row 1), or of a table in memory (its first row is row 1).
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
    """An input breaks one or more rules.

    ``str(error)`` shows the first 20 problems and the number of the others.

    Parameters
    ----------
    problems : Problem or sequence of Problem
        All broken rules, kept as a tuple in ``problems``.
    unlisted : int
        Number of further problems: a rule broken by millions of rows is not listed row by row.
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
    """A file is damaged or another program's; it was not changed."""


class LostExecutor(ConnectionError):
    """An executor lost its workers or its scheduler; what was reached until then is saved where it was asked for."""


class StaleStore(OSError):
    """A file was written by another version of nagamochi; it was not changed."""
