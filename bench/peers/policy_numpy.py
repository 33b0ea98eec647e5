"""The best policies of many chains in NumPy, all chains of a block at once: dense stationary vectors, LCC = pi.g."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BLOCK = 512
SERIES = 24


def transition(hazards: Numbers, years: float) -> Numbers:
    """p(years) of all chains: a Taylor series of a short step, squared."""
    n, stages = hazards.shape
    generator = np.zeros((n, stages + 1, stages + 1))
    i = np.arange(stages)
    generator[:, i, i] = -hazards * years
    generator[:, i, i + 1] = hazards * years
    halvings = max(0, int(np.ceil(np.log2(hazards.max() * years))) + 2)
    generator /= 2.0**halvings
    result = np.broadcast_to(np.eye(stages + 1), generator.shape).copy()
    term = result
    for k in range(1, SERIES):
        term = term @ generator / k
        result = result + term
    for _ in range(halvings):
        result = result @ result
    return result


def stationary(rows: Numbers) -> Numbers:
    """Solve pi P = pi with sum 1, dense."""
    n, ratings, _ = rows.shape
    equations = np.swapaxes(rows, 1, 2) - np.eye(ratings)
    equations[:, -1] = 1.0
    right = np.zeros((n, ratings, 1))
    right[:, -1] = 1.0
    return np.linalg.solve(equations, right)[..., 0]


def watched(powers: list[Numbers], step: Numbers, rests: list[Numbers], spacing: float, costs: tuple) -> tuple:
    """Rows and costs of all ratings when watched: repaired when found worst."""
    repair, _, additional, rate = costs
    n, ratings, _ = step.shape
    alive = np.broadcast_to(np.eye(ratings), step.shape).copy()
    rows = np.zeros_like(step)
    cost = np.zeros((n, ratings))
    for k, rest in enumerate(rests, start=1):
        discount = np.exp(-rate * spacing * k)
        cost += discount * additional * alive.sum(axis=2)
        alive = alive @ step
        found = alive[..., -1].copy()
        alive[..., -1] = 0
        cost += discount * found * repair
        rows += found[..., None] * rest[:, :1]
    return rows + alive @ step, cost


def best_policies(hazards: Numbers, limits: Numbers, costs: tuple) -> tuple[Numbers, Numbers]:
    """Least costs (n, limits) and their policies, in blocks that fit into the cache."""
    parts = [best_of_block(hazards[start : start + BLOCK], limits, costs) for start in range(0, len(hazards), BLOCK)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def best_of_block(hazards: Numbers, limits: Numbers, costs: tuple) -> tuple[Numbers, Numbers]:
    repair, inspection, _, rate = costs
    n, ratings = len(hazards), hazards.shape[1] + 1
    half = transition(hazards, 0.5)
    powers = [half @ half]
    for _ in range(9):
        powers.append(powers[-1] @ powers[0])
    least = np.full((n, len(limits)), np.inf)
    best = np.full((n, len(limits)), -1.0)
    policy = 0

    def consider(rows: Numbers, paid: Numbers, interval: int) -> None:
        nonlocal policy
        pi = stationary(rows)
        lcc = (pi * paid).sum(axis=1) / -np.expm1(-rate * interval)
        better = (pi[:, -1:] <= limits) & (lcc[:, None] < least)
        least[better] = np.broadcast_to(lcc[:, None], least.shape)[better]
        best[better] = policy
        policy += 1

    for interval in range(1, 11):
        period = powers[interval - 1]
        for repair_at in range(1, ratings):
            rows, paid = period.copy(), np.full(ratings, inspection)
            rows[:, repair_at:] = period[:, :1]
            paid[repair_at:] += repair
            consider(rows, paid, interval)
        step, rests = (half, [half]) if interval == 1 else (powers[0], powers[interval - 2 :: -1])
        watch_rows, watch_cost = watched(powers, step, rests, 0.5 if interval == 1 else 1.0, costs)
        for watch_from in range(1, ratings - 1):
            for repair_at in range(watch_from + 1, ratings):
                rows, paid = period.copy(), np.full((n, ratings), inspection)
                rows[:, watch_from:repair_at] = watch_rows[:, watch_from:repair_at]
                paid[:, watch_from:repair_at] += watch_cost[:, watch_from:repair_at]
                rows[:, repair_at:] = period[:, :1]
                paid[:, repair_at:] += repair
                consider(rows, paid, interval)
    return least, best
