"""Markov chains of ratings: by hazards, or by given transition matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Rows = npt.NDArray[np.signedinteger[Any]]

MOST_RATINGS = 30
LEAST_HAZARD = 1e-300  # below, its inverse would overflow
ROW_SUM_TOLERANCE = 1e-9
TIME_TOLERANCE = 1e-9
SLIGHT_RATE = 2.0**-70  # of leaving the worst rating: the probability of having left, over it, is the time spent there


@dataclass(frozen=True, eq=False)
class ByHazards:
    """Chains that leave ratings 1 to J - 1 for the next one at constant rates.

    Parameters
    ----------
    hazards : numpy.ndarray
        ``(n, J - 1)`` rates per year.
    """

    hazards: Numbers
    period: ClassVar[float] = 0.0  # transition probabilities exist for any time

    @property
    def ratings(self) -> int:
        """Number of ratings, the worst included."""
        return int(self.hazards.shape[1]) + 1

    def __len__(self) -> int:
        return len(self.hazards)

    def part(self, rows: slice | Indices) -> ByHazards:
        """Return some of the chains."""
        return ByHazards(self.hazards[rows])

    def allow(self, years: float) -> bool:
        """Return whether transition probabilities exist for this time."""
        return years >= 0

    def for_search(self) -> dict[str, Numbers]:
        """Return the arguments by which the search kernels take the chains."""
        return {"hazards": self.hazards, "base": np.empty((0, 0, 0, 0))}

    def transitions(self, years: Sequence[float], threads: int, *, time_in_worst: bool = False) -> Numbers:
        """Return transition matrices, ``(n, years, J, J)``.

        With `time_in_worst` they have one more row and column: the expected years in J.
        """
        rates = self.hazards
        if time_in_worst:
            rates = np.column_stack([rates, np.full(len(self), SLIGHT_RATE)])
        size = rates.shape[1] + 1
        matrices = np.empty((len(self), len(years), size, size))
        _core.transition_matrices(hazards=rates, years=np.array(years), matrices=matrices, threads=threads)
        if time_in_worst:
            matrices[..., :-1, -1] /= SLIGHT_RATE
        return matrices


@dataclass(frozen=True, eq=False)
class ByMatrices:
    """Chains given by their transition probabilities over one period.

    Parameters
    ----------
    matrices : numpy.ndarray
        ``(n, J, J)``, upper triangular; rows sum to 1.
    period : float
        Years; only whole multiples of it are possible.
    """

    matrices: Numbers
    period: float

    @property
    def ratings(self) -> int:
        """Number of ratings, the worst included."""
        return int(self.matrices.shape[1])

    def __len__(self) -> int:
        return len(self.matrices)

    def part(self, rows: slice | Indices) -> ByMatrices:
        """Return some of the chains."""
        return ByMatrices(self.matrices[rows], self.period)

    def allow(self, years: float) -> bool:
        """Return whether transition probabilities exist for this time."""
        periods = years / self.period
        return round(periods) >= 1 and abs(periods - round(periods)) <= TIME_TOLERANCE * periods

    def for_search(self) -> dict[str, Numbers]:
        """Return the arguments by which the search kernels take the chains."""
        return {"hazards": np.empty((0, 0)), "base": self.matrices[:, None]}


Chains = ByHazards | ByMatrices


def base_matrices(chains: Chains, times: _core.PolicySpace, threads: int, *, time_in_worst: bool = False) -> Numbers:
    """Return the matrices that those of all times are products of, ``(n, base times, J, J)``."""
    if isinstance(chains, ByMatrices):
        return chains.matrices[:, None]
    return chains.transitions(times.base_times, threads, time_in_worst=time_in_worst)


def checked_chains(
    hazards: npt.ArrayLike | None, matrices: npt.ArrayLike | None, matrix_years: float, half_steps: bool
) -> tuple[Chains, bool]:
    """Check hazards or matrices; return the chains, and whether there may be several."""
    if (hazards is None) == (matrices is None):
        raise arguments.invalid("hazards", "must be given, or else matrices, not both", hazards)
    if matrices is not None:
        return _checked_matrices(matrices, matrix_years, half_steps)
    for name, value, default in (("matrix_years", matrix_years, 1), ("half_steps", half_steps, False)):
        if value != default:
            raise arguments.invalid(name, "must not be given without matrices", value)
    assert hazards is not None
    return checked_hazards(hazards)


def checked_hazards(hazards: npt.ArrayLike, name: str = "hazards") -> tuple[ByHazards, bool]:
    """Check the hazards of one chain or of many; return them, and whether there may be several."""
    rates = checked_array(name, hazards, (1, 2), "must be numbers of shape (J - 1,) or (n, J - 1)")
    many = rates.ndim == 2
    rates = np.atleast_2d(rates)
    if not 1 <= rates.shape[1] < MOST_RATINGS:
        raise arguments.invalid(name, f"must be those of 2 to {MOST_RATINGS} ratings, one less", rates.shape[1])
    rule = f"must be a finite number above 0, {LEAST_HAZARD:g} at least"
    refuse_elements(name, rates, (rates >= LEAST_HAZARD) & np.isfinite(rates), rule, many)
    return ByHazards(rates), many


def checked_array(name: str, given: npt.ArrayLike, dimensions: tuple[int, ...], rule: str) -> Numbers:
    """Return a copy of numbers in one of these numbers of dimensions, at least one number."""
    try:
        array = np.array(given)
    except (TypeError, ValueError):
        raise arguments.invalid(name, rule, given) from None
    if array.size and array.dtype.kind not in "iuf":
        raise arguments.invalid(name, rule, given)
    if array.ndim not in dimensions or array.size == 0:
        raise arguments.invalid(name, rule, array.shape)
    return np.array(array, np.float64, order="C")


def refuse_elements(name: str, values: Numbers, good: npt.NDArray[np.bool_], rule: str, many: bool) -> None:
    """Refuse the first element that breaks a rule; the index of the section is named where there may be several."""
    if good.all():
        return
    index = tuple(map(int, np.argwhere(~good)[0]))
    shown = ", ".join(map(str, index if many else index[1:]))
    raise arguments.invalid(f"{name}[{shown}]" if shown else name, rule, float(values[index]))


def _checked_matrices(given: npt.ArrayLike, years: float, half_steps: bool) -> tuple[ByMatrices, bool]:
    matrices = checked_array("matrices", given, (2, 3), "must be numbers of shape (J, J) or (n, J, J)")
    many = matrices.ndim == 3
    matrices = matrices.reshape(-1, *matrices.shape[-2:])
    ratings = matrices.shape[1]
    if matrices.shape[2] != ratings or not 2 <= ratings <= MOST_RATINGS:
        raise arguments.invalid("matrices", f"must be square, of 2 to {MOST_RATINGS} ratings", matrices.shape[-2:])

    def require(good: npt.NDArray[np.bool_], rule: str, values: Numbers) -> None:
        refuse_elements("matrices", values, good, rule, many)

    require(np.isfinite(matrices) & (matrices >= 0), "must be a finite number, at least 0", matrices)
    require(np.tril(matrices, -1) == 0, "must be 0, because ratings do not improve without repair", matrices)
    sums = matrices.sum(axis=2)
    require(abs(sums - 1) <= ROW_SUM_TOLERANCE, f"must sum to 1 within {ROW_SUM_TOLERANCE:g}", sums)
    matrices = matrices / sums[..., None]
    stays = matrices.diagonal(axis1=1, axis2=2)
    rule = "must have a probability of staying below 1, because only the worst rating is absorbing"
    require((stays < 1) | (np.arange(ratings) == ratings - 1), rule, stays)
    period = arguments.number("matrix_years", years)
    if period <= 0:
        raise arguments.invalid("matrix_years", "must be above 0", period)
    arguments.instance("half_steps", half_steps, bool)
    if half_steps:
        return ByMatrices(np.ascontiguousarray(_square_roots(matrices)), period / 2), many
    return ByMatrices(np.ascontiguousarray(matrices), period), many


def _square_roots(matrices: Numbers) -> Numbers:
    """Return the transition matrices of half the period, by the recursion of upper-triangular square roots."""
    roots = np.zeros_like(matrices)
    ratings = matrices.shape[1]
    for i in range(ratings):
        roots[:, i, i] = np.sqrt(matrices[:, i, i])
    for distance in range(1, ratings):
        for i in range(ratings - distance):
            j = i + distance
            between = (roots[:, i, i + 1 : j] * roots[:, i + 1 : j, j]).sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                roots[:, i, j] = (matrices[:, i, j] - between) / (roots[:, i, i] + roots[:, j, j])
    roots[(roots < 0) & (roots > -1e-14)] = 0
    wrong = roots[~((roots >= 0) & np.isfinite(roots))]
    if len(wrong):
        rule = f"must be False, because the matrix has a square root with {wrong[0]:.6g}, which is no probability"
        raise arguments.invalid("half_steps", rule, True)
    return np.asarray(roots / roots.sum(axis=2, keepdims=True), np.float64)
