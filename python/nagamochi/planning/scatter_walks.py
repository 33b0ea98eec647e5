"""Follow all curves of a network under one plan whose inspections err, through all states that they can be in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nagamochi.base.cached import cached_property
from nagamochi.planning.curve_cases import CurveCases, curve_cases
from nagamochi.planning.rating_scatter import GRADES, RatingScatter
from nagamochi.planning.walks import TOLERANCE, Walk, Walker, ages_of, healths_at, repair_costs

Numbers = npt.NDArray[np.float64]

NOT_REPAIRED = -1
CERTAIN = RatingScatter()


class Followed(NamedTuple):
    """What is expected of each curve under one plan."""

    cost: Numbers  # (horizon, n_curves) yen of repairs
    paid: Numbers  # (horizon, n_curves) probability that they cost anything
    shortfall: Numbers  # (n_curves,) what it counts, yen
    used: Numbers  # (n_curves,) yen of its value that are used up in the last year
    kept: Numbers  # (n_curves,) probability that it keeps its minimum


@dataclass(frozen=True, eq=False)
class ScatterWalker(Walker):
    """Walks by expectation.

    Attributes
    ----------
    scatter : RatingScatter
        How ratings scatter.
    kept : (n_curves,) float64 or None
        Probability with which each curve must keep its minimum.
    cases : CurveCases or None
        Of one life of the curves; None for all of them.
    """

    scatter: RatingScatter = CERTAIN
    kept: Numbers | None = None
    cases: CurveCases | None = None

    def walk(self, level: float, first_year: int, interval: int, delay: int) -> Walk:
        """Follow all curves under one plan, in all cases of their health and life."""
        network, n_units = self.network, len(self.unit_offsets) - 1
        unit_of_curve = np.repeat(np.arange(n_units), np.diff(self.unit_offsets))
        shape = (self.horizon, network.n_curves)
        cost, paid, shortfall, used = np.zeros(shape), np.zeros(shape), np.zeros(shape[1]), np.zeros(shape[1])
        kept = np.zeros(shape[1])
        for walker in self._of_lives:
            states = walker.follow(level, first_year, interval, delay)
            cost += states.cost
            paid += states.paid
            shortfall += states.shortfall
            used += states.used
            kept += states.kept
        access = np.zeros(n_units)
        if network.access_cost is not None:
            access = network.access_cost[network.bridge_of_groups(self.unit_offsets)]
        unpaid = np.multiply.reduceat(1 - paid, self.unit_offsets[:-1], axis=1).T
        yen = np.add.reduceat(cost, self.unit_offsets[:-1], axis=1).T + access[:, np.newaxis] * (1 - unpaid)
        asked = np.ones(network.n_curves) if self.kept is None else self.kept
        broken = kept < asked - TOLERANCE
        return Walk(
            repair_yen=np.rint(yen * self.parts).astype(np.int64),
            lowest_health=np.full(n_units, 5.0),  # not certain
            keeps_minimum=np.bincount(unit_of_curve, broken, n_units) == 0,
            closed_works=np.zeros(n_units, np.int64),
            used_value=np.bincount(unit_of_curve, used * self.curve_stands[-1], n_units).astype(np.float64),
            shortfall=np.bincount(unit_of_curve, shortfall, n_units).astype(np.float64),
        )

    @cached_property
    def _of_lives(self) -> list[ScatterWalker]:
        """Walkers of the curves with each of their lives."""
        lives = curve_cases(self.scatter, self.network)
        return [replace(self, network=cases.network, cases=cases) for cases in lives]

    @cached_property
    def _first_ages(self) -> Numbers:
        """Ages in year 0 with each health, (n_healths, n_curves)."""
        assert self.cases is not None
        return np.array([ages_of(self.network, health) for health in self.cases.health])

    @cached_property
    def _healths_before(self) -> Numbers:
        """Health in years 0 to horizon of curves that nothing repairs, (horizon + 1, n_healths, n_curves)."""
        years = range(self.horizon + 1)
        return np.array([[healths_at(self.network, age + year) for age in self._first_ages] for year in years])

    @cached_property
    def _healths_after(self) -> Numbers:
        """Health so many years after a repair, whatever it was in year 0, (horizon + 1, 1, n_curves)."""
        return np.array([[healths_at(self.network, self.restored_age + year)] for year in range(self.horizon + 1)])

    def follow(self, level: float, first_year: int, interval: int, delay: int) -> Followed:
        """Follow all curves of one life under one plan.

        A state is the year of the last repair. For each there is its probability, (1 or 2, n_healths or 1, n_curves):
        by the health in year 0, until a repair makes them equal; in all, and where there is a minimum also without a
        fall below it so far.
        """
        assert self.cases is not None
        network = self.network
        curves = np.arange(network.n_curves)
        ways = 1 if self.minimum is None else 2
        waiting = {NOT_REPAIRED: np.repeat(self.cases.probability[np.newaxis], ways, axis=0)}
        ordered: dict[int, Numbers] = {}
        due = 0
        cost, paid = np.zeros((2, self.horizon, network.n_curves))
        shortfall = np.zeros(network.n_curves)
        for year in range(1, self.horizon + 1):
            stands = self.curve_stands[year - 1]
            if ordered and due == year:
                for state, share in ordered.items():
                    of_curve = repair_costs(network, curves, self._health(state, year - 1))
                    cost[year - 1] += (share[0] * of_curve).sum(axis=0)
                    paid[year - 1] += (share[0] * (of_curve > 0)).sum(axis=0)
                waiting[year] = _together(ordered)
                ordered = {}
            worked = self.worked[year - 1]
            if worked.any():
                total = _together(waiting)
                waiting = {state: share * ~worked for state, share in waiting.items()}
                waiting[year] = waiting.get(year, 0) + total * worked
            for state, share in (*waiting.items(), *ordered.items()):
                health = self._health(state, year)
                if self.shortfall is not None:
                    points = (share[0] * np.maximum(self.shortfall.below - health, 0.0)).sum(axis=0)
                    shortfall += points * stands * self.shortfall.yen[:, year - 1]
                if self.minimum is not None:
                    repairable = year >= np.maximum(self.earliest, self.last_work) + self.shortest_delay
                    share[1] *= ~((health < self.minimum - TOLERANCE) & stands & repairable)
            inspected = year >= first_year and (year - first_year) % interval == 0
            if inspected and year + delay <= self.horizon:
                counted = (year >= self.last_work) & self.curve_stands[year + delay - 1]
                due = year + delay
                for state, share in waiting.items():
                    found = self._found(level, self._health(state, year)) * counted
                    ordered[state] = share * found
                    waiting[state] = share * (1 - found)
        states = [*waiting.items(), *ordered.items()]
        used = np.zeros(network.n_curves)
        for state, share in states:
            age = self._first_ages + self.horizon if state < 0 else self.restored_age + (self.horizon - state)
            of_value = network.repair_cost[:, -1] * np.minimum(age / network.service_life, 1.0)
            used += (share[0] * of_value).sum(axis=0)
        kept = sum((share[-1].sum(axis=0) for _, share in states), np.zeros(network.n_curves))
        return Followed(cost, paid, shortfall, used, kept)

    def _health(self, state: int, year: int) -> Numbers:
        """Health of all curves that were repaired last in a year, or not yet."""
        health: Numbers = self._healths_before[year] if state < 0 else self._healths_after[year - state]
        return health

    def _found(self, level: float, health: Numbers) -> Numbers:
        """Probability that a rating is at or below a level."""
        from scipy.special import ndtr

        scatter = self.scatter
        if level <= 0:
            return np.zeros(health.shape)
        if scatter.matrix is not None:
            rows = np.array(scatter.matrix)[:, np.array(GRADES) <= level + TOLERANCE].sum(axis=1)
            found: Numbers = rows[5 - np.ceil(health - 0.5).astype(np.int64)]
            return found
        above = level + TOLERANCE - health - scatter.bias
        if scatter.deviation == 0:
            return (above >= 0).astype(np.float64)
        normal: Numbers = ndtr(above / scatter.deviation)
        return normal


def _together(states: dict[int, Numbers]) -> Numbers:
    """Return the probability of any of these states, whatever the health in year 0."""
    share: Numbers = np.sum([share.sum(axis=1, keepdims=True) for share in states.values()], axis=0)
    return share
