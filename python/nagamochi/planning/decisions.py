"""A table of decisions: which plan each bridge has, or each member of each bridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.errors import InvalidInput, Problem
from nagamochi.network import LevelPer, Network
from nagamochi.network.parts import NetworkParts
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.space import NEVER, NEVER_NAME, PlanSpace
from nagamochi.tables import (
    ArrowStream,
    CheckedTable,
    Column,
    Findings,
    Rule,
    Schema,
    SourceTable,
    between,
    check,
    check_column,
    listed,
    read_table,
)
from nagamochi.vocabulary import our_name, value_label

Indices = npt.NDArray[np.int64]

YEARS = between(1, 1000)
NEVER_NAMES = (NEVER_NAME, value_label(NEVER_NAME, "ja"))
LEVEL = Rule(
    f"must be above 1 and below 5, or {NEVER_NAME}",
    lambda levels: levels.is_between(1, 5, closed="none") | (levels == NEVER),
)
OF_BRIDGES = Schema(
    "decisions",
    (
        Column("bridge_id", required=True),
        Column("level", "number", required=True, rule=LEVEL, spellings=dict.fromkeys(NEVER_NAMES, f"{NEVER:g}")),
        Column("first_year", "whole number", required=True, rule=YEARS),
        Column("interval", "whole number", required=True, rule=YEARS),
        Column("delay", "whole number", default=1, rule=YEARS),
    ),
    key=("bridge_id",),
)
OF_MEMBERS = Schema("decisions", (Column("member", required=True), *OF_BRIDGES.columns), key=("bridge_id", "member"))
AS_GIVEN = replace(OF_MEMBERS, columns=(Column("member"), *OF_BRIDGES.columns))
"""A row without a member is that of a whole bridge."""

SCHEMAS: dict[LevelPer, Schema] = {"bridge": OF_BRIDGES, "member": OF_MEMBERS, "given": AS_GIVEN}
ROW_FOR: dict[LevelPer, str] = {
    "bridge": "every bridge",
    "member": "every member of every bridge",
    "given": "every bridge, or for each of its members where its level_per is member",
}

FISCAL_YEAR = "first_fiscal_year"
RESULTS = {FISCAL_YEAR, "lcc", "lowest_health"}  # of a plan that was saved: computed anew


class Decisions:
    """A checked table of decisions.

    Parameters
    ----------
    table : table, str or Path
        Columns bridge_id, with a level for each member also member, level, first_year and interval, and delay where it
        is not 1. Where level_per differs among the bridges of the network, rows of whole bridges may have no member.
    network : Network or NetworkParts
        Whose bridges they are: each bridge, or each member of each bridge, once; of parts each bridge.

    Raises
    ------
    InvalidInput
        With all that is wrong, by row and column.
    """

    def __init__(self, table: ArrowStream | str | Path, network: Network | NetworkParts) -> None:
        findings = Findings()
        source = read_table(table, "decisions table", findings)
        self.level_per = _level_per(source, network)
        checked = check(source, SCHEMAS[self.level_per], findings)
        self._key = ["bridge_id"] if self.level_per == "bridge" else ["bridge_id", "member"]
        if isinstance(network, Network):
            units = network.names_of_groups(self.level_per)
        elif self.level_per == "bridge":
            units = network.bridge_ids.to_frame("bridge_id")
        else:
            raise InvalidInput(Problem("must not be given for a network in parts", "member", source.where))
        _refuse_other_units(checked, units, self.level_per, findings)
        _refuse_two_timetables(checked, findings)
        findings.raise_problems()
        _notice_other_fiscal_years(checked, network.start_year, findings)
        only_results = all(our_name(head, RESULTS) in RESULTS for head in checked.others.columns)
        unused = {f"{source.where}: columns not known and not used: {listed(checked.others.columns)}"}
        self.notices = tuple(notice for notice in findings.notices if not (only_results and notice in unused))
        self.frame = checked.frame.select(*self._key, *_VALUES)

    @property
    def one_interval(self) -> bool:
        """Whether all bridges share an interval."""
        return self.frame["interval"].n_unique() == 1

    def space_with(self, space: PlanSpace) -> PlanSpace:
        """Return a space with these decisions, too."""
        possible = space.with_intervals(_united(space.intervals, self.frame["interval"]))
        repairs = self.frame.filter(pl.col("level") != NEVER)
        given = {name: (repairs if name == "delay" else self.frame)[name] for name in _VALUES}
        values: dict[str, Any] = {f"{name}s": _united(getattr(possible, f"{name}s"), given[name]) for name in _VALUES}
        return replace(possible, **values)

    def plan_of_unit(self, problem: PlanningProblem) -> Indices:
        """Return the plan of each unit in the problem's space, (n_units,)."""
        return self.plans_of(problem.unit_names, problem.space)

    def plans_of(self, units: pl.DataFrame, space: PlanSpace) -> Indices:
        """Return the plan in a space of each named unit, (n_units,)."""
        of_units = units.join(self.frame, on=self._key, how="left", maintain_order="left", nulls_equal=True)
        of_units = of_units.with_columns(
            delay=pl.when(pl.col("level") == NEVER).then(space.delays[0]).otherwise("delay")
        )
        positions = (_position(of_units[name], getattr(space, f"{name}s")) for name in _VALUES)
        level, first_year, interval, delay = positions
        rule = level * len(space.delays) + delay
        return (interval * len(space.rules) + rule) * len(space.first_years) + first_year


