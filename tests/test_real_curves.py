"""The numbers of docs/notes/real-curves.md, by the block of Python on that page, where Ontario's files are."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nagamochi import importers
from nagamochi.deterioration import HealthCurves, fit_curves
from nagamochi.importers.ontario import PRIOR_WEIGHT

PROJECT = Path(__file__).parents[1]
ONTARIO = PROJECT.parent / "shared" / "data" / "nbi"
PAGE = PROJECT / "docs" / "notes" / "real-curves.md"

pytestmark = pytest.mark.skipif(not ONTARIO.exists(), reason="the real lists (../shared/data) are not here")

RISE = 2 / 15
POINTS = 15  # BCI points of a health of 1


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The names that the page's block defines."""
    block = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert block is not None
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        exec(compile(block[1], PAGE, "exec"), names)
    return names


@pytest.fixture(scope="module")
def rounds(page: dict[str, Any]) -> pl.DataFrame:
    return page["inspections"](2013)


def base(rounds: pl.DataFrame, shape: Any = 0.6) -> dict[str, Any]:
    return fit_curves(rounds, shape=shape, correct=None, tolerance=RISE).base.row(0, named=True)


def test_the_data_are_as_counted(page: dict[str, Any], rounds: pl.DataFrame) -> None:
    assert (len(page["listed"]), len(page["history"])) == (1916, 11936)
    assert page["history"].filter(bci=0).height == 155
    assert (len(rounds), rounds["bridge_id"].n_unique()) == (11228, 1901)
    restored = rounds["restored_health"].drop_nulls().unique()
    assert 100 - POINTS * (5 - restored.item()) == pytest.approx(76.7, abs=0.05)
    assert (page["ratings"]["bci"] < 40).mean() == pytest.approx(0.01, abs=0.002)


@pytest.mark.parametrize(
    ("told", "observations", "life", "fitted"),
    [
        ("restored", 1348, 122.9, (0.56, 136)),
        ("left out", 931, 113.1, (0.58, 120)),
        ("as new", 1733, 82.7, (0.23, 849)),
        ("not told", 1901, 139.5, (0.50, 185)),
    ],
)
def test_base_curves_depend_on_how_rehabilitations_are_told(
    page: dict[str, Any],
    rounds: pl.DataFrame,
    told: str,
    observations: int,
    life: float,
    fitted: tuple[float, float],
) -> None:
    rounds = {"restored": lambda: rounds, "left out": _without, "as new": _renewed, "not told": _untold}[told](
        *([] if told == "restored" else [rounds, page["listed"]])
    )
    curve, free = base(rounds), base(rounds, "fit")
    assert (curve["observations"], free["observations"]) == (observations, observations)
    assert curve["service_life"] == pytest.approx(life, abs=0.06)
    assert free["shape"] == pytest.approx(fitted[0], abs=0.006)
    assert free["service_life"] == pytest.approx(fitted[1], abs=0.6)
    if told == "restored":
        assert curve["residual_sd"] == pytest.approx(0.73, abs=0.006)


