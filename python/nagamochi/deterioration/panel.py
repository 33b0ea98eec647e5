"""Pairs of successive inspections, checked and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.deterioration.hazard_terms import HazardTerms, checked_covariates
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import (
    ArrowStream,
    Column,
    Findings,
    Schema,
    between,
    check,
    positive,
    read_table,
)

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

OWN_COLUMNS = ("before", "after", "years", "group", "count")
NO_GROUP = pl.Series("group", [""], pl.Enum([""]))
BLOCK_PAIRS = 65536


@dataclass(frozen=True, eq=False)
class Panel:
    """Equal pairs are one row of `pairs`, with their number in the column count.

    Parameters
    ----------
    where : str
        The table as its user knows it.
    terms : HazardTerms
        The model that the panel was read for.
    pairs : polars.DataFrame
        before, after (1 .. J, before < J, never improving), years, group (text; all in one if none is given), count,
        and the covariates by their names.
    repairs : int
        Pairs that improve, left out.
    from_worst : int
        Pairs that start in the worst rating, left out: they tell nothing.
    """

    where: str
    terms: HazardTerms
    pairs: pl.DataFrame
    repairs: int
    from_worst: int

    @property
    def n_pairs(self) -> int:
        """Number of pairs that tell something."""
        return int(self.pairs["count"].sum())

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
        """(rows,): whether a pair tells about a rating: starts in it, ends in it or passes it."""
        return (self.before <= rating) & (self.after >= rating)

    def same_pairs(self, other: Panel) -> bool:
        """Whether another panel has the same ratings and years, whatever its covariates."""
        key = ["before", "after", "years"]
        ours, theirs = (panel.pairs.group_by(key).agg(pl.sum("count")).sort(key) for panel in (self, other))
        return ours.equals(theirs)

    def core(self, design: Numbers, speed: float | Numbers | None = None) -> _core.Panel:
        """The panel as the kernels know it, with the given design; hazards times `speed` act like years times it."""
        return _core.Panel(
            before=self.before,
            after=self.after,
            years=self.years if speed is None else self.years * speed,
            covariates=np.ascontiguousarray(design),
            first_parameter=self.terms.first_parameter,
            covariate_of=self.terms.column_of,
        )


def read_panel(
    table: ArrowStream | str | Path,
    *,
    before: str,
    after: str,
    years: str,
    ratings: int | None,
    covariates: Mapping[int, Sequence[str]] | None,
    group: str | None,
) -> Panel:
    """Read, check and count the pairs of a table."""
    by_rating = _checked_arguments(before, after, years, ratings, covariates, group)
    names = tuple(dict.fromkeys(name for of_rating in by_rating.values() for name in of_rating))
    schema = _schema(before, after, years, names, group, ratings or _core.most_ratings)
    findings = Findings()
    checked = check(read_table(table, "panel table", findings), schema, findings)
    findings.raise_problems()
    own = {before: "before", after: "after", years: "years"} | ({} if group is None else {group: "group"})
    pairs = pl.DataFrame([checked.frame[name].alias(own.get(name, name)) for name in (*own, *names)])
    return _counted(checked.source.where, pairs, by_rating, ratings)


def _counted(where: str, pairs: pl.DataFrame, by_rating: dict[int, tuple[str, ...]], ratings: int | None) -> Panel:
    """The panel of all pairs that tell something, in an order that does not depend on theirs."""
    first, count = _core.count_equal_rows(columns=[_words(column) for column in pairs])
    found_before, found_after = (pairs[name].to_numpy()[first] for name in ("before", "after"))
    worst = ratings or max(2, int(found_before.max()), int(found_after.max()))
    arguments.whole_number("rating in covariates", max(by_rating, default=1), at_least=1, at_most=worst - 1)
    improves = found_after < found_before
    from_worst = (found_before == worst) & ~improves
    tells = ~improves & ~from_worst
    no_group = [] if "group" in pairs.columns else [NO_GROUP.new_from_index(0, int(tells.sum()))]
    return Panel(
        where=where,
        terms=HazardTerms(tuple(by_rating.get(i, ()) for i in range(1, worst))),
        pairs=pairs[first[tells]].hstack([*no_group, pl.Series("count", count[tells])]),
        repairs=int(count[improves].sum()),
        from_worst=int(count[from_worst].sum()),
    )


def _words(column: pl.Series) -> npt.NDArray[np.uint64]:
    """One word of 64 bits for each value: different for different values, in the order of text."""
    if column.dtype == pl.String:
        column = column.cast(pl.Enum(column.unique().sort())).to_physical().cast(pl.UInt64)
    return column.to_numpy().view(np.uint64)


def _checked_arguments(
    before: str,
    after: str,
    years: str,
    ratings: int | None,
    covariates: Mapping[int, Sequence[str]] | None,
    group: str | None,
) -> dict[int, tuple[str, ...]]:
    columns = {"before": before, "after": after, "years": years} | ({} if group is None else {"group": group})
    for name, value in columns.items():
        arguments.instance(name, value, str)
    if len(set(columns.values())) < len(columns):
        raise arguments.invalid(", ".join(columns), "must be different columns", ", ".join(columns.values()))
    if ratings is not None:
        arguments.whole_number("ratings", ratings, at_least=2, at_most=_core.most_ratings)
    by_rating = checked_covariates(covariates, ratings)
    taken = {*columns.values(), *OWN_COLUMNS}
    for rating, names in by_rating.items():
        for name in taken.intersection(names):
            rule = f"must name none of {', '.join(OWN_COLUMNS)}, nor what stands for them"
            raise arguments.invalid(f"covariates[{rating}]", rule, name)
    return by_rating


def _schema(before: str, after: str, years: str, covariates: Sequence[str], group: str | None, ratings: int) -> Schema:
    return Schema(
        "panel",
        (
            Column(before, "whole number", required=True, rule=between(1, ratings), aliases=()),
            Column(after, "whole number", required=True, rule=between(1, ratings), aliases=()),
            Column(years, "number", required=True, rule=positive(), aliases=()),
            *(Column(name, "number", required=True, aliases=()) for name in covariates),
            *([Column(group, required=True, aliases=())] if group else []),
        ),
    )


def refuse_unusable(panel: Panel) -> None:
    """Raise InvalidInput where no estimate exists, whatever the optimiser."""
    problems = [*_too_few(panel), *_only_passed(panel), *_useless_covariates(panel)]
    if problems:
        raise InvalidInput(problems)


def _too_few(panel: Panel) -> list[Problem]:
    parameters = len(panel.terms.parameters)
    if panel.n_pairs >= parameters:
        return []
    rule = f"must have at least {parameters} pairs, as many as coefficients, besides repairs and those that start worst"
    return [Problem(rule, f"{panel.n_pairs}", panel.where)]


def _only_passed(panel: Panel) -> list[Problem]:
    rule = "must be found at an inspection: between two, its hazard has no upper limit; join it to a neighbour"
    problems = []
    for i in range(1, panel.terms.ratings):
        here = panel.in_rating(i)
        if here.any() and not (here & ((panel.before == i) | (panel.after == i))).any():
            value = f"{panel.weight[here].sum():,.0f} pairs that pass it, none that starts or ends in it"
            problems.append(Problem(rule, value, f"rating {i}"))
    return problems


def _useless_covariates(panel: Panel) -> list[Problem]:
    problems = []
    for i, names in enumerate(panel.terms.of_rating, start=1):
        if not names or not panel.in_rating(i).any():
            continue
        columns = [panel.pairs[name].to_numpy()[panel.in_rating(i)] for name in names]
        constant = [(name, column[0]) for name, column in zip(names, columns, strict=True) if np.ptp(column) == 0.0]
        for name, value in constant:
            rule = f"must vary among the pairs of rating {i} to have a coefficient there"
            problems.append(Problem(rule, f"{value} throughout", panel.where, column=name))
        if not constant and _dependent(columns):
            rule = f"must not follow from each other among the pairs of rating {i}"
            problems.append(Problem(rule, "linearly dependent columns", panel.where, column=", ".join(names)))
    return problems


def _dependent(columns: list[Numbers]) -> bool:
    pairs = len(columns[0])
    mean, spread = np.mean(columns, axis=1), np.ptp(columns, axis=1)
    root = np.zeros((1, len(columns)))
    for begin in range(0, pairs, BLOCK_PAIRS):
        block = np.column_stack([column[begin : begin + BLOCK_PAIRS] for column in columns])
        root = np.linalg.qr(np.vstack([root, (block - mean) / spread])).R
    return bool(np.linalg.matrix_rank(root, tol=1e-8 * np.sqrt(pairs)) < len(columns))
