"""Inspection rounds of members, checked, and cut where a member was repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.tables import (
    ArrowStream,
    Column,
    Findings,
    Schema,
    SourceTable,
    between,
    check,
    not_negative,
    read_arrow,
    read_csv,
)
from nagamochi.tables.headers import column_name

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

CURVE_KEY = ("bridge_id", "member", "damage", "location")
CARRIED = ("quantity", "unit", "cost_model")
ROUNDED_AGE = 1.0  # years by which told ages may disagree
SLACK = 1e-9

INSPECTIONS = (
    Column("bridge_id", required=True),
    Column("member", required=True),
    Column("damage", required=True),
    Column("location"),
    Column("year", "number", required=True),
    Column("health", "number", required=True, rule=between(1, 5)),
    Column("age", "number", rule=not_negative()),
    Column("year_built", "number"),
    Column("quantity", "number", rule=not_negative()),
    Column("unit"),
    Column("cost_model"),
)
KNOWN = {column.name for column in INSPECTIONS}
NUMBERS = tuple(column.name for column in INSPECTIONS if column.kind == "number")


@dataclass(frozen=True, eq=False)
class InspectionRounds:
    """Inspections sorted by curve and year.

    Parameters
    ----------
    where : str
        The table as its user knows it.
    frame : polars.DataFrame
        One row for each inspection: the columns of the table, born (the year in which its age would be 0), told (the
        first of its curve, or the first after a renewal that the table tells) and starts (told, or the first after a
        repair that its rise tells).
    notices : tuple of str
    """

    where: str
    frame: pl.DataFrame
    notices: tuple[str, ...]

    @property
    def first(self) -> Indices:
        """(n_curves,): row of each curve's first inspection."""
        return np.flatnonzero(self.frame["first"].to_numpy())

    @property
    def last(self) -> Indices:
        """(n_curves,): row of each curve's latest inspection."""
        return np.append(self.first[1:], len(self.frame)) - 1

    @property
    def last_start(self) -> Indices:
        """(n_curves,): row of each curve's first inspection since it was built, renewed or repaired."""
        starts = np.flatnonzero(self.frame["starts"].to_numpy())
        return starts[np.searchsorted(starts, self.last, side="right") - 1]

    def loss(self, rows: Indices) -> Numbers:
        """Share of health lost: 0 as new, 1 at the end of service."""
        return (5.0 - self.numbers("health", rows)) / 4.0

    def numbers(self, column: str, rows: Indices) -> Numbers:
        """Values of a column in these rows."""
        return self.frame[column].to_numpy()[rows].astype(np.float64)


def in_our_words(names: Sequence[str]) -> tuple[str, ...]:
    """Japanese names of the columns that we know as ours; others as they are."""
    return tuple(column_name(name, KNOWN) for name in names)


def read_rounds(table: ArrowStream | str | Path, by: Sequence[str], tolerance: float) -> InspectionRounds:
    """Read and check the inspections of a table."""
    groups = tuple(Column(name, required=True) for name in by if name not in KNOWN)
    schema = Schema("inspections", (*INSPECTIONS, *groups), key=(*CURVE_KEY, "year"))
    findings = Findings()
    checked = check(_source(table, findings), schema, findings)
    source, frame = checked.source, checked.frame
    if source.complete:
        _refuse_absent(source, by, findings)
        _refuse_unknown_ages(source, frame, findings)
    rounds = _with_starts(frame, tolerance)
    if source.complete:
        _refuse_conflicts(source, rounds, [name for name in by if name not in CURVE_KEY], findings)
    findings.raise_problems()
    given = [name for name in CARRIED if name in source.cells.columns]
    return InspectionRounds(
        source.where,
        rounds.drop([name for name in CARRIED if name not in given]),
        tuple(findings.notices),
    )


def _source(table: ArrowStream | str | Path, findings: Findings) -> SourceTable:
    if isinstance(table, (str, Path)):
        return read_csv(table, findings)
    return read_arrow(table, "inspections table", findings)


def _refuse_absent(source: SourceTable, by: Sequence[str], findings: Findings) -> None:
    """Refuse groups by a column that may be left out, and is."""
    found = source.cells.columns
    for name in by:
        if name not in found:
            findings.refuse(
                source.where, "must be among the columns", ", ".join(found), row=source.header_row, column=name
            )


def _refuse_unknown_ages(source: SourceTable, frame: pl.DataFrame, findings: Findings) -> None:
    if not {"age", "year_built"} & set(source.cells.columns):
        found = ", ".join(source.cells.columns)
        rule = "must be among the columns, or year_built"
        findings.refuse(source.where, rule, found, row=source.header_row, column="age")
        return
    column = "age" if "age" in source.cells.columns else "year_built"
    if {"age", "year_built"} <= set(source.cells.columns):
        unknown = source.cells["age"].is_null() & source.cells["year_built"].is_null()
        findings.refuse_rows(source, "age", "must not be empty where year_built is", unknown.arg_true())
    else:
        findings.refuse_rows(source, column, "must not be empty", source.cells[column].is_null().arg_true())
    unborn = frame["age"].is_null() & (frame["year_built"] > frame["year"]).fill_null(False)
    findings.refuse_rows(source, "year_built", "must not be after the year of the inspection", unborn.arg_true())


def _with_starts(frame: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    born = pl.coalesce(pl.col("year") - pl.col("age"), pl.col("year_built"))
    rounds = frame.with_row_index("row").with_columns(born=born).sort(*CURVE_KEY, "year", "row")
    year, birth, health = (pl.col(name).shift().over(CURVE_KEY) for name in ("year", "born", "health"))
    moved = pl.col("born") - birth
    rounds = rounds.with_columns(
        first=pl.int_range(pl.len()).over(CURVE_KEY) == 0,
        moved=moved.abs().fill_null(0.0) > ROUNDED_AGE,
        renewed=((moved > ROUNDED_AGE) & (pl.col("born") >= year)).fill_null(False),
        improved=(pl.col("health") - health > tolerance + SLACK).fill_null(False),
    )
    rounds = rounds.with_columns(told=pl.col("first") | pl.col("renewed"))
    return rounds.with_columns(starts=pl.col("told") | pl.col("improved"))


def _refuse_conflicts(source: SourceTable, rounds: pl.DataFrame, groups: Sequence[str], findings: Findings) -> None:
    """Refuse ages that contradict each other, and curves that belong to several groups."""
    column = "age" if "age" in source.cells.columns else "year_built"
    conflicting = rounds.filter(pl.col("moved") & ~pl.col("renewed"))["row"]
    rule = "must agree with the curve's inspection before, within a year, or tell of a renewal since then"
    findings.refuse_rows(source, column, rule, conflicting)
    for name in groups:
        other = rounds.filter(pl.col(name).ne_missing(pl.col(name).first().over(CURVE_KEY)))["row"]
        findings.refuse_rows(source, name, "must be the same in all inspections of a curve", other)
