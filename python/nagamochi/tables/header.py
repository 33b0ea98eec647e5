"""Find the header of a sheet as offices lay it out: titles, merged heads, units, notes and sums around a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from nagamochi.tables.dates import years
from nagamochi.tables.findings import Findings
from nagamochi.tables.numbers import parse_numbers
from nagamochi.tables.records import Records, table_of_columns, text_of, texts
from nagamochi.tables.source import SourceTable, listed, shown
from nagamochi.vocabulary import column_name, plain_header

LOOKED_AT = 30
"""Rows at the start of a sheet among which its header begins."""

TOP = LOOKED_AT + 2
"""Rows that a header and the units below it may be in: it has one or two."""

UNIT = re.compile(
    r"[(\[【]?\s*(m|m2|mm|cm|km|°|度|年|年度|西暦|和暦|[十百千]?[万億]?円|径間|人|台|台/日|yen|years?)?\s*[)\]】]?",
    re.IGNORECASE,
)
LENGTHS = "[mck]m"
OTHER_SIZES = f"{LENGTHS}|[十百千万億]+円"
"""Units of another size than that of the columns, which are m and yen: a header has them, too."""
SAID_ABOVE = re.compile(rf"単位\s*[:は]?\s*({OTHER_SIZES})(?![a-z0-9])", re.IGNORECASE)
SHOWN_ROWS = 3

SUM = (
    r"^(?:合\s*計|小\s*計|総\s*計|計|平\s*均|最\s*[大小](?:\s*値)?"
    r"|(?:grand )?total|sum|average|m(?:ax|in)imum)\s*[:：]?$"
)


class Layout(NamedTuple):
    """A table, and what stands around it in its sheet.

    Parameters
    ----------
    table : SourceTable
    notices : list of str
    around : list of (int, str)
        Rows of sums and notes, which are not in the table, and why.
    beyond : list of (int, str)
        Rows that reach beyond the header, so that their cells may stand in other columns than they belong to.
    """

    table: SourceTable
    notices: list[str]
    around: list[tuple[int, str]]
    beyond: list[tuple[int, str]]


def with_header(records: Records, where: str, known: Callable[[str], bool], findings: Findings) -> Layout:
    """Return the table below the header of a sheet, and what stands around it.

    The header is the row, or the two rows of merged heads, with most names that are known.

    Parameters
    ----------
    records : list of lists
        Rows; the first is row 1.
    where : str
        File or sheet, for messages.
    known : callable
        Whether a text is the header of a column.
    findings : Findings
        For what refuses the table.
    """
    if not any(any(map(str.strip, texts(row))) for row in records):
        findings.refuse(where, "must have a header and rows", "an empty file")
        return Layout(SourceTable.empty(where, complete=False), [], [], [])
    top = list(map(texts, records[:TOP]))
    first, rows = _found(top, known)
    if rows == 1 and _are_subheads(top[first : first + 2]):
        rows = 2
    heads = top[first : first + rows]
    width = max(map(len, heads), default=0)
    names, repeated = _names([_wide(row, width) for row in heads], known)
    start = first + rows
    if start < len(top) and _is_units(top[start]):
        names = [_with_unit(name, cell) for name, cell in zip(names, _wide(top[start], width), strict=True)]
        start += 1
    body = records[start:]
    kept = [i for i, name in enumerate(names) if name]
    if not kept:
        findings.refuse(where, "must be the header, as no row has names that are known", "a blank row", row=first + 1)
        return Layout(SourceTable.empty(where, complete=False), [], [], [])
    longer = _longer(body, width)
    for i in longer:
        body[i] = []
    table = table_of_columns(body, kept, [names[i] for i in kept], where, findings)
    table = replace(table, rows=_later(table.rows, start - 1), header_at=first + 1)
    table, around = _without_notes(table)
    if (second := _other_header(table)) is not None:
        rule = "must not be a second header whose columns stand elsewhere: save the tables as files of their own"
        findings.refuse(where, rule, f"{shown(second[1])} in the column {second[2]}", row=second[0])
        table = replace(table, complete=False)
    beyond = {i + start + 1: f"has more cells than the header, {len(records[i + start])} for {width}" for i in longer}
    end = 1 + max(i for row in heads for i, cell in enumerate(row) if cell.strip())
    if pushed := _pushed(records, table.rows, end):
        beyond |= {row: f"reaches beyond the header with {shown(text)}" for row, text in pushed.items()}
        table = table.take(pl.Series([row not in pushed for row in table.rows], dtype=pl.Boolean))
    notices = [f"row {first + 1} is the header"] if first else []
    if rows == 2:
        notices = [f"rows {first + 1} and {first + 2} are the header"]
    if start > first + rows:
        notices.append(f"row {start} holds units: not used")
    if unnamed := sum(not name and _has_cells(body, i) for i, name in enumerate(names)):
        notices.append(f"columns without a name of their own: {unnamed}, not used")
    if repeated:
        notices.append(f"names of several columns: {listed([name for name, _, _ in repeated])}; the first is used")
    for name, one, other in repeated:
        used = known(name) or name.isdecimal()  # ratings may stand below their years
        if used and any(_text_at(records[row - 1], one) != _text_at(records[row - 1], other) for row in table.rows):
            rule = "must be there only once, as its columns differ"
            findings.refuse(where, rule, f"it again as column {other + 1}", row=first + 1, column=name)
            table = replace(table, complete=False)
    return Layout(table, notices, around, sorted(beyond.items()))


def not_used(left_out: Sequence[tuple[int, str]]) -> list[str]:
    """Return the notices of rows that are left out: the first of them, and how many more there are."""
    notices = [f"row {row} {reason}: not used" for row, reason in left_out[:SHOWN_ROWS]]
    more = len(left_out) - SHOWN_ROWS
    return [*notices, f"{more:,} more such rows: not used"] if more > 0 else notices


def refuse_other_units(table: SourceTable, records: Records, units: str, findings: Findings) -> SourceTable:
    """Refuse a table above which another unit is written, such as 単位：千円, if the pattern of units has it."""
    for row, cells in enumerate(records[: (table.header_at or 1) - 1], start=1):
        for cell in texts(cells):
            said = SAID_ABOVE.search(unicodedata.normalize("NFKC", cell))
            if said and re.fullmatch(units, said[1], re.IGNORECASE):
                findings.refuse(table.where, "must be in m and yen", shown(cell), row=row)
                return replace(table, complete=False)
    return table


def why_none(left_out: Sequence[tuple[int, str]]) -> str:
    """Say that a table has no rows, and for the first of those left out why."""
    reasons = "; ".join(f"row {row} {reason}" for row, reason in sorted(left_out)[:SHOWN_ROWS])
    return f"none, as {reasons}" if reasons else "none"


def _found(records: Sequence[Sequence[str]], known: Callable[[str], bool]) -> tuple[int, int]:
    """Return the index of the header's first row and how many rows it has."""
    best, place = 0, (0, 1)
    for rows in (1, 2):  # two rows only where they name more columns than any row does alone
        for i in range(min(LOOKED_AT, len(records))):
            names, _ = _names(records[i : i + rows], known)
            if (score := sum(map(known, filter(None, names)))) > best:
                best, place = score, (i, rows)
    return place


