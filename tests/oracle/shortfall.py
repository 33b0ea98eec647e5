"""Health below a threshold by definition: from the health of every year."""

from __future__ import annotations

import numpy as np


def points_by_year(history: list[list[float]], below: float, last_year: int) -> np.ndarray:
    """(curves, years 0..): points below a health, as long as the bridge stands."""
    points = np.array([[max(0.0, below - health) for health in curve] for curve in history])
    points[:, last_year + 1 :] = 0
    return points


def backlog_by_year(history: list[list[float]], cost: np.ndarray, below: float, last_year: int) -> np.ndarray:
    """(years 0..): yen to repair the curves below a health; cost (curves, 5) at health 5, 4, 3, 2, 1."""
    backlog = np.zeros(len(history[0]))
    for curve, healths in enumerate(history):
        for year, health in enumerate(healths[: last_year + 1]):
            if health < below - 1e-9:
                backlog[year] += np.interp(health, [1, 2, 3, 4, 5], cost[curve][::-1])
    return backlog


def waits_by_year(
    history: list[float],
    restored: set[int],
    inspected: set[int],
    level: tuple[float, int],
    below: float,
    last_year: int,
) -> list[tuple[int, int]]:
    """(since, until) of each wait of a curve: known to be below a health, or found at its level; until 0: never.

    ``restored`` are the years of its repairs and decided works, ``inspected`` those of inspections; ``level`` is the
    repair level and the year from which on it counts, that of the last decided work.
    """
    waits = []
    since = 0 if history[0] < below - 1e-9 else None
    for year in range(1, last_year + 1):
        if year in restored:
            if since is not None and year - since > 1:
                waits.append((since, year))
            since = None
        to_repair = history[year] < below - 1e-9 or (history[year] <= level[0] + 1e-9 and year >= level[1])
        if since is None and year in inspected and to_repair:
            since = year
    if since is not None and since < last_year:
        waits.append((since, 0))
    return waits
