"""All plans of all bridges in closed form with NumPy, in blocks of bridges that fit into the cache.

No masked operation where there is another way: with masks that follow no pattern they take ten times as long as sums.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nagamochi.network import Network
from nagamochi.planning import PlanSpace

LEVEL_TOLERANCE = 1e-9
BRIDGES_PER_BLOCK = 24

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


def evaluate_all_plans(
    network: Network, space: PlanSpace, horizon: int, slots: Numbers, lowest_health: Numbers, threads: int
) -> None:
    """Fill slots and lowest health as `_core.evaluate_all_plans` does, for shapes 1 and 2."""
    fill = partial(_fill_block, network, space, horizon, slots, lowest_health)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(0, network.n_bridges, BRIDGES_PER_BLOCK)))


def _fill_block(
    network: Network, space: PlanSpace, horizon: int, slots: Numbers, lowest_health: Numbers, begin: int
) -> None:
    end = min(begin + BRIDGES_PER_BLOCK, network.n_bridges)
    offsets = network.arrays.curve_offsets[begin : end + 1]
    curves = Curves(network, slice(offsets[0], offsets[-1]), np.array(space.levels))
    first_year, interval = np.array(space.first_years, float), np.array(space.intervals, float)[:, None]
    own_slots = np.floor((horizon - 1 - first_year) / interval) + 1

    # The first repair follows inspection number `inspection` in year `found`, later ones every `step` inspections.
    inspection = (curves.years_until_level - first_year) / interval
    np.ceil(inspection, out=inspection)
    np.maximum(inspection, 0, out=inspection)
    found = inspection * interval
    found += first_year
    step = np.maximum(np.ceil((curves.years_kept_above_level + 1) / interval), 1)
    years_kept = step * interval - 1

    first_loss = curves.loss_at(np.minimum(found, horizon) + curves.age)
    later_loss = curves.loss_at(curves.restored_age + years_kept)
    np.subtract(horizon - 1, found, out=found)
    np.minimum(found, years_kept, out=found)
    np.maximum(found, 0, out=found)
    found += curves.restored_age
    kept_loss = curves.loss_at(found)

    repaired = inspection < own_slots
    kept_loss *= repaired
    worst_loss = np.maximum.reduceat(np.maximum(first_loss, kept_loss, out=kept_loss), offsets[:-1] - offsets[0])
    lowest_health[begin:end] = 5 - worst_loss.transpose(0, 2, 1, 3).reshape(end - begin, -1)

    place = inspection.astype(np.int64)
    place *= len(space.levels) * len(space.first_years)
    place += _first_places(space, own_slots)
    place += _by_curve(np.repeat(np.arange(end - begin) * slots.shape[1], np.diff(offsets)))
    repeats = np.subtract(own_slots - 1, inspection, out=inspection)
    repeats /= step
    move = (len(space.levels) * len(space.first_years) * step).astype(np.int64)
    size = (end - begin) * slots.shape[1]
    costs = curves.cost_of(first_loss), curves.cost_of(later_loss)
    slots[begin:end] = _sum_by_place(size, repaired, place, repeats, move, *costs).reshape(end - begin, -1)


class Curves:
    """Some curves as arrays of (curves, levels, intervals, first years)."""

    def __init__(self, network: Network, which: slice, levels: Numbers) -> None:
        arrays = network.arrays
        life, shape, knots = arrays.service_life[which], arrays.shape[which], arrays.repair_cost[which]
        age = life * ((5 - arrays.health[which]) / 4) ** (1 / shape)
        restored_age = life * ((5 - arrays.restored_health[which]) / 4) ** (1 / shape)
        age_at_level = life[:, None] * ((5 - levels - LEVEL_TOLERANCE) / 4) ** (1 / shape[:, None])
        slope = np.diff(knots)
        self.age = _by_curve(age)
        self.restored_age = _by_curve(restored_age)
        self.years_until_level = (age_at_level - age[:, None])[:, :, None, None]
        self.years_kept_above_level = (age_at_level - restored_age[:, None])[:, :, None, None]
        self._life_per_year = _by_curve(1 / life)
        self._linear, self._square = (_by_curve(np.where(shape == p, 4.0, 0.0)) for p in (1, 2))
        self._slope, self._base = slope.ravel(), (knots[:, :4] - slope * np.arange(4)).ravel()
        self._first_knot = _by_curve(4 * np.arange(len(life)))

    def loss_at(self, age: Numbers) -> Numbers:
        """Loss of health at these ages, which are overwritten."""
        age *= self._life_per_year
        np.minimum(age, 1, out=age)
        loss = self._square * age
        loss += self._linear
        loss *= age
        return loss

    def cost_of(self, loss: Numbers) -> Numbers:
        knot = loss.astype(np.int64)
        np.minimum(knot, 3, out=knot)
        knot += self._first_knot
        cost = self._slope.take(knot)
        cost *= loss
        cost += self._base.take(knot)
        return cost


def _sum_by_place(
    size: int,
    repaired: NDArray[np.bool_],
    place: Indices,
    repeats: Numbers,
    move: Indices,
    first_cost: Numbers,
    later_cost: Numbers,
) -> Numbers:
    """Sum first repairs by place, then again and again the repairs that follow those that had one."""
    which = np.flatnonzero(repaired)
    sums = np.bincount(place.ravel().take(which), first_cost.ravel().take(which), size)
    which = which.take(np.flatnonzero(repeats.ravel().take(which) >= 1))
    repeats, place = repeats.ravel().take(which), place.ravel().take(which)
    which //= repaired.shape[-1]  # later repairs do not depend on the first year
    move, later_cost = move.ravel().take(which), later_cost.ravel().take(which)
    while len(place):
        place += move
        sums += np.bincount(place, later_cost, size)
        repeats -= 1
        again = np.flatnonzero(repeats >= 1)
        repeats, place, move, later_cost = (array.take(again) for array in (repeats, place, move, later_cost))
    return sums


def _first_places(space: PlanSpace, own_slots: Numbers) -> Indices:
    """Where in a bridge's slots those of each plan start."""
    lane = np.arange(len(space.levels) * len(space.first_years)).reshape(len(space.levels), 1, len(space.first_years))
    block_sizes = own_slots.max(axis=1).astype(np.int64) * lane.size
    return lane + (np.cumsum(block_sizes) - block_sizes)[:, None]


def _by_curve(numbers: NDArray) -> NDArray:
    return numbers[:, None, None, None]
