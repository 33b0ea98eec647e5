"""Health curves as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from nagamochi.deterioration.power_curve import loss_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nagamochi.deterioration.health_curves import HealthCurves


def draw_base_curves(curves: HealthCurves, ax: Axes | None) -> Axes:
    """Draw each base curve over its life, with its first inspections as points."""
    from matplotlib import pyplot

    axes = pyplot.subplots()[1] if ax is None else ax
    for base in curves.base.iter_rows(named=True):
        group = {name: base[name] for name in curves.by}
        found = curves.first_round.filter(pl.col(name).eq_missing(value) for name, value in group.items())
        life, shape = np.array(base["service_life"]), np.array(base["shape"])
        age = np.linspace(0.0, float(life), 200)
        (line,) = axes.plot(age, 5.0 - 4.0 * loss_at(age, life, shape), label=", ".join(map(str, group.values())))
        axes.scatter(found["age"], found["health"], s=6, alpha=0.3, color=line.get_color())
    axes.set(xlabel="age (years)", ylabel="health", ylim=(1, 5))
    axes.legend()
    return axes
