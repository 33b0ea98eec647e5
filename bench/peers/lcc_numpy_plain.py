"""All plans of all bridges in closed form with NumPy as the formulas read: plan by plan, over all curves at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nagamochi.network import Network
from nagamochi.planning import PlanSpace

LEVEL_TOLERANCE = 1e-9

Numbers = NDArray[np.float64]


def evaluate_all_plans(
    network: Network, space: PlanSpace, horizon: int, slots: Numbers, lowest_health: Numbers, _threads: int
) -> None:
    """Fill slots and lowest health as `_core.evaluate_all_plans` does, for shapes 1 and 2, on one thread."""
    arrays = network.arrays
    life, is_square, first_curves = arrays.service_life, arrays.shape == 2, arrays.curve_offsets[:-1]
    bridge = np.repeat(np.arange(network.n_bridges), np.diff(arrays.curve_offsets))
    age = life * _root((5 - arrays.health) / 4, is_square)
    restored_age = life * _root((5 - arrays.restored_health) / 4, is_square)
    lanes = len(space.levels) * len(space.first_years)
    block_begin = 0
    for plan in range(space.n_plans):
        level, first_year, interval, _ = space.plan(plan)
        age_at_level = life * _root((5 - level - LEVEL_TOLERANCE) / 4, is_square)
        inspection = np.maximum(np.ceil((age_at_level - age - first_year) / interval), 0).astype(int)
        step = np.maximum(np.ceil((age_at_level - restored_age + 1) / interval), 1).astype(int)
        found = first_year + inspection * interval
        years_kept = step * interval - 1

        first_loss = _loss(life, is_square, age + np.minimum(found, horizon))
        later_loss = _loss(life, is_square, restored_age + years_kept)
        kept = np.maximum(np.minimum(years_kept, horizon - 1 - found), 0)
        kept_loss = np.where(found < horizon, _loss(life, is_square, restored_age + kept), 0)
        lowest_health[:, plan] = 5 - np.maximum.reduceat(np.maximum(first_loss, kept_loss), first_curves)

        block_slots = (horizon - 1 - min(space.first_years)) // interval + 1
        own_slots = (horizon - 1 - first_year) // interval + 1
        costs = np.zeros(network.n_bridges * block_slots)
        slot, cost, later = inspection, _cost(arrays.repair_cost, first_loss), _cost(arrays.repair_cost, later_loss)
        of_bridge, due = bridge * block_slots, np.flatnonzero(inspection < own_slots)
        while len(due):
            costs += np.bincount((of_bridge + slot)[due], cost[due], len(costs))
            slot, cost = slot + step, later
            due = due[slot[due] < own_slots]
        block = slots[:, block_begin : block_begin + block_slots * lanes].reshape(-1, block_slots, lanes)
        block[:, :, plan % lanes] = costs.reshape(-1, block_slots)
        if plan % lanes == lanes - 1:
            block_begin += block_slots * lanes


def _root(share: Numbers | float, is_square: NDArray[np.bool_]) -> Numbers:
    return np.where(is_square, np.sqrt(share), share)


def _loss(life: Numbers, is_square: NDArray[np.bool_], age: Numbers) -> Numbers:
    ratio = np.minimum(age / life, 1)
    return 4 * np.where(is_square, ratio * ratio, ratio)


def _cost(knots: Numbers, loss: Numbers) -> Numbers:
    left = np.minimum(loss.astype(int), 3)
    curve = np.arange(len(loss))
    return knots[curve, left] + (knots[curve, left + 1] - knots[curve, left]) * (loss - left)
