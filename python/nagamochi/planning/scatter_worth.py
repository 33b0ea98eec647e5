"""What the scatter of ratings costs, and what a better rating is worth."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class ScatterWorth:
    """Four costs of one network, yen at present value, with what counts besides where the problem counts anything.

    Attributes
    ----------
    as_planned : float
        Of the plan for certain ratings, if ratings were certain.
    expected : float
        Of that same plan, expected under scatter.
    best : float
        Of the best plan found for scatter, expected.
    better_rating : float or None
        Of the best plan found where `sigma` is half as large, expected; None where a matrix gives the ratings or the
        health now is a rating.
    n_bridges : int
        Bridges of the network.

    Examples
    --------
    >>> worth = ScatterWorth(as_planned=100e6, expected=112e6, best=106e6, better_rating=102e6, n_bridges=10)
    >>> round(worth.surcharge, 2), worth.saved_per_bridge
    (0.12, 400000.0)
    """

    as_planned: float
    expected: float
    best: float
    better_rating: float | None
    n_bridges: int

    @property
    def surcharge(self) -> float:
        """By what share scatter raises the cost of the plan that does not expect it."""
        return self.expected / self.as_planned - 1 if self.as_planned else 0.0

    @property
    def saved_per_bridge(self) -> float | None:
        """Yen that ratings with half of `sigma` save on each bridge, less than 0 if they cost more; or None."""
        return None if self.better_rating is None else (self.best - self.better_rating) / self.n_bridges

    def to_dict(self) -> dict[str, Any]:
        """Return the costs and what follows from them, as plain values."""
        costs = {"as_planned": self.as_planned, "expected": self.expected, "best": self.best}
        halved = {"better_rating": self.better_rating, "saved_per_bridge": self.saved_per_bridge}
        return {**costs, **halved, "surcharge": self.surcharge, "n_bridges": self.n_bridges}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> ScatterWorth:
        """Return what :meth:`to_dict` was made of."""
        return cls(**{field.name: record[field.name] for field in fields(cls)})
