"""Read how ratings scatter from a table of their probabilities."""

from __future__ import annotations

from pathlib import Path

from nagamochi.planning.rating_scatter import GRADES, ROUNDING, RatingScatter
from nagamochi.tables import CheckedTable, Column, Findings, Schema, between, check, read_file, shown

RATED = tuple(f"rated_{grade}" for grade in GRADES)

ERROR_MATRIX = Schema(
    "error matrix",
    (
        Column("grade", "whole number", required=True, rule=between(1, 5), aliases=("健全度",)),
        *(
            Column(name, "number", required=True, rule=between(0, 1), aliases=(f"評価{grade}",))
            for name, grade in zip(RATED, GRADES, strict=True)
        ),
    ),
    key=("grade",),
)


def read_error_matrix(path: str | Path) -> RatingScatter:
    """Read a CSV file with the columns grade, rated_5, rated_4, .., rated_1.

    A row has the probabilities with which members of a true grade, 5 as new to 1, are rated 5, 4, 3, 2, 1; there is a
    row for each grade, in any order.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    RatingScatter

    Raises
    ------
    nagamochi.errors.InvalidInput
        With all problems of the file: a cell is no probability, a row does not sum to 1, a grade is missing or comes
        twice.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import polars as pl
    >>> columns = {f"rated_{5 - i}": [0.0] * i + [0.9] + [0.025] * (4 - i) for i in range(5)}
    >>> rows = pl.DataFrame({"grade": [5, 4, 3, 2, 1], **columns})
    >>> rows.with_columns(rated_5=1 - pl.sum_horizontal(pl.col("^rated_[1-4]$"))).write_csv("errors.csv")
    >>> read_error_matrix("errors.csv").matrix[0]
    (1.0, 0.0, 0.0, 0.0, 0.0)
    """
    findings = Findings()
    table = check(read_file(path, findings), ERROR_MATRIX, findings)
    _check_rows(table, findings)
    findings.raise_problems()
    rows = table.frame.sort("grade", descending=True).select(RATED).rows()
    return RatingScatter(matrix=rows)


def _check_rows(table: CheckedTable, findings: Findings) -> None:
    sums = table.frame.select(RATED).sum_horizontal(ignore_nulls=False)
    wrong = ((sums - 1).abs() > ROUNDING).fill_null(False)
    findings.refuse_rows(
        table.source, RATED, "must sum to 1", wrong.arg_true(), lambda index: shown(round(float(sums[index]), 12))
    )
    missing = [grade for grade in GRADES if grade not in table.frame["grade"].to_list()]
    if table.complete and missing and len(table.frame) < len(GRADES):
        findings.refuse(
            table.source.where, "must have a row for each of the grades 5, 4, 3, 2, 1", f"none for {missing[0]}"
        )
