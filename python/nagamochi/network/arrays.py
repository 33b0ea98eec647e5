"""A network as arrays, for the kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.tables import LISTED_PER_RULE, Findings, money, shown, stripped
from nagamochi.tables.limits import LARGEST_MONEY

HEALTH_KNOTS = (5, 4, 3, 2, 1)

INDEX_FIELDS = ("curve_offsets", "table", "table_offsets")

BLOCK = 1 << 16
"""Rows that are examined together, so that masks take little memory."""

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class CurveTables(NamedTuple):
    """Deterioration curves given by points, table after table.

    Parameters
    ----------
    offsets : (n_tables + 1,) array_like
        Points of table t are ``offsets[t]`` to ``offsets[t + 1] - 1``.
    age_ratio, health : (n_points,) array_like
        Points from (0, 5) to (1, 1), linear in between.
    """

    offsets: npt.ArrayLike = (0,)
    age_ratio: npt.ArrayLike = ()
    health: npt.ArrayLike = ()


class DecidedYears(NamedTuple):
    """When curves are repaired, and until when bridges stand, whatever the plan.

    Parameters
    ----------
    work_offsets : (n_curves + 1,) int64
        Works of curve c are ``work_offsets[c]`` to ``work_offsets[c + 1] - 1``.
    work_years : (n_works,) int64
        Rising for each curve.
    last_year : (n_bridges,) int64
        The year before a bridge is removed; beyond every horizon if it is not.
    """

    work_offsets: Indices
    work_years: Indices
    last_year: Indices


@dataclass(frozen=True, eq=False)
class NetworkArrays:
    """The curves of a network, ordered by bridge, as C-contiguous read-only arrays.

    Parameters
    ----------
    curve_offsets : (n_bridges + 1,) int64
        Curves of bridge b are ``curve_offsets[b]`` to ``curve_offsets[b + 1] - 1``.
    inspection_cost : (n_bridges,) float64
        Yen per inspection.
    health : (n_curves,) float64
        Health now, 5 as new to 1 at the end of service.
    service_life : (n_curves,) float64
        Years from health 5 to 1.
    shape : (n_curves,) float64
        Exponent of a power curve.
    restored_health : (n_curves,) float64
        Health after a repair.
    table : (n_curves,) int64
        Index of the curve table, -1 for a power curve.
    repair_cost : (n_curves, 5) float64
        Yen to repair the whole curve at health 5, 4, 3, 2, 1.
    table_offsets : (n_tables + 1,) int64
        Points of table t are ``table_offsets[t]`` to ``table_offsets[t + 1] - 1``.
    table_age_ratio, table_health : (n_points,) float64
        Points from (0, 5) to (1, 1), linear in between.
    decided : DecidedYears or None
        None where nothing is decided.
    access_cost : (n_bridges,) float64 or None
        Yen in each year in which repairs of the bridge cost anything; None where that is nothing for all.
    """

    curve_offsets: Indices
    inspection_cost: Numbers
    health: Numbers
    service_life: Numbers
    shape: Numbers
    restored_health: Numbers
    table: Indices
    repair_cost: Numbers
    table_offsets: Indices
    table_age_ratio: Numbers
    table_health: Numbers
    decided: DecidedYears | None = None
    access_cost: Numbers | None = None

    def __post_init__(self) -> None:
        for array in (*(getattr(self, name) for name in array_names()), *(self.decided or ())):
            array.flags.writeable = False
        if self.access_cost is not None:
            self.access_cost.flags.writeable = False

    def __reduce__(self) -> tuple[type[NetworkArrays], tuple[Any, ...]]:
        return NetworkArrays, tuple(getattr(self, field.name) for field in fields(self))

    def core(self, group_offsets: Indices) -> _core.Network:
        """Return the kernels' view; repair group g holds the curves from ``group_offsets[g]`` on."""
        decided = self.decided
        return _core.Network(
            group_offsets=group_offsets,
            health=self.health,
            service_life=self.service_life,
            shape=self.shape,
            table=self.table,
            repair_cost=self.repair_cost,
            restored_health=self.restored_health,
            table_offsets=self.table_offsets,
            table_age_ratio=self.table_age_ratio,
            table_health=self.table_health,
            work_offsets=None if decided is None else decided.work_offsets,
            work_years=None if decided is None else decided.work_years,
            last_year=self.last_year(group_offsets),
            access_cost=None if self.access_cost is None else self.access_cost[self.bridge_of_groups(group_offsets)],
        )

    def bridge_of_groups(self, group_offsets: Indices) -> Indices:
        """Return the bridge of each repair group."""
        bridges: Indices = np.searchsorted(self.curve_offsets, group_offsets[:-1], side="right") - 1
        return bridges

    def last_year(self, group_offsets: Indices) -> Indices | None:
        """Return until which year the bridge of each repair group stands; None where all stay."""
        if self.decided is None:
            return None
        return self.decided.last_year[self.bridge_of_groups(group_offsets)]

    @property
    def n_bridges(self) -> int:
        """Number of bridges."""
        return len(self.inspection_cost)

    @property
    def n_curves(self) -> int:
        """Number of curves."""
        return len(self.health)


