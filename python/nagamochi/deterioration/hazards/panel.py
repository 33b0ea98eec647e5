"""Pairs of inspections with their covariates and groups, checked and counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.deterioration.counted_pairs import CountedPairs
from nagamochi.deterioration.hazards.terms import (
    GivenCovariates,
    HazardTerms,
    argument_of,
    checked_covariates,
    refuse_covariates_of,
)
from nagamochi.deterioration.pairs import Pairs, checked_columns, only_passed, read_pairs
from nagamochi.deterioration.pairs_in_parts import PairsInParts, Table, count_pairs
from nagamochi.deterioration.scale import Scale, checked_scale, seen_scale
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import Column, Findings, Schema, check

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

OWN_COLUMNS = ("before", "after", "years", "group", "count")
NO_GROUP = pl.Series("group", [""], pl.Enum([""]))
BLOCK_PAIRS = 65536
LEAST_SPREAD = 1e-7  # of a covariate's size: below it coefficients and intervals are lost in rounding


@dataclass(frozen=True, eq=False)
class Panel(Pairs):
    """Pairs as the multi-stage hazard counts them.

    Parameters
    ----------
    scale, repairs, from_worst, places, first
        As of `Pairs`.
    pairs : polars.DataFrame
        before, after (positions on the scale 1 .. J, before < J, never improving), years, group (text; all in one if
        none is given), count, and the covariates by their names.
    terms : HazardTerms
        The model that the panel was read for.
    """

    terms: HazardTerms

    @property
    def design(self) -> Numbers:
        """(rows, 1 + covariates): a column of ones, then the covariates."""
        covariates = [self.pairs[name].to_numpy() for name in self.terms.covariates]
        return np.column_stack([np.ones(len(self.pairs)), *covariates])

    @cached_property
    def weight(self) -> Numbers:
        """(rows,): number of equal pairs."""
        return self.pairs["count"].cast(pl.Float64).to_numpy()

    @cached_property
    def before(self) -> Integers:
        """(rows,): ratings at the first inspection."""
        return self.pairs["before"].to_numpy()

    @cached_property
    def after(self) -> Integers:
        """(rows,): ratings at the second."""
        return self.pairs["after"].to_numpy()

    @cached_property
    def years(self) -> Numbers:
        """(rows,): years between the two."""
        return self.pairs["years"].to_numpy()

    def departures(self, rating: int) -> int:
        """Number of pairs that leave a rating."""
        return int(self.weight[(self.before <= rating) & (self.after > rating)].sum())

    def in_rating(self, rating: int) -> npt.NDArray[np.bool_]:
        """(rows,): whether a pair starts in a rating, ends in it or passes it."""
        return (self.before <= rating) & (self.after >= rating)

    def same_pairs(self, other: Panel) -> bool:
        """Whether another panel has the same ratings and years."""
        key = ["before", "after", "years"]
        ours, theirs = (panel.pairs.group_by(key).agg(pl.sum("count")).sort(key) for panel in (self, other))
        return ours.equals(theirs)

    def core(self, design: Numbers, speed: float | Numbers | None = None) -> _core.Panel:
        """The panel for the kernels, with a design; hazards times `speed` act like years times it."""
        return _core.Panel(
            before=self.before,
            after=self.after,
            years=self.years if speed is None else self.years * speed,
            covariates=np.ascontiguousarray(design),
            first_parameter=self.terms.first_parameter,
            covariate_of=self.terms.column_of,
        )


@dataclass(frozen=True)
class _Reader:
    """How the pairs of a table are read: columns of before, after, years and group, covariates, scale."""

    own: dict[str, str]
    covariates: tuple[str, ...]
    scale: Scale | None

    def read(self, table: Table, where: str) -> CountedPairs:
        findings = Findings()
        source, columns = read_pairs(table, where, self.own, self.scale, findings)
        columns += [Column(name, "number", required=True, aliases=()) for name in self.covariates]
        columns += [Column(self.own["group"], required=True, aliases=())] if "group" in self.own else []
        checked = check(source, Schema("pairs", tuple(columns)), findings)
        findings.raise_problems()
        taken = self.own | dict(zip(self.covariates, self.covariates, strict=True))
        pairs = pl.DataFrame([checked.frame[column].alias(name) for name, column in taken.items()])
        return CountedPairs.of(checked.source, pairs)


def read_panel(
    table: Table | PairsInParts,
    *,
    before: str,
    after: str,
    years: str,
    scale: tuple[int, int] | None,
    covariates: GivenCovariates,
    group: str | None,
) -> Panel:
    """Read, check and count the pairs of a table, or of several."""
    given = checked_scale(scale)
    own, by_rating = _checked_arguments(before, after, years, given, covariates, group)
    names = tuple(dict.fromkeys(name for of_rating in by_rating.values() for name in of_rating))
    counted = count_pairs(table, _Reader(own, names, given).read)
    found = given or seen_scale(int(counted.pairs.select(pl.max_horizontal(pl.max("before", "after"))).item()))
    if unknown := sorted({rating for rating in by_rating if rating is not None} - set(found.ratings[:-1])):
        refuse_covariates_of(unknown[-1], found)
    of_every = by_rating.get(None, ())
    terms = HazardTerms(found, tuple(by_rating.get(rating, of_every) for rating in found.ratings[:-1]))
    return _panel_of(counted, terms)


def _panel_of(counted: CountedPairs, terms: HazardTerms) -> Panel:
    """The panel of all pairs that carry information, in an order that does not depend on theirs."""
    improves, from_worst = _excluded(counted, terms)
    informs = ~improves & ~from_worst
    first = counted.first[informs]
    kept = counted.pairs[first]
    no_group = [] if "group" in kept.columns else [NO_GROUP.new_from_index(0, len(kept))]
    return Panel(
        scale=terms.scale,
        pairs=kept.with_columns(
            *(terms.scale.position_of(kept[name]) for name in ("before", "after")),
            *no_group,
            pl.Series("count", counted.count[informs]),
        ),
        repairs=int(counted.count[improves].sum()),
        from_worst=int(counted.count[from_worst].sum()),
        places=counted.places,
        first=first,
        terms=terms,
    )


def _excluded(counted: CountedPairs, terms: HazardTerms) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each different pair improves, and whether it starts in the worst rating."""
    before, after = (
        terms.scale.position_of(counted.pairs[name].to_numpy()[counted.first]) for name in ("before", "after")
    )
    improves = after < before
    return improves, (before == terms.ratings) & ~improves


