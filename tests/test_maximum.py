"""Likelihoods whose maximum is far away, or nowhere: found, or said in words, never called converged."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq

from nagamochi.base.execution import Progress
from nagamochi.deterioration import CompetingFit, HazardFit, fit_competing_hazards, fit_hazards
from nagamochi.errors import InvalidInput

NO_LIMIT = "the pairs set no upper limit to its hazard, as none stays in it; no maximum-likelihood estimate exists"
SEPARATE = "no finite estimate exists; the covariates separate the pairs that leave from those that stay"


def fitted(before: list[int], after: list[int], years: float | list[float] = 2.0, **options: object) -> HazardFit:
    columns = {name: options.pop(name) for name in ("x", "y", "group") if name in options}
    pairs = pl.DataFrame({"before": before, "after": after, "years": years, **columns})
    if "group" in columns:
        options["group"] = "group"
    return fit_hazards(pairs, before="before", after="after", years="years", **options)


def test_intervals_of_a_million_years_have_probability_1() -> None:
    stay, leave, endless = [1] * 10, [2] * 5, [2] * 3
    fit = fitted([1] * 18, stay + leave + endless, [5.0] * 15 + [1e6] * 3)

    def score(hazard: float) -> float:
        return 5 * 5.0 / np.expm1(5.0 * hazard) - 10 * 5.0

    hazard = brentq(score, 1e-3, 1.0)
    assert fit.converged
    assert fit.hazards()[0] == pytest.approx(hazard, rel=1e-5)
    assert fit.hazards()[0] == pytest.approx(0.0811, abs=1e-4)
    assert fit.log_likelihood == pytest.approx(5 * np.log(-np.expm1(-5 * hazard)) - 10 * 5 * hazard)
    assert fit.log_likelihood == pytest.approx(-9.548, abs=1e-3)


def test_long_intervals_do_not_move_the_hazards_of_ratings_that_they_left() -> None:
    before, after, years = [1] * 30 + [2] * 20, [1] * 20 + [2] * 10 + [2] * 10 + [3] * 10, [5.0] * 50
    plain = fitted(before, after, years)
    longer = fitted(before + [1] * 3, after + [3] * 3, [*years, 1e5, 1e7, 1e9])
    assert longer.converged
    assert longer.hazards() == pytest.approx(plain.hazards(), rel=1e-5)
    assert longer.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)
    assert longer.standard_errors == pytest.approx(plain.standard_errors, rel=1e-4)


def test_years_of_any_length_have_their_maximum() -> None:
    for years in (1e-9, 1.0, 1e9):
        fit = fitted([1] * 10, [1] * 5 + [2] * 5, years)
        assert fit.converged
        assert fit.hazards()[0] * years == pytest.approx(np.log(2), rel=1e-5)
    with pytest.raises(InvalidInput, match=r"row 1, column years: must be from 1e-09 to 1e\+09; got 1000000000000"):
        fitted([1] * 10, [1] * 5 + [2] * 5, 1e12)


RANDOM = np.random.default_rng(1)
X, Y = RANDOM.normal(size=200), RANDOM.normal(size=200)
NOWHERE = {
    "all leave at once": (([1] * 10, [2] * 10), {}, f"rating 1: {NO_LIMIT}"),
    "one pair, that leaves": (([1], [2]), {}, f"rating 1: {NO_LIMIT}"),
    "all leave the first of three": (
        ([1] * 10 + [2] * 10, [2] * 6 + [3] * 4 + [2] * 6 + [3] * 4),
        {},
        f"rating 1: {NO_LIMIT}",
    ),
    "nothing is found in the second": (([1] * 20 + [2], [1] * 10 + [3] * 11), {}, f"rating 2: {NO_LIMIT}"),
    "named as the user does": (
        ([9] * 10 + [8] * 10, [8] * 6 + [7] * 4 + [8] * 6 + [7] * 4),
        {"scale": (9, 7)},
        f"rating 9: {NO_LIMIT}",
    ),
    "a covariate that separates": (
        ([1] * 40, [1] * 20 + [2] * 20),
        {"x": [0.0] * 20 + [1.0] * 20, "covariates": {1: ["x"]}},
        f"rating 1, x: {SEPARATE}",
    ),
    "one that nearly separates": (
        ([1] * 60, [1] * 30 + [2] * 30),
        {"x": [0.0] * 20 + [1.0] * 40, "covariates": {1: ["x"]}},
        f"rating 1, x: {SEPARATE}",
    ),
    "two that separate together": (
        ([1] * 200, (1 + (X + Y > 0)).tolist()),
        {"x": X, "y": Y, "covariates": {1: ["x", "y"]}},
        f"rating 1, y: {SEPARATE}",
    ),
    "many pairs separated": (
        ([1] * 40000, [1] * 20000 + [2] * 20000),
        {"x": [0.0] * 20000 + [1.0] * 20000, "covariates": {1: ["x"]}},
        f"rating 1, x: {SEPARATE}",
    ),
    "groups that all leave": (
        ([1] * 20, [2] * 20),
        {"group": [1] * 10 + [2] * 10, "frailty": "gamma"},
        f"rating 1: {NO_LIMIT}",
    ),
}


@pytest.mark.parametrize(("ends", "options", "notice"), NOWHERE.values(), ids=NOWHERE.keys())
def test_a_maximum_at_infinity_is_said_and_not_called_converged(
    ends: tuple[list[int], list[int]], options: dict[str, object], notice: str
) -> None:
    fit = fitted(*ends, **options)
    assert notice in fit.notices
    assert not fit.converged
    assert "NOT CONVERGED" in fit.summary()


def test_weak_but_finite_maxima_are_converged() -> None:
    rare = fitted([1] * 1000, [1] * 999 + [2], x=RANDOM.normal(size=1000), covariates={1: ["x"]})
    assert rare.converged
    assert rare.notices == ()
    second = fitted([1] * 10 + [2] * 10, [1] * 5 + [2] * 3 + [3] * 2 + [3] * 10)
    assert second.converged
    never_left = fitted([1] * 10 + [2] * 10, [1] * 5 + [2] * 5 + [2] * 10, scale=(1, 3))
    assert never_left.converged
    assert never_left.hazards()[1] == 0.0


def competing(rows: list[tuple[int, str | None, int, str | None, float]]) -> CompetingFit:
    schema = ["before", "was", "after", "is", "years"]
    pairs = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    columns = {"before": "before", "after": "after", "years": "years", "type_before": "was", "type_after": "is"}
    return fit_competing_hazards(pairs, **columns)


def test_competing_types_take_intervals_of_any_length_or_refuse_them() -> None:
    stay, leave = (1, None, 1, None, 5.0), (1, None, 2, "crack", 5.0)
    plain = competing([stay] * 10 + [leave] * 5)
    endless = competing([stay] * 10 + [leave] * 5 + [(1, None, 2, "crack", 1e6)] * 3)
    assert endless.hazards() == pytest.approx(plain.hazards(), rel=1e-5)
    assert endless.log_likelihood == pytest.approx(plain.log_likelihood)
    assert endless.converged
    unharmed = competing([stay] * 12000 + [leave] * 5000 + [(1, None, 1, None, 1e6)] * 3)
    assert unharmed.converged  # with a probability of exp(-1627) for each of the last pairs
    assert unharmed.hazards()[0, 0] == pytest.approx(5000 / 3e6, rel=0.05)
    middle = [(2, "crack", 2, "crack", 5.0)] * 1000 + [(2, "crack", 3, "crack", 5.0)] * 2000
    with pytest.raises(InvalidInput, match=r"column years: must be in proportion, .* got 5 to 1e\+06"):
        competing([stay] * 12000 + [leave] * 5000 + middle + [(1, None, 2, "crack", 1e6)] * 3)


def test_competing_types_that_all_come_at_once_are_not_converged() -> None:
    fit = competing([(1, None, 2, "crack", 2.0)] * 20 + [(1, None, 2, "leak", 2.0)] * 10)
    limit = "the pairs set no upper limit to its hazard; no maximum-likelihood estimate exists"
    assert fit.notices == (f"rating 1, crack: {limit}", f"rating 1, leak: {limit}")
    assert not fit.converged


def long_fit(seen: list[Progress], last: int, **options: object) -> HazardFit:
    """A fit that is told to stop after so many reports."""

    def progress(step: Progress) -> bool:
        seen.append(step)
        return len(seen) < last

    random = np.random.default_rng(2)
    columns = {"x": random.normal(size=300), "group": random.integers(0, 20, 300).tolist()}
    before, after = [1] * 300, (1 + (random.random(300) < 0.4)).tolist()
    chosen = {name: columns[name] for name in columns if name != "group" or "frailty" in options}
    return fitted(before, after, **chosen, covariates={1: ["x"]}, **({"progress": progress} | options))


@pytest.mark.parametrize("options", [{}, {"frailty": "gamma"}])
def test_a_fit_that_is_stopped_gives_the_best_so_far(options: dict[str, object]) -> None:
    everything: list[Progress] = []
    whole = long_fit(everything, 1000, **options)
    assert whole.converged
    assert "log-likelihood" in everything[-1].text
    stopped = long_fit([], len(everything) - 1, **options)
    assert not stopped.converged
    assert "did not converge: stopped by progress, with the best estimates so far" in stopped.notices
    assert stopped.log_likelihood <= whole.log_likelihood
    assert stopped.log_likelihood == pytest.approx(whole.log_likelihood, abs=1.0)
    late = long_fit([], 1000, time_limit=0, **options)
    assert "did not converge: stopped by time limit, with the best estimates so far" in late.notices


def test_an_error_of_progress_passes_through() -> None:
    def progress(step: Progress) -> bool:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        fitted([1] * 10, [1] * 5 + [2] * 5, progress=progress)
