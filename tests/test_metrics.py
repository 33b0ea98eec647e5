"""Measures of rankings against their definitions, photo by photo, and against every draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi.errors import InvalidInput
from nagamochi.retrieval import Bootstrap
from nagamochi.retrieval.evaluation import metrics
from oracle import ranking as oracle

RANKINGS = st.integers(1, 12).flatmap(
    lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=6)
)


@given(RANKINGS, st.integers(1, 14))
def test_measures_agree_with_their_definitions(rankings: list[list[bool]], k: int) -> None:
    relevant = np.array(rankings)
    average, first, found = (
        metrics.average_precision(relevant),
        metrics.first_ranks(relevant),
        metrics.found(relevant, k),
    )
    for i, ranking in enumerate(rankings):
        if not any(ranking):
            assert np.isnan(average[i])
            assert (first[i], found[i]) == (0, 0)
            continue
        expected = oracle.measures(ranking, k)
        assert average[i] == pytest.approx(float(expected["average precision"]), rel=1e-12)
        assert first[i] == expected["first rank"]
        assert found[i] / sum(ranking) == pytest.approx(float(expected["recall"]))
    match = metrics.cumulative_match(first, 4)
    assert match == pytest.approx([np.mean([any(r[: rank + 1]) for r in rankings]) for rank in range(4)])


@pytest.mark.parametrize(
    ("relevant", "admitted", "k"), [(1, 6, 1), (2, 6, 3), (5, 6, 2), (3, 4, 4), (1, 3, 9), (0, 5, 2)]
)
def test_the_hit_rate_of_chance_is_that_of_all_draws(relevant: int, admitted: int, k: int) -> None:
    expected = oracle.hit_rate_of_all_draws(relevant, admitted, k)
    assert metrics.hit_rate_of_chance([relevant], [admitted], k) == pytest.approx([expected])


@pytest.mark.parametrize(("relevant", "admitted"), [(1, 1), (1, 6), (3, 6), (4, 7), (5, 5)])
def test_the_average_precision_of_chance_is_that_of_all_orders(relevant: int, admitted: int) -> None:
    expected = oracle.average_precision_of_all_orders(relevant, admitted)
    assert metrics.average_precision_of_chance([relevant], [admitted]) == pytest.approx([expected])
    assert np.isnan(metrics.average_precision_of_chance([0], [admitted]))


def test_chance_in_the_published_study() -> None:
    with_replacement = metrics.hit_rate_of_chance([1881], [10694], 10, with_replacement=True)
    assert with_replacement == pytest.approx([1 - (1 - 1881 / 10694) ** 10])
    without = metrics.hit_rate_of_chance([1881], [10694], 10)
    assert without > with_replacement
    assert [without.item(), with_replacement.item()] == pytest.approx([0.85564, 0.85551], abs=5e-6)


def bootstrap(values: np.ndarray, classes: np.ndarray, clusters: np.ndarray, **options: float) -> metrics.Means:
    return metrics.bootstrap_means(
        values, classes, clusters, **({"resamples": 4000, "seed": 3, "confidence": 0.95} | options)
    )


def test_means_over_queries_and_over_classes() -> None:
    random = np.random.default_rng(0)
    values, classes = random.random((50, 2)), random.integers(0, 3, 50)
    means = bootstrap(values, classes, np.arange(50), resamples=1)
    assert means.micro == pytest.approx(values.mean(axis=0))
    assert means.macro == pytest.approx(np.mean([values[classes == c].mean(axis=0) for c in range(3)], axis=0))


def test_an_interval_is_as_wide_as_the_normal_theory_says() -> None:
    random = np.random.default_rng(1)
    values, classes = random.normal(size=(400, 1)), random.integers(0, 2, 400)
    means = bootstrap(values, classes, np.arange(400))
    deviation = values.std()
    assert np.diff(means.micro_interval[:, 0]) == pytest.approx(2 * 1.96 * deviation / np.sqrt(400), rel=0.06)
    of_class = [values[classes == c].std() / np.sqrt(np.sum(classes == c)) for c in range(2)]
    assert np.diff(means.macro_interval[:, 0]) == pytest.approx(2 * 1.96 * np.hypot(*of_class) / 2, rel=0.06)


def test_equal_queries_of_a_cluster_count_once() -> None:
    random = np.random.default_rng(2)
    of_cluster = random.normal(size=30)
    clusters = np.repeat(np.arange(30), 20)
    values, one_class = of_cluster[clusters][:, None], np.zeros(600, np.int64)
    by_cluster = bootstrap(values, one_class, clusters)
    assert np.diff(by_cluster.micro_interval[:, 0]) == pytest.approx(
        2 * 1.96 * of_cluster.std() / np.sqrt(30), rel=0.06
    )
    alone = bootstrap(of_cluster[:, None], one_class[:30], np.arange(30))
    assert by_cluster.micro_interval == pytest.approx(alone.micro_interval)  # the same draws
    assert np.diff(bootstrap(values, one_class, np.arange(600)).micro_interval[:, 0]) < 0.3 * np.diff(
        by_cluster.micro_interval[:, 0]
    )


def test_the_seed_alone_decides_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    values, classes = random.random((60, 1)), random.integers(0, 4, 60)
    first, other = (bootstrap(values, classes, np.arange(60), seed=seed).micro_interval for seed in (1, 2))
    monkeypatch.setattr(metrics, "DRAWN_AT_ONCE", 60 * 7)
    in_parts = bootstrap(values, classes, np.arange(60), seed=1).micro_interval
    np.testing.assert_array_equal(first, in_parts)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((0, 0, 0.95), "resamples: must be a whole number from 1 to 1000000; got 0"),
        ((10, -1, 0.95), "seed: must be a whole number, at least 0; got -1"),
        ((10, 0, 1.0), "confidence: must be a finite number, at least 0.5, at most 0.999; got 1.0"),
    ],
)
def test_an_impossible_bootstrap_is_refused(options: tuple[int, int, float], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Bootstrap(*options)
    assert str(refused.value) == message