def _are_subheads(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the second row has nothing but words and units below heads that are merged over several columns."""
    if len(rows) < 2:
        return False
    upper, lower = ([cell.strip() for cell in row] for row in rows)
    filled = [i for i, cell in enumerate(lower) if cell]
    shared = _shared(upper, lower)
    below = pl.Series([lower[i] for i in filled if i < len(shared) and shared[i]], dtype=pl.String)
    others = [lower[i] for i in filled if i >= len(shared) or not shared[i]]
    words = parse_numbers(below).is_null() & years(below).is_null()
    return len(below) > 1 and words.all() and (not others or _is_units(others))


def _shared(upper: Sequence[str], lower: Sequence[str]) -> list[bool]:
    """Return which columns have a head in both rows whose upper one is merged over several columns."""
    further = [bool(not above and below and i) for i, (above, below) in enumerate(zip(upper, lower, strict=False))]
    begins = [*further[1:], False]
    return [bool(below) and (first or more) for below, first, more in zip(lower, begins, further, strict=False)]


def _names(rows: Sequence[Sequence[str]], known: Callable[[str], bool]) -> tuple[list[str], list[tuple[str, int, int]]]:
    """Return the name of each column, empty where it has none or a repeated one.

    The repeated ones, too, each with its first column and the one that repeats it.
    """
    upper = _heads(rows[0])
    names = upper
    if len(rows) == 2:
        lower = _heads(rows[1])
        lower += [""] * (len(upper) - len(lower))
        merged = upper.copy()
        for i in range(1, len(upper)):
            if not merged[i] and lower[i]:
                merged[i] = merged[i - 1]
        shared = _shared(upper, lower)
        names = [_name(*cells, known) for cells in zip(merged, lower, shared, strict=False)]
    first: dict[str, int] = {}
    repeated = []
    for i, name in enumerate(names):
        looks = column_name(name)
        if looks and first.setdefault(looks, i) != i:
            repeated.append((name, first[looks], i))
    again = {i for _, _, i in repeated}
    return ["" if i in again else name for i, name in enumerate(names)], repeated


def _heads(row: Sequence[str]) -> list[str]:
    """Return the heads in a row in one line each, empty where nothing of one can be seen."""
    return [" ".join(cell.split()) if plain_header(cell) else "" for cell in row]


def _name(above: str, below: str, shared: bool, known: Callable[[str], bool]) -> str:
    """Return the name of a column with two heads; the upper one alone is none where several columns share it."""
    if not below:
        return above
    if (in_unit := _with_unit(above, below)) != above:
        return in_unit
    choices = [above + below, f"{above}_{below}", f"{above}({below})", below, *([] if shared else [above])]
    return next(filter(known, choices), f"{above}_{below}".strip("_"))


def _is_units(row: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    return bool(filled) and all(UNIT.fullmatch(unicodedata.normalize("NFKC", cell)) for cell in filled)


def _with_unit(name: str, cell: str) -> str:
    """Return the name of a column with the unit below it where that changes the numbers' size."""
    written = UNIT.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    unit = (written[1] or "").lower() if written else ""
    named = unit in unicodedata.normalize("NFKC", name).lower()
    return f"{name}({unit})" if name and re.fullmatch(OTHER_SIZES, unit) and not named else name


def _wide(row: Sequence[str], width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]


def _longer(rows: Records, width: int) -> list[int]:
    """Return the indices of the rows that have cells beyond a width."""
    if max(map(len, rows), default=0) <= width:
        return []
    return [i for i, row in enumerate(rows) if len(row) > width and any(map(str.strip, texts(row[width:])))]


def _pushed(records: Records, rows: Sequence[int], end: int) -> dict[int, str]:
    """Return the cells right of a table, by row, that may have been pushed out of it.

    A column without a name that most rows fill is a column. In few rows, a text that the last column has nowhere is a
    note beside the table.
    """
    outside = {row: text for row in rows if (text := _text_at(records[row - 1], end))}
    if 2 * len(outside) > len(rows):
        return {}
    last = {_text_at(records[row - 1], end - 1) for row in rows if row not in outside}
    plain = pl.Series(list(outside.values()), dtype=pl.String)
    values = parse_numbers(plain).is_not_null() | years(plain).is_not_null() | plain.is_in(list(last))
    return {row: text for (row, text), value in zip(outside.items(), values, strict=True) if value}


def _text_at(row: Sequence[Any], column: int) -> str:
    """Return a cell as text, empty where there is none."""
    return text_of(row[column]).strip() if column < len(row) else ""


def _has_cells(rows: Records, column: int) -> bool:
    """Whether a column has a cell that is not blank."""
    return any(_text_at(row, column) for row in rows)


def _later(rows: Sequence[int], by: int) -> Sequence[int]:
    return range(rows.start + by, rows.stop + by) if isinstance(rows, range) else [row + by for row in rows]


def _without_notes(table: SourceTable) -> tuple[SourceTable, list[tuple[int, str]]]:
    """Leave out rows that begin with a word for a sum, that have one filled cell among many columns, or the header."""
    cells = table.cells
    if cells.width < 3 or cells.is_empty():
        return table, []
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    total = cells.select(pl.coalesce(pl.all()).str.contains(f"(?i){SUM}").fill_null(False)).to_series()
    again = _header_rows(table)
    notes = (filled == 1) | total | again
    left_out = []
    for index in notes.arg_true().to_list():
        text = shown(next(cell for cell in cells.row(index) if cell is not None))
        reason = "repeats the header" if again[index] else f"is {'a sum' if total[index] else 'a note'} ({text})"
        left_out.append((table.rows[index], reason))
    return (table.take(~notes) if left_out else table), left_out


def _other_header(table: SourceTable) -> tuple[int, str, str] | None:
    """Return the row, cell and column of the first cell that is a head of another column, if two of its row are."""
    heads = [table.header_of(name) for name in table.cells.columns]
    if table.cells.width < 3:
        return None
    begins = table.cells.select(pl.coalesce(pl.all()).is_in(heads).fill_null(False)).to_series()
    for index in begins.arg_true().to_list():
        row, at = table.cells.row(index), table.rows[index]
        moved = [(at, cell, head) for cell, head in zip(row, heads, strict=True) if cell != head and cell in heads]
        if len(moved) > 1 and len(set(row) & set(heads)) >= 3:
            return moved[0]
    return None


def _header_rows(table: SourceTable) -> pl.Series:
    """Return which rows are the header again, as on every page of a list that was printed."""
    heads = [table.header_of(name) for name in table.cells.columns]
    again = (table.cells.to_series(0) == heads[0]).fill_null(False)
    for index in again.arg_true().to_list():
        again[index] = [" ".join((cell or "").split()) for cell in table.cells.row(index)] == heads
    return again
