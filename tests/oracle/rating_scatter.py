"""Plans of a bridge whose inspections err, by drawing the errors: a walk through the years, many draws side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from oracle.lcc import OracleCurve


@dataclass
class OracleRatings:
    sigma: float = 0.0
    bias: float = 0.0
    round_scatter: float = 0.0
    matrix: np.ndarray | None = None  # (5, 5): true grade 5, 4, 3, 2, 1, rated grade 5, 4, 3, 2, 1
    rated_health: bool = False
    life_scatter: float = 0.0
    pools: dict[float, np.ndarray] = field(default_factory=dict)  # healths by their rating

    def rate(self, health: np.ndarray, of_team: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Ratings of one curve in one inspection, for each draw."""
        if self.matrix is None:
            return np.clip(health + of_team + self.sigma * rng.standard_normal(len(health)), 1, 5)
        grade = np.ceil(health - 0.5).astype(int)
        upper = np.cumsum(self.matrix, axis=1)[5 - grade]
        rated = (rng.random(len(health))[:, None] > upper).sum(axis=1)
        return 5.0 - np.minimum(rated, 4)

    def first_health(self, rated: float, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Healths in year 0 that were rated so: those of many healths, all as probable, whose drawn rating is that."""
        if not self.rated_health:
            return np.full(draws, rated)
        if rated not in self.pools or len(self.pools[rated]) < draws:
            self.pools[rated] = self._kept(rated, draws, rng)
        return rng.permutation(self.pools[rated])[:draws]

    def _kept(self, rated: float, draws: int, rng: np.random.Generator) -> np.ndarray:
        by_grade, found = self.matrix is not None, []
        asked = np.ceil(rated - 0.5) if by_grade else rated
        near = 0.01 if 1 < rated < 5 and not by_grade else 0
        while sum(map(len, found)) < draws:
            health = rng.integers(1, 6, 200_000).astype(float) if by_grade else rng.uniform(1, 5, 200_000)
            team = self.bias + self.round_scatter * rng.standard_normal(len(health))
            found.append(health[np.abs(self.rate(health, team, rng) - asked) <= near])
        return np.concatenate(found)


@dataclass
class Drawn:
    repair: np.ndarray  # (draws, years 1..horizon), with access
    health: np.ndarray  # (draws, curves, years 0..horizon)
    used: np.ndarray  # (draws, curves): share of the service life that is used up in the last year


def draw(
    curves: list[OracleCurve],
    ratings: OracleRatings,
    plan: tuple[float, int, int, int],
    horizon: int,
    draws: int,
    rng: np.random.Generator,
    *,
    access_cost: float = 0.0,
    removed: int | None = None,
) -> Drawn:
    level, first_year, interval, delay = plan
    end = horizon if removed is None else removed - 1
    teams = ratings.bias + ratings.round_scatter * rng.standard_normal((horizon + 1, draws))
    repair = np.zeros((draws, horizon + 1))
    health = np.zeros((draws, len(curves), horizon + 1))
    used = np.zeros((draws, len(curves)))
    for number, curve in enumerate(curves):
        life = np.exp(ratings.life_scatter * rng.standard_normal(draws))  # ages are multiples of it
        firsts, of_draw = np.unique(ratings.first_health(curve.health, draws, rng), return_inverse=True)
        now = firsts[of_draw]
        age = np.array([curve.age_of(h) for h in firsts])[of_draw]
        ordered = np.zeros(draws, int)  # year of the repair; 0 for none
        health[:, number, 0] = now
        for year in range(1, horizon + 1):
            age += 1 / life
            due = ordered == year
            repair[due, year] += [curve.repair_cost(h) for h in now[due]]
            ordered[due] = 0
            age[due] = curve.age_of(curve.restored_health)
            if year in curve.works:
                age[:] = curve.age_of(curve.restored_health)
            ages, of_draw = np.unique(age, return_inverse=True)
            now = np.array([curve.health_at(a) for a in ages])[of_draw]
            health[:, number, year] = now
            inspected = year >= first_year and (year - first_year) % interval == 0
            if inspected and year + delay <= end and not any(work > year for work in curve.works):
                found = ratings.rate(now, teams[year], rng) <= level + 1e-9
                ordered[found & (ordered == 0)] = year + delay
        used[:, number] = np.minimum(age / curve.service_life, 1)
    repair[:, 1:] += access_cost * (repair[:, 1:] > 0)
    return Drawn(repair[:, 1:], health, used)
