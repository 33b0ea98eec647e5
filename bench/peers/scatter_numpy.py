"""Expected costs of all plans where ratings scatter, by drawing them: curves and draws side by side in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nagamochi.network import Network
from nagamochi.planning import PlanSpace

Numbers = NDArray[np.float64]


def expected_costs(
    network: Network, space: PlanSpace, horizon: int, sigma: float, draws: int, rng: np.random.Generator
) -> Numbers:
    """Mean cost in each slot as `_core.evaluate_expected_costs` lays them out, for power curves and delays of 1."""
    arrays = network.arrays
    health = _health_by_state(network, horizon)
    knot = np.minimum((5 - health).astype(np.int64), 3)
    share = 5 - health - knot
    curve = np.arange(network.n_curves)[:, np.newaxis]
    cost = arrays.repair_cost[curve, knot] * (1 - share) + arrays.repair_cost[curve, knot + 1] * share
    blocks = []
    for interval in space.intervals:
        n_slots = len(range(min(space.first_years), horizon, interval))
        block = np.zeros((network.n_bridges, n_slots, len(space.levels), len(space.first_years)))
        for i, level in enumerate(space.levels):
            for j, first_year in enumerate(space.first_years):
                state = np.full((network.n_curves, draws), first_year)
                for slot in range(len(range(first_year, horizon, interval))):
                    found = health[curve, state] + sigma * rng.standard_normal(state.shape, np.float32) <= level + 1e-9
                    mean = np.where(found, cost[curve, state], 0.0).mean(axis=1)
                    block[:, slot, i, j] = np.add.reduceat(mean, arrays.curve_offsets[:-1])
                    state = np.minimum(np.where(found, horizon, state) + interval, health.shape[1] - 1)
        blocks.append(block.reshape(network.n_bridges, -1))
    return np.concatenate(blocks, axis=1)


def _health_by_state(network: Network, horizon: int) -> Numbers:
    """Health in years 0 to horizon without a repair, then in years 1, 2, .. from the inspection before a repair on."""
    arrays = network.arrays
    life, shape = arrays.service_life[:, np.newaxis], arrays.shape[:, np.newaxis]
    first_age, restored_age = (
        life * ((5 - now[:, np.newaxis]) / 4) ** (1 / shape) for now in (arrays.health, arrays.restored_health)
    )
    age = np.concatenate([first_age + np.arange(horizon + 1), restored_age + np.arange(horizon + 1)], axis=1)
    health: Numbers = 5 - 4 * np.minimum(age / life, 1) ** shape
    return health
