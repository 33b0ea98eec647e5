"""A folder holds one kind of fit: another one is refused, and nothing of the first is lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from made_inspections import noisy
from nagamochi.deterioration import fit_curves, fit_hazards, fit_scatter
from nagamochi.errors import InvalidInput

PAIRS = pl.DataFrame({"before": [1] * 10 + [2] * 10, "after": [1] * 6 + [2] * 11 + [3] * 3, "years": 2.0})
RATED = pl.DataFrame({"rating": [3, 4, 2, 5], "again": [3, 3, 2, 4]})


def fits() -> dict[str, object]:
    return {
        "hazards": fit_hazards(PAIRS, before="before", after="after", years="years"),
        "curves": fit_curves(noisy(1)),
        "scatter": fit_scatter(RATED, rating="rating", again="again"),
    }


def test_another_kind_of_fit_is_refused(tmp_path: Path) -> None:
    for name, fit in fits().items():
        fit.write(tmp_path / name)
        fit.write(tmp_path / name)
    for name in fits():
        before = {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for other, fit in fits().items():
            if other != name:
                with pytest.raises(InvalidInput, match=f"{name}: must be a folder without a fit of {name}; got"):
                    fit.write(tmp_path / name)
        assert {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} == before


def test_a_rating_that_was_only_passed_is_named_with_its_table(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    PAIRS.with_columns(after=pl.col("after").replace(2, 3), before=pl.lit(1)).write_csv(file)
    with pytest.raises(InvalidInput, match=r"pairs\.csv, rating 2: must be found at an inspection"):
        fit_hazards(file, before="before", after="after", years="years")
