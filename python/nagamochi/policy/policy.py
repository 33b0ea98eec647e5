"""What to do with the rating that an inspection finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.chain import Chains, Rhythm

MOST_YEARS = 100  # between periodic inspections


@dataclass(frozen=True)
class Policy:
    """Inspect every so many years, and repair, watch or wait by the rating found.

    Parameters
    ----------
    interval : int
        Years between periodic inspections.
    repair_at : int
        Repair at once from this rating on, 2 to the number of ratings (the worst).
    watch_from : int, optional
        Watch from this rating on: additional inspections until one of them finds `repair_on_watch_at` or worse and has
        it repaired, or the next periodic inspection comes. By default nothing is watched.
    repair_on_watch_at : int, optional
        By default the worst rating.
    spacing : float, optional
        Years between additional inspections: by default 1, and half a year where `interval` is 1.

    Examples
    --------
    >>> Policy(interval=4, repair_at=7, watch_from=5).kind
    'additional'
    """

    interval: int
    repair_at: int
    watch_from: int | None = None
    repair_on_watch_at: int | None = None
    spacing: float | None = None

    def __post_init__(self) -> None:
        arguments.whole_number("interval", self.interval, at_least=1)
        arguments.whole_number("repair_at", self.repair_at, at_least=2)
        if self.watch_from is None:
            for name in ("repair_on_watch_at", "spacing"):
                if (value := getattr(self, name)) is not None:
                    raise arguments.invalid(name, "must not be given without watch_from", value)
            return
        arguments.whole_number("watch_from", self.watch_from, at_least=2, at_most=self.repair_at - 1)
        if self.repair_on_watch_at is not None:
            arguments.whole_number("repair_on_watch_at", self.repair_on_watch_at, at_least=2)
        checked_spacing(self.spacing)
        if rhythm(self.interval, self.spacing)[1] == 0:
            raise arguments.invalid("spacing", f"must be below the interval, {self.interval}", self.spacing)

    @property
    def kind(self) -> Literal["basic", "additional"]:
        """Whether there are additional inspections."""
        return "basic" if self.watch_from is None else "additional"

    @property
    def rhythm(self) -> Rhythm:
        """Years between periodic and between additional inspections, 0 where there are none of these."""
        return (float(self.interval), 0.0) if self.watch_from is None else rhythm(self.interval, self.spacing)


@dataclass(frozen=True)
class PolicySpace:
    """The policies to choose from: all thresholds with all of these intervals.

    Parameters
    ----------
    intervals : sequence of int
        Years between periodic inspections; by default 1 to 10.
    watch : bool
        Whether policies with additional inspections are among them.
    repair_on_watch_at : int or "free", optional
        Rating from which watched sections are repaired: by default the worst, or ``"free"`` to choose from all.
    spacing : float, optional
        Years between additional inspections: by default 1, and half a year for an interval of 1.

    Examples
    --------
    >>> from nagamochi.policy import InspectionModel
    >>> model = InspectionModel(hazards=[0.5] * 6, repair_cost=100, inspection_cost=1, discount_rate=0.04)
    >>> len(model.evaluate_all(PolicySpace())), len(model.evaluate_all(PolicySpace(repair_on_watch_at="free")))
    (210, 610)
    """

    intervals: Sequence[int] = tuple(range(1, 11))
    watch: bool = True
    repair_on_watch_at: int | Literal["free"] | None = None
    spacing: float | None = None

    def __post_init__(self) -> None:
        arguments.instance("intervals", self.intervals, Sequence, np.ndarray)
        if not 1 <= len(self.intervals) <= MOST_YEARS:
            raise arguments.invalid("intervals", f"must be 1 to {MOST_YEARS} whole numbers", self.intervals)
        intervals = tuple(self.intervals)
        for n, years in enumerate(intervals):
            arguments.whole_number(f"intervals[{n}]", years, at_least=1, at_most=MOST_YEARS)
            if years in intervals[:n]:
                raise arguments.invalid(f"intervals[{n}]", "must be there only once", years)
        object.__setattr__(self, "intervals", intervals)
        arguments.instance("watch", self.watch, bool)
        if self.repair_on_watch_at not in (None, "free"):
            arguments.whole_number("repair_on_watch_at", self.repair_on_watch_at, at_least=3)
        checked_spacing(self.spacing)

    @property
    def rhythms(self) -> list[Rhythm]:
        """Years between periodic and between additional inspections, by interval."""
        if not self.watch:
            return [(float(years), 0.0) for years in self.intervals]
        return [rhythm(years, self.spacing) for years in self.intervals]


def policies_within(space: PolicySpace, chains: Chains) -> _core.PolicySpace:
    """The policies of a space that there are transition probabilities for, for the kernels."""
    arguments.instance("space", space, PolicySpace)
    on_watch = [] if chains.ratings == 2 else [chains.ratings]
    if space.repair_on_watch_at == "free":
        on_watch = list(range(3, chains.ratings + 1))
    elif space.repair_on_watch_at is not None:
        rating = space.repair_on_watch_at
        on_watch = [arguments.whole_number("repair_on_watch_at", rating, at_least=3, at_most=chains.ratings)]
    rhythms = []
    for years, spacing in space.rhythms:
        if not chains.allow(years):
            raise arguments.invalid("intervals", f"must be multiples of {chains.period:g}, as the matrix", years)
        rhythms.append((years, spacing if chains.allow(spacing) else 0.0))
    return chains.policies(rhythms, on_watch)


def rhythm(interval: int, spacing: float | None) -> Rhythm:
    """Years between inspections; no additional ones where their spacing is not below the interval."""
    if spacing is None:
        spacing = 1.0 if interval > 1 else 0.5
    return float(interval), float(spacing) if spacing < interval else 0.0


def checked_spacing(spacing: float | None) -> None:
    """Refuse what is no time between inspections."""
    if spacing is not None:
        arguments.number("spacing", spacing, at_least=1 / 365)


PAPERS_SPACE = PolicySpace()
