"""Plan the inspection and repair of a network of bridges."""

from nagamochi.planning.costs import PlanCosts, evaluate_plans
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.plan_network import plan_network
from nagamochi.planning.plan_table import plan_table_blocks, write_plan_table
from nagamochi.planning.space import Plan, PlanSpace

__all__ = [
    "NetworkPlan",
    "Plan",
    "PlanCosts",
    "PlanSpace",
    "evaluate_plans",
    "plan_network",
    "plan_table_blocks",
    "write_plan_table",
]
