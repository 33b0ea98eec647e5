"""Inspection and repair policies of what worsens by a Markov chain, within a risk limit."""

from nagamochi.policy.batch import BestPolicies, best_many
from nagamochi.policy.inspection_value import Benefit, InspectionValue, TimeRule, inspection_value, time_rules
from nagamochi.policy.model import InspectionModel
from nagamochi.policy.policy import Policy, PolicySpace
from nagamochi.policy.results import Frontier, PolicyResult

__all__ = [
    "Benefit",
    "BestPolicies",
    "Frontier",
    "InspectionModel",
    "InspectionValue",
    "Policy",
    "PolicyResult",
    "PolicySpace",
    "TimeRule",
    "best_many",
    "inspection_value",
    "time_rules",
]
