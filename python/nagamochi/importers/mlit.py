"""Bridges of the MLIT data platform (国土交通データプラットフォーム, rsdb_bridge)."""

from __future__ import annotations

from functools import partial

from nagamochi.importers.bridge_list import COLUMNS, NEEDS, REMARKS, import_bridge_list, read_history
from nagamochi.importers.list_format import ListFormat

MLIT = ListFormat(
    name="mlit",
    title="bridges of the MLIT data platform",
    columns=COLUMNS,
    marks=(("id", "橋梁名", "橋長"),),
    needs=NEEDS,
    make=partial(import_bridge_list, source="MLIT data platform bridges"),
    history=read_history,
    also=REMARKS,
    language="ja",
)
