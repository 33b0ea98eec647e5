"""What uncertain hazards do to a policy."""

import numpy as np
import polars as pl
import pytest

from nagamochi import policy
from nagamochi.deterioration import fit_hazards
from nagamochi.errors import InvalidInput
from nagamochi.policy import InspectionModel, Policy
from oracle.panel import simulate

COSTS = {
    "repair_cost": [90.0, 90.0, 100.0, 120.0],
    "inspection_cost": 1.0,
    "additional_inspection_cost": 0.5,
    "discount_rate": 0.04,
}
HAZARDS = np.array([0.2, 0.3, 0.4])
CASE = Policy(2, 4, 3)


def test_certain_hazards_have_no_band() -> None:
    model = InspectionModel(hazards=HAZARDS, **COSTS)
    drawn = policy.draw_hazards(HAZARDS, np.zeros((3, 3)), draws=5)
    band = policy.policy_band(model, CASE, drawn, risk_limit=0.99)
    assert band.kept == 1
    assert band.lcc_band == pytest.approx((model.evaluate(CASE).lcc,) * 2, rel=1e-12)


def test_a_band_holds_what_it_says_of_draws_evaluated_one_by_one() -> None:
    covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])
    drawn = policy.draw_hazards(HAZARDS, covariance, draws=4000, seed=3)
    np.testing.assert_allclose(np.cov(np.log(drawn).T), covariance, atol=0.006)
    model = InspectionModel(hazards=HAZARDS, **COSTS)
    limit = model.evaluate(CASE).risk
    band = policy.policy_band(model, CASE, drawn, risk_limit=limit, level=0.8)
    results = [InspectionModel(hazards=hazards, **COSTS).evaluate(CASE) for hazards in drawn[:50]]
    np.testing.assert_allclose(band.lcc[:50], [result.lcc for result in results], rtol=1e-12)
    assert band.kept == (band.risk <= limit).mean()
    assert 0.4 < band.kept < 0.6
    assert ((band.risk >= band.risk_band[0]) & (band.risk <= band.risk_band[1])).mean() == pytest.approx(0.8, abs=1e-3)


def test_a_covariance_that_cannot_be() -> None:
    with pytest.raises(InvalidInput, match="covariance: must be symmetric without a negative eigenvalue; got -1"):
        policy.draw_hazards([0.5, 0.5], [[1, 2], [2, 1]])


def simulated_pairs(random: np.random.Generator, effect: float = 0.0) -> pl.DataFrame:
    """Pairs of inspections; the covariate x multiplies the hazard of rating 2 by exp(effect x)."""
    before, years = random.integers(1, 4, 400), random.integers(1, 5, 400).astype(float)
    x = random.normal(size=400)
    hazards = np.tile(HAZARDS, (400, 1))
    hazards[:, 1] *= np.exp(effect * x)
    return pl.DataFrame({"before": before, "after": simulate(random, hazards, before, years), "years": years, "x": x})


COLUMNS = {"before": "before", "after": "after", "years": "years"}


def test_bands_of_fits_hold_the_truth_as_often_as_they_say() -> None:
    model = InspectionModel(hazards=HAZARDS, **COSTS)
    truth = model.evaluate(CASE)
    random = np.random.default_rng(4)
    inside, kept = [], []
    for _ in range(80):
        fit = fit_hazards(simulated_pairs(random), **COLUMNS)
        drawn = policy.draw_hazards(fit.hazards(), fit.log_hazard_covariance(), draws=500)
        band = policy.policy_band(model, CASE, drawn, risk_limit=truth.risk, level=0.8)
        inside.append(band.lcc_band[0] < truth.lcc < band.lcc_band[1])
        kept.append(band.kept)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.13)  # three standard errors
    assert np.mean(kept) == pytest.approx(0.5, abs=0.1)


def test_the_covariance_of_log_hazards_by_that_of_the_coefficients() -> None:
    fit = fit_hazards(simulated_pairs(np.random.default_rng(1), effect=0.5), **COLUMNS, covariates={2: ["x"]})
    assert fit.terms.parameters == [(1, "constant"), (2, "constant"), (2, "x"), (3, "constant")]
    rows = np.array([[1, 0, 0, 0], [0, 1, 2.0, 0], [0, 0, 0, 1]])
    expected = rows @ fit.covariance @ rows.T
    np.testing.assert_allclose(fit.log_hazard_covariance({"x": 2.0}), expected, rtol=1e-12)


def test_a_hazard_that_no_pair_determines_cannot_be_drawn() -> None:
    pairs = pl.DataFrame({"before": [1, 1, 1], "after": [1, 2, 2], "years": [1.0, 2.0, 3.0]})
    fit = fit_hazards(pairs, **COLUMNS, scale=(1, 3))
    covariance = fit.log_hazard_covariance()
    assert np.isnan(covariance[1]).all()
    assert np.isfinite(covariance[0, 0])
    with pytest.raises(InvalidInput, match=r"covariance: must be finite numbers of shape \(2, 2\)"):
        policy.draw_hazards([0.5, 0.5], covariance)
