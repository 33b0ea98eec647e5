"""The files of a network plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from nagamochi.base.folder import replacing_files

SUMMARY = "summary.json"

DECIMALS = {
    2: ("lcc", "cost", "inspection", "repair", "total", "budget", "shortfall"),  # yen
    4: ("lowest_health", "health_found"),
    6: ("health_4_to_5", "health_3_to_4", "health_2_to_3", "health_1_to_2", "end_of_service"),  # shares
}


def write_plan_files(folder: str | Path, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any]) -> None:
    """Write tables as CSV files and the summary with their digests, which is the mark of a complete result.

    All files are replaced together.

    Parameters
    ----------
    folder : path
        Made where it does not exist.
    tables : mapping of str to polars.DataFrame
        By the name of the file. Yen are rounded to 0.01, health to 0.0001, shares to 0.000001.
    summary : mapping
        Written together with ``files``, the SHA-256 digest of each file.
    """
    with replacing_files(Path(folder)) as files:
        for name, table in tables.items():
            with files.writing(name) as draft, draft.open("wb") as file:
                _rounded(table).write_csv(file, include_bom=True, float_scientific=False)
        files.write_record(SUMMARY, {**summary, "files": files.digests()})


def _rounded(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(
        cs.by_name(*columns, require_all=False).round(digits) for digits, columns in DECIMALS.items()
    )
