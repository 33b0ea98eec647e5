"""Health curves from inspections: exact on made histories, against brute force on noisy ones."""

from __future__ import annotations

import io
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli import app
from nagamochi.deterioration import fit_curves
from nagamochi.errors import InvalidInput
from nagamochi.planning import Network, read_network
from oracle.curves import best_life, best_life_and_shape, own_lives, restored_first, squares

KEY = ["bridge_id", "member", "damage"]
RESTORED = ["restored_year", "restored_health"]


def health(age: float, life: float, shape: float = 2.0) -> float:
    return max(1.0, 5.0 - 4.0 * (age / life) ** shape)


def history(bridge: str, life: float, years: list[int], *, shape: float = 2.0, built: int = 1980) -> pl.DataFrame:
    """Inspections of a slab that follows its curve exactly."""
    found = [health(year - built, life, shape) for year in years]
    member = {"bridge_id": bridge, "member": "slab", "damage": "crack"}
    return pl.DataFrame(member | {"year": years, "health": found, "year_built": [built] * len(years)})


def noisy(seed: int, bridges: int = 40, restorations: bool = False) -> pl.DataFrame:
    """Two members with lives of their own and ratings that err, are repaired or renewed now and then, or restored."""
    draw = random.Random(seed)
    rows = []
    for bridge in range(bridges):
        for member, base, shape in (("slab", 60.0, 1.4), ("girder", 90.0, 2.5)):
            built, life = draw.randint(1960, 1990), base * draw.lognormvariate(0.0, 0.3)
            year = draw.randint(1995, 2000)
            restored = (None, None)
            for i in range(draw.randint(1, 6)):
                if restorations and draw.random() < 0.25:
                    restored = (year - draw.randint(0, 1 if i else 9), draw.choice([3.5, 4.5, 5.0]))
                found = min(5.0, max(1.0, health(year - built, life, shape) + draw.gauss(0.0, 0.2)))
                rows.append((f"B{bridge}", member, "crack", year, found, built, *restored))
                if draw.random() < 0.15 and not restorations:
                    built = year + 1
                year += draw.randint(2, 5)
    rounds = pl.DataFrame(rows, [*KEY, "year", "health", "year_built", *RESTORED], orient="row")
    return rounds if restorations else rounds.drop(RESTORED)


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


@pytest.mark.parametrize("prior_weight", [0, 3])
@pytest.mark.parametrize("correct", ["latest", "least squares"])
def test_lives_of_restored_curves_are_those_that_brute_force_finds(correct: Any, prior_weight: int) -> None:
    rounds = noisy(9, restorations=True)
    fit = fit_curves(
        rounds, correct=correct, shape=1.8, tolerance=0.3, bounds=(0.001, 1000.0), prior_weight=prior_weight
    )
    restored = restored_first(rounds.rows(named=True))
    first = rounds.sort("year").group_by(KEY, maintain_order=True).first().rows(named=True)
    base = {}
    for member in ("girder", "slab"):
        unrestored = [row for row in first if row["member"] == member and row["restored_year"] is None]
        seen = [(row["year"] - row["year_built"], row["health"]) for row in unrestored]
        base[member, "crack"] = (best_life(seen, 1.8), 1.8)
        found = fit.base.row(by_predicate=pl.col("member") == member, named=True)
        assert found["service_life"] == pytest.approx(base[member, "crack"][0], rel=1e-6)
        assert found["observations"] == len(seen) < 40
    expected = own_lives(rounds.rows(named=True), base, correct, tolerance=0.3, prior_weight=prior_weight)
    for row in fit.curves.rows(named=True):
        life, observations = expected[row["bridge_id"], row["member"], row["damage"]]
        assert row["service_life"] == pytest.approx(min(life, 1000 * row["base_life"]), rel=1e-5)
        assert row["observations"] == observations
    assert 5 < len(restored) < 75
    notice = f"{len(restored)} curves were restored before their first inspection: no part of base curves"
    assert notice in fit.notices


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


