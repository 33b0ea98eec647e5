"""What the policy kernels must give, from the definitions: dense matrices at many digits, and a simulation."""

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


@dataclass(frozen=True)
class Simulated:
    """Estimates with their standard errors."""

    risk: tuple[float, float]
    risk_any: tuple[float, float]
    time_in_worst: tuple[float, float]
    lcc: tuple[float, float]


class Section:
    """One section that ages by exponential stays; what it costs and where it is, from a first day on."""

    def __init__(self, hazards: list[float], costs: OracleCosts, first_day: float, random: np.random.Generator) -> None:
        self.hazards, self.costs, self.first_day, self.random = hazards, costs, first_day, random
        self.cost = self.years_in_worst = 0.0
        self.periodic = self.periodic_worst = self.inspections = self.worst_found = 0
        self.make_new(0.0)

    def make_new(self, day: float) -> None:
        self.enters = list(day + np.cumsum(self.random.exponential(1 / np.array(self.hazards))))

    def rating(self, day: float) -> int:
        return 1 + sum(entered <= day for entered in self.enters)

    def pay(self, amount: float, day: float) -> None:
        if day >= self.first_day - 1e-9:
            self.cost += amount * float(np.exp(-self.costs.discount_rate * (day - self.first_day)))

    def repair(self, day: float) -> None:
        self.pay(self.costs.repair[self.rating(day) - 1], day)
        self.end_in_worst(day)
        self.make_new(day)

    def end_in_worst(self, day: float) -> None:
        self.years_in_worst += max(0.0, day - max(self.first_day, self.enters[-1]))

    def inspect(self, day: float, periodic: bool) -> int:
        self.pay(self.costs.inspection if periodic else self.costs.additional, day)
        rating = self.rating(day)
        if day >= self.first_day - 1e-9:
            worst = rating == len(self.hazards) + 1
            self.inspections += 1
            self.worst_found += worst
            self.periodic += periodic
            self.periodic_worst += periodic and worst
        return rating

    def live(self, day: float, policy: OraclePolicy) -> None:
        """Go through one interval, from a periodic inspection on."""
        rating = self.inspect(day, periodic=True)
        if rating >= policy.repair_at:
            self.repair(day)
        elif rating >= policy.watch_from:
            for step in range(1, len(policy.steps)):
                later = day + step * policy.spacing
                if self.inspect(later, periodic=False) >= policy.repair_on_watch_at:
                    self.repair(later)
                    break


def simulate(
    hazards: list[float],
    policy: OraclePolicy,
    costs: OracleCosts,
    *,
    sections: int,
    warm_up: int,
    intervals: int,
    seed: int,
) -> Simulated:
    """Live through the process with many sections; costs count from after the intervals of warming up."""
    random = np.random.default_rng(seed)
    lives = []
    for _ in range(sections):
        section = Section(hazards, costs, warm_up * policy.interval, random)
        for k in range(warm_up + intervals):
            section.live(k * policy.interval, policy)
        section.end_in_worst((warm_up + intervals) * policy.interval)
        lives.append(section)
    ones = np.ones(sections)
    return Simulated(
        risk=_ratio(_each(lives, "periodic_worst"), _each(lives, "periodic")),
        risk_any=_ratio(_each(lives, "worst_found"), _each(lives, "inspections")),
        time_in_worst=_ratio(_each(lives, "years_in_worst"), intervals * policy.interval * ones),
        lcc=_ratio(_each(lives, "cost"), ones),
    )


def _each(lives: list[Section], name: str) -> Numbers:
    return np.array([getattr(life, name) for life in lives], np.float64)


def _ratio(numerator: Numbers, denominator: Numbers) -> tuple[float, float]:
    ratio = numerator.sum() / denominator.sum()
    residual = numerator - ratio * denominator
    return float(ratio), float(residual.std(ddof=1) / denominator.mean() / np.sqrt(len(residual)))
