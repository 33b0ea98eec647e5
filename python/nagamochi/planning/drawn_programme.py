"""One case of a network plan where ratings scatter: ratings are drawn, and repairs follow from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning.curve_cases import draw_case
from nagamochi.planning.outcome import Outcome, Repairs, find_accesses
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import GRADES, RatingScatter
from nagamochi.planning.walks import TOLERANCE, Walker, repair_costs

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


DRAWN_REASONS = {
    "en": "rated {rating:.2f} in year {year}, with a health of {health:.2f}",
    "ja": "{year}年目の点検で健全度 {health:.2f} を {rating:.2f} と評価",
}


@dataclass(frozen=True, eq=False)
class DrawnProgramme:
    """Works of a plan and what they cost by year, in one case of drawn ratings.

    Attributes
    ----------
    seed : int
        What the ratings were drawn from.
    works : polars.DataFrame
        As :attr:`NetworkPlan.works`; reasons say how the member was rated, and how its health was then.
    yearly : polars.DataFrame
        Yen in each year, not discounted: year, inspection, repair, total, budget, overrun, with fiscal years and
        decided works as in :attr:`NetworkPlan.yearly`. The overrun is that of the year alone.
    cost : float
        Yen: present value of all that is spent.
    """

    seed: int
    works: pl.DataFrame
    yearly: pl.DataFrame
    cost: float


def drawn_costs(problem: PlanningProblem, outcome: Outcome, repairs: Repairs) -> tuple[pl.DataFrame, float]:
    """Return what a network spends by year on some repairs, and the present value."""
    repair = np.zeros(problem.horizon)
    np.add.at(repair, repairs.year - 1, repairs.cost)
    accesses = find_accesses(problem, repairs)
    if accesses is not None:
        np.add.at(repair, accesses.year - 1, accesses.cost)
    total = outcome.inspection + repair + outcome.decided
    table = pl.DataFrame(
        {
            "year": np.arange(1, problem.horizon + 1),
            "inspection": outcome.inspection,
            "repair": repair,
            **({"decided": outcome.decided} if outcome.decided.any() else {}),
            "total": total,
            "budget": problem.budget,
            "overrun": np.maximum(total - problem.budget, 0.0),
        }
    )
    return with_fiscal_years(table, problem.network.start_year), float(total @ problem.weights)


def draw_repairs(
    problem: PlanningProblem, scatter: RatingScatter, plan_of_unit: Indices, seed: int
) -> tuple[Repairs, Numbers]:
    """Draw the ratings of all inspections under one plan of every unit; return the repairs and their ratings.

    Errors belong to a curve and a year, or a bridge and a year: two plans that inspect a member in the same year with
    the same seed meet the same error. Health in year 0 and service lives are drawn before, where they are uncertain.
    """
    network = draw_case(scatter, problem.network.arrays, np.random.default_rng([seed, 1]))
    walker = Walker(network, problem.units.offsets, problem.horizon, 1.0, decided=problem.network.decided)
    level, first_year, interval, delay = (
        np.repeat(of_plan[plan_of_unit], np.diff(problem.units.offsets))
        for of_plan in np.array([problem.space.plan(plan) for plan in range(problem.space.n_plans)]).T
    )
    curves, rng = np.arange(network.n_curves), np.random.default_rng(seed)
    renewed = np.full(network.n_curves, -1)  # year of the last repair; -1: none yet
    due, found_in = np.zeros((2, network.n_curves), np.int64)
    health, (health_found, rating_found) = network.health, np.zeros((2, network.n_curves))
    made, ratings = [], []
    for year in range(1, problem.horizon + 1):
        some = np.flatnonzero(due == year)
        cost = repair_costs(network, some, health[some])
        made.append((some, np.full(len(some), year), found_in[some], health_found[some], health[some], cost))
        ratings.append(rating_found[some])
        renewed[some] = year
        renewed[walker.worked[year - 1]] = year
        health = walker.healths[np.where(renewed < 0, year, problem.horizon + 1 + year - renewed), curves]
        rated = _rated(scatter, health, walker.bridge_of_curve, rng)
        inspected = (year >= first_year) & ((year - first_year) % interval == 0)
        repaired_in = (year + delay).astype(np.int64)
        in_time = repaired_in <= problem.horizon
        in_time[in_time] = walker.curve_stands[repaired_in[in_time] - 1, curves[in_time]]
        found = inspected & in_time & (rated <= level + TOLERANCE) & (year >= walker.last_work)
        due[found], found_in[found] = repaired_in[found], year
        health_found[found], rating_found[found] = health[found], rated[found]
    columns = [np.concatenate(column) for column in zip(*made, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Repairs(*(column[order] for column in columns)), np.concatenate(ratings)[order]


def _rated(scatter: RatingScatter, health: Numbers, bridge_of_curve: Indices, rng: np.random.Generator) -> Numbers:
    """Draw a rating of every curve, and an error of the team at every bridge."""
    if scatter.matrix is not None:
        true_grade = np.clip(np.ceil(health - 0.5), 1, 5).astype(np.int64)
        upper = np.cumsum(np.array(scatter.matrix), axis=1)[GRADES[0] - true_grade]
        worse = (rng.random(len(health))[:, np.newaxis] >= upper[:, :-1]).sum(axis=1)
        grades: Numbers = np.array(GRADES, np.float64)[worse]
        return grades
    team = scatter.bias + scatter.round_scatter * rng.standard_normal(int(bridge_of_curve[-1]) + 1)
    error = scatter.sigma * rng.standard_normal(len(health))
    rated: Numbers = np.clip(health + team[bridge_of_curve] + error, 1.0, 5.0)
    return rated
