"""Several damages at once: each deteriorates by itself, and the first to reach its threshold has all of them repaired.

Their product space need not be built: as long as nothing is repaired, the damages stay independent, so the
probabilities of the ratings that the n-th inspection after a repair finds are products of those of each damage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.policy.chains import ByHazards, Numbers, checked_hazards
from nagamochi.policy.costs import checked_discount_rate, checked_risk_limit
from nagamochi.policy.space import PolicySpace

PAPERS_INTERVALS = tuple(range(1, 11))
NEGLIGIBLE = 1e-18
MOST_INSPECTIONS = 1_000_000


@dataclass(frozen=True)
class DamagePolicy:
    """A policy for several damages in the long run.

    Parameters
    ----------
    interval : int
        Years between inspections.
    repair_at : tuple of int
        For each damage the rating from which it has everything repaired.
    risk : float
        Probability that an inspection finds at least one damage at its worst.
    lcc : float
        Life-cycle cost, yen.
    repairs : float
        Expected number per year.
    feasible : bool
        Whether the risk keeps to the limit that was asked for.
    """

    interval: int
    repair_at: tuple[int, ...]
    risk: float
    lcc: float
    repairs: float
    feasible: bool = True


class SeveralDamages:
    """A section with several damages that deteriorate independently of each other and are repaired together.

    Parameters
    ----------
    hazards : sequence of array_like
        For each damage ``(J - 1,)`` rates per year; the damages may have different numbers of ratings.
    repair_cost, inspection_cost : float
        Yen, the same for all ratings.
    discount_rate : float
        Per year, above 0 and below 1.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> cracks, ruts, roughness = [0.8, 0.3, 0.6, 0.5, 0.4, 0.3], [0.4] * 6, [0.3] * 5
    >>> model = SeveralDamages([cracks, ruts, roughness], 744_000, 2_000, discount_rate=0.04)
    >>> best = model.best(risk_limit=0.1)
    >>> best.interval, best.repair_at
    (1, (7, 7, 6))
    """

    def __init__(
        self, hazards: Sequence[npt.ArrayLike], repair_cost: float, inspection_cost: float, *, discount_rate: float
    ) -> None:
        arguments.instance("hazards", hazards, Sequence, np.ndarray)
        if not 1 <= len(hazards) <= 5:
            raise arguments.invalid("hazards", "must be those of 1 to 5 damages", len(hazards))
        self.damages: list[ByHazards] = [_hazards_of(n, rates) for n, rates in enumerate(hazards)]
        self.repair_cost = arguments.number("repair_cost", repair_cost, at_least=0)
        self.inspection_cost = arguments.number("inspection_cost", inspection_cost, at_least=0)
        self.discount_rate = checked_discount_rate(discount_rate)

    def evaluate_all(self, intervals: Sequence[int] = PAPERS_INTERVALS) -> pl.DataFrame:
        """Evaluate all thresholds of all damages.

        Parameters
        ----------
        intervals : sequence of int
            Years between inspections.

        Returns
        -------
        polars.DataFrame
            interval, repair_at (a list), risk, lcc, repairs.
        """
        return pl.DataFrame([asdict(policy) for policy in self._policies(intervals)]).drop("feasible")

    def best(self, risk_limit: float, intervals: Sequence[int] = PAPERS_INTERVALS) -> DamagePolicy:
        """Choose the cheapest interval and thresholds that keep the risk to a limit.

        Parameters
        ----------
        risk_limit : float
            Between 0 and 1.
        intervals : sequence of int
            Years between inspections to choose from.

        Returns
        -------
        DamagePolicy
            If no policy keeps to the limit, `feasible` is False and the policy is the one of least risk.
        """
        limit = checked_risk_limit("risk_limit", risk_limit)
        policies = list(self._policies(intervals))
        within = [policy for policy in policies if policy.risk <= limit]
        if not within:
            return replace(min(policies, key=lambda policy: policy.risk), feasible=False)
        return min(within, key=lambda policy: policy.lcc)

    def _policies(self, intervals: Sequence[int]) -> Iterator[DamagePolicy]:
        for interval in PolicySpace(intervals).intervals:
            inspections, worst = self._cycle(interval)
            annuity = 1 / -np.expm1(-self.discount_rate * interval)
            for index in np.ndindex(inspections.shape):
                in_cycle = inspections[index].item()
                yield DamagePolicy(
                    interval=interval,
                    repair_at=tuple(threshold + 2 for threshold in index),
                    risk=worst[index].item() / in_cycle,
                    lcc=(self.inspection_cost + self.repair_cost / in_cycle) * float(annuity),
                    repairs=1 / in_cycle / interval,
                )

    def _cycle(self, interval: int) -> tuple[Numbers, Numbers]:
        """Return inspections between two repairs, and those of them that find a damage at its worst, by thresholds."""
        damages = [_SingleDamage(chains, interval) for chains in self.damages]
        shape = tuple(len(damage.unrepaired) for damage in damages)
        inspections, worst = np.zeros(shape), np.zeros(shape)
        for _ in range(MOST_INSPECTIONS):
            for damage in damages:
                damage.age()
            found = _outer([damage.better + damage.worst for damage in damages])
            inspections += found
            for n, damage in enumerate(damages):  # the first of the damages that is at its worst
                before = [other.better for other in damages[:n]]
                after = [other.better + other.worst for other in damages[n + 1 :]]
                worst += _outer([*before, damage.worst, *after])
            if (found <= NEGLIGIBLE * inspections).all():
                return inspections, worst
            for damage in damages:
                damage.stop_at_thresholds()
        rule = f"must let one of the damages reach its threshold within {MOST_INSPECTIONS:,} inspections"
        raise arguments.invalid("hazards", rule, interval)


class _SingleDamage:
    """Probabilities of the ratings of one damage, unrepaired since new, under each of its thresholds 2 to J."""

    def __init__(self, chains: ByHazards, interval: int) -> None:
        self.matrix = chains.transitions([float(interval)], threads=1)[0, 0]
        ratings = chains.ratings
        self.unrepaired = np.zeros((ratings - 1, ratings))
        self.unrepaired[:, 0] = 1
        self.below = np.arange(ratings) < np.arange(1, ratings)[:, None]

    def age(self) -> None:
        self.unrepaired = self.unrepaired @ self.matrix
        self.better = self.unrepaired[:, :-1].sum(axis=1)
        self.worst = self.unrepaired[:, -1]

    def stop_at_thresholds(self) -> None:
        self.unrepaired = np.where(self.below, self.unrepaired, 0.0)


def _hazards_of(damage: int, rates: npt.ArrayLike) -> ByHazards:
    name = f"hazards[{damage}]"
    chains, many = checked_hazards(rates, name)
    if many:
        raise arguments.invalid(name, "must be of one section, (J - 1,)", chains.hazards.shape)
    return chains


def _outer(vectors: list[Numbers]) -> Numbers:
    return reduce(np.multiply.outer, vectors)