def test_a_restored_curve_starts_at_the_health_restored() -> None:
    peers = [history(f"peer{i}", 60.0, [2000 + i]) for i in range(5)]  # their base life is 60 years exactly
    age = 60.0 * (1.0 / 4.0) ** 0.5  # health 4 on the base curve: 30 years
    told = {"restored_year": 2000, "restored_health": 4.0}
    later = [2005, 2010]
    restored = history("restored", 60.0, later).with_columns(
        health=pl.Series([health(age + year - 2000, 60.0) for year in later]),
        **{name: pl.lit(value) for name, value in told.items()},
    )
    bare = restored.with_columns(year_built=pl.lit(None, pl.Int64))
    for rounds in (restored, bare, restored.tail(1)):
        fit = fit_curves(pl.concat([*peers, rounds], how="diagonal"))
        (curve,) = fit.curves.filter(bridge_id="restored").to_dicts()
        assert (curve["basis"], curve["repaired"]) == ("own ratings", True)
        assert curve["own_life"] == pytest.approx(60.0, rel=1e-12)
        assert fit.base["observations"].to_list() == [5]

    before = history("restored", 60.0, [1998])
    fit = fit_curves(pl.concat([*peers, before, restored], how="diagonal"))
    (curve,) = fit.curves.filter(bridge_id="restored").to_dicts()
    assert (curve["observations"], curve["repaired"], fit.base["observations"].item()) == (2, True, 6)
    assert curve["own_life"] == pytest.approx(60.0, rel=1e-12)

    once = restored.with_columns(restored_year=pl.Series([2000, None]), restored_health=pl.Series([4.0, None]))
    assert fit_curves(pl.concat([*peers, once], how="diagonal")).curves.equals(
        fit_curves(pl.concat([*peers, restored], how="diagonal")).curves
    )
    as_new = restored.with_columns(restored_health=pl.lit(None, pl.Float64))
    (curve,) = fit_curves(pl.concat([*peers, as_new], how="diagonal")).curves.filter(bridge_id="restored").to_dicts()
    assert curve["own_life"] == pytest.approx(10 / ((5 - health(age + 10, 60.0)) / 4) ** 0.5, rel=1e-12)


def test_residuals_are_those_of_the_first_inspections() -> None:
    fit = fit_curves(noisy(10))
    lives = dict(fit.base.select("member", "service_life").rows())
    for row in fit.first_round.rows(named=True):
        assert row["residual"] == pytest.approx(row["health"] - 5 + 4 * (row["age"] / lives[row["member"]]) ** 2)
    spread = fit.first_round.group_by("member").agg(sd=((pl.col("residual") ** 2).sum() / (pl.len() - 1)).sqrt())
    assert dict(spread.rows()) == pytest.approx(dict(fit.base.select("member", "residual_sd").rows()))


def test_a_repaired_member_starts_anew() -> None:
    peers = [history(f"peer{i}", 60.0, [2000 + i]) for i in range(5)]  # their base life is 60 years exactly
    before = history("repaired", 60.0, [2000, 2010])
    as_new = history("repaired", 75.0, [2015, 2020, 2025], built=2015).with_columns(year_built=pl.lit(1980, pl.Int64))
    fit = fit_curves(pl.concat([*peers, before, as_new]))
    (curve,) = fit.curves.filter(bridge_id="repaired").to_dicts()
    assert curve["service_life"] == pytest.approx(75.0, rel=1e-12)  # a repair that the rise tells
    assert (curve["repaired"], curve["observations"], curve["basis"]) == (True, 3, "own ratings")
    assert "1 curves were repaired or renewed: what was found before no longer counts" in fit.notices

    for built in (2010, 2011):  # a renewal that the year built tells
        renewed = history("repaired", 75.0, [2015, 2020, 2025], built=built)
        (curve,) = fit_curves(pl.concat([*peers, before, renewed])).curves.filter(bridge_id="repaired").to_dicts()
        assert (curve["repaired"], curve["observations"]) == (True, 3)
        assert curve["service_life"] == pytest.approx(75.0, rel=1e-12)

    half = pl.concat([*peers, before, as_new.head(1).with_columns(health=pl.lit(4.5))])
    (curve,) = fit_curves(half).curves.filter(bridge_id="repaired").to_dicts()
    assert curve["service_life"] == pytest.approx(60.0, rel=1e-12)  # one inspection since then tells no life
    assert (curve["basis"], curve["own_life"], curve["repaired"]) == ("base life", None, True)

    (found,) = before.tail(1)["health"]
    for rise, repaired in ((0.25, False), (0.251, True)):
        risen = before.tail(1).with_columns(year=pl.lit(2012, pl.Int64), health=pl.lit(found + rise))
        fit = fit_curves(pl.concat([*peers, before, risen]), tolerance=0.25)
        assert fit.curves.filter(bridge_id="repaired")["repaired"].to_list() == [repaired]
        risen = "1 inspections found a rise of at most 0.25: taken for errors of rating"
        assert (risen in fit.notices) == (not repaired)


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
    assert "1 lives were raised to 0.8 times the base life: fast slab crack" in fit.notices
    assert "2 lives were lowered to 1.2 times the base life: flat slab crack; new slab crack" in fit.notices
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


def test_health_is_that_of_the_latest_inspection_or_of_the_year_asked_for() -> None:
    rounds = pl.concat([history("a", 60.0, [2000, 2010]), history("b", 50.0, [2000, 2005])])
    assert fit_curves(rounds).curves["health"].to_list() == [health(30, 60.0), health(25, 50.0)]
    now = fit_curves(rounds, now=2020).curves["health"].to_list()
    assert now == pytest.approx([health(40, 60.0), health(40, 50.0)], rel=1e-12)
    assert fit_curves(rounds, now=2100).curves["health"].to_list() == [1.0, 1.0]
    with pytest.raises(InvalidInput, match="now: must be a finite number, at least 2010; got 2009"):
        fit_curves(rounds, now=2009)


