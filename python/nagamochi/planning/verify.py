"""Check a certificate with nothing that the solvers use: a walk through the years, and whole numbers of any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import product
from math import exp
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi.base.cached import cached_property
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.derived_rows import DerivedBound
from nagamochi.planning.first_years import ANY
from nagamochi.planning.minimum_health import probability_of_curves
from nagamochi.planning.rows import Row, carry_over_rows, yearly_rows
from nagamochi.planning.scatter_walks import ScatterWalker
from nagamochi.planning.walks import TOLERANCE, PricedShortfall, Walk, Walker

if TYPE_CHECKING:
    from nagamochi.planning.plan import NetworkPlan
    from nagamochi.planning.problem import PlanningProblem

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
NO_USE = 2**61
"""More than any use of a row, in parts."""


@dataclass(frozen=True)
class Check:
    """One claim of a plan or its certificate, and what was computed anew."""

    claim: str
    claimed: float | int | None
    computed: float | int | None
    holds: bool


def verify(plan: NetworkPlan) -> list[Check]:
    """Compute cost and use of budgets of a plan, and the bounds of its certificate, anew, in exact whole numbers.

    Nothing of the solvers and kernels is used. Costs are rounded to parts of a yen, so two ways of computing them may
    differ by a billionth part, or a yen; a claim holds up to that. What a search through all plans found is not
    repeated. Where health or service lives are uncertain, the probabilities to keep a minimum health are those of the
    kernel.

    Parameters
    ----------
    plan : NetworkPlan
        The plan, with its certificate.

    Returns
    -------
    list of Check
        That the rows are those of the problem, that the plan may be chosen, its cost; a check for each row and bound.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=24e6, solver="relaxation")
    >>> all(check.holds for check in verify(plan))
    True
    """
    problem, unit = plan.problem, plan.certificate.unit
    verifier = verifier_of(problem, unit)
    checks = [
        check_rows(plan.certificate, problem),
        *verifier.check(
            plan.certificate.in_yen_of(unit), plan.plan_of_unit, plan.counted_cost / unit, plan.outcome.keeps_rows
        ),
    ]
    if plan.network.decided is not None:
        checks.append(verifier.check_closed(plan.plan_of_unit, plan.outcome.closed_works))
    if problem.first_years is not None:
        checks.append(verifier.check_schedule(plan.plan_of_unit, plan.outcome.off_schedule))
    return checks


def check_rows(certificate: Certificate, problem: PlanningProblem) -> Check:
    """Check that a certificate is about the rows of a problem."""
    rows = [replace(row, rounding=0).record for row in certificate.rows]
    same = sum(row in rows for row in (row.record for row in problem.rows))
    return Check("rows of the problem", len(rows), same, len(rows) == same == len(problem.rows))


def verifier_of(problem: PlanningProblem, unit: float) -> Verifier:
    """Return what checks certificates of a problem that count in units of so many yen."""
    space = problem.space
    options = Options(
        bridge_offsets=problem.units.bridge_offsets,
        rules=space.rules,
        first_years=space.first_years,
        intervals=space.intervals,
        one_interval=problem.interval_per == "network",
        additions=_changes(problem, unit),
        counts_used_value=problem.residual == "linear",
        due=problem.first_years,
    )
    weights = np.array([exp(-problem.discount_rate * year) for year in range(1, problem.horizon + 1)])
    walker = Walker(
        network=problem.network.arrays,
        unit_offsets=problem.units.offsets,
        horizon=problem.horizon,
        parts=AMOUNT / unit,
        minimum=problem.minimum,
        earliest=_earliest(problem),
        shortest_delay=space.shortest_delay,
        urgency=(space.urgent_below, space.urgent_delay) if space.urgent_below is not None else None,
        decided=problem.network.decided,
        shortfall=_priced_shortfall(problem, weights),
    )
    if problem.scatter is not None:
        kept = None if problem.min_health is None else probability_of_curves(problem.min_health, problem.network)
        if problem.scatter.has_cases and problem.health_deficit is not None:
            options = replace(options, allowed=problem.health_deficit == 0)
            walker, kept = replace(walker, minimum=None), None
        given = {field.name: getattr(walker, field.name) for field in fields(Walker)}
        walker = ScatterWalker(**given, scatter=problem.scatter, kept=kept)
    return Verifier(walker, options, weights, unit, carry_over=problem.carry_over)


def _earliest(problem: PlanningProblem) -> Indices:
    """First year in which a plan of each curve's bridge may inspect, (n_curves,)."""
    arrays, least = problem.network.arrays, min(problem.space.first_years)
    due = np.full((arrays.n_bridges, 1), ANY) if problem.first_years is None else problem.first_years
    return np.repeat(np.where(due == ANY, least, due).min(axis=1), np.diff(arrays.curve_offsets))


