"""Policies: what to do by the rating that an inspection finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.policy.chains import Chains, Indices

Rhythm = tuple[float, float]  # years between periodic inspections, and between additional ones; 0: none of these

MOST_YEARS = 100  # between periodic inspections
POLICY_COLUMNS = ("interval", "repair_at", "watch_from", "repair_on_watch_at")


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
        Watch from this rating on: additional inspections until one of them finds `repair_on_watch_at` or worse and the
        section is repaired, or the next periodic inspection comes. By default nothing is watched.
    repair_on_watch_at : int, optional
        By default the worst rating.
    spacing : float, optional
        Years between additional inspections: by default 1, and half a year where `interval` is 1.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

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
        _check_spacing(self.spacing)
        if _rhythm(self.interval, self.spacing)[1] == 0:
            raise arguments.invalid("spacing", f"must be below the interval, {self.interval}", self.spacing)

    @property
    def kind(self) -> Literal["basic", "additional"]:
        """Whether there are additional inspections."""
        return "basic" if self.watch_from is None else "additional"

    @property
    def rhythm(self) -> Rhythm:
        """Years between periodic and between additional inspections, 0 where there are none of these."""
        return (float(self.interval), 0.0) if self.watch_from is None else _rhythm(self.interval, self.spacing)


@dataclass(frozen=True)
class PolicySpace:
    """The policies to choose from: all thresholds with all of these intervals.

    Parameters
    ----------
    intervals : sequence of int
        Years between periodic inspections; by default 1 to 10.
    watch : bool
        Whether to include policies with additional inspections.
    repair_on_watch_at : int or "free", optional
        Rating from which watched sections are repaired: by default the worst, or ``"free"`` to choose from all.
    spacing : float, optional
        Years between additional inspections: by default 1, and half a year for an interval of 1.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi.policy import Sections
    >>> section = Sections(hazards=[0.5] * 6, repair_cost=100, inspection_cost=1, discount_rate=0.04)
    >>> len(section.evaluate_all(PolicySpace()).policies)
    210
    >>> len(section.evaluate_all(PolicySpace(repair_on_watch_at="free")).policies)
    610
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
        _check_spacing(self.spacing)

    @property
    def rhythms(self) -> list[Rhythm]:
        """Years between periodic and between additional inspections, by interval."""
        if not self.watch:
            return [(float(years), 0.0) for years in self.intervals]
        return [_rhythm(years, self.spacing) for years in self.intervals]

    def left_out(self, chains: Chains) -> list[str]:
        """Explain which policies are left out: a given matrix has no answer for them, or there are none."""
        notices = [
            f"interval {years:g}: no policy with additional inspections, because the matrix is of {chains.period:g} "
            f"years and these would be {spacing:g} years apart"
            for years, spacing in self.rhythms
            if spacing and not chains.allow(spacing)
        ]
        if self.watch and self.spacing is not None and self.spacing >= max(self.intervals):
            notices.append(
                f"no policy with additional inspections, because no interval is above {self.spacing:g} years"
            )
        return notices


