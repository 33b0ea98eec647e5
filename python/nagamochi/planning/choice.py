"""A choice of one plan for every unit within rows, as arrays: what relaxation and exact search see of a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log2
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.network import RepairGroups
from nagamochi.network.decided import Spending
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.rows import Row, classes_of_bridges

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEAST_SHARE = 2.0**15
"""Units per amount in the bound of a row: half a part of each is a quarter of the row's tolerance."""
LEAST_TOTAL = 2.0**20
"""Units in all costs together."""
LARGEST_UNITS = 2.0**46
"""Units that the kernels can add up: half of them, for amounts that are decided."""
SMALLEST_UNIT = 2.0**-900
"""Yen; what is far below it is nothing, and may be too small a number to divide."""


class Amounts(NamedTuple):
    """How much there is to add up in a problem; those of its parts add up to those of the whole."""

    total: float
    """Yen: an inspection of each bridge, each curve's dearest repair."""
    besides: float
    """Yen that count as cost besides, at most."""
    number: int
    """Of rounded amounts that a year can have: an inspection of each bridge, repairs of each unit."""

    @classmethod
    def of(cls, problem: PlanningProblem) -> Self:
        """Return those of a problem."""
        arrays = problem.network.arrays
        total = float(arrays.inspection_cost.sum() + arrays.repair_cost[:, -1].sum())
        decided = 0.0 if problem.decided_yen is None else float(problem.decided_yen.sum())
        besides = decided + problem.change_cost + (0.0 if problem.residual == "none" else total)
        if problem.shortfall_cost is not None:
            besides += float(problem.shortfall_cost.max(axis=1).sum())
        return cls(total, besides, problem.network.n_bridges + problem.n_units)

    def unit(self, rows: Sequence[Row]) -> float:
        """Return the yen in which amounts within rows count: a power of two, one unless they are very small or large.

        The kernels round every amount to a part of a unit. The unit is so small that the roundings of all amounts of a
        row together stay below its tolerance, and that all bridges cost a million units to restore; but so large that
        the kernels can add up what a row sums, and what counts as cost besides. Where both cannot be, rows allow for
        the rounding.
        """
        limits = [row for row in rows if row.health_below is None]
        if self.total + self.besides == 0:
            return 1.0
        shares = [row.bound / (self.number * int(row.years.sum())) for row in limits if row.bound > 0]
        least = min(1.0, self.total / LEAST_TOTAL, *(share / LEAST_SHARE for share in shares)) if self.total else 1.0
        most_years = max((int(row.years.sum()) for row in limits), default=1)
        largest = LARGEST_UNITS / max(self.total * most_years, self.besides, SMALLEST_UNIT)
        return 2.0 ** -min(ceil(-log2(max(least, SMALLEST_UNIT))), floor(log2(largest)))


