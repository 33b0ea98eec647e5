"""The problem that a network plan solves: one plan for every unit, at least cost, within budgets and other limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.records import checksum
from nagamochi.network import LEVELS_PER, LevelPer, Network, RepairGroups
from nagamochi.network.budget import checked_budget
from nagamochi.planning.costs import discount_weights
from nagamochi.planning.first_years import due_first_years, earliest_inspections, off_schedule
from nagamochi.planning.minimum_health import (
    NO_MINIMUM,
    Minimum,
    checked_minimum,
    health_deficits,
    minimum_of_curves,
    probability_of_curves,
    unrepaired_health,
)
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.rows import Row, carry_over_rows, rows_of_network, yearly_rows
from nagamochi.planning.shortfall import DEFAULT_SHORTFALL, WITHOUT_SHORTFALL, Shortfall
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

IntervalPer = Literal["network", "bridge"]
Residual = Literal["none", "linear"]


class Promises(NamedTuple):
    """Curves whose health must not fall below its minimum with too large a probability."""

    curves: Indices  # (n,)
    kept: Numbers  # (n,) least probability with which each must keep it
    falls: Numbers  # (n, n_plans) probability that it falls below it

    @property
    def broken(self) -> Numbers:
        """By how much the probability to keep the minimum is too small, (n, n_plans)."""
        lacking = self.falls - (1 - self.kept)[:, np.newaxis]
        return np.where(lacking > _core.level_tolerance, lacking, 0.0)


class Inspections(NamedTuple):
    """Years in which inspections alone cost more than the budgets, whatever the plans."""

    first: int
    last: int
    cost: float  # yen, at least
    budget: float  # yen, of all these years, less what is decided


@dataclass(frozen=True, eq=False)
class PlanningProblem:
    """Choose one plan for every unit, at least cost, within the budget of every year and the network's rows.

    A unit is a bridge or a member of a bridge, as `level_per` says; the units of a bridge share its inspections.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    budget : (horizon,) float64
        Yen per year for the whole network, not discounted; infinite where a year has no budget.
    discount_rate : float
        Per year, at least 0 and below 1; a cost in year t counts ``exp(-discount_rate * t)``.
    min_health : float or mapping of str to float, optional
        Health from 1 to 5 that curves must keep: all of them, or those of some members. Where ratings scatter, a health
        and the probability with which each curve must keep it in all years.
    space : PlanSpace
        The plans to choose from.
    interval_per : {"network", "bridge"}
        Which bridges share an inspection interval: all, or none.
    level_per : {"given", "bridge", "member"}
        Whether a bridge has one repair level or each of its members; "given" stands for what level_per of the network's
        bridges says, and becomes "bridge" or "member" where that is the same for all.
    carry_over : bool
        Whether what a year leaves of a yearly budget may be spent in later years; nothing is borrowed from them.
    former_plan : (n_units,) int64, optional
        Index in ``space`` of the plan that each unit had so far; see :func:`stay_close`.
    change_cost : float
        Yen that count as cost, but are not spent, for each unit whose plan differs from its former one.
    residual : {"none", "linear"}
        Whether what curves are worth in the last year counts. "linear": a curve is worth a repair at health 1 times the
        share of its service life that is left; what is used up of it counts as cost, at its present value.
    shortfall : Shortfall
        What health below a threshold counts as cost; by default nothing, unless "never" is among the levels.
    scatter : RatingScatter, optional
        How the ratings of inspections scatter. Costs, budgets, rows, residual value and shortfall then count what is
        expected, and a minimum health is kept with a probability: `min_health` gives pairs such as ``(2, 0.95)``.

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> problem = PlanningProblem(datasets.paper_ten(), np.full(50, 30e6))
    >>> problem.n_units, problem.horizon
    (10, 50)
    >>> [row.name for row in problem.rows[:2]]
    ['budget of year 1', 'budget of year 2']
    """

    network: Network
    budget: Numbers
    discount_rate: float = 0.0
    min_health: Minimum | Mapping[str, Minimum] | None = None
    space: PlanSpace = DEFAULT_SPACE
    interval_per: IntervalPer = "network"
    level_per: LevelPer = "given"
    carry_over: bool = False
    former_plan: Indices | None = None
    change_cost: float = 0.0
    residual: Residual = "none"
    shortfall: Shortfall = DEFAULT_SHORTFALL
    scatter: RatingScatter | None = None

    def __post_init__(self) -> None:
        arguments.instance("network", self.network, Network)
        budget = checked_budget(self.budget, "must be one number for each year")
        arguments.horizon(len(budget))
        budget.flags.writeable = False
        object.__setattr__(self, "budget", budget)
        checked = arguments.discount_rate(self.discount_rate)
        object.__setattr__(self, "discount_rate", checked)
        minimum = checked_minimum(self.min_health, self.network, scatters=self.scatter is not None)
        object.__setattr__(self, "min_health", minimum)
        arguments.instance("space", self.space, PlanSpace)
        arguments.one_of("interval_per", self.interval_per, ("network", "bridge"))
        arguments.one_of("level_per", self.level_per, LEVELS_PER)
        if self.level_per == "given" and (self.network.by_member.all() or not self.network.by_member.any()):
            object.__setattr__(self, "level_per", "member" if self.network.by_member[0] else "bridge")
        arguments.instance("carry_over", self.carry_over, bool)
        arguments.one_of("residual", self.residual, ("none", "linear"))
        arguments.instance("shortfall", self.shortfall, Shortfall)
        object.__setattr__(self, "shortfall", self.shortfall.within(self.space))
        if self.network.decided is not None:
            self.network.decided.check_horizon(self.horizon)
        _ = self.rows  # refuses years after the horizon
        if self.scatter is not None:
            self._check_scatter(self.scatter)
        if self.former_plan is not None:
            self.former_plan.flags.writeable = False

    def _check_scatter(self, scatter: RatingScatter) -> None:
        """Refuse what has no expectation, or none that follows from the curves one by one."""
        arguments.instance("scatter", scatter, RatingScatter)
        decided, access_cost = self.network.decided, self.network.arrays.access_cost
        rule = None
        if any(row.health_below is not None for row in self.network_rows):
            rule = "rows.csv must not limit bridges by their health: it is not certain where ratings scatter"
        elif decided is not None and len(decided.closures.bridge):
            rule = "closed.csv must have no rows: repairs may fall in any year where ratings scatter"
        elif self.space.urgent_below is not None:
            rule = "the plan space must have no urgent repairs: what is urgent is not certain where ratings scatter"
        elif scatter.round_scatter and access_cost is not None and access_cost.any():
            rule = (
                "round_scatter must be 0 where access to bridges costs anything, as their curves depend on each other"
            )
        if rule is not None:
            raise arguments.invalid("scatter", rule, scatter.record)

    def check_drawn(self, name: str, seed: int) -> RatingScatter:
        """Return how ratings scatter, if a case can be drawn from the seed."""
        arguments.whole_number(name, seed, at_least=0)
        if self.scatter is None:
            raise arguments.invalid(name, "must not be given where ratings do not scatter", seed)
        return self.scatter

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @property
    def horizon(self) -> int:
        """Years planned."""
        return len(self.budget)

    @property
    def n_units(self) -> int:
        """Number of units: of plans to choose."""
        return len(self.units.offsets) - 1

    @cached_property
    def units(self) -> RepairGroups:
        """The curves of each unit."""
        return self.network.repair_groups(self.level_per)

    @property
    def unit_names(self) -> pl.DataFrame:
        """The name of each unit: bridge_id, unless levels are per bridge also member, null for a whole bridge."""
        return self.network.names_of_groups(self.level_per)

    @cached_property
    def layout(self) -> _core.PlanLayout:
        """The plans over the years of the horizon, for the kernels."""
        return self.space.core(self.horizon)

    @cached_property
    def weights(self) -> Numbers:
        """Present value of one yen in each year, (horizon,)."""
        return discount_weights(self.discount_rate, self.horizon)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that plans must keep besides minimum health: the yearly budgets, then the network's own rows."""
        return (*self.budget_rows, *self.network_rows)

    @cached_property
    def budget_rows(self) -> tuple[Row, ...]:
        """Limits on the yen of all bridges by year, or with carry-over up to each year."""
        return tuple((carry_over_rows if self.carry_over else yearly_rows)(self.budget))

    @cached_property
    def network_rows(self) -> tuple[Row, ...]:
        """Limits of the network's table of rows."""
        if self.network.rows is None:
            return ()
        units_of_bridge = np.diff(self.units.bridge_offsets)
        return tuple(rows_of_network(self.network, units_of_bridge, self.horizon, carry_over=self.carry_over))

    @cached_property
    def minimum(self) -> Numbers | None:
        """The health that each curve must keep, (n_curves,); None where no minimum is asked for."""
        return None if self.min_health is None else minimum_of_curves(self.min_health, self.network)

    @cached_property
    def health_deficit(self) -> Numbers | None:
        """How far each plan of each unit lets health fall below its minimum, (n_units, n_plans).

        The minimum holds from the first year on in which a plan can repair: the shortest delay of the space after the
        earliest inspection of the bridge.
        """
        if self.minimum is None:
            return None
        if self.scatter is not None:
            return self._broken_promises
        return health_deficits(self.units, self.layout, self.minimum, self.earliest_inspections, threads=1)

    @cached_property
    def promises(self) -> Promises | None:
        """Curves with a minimum health, where ratings scatter; None elsewhere."""
        if self.scatter is None or self.min_health is None or self.minimum is None:
            return None
        curves = np.flatnonzero(self.minimum > NO_MINIMUM)
        earliest = np.repeat(self.earliest_inspections, np.diff(self.units.bridge_offsets))
        falls = self.scatter.falls(self.units, self.layout, curves, self.minimum[curves], earliest, threads=1)
        return Promises(curves, probability_of_curves(self.min_health, self.network)[curves], falls)

    @property
    def _broken_promises(self) -> Numbers:
        """By how much each plan breaks the promises of the worst curve of each unit, (n_units, n_plans)."""
        deficits = np.zeros((self.n_units, self.layout.plans))
        if self.promises is not None:
            unit = np.searchsorted(self.units.offsets, self.promises.curves, side="right") - 1
            np.maximum.at(deficits, unit, self.promises.broken)
        return deficits

    def expected_costs(self, plan_of_unit: Indices, threads: int = 1) -> Numbers | None:
        """Return what repairs are expected to cost in the slots of one plan of every unit, yen; None without scatter.

        (n_units, most slots of a plan), 0 beyond the slots of the plan.
        """
        if self.scatter is None:
            return None
        return self.scatter.costs_of_plans(self.units, self.layout, plan_of_unit, threads)[0]

    @cached_property
    def first_years(self) -> Indices | None:
        """First year in which each bridge is due with each interval; see ``first_years.due_first_years``."""
        return due_first_years(self.network, self.space)

    @cached_property
    def earliest_inspections(self) -> Indices:
        """The least first year that a plan of each bridge may have, (n_bridges,)."""
        return earliest_inspections(self.first_years, self.space, self.network.n_bridges)

    @cached_property
    def off_schedule(self) -> Numbers | None:
        """Whether each plan of each unit inspects first in another year than is due, (n_units, n_plans); 1 or 0.

        None where no last inspection is known.
        """
        if self.first_years is None:
            return None
        bridge_of_unit = np.repeat(np.arange(self.network.n_bridges), np.diff(self.units.bridge_offsets))
        return off_schedule(self.first_years, bridge_of_unit, self.space)

    @property
    def deficits(self) -> tuple[Numbers, ...]:
        """What makes a plan of a unit not allowed where it is not 0, in the order in which it counts."""
        deficits = (self.off_schedule, self.closed_works, self.health_deficit)
        return tuple(deficit for deficit in deficits if deficit is not None)

    @cached_property
    def closed_works(self) -> Numbers | None:
        """How many repairs of each plan of each unit fall in closed years, (n_units, n_plans); None without any."""
        if self.network.decided is None or not len(self.network.decided.closures.bridge):
            return None
        bridges, closed = self.network.decided.closed_years(self.horizon)
        offsets = self.units.bridge_offsets
        groups = np.concatenate([np.arange(offsets[bridge], offsets[bridge + 1]) for bridge in bridges])
        counts = np.empty((len(groups), self.layout.plans))
        _core.count_closed_repairs(
            network=self.units.core,
            layout=self.layout,
            groups=groups,
            closed=np.repeat(closed, offsets[bridges + 1] - offsets[bridges], axis=0),
            repairs=counts,
            threads=1,
        )
        closed_works = np.zeros((self.n_units, self.layout.plans))
        closed_works[groups] = counts
        return closed_works

    @cached_property
    def standing(self) -> dict[int, npt.NDArray[np.bool_]]:
        """Bridges, (n_bridges,), by the last year in which they are inspected: the horizon, unless they are removed."""
        n_bridges, decided = self.network.n_bridges, self.network.decided
        if decided is None:
            return {self.horizon: np.ones(n_bridges, bool)}
        last_year = np.minimum(decided.years.last_year, self.horizon)
        return {year: last_year == year for year in np.unique(last_year).tolist()}

    @cached_property
    def inspections_over(self) -> Inspections | None:
        """The first years whose budgets are less than what inspections alone cost; None where none are known.

        Within the longest interval every bridge is inspected at least once from the largest first year on. Budgets that
        carry over are not examined.
        """
        if self.carry_over:
            return None
        years = max(self.space.intervals)
        spent = 0.0 if self.decided_yen is None else self.decided_yen
        left = np.append(0.0, np.cumsum(np.where(np.isfinite(self.budget), self.budget, 0.0) - spent))
        limited = np.append(0, np.cumsum(np.isfinite(self.budget)))
        for last in range(max(years, *self.space.first_years), self.horizon + 1):
            standing = [bridges for year, bridges in self.standing.items() if year >= last]
            cost = float(self.network.arrays.inspection_cost[np.logical_or.reduce(standing)].sum()) if standing else 0.0
            budget = float(left[last] - left[last - years])
            if limited[last] - limited[last - years] == years and cost > budget + _core.budget_tolerance * abs(budget):
                return Inspections(last - years + 1, last, cost, budget)
        return None

    def allows(self, plan_of_unit: Indices) -> bool:
        """Return whether plans inspect when it is due and keep every closed year and every minimum health."""
        units = np.arange(self.n_units)
        return not any(deficit[units, plan_of_unit].any() for deficit in self.deficits)

    @cached_property
    def decided_yen(self) -> Numbers | None:
        """Yen of decided works and removals by year, (horizon,); None where nothing is decided."""
        if self.network.decided is None:
            return None
        _, year, yen = self.network.decided.spending
        return np.bincount(year - 1, yen, self.horizon).astype(np.float64)

    @cached_property
    def additions(self) -> Numbers | None:
        """Yen that count as cost but are not spent, (n_units, n_plans); None where nothing does."""
        changes = None
        if self.former_plan is not None:
            changes = np.full((self.n_units, self.layout.plans), self.change_cost)
            changes[np.arange(self.n_units), self.former_plan] = 0.0
        given = [addition for addition in (changes, self.used_value, self.shortfall_cost) if addition is not None]
        return sum(given[1:], given[0]) if given else None

    def added_cost(self, plan_of_unit: Indices) -> float:
        """Return the yen that count as cost for one plan of every unit but are not spent."""
        return 0.0 if self.additions is None else float(self.additions[np.arange(self.n_units), plan_of_unit].sum())

    @cached_property
    def used_value(self) -> Numbers | None:
        """Present value of what each plan uses up, yen, (n_units, n_plans); None where it does not count."""
        if self.residual == "none":
            return None
        if self.scatter is not None and not self.scatter.is_certain:
            expected = self.scatter.used_value(self.units, self.layout)
            expected *= self.weights[-1]
            return expected
        used = np.empty((self.n_units, self.layout.plans))
        _core.evaluate_used_value(network=self.units.core, layout=self.layout, used=used, threads=1)
        used *= self.weights[-1]
        return used

    @cached_property
    def shortfall_cost(self) -> Numbers | None:
        """Present value of what each plan's shortfall counts, yen, (n_units, n_plans); None where it does not count."""
        if self.shortfall.scale == 0:
            return None
        if self.scatter is not None and not self.scatter.is_certain:
            importance, below = self.importance_of_units, self.shortfall.below
            cost = self.scatter.shortfall(self.units, self.layout, below, importance, self.weights)
            return cost * self.shortfall.scale
        cost = np.empty((self.n_units, self.layout.plans))
        _core.evaluate_shortfall(
            network=self.units.core,
            layout=self.layout,
            threshold=self.shortfall.below,
            importance=self.importance_of_units,
            weights=self.weights,
            cost=cost,
            threads=1,
        )
        cost *= self.shortfall.scale
        return cost

    @property
    def importance_of_units(self) -> Numbers:
        """How much the health of each unit counts in the price of shortfall, (n_units,)."""
        return np.repeat(self.network.importance, np.diff(self.units.bridge_offsets))

    @cached_property
    def objective(self) -> _core.Objective:
        """What searches judge network plans by: as `outcome_objective`, with the additions to costs."""
        return self.outcome_objective if self.additions is None else self._objective(self.additions)

    @cached_property
    def outcome_objective(self) -> _core.Objective:
        """What the kernels judge network plans by: cost, minimum health, and yearly budgets without carry-over."""
        return self._objective(None)

    def _objective(self, additions: Numbers | None) -> _core.Objective:
        return _core.Objective(
            bridge_groups=self.units.bridge_offsets,
            inspection_cost=self.network.arrays.inspection_cost,
            weights=self.weights,
            budget=np.full(self.horizon, np.inf) if self.carry_over else self.budget,
            health_deficit=self.health_deficit,
            off_schedule=self.off_schedule,
            closed_works=self.closed_works,
            additions=additions,
            decided=self.decided_yen,
            last_year=None if self.network.decided is None else self.network.decided.years.last_year,
        )

    @cached_property
    def already_below(self) -> tuple[Indices, Numbers]:
        """Curves below their minimum before any plan can repair them, and their health then."""
        if self.minimum is None:
            return np.empty(0, np.int64), np.empty(0)
        health = unrepaired_health(self.network, self.layout, self.earliest_inspections)
        curves = np.flatnonzero(health < self.minimum - _core.level_tolerance)
        return curves, health[curves]

    @property
    def record(self) -> dict[str, Any]:
        """All but the network as plain values, for files."""
        flat = len(set(self.budget.tolist())) == 1
        return {
            "budget": self.budget[0].item() if flat else self.budget.tolist(),
            "horizon": self.horizon,
            "discount_rate": self.discount_rate,
            "min_health": self.min_health,
            "space": self.space.record,
            "interval_per": self.interval_per,
            "level_per": self.level_per,
            **({"carry_over": True} if self.carry_over else {}),
            **({} if self.residual == "none" else {"residual": self.residual}),
            **({} if self.shortfall == WITHOUT_SHORTFALL else {"shortfall": asdict(self.shortfall)}),
            **({} if self.scatter is None else {"scatter": self.scatter.record}),
            **(
                {}
                if self.former_plan is None
                else {"change_cost": self.change_cost, "former_plan": self._former_digest}
            ),
        }

    @property
    def _former_digest(self) -> str:
        assert self.former_plan is not None
        return blake2b(self.former_plan.astype("<i8").tobytes(), digest_size=32).hexdigest()

    @property
    def fingerprint(self) -> str:
        """BLAKE2b-256 of the network's fingerprint and the record, in hexadecimal."""
        return checksum({"network": self.network.fingerprint, **self.record})