@dataclass(frozen=True, eq=False, repr=False)
class PolicyTable:
    """Policies in rows; ``table[row]`` is a :class:`Policy`.

    Parameters
    ----------
    rhythms : tuple of (float, float)
        Years between periodic and between additional inspections, 0 where there are none of these.
    repairs_on_watch : tuple of int
        Ratings from which watched sections may be repaired.
    rows : numpy.ndarray of int
        ``(policies, 4)`` as the kernels take them: index of the rhythm, repair_at, watch_from (repair_at where nothing
        is watched), repair_on_watch_at.
    spacing : float or None
        Years between additional inspections, if they were given.
    """

    rhythms: tuple[Rhythm, ...]
    repairs_on_watch: tuple[int, ...]
    rows: Indices
    spacing: float | None

    @classmethod
    def within(cls, space: PolicySpace, chains: Chains) -> PolicyTable:
        """Return the policies of a space for which the chains have transition probabilities."""
        arguments.instance("space", space, PolicySpace)
        repairs_on_watch = [chains.ratings] if chains.ratings > 2 else []
        if space.repair_on_watch_at == "free":
            repairs_on_watch = list(range(3, chains.ratings + 1))
        elif space.repair_on_watch_at is not None:
            rating = space.repair_on_watch_at
            most = chains.ratings
            repairs_on_watch = [arguments.whole_number("repair_on_watch_at", rating, at_least=3, at_most=most)]
        rhythms = []
        for years, spacing in space.rhythms:
            if not chains.allow(years):
                rule = f"must be multiples of {chains.period:g} years, the period of the matrix"
                raise arguments.invalid("intervals", rule, years)
            rhythms.append((years, spacing if spacing and chains.allow(spacing) else 0.0))
        core = core_space(rhythms, repairs_on_watch, chains)
        return cls(tuple(rhythms), tuple(repairs_on_watch), core.policies, space.spacing)

    @classmethod
    def of(cls, policy: Policy, chains: Chains) -> PolicyTable:
        """Return a table of one policy, which the chains must allow."""
        arguments.instance("policy", policy, Policy)
        for name in ("repair_at", "repair_on_watch_at"):
            if (rating := getattr(policy, name)) is not None:
                arguments.whole_number(name, rating, at_least=2, at_most=chains.ratings)
        for name, years in zip(("interval", "spacing"), policy.rhythm, strict=True):
            if years and not chains.allow(years):
                rule = f"must be a multiple of {chains.period:g} years, the period of the matrix"
                raise arguments.invalid(name, rule + (" (or give half_steps)" if name == "spacing" else ""), years)
        watch_from = policy.watch_from or policy.repair_at
        row = [0, policy.repair_at, watch_from, policy.repair_on_watch_at or chains.ratings]
        return cls((policy.rhythm,), (), np.array([row]), policy.spacing)

    def core(self, chains: Chains) -> _core.PolicySpace:
        """Return the policies for the kernels."""
        return core_space(self.rhythms, self.repairs_on_watch, chains)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> Policy:
        rhythm, repair_at, watch_from, repair_on_watch_at = self.rows[row].tolist()
        interval = round(self.rhythms[rhythm][0])
        if watch_from == repair_at:
            return Policy(interval, repair_at)
        return Policy(interval, repair_at, watch_from, repair_on_watch_at, self.spacing)

    @property
    def columns(self) -> dict[str, Indices]:
        """``(policies,)`` interval and thresholds; the last two are 0 where nothing is watched."""
        rhythm, repair_at, watch_from, repair_on_watch_at = self.rows.T
        intervals = np.array([round(years) for years, _ in self.rhythms])[rhythm]
        watched = watch_from < repair_at
        columns = (intervals, repair_at, np.where(watched, watch_from, 0), np.where(watched, repair_on_watch_at, 0))
        return dict(zip(POLICY_COLUMNS, columns, strict=True))

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: interval, repair_at, watch_from, repair_on_watch_at; the last two null where nothing is watched."""
        return without_zeros(pl.DataFrame(self.columns))

    def __repr__(self) -> str:
        return f"<PolicyTable of {len(self):,} policies>"


def without_zeros(frame: pl.DataFrame) -> pl.DataFrame:
    """Have null for thresholds that a policy does not have."""
    refuse_lost_threads()
    return frame.with_columns(pl.col(name).replace(0, None) for name in POLICY_COLUMNS)


def core_space(rhythms: Sequence[Rhythm], repairs_on_watch: Sequence[int], chains: Chains) -> _core.PolicySpace:
    """Return all thresholds with these rhythms, for the kernels."""
    years, spacings = zip(*rhythms, strict=True)
    return _core.PolicySpace(
        intervals=years,
        spacings=spacings,
        period=chains.period,
        ratings=chains.ratings,
        repairs_on_watch=repairs_on_watch,
    )


def _rhythm(interval: int, spacing: float | None) -> Rhythm:
    """Return years between inspections; no additional ones where their spacing is not below the interval."""
    if spacing is None:
        spacing = 1.0 if interval > 1 else 0.5
    return float(interval), float(spacing) if spacing < interval else 0.0


def _check_spacing(spacing: float | None) -> None:
    if spacing is not None:
        arguments.number("spacing", spacing, at_least=1 / 365)


PAPERS_SPACE = PolicySpace()
