"""Groups that deteriorate faster or slower than their covariates tell: the mixture hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.deterioration.likelihood import PanelLikelihood
from nagamochi.deterioration.maximum import Maximum, inverse_or_nan

Numbers = npt.NDArray[np.float64]

NODES = 12
ROUNDS = 3  # the quadrature is centred anew in each: the last is there to confirm
FIRST_VARIANCE = 0.1
LEAST_VARIANCE = 1e-5
NO_VARIANCE = 1.01 * LEAST_VARIANCE  # at most: groups do not differ more than chance makes them
DIFFERENCE = 1e-4  # of a coefficient, for the Hessian from gradients


@dataclass(frozen=True, eq=False, repr=False)
class Frailty:
    """How groups differ in speed: hazards of group k are eps_k times those of its covariates.

    Parameters
    ----------
    variance : float
        Of eps over groups, which has a gamma distribution with mean 1.
    standard_error : float
        Of the variance.
    multipliers : polars.DataFrame
        group, pairs, multiplier (posterior mean of eps_k: above 1 deteriorates faster), standard_deviation (posterior);
        the fastest first.
    quadrature_error : float
        By how much the log-likelihood changes with twice as many nodes of Gauss-Laguerre quadrature.
    """

    variance: float
    standard_error: float
    multipliers: pl.DataFrame
    quadrature_error: float

    def __repr__(self) -> str:
        return (
            f"<Frailty of {len(self.multipliers):,} groups: variance {self.variance:.4f} +- {self.standard_error:.4f}>"
        )


class GammaMixture:
    """The log-likelihood of hazards times a gamma variable of each group: sum_k log int prod p_ij(eps z) g(eps) d eps.

    prod p_ij(eps z) is nearly eps^a exp(-b eps), with a the number of ratings passed: exactly so for small eps. So the
    posterior is nearly a gamma distribution; with that for its weight, generalised Gauss-Laguerre quadrature has a
    smooth integrand, and few nodes do, also for large groups.
    """

    def __init__(self, likelihood: PanelLikelihood) -> None:
        self.likelihood = likelihood
        self.group = likelihood.panel.pairs["group"].rank("dense").cast(pl.Int64).to_numpy() - 1
        self.n_groups = int(self.group.max()) + 1
        passed = likelihood.panel.after - likelihood.panel.before
        self._a = np.bincount(self.group, likelihood.weight * passed, self.n_groups)
        self._b = np.zeros(self.n_groups)

    def centre(self, coefficients: Numbers, speed: Numbers) -> None:
        """Let the weights of the quadrature agree with each group's likelihood at this speed, (groups,)."""
        step = 0.01
        less, more = (self._by_group(coefficients, speed * np.exp(u)) for u in (-step, step))
        self._b = np.maximum(self._a - (more - less) / (2 * step), 0.0) / speed

    def __call__(self, parameters: Numbers, nodes: int = NODES) -> tuple[float, Numbers]:
        """Value and gradient; the last parameter is the logarithm of the variance."""
        coefficients, log_variance = parameters[:-1], float(parameters[-1])
        value, speeds, posterior = self._integrate(coefficients, log_variance, nodes)
        gradient = np.zeros(len(parameters))
        for speed, share in zip(speeds.T, posterior.T, strict=True):
            _, by_coefficient, _ = self.likelihood(coefficients, speed=speed[self.group], share=share[self.group])
            gradient[:-1] += by_coefficient
        # By difference: log eps, which the derivative has under the integral, is no polynomial near eps = 0.
        more, less = (self._integrate(coefficients, log_variance + side * DIFFERENCE, nodes)[0] for side in (1, -1))
        gradient[-1] = (more - less) / (2 * DIFFERENCE)
        return value, gradient

    def posterior_moments(self, parameters: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and standard deviation of the speed of each group."""
        _, speeds, posterior = self._integrate(parameters[:-1], float(parameters[-1]), NODES)
        mean = np.sum(posterior * speeds, axis=1)
        return mean, np.sqrt(np.sum(posterior * (speeds - mean[:, None]) ** 2, axis=1))

    def _integrate(self, coefficients: Numbers, log_variance: float, nodes: int) -> tuple[float, Numbers, Numbers]:
        """The log-likelihood, and the nodes (groups, nodes) with their posterior weights."""
        from scipy.special import gammaln, logsumexp

        phi = float(np.exp(-log_variance))
        shape, rate = phi + self._a, phi + self._b
        points, weights = laguerre(np.asarray(shape - 1.0, np.float64), nodes)
        speeds = points / rate[:, None]
        logs = np.column_stack([self._by_group(coefficients, speed) for speed in speeds.T])
        with np.errstate(divide="ignore"):
            logs += np.log(weights) - self._a[:, None] * np.log(speeds) + self._b[:, None] * speeds
        integral = logsumexp(logs, axis=1)
        scale = phi * np.log(phi) - gammaln(phi) + gammaln(shape) - shape * np.log(rate)
        return float(np.sum(integral + scale)), speeds, np.exp(logs - integral[:, None])

    def _by_group(self, coefficients: Numbers, speed: Numbers) -> Numbers:
        logs = self.likelihood.log_probabilities(coefficients, speed[self.group])
        return np.asarray(np.bincount(self.group, self.likelihood.weight * logs, self.n_groups), np.float64)


def laguerre(alpha: Numbers, nodes: int) -> tuple[Numbers, Numbers]:
    """Nodes and weights (n, nodes) of int f(t) t^alpha exp(-t) dt / Gamma(alpha + 1) by Golub and Welsch.

    Examples
    --------
    >>> points, weights = laguerre(np.array([2.5]), 4)
    >>> round(float(np.sum(weights * points**2)), 9)  # (alpha + 1) (alpha + 2)
    15.75
    """
    k = np.arange(nodes)
    jacobi = np.zeros((len(alpha), nodes, nodes))
    jacobi[:, k, k] = 2 * k + 1 + alpha[:, None]
    jacobi[:, k[1:], k[:-1]] = np.sqrt(k[1:] * (k[1:] + alpha[:, None]))
    points, vectors = np.linalg.eigh(jacobi)  # of the lower triangle
    return points, vectors[:, 0, :] ** 2


@dataclass(frozen=True)
class MixtureMaximum:
    """The most likely coefficients and log-variance, with their covariance."""

    maximum: Maximum
    covariance: Numbers
    frailty: Frailty


def find_mixture_maximum(likelihood: PanelLikelihood, without: Maximum) -> MixtureMaximum:
    """Maximise the mixture's likelihood from the estimate without it."""
    mixture = GammaMixture(likelihood)
    at, speed = np.append(without.at, np.log(FIRST_VARIANCE)), np.ones(mixture.n_groups)
    for _ in range(ROUNDS):
        mixture.centre(at[:-1], speed)
        at, steps = _climb(mixture, at)
        speed, deviation = mixture.posterior_moments(at)
    information = _information(mixture, at)
    covariance = _covariance(information, at[-1] <= np.log(NO_VARIANCE))
    value, gradient = mixture(at)
    promised = float(gradient @ np.nan_to_num(covariance) @ gradient)
    variance = float(np.exp(at[-1]))
    frailty = Frailty(
        variance=variance,
        standard_error=variance * float(np.sqrt(covariance[-1, -1])),
        multipliers=_multipliers(likelihood, speed, deviation),
        quadrature_error=abs(mixture(at, 2 * NODES)[0] - value),
    )
    maximum = Maximum(at[:-1], value, information[:-1, :-1], promised < 1e-6, steps)
    return MixtureMaximum(maximum, covariance, frailty)


def _climb(mixture: GammaMixture, start: Numbers) -> tuple[Numbers, int]:
    from scipy.optimize import minimize

    def negative(parameters: Numbers) -> tuple[float, Numbers]:
        value, gradient = mixture(parameters)
        return -value, -gradient

    bounds = [(None, None)] * (len(start) - 1) + [(np.log(LEAST_VARIANCE), np.log(1e3))]
    options = {"ftol": 1e-15, "gtol": 1e-6, "maxiter": 500}
    found = minimize(negative, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return found.x, int(found.nit)


def _information(mixture: GammaMixture, at: Numbers) -> Numbers:
    """The negative Hessian, by differences of gradients."""
    rows = []
    for k in range(len(at)):
        step = DIFFERENCE * (np.arange(len(at)) == k)
        rows.append((mixture(at - step)[1] - mixture(at + step)[1]) / (2 * DIFFERENCE))
    information = np.array(rows)
    return (information + information.T) / 2


def _covariance(information: Numbers, no_variance: bool) -> Numbers:
    """That of coefficients and log-variance; of the coefficients alone where the variance is as small as it may be."""
    if not no_variance:
        return inverse_or_nan(information)
    covariance = np.full_like(information, np.nan)
    covariance[:-1, :-1] = inverse_or_nan(information[:-1, :-1])
    return covariance


def _multipliers(likelihood: PanelLikelihood, mean: Numbers, deviation: Numbers) -> pl.DataFrame:
    groups = likelihood.panel.pairs.group_by("group").agg(pairs=pl.sum("count")).sort("group")
    return groups.with_columns(multiplier=mean, standard_deviation=deviation).sort("multiplier", descending=True)
