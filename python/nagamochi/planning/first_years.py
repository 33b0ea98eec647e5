"""First inspections that the last ones fix: which plans inspect bridges when they are due."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi.network import Network
from nagamochi.planning.space import PlanSpace

Indices = npt.NDArray[np.int64]

ANY = -1
"""Instead of a first year: any of the space, as the last inspection is not known."""


def due_first_years(network: Network, space: PlanSpace) -> Indices | None:
    """Return the first year in which each bridge is inspected with each interval, (n_bridges, n_intervals).

    An inspection is due an interval after the last one, in year 1 where that has passed. The first year is the latest
    of the space that is not after it, or the least where all are; `ANY` where the last inspection is not known. None
    where no last inspection counts: the network has none, or no start year that says which year is year 1.
    """
    known = network.last_inspection_years
    if network.start_year is None or known is None:
        return None
    last = np.array([ANY if year is None else year for year in known])
    due = np.maximum(last[:, np.newaxis] + np.array(space.intervals) - network.start_year + 1, 1)
    years = np.sort(np.array(space.first_years))
    latest = np.maximum(np.searchsorted(years, due, side="right") - 1, 0)
    return np.where(last[:, np.newaxis] == ANY, ANY, years[latest])


def off_schedule(first_years: Indices, bridge_of_unit: Indices, space: PlanSpace) -> npt.NDArray[np.float64]:
    """Return 1 for each plan of each unit whose first year is not the one that is due, else 0, (n_units, n_plans)."""
    interval_of_plan = np.array([space.intervals.index(plan.interval) for plan in space.plans])
    own = np.array([plan.first_year for plan in space.plans])
    due = first_years[:, interval_of_plan]
    off: npt.NDArray[np.float64] = ((due != own) & (due != ANY)).astype(np.float64)[bridge_of_unit]
    return off


def earliest_inspections(first_years: Indices | None, space: PlanSpace, n_bridges: int) -> Indices:
    """Return the least first year that a plan of each bridge may have, (n_bridges,)."""
    least = min(space.first_years)
    if first_years is None:
        return np.full(n_bridges, least)
    earliest: Indices = np.where(first_years == ANY, least, first_years).min(axis=1)
    return earliest
