"""Sections in the rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nagamochi.base import arguments
from nagamochi.tables import ArrowStream, Column, Findings, Schema, check, not_negative, positive, read_table

Table = ArrowStream | str | Path

WHERE = "sections table"
BY_SECTION = ("repair_cost", "inspection_cost", "additional_inspection_cost", "length")
BY_RATING = ("hazards", "repair_cost")
ABOVE_ZERO = ("hazards", "length")


def read_sections(table: Table, same: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the columns of a table as arguments of sections, and notices; `same` are arguments given for all."""
    findings = Findings()
    source = read_table(table, WHERE, findings)
    findings.raise_problems()
    known = Schema(WHERE, tuple(_column(name, name) for name in BY_SECTION))
    headers = [known.column_name(header) for header in source.cells.columns]
    columns = {"hazards": _numbered("hazard", headers) or ["hazard_1"]}
    columns |= {name: [name] for name in BY_SECTION if name in headers}
    columns |= {"repair_cost": names} if (names := _numbered("repair_cost", headers)) else {}
    for name in columns:
        if name in same:
            raise arguments.invalid(name, f"must not be given, because the {WHERE} has it", same[name])
    schema = Schema(WHERE, tuple(_column(name, column) for name, names in columns.items() for column in names))
    frame = check(source, schema, findings).frame
    findings.raise_problems()
    arrays = {name: frame.select(names).to_numpy() for name, names in columns.items()}
    return {name: array if name in BY_RATING else array[:, 0] for name, array in arrays.items()}, findings.notices


def _numbered(name: str, headers: Iterable[str]) -> list[str]:
    """Return the columns name_1, name_2, .. up to the last one that the table has."""
    found = (re.fullmatch(rf"{name}_([1-9]\d?)", header) for header in headers)
    last = max((int(match[1]) for match in found if match), default=0)
    return [f"{name}_{rating}" for rating in range(1, last + 1)]


def _column(argument: str, name: str) -> Column:
    return Column(name, "number", required=True, rule=positive() if argument in ABOVE_ZERO else not_negative())
