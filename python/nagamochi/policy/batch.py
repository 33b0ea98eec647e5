"""The best policies of many sections at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core, _validate
from nagamochi.policy.chain import Chains, checked_hazards, checked_matrices
from nagamochi.policy.costs import checked_costs, checked_risk_limit
from nagamochi.policy.model import PAPERS_SPACE
from nagamochi.policy.policy import PolicySpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

CHAINS_PER_BLOCK = 8192


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
        frame = pl.DataFrame(columns)
        return frame.with_columns(pl.col(name).replace(0, None) for name in POLICY_COLUMNS)

    def __repr__(self) -> str:
        infeasible = int((~self.feasible).sum())
        return f"<BestPolicies of {len(self.feasible):,} sections, {infeasible:,} without a policy within the limit>"


POLICY_COLUMNS = ("interval", "repair_at", "watch_from", "repair_on_watch_at")


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
        ``(n, J, J)`` one-year transition matrices instead.
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
    chains = checked_chains(hazards, matrices)
    costs = checked_costs(chains.ratings, repair_cost, inspection_cost, additional_inspection_cost, discount_rate)
    if single := np.ndim(risk_limit) == 0:
        limits = np.array([checked_risk_limit("risk_limit", risk_limit)])
    else:
        given = np.asarray(risk_limit, np.float64)
        limits = np.array([checked_risk_limit(f"risk_limit[{n}]", limit) for n, limit in enumerate(given.tolist())])
    threads = _validate.threads(threads)
    core = core_space(chains, space)

    shape = (len(chains), len(limits))
    best, risk, lcc = np.empty(shape, np.int64), np.empty(shape), np.empty(shape)
    for start in range(0, len(chains), CHAINS_PER_BLOCK):
        block = slice(start, start + CHAINS_PER_BLOCK)
        _core.choose_policies(
            space=core,
            **chains.part(block).for_search(),
            costs=costs.core,
            risk_limits=limits,
            best=best[block],
            risk=risk[block],
            lcc=lcc[block],
            simd=_core.widest_simd(),
            threads=threads,
        )
    policies = core.policies
    watched = policies[:, 2] < policies[:, 1]
    columns = [np.round(core.intervals).astype(np.int64)[policies[:, 0]], policies[:, 1]]
    columns += [np.where(watched, policies[:, 2], 0), np.where(watched, policies[:, 3], 0)]
    chosen = [np.where(best < 0, 0, column[best]) for column in columns]
    arrays = [best >= 0, *chosen, risk, lcc]
    return BestPolicies(limits, *(array[:, 0] if single else array for array in arrays))


def checked_chains(hazards: npt.ArrayLike | None, matrices: npt.ArrayLike | None) -> Chains:
    """Chains of many sections."""
    if hazards is not None and matrices is None:
        return checked_hazards(hazards, many=True)
    if matrices is not None and hazards is None:
        return checked_matrices(matrices, 1.0, many=True)
    raise _validate.invalid("hazards", "must be given, or else matrices, not both", hazards)


def core_space(chains: Chains, space: PolicySpace) -> _core.PolicySpace:
    """The policies of a space that there are transition probabilities for, for the kernels."""
    _validate.instance("space", space, PolicySpace)
    rhythms = [(years, spacing if chains.allow(spacing or 1.0) else 0.0) for years, spacing in space.rhythms]
    return space.core(chains.ratings, chains.period, rhythms)
