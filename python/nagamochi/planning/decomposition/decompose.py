"""Plan a network in parts: prices go out to the parts, whole numbers and good plans come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from math import ceil, inf, sqrt
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution, ProgressFunction, log
from nagamochi.base.executors import results_of
from nagamochi.errors import LostExecutor
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.choice import Amounts, rounded
from nagamochi.planning.decomposition.answers import (
    SUM_BITS,
    Answer,
    Kept,
    Question,
    Sample,
    answer_part,
    outcome_of_part,
    sample_part,
)
from nagamochi.planning.decomposition.checkpoint import Checkpoint, Incumbent, Point
from nagamochi.planning.decomposition.parts_plan import DECOMPOSITION, PartsPlan
from nagamochi.planning.decomposition.parts_problem import PartProblem, PartsProblem
from nagamochi.planning.rows import Row

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FEWEST_SAMPLED = 8000
SAMPLED_SHARE = 0.01
"""Bridges whose plans are all held together for first prices."""
SAMPLING_ERROR = 4e-3
"""Of the bound of a sample: intervals that are further from the best one wait."""
KEPT_TOGETHER = 2
"""Intervals of which plans are kept at the same time."""
MOST_ROUNDS = 6
"""Of one interval."""
SAMPLED_PRICES = 5.5
"""By how much prices of one bridge would be wrong; of many by the root of their number less."""
FEWEST_KEPT = 0.06
"""By how much dearer plans are kept at least: the fewer there are, the further from the bound is their best choice."""
MOST_KEPT = 10.0
MANY = 1500
"""Bridges of which all good plans are kept: fewer need more plans to choose from."""
LATEST = 2**31
"""A year beyond every horizon."""
MOST_MEMORY = 2**30
"""Bytes of parts that stay in memory once this process has read them, so that they are read only once."""
CLOSE = 1e-6
"""Share of the ratio of kept plans that is left to rounding errors."""


def decompose(
    problem: PartsProblem,
    executor: Executor | None = None,
    *,
    gap: float = 1e-6,
    threads: int = 0,
    progress: ProgressFunction | None = None,
    checkpoint: str | Path | None = None,
) -> PartsPlan:
    """Choose a plan for every bridge of a network in parts, with one part's plans in memory at a time.

    The answer of a part depends on the part and the prices alone, and answers are added up in the order of the parts:
    the plan has the same bits for every executor, any number of workers and any order of their work.

    First all plans of a sample of bridges give prices; then every part keeps the plans of each bridge that may be best
    near these prices, some five of 128 where bridges are many; from those come better prices, their bound and the plan.
    Where prices have moved so far that a plan that was not kept might be best, the parts are asked again.

    Parameters
    ----------
    problem : PartsProblem
        What is to be planned.
    executor : concurrent.futures.Executor, optional
        Where parts are read and evaluated: its workers must see the folder of the parts under the same path. By default
        in this process, one part after another.
    gap : float
        End when the plan is proven this close to the best, a share.
    threads : int
        Threads of this process; 0 stands for all cores allowed to it. The workers of an executor use one each.
    progress : callable, optional
        Called after each part with a `Progress`; returning False stops.
    checkpoint : path, optional
        File for the prices that were reached. A later call with the same problem starts from there and gives the same
        plan.

    Returns
    -------
    PartsPlan

    Raises
    ------
    InvalidInput
        An argument breaks its rule, or a bridge has no plan that keeps its closed years.
    CorruptFile
        A file of a part is missing or another one, or the checkpoint is damaged.
    LostExecutor
        The executor lost its workers or its scheduler.
    KeyboardInterrupt
        Ctrl-C was pressed, or ``progress`` stopped it.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> from nagamochi.network import split, write_parts
    >>> parts = write_parts(split(datasets.example_town(), 120), "town in parts")
    >>> plan = decompose(PartsProblem.of(parts, 250e6))
    >>> plan.feasible, plan.gap < 1e-3
    (True, True)
    """
    started = perf_counter()
    arguments.instance("problem", problem, PartsProblem)
    if executor is not None:
        arguments.instance("executor", executor, Executor)
    settings = _core.RelaxationSettings(gap=arguments.number("gap", gap, at_least=0))
    execution = Execution(threads, progress)
    file = None if checkpoint is None else Path(checkpoint)
    search = _Search(problem, executor, execution, settings, file)
    try:
        found = search.run()
        outcomes = tuple(search.each(outcome_of_part, search.plans_of_parts(found.plans), "written down"))
    except LostExecutor as error:
        if file is None or not file.exists():
            raise
        raise LostExecutor(f"{error}; {file} has what was reached: the same call goes on from there") from error
    return PartsPlan(
        problem=problem,
        plan_of_bridge=found.plans,
        outcomes=outcomes,
        certificate=search.certificate(found),
        feasible=found.overrun == 0,
        rounds=search.state.rounds,
        seconds=perf_counter() - started,
    )


@dataclass(eq=False)
class _Search:
    """One run of `decompose`."""

    problem: PartsProblem
    executor: Executor | None
    execution: Execution
    settings: _core.RelaxationSettings
    file: Path | None
    state: Checkpoint = field(init=False)

    def run(self) -> Incumbent:
        """Ask the parts until no interval can give a better plan."""
        saved = None if self.file is None else Checkpoint.read(self.file, self.problem)
        self.state = self._sample() if saved is None else saved
        while intervals := self._open_intervals():
            self._ask(intervals)
        if self.state.best is None or self.state.best.overrun:
            self._come_near()
        if self.state.best is None:
            raise arguments.invalid("parts", "must have plans of all bridges that keep closed years", "no such plans")
        return self.state.best

    @cached_property
    def parts(self) -> list[PartProblem]:
        """The parts; the first ones stay in memory where this process reads them."""
        memory = np.cumsum([part.memory for part in self.problem.parts.parts])
        stay = (memory <= MOST_MEMORY) & (self.executor is None)
        return [self.problem.part(number, stays=stays) for number, stays in enumerate(stay.tolist())]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows in the unit of the kernels."""
        amounts = self.state.amounts
        unit = amounts.unit(self.problem.shared.budget_rows)
        return tuple(row.in_yen_of(unit).rounded_in(amounts.number) for row in self.problem.shared.budget_rows)

    @property
    def unit(self) -> float:
        """Yen in which amounts count."""
        return self.state.amounts.unit(self.problem.shared.budget_rows)

    def each(self, call: Any, tasks: Sequence[tuple[object, ...]], done: str) -> Iterator[Any]:
        """Yield what a call gives for each part, with progress."""
        counts = self.problem.first_bridges
        for number, result in enumerate(results_of(self.executor, call, tasks, self.execution.threads), 1):
            if not self.execution.report(counts[number], counts[-1], f"{counts[number]:,} bridges {done}"):
                raise KeyboardInterrupt
            yield result

    def plans_of_parts(self, plans: Indices) -> list[tuple[object, ...]]:
        """Cut plans into parts, with their problems."""
        return list(zip(self.parts, self.problem.cut(plans), strict=True))

    def certificate(self, found: Incumbent) -> Certificate:
        """Say in yen what is proven."""
        shared = self.problem.shared
        bounds = [
            Bound(
                None if interval < 0 else shared.space.intervals[interval], proof.with_costs, proof.prices, proof.bound
            )
            for interval, proof in self.state.proofs.items()
        ]
        known = Certificate(
            method=DECOMPOSITION,
            rows=self.rows,
            bounds=tuple(bounds),
            smallest_flat_budget=(0.0, self._largest_budget(found)),
            residual=shared.residual,
            shortfall=shared.shortfall,
        )
        return known.in_yen_of(1 / self.unit)

    def _largest_budget(self, found: Incumbent) -> float:
        spent = found.spent / 2.0**_core.amount_bits + self.state.decided / self.unit
        if self.problem.shared.carry_over:
            spent = spent.cumsum() / np.arange(1, len(spent) + 1)
        return float(spent.max())

    def _sample(self) -> Checkpoint:
        """Take first prices from all plans of some bridges."""
        every = max(1, self.problem.n_bridges // max(FEWEST_SAMPLED, ceil(SAMPLED_SHARE * self.problem.n_bridges)))
        firsts = self.problem.first_bridges[:-1]
        tasks = [(part, (every // 2 - first) % every, every) for part, first in zip(self.parts, firsts, strict=True)]
        samples: list[Sample] = list(self.each(sample_part, tasks, "sampled"))
        amounts = Amounts(*(sum(of_parts) for of_parts in zip(*(sample.amounts for sample in samples), strict=True)))
        self.state = Checkpoint(amounts, np.sum([sample.decided for sample in samples], axis=0))
        settings = _core.RelaxationSettings(gap=self.settings.gap, candidates=0)
        result = _core.relax(problem=self._core_of(samples), settings=settings, threads=self.execution.threads)
        for proof in result.proofs:
            costs = proof.with_costs or proof.bound == _core.no_plan
            promised = float(proof.bound) if costs and proof.bound != _core.no_plan else inf
            self.state.points[proof.interval] = Point(proof.prices, costs, promised)
        self._save()
        return self.state

    def _core_of(self, samples: Sequence[Sample]) -> _core.RelaxationProblem:
        """Make the kernels' view of a sample, with its share of the budgets."""
        shared, unit = self.problem.shared, self.unit
        inspection_cost = np.concatenate([sample.inspection_cost for sample in samples]) / unit
        slots = np.concatenate([sample.slots for sample in samples]) / unit
        _core.round_amounts(yen=slots, threads=self.execution.threads)
        allowed = _together([sample.allowed for sample in samples], samples, shared.space.n_plans, True)
        additions = _together([sample.additions for sample in samples], samples, shared.space.n_plans, 0.0)
        count = len(inspection_cost)
        bounds = np.array([bound * count // self.problem.n_bridges for bound in self._bounds], np.int64)
        return _core.RelaxationProblem(
            layout=shared.layout,
            common_interval=shared.interval_per == "network",
            bridge_groups=np.arange(count + 1),
            class_of_bridge=np.zeros(count, np.int64),
            inspection_cost=rounded(inspection_cost, _core.amount_bits),
            slots=slots,
            weights=rounded(shared.weights, _core.price_bits),
            allowed=None if allowed is None else allowed.astype(np.uint8),
            additions=None if additions is None else rounded(additions / unit, _core.amount_bits),
            counts=np.empty((0, count, shared.space.n_plans)),
            members=np.ones((len(bounds), 1), np.uint8),
            coefficients=self._coefficients,
            bounds=bounds,
        )

    @property
    def _coefficients(self) -> Indices:
        rows = self.problem.shared.budget_rows
        return np.array([row.years for row in rows], np.int64).reshape(len(rows), self.problem.horizon)

    @cached_property
    def _bounds(self) -> list[int]:
        """What plans may use of each row besides what is decided, in the kernels' parts."""
        parts = np.rint(self.state.decided / self.unit * 2.0**_core.amount_bits).astype(np.int64)
        return [row.exact_bound - int(parts @ row.years) for row in self.rows]

    def _open_intervals(self) -> list[int]:
        """Return intervals that may give a better plan, the most promising first; a few at a time."""
        best, proofs = self.state.best, self.state.proofs
        enough = inf if best is None or best.overrun else best.cost / (1 + self.settings.gap)
        waiting = [
            (point.promised, interval)
            for interval, point in self.state.points.items()
            if not point.done
            and point.rounds < MOST_ROUNDS
            and (interval not in proofs or proofs[interval].least_cost < enough)
        ]
        waiting.sort()
        return [interval for promised, interval in waiting if promised <= waiting[0][0] * (1 + SAMPLING_ERROR)][
            :KEPT_TOGETHER
        ]

    def _ask(self, intervals: Sequence[int]) -> None:
        """Ask all parts about some intervals, in the first round for all bounds, and choose among what they keep."""
        points = self.state.points
        questions = []
        for interval, point in points.items():
            if not point.with_costs:
                questions.append(Question(interval, point.prices, False, None))
            if interval in intervals:
                questions.append(Question(interval, point.prices, True, self._ratio))
            elif not self.state.rounds:
                questions.append(Question(interval, point.prices, True, None))
        gathered = self._gather(questions)
        self.state.rounds += 1
        for interval in intervals:
            point, proof = points[interval], self.state.proofs[interval]
            kept = gathered.kept.pop(interval, None)
            if proof.infeasible or kept is None:
                points[interval] = replace(point, done=True)
                continue
            result = _core.choose_kept(
                problem=self._kept_problem(gathered, kept),
                start=point.prices,
                with_costs=True,
                settings=self.settings,
                threads=self.execution.threads,
            )
            self._take(interval, point, result)
        self._save()

    def _take(self, interval: int, point: Point, result: _core.KeptResult) -> None:
        """Take prices, bound and plans of an interval from what was kept at a point."""
        if result.interrupted:
            raise KeyboardInterrupt
        rounds = point.rounds + 1
        if result.no_plan:
            self.state.points[interval] = Point(
                _scaled_down(result.prices, self._coefficients), False, point.promised, rounds
            )
            return
        done = self._moved(point.prices, result.prices) <= self._ratio * (1 - CLOSE)
        if done:
            self.state.note(interval, result.prices, True, result.bound)
        self.state.points[interval] = Point(result.prices, True, float(result.bound), rounds, done)
        self.state.take(result)

    def _come_near(self) -> None:
        """Look for plans of little overrun, and for proofs that none keeps the budgets."""
        near: list[Question] = []
        for interval, point in self.state.points.items():
            if self.state.proofs[interval].bound is None:
                continue
            prices = _scaled_down(
                point.prices if point.prices.any() else np.ones(len(point.prices)), self._coefficients
            )
            gathered = self._gather([Question(interval, prices, False, self._ratio)])
            if interval not in gathered.kept:
                continue
            kept = self._kept_problem(gathered, gathered.kept[interval])
            result = _core.choose_kept(
                problem=kept, start=prices, with_costs=False, settings=self.settings, threads=self.execution.threads
            )
            if result.interrupted:
                raise KeyboardInterrupt
            self.state.take(result)
            self.state.rounds += 1
            near.append(Question(interval, result.prices, False, None))
        if near:
            self._gather(near)

    def _gather(self, questions: Sequence[Question]) -> _Gathered:
        """Ask all parts, add up what they answer in their order, and note the bounds."""
        tasks = [(part, self.state.amounts, questions) for part in self.parts]
        gathered = _Gathered(questions)
        for answer in self.each(answer_part, tasks, f"evaluated, round {self.state.rounds + 1}"):
            gathered.add(answer)
        for question, total in zip(questions, gathered.sums, strict=True):
            bound = None
            if total is not None:
                allowance = sum(
                    round(price * 2**_core.price_bits) * room
                    for price, room in zip(question.prices.tolist(), self._bounds, strict=True)
                )
                bound = (total - allowance) >> SUM_BITS
            self.state.note(question.interval, question.prices, question.with_costs, bound)
        return gathered

    def _kept_problem(self, gathered: _Gathered, kept: Sequence[Kept]) -> _core.KeptProblem:
        shared, last_year = self.problem.shared, gathered.last_year
        classes, class_of_bridge = (
            (None, np.zeros(self.problem.n_bridges, np.int64))
            if last_year is None
            else np.unique(last_year, return_inverse=True)
        )
        first = np.cumsum([0, *(len(part.plans) for part in kept)])
        offsets = [part.offsets[1:] + begin for part, begin in zip(kept, first.tolist(), strict=False)]
        additions = [part.additions for part in kept if part.additions is not None]
        if additions:
            additions = [np.zeros(len(part.plans)) if part.additions is None else part.additions for part in kept]
        return _core.KeptProblem(
            layout=shared.layout,
            class_of_bridge=class_of_bridge,
            inspection_cost=np.concatenate(gathered.inspection_cost),
            weights=rounded(shared.weights, _core.price_bits),
            coefficients=self._coefficients,
            bounds=np.array(self._bounds, np.int64),
            last_year=classes,
            offsets=np.concatenate([[0], *offsets]),
            plans=np.concatenate([part.plans for part in kept]),
            slots=np.concatenate([part.slots for part in kept]),
            additions=np.concatenate(additions) if additions else None,
        )

    @property
    def _ratio(self) -> float:
        """Up to how much dearer than the best of their bridge plans are kept."""
        sampled = max(FEWEST_SAMPLED, SAMPLED_SHARE * self.problem.n_bridges)
        return 1 + max(FEWEST_KEPT, SAMPLED_PRICES / sqrt(sampled), min(MOST_KEPT, MANY / self.problem.n_bridges))

    def _moved(self, old: Numbers, new: Numbers) -> float:
        """Return by what factor plans may have become dearer than others by new prices."""
        weights = rounded(self.problem.shared.weights, _core.price_bits)
        times = (weights + new @ self._coefficients) / (weights + old @ self._coefficients)
        return float(max(times.max(), 1.0) / min(times.min(), 1.0))

    def _save(self) -> None:
        if self.file is not None:
            self.state.write(self.file, self.problem)
            log.info("wrote prices to %s", self.file)


class _Gathered:
    """What all parts answered."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self.sums: list[int | None] = [0] * len(questions)
        self.kept: dict[int, list[Kept]] = {}
        self.inspection_cost: list[Numbers] = []
        self._last_years: list[Indices | None] = []

    def add(self, answer: Answer) -> None:
        """Add the answer of the next part."""
        self.inspection_cost.append(answer.inspection_cost)
        self._last_years.append(answer.last_year)
        for number, (question, total, kept) in enumerate(zip(self._questions, answer.sums, answer.kept, strict=True)):
            before = self.sums[number]
            self.sums[number] = None if before is None or total is None else before + total
            if kept is not None:
                self.kept.setdefault(question.interval, []).append(kept)
            elif question.ratio is not None:
                self.kept.pop(question.interval, None)

    @property
    def last_year(self) -> Indices | None:
        """Last year of inspections of each bridge; None for the horizon."""
        if all(years is None for years in self._last_years):
            return None
        counts = [len(costs) for costs in self.inspection_cost]
        return np.concatenate(
            [
                np.full(count, LATEST) if years is None else years
                for count, years in zip(counts, self._last_years, strict=True)
            ]
        )


def _together(
    tables: Sequence[npt.NDArray[Any] | None], samples: Sequence[Sample], width: int, usual: bool | float
) -> npt.NDArray[Any] | None:
    """Join tables of parts, of which those that have none mean what is usual; none if no part has one."""
    if all(table is None for table in tables):
        return None
    filled = [
        np.full((len(sample.slots), width), usual) if table is None else table
        for table, sample in zip(tables, samples, strict=True)
    ]
    return np.concatenate(filled)


def _scaled_down(prices: Numbers, coefficients: Indices) -> Numbers:
    """Return prices in proportion of which none counts a yen more than once."""
    scale = max(1.0, float((prices * coefficients.max(axis=1, initial=1)).max(initial=0.0)))
    whole: Numbers = np.floor(np.ldexp(prices / scale, _core.price_bits))
    return whole * 2.0**-_core.price_bits
