"""Hazards from pairs of inspections, against references of others, a slow oracle, and simulated truth."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.optimize import brentq, minimize

from nagamochi.deterioration import HazardFit, fit_hazards
from nagamochi.deterioration.goodness import chi_square_tail
from nagamochi.errors import InvalidInput
from oracle.panel import log_likelihood, simulate

SHARED = Path(__file__).parents[2] / "shared" / "data"
NEW_YORK = SHARED / "nbi" / "nyc_rc_slab_transitions.csv.gz"
VIETNAM = SHARED / "pavement" / "vietnam_iri_transitions.csv"
REFERENCE_COLUMNS = {"before": "rating_before", "after": "rating_after", "years": "interval_yr"}
COLUMNS = {"before": "before", "after": "after", "years": "years"}

needs_data = pytest.mark.skipif(not SHARED.exists(), reason="the reference data lie outside the repository")


def simulated(
    n: int, *, seed: int = 1, hazards: tuple[float, ...] = (0.4, 0.25, 0.15), effect: float = 0.0
) -> pl.DataFrame:
    """Pairs whose covariate x, a standard normal, multiplies the hazard of rating 2 by exp(effect x)."""
    random = np.random.default_rng(seed)
    before = random.integers(1, len(hazards) + 1, n)
    years = random.integers(1, 6, n).astype(float)
    x = random.normal(size=n)
    each = np.tile(hazards, (n, 1))
    each[:, 1] *= np.exp(effect * x)
    return pl.DataFrame({"before": before, "after": simulate(random, each, before, years), "years": years, "x": x})


def fitted(pairs: pl.DataFrame, **options: object) -> HazardFit:
    return fit_hazards(pairs, **COLUMNS, **options)


@needs_data
def test_new_york_without_covariates() -> None:
    fit = fit_hazards(NEW_YORK, **REFERENCE_COLUMNS)
    assert fit.log_likelihood == pytest.approx(-10_412.557, abs=0.001)
    assert fit.hazards() == pytest.approx([0.4419, 0.2266, 0.1667, 0.1203, 0.0779, 0.1099], abs=1e-4)
    assert (fit.n_pairs, fit.panel.from_worst, fit.repairs) == (17_206, 42, 0)


@needs_data
def test_new_york_with_the_covariates_of_the_study() -> None:
    traffic, area = "traffic_rel", "slab_area_rel"
    covariates = {1: [area], 2: [traffic, area], 3: [traffic], 4: [traffic, area], 6: [traffic]}
    fit = fit_hazards(NEW_YORK, **REFERENCE_COLUMNS, covariates=covariates)
    assert fit.log_likelihood == pytest.approx(-10_328.175, abs=0.001)
    published = [-0.857, 2.245, -1.546, 0.223, 0.673, -2.016, 1.016, -2.506, 1.206, 0.504, -2.553, -1.822, -2.919]
    assert fit.values == pytest.approx(published, abs=0.002)
    assert fit.years_per_rating()["years"].to_list() == pytest.approx([2.16, 4.34, 5.93, 9.09, 12.85, 12.18], abs=0.006)
    assert fit.converged


@needs_data
def test_vietnam() -> None:
    fit = fit_hazards(VIETNAM, **REFERENCE_COLUMNS)
    assert fit.log_likelihood == pytest.approx(-2_350.991, abs=0.001)
    assert fit.hazards() == pytest.approx([0.2028, 0.4327, 1.2084, 0.7994], abs=2e-4)
    thickness = "overlay_thickness_rel"
    larger = fit_hazards(
        VIETNAM, **REFERENCE_COLUMNS, covariates={2: [thickness, "traffic_rel"], 3: [thickness], 4: [thickness]}
    )
    assert larger.log_likelihood == pytest.approx(-2_328.479, abs=0.001)
    published = [-1.590, -1.561, 1.807, 0.960, -0.478, 1.848, -0.890, 1.866]
    assert larger.values == pytest.approx(published, abs=0.002)
    test = fit.likelihood_ratio_test(larger)
    assert test == larger.likelihood_ratio_test(fit)
    assert (test.statistic, test.degrees_of_freedom) == (pytest.approx(45.024, abs=0.004), 4)


def test_the_likelihood_is_that_of_the_oracle_and_no_neighbour_is_more_likely() -> None:
    pairs = simulated(300, effect=0.6)
    fit = fitted(pairs, covariates={2: ["x"]})
    ends = (pairs["before"], pairs["after"], pairs["years"])
    assert fit.log_likelihood == pytest.approx(log_likelihood(fit.hazards({"x": pairs["x"]}), *ends), rel=1e-12)
    constants = np.array([1.0, 1.0, 1.0])
    for m in range(3):
        for change in (-1e-2, 1e-2):
            moved = fit.hazards({"x": pairs["x"]}) * np.exp(change * (np.arange(3) == m) * constants)
            assert log_likelihood(moved, *ends) < fit.log_likelihood


def test_scipy_by_hand_finds_the_same_hazards() -> None:
    pairs = simulated(40, hazards=(0.4, 0.25))
    fit = fitted(pairs)
    ends = (pairs["before"], pairs["after"], pairs["years"])
    found = minimize(lambda x: -log_likelihood(np.exp(x), *ends), np.log([0.3, 0.3]), method="BFGS")
    assert fit.values == pytest.approx(found.x, abs=1e-4)
    assert fit.log_likelihood == pytest.approx(-found.fun, rel=1e-8)


def test_with_two_ratings_the_hazard_is_that_of_censored_exponential_lives() -> None:
    random = np.random.default_rng(6)
    years = random.integers(1, 8, 400).astype(float)
    left = random.exponential(1 / 0.2, 400) < years
    fit = fitted(pl.DataFrame({"before": 1, "after": 1 + left, "years": years}))

    def score(hazard: float) -> float:
        return float(np.sum(years[left] / np.expm1(hazard * years[left])) - np.sum(years[~left]))

    assert fit.hazards()[0] == pytest.approx(brentq(score, 0.01, 1.0), rel=1e-9)


def test_standard_errors_are_those_of_the_curvature_of_the_oracle() -> None:
    pairs = simulated(80)
    fit = fitted(pairs)
    ends = (pairs["before"], pairs["after"], pairs["years"])

    def value(a: int, by_a: float, b: int, by_b: float) -> float:
        exponent = np.zeros(3)
        exponent[a] += by_a
        exponent[b] += by_b
        return log_likelihood(fit.hazards() * np.exp(exponent), *ends)

    h = 1e-3
    information = [
        [
            -(value(a, h, b, h) - value(a, h, b, -h) - value(a, -h, b, h) + value(a, -h, b, -h)) / (4 * h * h)
            for b in range(3)
        ]
        for a in range(3)
    ]
    assert fit.covariance == pytest.approx(np.linalg.inv(information), rel=1e-4, abs=1e-7)


def test_equal_pairs_count_as_often_as_they_are_there_and_order_does_not_matter() -> None:
    pairs = simulated(400)
    fit = fitted(pairs)
    shuffled = fitted(pairs.sample(fraction=1.0, shuffle=True, seed=3))
    assert np.array_equal(fit.values, shuffled.values)
    twice = fitted(pl.concat([pairs, pairs]))
    assert twice.values == pytest.approx(fit.values, abs=1e-7)
    assert twice.log_likelihood == pytest.approx(2 * fit.log_likelihood)
    assert twice.standard_errors == pytest.approx(fit.standard_errors / np.sqrt(2))


def test_the_same_bits_for_any_number_of_threads() -> None:
    pairs = simulated(20_000, effect=0.3)
    one, two, seven = (fitted(pairs, covariates={2: ["x"]}, threads=threads) for threads in (1, 2, 7))
    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.covariance, seven.covariance)


def test_units_of_covariates_do_not_matter() -> None:
    pairs = simulated(2000, effect=0.5)
    fit = fitted(pairs, covariates={2: ["x"]})
    large = fitted(pairs.with_columns(pl.col("x") * 1e6 + 5e7), covariates={2: ["x"]})
    assert large.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-11)
    assert large.values[2] * 1e6 == pytest.approx(fit.values[2], rel=1e-5)
    assert large.standard_errors[2] * 1e6 == pytest.approx(fit.standard_errors[2], rel=1e-5)


@pytest.mark.slow
def test_intervals_of_95_percent_cover_the_truth_in_92_to_98_percent_of_500_simulations() -> None:
    truth = np.array([np.log(0.4), np.log(0.25), 0.5, np.log(0.15)])
    covered = np.zeros(4)
    for seed in range(500):
        fit = fitted(simulated(600, seed=seed, effect=0.5), covariates={2: ["x"]}, threads=1)
        covered += np.abs(fit.values - truth) <= 1.959964 * fit.standard_errors
    assert covered / 500 == pytest.approx(0.95, abs=0.03), covered


def test_repairs_are_counted_and_left_out() -> None:
    pairs = simulated(300)
    repaired = pl.concat([pairs, pl.DataFrame({"before": [3, 2], "after": [1, 1], "years": 2.0, "x": 0.0})])
    fit = fitted(repaired)
    assert fit.repairs == 2
    assert fit.log_likelihood == fitted(pairs).log_likelihood
    assert "improving pairs: 2 excluded, treated as repairs" in fit.notices


def test_a_rating_without_data_has_no_hazard_and_is_named() -> None:
    fit = fitted(simulated(300), scale=(1, 6))
    assert fit.without_data == (5,)
    assert np.isnan(fit.hazards()[4])
    assert fit.hazards()[3] == 0.0
    assert fit.notices[-2].startswith("rating 4: none of ")
    assert fit.notices[-1] == "rating 5: no pair starts in it, ends in it or passes it; its hazard is unknown"
    assert fit.hazards()[:3] == pytest.approx(fitted(simulated(300)).hazards(), rel=1e-6)
    with pytest.raises(InvalidInput, match="none of ratings 5"):
        fit.transition(2.0)


def test_a_rating_that_is_never_left_has_hazard_0() -> None:
    pairs = simulated(300).filter(pl.col("after") < 4)
    fit = fitted(pairs, scale=(1, 4))
    assert fit.hazards()[2] == 0.0
    assert np.isnan(fit.standard_errors[2])
    assert fit.transition(5.0)[2].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert fit.years_per_rating()["years"][2] == np.inf
    assert fit.performance_curve([100.0])["expected_rating"][0] == pytest.approx(3.0, abs=1e-6)


def test_performance_curve_and_its_band_are_those_of_simulated_coefficients() -> None:
    fit = fitted(simulated(2000, effect=0.4), covariates={2: ["x"]})
    curve = fit.performance_curve([0.0, 4.0, 12.0], {"x": 1.0})
    random = np.random.default_rng(4)
    draws = []
    for coefficient in random.multivariate_normal(fit.values, fit.covariance, 4000):
        drawn = copy.copy(fit)
        object.__setattr__(drawn, "values", coefficient)
        draws.append([drawn.transition(z, {"x": 1.0})[0] @ [1, 2, 3, 4] for z in (0.0, 4.0, 12.0)])
    assert curve["expected_rating"].to_list() == pytest.approx(np.mean(draws, axis=0), abs=0.01)
    widths = (curve["high"] - curve["low"]) / 2 / 1.959964
    assert widths.to_list() == pytest.approx(np.std(draws, axis=0), rel=0.06)


def test_expected_counts_add_up_to_the_observed_of_each_rating_before() -> None:
    table = fitted(simulated(3000, effect=0.4), covariates={2: ["x"]}).goodness_of_fit()
    sums = table.group_by("before").agg(pl.sum("observed"), pl.sum("expected"))
    assert sums["expected"].to_list() == pytest.approx(sums["observed"].to_list())
    assert table["residual"].abs().max() < 3.5


def test_the_larger_model_is_told_from_chance() -> None:
    effect, none = simulated(2000, effect=0.3), simulated(2000)
    assert fitted(effect).likelihood_ratio_test(fitted(effect, covariates={2: ["x"]})).p_value < 1e-6
    assert fitted(none).likelihood_ratio_test(fitted(none, covariates={2: ["x"]})).p_value > 0.01
    with pytest.raises(InvalidInput, match="other: must be fitted to the same pairs"):
        fitted(effect).likelihood_ratio_test(fitted(none))
    with pytest.raises(InvalidInput, match="other: must have all terms of this model"):
        fitted(none, covariates={1: ["x"]}).likelihood_ratio_test(fitted(none, covariates={2: ["x"]}))


@pytest.mark.parametrize("freedom", [1, 2, 5, 8, 41])
@pytest.mark.parametrize("statistic", [0.0, 0.3, 7.0, 120.0])
def test_the_tail_of_chi_square(freedom: int, statistic: float) -> None:
    assert chi_square_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-10)


PAIRS = simulated(30)
WRONG = {
    "rating above the worst": (
        {"pairs": PAIRS.with_columns(after=pl.lit(9)), "scale": (1, 5)},
        "pairs table, row 1, column after: must be from 1 to 5; got 9",
    ),
    "rating between two": (
        {"pairs": PAIRS.with_columns(before=pl.lit(1.5))},
        "pairs table, row 1, column before: must be a whole number; got 1.5",
    ),
    "no time": (
        {"pairs": PAIRS.with_columns(years=pl.lit(0.0))},
        "pairs table, row 1, column years: must be from 1e-09 to 1e+09; got 0",
    ),
    "NaN": (
        {"pairs": PAIRS.with_columns(x=pl.lit(float("nan"))), "covariates": {2: ["x"]}},
        "pairs table, row 1, column x: must be finite; got nan",
    ),
    "constant covariate": (
        {"pairs": PAIRS.with_columns(x=pl.lit(2.0)), "covariates": {2: ["x"]}},
        "pairs table, column x: must vary among the pairs of rating 2 to have a coefficient there; got 2.0 throughout",
    ),
    "dependent covariates": (
        {"pairs": PAIRS.with_columns(y=3 * pl.col("x") + 1), "covariates": {2: ["x", "y"]}},
        "pairs table, column x, y: must be linearly independent among the pairs of rating 2; got dependent columns",
    ),
    "too few": (
        {"pairs": PAIRS.head(2), "scale": (1, 4)},
        "pairs table: must have at least 3 pairs, one per coefficient, without repairs and those that start worst; "
        "got 2",
    ),
    "passed only": (
        {"pairs": pl.DataFrame({"before": 1, "after": [1, 1, 3, 3], "years": 1.0})},
        "pairs table, row 3: must not pass rating 2, which no inspection finds: its hazard has no upper limit; join it "
        "to a neighbour; got 2 pairs that pass it, such as from 1 to 3 in 1 years",
    ),
    "no such column": (
        {"pairs": PAIRS, "covariates": {1: ["area"]}},
        "pairs table, column area: must be among the columns; got before, after, years, x",
    ),
    "covariate of the worst rating": (
        {"pairs": PAIRS, "covariates": {4: ["x"]}, "scale": (1, 4)},
        "rating in covariates: must be a whole number from 1 to 3; got 4",
    ),
    "covariates without a list": (
        {"pairs": PAIRS, "covariates": {1: "x"}},
        "covariates[1]: must be a list of column names; got 'x'",
    ),
    "one rating": (
        {"pairs": PAIRS, "scale": (1, 1)},
        "scale: must be two whole numbers, the best and the worst rating, of 2 to 30 ratings; got (1, 1)",
    ),
    "threads": ({"pairs": PAIRS, "threads": -1}, "threads: must be a whole number from 0 to 1024; got -1"),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_refused_in_one_sentence(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(**options)
    assert str(refused.value).splitlines()[0] == message


def test_a_summary_says_what_was_found() -> None:
    text = fitted(simulated(300, effect=0.5), covariates={2: ["x"]}).summary()
    assert "ratings 1 (best) .. 4 (worst), 300 pairs" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_a_plot_shows_the_performance_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    fit = fitted(simulated(300))
    axes = fit.plot()
    line = axes.get_lines()[0]
    assert line.get_ydata().tolist() == fit.performance_curve()["expected_rating"].to_list()
    assert axes.get_ylim() == (4.0, 1.0)


def test_a_plot_shows_the_pairs_beside_the_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    pairs = simulated(300).with_columns(pl.col("before", "after") * -1 + 10)
    fit = fit_hazards(pairs, before="before", after="after", years="years", scale=(9, 6))
    ratings = fit.ratings_after()
    assert ratings["pairs"].sum() == fit.n_pairs
    kept = pairs.filter(pl.col("after") <= pl.col("before"), pl.col("before") > 6)
    by_before = (
        ratings.group_by("before").agg((pl.col("found") * pl.col("pairs")).sum() / pl.sum("pairs")).sort("before")
    )
    means = kept.group_by("before").agg(pl.mean("after")).sort("before")
    np.testing.assert_allclose(by_before["found"], means["after"])
    axes = fit.plot(language="ja")
    points = np.concatenate([found.get_offsets() for found in axes.collections[1:]])
    np.testing.assert_allclose(np.sort(points[:, 1]), ratings["found"].sort())
    new = ratings.filter(before=9)
    np.testing.assert_allclose(points[np.isin(points[:, 1], new["found"])][:, 0], new["years"])  # from age 0
    curve = fit.performance_curve()
    start = np.interp(-8, -curve["expected_rating"].to_numpy(), curve["year"].to_numpy())
    later = ratings.filter(before=8)
    np.testing.assert_allclose(points[np.isin(points[:, 1], later["found"])][:, 0], start + later["years"].to_numpy())


def test_covariates_of_every_rating() -> None:
    pairs = simulated(300, effect=0.5)
    every, each = fitted(pairs, covariates=["x"]), fitted(pairs, covariates={rating: ["x"] for rating in (1, 2, 3)})
    assert every.names == each.names
    assert every.values.tobytes() == each.values.tobytes()
    with pytest.raises(InvalidInput, match="covariates: must name each column once"):
        fitted(pairs, covariates=["x", "x"])
    with pytest.raises(InvalidInput, match="covariates: must be a list of column names; got 'x'"):
        fitted(pairs, covariates="x")


def test_bic_counts_pairs() -> None:
    fit = fitted(simulated(300))
    assert fit.bic == pytest.approx(fit.aic + fit.n_estimated * (np.log(fit.n_pairs) - 2))
    assert f"BIC {fit.bic:,.3f}" in fit.summary()
    assert fit.to_dict()["bic"] == fit.bic


def test_a_covariate_that_hardly_varies_is_refused():
    """A mean of a billion times the spread would give intervals of no meaning."""
    rng = np.random.default_rng(1)
    pairs = pl.DataFrame({"before": 1, "after": rng.integers(1, 3, 200), "years": 2.0, "size": rng.normal(1e9, 1, 200)})
    columns = {"before": "before", "after": "after", "years": "years"}
    with pytest.raises(InvalidInput, match="column size: must vary by more than 1e-07 of its size"):
        fit_hazards(pairs, **columns, covariates={1: ["size"]})
    assert fit_hazards(pairs.with_columns(pl.col("size") - 1e9), **columns, covariates={1: ["size"]}).converged


@pytest.mark.parametrize(
    ("years", "long"),
    [([60.0, 60.0, 61.0, 12.0], 3), ([24.0] * 3 + [12.0] * 2, 3), ([5.0, 5.0, 60.0], None), ([20.0] * 4, None)],
)
def test_years_that_look_like_months_are_noticed(years: list[float], long: int | None) -> None:
    pairs = pl.DataFrame({"before": 1, "after": [2, *[1] * (len(years) - 1)], "years": years})
    found = [notice for notice in fit_hazards(pairs, **COLUMNS).notices if "another unit" in notice]
    notice = (
        f"the years between inspections look like another unit: {long} of {len(years)} pairs have more than 20; if "
        "they are months, divide them by 12"
    )
    assert found == ([] if long is None else [notice])
