"""The scatter of ratings: against an oracle, on made ratings with known truth, and wrong input."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.deterioration import ScatterFit, fit_scatter
from nagamochi.deterioration.scatter.grades import Grades
from nagamochi.deterioration.scatter.likelihood import PairLikelihood, Scatter
from nagamochi.errors import InvalidInput
from oracle.scatter import best_sigma, log_likelihood_again, log_likelihood_truth

Numbers = npt.NDArray[np.float64]
PER_BRIDGE = 8


def made(
    seed: int, bridges: int, scatter: Scatter, *, step: float = 1.0, truth: bool = False, true_step: float = 0.2
) -> pl.DataFrame:
    """Eight members of each bridge, most of them good, rated by two teams, or by one and truly."""
    random = np.random.default_rng(seed)
    bridge = np.repeat(np.arange(bridges), PER_BRIDGE)
    health = np.clip(5.0 - random.gamma(2.0, 0.6, len(bridge)), 1.0, 5.0)

    def rounded(health: Numbers, step: float = step) -> Numbers:
        return 1.0 + step * np.rint((np.clip(health, 1.0, 5.0) - 1.0) / step)

    def rated() -> Numbers:
        team = scatter.round_scatter * random.standard_normal(bridges)[bridge]
        return rounded(health + scatter.bias + team + scatter.sigma * random.standard_normal(len(bridge)))

    second = {"truth": rounded(health, true_step)} if truth else {"again": rated()}
    return pl.DataFrame({"bridge": bridge, "rating": rated()} | second)


def fitted(pairs: pl.DataFrame, *columns: str, **options: Any) -> ScatterFit:
    return fit_scatter(pairs, rating="rating", **{name: name for name in columns}, **options)


def pairs_of(table: pl.DataFrame, second: str) -> list[tuple[int, int]]:
    return [(int(first), int(other)) for first, other in table.select("rating", second).iter_rows()]


@pytest.mark.parametrize("sigma", [0.3, 0.8])
def test_sigma_is_what_the_oracle_finds(sigma: float) -> None:
    table = made(1, 12, Scatter(sigma))
    fit = fitted(table, "again")
    pairs = pairs_of(table, "again")
    best, value = best_sigma(partial(log_likelihood_again, pairs))
    assert fit.converged
    assert fit.sigma == pytest.approx(best, rel=2e-3)
    assert fit.log_likelihood == pytest.approx(value, abs=2e-3)
    low, high = fit.estimates.select("low", "high").row(0)
    for end in (low, high):
        assert value - log_likelihood_again(pairs, end) == pytest.approx(1.92, abs=0.03)


def test_bias_is_what_the_oracle_finds() -> None:
    table = made(2, 25, Scatter(0.5, bias=-0.3), truth=True, true_step=1.0)
    fit = fitted(table, "truth")
    pairs = pairs_of(table, "truth")
    assert fit.bias is not None
    best = log_likelihood_truth(pairs, fit.sigma, fit.bias)
    assert fit.log_likelihood == pytest.approx(best, abs=2e-3)
    for sigma, bias in ((0.97, 0.0), (1.03, 0.0), (1.0, 0.02), (1.0, -0.02)):
        assert log_likelihood_truth(pairs, sigma * fit.sigma, bias + fit.bias) < best


@pytest.mark.parametrize("second_is_true", [False, True])
def test_derivatives_are_those_of_differences(second_is_true: bool) -> None:
    random = np.random.default_rng(3)
    cells = np.stack(np.meshgrid(np.arange(5), np.arange(5)), axis=-1).reshape(-1, 2)
    grades = Grades(5), Grades(5)
    likelihood = PairLikelihood(
        grades, cells, random.integers(0, 4, (6, 25)).astype(float), second_is_true=second_is_true
    )

    def value(point: Numbers) -> float:
        return likelihood.log_likelihood(Scatter(*point[:3]), point[3:])[0]

    for _ in range(5):
        point = np.concatenate([random.uniform(0.6, 1.2, 3), random.uniform(0.1, 0.3, 5)])
        slopes = np.concatenate(likelihood.log_likelihood(Scatter(*point[:3]), point[3:])[1:])
        steps = 1e-5 * np.eye(len(point))
        differences = [(value(point + step) - value(point - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(slopes, differences, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("step", "truth"), [(1.0, False), (0.5, True), (0.1, True)])
def test_made_scatter_is_recovered(step: float, truth: bool) -> None:
    scatter = Scatter(0.43, 0.3, -0.2 if truth else 0.0)
    fit = fitted(made(4, 150, scatter, step=step, truth=truth), "truth" if truth else "again", "bridge")
    assert fit.converged
    assert fit.step == max(step, 0.2)
    assert fit.sigma == pytest.approx(0.43, abs=0.05)
    assert fit.round_scatter == pytest.approx(0.3, abs=0.07)
    assert fit.bias == (pytest.approx(-0.2, abs=0.07) if truth else None)
    assert fit.differences["observed"].sum() == fit.n_pairs == 1200
    assert fit.differences["expected"].sum() == pytest.approx(1200, abs=2)
    seen, expected = (fit.differences[name].to_numpy() for name in ("observed", "expected"))
    often = expected > 20
    assert np.all(np.abs(seen - expected)[often] < 4.5 * np.sqrt(expected[often]))


@pytest.mark.parametrize("scale", [(9, 0), (1, 4), (1, 5)])
def test_any_scale_gives_health_points(scale: tuple[int, int]) -> None:
    best, worst = scale
    table = made(5, 40, Scatter(0.5), step=4.0 / abs(worst - best))
    positions = pl.col("rating", "again").map_batches(lambda health: best + (5.0 - health) / 4.0 * (worst - best))
    other = fitted(table.with_columns(positions.round(6)), "again", scale=scale)
    ours = fitted(table, "again")
    assert other.step == pytest.approx(4.0 / abs(worst - best))
    if scale != (9, 0) and scale != (1, 4):
        assert other.sigma == pytest.approx(ours.sigma, rel=1e-9)
    assert other.sigma == pytest.approx(0.5, abs=0.1)


def test_rows_may_come_in_any_order() -> None:
    table = made(6, 8, Scatter(0.5, 0.2))
    assert fitted(table, "again", "bridge").estimates.equals(
        fitted(table.sample(fraction=1.0, shuffle=True, seed=1), "again", "bridge").estimates
    )


def test_ratings_that_agree_have_no_scatter() -> None:
    table = pl.DataFrame({"rating": [2, 3, 4, 5] * 20, "again": [2, 3, 4, 5] * 20, "bridge": list(range(80))})
    fit = fitted(table, "again", "bridge")
    assert fit.sigma < 0.02
    assert fit.estimates.filter(pl.col("parameter") == "sigma")["low"].item() == 0.0
    assert any("all pairs agree" in notice for notice in fit.notices)
    assert any("every bridge has one pair" in notice for notice in fit.notices)


def test_a_search_that_is_stopped_has_not_converged() -> None:
    fit = fitted(made(7, 20, Scatter(0.5)), "again", progress=lambda _: False)
    assert not fit.converged
    assert fit.estimates["low"].is_nan().all()
    assert "stopped by progress" in fit.notices[-1]


@pytest.mark.parametrize(
    ("second", "ratings", "parameter"), [("again", [(5, 1), (1, 5)], "sigma"), ("truth", [(1, 5)], "bias")]
)
def test_an_estimate_at_the_end_of_what_is_searched_has_not_converged(
    second: str, ratings: list[tuple[int, int]], parameter: str
) -> None:
    table = pl.DataFrame(ratings * 20, schema=["rating", second], orient="row")
    fit = fitted(table, second)
    assert not fit.converged
    assert fit.notices[-1].startswith(f"{parameter}: the pairs are most likely at the end of what is searched")


@pytest.mark.parametrize("in_file", [True, False])
def test_roman_ratings_need_a_scale(tmp_path: Path, *, in_file: bool) -> None:
    table = pl.DataFrame({"rating": ["Ⅰ", "Ⅱ", "Ⅲ"] * 9, "truth": ["Ⅱ", "Ⅱ", "Ⅲ"] * 9})
    table.write_csv(tmp_path / "pairs.csv")
    given = tmp_path / "pairs.csv" if in_file else table
    with pytest.raises(InvalidInput, match=r"scale: must be another for Roman ratings, such as \(1, 4\)"):
        fit_scatter(given, rating="rating", truth="truth")
    bias = fit_scatter(given, rating="rating", truth="truth", scale=(1, 4)).bias
    assert bias is not None
    assert bias > 0  # I is better than II


@pytest.mark.by_hand
@pytest.mark.parametrize("truth", [False, True])
def test_intervals_cover_the_truth(truth: bool) -> None:
    scatter = Scatter(0.43, 0.3, -0.2 if truth else 0.0)
    true = {"sigma": 0.43, "round_scatter": 0.3, "bias": -0.2}
    hits = dict.fromkeys(true, 0)
    for seed in range(500):
        fit = fitted(made(seed, 100, scatter, truth=truth), "truth" if truth else "again", "bridge")
        for name, _, low, high in fit.estimates.rows():
            hits[name] += low <= true[name] <= high
    covered = [count / 500 for name, count in hits.items() if truth or name != "bias"]
    assert all(0.93 <= share <= 0.97 for share in covered), covered


WRONG = [
    ({"again": "again", "truth": "again"}, "again, truth: must be given one of the two"),
    ({}, "again, truth: must be given one of the two"),
    ({"again": "rating"}, "rating, again: must be different columns"),
    ({"again": "nobody"}, "column nobody: must be among the columns"),
    ({"again": "again", "scale": (3, 1)}, "column rating: must be from 1 to 3; got 5"),
    ({"again": "again", "confidence": 1.0}, "confidence: must be above 0 and below 1; got 1.0"),
    ({"again": "again", "bridge": "bridge"}, "row 2, column bridge: must not be empty"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_wrong_input_is_refused(options: dict[str, Any], words: str) -> None:
    table = pl.DataFrame({"rating": [5, 4], "again": [5, 3], "bridge": ["A", None]})
    with pytest.raises(InvalidInput, match=words):
        fit_scatter(table, rating="rating", **options)


def test_an_empty_table_is_refused() -> None:
    table = pl.DataFrame({"rating": [], "again": []}, schema={"rating": pl.Int64, "again": pl.Int64})
    with pytest.raises(InvalidInput, match="must have at least one row; got none"):
        fitted(table, "again")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit", "scatter", *map(str, arguments)], catch_exceptions=False)


def test_the_command_line_fits_the_same(tmp_path: Path) -> None:
    file, out = tmp_path / "pairs.csv", tmp_path / "out"
    table = made(8, 20, Scatter(0.5), truth=True)
    table.write_csv(file)
    options = ("--rating", "rating", "--truth", "truth", "--out", out)
    fit = fitted(table, "truth")
    done = run(file, *options)
    assert done.exit_code == 0
    assert done.stdout == f"{fit.summary()}\n" == (out / "scatter_summary.txt").read_text(encoding="utf-8")
    assert json.loads(run(file, *options, "--json").stdout)["estimates"] == fit.estimates.to_dicts()
    assert pl.read_csv(out / "estimates.csv")["estimate"].to_list() == fit.estimates["estimate"].to_list()
    for wrong in (("--again", "rating"), ("--scale", "5"), ("--confidence", 2)):
        assert run(file, *options, *wrong).exit_code in (1, 2)
