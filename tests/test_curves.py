"""Health curves from inspections: exact on made histories, against brute force on noisy ones."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from made_inspections import KEY, RESTORED, WRONG, health, history, noisy
from nagamochi.deterioration import fit_curves
from nagamochi.deterioration.curves.result import base_points
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from oracle.curves import best_life, best_life_and_shape, own_lives, squares


def test_health_with_the_best_at_the_other_end_is_said_first() -> None:
    good = pl.concat([history(f"m{i}", 40.0 + i, [1995, 2003, 2010]) for i in range(4)])
    notice = (
        "health looks reversed: pairs of inspections that rise 8, that fall 0, with 5 as new and 1 as worst; if 1 is "
        "the best, turn it before the fit, as 6 - health does"
    )
    assert fit_curves(good.with_columns(health=6 - pl.col("health"))).notices[0] == notice
    assert not any("reversed" in said for said in fit_curves(good).notices)
    renewed = [history(f"m{i}", 40.0, [2012], built=2011) for i in range(4)]
    assert not any("reversed" in said for said in fit_curves(pl.concat([good.filter(year=1995), *renewed])).notices)


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.0, 3.7])
@pytest.mark.parametrize("correct", ["latest", "least squares"])
def test_lives_of_histories_without_error_are_recovered(shape: float, correct: Any) -> None:
    same = [history(f"same{i}", 60.0, [1990 + i, 2010], shape=shape) for i in range(5)]
    for given in (shape, "fit"):
        fit = fit_curves(pl.concat(same), correct=correct, shape=given)
        np.testing.assert_allclose(fit.base["service_life"], 60.0, rtol=1e-8)
        np.testing.assert_allclose(fit.base["shape"], shape, rtol=1e-8)
        np.testing.assert_allclose(fit.base["residual_sd"], 0.0, atol=1e-8)
        np.testing.assert_allclose(fit.curves["service_life"], 60.0, rtol=1e-8)

    others = [history("long", 80.0, [2000, 2005, 2010], shape=shape), history("short", 45.0, [2000, 2005], shape=shape)]
    fit = fit_curves(pl.concat(others), correct=correct, shape=shape)
    assert fit.curves["bridge_id"].to_list() == ["long", "short"]
    np.testing.assert_allclose(fit.curves["service_life"], [80.0, 45.0], rtol=1e-12)
    assert fit.curves["basis"].to_list() == ["own ratings"] * 2
    assert fit.curves["observations"].to_list() == [3, 2]


def test_base_curves_are_those_that_brute_force_finds() -> None:
    rounds = noisy(1)
    first = rounds.sort("year").group_by(KEY, maintain_order=True).first()
    fits = {shape: fit_curves(rounds, shape=shape).base for shape in (0.7, 2.0, "fit")}
    for member, of_member in first.group_by("member"):
        seen = [(row["year"] - row["year_built"], row["health"]) for row in of_member.rows(named=True)]
        for shape, base in fits.items():
            found = base.row(by_predicate=pl.col("member") == member[0], named=True)
            life, best = best_life_and_shape(seen) if shape == "fit" else (best_life(seen, shape), shape)
            assert found["service_life"] == pytest.approx(life, rel=1e-5)
            assert found["shape"] == pytest.approx(best, rel=1e-5)
            assert found["observations"] == len(seen)
            spent = 2 if shape == "fit" else 1
            deviation = math.sqrt(squares(seen, life, best) / (len(seen) - spent))
            assert found["residual_sd"] == pytest.approx(deviation, rel=1e-8)


@pytest.mark.parametrize("correct", ["latest", "least squares", None])
@pytest.mark.parametrize("seed", [2, 3])
def test_own_lives_are_those_that_brute_force_finds(correct: Any, seed: int) -> None:
    rounds = noisy(seed)
    fit = fit_curves(rounds, correct=correct, shape=1.8, tolerance=0.3, bounds=(0.7, 1.5))
    base = {(row["member"], row["damage"]): (row["service_life"], 1.8) for row in fit.base.rows(named=True)}
    expected = own_lives(rounds.rows(named=True), base, correct, tolerance=0.3)
    assert len(fit.curves) == len(expected)
    seen = set()
    for row in fit.curves.rows(named=True):
        own, observations = expected[row["bridge_id"], row["member"], row["damage"]]
        of_base = base[row["member"], row["damage"]][0]
        assert row["service_life"] == pytest.approx(min(max(own, 0.7 * of_base), 1.5 * of_base), rel=1e-6)
        assert row["observations"] == observations
        seen.add(row["basis"])
        if row["basis"].endswith("bound"):
            assert (own < of_base) == (row["basis"] == "lower bound")
    assert seen == ({"base life"} if correct is None else {"base life", "own ratings", "lower bound", "upper bound"})
    assert fit.curves["repaired"].any()


def test_the_base_life_is_an_inspection_more_as_its_weight_says() -> None:
    peers = [history(f"peer{i}", 60.0, [2000 + i]) for i in range(5)]  # their base life is 60 years exactly
    own = history("own", 90.0, [2000, 2010])  # found at 2/9 and 1/3 of its life: w = 1/20.25 and 1/9
    own = own.with_columns(health=pl.Series([health(20, 60.0), health(30, 90.0)]))
    fits = [fit_curves(pl.concat([*peers, own]), prior_weight=weight) for weight in (0, 1, 1e9)]
    lives = [fit.curves.filter(bridge_id="own")["service_life"].item() for fit in fits]
    assert lives[0] == pytest.approx(90.0, rel=1e-12)
    share, lost = (30 / 60) ** 2, (30 / 90) ** 2  # of the base life's rate: (share lost + 1) / (share^2 + 1)
    assert lives[1] == pytest.approx(60.0 * ((share * lost + 1) / (share**2 + 1)) ** -0.5, rel=1e-12)
    assert lives[2] == pytest.approx(60.0, rel=1e-6)
    assert "counting as 1 inspections" in fits[1].summary()


def test_residuals_are_those_of_the_first_inspections() -> None:
    fit = fit_curves(noisy(10))
    lives = dict(fit.base.select("member", "service_life").rows())
    for row in fit.first_round.rows(named=True):
        assert row["residual"] == pytest.approx(row["health"] - 5 + 4 * (row["age"] / lives[row["member"]]) ** 2)
    spread = fit.first_round.group_by("member").agg(sd=((pl.col("residual") ** 2).sum() / (pl.len() - 1)).sqrt())
    assert dict(spread.rows()) == pytest.approx(dict(fit.base.select("member", "residual_sd").rows()))


def test_extreme_lives_are_bounded_and_reported() -> None:
    peers = [history(f"peer{i}", 60.0, [2000]) for i in range(3)]
    fast = history("fast", 60.0, [2000, 2003]).with_columns(health=pl.Series([health(20, 60.0), 1.0]))
    flat = history("flat", 60.0, [2000, 2020]).with_columns(health=pl.lit(health(20, 60.0)))
    new = history("new", 60.0, [2000, 2005]).with_columns(
        health=pl.Series([health(20, 60.0), 5.0]), year_built=pl.Series([1980, 2002])
    )
    fit = fit_curves(pl.concat([*peers, fast, flat, new]), bounds=(0.8, 1.2))
    lives = {row["bridge_id"]: row for row in fit.curves.rows(named=True)}
    assert [lives[name]["basis"] for name in ("fast", "flat", "new")] == ["lower bound", "upper bound", "upper bound"]
    assert lives["fast"]["service_life"] == pytest.approx(48.0)
    assert lives["fast"]["own_life"] == pytest.approx(23.0)
    assert lives["flat"]["service_life"] == pytest.approx(72.0)
    assert lives["flat"]["own_life"] == pytest.approx(120.0)
    assert lives["new"]["own_life"] == math.inf
    assert lives["peer0"]["own_life"] is None
    assert "lives raised to 0.8 times the base life: 1 (fast slab crack)" in fit.notices
    assert "lives lowered to 1.2 times the base life: 2 (flat slab crack; new slab crack)" in fit.notices
    assert fit.count("base life") == 3


@pytest.mark.parametrize("correct", ["latest", "least squares"])
def test_the_order_of_rows_does_not_matter(correct: Any) -> None:
    rounds = noisy(4)
    fit = fit_curves(rounds, correct=correct, shape="fit")
    for seed in (1, 2):
        other = fit_curves(rounds.sample(fraction=1.0, shuffle=True, seed=seed), correct=correct, shape="fit")
        assert other.curves.equals(fit.curves)
        assert other.base.equals(fit.base)


def test_ages_tell_the_same_as_years_built_and_groups_may_be_any_columns() -> None:
    rounds = noisy(5).with_columns(owner=pl.when(pl.col("bridge_id") < "B2").then(pl.lit("a")).otherwise(pl.lit("b")))
    by_age = rounds.with_columns(age=pl.col("year") - pl.col("year_built")).drop("year_built")
    assert fit_curves(by_age).curves.equals(fit_curves(rounds).curves)
    fit = fit_curves(rounds, by=["owner", "member"])
    assert fit.base["owner"].to_list() == ["a", "a", "b", "b"]
    assert fit_curves(rounds.rename({"member": "部材"}), by=["owner", "部材"]).base.equals(fit.base)
    alone = fit_curves(rounds.filter(owner="b"), by=["member"])
    assert fit.curves.join(alone.curves, on=KEY, how="semi").equals(alone.curves)


@pytest.mark.parametrize(
    "name",
    [
        *("row", "born", "restoration", "moved", "renewed", "first", "restored", "overtaken", "premature", "improved"),
        *("starts", "since", "start_health", "risen", "group", " group", " group 0", "residual_sd (recorded)"),
    ],
)
@pytest.mark.parametrize("shape", [2.0, "fit"])
def test_a_group_may_have_any_name(name: str, shape: Any) -> None:
    rounds = noisy(5).with_columns(
        zone=pl.when(pl.col("bridge_id") < "B2").then(pl.lit("low")).otherwise(pl.lit("high"))
    )
    known = fit_curves(rounds, by=["zone"], shape=shape, correct="least squares")
    named = fit_curves(rounds.rename({"zone": name}), by=[name], shape=shape, correct="least squares")
    assert named.curves.equals(known.curves)
    assert named.by == (name,)
    assert named.base.equals(known.base.rename({"zone": name}))
    assert named.first_round.equals(known.first_round.rename({"zone": name}))
    assert named.notices == known.notices


@pytest.mark.parametrize("name", ["service_life", "shape", "observations", "residual_sd", "residual"])
def test_a_group_with_the_name_of_a_result_stands_beside_it(name: str, tmp_path: Path) -> None:
    rounds = noisy(5).with_columns(
        zone=pl.when(pl.col("bridge_id") < "B2").then(pl.lit("low")).otherwise(pl.lit("high"))
    )
    known = fit_curves(rounds, by=["zone"])
    named = fit_curves(rounds.rename({"zone": name}), by=[name])
    beside = f"{name} (recorded)"
    assert named.by == (beside,)
    assert named.curves.equals(known.curves)
    assert named.base.equals(known.base.rename({"zone": beside}))
    assert named.first_round.equals(known.first_round.rename({"zone": beside}))
    assert named.summary() == known.summary()
    named.write(tmp_path / "fit")
    assert pl.read_csv(tmp_path / "fit" / "base_curves.csv")[beside].to_list() == ["high", "low"]
    both = fit_curves(rounds.with_columns(pl.col("zone").alias(name)).rename({"zone": beside}), by=[beside, name])
    assert both.by == (beside, f"{beside} (recorded)")
    assert both.curves.equals(known.curves)


@pytest.mark.parametrize("name", ["*", "^.*$"])
def test_figures_take_a_group_by_its_very_name(name: str) -> None:
    fit = fit_curves(noisy(5).with_columns(pl.col("member").alias(name)), by=[name, "damage"])
    assert base_points(fit.base, fit.by)["group"].unique().sort().to_list() == ["girder, crack", "slab, crack"]


def test_a_curve_in_two_groups_is_refused_by_the_name_of_its_column() -> None:
    rounds = history("a", 60.0, [2000, 2010]).with_columns(first=pl.Series(["low", "high"]))
    with pytest.raises(InvalidInput, match="column first: must be the same in all inspections of a curve; got high"):
        fit_curves(rounds, by=["first"])


def test_health_is_that_of_the_latest_inspection_or_of_the_year_asked_for() -> None:
    rounds = pl.concat([history("a", 60.0, [2000, 2010]), history("b", 50.0, [2000, 2005])])
    assert fit_curves(rounds).curves["health"].to_list() == [health(30, 60.0), health(25, 50.0)]
    now = fit_curves(rounds, now=2020).curves["health"].to_list()
    assert now == pytest.approx([health(40, 60.0), health(40, 50.0)], rel=1e-12)
    assert fit_curves(rounds, now=2100).curves["health"].to_list() == [1.0, 1.0]
    for no_year in (2009, 45_000, 20_300_401):  # one before the ratings, a count of days, a date
        with pytest.raises(
            InvalidInput, match=f"now: must be a finite number, at least 2010, at most 2200; got {no_year}"
        ):
            fit_curves(rounds, now=no_year)


def test_locations_have_curves_of_their_own() -> None:
    ends = [
        history("a", life, [2000, 2010]).with_columns(location=pl.lit(end))
        for end, life in (("A2", 50.0), ("A1", 70.0))
    ]
    fit = fit_curves(pl.concat(ends))
    assert fit.curves["location"].to_list() == ["A1", "A2"]
    assert fit.curves["service_life"].to_list() == pytest.approx([70.0, 50.0], rel=1e-12)
    assert fit.base["observations"].to_list() == [2]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        fit_curves(file, by=["member", "owner"])
    agree = "must agree with the curve's previous inspection within a year, unless it was renewed since then"
    messages = str(refused.value).splitlines()
    for expected in (
        "row 3, column health: must be from 1 to 5; got 6",
        f"row 4, column year_built: {agree}; got 1960",
        "row 5, column health: must not be empty; got an empty cell",
        "row 6, column year_built: must not be after the year of the inspection; got 2006",
        "row 7, column bridge_id, member, damage, location, year: must not repeat row 6; got b, slab, crack, 2005",
        "row 7, column owner: must be the same in all inspections of a curve; got y",
        "row 8, column year_built: must not be empty; got an empty cell",
        "row 9, column bridge_id: must not be empty; got an empty cell",
    ):
        assert f"{file}, {expected}" in messages


JAPANESE = """橋梁番号,部材,損傷の種類,点検年,健全度,架設年度,補修年度,回復後健全度
甲橋,床版,ひびわれ,2000/4/1,4,1980,,
甲橋,床版,ひびわれ,2020-4-1,2,1980,,
乙橋,床版,ひびわれ,２００１,4,1975,1990,4.5
"""


def test_files_may_have_japanese_headers_cp932_and_dates(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_bytes(JAPANESE.encode("cp932"))
    day_91 = 2000 + 91 / 366, 2020 + 91 / 366
    rows = [
        ("甲橋", "床版", "ひびわれ", day_91[0], 4.0, 1980, None, None),
        ("甲橋", "床版", "ひびわれ", day_91[1], 2.0, 1980, None, None),
        ("乙橋", "床版", "ひびわれ", 2001.0, 4.0, 1975, 1990, 4.5),
    ]
    same = fit_curves(pl.DataFrame(rows, [*KEY, "year", "health", "year_built", *RESTORED], orient="row"))
    assert fit_curves(file).curves.drop("inspected").equals(same.curves.drop("inspected"))
    dated = pl.read_csv(io.StringIO(JAPANESE.replace("２００１", "2001-01-01"))).rename({"点検年": "年"})
    assert fit_curves(dated).curves.equals(fit_curves(file).curves)
    file.write_text(JAPANESE.replace("2020-4-1", "令和100年"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"row 3, column 点検年: must be a date such as .*; got 令和100年"):
        fit_curves(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"health": 5.0}, "inspections table, column health: must be below 5 at the first inspection .* none of slab"),
        ({"year": pl.lit(1980)}, "column health: must be below 5 at the first inspection .* an age above 0"),
        ({"health": "good"}, "inspections table, row 1, column health: must be a number; got good"),
    ],
)
def test_tables_that_tell_no_life_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        fit_curves(
            history("a", 60.0, [2000]).with_columns(
                **{k: pl.lit(v) if not isinstance(v, pl.Expr) else v for k, v in change.items()}
            )
        )


def test_a_shape_needs_two_ages_and_ages_a_column() -> None:
    rounds = pl.concat([history("a", 60.0, [2000]), history("b", 50.0, [2000])])
    with pytest.raises(
        InvalidInput, match=r"column age: must have two different values above 0 .* got one of slab, crack"
    ):
        fit_curves(rounds, shape="fit")
    with pytest.raises(
        InvalidInput, match="column age: must be among the columns, or year_built; got bridge_id, member"
    ):
        fit_curves(rounds.drop("year_built"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "member"}, "by: must be a list or tuple; got 'member'"),
        ({"by": ["年", "member"]}, "by: must list different columns, at least one, and none of year"),
        ({"by": []}, "by: must list different columns"),
        ({"by": ["year"]}, "by: must list different columns, at least one, and none of year"),
        ({"by": ["location"]}, "column location: must be among the columns"),
        ({"by": ["owner"]}, "column owner: must be among the columns"),
        ({"correct": "last"}, "correct: must be one of latest, least squares, None; got 'last'"),
        ({"shape": 0.1}, "shape: must be a finite number, at least 0.2, at most 10; got 0.1"),
        ({"shape": "free"}, "shape: must be a finite number"),
        ({"tolerance": -1}, "tolerance: must be a finite number, at least 0; got -1"),
        ({"bounds": (0.0, 2.0)}, "bounds: must be above 0 and at most 1, and at least 1; got"),
        ({"bounds": 2.0}, "bounds: must be two numbers"),
        ({"prior_weight": -1}, "prior_weight: must be a finite number, at least 0; got -1"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        fit_curves(history("a", 60.0, [2000]), **arguments)


def test_curves_go_straight_into_a_network(tmp_path: Path) -> None:
    rounds = noisy(6).with_columns(quantity=pl.lit(200.0), unit=pl.lit("m2"), cost_model=pl.lit("slab"))
    fit = fit_curves(rounds)
    fit.write(tmp_path)
    ids = rounds["bridge_id"].unique().sort()
    pl.DataFrame({"bridge_id": ids, "inspection_cost": 1000.0}).write_csv(tmp_path / "bridges.csv")
    knots = {"cost_model": "slab", "health": [5, 4, 3, 2, 1], "unit_cost": [1, 2, 3, 4, 5]}
    pl.DataFrame(knots).write_csv(tmp_path / "costs.csv")
    network = read_network(tmp_path)
    assert network.notices == ()
    assert network.curves["service_life"].to_list() == fit.curves["service_life"].to_list()
    assert network.curves["quantity"].unique().to_list() == [200.0]
    assert pl.read_csv(tmp_path / "corrections.csv").height == len(fit.curves)
    assert pl.read_csv(tmp_path / "residuals.csv")["residual"].to_list() == fit.first_round["residual"].to_list()
    assert not any("cost_model" in notice for notice in fit.notices)
    assert any("cost_model" in notice for notice in fit_curves(rounds.drop("cost_model")).notices)
    assert pl.read_csv(tmp_path / "base_curves.csv")["service_life"].to_list() == fit.base["service_life"].to_list()
    bridges, costs = pl.read_csv(tmp_path / "bridges.csv"), pl.read_csv(tmp_path / "costs.csv")
    assert Network.from_tables(bridges=bridges, curves=fit.to_frame(), costs=costs).fingerprint == network.fingerprint


def test_a_figure_shows_every_base_curve() -> None:
    pytest.importorskip("matplotlib").use("agg")
    fit = fit_curves(noisy(8))
    axes = fit.plot()
    assert [line.get_label() for line in axes.lines] == ["girder, crack", "slab, crack"]
    assert [line.get_xdata()[-1] for line in axes.lines] == fit.base["service_life"].to_list()
