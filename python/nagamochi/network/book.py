"""A network as one workbook: a sheet for each table, laid out as offices do."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

from nagamochi.base.collector import collector_paused
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network.budget import BUDGET
from nagamochi.network.schemas import (
    BRIDGES,
    CLOSED,
    COSTS,
    CURVE_TABLES,
    CURVES,
    CURVES_WITH_ITEMS,
    ITEMS,
    NETWORK,
    RETIRE,
    ROWS,
    WORKS,
)
from nagamochi.tables import Findings, Schema, SourceTable, listed
from nagamochi.tables.formats.unvalued_cells import refuse_unsaved_heads
from nagamochi.tables.formats.workbook import read_sheets
from nagamochi.tables.header import OTHER_SIZES, TOP, not_used, refuse_other_units, with_header
from nagamochi.tables.records import Records

SCHEMAS = {
    "bridges": BRIDGES,
    "curves": CURVES,
    "costs": COSTS,
    "items": ITEMS,
    "curve_tables": CURVE_TABLES,
    "budget": BUDGET,
    "rows": ROWS,
    "works": WORKS,
    "closed": CLOSED,
    "retire": RETIRE,
    "network": NETWORK,
}
SHEETS = {
    "bridges": "橋梁",
    "curves": "劣化曲線",
    "costs": "単価",
    "items": "補修項目",
    "curve_tables": "劣化曲線表",
    "budget": "予算",
    "rows": "制約",
    "works": "決定済みの工事",
    "closed": "補修できない年",
    "retire": "撤去",
    "network": "計画の始まり",
}
"""The Japanese name of each sheet; the English one is that of its table."""

REQUIRED = ("bridges", "curves", "costs")
BY_COLUMNS = (*REQUIRED, "items", "curve_tables", "budget")
"""Tables whose columns are enough to know a sheet."""

EXAMPLES = ("例", "example")
"""Sheets with such a beginning are none of the network's."""


@collector_paused()
def read_book(path: str | Path, findings: Findings) -> dict[str, SourceTable]:
    """Read the tables of a network from the sheets of a workbook; what was left out is among the notices.

    A sheet is known by its name, or else some by their columns.
    """
    refuse_lost_threads()
    sheets = read_sheets(path, findings)
    tables: dict[str, SourceTable] = {}
    unused = []
    for name, records in sheets.by_name.items():
        table = _table_of(name, records)
        if table is None:
            unused.append(name)
        elif table in tables:
            findings.refuse(str(path), f"must have one sheet of {table}", f"{name} too")
        else:
            source = _read(records, f"{path}[{name}]", SCHEMAS[table], findings)
            tables[table] = replace(source, day_zero=sheets.day_zero)
    if unused:
        findings.notice(str(path), f"sheets that are no table of a network, not used: {listed(unused)}")
    for table in () if findings.problems and not sheets.by_name else REQUIRED:
        if table not in tables:
            found = listed(list(sheets.by_name)) or "none with rows"
            findings.refuse(str(path), f"must have a sheet {table} or {SHEETS[table]}", found)
    return {table: _given(table, tables.get(table), str(path)) for table in SCHEMAS}


def _given(table: str, source: SourceTable | None, where: str) -> SourceTable:
    """Return a table; one that may be missing and has no rows was not given."""
    optional = table not in REQUIRED
    if source is None or (optional and source.complete and source.cells.is_empty()):
        return SourceTable.empty(f"{where}[{table}]", complete=optional)
    return source


def _table_of(name: str, records: Records) -> str | None:
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    if plain.startswith(EXAMPLES):
        return None
    by_name = next((table for table, japanese in SHEETS.items() if plain in (table, japanese)), None)
    if by_name is not None:
        return by_name
    found = {}
    schemas = [*((table, SCHEMAS[table]) for table in BY_COLUMNS), ("curves", CURVES_WITH_ITEMS)]
    for table, schema in schemas:
        names = _read(records[:TOP], "", schema, Findings()).cells.columns
        ours = {schema.column_name(header) for header in names} & set(schema.dtypes)
        if all(column.name in ours for column in schema.columns if column.required):
            found[table] = len(ours)
    return max(found, key=lambda table: found[table], default=None)


def _read(records: Records, where: str, schema: Schema, findings: Findings) -> SourceTable:
    known = schema.dtypes
    table, notices, around, beyond = with_header(
        records, where, lambda text: schema.column_name(text) in known, findings
    )
    refuse_unsaved_heads(table, records, findings)
    table = refuse_other_units(table, records, OTHER_SIZES, findings)
    for notice in (*notices, *not_used(around)):
        findings.notice(where, notice)
    for row, reason in beyond:
        findings.refuse(where, "must end where the header does", f"a row that {reason}", row=row)
    return replace(table, complete=table.complete and not beyond)
