"""Health curves of members from their inspections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from nagamochi.base import arguments
from nagamochi.deterioration.curves.notices import about_base, about_curves, about_rounds
from nagamochi.deterioration.curves.power_curve import (
    SHAPES,
    Indices,
    Numbers,
    age_at,
    fit_lives,
    fit_shapes,
    loss_at,
    sums_of_squares,
)
from nagamochi.deterioration.curves.result import HealthCurves
from nagamochi.deterioration.curves.rounds import (
    CARRIED,
    CURVE_KEY,
    NUMBERS,
    InspectionRounds,
    in_our_words,
    read_rounds,
)
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import ArrowStream
from nagamochi.vocabulary import name_beside_ours

Correction = Literal["latest", "least squares"]
FITTED = ("service_life", "shape", "observations", "residual_sd", "residual")
CORRECTIONS: tuple[Correction | None, ...] = ("latest", "least squares", None)


def fit_curves(
    inspections: ArrowStream | str | Path,
    *,
    by: Sequence[str] = ("member", "damage"),
    correct: Correction | None = "latest",
    shape: float | Literal["fit"] = 2.0,
    tolerance: float = 0.25,
    bounds: tuple[float, float] = (0.5, 2.0),
    prior_weight: float = 0.0,
    now: float | None = None,
) -> HealthCurves:
    """Fit a health curve to every member and damage of every bridge.

    Health falls with age as r(t) = 5 - 4 (t / T)^p, with service life T and shape p. The base curve of each group of
    curves minimises the sum of squares of r - r(t) over the first inspection of every curve. A curve of its own keeps
    p, and later inspections correct T; a curve that was inspected once keeps the base life.

    A rise of health above the tolerance is a repair: the curve restarts at that inspection, at the age that its health
    has on the base curve, and earlier inspections are ignored. A smaller rise is a rating error. After a renewal (a
    year built, or an age, that begins after the previous inspection) the curve has the age given. After a restoration
    (restored_year since the previous inspection) the curve restarts in that year, at the age that restored_health has
    on the base curve. A curve restored before its first inspection is excluded from the base curve; that inspection
    already corrects it.

    The fitted curve goes on below health 1. So health 1 counts as found at the end of service, though the member may
    have reached it long before.

    Parameters
    ----------
    inspections : table or path
        One row for each inspection of a curve: bridge_id, member, damage, location (optional), year, health (5 as new
        .. 1 end of service), and age (years) or year_built (of the member, or of its renewal). Optional: restored_year
        (of the last restoration before the inspection), restored_health (5 where empty), and quantity, unit and
        cost_model, which the result takes from the latest inspection. Years may be dates.
    by : sequence of str
        Columns that identify the group of curves with a common base curve; they may be columns of the user's own. One
        whose name is that of a result is called e.g. ``"service_life (recorded)"`` in the results.
    correct : "latest", "least squares" or None
        The curve passes through the latest inspection; or fits all inspections since the last repair by least squares;
        or is the base curve.
    shape : float or "fit"
        p of all curves, from 0.2 to 10; or fitted to each group.
    tolerance : float
        A rise of health by more than this is a repair.
    bounds : (float, float)
        Limits of a curve's life as ratios to the base life; lives outside are set to the limit and reported.
    prior_weight : float
        Number of further inspections that the base life counts as, each finding health 1 at the age of the base life.
        0: lives depend on the curve's own inspections alone.
    now : float, optional
        Year of the health in the result, continued along the curve from the latest inspection. By default the health
        found at the latest inspection.

    Returns
    -------
    HealthCurves
        Its ``curves`` are rows for a network's curves table.

    Raises
    ------
    InvalidInput
        For all invalid cells together; if no curve of a group, without the restored ones, has a first health below 5;
        if a shape is to be fitted to a group without two different ages.

    Examples
    --------
    >>> import polars as pl
    >>> rounds = {"bridge_id": ["B1", "B1", "B2"], "member": "deck slab", "damage": "crack", "year_built": 1980}
    >>> found = pl.DataFrame(rounds | {"year": [2000, 2020, 2000], "health": [4.0, 2.0, 4.0]})
    >>> fit_curves(found).curves.select("bridge_id", "health", pl.col("service_life").round(2), "basis").rows()
    [('B1', 2.0, 46.19, 'own ratings'), ('B2', 4.0, 40.0, 'base life')]
    """
    by = _checked_groups(by)
    _check_arguments(correct, shape, tolerance, bounds, prior_weight)
    rounds = read_rounds(inspections, by, tolerance)
    if now is not None:
        arguments.number("now", now, at_least=float(np.max(rounds.frame["year"].to_numpy())), at_most=2200)
    groups, group = _groups(rounds)
    base, first_round = _base_curves(rounds, groups, group, shape)
    lives, shapes = base["service_life"].to_numpy()[group], base["shape"].to_numpy()[group]
    own = _own_lives(rounds, lives, shapes, correct, prior_weight)
    curves = _curves(rounds, lives, shapes, own, bounds, now)
    names = dict(zip(rounds.by, (name_beside_ours(name, FITTED, by) for name in by), strict=True))
    return HealthCurves(
        base=base.rename(names),
        curves=curves,
        first_round=first_round.rename(names),
        by=tuple(names.values()),
        correct=correct,
        tolerance=float(tolerance),
        bounds=(float(bounds[0]), float(bounds[1])),
        prior_weight=float(prior_weight),
        notices=(
            *rounds.notices,
            *about_rounds(rounds, tolerance),
            *about_base(base, first_round, shape),
            *about_curves(curves, bounds),
        ),
    )


def _checked_groups(by: Sequence[str]) -> tuple[str, ...]:
    arguments.instance("by", by, list, tuple)
    names = in_our_words(by) if all(isinstance(name, str) for name in by) else ()
    if not names or len(set(names)) < len(names) or set(names) & set(NUMBERS):
        rule = f"must list different columns, at least one, and none of {', '.join(NUMBERS)}"
        raise arguments.invalid("by", rule, by)
    return names


def _check_arguments(
    correct: str | None, shape: float | str, tolerance: float, bounds: tuple[float, float], prior_weight: float
) -> None:
    arguments.one_of("correct", correct, CORRECTIONS)
    if shape != "fit":
        arguments.number("shape", shape, at_least=SHAPES[0], at_most=SHAPES[1])
    arguments.number("tolerance", tolerance, at_least=0.0)
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise arguments.invalid("bounds", "must be two numbers: least and largest ratio to the base life", bounds)
    low, high = (arguments.number(f"bounds[{i}]", bound) for i, bound in enumerate(bounds))
    if not 0.0 < low <= 1.0 <= high:
        raise arguments.invalid("bounds", "must be above 0 and at most 1, and at least 1", bounds)
    arguments.number("prior_weight", prior_weight, at_least=0.0)


def _groups(rounds: InspectionRounds) -> tuple[pl.DataFrame, Indices]:
    """The groups of curves, sorted, and the group of each curve."""
    of_curve = rounds.frame[rounds.first].select(rounds.by)
    groups = of_curve.unique().sort(rounds.by)
    numbered = of_curve.join(
        groups.with_row_index(" group"), on=rounds.by, how="left", nulls_equal=True, maintain_order="left"
    )
    return groups, numbered[" group"].to_numpy().astype(np.int64)


def _base_curves(
    rounds: InspectionRounds, groups: pl.DataFrame, group: Indices, shape: float | Literal["fit"]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The base curves of the groups, and the first inspections that they are fitted to."""
    rows, group = rounds.first[~rounds.restored_before], group[~rounds.restored_before]
    age, loss = rounds.age(rows), rounds.loss(rows)
    _refuse_unusable(rounds, groups, group, age, loss, shape)
    shapes = fit_shapes(age, loss, group, len(groups)) if shape == "fit" else np.full(len(groups), float(shape))
    lives = fit_lives(age, loss, group, shapes)
    counts = np.bincount(group, minlength=len(groups))
    spare = counts - (2 if shape == "fit" else 1)
    squares = sums_of_squares(age, loss, group, lives, shapes)
    base = groups.with_columns(
        service_life=lives,
        shape=shapes,
        observations=counts,
        residual_sd=pl.Series(np.sqrt(squares / np.maximum(spare, 1))).set(pl.Series(spare < 1), None),
    )
    by = [name for name in groups.columns if name not in CURVE_KEY]
    first_round = rounds.frame[rows].select(*CURVE_KEY, *by, "year", age=age, health="health")
    fitted = 5.0 - 4.0 * (age / lives[group]) ** shapes[group]
    return base, first_round.with_columns(residual=pl.col("health") - fitted)


