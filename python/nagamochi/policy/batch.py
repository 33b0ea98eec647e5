"""Policies of many sections at once: the best within risk limits, those that no other beats, or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.costs import checked_risk_limit
from nagamochi.policy.policy import PAPERS_SPACE, PolicySpace, policies_within
from nagamochi.policy.sections import checked_sections, joined

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

POLICY_COLUMNS = ("interval", "repair_at", "watch_from", "repair_on_watch_at")


@dataclass(frozen=True, eq=False, repr=False)
class BestPolicies:
    """The cheapest policy of each section within each risk limit.

    All arrays are ``(n, limits)``, or ``(n,)`` if one limit was given as a number. Where no policy keeps to the limit,
    `interval` and the thresholds are 0, and `risk` and `lcc` are those of the policy of least risk.

    Parameters
    ----------
    risk_limits : numpy.ndarray
        ``(limits,)``.
    feasible : numpy.ndarray of bool
        Whether any policy keeps to the limit.
    interval, repair_at, watch_from, repair_on_watch_at : numpy.ndarray of int
        The policy; `watch_from` and `repair_on_watch_at` are 0 where nothing is watched.
    risk, lcc : numpy.ndarray
        Its risk, and its life-cycle cost in yen.
    """

    risk_limits: Numbers
    feasible: npt.NDArray[np.bool_]
    interval: Indices
    repair_at: Indices
    watch_from: Indices
    repair_on_watch_at: Indices
    risk: Numbers
    lcc: Numbers

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: one row per section and risk limit; without a policy where none keeps to the limit."""
        n = len(self.feasible)
        columns = {
            "section": np.repeat(np.arange(n), len(self.risk_limits)),
            "risk_limit": np.tile(self.risk_limits, n),
            **{name: getattr(self, name).ravel() for name in POLICY_COLUMNS},
            "risk": self.risk.ravel(),
            "lcc": self.lcc.ravel(),
        }
        return _without_zeros(columns)

    def __repr__(self) -> str:
        infeasible = int((~self.feasible).sum())
        return f"<BestPolicies of {len(self.feasible):,} sections, {infeasible:,} without a policy within the limit>"


