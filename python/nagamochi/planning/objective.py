"""What a network plan is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.network.network import RepairGroups

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Objective:
    """Least cost within the budget of every year, one plan of ``space`` for each repair group.

    Parameters
    ----------
    groups : RepairGroups
        The network in runs of curves that share one repair level; the groups of a bridge share its inspections.
    space : _core.PlanSpace
        The plans over years 1 to horizon.
    inspection_cost : (n_bridges,) float64
        Yen per inspection.
    discount : (horizon,) float64
        Present value of one yen in each year.
    budget : (horizon,) float64
        Yen.
    health_shortfall : (n_groups, n_plans) float64 or None
        How far each plan lets health fall below its minimum; None where no minimum is asked for.
    """

    groups: RepairGroups
    space: _core.PlanSpace
    inspection_cost: Numbers
    discount: Numbers
    budget: Numbers
    health_shortfall: Numbers | None