def array_names() -> tuple[str, ...]:
    """Return the fields of NetworkArrays that are arrays."""
    return tuple(field.name for field in fields(NetworkArrays) if field.name not in ("decided", "access_cost"))


def checked_arrays(given: Mapping[str, npt.ArrayLike]) -> NetworkArrays:
    """Return the checked fields of NetworkArrays, or raise InvalidInput with all problems.

    Arrays that nobody can write are shared, all others copied. A single number given for a field of the curves applies
    to all curves.
    """
    findings = Findings()
    arrays = {name: _own(name, given[name], findings) for name in array_names()}
    findings.raise_problems()
    for name in ("inspection_cost", "health"):
        if not arrays[name].size:
            findings.refuse(name, "must not be empty", "no numbers")
    findings.raise_problems()
    _shape_like_curves(arrays, findings)
    findings.raise_problems()
    network = NetworkArrays(**arrays, decided=None)
    _check_offsets(network, findings)
    _check_curves(network, findings)
    findings.raise_problems()
    _check_tables(network, findings)
    findings.raise_problems()
    return network


def checked_ids(bridge_ids: Sequence[str] | pl.Series | None, count: int) -> pl.Series:
    """Return the names of the bridges, by default 1, 2, .. as text."""
    if bridge_ids is None:
        return pl.Series("bridge_id", np.arange(1, count + 1)).cast(pl.String)
    findings = Findings()
    ids = stripped(pl.DataFrame({"bridge_id": bridge_ids}))["bridge_id"]
    if len(ids) != count:
        findings.refuse("bridge_ids", f"must have {count} names", f"{len(ids)}")
    elif ids.dtype != pl.String:
        findings.refuse("bridge_ids", "must be text", f"type {ids.dtype}")
    unfit = (ids.is_null() | ~ids.is_first_distinct()).arg_true()
    for i in unfit.head(LISTED_PER_RULE):
        findings.refuse(f"bridge_ids[{i}]", "must be a name of its own", shown(ids[i]))
    findings.count_unlisted(len(unfit) - LISTED_PER_RULE)
    findings.raise_problems()
    return ids


def _own(name: str, value: npt.ArrayLike, findings: Findings) -> npt.NDArray[Any]:
    """Return an array that stays as it is: the given one where nobody can write it, else a copy."""
    dtype, kinds, words = (np.int64, "iu", "whole numbers") if name in INDEX_FIELDS else (np.float64, "iuf", "numbers")
    try:
        array = np.asarray(value)
    except ValueError as error:  # lists of different lengths
        findings.refuse(name, f"must be an array of {words}", str(error))
        return np.empty(0, dtype)
    if array.size and array.dtype.kind not in kinds:
        findings.refuse(name, f"must be an array of {words}", f"type {array.dtype}")
        return np.empty(0, dtype)
    fits = array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned
    if fits and _is_read_only(array) and not _has_negative_zero(array):
        return array
    copy = np.array(array, dtype, order="C")
    copy += 0  # makes -0 to 0, so that equal numbers have equal bits
    return copy


