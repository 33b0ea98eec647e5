"""Network plans that a genetic search starts from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi.planning.costs import evaluate_unit_blocks
from nagamochi.planning.problem import PlanningProblem

Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


def cheapest_and_healthiest(problem: PlanningProblem, threads: int) -> Indices:
    """Return for each interval the cheapest plan of every unit, then the healthiest one, (2 n_intervals, n_units).

    The cheapest has the least of what counts as cost. The units of a bridge share its first year: the one that is best
    for them together.
    """
    space, units = problem.space, problem.units
    n_rules, n_first_years = len(space.rules), len(space.first_years)
    lcc, lowest_health = np.empty((2, problem.n_units, space.n_plans))
    for block in evaluate_unit_blocks(problem.network.arrays, units, problem.layout, problem.weights, threads):
        rows = slice(block.first_unit, block.first_unit + len(block.lcc))
        lcc[rows], lowest_health[rows] = block.lcc, block.lowest_health
    if problem.additions is not None:
        lcc += problem.additions
    if problem.off_schedule is not None:
        lcc[problem.off_schedule > 0], lowest_health[problem.off_schedule > 0] = np.inf, -np.inf
    starts = []
    for loss in (lcc, -lowest_health):
        by_rule = loss.reshape(-1, len(space.intervals), n_rules, n_first_years)
        rule = by_rule.argmin(axis=2)
        together = np.add.reduceat(by_rule.min(axis=2), units.bridge_offsets[:-1], axis=0)
        first_year = np.repeat(together.argmin(axis=2), np.diff(units.bridge_offsets), axis=0)
        chosen_rule = np.take_along_axis(rule, first_year[..., np.newaxis], axis=2)[..., 0]
        interval = np.arange(len(space.intervals))
        starts.append(((interval * n_rules + chosen_rule) * n_first_years + first_year).T)
    return np.ascontiguousarray(np.concatenate(starts))
