"""Heterogeneity between groups: the mixture hazard."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.execution import Execution
from nagamochi.deterioration.hazards.likelihood import PanelLikelihood
from nagamochi.deterioration.maximum import LEVEL, WEAK, Maximum, covariance_of, maximum_at

Numbers = npt.NDArray[np.float64]

NODES = (24, 48, 96, 192, 384)  # of the quadrature: the first that is fine enough is taken
FINE = 1e-6  # change of the log-likelihood with twice as many nodes
COARSE = 1e-3  # the same, where no more nodes are tried
DEPTH = 36.0  # nodes reach to exp(-DEPTH) of the peak
LAST = 12.0  # of v, where every density that is searched has fallen so far
HALVINGS = 30
STEP = 0.05  # of log eps, for slopes and curvatures
MOST_STEPS, LONGEST_STEP = 100, 2.0  # of log eps, on the way to a peak
NEAR = 0.1  # standard deviations from the peak
FIRST_VARIANCE = 0.1
LEAST_VARIANCE, MOST_VARIANCE = 1e-5, 1e3
NO_VARIANCE = 1.01 * LEAST_VARIANCE  # at most: no heterogeneity
DIFFERENCE = 1e-4  # of a coefficient, for the Hessian from gradients
LARGER = (2.0, 4.0)  # variances, as multiples, that must be less likely than one that is hardly determined


@dataclass(frozen=True, eq=False, repr=False)
class Frailty:
    """Heterogeneity between groups: the hazards of group k are eps_k times those of its covariates.

    Parameters
    ----------
    variance : float
        Of eps over groups, which has a gamma distribution with mean 1.
    standard_error : float
        Of the variance.
    multipliers : polars.DataFrame
        group, pairs, multiplier (posterior mean of eps_k: above 1 deteriorates faster), standard_deviation (posterior);
        the fastest first.
    nodes : int
        Nodes of the quadrature over the speeds of a group.
    quadrature_error : float
        By how much the log-likelihood changes with twice as many nodes.
    """

    variance: float
    standard_error: float
    multipliers: pl.DataFrame
    nodes: int
    quadrature_error: float

    @property
    def bounded(self) -> bool:
        """Whether the likelihood has a maximum below the largest variance that is searched."""
        return self.variance < 0.99 * MOST_VARIANCE

    @property
    def determined(self) -> bool:
        """Whether the pairs determine the variance, or it is 0."""
        return self.variance <= NO_VARIANCE or self.standard_error < WEAK * self.variance

    @property
    def fine(self) -> bool:
        """Whether more nodes of quadrature leave the log-likelihood as it is."""
        return self.quadrature_error <= COARSE

    @property
    def converged(self) -> bool:
        """Whether the variance is a maximum-likelihood estimate, found with a quadrature that is fine enough."""
        return self.bounded and self.determined and self.fine

    def to_dict(self) -> dict[str, Any]:
        """Return the estimates for programs, without the groups."""
        return {
            "groups": len(self.multipliers),
            "variance": self.variance,
            "standard_error": self.standard_error,
            "nodes": self.nodes,
            "quadrature_error": self.quadrature_error,
        }

    def __repr__(self) -> str:
        return (
            f"<Frailty of {len(self.multipliers):,} groups: variance {self.variance:.4f} +- {self.standard_error:.4f}>"
        )


class GammaMixture:
    """The log-likelihood of hazards times a gamma variable of each group: sum_k log int prod p_ij(eps z) g(eps) d eps.

    In u = log eps the integrand of a group is smooth and has one peak; it falls like exp(shape u) to the left and like
    exp(-rate exp(u)) to the right, nearly as a gamma distribution's does. The trapezoidal rule in v, with
    u = v + 1 - exp(-v), which makes both sides fall doubly exponentially (Takahasi and Mori 1974), converges
    exponentially for groups of one pair as for groups of many thousand.
    """

    def __init__(self, likelihood: PanelLikelihood) -> None:
        self.likelihood = likelihood
        self.nodes = NODES[0]
        self.group = likelihood.panel.pairs["group"].rank("dense").cast(pl.Int64).to_numpy() - 1
        self.n_groups = int(self.group.max()) + 1
        passed = likelihood.panel.after - likelihood.panel.before
        self._passed = np.bincount(self.group, likelihood.weight * passed, self.n_groups)
        self._peak = np.zeros(self.n_groups)  # of each integrand, log eps

    def __call__(self, parameters: Numbers) -> tuple[float, Numbers]:
        """Value and gradient; the last parameter is the logarithm of the variance."""
        value, log_speeds, posterior = self.integrate(parameters, self.nodes)
        gradient = np.zeros(len(parameters))
        for speed, share in zip(np.exp(log_speeds).T, posterior.T, strict=True):
            _, by_coefficient, _ = self.likelihood(parameters[:-1], speed=speed[self.group], share=share[self.group])
            gradient[:-1] += by_coefficient
        gradient[-1] = np.sum(posterior * _log_density(log_speeds, float(parameters[-1]))[1])
        return value, gradient

    def posterior_moments(self, parameters: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and standard deviation of the speed of each group."""
        _, log_speeds, posterior = self.integrate(parameters, self.nodes)
        speeds = np.exp(log_speeds)
        mean = np.sum(posterior * speeds, axis=1)
        return mean, np.sqrt(np.sum(posterior * (speeds - mean[:, None]) ** 2, axis=1))

    def integrate(self, parameters: Numbers, nodes: int) -> tuple[float, Numbers, Numbers]:
        """The log-likelihood, and the nodes log eps (groups, nodes) with their posterior weights."""
        from scipy.special import logsumexp

        log_speeds, log_weights = nodes_of_gamma(*self._gamma(parameters), nodes)
        logs = np.column_stack([self._by_group(parameters[:-1], speed) for speed in np.exp(log_speeds).T])
        logs += log_weights + _log_density(log_speeds, float(parameters[-1]))[0]
        integral = logsumexp(logs, axis=1)
        return float(np.sum(integral)), log_speeds, np.exp(logs - integral[:, None])

    def _gamma(self, parameters: Numbers) -> tuple[Numbers, Numbers]:
        """Shape and rate of gamma densities with the peak and the curvature of each integrand, by Newton's method."""
        phi = float(np.exp(-parameters[-1]))
        for _ in range(MOST_STEPS):
            slope, curvature = self._slopes(parameters[:-1])
            speed = np.exp(self._peak)
            steepness = np.maximum(-curvature, 0.0) + phi * speed
            step = (slope + phi * (1.0 - speed)) / steepness
            if np.all(np.abs(step) * np.sqrt(steepness) < NEAR):
                break
            self._peak += np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        falls = np.maximum(-curvature, 0.0)  # like shape u - rate exp(u)
        return phi + np.clip(slope + falls, 0.0, self._passed), phi + falls / speed

    def _slopes(self, coefficients: Numbers) -> tuple[Numbers, Numbers]:
        """Slope and curvature of each group's log-likelihood in log eps at its peak."""
        less, here, more = (self._by_group(coefficients, np.exp(self._peak + u)) for u in (-STEP, 0.0, STEP))
        return (more - less) / (2 * STEP), (more - 2 * here + less) / STEP**2

    def _by_group(self, coefficients: Numbers, speed: Numbers) -> Numbers:
        logs = self.likelihood.log_probabilities(coefficients, speed[self.group])
        return np.asarray(np.bincount(self.group, self.likelihood.weight * logs, self.n_groups), np.float64)


