"""The folder that a fit is written to; it holds one kind of fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from nagamochi.base.folder import Drafts, replacing_files
from nagamochi.errors import InvalidInput, Problem

Kind = Literal["hazards", "curves", "scatter"]

MARKS: dict[Kind, str] = {"hazards": "hazards.csv", "curves": "base_curves.csv", "scatter": "estimates.csv"}
"""The file that only this kind of fit has."""


@contextmanager
def writing_fit(kind: Kind, folder: str | Path) -> Iterator[Drafts]:
    """Write the files of a fit together; an older fit of the same kind is replaced.

    Raises
    ------
    InvalidInput
        The folder holds another kind of fit.
    """
    folder = Path(folder)
    for other, mark in MARKS.items():
        if other != kind and (folder / mark).exists():
            raise InvalidInput(Problem(f"must be a folder without a fit of {other}", mark, str(folder)))
    with replacing_files(folder) as files:
        yield files
