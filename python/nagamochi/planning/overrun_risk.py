"""How probable it is that a network plan overruns the budget of a year, where ratings scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.slots import slots_of_plan

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OverrunRisk:
    """What a network spends in each year: mean, standard deviation, and the probability that the budget is not enough.

    The mean and the variance are exact: errors of bridges are independent, so their variances add up. Spending is
    taken for normal, which comes near for many bridges.

    Attributes
    ----------
    mean, deviation : (horizon,) float64
        Of the yen spent in each year, not discounted.
    budget : (horizon,) float64
        Yen per year; infinite where a year has none.

    Examples
    --------
    >>> risk = OverrunRisk(np.array([9e6, 9e6]), np.array([1e6, 0.0]), np.array([1e7, 1e7]))
    >>> risk.probability.round(4)
    array([0.1587, 0.    ])
    """

    mean: Numbers
    deviation: Numbers
    budget: Numbers

    @property
    def probability(self) -> Numbers:
        """Of spending more than the budget of each year, (horizon,)."""
        from scipy.special import ndtr

        over = self.mean - self.budget
        certain = self.deviation == 0
        probability: Numbers = ndtr(over / np.where(certain, 1.0, self.deviation))
        return np.where(certain, over > 0, probability)


def spending_deviation(problem: PlanningProblem, plan_of_unit: Indices, *, threads: int = 1) -> Numbers | None:
    """Return the standard deviation of what one plan for every unit spends in each year, (horizon,) yen.

    None where it is not known: ratings do not scatter, or `RatingScatter.has_known_variance` is false.
    """
    scatter = problem.scatter
    if scatter is None or not scatter.has_known_variance:
        return None
    variance = np.zeros(problem.horizon)
    _, of_slots = scatter.costs_of_plans(problem.units, problem.layout, plan_of_unit, threads)
    for plan in np.unique(plan_of_unit).tolist():
        _, years = slots_of_plan(problem.space, problem.horizon, plan)
        variance[years - 1] += of_slots[plan_of_unit == plan, : len(years)].sum(axis=0)
    if scatter.round_scatter:
        variance += scatter.shared_covariance(problem.units, problem.layout, plan_of_unit, threads).sum(axis=0)
    deviation: Numbers = np.sqrt(np.maximum(variance, 0.0))
    return deviation
