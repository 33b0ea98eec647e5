"""Ratings on any scale: the same fits, in the ratings of the user; and upside down, said loudly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.deterioration import Scale, fit_competing_hazards, fit_hazards, inspection_pairs
from nagamochi.errors import InvalidInput

COLUMNS = {"before": "before", "after": "after", "years": "years"}
REVERSED = (
    "the ratings look reversed: improving pairs 20, worsening pairs 7, with 1 as the best rating; if the other end is "
    "the best, fit with scale=(8, 1), or --scale 8-1; the scale of NBI is 9-0"
)


def decks(ends: list[tuple[int, int, int]]) -> str:
    """Rows of inspections: from a rating to another, so many times."""
    rows, bridge = ["bridge,year,deck"], 0
    for before, after, times in ends:
        for _ in range(times):
            bridge += 1
            rows += [f"{bridge},2015,{before}", f"{bridge},2017,{after}"]
    return "\n".join(rows) + "\n"


NBI = decks([(7, 7, 50), (7, 6, 12), (6, 6, 20), (6, 5, 8), (5, 8, 4), (6, 7, 3)])


@pytest.mark.parametrize(
    ("best", "worst", "ratings"),
    [(1, 4, [1, 2, 3, 4]), (0, 3, [0, 1, 2, 3]), (5, 1, [5, 4, 3, 2, 1]), (2, -1, [2, 1, 0, -1])],
)
def test_positions_and_ratings(best: int, worst: int, ratings: list[int]) -> None:
    scale = Scale(best, worst)
    positions = list(range(1, len(ratings) + 1))
    assert [scale.position(rating) for rating in ratings] == positions
    assert scale.position_of(pl.Series(ratings)).to_list() == positions
    assert [scale.rating(position) for position in positions] == ratings
    assert scale.ratings_at(positions).tolist() == ratings
    assert scale.ratings_at(1.5) == (ratings[0] + ratings[1]) / 2


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    file = tmp_path / "deck.csv"
    file.write_text(NBI, encoding="utf-8")
    return file


def run(file: Path, *arguments: object) -> Result:
    columns = ["--asset", "bridge", "--date", "year", "--rating", "deck"]
    given = [str(file), *columns, *map(str, arguments), "--out", str(file.parent / "out")]
    return CliRunner().invoke(app, ["fit", "hazards", *given], catch_exceptions=False, env={"COLUMNS": "300"})


def nbi_pairs(seed: int = 1) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    worse = random.poisson(0.6, 400)
    before = random.integers(6, 10, 400)
    return pl.DataFrame(
        {"before": before, "after": np.maximum(before - worse, 4), "years": 2.0, "x": random.random(400)}
    )


def turned(pairs: pl.DataFrame, best: int) -> pl.DataFrame:
    return pairs.with_columns(-pl.col("before", "after") + best + 1)


def test_a_scale_that_falls_gives_the_hazards_of_the_ratings_turned_round() -> None:
    pairs = nbi_pairs()
    fit = fit_hazards(pairs, **COLUMNS, scale=(9, 4), covariates={8: ["x"]})
    same = fit_hazards(turned(pairs, 9), **COLUMNS, covariates={2: ["x"]})
    assert fit.values == pytest.approx(same.values, rel=1e-9)
    assert fit.log_likelihood == pytest.approx(same.log_likelihood, rel=1e-12)
    assert fit.coefficients["rating"].to_list() == [9, 8, 8, 7, 6, 5]
    assert fit.years_per_rating()["rating"].to_list() == [9, 8, 7, 6, 5]
    ours, theirs = fit.performance_curve([0.0, 5.0, 30.0]), same.performance_curve([0.0, 5.0, 30.0])
    assert ours["expected_rating"].to_list() == pytest.approx((10 - theirs["expected_rating"]).to_list())
    assert ours["low"].to_list() == pytest.approx((10 - theirs["high"]).to_list())
    table, other = fit.goodness_of_fit(), same.goodness_of_fit()
    assert table["before"].to_list() == (10 - other["before"]).to_list()
    assert table["expected"].to_list() == pytest.approx(other["expected"].to_list())
    assert set(fit.pearson_test().cells["before"]) <= {"9", "8", "7", "6", "5"}
    assert "ratings 9 (best) .. 4 (worst), 400 pairs" in fit.summary()


def test_a_scale_may_end_below_1() -> None:
    levels = pl.DataFrame({"before": 0, "after": [0] * 15 + [1] * 15, "years": 1.0})
    fit = fit_hazards(levels, **COLUMNS, scale=(0, 1))
    assert fit.hazards() == pytest.approx(np.log([2]), rel=1e-5)
    with pytest.raises(InvalidInput, match="row 1, column before: must be from 1 to 30 unless a scale is given; got 0"):
        fit_hazards(levels, **COLUMNS)


def test_notices_and_refusals_name_the_ratings_of_the_scale() -> None:
    pairs = nbi_pairs().filter(pl.col("after") >= 5)
    fit = fit_hazards(pairs, **COLUMNS, scale=(9, 3))
    assert fit.without_data == (4,)
    assert "rating 4: no pair starts in it, ends in it or passes it; its hazard is unknown" in fit.notices
    for rating in (3, 10, 0):
        with pytest.raises(
            InvalidInput, match=f"rating in covariates: must be a whole number from 4 to 9; got {rating}"
        ):
            fit_hazards(pairs, **COLUMNS, scale=(9, 3), covariates={rating: ["x"]})
    with pytest.raises(InvalidInput, match="row 1, column after: must be from 5 to 9; got 4"):
        fit_hazards(nbi_pairs().filter(after=4), **COLUMNS, scale=(9, 5))


@pytest.mark.parametrize("scale", [(1, 1), (9,), (9, 0, 1), (100, 0), ("9", "0"), (9.5, 1), "9-0", 9, (True, 5)])
def test_what_is_no_scale_is_refused(scale: object) -> None:
    with pytest.raises(
        InvalidInput, match="scale: must be two whole numbers, the best and the worst rating, of 2 to 30"
    ):
        fit_hazards(nbi_pairs(), **COLUMNS, scale=scale)


def test_more_improving_than_worsening_pairs_are_said_first_and_everywhere(deck: Path) -> None:
    loud = run(deck)
    assert loud.stderr.startswith(f"Note: {REVERSED}")
    assert loud.stdout.startswith(f"WARNING: {REVERSED}")
    model = json.loads((deck.parent / "out" / "model.json").read_text(encoding="utf-8"))
    assert model["notices"][0] == REVERSED
    assert (deck.parent / "out" / "hazards_summary.txt").read_text(encoding="utf-8").startswith(f"WARNING: {REVERSED}")
    assert json.loads(run(deck, "--json").stdout)["notices"][0] == REVERSED


def test_the_command_takes_a_scale(deck: Path) -> None:
    said = run(deck, "--scale", "9-0", "--json")
    model = json.loads(said.stdout)
    assert model["scale"] == [9, 0]
    assert model["notices"][0] == "improving pairs: 7 excluded, treated as repairs"
    pairs = inspection_pairs(deck, asset="bridge", date="year", rating="deck")
    fit = fit_hazards(turned(pairs, 9), **COLUMNS, scale=(1, 10))
    assert model["hazards"][2:4] == pytest.approx(fit.hazards().tolist()[2:4])
    assert 0.05 < fit.hazards()[2] < 0.2
    refused = run(deck, "--scale", "9")
    assert refused.exit_code == 2
    assert "must be like 9-0: best rating, worst rating; got '9'" in refused.stderr


def test_ratings_that_only_improve_are_refused_with_the_reason() -> None:
    rising = pl.DataFrame({"before": [7, 6], "after": [6, 5], "years": 1.0})
    with pytest.raises(InvalidInput, match="the ratings look reversed: improving pairs 2, worsening pairs 0"):
        fit_hazards(rising, **COLUMNS)


def test_competing_types_take_a_scale() -> None:
    ends = [(0, None)] * 50 + [(1, "crack")] * 30 + [(1, "spall")] * 20
    pairs = pl.DataFrame(ends, schema=["after", "is"], orient="row").with_columns(
        before=0, was=pl.lit(None, pl.String), years=2.0
    )
    columns = {**COLUMNS, "type_before": "was", "type_after": "is"}
    fit = fit_competing_hazards(pairs, **columns, scale=(0, 1))
    upper = pairs.with_columns(-pl.col("before", "after") + 9)
    falling = fit_competing_hazards(upper, **columns, scale=(9, 8))
    for one in (fit, falling):
        assert one.hazards() == pytest.approx(np.log(2) / 2 * np.array([[0.6, 0.4]]), rel=1e-6)
    assert (fit.states, falling.states) == (["0", "1 crack", "1 spall"], ["9", "8 crack", "8 spall"])
    assert falling.coefficients["rating"].to_list() == [9, 9]
    assert falling.years_per_state()["rating"].to_list() == [9]
    healed = pairs.with_columns(
        before=1, was=pl.lit("crack"), after=pl.lit(0, pl.Int64), **{"is": pl.lit(None, pl.String)}
    )
    loud = fit_competing_hazards(pl.concat([pairs, healed.select(pairs.columns)]), **columns, scale=(0, 1))
    assert loud.notices[0].startswith("the ratings look reversed: improving pairs 100, worsening pairs 50, with 0 as")
    assert loud.summary().startswith("WARNING: the ratings look reversed")


@pytest.mark.parametrize("in_file", [True, False])
def test_arabic_ratings_among_roman_ones_are_refused_by_their_rows(tmp_path: Path, *, in_file: bool) -> None:
    table = pl.DataFrame({"bridge": [*"aabbc"], "year": [2001, 2006] * 2 + [2001], "rank": ["I", "9", "II", "5", "Ⅲ"]})
    table.write_csv(tmp_path / "ranks.csv")
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(tmp_path / "ranks.csv" if in_file else table, asset="bridge", date="year", rating="rank")
    found = [(problem.row, problem.rule, problem.value) for problem in refused.value.problems]
    rule, first = "must be a Roman numeral, as most ratings are", 2 if in_file else 1
    assert found == [(first + 1, rule, "9"), (first + 3, rule, "5")]


@pytest.mark.parametrize("spelling", [["I", "II", "III"], ["Ⅰ", "Ⅱ", "Ⅲ"], ["Ｉ", "ＩＩ", "ＩＩＩ"]])
def test_roman_ratings_are_their_numbers(spelling: list[str]) -> None:
    plain = pl.DataFrame(
        {"bridge": ["a"] * 3 + ["b"] * 2, "year": [2001, 2006, 2011, 2003, 2008], "rank": [1, 2, 3, 1, 1]}
    )
    roman = plain.with_columns(rank=pl.Series([spelling[rank - 1] for rank in plain["rank"]]))
    options = {"asset": "bridge", "date": "year", "rating": "rank"}
    assert inspection_pairs(roman, **options).equals(inspection_pairs(plain, **options))
    pairs = inspection_pairs(plain, **options)
    written = pairs.with_columns(
        pl.Series(name, [spelling[r - 1] for r in pairs[name]]) for name in ("before", "after")
    )
    assert fit_hazards(written, **COLUMNS).log_likelihood == fit_hazards(pairs, **COLUMNS).log_likelihood
