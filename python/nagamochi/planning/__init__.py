"""Plan the inspection and repair of a network of bridges."""

from nagamochi.planning.budget import read_budget, yearly_budget
from nagamochi.planning.costs import PlanCosts, evaluate_plans
from nagamochi.planning.network import Network, NetworkArrays, RepairGroups, read_network
from nagamochi.planning.plan_space import Plan, PlanSpace

__all__ = [
    "Network",
    "NetworkArrays",
    "Plan",
    "PlanCosts",
    "PlanSpace",
    "RepairGroups",
    "evaluate_plans",
    "read_budget",
    "read_network",
    "yearly_budget",
]
