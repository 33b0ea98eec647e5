"""Pairs of successive inspections, as both hazard models count them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.deterioration.counted_pairs import Places
from nagamochi.deterioration.pairs_in_parts import Table
from nagamochi.deterioration.scale import Scale, rating_rule, with_arabic_ratings
from nagamochi.errors import Problem
from nagamochi.tables import Column, Findings, SourceTable, between, read_table
from nagamochi.vocabulary import column_name

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

YEARS = (1e-9, 1e9)  # between two inspections, so that no likelihood overflows
LONG = 200.0  # years between two inspections that are worth a notice
LONGEST_MEDIAN = 20.0  # years that half of all pairs exceed only if they are of another unit, such as months


@dataclass(frozen=True, eq=False)
class Pairs:
    """Equal pairs are one row of `pairs`, with their number in the column count.

    Parameters
    ----------
    scale : Scale
        Ratings.
    pairs : polars.DataFrame
        before, after, years, count; and columns of the model.
    repairs : int
        Pairs that improve, excluded.
    from_worst : int
        Pairs that start in the worst rating, excluded: they carry no information.
    places : Places
        Tables and their rows as their user counts, also of pairs that are excluded.
    first : (rows of pairs,) array
        Index in `places` of the first of equal pairs.
    """

    scale: Scale
    pairs: pl.DataFrame
    repairs: int
    from_worst: int
    places: Places
    first: Integers

    @property
    def where(self) -> str:
        """The tables as their user knows them."""
        return str(self.places)

    @property
    def n_pairs(self) -> int:
        """Number of pairs that carry information."""
        return int(self.pairs["count"].sum())

    @property
    def positions(self) -> tuple[Integers, Integers]:
        """Positions on the scale of both ratings of each pair."""
        return self.pairs["before"].to_numpy(), self.pairs["after"].to_numpy()

    @property
    def reversed_scale(self) -> list[str]:
        """The notice that more pairs improve than worsen, if they do."""
        before, after = self.positions
        worsening = int(self.pairs["count"].to_numpy()[after > before].sum())
        if self.repairs <= worsening:
            return []
        best, worst = self.scale.best, self.scale.worst
        return [
            f"the ratings look reversed: improving pairs {self.repairs:,}, worsening pairs {worsening:,}, with "
            f"{best} as the best rating; if the other end is the best, fit with scale=({worst}, {best}), or --scale "
            f"{worst}-{best}; the scale of NBI is 9-0"
        ]

    def notices(self) -> list[str]:
        """What users should know about their pairs."""
        notices = self.reversed_scale
        if self.repairs:
            notices.append(f"improving pairs: {self.repairs:,} excluded, treated as repairs")
        if self.from_worst:
            where = f"pairs that start in the worst rating, {self.scale.worst}"
            notices.append(f"{where}: {self.from_worst:,} excluded, as they carry no information")
        months = int(self.pairs["count"].filter(self.pairs["years"] > LONGEST_MEDIAN).sum())
        if months * 2 >= max(1, self.n_pairs):
            notices.append(
                f"the years between inspections look like another unit: {months:,} of {self.n_pairs:,} pairs have more "
                f"than {LONGEST_MEDIAN:g}; if they are months, divide them by 12"
            )
        if long := int(self.pairs["count"].filter(self.pairs["years"] > LONG).sum()):
            notices.append(f"pairs of more than {LONG:g} years: {long:,}; check their dates")
        return notices


def checked_columns(columns: dict[str, str]) -> dict[str, str]:
    """Return the columns that arguments name; refuse them where they are not different."""
    for name, value in columns.items():
        arguments.instance(name, value, str)
    if len(set(columns.values())) < len(columns):
        raise arguments.invalid(", ".join(columns), "must be different columns", ", ".join(columns.values()))
    return {name: column_name(value) for name, value in columns.items()}


def read_pairs(
    table: Table, where: str, columns: dict[str, str], scale: Scale | None, findings: Findings
) -> tuple[SourceTable, list[Column]]:
    """Read a table of pairs, and say how its ratings and years must be."""
    before, after, years = (columns[name] for name in ("before", "after", "years"))
    source = with_arabic_ratings(read_table(table, where, findings), (before, after), findings)
    return source, [
        Column(before, "whole number", required=True, rule=rating_rule(scale), aliases=()),
        Column(after, "whole number", required=True, rule=rating_rule(scale), aliases=()),
        Column(years, "number", required=True, rule=between(*YEARS), aliases=()),
    ]


def only_passed(panel: Pairs, rating: int, passing: npt.NDArray[np.bool_]) -> Problem:
    """The problem that pairs pass a rating that was never seen, at the pair that passes most ratings."""
    before, after = panel.positions
    most = int(np.where(passing, after - before, 0).argmax())
    years, count = panel.pairs["years"][most], panel.pairs["count"].filter(passing).sum()
    ends = f"from {panel.scale.rating(int(before[most]))} to {panel.scale.rating(int(after[most]))}"
    rule = (
        f"must not pass rating {panel.scale.rating(rating)}, which no inspection finds: its hazard has no upper limit; "
        "join it to a neighbour"
    )
    found = f"{count:,} pairs that pass it, such as {ends} in {years:g} years"
    return Problem(rule, found, *panel.places.of(int(panel.first[most])))
