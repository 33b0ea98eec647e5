"""One common rhythm of inspection for the different sections of a route, and policies mixed by lot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.policy.chains import Numbers, Rows
from nagamochi.policy.costs import checked_risk_limit
from nagamochi.policy.results import Evaluated, Frontier
from nagamochi.policy.search import NonDominated, Search, joined
from nagamochi.policy.space import Policy, PolicySpace


@dataclass(frozen=True, eq=False, repr=False)
class RoutePolicy(Evaluated):
    """Inspections of all sections in the same years, and the thresholds of each section.

    Parameters
    ----------
    policies, row, risk, lcc, many
        As for :class:`Evaluated`.
    risk_limit : float
        The limit.
    feasible : bool
        Whether the route keeps to it; if not, the policies are those of least risk.
    route_risk : float
        The risk that the limit is on: mean over the route's length, or highest of its sections.
    lower_bound : float
        No choice within the limit costs less in all, yen; equal to the sum of `lcc` unless the limit is on the mean of
        own thresholds, where it is the cost of mixing policies by lot. Infinite if no choice keeps to the limit.
    """

    risk_limit: float
    feasible: bool
    route_risk: float
    lower_bound: float

    @property
    def common_interval(self) -> int:
        """Years between periodic inspections of the route."""
        return round(self.policies.rhythms[0][0])

    def __repr__(self) -> str:
        kept = f"{'within' if self.feasible else 'above'} the limit of {self.risk_limit:g}"
        return (
            f"<RoutePolicy of {np.size(self.row):,} sections, inspected every {self.common_interval} years, "
            f"risk {self.route_risk:.4g} {kept}, LCC {np.sum(self.lcc):,.0f} yen>"
        )


@dataclass(frozen=True, eq=False)
class _Choice:
    """The cheapest policies of one interval within the limit; if there are none, those of least risk."""

    search: Search
    row: Rows  # (n)
    route_risk: float
    cost: float  # yen, of all sections
    lower_bound: float

    def rank(self, limit: float) -> tuple[bool, float]:
        """Within the limit by cost, then by risk."""
        beyond = self.route_risk > limit
        return beyond, self.route_risk if beyond else self.cost


def route_policy(
    search_within: Callable[[PolicySpace], Search], space: PolicySpace, limit: float, limit_on: str, thresholds: str
) -> RoutePolicy:
    """Choose interval and thresholds, one interval after another."""
    best, lower_bound, of = None, np.inf, len(space.intervals)
    execution = search_within(space).execution
    for n, years in enumerate(space.intervals, start=1):
        search = search_within(replace(space, intervals=(years,)))
        search.execution = Execution(execution.threads)
        choice = _choose(search, limit, limit_on, thresholds)
        if choice.route_risk <= limit:
            lower_bound = min(lower_bound, choice.lower_bound)
        if best is None or choice.rank(limit) < best.rank(limit):
            best = choice
        if not execution.report(n, of, f"{n} of {of} intervals"):
            break
    assert best is not None
    risk, lcc = _evaluate(best)
    index = slice(None) if best.search.many else 0
    return RoutePolicy(
        policies=best.search.policies,
        row=best.row[index],
        risk=risk[index],
        lcc=lcc[index],
        many=best.search.many,
        risk_limit=limit,
        feasible=best.route_risk <= limit,
        route_risk=best.route_risk,
        lower_bound=lower_bound,
    )


def _evaluate(choice: _Choice) -> tuple[Numbers, Numbers]:
    risk, lcc = np.empty((2, len(choice.search)))
    for block, block_risk, block_lcc in choice.search.evaluate():
        each = np.arange(len(block_risk)), choice.row[block]
        risk[block], lcc[block] = block_risk[each], block_lcc[each]
    return risk, lcc


def _choose(search: Search, limit: float, limit_on: str, thresholds: str) -> _Choice:
    if thresholds == "common":
        return _common_thresholds(search, limit, limit_on)
    return (_within_mean if limit_on == "mean" else _within_every)(search, limit)


def _common_thresholds(search: Search, limit: float, limit_on: str) -> _Choice:
    length = search.costs.length
    risks, costs = np.zeros((2, len(search.policies)))
    for block, block_risk, block_lcc in search.evaluate():
        costs += block_lcc.sum(axis=0)
        if limit_on == "every":
            np.maximum(risks, block_risk.max(axis=0), out=risks)
            continue
        if not search.costs.unit_length:
            block_risk *= length[block, None]
        risks += block_risk.sum(axis=0)
    if limit_on == "mean":
        risks /= length.sum()
    within = risks <= limit
    best = int(np.where(within, costs, np.inf).argmin() if within.any() else risks.argmin())
    cost = float(costs[best])
    return _Choice(search, np.full(len(search), best), float(risks[best]), cost, cost)


def _within_every(search: Search, limit: float) -> _Choice:
    row, risk, lcc = search.choose(np.array([limit]))
    cost = float(lcc.sum())
    return _Choice(search, np.where(row < 0, ~row, row)[:, 0], float(risk.max()), cost, cost)


def _within_mean(search: Search, limit: float) -> _Choice:
    """From the cheapest policy of each section towards less risk, always the step that costs least per risk avoided."""
    section, policy, risk, lcc = joined(map(lower_hulls, search.non_dominated()))
    length = search.costs.length
    cheapest = np.flatnonzero(np.append(section[1:] != section[:-1], True))
    steps = np.flatnonzero(section[1:] == section[:-1])[::-1]  # each from the policy after it
    avoided, price = risk[steps + 1] - risk[steps], lcc[steps] - lcc[steps + 1]
    if not search.costs.unit_length:
        avoided *= length[section[steps]]
    order = (price / avoided).argsort(kind="stable")
    excess = (risk[cheapest] * length).sum() - limit * length.sum()
    total = np.append(0, np.cumsum(avoided[order]))
    near = int(np.searchsorted(total, excess))  # but for rounding errors as many as it takes
    for taken in range(max(0, near - 1), min(near + 2, len(total))):
        chosen = cheapest - np.bincount(section[steps[order[:taken]]], minlength=len(search))
        route_risk = float((risk[chosen] * length).sum() / length.sum())
        if route_risk <= limit:
            break
    cost = mixed = float(lcc[chosen].sum())
    if taken:
        last = order[taken - 1]
        mixed -= float(price[last] / avoided[last] * max(0.0, total[taken] - excess))
    return _Choice(search, policy[chosen], route_risk, cost, mixed)


def lower_hulls(frontier: NonDominated) -> NonDominated:
    """Keep the policies on the lower convex hull of each section: no mixture of its other policies dominates them."""
    while True:
        section, _, risk, lcc = frontier
        rise = (lcc[2:] - lcc[:-2]) * (risk[1:-1] - risk[:-2])
        above = (section[2:] == section[:-2]) & ((lcc[1:-1] - lcc[:-2]) * (risk[2:] - risk[:-2]) >= rise)
        if not above.any():
            return frontier
        kept = np.concatenate([[True], ~above, [True]])
        frontier = NonDominated(*(column[kept] for column in frontier))


@dataclass(frozen=True)
class MixedPolicy:
    """Each section of a route gets the first policy with probability `share`, otherwise the second, and keeps it.

    Parameters
    ----------
    first, second : Policy
        Corners of the lower convex hull of risk and cost; the first has less risk.
    share : float
        From 0 to 1.
    risk, lcc : float
        Mean risk, and mean life-cycle cost, yen.
    feasible : bool
        Whether the mean risk keeps to the limit; if not, both policies are the one of least risk.
    """

    first: Policy
    second: Policy
    share: float
    risk: float
    lcc: float
    feasible: bool


def mix_policies(frontier: Frontier, risk_limit: float) -> MixedPolicy:
    """Choose the cheapest mixture whose mean risk keeps to a limit.

    Parameters
    ----------
    frontier : Frontier
        Policies to mix, of one section.
    risk_limit : float
        Between 0 and 1, on the mean over sections.

    Returns
    -------
    MixedPolicy

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi.policy import Sections
    >>> section = Sections(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
    >>> mixed = mix_policies(section.frontier(), risk_limit=0.15)
    >>> round(mixed.risk, 6), bool(mixed.lcc < section.best(0.15).lcc)
    (0.15, True)
    """
    arguments.instance("frontier", frontier, Frontier)
    if len(frontier.starts) > 2:
        rule = "must be of one section, as frontier.of(section)"
        raise arguments.invalid("frontier", rule, len(frontier.starts) - 1)
    limit = checked_risk_limit("risk_limit", risk_limit)
    corners = lower_hulls(NonDominated(frontier.section, frontier.row, frontier.risk, frontier.lcc))
    within = int((corners.risk <= limit).sum())
    first = max(0, within - 1)
    second = min(within, len(corners.risk) - 1)
    share = (
        1.0 if second == first else float((corners.risk[second] - limit) / (corners.risk[second] - corners.risk[first]))
    )
    shares = np.array([share, 1 - share])
    ends = [first, second]
    return MixedPolicy(
        first=frontier.policies[corners.policy[first]],
        second=frontier.policies[corners.policy[second]],
        share=share,
        risk=float(shares @ corners.risk[ends]),
        lcc=float(shares @ corners.lcc[ends]),
        feasible=within > 0,
    )
