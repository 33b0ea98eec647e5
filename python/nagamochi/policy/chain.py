"""How ratings worsen from year to year: by hazards, or by given matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments

Numbers = npt.NDArray[np.float64]
Rhythm = tuple[float, float]  # years between periodic inspections, and between additional ones; 0: none of these

MOST_RATINGS = 30
LEAST_HAZARD = 1e-300  # below, its inverse would overflow
ROW_SUM_TOLERANCE = 1e-9
TIME_TOLERANCE = 1e-9
SLIGHT_RATE = 2.0**-70  # of leaving the worst rating: the chance of having left, over it, is the time spent there


@dataclass(frozen=True, eq=False)
class Chains:
    """Chains of one number of ratings, by their hazards or by matrices of one period.

    Parameters
    ----------
    hazards : numpy.ndarray or None
        ``(n, J - 1)`` per year, of leaving ratings 1 to J - 1.
    matrices : numpy.ndarray or None
        ``(n, J, J)`` transition probabilities of `period` years.
    period : float
        Years; 0 with hazards: there is a matrix for any time.
    """

    hazards: Numbers | None
    matrices: Numbers | None
    period: float

    @property
    def ratings(self) -> int:
        """Number of ratings, the worst included."""
        if self.hazards is not None:
            return int(self.hazards.shape[1]) + 1
        assert self.matrices is not None
        return int(self.matrices.shape[1])

    def __len__(self) -> int:
        chains = self.hazards if self.hazards is not None else self.matrices
        assert chains is not None
        return len(chains)

    def allow(self, years: float) -> bool:
        """Whether there are transition probabilities for this time."""
        if self.period == 0:
            return True
        periods = years / self.period
        return round(periods) >= 1 and abs(periods - round(periods)) <= TIME_TOLERANCE * periods

    def policies(self, rhythms: Sequence[Rhythm], repairs_on_watch: Sequence[int] = ()) -> _core.PolicySpace:
        """All thresholds with these years between periodic and between additional inspections, for the kernels."""
        years, spacings = zip(*rhythms, strict=True)
        return _core.PolicySpace(
            intervals=years,
            spacings=spacings,
            period=self.period,
            ratings=self.ratings,
            repairs_on_watch=repairs_on_watch,
        )

    def base(self, space: _core.PolicySpace, *, time_in_worst: bool = False, threads: int = 1) -> Numbers:
        """Matrices that those of all times of the space are made of, ``(n, base times, J, J)``.

        With `time_in_worst` they have a row and a column more: the expected years in J.
        """
        if self.hazards is None:
            assert self.matrices is not None
            return self.matrices[:, None]
        rates = self.hazards
        if time_in_worst:
            rates = np.column_stack([rates, np.full(len(self), SLIGHT_RATE)])
        years = np.array(space.base_times)
        size = rates.shape[1] + 1
        matrices = np.empty((len(self), len(years), size, size))
        _core.transition_matrices(hazards=rates, years=years, matrices=matrices, threads=threads)
        if time_in_worst:
            matrices[..., :-1, -1] /= SLIGHT_RATE
        return matrices

    def for_search(self) -> dict[str, Numbers]:
        """As the kernels of the search take them: hazards, or else base matrices."""
        if self.hazards is not None:
            return {"hazards": self.hazards, "base": np.empty((0, 0, 0, 0))}
        assert self.matrices is not None
        return {"hazards": np.empty((0, 0)), "base": self.matrices[:, None]}

    def part(self, chains: slice) -> Chains:
        """Some of the chains."""
        hazards = None if self.hazards is None else self.hazards[chains]
        return Chains(hazards, None if self.matrices is None else self.matrices[chains], self.period)


def checked_hazards(hazards: npt.ArrayLike, *, many: bool = False, name: str = "hazards") -> Chains:
    """Hazards of one chain or many, ready for the kernels."""
    shape = "(n, J - 1)" if many else "(J - 1,)"
    rates = np.atleast_2d(checked_array(name, hazards, 2 if many else 1, shape))
    if not 1 <= rates.shape[1] < MOST_RATINGS:
        raise arguments.invalid(name, f"must be those of 2 to {MOST_RATINGS} ratings, one less", rates.shape[1])
    wrong = np.argwhere(~((rates >= LEAST_HAZARD) & np.isfinite(rates)))
    if len(wrong):
        chain, rating = map(int, wrong[0])
        where = f"{name}[{chain}, {rating}]" if many else f"{name}[{rating}]"
        rule = f"must be a finite number above 0, {LEAST_HAZARD:g} at least"
        raise arguments.invalid(where, rule, float(rates[chain, rating]))
    return Chains(rates, None, 0.0)


def checked_matrices(matrix: npt.ArrayLike, period: float, *, half_steps: bool = False, many: bool = False) -> Chains:
    """Transition matrices of one chain or many, ready for the kernels: rows sum to 1, as nearly as doubles can."""
    name, shape = ("matrices", "(n, J, J)") if many else ("matrix", "(J, J)")
    matrices = checked_array(name, matrix, 3 if many else 2, shape)
    matrices = matrices.reshape(-1, *matrices.shape[-2:])
    ratings = matrices.shape[1]
    if matrices.shape[2] != ratings or not 2 <= ratings <= MOST_RATINGS:
        raise arguments.invalid(name, f"must be square, of 2 to {MOST_RATINGS} ratings", matrices.shape[-2:])

    def refuse(wrong: npt.NDArray[np.bool_], rule: str, values: Numbers) -> None:
        if wrong.any():
            index = tuple(map(int, np.argwhere(wrong)[0]))
            shown = ", ".join(map(str, index if many else index[1:]))
            raise arguments.invalid(f"{name}[{shown}]", rule, float(values[index]))

    refuse(~np.isfinite(matrices) | (matrices < 0), "must be a finite number, at least 0", matrices)
    refuse(np.tril(matrices, -1) > 0, "must be 0, as ratings do not improve without repair", matrices)
    sums = matrices.sum(axis=2)
    refuse(abs(sums - 1) > ROW_SUM_TOLERANCE, f"must sum to 1 within {ROW_SUM_TOLERANCE:g}", sums)
    matrices = matrices / sums[..., None]
    stays = matrices.diagonal(axis1=1, axis2=2)
    refuse(stays[:, :-1] == 1, "must have a chance of staying below 1, as only the worst rating lasts", stays)
    period = arguments.number("matrix_years", period)
    if period <= 0:
        raise arguments.invalid("matrix_years", "must be above 0", period)
    arguments.instance("half_steps", half_steps, bool)
    if half_steps:
        return Chains(None, np.ascontiguousarray(_square_roots(matrices)), period / 2)
    return Chains(None, np.ascontiguousarray(matrices), period)


def checked_array(name: str, given: npt.ArrayLike, dimensions: int, shape: str) -> Numbers:
    """Numbers in so many dimensions, at least one."""
    try:
        array = np.array(given, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        raise arguments.invalid(name, f"must be numbers of shape {shape}", given) from None
    if array.ndim != dimensions:
        raise arguments.invalid(name, f"must have the shape {shape}", array.shape)
    if array.size == 0:
        raise arguments.invalid(name, f"must not be empty but have the shape {shape}", array.shape)
    return array


def _square_roots(matrices: Numbers) -> Numbers:
    """Transition matrices of half the period, by the recursion of upper-triangular square roots."""
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
        rule = "must not be asked for, as all entries of the matrix's root would have to be chances"
        raise arguments.invalid("half_steps", rule, float(wrong[0]))
    return np.asarray(roots / roots.sum(axis=2, keepdims=True), np.float64)
