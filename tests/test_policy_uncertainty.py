"""What uncertain hazards do to a policy."""

import numpy as np
import polars as pl
import pytest

from nagamochi import policy
from nagamochi.deterioration import fit_hazards
from nagamochi.errors import InvalidInput
from nagamochi.policy import Policy, Sections
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
    section = Sections(hazards=HAZARDS, **COSTS)
    drawn = section.under(policy.draw_hazards(HAZARDS, np.zeros((3, 3)), draws=5))
    assert drawn.evaluate(CASE).lcc.tolist() == pytest.approx([section.evaluate(CASE).lcc] * 5, rel=1e-12)


def test_every_draw_is_evaluated_as_a_section_of_its_own() -> None:
    covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])
    draws = policy.draw_hazards(HAZARDS, covariance, draws=4000, seed=3)
    np.testing.assert_allclose(np.cov(np.log(draws).T), covariance, atol=0.006)
    section = Sections(hazards=HAZARDS, length=3.0, **COSTS)
    result = section.under(draws).evaluate(CASE)
    alone = [Sections(hazards=hazards, length=3.0, **COSTS).evaluate(CASE) for hazards in draws[:50]]
    assert result.lcc[:50].tolist() == [one.lcc for one in alone]
    assert result.risk[:50].tolist() == [one.risk for one in alone]
    assert 0.4 < (result.risk <= section.evaluate(CASE).risk).mean() < 0.6


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
    section = Sections(hazards=HAZARDS, **COSTS)
    truth = section.evaluate(CASE)
    random = np.random.default_rng(4)
    inside, kept = [], []
    for _ in range(80):
        fit = fit_hazards(simulated_pairs(random), **COLUMNS)
        draws = policy.draw_hazards(fit.hazards(), fit.log_hazard_covariance(), draws=500)
        result = section.under(draws).evaluate(CASE)
        low, high = np.quantile(result.lcc, [0.1, 0.9])
        inside.append(low < truth.lcc < high)
        kept.append((result.risk <= truth.risk).mean())
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
    with pytest.raises(InvalidInput, match=r"covariance\[0, 1\]: must be a finite number; got nan"):
        policy.draw_hazards([0.5, 0.5], covariance)
