"""The list that xROAD's site lets road authorities save."""

from __future__ import annotations

from functools import partial

from nagamochi.importers.bridge_list import COLUMNS, NEEDS, REMARKS, import_bridge_list, read_history
from nagamochi.importers.list_format import ListFormat

XROAD_SAVED = ListFormat(
    name="xroad-saved",
    title="the list that xROAD's site saves",
    columns=COLUMNS,
    marks=(("施設名", "点検記録_判定区分"), ("施設名", "架設年度_西暦")),
    needs=NEEDS,
    make=partial(import_bridge_list, source="xROAD bridges"),
    history=read_history,
    also=REMARKS,
    language="ja",
)
