"""The yearly budget of a network."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network.plan_years import count_years, named_year
from nagamochi.tables import (
    ArrowStream,
    CheckedTable,
    Column,
    Findings,
    Schema,
    SourceTable,
    check,
    money,
    positive,
    read_arrow,
    read_file,
    shown,
)
from nagamochi.tables.limits import LARGEST_MONEY

BUDGET = Schema(
    "budget",
    (
        Column("year", "year of a plan", required=True, rule=positive()),
        Column("budget", "yen", required=True, rule=money()),
    ),
    key=("year",),
)


def read_budget(path: str | Path, start_year: int | None = None) -> pl.DataFrame:
    """Read a budget file: CSV with the columns year (1, 2, ..) and budget (yen, the network's total).

    If there is a start year, the fiscal year that is year 1, the years may be fiscal years from there on.

    Raises
    ------
    InvalidInput
        With all problems of the file. Its years must run from 1 without gaps or repetitions.
    """
    findings = Findings()
    budget = budget_table(read_file(path, findings), start_year, findings)
    findings.raise_problems()
    return budget.whole.sort("year")


Budget: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64] | ArrowStream | str | Path


def yearly_budget(
    budget: Budget, horizon: int, name: str = "budget", start_year: int | None = None
) -> npt.NDArray[np.float64]:
    """Return the budget of each year of the horizon.

    Parameters
    ----------
    budget : float, sequence, table or path
        Yen: the same for every year; or one number for each year; or a table with the columns year and budget, such as
        ``network.budget``; or a file that :func:`read_budget` reads. Years after the horizon are left out. Infinite
        stands for no budget.
    horizon : int
        Years to plan for.
    name : str
        Name of the budget in messages; messages about a file use its path.
    start_year : int, optional
        The fiscal year that is year 1; tables and files may then have fiscal years.

    Returns
    -------
    (horizon,) float64 array

    Raises
    ------
    InvalidInput
        If a number is negative or no number, or the budget ends before the horizon.

    Examples
    --------
    >>> yearly_budget(3e6, horizon=3)
    array([3000000., 3000000., 3000000.])
    """
    horizon = arguments.horizon(horizon)
    if isinstance(budget, numbers.Real):
        if budget == math.inf:
            return np.full(horizon, math.inf)
        return np.full(horizon, arguments.number(name, budget, at_least=0, at_most=LARGEST_MONEY))
    if isinstance(budget, (str, Path)):
        return yearly_budget(read_budget(budget, start_year), horizon, str(budget))
    if hasattr(budget, "__arrow_c_stream__") and len(getattr(budget, "shape", "two")) != 1:
        findings = Findings()
        table = budget_table(read_arrow(budget, "budget table", findings), start_year, findings)
        findings.raise_problems()
        yearly = table.frame.sort("year")["budget"].to_numpy()
    else:
        yearly = checked_budget(budget, "must be a number, one number for each year, or a table")
    if len(yearly) < horizon:
        raise InvalidInput(Problem(f"must have a number for each of {horizon} years", f"{len(yearly)}", name))
    return yearly[:horizon].copy()


def unused_budget(own: pl.DataFrame | None, budget: npt.NDArray[np.float64]) -> list[str]:
    """Return the notice that a network's own budget is not the one planned with, if it is not."""
    if own is None or own["budget"].to_list()[: len(budget)] == budget.tolist():
        return []
    return ["budget: the network's own budget is not used, as another one was given"]


def budget_table(source: SourceTable, start_year: int | None, findings: Findings) -> CheckedTable:
    """Return a budget with years counted from the start; years that leave out the year before are refused."""
    budget = count_years(check(source, BUDGET, findings), ["year"], start_year, findings)
    year = budget.frame["year"]
    if budget.complete and not year.has_nulls():
        rows = ((year > 1) & ~(year - 1).is_in(year.implode())).arg_true()
        before = partial(named_year, start_year=start_year)
        findings.refuse_rows(budget.source, "year", lambda i: f"must not leave out year {before(year[i] - 1)}", rows)
    return budget


def checked_budget(budget: Any, rule: str) -> npt.NDArray[np.float64]:
    """Return a copy of one number for each year, each a budget or infinite; the rule says what else may be given."""
    findings = Findings()
    try:
        yearly = np.asarray(budget)
    except ValueError:  # lists of different lengths
        yearly = np.array(None)
    if yearly.ndim != 1 or yearly.dtype.kind not in "iuf":
        findings.refuse("budget", rule, shown(repr(budget)))
        findings.raise_problems()
    for i in np.flatnonzero(~((yearly >= 0) & (yearly <= LARGEST_MONEY) | (yearly == np.inf))):
        findings.refuse(f"budget[{i}]", money().words, shown(yearly[i].item()))
    findings.raise_problems()
    return yearly.astype(np.float64)
