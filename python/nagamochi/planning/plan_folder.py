"""The files of a network plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from nagamochi.base.files import flush, replace_whole

SUMMARY = "summary.json"

DECIMALS = {
    2: ("lcc", "cost", "inspection", "repair", "total", "budget", "shortfall"),  # yen
    4: ("lowest_health", "health_found"),
    6: ("health_4_to_5", "health_3_to_4", "health_2_to_3", "health_1_to_2", "end_of_service"),  # shares
}


def write_plan_files(folder: str | Path, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any]) -> None:
    """Write tables as CSV files and last the summary, with their digests: it is the mark of a complete result.

    Each file is replaced whole. A summary that was there before goes first.

    Parameters
    ----------
    folder : path
        Made where it does not exist.
    tables : mapping of str to polars.DataFrame
        By the name of the file. Yen are rounded to 0.01, health to 0.0001, shares to 0.000001.
    summary : mapping
        What to write beside ``files``, the SHA-256 digest of each file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SUMMARY).unlink(missing_ok=True)
    flush(folder)
    digests = {}
    for name, table in tables.items():
        content = _csv(table)
        replace_whole(folder / name, content)
        digests[name] = sha256(content).hexdigest()
    text = json.dumps({**summary, "files": digests}, ensure_ascii=False, allow_nan=False, indent=2)
    replace_whole(folder / SUMMARY, f"{text}\n".encode())


def _csv(table: pl.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it."""
    rounded = [cs.by_name(*columns, require_all=False).round(digits) for digits, columns in DECIMALS.items()]
    buffer = BytesIO()
    table.with_columns(rounded).write_csv(buffer, include_bom=True, float_scientific=False)
    return buffer.getvalue()
