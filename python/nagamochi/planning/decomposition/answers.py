"""What a part of a network answers: pure functions of the part and what is asked, to be run anywhere and run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.network.arrays import NetworkArrays
from nagamochi.network.split import of_bridges
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.choice import Amounts, Choice, rounded
from nagamochi.planning.decomposition.parts_problem import PartProblem
from nagamochi.planning.outcome import Outcome, backlog_of, count_conditions
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SUM_BITS = _core.amount_bits + _core.price_bits


@dataclass(frozen=True, eq=False)
class Sample:
    """Some bridges of a part with all their plans, and how much there is to add up in the whole part.

    Attributes
    ----------
    amounts : Amounts
        Of the part.
    decided : (horizon,) float64
        Yen of the part's decided works and removals.
    inspection_cost : (n,) float64
        Yen, of the bridges of the sample.
    slots : (n, slots) float64
        Yen, as the kernels have them.
    allowed : (n, n_plans) bool or None
        Plans that may be chosen; None for all.
    additions : (n, n_plans) float64 or None
        Yen that count as cost but are not spent.
    """

    amounts: Amounts
    decided: Numbers
    inspection_cost: Numbers
    slots: Numbers
    allowed: npt.NDArray[np.bool_] | None
    additions: Numbers | None


class Question(NamedTuple):
    """What is asked of a part.

    Parameters
    ----------
    interval : int
        Index of the interval of plans; -1 for all.
    prices : (n_rows,) float64
        Of the rows.
    with_costs : bool
        Whether costs count, or prices alone.
    ratio : float or None
        Of plans to the best of their bridge, up to which they are kept; None to keep none.
    """

    interval: int
    prices: Numbers
    with_costs: bool
    ratio: float | None


@dataclass(frozen=True, eq=False)
class Kept:
    """Plans of the bridges of a part that may be the best at prices near those asked; as ``_core.answer_questions``."""

    offsets: Indices
    plans: Indices
    slots: Numbers
    additions: Numbers | None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a part answers to some questions.

    Attributes
    ----------
    sums : tuple of int or None
        For each question the least cost plus priced use of all bridges, in 2**-52 of the unit; None where a bridge has
        no allowed plan.
    kept : tuple of Kept or None
        For each question.
    inspection_cost : (n_bridges,) float64
        In the unit.
    last_year : (n_bridges,) int64 or None
        Of inspections; None for the horizon.
    """

    sums: tuple[int | None, ...]
    kept: tuple[Kept | None, ...]
    inspection_cost: Numbers
    last_year: Indices | None


@dataclass(frozen=True, eq=False)
class PartOutcome:
    """What the chosen plans of a part cost.

    Attributes
    ----------
    bridge_ids : polars.Series
    lcc, lowest_health : (n_bridges,) float64
        As those of an :class:`Outcome`.
    inspection, repair, decided : (horizon,) float64
        Yen per year, not discounted.
    cost, counted : float
        Yen, present value: of all that is spent; with what counts besides.
    closed_works, off_schedule : int
        Repairs in closed years, and bridges that are first inspected in another year than is due.
    """

    bridge_ids: pl.Series
    lcc: Numbers
    lowest_health: Numbers
    inspection: Numbers
    repair: Numbers
    decided: Numbers
    cost: float
    counted: float
    closed_works: int
    off_schedule: int

    @classmethod
    def of(cls, problem: PlanningProblem, plans: Indices, outcome: Outcome) -> Self:
        """Return what a part's plans, one for each bridge, cost by their outcome."""
        return cls(
            bridge_ids=problem.network.bridge_ids,
            lcc=outcome.lcc,
            lowest_health=outcome.lowest_health,
            inspection=outcome.inspection,
            repair=outcome.repair,
            decided=outcome.decided,
            cost=outcome.cost,
            counted=outcome.cost + problem.added_cost(plans),
            closed_works=outcome.closed_works,
            off_schedule=outcome.off_schedule,
        )


@dataclass(frozen=True, eq=False)
class PartHealth:
    """How well the chosen plans of a part keep its health, in years 0 to the horizon.

    Attributes
    ----------
    conditions : (horizon + 1, 5) int64
        Curves in each class of health, the best first.
    shortfall, backlog : (horizon + 1,) float64
        As those of a :class:`Backlog`.
    """

    conditions: Indices
    shortfall: Numbers
    backlog: Numbers


