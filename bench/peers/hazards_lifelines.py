"""Hazards with lifelines, one rating at a time: an exponential life of each rating, censored by inspections.

A pair that starts in a rating tells only whether it was left within the years. What pairs that pass a rating tell about
it is lost: estimates are consistent, but less precise than those of the whole likelihood; with two ratings they agree.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from lifelines import ExponentialFitter


def fit_each_rating(pairs: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Hazards of the ratings that pairs start in, but for the worst, and their standard errors."""
    lives = pairs.select("before", "years", left=pl.col("after") > pl.col("before")).group_by(pl.all()).len("count")
    worst = pairs["after"].max()
    fits = [
        fit_life(of_rating)
        for _, of_rating in lives.filter(pl.col("before") < worst)
        .sort(pl.all())
        .group_by("before", maintain_order=True)
    ]
    return np.array([hazard for hazard, _ in fits]), np.array([error for _, error in fits])


def fit_life(lives: pl.DataFrame) -> tuple[float, float]:
    years, left = lives["years"].to_numpy(), lives["left"].to_numpy()
    lower, upper = np.where(left, 0.0, years), np.where(left, years, np.inf)
    fit = ExponentialFitter().fit_interval_censoring(lower, upper, weights=lives["count"].to_numpy().astype(float))
    mean = float(fit.lambda_)
    return 1.0 / mean, float(fit.summary.loc["lambda_", "se(coef)"]) / mean**2