@dataclass(frozen=True, eq=False)
class Choice:
    """What there is to choose from.

    Attributes
    ----------
    units : RepairGroups
        The units of a bridge share first year and interval; each has its own level and delay.
    layout : _core.PlanLayout
        The plans.
    inspection_cost : (n_bridges,) float64
        Yen per inspection.
    weights : (horizon,) float64
        Present value of one yen of each year.
    rows : sequence of Row
        What the chosen plans must keep.
    interval_per_bridge : bool
        Whether bridges may differ in their interval.
    allowed : (n_units, n_plans) bool or None
        Plans that may be chosen; None for all.
    additions : (n_units, n_plans) float64 or None
        Yen that count as cost but are not spent, at least 0.
    decided : Spending or None
        Yen that are spent whatever the plans.
    last_year : (n_bridges,) int64 or None
        Last year of inspections of each bridge; None for the horizon.
    unit : float
        Yen in which all amounts of the choice count, a power of two.
    scatter : RatingScatter or None
        How ratings scatter: repairs then cost what is expected.
    """

    units: RepairGroups
    layout: _core.PlanLayout
    inspection_cost: Numbers
    weights: Numbers
    rows: Sequence[Row]
    interval_per_bridge: bool = False
    allowed: Mask | None = None
    additions: Numbers | None = None
    decided: Spending | None = None
    last_year: Indices | None = None
    unit: float = 1.0
    scatter: RatingScatter | None = None

    @classmethod
    def of(cls, problem: PlanningProblem, amounts: Amounts | None = None) -> Self:
        """Take what inspects when it is due and keeps every closed year and every minimum health of a problem.

        Of a part of a network, `amounts` are those of the whole.
        """
        if amounts is None:
            amounts = Amounts.of(problem)
        unit, decided = amounts.unit(problem.rows), problem.network.decided
        return cls(
            units=problem.units,
            layout=problem.layout,
            inspection_cost=problem.network.arrays.inspection_cost / unit,
            weights=problem.weights,
            rows=[row.in_yen_of(unit).rounded_in(amounts.number) for row in problem.rows],
            interval_per_bridge=problem.interval_per == "bridge",
            allowed=_keeping(problem.deficits),
            additions=None if problem.additions is None else problem.additions / unit,
            decided=None if decided is None else decided.spending._replace(yen=decided.spending.yen / unit),
            last_year=None if decided is None else decided.years.last_year,
            unit=unit,
            scatter=problem.scatter,
        )

    @classmethod
    def nearest(cls, problem: PlanningProblem) -> Self:
        """Take what is inspected when due, has fewest repairs in closed years, then comes nearest to minimum health."""
        choice = cls.of(problem)
        allowed = None
        for deficit in problem.deficits:
            allowed = least_deficit(deficit if allowed is None else np.where(allowed, deficit, np.inf), choice)
        return replace(choice, allowed=allowed)

    def use_decided(self, row: Row) -> int:
        """Return what decided works and removals use of a row, in the kernel's unit."""
        if self.decided is None:
            return 0
        bridge, year, yen = self.decided
        parts = np.rint(yen * 2.0**_core.amount_bits).astype(np.int64) * row.years[year - 1]
        return int((parts if row.bridges is None else parts[row.bridges[bridge]]).sum())

    def core(self, threads: int, simd: _core.Simd | None = None) -> _core.RelaxationProblem:
        """Evaluate all plans and make the kernels' view of the choice."""
        slots, lowest_health = self.evaluate(threads, simd)
        if self.unit != 1:
            slots /= self.unit
        _core.round_amounts(yen=slots, threads=threads)
        return self.problem(slots, lowest_health)

    def problem(self, slots: Numbers | None = None, lowest_health: Numbers | None = None) -> _core.RelaxationProblem:
        """Make the kernels' view of the choice, with all plans or for a kernel that evaluates them itself."""
        n_units, horizon = len(self.units.offsets) - 1, len(self.weights)
        class_of_bridge, members, last_year = self.classes()
        counting = [(number, row) for number, row in enumerate(self.rows) if row.health_below is not None]
        coefficients = np.zeros((len(self.rows), horizon + len(counting)), np.int64)
        for number, row in enumerate(self.rows):
            coefficients[number, :horizon] = row.years
        for k, (number, _) in enumerate(counting):
            coefficients[number, horizon + k] = 1
        return _core.RelaxationProblem(
            layout=self.layout,
            common_interval=not self.interval_per_bridge,
            bridge_groups=self.units.bridge_offsets,
            class_of_bridge=class_of_bridge,
            inspection_cost=rounded(self.inspection_cost, _core.amount_bits),
            slots=slots,
            weights=rounded(self.weights, _core.price_bits),
            allowed=None if self.allowed is None else np.ascontiguousarray(self.allowed, np.uint8),
            additions=self.counted_additions(),
            counts=np.array(
                [row.counts(lowest_health) for _, row in counting if lowest_health is not None], np.float64
            ).reshape(len(counting), n_units, self.layout.plans),
            members=members,
            coefficients=coefficients,
            bounds=np.array([row.exact_bound - self.use_decided(row) for row in self.rows], np.int64),
            last_year=last_year,
        )

    def evaluate(self, threads: int, simd: _core.Simd | None = None) -> tuple[Numbers, Numbers]:
        """Evaluate all plans: what repairs cost by slot, yen, and lowest health, which is that of certain ratings."""
        n_units = len(self.units.offsets) - 1
        slots = np.empty((n_units, self.layout.group_slots))
        lowest_health = np.empty((n_units, self.layout.plans))
        _core.evaluate_all_plans(
            network=self.units.core,
            layout=self.layout,
            slots=slots,
            lowest_health=lowest_health,
            simd=_core.widest_simd() if simd is None else simd,
            threads=threads,
        )
        if self.scatter is not None:
            slots, _ = self.scatter.expected_costs(self.units, self.layout, threads, simd)
        return slots, lowest_health

    def classes(self) -> tuple[Indices, npt.NDArray[np.uint8], Indices | None]:
        """Group bridges that are in the same rows and are inspected until the same year."""
        class_of_bridge, members = classes_of_bridges(self.rows, len(self.inspection_cost))
        if self.last_year is None:
            return class_of_bridge, members, None
        pairs, classes = np.unique(np.stack([class_of_bridge, self.last_year]), axis=1, return_inverse=True)
        return classes.ravel(), np.ascontiguousarray(members[:, pairs[0]]), np.ascontiguousarray(pairs[1])

    def counted_additions(self) -> Numbers | None:
        """Return yen that count as cost besides inspections and repairs: what is decided is no row's to pay again."""
        additions = None if self.additions is None else rounded(self.additions, _core.amount_bits)
        if self.decided is None:
            return additions
        if additions is None:
            additions = np.zeros((self.units.bridge_offsets[-1], self.layout.plans))
        bridge, year, yen = self.decided
        worth = yen * rounded(self.weights, _core.price_bits)[year - 1]
        cost = np.bincount(bridge, worth, len(self.inspection_cost)).astype(np.float64)
        whole = np.floor(cost * 2.0**_core.amount_bits) * 2.0**-_core.amount_bits
        additions[self.units.bridge_offsets[:-1]] += whole[:, None]
        return additions


