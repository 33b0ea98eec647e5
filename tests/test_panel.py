"""Pairs of inspections as a fit counts them, and the memory that it takes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nagamochi.deterioration import fit_hazards

COLUMNS = {"before": "before", "after": "after", "years": "years"}
KEY = ["before", "after", "years", "group", "wet", "long"]


def made_pairs(n: int = 3000) -> pl.DataFrame:
    """Pairs of four ratings that often are equal; some improve, some start in the worst rating."""
    random = np.random.default_rng(5)
    return pl.DataFrame(
        {
            "before": random.integers(1, 5, n),
            "after": random.integers(1, 5, n),
            "years": random.choice([0.5, 2.0, 5.0], n),
            "group": random.choice(["北", "a", "b"], n),
            "wet": random.choice([-1.5, 0.0, 2.0], n),
            "long": random.integers(0, 2, n),
        }
    )


def test_equal_pairs_are_one_row_with_their_number() -> None:
    pairs = made_pairs()
    options = {"covariates": {2: ["wet"], 1: ["long", "wet"]}, "group": "group", "frailty": "gamma"}
    panel = fit_hazards(pairs, **COLUMNS, **options).panel
    improves, from_worst = pl.col("after") < pl.col("before"), (pl.col("before") == 4) & (pl.col("after") == 4)
    expected = pairs.filter(~improves & ~from_worst).group_by(KEY).len("count").sort(KEY)
    assert panel.pairs.select(*KEY, "count").sort(KEY).equals(expected.cast({"long": pl.Float64, "count": pl.Int64}))
    assert panel.repairs == pairs.filter(improves).height
    assert panel.from_worst == pairs.filter(from_worst).height
    assert panel.n_pairs + panel.repairs + panel.from_worst == len(pairs)


def test_the_order_of_the_table_does_not_matter() -> None:
    pairs = made_pairs()
    shuffled = pairs.sample(fraction=1.0, shuffle=True, seed=2)
    one, other = (fit_hazards(table, **COLUMNS, covariates={1: ["wet"]}) for table in (pairs, shuffled))
    assert one.panel.pairs.equals(other.panel.pairs)
    assert np.array_equal(one.values, other.values)
    assert np.array_equal(one.covariance, other.covariance)


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int32, pl.UInt8, pl.UInt64, pl.Float32, pl.Float64])
def test_ratings_may_be_of_any_numeric_type(dtype: type[pl.DataType]) -> None:
    pairs = made_pairs()
    typed = pairs.with_columns(pl.col("before", "after").cast(dtype), pl.col("years").cast(pl.Float32))
    assert fit_hazards(typed, **COLUMNS).panel.pairs.equals(fit_hazards(pairs, **COLUMNS).panel.pairs)


@pytest.mark.parametrize(
    ("rows", "covariates", "times_the_table"),
    [(1_000_000, {}, 0.25), (500_000, {rating: ["x", "y"] for rating in range(1, 7)}, 3.0)],
    ids=["few different pairs", "all pairs different"],
)
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system does not tell peak memory")
def test_memory_for_a_large_table(rows: int, covariates: dict[int, list[str]], times_the_table: float) -> None:
    code = f"""
from pathlib import Path
import numpy as np
import polars as pl
from nagamochi.deterioration import fit_hazards

def fit(table):
    return fit_hazards(table, before="before", after="after", years="years", covariates={covariates!r})

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))

random = np.random.default_rng(1)
before = random.integers(1, 7, {rows})
after = np.minimum(before + random.integers(0, 3, {rows}), 7)
years = random.integers(1, 8, {rows}).astype(float)
table = pl.DataFrame({{"before": before, "after": after, "years": years}})
table = table.with_columns(x=pl.Series(random.random({rows})), y=pl.Series(random.random({rows})))
table = table.select("before", "after", "years", *{["x", "y"] if covariates else []})
fit(table.head(1000))
Path("/proc/self/clear_refs").write_text("5")
held = memory("VmRSS")
found = fit(table)
print(len(found.panel.pairs), (memory("VmHWM") - held) / table.estimated_size())
"""
    ran = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    different, times = ran.stdout.split()
    assert (int(different) == rows) == bool(covariates)
    assert float(times) < times_the_table
