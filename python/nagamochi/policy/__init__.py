"""Inspection and repair policies of what worsens by a Markov chain, within a risk limit."""

from nagamochi.policy.batch import AllPolicies, BestPolicies, Frontiers, best_many, evaluate_many, frontier_many
from nagamochi.policy.inspection_value import Benefit, InspectionValue, TimeRule
from nagamochi.policy.mixed import MixedPolicy, lower_hull, mix_policies
from nagamochi.policy.model import InspectionModel
from nagamochi.policy.policy import Policy, PolicySpace
from nagamochi.policy.results import Frontier, PolicyResult
from nagamochi.policy.route import RoutePolicy, common_policy
from nagamochi.policy.several_damages import DamagePolicy, SeveralDamages
from nagamochi.policy.uncertainty import PolicyBand, draw_hazards, policy_band

__all__ = [
    "AllPolicies",
    "Benefit",
    "BestPolicies",
    "DamagePolicy",
    "Frontier",
    "Frontiers",
    "InspectionModel",
    "InspectionValue",
    "MixedPolicy",
    "Policy",
    "PolicyBand",
    "PolicyResult",
    "PolicySpace",
    "RoutePolicy",
    "SeveralDamages",
    "TimeRule",
    "best_many",
    "common_policy",
    "draw_hazards",
    "evaluate_many",
    "frontier_many",
    "lower_hull",
    "mix_policies",
    "policy_band",
]