@dataclass(frozen=True, eq=False, repr=False)
class Frontiers:
    """Of each section every policy that no other beats in both risk and life-cycle cost, by rising risk.

    Parameters
    ----------
    policies : polars.DataFrame
        All policies: interval, repair_at, watch_from, repair_on_watch_at (null for the last two: nothing is watched).
    section : numpy.ndarray of int
        Counted from 0, rising.
    policy : numpy.ndarray of int
        Row of `policies`, counted from 0.
    risk, lcc : numpy.ndarray
        Its risk, rising within a section, and its life-cycle cost in yen, falling.
    """

    policies: pl.DataFrame
    section: npt.NDArray[np.int32]
    policy: npt.NDArray[np.int32]
    risk: Numbers
    lcc: Numbers

    def of(self, section: int) -> pl.DataFrame:
        """Tabulate the frontier of one section, counted from 0: its policies, risk and lcc."""
        section = arguments.whole_number("section", section, at_least=0, at_most=int(self.section[-1]))
        return self._rows(slice(*np.searchsorted(self.section, [section, section + 1])))

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: section, then its policies by rising risk."""
        return self._rows(slice(None)).insert_column(0, pl.Series("section", self.section))

    def _rows(self, rows: slice) -> pl.DataFrame:
        columns = [pl.Series("risk", self.risk[rows]), pl.Series("lcc", self.lcc[rows])]
        return self.policies[self.policy[rows]].with_columns(columns)

    def __repr__(self) -> str:
        return f"<Frontiers of {self.section[-1] + 1:,} sections, {len(self.policy):,} policies in all>"


@dataclass(frozen=True, eq=False, repr=False)
class AllPolicies:
    """Every policy of every section.

    Parameters
    ----------
    policies : polars.DataFrame
        One row per policy: interval, repair_at, watch_from, repair_on_watch_at (null for the last two: nothing is
        watched).
    risk, lcc : numpy.ndarray
        ``(n, policies)`` risk, and life-cycle cost in yen.
    """

    policies: pl.DataFrame
    risk: Numbers
    lcc: Numbers

    def __repr__(self) -> str:
        sections, policies = self.risk.shape
        return f"<AllPolicies of {sections:,} sections, {policies:,} policies each>"


def best_many(
    hazards: npt.ArrayLike | None = None,
    *,
    matrices: npt.ArrayLike | None = None,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None = None,
    discount_rate: float,
    risk_limit: float | Sequence[float],
    space: PolicySpace = PAPERS_SPACE,
    threads: int = 0,
) -> BestPolicies:
    """Choose the cheapest policy of each of many sections.

    Parameters
    ----------
    hazards : array_like, optional
        ``(n, J - 1)`` rates per year.
    matrices : array_like, optional
        ``(n, J, J)`` one-year transition matrices instead. Policies that need others, such as additional inspections
        after half a year, are left out.
    repair_cost, inspection_cost, additional_inspection_cost, discount_rate
        As for :class:`InspectionModel`, the same for all sections.
    risk_limit : float or sequence of float
        Between 0 and 1.
    space : PolicySpace
        The policies to choose from.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. Results do not depend on it.

    Returns
    -------
    BestPolicies
        Arrays over sections, or sections and risk limits.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> hazards = np.random.default_rng(1).uniform(0.1, 1.0, (1000, 6))
    >>> best = best_many(hazards, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04, risk_limit=0.05)
    >>> best.lcc.shape
    (1000,)
    >>> bool((best.risk <= 0.05)[best.feasible].all())
    True
    """
    sections = checked_sections(
        hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, threads
    )
    limits = _checked_limits(risk_limit)
    policies = policies_within(space, sections.chains)
    best, risk, lcc = sections.choose(policies, limits)
    chosen = [np.where(best < 0, 0, column[best]) for column in policy_columns(policies).values()]
    arrays = [best >= 0, *chosen, risk, lcc]
    several = isinstance(risk_limit, Sequence | np.ndarray)
    return BestPolicies(limits, *(array if several else array[:, 0] for array in arrays))


def frontier_many(
    hazards: npt.ArrayLike | None = None,
    *,
    matrices: npt.ArrayLike | None = None,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None = None,
    discount_rate: float,
    space: PolicySpace = PAPERS_SPACE,
    threads: int = 0,
) -> Frontiers:
    """Find of each of many sections every policy that no other beats in both risk and life-cycle cost.

    Parameters
    ----------
    hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, space, threads
        As for :func:`best_many`.

    Returns
    -------
    Frontiers
        So many policies of each section, one after another.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> hazards = np.random.default_rng(1).uniform(0.1, 1.0, (1000, 6))
    >>> frontiers = frontier_many(hazards, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    >>> frontiers.of(section=17).columns
    ['interval', 'repair_at', 'watch_from', 'repair_on_watch_at', 'risk', 'lcc']
    """
    sections = checked_sections(
        hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, threads
    )
    policies = policies_within(space, sections.chains)
    return Frontiers(_without_zeros(policy_columns(policies)), *joined(sections.find_frontiers(policies)))


def evaluate_many(
    hazards: npt.ArrayLike | None = None,
    *,
    matrices: npt.ArrayLike | None = None,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None = None,
    discount_rate: float,
    space: PolicySpace = PAPERS_SPACE,
    threads: int = 0,
) -> AllPolicies:
    """Evaluate all policies of each of many sections: 16 bytes for each of them.

    Parameters
    ----------
    hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, space, threads
        As for :func:`best_many`.

    Returns
    -------
    AllPolicies
        Risk and life-cycle cost by section and policy.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> hazards = np.random.default_rng(1).uniform(0.1, 1.0, (1000, 6))
    >>> evaluate_many(hazards, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    <AllPolicies of 1,000 sections, 210 policies each>
    """
    sections = checked_sections(
        hazards, matrices, repair_cost, inspection_cost, additional_inspection_cost, discount_rate, threads
    )
    policies = policies_within(space, sections.chains)
    risk, lcc = np.empty((2, len(sections), len(policies.policies)))
    for block, block_risk, block_lcc in sections.evaluate(policies):
        risk[block], lcc[block] = block_risk, block_lcc
    return AllPolicies(_without_zeros(policy_columns(policies)), risk, lcc)


def policy_columns(policies: _core.PolicySpace) -> dict[str, Indices]:
    """What each policy says; 0 for the last two where nothing is watched."""
    interval, repair_at, watch_from, repair_on_watch_at = policies.policies.T
    years = np.round(policies.intervals).astype(np.int64)[interval]
    watched = watch_from < repair_at
    columns = (years, repair_at, np.where(watched, watch_from, 0), np.where(watched, repair_on_watch_at, 0))
    return dict(zip(POLICY_COLUMNS, columns, strict=True))


def _checked_limits(risk_limit: float | Sequence[float]) -> Numbers:
    if isinstance(risk_limit, str) or not isinstance(risk_limit, Sequence | np.ndarray):
        return np.array([checked_risk_limit("risk_limit", risk_limit)])
    if len(risk_limit) == 0:
        raise arguments.invalid("risk_limit", "must be at least one number", risk_limit)
    return np.array([checked_risk_limit(f"risk_limit[{n}]", limit) for n, limit in enumerate(risk_limit)])


def _without_zeros(columns: Mapping[str, npt.NDArray[np.generic]]) -> pl.DataFrame:
    return pl.DataFrame(columns).with_columns(pl.col(name).replace(0, None) for name in POLICY_COLUMNS)
