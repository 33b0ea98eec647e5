"""What a format of lists is: its columns, how its files are recognised, and what becomes of odd cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.importers.problems import VALUE_NOT_USED, Problems
from nagamochi.importers.report import History, Imported
from nagamochi.tables import Column, Findings, Schema, SourceTable, check, listed, not_after
from nagamochi.tables.likeness import like
from nagamochi.tables.limits import SHORTEST_SPAN_M
from nagamochi.vocabulary import plain_header

ODD_SHARE = 0.2
FEW_ODD = 2
"""A column in which more cells than both cannot be read is another column, in another unit or on another scale."""

MANY_SPANS = 100_000
SPANS_PER_BRIDGE = 20

BRACKETS = re.compile(
    r"[(\[【](?:m|西暦|和暦|年|年度|度|世界測地系|wgs84|jgd20[01]1|今回|最新|直近)[)\]】]$|_m$|(?<=[長員])m$"
)


@dataclass(frozen=True)
class ListFile:
    """A file of a list.

    Parameters
    ----------
    source : SourceTable
        Its columns; those that the format knows have our names once `ListFormat.named` has run.
    records : list of dict or None
        The records of a JSON file, with all that is nested in them.
    notices : tuple of str
        What was found around the table.
    left_out : tuple of (int, str)
        Rows that are none of the table, and why.
    """

    source: SourceTable
    records: list[dict[str, Any]] | None = None
    notices: tuple[str, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class ListFormat:
    """A format of lists.

    Parameters
    ----------
    name : str
        Of ``--format``.
    title : str
        What such a list is.
    columns : tuple of Column
        What is read; their aliases are the headers, the usual one first.
    marks : tuple of tuples of str
        Headers, or our names of columns: a file with all of one tuple is recognised.
    needs : tuple of tuples of str
        A file must have a column of each tuple.
    make : callable
        From the files, the planning year asked for and the problems to the network and what was assumed.
    history : callable or None
        From the files and the problems to inspections with ratings.
    rounds : callable or None
        From the files and the problems to inspections with health, as `nagamochi.deterioration.fit_curves` reads them.
    also : str
        Pattern of further headers that are kept as they are.
    language : {"en", "ja"}
        Of the list, and so of the members and methods of its network.
    fixed : bool
        Whether all lists have the same columns, so that those not read need no notice unless they look misspelt.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    marks: tuple[tuple[str, ...], ...]
    needs: tuple[tuple[str, ...], ...]
    make: Callable[[Sequence[ListFile], int | None, Problems], Imported]
    history: Callable[[Sequence[ListFile], Problems], History] | None = None
    rounds: Callable[[Sequence[ListFile], Problems], pl.DataFrame] | None = None
    also: str = r"(?!)"
    language: Literal["en", "ja"] = "en"
    fixed: bool = False

    def knows(self, header: str) -> bool:
        """Whether a text is the header of a column."""
        return any(name in self._names for name in _plain(header))

    def recognised_by(self, source: SourceTable) -> tuple[str, ...] | None:
        """Return the headers by which a file is recognised, or None if it is not."""
        ours = self._headers(source.cells.columns)
        theirs = {name: header for header in source.cells.columns for name in _plain(header)[:1]}
        names = {column.name for column in self.columns}
        for marks in self.marks:
            found = [ours.get(mark) if mark in names else theirs.get(_plain(mark)[0]) for mark in marks]
            if all(found):
                return tuple(header for header in found if header)
        return None

    def named(self, file: ListFile) -> ListFile:
        """Return the file with the columns of the format alone, under our names."""
        source = file.source
        headers = self._headers(source.cells.columns)
        headers |= {header: header for header in source.cells.columns if re.fullmatch(self.also, header)}
        cells = pl.DataFrame([source.cells[header].alias(name) for name, header in headers.items()])
        renamed = {name: header for name, header in headers.items() if name != header}
        unread = [header for header in source.cells.columns if header not in headers.values()]
        notices = file.notices
        absent = [header for column in self.columns if column.name not in headers for header in column.headers]
        alike = [header for header in unread if like(header, absent)] if self.fixed else []
        if alike:
            notices += (f"columns not read, though their names are like those of columns that are: {listed(alike)}",)
        elif unread and not self.fixed:
            notices += (f"columns not read: {listed(unread)}",)
        return replace(file, source=replace(source, cells=cells, headers=renamed), notices=notices)

    def refuse_missing(self, source: SourceTable, given: SourceTable, findings: Findings) -> None:
        """Refuse, in one line, a file without columns that it needs."""
        label = {column.name: (column.headers or (column.name,))[0] for column in self.columns}
        lacking = [group for group in self.needs if not set(group) & set(source.cells.columns)]
        if lacking:
            names = ", ".join(" or ".join(label[name] for name in group) for group in lacking)
            found = listed(given.cells.columns)
            findings.refuse(given.where, f"must have the columns {names}", found, row=given.header_row)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Our name for each header, the plainest forms of both."""
        return {name: column.name for column in self.columns for header in column.headers for name in _plain(header)}

    def _headers(self, headers: Sequence[str]) -> dict[str, str]:
        """Return the header of each of our columns that is there: the first of its headers in our order."""
        given: dict[str, str] = {}
        for header in headers:
            for name in _plain(header):
                given.setdefault(name, header)
        found: dict[str, str] = {}
        for column in self.columns:
            names = [_plain(header)[0] for header in column.headers]
            there = [given[name] for name in names if name in given and given[name] not in found.values()]
            if there:
                found[column.name] = there[0]
        return found


def check_list(source: SourceTable, columns: Sequence[Column], problems: Problems, findings: Findings) -> pl.DataFrame:
    """Return a list's columns in their types; odd cells are null and listed among the problems.

    A column with too many odd cells is refused.
    """
    odd = Findings(listed_per_rule=len(source.cells))
    schema = Schema("list", tuple(replace(column, required=False, aliases=()) for column in columns))
    table = check(source, schema, odd)
    for column in columns:
        if column.name in source.cells.columns:
            _list_marks(source, column, problems)
    take_odd(source, odd, problems, findings)
    return table.frame


def take_odd(source: SourceTable, odd: Findings, problems: Problems, findings: Findings) -> None:
    """List odd cells among the problems, or refuse their column if they are too many."""
    by_column: dict[str | None, list[Any]] = {}
    for problem in odd.problems:
        by_column.setdefault(problem.column, []).append(problem)
    for header, found in by_column.items():
        name = next((name for name in source.cells.columns if source.header_of(name) == header), None)
        filled = 0 if name is None else source.cells[name].count()
        if name is None or len({problem.row for problem in found}) > max(FEW_ODD, ODD_SHARE * filled):
            first = found[0]
            share = "" if name is None else f", as {len(found):,} of {filled:,} cells are not"
            findings.refuse(source.where, f"{first.rule}{share}", first.value, row=first.row, column=header)
        else:
            for problem in found:
                problems.add(source, problem.row, VALUE_NOT_USED, problem.rule, header, problem.value)


def refuse_later_years(
    source: SourceTable, name: str, years: pl.Series, last: int | None, problems: Problems, findings: Findings
) -> pl.Series:
    """Return the years without those after the planning year, or else after the current year, which are odd."""
    odd = Findings(listed_per_rule=len(years))
    rule = not_after(last)
    late = (~rule.holds(years)).fill_null(False)
    odd.refuse_rows(source, name, rule.words, late.arg_true())
    take_odd(source, odd, problems, findings)
    return years.set(late, None)


def later_rule(last: int | None) -> str:
    """Return the rule that the ratings of inspections after the planning year, or else the current year, break."""
    return f"its inspection {not_after(last).words}"


def without_ratings(
    source: SourceTable,
    frame: pl.DataFrame,
    names: Sequence[str],
    rows: pl.Series,
    rule: str,
    problems: Problems,
    findings: Findings,
) -> pl.DataFrame:
    """Return a list without the ratings in these columns of the rows that break a rule."""
    odd = Findings(listed_per_rule=len(frame))
    for name in names:
        odd.refuse_rows(source, name, rule, (rows & frame[name].is_not_null()).arg_true())
        frame = frame.with_columns(frame[name].set(rows, None))
    take_odd(source, odd, problems, findings)
    return frame


def without_short_spans(
    source: SourceTable,
    frame: pl.DataFrame,
    length_m: pl.Series,
    spans: Sequence[str],
    problems: Problems,
    findings: Findings,
) -> pl.DataFrame:
    """Return a list without the numbers of spans in these columns for which its bridges are too short."""
    odd = Findings(listed_per_rule=len(frame))
    rule = f"must leave at least {SHORTEST_SPAN_M:g} m for each span"
    for name in spans:
        short = ((length_m > 0) & (length_m < frame[name] * SHORTEST_SPAN_M)).fill_null(False)
        odd.refuse_rows(source, name, rule, short.arg_true())
        frame = frame.with_columns(frame[name].set(short, None))
    take_odd(source, odd, problems, findings)
    return frame


def refuse_too_many_spans(source: SourceTable, column: str, spans: pl.Series, findings: Findings) -> None:
    """Refuse a list whose bridges cannot have so many spans together, as with lengths in millimetres."""
    most = MANY_SPANS + SPANS_PER_BRIDGE * len(spans)
    total = spans.sum()
    if total > most:
        rule = f"must be plausible: the list gives {total:,.0f} spans, and may give {most:,}"
        findings.refuse_rows(source, column, rule, pl.Series([spans.arg_max()]))


def _list_marks(source: SourceTable, column: Column, problems: Problems) -> None:
    """List the cells that stand for no value."""
    cells = source.cells[column.name]
    if not column.absent or cells.dtype != pl.String:
        return
    for index in cells.str.normalize("NFKC").is_in(column.absent).fill_null(False).arg_true().to_list():
        reason = "stands for no value"
        problems.add(source, source.rows[index], VALUE_NOT_USED, reason, source.header_of(column.name), cells[index])


@lru_cache(maxsize=1024)
def _plain(header: str) -> tuple[str, ...]:
    """Return a header in its plainest form, then without a unit; all formats ask for one header after another."""
    plain = plain_header(header).casefold().removeprefix("meta_rsdb:").replace(".", "_")
    bare = BRACKETS.sub("", plain)
    return (bare,) if bare == plain or not bare else (bare, plain)
