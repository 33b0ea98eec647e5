"""Check a certificate with nothing that the solvers use: a walk through the years, and whole numbers of any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from nagamochi.network.arrays import NetworkArrays
from nagamochi.planning.certificate import Bound, Certificate

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

YEN = 2**16
"""Amounts are whole numbers of this part of a yen."""
WEIGHT = 2**36
"""Weights and prices are whole numbers of this part."""
FOUND_BELOW = 1e-9
"""A curve is found when its health is no higher than the repair level and this."""


@dataclass(frozen=True, eq=False)
class Plans:
    """Plans to choose from, one per repair group; the groups of a bridge share first year and interval.

    Attributes
    ----------
    group_offsets : (n_groups + 1,) int64
        Curves of group g are ``group_offsets[g]`` to ``group_offsets[g + 1] - 1``.
    bridge_offsets : (n_bridges + 1,) int64
        The same for the groups of a bridge.
    levels, first_years, intervals
        The plans are all their combinations; first by interval, then by level, then by first year.
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
    allowed: npt.NDArray[np.bool_] | None = None
    additions: Numbers | None = None

    def index(self, interval: int, level: int, first_year: int) -> int:
        """Number a plan."""
        return (interval * len(self.levels) + level) * len(self.first_years) + first_year


@dataclass(frozen=True)
class Check:
    """One claim of a certificate, and what was computed anew."""

    claim: str
    claimed: float | int | None
    computed: float | int | None
    holds: bool


def verify(
    certificate: Certificate,
    network: NetworkArrays,
    plans: Plans,
    weights: Numbers,
    plan_of_group: Indices,
) -> list[Check]:
    """Compute cost, use of rows and bounds anew, in exact whole numbers.

    Rounding may move a sum by a billionth part, or by a yen; a claim holds up to that.

    Parameters
    ----------
    certificate : Certificate
        Its claims.
    network : NetworkArrays
        The curves.
    plans : Plans
        What there was to choose from.
    weights : (horizon,) float64
        Present value of one yen of each year.
    plan_of_group : (n_groups,) int64
        The plan that the certificate is about.

    Returns
    -------
    list of Check
        The plan is allowed, its cost, a check for each row, one for each bound.
    """
    exact_weights = [round(Fraction(float(weight)) * WEIGHT) for weight in weights]
    used = _Walks(network, plans, len(weights))
    return [
        _check_choice(certificate, plans, plan_of_group),
        _check_cost(certificate, used, exact_weights, plan_of_group),
        *_check_rows(certificate, used, plan_of_group),
        *(_check_bound(certificate, bound, used, exact_weights) for bound in certificate.bounds),
    ]


class _Walks:
    """What plans use, found by walking all curves through the years under one plan after another."""

    def __init__(self, network: NetworkArrays, plans: Plans, horizon: int) -> None:
        self.network = network
        self.plans = plans
        self.horizon = horizon
        self.restored_age = _ages_of(network, network.restored_health)
        self.age = _ages_of(network, network.health)
        self.group_of_curve = np.repeat(np.arange(self.n_groups), np.diff(plans.group_offsets))

    @property
    def n_groups(self) -> int:
        return len(self.plans.group_offsets) - 1

    def repairs(self, level: float, first_year: int, interval: int) -> tuple[Indices, Numbers]:
        """Yen of repairs by group and year in parts of a yen, and the lowest health of each group."""
        network = self.network
        age, since = self.age.copy(), np.zeros(network.n_curves)
        found = np.zeros(network.n_curves, bool)
        health_found = np.zeros(network.n_curves)
        yen = np.zeros((self.n_groups, self.horizon))
        lowest = np.full(self.n_groups, np.inf)
        for year in range(1, self.horizon + 1):
            since += 1
            costs = np.where(found, _repair_cost(network, health_found), 0.0)
            yen[:, year - 1] = np.bincount(self.group_of_curve, costs, self.n_groups)
            age, since = np.where(found, self.restored_age, age), np.where(found, 0.0, since)
            health = _health_at(network, age + since)
            np.minimum.at(lowest, self.group_of_curve, health)
            inspected = year >= first_year and (year - first_year) % interval == 0
            found = (health <= level + FOUND_BELOW) if inspected else np.zeros(network.n_curves, bool)
            health_found = health
        return np.rint(yen * YEN).astype(np.int64), lowest

    def inspections(self, first_year: int, interval: int) -> Indices:
        """Yen of inspections by bridge and year, in parts of a yen."""
        yen = np.zeros((len(self.network.inspection_cost), self.horizon), np.int64)
        yen[:, first_year - 1 :: interval] = np.rint(self.network.inspection_cost * YEN).astype(np.int64)[:, None]
        return yen


