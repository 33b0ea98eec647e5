"""Why each work is in a plan: since when it is due, and where money was scarce, when it would be done without that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network.plan_years import named_year
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.costs import evaluate_unit_blocks
from nagamochi.planning.outcome import Outcome, Repairs, find_accesses, find_repairs
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rows import classes_of_bridges
from nagamochi.planning.walks import TOLERANCE, ages_of

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NEVER = 0
"""Year of a work that the cheapest plan does not have."""


YEARS = ("since", "found_in", "year", "cheapest_year")

WORDS = {
    "en": {
        "start": "at or below level {level:g} from the start, found in year {found_in}",
        "since": "at or below level {level:g} since year {since}, found in year {found_in}",
        "fewer": "; not in the bridge's cheapest plan",
        "other": "; year {cheapest_year} in the bridge's cheapest plan",
        "moved": "; moved from year {cheapest_year} to {year}, as the price of a yen is {price_then:.2f} in year "
        "{cheapest_year} and {price_now:.2f} in year {year}",
    },
    "ja": {
        "start": "当初から補修レベル{level:g}以下、{found_in}の点検で判明",
        "since": "{since}から補修レベル{level:g}以下、{found_in}の点検で判明",
        "fewer": "。この橋の最も安い計画にはない補修",
        "other": "。この橋の最も安い計画では{cheapest_year}",
        "moved": "。{cheapest_year}から{year}に移動（予算1円の価値は{cheapest_year}に{price_then:.2f}円、"
        "{year}に{price_now:.2f}円）",
    },
}
"""What reasons say: since when a work is due, and how its year differs from that in the bridge's cheapest plan."""


