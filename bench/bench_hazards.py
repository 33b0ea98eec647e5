"""Hazards from 100,000 pairs of 7 ratings, from the table to the fit, beside SciPy's BFGS by hand and lifelines."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nagamochi.base.execution import Execution
from nagamochi.deterioration import HazardFit, fit_hazards
from nagamochi.deterioration.hazards.likelihood import PanelLikelihood
from nagamochi.deterioration.maximum import find_maximum
from peak_memory import peak_memory
from peers.hazards_lifelines import fit_each_rating
from peers.hazards_scipy import count_pairs, fit_counts

HAZARDS = np.array([0.44, 0.23, 0.17, 0.12, 0.08, 0.11])
PAIRS = 100_000
COLUMNS = {"before": "before", "after": "after", "years": "years"}
BOTH = {rating: ["traffic", "area"] for rating in range(1, 7)}


@cache
def pairs(kind: str, n: int = PAIRS) -> pl.DataFrame:
    """Pairs without covariates, with 45 different ones, or with a different one for every pair."""
    random = np.random.default_rng(7)
    before, years = random.integers(1, 7, n), random.integers(1, 8, n).astype(float)
    traffic, area = random.random(n), random.random(n)
    if kind == "cells":
        traffic, area = np.round(8 * traffic) / 8, np.round(4 * area) / 4
    speed = np.ones(n) if kind == "counts" else np.exp(0.5 * traffic + 0.2 * area)
    rating, left = before.copy(), years.copy()
    for i, hazard in enumerate(HAZARDS, start=1):
        here = rating == i
        left[here] -= random.exponential(1.0 / (hazard * speed[here]))
        rating[here & (left > 0)] += 1
    table = pl.DataFrame({"before": before, "after": rating, "years": years, "traffic": traffic, "area": area})
    return table.select(*COLUMNS) if kind == "counts" else table


def ours(kind: str, n: int = PAIRS) -> HazardFit:
    return fit_hazards(pairs(kind, n), **COLUMNS, covariates=None if kind == "counts" else BOTH)


def in_new_process(call: Callable[[str, int], tuple[float, float]], kind: str, n: int) -> tuple[float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(call, (kind, n))


def seconds_and_memory(kind: str, n: int) -> tuple[float, float]:
    """Processor seconds of a fit, and its peak memory in sizes of its table."""
    ours(kind)
    table, before = pairs(kind, n), time.process_time()
    memory = peak_memory(lambda: ours(kind, n))
    return time.process_time() - before, memory * 2**20 / table.estimated_size()


@pytest.mark.parametrize("kind", ["counts", "cells", "continuous"])
def test_nagamochi(benchmark: BenchmarkFixture, kind: str) -> None:
    benchmark.group = kind
    fit = benchmark(ours, kind)
    assert fit.converged


@pytest.mark.parametrize("kind", ["counts", "cells"])
def test_scipy_by_hand(benchmark: BenchmarkFixture, kind: str) -> None:
    benchmark.group = kind
    covariates = [] if kind == "counts" else ["traffic", "area"]

    def peer() -> float:
        return fit_counts(count_pairs(pairs(kind), covariates), covariates)

    log_likelihood = benchmark.pedantic(peer, rounds=1)
    assert log_likelihood == pytest.approx(ours(kind).log_likelihood, rel=1e-6)


def test_lifelines_one_rating_at_a_time(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "counts"
    hazards, errors = benchmark(fit_each_rating, pairs("counts"))
    assert np.abs(hazards - ours("counts").hazards()).max() < 0.01
    assert (np.abs(hazards - ours("counts").hazards()) < 3 * errors).all()
    last = pairs("counts").filter(pl.col("before") == 6).with_columns(pl.col("before", "after") - 5)
    assert fit_each_rating(last)[0] == pytest.approx(fit_hazards(last, **COLUMNS).hazards(), rel=1e-4)


def test_nagamochi_from_counts(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "from counts to coefficients"
    panel = ours("counts").panel
    maximum = benchmark(lambda: find_maximum(likelihood := PanelLikelihood(panel, 1), likelihood.start, Execution()))
    assert maximum.value == ours("counts").log_likelihood


def test_scipy_from_counts(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "from counts to coefficients"
    counts = count_pairs(pairs("counts"), [])
    assert benchmark(fit_counts, counts, []) == pytest.approx(ours("counts").log_likelihood, rel=1e-6)


@pytest.mark.parametrize("n", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("kind", ["counts", "continuous"])
def test_rows(benchmark: BenchmarkFixture, kind: str, n: int) -> None:
    benchmark.group = f"{kind}, by pairs"
    (seconds, memory), (before, _) = (in_new_process(seconds_and_memory, kind, m) for m in (n, n // 10))
    benchmark.extra_info |= {"processor ns per pair": 1e9 * seconds / n, "peak memory in tables": memory}
    assert memory < 3.0
    assert seconds < 17 * before
    fit = benchmark.pedantic(ours, setup=lambda: ((kind, pairs(kind, n).height), {}), rounds=1)
    assert fit.converged
