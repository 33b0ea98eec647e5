"""Health curves by the words of their definition: one curve after another, lives and shapes by brute force."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scipy.optimize import minimize_scalar

Observation = tuple[float, float]  # age, health
Row = Mapping[str, Any]


def squares(observations: Iterable[Observation], life: float, shape: float) -> float:
    return sum((health - (5.0 - 4.0 * (age / life) ** shape)) ** 2 for age, health in observations)


def smallest(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of a positive number is smallest: a fine grid, then Brent's method around its best point."""
    n = 400
    grid = [low * (high / low) ** (i / n) for i in range(n + 1)]
    best = min(range(n + 1), key=lambda i: function(grid[i]))
    bracket = math.log(grid[max(best - 1, 0)]), math.log(grid[min(best + 1, n)])
    found = minimize_scalar(lambda x: function(math.exp(x)), bounds=bracket, method="bounded", options={"xatol": 1e-12})
    return math.exp(found.x)


def best_life(observations: list[Observation], shape: float) -> float:
    return smallest(lambda life: squares(observations, life, shape), 0.1, 1e5)


def best_life_and_shape(observations: list[Observation]) -> tuple[float, float]:
    shape = smallest(lambda shape: squares(observations, best_life(observations, shape), shape), 0.2, 10.0)
    return best_life(observations, shape), shape


def restored_first(rows: list[Row]) -> set[tuple[str, str, str]]:
    """Curves whose earliest inspection tells of a restoration before it."""
    earliest: dict[tuple[str, str, str], Row] = {}
    for row in sorted(rows, key=lambda row: row["year"]):
        earliest.setdefault((row["bridge_id"], row["member"], row["damage"]), row)
    return {curve for curve, row in earliest.items() if row.get("restored_year") is not None}


def own_lives(
    rows: list[Row],
    base: Mapping[Any, tuple[float, float]],
    correct: str | None,
    tolerance: float,
    prior_weight: int = 0,
) -> dict[tuple[str, str, str], tuple[float, int]]:
    """Curve -> own life before bounds (base life where none) and the observations since the last repair."""
    by_curve: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["year"]):
        by_curve[row["bridge_id"], row["member"], row["damage"]].append(row)
    lives = {}
    restored_before = restored_first(rows)
    for curve, inspections in by_curve.items():
        life, shape = base[curve[1:]]
        since: list[Observation] = []
        before, restored = None, None
        for row in inspections:
            if row.get("restored_year") not in (None, restored):
                restored, start, since = row["restored_year"], row["restored_year"], []
                age = life * ((5.0 - row["restored_health"]) / 4.0) ** (1.0 / shape)
            elif before is None or row["year_built"] > before["year_built"]:
                start, age, since = row["year"], row["year"] - row["year_built"], []
            elif row["health"] > before["health"] + tolerance:
                start, age, since = row["year"], life * ((5.0 - row["health"]) / 4.0) ** (1.0 / shape), []
            since.append((age + row["year"] - start, row["health"]))
            before = row
        telling = since[-1:] if correct == "latest" else since
        of_base = len(inspections) == 1 and curve not in restored_before
        if correct is None or of_base or not any(age > 0.0 for age, _ in telling):
            own = life
        elif prior_weight:
            own = best_life([*telling, *[(life, 1.0)] * prior_weight], shape)
        elif correct == "latest":
            age, health = since[-1]
            own = age / ((5.0 - health) / 4.0) ** (1.0 / shape) if health < 5.0 else math.inf
        else:
            own = best_life(since, shape) if any(health < 5.0 for _, health in since) else math.inf
        lives[curve] = own, len(since)
    return lives
