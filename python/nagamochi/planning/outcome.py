"""What a network plan costs and keeps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rows import classes_of_bridges
from nagamochi.planning.slots import slots_of_plan

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class Repairs(NamedTuple):
    """Repairs of curves by curve and then year, all (n_repairs,)."""

    curve: Indices
    year: Indices
    found_in: Indices  # year of the inspection
    health_found: Numbers  # at that inspection
    health_before: Numbers  # the repair, in the year before it
    cost: Numbers  # yen, all items

    def some(self, chosen: Indices) -> Repairs:
        """Return some of them."""
        return Repairs(
            self.curve[chosen],
            self.year[chosen],
            self.found_in[chosen],
            self.health_found[chosen],
            self.health_before[chosen],
            self.cost[chosen],
        )


class Backlog(NamedTuple):
    """What a plan leaves undone in years 0 to the horizon, all (horizon + 1,).

    Parameters
    ----------
    shortfall : numpy.ndarray
        Health points below the threshold, of all curves, each times the importance of its bridge.
    shortfall_cost : numpy.ndarray
        Yen that they count, not discounted.
    backlog : numpy.ndarray
        Yen to repair all curves below the threshold at their health of the year.
    """

    shortfall: Numbers
    shortfall_cost: Numbers
    backlog: Numbers


class Waits(NamedTuple):
    """Curves that wait for their repair by curve and then year, all (n,).

    They are known to be below the problem's threshold of health, or found at or below their plan's level, and repaired
    later than in the year after.
    """

    curve: Indices
    waiting_since: Indices  # year of the inspection that found it; 0 if it is below the threshold now
    waiting_until: Indices  # year of the repair or decided work; 0 if there is none
    health_found: Numbers
    cost_found: Numbers  # yen to repair it then
    health_last: Numbers  # in the year before the repair, or in the last one
    cost_last: Numbers


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a network plan costs and keeps, computed by one kernel for every solver.

    Where ratings scatter, yen are expected ones; lowest health is that of certain ratings, and the health deficit is by
    how much probabilities to keep a minimum are too small.

    Attributes
    ----------
    inspection, repair, decided, total : (horizon,) float64
        Yen per year, not discounted; decided are works and removals that no plan changes.
    lcc : (n_units,) float64
        Yen, discounted: of a bridge its inspections, repairs and decided works and its removal; of a member its repairs
        alone.
    lowest_health : (n_units,) float64
        Over years 1 to horizon, or until the bridge is removed.
    cost : float
        Yen: present value of all that is spent.
    overrun : float
        Yen over the limits on yen, summed over the problem's rows: over the budgets of all years, if it has no others.
    health_deficit : float
        Health below its minimum, summed over units, each by its worst curve.
    use : (n_rows,) float64
        What the plan uses of each row of the problem: yen, or a number of units.
    over : (n_rows,) float64
        By how much it exceeds the row; 0 where it keeps it.
    closed_works : int
        Repairs in years that are closed to them.
    off_schedule : int
        Bridges whose first inspection is in another year than is due after their last one.
    """

    inspection: Numbers
    repair: Numbers
    decided: Numbers
    total: Numbers
    lcc: Numbers
    lowest_health: Numbers
    cost: float
    overrun: float
    health_deficit: float
    use: Numbers
    over: Numbers
    closed_works: int
    off_schedule: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def of(cls, problem: PlanningProblem, plan_of_unit: Indices, threads: int) -> Outcome:
        """Compute the outcome of one plan for every unit."""
        found = _core.evaluate_outcome(
            network=problem.units.core,
            objective=problem.outcome_objective,
            layout=problem.layout,
            plans=plan_of_unit,
            expected_costs=problem.expected_costs(plan_of_unit, threads),
            threads=threads,
        )
        lcc, decided = found.lcc, np.zeros(problem.horizon)
        if problem.network.decided is not None and problem.decided_yen is not None:
            decided = problem.decided_yen.copy()
            if problem.level_per == "bridge":
                bridge, year, yen = problem.network.decided.spending
                lcc = lcc + np.bincount(bridge, yen * problem.weights[year - 1], len(lcc))
        first_units = problem.units.bridge_offsets[:-1]
        use = row_use(problem, plan_of_unit, found.total, found.lowest_health)
        over = np.array([row.excess(used) for row, used in zip(problem.rows, use.tolist(), strict=True)])
        judged = 0 if problem.carry_over else len(problem.budget_rows)  # by the kernel
        others = sum(over[i].item() for i in range(judged, len(over)) if problem.rows[i].health_below is None)
        return cls(
            inspection=found.inspection,
            repair=found.repair,
            decided=decided,
            total=found.total,
            lcc=lcc,
            lowest_health=found.lowest_health,
            cost=found.cost,
            overrun=found.overrun + others,
            health_deficit=found.health_deficit,
            use=use,
            over=over,
            closed_works=int(found.closed_works),
            off_schedule=0
            if problem.off_schedule is None
            else int(problem.off_schedule[first_units, plan_of_unit[first_units]].sum()),
        )

    @property
    def keeps_rows(self) -> bool:
        """Whether every budget and every other row is kept."""
        return not self.over.any()

    @property
    def feasible(self) -> bool:
        """Whether rows and minimum health are kept, no repair falls in a closed year, and inspections are when due."""
        return self.keeps_rows and self.health_deficit == 0 and self.closed_works == 0 and self.off_schedule == 0