def _changes(problem: PlanningProblem, unit: float) -> Numbers | None:
    """What each plan of each unit counts for being another than its former one, (n_units, n_plans)."""
    if problem.former_plan is None:
        return None
    differs = np.arange(problem.space.n_plans) != problem.former_plan[:, None]
    return np.where(differs, problem.change_cost / unit, 0.0)


def _priced_shortfall(problem: PlanningProblem, weights: Numbers) -> PricedShortfall | None:
    """What a curve counts for each point of health below the threshold: its repair at health 1, at present value."""
    if problem.shortfall.scale == 0:
        return None
    arrays = problem.network.arrays
    importance = np.repeat(problem.network.importance, np.diff(arrays.curve_offsets))
    yen = importance * arrays.repair_cost[:, -1] * problem.shortfall.scale
    return PricedShortfall(problem.shortfall.below, yen[:, None] * weights)


@dataclass(frozen=True, eq=False)
class Options:
    """Plans to choose from, one per unit; the units of a bridge share first year and interval.

    Attributes
    ----------
    bridge_offsets : (n_bridges + 1,) int64
        Units of bridge b are ``bridge_offsets[b]`` to ``bridge_offsets[b + 1] - 1``.
    rules : sequence of (level, delay)
        What is repaired, and how long after the inspection.
    first_years, intervals : sequence
        The plans are all combinations, first by interval, then by rule, then by first year.
    one_interval : bool
        Whether all bridges share one interval.
    allowed : (n_units, n_plans) bool or None
        Which of them may be chosen, besides minimum health.
    additions : (n_units, n_plans) float64 or None
        Yen that count as cost but are not spent.
    counts_used_value : bool
        Whether the value that is used up in the last year counts as cost, too.
    due : (n_bridges, n_intervals) int64 or None
        The only first year that may be chosen for a bridge with an interval, or `ANY`.
    """

    bridge_offsets: Indices
    rules: Sequence[tuple[float, int]]
    first_years: Sequence[int]
    intervals: Sequence[int]
    one_interval: bool
    allowed: Mask | None = None
    additions: Numbers | None = None
    counts_used_value: bool = False
    due: Indices | None = None

    def is_due(self, interval: int, first_year: int) -> Mask:
        """Return which bridges may be inspected first in a year, (n_bridges,); both given by their indices."""
        if self.due is None:
            return np.ones(self.n_bridges, bool)
        due = self.due[:, interval]
        allowed: Mask = (due == ANY) | (due == self.first_years[first_year])
        return allowed

    @property
    def n_bridges(self) -> int:
        """Number of bridges."""
        return len(self.bridge_offsets) - 1

    @cached_property
    def bridge_of_unit(self) -> Indices:
        """Index of the bridge of each unit."""
        return np.repeat(np.arange(self.n_bridges), np.diff(self.bridge_offsets))

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.bridge_of_unit)

    @property
    def n_plans(self) -> int:
        """Number of plans of a unit."""
        return len(self.intervals) * len(self.rules) * len(self.first_years)

    def index(self, interval: int, rule: int, first_year: int) -> int:
        """Number a plan by the indices of what it combines."""
        return (interval * len(self.rules) + rule) * len(self.first_years) + first_year

    def indices(self, plan: int) -> tuple[int, int, int]:
        """Return the indices of what a plan combines: interval, rule, first year."""
        interval, lane = divmod(plan, len(self.rules) * len(self.first_years))
        return interval, *divmod(lane, len(self.first_years))


class Sums(NamedTuple):
    """What a part of a network adds to claims about the whole, exactly."""

    wrong: int
    closed_works: int
    off_schedule: int
    spent: tuple[int, ...]
    """Parts of a yen by year."""
    value: int
    """Of the plan."""
    least: tuple[int | None, ...]
    """For each bound the least values of all bridges; None where one has no allowed plan."""


