"""Members, damages and quantities for a bridge with known material, spans, length and width only.

An inventory seldom lists members. The standard bridge does: `curves` gives one row per deterioration curve, `items`
what is repaired on it, `costs` the cost models, `inspection_costs` the price of looking at the bridge, and `network`
puts them together. Members and damages follow tables 1 and 2 of the bridge-planning study; lives, shapes, factors and
costs are our assumptions, kept in the CSV files of this package, each row with its source. `aged_health`,
`assumed_material` and `assumed_spans` fill what the inventory leaves out.
"""

from nagamochi.standard_bridge.assumptions import (
    LONGEST_ASSUMED_SPAN_M,
    RESTORED_BELOW,
    STEEL_FROM_SPAN_M,
    aged_health,
    assumed_material,
    assumed_spans,
    health_after,
)
from nagamochi.standard_bridge.members import costs, curves, inspection_costs, items, network

__all__ = [
    "LONGEST_ASSUMED_SPAN_M",
    "RESTORED_BELOW",
    "STEEL_FROM_SPAN_M",
    "aged_health",
    "assumed_material",
    "assumed_spans",
    "costs",
    "curves",
    "health_after",
    "inspection_costs",
    "items",
    "network",
]
