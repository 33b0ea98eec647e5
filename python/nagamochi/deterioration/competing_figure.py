"""Competing damage types as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nagamochi.deterioration.competing_fit import CompetingFit

AGES = 101  # at which the shares are drawn


def draw_shares(fit: CompetingFit, years: float, ax: Axes | None) -> Axes:
    """Draw the probability that a new member is sound, or has damage of each type, against its age."""
    from matplotlib import pyplot

    ages = np.linspace(0.0, years, AGES)
    of_states = np.array([fit.transition(age)[0] for age in ages.tolist()])
    of_types = of_states[:, 1:].reshape(AGES, fit.ratings - 1, len(fit.types)).sum(axis=1)
    axes = pyplot.subplots()[1] if ax is None else ax
    axes.stackplot(ages, of_states[:, 0], *of_types.T, labels=["sound", *fit.types])
    axes.set(xlabel="age (years)", ylabel="probability", xlim=(0, years), ylim=(0, 1))
    axes.legend()
    return axes
