"""Estimated hazards of competing damage types as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from nagamochi.deterioration.competing_fit import CompetingFit


def summarise(fit: CompetingFit) -> str:
    """The hazards, what follows each state, the goodness of fit and the notices."""
    hazards = fit.hazard_table().with_columns(standard_error=fit.standard_error)
    return "\n".join(
        [
            *(f"WARNING: {notice}" for notice in fit.panel.warnings),
            f"Competing hazards, ratings {fit.scale} with {len(fit.types)} types of damage, {fit.n_pairs:,} pairs",
            f"log-likelihood {fit.log_likelihood:,.3f}, AIC {fit.aic:,.3f}"
            + ("" if fit.converged else ", NOT CONVERGED"),
            "",
            "Hazards per year, 95 %; standard errors are of their logarithms. Another type has its hazard times the",
            "change of type",
            f"{'rating':>6} {'type':<24} {'estimate':>10} {'low':>10} {'high':>10} {'standard_error':>14}",
            *(
                f"{'' if rating is None else rating:>6} {damage[:24]:<24} {estimate:>10.4f} {low:>10.4f} {high:>10.4f} "
                f"{error:>14.4f}"
                for rating, damage, estimate, low, high, error in hazards.rows()
            ),
            *([] if np.isnan(fit.coefficient).any() else ["", *_followers(fit.years_per_state())]),
            "",
            *fit.pearson_test().describe(),
            *(["", *(f"- {notice}" for notice in fit.notices)] if fit.notices else []),
        ]
    )


def _followers(table: pl.DataFrame) -> list[str]:
    ends = table.columns[3:]
    return [
        "Expected years in each state, and the likeliest type to come next",
        f"{'rating':>6} {'type':<24} {'years':>10} {'next':<24} {'probability':>11}",
        *(
            f"{rating:>6} {(damage or '')[:24]:<24} {years:>10.2f} "
            f"{ends[int(np.argmax(shares))].removeprefix('to ')[:24]:<24} {max(shares):>11.3f}"
            for rating, damage, years, *shares in table.rows()
        ),
    ]
