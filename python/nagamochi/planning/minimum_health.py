"""A minimum that health must keep: of which curves, by which plans, and where no plan can help."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network.network import Network, RepairGroups

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NO_MINIMUM = 1.0  # health is never lower


def checked_minimum(
    min_health: float | Mapping[str, float] | None, network: Network
) -> float | dict[str, float] | None:
    """The argument of plan_network, if it is in order: a health, or one for each of some members of the network."""
    if min_health is None:
        return None
    if not isinstance(min_health, Mapping):
        return _health("min_health", min_health)
    members = network.curves["member"].unique(maintain_order=True)
    for member in min_health:
        if member not in members:
            raise arguments.invalid("min_health", f"must name members of the network: {', '.join(members)}", member)
    return {member: _health(f"min_health[{member!r}]", minimum) for member, minimum in min_health.items()}


def minimum_of_curves(min_health: float | dict[str, float] | None, network: Network) -> Numbers:
    """The minimum health of each curve, (n_curves,)."""
    if not isinstance(min_health, dict):
        return np.full(network.n_curves, NO_MINIMUM if min_health is None else min_health)
    member = network.curves["member"]
    return member.replace_strict(min_health, default=NO_MINIMUM, return_dtype=pl.Float64).to_numpy()


def shortfall_of_plans(groups: RepairGroups, space: _core.PlanSpace, minimum: Numbers, threads: int) -> Numbers:
    """How far each plan lets the worst curve of each group fall below its minimum, (n_groups, n_plans).

    A minimum holds from the first possible repair year on, the year after the first inspection.
    """
    shortfall = np.empty((len(groups.offsets) - 1, space.plans))
    _core.evaluate_health_shortfall(
        network=groups.core, space=space, minimum_health=minimum, shortfall=shortfall, threads=threads
    )
    return shortfall


def curves_already_below(
    network: Network, minimum: Numbers, first_year: Indices, horizon: int, threads: int
) -> pl.DataFrame:
    """Curves that are below their minimum before they can first be repaired.

    Parameters
    ----------
    network : Network
        The curves.
    minimum : (n_curves,) float64
        Health that each must keep.
    first_year : (n_curves,) int64
        First inspection year of each.
    horizon, threads : int
        Years; threads to use.

    Returns
    -------
    polars.DataFrame
        bridge_id, member, damage, location, minimum_health, lowest_health (until the first possible repair).
    """
    lowest_health = np.full(network.n_curves, np.inf)
    for year in np.unique(first_year[minimum > NO_MINIMUM]).tolist():
        of_year = first_year == year
        lowest_health[of_year] = _unrepaired_health(network, min(year, horizon), threads)[of_year]
    curves = network.curves.select("bridge_id", "member", "damage", "location")
    return curves.with_columns(
        minimum_health=pl.Series(minimum, dtype=pl.Float64), lowest_health=pl.Series(lowest_health, dtype=pl.Float64)
    ).filter(pl.col("lowest_health") < pl.col("minimum_health") - _core.level_tolerance)


def _unrepaired_health(network: Network, year: int, threads: int) -> Numbers:
    """Health of every curve after some years, by a plan whose first repair would fall in the year after them."""
    space = _core.PlanSpace(levels=[3.0], first_years=[year], intervals=[1], horizon=year)
    lowest_health = np.empty((network.n_curves, space.plans))
    _core.evaluate_all_plans(
        network=network.arrays.core(np.arange(network.n_curves + 1)),
        space=space,
        slots=np.empty((network.n_curves, space.group_slots)),
        lowest_health=lowest_health,
        simd=_core.widest_simd(),
        threads=threads,
    )
    return lowest_health[:, 0]


def _health(name: str, value: object) -> float:
    return arguments.number(name, value, at_least=1, at_most=5)
