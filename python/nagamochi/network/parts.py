"""A network folder written part by part, for lists too long to hold as one network."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import IO

import polars as pl

from nagamochi.base.folder import Drafts
from nagamochi.network.network import Network

BY_BRIDGE = ("bridges", "curves", "items")
"""Tables whose rows belong to one bridge; the first is written last, as the mark of a complete folder."""


def write_parts(parts: Iterable[Network], files: Drafts) -> tuple[int, int]:
    """Write networks as one, holding one of them at a time.

    Parameters
    ----------
    parts : iterable of Network
        Their bridges and cost models differ or are the same; they have no curve tables, limits or decided works.
    files : Drafts

    Returns
    -------
    (int, int)
        Number of bridges and of curves.
    """
    bridges = curves = 0
    costs: list[pl.DataFrame] = []
    with ExitStack() as stack:
        written: dict[str, IO[bytes]] = {}
        for part in parts:
            tables = part.tables_of_files()
            for name in BY_BRIDGE:
                table = tables[name]
                if table is None or table.is_empty():
                    continue
                first = name not in written
                if first:
                    written[name] = stack.enter_context(stack.enter_context(files.writing(f"{name}.csv")).open("wb"))
                table.write_csv(written[name], include_bom=first, include_header=first)
            costs.append(part.costs)
            bridges += part.n_bridges
            curves += part.n_curves
        files.write_table("costs.csv", pl.concat(costs).unique(maintain_order=True))
        absent = {f"{name}.csv" for name in tables if name not in written} - {"costs.csv"}
        files.remove(*sorted(absent))
    return bridges, curves
