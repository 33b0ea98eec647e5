"""Repair costs of all plans of all bridges, year by year, in the kernel's own array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network import Network
from nagamochi.planning.costs import decided_yen
from nagamochi.planning.space import DEFAULT_SPACE, PlanSpace

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class RepairSlots:
    """Repair costs of all plans of all bridges by year, without the years in which a plan repairs nothing.

    A plan repairs its delay after an inspection, so it needs a slot for each of these years, and one for what is urgent
    and repaired before. The slots of a bridge are one row of ``repair``. It consists of a block for each interval, in
    order; a block has a row for each slot, and such a row has a number for each rule of the space and first year,
    ``rule * len(first_years) + first_year``. All plans of a block have as many slots as the one with the most; those
    beyond the horizon are 0.

    Parameters
    ----------
    repair : numpy.ndarray
        ``(n_bridges, n_slots)``, yen, not discounted.
    lowest_health : numpy.ndarray
        ``(n_bridges, n_plans)``: least health of any curve of the bridge in years 1 to ``horizon``, 5 to 1.
    network : Network
        The bridges.
    space : PlanSpace
        The plans.
    horizon : int
        Years.
    """

    repair: Numbers
    lowest_health: Numbers
    network: Network
    space: PlanSpace
    horizon: int

    def years(self, plan: int) -> Indices:
        """Return the repair years of a plan's slots, ``(slots of the plan,)``."""
        return slots_of_plan(self.space, self.horizon, plan)[1]

    def of_plan(self, plan: int) -> Numbers:
        """Return the repair costs of a plan, a view of ``repair``.

        Parameters
        ----------
        plan : int
            Index of the plan in the space.

        Returns
        -------
        numpy.ndarray
            ``(n_bridges, slots of the plan)``, yen, in the years of :meth:`years`.
        """
        return self.repair[:, slots_of_plan(self.space, self.horizon, plan)[0]]

    def yearly(self, begin: int = 0, end: int | None = None) -> Numbers:
        """Spread the costs of all plans of some bridges over the years.

        Parameters
        ----------
        begin, end : int
            Bridges ``begin`` to ``end - 1`` by index; by default all of them.

        Returns
        -------
        numpy.ndarray
            ``(n_bridges, n_plans, horizon)``: inspection, repair and decided works in years 1, 2, .., yen, not
            discounted. For the study's plans over 50 years this is 51 kB a bridge, six times as much as the slots.
        """
        begin = arguments.whole_number("begin", begin, at_least=0, at_most=self.network.n_bridges)
        end = self.network.n_bridges if end is None else end
        end = arguments.whole_number("end", end, at_least=begin, at_most=self.network.n_bridges)
        years = np.empty((end - begin, self.space.n_plans, self.horizon))
        arrays = self.network.arrays
        _core.yearly_costs(
            layout=self.space.core(self.horizon),
            inspection_cost=arrays.inspection_cost[begin:end],
            last_year=None if arrays.decided is None else arrays.decided.last_year[begin:end],
            slots=self.repair[begin:end],
            yearly=years,
            threads=arguments.threads(0),
        )
        years += decided_yen(self.network, np.arange(begin, end), self.horizon)[:, np.newaxis]
        return years

    def __repr__(self) -> str:
        return f"<RepairSlots of {self.network.n_bridges:,} bridges x {self.space.n_plans} plans, {self.horizon} years>"


def slots_of_plan(space: PlanSpace, horizon: int, plan: int) -> tuple[slice, Indices]:
    """Return which of the slots of all plans are those of one plan, and their years, ``(slots of the plan,)``."""
    years = space.repair_years(space.plan(plan), horizon)
    lanes = len(space.rules) * len(space.first_years)
    block, lane = divmod(plan, lanes)
    of_blocks = space.core(horizon).slots_of_plan.reshape(-1, lanes)
    begin = int(of_blocks[:block].max(axis=1).sum()) * lanes + lane
    return slice(begin, begin + len(years) * lanes, lanes), years


def repair_slots(
    network: Network, *, horizon: int = 50, space: PlanSpace = DEFAULT_SPACE, threads: int = 0
) -> RepairSlots:
    """Evaluate all plans of all bridges and keep their repair costs by year.

    :func:`evaluate_plans` returns their sums only, in a sixtieth of the memory.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    horizon : int
        Years, at least 1.
    space : PlanSpace
        The plans; by default those of practice.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. The results do not depend on it.

    Returns
    -------
    RepairSlots
        The array that the kernel filled, with its layout. The study's plans over 50 years need 8 kB a bridge.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.
    KeyboardInterrupt
        Ctrl-C was pressed.

    Examples
    --------
    One curve at health 4, inspected every 11 years from year 1 on and repaired at 3.5: the first inspection finds it
    above that, the second at the end of its life, the third above 3.5 again.

    >>> from nagamochi.network import Network
    >>> from nagamochi.planning import PlanSpace, repair_slots
    >>> network = Network.from_arrays(
    ...     curve_offsets=[0, 1], inspection_cost=[100_000.0], health=[4.0], service_life=[20.0],
    ...     repair_cost=[[1e6, 2e6, 3e6, 4e6, 5e6]],
    ... )
    >>> slots = repair_slots(network, horizon=30, space=PlanSpace((4.0, 3.5), (1,), (5, 11)))
    >>> slots.repair.shape
    (1, 18)
    >>> slots.years(3)
    array([ 2, 13, 24])
    >>> slots.of_plan(3).round()
    array([[      0., 5000000.,       0.]])
    """
    horizon = arguments.horizon(horizon)
    arguments.instance("space", space, PlanSpace)
    layout = space.core(horizon)
    slots = RepairSlots(
        np.empty((network.n_bridges, layout.group_slots)),
        np.empty((network.n_bridges, layout.plans)),
        network,
        space,
        horizon,
    )
    _core.evaluate_all_plans(
        network=network.core,
        layout=layout,
        slots=slots.repair,
        lowest_health=slots.lowest_health,
        simd=_core.widest_simd(),
        threads=arguments.threads(threads),
    )
    return slots
