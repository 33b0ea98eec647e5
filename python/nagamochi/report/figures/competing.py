"""Figures of competing damage types: what a new member is likely to have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib import pyplot
from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]


def draw_shares(ages: Numbers, shares: dict[str, Numbers], ax: Axes | None = None) -> Axes:
    """Draw the probabilities of all conditions of a member on top of each other, against its age.

    Parameters
    ----------
    ages : numpy.ndarray
        ``(n,)`` years, from 0.
    shares : dict of str to numpy.ndarray
        ``(n,)`` probabilities by condition; they sum to 1.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; by default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> draw_shares(np.array([0.0, 9.0]), {"sound": np.array([1, 0.4]), "crack": np.array([0, 0.6])}).get_ylabel()
    'probability'
    """
    axes = pyplot.subplots()[1] if ax is None else ax
    axes.stackplot(ages, *shares.values(), labels=list(shares))
    axes.set(xlabel="age (years)", ylabel="probability", xlim=(ages[0], ages[-1]), ylim=(0, 1))
    axes.legend()
    return axes
