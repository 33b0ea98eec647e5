"""What is decided whatever the plan: works, years closed to repairs, and bridges that are removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.records import checksum
from nagamochi.network.arrays import DecidedYears, Indices, Numbers
from nagamochi.network.plan_years import named_year
from nagamochi.network.rules import refuse_unknown
from nagamochi.network.schemas import CLOSED, CURVE_KEY, RETIRE, WORKS
from nagamochi.tables import CheckedTable, Findings

SCHEMAS = {"works": WORKS, "closed": CLOSED, "retire": RETIRE}

STAYS = 2**31
"""Last year of a bridge that is not removed: beyond every horizon."""


class Spending(NamedTuple):
    """Yen that are spent whatever the plans, all (n,)."""

    bridge: Indices
    year: Indices
    yen: Numbers


class Closures(NamedTuple):
    """Years in which bridges must not be repaired, all (n,)."""

    bridge: Indices
    first: Indices
    last: Indices


@dataclass(frozen=True, eq=False)
class Decided:
    """Works, closed years and removals of a network.

    Parameters
    ----------
    works, closed, retire : CheckedTable
        The rows of works.csv, closed.csv and retire.csv.
    years : DecidedYears
        Years of works and removals, for the kernels.
    spending : Spending
        What works cost, then what removals cost.
    closures : Closures
        As `closed`, in numbers.
    """

    works: CheckedTable
    closed: CheckedTable
    retire: CheckedTable
    years: DecidedYears
    spending: Spending
    closures: Closures

    def closed_years(self, horizon: int) -> tuple[Indices, npt.NDArray[np.uint8]]:
        """Return the bridges with closed years, and 1 where a year is closed, (n, horizon)."""
        bridges, row = np.unique(self.closures.bridge, return_inverse=True)
        closed = np.zeros((len(bridges), horizon), np.uint8)
        for bridge, first, last in zip(row, self.closures.first, self.closures.last, strict=True):
            closed[bridge, first - 1 : last] = 1
        return bridges, closed

    def spent(self, bridges: Indices, horizon: int) -> Numbers:
        """Return the yen of some bridges by year, (len(bridges), horizon)."""
        row_of_bridge = np.full(len(self.years.last_year), -1)
        row_of_bridge[bridges] = np.arange(len(bridges))
        row = row_of_bridge[self.spending.bridge]
        own = row >= 0
        yen = np.zeros((len(bridges), horizon))
        np.add.at(yen, (row[own], self.spending.year[own] - 1), self.spending.yen[own])
        return yen

    def check_horizon(self, horizon: int) -> None:
        """Refuse works and removals after the horizon.

        Raises
        ------
        InvalidInput
            With all of them, by row.
        """
        if (self.spending.year <= horizon).all():
            return
        findings = Findings()
        for table in (self.works, self.retire):
            late = (table.frame["year"] > horizon).arg_true()
            findings.refuse_rows(table.source, "year", f"must be within the {horizon} years planned", late)
        findings.raise_problems()

    @property
    def digest(self) -> str:
        """Of all rows, in hexadecimal."""
        return checksum({table: getattr(self, table).frame.rows() for table in SCHEMAS})


def decided_of(
    works: CheckedTable, closed: CheckedTable, retire: CheckedTable, bridge_ids: pl.Series, curves: pl.DataFrame
) -> Decided | None:
    """Put tables without faults into numbers, for curves in the order of the arrays; None where all are empty."""
    if works.frame.is_empty() and closed.frame.is_empty() and retire.frame.is_empty():
        return None
    index = {name: number for number, name in enumerate(bridge_ids.to_list())}
    bridges = {
        table: np.array([index[name] for name in rows.frame["bridge_id"].to_list()], np.int64)
        for table, rows in (("works", works), ("closed", closed), ("retire", retire))
    }
    pairs = matches(works.frame, curves).sort("curve", "year")
    works_of_curve = np.bincount(pairs["curve"].to_numpy(), minlength=len(curves))
    last_year = np.full(len(bridge_ids), STAYS)
    last_year[bridges["retire"]] = retire.frame["year"].to_numpy() - 1
    return Decided(
        works=works,
        closed=closed,
        retire=retire,
        years=DecidedYears(np.append(0, works_of_curve.cumsum()), pairs["year"].to_numpy().copy(), last_year),
        spending=Spending(
            np.concatenate([bridges["works"], bridges["retire"]]),
            np.concatenate([works.frame["year"].to_numpy(), retire.frame["year"].to_numpy()]),
            np.concatenate([works.frame["cost"].to_numpy(), retire.frame["cost"].to_numpy()]) + 0.0,
        ),
        closures=Closures(bridges["closed"], closed.frame["from"].to_numpy(), closed.frame["to"].to_numpy()),
    )


def matches(works: pl.DataFrame, curves: pl.DataFrame) -> pl.DataFrame:
    """Return the curves of each work: row (of the works), curve (row of the curves), year.

    A work applies to every curve of its bridge that has its member, damage and location; an empty one stands for all.
    """
    keys = curves.select(pl.int_range(pl.len()).alias("curve"), *CURVE_KEY)
    pairs = works.select(pl.int_range(pl.len()).alias("row"), "year", *CURVE_KEY).join(
        keys, on="bridge_id", how="inner", maintain_order="left_right", suffix="_of_curve"
    )
    fits = [pl.col(name).is_null() | (pl.col(name) == pl.col(f"{name}_of_curve")) for name in CURVE_KEY[1:]]
    return pairs.filter(pl.all_horizontal(fits).fill_null(False)).select("row", "curve", "year")


def check_decided(
    works: CheckedTable,
    closed: CheckedTable,
    retire: CheckedTable,
    bridges: CheckedTable,
    curves: CheckedTable,
    start_year: int | None,
    findings: Findings,
) -> None:
    """Check the tables of what is decided against each other and against the bridges and curves."""
    if works.frame.is_empty() and closed.frame.is_empty() and retire.frame.is_empty():
        return
    for table in (works, closed, retire):
        refuse_unknown(table, "bridge_id", bridges, findings)
    backwards = (closed.frame["from"] > closed.frame["to"]).fill_null(False).arg_true()
    findings.refuse_rows(closed.source, "from", "must not be after to", backwards)
    if curves.complete:
        _check_curves(works, curves, findings)
    named = partial(named_year, start_year=start_year)
    _refuse_works_after_removal(works, retire, named, findings)
    _refuse_works_in_closed_years(works, closed, named, findings)


def _check_curves(works: CheckedTable, curves: CheckedTable, findings: Findings) -> None:
    """Refuse works on no curve, and two works of one curve in one year."""
    pairs = matches(works.frame, curves.frame)
    known = works.frame["bridge_id"].is_in(curves.frame["bridge_id"].implode())
    matched = pl.int_range(len(works.frame), eager=True).is_in(pairs["row"].implode())
    findings.refuse_rows(
        works.source,
        CURVE_KEY,
        f"must be a curve of {curves.source.where}; an empty member, damage or location stands for all",
        (known & ~matched).fill_null(False).arg_true(),
        value=lambda i: works.source.cells_of(i, CURVE_KEY),
    )
    first = pairs.with_columns(first=pl.col("row").min().over("curve", "year"))
    repeats = first.filter(pl.col("row") > pl.col("first"), pl.col("year").is_not_null()).unique("row", keep="first")
    row_of = dict(repeats.select("row", "first").iter_rows())
    findings.refuse_rows(
        works.source,
        "year",
        lambda i: f"must not be a second work on a curve in one year, after that of row {works.source.rows[row_of[i]]}",
        repeats["row"].sort(),
    )


def _refuse_works_after_removal(
    works: CheckedTable, retire: CheckedTable, named: Callable[[int], str], findings: Findings
) -> None:
    removed = retire.frame.select("bridge_id", pl.int_range(pl.len()).alias("other"), removed="year")
    late = _pairs(works, removed.drop_nulls()).filter(pl.col("year") >= pl.col("removed"))
    late = late.unique("row", keep="first", maintain_order=True)
    found = {row: (other, year) for row, other, year in late.select("row", "other", "removed").iter_rows()}
    findings.refuse_rows(
        works.source,
        "year",
        lambda i: (
            f"must be before year {named(found[i][1])}, in which {retire.source.where}, row "
            f"{retire.source.rows[found[i][0]]}, removes the bridge"
        ),
        late["row"],
    )


def _refuse_works_in_closed_years(
    works: CheckedTable, closed: CheckedTable, named: Callable[[int], str], findings: Findings
) -> None:
    ranges = closed.frame.select("bridge_id", "from", "to", other=pl.int_range(pl.len()))
    inside = _pairs(works, ranges.drop_nulls()).filter(pl.col("year").is_between("from", "to"))
    inside = inside.unique("row", keep="first", maintain_order=True)
    found = {row: others for row, *others in inside.select("row", "other", "from", "to").iter_rows()}
    findings.refuse_rows(
        works.source,
        "year",
        lambda i: (
            f"must not be from {named(found[i][1])} to {named(found[i][2])}, which {closed.source.where}, row "
            f"{closed.source.rows[found[i][0]]}, closes to works"
        ),
        inside["row"],
    )


def _pairs(works: CheckedTable, others: pl.DataFrame) -> pl.DataFrame:
    """Join the works with other rows of the same bridge."""
    rows = works.frame.select("bridge_id", "year", row=pl.int_range(pl.len()))
    return rows.join(others, on="bridge_id", how="inner", maintain_order="left_right")
