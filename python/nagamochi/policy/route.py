"""One common rhythm of inspection for the different sections of a route."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.batch import policy_columns
from nagamochi.policy.costs import TooStrict, checked_risk_limit
from nagamochi.policy.policy import PAPERS_SPACE, PolicySpace, policies_within
from nagamochi.policy.sections import Sections, Unbeaten, checked_sections, joined

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class RoutePolicy:
    """Inspections of all sections in the same years, and what is done there.

    Parameters
    ----------
    interval : int
        Years between periodic inspections of the route.
    repair_at, watch_from, repair_on_watch_at : numpy.ndarray of int
        ``(n,)`` thresholds of each section; 0 for the last two where nothing is watched.
    risk, lcc : numpy.ndarray
        ``(n,)`` risk and life-cycle cost, yen, of each section.
    lower_bound : float
        No choice within the limit costs less in all, yen; equal to the sum of `lcc` unless the limit is on the mean of
        own thresholds, where it is the cost of mixing policies by lot.
    """

    interval: int
    repair_at: Indices
    watch_from: Indices
    repair_on_watch_at: Indices
    risk: Numbers
    lcc: Numbers
    lower_bound: float

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: one row per section."""
        names = ("repair_at", "watch_from", "repair_on_watch_at", "risk", "lcc")
        return pl.DataFrame({name: getattr(self, name) for name in names}).with_row_index("section")

    def __repr__(self) -> str:
        return (
            f"<RoutePolicy of {len(self.lcc):,} sections, inspected every {self.interval} years, "
            f"mean risk {self.risk.mean():.4g}, LCC {self.lcc.sum():,.0f} yen>"
        )


def common_policy(
    hazards: npt.ArrayLike | None = None,
    *,
    matrices: npt.ArrayLike | None = None,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None = None,
    discount_rate: float,
    risk_limit: float,
    limit_on: Literal["mean", "every"] = "mean",
    thresholds: Literal["own", "common"] = "own",
    space: PolicySpace = PAPERS_SPACE,
    threads: int = 0,
) -> RoutePolicy:
    """Choose one inspection interval for a route, and thresholds for its sections.

    Parameters
    ----------
    hazards : array_like, optional
        ``(n, J - 1)`` rates per year.
    matrices : array_like, optional
        ``(n, J, J)`` one-year transition matrices instead. Policies that need others are left out.
    repair_cost, inspection_cost, additional_inspection_cost, discount_rate
        As for :class:`InspectionModel`, the same for all sections.
    risk_limit : float
        Between 0 and 1.
    limit_on : {"mean", "every"}
        Whether the limit is on the mean risk of the sections or on the risk of every one.
    thresholds : {"own", "common"}
        Whether each section has thresholds of its own or all have the same.
    space : PolicySpace
        The policies to choose from.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. Results do not depend on it.

    Returns
    -------
    RoutePolicy

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule, or no policy keeps to the limit.

    Examples
    --------
    >>> import numpy as np
    >>> hazards = np.random.default_rng(1).uniform(0.2, 0.8, (500, 6))
    >>> costs = dict(repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    >>> route = common_policy(hazards, risk_limit=0.1, **costs)
    >>> bool(route.risk.mean() <= 0.1)
    True
    """
    sections = checked_sections(
        hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, threads
    )
    limit = checked_risk_limit("risk_limit", risk_limit)
    arguments.one_of("limit_on", limit_on, ("mean", "every"))
    arguments.one_of("thresholds", thresholds, ("own", "common"))
    arguments.instance("space", space, PolicySpace)
    best, lower_bound = None, np.inf
    for years in space.intervals:
        policies = policies_within(replace(space, intervals=(years,)), sections.chains)
        choice = _choose(sections, policies, limit, limit_on, thresholds)
        if choice.risk_of_route <= limit:
            lower_bound = min(lower_bound, choice.lower_bound)
        if best is None or choice.rank(limit) < best.rank(limit):
            best = choice
    assert best is not None
    if best.risk_of_route > limit:
        of = "mean of the sections" if limit_on == "mean" else "worst section"
        raise TooStrict.limit(limit, best.risk_of_route, best.cost, f"of the {of}")
    columns = policy_columns(best.policies)
    risk, lcc = _evaluate(sections, best)
    return RoutePolicy(
        interval=int(columns.pop("interval")[0]),
        **{name: column[best.policy] for name, column in columns.items()},
        risk=risk,
        lcc=lcc,
        lower_bound=lower_bound,
    )


