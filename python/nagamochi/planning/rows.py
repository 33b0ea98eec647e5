"""Rows: limits on what all chosen plans together may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network import Network
from nagamochi.network.plan_years import named_year
from nagamochi.network.schemas import ROWS

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TOLERANCE = Fraction(1, 2_000_000_000)
"""Share by which a sum may exceed its bound, so that rounding errors never decide."""
LARGEST_AMOUNT = 2**63 - 1
"""Of the kernels' whole numbers; 140 million million yen."""


@dataclass(frozen=True, eq=False)
class Row:
    """A limit on a sum over bridges: of their yen in some years, or of how many fall below a health.

    Attributes
    ----------
    name : str
        As reports name it, e.g. "budget of year 7".
    bound : float
        Yen, or a number of units; what the sum must not exceed.
    years : (horizon,) int64
        How often the yen of each year count, 0 or more; all 0 where units are counted.
    bridges : (n_bridges,) bool or None
        Which bridges count; None for all.
    health_below : float or None
        Count units whose lowest health over the horizon is below this, by more than rounding errors.
    rounding : int
        By how many of the kernel's parts rounding may raise the sum, where that is more than `TOLERANCE`; else 0.
    """

    name: str
    bound: float
    years: Indices
    bridges: npt.NDArray[np.bool_] | None = None
    health_below: float | None = None
    rounding: int = 0

    @property
    def exact_bound(self) -> int:
        """The bound with its tolerance, in the kernel's parts; at most `LARGEST_AMOUNT`, which no sum can exceed."""
        share, of = TOLERANCE.as_integer_ratio()
        bound, parts = self.bound.as_integer_ratio()
        tolerant = (of * bound + share * abs(bound) << _core.amount_bits) // (of * parts)
        return min(max(tolerant, (bound << _core.amount_bits) // parts + self.rounding), LARGEST_AMOUNT)

    def rounded_in(self, amounts: int) -> Self:
        """Return the same row, allowing for the rounding of so many amounts a year where they exceed its tolerance."""
        rounding = ceil(amounts * int(self.years.sum()) / 2)
        tolerance = self.bound * TOLERANCE * (1 << _core.amount_bits)
        decides = self.health_below is None and 0 < tolerance < rounding
        return replace(self, rounding=rounding) if decides else self

    def in_yen_of(self, yen: float) -> Self:
        """Return the same row with its bound counted in units of so many yen; a number of bridges stays."""
        return self if self.health_below is not None else replace(self, bound=self.bound / yen)

    def excess(self, use: float) -> float:
        """Return by how much a use exceeds the bound: 0 where only by a rounding error."""
        return use - self.bound if use - self.bound > _core.budget_tolerance * self.bound else 0.0

    def counts(self, lowest_health: Numbers) -> npt.NDArray[np.bool_]:
        """Return which units with these lowest healths count; none where the row limits yen."""
        if self.health_below is None:
            return np.zeros(lowest_health.shape, bool)
        low: npt.NDArray[np.bool_] = lowest_health < self.health_below - _core.level_tolerance
        return low

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "name": self.name,
            "bound": self.bound,
            "years": {str(year + 1): int(self.years[year]) for year in np.flatnonzero(self.years)},
            "bridges": None if self.bridges is None else np.flatnonzero(self.bridges).tolist(),
            "health_below": self.health_below,
            **({"rounding": self.rounding} if self.rounding else {}),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any], horizon: int, n_bridges: int) -> Self:
        """Make the row that `record` was made from."""
        years = np.zeros(horizon, np.int64)
        for year, times in record["years"].items():
            years[int(year) - 1] = times
        bridges = None
        if record["bridges"] is not None:
            bridges = np.zeros(n_bridges, bool)
            bridges[record["bridges"]] = True
        rounding = record.get("rounding", 0)
        return cls(record["name"], record["bound"], years, bridges, record["health_below"], rounding)


def yearly_rows(budget: Sequence[float] | Numbers) -> list[Row]:
    """Limit the yen of each year; a year whose budget is infinite has no row."""
    years = np.eye(len(budget), dtype=np.int64)
    return [
        Row(f"budget of year {year + 1}", float(bound), years[year])
        for year, bound in enumerate(budget)
        if isfinite(bound)
    ]


