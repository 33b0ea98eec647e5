"""Check whether a table agrees with its schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from sys import float_info

import polars as pl
import polars.selectors as cs

from nagamochi.tables import dates
from nagamochi.tables.findings import Findings
from nagamochi.tables.formats.unvalued_cells import ERRORS, UNSAVED
from nagamochi.tables.likeness import like
from nagamochi.tables.marks import DITTO
from nagamochi.tables.money import parse_yen
from nagamochi.tables.numbers import DECIMAL_COMMA, DECIMAL_POINT, EITHER_MARK, decimal_points, parse_numbers
from nagamochi.tables.schema import DTYPES, Column, Kind, Schema
from nagamochi.tables.source import SourceTable, shown
from nagamochi.tables.spelling import may_look_alike, one_spelling

LARGEST_WHOLE = 2**53

EITHER_RULE = (
    "must be a number without marks of thousands, its decimals after a point: where semicolons stand between cells, a "
    "comma or point may be either, and the other numbers of the file do not show which"
)
DITTO_RULE = "must be the value itself, not a mark that stands for that of another cell"
PLAN_YEAR_RULE = "must be a whole number, or a fiscal year such as 2026 or R8"


@dataclass(frozen=True)
class CheckedTable:
    """A table whose cells agree with its schema, or are null and were refused.

    Parameters
    ----------
    source : SourceTable
        Where it came from, with the schema's names.
    frame : polars.DataFrame
        The columns of the schema in its order, and no others, so that internal names cannot clash with a user's.
    others : polars.DataFrame
        The columns that are not in the schema, row by row.
    look_alike : tuple of str
        Columns of names of which some may look like others that are written otherwise.
    """

    source: SourceTable
    frame: pl.DataFrame
    others: pl.DataFrame
    look_alike: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all rows and columns are there that its user meant to give."""
        return self.source.complete

    @property
    def whole(self) -> pl.DataFrame:
        """The columns of the schema, then the others."""
        return self.frame.hstack(self.others)

    def take(self, rows: pl.Series) -> CheckedTable:
        """Return the table with these rows in this order; its source stays as it came."""
        others = self.others[rows] if self.others.columns else self.others
        return replace(self, frame=self.frame[rows], others=others)

    def with_names_of(self, other: CheckedTable, names: Sequence[str], findings: Findings) -> CheckedTable:
        """Return the table with some columns of names as another table writes those that look the same."""
        return replace(
            self,
            frame=self.frame.with_columns(
                _in_one_spelling(self.frame[name], self.source, findings, other.frame[name])
                for name in names
                if name in self.look_alike or name in other.look_alike
            ),
        )


def check(source: SourceTable, schema: Schema, findings: Findings) -> CheckedTable:
    """Check names, types and cells of a table against a schema; unknown columns are kept, with notices."""
    if not source.cells.columns:
        return CheckedTable(source, schema.empty(), pl.DataFrame())
    source = _with_schema_types(_with_schema_names(source, schema, findings), schema, findings)
    if source.complete and source.cells.is_empty():
        findings.refuse(source.where, "must have at least one row", "none")
    others = source.cells.drop(schema.dtypes, strict=False)
    _notice_others(source, schema, others.columns, findings)
    frame = pl.DataFrame([check_column(source, column, findings) for column in schema.columns])
    names = [column.name for column in schema.columns if column.identifies]
    look_alike = tuple(name for name in names if may_look_alike(frame[name]))
    frame = frame.with_columns(_in_one_spelling(frame[name], source, findings) for name in look_alike)
    _refuse_repeats(source, frame, schema, findings)
    return CheckedTable(source, frame, others, look_alike)