_VALUES = ("level", "first_year", "interval", "delay")


def _level_per(source: SourceTable, network: Network | NetworkParts) -> LevelPer:
    """Return what has a level in a table: members if it names them, but for rows of whole bridges where some are."""
    heads = [head for head in source.cells.columns if OF_MEMBERS.column_name(head) == "member"]
    if not heads:
        return "bridge"
    differs = isinstance(network, Network) and network.by_member.any() and not network.by_member.all()
    return "given" if differs and source.cells[heads[0]].null_count() else "member"


def _refuse_other_units(checked: CheckedTable, units: pl.DataFrame, level_per: LevelPer, findings: Findings) -> None:
    frame, source, key = checked.frame, checked.source, units.columns
    marked = units.with_columns(known=True)
    known = frame.select(key).join(marked, on=key, how="left", maintain_order="left", nulls_equal=True)["known"]
    required = [column.name for column in SCHEMAS[level_per].columns if column.required and column.name in key]
    named = frame.select(pl.all_horizontal(pl.col(required).is_not_null())).to_series()
    unknown = (known.is_null() & named).arg_true()
    findings.refuse_rows(
        source, ", ".join(key), "must be of the network", unknown, value=lambda index: source.cells_of(index, key)
    )
    if checked.complete:
        missing = units.join(frame, on=key, how="anti", maintain_order="left", nulls_equal=True)
        for row in missing.head(20).iter_rows():
            name = " ".join(part for part in row if part is not None)
            findings.refuse(source.where, f"must have a row for {ROW_FOR[level_per]}", f"none for {name}")
        findings.count_unlisted(len(missing) - 20)


def _refuse_two_timetables(checked: CheckedTable, findings: Findings) -> None:
    """The members of a bridge are inspected together."""
    for name in ("first_year", "interval"):
        first = checked.frame.select(pl.col(name).first().over("bridge_id")).to_series()
        other = (first != checked.frame[name]).fill_null(False).arg_true()
        findings.refuse_rows(checked.source, name, "must be the same for all members of a bridge", other)


def _notice_other_fiscal_years(checked: CheckedTable, start_year: int | None, findings: Findings) -> None:
    """Say that first_year counts where the fiscal years beside it, which people edit, say otherwise."""
    source = checked.source
    heads = [head for head in source.cells.columns if our_name(head, RESULTS) == FISCAL_YEAR]
    if not heads or start_year is None:
        return
    given = check_column(source, Column(heads[0], "fiscal year", aliases=()), Findings())
    other = (given != checked.frame["first_year"] + (start_year - 1)).fill_null(False).arg_true()
    if len(other):
        first = source.header_of("first_year")
        findings.notice(
            source.where,
            f"{heads[0]} is not used and says otherwise than {first}, which counts, in {len(other):,} rows, the first "
            f"is row {source.rows[other[0]]}",
        )


def _united(values: Sequence[Any], others: pl.Series) -> tuple[Any, ...]:
    return (*values, *sorted(set(others.to_list()) - set(values)))


def _position(values: pl.Series, among: tuple[float, ...]) -> Indices:
    return values.replace_strict(list(among), range(len(among)), return_dtype=pl.Int64).to_numpy()
