"""All plans of all bridges in closed form with numba on several cores, once plainly and once with tables of timing.

Places are unsigned where they come from sums, since numba would test a signed one for being negative.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy import uint64 as place_of
from numpy.typing import NDArray

from nagamochi.network import Network
from nagamochi.planning import PlanSpace

LEVEL_TOLERANCE = 1e-9

Numbers = NDArray[np.float64]


def evaluate_all_plans(
    network: Network, space: PlanSpace, horizon: int, slots: Numbers, lowest_health: Numbers, threads: int
) -> None:
    """Fill slots and lowest health as `_core.evaluate_all_plans` does, for shapes 1 and 2."""
    numba.set_num_threads(threads)
    first_years, intervals = np.array(space.first_years), np.array(space.intervals)
    _fill(*_curves(network, space), first_years, intervals, horizon, slots, lowest_health)


def evaluate_all_plans_with_tables(
    network: Network, space: PlanSpace, horizon: int, slots: Numbers, lowest_health: Numbers, threads: int
) -> None:
    """Do the same, looking up when repairs fall and what they cost."""
    numba.set_num_threads(threads)
    first_years, intervals = np.array(space.first_years), np.array(space.intervals)
    years = np.arange(horizon + 1)
    first_slot = np.maximum(0, -((first_years - years[:, None, None]) // intervals[:, None]))
    found_in = np.minimum(first_years + first_slot * intervals[:, None], horizon)
    step = np.maximum(1, -(-(years[:, None] + 1) // intervals))
    own_slots = (horizon - 1 - first_years) // intervals[:, None] + 1
    timing = (table.astype(np.int32) for table in (first_slot, found_in, step, own_slots))
    _fill_from_tables(*_curves(network, space), intervals, horizon, *timing, slots, lowest_health)


def _curves(network: Network, space: PlanSpace) -> tuple[NDArray, ...]:
    arrays = network.arrays
    ratio = (5 - np.array(space.levels) - LEVEL_TOLERANCE) / 4
    age_ratios = np.stack([ratio, np.sqrt(ratio)])
    curves = arrays.health, arrays.service_life, arrays.shape, arrays.restored_health, arrays.repair_cost
    return arrays.curve_offsets, *curves, age_ratios


@numba.njit(inline="always")
def _age(life, linear, health):
    ratio = (5 - health) / 4
    return life * (ratio if linear else math.sqrt(ratio))


@numba.njit(inline="always")
def _loss(age_ratio, linear):
    ratio = min(age_ratio, 1.0)
    return 4 * (ratio if linear else ratio * ratio)


@numba.njit(inline="always")
def _cost(knots, loss):
    knot = place_of(min(loss, 3.0))
    return knots[knot] + (knots[knot + place_of(1)] - knots[knot]) * (loss - knot)


@numba.njit(parallel=True, error_model="numpy", fastmath={"nnan", "ninf", "nsz"})
def _fill(
    offsets,
    health,
    life,
    shape,
    restored_health,
    knots,
    age_ratios,
    first_years,
    intervals,
    horizon,
    slots,
    lowest_health,
):
    n_levels, n_first, n_intervals = age_ratios.shape[1], len(first_years), len(intervals)
    lanes = n_levels * n_first
    for bridge in numba.prange(len(offsets) - 1):
        sums, worst = slots[bridge], lowest_health[bridge]
        sums[:] = 0.0
        worst[:] = 0.0
        for c in range(offsets[bridge], offsets[bridge + 1]):
            linear, per_year = shape[c] == 1.0, 1 / life[c]
            age, restored_age = _age(life[c], linear, health[c]), _age(life[c], linear, restored_health[c])
            for level in range(n_levels):
                age_at_level = life[c] * age_ratios[0 if linear else 1, level]
                first_place = level * n_first
                for i in range(n_intervals):
                    interval = intervals[i]
                    step = max(math.ceil((age_at_level - restored_age + 1) / interval), 1)
                    later_cost = _cost(knots[c], _loss((restored_age + step * interval - 1) * per_year, linear))
                    for f in range(n_first):
                        first_year = first_years[f]
                        inspection = max(math.ceil((age_at_level - age - first_year) / interval), 0)
                        found = first_year + inspection * interval
                        loss = _loss((age + min(found, horizon)) * per_year, linear)
                        plan = place_of((i * n_levels + level) * n_first + f)
                        worst[plan] = max(worst[plan], loss)
                        if found < horizon:
                            kept = min(step * interval, horizon - found) - 1
                            worst[plan] = max(worst[plan], _loss((restored_age + kept) * per_year, linear))
                            sums[place_of(first_place + inspection * lanes + f)] += _cost(knots[c], loss)
                            own_slots = (horizon - 1 - first_year) // interval + 1
                            for slot in range(inspection + step, own_slots, step):
                                sums[place_of(first_place + slot * lanes + f)] += later_cost
                    first_place += ((horizon - 1 - first_years[0]) // interval + 1) * lanes
        for plan in range(len(worst)):
            worst[plan] = 5 - worst[plan]


@numba.njit(parallel=True, error_model="numpy", fastmath={"nnan", "ninf", "nsz"})
def _fill_from_tables(
    offsets,
    health,
    life,
    shape,
    restored_health,
    knots,
    age_ratios,
    intervals,
    horizon,
    first_slot,
    found_in,
    steps,
    own_slots,
    slots,
    lowest_health,
):
    n_levels, n_first, n_intervals = age_ratios.shape[1], own_slots.shape[1], len(intervals)
    lanes = n_levels * n_first
    for bridge in numba.prange(len(offsets) - 1):
        sums, worst = slots[bridge], lowest_health[bridge]
        sums[:] = 0.0
        worst[:] = 0.0
        loss_in_year, cost_in_year, loss_since, cost_since = np.empty((4, horizon + 1))
        for c in range(offsets[bridge], offsets[bridge + 1]):
            linear, per_year = shape[c] == 1.0, 1 / life[c]
            age, restored_age = _age(life[c], linear, health[c]), _age(life[c], linear, restored_health[c])
            for year in range(horizon + 1):
                loss_in_year[year] = _loss((age + year) * per_year, linear)
                loss_since[year] = _loss((restored_age + year) * per_year, linear)
            for year in range(horizon + 1):
                cost_in_year[year] = _cost(knots[c], loss_in_year[year])
                cost_since[year] = _cost(knots[c], loss_since[year])
            for level in range(n_levels):
                age_at_level = life[c] * age_ratios[0 if linear else 1, level]
                until = place_of(min(max(math.ceil(age_at_level - age), 0.0), float(horizon)))
                since = place_of(min(max(math.ceil(age_at_level - restored_age), 0.0), float(horizon)))
                first_place = level * n_first
                for i in range(n_intervals):
                    step = steps[since, i]
                    kept = step * intervals[i] - 1
                    later_cost = cost_since[place_of(min(kept, horizon))]
                    for f in range(n_first):
                        slot, found = first_slot[until, i, f], found_in[until, i, f]
                        loss = loss_in_year[place_of(found)]
                        if slot < own_slots[i, f]:
                            loss = max(loss, loss_since[place_of(min(kept, horizon - 1 - found))])
                            sums[place_of(first_place + slot * lanes + f)] += cost_in_year[place_of(found)]
                            for later in range(slot + step, own_slots[i, f], step):
                                sums[place_of(first_place + later * lanes + f)] += later_cost
                        plan = place_of((i * n_levels + level) * n_first + f)
                        worst[plan] = max(worst[plan], loss)
                    first_place += own_slots[i, 0] * lanes
        for plan in range(len(worst)):
            worst[plan] = 5 - worst[plan]