def _refuse_unusable(
    rounds: InspectionRounds,
    groups: pl.DataFrame,
    group: Indices,
    age: Numbers,
    loss: Numbers,
    shape: float | str,
) -> None:
    """Raise InvalidInput where a group has no best base curve."""
    falls = np.bincount(group, (age > 0.0) & (loss > 0.0), len(groups)) > 0
    aged = pl.DataFrame({"group": group, "age": age}).filter(pl.col("age") > 0.0).unique()
    n_ages = np.bincount(aged["group"], minlength=len(groups))
    problems = []
    for i, row in enumerate(groups.rows()):
        name = ", ".join(str(part) for part in row if part is not None)
        if not falls[i]:
            rule = (
                "must be below 5 at the first inspection of a curve in every group, at an age above 0 "
                "and not after a restoration"
            )
            problems.append(Problem(rule, f"none of {name}", rounds.where, column="health"))
        elif shape == "fit" and n_ages[i] < 2:
            rule = "must have two different values above 0 at first inspections in every group to fit its shape"
            problems.append(Problem(rule, f"one of {name}", rounds.where, column="age"))
    if problems:
        raise InvalidInput(problems)


def _own_lives(
    rounds: InspectionRounds, base: Numbers, shape: Numbers, correct: str | None, prior_weight: float
) -> Numbers:
    """(n_curves,): life of each curve by its own inspections; NaN where it keeps the base life."""
    if correct is None:
        return np.full(len(base), np.nan)
    start, end = rounds.last_start, rounds.last
    start_age = age_at((5.0 - rounds.numbers("start_health", start)) / 4.0, base, shape) + rounds.age(start)
    begin = end if correct == "latest" else start
    curve = np.repeat(np.arange(len(base)), end - begin + 1)
    rows = np.arange(len(curve)) - np.repeat(np.cumsum(end - begin + 1), end - begin + 1) + end[curve] + 1
    age = start_age[curve] + rounds.numbers("year", rows) - rounds.numbers("year", start)[curve]
    lives = fit_lives(age, rounds.loss(rows), curve, shape, base, prior_weight)
    serves_base = (end == rounds.first) & ~rounds.restored_before
    return np.where(serves_base | ((end == start) & rounds.starts_itself), np.nan, lives)


