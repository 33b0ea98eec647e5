"""Minimum health: which curves it applies to, which plans keep it, and where no plan can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network import Network, RepairGroups
from nagamochi.vocabulary import value_label

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NO_MINIMUM = 1.0  # health is never lower


Minimum = float | tuple[float, float]
"""A health, or a health and the probability with which it shall be kept."""


def checked_minimum(
    min_health: Minimum | Mapping[str, Minimum] | None, network: Network, *, scatters: bool = False
) -> Minimum | dict[str, Minimum] | None:
    """Return the minimum, if it is in order: a health, or one for each of some members of the network.

    Where ratings scatter it has a probability, elsewhere none.
    """
    if min_health is None:
        return None
    if not isinstance(min_health, Mapping):
        return _minimum("min_health", min_health, scatters)
    members = list(dict.fromkeys(network.curves["member"].to_list()))
    checked: dict[str, Minimum] = {}
    for name, minimum in min_health.items():
        member = next(
            (word for word in (name, *(value_label(name, to) for to in ("ja", "en"))) if word in members), None
        )
        if member is None:
            raise arguments.invalid("min_health", f"must name members of the network: {', '.join(members)}", name)
        if member in checked:
            raise arguments.invalid("min_health", "must name a member once", f"{member} and {name}")
        checked[member] = _minimum(f"min_health[{name!r}]", minimum, scatters)
    return checked


def healths_alone(min_health: Minimum | Mapping[str, Minimum] | None) -> float | dict[str, float] | None:
    """Return the same minimum without probabilities."""
    if min_health is None:
        return None
    if isinstance(min_health, Mapping):
        return {member: _health_of(minimum) for member, minimum in min_health.items()}
    return _health_of(min_health)


def minimum_of_curves(min_health: Minimum | Mapping[str, Minimum], network: Network) -> Numbers:
    """Return the minimum health of each curve, (n_curves,)."""
    return _of_curves(min_health, network, _health_of)


def probability_of_curves(min_health: Minimum | Mapping[str, Minimum], network: Network) -> Numbers:
    """Return the probability with which each curve must keep its minimum health, (n_curves,)."""
    return _of_curves(min_health, network, lambda minimum: minimum[1] if isinstance(minimum, tuple) else 1.0)


def _of_curves(
    min_health: Minimum | Mapping[str, Minimum], network: Network, number: Callable[[Minimum], float]
) -> Numbers:
    if not isinstance(min_health, Mapping):
        return np.full(network.n_curves, number(min_health))
    members = network.curves["member"].to_list()
    return np.array([number(min_health.get(member, NO_MINIMUM)) for member in members], np.float64)


def health_deficits(
    units: RepairGroups, layout: _core.PlanLayout, minimum: Numbers, earliest: Indices, threads: int
) -> Numbers:
    """Return how far each plan lets the worst curve of each unit fall below its minimum, (n_units, n_plans).

    A minimum holds from the first year on in which a plan can repair: the shortest delay after the earliest inspection,
    ``earliest`` of each bridge, (n_bridges,).
    """
    deficits = np.empty((len(units.offsets) - 1, layout.plans))
    _core.evaluate_health_deficit(
        network=units.core,
        layout=layout,
        minimum_health=minimum,
        earliest=np.repeat(earliest, np.diff(units.bridge_offsets)),
        health_deficit=deficits,
        threads=threads,
    )
    return deficits


def unrepaired_health(network: Network, layout: _core.PlanLayout, earliest: Indices) -> Numbers:
    """Return the lowest health of every curve before any plan can repair it, (n_curves,).

    That is until the shortest delay after the earliest inspection of its bridge, ``earliest``, or after the last of its
    decided works: no plan repairs what is found before.
    """
    year = np.repeat(earliest, np.diff(network.arrays.curve_offsets))
    decided = network.arrays.decided
    if decided is not None and len(decided.work_years):
        with_works = np.flatnonzero(np.diff(decided.work_offsets))
        last_work = decided.work_years[decided.work_offsets[with_works + 1] - 1]
        year[with_works] = np.maximum(year[with_works], last_work)
    year = np.minimum(year + layout.shortest_delay - 1, layout.horizon)
    lowest_health = np.empty(network.n_curves)
    for last in np.unique(year).tolist():
        curves = np.flatnonzero(year == last)
        lowest_health[curves] = _lowest_health(network, last, curves)
    return lowest_health


def _lowest_health(network: Network, year: int, curves: Indices) -> Numbers:
    """Return the lowest health of some curves in years 1 to `year` without repair."""
    layout = _core.PlanLayout(levels=[3.0], first_years=[year], intervals=[1], horizon=year)  # repairs come too late
    lowest_health = np.empty(len(curves))
    _core.evaluate_plans(
        network=network.arrays.core(np.arange(network.n_curves + 1)),
        layout=layout,
        groups=curves,
        plans=np.zeros(len(curves), np.int64),
        slots=np.empty((len(curves), layout.most_slots)),
        lowest_health=lowest_health,
        threads=1,
    )
    return lowest_health


def _health_of(minimum: Minimum) -> float:
    return minimum[0] if isinstance(minimum, tuple) else minimum


def _minimum(name: str, value: Any, scatters: bool) -> Minimum:
    has_probability = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2
    if has_probability != scatters:
        rule = "must be a health and a probability, such as (2, 0.95), where ratings scatter"
        raise arguments.invalid(name, rule if scatters else "must be a health alone, as ratings do not scatter", value)
    if not has_probability:
        return arguments.number(name, value, at_least=1, at_most=5)
    probability = arguments.number(name, value[1])
    if not 0 < probability <= 1:
        raise arguments.invalid(name, "must have a probability above 0, at most 1", probability)
    return arguments.number(name, value[0], at_least=1, at_most=5), probability
