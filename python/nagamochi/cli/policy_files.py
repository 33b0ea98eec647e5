"""Files that `nagamochi policy` reads."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nagamochi.errors import InvalidInput, Problem


def read_matrix(file: Path) -> list[list[float]]:
    """Rows of a CSV file of numbers, without a header."""
    from nagamochi.tables.findings import Findings
    from nagamochi.tables.formats.csv import read_records

    findings = Findings()
    read = read_records(file, findings)
    records = [] if read is None else read.rows
    while records and not any(map(str.strip, records[-1])):
        records.pop()
    for row, record in enumerate(records, start=1):
        if len(record) != len(records[0]):
            findings.refuse(str(file), f"must have {len(records[0])} cells, like row 1", str(len(record)), row=row)
    findings.raise_problems()
    return [
        [_number(cell, file, row, column) for column, cell in enumerate(record, start=1)]
        for row, record in enumerate(records, start=1)
    ]


def read_hazards(file: Path) -> list[float]:
    """Hazards of a fit, at its mean covariates."""
    from nagamochi.deterioration import HazardModel

    hazards: list[float] = HazardModel.read(file).hazards().tolist()
    if any(map(math.isnan, hazards)):
        rule = "hazards must be known, of every rating but the worst"
        raise InvalidInput(Problem(rule, str(hazards), str(file)))
    return hazards


@contextmanager
def named(file: Path | None) -> Iterator[None]:
    """Name the file and its row instead of the argument that was read from it."""
    try:
        yield
    except InvalidInput as error:
        rule, value, where = error.problems[0].rule, error.problems[0].value, error.problems[0].where
        place = re.fullmatch(r"(hazards|matrices)(?:\[(\d+)(?:, (\d+))?\])?", where)
        if file is None or place is None:
            raise
        if place[1] == "hazards":
            raise InvalidInput(Problem(rule, value, f"{file}, {where}")) from None
        row = None if place[2] is None else int(place[2]) + 1
        column = None if place[3] is None else str(int(place[3]) + 1)
        raise InvalidInput(Problem(rule, value, str(file), row, column)) from None


def _number(cell: str, file: Path, row: int, column: int) -> float:
    try:
        return float(cell)
    except ValueError:
        rule = "must be a number, as there is no header" if row == 1 else "must be a number"
        raise InvalidInput(Problem(rule, repr(cell), str(file), row, str(column))) from None