def _notice_others(source: SourceTable, schema: Schema, others: Sequence[str], findings: Findings) -> None:
    """Note columns that are not known, those that look like a known one with what counts instead."""
    absent = [column for column in schema.columns if not column.required and column.name not in source.cells.columns]
    known = {header: column.name for column in reversed(absent) for header in (column.name, *column.headers)}
    alike: dict[str | None, list[str]] = {}
    for other in others:
        found = like(source.header_of(other), known)
        alike.setdefault(None if found is None else known[found], []).append(other)
    for column in absent:
        if headers := alike.get(column.name):
            look = (
                f"columns {source.listed(headers)} look"
                if len(headers) > 1
                else f"column {source.listed(headers)} looks"
            )
            known_as = f"{column.name} ({column.headers[0]})" if column.headers else column.name
            instead = "is empty" if column.default is None else f"counts as {shown(column.default)}"
            findings.notice(source.where, f"{look} like {known_as}: not used, {column.name} {instead}")
    if unlike := alike.get(None):
        findings.notice(source.where, f"columns not known and not used: {source.listed(unlike)}")


def check_column(source: SourceTable, column: Column, findings: Findings) -> pl.Series:
    """Return a column in its schema's type; refused cells are null, empty ones have the default."""
    if column.name not in source.cells.columns:
        return _defaults(source, column)
    cells = _in_our_words(source.cells[column.name], column)
    if cells.null_count() == len(cells) and not column.required:
        return _defaults(source, column)
    if column.required and cells.has_nulls():
        findings.refuse_rows(source, column.name, "must not be empty", cells.is_null().arg_true())
    if column.kind in ("number", "whole number", "yen"):
        cells = _with_decimal_points(cells, source, findings)
    if column.kind == "text":
        values = _checked_text(cells.cast(pl.String), source, findings)
    elif column.kind == "yen" and cells.dtype == pl.String:
        values = _checked_numbers(_checked_yen(cells, source, findings), source, "number", findings)
    elif column.kind == "year of a plan":
        values = _checked_plan_years(cells, source, findings)
    elif column.kind in ("date", "year", "fiscal year"):
        values = _checked_dates(cells, source, column, column.kind, findings)
    else:
        values = _checked_numbers(cells, source, column.kind, findings, column.unread)
    if column.rule is not None:
        values = _refused(values, column.rule.holds(values), source, column.rule.words, findings)
    return values if column.default is None or not cells.has_nulls() else values.set(cells.is_null(), column.default)


def _defaults(source: SourceTable, column: Column) -> pl.Series:
    return pl.repeat(column.default, len(source.rows), dtype=DTYPES[column.kind], eager=True).alias(column.name)


def _with_schema_names(source: SourceTable, schema: Schema, findings: Findings) -> SourceTable:
    """Give columns the schema's names; of several for one name the first stays."""
    headers: dict[str, list[str]] = {}
    for header in source.cells.columns:
        headers.setdefault(schema.column_name(header), []).append(header)
    missing = [column.name for column in schema.columns if column.required and column.name not in headers]
    for name in missing:
        findings.refuse(source.where, "must be among the columns", source.header, row=source.header_row, column=name)
    repeated = [name for name, same in headers.items() if len(same) > 1]
    for name in repeated:
        same = " and ".join(headers[name])
        findings.refuse(source.where, "must be there only once", same, row=source.header_row, column=name)
    return replace(
        source,
        cells=pl.DataFrame([source.cells[same[0]].alias(name) for name, same in headers.items()]),
        complete=source.complete and not missing and not repeated,
        headers={name: header for name, same in headers.items() if (header := source.header_of(same[0])) != name},
    )


def _with_schema_types(source: SourceTable, schema: Schema, findings: Findings) -> SourceTable:
    """Leave out columns of a type that does not fit the schema."""
    if source.from_file:
        return source
    wrong = []
    for column in schema.columns:
        if column.name in source.cells.columns and not _can_hold(source.cells.schema[column.name], column):
            _refuse_type(source, column, findings)
            wrong.append(column.name)
    return replace(source, cells=source.cells.drop(wrong), complete=False) if wrong else source


