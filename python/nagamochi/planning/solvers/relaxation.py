"""Choose plans by Lagrangian relaxation: prices of the rows give a lower bound, and plans near it keep the rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.choice import Choice
from nagamochi.planning.derived_rows import DerivedBound, DerivedRow
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rows import carry_over_rows, yearly_rows
from nagamochi.planning.solver import Found
from nagamochi.planning.solvers.parts import fit_parts

Indices = npt.NDArray[np.int64]

FEW_BRIDGES = 100
NODES_FOR_FEW = 100_000
"""So many steps of a search often prove the best plan of few bridges, in milliseconds."""


@dataclass(frozen=True)
class Relaxation:
    """Lagrangian relaxation: a plan near the best possible one, with the proof of how near.

    A price for every year's yen turns the problem into one small problem per bridge, whose sum is a lower bound of the
    cost of every plan within the budgets. Prices that make the bound large are found by Newton steps on a smoothed
    bound; plans of small reduced cost are then fitted into the budgets. Where nothing fits, the plan is one of little
    overrun. Of up to a hundred bridges, a short search then often proves the best plan. The bound is computed in whole
    numbers. The plan does not depend on the number of threads.

    Parameters
    ----------
    gap : float
        The search ends when the plan costs at most this share more than the bound.
    time_limit : float, optional
        Seconds after which the search ends with the best plan so far.

    Raises
    ------
    InvalidInput
        An option breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=24e6, solver=Relaxation())
    >>> plan.feasible, plan.gap < 0.01
    (True, True)
    """

    name: ClassVar[str] = "relaxation"

    gap: float = field(default=1e-6, metadata={"help": "End when the plan is proven this close to the best, a share."})
    time_limit: float | None = field(
        default=None, metadata={"help": "Seconds after which the search ends with the best plan so far."}
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "gap", arguments.number("gap", self.gap, at_least=0))
        if self.time_limit is not None:
            object.__setattr__(self, "time_limit", arguments.number("time_limit", self.time_limit, at_least=0))

    def solve(self, problem: PlanningProblem, execution: Execution, start: Indices | None = None) -> Found:
        """Choose a plan for every unit.

        Parameters
        ----------
        problem : PlanningProblem
            What is to be planned.
        execution : Execution
            Threads, progress and time.
        start : (n_units,) int64, optional
            Plans that the problem allows. The plan that is found overruns rows no more, and if equally costs no more.

        Raises
        ------
        KeyboardInterrupt
            Ctrl-C was pressed while the plans were evaluated; later it ends the search with the best plan so far.
        """
        nodes = NODES_FOR_FEW if problem.network.n_bridges <= FEW_BRIDGES else 0
        return relax(problem, execution, method=self.name, gap=self.gap, nodes=nodes, start=start)


@dataclass(frozen=True, eq=False)
class RelaxationRun:
    """How a relaxation came to its plan.

    Attributes
    ----------
    stopped : {"gap", "search ended", "interrupted", "progress", "time limit"}
        Why it ended: the gap was reached, nothing was left to try, or it was told to stop.
    passes : int
        How often all plans of an interval were priced.
    nodes : int
        Steps of the search that excludes all other plans.
    """

    stopped: str
    passes: int
    nodes: int

    @property
    def facts(self) -> dict[str, str]:
        """What a person should know about it."""
        steps = f", {self.nodes:,} search steps" if self.nodes else ""
        return {"search": f"{self.passes:,} passes over all plans{steps}; {self.stopped}"}

    @property
    def record(self) -> dict[str, Any]:
        """What equal runs have in common."""
        return {"stopped": self.stopped, "passes": self.passes, "nodes": self.nodes}

    @property
    def effort(self) -> dict[str, Any]:
        """Nothing but time differs between equal runs."""
        return {}

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """No tables."""
        return {}


def relax(
    problem: PlanningProblem,
    execution: Execution,
    *,
    method: str,
    gap: float,
    nodes: int,
    start: Indices | None = None,
) -> Found:
    """Run the relaxation kernel; where no plan keeps closed years and minimum health, on those that come nearest.

    Levels per member are searched again from the plan with one level per bridge, unless that is known to be dearer.
    """
    choice = Choice.nearest(problem)
    settings = _core.RelaxationSettings(gap=gap, nodes=nodes)
    found, result = _search(problem, choice, settings, execution, method)
    if start is not None and problem.allows(start):
        found = _no_worse_than(start, found, problem, choice, settings, execution)
    proven = result.complete and not result.overrun
    if problem.level_per != "bridge" and not proven and found.run.stopped in ("gap", "search ended"):
        whole = replace(problem, level_per="bridge", former_plan=None, change_cost=0.0)
        if not _is_dearer(whole, result, choice.unit, execution):
            of_bridge = relax(whole, execution, method=method, gap=gap, nodes=nodes).plan_of_unit
            plans = np.repeat(of_bridge, np.diff(problem.units.bridge_offsets))
            if problem.allows(plans):
                found = _no_worse_than(plans, found, problem, choice, settings, execution)
    return found


def _search(
    problem: PlanningProblem,
    choice: Choice,
    settings: _core.RelaxationSettings,
    execution: Execution,
    method: str,
) -> tuple[Found, _core.RelaxationResult]:
    """Search; where no plan is found that keeps the budget, again from one that keeps a smaller one."""
    result = _core.relax(
        problem=choice.core(execution.threads),
        settings=settings,
        threads=execution.threads,
        progress=lambda record: _report(record, choice, execution),
    )
    gap = settings.gap
    certificate = _about(problem, choice, certificate_of(choice, result, method, problem.carry_over))
    plans = result.plans
    if not problem.allows(result.plans):
        certificate = _no_plan(certificate)
    elif (better := _by_parts(problem, choice, certificate, result, gap, execution)) is not None:
        plans, outcome = better
        certificate = replace(_in_yen(certificate, choice), smallest_flat_budget=(0.0, outcome.total.max().item()))
        run = RelaxationRun(execution.stopped or "search ended", result.passes, result.nodes)
        return Found(plans, certificate, run), result
    elif result.overrun and not result.interrupted and _has_flat_budget(problem, choice, settings, execution):
        certificate, smaller = _with_flat_budget(certificate, problem, choice, result, settings, execution)
        if smaller is not None:
            return _from_plans(problem, choice, smaller, settings, execution, method), result
    elif not _keeps_network_rows(problem, choice, result):
        certificate = replace(certificate, smallest_flat_budget=(0.0, inf))
    reached = result.overrun == 0 and certificate.gap(result.cost) <= gap
    certificate = _in_yen(certificate, choice)
    stopped = execution.stopped or ("interrupted" if result.interrupted else "gap" if reached else "search ended")
    return Found(plans, certificate, RelaxationRun(stopped, result.passes, result.nodes)), result


def _is_dearer(whole: PlanningProblem, result: _core.RelaxationResult, unit: float, execution: Execution) -> bool:
    """Return whether one level per bridge costs more than a result: each member pays its access, or a bound says so."""
    if whole.network.arrays.access_cost is not None:
        return True
    choice, threads = Choice.nearest(whole), execution.threads
    if result.overrun or choice.unit != unit:
        return False
    core = choice.core(threads)
    settings = _core.RelaxationSettings(candidates=0)
    at_prices = (
        _core.lower_bound(problem=core, interval=proof.interval, prices=proof.prices, with_costs=True, threads=threads)
        for proof in result.proofs
        if proof.with_costs
    )
    if all(bound >= result.cost for bound in at_prices):
        return True
    proofs = _core.relax(problem=core, settings=settings, threads=threads).proofs
    return all(proof.bound >= result.cost for proof in proofs if proof.with_costs)


def _no_worse_than(
    plans: Indices,
    found: Found,
    problem: PlanningProblem,
    choice: Choice,
    settings: _core.RelaxationSettings,
    execution: Execution,
) -> Found:
    """Search again from plans that overrun rows less than those found, or equally and cost less."""

    def overrun_and_cost(chosen: Indices) -> tuple[float, float]:
        outcome = Outcome.of(problem, chosen, execution.threads)
        return 0.0 if outcome.keeps_rows else outcome.overrun, outcome.cost + problem.added_cost(chosen)

    if overrun_and_cost(plans) >= overrun_and_cost(found.plan_of_unit):
        return found
    again = _from_plans(problem, choice, plans, settings, execution, found.certificate.method)
    flat = found.certificate.smallest_flat_budget, again.certificate.smallest_flat_budget
    known = replace(
        again.certificate,
        smallest_flat_budget=(flat[0][0], min(flat[0][1], flat[1][1])),
        flat_bounds=found.certificate.flat_bounds,
    )
    return replace(again, certificate=known)


def certify(problem: PlanningProblem, plan_of_unit: Indices, execution: Execution) -> Certificate:
    """Bound the cost of every plan of a problem, without a search for one better than a given plan."""
    choice = Choice.of(problem)
    result = _core.relax(
        problem=choice.core(execution.threads),
        settings=_core.RelaxationSettings(candidates=0),
        threads=execution.threads,
        start=plan_of_unit if problem.allows(plan_of_unit) else None,
    )
    certificate = _about(problem, choice, certificate_of(choice, result, "relaxation", problem.carry_over))
    return replace(_in_yen(certificate, choice), smallest_flat_budget=(0.0, inf))


def _in_yen(certificate: Certificate, choice: Choice) -> Certificate:
    """Count in yen what the kernels count in the choice's unit."""
    return certificate.in_yen_of(1 / choice.unit)