def _health_at(network: NetworkArrays, age: Numbers) -> Numbers:
    ratio = age / network.service_life
    health = 5 - 4 * np.minimum(ratio, 1) ** network.shape
    for table in np.unique(network.table[network.table >= 0]):
        points = slice(network.table_offsets[table], network.table_offsets[table + 1])
        of_table = network.table == table
        health[of_table] = np.interp(ratio[of_table], network.table_age_ratio[points], network.table_health[points])
    health[ratio >= 1] = 1.0
    return health


def _ages_of(network: NetworkArrays, health: Numbers) -> Numbers:
    """The least age at which a curve has a health."""
    age = network.service_life * ((5 - health) / 4) ** (1 / network.shape)
    for curve in np.flatnonzero(network.table >= 0):
        points = slice(network.table_offsets[network.table[curve]], network.table_offsets[network.table[curve] + 1])
        ratios, healths = network.table_age_ratio[points], network.table_health[points]
        right = int(np.flatnonzero(healths <= health[curve])[0])
        if healths[right] == health[curve]:
            ratio = ratios[right]
        else:
            share = (healths[right - 1] - health[curve]) / (healths[right - 1] - healths[right])
            ratio = ratios[right - 1] + (ratios[right] - ratios[right - 1]) * share
        age[curve] = network.service_life[curve] * ratio
    return age


def _repair_cost(network: NetworkArrays, health: Numbers) -> Numbers:
    knot = np.clip((5 - health).astype(np.int64), 0, 3)
    share = 5 - health - knot
    curves = np.arange(network.n_curves)
    return network.repair_cost[curves, knot] * (1 - share) + network.repair_cost[curves, knot + 1] * share


def _near(claimed: int | float, computed: int | float) -> bool:
    return abs(claimed - computed) <= max(1.0, 1e-9 * abs(computed))


def _check_choice(certificate: Certificate, plans: Plans, plan_of_group: Indices) -> Check:
    """The groups of a bridge, or with one bound per interval all groups, share what they must share."""
    n_first_years, lanes = len(plans.first_years), len(plans.levels) * len(plans.first_years)
    interval, first_year = plan_of_group // lanes, plan_of_group % n_first_years
    timetable = interval * n_first_years + first_year
    first_group = np.repeat(plans.bridge_offsets[:-1], np.diff(plans.bridge_offsets))
    wrong = int((timetable != timetable[first_group]).sum())
    if any(bound.interval is not None for bound in certificate.bounds):
        wrong += int((interval != interval[0]).sum())
    if plans.allowed is not None:
        wrong += int((~plans.allowed[np.arange(len(plan_of_group)), plan_of_group]).sum())
    return Check("plans that were not to be chosen", 0, wrong, wrong == 0)


def _chosen(used: _Walks, plan_of_group: Indices) -> Iterator[tuple[npt.NDArray[np.bool_], Indices, Numbers, int]]:
    """Each plan that is chosen: by which groups, its repairs, lowest health, and index."""
    plans = used.plans
    for i, interval in enumerate(plans.intervals):
        for j, level in enumerate(plans.levels):
            for k, first_year in enumerate(plans.first_years):
                index = plans.index(i, j, k)
                of_plan = plan_of_group == index
                if of_plan.any():
                    yield of_plan, *used.repairs(level, first_year, interval), index