def _log_density(log_speeds: Numbers, log_variance: float) -> tuple[Numbers, Numbers]:
    """Log density of log eps, and its derivative in the logarithm of the variance."""
    from scipy.special import digamma, gammaln

    phi, speeds = float(np.exp(-log_variance)), np.exp(log_speeds)
    value = phi * np.log(phi) - gammaln(phi) + phi * (log_speeds - speeds)
    return value, -phi * (np.log(phi) + 1.0 - digamma(phi) + log_speeds - speeds)


def nodes_of_gamma(shape: Numbers, rate: Numbers, nodes: int) -> tuple[Numbers, Numbers]:
    """Nodes log x and logarithms of weights (n, nodes), for integrals over log x of functions with these tails.

    Examples
    --------
    >>> log_x, log_weights = nodes_of_gamma(np.array([2.5]), np.array([1.0]), 24)
    >>> round(float(np.sum(np.exp(log_weights + 2.5 * log_x - np.exp(log_x)))), 9)  # Gamma(2.5)
    1.329340388
    """
    low, high = (_where_it_is_negligible(shape, end) for end in (-LAST, LAST))
    v = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, nodes)
    log_x = np.log(shape / rate)[:, None] + v + 1.0 - np.exp(-v)
    return log_x, np.log((high - low) / (nodes - 1))[:, None] + np.log1p(np.exp(-v))


def _where_it_is_negligible(shape: Numbers, end: float) -> Numbers:
    """V between 0, the peak, and the end, where the density has fallen to exp(-DEPTH) of it, by bisection."""
    near, far = np.zeros_like(shape), np.full_like(shape, end)
    for _ in range(HALVINGS):
        v = (near + far) / 2
        u = v + 1.0 - np.exp(-v)
        negligible = shape * (np.expm1(u) - u) > DEPTH
        near, far = np.where(negligible, near, v), np.where(negligible, v, far)
    return far


@dataclass(frozen=True)
class MixtureMaximum:
    """The most likely coefficients and log-variance, with their covariance."""

    maximum: Maximum
    covariance: Numbers
    frailty: Frailty