def _without(rounds: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    ever = listed.filter(pl.col("last_major_rehab").is_not_null())["structure_id"]
    return rounds.filter(~pl.col("bridge_id").is_in(ever.to_list()))


def _renewed(rounds: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    start = pl.coalesce("last_major_rehab", "year_built")
    started = rounds.join(listed.select(bridge_id="structure_id", start=start), on="bridge_id")
    started = started.filter(pl.col("year") > pl.col("start")).with_columns(year_built="start")
    return started.drop("restored_year", "restored_health", "start")


def _untold(rounds: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    return rounds.drop("restored_year", "restored_health").drop_nulls("year_built")


def later(page: dict[str, Any], last_year: int, years: tuple[int, int], risen: bool = False) -> pl.DataFrame:
    """Ratings of these years, with the last one up to a year, of bridges not rehabilitated or repaired in between."""
    found = pl.col("year") <= last_year
    health = (5 - (100 - pl.col("bci")) / POINTS).clip(1)
    rated = page["ratings"].with_columns(health=health).sort("year")
    last = rated.filter(found).group_by("structure_id", maintain_order=True).last()
    last = last.select("structure_id", last="health", last_rated="year")
    start = page["listed"].select("structure_id", start=pl.coalesce("last_major_rehab", "year_built"))
    both = rated.filter(pl.col("year").is_between(*years)).join(last, on="structure_id").join(start, on="structure_id")
    both = both.filter(pl.col("last_rated") > pl.col("start")).rename({"structure_id": "bridge_id"})
    return both if risen else both.filter(pl.col("health") - pl.col("last") <= RISE + 1e-9)


def error(rounds: pl.DataFrame, later: pl.DataFrame, **how: Any) -> float:
    """Root mean square, in BCI points, of what curves from these inspections foretell."""
    parts = [
        found.join(
            fit_curves(rounds, shape=0.6, tolerance=RISE, now=year, **how).curves.select("bridge_id", told="health"),
            on="bridge_id",
        )
        for (year,), found in later.group_by("year")
    ]
    foretold = pl.concat(parts)
    assert len(foretold) == len(later)
    return POINTS * math.sqrt(((foretold["told"] - foretold["health"]) ** 2).mean())


@pytest.mark.parametrize(
    ("last_year", "years", "ratings", "unchanged", "by_base", "by_weight"),
    [
        (2006, (2010, 2011), 1066, 4.82, 3.70, {0: 4.00, 1: 3.74, 2: 3.72, 10: 3.70}),
        (2008, (2012, 2013), 1224, 4.01, 3.19, {0: 3.43, 1: 3.21, 2: 3.20, 10: 3.19}),
    ],
)
def test_ratings_held_out_are_foretold_as_the_page_says(
    page: dict[str, Any],
    last_year: int,
    years: tuple[int, int],
    ratings: int,
    unchanged: float,
    by_base: float,
    by_weight: dict[int, float],
) -> None:
    held_out, known = later(page, last_year, years), page["inspections"](last_year)
    assert len(held_out) == ratings
    still = POINTS * math.sqrt(((held_out["last"] - held_out["health"]) ** 2).mean())
    assert still == pytest.approx(unchanged, abs=0.006)
    of_base = error(known, held_out, correct=None)
    assert of_base == pytest.approx(by_base, abs=0.006)
    own = {w: error(known, held_out, correct="least squares", prior_weight=w) for w in by_weight}
    assert own == pytest.approx(by_weight, abs=0.006)
    assert min(own.values()) > of_base - 0.01
    if last_year == 2006:
        assert min(w for w in own if own[w] < 1.01 * of_base) == PRIOR_WEIGHT


def test_rehabilitations_taken_for_new_foretell_worse(page: dict[str, Any]) -> None:
    held_out, known = later(page, 2008, (2012, 2013)), page["inspections"](2008)
    known = _renewed(known, page["listed"])
    held_out = held_out.join(known.select("bridge_id").unique(), on="bridge_id", how="semi")
    assert error(known, held_out, correct=None) == pytest.approx(3.7, abs=0.06)
    assert error(known, held_out, correct="least squares") == pytest.approx(4.4, abs=0.06)


def test_repaired_bridges_are_not_foretold(page: dict[str, Any]) -> None:
    held_out = later(page, 2008, (2012, 2013), risen=True)
    assert (len(held_out), held_out.filter(pl.col("health") - pl.col("last") > RISE + 1e-9).height) == (1350, 126)
    how = {"correct": "least squares", "prior_weight": 2}
    assert error(page["inspections"](2008), held_out, **how) == pytest.approx(5.3, abs=0.06)


def test_bridges_rise_where_they_were_low(rounds: pl.DataFrame) -> None:
    after = {name: pl.col(name).shift(-1).over("bridge_id") for name in ("year", "health", "restored_year")}
    pairs = rounds.sort("bridge_id", "year").with_columns(
        bci=100 - POINTS * (5 - pl.col("health")),
        rise=POINTS * (after["health"] - pl.col("health")),
        years=after["year"] - pl.col("year"),
        unrestored=after["restored_year"].eq_missing(pl.col("restored_year")),
    )
    pairs = pairs.filter("unrestored", pl.col("years").is_not_null())
    risen = pl.col("rise") > 2 + 1e-9
    assert (len(pairs), pairs.filter(risen).height) == (9078, 1131)
    by_class = pairs.group_by((pl.col("bci") / 10 + 1e-9).floor().clip(5, 8)).agg(
        rises=risen.mean(), falls=(-pl.col("rise") / pl.col("years")).filter(~risen).mean()
    )
    by_class = by_class.sort("bci", descending=True)
    assert by_class["rises"].to_list() == pytest.approx([0.05, 0.07, 0.25, 0.40], abs=0.006)
    assert by_class["falls"].to_list() == pytest.approx([3.5, 0.5, 0.6, 0.9], abs=0.06)


def test_older_bridges_are_those_that_lasted(rounds: pl.DataFrame) -> None:
    older = pl.when(pl.col("year_built") < 1970).then(pl.lit("old")).otherwise(pl.lit("middle"))
    era = pl.when(pl.col("year_built") < 1990).then(older).otherwise(pl.lit("young"))
    built = rounds.drop_nulls("year_built").with_columns(era=era)
    found = fit_curves(built, by=["era"], shape=0.6, tolerance=RISE).base
    lives = {row["era"]: row["service_life"] for row in found.rows(named=True)}
    assert lives == pytest.approx({"old": 128, "middle": 117, "young": 113}, abs=0.6)


def test_the_importer_has_the_curves_of_the_page(page: dict[str, Any], tmp_path: Path) -> None:
    files = ONTARIO / "ontario_inventory.csv.gz", ONTARIO / "ontario_bci_history.csv.gz"
    importers.import_list(files, tmp_path)
    fit: HealthCurves = page["fit"]
    lives = pl.read_csv(tmp_path / "service_lives.csv", schema_overrides={"bridge_id": pl.String})
    both = lives.join(fit.curves.select("bridge_id", on_page="service_life"), on="bridge_id")
    assert len(both) == len(fit.curves)
    assert both["service_life"].to_list() == pytest.approx(both["on_page"].to_list(), abs=0.3)