def _curves(
    rounds: InspectionRounds,
    base: Numbers,
    shape: Numbers,
    own: Numbers,
    bounds: tuple[float, float],
    now: float | None,
) -> pl.DataFrame:
    latest = rounds.frame[rounds.last]
    life = np.clip(np.where(np.isnan(own), base, own), bounds[0] * base, bounds[1] * base)
    cases = {"base life": np.isnan(own), "lower bound": own < life, "upper bound": own > life}
    basis = np.select(list(cases.values()), list(cases), "own ratings")
    carried = [name for name in CARRIED if name in latest.columns]
    return latest.select(
        *CURVE_KEY,
        health=latest["health"] if now is None else _health_in(now, latest, life, shape),
        service_life=life,
        curve=pl.lit("power"),
        shape=shape,
    ).with_columns(
        *latest.select(carried),
        base_life=base,
        own_life=pl.Series(own).fill_nan(None),
        basis=pl.Series(basis),
        observations=rounds.last - rounds.last_start + 1,
        repaired=(rounds.last_start > rounds.first) | rounds.restored_before,
        inspected=latest["year"],
    )


def _health_in(year: float, latest: pl.DataFrame, life: Numbers, shape: Numbers) -> Numbers:
    age = age_at((5.0 - latest["health"].to_numpy()) / 4.0, life, shape)
    return 5.0 - 4.0 * loss_at(age + year - latest["year"].to_numpy(), life, shape)
