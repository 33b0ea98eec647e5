"""Pairs of successive inspections, checked and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core, _validate
from nagamochi.deterioration.hazard_terms import HazardTerms, checked_covariates
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import (
    ArrowStream,
    Column,
    Findings,
    Schema,
    SourceTable,
    between,
    check,
    positive,
    read_arrow,
    read_csv,
)

Numbers = npt.NDArray[np.float64]


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
        before, after (1 .. J, before < J, never improving), years, count, and the covariates by their names.
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

    @property
    def weight(self) -> Numbers:
        """(rows,): number of equal pairs."""
        return self.pairs["count"].cast(pl.Float64).to_numpy()

    def departures(self, rating: int) -> int:
        """Number of pairs that leave a rating."""
        return int(self.pairs.filter((pl.col("before") <= rating) & (pl.col("after") > rating))["count"].sum())

    def in_rating(self, rating: int) -> pl.DataFrame:
        """The pairs that tell about a rating: which start in it, end in it or pass it."""
        return self.pairs.filter((pl.col("before") <= rating) & (pl.col("after") >= rating))

    def same_pairs(self, other: Panel) -> bool:
        """Whether another panel has the same ratings and years, whatever its covariates."""
        key = ["before", "after", "years"]
        ours, theirs = (panel.pairs.group_by(key).agg(pl.sum("count")).sort(key) for panel in (self, other))
        return ours.equals(theirs)

    def core(self, design: Numbers) -> _core.Panel:
        """The panel as the kernels know it, with the given design."""
        return _core.Panel(
            before=self.pairs["before"].to_numpy() - 1,
            after=self.pairs["after"].to_numpy() - 1,
            years=self.pairs["years"].to_numpy(),
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
) -> Panel:
    """Read, check and count the pairs of a table."""
    by_rating = _checked_arguments(before, after, years, ratings, covariates)
    names = tuple(dict.fromkeys(name for of_rating in by_rating.values() for name in of_rating))
    schema = _schema(before, after, years, names, ratings or _core.most_ratings)
    findings = Findings()
    checked = check(_source(table, schema, findings), schema, findings)
    findings.raise_problems()
    frame = checked.frame.rename({before: "before", after: "after", years: "years"})
    worst = ratings or max(2, int(frame.select(pl.max_horizontal(pl.max("before", "after"))).item()))
    _validate.whole_number("rating in covariates", max(by_rating, default=1), at_least=1, at_most=worst - 1)
    terms = HazardTerms(tuple(by_rating.get(i, ()) for i in range(1, worst)))
    telling = frame.filter((pl.col("after") >= pl.col("before")) & (pl.col("before") < worst))
    return Panel(
        where=checked.source.where,
        terms=terms,
        pairs=telling.group_by("before", "after", "years", *terms.covariates).len("count").sort(pl.all()),
        repairs=frame.filter(pl.col("after") < pl.col("before")).height,
        from_worst=frame.filter((pl.col("before") == worst) & (pl.col("after") == worst)).height,
    )


def _checked_arguments(
    before: str, after: str, years: str, ratings: int | None, covariates: Mapping[int, Sequence[str]] | None
) -> dict[int, tuple[str, ...]]:
    for name, value in (("before", before), ("after", after), ("years", years)):
        _validate.instance(name, value, str)
    if len({before, after, years}) < 3:
        raise _validate.invalid("before, after, years", "must be three columns", f"{before}, {after}, {years}")
    if ratings is not None:
        _validate.whole_number("ratings", ratings, at_least=2, at_most=_core.most_ratings)
    by_rating = checked_covariates(covariates, ratings)
    for names in by_rating.values():
        if taken := {before, after, years} & set(names):
            raise _validate.invalid("covariates", "must be other columns than before, after, years", taken.pop())
    return by_rating


def _schema(before: str, after: str, years: str, covariates: Sequence[str], ratings: int) -> Schema:
    return Schema(
        "panel",
        (
            Column(before, "whole number", required=True, rule=between(1, ratings)),
            Column(after, "whole number", required=True, rule=between(1, ratings)),
            Column(years, "number", required=True, rule=positive()),
            *(Column(name, "number", required=True) for name in covariates),
        ),
    )


def _source(table: ArrowStream | str | Path, schema: Schema, findings: Findings) -> SourceTable:
    if isinstance(table, (str, Path)):
        return read_csv(table, findings)
    return read_arrow(table, "panel table", findings)


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
        pairs = panel.in_rating(i)
        found = pairs.filter((pl.col("before") == i) | (pl.col("after") == i))
        if len(pairs) and found.is_empty():
            value = f"{pairs['count'].sum():,} pairs that pass it, none that starts or ends in it"
            problems.append(Problem(rule, value, f"rating {i}"))
    return problems


def _useless_covariates(panel: Panel) -> list[Problem]:
    problems = []
    for i, names in enumerate(panel.terms.of_rating, start=1):
        pairs = panel.in_rating(i)
        if not names or pairs.is_empty():
            continue
        constant = [name for name in names if pairs[name].min() == pairs[name].max()]
        for name in constant:
            rule = f"must vary among the pairs of rating {i} to have a coefficient there"
            problems.append(Problem(rule, f"{pairs[name][0]} throughout", panel.where, column=name))
        if not constant and _dependent(pairs.select(names).to_numpy()):
            rule = f"must not follow from each other among the pairs of rating {i}"
            problems.append(Problem(rule, "linearly dependent columns", panel.where, column=", ".join(names)))
    return problems


def _dependent(columns: Numbers) -> bool:
    centred = columns - columns.mean(axis=0)
    return bool(
        np.linalg.matrix_rank(centred / np.abs(centred).max(axis=0), tol=1e-8 * np.sqrt(len(columns)))
        < columns.shape[1]
    )
