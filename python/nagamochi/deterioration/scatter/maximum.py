"""The scatter that makes pairs of ratings most likely, and what else they allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import exp, log

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize

from nagamochi.base.execution import Execution
from nagamochi.deterioration.scatter.likelihood import PairLikelihood, Scatter

Numbers = npt.NDArray[np.float64]

LEAST, MOST = log(0.005), log(8.0)  # of a standard deviation in health points: smaller ones count as 0
MOST_BIAS = 4.0
START = {"sigma": log(0.5), "round_scatter": log(0.2), "bias": 0.0}
BOUNDS = {"sigma": (LEAST, MOST), "round_scatter": (LEAST, MOST), "bias": (-MOST_BIAS, MOST_BIAS)}
FIRST_STEP = 0.1  # away from an estimate, towards the end of its interval


@dataclass(frozen=True, eq=False)
class BestScatter:
    """Where the likelihood is largest, of all scatters or of those with one parameter fixed."""

    parameters: dict[str, float]  # sigma and round_scatter as logarithms
    shares: Numbers
    value: float
    ended: bool

    @property
    def scatter(self) -> Scatter:
        """The scatter there."""
        return scatter_of(self.parameters)


def scatter_of(parameters: dict[str, float]) -> Scatter:
    """Return the scatter of a search's parameters."""
    return Scatter(**{name: value if name == "bias" else exp(value) for name, value in parameters.items()})


def standard_deviation(logarithm: float) -> float:
    """Return what users read: 0 where the search has come to its least."""
    return 0.0 if logarithm <= LEAST else exp(logarithm)


def find_scatter(
    likelihood: PairLikelihood,
    start: BestScatter,
    execution: Execution,
    fixed: str | None = None,
) -> BestScatter:
    """Search from a start; the fixed parameter keeps its value.

    Shares that may have any sum cost a pair's worth for each unit of it: then 1 is the best sum, and no share needs
    more than to be positive.
    """
    free = [name for name in start.parameters if name != fixed]

    def loss(point: Numbers) -> tuple[float, Numbers]:
        parameters = start.parameters | dict(zip(free, point[: len(free)].tolist(), strict=True))
        scatter = scatter_of(parameters)
        shares = point[len(free) :]
        value, by_scatter, by_share = likelihood.log_likelihood(scatter, shares)
        slopes = {
            "sigma": by_scatter[0] * scatter.sigma,
            "round_scatter": by_scatter[1] * scatter.round_scatter,
            "bias": by_scatter[2],
        }
        surplus = likelihood.n_pairs * (float(shares.sum()) - 1.0)
        return surplus - value, -np.concatenate([[slopes[name] for name in free], by_share - likelihood.n_pairs])

    def go_on(point: Numbers) -> None:
        if not execution.report(0, text="the scatter of ratings"):
            raise StopIteration

    found = minimize(
        loss,
        np.concatenate([[start.parameters[name] for name in free], start.shares]),
        jac=True,
        method="L-BFGS-B",
        bounds=[*(BOUNDS[name] for name in free), *[(0.0, 2.0)] * len(start.shares)],
        callback=go_on,
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-4},
    )
    parameters = start.parameters | dict(zip(free, found.x[: len(free)].tolist(), strict=True))
    return BestScatter(parameters, found.x[len(free) :], -float(found.fun), bool(found.success))


def first_guess(likelihood: PairLikelihood, names: tuple[str, ...]) -> BestScatter:
    """Where a search begins."""
    return BestScatter({name: START[name] for name in names}, likelihood.seen_shares, -np.inf, False)


def at_end(best: BestScatter) -> list[str]:
    """Return the parameters that the search has taken as far from 0 as it goes."""
    far = {name: abs(value) if name == "bias" else value for name, value in best.parameters.items()}
    return [name for name, value in far.items() if value >= BOUNDS[name][1] - 1e-6]


def interval_of(
    likelihood: PairLikelihood, best: BestScatter, name: str, drop: float, execution: Execution
) -> tuple[float, float]:
    """Return the least and the largest value at which the log-likelihood is at most `drop` below its maximum."""
    return _end(likelihood, best, name, drop, -1.0, execution), _end(likelihood, best, name, drop, 1.0, execution)


def _end(
    likelihood: PairLikelihood, best: BestScatter, name: str, drop: float, side: float, execution: Execution
) -> float:
    nearest = best

    @cache  # a value found again from elsewhere might differ by the search's tolerance
    def beyond(value: float) -> float:
        nonlocal nearest
        start = replace(nearest, parameters=nearest.parameters | {name: value})
        nearest = find_scatter(likelihood, start, execution, name)
        return best.value - nearest.value - drop

    inner, step, limit = best.parameters[name], FIRST_STEP, BOUNDS[name][0 if side < 0 else 1]
    while True:
        outer = inner + side * step
        if (outer - limit) * side >= 0.0:
            if beyond(limit) <= 0.0:
                return limit
            outer = limit
            break
        if beyond(outer) > 0.0:
            break
        inner, step = outer, 2.0 * step
    return float(brentq(beyond, inner, outer, xtol=1e-4))
