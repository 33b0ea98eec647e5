"""What the plans of bridges cost, and how low they let health fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network, NetworkArrays, RepairGroups
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

UNITS_PER_BLOCK = 512


@dataclass(frozen=True, eq=False, repr=False)
class PlanCosts:
    """Costs and lowest health of all plans of all bridges, or of a list of (bridge, plan) pairs.

    Parameters
    ----------
    lcc : numpy.ndarray
        ``(n_bridges, n_plans)`` or ``(n_pairs,)``: present value in year 0 of all inspections and repairs in years 1 to
        ``horizon``, and of works and a removal that are decided, yen.
    lowest_health : numpy.ndarray
        The same shape: least health of any curve of the bridge in these years, 5 to 1.
    network : Network
        The bridges.
    space : PlanSpace
        The plans.
    horizon : int
        Years.
    discount_rate : float
        Per year; a cost in year t counts ``exp(-discount_rate * t)``.
    pairs : numpy.ndarray or None
        ``(n_pairs, 2)``: index of bridge and plan; None stands for all plans of all bridges.
    """

    lcc: Numbers
    lowest_health: Numbers
    network: Network
    space: PlanSpace
    horizon: int
    discount_rate: float
    pairs: Indices | None = None

    def yearly(self, bridge: int, plan: int) -> Numbers:
        """Spread the costs of one plan of one bridge over the years.

        Parameters
        ----------
        bridge, plan : int
            Index of the bridge in the network and of the plan in the space.

        Returns
        -------
        numpy.ndarray
            ``(horizon,)``: inspection, repair and decided works in years 1, 2, .., yen, not discounted.
        """
        _checked_pairs([(bridge, plan)], self.network, self.space)
        offsets = self.network.arrays.curve_offsets[bridge : bridge + 2]
        layout = self.space.core(self.horizon)
        slots, years = np.empty((1, layout.group_slots)), np.empty((1, layout.plans, self.horizon))
        _core.evaluate_all_plans(
            network=self.network.arrays.core(offsets),
            layout=layout,
            slots=slots,
            lowest_health=np.empty((1, layout.plans)),
            simd=_core.widest_simd(),
            threads=1,
        )
        inspection_cost = self.network.arrays.inspection_cost[[bridge]]
        last_year = self.network.arrays.last_year(offsets)
        _core.yearly_costs(
            layout=layout, inspection_cost=inspection_cost, last_year=last_year, slots=slots, yearly=years, threads=1
        )
        of_plan: Numbers = years[0, plan] + decided_yen(self.network, np.array([bridge]), self.horizon)[0]
        return of_plan

    def to_frame(self) -> pl.DataFrame:
        """Tabulate the costs, a row for each bridge and plan, or for each pair.

        Columns bridge_id, level, first_year, interval, delay (where the space has any), lcc (yen, discounted),
        lowest_health.
        """
        refuse_lost_threads()
        n_bridges, n_plans = self.network.n_bridges, self.space.n_plans
        bridges, plans = divmod(np.arange(n_bridges * n_plans), n_plans) if self.pairs is None else self.pairs.T
        return self.space.to_frame()[plans].select(
            self.network.bridge_ids[bridges].alias("bridge_id"),
            pl.all(),
            lcc=self.lcc.ravel(),
            lowest_health=self.lowest_health.ravel(),
        )

    def __repr__(self) -> str:
        shape = " x ".join(f"{n:,}" for n in self.lcc.shape)
        return f"<PlanCosts {shape}, {self.horizon} years, discount rate {self.discount_rate:g}>"


@dataclass(frozen=True, eq=False)
class UnitBlock:
    """Costs of all plans of units ``first_unit`` and following; overwritten by the next block."""

    first_unit: int
    slots: Numbers  # (units, slots) repair costs as _core.evaluate_all_plans lays them out
    lowest_health: Numbers  # (units, n_plans)
    lcc: Numbers  # (units, n_plans)


def evaluate_plans(
    network: Network,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = DEFAULT_SPACE,
    pairs: Sequence[tuple[int, int]] | npt.ArrayLike | None = None,
    threads: int = 0,
) -> PlanCosts:
    """Evaluate plans of bridges over years 1 to ``horizon``.

    Within a year members age, then are repaired, then inspected. An inspection in year s costs the bridge's inspection
    cost in year s; every curve it finds at or below the plan's repair level is repaired after the plan's delay, at the
    cost of the health in the year before, unless that is beyond the horizon. What the network has decided holds for
    every plan. Shortfall is not in these costs: plans that never repair are the cheapest.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    horizon : int
        Years, at least 1.
    discount_rate : float
        Per year, at least 0 and below 1; a cost in year t counts ``exp(-discount_rate * t)``.
    space : PlanSpace
        The plans; by default those of practice.
    pairs : array_like of int, optional
        ``(n_pairs, 2)``: index of bridge and plan; by default all plans of all bridges.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. The results do not depend on it.

    Returns
    -------
    PlanCosts
        Costs and lowest health.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.
    KeyboardInterrupt
        Ctrl-C was pressed.

    Examples
    --------
    One curve at health 4, with a service life of 20 years, and its cheapest plan:

    >>> from nagamochi.network import Network
    >>> from nagamochi.planning import PlanSpace, evaluate_plans
    >>> network = Network.from_arrays(
    ...     curve_offsets=[0, 1], inspection_cost=[100_000.0], health=[4.0], service_life=[20.0],
    ...     repair_cost=[[1e6, 2e6, 3e6, 4e6, 5e6]],
    ... )
    >>> costs = evaluate_plans(network, space=PlanSpace.study())
    >>> costs.lcc.shape
    (1, 128)
    >>> costs.space.plan(costs.lcc[0].argmin())
    Plan(level=4.0, first_year=2, interval=8, delay=1)
    """
    horizon = arguments.horizon(horizon)
    discount_rate = arguments.discount_rate(discount_rate)
    threads = arguments.threads(threads)
    if network.decided is not None:
        network.decided.check_horizon(horizon)
    if pairs is None:
        lcc, lowest_health = _evaluate_all(network, horizon, discount_rate, space, threads)
        return PlanCosts(lcc, lowest_health, network, space, horizon, discount_rate)
    checked = _checked_pairs(pairs, network, space)
    lcc, lowest_health = _evaluate_pairs(network, horizon, discount_rate, space, checked, threads)
    return PlanCosts(lcc, lowest_health, network, space, horizon, discount_rate, checked)


def evaluate_unit_blocks(
    arrays: NetworkArrays,
    units: RepairGroups,
    layout: _core.PlanLayout,
    weights: Numbers,
    threads: int,
    scatter: RatingScatter | None = None,
) -> Iterator[UnitBlock]:
    """Evaluate all plans of a block of units after another, in the same memory.

    A bridge's inspections are charged to its first unit. Where ratings scatter, costs are expected ones.
    """
    n_units = len(units.offsets) - 1
    inspection_cost = np.zeros(n_units)
    inspection_cost[units.bridge_offsets[:-1]] = arrays.inspection_cost
    slots = np.empty((min(UNITS_PER_BLOCK, n_units), layout.group_slots))
    lowest_health = np.empty((len(slots), layout.plans))
    lcc = np.empty_like(lowest_health)
    for begin in range(0, n_units, UNITS_PER_BLOCK):
        end = min(begin + UNITS_PER_BLOCK, n_units)
        block = UnitBlock(begin, slots[: end - begin], lowest_health[: end - begin], lcc[: end - begin])
        _core.evaluate_all_plans(
            network=arrays.core(units.offsets[begin : end + 1]),
            layout=layout,
            slots=block.slots,
            lowest_health=block.lowest_health,
            simd=_core.widest_simd(),
            threads=threads,
        )
        if scatter is not None:
            own = RepairGroups(offsets := units.offsets[begin : end + 1], units.bridge_offsets, arrays.core(offsets))
            block.slots[:], _ = scatter.expected_costs(own, layout, threads)
        _core.life_cycle_costs(
            layout=layout,
            weights=weights,
            inspection_cost=inspection_cost[begin:end],
            last_year=arrays.last_year(units.offsets[begin : end + 1]),
            slots=block.slots,
            lcc=block.lcc,
            threads=threads,
        )
        yield block


def discount_weights(discount_rate: float, horizon: int) -> Numbers:
    """Return the present value in year 0 of one yen in years 1 to ``horizon``."""
    weights: Numbers = np.exp(-discount_rate * np.arange(1, horizon + 1))
    return weights


def decided_yen(network: Network, bridges: Indices, horizon: int) -> Numbers:
    """Return what decided works and removals of some bridges cost in each year, (len(bridges), horizon)."""
    if network.decided is None:
        return np.zeros((len(bridges), horizon))
    return network.decided.spent(bridges, horizon)


def _decided_lcc(network: Network, bridges: Indices, horizon: int, discount_rate: float) -> Numbers:
    if network.decided is None:
        return np.zeros(len(bridges))
    bridge, year, yen = network.decided.spending
    worth = yen * discount_weights(discount_rate, horizon)[year - 1]
    of_bridges: Numbers = np.bincount(bridge, worth, network.n_bridges).astype(np.float64)
    return of_bridges[bridges]


def _evaluate_all(
    network: Network, horizon: int, discount_rate: float, space: PlanSpace, threads: int
) -> tuple[Numbers, Numbers]:
    lcc = np.empty((network.n_bridges, space.n_plans))
    lowest_health = np.empty_like(lcc)
    weights = discount_weights(discount_rate, horizon)
    bridges = network.repair_groups("bridge")
    for block in evaluate_unit_blocks(network.arrays, bridges, space.core(horizon), weights, threads):
        rows = slice(block.first_unit, block.first_unit + len(block.lcc))
        lcc[rows] = block.lcc
        lowest_health[rows] = block.lowest_health
    return lcc + _decided_lcc(network, np.arange(network.n_bridges), horizon, discount_rate)[:, None], lowest_health


def _evaluate_pairs(
    network: Network, horizon: int, discount_rate: float, space: PlanSpace, pairs: Indices, threads: int
) -> tuple[Numbers, Numbers]:
    bridges, plans = np.ascontiguousarray(pairs.T)
    lowest_health, lcc = np.empty((2, len(plans)))
    _core.evaluate_life_cycle_costs(
        network=network.core,
        layout=space.core(horizon),
        weights=discount_weights(discount_rate, horizon),
        inspection_cost=network.arrays.inspection_cost,
        groups=bridges,
        plans=plans,
        lcc=lcc,
        lowest_health=lowest_health,
        threads=threads,
    )
    return lcc + _decided_lcc(network, bridges, horizon, discount_rate), lowest_health


def _checked_pairs(pairs: npt.ArrayLike, network: Network, space: PlanSpace) -> Indices:
    array = np.asarray(pairs)
    if array.size == 0:
        return np.empty((0, 2), np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise arguments.invalid("pairs", "must be whole numbers of shape (n_pairs, 2)", f"{array.dtype} {array.shape}")
    for column, (name, count) in enumerate((("bridge", network.n_bridges), ("plan", space.n_plans))):
        bad = np.flatnonzero((array[:, column] < 0) | (array[:, column] >= count))
        if len(bad):
            rule = f"{name} must be from 0 to {count - 1}"
            raise arguments.invalid(f"pairs[{bad[0]}, {column}]", rule, int(array[bad[0], column]))
    return array.astype(np.int64)
