"""xROAD, Japan's road facility inspection database: answers of its basic API, or these as a table."""

from __future__ import annotations

from functools import partial
from typing import Any

from nagamochi.importers.bridge_list import COLUMNS, NEEDS, REMARKS, import_bridge_list, read_history
from nagamochi.importers.list_format import ListFormat
from nagamochi.tables import Findings

XROAD = ListFormat(
    name="xroad",
    title="bridges of xROAD's basic API",
    columns=COLUMNS,
    marks=(("施設ID", "判定区分"), ("施設ID", "点検年度"), ("shisetsu_id",)),
    needs=NEEDS,
    make=partial(import_bridge_list, source="xROAD bridges"),
    history=read_history,
    also=REMARKS,
    language="ja",
)


def one_inspection_each(records: list[Any]) -> list[Any]:
    """Return a record for each inspection of a bridge whose record has several, and one where it has none."""
    single = []
    for record in records:
        inspections = record.get("tenken") if isinstance(record, dict) else None
        if isinstance(inspections, list):
            single += [{**record, "tenken": found} for found in inspections or [None]]
        else:
            single.append(record)
    return single


def refuse_missing_pages(answers: list[tuple[str, dict[str, Any]]], findings: Findings) -> None:
    """Refuse answers of the API that hold fewer records than they count.

    Parameters
    ----------
    answers : list of (str, dict)
        Every page, with the name of its file; pages of one query have the same parameters but limit and offset.
    findings : Findings
    """
    queries: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for where, answer in answers:
        parameters = (answer.get("metadata") or {}).get("parameters") or {}
        query = {name: value for name, value in parameters.items() if name not in ("limit", "offset")}
        queries.setdefault(repr(sorted(query.items())), []).append((where, answer))
    for pages in queries.values():
        where, first = pages[0]
        count = (first.get("resultset") or {}).get("count")
        found = sum(len(answer["result"]) for _, answer in pages)
        if count is not None and found != count:
            rule = f"must hold all {count} records that the answer counts: give all its pages"
            findings.refuse(where, rule, f"{found}")
