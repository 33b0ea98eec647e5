"""A network folder written part by part, for lists too long to hold as one network."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import IO

import polars as pl

from nagamochi.base.folder import Drafts
from nagamochi.network.network import Network
from nagamochi.tables.language import with_values

BY_BRIDGE = ("bridges", "curves", "items")
"""Tables whose rows belong to one bridge; the first is written last, as the mark of a complete folder."""


WORDS = ("owner", "member", "damage", "location", "item", "cost_model", "method", "unit", "source")
"""Columns of words, which may be written in Japanese."""


def write_parts(parts: Iterable[Network], files: Drafts, language: str = "en") -> tuple[int, int]:
    """Write networks as one, holding one of them at a time.

    Parameters
    ----------
    parts : iterable of Network
        Their bridges and cost models differ or are the same, their start year is the same; they have no curve tables,
        limits or decided works.
    files : Drafts
    language : str
        "ja" for members, damages, places, items, cost models and methods in Japanese, where the vocabulary has them.

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
                with_values(table, language, WORDS).write_csv(written[name], include_bom=first, include_header=first)
            costs.append(part.costs)
            bridges += part.n_bridges
            curves += part.n_curves
        files.write_table("costs.csv", with_values(pl.concat(costs).unique(maintain_order=True), language, WORDS))
        kept = {*written, "costs"}
        if tables["network"] is not None:
            files.write_table("network.csv", tables["network"])
            kept.add("network")
        files.remove(*sorted(f"{name}.csv" for name in tables if name not in kept))
    return bridges, curves
