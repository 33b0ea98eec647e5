"""What it is worth to pool the budgets of several owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import ProgressFunction
from nagamochi.base.folder import make_folder, replacing_files
from nagamochi.network import Network
from nagamochi.planning.outcome import spending
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver
from nagamochi.tables.language import in_language

Numbers = npt.NDArray[np.float64]

APART, POOLED = "apart", "pooled"


@dataclass(frozen=True, eq=False)
class Pooling:
    """Two plans of the same bridges: each owner within its own budget, and all within the sum of these budgets.

    Attributes
    ----------
    apart : NetworkPlan
        Each owner keeps its own yearly budget.
    pooled : NetworkPlan
        All together keep the sum of them; everything else is equal.
    """

    apart: NetworkPlan
    pooled: NetworkPlan

    @property
    def value(self) -> tuple[float, float]:
        """Yen, present value: the best plans differ by at least the first and at most the second.

        The first is the proven bound of the plans apart less the cost of the pooled plan, the second the cost of the
        plan apart less the proven bound of pooled plans. It is infinite where no plan is known that keeps the owners'
        own budgets; both are where none exists. They are 0 and infinite where nothing is known of either. Shortfall
        that has a price counts.
        """
        least = self.apart.certificate.lower_bound - self.pooled.counted_cost if self.pooled.feasible else 0.0
        most = self.apart.counted_cost - self.pooled.certificate.lower_bound if self.apart.feasible else inf
        return max(least, 0.0), max(most, 0.0)

    @cached_property
    def owners(self) -> pl.DataFrame:
        """A row for each owner: owner, bridges, budget, apart and pooled (yen, not discounted, over all years)."""
        names, owner_of_bridge = _owners(self.apart.network)
        budgets = owners_budgets(self.apart.network.rows, names, self.apart.horizon)
        return pl.DataFrame(
            {
                "owner": names,
                "bridges": np.bincount(owner_of_bridge),
                "budget": [budgets[name].sum() for name in names],
                **{
                    column: spending(plan.problem, plan.plan_of_unit, owner_of_bridge).sum(axis=1)
                    for column, plan in ((APART, self.apart), (POOLED, self.pooled))
                },
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what pooling.json holds: the value, costs and bounds of both plans, and the owners."""
        return {
            "value": self.value,
            **{
                name: {
                    "cost": plan.cost,
                    **({} if plan.shortfall_cost is None else {"shortfall_cost": plan.shortfall_cost}),
                    "feasible": plan.feasible,
                    "lower_bound": plan.certificate.lower_bound,
                }
                for name, plan in ((APART, self.apart), (POOLED, self.pooled))
            },
            "owners": self.owners.to_dicts(),
        }

    def save(self, folder: str | Path, *, language: str = "en") -> None:
        """Write both plans, each in a folder of its own, apart and pooled; owners.csv and pooling.json.

        Parameters
        ----------
        folder : path
            Made where it does not exist.
        language : {"en", "ja"}
            Of heads, reasons and other words of ours in the CSV files.

        Raises
        ------
        OSError
            A file cannot be written.
        """
        folder = Path(folder)
        make_folder(folder)
        self.apart.save(folder / APART, language=language)
        self.pooled.save(folder / POOLED, language=language)
        with replacing_files(folder) as drafts:
            owners = self.owners.with_columns(pl.col("budget", APART, POOLED).round(2))
            drafts.write_table("owners.csv", in_language(owners, language))
            drafts.write_record("pooling.json", self.to_dict())


def pool_budgets(
    problem: PlanningProblem,
    *,
    solver: Solver | str = "relaxation",
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> Pooling:
    """Plan with each owner's own yearly budget and with one pooled budget, and compare.

    Both problems have the same bridges, plans and other limits, so that only the money makes the difference. If bridges
    share an interval, all owners share it in both; with ``interval_per="bridge"`` owners plan on their own.

    Parameters
    ----------
    problem : PlanningProblem
        Its network has, in its rows, a budget per year for every owner. It has no yearly budget of its own.
    solver, threads, progress
        As in :func:`solve`.

    Returns
    -------
    Pooling

    Raises
    ------
    nagamochi.errors.InvalidInput
        A bridge has no owner, an owner no budget in some year, or the problem a budget for all bridges.

    Examples
    --------
    >>> import numpy as np
    >>> from nagamochi.network import read_network
    >>> problem = PlanningProblem(read_network("towns"), np.full(50, np.inf))  # doctest: +SKIP
    >>> pool_budgets(problem).value  # doctest: +SKIP
    (191265120.0, 197301877.0)
    """
    if problem.former_plan is not None or problem.used_value is not None:
        rule = "must count neither changes nor residual value where owners' budgets are pooled"
        raise arguments.invalid("problem", rule, "one that does")
    if np.isfinite(problem.budget).any():
        raise arguments.invalid("budget", "must be none where owners' budgets are pooled: it is their sum", "a budget")
    names, _ = _owners(problem.network)
    budgets = owners_budgets(problem.network.rows, names, problem.horizon)
    together = np.array([sum(year) for year in zip(*budgets.values(), strict=True)])
    apart = solve(problem, solver=solver, threads=threads, progress=progress)
    pooled = replace(problem, network=_without_owners_budgets(problem.network), budget=together)
    return Pooling(apart, solve(pooled, solver=solver, threads=threads, progress=progress))


def owners_budgets(
    rows: pl.DataFrame | None, names: Sequence[str], horizon: int, where: str = "the network's rows.csv"
) -> dict[str, Numbers]:
    """Return the budget of every owner in each year: the smallest of those that rows say.

    Raises
    ------
    InvalidInput
        An owner has no budget in some year; names where the rows are.
    """
    budgets = {name: np.full(horizon, inf) for name in names}
    for line in [] if rows is None else rows.filter(is_owners_budget()).to_dicts():
        years = slice((line["from_year"] or 1) - 1, line["to_year"] or horizon)
        budgets[line["owner"]][years] = np.minimum(budgets[line["owner"]][years], line["budget"])
    for name, budget in budgets.items():
        missing = np.flatnonzero(~np.isfinite(budget))
        if len(missing):
            rule = "must have a budget per year for every owner and year"
            raise arguments.invalid(where, rule, f"none for {name} in year {missing[0] + 1}")
    return budgets


def is_owners_budget() -> pl.Expr:
    """Whether a row is the yearly budget of an owner."""
    per_year = pl.col("per").fill_null("year") == "year"
    return pl.col("owner").is_not_null() & pl.col("budget").is_not_null() & per_year


def _owners(network: Network) -> tuple[list[str], npt.NDArray[np.int64]]:
    owner_of_bridge = network.bridges["owner"].to_list()
    if None in owner_of_bridge:
        bridge = network.bridge_ids[owner_of_bridge.index(None)]
        raise arguments.invalid("owner", "must be given for every bridge", f"none for bridge {bridge}")
    names, numbers = np.unique(owner_of_bridge, return_inverse=True)
    return names.tolist(), numbers.astype(np.int64)


def _without_owners_budgets(network: Network) -> Network:
    assert network.rows is not None
    others = network.rows.filter(~is_owners_budget())
    return replace(network, rows=None if others.is_empty() else others)
