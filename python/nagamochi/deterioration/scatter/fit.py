"""Estimate how ratings scatter from members that were rated twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.deterioration.estimate import normal_quantile
from nagamochi.deterioration.maximum import not_ended
from nagamochi.deterioration.pairs import checked_columns
from nagamochi.deterioration.scale import Scale, checked_scale, with_arabic_ratings
from nagamochi.deterioration.scatter.grades import Grades, health_of, seen_grades
from nagamochi.deterioration.scatter.likelihood import PairLikelihood
from nagamochi.deterioration.scatter.maximum import (
    BestScatter,
    at_end,
    find_scatter,
    first_guess,
    interval_of,
    standard_deviation,
)
from nagamochi.deterioration.scatter.result import ScatterFit
from nagamochi.tables import ArrowStream, Column, Findings, Schema, between, check, read_table

Numbers = npt.NDArray[np.float64]

OUR_SCALE = (5, 1)


def fit_scatter(
    pairs: ArrowStream | str | Path,
    *,
    rating: str,
    again: str | None = None,
    truth: str | None = None,
    bridge: str | None = None,
    scale: tuple[int, int] = OUR_SCALE,
    confidence: float = 0.95,
    progress: ProgressFunction | None = None,
    time_limit: float | None = None,
) -> ScatterFit:
    """Estimate how ratings scatter from members that were rated twice within a short time.

    A rating is the true health plus a normal error of standard deviation sigma, limited to the scale and rounded to
    the next grade. Where bridges are given, all members that a team rates on a bridge share a further error, normal
    with standard deviation round_scatter. With the true health, as a close survey finds it, ratings also have a mean
    error, the bias. True health is spread evenly within each grade of the finer column; how many members have which
    grade is estimated too. All are the values that make the pairs most likely; an interval holds the values at which
    the log-likelihood, largest over all others, lies at most half a quantile of chi-square with one degree of freedom
    below its maximum.

    Parameters
    ----------
    pairs : table or path
        One row for each member rated twice: a data frame of polars, pandas, pyarrow, .., or a CSV file.
    rating : str
        Column of the ratings whose scatter is estimated.
    again : str, optional
        Column of the ratings of the same members by another team, which scatter alike. Which team is right cannot be
        known from them, so there is no bias.
    truth : str, optional
        Column of the true health, on the same scale, in place of `again`.
    bridge : str, optional
        Column of bridges. Both ratings of all members of a bridge are those of the same two teams.
    scale : (int, int)
        The best and the worst rating; 5 and 1 are those of health, which Roman ratings are not. Estimates are in health
        points on any scale.
    confidence : float
        Probability with which an interval covers the true value, above 0 and below 1.
    progress : callable, optional
        Called with a `nagamochi.base.execution.Progress` after each step of the search; returns False to stop it.
    time_limit : float, optional
        Seconds after which the search stops. A search that was stopped has not converged.

    Returns
    -------
    ScatterFit
        Print its ``summary()``.

    Raises
    ------
    InvalidInput
        For all invalid cells together; if not one of `again` and `truth` is given; if there are no pairs.

    Examples
    --------
    >>> import polars as pl
    >>> ratings = {"rating": [3, 3, 4, 2, 3, 5, 4, 4] * 10, "again": [3, 4, 4, 2, 3, 4, 4, 3] * 10}
    >>> fit = fit_scatter(pl.DataFrame(ratings), rating="rating", again="again")
    >>> fit.estimates.select("parameter", pl.selectors.float().round(2)).rows()
    [('sigma', 0.31, 0.23, 0.4)]
    """
    drop = normal_quantile(confidence) ** 2 / 2
    execution = Execution(1, progress, time_limit)
    data = _read(pairs, rating, again, truth, bridge, scale)
    likelihood = PairLikelihood(data.grades, data.cells, data.counts, second_is_true=data.second_is_true)
    names = ("sigma", *(["round_scatter"] if bridge is not None else []), *(["bias"] if data.second_is_true else []))
    best = find_scatter(likelihood, first_guess(likelihood, names), execution)
    intervals = dict.fromkeys(names, (np.nan, np.nan))
    if best.ended:
        intervals = {name: interval_of(likelihood, best, name, drop, execution) for name in names}
    ended = best.ended and execution.stopped is None
    at_ends = [*map(_at_end, at_end(best))] if ended else [not_ended(execution)]
    return ScatterFit(
        estimates=_estimates(best, intervals),
        differences=_differences(data, best),
        confidence=confidence,
        step=data.grades[0].step,
        n_pairs=data.n_pairs,
        n_bridges=None if bridge is None else len(data.counts),
        log_likelihood=best.value,
        converged=not at_ends,
        notices=(*data.notices, *at_ends),
    )


@dataclass(frozen=True, eq=False)
class _RatedTwice:
    """Pairs of ratings, counted."""

    grades: tuple[Grades, Grades]
    cells: npt.NDArray[np.int64]  # (cells, 2): grades
    counts: Numbers  # (bridges, cells)
    second_is_true: bool
    notices: tuple[str, ...]

    @property
    def n_pairs(self) -> int:
        return int(self.counts.sum())


def _read(
    table: ArrowStream | str | Path,
    rating: str,
    again: str | None,
    truth: str | None,
    bridge: str | None,
    ends: tuple[int, int],
) -> _RatedTwice:
    if (again is None) == (truth is None):
        raise arguments.invalid("again, truth", "must be given one of the two", f"again {again!r} and truth {truth!r}")
    scale = checked_scale(ends)
    if scale is None:
        raise arguments.invalid("scale", "must be the best and the worst rating", ends)
    named = {"rating": rating, "again": again, "truth": truth, "bridge": bridge}
    columns = checked_columns({name: column for name, column in named.items() if column is not None})
    rated = [column for name, column in columns.items() if name != "bridge"]
    findings = Findings()
    given = read_table(table, "pairs table", findings)
    source = with_arabic_ratings(given, tuple(rated), findings)
    if source is not given and ends == OUR_SCALE:
        raise arguments.invalid("scale", "must be another for Roman ratings, such as (1, 4) or --scale 1-4", ends)
    rule = between(scale.low, scale.high)
    schema = [Column(column, "number", required=True, rule=rule, aliases=()) for column in rated]
    schema += [Column(columns["bridge"], required=True, aliases=())] if "bridge" in columns else []
    frame = check(source, Schema("pairs", tuple(schema)), findings).frame
    findings.raise_problems()
    ratings = [frame[column].to_numpy() for column in rated]
    bridges = frame[columns["bridge"]] if "bridge" in columns else None
    return _counted(ratings, bridges, scale, truth is not None)


def _counted(columns: list[Numbers], bridges: pl.Series | None, scale: Scale, second_is_true: bool) -> _RatedTwice:
    grades = tuple(seen_grades(column, scale) for column in columns)
    health = [health_of(column, scale) for column in columns]
    numbers = np.stack([of_column.of(found) for of_column, found in zip(grades, health, strict=True)], axis=1)
    cells, of_pair = np.unique(numbers, axis=0, return_inverse=True)
    of_bridge = np.zeros(len(numbers), np.int64)
    if bridges is not None:
        of_bridge = np.unique(bridges.to_numpy(), return_inverse=True)[1]
    counts = np.zeros((int(of_bridge.max()) + 1, len(cells)))
    np.add.at(counts, (of_bridge, of_pair.ravel()), 1.0)
    notices = _about(np.array_equal(columns[0], columns[1]), counts, bridges is None)
    if not all(of_column.hold(found) for of_column, found in zip(grades, health, strict=True)):
        notices.append(f"ratings are rounded to steps of {min(found.step for found in grades):g} health points")
    return _RatedTwice((grades[0], grades[1]), cells, counts, second_is_true, tuple(notices))


def _about(agree: bool, counts: Numbers, alone: bool) -> list[str]:
    """What users should know about their pairs."""
    notices = []
    if agree:
        notices.append("all pairs agree: the scatter is 0 as far as these grades can tell")
    if alone:
        notices.append("without bridges, sigma includes the error that the ratings of one team share")
    elif (counts.sum(axis=1) < 2.0).all():
        notices.append("every bridge has one pair: what teams share cannot be told from sigma")
    return notices


def _at_end(name: str) -> str:
    """What to say of a parameter whose estimate is the largest that is searched."""
    return (
        f"{name}: the pairs are most likely at the end of what is searched, so it is no estimate; do both columns have "
        "the same scale?"
    )


def _estimates(best: BestScatter, intervals: dict[str, tuple[float, float]]) -> pl.DataFrame:
    rows = []
    for name, value in best.parameters.items():
        numbers = (value, *intervals[name])
        rows.append((name, *(numbers if name == "bias" else map(standard_deviation, numbers))))
    schema = {"parameter": pl.String, "estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _differences(data: _RatedTwice, best: BestScatter) -> pl.DataFrame:
    """Observed and expected pairs by the difference of their ratings."""
    first, second = data.grades
    every = np.stack(np.meshgrid(np.arange(first.count), np.arange(second.count), indexing="ij"), axis=-1)
    every = every.reshape(-1, 2)
    everywhere = PairLikelihood(data.grades, every, np.zeros((1, len(every))), second_is_true=data.second_is_true)
    expected = data.n_pairs * everywhere.probabilities(best.scatter, best.shares)
    apart, seen = (np.round(cells @ [first.step, -second.step], 9) for cells in (every, data.cells))
    differences, of_cell = np.unique(apart, return_inverse=True)
    observed = np.bincount(np.searchsorted(differences, seen), data.counts.sum(axis=0), len(differences))
    table = pl.DataFrame(
        {
            "difference": differences,
            "observed": observed.astype(np.int64),
            "expected": np.bincount(of_cell.ravel(), expected),
        }
    )
    return table.filter((pl.col("observed") > 0) | (pl.col("expected") >= 0.05))
