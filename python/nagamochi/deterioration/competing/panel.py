"""Pairs of inspections with the type of damage found, checked and counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.deterioration.competing.states import CompetingStates
from nagamochi.deterioration.counted_pairs import CountedPairs, Places
from nagamochi.deterioration.pairs import Pairs, checked_columns, only_passed, read_pairs
from nagamochi.deterioration.pairs_in_parts import PairsInParts, Table, count_pairs
from nagamochi.deterioration.scale import Scale, checked_scale, seen_scale
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import Column, Findings, Schema, SourceTable, check

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_TYPES = 20
TYPES_RULE = f"must have at most {MOST_TYPES} types of damage"
SIDES = ("before", "after")


@dataclass(frozen=True, eq=False)
class CompetingPanel(Pairs):
    """Pairs as competing hazards count them.

    Parameters
    ----------
    scale, repairs, from_worst, places, first
        As of `Pairs`.
    pairs : polars.DataFrame
        before, after (numbers of states), years, count.
    states : CompetingStates
        Ratings and types.
    changed : int
        Pairs whose rating stays and whose type does not, excluded.
    """

    states: CompetingStates
    changed: int

    @property
    def positions(self) -> tuple[Integers, Integers]:
        """Positions on the scale of both ratings of each pair."""
        before, after = (self.states.rating[self.pairs[side].to_numpy()] for side in SIDES)
        return before, after

    def notices(self) -> list[str]:
        """What users should know about their pairs."""
        notices = super().notices()
        if self.changed:
            notices.append(
                f"pairs whose type changes at the same rating: {self.changed:,} excluded, no event of the model"
            )
        return notices

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


@dataclass(frozen=True)
class _Reader:
    """How the pairs of a table are read: columns of before, after, years, type_before and type_after, scale."""

    columns: dict[str, str]
    scale: Scale | None

    def read(self, table: Table, where: str) -> CountedPairs:
        columns, scale = self.columns, self.scale
        types = columns["type_before"], columns["type_after"]
        findings = Findings()
        source, known = read_pairs(table, where, columns, scale, findings)
        checked = check(source, Schema("pairs", (*known, *(Column(name, aliases=()) for name in types))), findings)
        frame = checked.frame.select(pl.col(column).alias(name) for name, column in columns.items())
        if checked.complete:
            _refuse_absent(checked.source, types, findings)
            _refuse_types(checked.source, frame, columns, 1 if scale is None else scale.best, findings)
        findings.raise_problems()
        return CountedPairs.of(checked.source, frame)


def read_competing_panel(
    table: Table | PairsInParts,
    *,
    before: str,
    after: str,
    years: str,
    type_before: str,
    type_after: str,
    scale: tuple[int, int] | None,
) -> CompetingPanel:
    """Read, check and count the pairs of a table, or of several."""
    columns = checked_columns(
        {"before": before, "after": after, "years": years, "type_before": type_before, "type_after": type_after}
    )
    given = checked_scale(scale)
    counted = count_pairs(table, _Reader(columns, given).read)
    frame = counted.pairs[counted.first].with_columns(count=counted.count, first=counted.first)
    if len(types := _types(frame)) > MOST_TYPES:
        raise InvalidInput(Problem(TYPES_RULE, f"{len(types)}", str(counted.places)))
    found = given or seen_scale(int(frame.select(pl.max_horizontal(pl.max("before", "after"))).item()))
    positions = frame.with_columns(found.position_of(frame[side]) for side in SIDES)
    return _panel_of(positions, counted.places, CompetingStates(found, tuple(types)))


def _refuse_absent(source: SourceTable, names: tuple[str, str], findings: Findings) -> None:
    found = source.cells.columns
    for name in names:
        if name not in found:
            rule = "must be among the columns"
            findings.refuse(source.where, rule, ", ".join(found), row=source.header_row, column=name)
    findings.raise_problems()


def _refuse_types(
    source: SourceTable, frame: pl.DataFrame, columns: dict[str, str], best: int, findings: Findings
) -> None:
    for side in SIDES:
        rating, damage = frame[side], frame[f"type_{side}"]
        name = columns[f"type_{side}"]
        missing = (damage.is_null() & (rating != best)).fill_null(False)
        findings.refuse_rows(source, name, f"must not be empty where {columns[side]} is not {best}", missing.arg_true())
        sound = (damage.is_not_null() & (rating == best)).fill_null(False)
        rule = f"must be empty where {columns[side]} is {best}, because a sound member has no type of damage"
        findings.refuse_rows(source, name, rule, sound.arg_true())
    if (number := len(_types(frame))) > MOST_TYPES:
        findings.refuse(source.where, TYPES_RULE, f"{number}")


def _types(frame: pl.DataFrame) -> list[str]:
    return sorted(set(pl.concat([frame["type_before"], frame["type_after"]]).drop_nulls()))


def _panel_of(frame: pl.DataFrame, places: Places, states: CompetingStates) -> CompetingPanel:
    if not states.types:
        rule = f"must have pairs with damage: a rating other than {states.scale.best}"
        raise InvalidInput(Problem(rule, "none", str(places)))
    before, after = pl.col("before"), pl.col("after")
    stays = before == after
    other = stays & pl.col("type_before").ne_missing(pl.col("type_after"))
    worst = states.ratings
    kept = frame.filter((after >= before) & (before < worst) & ~other)
    numbered = kept.select(
        *(states.number(side, f"type_{side}").alias(side) for side in SIDES), "years", "count", "first"
    )
    pairs = numbered.group_by("before", "after", "years").agg(pl.sum("count"), pl.min("first")).sort(pl.all())
    return CompetingPanel(
        scale=states.scale,
        pairs=pairs.drop("first"),
        repairs=_number(frame.filter(after < before)),
        from_worst=_number(frame.filter(stays & (before == worst))),
        places=places,
        first=pairs["first"].to_numpy(),
        states=states,
        changed=_number(frame.filter(other & (before < worst))),
    )


def _number(frame: pl.DataFrame) -> int:
    return int(frame["count"].sum())


def refuse_unusable(panel: CompetingPanel) -> None:
    """Raise InvalidInput where no estimate exists."""
    before, after = panel.positions
    problems = []
    if panel.n_pairs == 0:
        rule = "must have pairs without repairs, changes of type at the same rating and those that start worst"
        problems.append(Problem("; ".join([rule, *panel.reversed_scale]), "none", panel.where))
    for i in range(2, panel.states.ratings):
        passing = (before < i) & (after > i)
        if passing.any() and not ((before == i) | (after == i)).any():
            problems.append(only_passed(panel, i, passing))
    if problems:
        raise InvalidInput(problems)
