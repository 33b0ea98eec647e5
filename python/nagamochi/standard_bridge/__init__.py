"""Members, damages and quantities for a bridge with known material, spans, length and width only.

An inventory seldom lists members. The standard bridge does: `curves` gives one row per deterioration curve, `items`
what is repaired on it, `costs` the cost models, `inspection_costs` the price of looking at the bridge, and `network`
puts them together. Members and damages follow tables 1 and 2 of the bridge-planning study; lives, shapes, factors and
costs are our assumptions, kept in the CSV files of this package, each row with its source. `aged_health`,
`assumed_material`, `assumed_spans` and `assumed_structure` fill what the inventory leaves out; `health_after` ages a
rating.
"""

from nagamochi.standard_bridge.assumptions import (
    JOINTLESS_UP_TO_M,
    LONGEST_ASSUMED_SPAN_M,
    RESTORED_BELOW,
    STEEL_FROM_SPAN_M,
    aged_health,
    assumed_material,
    assumed_spans,
    assumed_structure,
    health_after,
)
from nagamochi.standard_bridge.members import access_costs, costs, curves, inspection_costs, items, network

__all__ = [
    "JOINTLESS_UP_TO_M",
    "LONGEST_ASSUMED_SPAN_M",
    "RESTORED_BELOW",
    "STEEL_FROM_SPAN_M",
    "access_costs",
    "aged_health",
    "assumed_material",
    "assumed_spans",
    "assumed_structure",
    "costs",
    "curves",
    "health_after",
    "inspection_costs",
    "items",
    "network",
]
