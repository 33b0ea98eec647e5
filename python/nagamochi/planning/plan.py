"""A network plan: what was chosen, what it costs, what it does to the bridges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

import nagamochi
from nagamochi import _core
from nagamochi.network.network import Network, RepairGroups
from nagamochi.planning.costs import discount_factors
from nagamochi.planning.plan_folder import write_plan_files
from nagamochi.planning.space import PlanSpace
from nagamochi.planning.work_programme import Repairs, find_repairs, tabulate_works

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

HEALTH_CLASSES = ("health_4_to_5", "health_3_to_4", "health_2_to_3", "health_1_to_2", "end_of_service")
_HOW_STOPPED = {"generations": "", "converged": "converged after ", "interrupted": "interrupted after "}


@dataclass(frozen=True, eq=False, repr=False)
class NetworkPlan:
    """The best plan of a network that :func:`plan_network` found. Tables are made when they are asked for.

    Attributes
    ----------
    network : Network
        What was planned.
    space : PlanSpace
        The plans that there were to choose from.
    levels : "bridge" or "member"
        What shares a repair level: the curves of a bridge, or of one of its members.
    plans : (n_groups,) int64
        Index in ``space`` of the plan of each bridge, or of each member of each bridge.
    parameters : dict
        All arguments that the plan follows from, by name, and so its ``seed``.
    budget, total : (horizon,) float64
        Yen per year: what may be spent and what is spent, not discounted.
    cost : float
        Yen: present value of all inspections and repairs.
    overrun : float
        Yen over the budget, summed over years.
    health_shortfall : float
        By how much health falls below its minimum, summed over repair groups.
    feasible : bool
        Whether there is neither overrun nor shortfall.
    smallest_flat_budget : float
        Yen: least budget, the same in every year, for which the run met a plan that keeps minimum health; infinite if
        none did.
    stopped : "generations", "converged" or "interrupted"
        Why the search ended; interrupted by Ctrl-C, it gives the best plan of the generations done.
    last_improvement : int
        Generation that found the plan.
    large_mutations : int
        How many times the population converged and was mutated anew.
    memo_loaded : int
        Plans of repair groups that the memo's file held at the start.
    history : polars.DataFrame
        A row per generation: generation, then of the best plan so far cost (yen), overrun (yen), health_shortfall, and
        how many plans were requested and evaluated so far: requests, evaluations.
    already_below : polars.DataFrame
        Curves below their minimum health before they can first be repaired, which makes no plan infeasible: bridge_id,
        member, damage, location, minimum_health, lowest_health.
    request_counts : (n_groups, n_plans) int64 or None
        How often each plan was requested, if asked for.
    seconds : float
        Time that planning took.
    notices : tuple of str
        What is no error but good to know: those of the network, then those of the planner.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6, generations=20)
    >>> plan.yearly.columns
    ['year', 'inspection', 'repair', 'total', 'budget', 'shortfall']
    >>> bool(plan.work_programme["cost"].sum() <= plan.cost)
    True
    """

    network: Network
    space: PlanSpace
    levels: Literal["bridge", "member"]
    plans: Indices
    parameters: dict[str, Any]
    budget: Numbers
    total: Numbers
    cost: float
    overrun: float
    health_shortfall: float
    feasible: bool
    smallest_flat_budget: float
    stopped: str
    last_improvement: int
    large_mutations: int
    memo_loaded: int
    history: pl.DataFrame
    already_below: pl.DataFrame
    request_counts: Indices | None
    seconds: float
    notices: tuple[str, ...]

    def __post_init__(self) -> None:
        for array in (self.plans, self.budget, self.total):
            array.flags.writeable = False

    @property
    def horizon(self) -> int:
        """Years planned."""
        return len(self.budget)

    @property
    def seed(self) -> int:
        """Seed of the search."""
        return int(self.parameters["seed"])

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.stopped == "interrupted"

    @property
    def generations(self) -> int:
        """Generations done, the start population being the first."""
        return self.history.height

    @property
    def requests(self) -> int:
        """How many plans of repair groups the search asked for."""
        return int(self.history["requests"][-1])

    @property
    def evaluations(self) -> int:
        """How many of them were evaluated."""
        return int(self.history["evaluations"][-1])

    @property
    def memo_hits(self) -> int:
        """How many of them the memo knew."""
        return self.requests - self.evaluations

    @cached_property
    def decisions(self) -> pl.DataFrame:
        """The plan of each bridge: bridge_id, level, first_year, interval, lcc (yen, discounted), lowest_health.

        With levels by member a row for each member of each bridge, in the column member; lcc is then of its repairs
        alone, as inspections are the bridge's.
        """
        chosen = self.space.to_frame()[self.plans]
        return self._group_names.hstack(chosen).with_columns(
            lcc=self._life_cycle_costs(), lowest_health=self._lowest_health()
        )

    @cached_property
    def work_programme(self) -> pl.DataFrame:
        """All works in order of year, bridge and curve; a row for each item of a curve.

        Columns year, bridge_id, name, member, damage, location, item, method, health_found (at the inspection of the
        year before), quantity, unit, cost (yen). The method is that of the cost model's nearest knot at or below the
        health found.
        """
        return tabulate_works(self.network, self._repairs)

    @cached_property
    def yearly(self) -> pl.DataFrame:
        """Yen in each year, not discounted: year, inspection, repair, total, budget, shortfall (what is over it)."""
        inspection = np.zeros(self.horizon)
        first_group = self._groups.bridge_offsets[:-1]
        costs = np.bincount(self.plans[first_group], self.network.arrays.inspection_cost, self.space.n_plans)
        for plan in np.flatnonzero(costs):
            _, first_year, interval = self.space.plan(int(plan))
            inspection[first_year - 1 :: interval] += costs[plan]
        over = self.total - self.budget
        return pl.DataFrame(
            {
                "year": np.arange(1, self.horizon + 1),
                "inspection": inspection,
                "repair": np.bincount(self._repairs.year - 1, self._repairs.cost, self.horizon),
                "total": self.total,
                "budget": self.budget,
                "shortfall": np.where(over > _core.budget_tolerance * self.budget, over, 0.0),
            }
        )

    @cached_property
    def condition(self) -> pl.DataFrame:
        """Share of curves by health in years 0 to horizon, each class without its upper end but the first.

        Columns year, health_4_to_5, health_3_to_4, health_2_to_3, health_1_to_2, end_of_service (health 1).
        """
        counts = _core.count_conditions(network=self._groups.core, space=self._core_space, plans=self.plans, threads=1)
        shares = pl.DataFrame(counts / self.network.n_curves, schema=HEALTH_CLASSES)
        return shares.select(pl.int_range(pl.len()).alias("year"), pl.all())

    @cached_property
    def cost_by_member(self) -> pl.DataFrame:
        """Repairs by member, the dearest first: member, repairs (of curves), cost (yen, not discounted)."""
        members, member_of_curve = np.unique(self.network.curves["member"].to_numpy(), return_inverse=True)
        member = member_of_curve[self._repairs.curve]
        columns = {
            "member": members,
            "repairs": np.bincount(member, minlength=len(members)),
            "cost": np.bincount(member, self._repairs.cost, len(members)),
        }
        return pl.DataFrame(columns).sort("cost", descending=True, maintain_order=True)

    @cached_property
    def requested_plans(self) -> pl.DataFrame | None:
        """How often the search asked for each plan of each bridge; None unless ``count_requests`` was asked for.

        Columns bridge_id, with levels by member also member, level, first_year, interval, requests.
        """
        if self.request_counts is None:
            return None
        n_groups, n_plans = self.request_counts.shape
        names = self._group_names[np.repeat(np.arange(n_groups), n_plans)]
        plans = self.space.to_frame()[np.tile(np.arange(n_plans), n_groups)]
        return names.hstack(plans).with_columns(requests=self.request_counts.ravel())

    @property
    def summary(self) -> dict[str, Any]:
        """What summary.json says beside the digests of the other files: plain numbers, text, lists and dicts."""
        over = self.yearly.filter(pl.col("shortfall") > 0)
        return {
            "version": nagamochi.__version__,
            "network": {
                "bridges": self.network.n_bridges,
                "curves": self.network.n_curves,
                "fingerprint": self.network.fingerprint,
            },
            "parameters": self.parameters,
            "seed": self.seed,
            "cost": self.cost,
            "feasible": self.feasible,
            "overrun": self.overrun,
            "years_over_budget": over.select("year", "shortfall").to_dicts(),
            "health_shortfall": self.health_shortfall,
            "curves_already_below": self.already_below.height,
            "smallest_flat_budget": self.smallest_flat_budget if isfinite(self.smallest_flat_budget) else None,
            "generations": self.generations,
            "last_improvement": self.last_improvement,
            "large_mutations": self.large_mutations,
            "stopped": self.stopped,
            "interrupted": self.interrupted,
            "memo": {
                "requests": self.requests,
                "evaluations": self.evaluations,
                "hits": self.memo_hits,
                "loaded": self.memo_loaded,
            },
            "seconds": self.seconds,
            "notices": list(self.notices),
        }

    def save(self, folder: str | Path) -> None:
        """Write plan.csv, work_programme.csv, yearly.csv, condition.csv and, last of all, summary.json.

        They are :attr:`decisions`, :attr:`work_programme`, :attr:`yearly`, :attr:`condition` and :attr:`summary`. The
        CSV files are UTF-8 with a byte order mark, so that Excel reads Japanese names, as :func:`read_network` does;
        yen are rounded to 0.01, health to 0.0001, shares to 0.000001. Each file is replaced whole; a folder with a
        summary.json holds a complete result, whose files have the SHA-256 digests that it lists.

        Parameters
        ----------
        folder : path
            Made where it does not exist.

        Raises
        ------
        OSError
            The files cannot be written.
        """
        tables = {
            "plan.csv": self.decisions,
            "work_programme.csv": self.work_programme,
            "yearly.csv": self.yearly,
            "condition.csv": self.condition,
        }
        write_plan_files(folder, tables, self.summary)

    def __repr__(self) -> str:
        return f"<NetworkPlan of {', '.join(self._facts.values())}>"

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in self._facts.items())
        return f"<table>{''.join(rows)}</table>"

    @property
    def _facts(self) -> dict[str, str]:
        return {
            "bridges": f"{self.network.n_bridges:,} bridges",
            "horizon": f"{self.horizon} years",
            "cost": f"{self.cost:,.0f} yen",
            "budget": self._verdict,
            "search": f"{_HOW_STOPPED[self.stopped]}{self.generations} generations",
            "evaluations": f"{self.evaluations:,} evaluations",
            "memo": f"{self.memo_hits:,} memo hits",
            "time": f"{self.seconds:.1f} s",
        }

    @property
    def _verdict(self) -> str:
        if self.feasible:
            return "feasible"
        years = int((self.yearly["shortfall"] > 0).sum())
        over = [f"over the budget of {years} years by {self.overrun:,.0f} yen"] if years else []
        low = [f"below minimum health by {self.health_shortfall:.2f}"] if self.health_shortfall else []
        return f"infeasible: {' and '.join(over + low)}"

    @cached_property
    def _groups(self) -> RepairGroups:
        return self.network.repair_groups(self.levels)

    @cached_property
    def _core_space(self) -> _core.PlanSpace:
        return self.space.core(self.horizon)

    @cached_property
    def _repairs(self) -> Repairs:
        return find_repairs(self._groups.core, self._core_space, self.plans)

    @property
    def _group_names(self) -> pl.DataFrame:
        columns = ["bridge_id"] if self.levels == "bridge" else ["bridge_id", "member"]
        return self.network.curves.select(columns)[self._groups.offsets[:-1]]

    def _life_cycle_costs(self) -> Numbers:
        discount = discount_factors(self.parameters["discount_rate"], self.horizon)
        n_groups = len(self.plans)
        group_of_curve = np.repeat(np.arange(n_groups), np.diff(self._groups.offsets))
        values = self._repairs.cost * discount[self._repairs.year - 1]
        costs = np.asarray(np.bincount(group_of_curve[self._repairs.curve], values, n_groups), np.float64)
        if self.levels == "bridge":
            plans = [self.space.plan(index) for index in range(self.space.n_plans)]
            inspections = np.array([discount[plan.first_year - 1 :: plan.interval].sum() for plan in plans])
            costs += self.network.arrays.inspection_cost * inspections[self.plans]
        return costs

    def _lowest_health(self) -> Numbers:
        n_groups = len(self.plans)
        lowest_health = np.empty(n_groups)
        _core.evaluate_plans(
            network=self._groups.core,
            space=self._core_space,
            groups=np.arange(n_groups),
            plans=self.plans,
            slots=np.empty((n_groups, self._core_space.most_slots)),
            lowest_health=lowest_health,
            threads=1,
        )
        return lowest_health
