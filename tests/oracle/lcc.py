"""Costs of a bridge's plan, by walking every curve through the years one after another; slow and plain."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp


@dataclass
class OracleCurve:
    health: float
    service_life: float
    cost: list[float]  # at health 5, 4, 3, 2, 1
    shape: float = 2.0
    table: list[tuple[float, float]] | None = None  # (age ratio, health)
    restored_health: float = 5.0
    works: tuple[int, ...] = ()  # years of works that are decided

    def health_at(self, age: float) -> float:
        ratio = age / self.service_life
        if ratio >= 1:
            return 1.0
        if self.table is None:
            return 5 - 4 * ratio**self.shape
        right = bisect_right([point[0] for point in self.table], ratio)
        (x0, y0), (x1, y1) = self.table[right - 1], self.table[right]
        return y0 + (y1 - y0) * (ratio - x0) / (x1 - x0)

    def age_of(self, health: float) -> float:
        if self.table is None:
            return self.service_life * ((5 - health) / 4) ** (1 / self.shape)
        for (x0, y0), (x1, y1) in pairwise(self.table):
            if y0 == health:
                return self.service_life * x0
            if y1 <= health:
                return self.service_life * (x0 + (x1 - x0) * (y0 - health) / (y0 - y1))
        raise AssertionError("a table ends at health 1")

    def repair_cost(self, health: float) -> float:
        knot = min(int(5 - health), 3)
        share = 5 - health - knot
        return self.cost[knot] * (1 - share) + self.cost[knot + 1] * share


@dataclass
class OracleOutcome:
    yearly: list[float]
    lowest_health: float
    health: list[list[float]]  # by curve, of years 0, 1, ..
    repairs: list[tuple[int, int, float, float]] = field(default_factory=list)  # curve, year, health before, cost
    lowest_since_repairable: list[float] = field(default_factory=list)  # by curve, from the first possible repair on
    found: list[tuple[int, float]] = field(default_factory=list)  # of each repair, when inspected and health then
    used_value: float = 0.0  # in the last year, of the cost of a repair at health 1

    def lcc(self, discount_rate: float) -> float:
        return sum(cost * exp(-discount_rate * year) for year, cost in enumerate(self.yearly, start=1))


def walk(
    curves: list[OracleCurve],
    inspection_cost: float,
    level: float,
    first_year: int,
    interval: int,
    delay: int,
    horizon: int,
    *,
    removed: int | None = None,
    earliest: int = 0,
    shortest_delay: int = 1,
    urgent: tuple[float | None, int] = (None, 0),
) -> OracleOutcome:
    """A bridge that is removed in a year has no costs and no health from then on, but is walked to the end.

    What is found below the first number of `urgent` is repaired within the second, whatever the delay.
    """
    end = horizon if removed is None else removed - 1
    yearly = [0.0] * (horizon + 1)
    histories = []
    repairs = []
    inspections = []
    lows = []
    used_value = 0.0
    for number, curve in enumerate(curves):
        age = curve.age_of(curve.health)
        history = [curve.health]
        ordered: int | None = None  # by the inspection of that year
        due: int | None = None  # year of that repair
        low = 5.0
        repairable_from = max(earliest, *curve.works, 0) + shortest_delay
        for year in range(1, horizon + 1):
            age += 1
            if ordered is not None and year == due:
                cost = curve.repair_cost(history[-1])
                yearly[year] += cost
                repairs.append((number, year, history[-1], cost))
                inspections.append((ordered, history[ordered]))
                age = curve.age_of(curve.restored_health)
                ordered = None
            if year in curve.works:
                age = curve.age_of(curve.restored_health)
            health = curve.health_at(age)
            history.append(health)
            work_is_to_come = any(work > year for work in curve.works)
            if repairable_from <= year <= end:
                low = min(low, health)
            inspected = year >= first_year and (year - first_year) % interval == 0
            wait = delay
            if urgent[0] is not None and health < urgent[0] - 1e-9:
                wait = min(delay, urgent[1])
            if inspected and health <= level + 1e-9 and ordered is None and not work_is_to_come and year + wait <= end:
                ordered, due = year, year + wait
        histories.append(history)
        lows.append(low)
        if end == horizon:
            used_value += curve.cost[4] * min(age / curve.service_life, 1.0)
    for year in range(first_year, end + 1, interval):
        yearly[year] += inspection_cost
    lowest = min((min(history[1 : end + 1], default=5.0) for history in histories), default=5.0)
    return OracleOutcome(yearly[1:], lowest, histories, repairs, lows, inspections, used_value)
