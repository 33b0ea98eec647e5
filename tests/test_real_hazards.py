"""The numbers of docs/notes/real-hazards.md, where the files of real bridges and roads are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nagamochi.deterioration import HazardFit, fit_hazards, inspection_pairs

REAL = Path(__file__).parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real lists (../shared/data) are not here")

PAIR = {"before": "before", "after": "after", "years": "years"}


def in_class(value: str, limits: list[float], *, falling: bool = False) -> pl.Expr:
    """Class of a value, 1 for the best."""
    passed = [pl.col(value) < limit if falling else pl.col(value) >= limit for limit in limits]
    return 1 + pl.sum_horizontal(passed).cast(pl.Int64)


def years(fit: HazardFit, ratings: int) -> list[float]:
    return fit.years_per_rating()["years"].head(ratings).to_list()


def test_new_york_state() -> None:
    decks = pl.read_csv(REAL / "nbi" / "ny_state_deck_history.csv.gz", schema_overrides={"structure_number": pl.String})
    pairs = inspection_pairs(decks, asset="structure_number", date="year", rating="deck_rating")
    fit = fit_hazards(pairs, **PAIR, scale=(9, 1))
    assert (decks["structure_number"].n_unique(), fit.n_pairs, fit.repairs) == (539, 13557, 0)
    assert years(fit, 3) == pytest.approx([8.8, 17.8, 32.2], abs=0.05)
    assert years(fit, 7)[3:] == pytest.approx([38.3, 167, 237, 109], abs=0.5)
    table = fit.years_per_rating()
    assert table["low"].head(7).to_list() == pytest.approx([7.4, 15.7, 26.3, 27.5, 80, 128, 15], abs=0.5)
    assert table["high"].head(7).to_list() == pytest.approx([10.6, 20.1, 39.5, 53.3, 351, 441, 770], abs=0.5)
    mixture = fit_hazards(pairs, **PAIR, scale=(9, 1), group="structure_number", frailty="gamma")
    assert mixture.frailty is not None
    assert mixture.frailty.variance == pytest.approx(0.0, abs=1e-4)


def test_san_diego() -> None:
    streets = pl.read_csv(REAL / "pavement" / "sandiego_pci.csv.gz").drop_nulls(["pci_2016", "pci_2023"])
    limits = [85, 70, 55, 40, 25, 10]
    classes = {
        name: in_class(f"pci_{year}", limits, falling=True) for name, year in (("before", 2016), ("after", 2023))
    }
    pairs = streets.with_columns(**classes, years=pl.lit(7.0))
    fit = fit_hazards(pairs, **PAIR)
    assert (len(pairs), fit.repairs) == (22892, 6334)
    assert years(fit, 6) == pytest.approx([5.9, 7.1, 4.4, 4.2, 6.4, 15.4], abs=0.05)
    risen = pairs.filter(pl.col("pci_2023") - pl.col("pci_2016") > 5)
    raised = fit_hazards(pairs.join(risen, on="seg_id", how="anti"), **PAIR).hazards() / fit.hazards() - 1
    assert (raised.min(), raised.max()) == pytest.approx((0.03, 0.11), abs=0.005)


def test_ltpp() -> None:
    visits = pl.read_csv(REAL / "pavement" / "ltpp_flexible.csv.gz", infer_schema_length=None).drop_nulls("MEAN_IRI")
    stage = ["STATE_CODE", "SHRP_ID", "CONSTRUCTION_NO"]
    visits = visits.with_columns(
        stage=pl.concat_str(stage, separator=" "),
        day=pl.col("VISIT_DATE").cast(pl.String).str.slice(0, 10),
        grade=in_class("MEAN_IRI", [1.0, 1.5, 2.0, 2.7]),
    )
    pairs = inspection_pairs(visits, asset="stage", date="day", rating="grade")
    fit = fit_hazards(pairs, **PAIR)
    assert (visits.select(stage[:2]).n_unique(), fit.n_pairs) == (250, 1448)
    assert pairs.filter(pl.col("after") < pl.col("before")).height == fit.repairs == 69
    assert years(fit, 4) == pytest.approx([6.9, 6.8, 7.1, 9.1], abs=0.05)
    table = fit.years_per_rating().head(4)
    ratios = np.concatenate([table["years"] / table["low"], table["high"] / table["years"]])
    assert 1.2 < ratios.min() < ratios.max() < 1.5
    assert fit.hazards() == pytest.approx([0.14, 0.15, 0.14, 0.11], abs=0.005)
    mixture = fit_hazards(pairs, **PAIR, group="stage", frailty="gamma")
    assert mixture.frailty is not None
    assert mixture.frailty.variance == pytest.approx(0.54, abs=0.005)
    assert mixture.frailty.standard_error == pytest.approx(0.20, abs=0.005)
    assert mixture.hazards() == pytest.approx([0.20, 0.16, 0.14, 0.11], abs=0.005)
