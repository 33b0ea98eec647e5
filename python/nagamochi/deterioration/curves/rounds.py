"""Inspection rounds of members: checked, and split where a member was repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    in_years,
    not_after,
    not_negative,
    read_table,
)
from nagamochi.tables.limits import OLDEST_BRIDGE
from nagamochi.tables.marks import NAMED
from nagamochi.vocabulary import column_name

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

CURVE_KEY = ("bridge_id", "member", "damage", "location")
CARRIED = ("quantity", "unit", "cost_model")
ROUNDED_AGE = 1.0  # years by which given ages may disagree
SLACK = 1e-9
AS_NEW = 5.0
AGES = ("age", "year_built", "restored_year")
LATER = "must not be after the year of the inspection"

INSPECTIONS = (
    Column("bridge_id", required=True, rule=NAMED, identifies=True),
    Column("member", required=True, identifies=True),
    Column("damage", required=True, identifies=True),
    Column("location", identifies=True),
    Column("year", "date", required=True, rule=in_years()),
    Column("health", "number", required=True, rule=between(1, 5)),
    Column("age", "number", rule=not_negative()),
    Column("year_built", "date", rule=in_years(OLDEST_BRIDGE)),
    Column("restored_year", "date", rule=in_years(OLDEST_BRIDGE)),
    Column("restored_health", "number", rule=between(1, 5)),
    Column("quantity", "number", rule=not_negative()),
    Column("unit"),
    Column("cost_model"),
)
NUMBERS = tuple(column.name for column in INSPECTIONS if column.kind != "text")
SCHEMA = Schema("inspections", INSPECTIONS, key=(*CURVE_KEY, "year"))


@dataclass(frozen=True, eq=False)
class InspectionRounds:
    """Inspections sorted by curve and year.

    Parameters
    ----------
    where : str
        The table as its user knows it.
    frame : polars.DataFrame
        One row for each inspection: the columns of the table; first (of its curve), renewed, restored (the first after
        a given restoration), rises and falls (its health, since the inspection before), starts (first, restored,
        renewed or repaired), risen (its health rose without a start); and since (the year of the start), start_health
        (the health then).
    by : tuple of str
        Columns of the frame that identify the group; those of the user's own have names that no other column has.
    notices : tuple of str
    """

    where: str
    frame: pl.DataFrame
    by: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def first(self) -> Indices:
        """(n_curves,): row of each curve's first inspection."""
        return np.flatnonzero(self.frame["first"].to_numpy())

    @property
    def restored_before(self) -> npt.NDArray[np.bool_]:
        """(n_curves,): whether the curve was restored before its first inspection."""
        return np.asarray(self.frame["restored"].to_numpy()[self.first])

    @property
    def last(self) -> Indices:
        """(n_curves,): row of each curve's latest inspection."""
        return np.append(self.first[1:], len(self.frame)) - 1

    @property
    def last_start(self) -> Indices:
        """(n_curves,): row of each curve's first inspection since it was built, renewed, restored or repaired."""
        starts = np.flatnonzero(self.frame["starts"].to_numpy())
        return starts[np.searchsorted(starts, self.last, side="right") - 1]

    @property
    def starts_itself(self) -> npt.NDArray[np.bool_]:
        """(n_curves,): whether the curve is only known to have been, at its last start, as found there."""
        start = self.last_start
        as_found = self.numbers("health", start) == self.numbers("start_health", start)
        return np.asarray((self.age(start) == 0.0) & as_found)

    def loss(self, rows: Indices) -> Numbers:
        """Share of health lost: 0 as new, 1 at the end of service."""
        return (5.0 - self.numbers("health", rows)) / 4.0

    def age(self, rows: Indices) -> Numbers:
        """Years since the start that these rows give."""
        return self.numbers("year", rows) - self.numbers("since", rows)

    def numbers(self, column: str, rows: Indices) -> Numbers:
        """Values of a column in these rows."""
        return self.frame[column].to_numpy()[rows].astype(np.float64)


def in_our_words(names: Sequence[str]) -> tuple[str, ...]:
    """Return Japanese names of the columns that we know as ours."""
    return tuple(column_name(SCHEMA.column_name(name)) for name in names)


def read_rounds(table: ArrowStream | str | Path, by: Sequence[str], tolerance: float) -> InspectionRounds:
    """Read and check the inspections of a table."""
    groups = [Column(name, required=True, aliases=(), identifies=True) for name in by if name not in SCHEMA.dtypes]
    schema = replace(SCHEMA, columns=(*INSPECTIONS, *groups))
    apart = {group.name: f" group {number}" for number, group in enumerate(groups)}
    findings = Findings()
    checked = check(read_table(table, "inspections table", findings), schema, findings)
    source, frame = checked.source, checked.frame
    if source.complete:
        _refuse_absent(source, by, findings)
        _refuse_unknown_ages(source, frame, findings)
        past = not_after()
        findings.refuse_rows(source, "year", past.words, (~past.holds(frame["year"])).arg_true())
    rounds = _with_starts(frame.rename(apart), tolerance)
    if source.complete:
        _refuse_conflicts(
            source, rounds, {name: apart.get(name, name) for name in by if name not in CURVE_KEY}, findings
        )
    findings.raise_problems()
    given = [name for name in CARRIED if name in source.cells.columns]
    return InspectionRounds(
        source.where,
        rounds.drop([name for name in CARRIED if name not in given]),
        tuple(apart.get(name, name) for name in by),
        tuple(findings.notices),
    )


