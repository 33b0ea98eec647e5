"""A planning problem whose network is in parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

import nagamochi
from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.records import checksum
from nagamochi.errors import InvalidInput, Problem, StaleStore
from nagamochi.network import Network, yearly_budget
from nagamochi.network.arrays import Indices
from nagamochi.network.budget import Budget, unused_budget
from nagamochi.network.parts import NetworkParts
from nagamochi.planning.problem import PlanningProblem

SHARED = Network.from_arrays(
    curve_offsets=[0, 1], inspection_cost=[0.0], health=[5.0], service_life=[1.0], repair_cost=[[0.0] * 5]
)
"""Instead of a part, where only what parts share counts."""

NEEDS_ALL = "must not be given for a network in parts, as it needs all bridges in one place (`nagamochi network join`)"


OF_ALL = {"min_health": None, "level_per": "bridge", "former_plan": None, "scatter": None}
"""Options that need all bridges, and what they are without."""


def _refuse_options(options: Mapping[str, Any]) -> None:
    for name, usual in OF_ALL.items():
        if options.get(name, usual) not in (usual, "given"):
            raise arguments.invalid(name, NEEDS_ALL, options[name])


def _version() -> str:
    return f"{nagamochi.__version__}, kernel {_core.kernel_version}"


@dataclass(frozen=True, eq=False)
class PartProblem:
    """One part of a planning problem: little enough to be sent to a worker, which reads the network itself.

    Attributes
    ----------
    shared : PlanningProblem
        All but the network.
    parts : NetworkParts
        The part alone.
    version : str
        Of nagamochi, which must be the worker's.
    stays : bool
        Whether the network stays in memory once it is read.
    """

    shared: PlanningProblem
    parts: NetworkParts
    version: str
    stays: bool = False

    def read(self) -> PlanningProblem:
        """Read the network of the part.

        Raises
        ------
        StaleStore
            This process runs another version of nagamochi than the one that asks.
        CorruptFile
            A file of the part is missing, or not the one that was written with the other parts.
        """
        if self.version != _version():
            raise StaleStore(f"a worker runs nagamochi {_version()}; must be {self.version}, as where the plan is made")
        return replace(self.shared, network=self._network if self.stays else self.parts[0])

    @cached_property
    def _network(self) -> Network:
        return self.parts[0]


@dataclass(frozen=True, eq=False)
class PartsProblem:
    """Choose one plan for every bridge of a network in parts, at least cost, within the budget of every year.

    Parameters
    ----------
    parts : NetworkParts
        The network, without a table of rows.
    shared : PlanningProblem
        What is the same for all parts: all but the network, which does not count. Of its options those that concern
        bridges one by one may differ from their defaults, besides budgets; see :meth:`of`.

    Raises
    ------
    InvalidInput
        An option needs all bridges in one place.
    """

    parts: NetworkParts
    shared: PlanningProblem

    def __post_init__(self) -> None:
        arguments.instance("parts", self.parts, NetworkParts)
        if self.parts.rows is not None:
            raise InvalidInput(Problem(NEEDS_ALL, "a table of rows", str(self.parts.folder / "rows.csv")))
        _refuse_options({name: getattr(self.shared, name) for name in OF_ALL})

    @classmethod
    def of(cls, parts: NetworkParts, budget: Budget | None = None, horizon: int = 50, **options: Any) -> PartsProblem:
        """Make the problem of a network in parts.

        Parameters
        ----------
        parts : NetworkParts
        budget : float or sequence of float, optional
            Yen per year for all bridges together, one number for all years or one for each; by default that of the
            parts' budget.csv, and none where there is none.
        horizon : int
            Years.
        **options
            ``discount_rate``, ``space``, ``interval_per``, ``carry_over``, ``residual`` and ``shortfall`` of a
            :class:`PlanningProblem`.

        Raises
        ------
        InvalidInput
            An argument breaks its rule, or needs all bridges in one place.

        Examples
        --------
        >>> from nagamochi import datasets
        >>> from nagamochi.network import split, write_parts
        >>> parts = write_parts(split(datasets.example_town(), 120), "town in parts")
        >>> PartsProblem.of(parts, 250e6, carry_over=True).n_bridges
        300
        """
        arguments.instance("parts", parts, NetworkParts)
        _refuse_options(options)
        years = arguments.horizon(horizon)
        if budget is None and parts.budget is not None:
            yearly = yearly_budget(parts.budget["budget"].to_list(), years, "the parts' budget.csv")
        else:
            yearly = (
                np.full(years, np.inf) if budget is None else yearly_budget(budget, years, start_year=parts.start_year)
            )
        return cls(parts, PlanningProblem(SHARED, yearly, **options))

    @property
    def notices(self) -> tuple[str, ...]:
        """Warnings that do not invalidate a plan."""
        return tuple(unused_budget(self.parts.budget, self.shared.budget))

    @property
    def n_bridges(self) -> int:
        """Number of bridges of all parts."""
        return self.parts.n_bridges

    @property
    def horizon(self) -> int:
        """Years planned."""
        return self.shared.horizon

    def part(self, number: int, *, stays: bool = False) -> PartProblem:
        """Return one part of the problem, whose network stays in memory once it is read if so asked."""
        alone = replace(self.parts, parts=(self.parts.parts[number],), budget=None)
        return PartProblem(self.shared, alone, _version(), stays)

    @property
    def first_bridges(self) -> list[int]:
        """Number of the first bridge of each part, and of all bridges."""
        return [0, *np.cumsum([part.bridges for part in self.parts.parts]).tolist()]

    def cut(self, plans: Indices) -> list[Indices]:
        """Cut the plans of all bridges into those of each part."""
        return [plans[first:end] for first, end in pairwise(self.first_bridges)]

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b-256 of the network's fingerprint, what parts share and the version, in hexadecimal."""
        return checksum({"network": self.parts.fingerprint, "version": _version(), **self.shared.record})
