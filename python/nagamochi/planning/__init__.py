"""Plan the inspection and repair of a network of bridges."""

from nagamochi.planning.budget import read_budget, yearly_budget
from nagamochi.planning.network import Network, NetworkArrays, RepairGroups, read_network

__all__ = [
    "Network",
    "NetworkArrays",
    "RepairGroups",
    "read_budget",
    "read_network",
    "yearly_budget",
]
