"""Bridges of the MLIT data platform (国土交通データプラットフォーム, rsdb_bridge) as a CSV list."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from nagamochi.importers.bridge_list import MEASURES, write_bridge_list
from nagamochi.importers.known_format import check_format
from nagamochi.importers.planning_year import checked_year
from nagamochi.importers.report import ImportReport
from nagamochi.tables import Column, Findings, Schema, read_file

LIST = Schema("MLIT list", (Column("id", required=True), Column("name"), *MEASURES), key=("id",))


def import_mlit(bridge_list: str | Path, out: str | Path, *, planning_year: int | None = None) -> ImportReport:
    """Make a network folder of a bridge list from the MLIT data platform.

    The list has no judgement: the health of each member follows from its age on the standard bridge's curves. A plan
    made of it shows orders of magnitude, not works: see the folder's ASSUMPTIONS.md.

    Parameters
    ----------
    bridge_list : path
        CSV, also gzipped: id, 橋梁名, 架設年度, 橋長 (m), 幅員 (m; 0: unknown), 緯度, 経度; other columns are not used.
        Years may be Japanese (S47, 昭和47年度).
    out : path
        The network folder to write.
    planning_year : int, optional
        The year in which ages end, by default the current one. Bridges built later are left out.

    Returns
    -------
    ImportReport

    Raises
    ------
    InvalidInput
        A column is missing, a value breaks its rule, or no bridge has both a length and a year built.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import importers
    >>> made = {"id": "1", "橋梁名": "例橋", "架設年度": 1975, "橋長": 12.5, "幅員": 0, "緯度": 35.6, "経度": 139.7}
    >>> pl.DataFrame(made).write_csv("list.csv")
    >>> report = importers.import_mlit("list.csv", "ward", planning_year=2026)
    >>> report.n_bridges, report.n_curves
    (1, 16)
    """
    asked = checked_year(planning_year)
    findings = Findings()
    table = check_format(read_file(bridge_list, findings), LIST, findings)
    findings.raise_problems()
    listed = table.frame
    unknown = {"owner": pl.String(), "judgement": pl.Int64(), "year_inspected": pl.Int64()}
    return write_bridge_list(
        listed.select(
            "name",
            *(column.name for column in MEASURES),
            bridge_id="id",
            **{name: pl.lit(None, dtype) for name, dtype in unknown.items()},
        ),
        table.source,
        out,
        source="MLIT data platform bridges",
        known=[
            f"Name, position and length of {len(listed):,} bridges.",
            f"The year built of {listed['year_built'].count():,}.",
        ],
        planning_year=asked,
    )
