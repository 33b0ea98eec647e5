"""What a network plan costs and keeps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.planning.problem import PlanningProblem

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class Repairs(NamedTuple):
    """Repairs of curves by curve and then year, all (n_repairs,)."""

    curve: Indices
    year: Indices
    health_found: Numbers  # at the inspection of the year before
    cost: Numbers  # yen, all items


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a network plan costs and keeps, computed by one kernel for every solver.

    Attributes
    ----------
    inspection, repair, total : (horizon,) float64
        Yen per year, not discounted.
    lcc : (n_units,) float64
        Yen, discounted: of a bridge its inspections and repairs; of a member its repairs alone.
    lowest_health : (n_units,) float64
        Over years 1 to horizon.
    cost : float
        Yen: present value of all inspections and repairs.
    overrun : float
        Yen over the budgets, summed over years.
    health_deficit : float
        Health below its minimum, summed over units, each by its worst curve.
    """

    inspection: Numbers
    repair: Numbers
    total: Numbers
    lcc: Numbers
    lowest_health: Numbers
    cost: float
    overrun: float
    health_deficit: float

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
            objective=problem.objective,
            layout=problem.layout,
            plans=plan_of_unit,
            threads=threads,
        )
        return cls(*(getattr(found, field.name) for field in fields(cls)))

    @property
    def feasible(self) -> bool:
        """Whether every budget and every minimum is kept."""
        return self.overrun == 0 and self.health_deficit == 0


def find_repairs(problem: PlanningProblem, plan_of_unit: Indices) -> Repairs:
    """Return the repairs that one plan for every unit leads to."""
    return Repairs(*_core.repair_programme(network=problem.units.core, layout=problem.layout, plans=plan_of_unit))


def count_conditions(problem: PlanningProblem, plan_of_unit: Indices) -> Indices:
    """Count the curves in each class of health in years 0 to horizon, (horizon + 1, 5), the best class first."""
    return _core.count_conditions(network=problem.units.core, layout=problem.layout, plans=plan_of_unit, threads=1)
