"""What the policy kernels must give, from the definitions: dense matrices, one policy after another, and a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import mpmath
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OraclePolicy:
    interval: float
    repair_at: int
    watch_from: int
    repair_on_watch_at: int
    spacing: float = 0.0

    @property
    def steps(self) -> list[float]:
        """Gaps between inspections of a watched section, until the next periodic one."""
        if self.watch_from == self.repair_at:
            return [self.interval]
        count = ceil(self.interval / self.spacing - 1e-9)
        return [self.spacing] * (count - 1) + [self.interval - (count - 1) * self.spacing]


@dataclass(frozen=True)
class OracleCosts:
    repair: list[float]
    inspection: float
    additional: float
    discount_rate: float


@dataclass(frozen=True)
class OracleValue:
    stationary: list[mpmath.mpf]
    value: list[mpmath.mpf]
    risk: mpmath.mpf
    risk_any: mpmath.mpf
    time_in_worst: mpmath.mpf
    lcc: mpmath.mpf
    additional_inspections: mpmath.mpf
    repairs: mpmath.mpf
    transitions: mpmath.matrix


def transition(hazards: list[float], years: float) -> mpmath.matrix:
    """exp(Q years), by scaling and squaring at the precision of mpmath's context."""
    return _augmented(hazards, years)[: len(hazards) + 1, : len(hazards) + 1]


def _augmented(hazards: list[float], years: float) -> mpmath.matrix:
    """The last column holds the expected time in the worst rating."""
    n = len(hazards) + 1
    generator = mpmath.zeros(n + 1)
    for i, rate in enumerate(hazards):
        generator[i, i] = -mpmath.mpf(rate)
        generator[i, i + 1] = mpmath.mpf(rate)
    generator[n - 1, n] = 1
    scaled = generator * mpmath.mpf(years)
    halvings = max(0, int(mpmath.ceil(mpmath.log(mpmath.mnorm(scaled, 1) + 1, 2)))) + 4
    scaled /= mpmath.mpf(2) ** halvings
    term = result = mpmath.eye(n + 1)
    for k in range(1, mpmath.mp.prec):
        term = term * scaled / k
        result = result + term
        if mpmath.mnorm(term, 1) < mpmath.mpf(2) ** (-mpmath.mp.prec - 400):
            break
    for _ in range(halvings):
        result = result * result
    return result


def evaluate(hazards: list[float], policy: OraclePolicy, costs: OracleCosts, digits: int = 50) -> OracleValue:
    """Follow one interval from every rating found, then solve the two linear systems at many digits."""
    with mpmath.workdps(digits):
        return _evaluate(hazards, policy, costs)


def _evaluate(hazards: list[float], policy: OraclePolicy, costs: OracleCosts) -> OracleValue:
    n = len(hazards) + 1
    rate = mpmath.mpf(costs.discount_rate)
    matrices: dict[float, mpmath.matrix] = {}

    def moved(row: list[mpmath.mpf], years: float) -> tuple[list[mpmath.mpf], mpmath.mpf]:
        if years not in matrices:
            matrices[years] = _augmented(hazards, years)
        p = matrices[years]
        later = [sum(row[i] * p[i, j] for i in range(n)) for j in range(n)]
        return later, sum(row[i] * p[i, n] for i in range(n))

    transitions = mpmath.zeros(n)
    reward = {name: [mpmath.mpf(0)] * n for name in ("cost", "additional", "worst_found", "repairs", "worst_years")}
    for i in range(n):
        rating = i + 1
        found = [mpmath.mpf(0)] * n
        alive = [mpmath.mpf(int(k == i)) for k in range(n)]
        reward["cost"][i] = mpmath.mpf(costs.inspection)
        watched = policy.watch_from <= rating < policy.repair_at
        if rating >= policy.repair_at:
            reward["cost"][i] += costs.repair[i]
            reward["repairs"][i] += 1
            alive = [mpmath.mpf(int(k == 0)) for k in range(n)]
        steps = policy.steps if watched else [policy.interval]
        elapsed = 0.0
        for step in steps[:-1]:
            elapsed += step
            reward["additional"][i] += sum(alive)
            reward["cost"][i] += mpmath.exp(-rate * elapsed) * costs.additional * sum(alive)
            alive, years = moved(alive, step)
            reward["worst_years"][i] += years
            reward["worst_found"][i] += alive[-1]
            for k in range(policy.repair_on_watch_at - 1, n):
                repaired, alive[k] = alive[k], mpmath.mpf(0)
                reward["repairs"][i] += repaired
                reward["cost"][i] += mpmath.exp(-rate * elapsed) * repaired * costs.repair[k]
                fresh, years = moved([repaired] + [mpmath.mpf(0)] * (n - 1), policy.interval - elapsed)
                reward["worst_years"][i] += years
                found = [a + b for a, b in zip(found, fresh, strict=True)]
        alive, years = moved(alive, steps[-1])
        reward["worst_years"][i] += years
        for j in range(n):
            transitions[i, j] = found[j] + alive[j]

    balance = (transitions - mpmath.eye(n)).T
    for j in range(n):
        balance[n - 1, j] = 1
    stationary = list(mpmath.lu_solve(balance, mpmath.matrix([0] * (n - 1) + [1])))
    discount = mpmath.exp(-rate * policy.interval)
    value = list(mpmath.lu_solve(mpmath.eye(n) - discount * transitions, mpmath.matrix(reward["cost"])))
    mean = {name: sum(p * v for p, v in zip(stationary, values, strict=True)) for name, values in reward.items()}
    return OracleValue(
        stationary=stationary,
        value=value,
        risk=stationary[-1],
        risk_any=(stationary[-1] + mean["worst_found"]) / (1 + mean["additional"]),
        time_in_worst=mean["worst_years"] / policy.interval,
        lcc=sum(p * v for p, v in zip(stationary, value, strict=True)),
        additional_inspections=mean["additional"] / policy.interval,
        repairs=mean["repairs"] / policy.interval,
        transitions=transitions,
    )