def _refuse_type(source: SourceTable, column: Column, findings: Findings) -> None:
    """Refuse the rows that keep a column from being numbers, or else its type."""
    cells = source.cells[column.name]
    if cells.dtype == pl.String:
        unread = (parse_numbers(cells).is_null() & cells.is_not_null()).arg_true()
        if len(unread):
            findings.refuse_rows(source, column.name, column.unread, unread)
            return
    header = source.header_of(column.name)
    findings.refuse(source.where, f"must be of type {column.kind}", f"type {cells.dtype}", column=header)


def _can_hold(dtype: pl.DataType, column: Column) -> bool:
    text = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null))
    if column.kind == "text":
        return text or dtype.is_integer()
    if column.kind == "yen":
        return text or dtype.is_numeric()
    if column.kind in ("date", "year", "fiscal year", "year of a plan"):
        return text or dtype.is_numeric() or isinstance(dtype, (pl.Date, pl.Datetime))
    words = isinstance(dtype, pl.String) and bool(column.spellings)
    return dtype.is_numeric() or isinstance(dtype, pl.Null) or words


def _in_our_words(cells: pl.Series, column: Column) -> pl.Series:
    """Return the cells with our spellings of values, null for marks of no value."""
    if cells.dtype != pl.String or not (column.spellings or column.absent):
        return cells
    plain = cells.str.normalize("NFKC")
    spelled = plain.replace_strict(column.spellings, default=None, return_dtype=pl.String) if column.spellings else None
    cells = cells if spelled is None else spelled.fill_null(cells)
    return cells.set(plain.is_in(column.absent), None)


def _checked_text(text: pl.Series, source: SourceTable, findings: Findings) -> pl.Series:
    """Return text without errors of a spreadsheet, such as #N/A, and marks such as 〃: they name nothing."""
    text = _refused(text, ~text.is_in(DITTO), source, DITTO_RULE, findings)
    if not source.from_file or not (maybe := text.str.starts_with("#") | text.str.starts_with("=")).any():
        return text
    unvalued = (maybe & (text.is_in(ERRORS) | text.str.ends_with(UNSAVED))).fill_null(False)
    return _refused(text, ~unvalued, source, "must be a value, not an error of a spreadsheet", findings)


def _in_one_spelling(
    names: pl.Series, source: SourceTable, findings: Findings, known: pl.Series | None = None
) -> pl.Series:
    """Return names that look the same as one, with a notice where they were written otherwise."""
    same = one_spelling(names, known)
    others = (same != names).fill_null(False)
    if others.any():
        header, first = source.header_of(names.name), int(others.arg_max() or 0)
        written = f"such as {shown(names[first])} in row {source.rows[first]} for {shown(same[first])}"
        alike = f"cells that look like others but are written with other characters: {others.sum():,}"
        findings.notice(source.where, f"column {header}: {alike}, {written}; they count as one")
    return same


def _with_decimal_points(cells: pl.Series, source: SourceTable, findings: Findings) -> pl.Series:
    """Return the numbers of a file with points before their decimals.

    Where semicolons stand between cells, commas may stand there instead, as other numbers of the file show; numbers
    that may be read either way are refused where none or both are shown.
    """
    if not source.semicolons or not cells.str.contains("[.,]").any():
        return cells
    points, commas = (
        any(text.str.contains(mark).any() for text in source.cells.select(cs.string()))
        for mark in (DECIMAL_POINT, DECIMAL_COMMA)
    )
    if points != commas:
        return decimal_points(cells) if commas else cells
    either = cells.str.contains(EITHER_MARK).fill_null(False)
    if not either.any():
        return cells
    findings.refuse_rows(source, cells.name, EITHER_RULE, either.arg_true())
    return cells.set(either, None)