def sample_part(part: PartProblem, first: int, every: int, threads: int) -> Sample:
    """Take every so many bridges of a part, in the order of what a year costs; `first` is the first of them."""
    problem = part.read()
    decided = np.zeros(problem.horizon) if problem.decided_yen is None else problem.decided_yen
    chosen = np.sort(_by_yearly_cost(problem)[first::every])
    amounts = Amounts.of(problem)
    if not len(chosen):
        return Sample(amounts, decided, np.empty(0), np.empty((0, problem.layout.group_slots)), None, None)
    choice = Choice.of(replace(problem, network=of_bridges(problem.network, chosen)))
    slots, _ = choice.evaluate(threads)
    additions = choice.counted_additions()
    return Sample(
        amounts,
        decided,
        choice.inspection_cost * choice.unit,
        slots,
        choice.allowed,
        None if additions is None else additions * choice.unit,
    )


def answer_part(part: PartProblem, amounts: Amounts, questions: Sequence[Question], threads: int) -> Answer:
    """Evaluate all plans of a part and answer questions about them."""
    choice = Choice.of(part.read(), amounts)
    answers = _core.answer_questions(
        network=choice.units.core,
        problem=choice.problem(),
        unit=choice.unit,
        intervals=np.array([question.interval for question in questions], np.int64),
        prices=np.array([question.prices for question in questions], np.float64).reshape(len(questions), -1),
        with_costs=[question.with_costs for question in questions],
        ratios=[question.ratio for question in questions],
        simd=_core.widest_simd(),
        threads=threads,
    )
    sums = [None if least is None else (least[0] << SUM_BITS) + least[1] for least, _ in answers]
    kept = [None if arrays is None else Kept(*arrays) for _, arrays in answers]
    return Answer(tuple(sums), tuple(kept), rounded(choice.inspection_cost, _core.amount_bits), choice.last_year)


def outcome_of_part(part: PartProblem, plan_of_bridge: Indices, threads: int) -> PartOutcome:
    """Compute what the chosen plans of a part cost."""
    problem = part.read()
    plans = np.require(plan_of_bridge, np.int64, ["C", "A"])
    return PartOutcome.of(problem, plans, Outcome.of(problem, plans, threads))


def health_of_part(part: PartProblem, plan_of_bridge: Indices, threads: int) -> PartHealth:
    """Compute how well the chosen plans of a part keep its health; by one thread, which is enough."""
    problem = part.read()
    plans = np.require(plan_of_bridge, np.int64, ["C", "A"])
    backlog = backlog_of(problem, plans)
    return PartHealth(count_conditions(problem, plans), backlog.shortfall, backlog.backlog)


def works_of_part(part: PartProblem, plan_of_bridge: Indices, certificate: Certificate, threads: int) -> pl.DataFrame:
    """Tabulate the works of a part as :attr:`NetworkPlan.works`."""
    problem = part.read()
    plans = np.require(plan_of_bridge, np.int64, ["C", "A"])
    return NetworkPlan(problem, plans, Outcome.of(problem, plans, threads), certificate).works


def yearly_cost_of_part(part: PartProblem, interval: int, threads: int) -> float:
    """Return what the bridges of a part cost in a year; see :func:`_yearly_cost`."""
    return float(_yearly_cost(part.read().network.arrays, interval).sum())


def _by_yearly_cost(problem: PlanningProblem) -> Indices:
    """Order bridges by what they cost in a year."""
    order: Indices = np.argsort(_yearly_cost(problem.network.arrays, max(problem.space.intervals)), kind="stable")
    return order


def _yearly_cost(arrays: NetworkArrays, interval: int) -> Numbers:
    """Return what each bridge costs in a year: a repair of each curve at health 1 in its life, inspections."""
    of_curves = np.append(0.0, np.cumsum(arrays.repair_cost[:, -1] / arrays.service_life))
    cost: Numbers = np.diff(of_curves[arrays.curve_offsets]) + arrays.inspection_cost / interval
    return cost