def test_locations_have_curves_of_their_own() -> None:
    ends = [
        history("a", life, [2000, 2010]).with_columns(location=pl.lit(end))
        for end, life in (("A2", 50.0), ("A1", 70.0))
    ]
    fit = fit_curves(pl.concat(ends))
    assert fit.curves["location"].to_list() == ["A1", "A2"]
    assert fit.curves["service_life"].to_list() == pytest.approx([70.0, 50.0], rel=1e-12)
    assert fit.base["observations"].to_list() == [2]


WRONG = """bridge_id,member,damage,year,health,year_built,owner
a,slab,crack,2000,4,1980,x
a,slab,crack,2005,6,1980,x
a,slab,crack,2010,3,1960,x
b,slab,crack,2000,,1980,x
b,slab,crack,2005,3,2006,x
b,slab,crack,2005,3,1980,y
c,slab,crack,2000,3,,x
,slab,crack,2000,3,1980,x
"""


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        fit_curves(file, by=["member", "owner"])
    agree = "must agree with the curve's inspection before, within a year, or tell of a renewal since then"
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


RESTORED_WRONG = """bridge_id,member,damage,year,health,year_built,restored_year,restored_health
a,slab,crack,2000,4,1980,2001,4
a,slab,crack,2005,3,1980,2003,6
a,slab,crack,2010,3,1980,2004,4
b,slab,crack,2000,4,1980,1975,4
b,slab,crack,2005,4,1980,,4
c,slab,crack,2000,4,,,
"""


def test_restorations_that_cannot_be_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text(RESTORED_WRONG, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        fit_curves(file)
    assert str(refused.value).splitlines()[-6:] == [
        f"{file}, row 2, column restored_year: must not be after the year of the inspection; got 2001",
        f"{file}, row 3, column restored_health: must be from 1 to 5; got 6",
        f"{file}, row 4, column restored_year: must agree with the curve's inspection before, or tell of a restoration "
        "since then; got 2004",
        f"{file}, row 5, column restored_year: must not be before the curve was new; got 1975",
        f"{file}, row 6, column restored_health: must be empty where restored_year is; got 4",
        f"{file}, row 7, column year_built: must not be empty where restored_year is; got an empty cell",
    ]


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
    file.write_text(JAPANESE.replace("2020-4-1", "令和2年"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="row 3, column year: must be a number; got 令和2年"):
        fit_curves(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"health": 5.0}, "inspections table, column health: must be below 5 at the first inspection .* none of slab"),
        ({"year": pl.lit(1980)}, "column health: must be below 5 at the first inspection .* an age above 0"),
        ({"health": "good"}, "inspections table, column health: must be of type number"),
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


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit", "curves", *map(str, arguments)], catch_exceptions=False)


def test_the_command_line_fits_the_same_curves(tmp_path: Path) -> None:
    file, out = tmp_path / "rounds.csv", tmp_path / "out"
    noisy(7).write_csv(file)
    options = ("--correct", "least-squares", "--shape", "fit", "--by", "member", "--now", 2030, "--json")
    more = ("--tolerance", 0.4, "--bounds", "0.9,1.1", "--prior-weight", 0.5)
    done = run(file, "--out", out, *options, *more)
    corrected = {"tolerance": 0.4, "bounds": (0.9, 1.1), "prior_weight": 0.5}
    fit = fit_curves(file, by=["member"], correct="least squares", shape="fit", now=2030, **corrected)
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert [base["service_life"] for base in told["base"]] == fit.base["service_life"].to_list()
    assert sum(told["basis"].values()) == told["curves"] == len(fit.curves)
    assert {name: told[name] for name in corrected} == corrected | {"bounds": [0.9, 1.1]}
    assert "Note: " in done.stderr
    assert pl.read_csv(out / "curves.csv")["service_life"].to_list() == fit.curves["service_life"].to_list()
    assert run(file, "--out", out).stdout == f"{fit_curves(file).summary()}\n"
    assert (out / "summary.txt").read_text(encoding="utf-8") == f"{fit_curves(file).summary()}\n"


def test_the_command_line_refuses_wrong_input(tmp_path: Path) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text(WRONG, encoding="utf-8")
    assert run(file, "--out", tmp_path / "out").exit_code == 1
    for option in (
        ("--shape", "round"),
        ("--shape", 99),
        ("--correct", "first"),
        ("--by", ""),
        ("--tolerance", -1),
        ("--bounds", 2),
        ("--bounds", "a,b"),
        ("--bounds", "2,3"),
        ("--prior-weight", -1),
    ):
        refused = run(file, "--out", tmp_path / "out", *option)
        assert refused.exit_code == 2
        assert f"Invalid value for '{option[0]}'" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_figure_shows_every_base_curve() -> None:
    pytest.importorskip("matplotlib").use("agg")
    fit = fit_curves(noisy(8))
    axes = fit.plot()
    assert [line.get_label() for line in axes.lines] == ["girder, crack", "slab, crack"]
    assert [line.get_xdata()[-1] for line in axes.lines] == fit.base["service_life"].to_list()
