"""Rows that follow from those of a problem because every unit has one whole plan, and the bounds that they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DerivedRow:
    """What plans within the rows keep besides.

    Beyond the least that they can use of a row, all plans share its room. Either a plan counts
    ``floor(parts x use beyond the least / (room + 1))`` and all together count at most ``parts - 1``; or of some plans,
    each two of which together need more than the room of some row, at most one is chosen.

    Attributes
    ----------
    price : float
        Yen for each that counts.
    row, parts : int or None
        Index of the row whose room is cut into parts.
    plans : (n, 2) int64 or None
        Unit and plan of each that excludes the others.
    """

    price: float
    row: int | None = None
    parts: int | None = None
    plans: Indices | None = None

    @property
    def most(self) -> int:
        """What all plans together may count."""
        return 1 if self.parts is None else self.parts - 1

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        if self.plans is None:
            return {"row": self.row, "parts": self.parts, "price": self.price}
        return {"plans": self.plans.tolist(), "price": self.price}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Make the row that `record` was made from."""
        plans = np.array(record["plans"], np.int64).reshape(-1, 2) if "plans" in record else None
        return cls(record["price"], record.get("row"), record.get("parts"), plans)


@dataclass(frozen=True, eq=False)
class DerivedBound:
    """A lower bound of cost from prices of the rows and of rows derived from them.

    Attributes
    ----------
    interval : int or None
        Years between inspections of the plans that it is about; None where each bridge may have its own.
    prices : (n_rows,) float64
        Multiples of 2**-36.
    derived : tuple of DerivedRow
        With prices that are multiples of 2**-36.
    yen : float
        Whole yen, or whole units of the certificate, rounded down.
    """

    interval: int | None
    prices: Numbers
    derived: tuple[DerivedRow, ...]
    yen: float

    def in_yen_of(self, yen: float, counting: npt.NDArray[np.bool_]) -> Self:
        """Return the same bound in units of so many yen; `counting` says which of its rows limit no yen."""
        return replace(
            self,
            prices=self.prices / np.where(counting, yen, 1.0),
            derived=tuple(replace(row, price=row.price / yen) for row in self.derived),
            yen=self.yen / yen,
        )

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values; a price of 0 is left out."""
        prices = {str(row): float(price) for row, price in enumerate(self.prices) if price}
        derived = [row.record for row in self.derived]
        return {"interval": self.interval, "prices": prices, "derived": derived, "yen": self.yen}

    @classmethod
    def from_record(cls, record: Mapping[str, Any], n_rows: int) -> Self:
        """Make the bound that `record` was made from."""
        prices = np.zeros(n_rows)
        for row, price in record["prices"].items():
            prices[int(row)] = price
        derived = tuple(DerivedRow.from_record(row) for row in record["derived"])
        return cls(record["interval"], prices, derived, record["yen"])
