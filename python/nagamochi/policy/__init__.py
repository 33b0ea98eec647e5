"""Inspection and repair policies of road sections that deteriorate by Markov chains, within risk limits."""

from nagamochi.policy.damages import DamagePolicy, SeveralDamages
from nagamochi.policy.results import BestPolicies, Evaluated, Frontier, PolicyResult
from nagamochi.policy.route import MixedPolicy, RoutePolicy, mix_policies
from nagamochi.policy.sections import Sections
from nagamochi.policy.space import Policy, PolicySpace, PolicyTable
from nagamochi.policy.uncertainty import draw_hazards
from nagamochi.policy.value import Benefit, InspectionValue, TimeRule

__all__ = [
    "Benefit",
    "BestPolicies",
    "DamagePolicy",
    "Evaluated",
    "Frontier",
    "InspectionValue",
    "MixedPolicy",
    "Policy",
    "PolicyResult",
    "PolicySpace",
    "PolicyTable",
    "RoutePolicy",
    "Sections",
    "SeveralDamages",
    "TimeRule",
    "draw_hazards",
    "mix_policies",
]
