"""How far at most a network plan is from the best possible one, in a form that anybody can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import floor, inf, isfinite
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nagamochi.planning.derived_rows import DerivedBound
from nagamochi.planning.rows import Row
from nagamochi.planning.shortfall import WITHOUT_SHORTFALL, Shortfall

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bound:
    """Prices of the rows, and the lower bound that follows from them for every plan within the rows.

    For any prices of at least 0, the sum over bridges of the least (cost + price x use) among their plans, less
    price x bound of the rows, is a lower bound of cost. Without the costs it is a lower bound of the priced overrun:
    above 0 it proves that no plan keeps all rows.

    Attributes
    ----------
    interval : int or None
        Years between inspections of the plans that it is about; None where each bridge may have its own.
    of_cost : bool
        Whether it bounds the cost; otherwise the priced overrun.
    prices : (n_rows,) float64
        Multiples of 2**-36.
    yen : float or None
        Whole yen, or whole units of the certificate, rounded down; None where a bridge has no allowed plan.
    """

    interval: int | None
    of_cost: bool
    prices: Numbers
    yen: float | None

    @property
    def infeasible(self) -> bool:
        """Whether it proves that no plan keeps the rows."""
        return self.yen is None or (not self.of_cost and self.yen > 0)

    @property
    def least_cost(self) -> float:
        """Yen: no plan within the rows costs less; infinite where there is none."""
        return inf if self.infeasible or self.yen is None else self.yen

    def in_yen_of(self, yen: float, counting: npt.NDArray[np.bool_]) -> Self:
        """Return the same bound in units of so many yen; `counting` says which of its last rows limit no yen."""
        of_rows = np.ones(len(self.prices))
        of_rows[len(self.prices) - len(counting) :][counting] = yen
        return replace(self, prices=self.prices / of_rows, yen=None if self.yen is None else self.yen / yen)

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values; a price of 0 is left out."""
        prices = {str(row): float(price) for row, price in enumerate(self.prices) if price}
        return {"interval": self.interval, "of_cost": self.of_cost, "prices": prices, "yen": self.yen}

    @classmethod
    def from_record(cls, record: Mapping[str, Any], n_rows: int) -> Self:
        """Make the bound that `record` was made from."""
        prices = np.zeros(n_rows)
        for row, price in record["prices"].items():
            prices[int(row)] = price
        return cls(record["interval"], record["of_cost"], prices, record["yen"])


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is proven about a problem.

    Parameters
    ----------
    method : str
        How the bounds were found.
    rows : tuple of Row
        What plans must keep.
    bounds : tuple of Bound
        One for each interval, or one where each bridge may have its own; :func:`verify` checks them.
    searched : float or None
        Yen: a search through all plans found none that costs less, and none at all where it is infinite.
    smallest_flat_budget : tuple of float
        Yen per year, carried over where the problem's budgets are: with less than the first no plan is feasible, with
        the second one is. The second is infinite where no plan is known that keeps everything else.
    flat_bounds : tuple of Bound
        What proves the first of them: bounds of the priced overrun with that budget in every year, and the rows of the
        network.
    change_cost : float
        Yen that count as cost for each unit whose plan differs from a former one: bounds are of the sum.
    residual : {"none", "linear"}
        Whether what plans use up of the curves' value counts as cost, too.
    shortfall : Shortfall
        What health below a threshold counts as cost, too.
    unit : float
        Yen: costs and their bounds count in whole multiples of it. A power of two, 1 unless amounts are small.
    derived_bounds : tuple of DerivedBound
        Larger bounds of cost of some intervals, from rows that follow from `rows`. Prices of a yen are those of
        `bounds`: a larger budget would change what follows.

    Examples
    --------
    >>> row = Row("budget of year 1", 5e6, np.array([1]))
    >>> certificate = Certificate("relaxation", (row,), (Bound(4, True, np.array([0.25]), 100_000_000),))
    >>> certificate.lower_bound, certificate.gap(101e6), certificate.binding
    (100000000, 0.01, ('budget of year 1',))
    """

    method: str
    rows: tuple[Row, ...]
    bounds: tuple[Bound, ...]
    searched: float | None = None
    smallest_flat_budget: tuple[float, float] = (0.0, inf)
    flat_bounds: tuple[Bound, ...] = ()
    change_cost: float = 0.0
    residual: str = "none"
    shortfall: Shortfall = WITHOUT_SHORTFALL
    unit: float = 1.0
    derived_bounds: tuple[DerivedBound, ...] = ()

    @property
    def lower_bound(self) -> float:
        """Yen: no network plan that keeps every row costs less; infinite where none exists."""
        derived = {bound.interval: bound.yen for bound in self.derived_bounds}
        of_intervals = (max(bound.least_cost, derived.get(bound.interval, -inf)) for bound in self.bounds)
        return max(min(of_intervals), -inf if self.searched is None else self.searched)

    @property
    def proven_infeasible(self) -> bool:
        """Whether no plan keeps every row."""
        return self.lower_bound == inf

    @property
    def least_overrun(self) -> float:
        """Yen: no plan overruns the rows that limit yen by less in total, as far as is proven."""
        counting = np.array([row.health_below is not None for row in self.rows], bool)
        for bound in self.bounds:
            if not bound.infeasible or bound.yen is None or bound.prices.max() > 1 or bound.prices[counting].any():
                return 0.0
        return float(min(bound.yen or 0 for bound in self.bounds))

    @property
    def prices(self) -> Numbers:
        """Price of each row at the lower bound, (n_rows,): what one more yen there would save, at most."""
        return min(self.bounds, key=lambda bound: bound.least_cost).prices

    def yearly_prices(self, horizon: int, bridge: int | None = None) -> Numbers:
        """Return what one more yen in each year would save at most, (horizon,).

        Parameters
        ----------
        horizon : int
            Years.
        bridge : int, optional
            A yen for this bridge alone; by default one for any bridge of the network, so that rows of some bridges do
            not count.
        """
        prices = np.zeros(horizon)
        for row, price in zip(self.rows, self.prices.tolist(), strict=True):
            if row.bridges is None or (bridge is not None and row.bridges[bridge]):
                prices += price * row.years
        return prices

    @property
    def binding(self) -> tuple[str, ...]:
        """Names of the rows that have a price: they make the best plan dearer."""
        return tuple(row.name for row, price in zip(self.rows, self.prices, strict=True) if price > 0)

    def gap(self, cost: float) -> float:
        """Return by what share of the bound a cost exceeds it; both count in whole units."""
        bound = self.lower_bound
        whole = floor(cost / self.unit) * self.unit
        return max(0.0, (whole - bound) / bound) if isfinite(bound) and bound > 0 else 0.0

    def in_yen_of(self, yen: float) -> Self:
        """Return the same certificate with every amount counted in units of so many yen, a power of two."""
        if yen == 1:
            return self
        low, high = self.smallest_flat_budget
        counting = np.array([row.health_below is not None for row in self.rows], bool)
        flat = [bound.in_yen_of(yen, counting[len(counting) - len(bound.prices) :]) for bound in self.flat_bounds]
        return replace(
            self,
            rows=tuple(row.in_yen_of(yen) for row in self.rows),
            bounds=tuple(bound.in_yen_of(yen, counting) for bound in self.bounds),
            searched=None if self.searched is None else self.searched / yen,
            smallest_flat_budget=(low / yen, high / yen),
            flat_bounds=tuple(flat),
            change_cost=self.change_cost / yen,
            unit=self.unit / yen,
            derived_bounds=tuple(bound.in_yen_of(yen, counting) for bound in self.derived_bounds),
        )

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain values, for files."""
        return {
            "method": self.method,
            "lower_bound": self.lower_bound,
            "proven_infeasible": self.proven_infeasible,
            "least_overrun": self.least_overrun,
            "binding": self.binding,
            "smallest_flat_budget": self.smallest_flat_budget,
            "searched": None if self.searched is None else {"least_cost": self.searched},
            "rows": [row.record for row in self.rows],
            "bounds": [bound.record for bound in self.bounds],
            "flat_bounds": [bound.record for bound in self.flat_bounds],
            **({"change_cost": self.change_cost} if self.change_cost else {}),
            **({} if self.residual == "none" else {"residual": self.residual}),
            **({} if self.shortfall.scale == 0 else {"shortfall": asdict(self.shortfall)}),
            **({} if self.unit == 1 else {"unit": self.unit}),
            **({"derived_bounds": [bound.record for bound in self.derived_bounds]} if self.derived_bounds else {}),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any], horizon: int, n_bridges: int, network_rows: int = 0) -> Self:
        """Make the certificate that `record` was made from; the last rows are those of the network."""
        low, high = record["smallest_flat_budget"]
        searched = record["searched"]
        rows = tuple(Row.from_record(row, horizon, n_bridges) for row in record["rows"])
        return cls(
            method=record["method"],
            rows=rows,
            bounds=tuple(Bound.from_record(bound, len(rows)) for bound in record["bounds"]),
            searched=None if searched is None else _finite(searched["least_cost"]),
            smallest_flat_budget=(low, _finite(high)),
            flat_bounds=tuple(Bound.from_record(bound, horizon + network_rows) for bound in record["flat_bounds"]),
            change_cost=record.get("change_cost", 0.0),
            residual=record.get("residual", "none"),
            shortfall=Shortfall(**record.get("shortfall", asdict(WITHOUT_SHORTFALL))),
            unit=record.get("unit", 1.0),
            derived_bounds=tuple(
                DerivedBound.from_record(bound, len(rows)) for bound in record.get("derived_bounds", ())
            ),
        )


def _finite(value: float | None) -> float:
    """Read a number that files hold as null where it is infinite."""
    return inf if value is None else value
