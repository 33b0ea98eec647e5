"""Bridge lists of prefectures and municipalities, as open data or as they keep them."""

from __future__ import annotations

from functools import partial

from nagamochi.importers.bridge_list import COLUMNS, NEEDS, REMARKS, import_bridge_list, read_history
from nagamochi.importers.list_format import ListFormat

MUNICIPAL = ListFormat(
    name="municipal",
    title="a bridge list of a Japanese road authority",
    columns=COLUMNS,
    marks=(("name", "length_m"), ("bridge_id", "length_m"), ("name", "year_built")),
    needs=NEEDS,
    make=partial(import_bridge_list, source="Bridge list"),
    history=read_history,
    also=REMARKS,
    language="ja",
)