def certificate_of(
    choice: Choice, result: _core.RelaxationResult, method: str, carry_over: bool = False
) -> Certificate:
    """Say in yen what a result proves."""
    searched = None
    if result.complete:
        searched = float(result.cost) if result.overrun == 0 else inf
    largest = inf
    if len(result.plans):
        spent = result.spent / 2**_core.amount_bits
        if choice.decided is not None:
            spent += np.bincount(choice.decided.year - 1, choice.decided.yen, len(spent))
        largest = float((spent.cumsum() / np.arange(1, len(spent) + 1) if carry_over else spent).max())
    return Certificate(
        method=method,
        rows=tuple(choice.rows),
        bounds=tuple(_bound(choice.layout, proof) for proof in result.proofs),
        searched=searched,
        smallest_flat_budget=(0.0, largest),
        derived_bounds=tuple(_derived_bound(choice.layout, proof) for proof in result.derived),
    )


def _about(problem: PlanningProblem, choice: Choice, certificate: Certificate) -> Certificate:
    """Say what counts as cost besides yen that are spent."""
    return replace(
        certificate,
        change_cost=problem.change_cost / choice.unit,
        residual=problem.residual,
        shortfall=problem.shortfall,
    )


def _bound(layout: _core.PlanLayout, proof: _core.BoundProof) -> Bound:
    return Bound(
        interval=None if proof.interval < 0 else layout.intervals[proof.interval],
        of_cost=proof.with_costs,
        prices=proof.prices,
        yen=None if proof.bound == _core.no_plan else proof.bound,
    )


