"""A fit of hazards as files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nagamochi.base.folder import replacing_files

if TYPE_CHECKING:
    from nagamochi.deterioration.hazard_fit import HazardFit

FILES = ("hazards.csv", "coefficients.csv", "goodness_of_fit.csv", "multipliers.csv", "summary.txt", "model.json")


def write_hazard_fit(fit: HazardFit, folder: Path) -> None:
    """Write the tables, the summary for people and, last, the model for programs; multipliers only with a frailty."""
    with replacing_files(folder) as files:
        files.write_table("hazards.csv", fit.years_per_rating())
        files.write_table("coefficients.csv", fit.coefficients)
        files.write_table("goodness_of_fit.csv", fit.goodness_of_fit())
        if fit.frailty is None:
            files.remove("multipliers.csv")
        else:
            files.write_table("multipliers.csv", fit.frailty.multipliers)
        files.write_text("summary.txt", f"{fit.summary()}\n")
        files.write_record("model.json", describe_hazard_fit(fit))


def describe_hazard_fit(fit: HazardFit) -> dict[str, Any]:
    """The model for programs; what is not known is null."""
    return {
        "model": "multi-stage exponential hazard",
        "ratings": fit.ratings,
        "pairs": fit.n_pairs,
        "repairs": fit.repairs,
        "starting_worst": fit.panel.from_worst,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "converged": fit.converged,
        "hazards": known(fit.hazards().tolist()),
        "mean_covariates": fit.mean_covariates,
        "coefficients": [
            dict(zip(fit.coefficients.columns, known(row), strict=True)) for row in fit.coefficients.rows()
        ],
        "covariance": [known(row) for row in fit.covariance.tolist()],
        "frailty": None if fit.frailty is None else _frailty(fit),
        "pearson_statistic": (test := fit.pearson_test()).statistic,
        "pearson_p_value": known(test.p_value),
        "ratings_without_data": list(fit.without_data),
        "notices": list(fit.notices),
    }


def _frailty(fit: HazardFit) -> dict[str, Any]:
    frailty = fit.frailty
    assert frailty is not None
    return {
        "groups": len(frailty.multipliers),
        "variance": frailty.variance,
        "standard_error": known([frailty.standard_error])[0],
        "quadrature_error": frailty.quadrature_error,
    }


def known(values: Any) -> list[Any]:
    """Values for JSON, which has no infinite ones and no NaN."""
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]
