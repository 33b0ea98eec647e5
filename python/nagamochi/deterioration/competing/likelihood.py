"""The log-likelihood of competing damage types."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.deterioration.competing.panel import CompetingPanel

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DIFFERENCE = 1e-4  # of a coefficient, for the Hessian from gradients


class CompetingLikelihood:
    """The log-likelihood in those coefficients that are free; the hazards of all others are 0."""

    def __init__(self, panel: CompetingPanel, free: Flags, threads: int) -> None:
        self.free = free
        self.panel = panel
        self._threads = threads
        self._years = panel.years
        self._counts = panel.counts

    def __call__(self, coefficients: Numbers) -> tuple[float, Numbers, Numbers]:
        """Value, gradient and Hessian, which comes from differences of gradients."""
        value, gradient = self.gradient(coefficients)
        hessian = np.zeros((len(coefficients), len(coefficients)))
        if np.isfinite(value):
            for k, step in enumerate(DIFFERENCE * np.eye(len(coefficients))):
                rise = self.gradient(coefficients + step)[1] - self.gradient(coefficients - step)[1]
                hessian[k] = rise / (2 * DIFFERENCE)
        return value, gradient, (hessian + hessian.T) / 2

    def gradient(self, coefficients: Numbers) -> tuple[float, Numbers]:
        """Value and gradient."""
        states = self.panel.states
        hazards = self.panel.states.move_hazards(self.all(coefficients))
        by_hazard = np.empty(len(hazards))
        value = _core.competing_log_likelihood(
            states=len(states),
            departure=states.departure,
            arrival=states.arrival,
            hazards=hazards,
            years=self._years,
            counts=self._counts,
            gradient=by_hazard,
            threads=self._threads,
        )
        return value, np.asarray(((by_hazard * hazards) @ states.design)[self.free])

    def all(self, coefficients: Numbers) -> Numbers:
        """All coefficients from the free ones."""
        everything = np.full(len(self.free), -np.inf)
        everything[self.free] = coefficients
        return everything
