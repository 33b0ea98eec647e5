"""What people write into a cell that has no value of its own."""

from __future__ import annotations

from nagamochi.tables.schema import Rule

NO_VALUE = ("不明", "-", "ー", "―", "—", "–", "‐", "－", "N/A", "#N/A", "未記入", "調査中")
"""Marks of a value that is not known."""

DITTO = ("〃", "々", "″", '"', "''", "同上", "同右", "同左")
"""Marks of a value that stands in a cell beside it."""

NAMED = Rule("must name one, not be a mark for a value that is not known", lambda column: ~column.is_in(NO_VALUE))
"""The rule of names by which rows belong together, as all rows without a name would."""
