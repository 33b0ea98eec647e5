"""What health below a threshold counts as cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nagamochi.base import arguments
from nagamochi.planning.space import PlanSpace

PRICE_OF_NEVER = 1.0
"""Default scale of the price where plans may leave out all repairs: else leaving them out would always be cheapest."""
BELOW = 2.0
"""Default threshold of health: judgement III of the Japanese inspections is taken to begin there (an assumption)."""
LARGEST_PRICE = 1e6


@dataclass(frozen=True)
class Shortfall:
    """What health below a threshold counts.

    The shortfall of a curve in a year is how far its health is below the threshold, as long as its bridge stands, times
    the importance of the bridge. One point of it counts as much as one repair of the curve at health 1, times
    ``price``; in the cost it counts at its present value.

    Parameters
    ----------
    price : float, optional
        Scale, at least 0; 0 leaves shortfall out of the cost. By default 1 where "never" is among the levels of the
        plan space, else 0. An assumed value, as is the threshold.
    below : float
        Threshold of health, from 1 to 5.

    Examples
    --------
    >>> Shortfall(price=1.0)
    Shortfall(price=1.0, below=2.0)
    """

    price: float | None = None
    below: float = BELOW

    def __post_init__(self) -> None:
        if self.price is not None:
            price = arguments.number("shortfall price", self.price, at_least=0, at_most=LARGEST_PRICE)
            object.__setattr__(self, "price", price)
        object.__setattr__(self, "below", arguments.number("shortfall below", self.below, at_least=1, at_most=5))

    @property
    def scale(self) -> float:
        """The price; 0 where neither it nor a plan space is given."""
        return 0.0 if self.price is None else self.price

    def within(self, space: PlanSpace) -> Shortfall:
        """Return it with the price that is usual in a plan space, unless it has its own."""
        if self.price is not None:
            return self
        return replace(self, price=PRICE_OF_NEVER if space.has_never else 0.0)


DEFAULT_SHORTFALL = Shortfall()
"""What problems count if they do not say it."""
WITHOUT_SHORTFALL = Shortfall(price=0.0, below=2.0)
"""What plans without a record of it count."""
