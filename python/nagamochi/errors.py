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
        What holds for a good value, e.g. ``"health must be in 1..5"``.
    value : str
        The value found, as the user wrote it.
    where : str
        File or table, or the argument's name.
    row : int or None
        Row as a spreadsheet shows it: the header is row 1.
    column : str or None
        Name of the column.
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
    """An input breaks a rule; ``problems`` lists all that is wrong, the message the first 20."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if (hidden := len(self.problems) - len(lines)) > 0:
            lines.append(f"and {hidden} more")
        super().__init__("\n".join(lines))


class CorruptFile(OSError):
    """A file is damaged, or not what its name promises; it is left as it was."""


class StaleStore(OSError):
    """A file was written by another version of nagamochi; it is left as it was."""