def _spent(used: _Walks, plan_of_group: Indices) -> tuple[Indices, Numbers]:
    """Parts of a yen by bridge and year, and the lowest health of each group."""
    plans = used.plans
    bridge_of_group = np.repeat(np.arange(len(plans.bridge_offsets) - 1), np.diff(plans.bridge_offsets))
    spent = np.zeros((len(plans.bridge_offsets) - 1, used.horizon), np.int64)
    lowest = np.empty(used.n_groups)
    for of_plan, repairs, lowest_of_plan, index in _chosen(used, plan_of_group):
        np.add.at(spent, bridge_of_group[of_plan], repairs[of_plan])
        lowest[of_plan] = lowest_of_plan[of_plan]
        interval = plans.intervals[index // (len(plans.levels) * len(plans.first_years))]
        inspected = of_plan[plans.bridge_offsets[:-1]]
        spent += np.where(inspected[:, None], used.inspections(plans.first_years[index % len(plans.first_years)], interval), 0)
    return spent, lowest


def _check_cost(certificate: Certificate, used: _Walks, weights: list[int], plan_of_group: Indices) -> Check:
    spent, _ = _spent(used, plan_of_group)
    cost = sum(int(yen) * weight for yen, weight in zip(spent.sum(axis=0), weights, strict=True))
    if used.plans.additions is not None:
        added = used.plans.additions[np.arange(used.n_groups), plan_of_group]
        cost += sum(round(Fraction(float(yen)) * YEN) for yen in added) * WEIGHT
    computed = cost // (YEN * WEIGHT)
    return Check("cost of the plan, yen", certificate.cost, computed, _near(certificate.cost, computed))


def _check_rows(certificate: Certificate, used: _Walks, plan_of_group: Indices) -> Iterator[Check]:
    spent, lowest = _spent(used, plan_of_group)
    for row, use, over in zip(certificate.rows, certificate.use.tolist(), certificate.overrun.tolist(), strict=True):
        total = Fraction(sum(int(yen) * int(times) for yen, times in zip(_sum(spent, row.bridges), row.years, strict=True)), YEN)
        if row.health_below is not None:
            total += int((lowest[_groups_in(used.plans, row.bridges)] < row.health_below).sum())
        kept = total <= Fraction(row.bound) + max(Fraction(1), abs(Fraction(row.bound))) / 10**9
        yield Check(row.name, use, float(total), abs(use - float(total)) <= max(1e-3, 1e-9 * use) and kept == (over == 0))


def _sum(spent: Indices, bridges: npt.NDArray[np.bool_] | None) -> Indices:
    total: Indices = (spent if bridges is None else spent[bridges]).sum(axis=0)
    return total


def _groups_in(plans: Plans, bridges: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_]:
    sizes = np.diff(plans.bridge_offsets)
    return np.ones(sizes.sum(), bool) if bridges is None else np.repeat(bridges, sizes)


def _check_bound(certificate: Certificate, bound: Bound, used: _Walks, weights: list[int]) -> Check:
    """Sum up the least priced value of every bridge."""
    plans = used.plans
    prices = [round(Fraction(float(price)) * WEIGHT) for price in bound.prices]
    n_bridges = len(plans.bridge_offsets) - 1
    worth = np.zeros((n_bridges, used.horizon), object)
    worth += np.array([weight if bound.of_cost else 0 for weight in weights], object)
    below: list[tuple[float, int, npt.NDArray[np.bool_]]] = []
    for row, price in zip(certificate.rows, prices, strict=True):
        if price == 0:
            continue
        in_row = np.ones(n_bridges, bool) if row.bridges is None else row.bridges
        worth[in_row] += np.array([price * int(times) for times in row.years], object)
        if row.health_below is not None:
            below.append((row.health_below, price, _groups_in(plans, row.bridges)))
    least = [None] * n_bridges
    for i, interval in enumerate(plans.intervals):
        if bound.interval in (None, interval):
            for k, first_year in enumerate(plans.first_years):
                values = _least_by_bridge(used, (i, k), worth, below, bound.of_cost)
                values += (used.inspections(first_year, interval) * worth).sum(axis=1)
                least = [a if b is None else b if a is None else min(a, b) for a, b in zip(values.tolist(), least, strict=True)]
    yen = None
    if not any(value is None or value >= NEVER for value in least):
        bounds = sum(price * round(_unit_bound(row.exact_bound)) for price, row in zip(prices, certificate.rows, strict=True))
        yen = (sum(least) - bounds) // (YEN * WEIGHT)
    name = "cost" if bound.of_cost else "overrun"
    of = "any interval" if bound.interval is None else f"interval {bound.interval}"
    holds = bound.yen == yen if bound.yen is None or yen is None else bound.yen <= yen + max(1, abs(yen) // 10**9)
    return Check(f"bound of {name} for {of}, yen", bound.yen, yen, holds)


NEVER = 10**60


def _unit_bound(exact: int) -> int:
    return exact


def _least_by_bridge(used: _Walks, when: tuple[int, int], worth, below, of_cost: bool):
    """The least priced value over levels of each group, summed up by bridge; beyond NEVER where none is allowed."""
    plans = used.plans
    i, k = when
    bridge_of_group = np.repeat(np.arange(len(plans.bridge_offsets) - 1), np.diff(plans.bridge_offsets))
    least = np.full(used.n_groups, NEVER, object)
    for j, level in enumerate(plans.levels):
        index = plans.index(i, j, k)
        repairs, lowest = used.repairs(level, plans.first_years[k], plans.intervals[i])
        values = (repairs * worth[bridge_of_group]).sum(axis=1)
        for health, price, of_groups in below:
            values += (of_groups & (lowest < health)).astype(object) * (price * YEN)
        if of_cost and plans.additions is not None:
            values += np.array([round(Fraction(float(yen)) * YEN) * WEIGHT for yen in plans.additions[:, index]], object)
        if plans.allowed is not None:
            values = np.where(plans.allowed[:, index], values, NEVER)
        least = np.minimum(least, values)
    by_bridge = np.zeros(len(plans.bridge_offsets) - 1, object)
    np.add.at(by_bridge, bridge_of_group, least)
    return by_bridge
