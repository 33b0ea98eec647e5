"""Plan the inspection and repair of a network of bridges."""

from nagamochi.planning.budget import read_budget, yearly_budget
from nagamochi.planning.costs import PlanCosts, evaluate_plans
from nagamochi.planning.network import Network, NetworkArrays, RepairGroups, read_network
from nagamochi.planning.plan_space import Plan, PlanSpace
from nagamochi.planning.plan_table import plan_table_blocks, write_plan_table
from nagamochi.planning.planner import plan_network
from nagamochi.planning.results import NetworkPlan

__all__ = [
    "Network",
    "NetworkArrays",
    "NetworkPlan",
    "Plan",
    "PlanCosts",
    "PlanSpace",
    "RepairGroups",
    "evaluate_plans",
    "plan_network",
    "plan_table_blocks",
    "read_budget",
    "read_network",
    "write_plan_table",
    "yearly_budget",
]
