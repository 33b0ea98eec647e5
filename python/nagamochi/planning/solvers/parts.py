"""Plans of bridges that share no row that matters, found part by part, so that no part waits for another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base.execution import Execution
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.choice import Choice
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rows import Row, classes_of_bridges

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def fit_parts(
    problem: PlanningProblem,
    choice: Choice,
    certificate: Certificate,
    cost: float,
    gap: float,
    execution: Execution,
) -> tuple[Indices, Outcome] | None:
    """Return plans that keep all rows and cost less than a known one, and their outcome; None if none are found.

    Parameters
    ----------
    problem : PlanningProblem
        What is to be planned.
    choice : Choice
        Its plans and rows.
    certificate : Certificate
        Its bounds; rows that have no price in one join no parts, so that plans may break them and are then not taken.
    cost : float
        What the best plan known that keeps all rows counts, in the choice's unit; infinite where none is known.
    gap : float
        The search of a part ends this close to its best plans.
    """
    best: tuple[Indices, Outcome] | None = None
    for bound in sorted(certificate.bounds, key=lambda bound: bound.least_cost):
        if not bound.least_cost * (1 + gap) < cost or execution.stop_requested():
            break
        parts = list(parts_of(choice.rows, bound, problem.network.n_bridges))
        plans = None if len(parts) < 2 else _plans(problem, choice, bound, parts, gap, execution)
        if plans is None:
            continue
        outcome = Outcome.of(problem, plans, execution.threads)
        counted = (outcome.cost + problem.added_cost(plans)) / choice.unit
        if outcome.feasible and counted < cost:
            best, cost = (plans, outcome), counted
    return best


def parts_of(rows: Sequence[Row], bound: Bound, n_bridges: int) -> Iterator[tuple[Mask, list[Row]]]:
    """Yield the bridges of each part and the rows within it; rows with a price are within a part."""
    class_of_bridge, members = classes_of_bridges(rows, n_bridges)
    part = np.arange(members.shape[1])  # of each class
    for joined in members[bound.prices > 0] != 0:
        part[np.isin(part, part[joined])] = part[joined][0]
    for number in np.unique(part).tolist():
        outside = (members[:, part != number] != 0).any(axis=1)
        inside = (members[:, part == number] != 0).any(axis=1)
        within = np.flatnonzero(inside & ~outside).tolist()
        yield part[class_of_bridge] == number, [rows[row] for row in within]


def _plans(
    problem: PlanningProblem,
    choice: Choice,
    bound: Bound,
    parts: list[tuple[Mask, list[Row]]],
    gap: float,
    execution: Execution,
) -> Indices | None:
    """Choose the plans of each part within its rows alone, all with the interval of a bound."""
    allowed = np.ones((problem.n_units, problem.space.n_plans), bool) if choice.allowed is None else choice.allowed
    if bound.interval is not None:
        lanes = len(problem.space.rules) * len(problem.space.first_years)
        allowed = allowed & (np.repeat(problem.space.intervals, lanes) == bound.interval)
    bridge_of_unit = np.repeat(np.arange(problem.network.n_bridges), np.diff(choice.units.bridge_offsets))

    def found(rows: list[Row], allowed: Mask, text: str) -> Indices | None:
        result = _core.relax(
            problem=replace(choice, rows=rows, allowed=allowed).core(execution.threads),
            settings=_core.RelaxationSettings(gap=gap),
            threads=execution.threads,
            progress=lambda record: execution.report(record.passes, text=text),
        )
        return None if result.overrun or not len(result.plans) else result.plans

    cheapest = found([], allowed, "plans without limits")
    if cheapest is None:
        return None
    fixed = np.arange(problem.space.n_plans) == cheapest[:, np.newaxis]
    plans = cheapest.copy()
    for number, (bridges, rows) in enumerate(parts, start=1):
        of_part = bridges[bridge_of_unit]
        others_fixed = np.where(of_part[:, np.newaxis], allowed, fixed)
        of_rows = found(rows, others_fixed, f"part {number} of {len(parts)} that share no limit")
        if of_rows is None:
            return None
        plans[of_part] = of_rows[of_part]
    return plans
