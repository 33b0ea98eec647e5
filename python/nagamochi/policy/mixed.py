"""Policies mixed by lot: between two of them, exactly at the risk limit."""

from __future__ import annotations

from dataclasses import dataclass

from nagamochi.base import arguments
from nagamochi.policy.costs import TooStrict, checked_risk_limit
from nagamochi.policy.results import Frontier, PolicyResult


@dataclass(frozen=True)
class MixedPolicy:
    """Each section of a route gets the first policy with chance `share`, otherwise the second, and keeps it.

    Parameters
    ----------
    first, second : PolicyResult
        Corners of the lower convex hull of risk and cost; the first has less risk.
    share : float
        From 0 to 1.
    risk, lcc : float
        Mean risk, and mean life-cycle cost, yen.
    """

    first: PolicyResult
    second: PolicyResult
    share: float
    risk: float
    lcc: float


def lower_hull(frontier: Frontier) -> Frontier:
    """Keep the policies that no mixture of others beats.

    Parameters
    ----------
    frontier : Frontier
        Policies by rising risk and falling cost.

    Returns
    -------
    Frontier
        Its corners.

    Raises
    ------
    nagamochi.errors.InvalidInput
        It is no frontier.
    """
    arguments.instance("frontier", frontier, Frontier)
    corners: list[PolicyResult] = []
    for result in frontier.policies:
        while len(corners) > 1 and _above_line(corners[-2], corners[-1], result):
            corners.pop()
        corners.append(result)
    return Frontier(tuple(corners))


def mix_policies(frontier: Frontier, risk_limit: float) -> MixedPolicy:
    """Choose the cheapest mixture whose mean risk keeps to a limit.

    Parameters
    ----------
    frontier : Frontier
        Policies to mix.
    risk_limit : float
        Between 0 and 1, on the mean over sections.

    Returns
    -------
    MixedPolicy

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule, or no policy keeps to the limit.

    Examples
    --------
    >>> from nagamochi.policy import InspectionModel
    >>> model = InspectionModel(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
    >>> mixed = mix_policies(model.frontier(), risk_limit=0.15)
    >>> round(mixed.risk, 6), mixed.lcc < model.best(0.15).lcc
    (0.15, True)
    """
    limit = checked_risk_limit("risk_limit", risk_limit)
    corners = lower_hull(frontier).policies
    if corners[0].risk > limit:
        raise TooStrict.limit(limit, corners[0].risk, corners[0].lcc)
    below = [corner for corner in corners if corner.risk <= limit]
    first = below[-1]
    second = corners[min(len(below), len(corners) - 1)]
    share = 1.0 if second is first else (second.risk - limit) / (second.risk - first.risk)
    return MixedPolicy(
        first=first,
        second=second,
        share=share,
        risk=share * first.risk + (1 - share) * second.risk,
        lcc=share * first.lcc + (1 - share) * second.lcc,
    )


def _above_line(left: PolicyResult, middle: PolicyResult, right: PolicyResult) -> bool:
    rise = (right.lcc - left.lcc) * (middle.risk - left.risk)
    return (middle.lcc - left.lcc) * (right.risk - left.risk) >= rise