def find_mixture_maximum(likelihood: PanelLikelihood, without: Maximum, execution: Execution) -> MixtureMaximum:
    """Maximise the mixture's likelihood from the estimate without it, with as many nodes as the data need."""
    mixture = GammaMixture(likelihood)
    at = np.append(without.at, np.log(FIRST_VARIANCE))
    for nodes in NODES:
        mixture.nodes = nodes
        at = _climb(mixture, at, execution)
        error = abs(mixture.integrate(at, 2 * nodes)[0] - mixture.integrate(at, nodes)[0])
        if error <= FINE or execution.stopped:
            break
    speed, deviation = mixture.posterior_moments(at)
    information = np.full((len(at), len(at)), np.nan) if execution.stopped else _information(mixture, at)
    covariance = _covariance(information, at[-1] <= np.log(NO_VARIANCE))
    if covariance[-1, -1] > 1.0 and _is_level(mixture, at, execution):
        covariance[-1, -1] = np.nan
    variance = float(np.exp(at[-1]))
    frailty = Frailty(
        variance=variance,
        standard_error=variance * float(np.sqrt(covariance[-1, -1])),
        multipliers=_multipliers(likelihood, speed, deviation),
        nodes=mixture.nodes,
        quadrature_error=error,
    )
    if execution.stopped:
        value = mixture.integrate(at, mixture.nodes)[0]
        stopped = Maximum(at[:-1], value, information[:-1, :-1], False, np.zeros(len(at) - 1))
        return MixtureMaximum(stopped, covariance, frailty)
    return MixtureMaximum(_maximum(mixture, without, at, information, covariance), covariance, frailty)


def _maximum(
    mixture: GammaMixture, without: Maximum, at: Numbers, information: Numbers, covariance: Numbers
) -> Maximum:
    """The maximum in the coefficients, with the variance held where it is."""
    value, gradient = mixture(at)
    known = np.isfinite(covariance).all(axis=0)
    promised = float(gradient[known] @ covariance[np.ix_(known, known)] @ gradient[known])
    ended = bool(np.isfinite(covariance[:-1, :-1]).all() and promised < 1e-6)

    def value_at(coefficients: Numbers) -> tuple[float, Numbers, Numbers]:
        return mixture.integrate(np.append(coefficients, at[-1]), mixture.nodes)[0], gradient, information

    return maximum_at(value_at, without.at, at[:-1], value, information[:-1, :-1], ended)


def _is_level(mixture: GammaMixture, at: Numbers, execution: Execution) -> bool:
    """Whether a larger variance, with the coefficients that suit it, is as likely."""
    value = mixture(at)[0]
    larger = (np.append(at[:-1], at[-1] + np.log(times)) for times in LARGER)
    return any(mixture(_climb(mixture, start, execution, start[-1]))[0] >= value - LEVEL for start in larger)


def _climb(mixture: GammaMixture, start: Numbers, execution: Execution, log_variance: float | None = None) -> Numbers:
    """Return the most likely parameters, or those of a given variance."""
    from scipy.optimize import OptimizeResult, minimize

    steps = itertools.count(1)

    def negative(parameters: Numbers) -> tuple[float, Numbers]:
        value, gradient = mixture(parameters)
        return -value, -gradient

    def after_step(intermediate_result: OptimizeResult) -> None:
        text = f"{mixture.nodes} nodes of quadrature, log-likelihood {-intermediate_result.fun:,.3f}"
        if not execution.report(next(steps), text=text):
            raise StopIteration

    searched = (np.log(LEAST_VARIANCE), np.log(MOST_VARIANCE)) if log_variance is None else (log_variance, log_variance)
    bounds = [(None, None)] * (len(start) - 1) + [searched]
    options = {"ftol": 1e-15, "gtol": 1e-6, "maxiter": 500}
    found = minimize(negative, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options, callback=after_step)
    return np.asarray(found.x, np.float64)


def _information(mixture: GammaMixture, at: Numbers) -> Numbers:
    """The negative Hessian, by differences of gradients."""
    rows = []
    for k in range(len(at)):
        step = DIFFERENCE * (np.arange(len(at)) == k)
        rows.append((mixture(at - step)[1] - mixture(at + step)[1]) / (2 * DIFFERENCE))
    information = np.array(rows)
    return (information + information.T) / 2


def _covariance(information: Numbers, no_variance: bool) -> Numbers:
    """Covariance of coefficients and log-variance; of the coefficients alone where there is no heterogeneity."""
    if not no_variance:
        return covariance_of(information)
    covariance = np.full_like(information, np.nan)
    covariance[:-1, :-1] = covariance_of(information[:-1, :-1])
    return covariance


def _multipliers(likelihood: PanelLikelihood, mean: Numbers, deviation: Numbers) -> pl.DataFrame:
    groups = likelihood.panel.pairs.group_by("group").agg(pairs=pl.sum("count")).sort("group")
    return groups.with_columns(multiplier=mean, standard_deviation=deviation).sort("multiplier", descending=True)