def _derived_bound(layout: _core.PlanLayout, proof: _core.DerivedProof) -> DerivedBound:
    rows = (
        DerivedRow(price, plans=np.stack([row.groups, row.plans], axis=1))
        if len(row.groups)
        else DerivedRow(price, row.row, row.parts)
        for row, price in zip(proof.derived, proof.derived_prices.tolist(), strict=True)
        if price
    )
    interval = None if proof.interval < 0 else layout.intervals[proof.interval]
    return DerivedBound(interval, proof.prices, tuple(rows), proof.bound)


def _no_plan(certificate: Certificate) -> Certificate:
    """Say that in every interval a bridge has no plan that keeps its closed years and its minimum health."""
    bounds = tuple(replace(bound, of_cost=True, prices=0 * bound.prices, yen=None) for bound in certificate.bounds)
    return replace(certificate, bounds=bounds, derived_bounds=(), searched=None, smallest_flat_budget=(0.0, inf))


def _by_parts(
    problem: PlanningProblem,
    choice: Choice,
    certificate: Certificate,
    result: _core.RelaxationResult,
    gap: float,
    execution: Execution,
) -> tuple[Indices, Outcome] | None:
    """Look for better plans part by part where the search left a gap; only rows of some bridges make parts."""
    cost = inf if result.overrun else float(result.cost)
    close = certificate.proven_infeasible or (cost < inf and certificate.gap(cost) <= gap)
    if result.interrupted or close or all(row.bridges is None for row in choice.rows):
        return None
    return fit_parts(problem, choice, certificate, cost, gap, execution)


