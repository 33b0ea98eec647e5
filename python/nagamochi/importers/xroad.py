"""xROAD, Japan's road facility inspection database: the answer of its basic API, or that flattened to CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.importers.bridge_list import MEASURES, NO_YEAR, NUMERALS, write_bridge_list
from nagamochi.importers.known_format import ABSENT, check_format
from nagamochi.importers.planning_year import checked_year, refuse_later_years
from nagamochi.importers.report import ImportReport, span
from nagamochi.tables import Column, Findings, Schema, SourceTable, in_years, one_of, read_file, shown
from nagamochi.tables.formats.content import read_content

NOT_JUDGED = 8
JUDGEMENTS = {numeral: str(code) for code, numeral in enumerate(NUMERALS, start=1)}

LIST = Schema(
    "xROAD list",
    (
        Column("bridge_id", required=True),
        Column("name"),
        Column("owner"),
        *MEASURES,
        Column("点検年度", "year", rule=in_years(), absent=NO_YEAR),
        Column("判定区分", "whole number", rule=one_of(1, 2, 3, 4, NOT_JUDGED), spellings=JUDGEMENTS, absent=ABSENT),
    ),
    key=("bridge_id",),
)

FIELDS = {
    "施設ID": ("shisetsu_id",),
    "橋梁名": ("syogen", "shisetsu", "meisyou"),
    "路線名": ("syogen", "rosen", "meisyou"),
    "管理者": ("syogen", "kanrisya", "meisyou"),
    "管理事務所": ("syogen", "kanrisya", "jimusyo"),
    "緯度": ("syogen", "ichi", "ido"),
    "経度": ("syogen", "ichi", "keido"),
    "架設年度": ("syogen", "kasetsu_nendo"),
    "橋長": ("syogen", "kyouchou"),
    "幅員": ("syogen", "fukuin"),
    "点検年度": ("tenken", "nendo"),
    "判定区分": ("tenken", "kiroku", "hantei_kubun"),
    "措置状況": ("tenken", "syuzen", "sochi_joukyou"),
    "更新日時": ("koushin_nichiji",),
}
"""Column of the flattened list -> place in a record of the API's answer."""


def import_xroad(bridge_list: str | Path, out: str | Path, *, planning_year: int | None = None) -> ImportReport:
    """Make a network folder of bridges from xROAD.

    The judgement I, II, III or IV becomes health 4.5, 3.5, 2.5 or 1.5 of every member. A bridge that is not judged
    (code 8) gets its health from its age, and is left out if that is unknown too. The list has no more about members
    and their history: see the folder's ASSUMPTIONS.md.

    Parameters
    ----------
    bridge_list : path
        The answer of the basic API (``.json``), or the same as CSV: 施設ID, 橋梁名, 管理者, 緯度, 経度, 架設年度,
        橋長 (m), 幅員 (m; 0: unknown), 点検年度 (0: none), 判定区分 (1..4 or Ⅰ..Ⅳ; 8: not judged); others are not used.
        Years may be Japanese (S47, 昭和47年度); 不明 and - mean no value.
    out : path
        The network folder to write.
    planning_year : int, optional
        The year in which ages end, by default that of the newest inspection in the list, or else the current one.
        Bridges built later are left out.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        The file is not such a list or not all of it, a column is missing, a value breaks its rule, an inspection is
        later than the planning year, or no bridge has both a length and a judgement or year built.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"施設ID": "A", "橋梁名": "例橋", "管理者": "made town", "緯度": 35.6, "経度": 139.7, "架設年度": 1975}
    >>> made |= {"橋長": 30, "幅員": 7.5, "点検年度": 2024, "判定区分": 2}
    >>> pl.DataFrame(made).write_csv("list.csv")
    >>> report = importers.import_xroad("list.csv", "city")
    >>> report.n_bridges, report.n_curves
    (1, 15)
    """
    asked = checked_year(planning_year)
    findings = Findings()
    read = read_api_answer if Path(bridge_list).suffix.lower() == ".json" else read_file
    table = check_format(read(bridge_list, findings), LIST, findings)
    refuse_later_years(table.source, "点検年度", table.frame["点検年度"], asked, findings)
    findings.raise_problems()
    bridges = table.frame.select(
        "bridge_id",
        "name",
        "owner",
        *(column.name for column in MEASURES),
        judgement=pl.when(pl.col("判定区分") != NOT_JUDGED).then("判定区分"),
        year_inspected="点検年度",
    )
    judgements = bridges["judgement"]
    counts = ", ".join(f"{numeral} {(judgements == code).sum()}" for code, numeral in enumerate(NUMERALS, start=1))
    return write_bridge_list(
        bridges,
        table.source,
        out,
        source="xROAD bridges",
        known=[
            f"Name, owner, position and length of {len(bridges):,} bridges.",
            f"The year built of {bridges['year_built'].count():,}.",
            f"The judgement of {judgements.count():,} bridges ({counts}), inspected in "
            f"{span(bridges['year_inspected'])}.",
        ],
        planning_year=asked,
    )


def read_api_answer(path: str | Path, findings: Findings) -> SourceTable:
    """Flatten the API's answer to the columns of the CSV list; records count as rows, from 1."""
    where = str(path)
    content = read_content(path, findings)
    if content is None:
        return SourceTable.empty(where, complete=False)
    try:
        answer = json.loads(content.decode("utf-8-sig"))
        records, count = answer["result"], answer["resultset"]["count"]
        columns = {name: [_text(_field(record, keys)) for record in records] for name, keys in FIELDS.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        findings.refuse(where, "must be an answer of the xROAD basic API", shown(repr(error)))
    else:
        if len(records) != count:
            findings.refuse(where, f"must hold all {count} records that the answer counts", f"{len(records)}")
        cells = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return SourceTable(where, cells, range(1, len(cells) + 1), from_file=True)
    return SourceTable.empty(where, complete=False)


def _field(record: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Return the value at a place in a record; None if a part of the record is missing."""
    value: Any = record
    for key in keys:
        value = value.get(key) if value is not None else None
    return value


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
