"""How the ratings of inspections scatter, and what that makes of the costs of plans and of minimum health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.network import RepairGroups

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

GRADES = (5, 4, 3, 2, 1)
LARGEST = 4.0
"""Health has a range of 4."""
LARGEST_LIFE_SCATTER = 1.0
ROUNDING = 1e-9
"""By how much the sum of a row of probabilities may differ from 1."""


COARSE_LIVES = 2 / 3
"""Neighbours of the 15 lives differ by 0.73 `life_scatter`, in health by 4 times that for shape 2 at health 3."""


@dataclass(frozen=True)
class RatingScatter:
    """How the rating that an inspection gives a curve scatters about the curve's health.

    A rating is health + b + e. The error e is normal with mean 0 and standard deviation ``sigma``, independent for
    every curve and inspection. The error b is the same for all curves of a bridge in one inspection, the error of its
    team; it is normal with mean ``bias`` and standard deviation ``round_scatter``, independent for every bridge and
    inspection. Or a matrix gives the probability of every rated grade. A curve is repaired after an inspection that
    rates it at or below its plan's level. Health itself is certain, given the last repair. Ratings end at 1 and 5; as
    repair levels are between, that changes nothing.

    Two options make health uncertain, too, for each curve by itself. With ``rated_health`` the network's health in year
    0 is such a rating, and before it every health from 1 to 5, or every grade, was as probable. With ``life_scatter``
    the service life is log-normal about that of the network. Sums of costs run over 15 values of each.

    Parameters
    ----------
    sigma : float
        From 0 to 4. In the trials of FHWA-RD-01-020, 68 % of ratings were within 1 and 95 % within 2 of the mean on a
        scale from 0 to 9, in New York 98 % within 1 of the median on a scale from 1 to 7: both are about 0.43 on the
        scale from 1 to 5. No Japanese figure is known to us.
    bias : float
        From -4 to 4; above 0, ratings are too good on average.
    round_scatter : float
        From 0 to 4.
    matrix : sequence of sequence of float, optional
        (5, 5): in row i the probabilities that a curve of true grade 5 - i is rated 5, 4, 3, 2, 1; the true grade is
        the whole number nearest to the health, the lower one of two. It stands for all ratings, so the other parameters
        must be 0.
    rated_health : bool
        Whether the health in year 0 is a rating. With a matrix, each grade must be given with some probability.
    life_scatter : float
        Standard deviation of the logarithm of a curve's service life, from 0 to 1.

    Raises
    ------
    InvalidInput
        A number is out of its range; a row of the matrix does not sum to 1; both a matrix and other parameters are
        given.

    Examples
    --------
    >>> RatingScatter(sigma=0.43, bias=-0.2)
    RatingScatter(sigma=0.43, bias=-0.2, round_scatter=0.0, matrix=None, rated_health=False, life_scatter=0.0)
    >>> RatingScatter(sigma=-1)
    Traceback (most recent call last):
    nagamochi.errors.InvalidInput: sigma: must be a finite number, at least 0, at most 4; got -1
    """

    sigma: float = 0.0
    bias: float = 0.0
    round_scatter: float = 0.0
    matrix: Sequence[Sequence[float]] | None = None
    rated_health: bool = False
    life_scatter: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("sigma", 0.0), ("bias", -LARGEST), ("round_scatter", 0.0)):
            checked = arguments.number(name, getattr(self, name), at_least=least, at_most=LARGEST)
            object.__setattr__(self, name, checked)
            if checked and self.matrix is not None:
                raise arguments.invalid(name, "must be 0 where a matrix is given", checked)
        if self.matrix is not None:
            object.__setattr__(self, "matrix", _checked_matrix(self.matrix))
        arguments.instance("rated_health", self.rated_health, bool)
        if self.rated_health and self.matrix is not None:
            _check_every_grade_is_given(self.matrix)
        life_scatter = arguments.number("life_scatter", self.life_scatter, at_least=0, at_most=LARGEST_LIFE_SCATTER)
        object.__setattr__(self, "life_scatter", life_scatter)

    @property
    def is_certain(self) -> bool:
        """Whether every rating is the health, and nothing else is uncertain."""
        return self.matrix is None and self.deviation == 0 and self.bias == 0 and not self.has_cases

    @property
    def has_cases(self) -> bool:
        """Whether health in year 0 or service lives are uncertain."""
        return self.rated_health or self.life_scatter > 0

    @property
    def has_coarse_lives(self) -> bool:
        """Whether the lives over which costs are summed are few beside how sharply ratings decide."""
        return self.life_scatter > COARSE_LIVES * self.deviation

    @property
    def deviation(self) -> float:
        """Standard deviation of one rating, of both errors together."""
        return hypot(self.sigma, self.round_scatter)

    @property
    def has_known_variance(self) -> bool:
        """Whether the variance of what bridges cost is computed.

        With `round_scatter` it is where that is at most twice `sigma`, and health and lives are certain.
        """
        return not self.round_scatter or (self.round_scatter <= 2 * self.sigma and not self.has_cases)

    @property
    def record(self) -> dict[str, Any]:
        """The arguments that are not 0, as plain values, for files."""
        errors = {"sigma": self.sigma, "bias": self.bias, "round_scatter": self.round_scatter}
        given: dict[str, Any] = {**errors, "rated_health": self.rated_health, "life_scatter": self.life_scatter}
        matrix = {} if self.matrix is None else {"matrix": [list(row) for row in self.matrix]}
        return {name: value for name, value in given.items() if value} | matrix

    def expected_costs(
        self, groups: RepairGroups, layout: _core.PlanLayout, threads: int, simd: _core.Simd | None = None
    ) -> tuple[Numbers, Numbers]:
        """Evaluate all plans of all repair groups.

        Returns
        -------
        expected, variance : (n_groups, n_slots) float64
            Of what repairs cost in each slot, with access to them, yen and square yen; laid out as
            :class:`RepairSlots` says. With `round_scatter` they hold for groups of one curve, and without access costs
            the expectation holds for all.
        """
        expected, variance = np.empty((2, len(groups.offsets) - 1, layout.group_slots))
        _core.evaluate_expected_costs(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            slots=expected,
            variance=variance,
            simd=_core.widest_simd() if simd is None else simd,
            threads=threads,
        )
        return expected, variance

    def costs_of_plans(
        self, groups: RepairGroups, layout: _core.PlanLayout, plans: Indices, threads: int
    ) -> tuple[Numbers, Numbers]:
        """Evaluate one plan of each repair group, (n_groups,); with the bits of :meth:`expected_costs`.

        Returns
        -------
        expected, variance : (n_groups, most slots of a plan) float64
            0 beyond the slots of the plan.
        """
        expected, variance = np.empty((2, len(plans), layout.most_slots))
        _core.evaluate_expected_costs_of(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            plans=plans,
            slots=expected,
            variance=variance,
            threads=threads,
        )
        return expected, variance

    def shared_covariance(
        self, groups: RepairGroups, layout: _core.PlanLayout, plans: Indices, threads: int
    ) -> Numbers:
        """Return what `round_scatter` adds to the variance of bridges' yearly costs, (n_bridges, horizon), square yen.

        Under one plan of each repair group, (n_groups,): the covariances of the curves of a bridge.
        """
        covariance = np.empty((len(groups.bridge_offsets) - 1, layout.horizon))
        _core.evaluate_shared_covariance(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            shared=self.round_scatter,
            plans=plans,
            bridge_offsets=groups.bridge_offsets,
            covariance=covariance,
            threads=threads,
        )
        return covariance

    def falls(
        self,
        groups: RepairGroups,
        layout: _core.PlanLayout,
        curves: Indices,
        minimum: Numbers,
        earliest: Indices,
        threads: int,
        simd: _core.Simd | None = None,
    ) -> Numbers:
        """Return the probability that curves fall below a minimum in any year in which a plan could keep them above.

        Parameters
        ----------
        groups, layout
            The plans.
        curves : (n,) int64
            Rising.
        minimum : (n,) float64
            Health that each of these curves must keep.
        earliest : (n_groups,) int64
            First year in which a plan may inspect each group.
        threads : int
            Threads to use.
        simd : _core.Simd, optional
            Instruction set.

        Returns
        -------
        (n, n_plans) float64
        """
        falls = np.empty((len(curves), layout.plans))
        _core.evaluate_falls(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            curves=curves,
            minimum_health=minimum,
            earliest=earliest,
            falls=falls,
            simd=_core.widest_simd() if simd is None else simd,
            threads=threads,
        )
        return falls

    def shortfall(
        self,
        groups: RepairGroups,
        layout: _core.PlanLayout,
        below: float,
        importance: Numbers,
        weights: Numbers,
        simd: _core.Simd | None = None,
    ) -> Numbers:
        """Return what the shortfall of each plan is expected to cost at its price of 1, (n_groups, n_plans), yen."""
        cost = np.empty((len(groups.offsets) - 1, layout.plans))
        _core.evaluate_expected_shortfall(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            threshold=below,
            importance=importance,
            weights=weights,
            cost=cost,
            simd=_core.widest_simd() if simd is None else simd,
            threads=1,
        )
        return cost

    def used_value(self, groups: RepairGroups, layout: _core.PlanLayout, simd: _core.Simd | None = None) -> Numbers:
        """Return what each plan is expected to use up of the curves' value, (n_groups, n_plans), yen."""
        used = np.empty((len(groups.offsets) - 1, layout.plans))
        _core.evaluate_expected_used_value(
            network=groups.core,
            layout=layout,
            scatter=self._core,
            used=used,
            simd=_core.widest_simd() if simd is None else simd,
            threads=1,
        )
        return used

    @property
    def _core(self) -> _core.RatingScatter:
        """For the kernels."""
        rated = None if self.matrix is None else np.array(self.matrix, np.float64)
        return _core.RatingScatter(
            deviation=self.deviation,
            bias=self.bias,
            rated=rated,
            rated_health=self.rated_health,
            life_scatter=self.life_scatter,
        )


def _checked_matrix(matrix: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    rule = "must have 5 rows of 5 probabilities, for the grades 5, 4, 3, 2, 1"
    if isinstance(matrix, str) or not hasattr(matrix, "__len__") or len(matrix) != len(GRADES):
        raise arguments.invalid("matrix", rule, matrix)
    rows = []
    for grade, row in zip(GRADES, matrix, strict=True):
        name = f"matrix, row of true grade {grade}"
        if isinstance(row, str) or not hasattr(row, "__len__") or len(row) != len(GRADES):
            raise arguments.invalid(name, rule, row)
        checked = tuple(arguments.number(name, value, at_least=0, at_most=1) for value in row)
        if abs(sum(checked) - 1) > ROUNDING:
            raise arguments.invalid(name, "must sum to 1", sum(checked))
        rows.append(checked)
    return tuple(rows)


def _check_every_grade_is_given(matrix: Sequence[Sequence[float]]) -> None:
    for grade, column in zip(GRADES, zip(*matrix, strict=True), strict=True):
        if not any(column):
            name = f"matrix, column of rated grade {grade}"
            raise arguments.invalid(name, "must have a probability above 0 where rated_health is true", list(column))
