"""The plans that a bridge may have."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from nagamochi import _core
from nagamochi.base.arguments import invalid, number, whole_number


class Plan(NamedTuple):
    """One inspection and repair plan of a bridge."""

    level: float
    first_year: int
    interval: int


@dataclass(frozen=True)
class PlanSpace:
    """All combinations of repair level, first inspection year and inspection interval.

    Inspections are in years ``first_year``, ``first_year + interval``, ..; whatever one finds at or below the repair
    level is repaired in the year after it. Plans are numbered by interval, then level, then first year.

    Parameters
    ----------
    levels : sequence of float
        Repair levels, health above 1 and below 5.
    first_years, intervals : sequence of int
        Years, at least 1.

    Examples
    --------
    >>> space = PlanSpace(levels=(3.5, 2.5), first_years=(1, 2), intervals=(5,))
    >>> space.n_plans
    4
    >>> space.plan(3)
    Plan(level=2.5, first_year=2, interval=5)
    """

    levels: Sequence[float]
    first_years: Sequence[int]
    intervals: Sequence[int]

    def __post_init__(self) -> None:
        for name in ("levels", "first_years", "intervals"):
            values = getattr(self, name)
            if isinstance(values, (str, numbers.Number)) or len(values) == 0:
                raise invalid(name, "must be a sequence of at least one number", values)
            check = _level if name == "levels" else _years
            checked = tuple(check(f"{name}[{i}]", value) for i, value in enumerate(values))
            if len(set(checked)) < len(checked):
                raise invalid(name, "must not repeat a number", values)
            object.__setattr__(self, name, checked)

    @classmethod
    def study(cls) -> PlanSpace:
        """Return the 128 plans of the bridge study: its levels, first years and intervals.

        Examples
        --------
        >>> PlanSpace.study().n_plans
        128
        """
        return cls(levels=(4.0, 3.5, 3.0, 2.5), first_years=(1, 2, 3, 4), intervals=(4, 5, 6, 7, 8, 9, 10, 11))

    @property
    def n_plans(self) -> int:
        """Number of plans."""
        return len(self.levels) * len(self.first_years) * len(self.intervals)

    def plan(self, index: int) -> Plan:
        """Look up the plan of an index, 0 to ``n_plans - 1``."""
        index = whole_number("index", index, at_least=0, at_most=self.n_plans - 1)
        rest, first_year = divmod(index, len(self.first_years))
        interval, level = divmod(rest, len(self.levels))
        return Plan(self.levels[level], self.first_years[first_year], self.intervals[interval])

    def to_frame(self) -> pl.DataFrame:
        """Tabulate the plans in order: level, first_year, interval."""
        interval, level, first_year = np.meshgrid(self.intervals, self.levels, self.first_years, indexing="ij")
        return pl.DataFrame(
            {"level": level.ravel(), "first_year": first_year.ravel(), "interval": interval.ravel()},
            schema={"level": pl.Float64, "first_year": pl.Int64, "interval": pl.Int64},
        )

    def core(self, horizon: int) -> _core.PlanLayout:
        """Make the kernels' view of the plans over years 1 to ``horizon``."""
        return _core.PlanLayout(
            levels=list(self.levels),
            first_years=list(self.first_years),
            intervals=list(self.intervals),
            horizon=horizon,
        )


def _level(name: str, value: object) -> float:
    level = number(name, value)
    if not 1 < level < 5:
        raise invalid(name, "must be above 1 and below 5", value)
    return level


def _years(name: str, value: object) -> int:
    return whole_number(name, value, at_least=1, at_most=1000)