def _checked_arguments(
    before: str,
    after: str,
    years: str,
    scale: Scale | None,
    covariates: GivenCovariates,
    group: str | None,
) -> tuple[dict[str, str], dict[int | None, tuple[str, ...]]]:
    """Return the columns of the panel's own, and the covariates by rating."""
    named = {"before": before, "after": after, "years": years} | ({} if group is None else {"group": group})
    columns = checked_columns(named)
    by_rating = checked_covariates(covariates, scale)
    taken = {*columns.values(), *OWN_COLUMNS}
    for rating, names in by_rating.items():
        for name in taken.intersection(names):
            rule = f"must name none of {', '.join(OWN_COLUMNS)}, nor the columns given for them"
            raise arguments.invalid(argument_of(rating), rule, name)
    return columns, by_rating


def refuse_unusable(panel: Panel) -> None:
    """Raise InvalidInput where no estimate exists."""
    problems = [*_too_few(panel), *_only_passed(panel), *_useless_covariates(panel)]
    if problems:
        raise InvalidInput(problems)


def _too_few(panel: Panel) -> list[Problem]:
    parameters = len(panel.terms.parameters)
    if panel.n_pairs >= parameters:
        return []
    rule = f"must have at least {parameters} pairs, one per coefficient, without repairs and those that start worst"
    return [Problem("; ".join([rule, *panel.reversed_scale]), f"{panel.n_pairs}", panel.where)]


def _only_passed(panel: Panel) -> list[Problem]:
    problems = []
    for i in range(1, panel.terms.ratings):
        here = panel.in_rating(i)
        if here.any() and not (here & ((panel.before == i) | (panel.after == i))).any():
            problems.append(only_passed(panel, i, here))
    return problems


def _useless_covariates(panel: Panel) -> list[Problem]:
    problems = []
    for i, names in enumerate(panel.terms.of_rating, start=1):
        if not names or not panel.in_rating(i).any():
            continue
        rating = panel.scale.rating(i)
        columns = [panel.pairs[name].to_numpy()[panel.in_rating(i)] for name in names]
        constant = [(name, column[0]) for name, column in zip(names, columns, strict=True) if np.ptp(column) == 0.0]
        for name, value in constant:
            rule = f"must vary among the pairs of rating {rating} to have a coefficient there"
            problems.append(Problem(rule, f"{value} throughout", panel.where, column=name))
        for name, column in zip(names, columns, strict=True):
            if 0.0 < np.ptp(column) < LEAST_SPREAD * np.abs(column).max():
                rule = f"must vary by more than {LEAST_SPREAD:g} of its size in rating {rating}; subtract a constant"
                problems.append(Problem(rule, f"{column.min():g} to {column.max():g}", panel.where, column=name))
        if not constant and _dependent(columns):
            rule = f"must be linearly independent among the pairs of rating {rating}"
            problems.append(Problem(rule, "dependent columns", panel.where, column=", ".join(names)))
    return problems


def _dependent(columns: list[Numbers]) -> bool:
    pairs = len(columns[0])
    mean, spread = np.mean(columns, axis=1), np.ptp(columns, axis=1)
    root = np.zeros((1, len(columns)))
    for begin in range(0, pairs, BLOCK_PAIRS):
        block = np.column_stack([column[begin : begin + BLOCK_PAIRS] for column in columns])
        root = np.linalg.qr(np.vstack([root, (block - mean) / spread])).R
    return bool(np.linalg.matrix_rank(root, tol=1e-8 * np.sqrt(pairs)) < len(columns))