def carry_over_rows(budget: Sequence[float] | Numbers) -> list[Row]:
    """Limit the yen up to each year by the budgets up to then: what a year leaves may be spent later."""
    years = np.tri(len(budget), dtype=np.int64)
    return [
        Row(f"budgets up to year {year + 1}", float(bound), years[year])
        for year, bound in enumerate(np.cumsum(np.asarray(budget, np.float64)))
        if isfinite(bound)
    ]


def rows_of_network(network: Network, units_of_bridge: Indices, horizon: int, *, carry_over: bool) -> list[Row]:
    """Make the rows that the table of rows asks for, of a network that has one.

    Parameters
    ----------
    network : Network
        Whose ``rows`` they are.
    units_of_bridge : (n_bridges,) int64
        Number of units.
    horizon : int
        Years.
    carry_over : bool
        Whether what a year leaves of its budget may be spent in later years of the same row.

    Raises
    ------
    InvalidInput
        A row is about years after the horizon.
    """
    assert network.rows is not None
    owners = np.array(network.owner_of_bridge, object)
    rows: list[Row] = []
    for values in zip(*(network.rows[name].to_list() for name in ROWS.dtypes), strict=True):
        line = dict(zip(ROWS.dtypes, values, strict=True))
        name, owner = line["name"], line["owner"]
        bridges = None if owner is None else owners == owner
        if line["share"] is not None:
            among = int(units_of_bridge.sum() if bridges is None else units_of_bridge[bridges].sum())
            most = float(floor(Fraction(line["share"]) * among * (1 + TOLERANCE)))
            rows.append(Row(name, most, np.zeros(horizon, np.int64), bridges, line["below_health"]))
            continue
        first, last = _years(line, horizon, network.start_year)
        years = np.eye(horizon, dtype=np.int64)[first - 1 : last]
        if line["per"] == "total":
            rows.append(Row(name, line["budget"], years.sum(axis=0), bridges))
        elif carry_over:
            up_to = zip(range(first, last + 1), np.cumsum(years, axis=0), strict=True)
            budgets = ((year, line["budget"] * (year - first + 1), counted) for year, counted in up_to)
            rows += [Row(f"{name}, up to year {year}", bound, counted, bridges) for year, bound, counted in budgets]
        else:
            by_year = zip(range(first, last + 1), years, strict=True)
            rows += [Row(f"{name}, year {year}", line["budget"], counted, bridges) for year, counted in by_year]
    return rows


def _years(line: Mapping[str, Any], horizon: int, start_year: int | None) -> tuple[int, int]:
    """First and last year of a row of the table."""
    years = {"from_year": 1, "to_year": horizon}
    for column, default in years.items():
        years[column] = default if line[column] is None else line[column]
        if years[column] > horizon:
            where = f"the network's rows.csv, {line['name']}, {column}"
            value = named_year(years[column], start_year)
            raise InvalidInput(Problem(f"must be at most the horizon, {horizon} years", value, where))
    return years["from_year"], years["to_year"]


def classes_of_bridges(rows: Sequence[Row], n_bridges: int) -> tuple[Indices, npt.NDArray[np.uint8]]:
    """Group bridges that are in the same rows.

    Returns
    -------
    class_of_bridge : (n_bridges,) int64
    members : (n_rows, n_classes) uint8
        1 where a row sums the bridges of a class.
    """
    masks = {row.bridges.tobytes(): row.bridges for row in rows if row.bridges is not None}  # rows often share one
    packed = np.packbits(np.array(list(masks.values()), bool).reshape(len(masks), n_bridges), axis=0)
    _, first, class_of_bridge = np.unique(packed.T, axis=0, return_index=True, return_inverse=True)
    members = np.ones((len(rows), len(first)), np.uint8)
    for number, row in enumerate(rows):
        if row.bridges is not None:
            members[number] = row.bridges[first]
    return class_of_bridge.ravel().astype(np.int64), members
