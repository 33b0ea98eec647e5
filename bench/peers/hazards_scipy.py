"""The same likelihood as one writes it with NumPy and SciPy: counts of equal pairs, expm of all cells at once, BFGS."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.linalg import expm
from scipy.optimize import minimize

RATINGS = 7


def count_pairs(pairs: pl.DataFrame, covariates: list[str]) -> pl.DataFrame:
    """How often each pair is there."""
    return pairs.group_by("before", "after", "years", *covariates).len("count")


def fit_counts(counts: pl.DataFrame, covariates: list[str]) -> float:
    """The largest log-likelihood, with gradients by SciPy's differences."""
    cells = counts.select("years", *covariates).unique(maintain_order=True).with_row_index("cell")
    counts = counts.join(cells, on=["years", *covariates])
    x = np.column_stack([np.ones(len(cells)), *(cells[name].to_numpy() for name in covariates)])
    years, weight = cells["years"].to_numpy(), counts["count"].to_numpy()
    index = (counts["cell"].to_numpy(), counts["before"].to_numpy() - 1, counts["after"].to_numpy() - 1)
    rating = np.arange(RATINGS - 1)

    def negative(parameters: np.ndarray) -> float:
        theta = np.exp(x @ parameters.reshape(-1, RATINGS - 1))
        q = np.zeros((len(cells), RATINGS, RATINGS))
        q[:, rating, rating], q[:, rating, rating + 1] = -theta, theta
        p = expm(q * years[:, None, None])
        return -float(weight @ np.log(np.maximum(p[index], 1e-300)))

    start = np.zeros((1 + len(covariates), RATINGS - 1))
    start[0] = -2.0
    return -float(minimize(negative, start.ravel(), method="BFGS").fun)
