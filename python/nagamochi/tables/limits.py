"""Plausible limits: a number beyond them is a slip of the pen."""

LARGEST_MONEY = 1e18
"""Amount of money in one cell, in any currency: sums over all bridges and years stay far from overflow."""

LONGEST_BRIDGE_M = 200e3
SHORTEST_BRIDGE_M = 1.0
SHORTEST_SPAN_M = 0.5
WIDEST_BRIDGE_M = 1e3
MOST_SPANS = 10_000
OLDEST_BRIDGE = 1500
