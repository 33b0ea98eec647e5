"""Choices of plans by their definition: all plans walked through the years, the best choice by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from nagamochi.network import Network
from nagamochi.planning.space import PlanSpace
from oracle.lcc import OracleCurve, walk


@dataclass(frozen=True, eq=False)
class ChosenPlans:
    space: PlanSpace
    bridge_of_group: np.ndarray
    inspections: np.ndarray  # (bridges, plans, horizon) yen
    repairs: np.ndarray  # (groups, plans, horizon) yen
    lowest_health: np.ndarray  # (groups, plans)
    decided: np.ndarray  # (bridges, horizon) yen
    closed_works: np.ndarray  # (groups, plans)
    used_value: np.ndarray  # (groups, plans) yen, not discounted
    health: list[list[list[list[float]]]]  # by group, plan and curve, of years 0, 1, ..
    lows: list[list[list[float]]]  # by group, plan and curve: lowest health from when it could be repaired on

    @property
    def n_bridges(self) -> int:
        return len(self.inspections)

    def timetable(self, plan: int) -> tuple[int, int]:
        chosen = self.space.plan(plan)
        return chosen.interval, chosen.first_year

    def random_plan(self, rng: np.random.Generator) -> np.ndarray:
        """One interval for all, a first year for each bridge, a level for each group."""
        interval = rng.choice(self.space.intervals)
        first_year = rng.choice(self.space.first_years, self.n_bridges)
        plans = [self.space.plan(plan) for plan in range(self.space.n_plans)]
        return np.array(
            [
                rng.choice(
                    [i for i, plan in enumerate(plans) if (plan.interval, plan.first_year) == (interval, first_year[b])]
                )
                for b in self.bridge_of_group
            ]
        )

    def use(self, plan_of_group: np.ndarray):
        """Yen by bridge and year; how many groups of some bridges are ever below a health."""
        groups = np.arange(len(plan_of_group))
        spent = self.decided.copy()
        np.add.at(spent, self.bridge_of_group, self.repairs[groups, plan_of_group])
        first = np.searchsorted(self.bridge_of_group, np.arange(self.n_bridges))
        spent += self.inspections[np.arange(self.n_bridges), plan_of_group[first]]

        def below(health: float, bridges: np.ndarray | None) -> int:
            low = self.lowest_health[groups, plan_of_group] < health
            return int((low if bridges is None else low & bridges[self.bridge_of_group]).sum())

        return spent, below


def plans_of(
    network: Network, level_per: str, space: PlanSpace, horizon: int, works=(), closed=(), retire=()
) -> ChosenPlans:
    """What is decided is given as rows of works.csv, closed.csv and retire.csv."""
    groups = network.repair_groups(level_per)
    arrays = network.arrays
    curves = curves_of(network, works)
    bridge_ids = network.bridge_ids.to_list()
    removed = {bridge_ids.index(bridge): year for bridge, year, _ in retire}
    decided = np.zeros((network.n_bridges, horizon))
    for bridge, *_, year, yen in (*works, *retire):
        decided[bridge_ids.index(bridge), year - 1] += yen
    shut = {(bridge_ids.index(bridge), year) for bridge, first, last in closed for year in range(first, last + 1)}
    n_groups = len(groups.offsets) - 1
    repairs = np.empty((n_groups, space.n_plans, horizon))
    lowest = np.empty((n_groups, space.n_plans))
    inspections = np.zeros((network.n_bridges, space.n_plans, horizon))
    closed_works = np.zeros((n_groups, space.n_plans))
    used_value = np.zeros((n_groups, space.n_plans))
    bridge_of_group = np.repeat(np.arange(network.n_bridges), np.diff(groups.bridge_offsets))
    health = [[[] for _ in range(space.n_plans)] for _ in range(n_groups)]
    lows = [[[] for _ in range(space.n_plans)] for _ in range(n_groups)]
    shortest_delay = min(space.delays) if space.urgent_below is None else min(space.urgent_delay, *space.delays)
    for index in range(space.n_plans):
        plan = space.plan(index)
        for bridge, yen in enumerate(arrays.inspection_cost):
            inspections[bridge, index, plan.first_year - 1 : removed.get(bridge, horizon + 1) - 1 : plan.interval] = yen
        for group in range(n_groups):
            own = curves[groups.offsets[group] : groups.offsets[group + 1]]
            bridge = int(bridge_of_group[group])
            outcome = walk(
                own,
                0.0,
                plan.level,
                plan.first_year,
                plan.interval,
                plan.delay,
                horizon,
                removed=removed.get(bridge),
                earliest=min(space.first_years),
                shortest_delay=shortest_delay,
                urgent=(space.urgent_below, space.urgent_delay),
            )
            repairs[group, index] = outcome.yearly
            lowest[group, index] = outcome.lowest_health
            closed_works[group, index] = sum((bridge, year) in shut for _, year, _, _ in outcome.repairs)
            used_value[group, index] = outcome.used_value
            health[group][index], lows[group][index] = outcome.health, outcome.lowest_since_repairable
    return ChosenPlans(
        space, bridge_of_group, inspections, repairs, lowest, decided, closed_works, used_value, health, lows
    )


def curves_of(network: Network, works=()) -> list[OracleCurve]:
    curves = [_curve(network.arrays, c) for c in range(network.n_curves)]
    names = network.curves.select("bridge_id", "member", "damage", "location").rows()
    for curve, name in zip(curves, names, strict=True):
        curve.works = tuple(
            year for *key, year, _ in works if all(k in (None, n) for k, n in zip(key, name, strict=True))
        )
    return curves


def _curve(arrays, c: int) -> OracleCurve:
    table = None
    if arrays.table[c] >= 0:
        points = slice(arrays.table_offsets[arrays.table[c]], arrays.table_offsets[arrays.table[c] + 1])
        table = list(zip(arrays.table_age_ratio[points].tolist(), arrays.table_health[points].tolist(), strict=True))
    return OracleCurve(
        float(arrays.health[c]),
        float(arrays.service_life[c]),
        arrays.repair_cost[c].tolist(),
        float(arrays.shape[c]),
        table,
        float(arrays.restored_health[c]),
    )


def least_cost(
    plans: ChosenPlans, weights, rows, *, common_interval: bool, allowed=None, additions=None
) -> float | None:
    """The least cost of any choice that keeps the rows; None where there is none. Solved by HiGHS."""
    program = _Program(plans, weights, common_interval, allowed, additions)
    for row in rows:
        program.limit(row, over=None)
    return program.least()


def least_overrun(plans: ChosenPlans, weights, rows, *, common_interval: bool) -> tuple[float, float]:
    """The least sum of what a choice uses beyond rows on yen, and the least cost of a choice with that sum."""
    found = []
    for most in (np.inf, None):
        program = _Program(plans, weights, common_interval, None, None, len(rows))
        for number, row in enumerate(rows):
            program.limit(row, over=number)
        over = {program.over(number): 1.0 for number in range(len(rows))}
        if most is None:
            program.constrain(over, -np.inf, found[0] / 1e6 + 1e-6)
            found.append(program.least())
        else:
            program.cost[:] = 0.0
            program.cost[list(over)] = 1e6
            found.append(program.least() - float((plans.decided @ weights).sum()))
    return found[0], found[1]


class _Program:
    """Variables: y[group, plan], then z[bridge, timetable], then one for each interval, then million yen over rows."""

    def __init__(self, plans, weights, common_interval, allowed, additions, n_over=0):
        self.plans, self.weights = plans, weights
        n_groups, n_plans, _ = plans.repairs.shape
        self.timetables = sorted({plans.timetable(plan) for plan in range(n_plans)})
        intervals = sorted({interval for interval, _ in self.timetables})
        self.n_plans, self.n_y = n_plans, n_groups * n_plans
        first_interval = self.n_y + plans.n_bridges * len(self.timetables)
        self.first_over = first_interval + (len(intervals) if common_interval else 0)
        y, z, timetables = self.y, self.z, self.timetables
        self.plan_at = {when: next(p for p in range(n_plans) if plans.timetable(p) == when) for when in timetables}
        self.cost = np.zeros(self.first_over + n_over)
        added = 0 if additions is None else additions.ravel()
        self.cost[: self.n_y] = (plans.repairs @ weights).ravel() + added
        for bridge in range(plans.n_bridges):
            for when in timetables:
                self.cost[z(bridge, when)] = plans.inspections[bridge, self.plan_at[when]] @ weights
        self.upper = np.ones(self.first_over + n_over)
        self.upper[self.first_over :] = np.inf
        if allowed is not None:
            self.upper[: self.n_y] = allowed.ravel()
        self.matrix, self.low, self.high = [], [], []
        for bridge in range(plans.n_bridges):
            self.constrain({z(bridge, when): 1.0 for when in timetables}, 1, 1)
        for group in range(n_groups):
            for when in timetables:
                terms = {y(group, plan): 1.0 for plan in range(n_plans) if plans.timetable(plan) == when}
                self.constrain({**terms, z(plans.bridge_of_group[group], when): -1.0}, 0, 0)
        if common_interval:
            self.constrain({first_interval + i: 1.0 for i in range(len(intervals))}, 1, 1)
            for bridge in range(plans.n_bridges):
                for i, interval in enumerate(intervals):
                    terms = {z(bridge, when): 1.0 for when in timetables if when[0] == interval}
                    self.constrain({**terms, first_interval + i: -1.0}, 0, 0)

    def y(self, group, plan):
        return group * self.n_plans + plan

    def z(self, bridge, timetable):
        return self.n_y + bridge * len(self.timetables) + self.timetables.index(timetable)

    def over(self, number):
        return self.first_over + number

    def constrain(self, terms, least, most):
        self.matrix.append(terms)
        self.low.append(least)
        self.high.append(most)

    def limit(self, row, over):
        """Keep a row, or count what is used beyond it."""
        terms = _row_terms(self.plans, row, self.y, self.z, self.timetables, self.plan_at)
        scale = max([1.0, *(abs(value) for value in terms.values())])
        decided = self.plans.decided if row.bridges is None else self.plans.decided[row.bridges]
        left = row.bound * (1 + 1e-10) - float((decided @ row.years).sum())
        if over is not None:
            terms[self.over(over)] = -1e6
        self.constrain({i: value / scale for i, value in terms.items()}, -np.inf, left / scale)

    def least(self) -> float | None:
        """The least cost, with that of what is decided; None where nothing keeps the constraints."""
        sparse = sp.lil_matrix((len(self.matrix), len(self.cost)))
        for i, terms in enumerate(self.matrix):
            for j, value in terms.items():
                sparse[i, j] = value
        whole = np.ones(len(self.cost))
        whole[self.first_over :] = 0
        result = milp(
            self.cost / 1e6,
            constraints=LinearConstraint(sparse.tocsr(), self.low, self.high),
            integrality=whole,
            bounds=Bounds(np.zeros(len(self.cost)), self.upper),
            options={"mip_rel_gap": 0.0},
        )
        assert result.status in (0, 2), result.message
        if result.status == 2:
            return None
        return float(result.fun) * 1e6 + float((self.plans.decided @ self.weights).sum())


def _row_terms(plans, row, y, z, timetables, plan_at) -> dict[int, float]:
    terms: dict[int, float] = {}
    for group, bridge in enumerate(plans.bridge_of_group):
        if row.bridges is None or row.bridges[bridge]:
            for plan in range(plans.space.n_plans):
                value = plans.repairs[group, plan] @ row.years
                if row.health_below is not None:
                    value += plans.lowest_health[group, plan] < row.health_below
                terms[y(group, plan)] = float(value)
    for bridge in range(plans.n_bridges):
        if row.bridges is None or row.bridges[bridge]:
            for when in timetables:
                terms[z(bridge, when)] = float(plans.inspections[bridge, plan_at[when]] @ row.years)
    return terms


def possible_plans(plans: ChosenPlans, rows, *, common_interval: bool, allowed: np.ndarray | None) -> np.ndarray:
    """Plans of groups, (groups, plans), that overrun no row by a yen if all else uses the least of it that it can."""
    n_groups, n_plans = plans.lowest_health.shape
    allowed = np.ones((n_groups, n_plans), bool) if allowed is None else allowed
    timetables = [plans.timetable(plan) for plan in range(n_plans)]
    possible = np.ones((n_groups, n_plans), bool)
    for row in rows:
        use = plans.repairs @ row.years
        if row.health_below is not None:
            use = use + (plans.lowest_health < row.health_below)
        use = np.where(allowed, use, np.inf)
        of_bridges = np.zeros((plans.n_bridges, n_plans))  # with the best levels in the timetable of each plan
        others = np.zeros((n_groups, n_plans))
        for plan, when in enumerate(timetables):
            same = [other for other, its in enumerate(timetables) if its == when]
            best = use[:, same].min(axis=1)
            for bridge in range(plans.n_bridges):
                if row.bridges is None or row.bridges[bridge]:
                    groups = np.flatnonzero(plans.bridge_of_group == bridge)
                    inspections = plans.inspections[bridge, plan] @ row.years
                    of_bridges[bridge, plan] = inspections + best[groups].sum()
                    for group in groups:
                        others[group, plan] = inspections + sum(best[other] for other in groups if other != group)
        margin = 0.0 if row.health_below is not None and not row.years.any() else 1 + 1e-9 * row.bound
        for group, plan in np.ndindex(n_groups, n_plans):
            bridge = plans.bridge_of_group[group]
            if row.bridges is not None and not row.bridges[bridge]:
                continue
            interval = timetables[plan][0]
            rivals = [other for other, its in enumerate(timetables) if not common_interval or its[0] == interval]
            total = use[group, plan] + others[group, plan] + np.delete(of_bridges[:, rivals].min(axis=1), bridge).sum()
            possible[group, plan] &= not np.isfinite(total) or total <= row.bound + margin
    return possible
