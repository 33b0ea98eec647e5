"""The plans that a bridge may have."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base.arguments import invalid, number, whole_number
from nagamochi.base.cached import cached_property

NEVER_NAME = "never"
NEVER = 0.0
"""Level of plans without repairs, "never" in files and tables: no health is so low."""


class Plan(NamedTuple):
    """One inspection and repair plan of a bridge."""

    level: float
    first_year: int
    interval: int
    delay: int = 1


@dataclass(frozen=True)
class PlanSpace:
    """All combinations of repair level, first inspection year, inspection interval and delay of repairs.

    Inspections are in years ``first_year``, ``first_year + interval``, ..; whatever one finds at or below the repair
    level is repaired ``delay`` years after it, before any inspection of that year, and is not ordered again until then.
    A repair costs what the health of the year before it asks for: with a delay of 1 the health found. Plans are
    numbered by interval, then level, then delay, then first year.

    Parameters
    ----------
    levels : sequence of float
        Repair levels, health above 1 and below 5; ``NEVER``, or "never", stands for plans without repairs. It
        becomes the last level and is combined with the first delay only: to plans without repairs delays make no
        difference.
    first_years, intervals : sequence of int
        Years, at least 1.
    delays : sequence of int
        Years from an inspection to its repairs, at least 1, at most the shortest interval.
    urgent_below : float, optional
        What an inspection finds below this health, above 1 and below 5, waits for `urgent_delay` years at most,
        whatever the plan's delay. By default nothing is urgent.
    urgent_delay : int
        Years, at least 1.

    Examples
    --------
    >>> space = PlanSpace(levels=(3.5, 2.5), first_years=(1, 2), intervals=(5,))
    >>> space.n_plans
    4
    >>> space.plan(3)
    Plan(level=2.5, first_year=2, interval=5, delay=1)
    """

    levels: Sequence[float]
    first_years: Sequence[int]
    intervals: Sequence[int]
    delays: Sequence[int] = (1,)
    urgent_below: float | None = None
    urgent_delay: int = 2

    def __post_init__(self) -> None:
        for name in ("levels", "first_years", "intervals", "delays"):
            values = getattr(self, name)
            if isinstance(values, (str, numbers.Number)) or len(values) == 0:
                raise invalid(name, "must be a sequence of at least one number", values)
            check = _level if name == "levels" else _years
            checked = tuple(check(f"{name}[{i}]", value) for i, value in enumerate(values))
            if len(set(checked)) < len(checked):
                raise invalid(name, "must not repeat a number", values)
            if name == "levels":
                checked = tuple(sorted(checked, key=lambda level: level == NEVER))
            object.__setattr__(self, name, checked)
        if max(self.delays) > min(self.intervals):
            rule = f"must not be longer than the shortest interval, {min(self.intervals)} years"
            raise invalid("delays", rule, max(self.delays))
        if self.urgent_below is not None:
            object.__setattr__(self, "urgent_below", _health("urgent_below", self.urgent_below))
        object.__setattr__(self, "urgent_delay", _years("urgent_delay", self.urgent_delay))

    @classmethod
    def study(cls) -> PlanSpace:
        """Return the 128 plans of the bridge study: its levels, first years and intervals.

        Examples
        --------
        >>> PlanSpace.study().n_plans
        128
        """
        return cls(levels=(4.0, 3.5, 3.0, 2.5), first_years=(1, 2, 3, 4), intervals=(4, 5, 6, 7, 8, 9, 10, 11))

    @classmethod
    def practice(cls) -> PlanSpace:
        """Return plans of an office: an inspection every 5 years, repairs within 5 years of it, or never.

        Examples
        --------
        >>> PlanSpace.practice().n_plans
        155
        """
        return cls(
            levels=(4.0, 3.5, 3.0, 2.5, 2.0, 1.5, NEVER),
            first_years=(1, 2, 3, 4, 5),
            intervals=(5,),
            delays=(1, 2, 3, 4, 5),
        )

    def with_intervals(self, intervals: Sequence[int]) -> PlanSpace:
        """Return the space with other intervals, and with those of its delays that fit into the shortest; else 1.

        Examples
        --------
        >>> PlanSpace.practice().with_intervals((2, 4)).delays
        (1, 2)
        """
        return replace(
            self, intervals=intervals, delays=[delay for delay in self.delays if delay <= min(intervals)] or [1]
        )

    @property
    def n_plans(self) -> int:
        """Number of plans."""
        return len(self.plans)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """All plans in order."""
        combined = product(self.intervals, self.rules, self.first_years)
        return tuple(Plan(level, first_year, interval, delay) for interval, (level, delay), first_year in combined)

    @cached_property
    def rules(self) -> tuple[tuple[float, int], ...]:
        """What is repaired, and when: all combinations of level and delay, by level; `NEVER` with the first delay."""
        rules = product(self.levels, self.delays)
        return tuple((level, delay) for level, delay in rules if level != NEVER or delay == self.delays[0])

    def plan(self, index: int) -> Plan:
        """Look up the plan of an index, 0 to ``n_plans - 1``."""
        index = whole_number("index", index, at_least=0, at_most=self.n_plans - 1)
        return self.plans[index]

    def to_frame(self) -> pl.DataFrame:
        """Tabulate the plans in order: level, first_year, interval, and delay if it may be other than 1.

        If "never" is among the levels, the column level is text; plans without repairs have no delay.
        """
        kinds = (pl.Float64, pl.Int64, pl.Int64, pl.Int64)
        frame = pl.DataFrame(self.plans, schema=dict(zip(Plan._fields, kinds, strict=True)), orient="row")
        if self.has_never:
            named = pl.Series([level_name(level) for level in self.levels], dtype=pl.String)
            frame = frame.with_columns(
                pl.col("level").replace_strict(list(self.levels), named),
                delay=pl.when(pl.col("level") != NEVER).then("delay"),
            )
        return frame if self.has_delays else frame.drop("delay")

    @property
    def has_delays(self) -> bool:
        """Whether any plan repairs later than in the year after an inspection."""
        return self.delays != (1,)

    @property
    def has_never(self) -> bool:
        """Whether plans without repairs are among the plans."""
        return NEVER in self.levels

    @property
    def has_urgent(self) -> bool:
        """Whether any plan repairs what is urgent before the rest."""
        return self.urgent_below is not None and self.urgent_delay < max(self.delays) and self.levels != (NEVER,)

    @property
    def shortest_delay(self) -> int:
        """Years from an inspection to the first repair that any plan can make."""
        return min(self.urgent_delay_of(delay) for delay in self.delays)

    def urgent_delay_of(self, delay: int) -> int:
        """Return the years from an inspection to urgent repairs under a plan with a delay."""
        return delay if self.urgent_below is None else min(delay, self.urgent_delay)

    def repair_years(self, plan: Plan, horizon: int) -> npt.NDArray[np.int64]:
        """Return the years in which a plan may repair, in order."""
        delays = {plan.delay, self.urgent_delay_of(plan.delay)}
        years = (np.arange(plan.first_year + delay, horizon + 1, plan.interval) for delay in delays)
        return np.sort(np.concatenate([*years]))

    @property
    def record(self) -> dict[str, Any]:
        """The arguments that make an equal space, as plain values, for files."""
        levels = [NEVER_NAME if level == NEVER else level for level in self.levels]
        years = {"first_years": list(self.first_years), "intervals": list(self.intervals)}
        urgent = {"urgent_below": self.urgent_below, "urgent_delay": self.urgent_delay}
        return {
            "levels": levels,
            **years,
            **({"delays": list(self.delays)} if self.has_delays else {}),
            **({} if self.urgent_below is None else urgent),
        }

    def core(self, horizon: int) -> _core.PlanLayout:
        """Make the kernels' view of the plans over years 1 to ``horizon``."""
        return _core.PlanLayout(
            levels=list(self.levels),
            first_years=list(self.first_years),
            intervals=list(self.intervals),
            horizon=horizon,
            delays=list(self.delays),
            urgent_below=NEVER if self.urgent_below is None else self.urgent_below,
            urgent_delay=self.urgent_delay,
        )


def level_name(level: float) -> str:
    """Return what files, commands and tables call a level."""
    return NEVER_NAME if level == NEVER else f"{level:g}"


def _level(name: str, value: object) -> float:
    if value in (NEVER, NEVER_NAME):
        return NEVER
    return _health(name, value)


def _health(name: str, value: object) -> float:
    health = number(name, value)
    if not 1 < health < 5:
        raise invalid(name, "must be above 1 and below 5", value)
    return health


def _years(name: str, value: object) -> int:
    return whole_number(name, value, at_least=1, at_most=1000)


DEFAULT_SPACE = PlanSpace.practice()
"""The plans to choose from where nothing else is asked for."""