def _refuse_absent(source: SourceTable, by: Sequence[str], findings: Findings) -> None:
    """Refuse groups by a column that may be left out, and is."""
    found = source.cells.columns
    for name in by:
        if name not in found:
            findings.refuse(
                source.where, "must be among the columns", ", ".join(found), row=source.header_row, column=name
            )


def _refuse_unknown_ages(source: SourceTable, frame: pl.DataFrame, findings: Findings) -> None:
    given = [name for name in AGES if name in source.cells.columns]
    if not set(given) - {"restored_year"}:
        found = ", ".join(source.cells.columns)
        rule = "must be among the columns, or year_built"
        findings.refuse(source.where, rule, found, row=source.header_row, column="age")
        return
    column, *others = given
    unknown = source.cells.select(pl.all_horizontal(pl.col(given).is_null())).to_series()
    where = f" where {' and '.join(others)} {'is' if len(others) == 1 else 'are'}" if others else ""
    findings.refuse_rows(source, column, f"must not be empty{where}", unknown.arg_true())
    unborn = frame["age"].is_null() & (frame["year_built"] > frame["year"]).fill_null(False)
    findings.refuse_rows(source, "year_built", LATER, unborn.arg_true())
    undone = (frame["restored_year"] > frame["year"]).fill_null(False)
    findings.refuse_rows(source, "restored_year", LATER, undone.arg_true())
    undated = frame["restored_health"].is_not_null() & frame["restored_year"].is_null()
    findings.refuse_rows(source, "restored_health", "must be empty where restored_year is", undated.arg_true())


def _with_starts(frame: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    frame = frame.with_row_index("row").sort(*CURVE_KEY, "year", "row")
    restored_health = pl.when(pl.col("restored_year").is_not_null()).then(pl.col("restored_health").fill_null(AS_NEW))
    rounds = frame.with_columns(
        born=pl.coalesce(pl.col("year") - pl.col("age"), pl.col("year_built")),
        restoration=pl.col("restored_year").forward_fill().over(CURVE_KEY),
        restored_health=restored_health.forward_fill().over(CURVE_KEY),
    )
    names = ("year", "born", "health", "restoration", "restored_health")
    year, birth, health, restoration, restored_to = (pl.col(name).shift().over(CURVE_KEY) for name in names)
    moved, rise = pl.col("born") - birth, pl.col("health") - health
    rounds = rounds.with_columns(
        first=pl.int_range(pl.len()).over(CURVE_KEY) == 0,
        moved=moved.abs().fill_null(0.0) > ROUNDED_AGE,
        renewed=((moved > ROUNDED_AGE) & (pl.col("born") >= year)).fill_null(False),
        restored=pl.col("restoration").ne_missing(restoration) | pl.col("restored_health").ne_missing(restored_to),
        overtaken=(pl.col("restored_year") < year).fill_null(False),
        premature=(pl.col("restored_year") < pl.col("born") - ROUNDED_AGE).fill_null(False),
        improved=(rise > tolerance + SLACK).fill_null(False),
        rises=(rise > SLACK).fill_null(False),
        falls=(rise < -SLACK).fill_null(False),
    )
    new = pl.col("first") | pl.col("renewed")
    starts = new | pl.col("restored") | pl.col("improved")
    since = pl.when("restored").then("restoration").when(new).then("born").otherwise("year")
    start_health = pl.when("restored").then("restored_health").when(new).then(AS_NEW).otherwise("health")
    risen = pl.col("rises") & ~starts
    return rounds.with_columns(starts=starts, since=since, start_health=start_health, risen=risen)


def _refuse_conflicts(source: SourceTable, rounds: pl.DataFrame, groups: Mapping[str, str], findings: Findings) -> None:
    """Refuse ages and restorations that contradict each other, and curves in several groups."""
    column = "age" if "age" in source.cells.columns else "year_built"
    conflicting = rounds.filter(pl.col("moved") & ~pl.col("renewed"))["row"]
    rule = "must agree with the curve's previous inspection within a year, unless it was renewed since then"
    findings.refuse_rows(source, column, rule, conflicting)
    overtaken = rounds.filter(pl.col("restored") & pl.col("overtaken"))["row"]
    rule = "must agree with the curve's previous inspection, unless it was restored since then"
    findings.refuse_rows(source, "restored_year", rule, overtaken)
    premature = rounds.filter("premature")["row"]
    findings.refuse_rows(source, "restored_year", "must not be before the curve was new", premature)
    for name, group in groups.items():
        other = rounds.filter(pl.col(group).ne_missing(pl.col(group).first().over(CURVE_KEY)))["row"]
        findings.refuse_rows(source, name, "must be the same in all inspections of a curve", other)
