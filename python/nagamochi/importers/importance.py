"""The importance of a bridge, by emergency route, traffic and detour: assumed weights, not a standard."""

from __future__ import annotations

import polars as pl

from nagamochi.importers.report import Assumption
from nagamochi.tables import Column, not_negative, one_of
from nagamochi.tables.marks import NO_VALUE

USUAL = 1.0
STEP = 0.5
BUSY = 10_000.0
"""Vehicles a day."""
LONG_DETOUR_KM = 5.0

NO = (
    *("なし", "無し", "無", "指定なし", "指定無し", "指定外", "未指定", "該当なし", "非該当", "×"),
    *("-", "ー", "―", "0"),
)
ORDERS = ("一次", "二次", "三次", "1次", "2次", "3次")
YES = (
    *("あり", "有り", "有", "指定あり", "指定有り", "指定", "該当", "○", "〇", "◯", "1", "2", "3", "緊急輸送道路"),
    *(first + order + last for first in ("", "第") for order in ORDERS for last in ("", "路線", "緊急輸送道路")),
)
"""What lists write for a bridge on no emergency route, and on one."""

IMPORTANCE_COLUMNS = (
    Column(
        "emergency_route",
        rule=one_of("yes", "no"),
        spellings={**dict.fromkeys(NO, "no"), **dict.fromkeys(YES, "yes")},
        absent=("不明", "未記入", "調査中", "N/A", "#N/A"),
        aliases=("緊急輸送道路", "緊急輸送道路区分", "緊急輸送道路の指定", "緊急輸送道路指定", "緊急輸送路"),
    ),
    Column(
        "traffic",
        "number",
        rule=not_negative(),
        absent=NO_VALUE,
        aliases=(
            *("24時間交通量", "自動車24時間交通量", "自動車24時間交通量_推定", "日交通量", "交通量"),
            *("交通量(台/日)", "交通量_台/日"),
        ),
    ),
    Column("detour_m", "number", rule=not_negative(), absent=NO_VALUE, aliases=("迂回距離_m", "迂回路延長_m")),
    Column("detour_km", "number", rule=not_negative(), absent=NO_VALUE, aliases=("迂回距離(km)", "迂回距離_km")),
)
"""What Japanese lists say; detour_m stands for detour_km, in m."""

REASONS = {
    "emergency_route": ("on an emergency route", pl.col("emergency_route")),
    "traffic": (f"with at least {BUSY:,.0f} vehicles a day", pl.col("traffic") >= BUSY),
    "detour_km": (f"with a detour of at least {LONG_DETOUR_KM:g} km", pl.col("detour_km") >= LONG_DETOUR_KM),
}
"""Column that an importer fills -> when it counts, in words and as an expression."""


def importance() -> pl.Expr:
    """Return 1, and half more for each reason; null where the list says nothing about the bridge.

    Returns
    -------
    polars expression of emergency_route (boolean), traffic (vehicles a day) and detour_km
    """
    steps = pl.sum_horizontal(holds.fill_null(False).cast(pl.Float64) for _, holds in REASONS.values())
    known = pl.any_horizontal(pl.col(name).is_not_null() for name in REASONS)
    return pl.when(known).then(USUAL + STEP * steps)


def importance_assumed(planned: pl.DataFrame) -> Assumption:
    """Return what the importances were set from, and for how many bridges."""
    counts = {
        words: planned.select(holds.sum()).item() for name, (words, holds) in REASONS.items() if planned[name].count()
    }
    reasons = ", ".join(f"{words} ({count:,})" for words, count in counts.items())
    known = planned.select(importance().count()).item()
    return Assumption(
        f"The importance is {USUAL:g}, and {STEP:g} more for each of these: {reasons}. The weights are assumed.", known
    )
