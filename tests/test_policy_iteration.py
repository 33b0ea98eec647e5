"""The optimum without a risk limit, by policy iteration of QuantEcon's DiscreteDP on the process as it is defined."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from quantecon.markov import DiscreteDP
from scipy.linalg import expm

from nagamochi.policy import Policy, PolicySpace, Sections

WAIT, WATCH, REPAIR = range(3)
INTERVALS = range(1, 11)
NO_LIMIT = np.nextafter(1.0, 0.0)
NEARLY_UNDISCOUNTED = 1 - 1e-7


@cache
def transition(hazards: tuple[float, ...], years: float) -> np.ndarray:
    generator = np.diag([-rate for rate in hazards] + [0.0]) + np.diag(hazards, 1)
    return expm(generator * years)


@dataclass(frozen=True)
class Process:
    """Hazards and costs of a section; what one interval does to it, by the action taken at its first day."""

    hazards: tuple[float, ...]
    repair: np.ndarray
    inspection: float
    additional: float
    rate: float

    @property
    def ratings(self) -> int:
        return len(self.repair)

    def transition(self, years: float) -> np.ndarray:
        return transition(self.hazards, years)

    def watched(self, interval: int) -> tuple[np.ndarray, np.ndarray]:
        """Ratings at the end of an interval and costs within it, if watched and repaired at the worst rating."""
        spacing = 0.5 if interval == 1 else 1.0
        worst = np.zeros((self.ratings, self.ratings))
        worst[-1, -1] = 1.0
        unrepaired, cost = np.eye(self.ratings), np.zeros(self.ratings)
        ends = np.zeros((self.ratings, self.ratings))
        for day in np.arange(spacing, interval, spacing):
            discount = np.exp(-self.rate * day)
            cost += discount * self.additional * unrepaired.sum(axis=1)
            unrepaired = unrepaired @ self.transition(spacing)
            cost += discount * self.repair[-1] * unrepaired[:, -1]
            ends += np.outer(unrepaired[:, -1], self.transition(interval - day)[0])
            unrepaired = unrepaired - unrepaired @ worst
        return ends + unrepaired @ self.transition(spacing), cost

    def decisions(
        self, interval: int, discount: float, watch_from: int | None = None, *, free: bool = False
    ) -> DiscreteDP:
        """Wait or repair, from `watch_from` on watch or repair, or as is cheapest if `free`.

        The best rating is left, the worst repaired.
        """
        left = self.transition(interval)
        ends, cost = self.watched(interval)
        moves = np.stack([left, ends, np.tile(left[0], (self.ratings, 1))], axis=1)
        rewards = -self.inspection - np.column_stack([np.zeros(self.ratings), cost, self.repair])
        first_watched = self.ratings if watch_from is None else watch_from - 1
        rewards[:first_watched, WATCH] = -np.inf
        if not free:
            rewards[first_watched:, WAIT] = -np.inf
        rewards[0, REPAIR] = rewards[-1, WAIT] = rewards[-1, WATCH] = -np.inf
        return DiscreteDP(rewards, moves, discount)

    def discount(self, interval: int) -> float:
        return float(np.exp(-self.rate * interval))

    def section(self) -> Sections:
        return Sections(
            hazards=self.hazards,
            repair_cost=self.repair,
            inspection_cost=self.inspection,
            additional_inspection_cost=self.additional,
            discount_rate=self.rate,
        )


def random_process(seed: int) -> Process:
    """Repair costs more at the worst rating only, so that thresholds are as cheap as any choice by rating."""
    random = np.random.default_rng(seed)
    ratings = int(random.integers(3, 9))
    return Process(
        hazards=tuple(np.exp(random.normal(-1.0, 0.6, ratings - 1))),
        repair=np.append(np.full(ratings - 1, 100.0), 100 * random.uniform(1, 5)),
        inspection=random.uniform(0.5, 5),
        additional=random.uniform(0.05, 0.5),
        rate=random.uniform(0.01, 0.1),
    )


CALIBRATED = tuple(1 / years for years in (1.20, 3.40, 1.63, 1.91, 2.57, 3.23))  # to the paper's table 2, not measured
PAPERS = Process(CALIBRATED, np.full(7, 744_000.0), 2_000.0, 2_000.0, 0.04)
each_process = pytest.mark.parametrize("process", [PAPERS, *map(random_process, range(6))], ids=["paper's", *range(6)])


def policy_of(actions: np.ndarray, interval: int, watch_from: int | None) -> Policy:
    """What the actions by rating say, which must be repair from some rating on."""
    repair_at = int(np.argmax(actions == REPAIR)) + 1
    assert (actions[repair_at - 1 :] == REPAIR).all()
    if watch_from is None or watch_from >= repair_at:
        return Policy(interval, repair_at)
    return Policy(interval, repair_at, watch_from, len(actions))


def cheapest(process: Process, watch: bool) -> tuple[float, Policy]:
    """LCC = pi.V of what costs least on average, which is undiscounted: pi.V = pi.g / (1 - exp(-rate * interval))."""
    found = []
    for interval in INTERVALS:
        for watch_from in [None, *range(2, process.ratings)] if watch else [None]:
            solved = process.decisions(interval, NEARLY_UNDISCOUNTED, watch_from).solve(method="policy_iteration")
            value = process.decisions(interval, process.discount(interval), watch_from).evaluate_policy(solved.sigma)
            lcc = -solved.mc.stationary_distributions[0] @ value
            found.append((lcc, policy_of(solved.sigma, interval, watch_from)))
    return min(found, key=lambda each: each[0])


@each_process
@pytest.mark.parametrize("watch", [False, True])
def test_the_cheapest_policy_without_a_limit(process: Process, watch: bool) -> None:
    best = process.section().best(NO_LIMIT, PolicySpace(watch=watch))
    lcc, policy = cheapest(process, watch)
    assert best.policy == policy
    assert best.lcc == pytest.approx(lcc, rel=1e-10)


@each_process
@pytest.mark.parametrize("interval", [1, 4, 10])
def test_the_least_value_of_every_rating(process: Process, interval: int) -> None:
    solved = process.decisions(interval, process.discount(interval)).solve(method="policy_iteration")
    section = process.section()
    results = section.evaluate(section.evaluate_all(PolicySpace([interval], watch=False)))
    np.testing.assert_allclose(results.value.min(axis=0), -solved.v, rtol=1e-11)
    mine = section.evaluate(policy_of(solved.sigma, interval, None))
    np.testing.assert_allclose(mine.value, -solved.v, rtol=1e-11)


def test_two_thresholds_are_nearly_as_cheap_as_any_choice_by_rating() -> None:
    solved = PAPERS.decisions(10, NEARLY_UNDISCOUNTED, 2, free=True).solve(method="policy_iteration")
    assert solved.sigma.tolist() == [WAIT, WATCH, WATCH, WAIT, WAIT, WAIT, REPAIR]
    value = PAPERS.decisions(10, PAPERS.discount(10), 2, free=True).evaluate_policy(solved.sigma)
    free = -solved.mc.stationary_distributions[0] @ value
    best = PAPERS.section().best(NO_LIMIT).lcc
    assert (free, best) == pytest.approx((1_200_732, 1_202_019), abs=0.5)
