"""A multi-stage exponential hazard fitted to pairs of inspections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi import _core
from nagamochi.base import arguments, records
from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.deterioration.estimate import text_table
from nagamochi.deterioration.goodness import (
    LikelihoodRatio,
    PearsonTest,
    chi_square_tail,
    interval_classes,
    pearson_test,
    residual,
)
from nagamochi.deterioration.hazards.frailty import Frailty
from nagamochi.deterioration.hazards.model import Covariates, HazardModel
from nagamochi.deterioration.hazards.panel import Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]

SHOWN_GROUPS = 3  # the fastest and as many of the slowest


@dataclass(frozen=True, eq=False, repr=False)
class HazardFit(HazardModel):
    """Hazards of leaving each rating, estimated by :func:`nagamochi.deterioration.fit_hazards`.

    Parameters
    ----------
    names, values, covariance, log_likelihood, converged, notices, terms, mean_covariates
        As of `HazardModel`.
    panel : Panel
        The pairs used.
    frailty : Frailty or None
        How groups differ: variance and multipliers. Hazards are those of a group with multiplier 1.
    """

    panel: Panel
    frailty: Frailty | None

    @property
    def n_pairs(self) -> int:
        """Number of pairs used."""
        return self.panel.n_pairs

    @property
    def bic(self) -> float:
        """Bayesian information criterion, n_estimated log(n_pairs) - 2 log_likelihood."""
        return self._bic(self.n_pairs)

    @property
    def repairs(self) -> int:
        """Number of pairs that improve, excluded."""
        return self.panel.repairs

    @property
    def n_estimated(self) -> int:
        """Number of parameters with a finite estimate, the variance of a frailty among them."""
        return super().n_estimated + (self.frailty is not None)

    def goodness_of_fit(self) -> pl.DataFrame:
        """Compare observed pairs with those expected from rating before, years, covariates and group's multiplier.

        Returns
        -------
        polars.DataFrame
            before, after, observed, expected, residual = (observed - expected) / sqrt(expected).
        """
        sums = self._expected().group_by("before", "after").agg(pl.sum("observed", "expected")).sort("before", "after")
        return sums.with_columns(
            pl.col("before", "after").replace_strict(range(1, self.ratings + 1), self.scale.ratings),
            residual(),
        )

    def ratings_after(self) -> pl.DataFrame:
        """Compare mean ratings after with those expected, by rating before and at most four classes of years.

        Returns
        -------
        polars.DataFrame
            before, years (mean of the class), pairs, found, expected (mean ratings after).
        """
        counts, after = self._expected(), pl.col("after")
        means = (
            counts.with_columns(interval_classes(counts).alias("class"))
            .group_by("before", "class")
            .agg(
                years=(pl.col("years") * pl.col("observed")).sum() / pl.sum("observed"),
                pairs=pl.sum("observed"),
                found=(after * pl.col("observed")).sum() / pl.sum("observed"),
                expected=(after * pl.col("expected")).sum() / pl.sum("expected"),
            )
            .filter(pl.col("pairs") > 0)
            .sort("before", "class")
            .drop("class")
        )
        of_scale = [pl.Series(name, self.scale.ratings_at(means[name])) for name in ("found", "expected")]
        return means.with_columns(
            pl.col("before").replace_strict(range(1, self.ratings + 1), self.scale.ratings), *of_scale
        )

    def plot(
        self,
        x: Covariates | None = None,
        *,
        ax: Axes | None = None,
        found: pl.DataFrame | None = None,
        language: str = "en",
    ) -> Axes:
        """Draw the performance curve beside the pairs; see `HazardModel.plot`."""
        return super().plot(x, ax=ax, found=self.ratings_after() if found is None else found, language=language)

    def pearson_test(self) -> PearsonTest:
        """Test observed against expected pairs, by rating before, rating after and years.

        With a frailty, no reference distribution is known: the p-values are NaN.
        """
        names = ["", *map(str, self.scale.ratings)]
        return pearson_test(self._expected(), self.n_estimated, names, reference=self.frailty is None)

    def likelihood_ratio_test(self, other: HazardFit) -> LikelihoodRatio:
        """Test two models of the same pairs, one of which has all terms of the other.

        Where only one has a frailty, the statistic has one degree of freedom less in half of all cases, because no
        variance is below 0 (Self and Liang 1987): the p-value is that of the mixture of both distributions.

        Raises
        ------
        InvalidInput
            If the models are of different pairs, or neither contains the other.
        """
        arguments.instance("other", other, HazardFit)
        if not self.panel.same_pairs(other.panel):
            raise arguments.invalid("other", "must be fitted to the same pairs", other)
        smaller, larger = sorted((self, other), key=lambda fit: fit.n_estimated)
        if not larger.terms.contains(smaller.terms):
            raise arguments.invalid("other", "must have all terms of this model, or this all of its", other)
        if smaller.frailty is not None and larger.frailty is None:
            raise arguments.invalid("other", "must have a frailty as well, or fewer terms", other)
        statistic = 2.0 * (larger.log_likelihood - smaller.log_likelihood)
        freedom = larger.n_estimated - smaller.n_estimated
        p_value = chi_square_tail(statistic, freedom)
        if (larger.frailty is None) != (smaller.frailty is None):
            p_value = (p_value + chi_square_tail(statistic, freedom - 1)) / 2
        return LikelihoodRatio(statistic, freedom, p_value)

    def summary(self) -> str:
        """Return the estimates as text, in lines of at most 120 characters but for names and notices."""
        rows = "{:>6} {:>10.4f} {:>10.2f} {:>10.2f} {:>10.2f}"
        at_means = " at the means of the covariates" if self.mean_covariates else ""
        return "\n".join(
            [
                *(f"WARNING: {notice}" for notice in self.panel.reversed_scale),
                f"Multi-stage exponential hazard, ratings {self.scale}, {self.n_pairs:,} pairs",
                self._headline(self.n_pairs),
                "",
                *text_table(
                    self.coefficients,
                    "{:>6} {:<24} {:>12.4f} {:>14.4f} {:>8.2f}",
                    "{:>6} {:<24} {:>12} {:>14} {:>8}",
                ),
                "",
                f"Expected years in each rating{at_means}, 95 %",
                *text_table(self.years_per_rating(), rows, "{:>6} {:>10} {:>10} {:>10} {:>10}"),
                *(["", *_about_groups(self.frailty)] if self.frailty else []),
                "",
                *self.pearson_test().describe(),
                *self._bullets(shown=self.panel.reversed_scale),
            ]
        )

    def write(self, folder: str | Path) -> None:
        """Write tables, a summary for people and, last, model.json for programs; multipliers only with a frailty."""
        with replacing_files(Path(folder)) as files:
            files.write_table("hazards.csv", self.years_per_rating())
            files.write_table("coefficients.csv", self.coefficients)
            files.write_table("goodness_of_fit.csv", self.goodness_of_fit())
            files.write_table("ratings_after.csv", self.ratings_after())
            files.remove("shares_after.csv")
            if self.frailty is None:
                files.remove("multipliers.csv")
            else:
                files.write_table("multipliers.csv", self.frailty.multipliers)
            files.write_text("hazards_summary.txt", f"{self.summary()}\n")
            files.write_record("model.json", self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the fit for programs; what is unknown is None."""
        test = self.pearson_test()
        values: dict[str, Any] = records.plain(
            {
                "pairs": self.n_pairs,
                "bic": self.bic,
                "repairs": self.repairs,
                "starting_worst": self.panel.from_worst,
                "frailty": None if self.frailty is None else self.frailty.to_dict(),
                "pearson_statistic": test.statistic,
                "pearson_p_value": test.p_value,
            }
        )
        return super().to_dict() | values

    def __repr__(self) -> str:
        return (
            f"<HazardFit of {self.ratings} ratings to {self.n_pairs:,} pairs: "
            f"log-likelihood {self.log_likelihood:,.3f}, {self.n_estimated} coefficients, {len(self.notices)} notices>"
        )

    def _expected(self) -> pl.DataFrame:
        """Before, after (positions), years, observed and expected pairs."""
        refuse_lost_threads()
        starts = (
            self.panel.pairs.group_by("before", "years", "group", *self.terms.covariates)
            .agg(pl.sum("count"))
            .sort(pl.all())
        )
        every = starts.join(pl.DataFrame({"after": np.arange(1, self.ratings + 1)}), how="cross").filter(
            pl.col("after") >= pl.col("before")
        )
        everywhere = replace(self.panel, pairs=every, repairs=0, from_worst=0)
        logs = np.empty(len(every))
        _core.log_probabilities(
            panel=everywhere.core(everywhere.design, self._multiplier_of(every)),
            parameters=self._finite(),
            values=logs,
            threads=1,
        )
        key = ["before", "after", "years"]
        expected = (
            every.with_columns(expected=pl.col("count") * np.exp(logs)).group_by(key).agg(pl.sum("expected")).sort(key)
        )
        observed = self.panel.pairs.group_by(key).agg(observed=pl.sum("count"))
        return expected.join(observed, on=key, how="left", maintain_order="left").select(
            *key, pl.col("observed").fill_null(0).cast(pl.Int64), "expected"
        )

    def _multiplier_of(self, pairs: pl.DataFrame) -> float | Numbers:
        if self.frailty is None:
            return 1.0
        return pairs.join(self.frailty.multipliers, on="group", how="left", maintain_order="left")[
            "multiplier"
        ].to_numpy()

    def _finite(self) -> Numbers:
        return np.nan_to_num(self.values, nan=-np.inf, neginf=-np.inf)


def _about_groups(frailty: Frailty) -> list[str]:
    groups = frailty.multipliers
    few = len(groups) <= 2 * SHOWN_GROUPS
    shown = groups if few else pl.concat([groups.head(SHOWN_GROUPS), groups.tail(SHOWN_GROUPS)])
    return [
        f"Groups differ in speed: gamma with mean 1 and variance {frailty.variance:.4f} "
        f"(standard error {frailty.standard_error:.4f})",
        f"Twice as many nodes of quadrature change the log-likelihood by {frailty.quadrature_error:.1e}",
        f"{'All' if few else 'The three fastest and the three slowest of'} {len(groups):,} groups",
        *text_table(shown, "{:<24} {:>8} {:>12.3f} {:>19.3f}", "{:<24} {:>8} {:>12} {:>19}"),
    ]
