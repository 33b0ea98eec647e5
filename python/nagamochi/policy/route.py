"""One common rhythm of inspection for the different sections of a route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core, _validate
from nagamochi.policy.batch import CHAINS_PER_BLOCK, checked_chains, core_space
from nagamochi.policy.chain import Chains
from nagamochi.policy.costs import Costs, checked_costs, checked_risk_limit
from nagamochi.policy.model import PAPERS_SPACE
from nagamochi.policy.policy import PolicySpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

BISECTIONS = 60
MOST_YEN_PER_RISK = 1e30


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
        No choice within the limit costs less in all; equal to the sum of `lcc` unless the limit is on the mean of own
        thresholds, where it comes from Lagrange's multiplier.
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
        ``(n, J, J)`` one-year transition matrices instead.
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
        Threads to use; 0 stands for all cores allowed to the process.

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
    chains = checked_chains(hazards, matrices)
    costs = checked_costs(chains.ratings, repair_cost, inspection_cost, additional_inspection_cost, discount_rate)
    limit = checked_risk_limit("risk_limit", risk_limit)
    _validate.one_of("limit_on", limit_on, ("mean", "every"))
    _validate.one_of("thresholds", thresholds, ("own", "common"))
    threads = _validate.threads(threads)
    core = core_space(chains, space)

    risk, lcc = np.empty((2, len(chains), len(core.policies)))
    for block, block_risk, block_lcc in evaluated_blocks(chains, costs, core, threads):
        risk[block], lcc[block] = block_risk, block_lcc
    if thresholds == "common":
        chosen, bound = _common_thresholds(risk, lcc, limit, limit_on)
    else:
        chosen, bound = _own_thresholds(risk, lcc, core, limit, limit_on)
    sections = np.arange(len(chains))
    policies = core.policies[chosen]
    watched = policies[:, 2] < policies[:, 1]
    return RoutePolicy(
        interval=round(core.intervals[policies[0, 0]]),
        repair_at=policies[:, 1],
        watch_from=np.where(watched, policies[:, 2], 0),
        repair_on_watch_at=np.where(watched, policies[:, 3], 0),
        risk=risk[sections, chosen],
        lcc=lcc[sections, chosen],
        lower_bound=bound,
    )


def evaluated_blocks(
    chains: Chains, costs: Costs, core: _core.PolicySpace, threads: int
) -> Iterator[tuple[slice, Numbers, Numbers]]:
    """Risk and life-cycle cost of all policies, ``(sections, policies)``, of so many sections at a time."""
    for start in range(0, len(chains), CHAINS_PER_BLOCK):
        block = slice(start, min(start + CHAINS_PER_BLOCK, len(chains)))
        risk, lcc = np.empty((2, block.stop - start, len(core.policies)))
        _core.evaluate_all_policies(
            space=core,
            **chains.part(block).for_search(),
            costs=costs.core,
            risk=risk,
            lcc=lcc,
            simd=_core.widest_simd(),
            threads=threads,
        )
        yield block, risk, lcc


def _common_thresholds(risk: Numbers, lcc: Numbers, limit: float, limit_on: str) -> tuple[Indices, float]:
    risks = risk.mean(axis=0) if limit_on == "mean" else risk.max(axis=0)
    if risks.min() > limit:
        raise _too_strict(risks.min(), limit, limit_on)
    total = np.where(risks <= limit, lcc.sum(axis=0), np.inf)
    best = int(total.argmin())
    return np.full(len(risk), best), float(total[best])


def _own_thresholds(
    risk: Numbers, lcc: Numbers, core: _core.PolicySpace, limit: float, limit_on: str
) -> tuple[Indices, float]:
    choose = _within_mean if limit_on == "mean" else _within_every
    found = []
    for interval in range(len(core.intervals)):
        policies = np.flatnonzero(core.policies[:, 0] == interval)
        if (choice := choose(risk[:, policies], lcc[:, policies], limit)) is not None:
            total, bound, chosen = choice
            found.append((total, bound, policies[chosen]))
    if not found:
        least = risk.min(axis=1)
        raise _too_strict(least.mean() if limit_on == "mean" else least.max(), limit, limit_on)
    return min(found, key=lambda choice: choice[0])[2], min(bound for _, bound, _ in found)


def _within_every(risk: Numbers, lcc: Numbers, limit: float) -> tuple[float, float, Indices] | None:
    allowed = np.where(risk <= limit, lcc, np.inf)
    chosen = allowed.argmin(axis=1)
    total = float(allowed.min(axis=1).sum())
    return (total, total, chosen) if np.isfinite(total) else None


def _within_mean(risk: Numbers, lcc: Numbers, limit: float) -> tuple[float, float, Indices] | None:
    """Least cost plus multiplier times risk, by section; the least multiplier that keeps to the limit, by bisection."""
    sections = np.arange(len(risk))
    bound = -np.inf

    def choose(multiplier: float) -> tuple[float, Indices]:
        nonlocal bound
        chosen = (lcc + multiplier * risk).argmin(axis=1)
        mean = float(risk[sections, chosen].mean())
        bound = max(bound, float(lcc[sections, chosen].sum()) + multiplier * len(risk) * (mean - limit))
        return mean, chosen

    if risk.min(axis=1).mean() > limit:
        return None
    mean, chosen = choose(0.0)
    if mean > limit:
        low, high = 0.0, 1.0
        while choose(high)[0] > limit:
            low, high = high, 8 * high
            if high > MOST_YEN_PER_RISK:
                break
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if choose(middle)[0] > limit else (low, middle)
        mean, chosen = choose(high)
        if mean > limit:
            chosen = risk.argmin(axis=1)
    return float(lcc[sections, chosen].sum()), bound, chosen


def _too_strict(least: float, limit: float, limit_on: str) -> Exception:
    of = "mean of the sections" if limit_on == "mean" else "worst section"
    return _validate.invalid("risk_limit", f"must be at least {least:.3g}, the least risk of the {of}", limit)
