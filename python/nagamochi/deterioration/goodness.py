"""Tests of models of pairs of inspections: how well they fit, and which of two nested ones is better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

LEAST_EXPECTED = 5.0  # pairs in a cell, after pooling
INTERVAL_CLASSES = 4

Row = tuple[str, str, str, int, float]


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the gain in log-likelihood of the larger of two nested models, and the probability of as much by chance."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True, eq=False, repr=False)
class PearsonTest:
    """Pearson's statistic, the sum of (observed - expected)^2 / expected over cells of rating before, after and years.

    If all pairs of a cell were alike, the statistic of a true model would lie between chi-square variables with the
    smaller and the larger number of degrees of freedom, because the coefficients are estimated from pairs, not cells
    (Chernoff and Lehmann 1954). Pairs of one cell that differ in years or covariates make it smaller. So a small
    larger p-value rejects the model; a small smaller one alone does not.

    Parameters
    ----------
    cells : polars.DataFrame
        before, after, years (classes), observed, expected, residual = (observed - expected) / sqrt(expected). Ratings
        after are pooled from the worst until at least 5 pairs are expected, or all.
    statistic : float
    degrees_of_freedom : tuple of int
        Cells minus rows of before and years, with and without the number of coefficients subtracted.
    p_value : tuple of float
        For these degrees of freedom; NaN where there are none, or no reference distribution is known.
    """

    cells: pl.DataFrame
    statistic: float
    degrees_of_freedom: tuple[int, int]
    p_value: tuple[float, float]

    def describe(self) -> list[str]:
        """Return the result as lines of text."""
        cells = f"{len(self.cells)} cells with {LEAST_EXPECTED:g} expected pairs or more, or all of their row"
        (fewer, more), (low, high) = self.degrees_of_freedom, self.p_value
        return [
            f"Goodness of fit, observed against expected pairs: Pearson statistic {self.statistic:.1f}",
            f"over {cells}",
            "no reference distribution is known for it here"
            if np.isnan(high)
            else f"chi-square with {fewer} to {more} degrees of freedom: p = {low:.3g} to {high:.3g}",
        ]

    def __repr__(self) -> str:
        (fewer, more), (low, high) = self.degrees_of_freedom, self.p_value
        return (
            f"<PearsonTest: {self.statistic:.1f} over {len(self.cells)} cells, "
            f"{fewer} to {more} degrees of freedom, p = {low:.3g} to {high:.3g}>"
        )


def pearson_test(
    counts: pl.DataFrame, n_estimated: int, names: Sequence[str], *, reference: bool = True
) -> PearsonTest:
    """Test counts: before, after (positions in names), years, observed and expected; without a reference p is NaN."""
    classes = interval_classes(counts)
    rows = list(_pooled(counts.with_columns(classes), names))
    cells = pl.DataFrame(rows, schema=["before", "after", "years", "observed", "expected"], orient="row")
    cells = cells.with_columns(residual())
    statistic = float((cells["residual"] ** 2).sum())
    more = len(cells) - cells.n_unique(["before", "years"])
    freedom = (max(more - n_estimated, 0), more)
    known = reference and more > 0
    low, high = (chi_square_tail(statistic, degrees) if known else np.nan for degrees in freedom)
    return PearsonTest(cells, statistic, freedom, (low, high))


def residual() -> pl.Expr:
    """Return (observed - expected) / sqrt(expected), null where no pair is expected."""
    expected = pl.col("expected")
    return pl.when(expected > 0).then((pl.col("observed") - expected) / expected.sqrt()).alias("residual")


def interval_classes(counts: pl.DataFrame) -> pl.Series:
    """Return years in at most four classes of about equally many pairs, like "2" or "2 to 4.5"."""
    by_years = counts.group_by("years").agg(pl.sum("observed")).sort("years")
    years, pairs = by_years["years"].to_numpy(), by_years["observed"].to_numpy()
    number = _classes(pairs)
    words = {}
    for k in range(int(number.max()) + 1):
        low, high = years[number == k][[0, -1]]
        words[k] = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    which = dict(zip(years.tolist(), number.tolist(), strict=True))
    position = counts["years"].replace_strict(which, return_dtype=pl.Int64)
    labels = pl.Enum(list(dict.fromkeys(words.values())))
    return position.replace_strict(words, return_dtype=pl.String).cast(labels).alias("years")


def _classes(pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if len(pairs) <= INTERVAL_CLASSES:
        return np.arange(len(pairs))
    middle = np.cumsum(pairs) - pairs / 2
    return np.unique((INTERVAL_CLASSES * middle / pairs.sum()).astype(np.int64), return_inverse=True)[1]


def _pooled(counts: pl.DataFrame, names: Sequence[str]) -> Iterable[Row]:
    sums = counts.group_by("before", "years", "after").agg(pl.sum("observed", "expected"))
    for (before, years), row in sums.sort("before", "years", "after").group_by("before", "years", maintain_order=True):
        for cell in _pooled_row(row):
            ends = (
                names[cell["after"][0]]
                if len(cell) == 1
                else f"{names[cell['after'][0]]} to {names[cell['after'][-1]]}"
            )
            yield names[before], ends, years, int(cell["observed"].sum()), float(cell["expected"].sum())


def _pooled_row(row: pl.DataFrame) -> list[pl.DataFrame]:
    """The cells of a row: each has enough expected pairs, unless the whole row has not."""
    cells: list[pl.DataFrame] = []
    end = len(row)
    for begin in range(end - 1, -1, -1):
        if row["expected"][begin:end].sum() >= LEAST_EXPECTED:
            cells.append(row[begin:end])
            end = begin
    if end and cells:
        cells[-1] = row[: end + len(cells[-1])]
    elif end:
        cells = [row]
    return cells[::-1]


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    """Probability of more than `statistic` (Abramowitz and Stegun 26.4.4 and 26.4.5).

    Examples
    --------
    >>> round(chi_square_tail(3.841, 1), 4), round(chi_square_tail(18.307, 10), 4)
    (0.05, 0.05)
    """
    if statistic <= 0:
        return 1.0
    if degrees_of_freedom == 0:
        return 0.0
    half = statistic / 2
    odd = degrees_of_freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else math.exp(-half)
    power = 0.5 if odd else 1.0
    while power < degrees_of_freedom / 2:
        tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        power += 1
    return min(tail, 1.0)
