"""Import a list of any known format as a network folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from nagamochi.base import arguments
from nagamochi.base.collector import collector_paused
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import InvalidInput, Problem
from nagamochi.importers.list_format import ListFile, ListFormat
from nagamochi.importers.ltpp import LTPP
from nagamochi.importers.mlit import MLIT
from nagamochi.importers.municipal import MUNICIPAL
from nagamochi.importers.nbi import NBI
from nagamochi.importers.ontario import ONTARIO
from nagamochi.importers.planning_year import checked_year
from nagamochi.importers.problems import ROW_NOT_USED, Problems
from nagamochi.importers.report import History, ImportReport, write_import
from nagamochi.importers.snbi import SNBI
from nagamochi.importers.xroad import XROAD, one_inspection_each, refuse_missing_pages
from nagamochi.importers.xroad_saved import XROAD_SAVED
from nagamochi.tables import Findings, SourceTable, listed
from nagamochi.tables.formats.csv import read_records
from nagamochi.tables.formats.json import read_json, table_of_json
from nagamochi.tables.formats.parquet import read_parquet
from nagamochi.tables.formats.unvalued_cells import refuse_unsaved_heads
from nagamochi.tables.formats.workbook import WORKBOOKS, read_sheets
from nagamochi.tables.header import LENGTHS, not_used, refuse_other_units, why_none, with_header
from nagamochi.tables.records import Records

FORMATS = {format.name: format for format in (XROAD_SAVED, XROAD, NBI, SNBI, ONTARIO, LTPP, MLIT, MUNICIPAL)}
"""The formats by name; a file is of the first that recognises it."""


class UnknownFormat(InvalidInput):
    """A file is no list of a known format."""


class Recognised(NamedTuple):
    """Files with the columns of their format, and the headers by which it was recognised."""

    format: ListFormat
    by: tuple[str, ...]
    files: tuple[ListFile, ...]

    @property
    def notices(self) -> list[str]:
        """What the reading of the files says of them."""
        return [f"{file.source.where}: {notice}" for file in self.files for notice in file.notices]

    def problems(self) -> Problems:
        """Return the rows that are left out already."""
        problems = Problems()
        for file in self.files:
            for row, reason in file.left_out:
                problems.add_row(file.source.where, row, ROW_NOT_USED, reason)
        return problems


def import_list(
    lists: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    format: str | None = None,
    planning_year: int | None = None,
    language: str | None = None,
) -> ImportReport:
    """Make a network folder of a road authority's list.

    Members, quantities, service lives and costs that the list lacks are those of a standard bridge: ASSUMPTIONS.md in
    the folder says what was assumed for how many bridges. Odd cells do not refuse a list: problems.csv says which cells
    were not used and which bridges were left out, and why.

    Parameters
    ----------
    lists : path or sequence of paths
        Files of one list: CSV (commas, semicolons or tabs; UTF-8, cp932 or UTF-16; also gzipped), JSON, JSON lines,
        Parquet, or workbooks. Titles above the header, units below it, notes and sums are left out.
    out : path
        The network folder to write.
    format : str, optional
        One of `FORMATS`; by default it is recognised by the headers.
    planning_year : int, optional
        The year in which ages end, by default that of the newest inspection in the list, or else the current one.
        Bridges built later are left out.
    language : {"ja", "en"}, optional
        Of the network's members, damages, places, items, cost models and methods; by default that of the list.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        The format is not recognised, a column is missing, more than two cells and a fifth of a column cannot be read,
        or no bridge has what planning needs.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"施設ID": "A", "橋梁名": "例橋", "架設年度": "S50", "橋長": 30, "点検年度": 2024, "判定区分": "Ⅱ"}
    >>> pl.DataFrame(made).write_csv("list.csv")
    >>> report = importers.import_list("list.csv", "city")
    >>> report.format, report.recognised_by, report.n_bridges, report.n_curves
    ('xroad', ('施設ID', '判定区分'), 1, 15)
    """
    asked = checked_year(planning_year)
    if language is not None:
        arguments.one_of("language", language, ("ja", "en"))
    found = recognise(lists, format)
    problems = found.problems()
    imported = found.format.make(found.files, asked, problems)
    return write_import(
        imported,
        out,
        problems,
        format=found.format.name,
        recognised_by=found.by,
        notices=found.notices,
        language=language or found.format.language,
    )


def read_history(
    lists: str | Path | Sequence[str | Path], *, format: str | None = None, notices: list[str] | None = None
) -> History:
    """Return the inspections in a road authority's list, for `nagamochi.deterioration.inspection_pairs`.

    Parameters
    ----------
    lists : path or sequence of paths
        As for `import_list`.
    format : str, optional
        As for `import_list`.
    notices : list of str, optional
        What is odd in the list is added to it: what the import would print, and how much of the list is not used.

    Returns
    -------
    History

    Raises
    ------
    InvalidInput
        As for `import_list`, or no bridge of the list was inspected twice.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"施設ID": "A", "橋長": 30, "点検年度": ["H28", "R3"], "判定区分": ["Ⅰ", "Ⅱ"]}
    >>> pl.DataFrame(made).write_csv("list.csv")
    >>> importers.read_history("list.csv").inspections.rows()
    [('A', 2016, 1), ('A', 2021, 2)]
    """
    found = recognise(lists, format)
    problems = found.problems()
    history = None if found.format.history is None else found.format.history(found.files, problems)
    if history is None or not history.inspected_again:
        where = ", ".join(file.source.where for file in found.files)
        raise InvalidInput(Problem("must have several inspections of a bridge", "none that has", where))
    if notices is not None:
        notices += [*found.notices, *problems.notices]
    return history


def read_rounds(lists: str | Path | Sequence[str | Path], *, notices: list[str] | None = None) -> pl.DataFrame | None:
    """Return the inspections with health in a list that has them, for `nagamochi.deterioration.fit_curves`.

    Parameters
    ----------
    lists : path or sequence of paths
        As for `import_list`.
    notices : list of str, optional
        As for `read_history`.

    Returns
    -------
    polars.DataFrame or None
        bridge_id, member, damage, year, health, year_built, restored_year, restored_health; None if the files are not a
        list with a condition index by year, as Ontario's.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"ID": "A", "YEAR BUILT": 1980, "# OF SPANS": 1, "DECK LENGTH": 20, "LAST INSPECTION DATE": "06/13/2012"}
    >>> pl.DataFrame(made | {"CURRENTBCI": 72, "2012": 72, "2008": 76}).write_csv("list.csv")
    >>> rounds = importers.read_rounds("list.csv")
    >>> rounds.select("bridge_id", "year", pl.col("health").round(2)).rows()
    [('A', 2008, 3.4), ('A', 2012, 3.13)]
    """
    try:
        found = recognise(lists, None)
    except InvalidInput:
        return None
    if found.format.rounds is None:
        return None
    problems = found.problems()
    rounds = found.format.rounds(found.files, problems)
    if notices is not None:
        notices += [*found.notices, *problems.notices]
    return rounds


def recognise(lists: str | Path | Sequence[str | Path], format: str | None) -> Recognised:
    """Read the files of a list and find their format."""
    refuse_lost_threads()
    paths = [lists] if isinstance(lists, (str, Path)) else list(dict.fromkeys(lists))
    if format is not None and format not in FORMATS:
        raise arguments.invalid("format", f"must be one of {', '.join(FORMATS)}", format)
    if not paths:
        raise arguments.invalid("lists", "must name a file", "none")
    findings = Findings()
    files = _read(paths, findings)
    findings.raise_problems()
    chosen, by = _format_of(files, format, findings)
    named = [chosen.named(file) for file in files]
    for file, given in zip(named, files, strict=True):
        chosen.refuse_missing(file.source, given.source, findings)
    findings.raise_problems()
    return Recognised(chosen, by, tuple(named))


def _format_of(files: Sequence[ListFile], asked: str | None, findings: Findings) -> tuple[ListFormat, tuple[str, ...]]:
    if asked is not None:
        return FORMATS[asked], ()
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        for format in FORMATS.values():
            by = format.recognised_by(file.source)
            if by is not None:
                found.setdefault(format.name, by)
                break
        else:
            known = "; ".join(f"{format.name}: {format.title}" for format in FORMATS.values())
            headers = listed(file.source.cells.columns) or "no columns"
            rule = (
                f"must be a list of a known format ({known}); --format chooses one, and a list of another layout goes "
                "into the workbook of nagamochi template"
            )
            findings.refuse(file.source.where, rule, headers, row=file.source.header_row)
    if findings.problems:
        raise UnknownFormat(findings.problems)
    if len(found) > 1:
        where = ", ".join(file.source.where for file in files)
        findings.refuse(where, "must be files of one format", " and ".join(found))
    findings.raise_problems()
    ((name, by),) = found.items()
    return FORMATS[name], by


def _knows(header: str) -> bool:
    return any(format.knows(header) for format in FORMATS.values())


@collector_paused()
def _read(paths: Sequence[str | Path], findings: Findings) -> list[ListFile]:
    files: list[ListFile] = []
    answers: list[tuple[str, dict[str, Any]]] = []
    for path in paths:
        if str(path) in FORMATS and not Path(path).exists():
            findings.refuse("lists", f"must be files: a format is chosen with --format {path}", str(path))
            continue
        suffixes = [suffix.lower() for suffix in Path(path).suffixes if suffix.lower() != ".gz"]
        suffix = suffixes[-1] if suffixes else ""
        if suffix in (".json", ".jsonl", ".ndjson", ".geojson"):
            files.append(_json_file(path, answers, findings))
        elif suffix == ".parquet":
            files.append(ListFile(_as_text(read_parquet(path, findings))))
        elif suffix in WORKBOOKS:
            files += _sheets(path, findings)
        else:
            records = read_records(path, findings)
            if records is not None:
                file = _with_header(records.rows, str(path), findings)
                files.append(replace(file, source=replace(file.source, semicolons=records.semicolons)))
    refuse_missing_pages(answers, findings)
    return files


def _with_header(records: Records, where: str, findings: Findings) -> ListFile:
    table, notices, around, beyond = with_header(records, where, _knows, findings)
    table = refuse_other_units(table, records, LENGTHS, findings)
    left_out = (*around, *beyond)
    if table.complete and table.cells.is_empty():
        findings.refuse(where, "must have at least one row", why_none(left_out))
    return ListFile(table, notices=(*notices, *not_used(left_out)), left_out=left_out)


def _sheets(path: str | Path, findings: Findings) -> list[ListFile]:
    """Return the sheets of a workbook that a format recognises, those that are shown if any is; else all of them."""
    sheets = read_sheets(path, findings)
    files = {name: _with_header(rows, f"{path}[{name}]", Findings()) for name, rows in sheets.by_name.items()}
    known = [name for name, file in files.items() if any(kind.recognised_by(file.source) for kind in FORMATS.values())]
    chosen = [name for name in known if name not in sheets.hidden] or known or list(files)
    for name in chosen:
        source, records = files[name].source, sheets.by_name[name]
        if known and (not source.complete or source.cells.is_empty()):
            _with_header(records, source.where, findings)
        refuse_unsaved_heads(source, records, findings)
        files[name] = replace(files[name], source=replace(source, day_zero=sheets.day_zero))
    if hidden := sorted(sheets.hidden & set(known)):
        use = "used, as no other sheet is a list" if hidden[0] in chosen else "not used"
        first = files[chosen[0]]
        files[chosen[0]] = replace(first, notices=(*first.notices, f"hidden sheets: {listed(hidden)}: {use}"))
    return [files[name] for name in chosen]


def _json_file(path: str | Path, answers: list[tuple[str, dict[str, Any]]], findings: Findings) -> ListFile:
    where = str(path)
    records: list[Any] = []
    values = read_json(path, findings)
    if values is None:
        return ListFile(SourceTable.empty(where, complete=False))
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("result"), list):
            answers.append((where, value))
            records += one_inspection_each(value["result"])
        elif isinstance(value, dict) and isinstance(value.get("features"), list):
            records += map(_properties, value["features"])
        else:
            records += one_inspection_each(value if isinstance(value, list) else [value])
    if not all(isinstance(record, dict) for record in records) or not records:
        findings.refuse(where, "must hold records of bridges", "others" if records else "none")
        return ListFile(SourceTable.empty(where, complete=False))
    return ListFile(table_of_json(records, where), records)


def _properties(feature: Any) -> Any:
    """Return the properties of a feature of GeoJSON with its position, if it is a point."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return None
    geometry = feature.get("geometry") or {}
    point = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    place = {"経度": point[0], "緯度": point[1]} if isinstance(point, list) and len(point) >= 2 else {}
    return {**place, **feature["properties"]}


def _as_text(source: SourceTable) -> SourceTable:
    """Return a table of typed cells as a file of text has them."""
    cells = source.cells.with_columns(pl.all().cast(pl.String).str.strip_chars())
    return SourceTable(source.where, cells, source.rows, from_file=True, complete=source.complete)
