"""Competing hazards fitted to pairs of inspections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from nagamochi.base import records
from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.deterioration.competing.model import CompetingModel
from nagamochi.deterioration.competing.panel import CompetingPanel
from nagamochi.deterioration.competing.states import SOUND
from nagamochi.deterioration.goodness import PearsonTest, interval_classes, pearson_test, residual

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = {"found": pl.Float64, "expected": pl.Float64}


@dataclass(frozen=True, eq=False, repr=False)
class CompetingFit(CompetingModel):
    """Hazards of damage types that compete, estimated by :func:`nagamochi.deterioration.fit_competing_hazards`.

    Parameters
    ----------
    names, values, covariance, log_likelihood, converged, notices, system
        As of `CompetingModel`.
    panel : CompetingPanel
        The pairs used.
    """

    panel: CompetingPanel

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

    def goodness_of_fit(self) -> pl.DataFrame:
        """Compare observed pairs with those expected from state before and years.

        Returns
        -------
        polars.DataFrame
            before, after (names of states), observed, expected, residual = (observed - expected) / sqrt(expected).
        """
        sums = self._expected().group_by("before", "after").agg(pl.sum("observed", "expected")).sort("before", "after")
        return sums.with_columns(
            pl.col("before", "after").replace_strict(range(len(self.states)), self.states),
            residual(),
        )

    def shares_after(self) -> pl.DataFrame:
        """Compare what became of sound members with what was expected, by at most four classes of years.

        Returns
        -------
        polars.DataFrame
            years (mean of the class), pairs, condition ("sound" or a type), found, expected (shares of the pairs).
        """
        sound = self._expected().filter(pl.col("before") == 0)
        if sound.is_empty():
            return pl.DataFrame(schema={"years": pl.Float64, "pairs": pl.Int64, "condition": pl.String, **SHARES})
        conditions = (SOUND, *self.types)
        number = pl.when(pl.col("after") == 0).then(0).otherwise(1 + (pl.col("after") - 1) % len(self.types))
        sums = sound.with_columns(interval_classes(sound).alias("class"), number=number)
        classes = pl.DataFrame({"class": sums["class"].unique()}).join(
            pl.DataFrame({"number": range(len(conditions)), "condition": conditions}), how="cross"
        )
        of_class = sums.group_by("class").agg(
            years=(pl.col("years") * pl.col("observed")).sum() / pl.sum("observed"), pairs=pl.sum("observed")
        )
        counts = sums.group_by("class", "number").agg(pl.sum("observed", "expected"))
        return (
            classes.join(of_class, on="class")
            .join(counts, on=["class", "number"], how="left")
            .sort("class", "number")
            .select(
                *("years", "pairs", "condition"),
                found=pl.col("observed").fill_null(0) / pl.col("pairs"),
                expected=pl.col("expected").fill_null(0.0) / pl.col("pairs"),
            )
        )

    def plot(
        self,
        years: float | None = None,
        *,
        ax: Axes | None = None,
        found: pl.DataFrame | None = None,
        language: str = "en",
    ) -> Axes:
        """Draw the probabilities of a new member's conditions beside what was found; see `CompetingModel.plot`."""
        return super().plot(years, ax=ax, found=self.shares_after() if found is None else found, language=language)

    def pearson_test(self) -> PearsonTest:
        """Test observed against expected pairs, by state before, state after and years."""
        return pearson_test(self._expected(), self.n_estimated, self.states)

    def summary(self) -> str:
        """Return the estimates as text."""
        table = self.hazard_table().with_columns(standard_error=self.standard_errors)
        return "\n".join(
            [
                *(f"WARNING: {notice}" for notice in self.panel.reversed_scale),
                f"Competing hazards, ratings {self.scale} with {len(self.types)} types of damage, "
                f"{self.n_pairs:,} pairs",
                self._headline(self.n_pairs),
                "",
                "Hazards per year, 95 %; standard errors are of their logarithms. The hazard of a type other than the",
                "one that is there is multiplied by the change of type",
                f"{'rating':>6} {'type':<24} {'estimate':>10} {'low':>10} {'high':>10} {'standard_error':>14}",
                *(
                    f"{'' if rating is None else rating:>6} {damage[:24]:<24} {estimate:>10.4f} {low:>10.4f} "
                    f"{high:>10.4f} {error:>14.4f}"
                    for rating, damage, estimate, low, high, error in table.rows()
                ),
                *([] if np.isnan(self.values).any() else ["", *_followers(self.years_per_state())]),
                "",
                *self.pearson_test().describe(),
                *self._bullets(shown=self.panel.reversed_scale),
            ]
        )

    def write(self, folder: str | Path) -> None:
        """Write tables, a summary for people and, last, model.json for programs."""
        with replacing_files(Path(folder)) as files:
            files.write_table("hazards.csv", self.hazard_table())
            files.write_table("coefficients.csv", self.coefficients)
            files.write_table("goodness_of_fit.csv", self.goodness_of_fit())
            files.write_table("shares_after.csv", self.shares_after())
            files.remove("multipliers.csv", "ratings_after.csv")
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
                "changed_at_the_same_rating": self.panel.changed,
                "starting_worst": self.panel.from_worst,
                "pearson_statistic": test.statistic,
                "pearson_p_value": test.p_value,
            }
        )
        return super().to_dict() | values

    def __repr__(self) -> str:
        return (
            f"<CompetingFit of {self.ratings} ratings and {len(self.types)} types to {self.n_pairs:,} pairs: "
            f"log-likelihood {self.log_likelihood:,.3f}, {self.n_estimated} coefficients, {len(self.notices)} notices>"
        )

    def _expected(self) -> pl.DataFrame:
        """Before, after (numbers of states), years, observed, expected."""
        refuse_lost_threads()
        counts = self.panel.counts
        expected = counts.sum(axis=2, keepdims=True) * self._transitions(self.panel.years, known=False)
        k, before, after = np.nonzero(np.broadcast_to(counts.sum(axis=2, keepdims=True), counts.shape))
        reached = self.system.reaches[before, after]
        k, before, after = k[reached], before[reached], after[reached]
        return pl.DataFrame(
            {
                "before": before,
                "after": after,
                "years": self.panel.years[k],
                "observed": counts[k, before, after].astype(np.int64),
                "expected": expected[k, before, after],
            }
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
