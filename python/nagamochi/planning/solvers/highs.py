"""Choose plans by the mixed-integer solver HiGHS, as a reference that shares nothing with our own search."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.planning.choice import Choice
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rows import Row
from nagamochi.planning.solver import Found
from nagamochi.planning.solvers.relaxation import certify, relax

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

YEN = 1e-6
"""HiGHS sees million yen, so that its tolerance of 1e-7 is a tenth of a yen."""
OPTIMAL, STOPPED, INFEASIBLE = 0, 1, 2  # of scipy.optimize.milp


@dataclass(frozen=True)
class Highs:
    """HiGHS, by way of SciPy: an independent reference for small networks, up to some hundred bridges.

    HiGHS works in floating point, so its own bound is no proof that anybody can check: it is given as what HiGHS
    claims, in the run. The certificate holds the bound of the relaxation, and the gap of the plan is the distance to
    that. Where HiGHS finds no plan that keeps the budgets, the plan is that of the relaxation. HiGHS does not see
    Ctrl-C: only its time limit ends it.

    Parameters
    ----------
    gap : float
        HiGHS ends when it claims that the plan costs at most this share more than the best.
    time_limit : float
        Seconds after which HiGHS ends with its best plan so far.

    Raises
    ------
    InvalidInput
        An option breaks its rule, or works of the network are decided already.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=24e6, solver=Highs())
    >>> plan.run.claim
    'optimal'
    """

    name: ClassVar[str] = "highs"

    gap: float = field(default=0.0, metadata={"help": "End when the plan is this close to the best, a share."})
    time_limit: float = field(
        default=60.0, metadata={"help": "Seconds after which the search ends with the best plan so far."}
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "gap", arguments.number("gap", self.gap, at_least=0))
        object.__setattr__(self, "time_limit", arguments.number("time_limit", self.time_limit, at_least=0))

    def solve(self, problem: PlanningProblem, execution: Execution) -> Found:
        """Choose a plan for every unit."""
        from scipy.optimize import milp  # SciPy's optimizers are slow to import

        if problem.network.decided is not None:
            rule = "must be relaxation or exact where works are decided: HiGHS is given plans without them"
            raise arguments.invalid("solver", rule, self.name)
        program = Program.of(problem, execution.threads)
        options = {"mip_rel_gap": self.gap, "time_limit": self.time_limit}
        result = milp(
            program.costs * YEN,
            constraints=program.constraints(),
            integrality=np.ones(len(program.costs)),
            bounds=(0, 1),
            options=options,
        )
        if result.x is None:
            claim = "no plan keeps the budgets" if result.status == INFEASIBLE else "no plan found in time"
            unhurried = Execution(execution.threads)  # HiGHS has used up the time
            nearest = relax(problem, unhurried, method="relaxation", gap=0.0, nodes=0)
            return replace(nearest, run=HighsRun(claim, None, 0))
        plans = program.plans(result.x)
        outcome = Outcome.of(problem, plans, execution.threads)
        certificate = certify(problem, plans, execution)
        certificate = replace(certificate, smallest_flat_budget=(0.0, float(outcome.total.max())))
        claim = "optimal" if result.status == OPTIMAL else "stopped by its time limit"
        bound = float(result.mip_dual_bound) / YEN
        return Found(plans, certificate, HighsRun(claim, bound, int(result.mip_node_count)))


@dataclass(frozen=True, eq=False)
class HighsRun:
    """What HiGHS claims.

    Attributes
    ----------
    claim : {"optimal", "stopped by its time limit", "no plan keeps the budgets", "no plan found in time"}
        How it ended. With the last two the plan is that of the relaxation.
    bound : float or None
        Yen: its lower bound of the cost, in floating point; nothing checks it.
    nodes : int
        Nodes of its search.
    """

    claim: str
    bound: float | None
    nodes: int

    @property
    def stopped(self) -> str:
        """Why it ended."""
        return "time limit" if "time" in self.claim else "search ended"

    @property
    def facts(self) -> dict[str, str]:
        """What a person should know about it."""
        bound = (
            "" if self.bound is None else f"; its bound is {self.bound:,.0f} yen, in floating point and not verified"
        )
        return {"search": f"HiGHS, {self.nodes:,} nodes: {self.claim}{bound}"}

    @property
    def record(self) -> dict[str, Any]:
        """What equal runs have in common."""
        return {"stopped": self.stopped, "claim": self.claim, "claimed_bound": self.bound, "nodes": self.nodes}

    @property
    def effort(self) -> dict[str, Any]:
        """Nothing but time differs between equal runs."""
        return {}

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """No tables."""
        return {}


@dataclass(frozen=True, eq=False)
class Program:
    """The choice as a mixed-integer program.

    Its variables, all 0 or 1: a plan for a unit; a timetable (interval and first year) for a bridge; and, if bridges
    share it, an interval.
    """

    problem: PlanningProblem
    units: Indices  # (n_pairs) unit and plan of each variable of the first kind
    unit_plans: Indices
    repairs: Numbers  # (n_pairs, horizon) yen
    lowest_health: Numbers  # (n_pairs)
    inspections: Numbers  # (n_bridges, n_timetables, horizon) yen

    @classmethod
    def of(cls, problem: PlanningProblem, threads: int) -> Program:
        """Evaluate all plans that come nearest to every minimum health."""
        choice = Choice.nearest(problem)
        layout, horizon, n_units = problem.layout, problem.horizon, problem.n_units
        slots, lowest_health = choice.evaluate(threads)
        yearly = np.empty((n_units, layout.plans, horizon))
        no_cost = np.zeros(n_units)
        _core.yearly_costs(layout=layout, inspection_cost=no_cost, slots=slots, yearly=yearly, threads=threads)
        allowed = np.ones((n_units, layout.plans), bool) if choice.allowed is None else choice.allowed
        units, unit_plans = np.nonzero(allowed)
        inspected = np.zeros((len(layout.intervals), len(layout.first_years), horizon))
        for i, interval in enumerate(layout.intervals):
            for f, first_year in enumerate(layout.first_years):
                inspected[i, f, first_year - 1 :: interval] = 1.0
        inspections = problem.network.arrays.inspection_cost[:, None, None] * inspected.reshape(-1, horizon)
        chosen = units, unit_plans
        return cls(problem, *chosen, yearly[chosen], lowest_health[chosen], inspections)

    @property
    def bridge_of_unit(self) -> Indices:
        """Index of the bridge of each unit."""
        offsets = self.problem.units.bridge_offsets
        return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))

    @property
    def n_intervals(self) -> int:
        """Variables of the last kind."""
        return 0 if self.problem.interval_per == "bridge" else len(self.problem.layout.intervals)

    @property
    def costs(self) -> Numbers:
        """Yen of each variable."""
        weights, additions = self.problem.weights, self.problem.additions
        added = 0.0 if additions is None else additions[self.units, self.unit_plans]
        return self._joined(self.repairs @ weights + added, self.inspections @ weights)

    def plans(self, chosen: Numbers) -> Indices:
        """Return the plan of each unit of a solution."""
        pairs = chosen[: len(self.units)] > 0.5
        plans = np.empty(self.problem.n_units, np.int64)
        plans[self.units[pairs]] = self.unit_plans[pairs]
        return plans

    def constraints(self) -> list[Any]:
        """Return one timetable for a bridge, one level for a unit in it, one interval for all, and the budgets."""
        from scipy import sparse
        from scipy.optimize import LinearConstraint

        layout = self.problem.layout
        n_bridges, n_timetables, _ = self.inspections.shape
        n_units, n_pairs = len(self.bridge_of_unit), len(self.units)
        lanes = layout.rules * len(layout.first_years)
        timetable = self.unit_plans // lanes * len(layout.first_years) + self.unit_plans % len(layout.first_years)
        of_plans = sparse.csr_array(
            (np.ones(n_pairs), (self.units * n_timetables + timetable, np.arange(n_pairs))),
            shape=(n_units * n_timetables, n_pairs),
        )
        of_unit = sparse.csr_array(
            (np.ones(n_units), (np.arange(n_units), self.bridge_of_unit)), shape=(n_units, n_bridges)
        )
        of_timetables = sparse.kron(of_unit, _identity(n_timetables))
        one_timetable = sparse.kron(_identity(n_bridges), np.ones((1, n_timetables)))
        no_intervals = sparse.csr_array((n_units * n_timetables, self.n_intervals))
        levels = sparse.hstack([of_plans, -of_timetables, no_intervals])
        choices = sparse.hstack(
            [sparse.csr_array((n_bridges, n_pairs)), one_timetable, sparse.csr_array((n_bridges, self.n_intervals))]
        )
        constraints = [LinearConstraint(levels.tocsr(), 0, 0), LinearConstraint(choices.tocsr(), 1, 1)]
        if self.n_intervals:
            of_interval = sparse.kron(_identity(self.n_intervals), np.ones((1, len(layout.first_years))))
            in_bridges = sparse.kron(_identity(n_bridges), of_interval)
            common = -sparse.kron(np.ones((n_bridges, 1)), _identity(self.n_intervals))
            shared = sparse.hstack([sparse.csr_array((in_bridges.shape[0], n_pairs)), in_bridges, common])
            constraints.append(LinearConstraint(shared.tocsr(), 0, 0))
        rows = self.problem.rows
        if rows:
            scales = np.array([YEN if row.health_below is None else 1.0 for row in rows])
            uses = sparse.csr_array(np.array([self._use(row) for row in rows]) * scales[:, None])
            constraints.append(LinearConstraint(uses, -np.inf, np.array([row.bound for row in rows]) * scales))
        return constraints

    def _use(self, row: Row) -> Numbers:
        """What each variable uses of a row."""
        of_plans, of_timetables = self.repairs @ row.years, self.inspections @ row.years
        if row.health_below is not None:
            of_plans = of_plans + (self.lowest_health < row.health_below)
        if row.bridges is not None:
            of_plans = of_plans * row.bridges[self.bridge_of_unit[self.units]]
            of_timetables = of_timetables * row.bridges[:, None]
        return self._joined(of_plans, of_timetables)

    def _joined(self, of_plans: Numbers, of_timetables: Numbers) -> Numbers:
        return np.concatenate([of_plans, of_timetables.ravel(), np.zeros(self.n_intervals)])


def _identity(n: int) -> Any:
    """Return a sparse identity matrix; SciPy before 1.12 has no eye_array."""
    from scipy import sparse

    return sparse.dia_array((np.ones((1, n)), 0), shape=(n, n))
