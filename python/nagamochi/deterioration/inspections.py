"""Pairs of successive inspections from a table with one row for each inspection."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from nagamochi.base import arguments
from nagamochi.tables import ArrowStream, Column, Findings, check_column, in_years, read_table
from nagamochi.tables.numbers import numbers_if_all


def inspection_pairs(inspections: ArrowStream | str | Path, *, asset: str, date: str, rating: str) -> pl.DataFrame:
    """Pair every inspection with the next one of the same asset.

    Nothing is left out or mended here: a pair whose rating improves, be it by a repair or by another inspector's eye,
    comes out as it is, and ``fit_hazards`` counts and leaves it out. The pair that follows starts from the new rating.
    An inspection without a rating ends no pair and starts none.

    Parameters
    ----------
    inspections : table or path
        One row for each inspection of an asset.
    asset, date, rating : str
        Its columns. Dates are dates, text like 2021-04-30 or 2021/4/30, or years such as 2021 or 2021.5.

    Returns
    -------
    polars.DataFrame
        The rows of all inspections but the last of each asset, with all their columns (covariates are those at the
        first inspection of a pair), and besides: before, after (the two ratings) and years between them. Columns of a
        file that hold numbers only are numbers.

    Raises
    ------
    InvalidInput
        If a date cannot be read or an asset has two ratings of the same date.

    Examples
    --------
    >>> import polars as pl
    >>> bridges, years, ratings = ["a", "a", "b", "a"], [2010, 2015, 2012, 2021], [1, 2, 1, 4]
    >>> visits = pl.DataFrame({"bridge": bridges, "year": years, "rating": ratings})
    >>> pairs = inspection_pairs(visits, asset="bridge", date="year", rating="rating")
    >>> pairs.select("bridge", "before", "after", "years").rows()
    [('a', 1, 2, 5.0), ('a', 2, 4, 6.0)]
    """
    findings = Findings()
    source = read_table(inspections, "inspections table", findings)
    columns = {"asset": asset, "date": date, "rating": rating}
    for name, value in columns.items():
        arguments.instance(name, value, str)
        if value not in source.cells.columns:
            found = ", ".join(source.cells.columns)
            findings.refuse(source.where, "must be among the columns", found, row=source.header_row, column=value)
    findings.raise_problems()
    day = check_column(source, Column(date, "date", required=True, rule=in_years()), findings)
    cells = source.cells
    if source.from_file:  # numbers where all cells of a column are, but for names: 1.1 and 1.10 differ
        cells = cells.select(column if column.name == asset else numbers_if_all(column) for column in cells)
    visits = cells.with_columns(day.alias("")).with_row_index(" row")
    visits = visits.filter(pl.col(rating).is_not_null())
    repeated = visits.filter(pl.struct(asset, "").is_duplicated() & pl.col("").is_not_null())[" row"]
    findings.refuse_rows(source, date, f"must be the only one with a rating of its {asset} on this date", repeated)
    findings.raise_problems()
    return (
        visits.sort(asset, "", maintain_order=True)
        .with_columns(
            before=pl.col(rating),
            after=pl.col(rating).shift(-1).over(asset),
            years=pl.col("").shift(-1).over(asset) - pl.col(""),
        )
        .filter(pl.col("after").is_not_null())
        .drop("", " row")
    )
