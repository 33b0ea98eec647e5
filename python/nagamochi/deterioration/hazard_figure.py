"""Estimated hazards as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nagamochi.deterioration.hazard_fit import Covariates, HazardFit


def draw_performance(fit: HazardFit, x: Covariates | None, ax: Axes | None) -> Axes:
    """Draw the expected rating against age, the best rating at the top."""
    from matplotlib import pyplot

    curve = fit.performance_curve(x=x)
    axes = pyplot.subplots()[1] if ax is None else ax
    axes.fill_between(curve["year"], curve["low"], curve["high"], alpha=0.25, label="95 % band")
    axes.plot(curve["year"], curve["expected_rating"], label="expected rating")
    axes.set(xlabel="age (years)", ylabel="rating", ylim=(fit.scale.worst, fit.scale.best))
    axes.legend()
    return axes
