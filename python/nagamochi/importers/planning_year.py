"""The year in which the ages of an imported list end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from nagamochi.base import arguments
from nagamochi.tables.dates import years


@dataclass(frozen=True)
class PlanningYear:
    """The year for which a network is planned.

    Parameters
    ----------
    year : int
    basis : str
        Where it comes from.
    """

    year: int
    basis: str

    def __str__(self) -> str:
        return f"{self.year}, {self.basis}"


def checked_year(planning_year: int | None) -> int | None:
    """Return the planning year that was asked for, if any."""
    if planning_year is None:
        return None
    return arguments.whole_number("planning_year", planning_year, at_least=1850, at_most=2200)


def planning_year_of(
    asked: int | None, inspected: pl.Series, kind: Literal["year", "fiscal year"] = "year"
) -> PlanningYear:
    """Return the year asked for, or else that of the newest inspection, or else the current one.

    Parameters
    ----------
    asked : int or None
    inspected : polars.Series
        Years of the inspections.
    kind : {"year", "fiscal year"}
        What these years are, and so the current one.
    """
    if asked is not None:
        return PlanningYear(asked, "as asked for")
    if inspected.count():
        newest = "the newest inspection in the list (planning_year sets another)"
        fiscal = "the fiscal year of " if kind == "fiscal year" else ""
        return PlanningYear(int(str(inspected.max())), fiscal + newest)
    now = int(years(pl.Series([date.today()]), kind)[0])
    return PlanningYear(now, f"the current {kind}, as the list has no inspections (planning_year sets another)")
