"""Jobs, the works of a bridge in a year, that are too small for a contract of their own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.planning.outcome import Accesses, Repairs
from nagamochi.planning.problem import PlanningProblem

Numbers = npt.NDArray[np.float64]


class SmallJobs(NamedTuple):
    """How many jobs of a plan are smaller than the smallest that is worth a contract, among those that repair anything.

    Parameters
    ----------
    jobs, small : int
        All of them; those below.
    cost, small_cost : float
        What they cost, yen, not discounted.
    """

    jobs: int
    small: int
    cost: float
    small_cost: float


def costs_of_jobs(problem: PlanningProblem, repairs: Repairs, accesses: Accesses | None) -> Numbers:
    """Return what all works of each bridge in years 0 to the horizon cost, (n_bridges, horizon + 1), yen; 0 if nothing.

    Access to repairs and decided works count in jobs that repair anything; removals never do.
    """
    network = problem.network
    shape = (network.n_bridges, problem.horizon + 1)
    bridge = np.repeat(np.arange(shape[0]), np.diff(network.arrays.curve_offsets))[repairs.curve]
    jobs = np.zeros(shape)
    np.add.at(jobs, (bridge, repairs.year), repairs.cost)
    repaired = jobs > 0
    if accesses is not None:
        np.add.at(jobs, (accesses.bridge, accesses.year), accesses.cost)
    if network.works is not None and network.works.height:
        rows = network.bridges.select("bridge_id", row=pl.int_range(pl.len()))
        works = network.works.join(rows, on="bridge_id", how="left", maintain_order="left")
        np.add.at(jobs, (works["row"].to_numpy(), works["year"].to_numpy()), works["cost"].to_numpy())
    return np.where(repaired, jobs, 0.0)


def count_small(jobs: Numbers, min_work: float) -> SmallJobs:
    """Count the jobs below the smallest that is worth a contract."""
    costs = jobs[jobs > 0]
    small = costs[costs < min_work]
    return SmallJobs(len(costs), len(small), float(costs.sum()), float(small.sum()))


def mark_small(works: pl.DataFrame, bridge_ids: pl.Series, jobs: Numbers, min_work: float) -> pl.DataFrame:
    """Return works with whether each is of a small job in the last column; null where nothing is repaired."""
    bridge, year = np.nonzero(jobs)
    marks = pl.DataFrame(
        {"bridge_id": bridge_ids.gather(bridge), "year": year, "small_job": jobs[bridge, year] < min_work}
    )
    return works.join(marks, on=["bridge_id", "year"], how="left", maintain_order="left")
