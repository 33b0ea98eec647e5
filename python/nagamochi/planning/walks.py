"""Walk all curves of a network through the years under one plan, year by year: slow and plain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi.base.cached import cached_property
from nagamochi.network.arrays import NetworkArrays
from nagamochi.network.decided import Decided

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TOLERANCE = 1e-9
"""A curve is found at a health above its repair level by at most this, and may fall below its minimum by as much."""


@dataclass(frozen=True, eq=False)
class Walk:
    """What became of each unit: parts of a yen by year, (n_units, horizon), and its lowest health.

    ``keeps_minimum`` says whether its curves keep their minimum from the first year on in which a plan can repair them;
    ``closed_works`` counts its repairs in closed years. ``used_value`` is the yen of its curves' value that are used up
    in the last year; ``shortfall`` is what its curves' shortfall counts, yen.
    """

    repair_yen: Indices
    lowest_health: Numbers
    keeps_minimum: npt.NDArray[np.bool_]
    closed_works: Indices
    used_value: Numbers
    shortfall: Numbers


@dataclass(frozen=True, eq=False)
class PricedShortfall:
    """Yen that a curve counts for each point of health below a threshold in each year, (n_curves, horizon)."""

    below: float
    yen: Numbers


@dataclass(frozen=True, eq=False)
class Walker:
    """All curves of a network, ready to walk.

    Attributes
    ----------
    network : NetworkArrays
        The curves.
    unit_offsets : (n_units + 1,) int64
        Curves of unit u are ``unit_offsets[u]`` to ``unit_offsets[u + 1] - 1``.
    horizon : int
        Years.
    parts : float
        Yen are whole numbers of 1 / ``parts``; a power of two.
    minimum : (n_curves,) float64 or None
        Health that each curve must keep.
    earliest : int or (n_curves,) int64
        First year in which any plan inspects; no plan repairs what is found before the last work that is decided.
    shortest_delay : int
        Years from an inspection to the first repair that any plan can make.
    urgency : (float, int) or None
        What is found below this health waits for so many years at most.
    decided : Decided or None
        Works, closed years and removals.
    shortfall : PricedShortfall or None
        None where health below a threshold does not count.
    """

    network: NetworkArrays
    unit_offsets: Indices
    horizon: int
    parts: float
    minimum: Numbers | None = None
    earliest: int | Indices = 0
    shortest_delay: int = 1
    urgency: tuple[float, int] | None = None
    decided: Decided | None = None
    shortfall: PricedShortfall | None = None

    @cached_property
    def bridge_of_curve(self) -> Indices:
        """Index of the bridge of each curve."""
        return np.repeat(np.arange(self.network.n_bridges), np.diff(self.network.curve_offsets))

    @cached_property
    def first_age(self) -> Numbers:
        """Age of each curve in year 0."""
        return ages_of(self.network, self.network.health)

    @cached_property
    def restored_age(self) -> Numbers:
        """Age of each curve in the year of a repair."""
        return ages_of(self.network, self.network.restored_health)

    @cached_property
    def healths(self) -> Numbers:
        """Health in years 0 to horizon of curves that nothing repairs, then so many years after a repair, by curve."""
        ages = [first + year for first in (self.first_age, self.restored_age) for year in range(self.horizon + 1)]
        return np.array([healths_at(self.network, age) for age in ages])

    @cached_property
    def worked(self) -> npt.NDArray[np.bool_]:
        """Whether a work on a curve is decided for a year 1 to horizon, (horizon, n_curves)."""
        worked = np.zeros((self.horizon, self.network.n_curves), bool)
        if self.decided is not None:
            offsets, years, _ = self.decided.years
            worked[years - 1, np.repeat(np.arange(self.network.n_curves), np.diff(offsets))] = True
        return worked

    @cached_property
    def last_work(self) -> Indices:
        """Year of the last work on a curve that is decided; 0 without one."""
        last: Indices = np.max(self.worked * np.arange(1, self.horizon + 1)[:, None], axis=0)
        return last

    @cached_property
    def curve_stands(self) -> npt.NDArray[np.bool_]:
        """Whether the bridge of a curve is there in a year 1 to horizon, (horizon, n_curves)."""
        return np.ascontiguousarray(self.stands.T[:, self.bridge_of_curve])

    @cached_property
    def stands(self) -> npt.NDArray[np.bool_]:
        """Whether a bridge is there in a year 1 to horizon, (n_bridges, horizon)."""
        stands = np.ones((self.network.n_bridges, self.horizon), bool)
        if self.decided is not None:
            stands &= np.arange(1, self.horizon + 1) <= self.decided.years.last_year[:, None]
        return stands

    @cached_property
    def closed(self) -> npt.NDArray[np.bool_]:
        """Whether a year 1 to horizon is closed to repairs of a bridge, (n_bridges, horizon)."""
        closed = np.zeros((self.network.n_bridges, self.horizon), bool)
        if self.decided is not None:
            bridges, years = self.decided.closed_years(self.horizon)
            closed[bridges] = years == 1
        return closed

    def walk(self, level: float, first_year: int, interval: int, delay: int) -> Walk:
        """Follow all curves under one plan.

        Within a year curves age, then are repaired, then inspected; what an inspection finds is repaired `delay` years
        later, or before if it is urgent. Works that are decided repair curves too, and no plan repairs what was found
        before them.
        """
        network, n_units = self.network, len(self.unit_offsets) - 1
        unit_of_curve = np.repeat(np.arange(n_units), np.diff(self.unit_offsets))
        curves, healths = np.arange(network.n_curves), self.healths.ravel()
        place = curves.copy()  # of each curve in the table of healths
        all_stand = np.logical_and.reduce(self.curve_stands, axis=1)
        due = np.zeros(network.n_curves, np.int64)  # year of the repair that is ordered
        health = network.health
        yen = np.zeros((n_units, self.horizon))
        lowest_of_curve = np.full(network.n_curves, 5.0)
        closed_works = np.zeros(n_units, np.int64)
        too_low = np.zeros(network.n_curves, bool)
        shortfall = np.zeros(n_units)
        for year in range(1, self.horizon + 1):
            place += network.n_curves
            repaired = np.flatnonzero(due == year)
            costs = repair_costs(network, repaired, health[repaired])
            yen[:, year - 1] = np.bincount(unit_of_curve[repaired], costs, n_units)
            if network.access_cost is not None:
                access = network.access_cost[network.bridge_of_groups(self.unit_offsets)]
                yen[:, year - 1] += np.where(yen[:, year - 1] > 0, access, 0.0)
            restored = np.concatenate([repaired, np.flatnonzero(self.worked[year - 1])])
            place[restored] = (self.horizon + 1) * network.n_curves + restored
            health = healths.take(place)
            stands = self.curve_stands[year - 1]
            np.minimum(lowest_of_curve, health, out=lowest_of_curve, where=all_stand[year - 1] or stands)
            if self.shortfall is not None:
                points = np.maximum(self.shortfall.below - health, 0.0) * stands
                shortfall += np.bincount(unit_of_curve, points * self.shortfall.yen[:, year - 1], n_units)
            if self.minimum is not None:
                repairable = year >= np.maximum(self.earliest, self.last_work) + self.shortest_delay
                too_low |= (health < self.minimum - TOLERANCE) & stands & repairable
            inspected = year >= first_year and (year - first_year) % interval == 0
            if inspected:
                found = (health <= level + TOLERANCE) & (year >= self.last_work) & (due <= year)
                for ordered, wait in self._ordered(found, health, delay):
                    repaired_in = year + wait
                    if repaired_in <= self.horizon:
                        made = ordered & self.curve_stands[repaired_in - 1]
                        due[made] = repaired_in
                        closed = made & self.closed[self.bridge_of_curve, repaired_in - 1]
                        closed_works += np.bincount(unit_of_curve[closed], minlength=n_units)
        lowest_health = np.full(n_units, 5.0)
        np.minimum.at(lowest_health, unit_of_curve, lowest_of_curve)
        keeps_minimum = np.bincount(unit_of_curve, too_low, n_units) == 0
        row = place // network.n_curves
        age = np.where(row > self.horizon, self.restored_age + (row - self.horizon - 1), self.first_age + self.horizon)
        used = network.repair_cost[:, -1] * np.minimum(age / network.service_life, 1.0)
        used_value: Numbers = np.bincount(unit_of_curve, used * self.curve_stands[-1], n_units).astype(np.float64)
        repair_yen = np.rint(yen * self.parts).astype(np.int64)
        return Walk(repair_yen, lowest_health, keeps_minimum, closed_works, used_value, shortfall)

    def _ordered(
        self, found: npt.NDArray[np.bool_], health: Numbers, delay: int
    ) -> list[tuple[npt.NDArray[np.bool_], int]]:
        """Curves whose repair an inspection orders, and for how many years later."""
        if self.urgency is None:
            return [(found, delay)]
        urgent = health < self.urgency[0] - TOLERANCE
        return [(found & ~urgent, delay), (found & urgent, min(delay, self.urgency[1]))]

    def inspections(self, first_year: int, interval: int) -> Indices:
        """Cost of the inspections of all bridges by year, (n_bridges, horizon), in parts of a yen."""
        yen = np.zeros((self.network.n_bridges, self.horizon), np.int64)
        yen[:, first_year - 1 :: interval] = np.rint(self.network.inspection_cost * self.parts).astype(np.int64)[
            :, None
        ]
        return yen * self.stands

    @cached_property
    def spent_anyway(self) -> Indices:
        """Cost of the works and removals that are decided, by year, (n_bridges, horizon), in parts of a yen."""
        spent = np.zeros((self.network.n_bridges, self.horizon), np.int64)
        if self.decided is not None:
            bridge, year, yen = self.decided.spending
            np.add.at(spent, (bridge, year - 1), np.rint(yen * self.parts).astype(np.int64))
        return spent


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
    for table in np.unique(network.table[network.table >= 0]).tolist():
        points = slice(network.table_offsets[table], network.table_offsets[table + 1])
        ratios, healths = network.table_age_ratio[points], network.table_health[points]
        curves = np.flatnonzero(network.table == table)
        right = np.searchsorted(-healths, -health[curves])  # the first point at or below the health
        ratio = ratios[right]
        between = healths[right] < health[curves]
        left, right = right[between] - 1, right[between]
        share = (healths[left] - health[curves][between]) / (healths[left] - healths[right])
        ratio[between] = ratios[left] + (ratios[right] - ratios[left]) * share
        age[curves] = network.service_life[curves] * ratio
    return age


def repair_costs(network: NetworkArrays, curves: Indices, health: Numbers) -> Numbers:
    """Yen to repair each of some curves at its health, linear between the knots 5, 4, 3, 2, 1."""
    knot = np.clip((5 - health).astype(np.int64), 0, 3)
    share = 5 - health - knot
    costs: Numbers = network.repair_cost[curves, knot] * (1 - share) + network.repair_cost[curves, knot + 1] * share
    return costs