def _is_read_only(array: npt.NDArray[Any]) -> bool:
    """Return whether neither the array nor one that it is a view of can be written."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return True


def _has_negative_zero(array: npt.NDArray[Any]) -> bool:
    return array.dtype == np.float64 and bool((array.view(np.int64) == np.iinfo(np.int64).min).any())


def _shape_like_curves(arrays: dict[str, npt.NDArray[Any]], findings: Findings) -> None:
    """Spread single numbers over the curves and refuse arrays that do not fit the others."""
    n_curves, n_bridges, n_points = (arrays[name].size for name in ("health", "inspection_cost", "table_age_ratio"))
    shapes: dict[str, tuple[int, ...]] = {
        "curve_offsets": (n_bridges + 1,),
        "inspection_cost": (n_bridges,),
        "repair_cost": (n_curves, len(HEALTH_KNOTS)),
        "table_offsets": (max(1, arrays["table_offsets"].size),),
        "table_age_ratio": (n_points,),
        "table_health": (n_points,),
    }
    for name, array in arrays.items():
        shape = shapes.get(name, (n_curves,))
        if array.ndim == 0 and name not in shapes:
            arrays[name] = np.full(shape, array)
        elif array.shape != shape:
            findings.refuse(name, f"must have the shape {shape}", f"{array.shape}")


def _check_offsets(network: NetworkArrays, findings: Findings) -> None:
    for name, count, least, reason in (
        ("curve_offsets", network.n_curves, 1, "a curve in every bridge"),
        ("table_offsets", len(network.table_age_ratio), 2, "two points in every table"),
    ):
        offsets: Indices = getattr(network, name)
        if offsets[0] != 0:
            findings.refuse(f"{name}[0]", "must be 0", f"{offsets[0]}")
        if offsets[-1] != count:
            findings.refuse(f"{name}[{len(offsets) - 1}]", f"must be {count}", f"{offsets[-1]}")
        small = np.flatnonzero(np.diff(offsets) < least) + 1
        _refuse(findings, name, offsets, small, f"must leave at least {reason}")


def _check_curves(network: NetworkArrays, findings: Findings) -> None:
    n_tables = len(network.table_offsets) - 1
    for name, rule, holds in (
        ("inspection_cost", money().words, _money),
        ("health", "must be from 1 to 5", _health),
        ("service_life", "must be finite and above 0", _finite_above_0),
        ("shape", "must be finite and above 0", _finite_above_0),
        ("restored_health", "must be from 1 to 5", _health),
        ("table", f"must be from -1 to {n_tables - 1}", lambda table: (table >= -1) & (table < n_tables)),
        ("repair_cost", money().words, _money),
    ):
        array = getattr(network, name)
        _refuse(findings, name, array, _where_not(array, holds), rule)
    falling = _where_not(network.repair_cost, _never_falls) + np.array([0, 1])
    _refuse(findings, "repair_cost", network.repair_cost, falling, "must not fall as health falls")


def _where_not(array: npt.NDArray[Any], holds: Callable[[npt.NDArray[Any]], npt.NDArray[np.bool_]]) -> Indices:
    """Return the indices of the elements that break a rule, (n, dimensions), examined block by block."""
    found = [np.empty((0, array.ndim), np.int64)]
    for begin in range(0, len(array), BLOCK):
        kept = holds(array[begin : begin + BLOCK])
        if not kept.all():
            indices = np.argwhere(~kept)
            indices[:, 0] += begin
            found.append(indices)
    return np.concatenate(found)


def _check_tables(network: NetworkArrays, findings: Findings) -> None:
    age, health = network.table_age_ratio, network.table_health
    first, last = network.table_offsets[:-1], network.table_offsets[1:] - 1
    later = np.setdiff1d(np.arange(len(age)), first)
    for name, array, bad, rule in (
        ("table_age_ratio", age, first[age[first] != 0], "must be 0 at the start of a table"),
        ("table_age_ratio", age, last[age[last] != 1], "must be 1 at the end of a table"),
        ("table_age_ratio", age, later[~(age[later] > age[later - 1])], "must rise within a table"),
        ("table_health", health, first[health[first] != 5], "must be 5 at the start of a table"),
        ("table_health", health, last[health[last] != 1], "must be 1 at the end of a table"),
        ("table_health", health, later[~(health[later] <= health[later - 1])], "must not rise within a table"),
    ):
        _refuse(findings, name, array, bad, rule)


def _refuse(findings: Findings, name: str, array: npt.NDArray[Any], bad: Indices, rule: str) -> None:
    for index in np.atleast_2d(bad.T).T[:LISTED_PER_RULE].tolist():
        findings.refuse(f"{name}[{', '.join(map(str, index))}]", rule, shown(array[tuple(index)].item()))
    findings.count_unlisted(len(bad) - LISTED_PER_RULE)


def _money(array: Numbers) -> npt.NDArray[np.bool_]:
    return (array >= 0) & (array <= LARGEST_MONEY)


def _never_falls(cost: Numbers) -> npt.NDArray[np.bool_]:
    return ~(cost[:, 1:] < cost[:, :-1])  # what is no number breaks another rule


def _finite_above_0(array: Numbers) -> npt.NDArray[np.bool_]:
    return np.isfinite(array) & (array > 0)


def _health(array: Numbers) -> npt.NDArray[np.bool_]:
    return (array >= 1) & (array <= 5)
