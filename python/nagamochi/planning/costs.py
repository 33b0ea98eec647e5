"""What the plans of bridges cost, and how low they let health fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network.network import Network
from nagamochi.planning.space import PlanSpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

PAPERS_SPACE = PlanSpace()
BRIDGES_PER_BLOCK = 512


@dataclass(frozen=True, eq=False, repr=False)
class PlanCosts:
    """Costs and lowest health of all plans of all bridges, or of a list of (bridge, plan) pairs.

    Parameters
    ----------
    lcc : numpy.ndarray
        ``(n_bridges, n_plans)`` or ``(n_pairs,)``: present value in year 0 of all inspections and repairs in years 1 to
        ``horizon``, yen.
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
    """

    lcc: Numbers
    lowest_health: Numbers
    network: Network
    space: PlanSpace
    horizon: int
    discount_rate: float

    def yearly(self, bridge: int, plan: int) -> Numbers:
        """Spread the costs of one plan of one bridge over the years.

        Parameters
        ----------
        bridge, plan : int
            Index of the bridge in the network and of the plan in the space.

        Returns
        -------
        numpy.ndarray
            ``(horizon,)``: inspection and repair in years 1, 2, .., yen, not discounted.
        """
        pair = _checked_pairs([(bridge, plan)], self.network, self.space)
        slots, _ = _evaluate_slots(self.network, self.space.core(self.horizon), pair, threads=1)
        _, first_year, interval = self.space.plan(plan)
        inspections = np.arange(first_year, self.horizon + 1, interval)
        repairs = inspections[inspections < self.horizon] + 1
        years = np.zeros(self.horizon)
        years[inspections - 1] = self.network.arrays.inspection_cost[bridge]
        years[repairs - 1] += slots[0, : len(repairs)]
        return years

    def __repr__(self) -> str:
        shape = " x ".join(f"{n:,}" for n in self.lcc.shape)
        return f"<PlanCosts {shape}, {self.horizon} years, discount rate {self.discount_rate:g}>"


@dataclass(frozen=True, eq=False)
class PlanCostsBlock:
    """Costs of all plans of bridges ``first_bridge`` and following; overwritten by the next block."""

    first_bridge: int
    slots: Numbers  # (bridges, slots) repair costs as _core.evaluate_all_plans lays them out
    lowest_health: Numbers  # (bridges, n_plans)
    lcc: Numbers  # (bridges, n_plans)


def evaluate_plans(
    network: Network,
    *,
    horizon: int = 50,
    discount_rate: float = 0.0,
    space: PlanSpace = PAPERS_SPACE,
    pairs: Sequence[tuple[int, int]] | npt.ArrayLike | None = None,
    threads: int = 0,
) -> PlanCosts:
    """Evaluate plans of bridges over years 1 to ``horizon``.

    Within a year members age, then are repaired, then inspected. An inspection in year s costs the bridge's inspection
    cost in year s; every curve it finds at or below the plan's repair level is repaired in year s + 1, at the cost of
    the health found, unless that is beyond the horizon.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    horizon : int
        Years, at least 1.
    discount_rate : float
        Per year, at least 0; a cost in year t counts ``exp(-discount_rate * t)``.
    space : PlanSpace
        The plans; by default the 128 of the bridge study.
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
    >>> from nagamochi.planning import evaluate_plans
    >>> network = Network.from_arrays(
    ...     curve_offsets=[0, 1], inspection_cost=[100_000.0], health=[4.0], service_life=[20.0],
    ...     repair_cost=[[1e6, 2e6, 3e6, 4e6, 5e6]],
    ... )
    >>> costs = evaluate_plans(network)
    >>> costs.lcc.shape
    (1, 128)
    >>> costs.space.plan(costs.lcc[0].argmin())
    Plan(level=4.0, first_year=2, interval=8)
    """
    horizon = arguments.horizon(horizon)
    discount_rate = arguments.number("discount_rate", discount_rate, at_least=0)
    threads = arguments.threads(threads)
    if pairs is None:
        lcc, lowest_health = _evaluate_all(network, horizon, discount_rate, space, threads)
    else:
        lcc, lowest_health = _evaluate_pairs(network, horizon, discount_rate, space, pairs, threads)
    return PlanCosts(lcc, lowest_health, network, space, horizon, discount_rate)


def evaluate_blocks(
    network: Network, space: PlanSpace, horizon: int, discount_rate: float, threads: int
) -> Iterator[PlanCostsBlock]:
    """Evaluate all plans of a block of bridges after another, in the same memory."""
    core_space = space.core(horizon)
    arrays = network.arrays
    discount = discount_factors(discount_rate, horizon)
    slots = np.empty((min(BRIDGES_PER_BLOCK, network.n_bridges), core_space.group_slots))
    lowest_health = np.empty((len(slots), space.n_plans))
    lcc = np.empty_like(lowest_health)
    for begin in range(0, network.n_bridges, BRIDGES_PER_BLOCK):
        end = min(begin + BRIDGES_PER_BLOCK, network.n_bridges)
        block = PlanCostsBlock(begin, slots[: end - begin], lowest_health[: end - begin], lcc[: end - begin])
        _core.evaluate_all_plans(
            network=arrays.core(arrays.curve_offsets[begin : end + 1]),
            space=core_space,
            slots=block.slots,
            lowest_health=block.lowest_health,
            simd=_core.widest_simd(),
            threads=threads,
        )
        _core.life_cycle_costs(
            space=core_space,
            discount=discount,
            inspection_cost=arrays.inspection_cost[begin:end],
            slots=block.slots,
            lcc=block.lcc,
            threads=threads,
        )
        yield block


def discount_factors(discount_rate: float, horizon: int) -> Numbers:
    """Present value in year 0 of one yen in years 1 to ``horizon``."""
    factors: Numbers = np.exp(-discount_rate * np.arange(1, horizon + 1))
    return factors


def _evaluate_all(
    network: Network, horizon: int, discount_rate: float, space: PlanSpace, threads: int
) -> tuple[Numbers, Numbers]:
    lcc = np.empty((network.n_bridges, space.n_plans))
    lowest_health = np.empty_like(lcc)
    for block in evaluate_blocks(network, space, horizon, discount_rate, threads):
        rows = slice(block.first_bridge, block.first_bridge + len(block.lcc))
        lcc[rows] = block.lcc
        lowest_health[rows] = block.lowest_health
    return lcc, lowest_health


def _evaluate_pairs(
    network: Network, horizon: int, discount_rate: float, space: PlanSpace, pairs: npt.ArrayLike, threads: int
) -> tuple[Numbers, Numbers]:
    checked = _checked_pairs(pairs, network, space)
    core_space = space.core(horizon)
    slots, lowest_health = _evaluate_slots(network, core_space, checked, threads)
    bridges, plans = checked.T
    slot_values, inspection_values = _present_values(space, horizon, discount_rate, core_space.most_slots)
    lcc = network.arrays.inspection_cost[bridges] * inspection_values[plans]
    for slot in range(core_space.most_slots):  # in the kernel's order, for the kernel's bits
        lcc += slots[:, slot] * slot_values[plans, slot]
    return lcc, lowest_health


def _evaluate_slots(
    network: Network, core_space: _core.PlanSpace, pairs: Indices, threads: int
) -> tuple[Numbers, Numbers]:
    bridges, plans = np.ascontiguousarray(pairs.T)
    slots = np.empty((len(pairs), core_space.most_slots))
    lowest_health = np.empty(len(pairs))
    _core.evaluate_plans(
        network=network.core,
        space=core_space,
        groups=bridges,
        plans=plans,
        slots=slots,
        lowest_health=lowest_health,
        threads=threads,
    )
    return slots, lowest_health


def _present_values(space: PlanSpace, horizon: int, discount_rate: float, most_slots: int) -> tuple[Numbers, Numbers]:
    """Present values of one yen in each slot of each plan, and of its inspections at one yen each."""
    discount = discount_factors(discount_rate, horizon)
    slots = np.zeros((space.n_plans, most_slots))
    inspections = np.zeros(space.n_plans)
    for index in range(space.n_plans):
        _, first_year, interval = space.plan(index)
        for year in range(first_year, horizon + 1, interval):
            inspections[index] += discount[year - 1]
        repairs = discount[first_year::interval]
        slots[index, : len(repairs)] = repairs
    return slots, inspections


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