def _checked_dates(
    cells: pl.Series, source: SourceTable, column: Column, kind: dates.Kind, findings: Findings
) -> pl.Series:
    years = dates.years(cells, kind, month_first=column.month_first, day_zero=source.day_zero)
    unread = years.is_null() & cells.is_not_null()
    if unread.any():
        findings.refuse_rows(source, cells.name, dates.why_unread(cells, kind), unread.arg_true())
    return years if kind == "date" else years.floor().cast(pl.Int64)


def _checked_plan_years(cells: pl.Series, source: SourceTable, findings: Findings) -> pl.Series:
    """Read whole numbers, and what is no number as a fiscal year."""
    if cells.dtype.is_numeric():
        return _checked_numbers(cells, source, "whole number", findings)
    text = cells.cast(pl.String)
    numbers = parse_numbers(text)
    fiscal = dates.years(text.set(numbers.is_not_null(), None), "fiscal year")
    unread = text.is_not_null() & numbers.is_null() & fiscal.is_null()
    findings.refuse_rows(source, cells.name, PLAN_YEAR_RULE, unread.arg_true())
    return _checked_numbers(numbers, source, "whole number", findings).fill_null(fiscal.cast(pl.Int64))


def _checked_yen(cells: pl.Series, source: SourceTable, findings: Findings) -> pl.Series:
    """Read amounts, also with a unit."""
    yen = parse_yen(cells)
    unread = (yen.is_null() & cells.is_not_null()).arg_true()
    findings.refuse_rows(source, cells.name, "must be a number of yen, also with a unit such as 5000万円", unread)
    return yen


def _checked_numbers(
    cells: pl.Series, source: SourceTable, kind: Kind, findings: Findings, unread_rule: str | None = None
) -> pl.Series:
    if kind == "whole number" and cells.dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64):
        values = cells.cast(pl.Int64)
        whole = values.is_between(-LARGEST_WHOLE, LARGEST_WHOLE)
        return _refused(values, whole, source, "must be a whole number", findings)
    if source.from_file or cells.dtype == pl.String:
        values = parse_numbers(cells)
        if values.null_count() > cells.null_count():
            unread = (values.is_null() & cells.is_not_null()).arg_true()
            findings.refuse_rows(source, cells.name, unread_rule or f"must be a {kind}", unread)
    else:
        values = cells.cast(pl.Float64)
    finite = values.is_between(-float_info.max, float_info.max)  # several times faster than is_finite
    values = _refused(values, finite, source, "must be finite", findings)
    if kind == "whole number":
        whole = (values == values.round()) & (values.abs() <= LARGEST_WHOLE)
        values = _refused(values, whole, source, "must be a whole number", findings)
    return values.cast(DTYPES[kind])


def _refused(values: pl.Series, holds: pl.Series, source: SourceTable, rule: str, findings: Findings) -> pl.Series:
    """Return the values without those for which a rule does not hold; null breaks no rule."""
    if holds.all():
        return values
    broken = ~holds.fill_null(True)
    findings.refuse_rows(source, values.name, rule, broken.arg_true())
    return values.set(broken, None)


def _refuse_repeats(source: SourceTable, frame: pl.DataFrame, schema: Schema, findings: Findings) -> None:
    """Refuse rows whose key stands in an earlier row; a key without one of its required parts was refused before."""
    if not schema.key or frame.select(schema.key).hash_rows().n_unique() == len(frame):
        return  # rows whose hashes differ differ
    required = [column.name for column in schema.columns if column.required and column.name in schema.key]
    numbered = frame.select(schema.key).with_row_index("row number")
    first = numbered.select(pl.col("row number").first().over(schema.key)).to_series()
    repeats = first != numbered["row number"]
    repeats &= frame.select(pl.all_horizontal(pl.col(required).is_not_null())).to_series()
    findings.refuse_rows(
        source,
        schema.key,
        lambda index: f"must not repeat row {source.rows[first[index]]}",
        repeats.arg_true(),
        value=lambda index: source.cells_of(index, schema.key),
    )
