"""Stay close to a former plan: what a change must be worth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network import LevelPer
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.plan_folder import DECISIONS
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.space import NEVER, level_name
from nagamochi.tables import ArrowStream

LARGEST_CHANGE_COST = 1e13
"""Yen that still count beside single yen."""


OWN_LEVEL: dict[LevelPer, str] = {
    "bridge": "bridge",
    "member": "member",
    "given": "bridge, or member where its level_per says so",
}


def stay_close(problem: PlanningProblem, decisions: ArrowStream | str | Path, change_cost: float) -> PlanningProblem:
    """Return a problem in which every unit whose plan differs from a former one counts as dearer.

    The best plan of that problem has the least sum of cost and ``change_cost`` times the changed units. Its certificate
    is about this sum; its cost remains what is spent.

    Parameters
    ----------
    problem : PlanningProblem
        What is to be planned.
    decisions : table, str or Path
        The former plan: the folder of a saved plan, or a table or CSV file with the columns bridge_id, level,
        first_year, interval and, where it is not 1, delay, with levels per member also member. Its years are the
        years of the problem.
    change_cost : float
        Yen for each unit, from 0 to 1e13.

    Returns
    -------
    PlanningProblem

    Raises
    ------
    InvalidInput
        An argument breaks its rule: a unit has no former plan, or one that is not in the plan space.

    Examples
    --------
    >>> import numpy as np
    >>> from nagamochi import datasets, planning
    >>> problem = planning.PlanningProblem(datasets.paper_ten(), np.full(50, 30e6))
    >>> former = planning.solve(problem)
    >>> tight = planning.PlanningProblem(datasets.paper_ten(), np.full(50, 24e6))
    >>> plan = planning.solve(stay_close(tight, former.decisions, change_cost=1e6))
    >>> plan.feasible, plan.changes.height < 10
    (True, True)
    """
    arguments.instance("problem", problem, PlanningProblem)
    change_cost = arguments.number("change_cost", change_cost, at_least=0, at_most=LARGEST_CHANGE_COST)
    if isinstance(decisions, (str, Path)) and Path(decisions).is_dir():
        decisions = Path(decisions) / DECISIONS
    given = Decisions(decisions, problem.network)
    if given.level_per != problem.level_per:
        rule = f"must have a level for each {OWN_LEVEL[problem.level_per]}, as the problem has"
        raise arguments.invalid("decisions", rule, f"for each {OWN_LEVEL[given.level_per]}")
    _refuse_plans_outside(given, problem)
    return replace(problem, former_plan=given.plan_of_unit(problem), change_cost=change_cost)


def _refuse_plans_outside(given: Decisions, problem: PlanningProblem) -> None:
    for name in ("level", "first_year", "interval", "delay"):
        choices = getattr(problem.space, f"{name}s")
        outside = given.frame.filter(~pl.col(name).is_in(choices))
        if name == "delay":
            outside = outside.filter(pl.col("level") != NEVER)
        if outside.height:
            row = outside.row(0, named=True)
            where = f"decisions, bridge {row['bridge_id']}, {name}"
            rule = f"must be in the plan space: {', '.join(map(level_name, choices))}"
            raise InvalidInput(Problem(rule, level_name(row[name]), where))
