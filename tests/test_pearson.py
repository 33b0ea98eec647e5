"""Pearson's test of pairs of inspections: its pooling by hand, its level and its power by simulation."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from nagamochi.deterioration import HazardFit, fit_hazards
from nagamochi.deterioration.goodness import interval_classes, pearson_test
from oracle.panel import simulate

NAMES = ["new", "worn", "bad", "lost"]
HAZARDS = np.array([0.4, 0.25, 0.15])


def counts(*rows: tuple[int, int, float, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["before", "after", "years", "observed", "expected"], orient="row")


def fitted(random: np.random.Generator, speed: np.ndarray) -> HazardFit:
    n = len(speed)
    before, years = random.integers(1, 4, n), random.choice([1.0, 2.0, 5.0], n)
    pairs = {"before": before, "after": simulate(random, np.outer(speed, HAZARDS), before, years), "years": years}
    return fit_hazards(pl.DataFrame(pairs), before="before", after="after", years="years", scale=(1, 4), threads=1)


def test_ratings_after_are_pooled_from_the_worst_until_five_pairs_are_expected() -> None:
    found = pearson_test(
        counts(
            (0, 0, 1.0, 60, 70.0),
            (0, 1, 1.0, 25, 18.0),
            (0, 2, 1.0, 7, 4.0),
            (0, 3, 1.0, 0, 0.5),
            (1, 1, 1.0, 4, 4.5),
            (1, 2, 1.0, 8, 6.0),
            (1, 3, 1.0, 3, 4.5),
        ),
        1,
        NAMES,
    )
    assert found.cells.drop("residual", "years").rows() == [
        ("new", "new", 60, 70.0),
        ("new", "worn to lost", 32, 22.5),
        ("worn", "worn to lost", 15, 15.0),
    ]


def test_years_are_grouped_into_four_classes_with_about_as_many_pairs() -> None:
    few = counts(*((0, 0, years, 5, 5.0) for years in (3.0, 1.0, 2.0)))
    assert interval_classes(few).to_list() == ["3", "1", "2"]
    many = counts(*((0, 0, float(years), 10, 10.0) for years in range(1, 13)))
    assert interval_classes(many).unique(maintain_order=True).to_list() == ["1 to 3", "4 to 6", "7 to 9", "10 to 12"]


def test_statistic_and_p_values_are_those_of_scipy() -> None:
    found = pearson_test(
        counts((0, 0, 1.0, 60, 70.0), (0, 1, 1.0, 22, 20.0), (0, 2, 1.0, 18, 10.0), (2, 2, 1.0, 2, 2.0)), 1, NAMES
    )
    assert found.statistic == pytest.approx(100 / 70 + 4 / 20 + 64 / 10)
    assert found.degrees_of_freedom == (1, 2)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, [1, 2]))


def test_the_statistic_of_the_right_model_lies_between_the_two_chi_squares_and_rarely_refutes_it() -> None:
    random = np.random.default_rng(11)
    tests = [fitted(random, np.ones(1500)).pearson_test() for _ in range(300)]
    fewer, more = np.mean([test.degrees_of_freedom for test in tests], axis=0)
    error = np.sqrt(2 * more / len(tests))
    assert fewer - 3 * error < np.mean([test.statistic for test in tests]) < more + 3 * error
    refuted = np.mean([test.p_value[1] < 0.05 for test in tests])
    suspected = np.mean([test.p_value[0] < 0.05 for test in tests])
    assert refuted <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert suspected >= 0.05 - 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_wrong_model_is_refuted() -> None:
    random = np.random.default_rng(12)
    tests = [fitted(random, random.gamma(1.0, 1.0, 1500)).pearson_test() for _ in range(50)]
    assert np.mean([test.p_value[1] < 0.05 for test in tests]) > 0.9


def test_with_a_frailty_no_reference_distribution_is_known() -> None:
    random = np.random.default_rng(13)
    n = 600
    group = random.integers(0, 60, n)
    before, years = random.integers(1, 4, n), random.choice([1.0, 2.0], n)
    after = simulate(random, np.outer(random.gamma(2.0, 0.5, 60)[group], HAZARDS), before, years)
    pairs = pl.DataFrame({"before": before, "after": after, "years": years, "group": [f"g{k}" for k in group]})
    options = {"before": "before", "after": "after", "years": "years"}
    found = fit_hazards(pairs, **options, group="group", frailty="gamma")
    assert np.isnan(found.pearson_test().p_value).all()
    assert "no reference distribution is known for it here" in found.summary()


def test_summaries_tell_the_test() -> None:
    fit = fitted(np.random.default_rng(14), np.ones(800))
    found = fit.pearson_test()
    assert found.cells["observed"].sum() == 800
    assert found.cells["expected"].sum() == pytest.approx(800)
    assert found.cells["expected"].min() >= 5.0
    assert f"Pearson statistic {found.statistic:.1f}" in fit.summary()