class Verifier:
    """Checks certificates of one choice of plans."""

    def __init__(
        self, walker: Walker, options: Options, weights: Numbers, unit: float = 1.0, *, carry_over: bool = False
    ) -> None:
        self.walker = walker
        self.options = options
        self.unit = unit
        self.carry_over = carry_over
        self.weights = [round(Fraction(float(weight)) * PRICE) for weight in weights]

    def check(self, certificate: Certificate, plan_of_unit: Indices, cost: float, keeps_rows: bool) -> list[Check]:
        """Check a certificate, and a plan that is said to cost so many yen and maybe to keep all rows."""
        spent, lowest_health = self._spent(plan_of_unit)
        return [
            self._check_choice(plan_of_unit),
            self._check_cost(cost, spent, plan_of_unit),
            *(self._check_row(row, spent, lowest_health, keeps_rows) for row in certificate.rows),
            *(self._check_bound(certificate.rows, bound) for bound in certificate.bounds),
            *(self._check_derived_bound(certificate.rows, bound) for bound in certificate.derived_bounds),
            *(self._check_flat_bound(certificate.rows, bound) for bound in certificate.flat_bounds),
        ]

    def _check_choice(self, plan_of_unit: Indices) -> Check:
        """Units of a bridge share their timetable; all share the interval if they must."""
        options = self.options
        interval, lane = np.divmod(plan_of_unit, len(options.rules) * len(options.first_years))
        timetable = interval * len(options.first_years) + lane % len(options.first_years)
        wrong = timetable != timetable[options.bridge_offsets[:-1]][options.bridge_of_unit]
        if options.one_interval:
            wrong |= interval != interval[0]
        if options.allowed is not None:
            wrong |= ~options.allowed[np.arange(options.n_units), plan_of_unit]
        return Check("units whose plan must not be chosen", 0, int(wrong.sum()), not wrong.any())

    def check_closed(self, plan_of_unit: Indices, closed_works: int) -> Check:
        """Check the number of repairs in closed years."""
        computed = 0
        for plan in np.unique(plan_of_unit).tolist():
            computed += int(self._walk(*self.options.indices(plan)).closed_works[plan_of_unit == plan].sum())
        return Check("repairs in closed years", closed_works, computed, closed_works == computed)

    def check_schedule(self, plan_of_unit: Indices, off_schedule: int) -> Check:
        """Check the number of bridges that are first inspected in another year than is due."""
        computed = 0
        for bridge, unit in enumerate(self.options.bridge_offsets[:-1].tolist()):
            interval, _, first_year = self.options.indices(int(plan_of_unit[unit]))
            computed += not self.options.is_due(interval, first_year)[bridge]
        return Check("bridges inspected off schedule", off_schedule, computed, off_schedule == computed)

    def sums(self, certificate: Certificate, plan_of_unit: Indices) -> Sums:
        """Return what those of the parts of a network add up to: everything that :meth:`check` compares with claims.

        The network has no rows of its own.
        """
        spent, _ = self._spent(plan_of_unit)
        least = (self._least_values(certificate.rows, bound, None) for bound in certificate.bounds)
        return Sums(
            wrong=int(self._check_choice(plan_of_unit).computed or 0),
            closed_works=int(self.check_closed(plan_of_unit, 0).computed or 0),
            off_schedule=int(self.check_schedule(plan_of_unit, 0).computed or 0),
            spent=tuple(spent.sum(axis=0).tolist()),
            value=self._value(spent, plan_of_unit),
            least=tuple(None if (values >= NO_PLAN).any() else sum(values.tolist()) for values in least),
        )

    def _check_cost(self, cost: float, spent: Indices, plan_of_unit: Indices) -> Check:
        return self.compare_cost(cost, self._value(spent, plan_of_unit))

    def _value(self, spent: Indices, plan_of_unit: Indices) -> int:
        """What a plan counts, exactly."""
        exact: int = sum(int(yen) * weight for yen, weight in zip(spent.sum(axis=0), self.weights, strict=True))
        exact += sum(self._addition(plan_of_unit).tolist())
        if self.options.counts_used_value or self.walker.shortfall is not None:
            for plan in np.unique(plan_of_unit).tolist():
                walk = self._walk(*self.options.indices(plan))
                exact += sum(self._not_spent(walk)[plan_of_unit == plan].tolist())
        return exact

    def compare_cost(self, cost: float, value: int) -> Check:
        """Compare what a plan is said to cost with its exact value."""
        yen = value // (AMOUNT * PRICE)
        holds = abs(cost - yen) <= max(1, yen / 10**9)
        return Check("cost of the plan, yen", self._in_yen(cost), self._in_yen(yen), holds)

    def _check_row(self, row: Row, spent: Indices, lowest_health: Numbers, keeps_rows: bool) -> Check:
        return self.compare_row(row, self._use(row, spent, lowest_health), keeps_rows)

    def compare_row(self, row: Row, use: Fraction, keeps_rows: bool) -> Check:
        """Compare a row's bound with what the plan uses of it."""
        tolerance = max(Fraction(1, 1000), abs(Fraction(row.bound)) / 10**9)
        holds = not keeps_rows or use <= Fraction(row.bound) + tolerance
        if row.health_below is not None:
            return Check(row.name, row.bound, float(use), holds)
        return Check(row.name, self._in_yen(row.bound), self._in_yen(float(use)), holds)

    def _check_bound(self, rows: Sequence[Row], bound: Bound) -> Check:
        """Sum up the least priced value of every bridge."""
        return self.compare_bound(bound, self._bound(rows, bound))

    def compare_bound(self, bound: Bound, yen: int | None) -> Check:
        """Compare a bound with what its prices give."""
        kind = "cost" if bound.of_cost else "priced overrun"
        holds = (
            bound.yen is None if yen is None else bound.yen is not None and bound.yen <= yen + max(1, abs(yen) // 10**9)
        )
        claim = f"lower bound of {kind}, {_of(bound)}, yen"
        return Check(claim, self._in_yen(bound.yen), self._in_yen(yen), holds and bool((bound.prices >= 0).all()))

    def _check_derived_bound(self, rows: Sequence[Row], bound: DerivedBound) -> Check:
        """Derive the rows anew, then sum up the least priced value of every bridge among plans that may keep them."""
        yen = None
        counted = self._counted(rows, bound)
        if counted is not None:
            whole = Bound(bound.interval, True, bound.prices, bound.yen)
            least = self._least_values(rows, whole, self._possible(rows, bound.interval), counted)
            if not (least >= NO_PLAN).any():
                allowed = sum(_exact(row.price) * row.most for row in bound.derived) * AMOUNT
                yen = less_allowance(sum(least.tolist()) - allowed, rows, whole)
        holds = yen is not None and bound.yen <= yen + max(1, abs(yen) // 10**9)
        priced = bool((bound.prices >= 0).all()) and all(row.price >= 0 for row in bound.derived)
        claim = f"lower bound of cost with derived rows, {_of(bound)}, yen"
        return Check(claim, self._in_yen(bound.yen), self._in_yen(yen), holds and priced)

    def _counted(self, rows: Sequence[Row], bound: DerivedBound) -> Exact | None:
        """What derived rows count for each plan at their prices, (n_units, n_plans); None where one does not follow."""
        options = self.options
        intervals = [number for number, years in enumerate(options.intervals) if bound.interval in (None, years)]
        least = np.full((options.n_bridges, len(rows)), NO_USE)
        for _, of_bridges, _ in self._least_uses(rows, intervals):
            least = np.minimum(least, of_bridges)
        room = np.array([min(row.exact_bound, NO_USE) for row in rows]) - least.sum(axis=0)
        if (least == NO_USE).any() or (room < 0).any():
            return None
        counted: Exact = np.full((options.n_units, options.n_plans), 0, object)
        first_units = options.bridge_offsets[:-1]
        exclusive = [
            (_Exclusive(row.plans, len(rows)), _exact(row.price)) for row in bound.derived if row.plans is not None
        ]
        for timetable, of_bridges, of_units in self._least_uses(rows, intervals):
            usable = ~(of_bridges == NO_USE).any(axis=1)
            beyond = np.where(usable[:, None], of_bridges - least, 0)
            for rule in range(len(options.rules)):
                plan = timetable[0], rule, timetable[1]
                index = options.index(*plan)
                excess = self._row_uses(rows, self._walk(*plan)) - of_units
                excess[first_units] += beyond
                excess = np.where(usable[options.bridge_of_unit, None], np.maximum(excess, 0), 0)
                for row in bound.derived:
                    if row.row is not None and row.parts is not None:
                        parts = excess[:, row.row].astype(object) * row.parts // (int(room[row.row]) + 1)
                        counted[:, index] += parts * (_exact(row.price) * AMOUNT)
                for plans, price in exclusive:
                    counted[plans.take(index, excess), index] += price * AMOUNT
        return counted if all(plans.exclude_each_other(room) for plans, _ in exclusive) else None

    def _check_flat_bound(self, rows: Sequence[Row], bound: Bound) -> Check:
        """With a budget below the bound in every year, the priced use would exceed the priced rows."""
        budget, horizon = 0 if bound.yen is None else bound.yen, len(self.weights)
        of_network = rows[len(rows) - (len(bound.prices) - horizon) :]
        rows_of = carry_over_rows if self.carry_over else yearly_rows
        flat = [*rows_of(np.full(horizon, float(budget))), *of_network]
        overrun = self._bound(flat, replace(bound, of_cost=False))
        holds = overrun is None or overrun >= -max(1.0, budget / 10**6)
        claim = f"no flat budget below, {_of(bound)}, yen a year"
        return Check(claim, self._in_yen(bound.yen), self._in_yen(overrun), holds)

    def _in_yen(self, units: float | None) -> float | None:
        return units if units is None or self.unit == 1 else units * self.unit

    def _bound(self, rows: Sequence[Row], bound: Bound) -> int | None:
        """Return the bound of the priced overrun of all plans, or of the cost of those that may keep all rows.

        Which may is only looked up where the bound of all plans is not enough.
        """
        yen = self._sum_least(rows, bound, None)
        if not (bound.of_cost and rows) or yen is None or (bound.yen is not None and bound.yen <= yen):
            return yen
        return self._sum_least(rows, bound, self._possible(rows, bound.interval))

    def _sum_least(self, rows: Sequence[Row], bound: Bound, possible: Mask | None) -> int | None:
        least = self._least_values(rows, bound, possible)
        if (least >= NO_PLAN).any():
            return None
        return less_allowance(sum(least.tolist()), rows, bound)

    def _spent(self, plan_of_unit: Indices) -> tuple[Indices, Numbers]:
        """Parts of a yen by bridge and year, and the lowest health of each unit."""
        options = self.options
        spent = self.walker.spent_anyway.copy()
        lowest_health = np.empty(options.n_units)
        for plan in np.unique(plan_of_unit).tolist():
            chosen = plan_of_unit == plan
            interval, rule, first_year = options.indices(plan)
            walk = self._walk(interval, rule, first_year)
            np.add.at(spent, options.bridge_of_unit[chosen], walk.repair_yen[chosen])
            lowest_health[chosen] = walk.lowest_health[chosen]
            inspected = chosen[options.bridge_offsets[:-1]]
            spent[inspected] += self._inspections(interval, first_year)[inspected]
        return spent, lowest_health

    def _walk(self, interval: int, rule: int, first_year: int) -> Walk:
        options = self.options
        level, delay = options.rules[rule]
        return self.walker.walk(level, options.first_years[first_year], options.intervals[interval], delay)

    def _inspections(self, interval: int, first_year: int) -> Indices:
        return self.walker.inspections(self.options.first_years[first_year], self.options.intervals[interval])

    def _addition(self, plan_of_unit: Indices) -> Exact:
        if self.options.additions is None:
            return np.zeros(self.options.n_units, object)
        added = self.options.additions[np.arange(self.options.n_units), plan_of_unit]
        return np.array([round(Fraction(yen) * AMOUNT) * PRICE for yen in added.tolist()], object)

    def _not_spent(self, walk: Walk) -> Exact:
        """What shortfall counts, and what is used up of the curves' value where that counts, too."""
        values: Exact = np.array([round(yen * self.walker.parts) * PRICE for yen in walk.shortfall.tolist()], object)
        if self.options.counts_used_value:
            parts = np.rint(walk.used_value * self.walker.parts).astype(np.int64)
            values = values + parts.astype(object) * self.weights[-1]
        return values

    def _use(self, row: Row, spent: Indices, lowest_health: Numbers) -> Fraction:
        bridges = _bridges(row, self.options.n_bridges)
        use = sum(int(yen) * int(times) for yen, times in zip(spent[bridges].sum(axis=0), row.years, strict=True))
        below = 0
        if row.health_below is not None:
            below = int(_below(row, lowest_health[bridges[self.options.bridge_of_unit]]).sum())
        return Fraction(use, AMOUNT) + below

    def _possible(self, rows: Sequence[Row], interval: int | None) -> Mask:
        """Which plans may be part of a choice within the rows, (n_units, n_plans).

        Any other overruns a row even if all else uses the least of it: the other units of its bridge with its
        timetable, the other bridges at any time, but with the same interval where they share one.
        """
        possible = np.ones((self.options.n_units, self.options.n_plans), bool)
        intervals = [number for number, years in enumerate(self.options.intervals) if interval in (None, years)]
        for shared in [[number] for number in intervals] if self.options.one_interval else [intervals]:
            least = np.full((self.options.n_bridges, len(rows)), NO_USE)
            for _, of_bridges, _ in self._least_uses(rows, shared):
                least = np.minimum(least, of_bridges)
            if (least == NO_USE).any():
                continue
            bounds = np.array([min(row.exact_bound, NO_USE) for row in rows]) - least.sum(axis=0) + least
            for timetable, of_bridges, of_units in self._least_uses(rows, shared):
                room = (bounds - of_bridges)[self.options.bridge_of_unit] + of_units
                for rule in range(len(self.options.rules)):
                    plan = timetable[0], rule, timetable[1]
                    fits = self._row_uses(rows, self._walk(*plan)) <= room
                    possible[:, self.options.index(*plan)] = fits.all(axis=1)
        return possible

    def _least_uses(
        self, rows: Sequence[Row], intervals: Sequence[int]
    ) -> Iterator[tuple[tuple[int, int], Indices, Indices]]:
        """Yield timetables with what their bridges and the repairs of their units use of rows at least."""
        options = self.options
        for interval, first_year in product(intervals, range(len(options.first_years))):
            of_units = np.full((options.n_units, len(rows)), NO_USE)
            for rule in range(len(options.rules)):
                walk = self._walk(interval, rule, first_year)
                allowed = self._allowed(walk, options.index(interval, rule, first_year))
                of_units = np.minimum(of_units, np.where(allowed[:, None], self._row_uses(rows, walk), NO_USE))
            spent = self._inspections(interval, first_year) + self.walker.spent_anyway
            of_bridges = np.stack([(spent @ row.years) * _bridges(row, options.n_bridges) for row in rows], axis=1)
            np.add.at(of_bridges, options.bridge_of_unit, np.where(of_units == NO_USE, 0, of_units))
            unusable = np.zeros(options.n_bridges, bool)
            unusable[options.bridge_of_unit[(of_units == NO_USE).any(axis=1)]] = True
            of_bridges[unusable | ~options.is_due(interval, first_year)] = NO_USE
            yield (interval, first_year), of_bridges, of_units

    def _row_uses(self, rows: Sequence[Row], walk: Walk) -> Indices:
        """What the repairs of a plan use of rows, (n_units, n_rows), in parts."""
        uses = np.empty((self.options.n_units, len(rows)), np.int64)
        for number, row in enumerate(rows):
            use = walk.repair_yen @ row.years
            if row.health_below is not None:
                use = use + AMOUNT * _below(row, walk.lowest_health)
            uses[:, number] = use * _bridges(row, self.options.n_bridges)[self.options.bridge_of_unit]
        return uses

    def _allowed(self, walk: Walk, index: int) -> Mask:
        """Which units may be given a plan, whatever the rows."""
        allowed: Mask = walk.keeps_minimum & (walk.closed_works == 0)
        return allowed if self.options.allowed is None else allowed & self.options.allowed[:, index]

    def _least_values(
        self, rows: Sequence[Row], bound: Bound, possible: Mask | None, counted: Exact | None = None
    ) -> Exact:
        """The least (cost + price x use) of each bridge among the plans that the bound is about.

        What is `counted` besides is added, (n_units, n_plans).
        """
        options = self.options
        priced = [(row, _exact(price)) for row, price in zip(rows, bound.prices, strict=True) if price]
        worth = self._worth(priced, bound.of_cost)
        least = np.full(options.n_bridges, NO_PLAN, object)
        for interval, years in enumerate(options.intervals):
            if bound.interval not in (None, years):
                continue
            for first_year in range(len(options.first_years)):
                inspections = self._inspections(interval, first_year)
                of_timetable = _sum_products(inspections + self.walker.spent_anyway, worth)
                of_units = np.full(options.n_units, NO_PLAN, object)
                for rule in range(len(options.rules)):
                    plan = interval, rule, first_year
                    values = self._values(priced, bound.of_cost, worth, plan)
                    if counted is not None:
                        values = values + counted[:, options.index(*plan)]
                    if possible is not None:
                        values = np.where(possible[:, options.index(*plan)], values, NO_PLAN)
                    of_units = np.minimum(of_units, values)
                np.add.at(of_timetable, options.bridge_of_unit, of_units)
                least = np.minimum(least, np.where(options.is_due(interval, first_year), of_timetable, NO_PLAN))
        return least

    def _worth(self, priced: Sequence[tuple[Row, int]], of_cost: bool) -> Exact:
        """What a part of a yen counts, by bridge and year."""
        worth = np.zeros((self.options.n_bridges, len(self.weights)), object)
        if of_cost:
            worth += np.array(self.weights, object)
        worth += sum(row.years.astype(object) * price for row, price in priced if row.bridges is None)
        for row, price in priced:
            if row.bridges is not None:
                worth[row.bridges] += row.years.astype(object) * price
        return worth

    def _values(
        self, priced: Sequence[tuple[Row, int]], of_cost: bool, worth: Exact, plan: tuple[int, int, int]
    ) -> Exact:
        """What one plan of each unit counts, beyond inspections."""
        options, index = self.options, self.options.index(*plan)
        walk = self._walk(*plan)
        values = _sum_products(walk.repair_yen, worth[options.bridge_of_unit])
        for row, price in priced:
            if row.health_below is not None:
                counted = _bridges(row, options.n_bridges)[options.bridge_of_unit] & _below(row, walk.lowest_health)
                values = values + counted.astype(object) * (price * AMOUNT)
        if of_cost:
            values = values + self._addition(np.full(options.n_units, index))
            if options.counts_used_value or self.walker.shortfall is not None:
                values = values + self._not_spent(walk)
        return np.where(self._allowed(walk, index), values, NO_PLAN)


class _Exclusive:
    """Plans of which at most one is said to be chosen, and what they use beyond the least."""

    def __init__(self, plans: Indices, n_rows: int) -> None:
        self.units, self.plans = plans.T
        self.excess = np.zeros((len(plans), n_rows), np.int64)

    def take(self, plan: int, excess: Indices) -> Indices:
        """Note what those of a plan use beyond the least; return their units."""
        chosen = self.plans == plan
        self.excess[chosen] = excess[self.units[chosen]]
        units: Indices = self.units[chosen]
        return units

    def exclude_each_other(self, room: Indices) -> bool:
        """Whether each two are plans of one unit or together need more than there is of some row."""
        if len(set(zip(self.units.tolist(), self.plans.tolist(), strict=True))) < len(self.units):
            return False
        for place, unit in enumerate(self.units):
            clash: Mask = (self.excess + self.excess[place] > room).any(axis=1)
            if not (clash | (self.units == unit)).all():
                return False
        return True


def less_allowance(least: int, rows: Sequence[Row], bound: Bound) -> int:
    """Return the bound that the least values of all bridges give, in whole yen."""
    allowance = sum(_exact(price) * row.exact_bound for price, row in zip(bound.prices, rows, strict=True))
    return int((least - allowance) // (AMOUNT * PRICE))


def _sum_products(yen: Indices, worth: Exact) -> Exact:
    """Sum up yen x worth over the years, exactly; years without any yen add nothing."""
    spent = np.flatnonzero(yen.any(axis=0))
    products: Exact = (yen[:, spent] * worth[:, spent]).sum(axis=1)
    return products


def _of(bound: Bound | DerivedBound) -> str:
    return "any interval" if bound.interval is None else f"interval {bound.interval}"


def _exact(price: float) -> int:
    return round(Fraction(float(price)) * PRICE)


def _below(row: Row, lowest_health: Numbers) -> Mask:
    below: Mask = lowest_health < (row.health_below or 0) - TOLERANCE
    return below


def _bridges(row: Row, n_bridges: int) -> Mask:
    return np.ones(n_bridges, bool) if row.bridges is None else row.bridges
