"""Schemas of the tables of a network."""

from __future__ import annotations

from dataclasses import replace

from nagamochi.network.arrays import HEALTH_KNOTS
from nagamochi.tables import Column, Schema, between, in_years, inside, money, not_negative, one_of, positive
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE, WIDEST_BRIDGE_M

CURVE_KEY = ("bridge_id", "member", "damage", "location")

DEFAULT_SHAPE = 2.0

MOST_IMPORTANT = 1000.0
"""Largest importance of a bridge; 1 is usual."""

MATERIALS = {
    "steel": "steel",
    "concrete": "concrete",
    "鋼": "steel",
    "鋼橋": "steel",
    "コンクリート": "concrete",
    "コンクリート橋": "concrete",
    "RC橋": "concrete",
    "PC橋": "concrete",
}

LEVEL_PER = {"橋": "bridge", "橋梁": "bridge", "部材": "member"}

BRIDGES = Schema(
    "bridges",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("name"),
        Column("owner", identifies=True),
        Column("route"),
        Column("material", rule=one_of("steel", "concrete"), spellings=MATERIALS),
        Column("year_built", "year", rule=in_years(OLDEST_BRIDGE)),
        Column("length_m", "number", rule=not_negative(LONGEST_BRIDGE_M)),
        Column("width_m", "number", rule=not_negative(WIDEST_BRIDGE_M)),
        Column("spans", "whole number", rule=not_negative(MOST_SPANS)),
        Column("latitude", "number", rule=between(-90, 90)),
        Column("longitude", "number", rule=between(-180, 180)),
        Column("last_inspection_year", "fiscal year", rule=in_years()),
        Column("rating", aliases=("判定区分",)),
        Column("importance", "number", rule=positive(MOST_IMPORTANT)),
        Column("access_cost", "number", rule=money()),
        Column("level_per", rule=one_of("bridge", "member"), spellings=LEVEL_PER),
        Column("inspection_cost", "number", required=True, rule=money()),
    ),
    key=("bridge_id",),
)

CURVES = Schema(
    "curves",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("member", required=True, identifies=True),
        Column("damage", required=True, identifies=True),
        Column("location", identifies=True),
        Column("health", "number", required=True, rule=between(1, 5)),
        Column("service_life", "number", required=True, rule=positive()),
        Column("curve", default="power", rule=one_of("power", "two_piece", "table")),
        Column("shape", "number", default=DEFAULT_SHAPE, rule=positive()),
        Column("knee_age_ratio", "number", rule=inside(0, 1)),
        Column("knee_health", "number", rule=between(1, 5)),
        Column("curve_table", identifies=True),
        Column("quantity", "number", default=1.0, rule=not_negative()),
        Column("unit"),
        Column("cost_model", required=True, identifies=True),
    ),
    key=CURVE_KEY,
)

CURVES_WITH_ITEMS = replace(CURVES, columns=(*CURVES.columns[:-1], Column("cost_model", identifies=True)))
"""The same if there is an items table, which may name the cost models instead."""

COSTS = Schema(
    "costs",
    (
        Column("cost_model", required=True, identifies=True),
        Column("method"),
        Column("health", "number", required=True, rule=one_of(*HEALTH_KNOTS)),
        Column("unit_cost", "number", required=True, rule=money()),
        Column("unit"),
        Column("restored_health", "number", default=5.0, rule=between(1, 5)),
        Column("source"),
    ),
    key=("cost_model", "health"),
)

ITEMS = Schema(
    "items",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("member", required=True, identifies=True),
        Column("damage", required=True, identifies=True),
        Column("location", identifies=True),
        Column("item", required=True),
        Column("quantity", "number", default=1.0, rule=not_negative()),
        Column("cost_model", required=True, identifies=True),
    ),
)

WORKS = Schema(
    "works",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("member", identifies=True),
        Column("damage", identifies=True),
        Column("location", identifies=True),
        Column("year", "year of a plan", required=True, rule=positive()),
        Column("cost", "yen", required=True, rule=money()),
    ),
)
"""Works that are done whatever the plan; an empty member, damage or location stands for all of the bridge."""

CLOSED = Schema(
    "closed",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("from", "year of a plan", required=True, rule=positive()),
        Column("to", "year of a plan", required=True, rule=positive()),
    ),
)

RETIRE = Schema(
    "retire",
    (
        Column("bridge_id", required=True, identifies=True),
        Column("year", "year of a plan", required=True, rule=positive()),
        Column("cost", "yen", required=True, rule=money()),
    ),
    key=("bridge_id",),
)

CURVE_TABLES = Schema(
    "curve_tables",
    (
        Column("curve_table", required=True, identifies=True),
        Column("age_ratio", "number", required=True, rule=between(0, 1)),
        Column("health", "number", required=True, rule=between(1, 5)),
    ),
)

NETWORK = Schema("network", (Column("start_year", "fiscal year", required=True, rule=in_years()),))
"""What holds for the whole network, in one row: the fiscal year that is year 1."""

PERIODS = {"毎年": "year", "年ごと": "year", "合計": "total", "期間合計": "total"}

ROWS = Schema(
    "rows",
    (
        Column("name", required=True, aliases=("名称", "制約")),
        Column("owner", identifies=True),
        Column("from_year", "year of a plan", rule=positive()),
        Column("to_year", "year of a plan", rule=positive()),
        Column("per", rule=one_of("year", "total"), spellings=PERIODS),
        Column("budget", "yen", rule=money()),
        Column("share", "number", rule=between(0, 1)),
        Column("below_health", "number", rule=inside(1, 5)),
    ),
    key=("name",),
)
"""Limits besides the yearly budget: on the yen of bridges in some years, or on the share of them in bad health."""
