"""The proof that comes with a plan: how much better any other could be."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.planning.rows import Row

Numbers = npt.NDArray[np.float64]

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Bound:
    """Prices of the rows, and the lower bound that follows from them for every plan within the rows.

    For any prices of at least 0, the sum over bridges of the least (cost + price x use) among their plans, less
    price x bound of the rows, is a lower bound of cost. Without the costs it is a lower bound of the priced overrun:
    above 0 no plan keeps all rows.

    Attributes
    ----------
    interval : int or None
        Years between inspections that it holds for; None where each bridge may have its own.
    of_cost : bool
        Whether it bounds the cost; otherwise it proves that no plan keeps the rows.
    prices : (n_rows,) float64
        Multiples of 2**-36.
    yen : int or None
        Whole yen, rounded down; None where a bridge has no allowed plan.
    """

    interval: int | None
    of_cost: bool
    prices: Numbers
    yen: int | None

    @property
    def infeasible(self) -> bool:
        """Whether it proves that no plan keeps the rows."""
        return self.yen is None or (not self.of_cost and self.yen > 0)

    def to_dict(self) -> dict[str, Any]:
        """Describe the bound in plain numbers; a price that is 0 is left out."""
        prices = {str(row): float(price) for row, price in enumerate(self.prices) if price}
        return {"interval": self.interval, "of_cost": self.of_cost, "prices": prices, "yen": self.yen}

    @classmethod
    def from_dict(cls, plain: dict[str, Any], n_rows: int) -> Bound:
        """Read what :meth:`to_dict` gave."""
        prices = np.zeros(n_rows)
        for row, price in plain["prices"].items():
            prices[int(row)] = price
        return cls(plain["interval"], plain["of_cost"], prices, plain["yen"])


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is proved about a plan.

    Attributes
    ----------
    method : str
        Solver that found it.
    cost : int
        Present value of the plan's inspections and repairs, whole yen, rounded down.
    rows : tuple of Row
        What the plan must keep.
    use : (n_rows,) float64
        What it uses of each row.
    bounds : tuple of Bound
        One for each interval, or one where each bridge may have its own.
    complete : bool
        Whether a search has excluded every plan that costs less, or every plan that keeps the rows.
    interrupted : bool
        Whether the search was stopped: bound and plan are the best so far.
    smallest_flat_budget : tuple of float or None
        No flat budget below the first number can be kept, the second can be; yen per year.
    """

    method: str
    cost: int
    rows: tuple[Row, ...]
    use: Numbers
    bounds: tuple[Bound, ...]
    complete: bool = False
    interrupted: bool = False
    smallest_flat_budget: tuple[float, float] | None = None

    @property
    def feasible(self) -> bool:
        """Whether the plan keeps all rows."""
        return not len(self.overrun.nonzero()[0])

    @property
    def overrun(self) -> Numbers:
        """By how much the plan exceeds each row, (n_rows,)."""
        limits = np.array([row.exact_bound for row in self.rows], np.float64)
        over = self.use - limits / 2.0**16
        return np.where(over > 0, self.use - np.array([row.bound for row in self.rows]), 0.0)

    @property
    def proven_infeasible(self) -> bool:
        """Whether no plan at all keeps the rows."""
        return all(bound.infeasible for bound in self.bounds) or (self.complete and not self.feasible)

    @property
    def lower_bound(self) -> int | None:
        """No plan that keeps the rows costs less, whole yen; None where there is no such plan."""
        if self.complete:
            return self.cost if self.feasible else None
        return min((bound.yen for bound in self.bounds if not bound.infeasible and bound.yen is not None), default=None)

    @property
    def gap(self) -> float | None:
        """How far the plan's cost is above the lower bound at most, as a share of it; None for an infeasible plan."""
        if not self.feasible or self.lower_bound is None:
            return None
        above = self.cost - self.lower_bound
        return 0.0 if above <= 0 else above / self.lower_bound if self.lower_bound > 0 else inf

    @property
    def prices(self) -> Numbers:
        """Prices of the rows at the lower bound, (n_rows,): what one more yen of each would save, nearly."""
        best = min(
            (bound for bound in self.bounds if not bound.infeasible),
            key=lambda bound: bound.yen or 0,
            default=self.bounds[0],
        )
        return best.prices

    @property
    def binding(self) -> tuple[str, ...]:
        """Names of the rows that raise the cost."""
        return tuple(row.name for row, price in zip(self.rows, self.prices, strict=True) if price > 0)

    def to_dict(self) -> dict[str, Any]:
        """Describe the certificate in plain numbers, text, lists and dicts, as certificate.json holds it."""
        return {
            "format": FORMAT,
            "method": self.method,
            "complete": self.complete,
            "interrupted": self.interrupted,
            "cost": self.cost,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "feasible": self.feasible,
            "proven_infeasible": self.proven_infeasible,
            "smallest_flat_budget": None if self.smallest_flat_budget is None else list(self.smallest_flat_budget),
            "binding": list(self.binding),
            "rows": [
                {
                    "name": row.name,
                    "bound": row.bound,
                    "use": use,
                    "years": {str(year + 1): int(row.years[year]) for year in np.flatnonzero(row.years)},
                    "bridges": None if row.bridges is None else np.flatnonzero(row.bridges).tolist(),
                    "health_below": row.health_below,
                }
                for row, use in zip(self.rows, self.use.tolist(), strict=True)
            ],
            "bounds": [bound.to_dict() for bound in self.bounds],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any], horizon: int, n_bridges: int) -> Certificate:
        """Read what :meth:`to_dict` gave."""
        rows = tuple(_row_from_dict(row, horizon, n_bridges) for row in plain["rows"])
        flat = plain["smallest_flat_budget"]
        return cls(
            method=plain["method"],
            cost=plain["cost"],
            rows=rows,
            use=np.array([row["use"] for row in plain["rows"]], np.float64),
            bounds=tuple(Bound.from_dict(bound, len(rows)) for bound in plain["bounds"]),
            complete=plain["complete"],
            interrupted=plain["interrupted"],
            smallest_flat_budget=None if flat is None else (flat[0], flat[1]),
        )


def _row_from_dict(plain: dict[str, Any], horizon: int, n_bridges: int) -> Row:
    years = np.zeros(horizon, np.int64)
    for year, coefficient in plain["years"].items():
        years[int(year) - 1] = coefficient
    bridges = None
    if plain["bridges"] is not None:
        bridges = np.zeros(n_bridges, bool)
        bridges[plain["bridges"]] = True
    return Row(plain["name"], plain["bound"], years, bridges, plain["health_below"])