def _keeping(deficits: Sequence[Numbers]) -> Mask | None:
    """Return the plans without any deficit; None where no deficit is asked for."""
    masks = [deficit == 0 for deficit in deficits]
    return np.logical_and.reduce(masks) if masks else None


def least_deficit(health_deficit: Numbers, choice: Choice) -> Mask:
    """Return the plans whose deficits, summed over units, can be the least, (n_units, n_plans)."""
    layout = choice.layout
    shape = (-1, len(layout.intervals), layout.rules, len(layout.first_years))
    deficits = health_deficit.reshape(shape)
    of_units = deficits.min(axis=2)  # unit, interval, first year
    of_bridges = np.add.reduceat(of_units, choice.units.bridge_offsets[:-1])
    least = of_bridges.min(axis=(1, 2) if choice.interval_per_bridge else 2, keepdims=True)
    kept = of_bridges <= least * (1 + 1e-9)
    if not choice.interval_per_bridge:
        of_intervals = least.sum(axis=0)
        kept &= of_intervals <= of_intervals.min() * (1 + 1e-9)
    bridge_of_unit = np.repeat(np.arange(len(kept)), np.diff(choice.units.bridge_offsets))
    allowed: Mask = kept[bridge_of_unit][:, :, None, :] & (deficits <= of_units[:, :, None, :] * (1 + 1e-9))
    return allowed.reshape(health_deficit.shape)


def rounded(values: Numbers, bits: int) -> Numbers:
    """Round to multiples of ``2**-bits``, so that sums can be exact."""
    return np.ascontiguousarray(np.rint(np.ldexp(values, bits)) * 2.0**-bits)
