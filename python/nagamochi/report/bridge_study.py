"""Table 3 and figure 3 of the bridge study, reproduced for ten bridges with example values, the published beside ours.

The study does not publish its inputs and calls them simple values: compare ratios and counts with it, not yen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from nagamochi import datasets
from nagamochi.planning import Genetic, NetworkPlan, PlanSpace, plan_network

POPULATIONS = (100, 200)
MODES = ("evaluated every time", "memo from empty", "memo from its file")
IN_MEMORY = "memo in memory only"
SHOWN_BRIDGE = "S1"

PUBLISHED_SECONDS = {100: (1416.0, 20.0, 3.0), 200: (1459.0, 21.0, 3.0)}  # by population, of `MODES`
PUBLISHED_OPTIMUM = {100: 184.162e6, 200: 183.478e6}  # yen
PUBLISHED_LAST_GENERATION = {100: 150, 200: 77}
PUBLISHED_COLUMNS = ["population", "mode", "published_seconds"]
COUNTED = ("evaluations", "requests", "last_generation")


@dataclass(frozen=True, eq=False)
class Table3:
    """Runs of the genetic algorithm with and without a memo.

    Attributes
    ----------
    runs : polars.DataFrame
        A row for each population, seed and mode: seconds, requests, evaluations, cost (yen), last_generation (which
        found the plan). The mode "memo in memory only" is ours.
    """

    runs: pl.DataFrame

    @property
    def medians(self) -> pl.DataFrame:
        """Table 3: medians over the seeds, a row for each population and mode, with the published values.

        Columns population, mode, published_seconds, seconds, published_times and times (how many times faster than
        without a memo), evaluations, requests, published_cost, cost (yen), published_last_generation, last_generation.
        """
        found = self.runs.group_by("population", "mode", maintain_order=True).agg(
            pl.median("seconds", *COUNTED, "cost")
        )
        published = pl.DataFrame(list(_published()), schema=PUBLISHED_COLUMNS, orient="row")
        found = found.join(published, on=["population", "mode"], how="left", maintain_order="left")
        first = pl.col("mode") == MODES[0]
        times = {
            name: pl.col(of).filter(first).first().over("population") / pl.col(of)
            for name, of in (("published_times", "published_seconds"), ("times", "seconds"))
        }
        costs = pl.DataFrame(
            {
                "population": list(PUBLISHED_OPTIMUM),
                "published_cost": list(PUBLISHED_OPTIMUM.values()),
                "published_last_generation": list(PUBLISHED_LAST_GENERATION.values()),
            }
        )
        return (
            found.with_columns(**times)
            .join(costs, on="population", how="left", maintain_order="left")
            .select(
                *("population", "mode", "published_seconds", "seconds", "published_times", "times"),
                *("evaluations", "requests", "published_cost", "cost"),
                *("published_last_generation", "last_generation"),
            )
        )

    @property
    def memo_times(self) -> float:
        """How many times faster the memo in memory makes a run here: the median over all runs."""
        return self._times(IN_MEMORY)

    @property
    def saved_memo_times(self) -> float:
        """How many times faster the saved memo makes a run here, reading it included."""
        return self._times(MODES[2])

    @property
    def evaluations_saved(self) -> float:
        """Share of the requests that a memo from empty answers without an evaluation."""
        filled = self.runs.filter(mode=MODES[1])
        return 1.0 - float(filled["evaluations"].to_numpy().sum() / filled["requests"].to_numpy().sum())

    @property
    def evaluation_us(self) -> float:
        """Microseconds of an evaluation beyond looking it up: the median over all runs."""
        wide = self.runs.pivot("mode", index=["population", "seed"], values=["seconds", "evaluations"])
        more = {name: wide[f"{name}_{MODES[0]}"] - wide[f"{name}_{IN_MEMORY}"] for name in ("seconds", "evaluations")}
        return float(1e6 * np.median((more["seconds"] / more["evaluations"]).to_numpy()))

    def _times(self, mode: str) -> float:
        seconds = self.runs.pivot("mode", index=["population", "seed"], values="seconds")
        return float(np.median((seconds[MODES[0]] / seconds[mode]).to_numpy()))


def table_3(seeds: Sequence[int], *, populations: Sequence[int] = POPULATIONS) -> Table3:
    """Run the three modes of the study's table 3 for each population and seed, and the memo in memory.

    Parameters
    ----------
    seeds : sequence of int
        Of the genetic algorithm.
    populations : sequence of int
        Of the genetic algorithm.

    Returns
    -------
    Table3

    Raises
    ------
    RuntimeError
        If a memo changed a plan.

    Examples
    --------
    >>> found = table_3([0], populations=[20])
    >>> found.runs["mode"].to_list()
    ['evaluated every time', 'memo from empty', 'memo from its file', 'memo in memory only']
    >>> found.runs["cost"].n_unique()
    1
    """
    rows = [
        {"population": population, "seed": seed, "mode": mode, **_measured(plan)}
        for population in populations
        for seed in seeds
        for mode, plan in _runs(population, seed).items()
    ]
    return Table3(pl.DataFrame(rows))


def example_requests(seed: int) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return the requests for each plan of one bridge with population 100, and the plan chosen: figure 3.

    Examples
    --------
    >>> requests, chosen = example_requests(0)
    >>> requests["requests"].sum(), list(chosen)
    (20000, ['level', 'first_year', 'interval'])
    """
    solver = Genetic.study(population=POPULATIONS[0], seed=seed, count_requests=True)
    plan = plan_network(datasets.paper_ten(), datasets.PAPER_TEN_BUDGET, space=PlanSpace.study(), solver=solver)
    bridge = pl.col("bridge_id") == SHOWN_BRIDGE
    [chosen] = plan.decisions.filter(bridge).select("level", "first_year", "interval").to_dicts()
    assert plan.run is not None
    return plan.run.tables["requested_plans"].filter(bridge), chosen


def _runs(population: int, seed: int) -> dict[str, NetworkPlan]:
    network = datasets.paper_ten()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "memo.sqlite"
        memos = dict(zip((*MODES, IN_MEMORY), ("off", file, file, "run"), strict=True))
        plans = {
            mode: plan_network(
                network,
                datasets.PAPER_TEN_BUDGET,
                space=PlanSpace.study(),
                solver=Genetic.study(population=population, seed=seed, memo=memo),
                threads=1,
            )
            for mode, memo in memos.items()
        }
    if len({plan.plan_of_unit.tobytes() for plan in plans.values()}) > 1:
        raise RuntimeError(f"table 3: a memo changed the plan of population {population}, seed {seed}")
    return plans


def _measured(plan: NetworkPlan) -> dict[str, Any]:
    run: Any = plan.run
    return {
        "seconds": plan.seconds,
        "requests": run.requests,
        "evaluations": run.evaluations,
        "cost": plan.cost,
        "last_generation": run.last_improvement,
    }


def _published() -> Iterator[tuple[int, str, float]]:
    for population, seconds in PUBLISHED_SECONDS.items():
        for mode, taken in zip(MODES, seconds, strict=True):
            yield population, mode, taken
