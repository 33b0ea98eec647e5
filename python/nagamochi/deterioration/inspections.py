"""Pairs of successive inspections from a table with one row for each inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from nagamochi.base import arguments
from nagamochi.deterioration.scale import Scale, checked_scale, rating_rule, with_arabic_ratings
from nagamochi.tables import (
    ArrowStream,
    Column,
    Findings,
    Schema,
    SourceTable,
    check,
    check_column,
    in_years,
    not_after,
    read_table,
)
from nagamochi.tables.marks import NAMED
from nagamochi.tables.numbers import numbers_if_all
from nagamochi.tables.spelling import one_spelling
from nagamochi.vocabulary import column_name


def inspection_pairs(
    inspections: ArrowStream | str | Path,
    *,
    asset: str,
    date: str,
    rating: str,
    scale: tuple[int, int] | None = None,
    covariates: Sequence[str] = (),
    group: str | None = None,
) -> pl.DataFrame:
    """Pair every inspection with the next one of the same asset.

    No pair is dropped or mended: a pair whose rating improves, by a repair or because another inspector rated it, is
    returned as it is, and ``fit_hazards`` counts and excludes it. The pair that follows starts from the new rating.
    An inspection without a rating ends no pair and starts none.

    Parameters
    ----------
    inspections : table or path
        One row for each inspection of an asset.
    asset, date, rating : str
        Its columns. Dates are dates, text like 2021-04-30 or 2021/4/30, or years such as 2021 or 2021.5. Ratings are
        whole numbers (or Roman ones, I, II, ..) on the scale.
    scale : (int, int), optional
        The best and the worst rating, as in ``fit_hazards``; by default 1 to 30. Ratings stay as they are.
    covariates : sequence of str
        Columns that ``fit_hazards`` will need as numbers: refused here, by their rows, where they are none.
    group : str, optional
        Column that ``fit_hazards`` will need as group.

    Returns
    -------
    polars.DataFrame
        The rows of all inspections but the last of each asset, with all their columns (covariates are those at the
        first inspection of a pair), and before, after (the two ratings) and years between them, which replace columns
        of these names. Columns of a file that hold numbers only are numbers; one named ^a$ is called ＾a＄.

    Raises
    ------
    InvalidInput
        With all cells that are no rating, no date, no number or empty, and assets with two ratings of the same date.

    Examples
    --------
    >>> import polars as pl
    >>> bridges, years, ratings = ["a", "a", "b", "a"], [2010, 2015, 2012, 2021], [1, 2, 1, 4]
    >>> visits = pl.DataFrame({"bridge": bridges, "year": years, "rating": ratings})
    >>> pairs = inspection_pairs(visits, asset="bridge", date="year", rating="rating")
    >>> pairs.select("bridge", "before", "after", "years").rows()
    [('a', 1, 2, 5.0), ('a', 2, 4, 6.0)]
    """
    _check_names(asset, date, rating, covariates, group)
    asset, date, rating, *covariates = map(column_name, (asset, date, rating, *covariates))
    group = None if group is None else column_name(group)
    columns = list(dict.fromkeys([asset, date, rating, *([] if group is None else [group]), *covariates]))
    ends = checked_scale(scale)
    findings = Findings()
    source = with_arabic_ratings(read_table(inspections, "inspections table", findings), (rating,), findings)
    findings.raise_problems()
    _refuse_absent(source, columns, findings)
    findings.raise_problems()
    numbers = _checked_numbers(source, rating, covariates, ends, findings)
    visits = _visits(source, asset, date, numbers[rating], findings)
    pairs = _paired(visits)
    check_column(source, Column(asset, rule=NAMED, aliases=()), findings)
    if group is not None:
        check_column(source, Column(group, aliases=()), findings)
    _refuse_empty(source, pairs["row"], [*covariates, *([] if group is None else [group])], findings)
    findings.raise_problems()
    cells = source.cells
    if source.from_file:  # numbers where all cells of a column are, but for names: 1.1 and 1.10 differ
        cells = cells.select(column if column.name == asset else numbers_if_all(column) for column in cells)
    return cells.with_columns(numbers)[pairs["row"]].with_columns(pairs.drop("row"))


def _check_names(asset: str, date: str, rating: str, covariates: Sequence[str], group: str | None) -> None:
    named = {"asset": asset, "date": date, "rating": rating} | ({} if group is None else {"group": group})
    for name, value in named.items():
        arguments.instance(name, value, str)
    if isinstance(covariates, str) or not all(isinstance(name, str) for name in covariates):
        raise arguments.invalid("covariates", "must be a list of column names", covariates)


def _refuse_absent(source: SourceTable, columns: Sequence[str], findings: Findings) -> None:
    found = ", ".join(source.cells.columns)
    for name in columns:
        if name not in source.cells.columns:
            findings.refuse(source.where, "must be among the columns", found, row=source.header_row, column=name)


def _checked_numbers(
    source: SourceTable, rating: str, covariates: Sequence[str], scale: Scale | None, findings: Findings
) -> pl.DataFrame:
    """Ratings and covariates as numbers."""
    columns = [Column(rating, "whole number", rule=rating_rule(scale), aliases=())]
    columns += [Column(name, "number", aliases=()) for name in dict.fromkeys(covariates) if name != rating]
    cells = source.cells.select(column.name for column in columns)
    return check(replace(source, cells=cells), Schema("inspections", tuple(columns)), findings).frame


def _visits(source: SourceTable, asset: str, date: str, ratings: pl.Series, findings: Findings) -> pl.DataFrame:
    """Row, asset, year and rating of every inspection with a rating."""
    year = check_column(source, Column(date, "date", required=True, rule=in_years()), findings)
    past = not_after()
    findings.refuse_rows(source, date, past.words, (~past.holds(year)).arg_true())
    assets = one_spelling(source.cells[asset].cast(pl.String))
    visits = pl.DataFrame([assets.alias("asset"), year.alias("year"), ratings.alias("rating")])
    rated = visits.with_row_index("row").filter(pl.col("rating").is_not_null())
    _refuse_empty(source, rated["row"], [asset], findings)
    repeated = rated.filter(pl.struct("asset", "year").is_duplicated() & pl.col("year").is_not_null())["row"]
    findings.refuse_rows(source, date, f"must be the only one with a rating of its {asset} on this date", repeated)
    return rated


def _paired(visits: pl.DataFrame) -> pl.DataFrame:
    """Row of the first inspection, before, after and years of every pair."""
    following = pl.all().shift(-1).over("asset")
    return (
        visits.sort("asset", "year", maintain_order=True)
        .with_columns(following.name.prefix("next_"))
        .filter(pl.col("next_rating").is_not_null())
        .select("row", before="rating", after="next_rating", years=pl.col("next_year") - pl.col("year"))
    )


def _refuse_empty(source: SourceTable, rows: pl.Series, columns: Sequence[str], findings: Findings) -> None:
    """Refuse empty cells in these rows."""
    for name in columns:
        empty = rows.filter(source.cells[name][rows].is_null())
        findings.refuse_rows(source, name, "must not be empty", empty.sort())
