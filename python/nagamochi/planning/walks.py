"""Walk all curves of a network through the years under one plan, year by year: slow, plain, and not the kernels' way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi.network.arrays import NetworkArrays

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FOUND_BELOW = 1e-9
"""A curve is found when its health is at most the repair level and this."""


@dataclass(frozen=True, eq=False)
class Walk:
    """What became of each repair group: parts of a yen by year, (n_groups, horizon), and its lowest health."""

    repair_yen: Indices
    lowest_health: Numbers


def walk_all(
    network: NetworkArrays, group_offsets: Indices, plan: tuple[float, int, int], horizon: int, parts: int
) -> Walk:
    """Follow all curves under one plan (level, first year, interval).

    Within a year curves age, then are repaired, then inspected; what an inspection finds is repaired in the year after.
    Yen are whole numbers of 1 / ``parts``.
    """
    level, first_year, interval = plan
    n_groups = len(group_offsets) - 1
    group_of_curve = np.repeat(np.arange(n_groups), np.diff(group_offsets))
    restored_age = ages_of(network, network.restored_health)
    age, years = ages_of(network, network.health), np.zeros(network.n_curves)
    found = np.zeros(network.n_curves, bool)
    health = network.health
    yen = np.zeros((n_groups, horizon))
    lowest_health = np.full(n_groups, np.inf)
    for year in range(1, horizon + 1):
        years = years + 1
        costs = np.where(found, repair_costs(network, health), 0.0)
        yen[:, year - 1] = np.bincount(group_of_curve, costs, n_groups)
        age, years = np.where(found, restored_age, age), np.where(found, 0.0, years)
        health = healths_at(network, age + years)
        np.minimum.at(lowest_health, group_of_curve, health)
        inspected = year >= first_year and (year - first_year) % interval == 0
        found = (health <= level + FOUND_BELOW) & inspected
    return Walk(np.rint(yen * parts).astype(np.int64), lowest_health)


def inspection_yen(network: NetworkArrays, timetable: tuple[int, int], horizon: int, parts: int) -> Indices:
    """Cost of inspections of all bridges by year under one (first year, interval), in parts of a yen."""
    first_year, interval = timetable
    yen = np.zeros((network.n_bridges, horizon), np.int64)
    yen[:, first_year - 1 :: interval] = np.rint(network.inspection_cost * parts).astype(np.int64)[:, None]
    return yen


def healths_at(network: NetworkArrays, age: Numbers) -> Numbers:
    """Health of every curve at its age."""
    ratio = age / network.service_life
    health = 5 - 4 * np.minimum(ratio, 1) ** network.shape
    for table in np.unique(network.table[network.table >= 0]).tolist():
        points = slice(network.table_offsets[table], network.table_offsets[table + 1])
        of_table = network.table == table
        health[of_table] = np.interp(ratio[of_table], network.table_age_ratio[points], network.table_health[points])
    return np.where(ratio >= 1, 1.0, health)


def ages_of(network: NetworkArrays, health: Numbers) -> Numbers:
    """The least age at which every curve has a health."""
    age: Numbers = network.service_life * ((5 - health) / 4) ** (1 / network.shape)
    for curve in np.flatnonzero(network.table >= 0).tolist():
        points = slice(network.table_offsets[network.table[curve]], network.table_offsets[network.table[curve] + 1])
        ratios, healths = network.table_age_ratio[points], network.table_health[points]
        right = int(np.argmax(healths <= health[curve]))
        ratio = ratios[right]
        if healths[right] < health[curve]:
            share = (healths[right - 1] - health[curve]) / (healths[right - 1] - healths[right])
            ratio = ratios[right - 1] + (ratios[right] - ratios[right - 1]) * share
        age[curve] = network.service_life[curve] * ratio
    return age


def repair_costs(network: NetworkArrays, health: Numbers) -> Numbers:
    """Yen to repair every curve at a health, linear between the knots 5, 4, 3, 2, 1."""
    knot = np.clip((5 - health).astype(np.int64), 0, 3)
    share = 5 - health - knot
    curves = np.arange(network.n_curves)
    costs: Numbers = network.repair_cost[curves, knot] * (1 - share) + network.repair_cost[curves, knot + 1] * share
    return costs
