"""The folder of a fit: one kind of fit in each, as every kind has its summary.txt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from nagamochi.base.folder import Drafts, replacing_files
from nagamochi.errors import InvalidInput, Problem

Kind = Literal["hazards", "curves", "scatter"]

TABLES: dict[Kind, str] = {"hazards": "hazards.csv", "curves": "base_curves.csv", "scatter": "estimates.csv"}
"""By which a fit of each kind is known."""


@contextmanager
def replacing_fit(folder: str | Path, kind: Kind) -> Iterator[Drafts]:
    """Yield drafts of the files of a fit, as `nagamochi.base.folder.replacing_files` does.

    Raises
    ------
    InvalidInput
        The folder has a fit of another kind; nothing is changed.
    OSError
        A file cannot be written, or another process is writing the folder; names it.
    """
    with replacing_files(Path(folder)) as files:
        refuse_other_fit(folder, kind)
        yield files


def refuse_other_fit(folder: str | Path, kind: Kind) -> None:
    """Refuse a folder that has a fit of another kind: commands do so before they fit.

    Raises
    ------
    InvalidInput
    """
    for other, table in TABLES.items():
        if other != kind and (Path(folder) / table).exists():
            rule = f"must not have another kind of fit, of which summary.txt would be lost: fit {kind} elsewhere"
            raise InvalidInput(Problem(rule, f"{table} of nagamochi fit {other}", str(folder)))
