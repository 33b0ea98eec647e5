"""Pairs of successive inspections with the type of damage found, checked and counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.deterioration.competing_states import CompetingStates
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import (
    ArrowStream,
    Column,
    Findings,
    Schema,
    SourceTable,
    between,
    check,
    positive,
    read_table,
)

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_TYPES = 20
SIDES = ("before", "after")


@dataclass(frozen=True, eq=False)
class CompetingPanel:
    """Equal pairs are one row of `pairs`, with their number in the column count.

    Parameters
    ----------
    where : str
        The table as its user knows it.
    states : CompetingStates
        Ratings and types.
    pairs : polars.DataFrame
        before, after (numbers of states), years, count.
    repairs : int
        Pairs whose rating improves, left out.
    changed : int
        Pairs whose rating stays and whose type does not, left out.
    from_worst : int
        Pairs that start in the worst rating and do not improve, left out: they tell nothing.
    """

    where: str
    states: CompetingStates
    pairs: pl.DataFrame
    repairs: int
    changed: int
    from_worst: int

    @property
    def n_pairs(self) -> int:
        """Number of pairs that tell something."""
        return int(self.pairs["count"].sum())

    @property
    def years(self) -> Numbers:
        """(n,): different numbers of years between the inspections of a pair."""
        return self.pairs["years"].unique().sort().to_numpy()

    @property
    def counts(self) -> Numbers:
        """(n, states, states): pairs by years, state before and state after."""
        counts = np.zeros((len(self.years), len(self.states), len(self.states)))
        which = np.searchsorted(self.years, self.pairs["years"].to_numpy())
        counts[which, self.pairs["before"].to_numpy(), self.pairs["after"].to_numpy()] = self.pairs["count"].to_numpy()
        return counts


def read_competing_panel(
    table: ArrowStream | str | Path,
    *,
    before: str,
    after: str,
    years: str,
    type_before: str,
    type_after: str,
    ratings: int | None,
) -> CompetingPanel:
    """Read, check and count the pairs of a table."""
    columns = {
        "before": before,
        "after": after,
        "years": years,
        "type_before": type_before,
        "type_after": type_after,
    }
    _check_arguments(columns, ratings)
    schema = Schema(
        "panel",
        (
            *(
                Column(name, "whole number", required=True, rule=between(1, ratings or _core.most_ratings), aliases=())
                for name in (before, after)
            ),
            Column(years, "number", required=True, rule=positive(), aliases=()),
            Column(type_before, aliases=()),
            Column(type_after, aliases=()),
        ),
    )
    findings = Findings()
    checked = check(read_table(table, "panel table", findings), schema, findings)
    frame = checked.frame.select(pl.col(given).alias(name) for name, given in columns.items())
    if checked.complete:
        _refuse_absent(checked.source, (type_before, type_after), findings)
        _refuse_types(checked.source, frame, columns, findings)
    findings.raise_problems()
    worst = ratings or max(2, int(frame.select(pl.max_horizontal(pl.max("before", "after"))).item()))
    return _counted(checked.source.where, frame, CompetingStates(worst, tuple(_types(frame))))


def _check_arguments(columns: dict[str, str], ratings: int | None) -> None:
    for name, value in columns.items():
        arguments.instance(name, value, str)
    if len(set(columns.values())) < len(columns):
        raise arguments.invalid(", ".join(columns), "must be different columns", ", ".join(columns.values()))
    if ratings is not None:
        arguments.whole_number("ratings", ratings, at_least=2, at_most=_core.most_ratings)


def _refuse_absent(source: SourceTable, names: tuple[str, str], findings: Findings) -> None:
    found = source.cells.columns
    for name in names:
        if name not in found:
            rule = "must be among the columns"
            findings.refuse(source.where, rule, ", ".join(found), row=source.header_row, column=name)
    findings.raise_problems()


def _refuse_types(source: SourceTable, frame: pl.DataFrame, columns: dict[str, str], findings: Findings) -> None:
    for side in SIDES:
        rating, damage = frame[side], frame[f"type_{side}"]
        name = columns[f"type_{side}"]
        missing = (damage.is_null() & (rating > 1)).fill_null(False)
        findings.refuse_rows(source, name, f"must not be empty where {columns[side]} is above 1", missing.arg_true())
        sound = (damage.is_not_null() & (rating == 1)).fill_null(False)
        rule = f"must be empty where {columns[side]} is 1: what is sound has no type of damage"
        findings.refuse_rows(source, name, rule, sound.arg_true())
    if (number := len(_types(frame))) > MOST_TYPES:
        findings.refuse(source.where, f"must have at most {MOST_TYPES} types of damage", f"{number}")


def _types(frame: pl.DataFrame) -> list[str]:
    return sorted(set(pl.concat([frame["type_before"], frame["type_after"]]).drop_nulls()))


def _counted(where: str, frame: pl.DataFrame, states: CompetingStates) -> CompetingPanel:
    if not states.types:
        rule = "must have pairs with damage: a rating above 1"
        raise InvalidInput(Problem(rule, "none", where))
    before, after = pl.col("before"), pl.col("after")
    stays = before == after
    other = stays & pl.col("type_before").ne_missing(pl.col("type_after"))
    worst = states.ratings
    kept = frame.filter((after >= before) & (before < worst) & ~other)
    numbered = kept.select(*(states.number(side, f"type_{side}").alias(side) for side in SIDES), "years")
    return CompetingPanel(
        where=where,
        states=states,
        pairs=numbered.group_by("before", "after", "years").len("count").sort(pl.all()),
        repairs=frame.filter(after < before).height,
        changed=frame.filter(other & (before < worst)).height,
        from_worst=frame.filter(stays & (before == worst)).height,
    )


def refuse_unusable(panel: CompetingPanel) -> None:
    """Raise InvalidInput where no estimate exists, whatever the optimiser."""
    ratings = panel.states.rating
    before, after = (ratings[panel.pairs[side].to_numpy()] for side in SIDES)
    problems = []
    if panel.n_pairs == 0:
        rule = "must have pairs besides repairs, changes of type at the same rating and those that start worst"
        problems.append(Problem(rule, "none", panel.where))
    for i in range(2, panel.states.ratings):
        passing = (before < i) & (after > i)
        if passing.any() and not ((before == i) | (after == i)).any():
            rule = "must be found at an inspection: between two, its hazard has no upper limit; join it to a neighbour"
            number = panel.pairs["count"].to_numpy()[passing].sum()
            problems.append(
                Problem(rule, f"{number:,} pairs that pass it, none that starts or ends in it", f"rating {i}")
            )
    if problems:
        raise InvalidInput(problems)
