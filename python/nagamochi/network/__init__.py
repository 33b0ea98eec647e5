"""A network of bridges: its tables, its arrays, its budget."""

from nagamochi.network.arrays import CurveTables, NetworkArrays
from nagamochi.network.budget import read_budget, yearly_budget
from nagamochi.network.network import Network, RepairGroups, read_network

__all__ = ["CurveTables", "Network", "NetworkArrays", "RepairGroups", "read_budget", "read_network", "yearly_budget"]
