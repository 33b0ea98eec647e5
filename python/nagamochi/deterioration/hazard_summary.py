"""Estimated hazards as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from nagamochi.deterioration.frailty import Frailty
    from nagamochi.deterioration.hazard_fit import HazardFit


def summarise(fit: HazardFit) -> str:
    """The coefficients, years per rating and notices of a fit, in lines of at most 120 characters."""
    return "\n".join(
        [
            *(f"WARNING: {notice}" for notice in fit.panel.warnings),
            f"Multi-stage exponential hazard, ratings {fit.scale}, {fit.n_pairs:,} pairs",
            f"log-likelihood {fit.log_likelihood:,.3f}, AIC {fit.aic:,.3f}"
            + ("" if fit.converged else ", NOT CONVERGED"),
            "",
            *_table(fit.coefficients, "{:>6} {:<24} {:>12.4f} {:>14.4f} {:>8.2f}", "{:>6} {:<24} {:>12} {:>14} {:>8}"),
            "",
            "Expected years in each rating"
            + (" at the means of the covariates" if fit.mean_covariates else "")
            + ", 95 %",
            *_table(
                fit.years_per_rating(),
                "{:>6} {:>10.4f} {:>10.2f} {:>10.2f} {:>10.2f}",
                "{:>6} {:>10} {:>10} {:>10} {:>10}",
            ),
            *(["", *_frailty(fit.frailty)] if fit.frailty else []),
            "",
            *fit.pearson_test().describe(),
            *(["", *(f"- {notice}" for notice in fit.notices)] if fit.notices else []),
        ]
    )


def _table(frame: pl.DataFrame, row: str, head: str) -> list[str]:
    return [head.format(*frame.columns), *(row.format(*cells) for cells in frame.rows())]


def _frailty(frailty: Frailty) -> list[str]:
    groups = frailty.multipliers
    shown = groups if len(groups) <= 6 else pl.concat([groups.head(3), groups.tail(3)])
    return [
        f"Groups differ in speed: gamma with mean 1 and variance {frailty.variance:.4f} "
        f"(standard error {frailty.standard_error:.4f})",
        f"Twice as many nodes of quadrature change the log-likelihood by {frailty.quadrature_error:.1e}",
        f"The fastest {'and slowest three ' if len(groups) > 6 else ''}of {len(groups):,} groups",
        *_table(shown, "{:<24} {:>8} {:>12.3f} {:>19.3f}", "{:<24} {:>8} {:>12} {:>19}"),
    ]