@dataclass
class Simulated:
    """Means over intervals with their standard errors, from many sections of one life each."""

    risk: tuple[float, float]
    risk_any: tuple[float, float]
    time_in_worst: tuple[float, float]
    lcc: tuple[float, float]


def simulate(
    hazards: list[float], policy: OraclePolicy, costs: OracleCosts, *, sections: int, years: float, seed: int
) -> Simulated:
    """Live through the process: every section ages by exponential stays, is inspected, watched and repaired.

    Sections are followed for a third of the years first, so that they have forgotten that they started new.
    """
    random = np.random.default_rng(seed)
    rates = np.array([*hazards, 0.0])
    worst = len(hazards)
    counts = np.zeros((sections, 4))  # periodic inspections and their finds of the worst, the same of all kinds
    in_worst = np.zeros(sections)
    cost = np.zeros(sections)
    warm_up = policy.interval * ceil(years / 3 / policy.interval)
    for section in range(sections):
        rating, begin, now = 0, False, 0.0
        leaves = random.exponential(1 / rates[0])

        def age(until: float) -> None:
            nonlocal rating, leaves, now
            while leaves < until:
                rating += 1
                if rating < worst:
                    leaves += random.exponential(1 / rates[rating])
                else:
                    break
            if rating == worst:
                if begin:
                    in_worst[section] += until - max(now, leaves)
                leaves = min(leaves, until) if leaves < until else leaves
            now = until

        def repair(when: float) -> None:
            nonlocal rating, leaves
            if begin:
                cost[section] += costs.repair[rating] * np.exp(-costs.discount_rate * (when - warm_up))
            rating, leaves = 0, when + random.exponential(1 / rates[0])

        for k in range(int((warm_up + years) / policy.interval)):
            when = k * policy.interval
            begin = when >= warm_up - 1e-9
            if begin:
                counts[section] += [1, rating == worst, 1, rating == worst]
                cost[section] += costs.inspection * np.exp(-costs.discount_rate * (when - warm_up))
            found = rating + 1
            if found >= policy.repair_at:
                repair(when)
            elif found >= policy.watch_from:
                for step in policy.steps[:-1]:
                    age(now + step)
                    if begin:
                        counts[section, 2:] += [1, rating == worst]
                        cost[section] += costs.additional * np.exp(-costs.discount_rate * (now - warm_up))
                    if rating + 1 >= policy.repair_on_watch_at:
                        repair(now)
                        break
            age(when + policy.interval)
    observed = int(counts[0, 0]) * policy.interval
    return Simulated(
        risk=_ratio(counts[:, 1], counts[:, 0]),
        risk_any=_ratio(counts[:, 3], counts[:, 2]),
        time_in_worst=_ratio(in_worst, np.full(sections, observed)),
        lcc=_ratio(cost, np.ones(sections)),
    )


def _ratio(numerator: Numbers, denominator: Numbers) -> tuple[float, float]:
    ratio = numerator.sum() / denominator.sum()
    residual = numerator - ratio * denominator
    return float(ratio), float(residual.std(ddof=1) / denominator.mean() / np.sqrt(len(residual)))
