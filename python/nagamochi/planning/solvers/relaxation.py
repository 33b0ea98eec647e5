"""Choose plans by Lagrangian relaxation: prices of the rows give a lower bound, and plans near it keep the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base.arguments import number, whole_number
from nagamochi.network.network import RepairGroups
from nagamochi.planning.certificate import Bound, Certificate
from nagamochi.planning.rows import Row, classes_of_bridges

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Progress = Callable[[_core.RelaxationProgress], object]


@dataclass(frozen=True)
class Relaxation:
    """Options of the relaxation.

    Parameters
    ----------
    gap : float
        The search ends when the plan costs at most this share more than the lower bound.
    passes : int
        Looks at all plans, at most, while prices of one interval are sought.
    candidates : int
        Plans of least reduced cost that are tried in order to keep the rows.
    """

    gap: float = 1e-5
    passes: int = 150
    candidates: int = 30_000
    nodes: int = 0

    def __post_init__(self) -> None:
        number("gap", self.gap, at_least=0)
        whole_number("passes", self.passes, at_least=1)
        whole_number("candidates", self.candidates, at_least=1)

    @property
    def core(self) -> _core.RelaxationSettings:
        """The options as the kernel takes them."""
        return _core.RelaxationSettings(gap=self.gap, passes=self.passes, candidates=self.candidates, nodes=self.nodes)


@dataclass(frozen=True, eq=False)
class Choice:
    """What there is to choose from, as arrays.

    Attributes
    ----------
    groups : RepairGroups
        The groups of a bridge share first year and interval; each has its own level.
    layout : _core.PlanSpace
        The plans.
    inspection_cost : (n_bridges,) float64
        Yen per inspection.
    weights : (horizon,) float64
        Present value of one yen of each year.
    rows : sequence of Row
        What the chosen plans must keep.
    interval_per_bridge : bool
        Whether bridges may differ in their interval.
    allowed : (n_groups, n_plans) bool or None
        Plans that may be chosen; None for all.
    additions : (n_groups, n_plans) float64 or None
        Yen that count as cost but are not spent, at least 0.
    """

    groups: RepairGroups
    layout: _core.PlanSpace
    inspection_cost: Numbers
    weights: Numbers
    rows: Sequence[Row]
    interval_per_bridge: bool = False
    allowed: Mask | None = None
    additions: Numbers | None = None

    def core(self, threads: int, simd: _core.Simd | None = None) -> _core.RelaxationProblem:
        """Evaluate all plans and make the kernel's view of the problem."""
        n_groups = len(self.groups.offsets) - 1
        slots = np.empty((n_groups, self.layout.group_slots))
        lowest_health = np.empty((n_groups, self.layout.plans))
        _core.evaluate_all_plans(
            network=self.groups.core,
            space=self.layout,
            slots=slots,
            lowest_health=lowest_health,
            simd=_core.widest_simd() if simd is None else simd,
            threads=threads,
        )
        _core.round_amounts(yen=slots, threads=threads)
        class_of_bridge, members = classes_of_bridges(self.rows, len(self.inspection_cost))
        counted = [row for row in self.rows if row.health_below is not None]
        coefficients = np.zeros((len(self.rows), len(self.weights) + len(counted)), np.int64)
        for i, row in enumerate(self.rows):
            coefficients[i, : len(self.weights)] = row.years
        for k, row in enumerate(counted):
            coefficients[self.rows.index(row), len(self.weights) + k] = 1
        return _core.RelaxationProblem(
            layout=self.layout,
            common_interval=not self.interval_per_bridge,
            bridge_groups=self.groups.bridge_offsets,
            class_of_bridge=class_of_bridge,
            inspection_cost=rounded(self.inspection_cost, _core.amount_bits),
            slots=slots,
            weights=rounded(self.weights, _core.price_bits),
            allowed=None if self.allowed is None else np.ascontiguousarray(self.allowed, np.uint8),
            additions=None if self.additions is None else rounded(self.additions, _core.amount_bits),
            counts=np.array([lowest_health < row.health_below for row in counted], np.float64),
            members=members,
            coefficients=coefficients,
            bounds=np.array([row.exact_bound for row in self.rows], np.int64),
        )


@dataclass(frozen=True, eq=False)
class Found:
    """The chosen plan of each repair group, (n_groups,), and what is proved about it."""

    plan_of_group: Indices
    certificate: Certificate


def solve(choice: Choice, options: Relaxation, *, threads: int = 1, progress: Progress | None = None) -> Found:
    """Choose the plans of least cost that keep the rows, or come near.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed before the plans were evaluated; later it ends the search with the best plan so far.
    """
    result = _core.relax(problem=choice.core(threads), settings=options.core, threads=threads, progress=progress)
    return Found(result.plans, certificate_of(choice, result))


def certificate_of(choice: Choice, result: _core.RelaxationResult) -> Certificate:
    """Say in yen what a result proves."""
    intervals = choice.layout.intervals
    return Certificate(
        method="relaxation",
        cost=result.cost,
        rows=tuple(choice.rows),
        use=result.use / 2.0**_core.amount_bits,
        bounds=tuple(
            Bound(
                interval=None if proof.interval < 0 else intervals[proof.interval],
                of_cost=proof.with_costs,
                prices=proof.prices,
                yen=None if proof.bound == _core.no_plan else proof.bound,
            )
            for proof in result.proofs
        ),
        complete=result.complete,
        interrupted=result.interrupted,
    )


def rounded(values: Numbers, bits: int) -> Numbers:
    """Round to multiples of ``2**-bits``, so that sums can be exact."""
    return np.ascontiguousarray(np.rint(np.ldexp(values, bits)) * 2.0**-bits)
