"""Whether a table agrees with its schema."""

from __future__ import annotations

from dataclasses import dataclass, replace
from sys import float_info

import polars as pl

from nagamochi.tables.findings import Findings
from nagamochi.tables.headers import column_name
from nagamochi.tables.numbers import parse_numbers
from nagamochi.tables.schema import DTYPES, Column, Kind, Schema
from nagamochi.tables.source import SourceTable

LARGEST_WHOLE = 2**53


@dataclass(frozen=True)
class CheckedTable:
    """A table whose cells agree with its schema, or are null and were refused.

    Parameters
    ----------
    source : SourceTable
        Where it came from, with the schema's names.
    frame : polars.DataFrame
        All columns of the schema in its order, then those that it does not know.
    """

    source: SourceTable
    frame: pl.DataFrame

    @property
    def complete(self) -> bool:
        """Whether all rows and columns are there that its user meant to give."""
        return self.source.complete


def check(source: SourceTable, schema: Schema, findings: Findings) -> CheckedTable:
    """Check names, types and cells of a table against a schema; unknown columns are kept, with a notice."""
    if not source.cells.columns:
        return CheckedTable(source, schema.empty())
    source = _with_schema_types(_with_schema_names(source, schema, findings), schema, findings)
    if source.complete and source.cells.is_empty():
        findings.refuse(source.where, "must have at least one row", "none")
    unknown = [name for name in source.cells.columns if name not in schema.dtypes]
    if unknown:
        findings.notice(source.where, f"columns not known and not used: {', '.join(unknown)}")
    columns = [_checked_column(source, column, findings) for column in schema.columns]
    frame = pl.DataFrame([*columns, *(source.cells[name] for name in unknown)])
    _refuse_repeats(source, frame, schema, findings)
    return CheckedTable(source, frame)


def _with_schema_names(source: SourceTable, schema: Schema, findings: Findings) -> SourceTable:
    """Give columns the schema's names; of several for one name the first stays."""
    headers: dict[str, list[str]] = {}
    for header in source.cells.columns:
        headers.setdefault(column_name(header, schema.dtypes), []).append(header)
    found = ", ".join(source.cells.columns)
    missing = [column.name for column in schema.columns if column.required and column.name not in headers]
    for name in missing:
        findings.refuse(source.where, "must be among the columns", found, row=source.header_row, column=name)
    repeated = [name for name, same in headers.items() if len(same) > 1]
    for name in repeated:
        same = " and ".join(headers[name])
        findings.refuse(source.where, "must be there only once", same, row=source.header_row, column=name)
    cells = pl.DataFrame([source.cells[same[0]].alias(name) for name, same in headers.items()])
    return replace(source, cells=cells, complete=source.complete and not missing and not repeated)


def _with_schema_types(source: SourceTable, schema: Schema, findings: Findings) -> SourceTable:
    """Leave out columns whose type cannot hold what the schema says."""
    wrong = [
        column
        for column in schema.columns
        if not source.from_file
        and column.name in source.cells.columns
        and not _can_hold(source.cells.schema[column.name], column.kind)
    ]
    for column in wrong:
        cells = source.cells[column.name]
        unread = (
            parse_numbers(cells).is_null() & cells.is_not_null() if cells.dtype == pl.String else pl.Series([False])
        )
        if unread.any():
            findings.refuse_rows(source, column.name, f"must be a {column.kind}", unread.arg_true())
        else:
            findings.refuse(source.where, f"must be of type {column.kind}", f"type {cells.dtype}", column=column.name)
    if not wrong:
        return source
    return replace(source, cells=source.cells.drop(column.name for column in wrong), complete=False)


def _can_hold(dtype: pl.DataType, kind: Kind) -> bool:
    if kind == "text":
        return dtype.is_integer() or isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null))
    return dtype.is_numeric() or isinstance(dtype, pl.Null)


def _checked_column(source: SourceTable, column: Column, findings: Findings) -> pl.Series:
    """The column in its schema's type; refused cells are null, empty ones have the default."""
    if column.name not in source.cells.columns:
        return pl.repeat(column.default, len(source.rows), dtype=DTYPES[column.kind], eager=True).alias(column.name)
    cells = source.cells[column.name]
    if column.required and cells.null_count():
        findings.refuse_rows(source, column.name, "must not be empty", cells.is_null().arg_true())
    if column.kind == "text":
        values = cells.cast(pl.String)
        if column.spellings:
            values = values.str.normalize("NFKC").replace(column.spellings)
    else:
        values = _checked_numbers(source, column, findings)
    if column.rule is not None:
        values = _refused(values, column.rule.holds(values), source, column.rule.words, findings)
    return values if column.default is None else values.set(cells.is_null(), column.default)


def _checked_numbers(source: SourceTable, column: Column, findings: Findings) -> pl.Series:
    cells = source.cells[column.name]
    if column.kind == "whole number" and cells.dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64):
        values = cells.cast(pl.Int64)
        whole = values.is_between(-LARGEST_WHOLE, LARGEST_WHOLE)
        return _refused(values, whole, source, "must be a whole number", findings)
    if source.from_file:
        values = parse_numbers(cells)
        unread = (values.is_null() & cells.is_not_null()).arg_true()
        findings.refuse_rows(source, column.name, f"must be a {column.kind}", unread)
    else:
        values = cells.cast(pl.Float64)
    finite = values.is_between(-float_info.max, float_info.max)  # several times faster than is_finite
    values = _refused(values, finite, source, "must be finite", findings)
    if column.kind == "whole number":
        whole = (values == values.round()) & (values.abs() <= LARGEST_WHOLE)
        values = _refused(values, whole, source, "must be a whole number", findings)
    return values.cast(DTYPES[column.kind])


def _refused(values: pl.Series, holds: pl.Series, source: SourceTable, rule: str, findings: Findings) -> pl.Series:
    """The values without those that a rule does not hold for; it says nothing on null."""
    if holds.all():
        return values
    broken = ~holds.fill_null(True)
    findings.refuse_rows(source, values.name, rule, broken.arg_true())
    return values.set(broken, None)


def _refuse_repeats(source: SourceTable, frame: pl.DataFrame, schema: Schema, findings: Findings) -> None:
    """Refuse rows whose key stands in an earlier row; a key without one of its required parts was refused before."""
    if not schema.key:
        return
    required = [column.name for column in schema.columns if column.required and column.name in schema.key]
    numbered = frame.select(schema.key).with_row_index("row")
    first = numbered.select(pl.col("row").first().over(schema.key)).to_series()
    repeats = (first != numbered["row"]) & frame.select(pl.all_horizontal(pl.col(required).is_not_null())).to_series()
    findings.refuse_rows(
        source,
        ", ".join(schema.key),
        lambda index: f"must not repeat row {source.rows[first[index]]}",
        repeats.arg_true(),
        value=lambda index: source.cells_of(index, schema.key),
    )
