"""Check a certificate with nothing that the solvers use: a walk through the years, and whole numbers of any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.network.arrays import NetworkArrays
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.rows import Row
from nagamochi.planning.walks import Walk, inspection_yen, walk_all

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Exact = npt.NDArray[Any]  # Python's whole numbers

AMOUNT = 2**16
"""Yen are whole numbers of this part."""
PRICE = 2**36
"""Weights and prices are whole numbers of this part."""
NO_PLAN = 10**60
"""More than any value."""


@dataclass(frozen=True, eq=False)
class Plans:
    """Plans to choose from, one per repair group; the groups of a bridge share first year and interval.

    Attributes
    ----------
    group_offsets : (n_groups + 1,) int64
        Curves of group g are ``group_offsets[g]`` to ``group_offsets[g + 1] - 1``.
    bridge_offsets : (n_bridges + 1,) int64
        The same for the groups of a bridge.
    levels, first_years, intervals : sequence
        The plans are all their combinations, first by interval, then by level, then by first year.
    weights : (horizon,) float64
        Present value of one yen of each year.
    allowed : (n_groups, n_plans) bool or None
        Which of them may be chosen.
    additions : (n_groups, n_plans) float64 or None
        Yen that count as cost but are not spent.
    """

    group_offsets: Indices
    bridge_offsets: Indices
    levels: Sequence[float]
    first_years: Sequence[int]
    intervals: Sequence[int]
    weights: Numbers
    allowed: Mask | None = None
    additions: Numbers | None = None

    @property
    def n_bridges(self) -> int:
        """Number of bridges."""
        return len(self.bridge_offsets) - 1

    @property
    def n_groups(self) -> int:
        """Number of repair groups."""
        return len(self.group_offsets) - 1

    @cached_property
    def bridge_of_group(self) -> Indices:
        """Index of the bridge of each group."""
        return np.repeat(np.arange(self.n_bridges), np.diff(self.bridge_offsets))

    def index(self, interval: int, level: int, first_year: int) -> int:
        """Number a plan by the indices of what it combines."""
        return (interval * len(self.levels) + level) * len(self.first_years) + first_year


@dataclass(frozen=True)
class Check:
    """One claim of a certificate, and what was computed anew."""

    claim: str
    claimed: float | int | None
    computed: float | int | None
    holds: bool


def verify(certificate: Certificate, network: NetworkArrays, plans: Plans, plan_of_group: Indices) -> list[Check]:
    """Compute cost, use of rows and bounds anew, in exact whole numbers.

    Costs are rounded to parts of a yen, so two ways of computing them may differ by a billionth part, or a yen; a claim
    holds up to that.

    Parameters
    ----------
    certificate : Certificate
        Its claims.
    network : NetworkArrays
        The curves.
    plans : Plans
        What there was to choose from.
    plan_of_group : (n_groups,) int64
        The plan that the certificate is about.

    Returns
    -------
    list of Check
        That the plan may be chosen, its cost, a check for each row, one for each bound.
    """
    verifier = _Verifier(network, plans)
    return [
        verifier.check_choice(certificate, plan_of_group),
        *verifier.check_plan(certificate, plan_of_group),
        *(verifier.check_bound(certificate.rows, bound) for bound in certificate.bounds),
    ]


class _Verifier:
    def __init__(self, network: NetworkArrays, plans: Plans) -> None:
        self.network = network
        self.plans = plans
        self.weights = [round(Fraction(float(weight)) * PRICE) for weight in plans.weights]

    def check_choice(self, certificate: Certificate, plan_of_group: Indices) -> Check:
        """Groups of a bridge share their timetable; with a bound for each interval, all share the interval."""
        plans = self.plans
        interval, lane = np.divmod(plan_of_group, len(plans.levels) * len(plans.first_years))
        timetable = interval * len(plans.first_years) + lane % len(plans.first_years)
        wrong = timetable != timetable[plans.bridge_offsets[:-1]][plans.bridge_of_group]
        if any(bound.interval is not None for bound in certificate.bounds):
            wrong |= interval != interval[0]
        if plans.allowed is not None:
            wrong |= ~plans.allowed[np.arange(plans.n_groups), plan_of_group]
        return Check("groups whose plan must not be chosen", 0, int(wrong.sum()), not wrong.any())

    def check_plan(self, certificate: Certificate, plan_of_group: Indices) -> Iterator[Check]:
        """Cost and use of rows."""
        spent, lowest_health = self._spent(plan_of_group)
        cost = sum(int(yen) * weight for yen, weight in zip(spent.sum(axis=0), self.weights, strict=True))
        cost += sum(self._addition(plan_of_group).tolist())
        yen = cost // (AMOUNT * PRICE)
        yield Check("cost of the plan, yen", certificate.cost, yen, abs(certificate.cost - yen) <= max(1, yen // 10**9))
        overruns = certificate.overrun > 0
        for row, claimed, over in zip(certificate.rows, certificate.use.tolist(), overruns.tolist(), strict=True):
            use = self._use(row, spent, lowest_health)
            tolerance = max(Fraction(1, 1000), abs(Fraction(row.bound)) / 10**9)
            holds = abs(Fraction(claimed) - use) <= tolerance and (over or use <= Fraction(row.bound) + tolerance)
            yield Check(row.name, claimed, float(use), holds)

    def check_bound(self, rows: Sequence[Row], bound: Bound) -> Check:
        """Sum up the least priced value of every bridge."""
        least = self._least_values(rows, bound)
        yen = None
        if (least < NO_PLAN).all():
            allowance = sum(_exact(price) * row.exact_bound for price, row in zip(bound.prices, rows, strict=True))
            yen = (sum(least.tolist()) - allowance) // (AMOUNT * PRICE)
        kind = "cost" if bound.of_cost else "priced overrun"
        of = "any interval" if bound.interval is None else f"interval {bound.interval}"
        holds = bound.yen is None if yen is None else bound.yen is not None and bound.yen <= yen + max(1, abs(yen) // 10**9)
        return Check(f"lower bound of {kind}, {of}, yen", bound.yen, yen, holds and bool((bound.prices >= 0).all()))

    def _spent(self, plan_of_group: Indices) -> tuple[Indices, Numbers]:
        """Parts of a yen by bridge and year, and the lowest health of each group."""
        plans, horizon = self.plans, len(self.weights)
        spent = np.zeros((plans.n_bridges, horizon), np.int64)
        lowest_health = np.empty(plans.n_groups)
        for index in np.unique(plan_of_group).tolist():
            chosen = plan_of_group == index
            interval, lane = divmod(index, len(plans.levels) * len(plans.first_years))
            level, first_year = divmod(lane, len(plans.first_years))
            walk = self._walk(interval, level, first_year)
            np.add.at(spent, plans.bridge_of_group[chosen], walk.repair_yen[chosen])
            lowest_health[chosen] = walk.lowest_health[chosen]
            inspected = chosen[plans.bridge_offsets[:-1]]
            spent[inspected] += self._inspections(interval, first_year)[inspected]
        return spent, lowest_health

    def _walk(self, interval: int, level: int, first_year: int) -> Walk:
        plans = self.plans
        plan = (plans.levels[level], plans.first_years[first_year], plans.intervals[interval])
        return walk_all(self.network, plans.group_offsets, plan, len(self.weights), AMOUNT)

    def _inspections(self, interval: int, first_year: int) -> Indices:
        plans = self.plans
        timetable = (plans.first_years[first_year], plans.intervals[interval])
        return inspection_yen(self.network, timetable, len(self.weights), AMOUNT)

    def _addition(self, plan_of_group: Indices) -> Exact:
        if self.plans.additions is None:
            return np.zeros(self.plans.n_groups, object)
        added = self.plans.additions[np.arange(self.plans.n_groups), plan_of_group]
        return np.array([round(Fraction(yen) * AMOUNT) * PRICE for yen in added.tolist()], object)

    def _use(self, row: Row, spent: Indices, lowest_health: Numbers) -> Fraction:
        bridges = _bridges(row, self.plans.n_bridges)
        use = sum(int(yen) * int(times) for yen, times in zip(spent[bridges].sum(axis=0), row.years, strict=True))
        below = 0
        if row.health_below is not None:
            below = int((lowest_health[bridges[self.plans.bridge_of_group]] < row.health_below).sum())
        return Fraction(use, AMOUNT) + below

    def _least_values(self, rows: Sequence[Row], bound: Bound) -> Exact:
        """The least (cost + price x use) of each bridge among the plans that the bound is about."""
        plans = self.plans
        priced = [(row, _exact(price)) for row, price in zip(rows, bound.prices, strict=True) if price]
        worth = self._worth(priced, bound.of_cost)
        least = np.full(plans.n_bridges, NO_PLAN, object)
        for interval, years in enumerate(plans.intervals):
            if bound.interval not in (None, years):
                continue
            for first_year in range(len(plans.first_years)):
                of_timetable = (self._inspections(interval, first_year) * worth).sum(axis=1)
                of_groups = np.full(plans.n_groups, NO_PLAN, object)
                for level in range(len(plans.levels)):
                    values = self._values(priced, bound.of_cost, worth, (interval, level, first_year))
                    of_groups = np.minimum(of_groups, values)
                np.add.at(of_timetable, plans.bridge_of_group, of_groups)
                least = np.minimum(least, of_timetable)
        return least

    def _worth(self, priced: Sequence[tuple[Row, int]], of_cost: bool) -> Exact:
        """What a part of a yen counts, by bridge and year."""
        worth = np.zeros((self.plans.n_bridges, len(self.weights)), object)
        if of_cost:
            worth += np.array(self.weights, object)
        for row, price in priced:
            worth[_bridges(row, self.plans.n_bridges)] += row.years.astype(object) * price
        return worth

    def _values(
        self, priced: Sequence[tuple[Row, int]], of_cost: bool, worth: Exact, plan: tuple[int, int, int]
    ) -> Exact:
        """What one plan of each group counts, beyond inspections."""
        plans, index = self.plans, self.plans.index(*plan)
        walk = self._walk(*plan)
        values: Exact = (walk.repair_yen * worth[plans.bridge_of_group]).sum(axis=1)
        for row, price in priced:
            if row.health_below is not None:
                counted = _bridges(row, plans.n_bridges)[plans.bridge_of_group] & (walk.lowest_health < row.health_below)
                values = values + counted.astype(object) * (price * AMOUNT)
        if of_cost:
            values = values + self._addition(np.full(plans.n_groups, index))
        if plans.allowed is not None:
            values = np.where(plans.allowed[:, index], values, NO_PLAN)
        return values


def _exact(price: float) -> int:
    return round(Fraction(float(price)) * PRICE)


def _bridges(row: Row, n_bridges: int) -> Mask:
    return np.ones(n_bridges, bool) if row.bridges is None else row.bridges
