"""The grades that ratings are given in, as health from 5 (as new) to 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi.deterioration.scale import Scale

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

BEST, WORST = 5.0, 1.0
USUAL_STEPS = (1.0, 0.5, 0.25, 0.2)
MOST_GRADES = 21  # a fifth of a health point each: finer ones tell hardly more about a scatter of as much
NODES = 6  # of true health within a grade


@dataclass(frozen=True)
class Grades:
    """Equal steps of health, from the worst grade to the best.

    Parameters
    ----------
    count : int
    """

    count: int

    @property
    def step(self) -> float:
        """Health points from a grade to the next."""
        return (BEST - WORST) / (self.count - 1)

    @property
    def limits(self) -> Numbers:
        """(count + 1,): a rating between two limits is given this grade; the outer ones are infinite."""
        between = WORST + self.step * (np.arange(self.count - 1) + 0.5)
        return np.concatenate([[-np.inf], between, [np.inf]])

    def of(self, health: Numbers) -> Indices:
        """Number of the grade next to each health; the upper one of two at the same distance."""
        return np.floor((health - WORST) / self.step + 0.5 + 1e-9).astype(np.int64)

    def hold(self, health: Numbers) -> bool:
        """Return whether all these are grades, so that nothing is rounded."""
        return bool(np.all(np.abs(health - WORST - self.step * self.of(health)) < 1e-6))

    def true_health(self) -> tuple[Numbers, Numbers]:
        """(count, NODES) health spread evenly within each grade, and (NODES,) the weights of these nodes."""
        limits = np.clip(self.limits, WORST, BEST)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        share = (nodes + 1.0) / 2.0
        return limits[:-1, None] + (limits[1:] - limits[:-1])[:, None] * share, weights / 2.0


def health_of(ratings: Numbers, scale: Scale) -> Numbers:
    """Return ratings on a scale as health."""
    return BEST - (BEST - WORST) * (ratings - scale.best) / (scale.worst - scale.best)


def seen_grades(ratings: Numbers, scale: Scale) -> Grades:
    """Return the coarsest usual steps that all ratings of a column are given in, or the finest that are used."""
    for step in USUAL_STEPS:
        steps = (ratings - scale.low) / step
        if np.all(np.abs(steps - np.round(steps)) < 1e-6):
            return Grades(min(round((scale.high - scale.low) / step) + 1, MOST_GRADES))
    return Grades(MOST_GRADES)
