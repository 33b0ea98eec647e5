"""The best policies of many chains in numba, chain by chain on all cores: triangular powers and GTH elimination."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SERIES = 24


@numba.njit(cache=True)
def multiply(left, right, product):
    n = len(left)
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(i, j + 1):
                total += left[i, k] * right[k, j]
            product[i, j] = total


@numba.njit(cache=True)
def transition(hazards, years, result, scratch):
    """p(years): uniformisation of a short step, squared."""
    n = len(hazards) + 1
    fastest = hazards.max()
    halvings = max(0, int(np.ceil(np.log2(fastest * years))) + 1)
    mean = fastest * years / 2.0**halvings
    stay = np.ones(n)
    stay[: n - 1] = 1.0 - hazards / fastest
    for i in range(n):
        row = np.zeros(n)
        row[i] = 1.0
        weight = np.exp(-mean)
        for j in range(n):
            result[i, j] = 0.0
        for k in range(SERIES):
            for j in range(i, n):
                result[i, j] += weight * row[j]
            for j in range(n - 1, i, -1):
                row[j] = row[j] * stay[j] + row[j - 1] * (1.0 - stay[j - 1])
            row[i] *= stay[i]
            weight *= mean / (k + 1)
    for _ in range(halvings):
        multiply(result, result, scratch)
        result[:] = scratch


@numba.njit(cache=True)
def stationary(rows, pi):
    """Grassmann, Taksar and Heyman; overwrites the rows."""
    n = len(pi)
    for k in range(n - 1, 0, -1):
        leaving = 0.0
        for j in range(k):
            leaving += rows[k, j]
        for i in range(k):
            rows[i, k] /= leaving
            for j in range(k):
                rows[i, j] += rows[i, k] * rows[k, j]
    pi[0] = 1.0
    total = 1.0
    for k in range(1, n):
        pi[k] = 0.0
        for i in range(k):
            pi[k] += pi[i] * rows[i, k]
        total += pi[k]
    pi /= total


@numba.njit(cache=True)
def watch(step, powers, half, interval, spacing, count, costs, rows, cost):
    n = len(step)
    repair, _, additional, rate = costs
    alive, later = np.zeros(n), np.zeros(n)
    for i in range(1, n - 1):
        alive[:] = 0.0
        alive[i] = 1.0
        rows[i] = 0.0
        cost[i] = 0.0
        for k in range(1, count + 2):
            inspected = alive.sum()
            later[:] = 0.0
            for low in range(i, n):
                for j in range(low, n):
                    later[j] += alive[low] * step[low, j]
            alive[:] = later
            if k > count:
                break
            discount = np.exp(-rate * spacing * k)
            cost[i] += discount * (additional * inspected + repair * alive[n - 1])
            rest = half if interval == 1 else powers[interval - k - 1]
            for j in range(n):
                rows[i, j] += alive[n - 1] * rest[0, j]
            alive[n - 1] = 0.0
        for j in range(n):
            rows[i, j] += alive[j]


@numba.njit(cache=True)
def consider(pi, paid, interval, rate, limits, policy, least, best):
    lcc = 0.0
    for i in range(len(pi)):
        lcc += pi[i] * paid[i]
    lcc /= -np.expm1(-rate * interval)
    for n in range(len(limits)):
        if pi[-1] <= limits[n] and lcc < least[n]:
            least[n] = lcc
            best[n] = policy


@numba.njit(cache=True)
def all_policies(powers, half, limits, costs, watched, least, best):
    n = len(half)
    repair, inspection, _, rate = costs
    rows, watch_rows = np.empty((n, n)), np.empty((n, n))
    watch_cost, paid, pi = np.empty(n), np.empty(n), np.empty(n)
    policy = 0
    for interval in range(1, 11):
        period = powers[interval - 1]
        if watched:
            spacing = 0.5 if interval == 1 else 1.0
            step = half if interval == 1 else powers[0]
            watch(step, powers, half, interval, spacing, max(1, interval - 1), costs, watch_rows, watch_cost)
        for watch_from in range(n - 1 if watched else 1):
            for repair_at in range(watch_from + 1 if watch_from else 1, n):
                for i in range(n):
                    paid[i] = inspection
                    if i >= repair_at:
                        rows[i] = period[0]
                        paid[i] += repair
                    elif watch_from and i >= watch_from:
                        rows[i] = watch_rows[i]
                        paid[i] += watch_cost[i]
                    else:
                        rows[i] = period[i]
                stationary(rows, pi)
                consider(pi, paid, interval, rate, limits, policy, least, best)
                policy += 1


@numba.njit(cache=True)
def one_threshold(powers, limits, costs, least, best):
    """The forward recursion that serves all thresholds of an interval: visits in a cycle between repairs."""
    n = len(powers[0])
    repair, inspection, _, rate = costs
    for interval in range(1, 11):
        p = powers[interval - 1]
        row = p[0].copy()
        visits = 0.0
        factor = 1.0 / -np.expm1(-rate * interval)
        for k in range(n - 1):
            leaving = 0.0
            for j in range(k + 1, n):
                leaving += p[k, j]
            q = row[k] / leaving
            visits += q
            for j in range(k + 1, n):
                row[j] += q * p[k, j]
            share = 1.0 / (visits + 1.0)
            risk, lcc = row[n - 1] * share, (inspection + repair * share) * factor
            for m in range(len(limits)):
                if risk <= limits[m] and lcc < least[m]:
                    least[m] = lcc
                    best[m] = (interval - 1) * (n - 1) + k


@numba.njit(parallel=True, cache=True)
def best_policies(hazards, limits, costs, watched):
    n, ratings = len(hazards), hazards.shape[1] + 1
    least = np.full((n, len(limits)), np.inf)
    best = np.full((n, len(limits)), -1.0)
    for chain in numba.prange(n):
        half, scratch = np.zeros((ratings, ratings)), np.zeros((ratings, ratings))
        powers = np.zeros((10, ratings, ratings))
        transition(hazards[chain], 0.5, half, scratch)
        multiply(half, half, powers[0])
        for k in range(1, 10):
            multiply(powers[k - 1], powers[0], powers[k])
        if watched:
            all_policies(powers, half, limits, costs, True, least[chain], best[chain])
        else:
            one_threshold(powers, limits, costs, least[chain], best[chain])
    return least, best
