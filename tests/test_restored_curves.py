"""Curves that start anew: repairs that a rise tells, and restorations that the table tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from made_inspections import KEY, health, history, noisy
from nagamochi.deterioration import fit_curves
from nagamochi.errors import InvalidInput
from oracle.curves import best_life, own_lives, restored_first


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
    notice = f"curves restored before their first inspection: {len(restored)} excluded from base curves"
    assert notice in fit.notices


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


def test_a_repaired_member_starts_anew() -> None:
    peers = [history(f"peer{i}", 60.0, [2000 + i]) for i in range(5)]  # their base life is 60 years exactly
    before = history("repaired", 60.0, [2000, 2010])
    as_new = history("repaired", 75.0, [2015, 2020, 2025], built=2015).with_columns(year_built=pl.lit(1980, pl.Int64))
    fit = fit_curves(pl.concat([*peers, before, as_new]))
    (curve,) = fit.curves.filter(bridge_id="repaired").to_dicts()
    assert curve["service_life"] == pytest.approx(75.0, rel=1e-12)  # a repair that the rise tells
    assert (curve["repaired"], curve["observations"], curve["basis"]) == (True, 3, "own ratings")
    assert "curves repaired or renewed: 1; their earlier inspections are ignored" in fit.notices

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
        risen = "rises of health by at most 0.25: 1 inspections, treated as rating errors"
        assert (risen in fit.notices) == (not repaired)


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
        f"{file}, row 4, column restored_year: must agree with the curve's previous inspection, unless it was restored "
        "since then; got 2004",
        f"{file}, row 5, column restored_year: must not be before the curve was new; got 1975",
        f"{file}, row 6, column restored_health: must be empty where restored_year is; got 4",
        f"{file}, row 7, column year_built: must not be empty where restored_year is; got an empty cell",
    ]
