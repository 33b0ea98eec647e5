"""Estimates as values: read back, pickled, drawn from."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nagamochi import deterioration
from nagamochi.deterioration import HazardFit, HazardModel, fit_competing_hazards, fit_curves, fit_hazards
from nagamochi.errors import InvalidInput

COLUMNS = {"before": "before", "after": "after", "years": "years"}


def made_pairs(n: int = 600) -> pl.DataFrame:
    """Pairs on a scale from 9 down to 5; none starts in 5 or leaves 6."""
    random = np.random.default_rng(4)
    before = random.integers(6, 10, n)
    after = np.maximum(before - random.poisson(0.5, n), 6)
    return pl.DataFrame(
        {"before": before, "after": after, "years": 2.0, "x": random.normal(size=n), "group": random.integers(0, 9, n)}
    )


@pytest.fixture(scope="module")
def fit() -> HazardFit:
    return fit_hazards(made_pairs(), **COLUMNS, scale=(9, 4), covariates={8: ["x"]})


def test_a_model_is_read_as_it_was_saved(fit: HazardFit, tmp_path: Path) -> None:
    fit.save(tmp_path / "model.json")
    read = HazardModel.read(tmp_path / "model.json")
    assert np.array_equal(read.values, fit.values, equal_nan=True)
    assert np.array_equal(read.covariance, fit.covariance, equal_nan=True)
    assert read.values[-2:].tolist() == pytest.approx([-np.inf, np.nan], nan_ok=True)  # 6 is never left, 5 has no data
    assert (read.names, read.scale, read.terms) == (fit.names, fit.scale, fit.terms)
    assert (read.notices, read.converged, read.aic) == (fit.notices, fit.converged, fit.aic)
    for x in (None, {"x": 2.0}):
        assert np.array_equal(read.hazards(x), fit.hazards(x), equal_nan=True)
        assert read.years_per_rating(x).equals(fit.years_per_rating(x), null_equal=True)


def test_a_model_read_gives_what_the_fit_gives(tmp_path: Path) -> None:
    whole = fit_hazards(made_pairs(), **COLUMNS, scale=(9, 6), covariates={8: ["x"]})
    whole.write(tmp_path)
    read = HazardModel.read(tmp_path / "model.json")
    assert np.array_equal(read.transition(5.0, {"x": 0.5}), whole.transition(5.0, {"x": 0.5}))
    assert read.performance_curve([0.0, 9.0]).equals(whole.performance_curve([0.0, 9.0]))
    assert repr(read) == "<HazardModel: ratings 9 (best) .. 6 (worst), 4 coefficients>"


@pytest.mark.parametrize(
    "change",
    [
        {"model": "competing hazards"},
        {"scale": [9]},
        {"coefficients": None},
        {"covariance": [["a"]]},
        {"covariance": [[1.0]]},
        {"converged": None, "coefficients": [{"rating": 9}]},
    ],
)
def test_what_is_no_model_is_refused(fit: HazardFit, change: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(fit.to_dict() | change), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"model\.json: must be model\.json of nagamochi fit hazards"):
        HazardModel.read(file)
    with pytest.raises(FileNotFoundError):
        HazardModel.read(tmp_path / "none.json")


def test_draws_have_the_mean_and_the_covariance_of_the_estimate(fit: HazardFit) -> None:
    draws = fit.draw(20_000, seed=3)
    assert np.array_equal(draws, fit.draw(20_000, seed=3), equal_nan=True)
    known = np.isfinite(fit.values)
    assert np.array_equal(draws[:, ~known], np.tile(fit.values[~known], (20_000, 1)), equal_nan=True)
    assert draws[:, known].mean(axis=0) == pytest.approx(fit.values[known], abs=0.01)
    assert np.cov(draws[:, known].T) == pytest.approx(fit.covariance[np.ix_(known, known)], rel=0.1, abs=2e-3)
    with pytest.raises(InvalidInput, match="n: must be a whole number, at least 1; got 0"):
        fit.draw(0)
    endless = fit_hazards(pl.DataFrame({"before": [1] * 9, "after": 2, "years": 1.0}), **COLUMNS)
    with pytest.raises(InvalidInput, match="estimate: must have converged, with all standard errors, to draw from it"):
        endless.draw(5)


def test_fits_pickle(fit: HazardFit) -> None:
    groups = fit_hazards(made_pairs(), **COLUMNS, scale=(9, 6), group="group", frailty="gamma")
    for one in (fit, groups):
        again = pickle.loads(pickle.dumps(one))
        assert again.summary() == one.summary()
        assert again.goodness_of_fit().equals(one.goodness_of_fit())
        assert np.array_equal(again.covariance, one.covariance, equal_nan=True)
    types = pl.DataFrame({"before": 1, "after": [1, 1, 2, 2], "years": 1.0, "was": None, "is": [None, None, "a", "b"]})
    competing = fit_competing_hazards(types.cast({"was": pl.String}), **COLUMNS, type_before="was", type_after="is")
    assert pickle.loads(pickle.dumps(competing)).summary() == competing.summary()
    visits = {"bridge_id": ["a", "a", "b"], "year": [2000, 2010, 2005], "health": [4.0, 3.0, 4.5]}
    curves = fit_curves(
        pl.DataFrame(visits).with_columns(member=pl.lit("slab"), damage=pl.lit("crack"), year_built=1980)
    )
    assert pickle.loads(pickle.dumps(curves)).summary() == curves.summary()


def test_no_name_of_the_package_is_missing() -> None:
    assert all(hasattr(deterioration, name) for name in deterioration.__all__)