def _keeps_network_rows(problem: PlanningProblem, choice: Choice, result: _core.RelaxationResult) -> bool:
    rows = choice.rows[len(problem.budget_rows) :]
    use = result.use[len(problem.budget_rows) :].tolist()
    return all(used + choice.use_decided(row) <= row.exact_bound for row, used in zip(rows, use, strict=True))


def _has_flat_budget(
    problem: PlanningProblem, choice: Choice, settings: _core.RelaxationSettings, execution: Execution
) -> bool:
    """Return whether a flat budget may do: a plan must keep the network's rows."""
    if not problem.budget_rows:
        return False
    if not problem.network_rows:
        return True
    without_budget = replace(choice, rows=choice.rows[len(problem.budget_rows) :]).core(execution.threads)
    return _core.relax(problem=without_budget, settings=settings, threads=execution.threads).overrun == 0


def _with_flat_budget(
    certificate: Certificate,
    problem: PlanningProblem,
    choice: Choice,
    result: _core.RelaxationResult,
    settings: _core.RelaxationSettings,
    execution: Execution,
) -> tuple[Certificate, Indices | None]:
    """Add the smallest budget that would do if it were the same in every year; return plans that keep a smaller one."""
    of_network = choice.rows[len(problem.budget_rows) :]
    budgets = (carry_over_rows if problem.carry_over else yearly_rows)(np.zeros(problem.horizon))
    flat = replace(choice, rows=[*budgets, *of_network])
    found = _core.smallest_flat_budget(
        problem=flat.core(execution.threads),
        times=np.array([int(row.years.sum()) for row in budgets] + [0] * len(of_network), np.int64),
        decided=np.array([flat.use_decided(row) for row in flat.rows], np.int64),
        settings=settings,
        threads=execution.threads,
    )
    of_plan = certificate.smallest_flat_budget[1] if _keeps_network_rows(problem, choice, result) else inf
    proofs = (replace(_bound(flat.layout, proof), yen=proof.bound >> _core.amount_bits) for proof in found.proofs)
    smaller = None
    of_budget = choice.rows[: len(problem.budget_rows)]
    if len(found.plans) and all(found.enough * int(row.years.sum()) <= row.exact_bound for row in of_budget):
        smaller = found.plans
    with_budget = replace(
        certificate,
        smallest_flat_budget=(
            float(found.lowest >> _core.amount_bits),
            min(found.enough / 2**_core.amount_bits if len(found.plans) else inf, of_plan),
        ),
        flat_bounds=tuple(proofs),
    )
    return with_budget, smaller


def _from_plans(
    problem: PlanningProblem,
    choice: Choice,
    plans: Indices,
    settings: _core.RelaxationSettings,
    execution: Execution,
    method: str,
) -> Found:
    """Search again from plans."""
    result = _core.relax(
        problem=choice.core(execution.threads),
        settings=settings,
        threads=execution.threads,
        progress=lambda record: _report(record, choice, execution),
        start=plans,
    )
    certificate = _about(problem, choice, certificate_of(choice, result, method, problem.carry_over))
    stopped = execution.stopped or ("interrupted" if result.interrupted else "search ended")
    return Found(result.plans, _in_yen(certificate, choice), RelaxationRun(stopped, result.passes, result.nodes))


def _report(record: _core.RelaxationProgress, choice: Choice, execution: Execution) -> bool:
    million = 1e6 / choice.unit
    counts = "costs" if choice.additions is None else "counts"
    bound = (
        f"no feasible plan {counts} less than {record.bound / million:,.1f} million yen"
        if record.bound < inf
        else "no plan keeps every limit"
    )
    plan = "" if record.cost == inf else f"; the best so far {counts} {record.cost / million:,.1f}"
    over = f", {record.overrun / million:,.1f} over its rows" if 0 < record.overrun < inf else ""
    return execution.report(record.passes, text=f"{bound}{plan}{over}")