class Facts(NamedTuple):
    """What the reason of a work says; equal works of a year have equal reasons."""

    level: float
    since: int
    found_in: int
    year: int
    cheapest_year: int | None  # None where no row of the bridge has a price
    moved: bool
    price_then: float
    price_now: float

    def text(self, start_year: int | None, language: str) -> str:
        """Return the reason in a sentence, with fiscal years where the start year is known."""
        words = WORDS[language]
        years = {
            name: None if year is None else named_year(year, start_year, language)
            for name, year in self._asdict().items()
            if name in YEARS
        }
        facts = self._asdict() | years
        due = words["since" if self.since else "start"].format(**facts)
        if self.cheapest_year is None or self.cheapest_year == self.year:
            return due
        if self.cheapest_year == NEVER:
            return due + words["fewer"]
        return due + words["moved" if self.moved else "other"].format(**facts)


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why each repair of a plan is made when it is.

    A repair is compared with the one of the same number, counted from the start, that the bridge's cheapest plan makes
    of the curve: the plan of least cost with the same interval, or with any where bridges may differ in it, if no row
    limited anything. It counts as moved for the price of a yen if that price is lower in its year, and at these prices
    the bridge's plan is better than its cheapest plan.

    Attributes
    ----------
    problem : PlanningProblem
    plan_of_unit : (n_units,) int64
    outcome : Outcome
        Of these plans.
    certificate : Certificate
        Whose prices count.
    repairs : Repairs
        Of these plans.
    """

    problem: PlanningProblem
    plan_of_unit: Indices
    outcome: Outcome
    certificate: Certificate
    repairs: Repairs

    @cached_property
    def since(self) -> Indices:
        """Year in which the curve of each repair came to its repair level, 0 at the start, (n_repairs,)."""
        arrays, repairs, level = self.problem.network.arrays, self.repairs, self._level_of_curve
        again = np.append(False, repairs.curve[1:] == repairs.curve[:-1])[: len(repairs.curve)]
        before = np.where(again, np.append(0, repairs.year[:-1])[: len(again)], 0)
        due_age = ages_of(arrays, np.maximum(level, 1.0) + TOLERANCE)  # of curves that are never repaired: any
        restored_age, age = ages_of(arrays, arrays.restored_health), ages_of(arrays, arrays.health)
        if arrays.decided is not None:
            works, last = np.diff(arrays.decided.work_offsets)[repairs.curve], arrays.decided.work_offsets[1:] - 1
            worked = ~again & (works > 0)
            before[worked] = arrays.decided.work_years[last[repairs.curve[worked]]]
            again |= worked
        start_age = np.where(again, restored_age[repairs.curve], age[repairs.curve])
        years = np.ceil(due_age[repairs.curve] - start_age).astype(np.int64)
        since: Indices = np.clip(before + np.maximum(years, 0), before, repairs.found_in)
        return since

    def texts(self, chosen: Indices, language: str = "en") -> pl.Series:
        """Return the reasons of some repairs, in "en" or "ja"."""
        refuse_lost_threads()
        facts = self._facts(chosen)
        distinct = facts.unique()
        start_year = self.problem.network.start_year
        texts = [Facts(*row).text(start_year, language) for row in distinct.iter_rows()]
        named = distinct.with_columns(reason=pl.Series(texts, dtype=pl.String))
        return facts.join(named, on=facts.columns, how="left", nulls_equal=True, maintain_order="left")["reason"]

    def _facts(self, chosen: Indices) -> pl.DataFrame:
        year, curve = self.repairs.year[chosen], self.repairs.curve[chosen]
        columns: dict[str, pl.Series | Numbers | Indices] = {
            "level": self._level_of_curve[curve],
            "since": self.since[chosen],
            "found_in": self.repairs.found_in[chosen],
            "year": year,
        }
        if self._prices is None:
            others = {"cheapest_year": None, "moved": False, "price_then": 0.0, "price_now": 0.0}
            return pl.DataFrame(columns).with_columns(**{name: pl.lit(value) for name, value in others.items()})
        bridge = self._bridge_of_curve[curve]
        of_class = self._class_of_bridge[bridge]
        cheapest_year = self._cheapest_years[chosen]
        then = np.where(cheapest_year == NEVER, year, cheapest_year)
        price_then, price_now = self._prices[of_class, then - 1], self._prices[of_class, year - 1]
        priced = self._priced_bridges[bridge]
        return pl.DataFrame(columns).with_columns(
            cheapest_year=pl.Series(cheapest_year).set(pl.Series(~priced), None),
            moved=pl.Series(self._better_at_prices[bridge] & (price_then > price_now)),
            price_then=pl.Series(price_then),
            price_now=pl.Series(price_now),
        )

    @cached_property
    def _level_of_curve(self) -> Numbers:
        levels = np.array([plan.level for plan in self.problem.space.plans])[self.plan_of_unit]
        return np.repeat(levels, np.diff(self.problem.units.offsets))

    @property
    def _bridge_of_curve(self) -> Indices:
        arrays = self.problem.network.arrays
        return np.repeat(np.arange(arrays.n_bridges), np.diff(arrays.curve_offsets))

    @cached_property
    def _classes(self) -> tuple[Indices, npt.NDArray[np.uint8]]:
        return classes_of_bridges(self.certificate.rows, self.problem.network.n_bridges)

    @property
    def _class_of_bridge(self) -> Indices:
        return self._classes[0]

    @cached_property
    def _prices(self) -> Numbers | None:
        """Price of a yen by class of bridges and year, (n_classes, horizon); None where no row has a price of cost."""
        certificate = self.certificate
        if certificate.proven_infeasible or not certificate.binding:
            return None
        years = np.array([row.years for row in certificate.rows])
        prices: Numbers = (self._classes[1].T * certificate.prices) @ years
        return prices

    @property
    def _priced_bridges(self) -> npt.NDArray[np.bool_]:
        """Which bridges are in a row with a price."""
        of_class = (self._classes[1].T * self.certificate.prices).sum(axis=1) > 0
        priced: npt.NDArray[np.bool_] = of_class[self._class_of_bridge]
        return priced

    @cached_property
    def _cheapest(self) -> tuple[Indices, Numbers]:
        """The plan of each unit if no row limited anything, and its lowest health."""
        problem = self.problem
        space, offsets = problem.space, problem.units.bridge_offsets
        shape = (len(space.intervals), len(space.rules), len(space.first_years))
        same = slice(None)
        if problem.interval_per == "network":
            interval = self.plan_of_unit[0] // (shape[1] * shape[2])
            same = slice(interval, interval + 1)
        n_intervals = len(space.intervals[same])
        cost = np.empty((problem.n_units, n_intervals, shape[2]))
        rule = np.empty(cost.shape, np.int32)
        health = np.empty(cost.shape)
        blocks = evaluate_unit_blocks(
            problem.network.arrays, problem.units, problem.layout, problem.weights, 1, problem.scatter
        )
        for block in blocks:
            rows = slice(block.first_unit, block.first_unit + len(block.lcc))
            counted = block.lcc if problem.additions is None else block.lcc + problem.additions[rows]
            lcc = counted.reshape(-1, *shape)[:, same]
            for deficit in problem.deficits:
                lcc = np.where(deficit[rows].reshape(-1, *shape)[:, same] == 0, lcc, np.inf)
            rule[rows] = lcc.argmin(axis=2)
            cost[rows] = lcc.min(axis=2)
            lowest = block.lowest_health.reshape(-1, *shape)[:, same]
            health[rows] = np.take_along_axis(lowest, rule[rows, :, np.newaxis].astype(np.int64), axis=2)[:, :, 0]
        of_bridge = np.add.reduceat(cost, offsets[:-1]).reshape(len(offsets) - 1, -1)
        timetable = np.repeat(of_bridge.argmin(axis=1), np.diff(offsets))
        units = np.arange(problem.n_units)
        interval, first_year = np.divmod(timetable, shape[2])
        plans = (interval + (same.start or 0)) * shape[1] + rule[units, interval, first_year]
        plans = plans * shape[2] + first_year
        possible = np.repeat(np.isfinite(of_bridge.min(axis=1)), np.diff(offsets))
        lowest_health = np.where(possible, health[units, interval, first_year], self.outcome.lowest_health)
        return np.where(possible, plans, self.plan_of_unit), lowest_health

    @cached_property
    def _cheapest_repairs(self) -> Repairs:
        return find_repairs(self.problem, self._cheapest[0])

    @cached_property
    def _cheapest_years(self) -> Indices:
        """Year of each repair in the cheapest plans, `NEVER` where they have none of its number, (n_repairs,)."""
        ours, theirs = _numbered(self.repairs), _numbered(self._cheapest_repairs)
        at = np.minimum(np.searchsorted(theirs, ours), max(len(theirs) - 1, 0))
        if len(theirs) == 0:
            return np.full(len(ours), NEVER)
        return np.where(theirs[at] == ours, self._cheapest_repairs.year[at], NEVER)

    @cached_property
    def _better_at_prices(self) -> npt.NDArray[np.bool_]:
        """Whether each bridge's plan is better than its cheapest one where use of rows costs their prices."""
        plans, lowest_health = self._cheapest
        ours = self._value_at_prices(self.plan_of_unit, self.repairs, self.outcome.lowest_health)
        theirs = self._value_at_prices(plans, self._cheapest_repairs, lowest_health)
        better: npt.NDArray[np.bool_] = ours < theirs * (1 - 1e-9)
        return better

    def _value_at_prices(self, plan_of_unit: Indices, repairs: Repairs, lowest_health: Numbers) -> Numbers:
        """Cost and priced use of rows by bridge, (n_bridges,)."""
        problem, certificate = self.problem, self.certificate
        assert self._prices is not None
        worth = problem.weights + self._prices  # class, year
        bridge = self._bridge_of_curve[repairs.curve]
        of_repairs = repairs.cost * worth[self._class_of_bridge[bridge], repairs.year - 1]
        value = np.bincount(bridge, of_repairs, problem.network.n_bridges).astype(np.float64)
        accesses = find_accesses(problem, repairs)
        if accesses is not None:
            of_class = self._class_of_bridge[accesses.bridge]
            np.add.at(value, accesses.bridge, accesses.cost * worth[of_class, accesses.year - 1])
        plan_of_bridge = plan_of_unit[problem.units.bridge_offsets[:-1]]
        for plan in np.unique(plan_of_bridge).tolist():
            _, first_year, interval, _ = problem.space.plan(plan)
            for last_year, bridges in problem.standing.items():
                some = (plan_of_bridge == plan) & bridges
                of_class = worth[:, first_year - 1 : last_year : interval].sum(axis=1)
                cost = problem.network.arrays.inspection_cost[some]
                value[some] += cost * of_class[self._class_of_bridge[some]]
        if problem.additions is not None:
            added = problem.additions[np.arange(problem.n_units), plan_of_unit]
            value += np.add.reduceat(added, problem.units.bridge_offsets[:-1])
        for row, price in zip(certificate.rows, certificate.prices.tolist(), strict=True):
            if row.health_below is not None and price:
                counted = np.add.reduceat(row.counts(lowest_health).astype(np.int64), problem.units.bridge_offsets[:-1])
                value += price * (counted if row.bridges is None else counted * row.bridges)
        return value


def _numbered(repairs: Repairs) -> Indices:
    """Number repairs by curve, and for each curve from its first, so that the numbers of two plans can be compared."""
    first = np.searchsorted(repairs.curve, repairs.curve, side="left")
    return repairs.curve * 2**20 + np.arange(len(repairs.curve)) - first
