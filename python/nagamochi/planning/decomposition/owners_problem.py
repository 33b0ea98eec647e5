"""Planning problems of the owners of a network in parts: each within its own budget, and pools of them together."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.base.executors import results_of
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network import yearly_budget
from nagamochi.network.budget import Budget
from nagamochi.network.parts import NetworkParts
from nagamochi.planning.decomposition.answers import yearly_cost_of_part
from nagamochi.planning.decomposition.parts_problem import NEEDS_ALL, SHARED, PartsProblem
from nagamochi.planning.pooling import is_owners_budget, owners_budgets
from nagamochi.planning.problem import PlanningProblem

Numbers = npt.NDArray[np.float64]

ALL_OWNERS = "all owners"
"""Name of the pool of all owners, where no pools are given."""


@dataclass(frozen=True, eq=False)
class OwnersProblem:
    """Plan the bridges of each owner within its own budget, and those of pools of owners within the sum of theirs.

    Parameters
    ----------
    parts : NetworkParts
        The network; all bridges of a part have one owner.
    shared : PlanningProblem
        What is the same for all: all but network and budget.
    budgets : mapping of str to (horizon,) float64
        Yen in each year, by owner.
    pools : mapping of str to str
        Name of the pool that each owner is in.
    source : str
        Where the budgets come from, for those who read the results.

    Raises
    ------
    InvalidInput
        A part has bridges of several owners, an owner no budget or no pool, or an option needs all bridges in one
        place.
    """

    parts: NetworkParts
    shared: PlanningProblem
    budgets: Mapping[str, Numbers]
    pools: Mapping[str, str]
    source: str = "given"

    def __post_init__(self) -> None:
        arguments.instance("parts", self.parts, NetworkParts)
        refuse_several_owners(self.parts)
        PartsProblem(self.parts.only([]), self.shared)  # refuses options that need all bridges in one place
        if self.shared.interval_per == "network" and len(self.shared.space.intervals) > 1:
            rule = (
                'must be "bridge" where plans have several intervals to choose from, as owners who plan on their own '
                "need not share one"
            )
            raise arguments.invalid("interval_per", rule, self.shared.interval_per)
        if self.shared.residual != "none":
            raise arguments.invalid("residual", "must be none where owners' budgets are pooled", self.shared.residual)
        for name, given in (("budgets", self.budgets), ("pools", self.pools)):
            if missing := [owner for owner in self.owners if owner not in given]:
                raise arguments.invalid(name, "must have every owner", f"none for {missing[0]}")

    @classmethod
    def of(
        cls,
        parts: NetworkParts,
        budgets: Mapping[str, Budget] | None = None,
        horizon: int = 50,
        pools: Mapping[str, str] | None = None,
        source: str = "given",
        **options: Any,
    ) -> OwnersProblem:
        """Make the problem of a network in parts.

        Parameters
        ----------
        parts : NetworkParts
            All bridges of a part have one owner.
        budgets : mapping of str to float or sequence of float, optional
            Yen per year by owner, such as :func:`share_out` gives; by default those of the parts' rows.csv.
        horizon : int
            Years.
        pools : mapping of str to str, optional
            Pool of each owner; by default all owners are in one.
        source : str
            Where given budgets come from.
        **options
            ``discount_rate``, ``space``, ``interval_per``, ``carry_over`` and ``shortfall`` of a
            :class:`PlanningProblem`.

        Raises
        ------
        InvalidInput
            An argument breaks its rule, or needs all bridges in one place.

        Examples
        --------
        >>> from nagamochi import datasets
        >>> from nagamochi.network import split, write_parts
        >>> parts = write_parts(split(datasets.paper_ten(), by="owner"), "owners in parts")
        >>> owner = parts.owners[0]
        >>> problem = OwnersProblem.of(parts, {owner: 24e6})
        >>> problem.of_owner(owner).n_bridges, problem.of_pool("all owners").shared.budget[0].item()
        (10, 24000000.0)
        """
        arguments.instance("parts", parts, NetworkParts)
        years = arguments.horizon(horizon)
        rows = str(parts.folder / "rows.csv")
        others = None if parts.rows is None else parts.rows.filter(~is_owners_budget())
        if others is not None and not others.is_empty():
            raise InvalidInput(Problem(NEEDS_ALL, f"the limit {others['name'][0]}", rows))
        if budgets is None:
            own, source = owners_budgets(parts.rows, parts.owners, years, rows), "rows.csv"
        elif parts.rows is not None:
            raise arguments.invalid("budgets", f"must not be given, as {rows} has them", "budgets")
        else:
            own = {owner: yearly_budget(budget, years) for owner, budget in budgets.items()}
        if pools is None:
            pools = dict.fromkeys(parts.owners, ALL_OWNERS)
        shared = PlanningProblem(SHARED, np.full(years, np.inf), **options)
        without_limits = parts.only(part.name for part in parts.parts)
        return cls(without_limits, shared, own, pools, source)

    @property
    def horizon(self) -> int:
        """Years planned."""
        return self.shared.horizon

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """Names of the owners, in the order of their parts."""
        return tuple(self._parts_of_owners)

    @cached_property
    def owners_of_pools(self) -> dict[str, tuple[str, ...]]:
        """Owners of each pool, in the order of the parts."""
        pools: dict[str, tuple[str, ...]] = {}
        for owner in self.owners:
            pools[self.pools[owner]] = (*pools.get(self.pools[owner], ()), owner)
        return pools

    def parts_of(self, owner: str) -> NetworkParts:
        """Return the parts of an owner."""
        return self.parts.only(self._parts_of_owners[owner])

    def of_owner(self, owner: str) -> PartsProblem:
        """Return the problem of one owner within its own budget."""
        return self._of((owner,))

    def of_pool(self, pool: str) -> PartsProblem:
        """Return the problem of the owners of a pool within the sum of their budgets."""
        return self._of(self.owners_of_pools[pool])

    @cached_property
    def _parts_of_owners(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = {}
        for part in self.parts.parts:
            assert part.owner is not None
            parts.setdefault(part.owner, []).append(part.name)
        return parts

    def _of(self, owners: tuple[str, ...]) -> PartsProblem:
        parts = self.parts.only(name for owner in owners for name in self._parts_of_owners[owner])
        budget = np.array([sum(year) for year in zip(*(self.budgets[owner] for owner in owners), strict=True)])
        return PartsProblem(parts, replace(self.shared, budget=budget))


def refuse_several_owners(parts: NetworkParts) -> None:
    """Refuse a part whose bridges have several owners, or any of which has none."""
    for part in parts.parts:
        if part.owner is None:
            rule = "must have bridges of one owner in every part (`nagamochi network split --by owner`)"
            raise InvalidInput(Problem(rule, f"others in {part.name}", str(parts.folder)))


def share_out(
    parts: NetworkParts,
    budget: Budget,
    executor: Executor | None = None,
    *,
    horizon: int = 50,
    interval: int = 5,
    threads: int = 0,
    progress: ProgressFunction | None = None,
) -> dict[str, Numbers]:
    """Share out a budget among owners, in proportion to what their bridges cost in a year: an assumption.

    A bridge is taken to cost in a year its repairs at health 1, each divided by the service life of its curve, and an
    inspection divided by the interval. Shares are rounded down to whole yen.

    Parameters
    ----------
    parts : NetworkParts
        All bridges of a part have one owner.
    budget : float, array_like, table or path
        Yen per year for all bridges.
    executor : concurrent.futures.Executor, optional
        Where parts are read; by default in this process.
    horizon : int
        Years.
    interval : int
        Years between inspections.
    threads, progress
        As in :func:`decompose`.

    Returns
    -------
    dict of str to (horizon,) float64
        Yen in each year, by owner.

    Raises
    ------
    InvalidInput
        A part has bridges of several owners, or an argument breaks its rule.
    KeyboardInterrupt
        ``progress`` stopped it.

    Examples
    --------
    >>> budgets = share_out(read_parts("towns in parts"), 250e6)  # doctest: +SKIP
    """
    execution, counts = Execution(threads, progress), np.cumsum([part.bridges for part in parts.parts]).tolist()
    yearly = yearly_budget(budget, arguments.horizon(horizon), start_year=parts.start_year)
    refuse_several_owners(parts)
    problem = PartsProblem(replace(parts, rows=None), PlanningProblem(SHARED, yearly))
    tasks = [(problem.part(number), interval) for number in range(len(parts))]
    costs = dict.fromkeys((str(part.owner) for part in parts.parts), 0.0)
    found = results_of(executor, yearly_cost_of_part, tasks, execution.threads)
    for part, done, cost in zip(parts.parts, counts, found, strict=True):
        costs[str(part.owner)] += cost
        if not execution.report(done, counts[-1], f"{done:,} bridges read for shares of the budget"):
            raise KeyboardInterrupt
    together = sum(costs.values()) or 1.0
    return {owner: np.floor(yearly * (cost / together)) for owner, cost in costs.items()}
