"""A network of bridges: its tables, its arrays, its budget."""

from nagamochi.network.arrays import CurveTables, NetworkArrays
from nagamochi.network.budget import read_budget, yearly_budget
from nagamochi.network.network import LEVELS_PER, LevelPer, Network, RepairGroups, read_network
from nagamochi.network.parts import NetworkParts, Part, read_parts, write_parts
from nagamochi.network.split import split

__all__ = [
    "LEVELS_PER",
    "CurveTables",
    "LevelPer",
    "Network",
    "NetworkArrays",
    "NetworkParts",
    "Part",
    "RepairGroups",
    "read_budget",
    "read_network",
    "read_parts",
    "split",
    "write_parts",
    "yearly_budget",
]
