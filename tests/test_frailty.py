"""The mixture hazard against plain numerical integration and simulated groups."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import integrate, stats
from scipy.linalg import expm

from nagamochi.deterioration import fit_hazards
from nagamochi.deterioration.hazards.frailty import GammaMixture, nodes_of_gamma
from nagamochi.deterioration.hazards.likelihood import PanelLikelihood
from nagamochi.deterioration.hazards.panel import read_panel
from nagamochi.errors import InvalidInput
from oracle.panel import generator, simulate

COLUMNS = {"before": "before", "after": "after", "years": "years", "group": "group"}
HAZARDS = np.array([0.4, 0.25, 0.15])


def grouped(sizes: list[int], variance: float, seed: int = 1) -> tuple[pl.DataFrame, np.ndarray]:
    """Pairs of groups, and how fast each group is."""
    random = np.random.default_rng(seed)
    speed = random.gamma(1 / variance, variance, len(sizes)) if variance else np.ones(len(sizes))
    group = np.repeat(np.arange(len(sizes)), sizes)
    before = random.integers(1, 4, len(group))
    years = random.integers(1, 6, len(group)).astype(float)
    after = simulate(random, HAZARDS * speed[group][:, None], before, years)
    return pl.DataFrame({"before": before, "after": after, "years": years, "group": group}), speed


SPEEDS = np.geomspace(1e-40, 60.0, 3000)


@cache
def log_probabilities(*hazards: float) -> dict[int, np.ndarray]:
    """By years, (speeds, from, to)."""
    with np.errstate(divide="ignore"):
        return {z: np.log(expm(generator(np.array(hazards)) * SPEEDS[:, None, None] * z)) for z in range(1, 6)}


def integrated_log_likelihood(pairs: pl.DataFrame, hazards: np.ndarray, variance: float) -> float:
    speeds, log_p = SPEEDS, log_probabilities(*hazards.tolist())
    density = stats.gamma.pdf(speeds, 1 / variance, scale=variance)
    total = 0.0
    for _, rows in pairs.group_by("group"):
        logs = sum(log_p[int(z)][:, i - 1, j - 1] for i, j, z in rows.select("before", "after", "years").rows())
        total += np.log(integrate.simpson(np.exp(logs) * density * speeds, x=np.log(speeds)))
    return total


def test_the_likelihood_is_the_integral_over_all_speeds() -> None:
    pairs, _ = grouped([1, 3, 12, 6, 40, 25], 1.0)
    fit = fit_hazards(pairs, **COLUMNS, frailty="gamma")
    assert fit.frailty is not None
    expected = integrated_log_likelihood(pairs, fit.hazards(), fit.frailty.variance)
    assert fit.frailty.variance > 0.2
    assert fit.log_likelihood == pytest.approx(expected, abs=1e-4)
    assert fit.frailty.quadrature_error < 1e-6


def test_simulated_groups_are_found() -> None:
    pairs, speed = grouped([40] * 80, 0.4)
    fit = fit_hazards(pairs, **COLUMNS, frailty="gamma")
    assert fit.converged
    assert fit.frailty is not None
    assert abs(fit.frailty.variance - 0.4) < 2.5 * fit.frailty.standard_error < 0.3
    assert np.all(np.abs(fit.values - np.log(HAZARDS)) < 3 * fit.standard_errors)
    found = fit.frailty.multipliers.sort(pl.col("group").cast(pl.Int64))
    standardised = (found["multiplier"].to_numpy() - speed) / found["standard_deviation"].to_numpy()
    assert 0.8 < np.std(standardised) < 1.25
    assert np.corrcoef(found["multiplier"], speed)[0, 1] > 0.9
    test = fit.likelihood_ratio_test(fit_hazards(pairs, **{k: v for k, v in COLUMNS.items() if k != "group"}))
    assert test.p_value < 1e-9


def test_groups_that_do_not_differ_have_no_variance() -> None:
    pairs, _ = grouped([30] * 40, 0.0, seed=2)
    fit = fit_hazards(pairs, **COLUMNS, frailty="gamma")
    assert fit.frailty is not None
    assert fit.frailty.variance < 2 * fit.frailty.standard_error < 0.05
    plain = fit_hazards(pairs, before="before", after="after", years="years")
    assert fit.hazards() == pytest.approx(plain.hazards(), rel=0.02)
    assert fit.likelihood_ratio_test(plain).p_value > 0.01


def test_groups_that_are_all_alike_have_variance_0() -> None:
    pairs, _ = grouped([30], 0.0)
    alike = pl.concat([pairs.with_columns(group=pl.lit(k)) for k in range(20)])
    fit = fit_hazards(alike, **COLUMNS, frailty="gamma")
    plain = fit_hazards(alike, before="before", after="after", years="years")
    assert "no heterogeneity detected between groups (frailty variance 0)" in fit.notices
    assert fit.hazards() == pytest.approx(plain.hazards(), rel=1e-3)
    assert fit.standard_errors == pytest.approx(plain.standard_errors, rel=1e-2)


def test_a_group_of_one_pair_is_noticed_not_refused() -> None:
    pairs, _ = grouped([20] * 10 + [1, 1], 0.3)
    fit = fit_hazards(pairs, **COLUMNS, frailty="gamma")
    assert "2 of 12 groups have one pair only; their multipliers are uncertain" in fit.notices
    assert "gamma with mean 1 and variance" in fit.summary()


def test_group_and_frailty_come_together() -> None:
    pairs, _ = grouped([5, 5], 0.3)
    with pytest.raises(InvalidInput, match="group: must be given together with frailty"):
        fit_hazards(pairs, **COLUMNS)
    with pytest.raises(InvalidInput, match="frailty: must be one of None, gamma; got 'normal'"):
        fit_hazards(pairs, **COLUMNS, frailty="normal")


@pytest.mark.parametrize("shape", [1e-3, 0.3, 1.0, 3.7, 250.0, 1e5])
def test_quadrature_is_exact_for_gamma_densities(shape: float) -> None:
    log_x, log_weights = nodes_of_gamma(np.array([shape]), np.array([2.0]), 96)
    density = np.exp(log_weights + stats.loggamma.logpdf(log_x + np.log(2.0), shape))
    for power, exact in ((0, 1.0), (1, shape / 2), (2, shape * (shape + 1) / 4)):
        assert np.sum(density * np.exp(power * log_x)) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("variance", [0.05, 4.0])
def test_groups_that_all_leave_or_all_stay_are_integrated_too(variance: float) -> None:
    leave, stay = [(1, 2, 5.0, 0)] * 40, [(1, 1, 5.0, 1)] * 40
    rows = pl.DataFrame(leave + stay, schema=["before", "after", "years", "group"], orient="row")
    both = pl.concat([rows, grouped([30, 30], 0.5)[0].with_columns(group=pl.col("group") + 2)])
    data = read_panel(both, **COLUMNS, scale=None, covariates=None)
    parameters = np.append(np.log(HAZARDS), np.log(variance))
    mixture = GammaMixture(PanelLikelihood(data, 1))
    value = mixture.integrate(parameters, 192)[0]
    assert value == pytest.approx(integrated_log_likelihood(both, HAZARDS, variance), abs=1e-4)
    assert value == pytest.approx(mixture.integrate(parameters, 384)[0], abs=1e-6)


def test_a_variance_without_limit_or_unknown_is_not_converged() -> None:
    pairs = pl.DataFrame({"before": 1, "after": [1] * 20 + [2] * 20, "years": 2.0, "group": range(40)})
    own = fit_hazards(pairs, **COLUMNS, frailty="gamma")
    assert not own.converged
    assert "did not converge: the pairs do not determine the variance between groups" in own.notices
    apart = fit_hazards(pairs.with_columns(group=pl.col("after")), **COLUMNS, frailty="gamma")
    assert not apart.converged
    assert apart.log_likelihood < 0  # of a probability