@dataclass(frozen=True, eq=False)
class _Choice:
    """The cheapest policies of one interval within the limit; if there are none, those of least risk."""

    policies: _core.PolicySpace
    policy: Indices  # (n)
    risk_of_route: float
    cost: float  # yen, of all sections
    lower_bound: float

    def rank(self, limit: float) -> tuple[bool, float]:
        """Within the limit by cost, then by risk."""
        beyond = self.risk_of_route > limit
        return beyond, self.risk_of_route if beyond else self.cost


def _evaluate(sections: Sections, choice: _Choice) -> tuple[Numbers, Numbers]:
    risk, lcc = np.empty((2, len(sections)))
    for block, block_risk, block_lcc in sections.evaluate(choice.policies):
        each = np.arange(len(block_risk)), choice.policy[block]
        risk[block], lcc[block] = block_risk[each], block_lcc[each]
    return risk, lcc


def _choose(sections: Sections, policies: _core.PolicySpace, limit: float, limit_on: str, thresholds: str) -> _Choice:
    if thresholds == "common":
        return _common_thresholds(sections, policies, limit, limit_on)
    return (_within_mean if limit_on == "mean" else _within_every)(sections, policies, limit)


def _common_thresholds(sections: Sections, policies: _core.PolicySpace, limit: float, limit_on: str) -> _Choice:
    gather = np.add if limit_on == "mean" else np.maximum
    risks, costs = np.zeros((2, len(policies.policies)))
    for _, block_risk, block_lcc in sections.evaluate(policies):
        risks = gather(risks, gather.reduce(block_risk))
        costs += block_lcc.sum(axis=0)
    if limit_on == "mean":
        risks /= len(sections)
    within = risks <= limit
    best = int(np.where(within, costs, np.inf).argmin() if within.any() else risks.argmin())
    cost = float(costs[best])
    return _Choice(policies, np.full(len(sections), best), float(risks[best]), cost, cost)


def _within_every(sections: Sections, policies: _core.PolicySpace, limit: float) -> _Choice:
    policy, risk, lcc = sections.choose(policies, np.array([limit]))
    cost = float(lcc.sum())
    return _Choice(policies, policy[:, 0], float(risk.max()), cost, cost)


def _within_mean(sections: Sections, policies: _core.PolicySpace, limit: float) -> _Choice:
    """From the cheapest policy of each section towards less risk, always the step that costs least per risk avoided."""
    section, policy, risk, lcc = joined(map(_lower_hull, sections.find_frontiers(policies)))
    cheapest = np.flatnonzero(np.append(section[1:] != section[:-1], True))
    steps = np.flatnonzero(section[1:] == section[:-1])[::-1]  # each from the policy after it
    avoided, price = risk[steps + 1] - risk[steps], lcc[steps] - lcc[steps + 1]
    order = (price / avoided).argsort(kind="stable")
    excess = risk[cheapest].sum() - limit * len(sections)
    total = np.append(0, np.cumsum(avoided[order]))
    near = int(np.searchsorted(total, excess))  # but for rounding errors as many as it takes
    for taken in range(max(0, near - 1), min(near + 2, len(total))):
        chosen = cheapest - np.bincount(section[steps[order[:taken]]], minlength=len(sections))
        if risk[chosen].mean() <= limit:
            break
    cost = mixed = float(lcc[chosen].sum())
    if taken:
        last = order[taken - 1]
        mixed -= float(price[last] / avoided[last] * max(0.0, total[taken] - excess))
    return _Choice(policies, policy[chosen], float(risk[chosen].mean()), cost, mixed)


def _lower_hull(unbeaten: Unbeaten) -> Unbeaten:
    """Keep what no mixture of a section's policies beats."""
    while True:
        section, _, risk, lcc = unbeaten
        rise = (lcc[2:] - lcc[:-2]) * (risk[1:-1] - risk[:-2])
        above = (section[2:] == section[:-2]) & ((lcc[1:-1] - lcc[:-2]) * (risk[2:] - risk[:-2]) >= rise)
        if not above.any():
            return unbeaten
        kept = np.concatenate([[True], ~above, [True]])
        unbeaten = Unbeaten(*(column[kept] for column in unbeaten))