def row_use(problem: PlanningProblem, plan_of_unit: Indices, total: Numbers, lowest_health: Numbers) -> Numbers:
    """Return what one plan for every unit uses of each row of a problem, (n_rows,)."""
    use = np.empty(len(problem.rows))
    some = [number for number, row in enumerate(problem.rows) if row.bridges is not None]
    class_of_bridge, members = classes_of_bridges([problem.rows[number] for number in some], problem.network.n_bridges)
    spent = spending(problem, plan_of_unit, class_of_bridge) if some else None
    class_of_unit = class_of_bridge[np.repeat(np.arange(len(class_of_bridge)), np.diff(problem.units.bridge_offsets))]
    position = {number: i for i, number in enumerate(some)}
    for number, row in enumerate(problem.rows):
        among = slice(None) if row.bridges is None else members[position[number]] != 0
        if row.health_below is not None:
            units = among if isinstance(among, slice) else among[class_of_unit]
            use[number] = np.count_nonzero(row.counts(lowest_health[units]))
        else:
            yen = total if spent is None or isinstance(among, slice) else spent[among].sum(axis=0)
            use[number] = yen @ row.years
    return use


def spending(problem: PlanningProblem, plan_of_unit: Indices, class_of_bridge: Indices) -> Numbers:
    """Return the yen that one plan for every unit spends by class of bridges and year, (n_classes, horizon)."""
    arrays, horizon = problem.network.arrays, problem.horizon
    shape = (int(class_of_bridge.max()) + 1, horizon)
    expected_costs = problem.expected_costs(plan_of_unit)
    if expected_costs is not None:
        spent = _expected_repairs(problem, expected_costs, plan_of_unit, class_of_bridge)
    else:
        repairs = find_repairs(problem, plan_of_unit)
        class_of_curve = np.repeat(class_of_bridge, np.diff(arrays.curve_offsets))
        cell = class_of_curve[repairs.curve] * horizon + repairs.year - 1
        spent = np.bincount(cell, repairs.cost, shape[0] * horizon).astype(np.float64).reshape(shape)  # whole if none
        accesses = find_accesses(problem, repairs)
        if accesses is not None:
            np.add.at(spent, (class_of_bridge[accesses.bridge], accesses.year - 1), accesses.cost)
    plan_of_bridge = plan_of_unit[problem.units.bridge_offsets[:-1]]
    for plan in np.unique(plan_of_bridge).tolist():
        _, first_year, interval, _ = problem.space.plan(plan)
        inspected = plan_of_bridge == plan
        for last_year, bridges in problem.standing.items():
            some = inspected & bridges
            yen = np.bincount(class_of_bridge[some], arrays.inspection_cost[some], shape[0])
            spent[:, first_year - 1 : last_year : interval] += yen[:, np.newaxis]
    if problem.network.decided is not None:
        bridge, year, decided = problem.network.decided.spending
        np.add.at(spent, (class_of_bridge[bridge], year - 1), decided)
    return spent


def _expected_repairs(
    problem: PlanningProblem, expected_costs: Numbers, plan_of_unit: Indices, class_of_bridge: Indices
) -> Numbers:
    """Return what repairs are expected to cost by class of bridges and year, (n_classes, horizon)."""
    spent = np.zeros((int(class_of_bridge.max()) + 1, problem.horizon))
    class_of_unit = np.repeat(class_of_bridge, np.diff(problem.units.bridge_offsets))
    for plan in np.unique(plan_of_unit).tolist():
        _, years = slots_of_plan(problem.space, problem.horizon, plan)
        units = np.flatnonzero(plan_of_unit == plan)
        np.add.at(spent, (class_of_unit[units, np.newaxis], years - 1), expected_costs[units, : len(years)])
    return spent


def find_repairs(problem: PlanningProblem, plan_of_unit: Indices) -> Repairs:
    """Return the repairs that one plan for every unit leads to."""
    return Repairs(*_core.repair_programme(network=problem.units.core, layout=problem.layout, plans=plan_of_unit))


class Accesses(NamedTuple):
    """Years in which a unit's bridge pays for access to its repairs, all (n_accesses,), by unit and then year."""

    unit: Indices
    bridge: Indices
    year: Indices
    cost: Numbers  # yen


def find_accesses(problem: PlanningProblem, repairs: Repairs) -> Accesses | None:
    """Return what access to some repairs costs; None where it costs nothing on any bridge."""
    arrays, offsets = problem.network.arrays, problem.units.offsets
    if arrays.access_cost is None:
        return None
    unit_of_curve = np.repeat(np.arange(problem.n_units), np.diff(offsets))
    paid = repairs.cost > 0
    unit, year = np.divmod(
        np.unique(unit_of_curve[repairs.curve[paid]] * (problem.horizon + 1) + repairs.year[paid]), problem.horizon + 1
    )
    bridge = arrays.bridge_of_groups(offsets)[unit]
    cost = arrays.access_cost[bridge]
    some = cost > 0
    return Accesses(unit[some], bridge[some], year[some], cost[some])


def count_conditions(problem: PlanningProblem, plan_of_unit: Indices) -> Indices:
    """Count the curves in each class of health in years 0 to horizon, (horizon + 1, 5), the best class first."""
    return _core.count_conditions(network=problem.units.core, layout=problem.layout, plans=plan_of_unit, threads=1)


def list_waits(problem: PlanningProblem, plan_of_unit: Indices) -> Waits:
    """Return the curves that wait for their repair under one plan for every unit."""
    return Waits(
        *_core.list_waiting(
            network=problem.units.core, layout=problem.layout, threshold=problem.shortfall.below, plans=plan_of_unit
        )
    )


def backlog_of(problem: PlanningProblem, plan_of_unit: Indices) -> Backlog:
    """Return what one plan for every unit leaves undone."""
    shortfall, cost, backlog = _core.sum_backlog(
        network=problem.units.core,
        layout=problem.layout,
        threshold=problem.shortfall.below,
        importance=problem.importance_of_units,
        plans=plan_of_unit,
        threads=1,
    )
    return Backlog(shortfall, cost * problem.shortfall.scale, backlog)
