"""The scatter of ratings that was estimated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.deterioration.estimate import text_table


@dataclass(frozen=True, eq=False, repr=False)
class ScatterFit:
    """How ratings of one member scatter, estimated by :func:`nagamochi.deterioration.fit_scatter`.

    Parameters
    ----------
    estimates : polars.DataFrame
        A row for each parameter: parameter, estimate, low, high (its interval), in health points (5 as new .. 1).
        sigma is the standard deviation of the error of each rating; round_scatter that of the error that all ratings
        of a bridge by one team share; bias the mean error, positive where ratings are better than the truth.
    differences : pl.DataFrame
        A row for each difference between the first rating and the second (or the truth), in health points: difference,
        observed and expected pairs.
    confidence : float
        Probability with which an interval covers the true value.
    step : float
        Health points from a grade to the next, as the ratings are given or were rounded.
    n_pairs : int
    n_bridges : int or None
        Bridges whose teams shared an error; None where that was not asked for.
    log_likelihood : float
    converged : bool
    notices : tuple of str
        What the user should know about the data and the estimate.
    """

    estimates: pl.DataFrame
    differences: pl.DataFrame
    confidence: float
    step: float
    n_pairs: int
    n_bridges: int | None
    log_likelihood: float
    converged: bool
    notices: tuple[str, ...]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {value:.3f}" for name, value, *_ in self.estimates.rows())
        return f"<ScatterFit to {self.n_pairs:,} pairs: {shown}, {len(self.notices)} notices>"

    @property
    def sigma(self) -> float:
        """Standard deviation of the error of each rating, in health points."""
        return self._found["sigma"]

    @property
    def round_scatter(self) -> float:
        """Standard deviation of the error that ratings of a bridge by one team share; 0 where not asked for."""
        return self._found.get("round_scatter", 0.0)

    @property
    def bias(self) -> float | None:
        """Mean error; None where the true health is unknown."""
        return self._found.get("bias")

    def to_frame(self) -> pl.DataFrame:
        """Return ``estimates``."""
        return self.estimates

    def summary(self) -> str:
        """Return the estimates, observed and expected differences, and notices as text."""
        bridges = "" if self.n_bridges is None else f" of {self.n_bridges:,} bridges"
        converged = "" if self.converged else ", NOT CONVERGED"
        interval = f"{self.confidence:.0%} interval from {{}} to {{}}".replace("%", " %")
        return "\n".join(
            [
                f"Scatter of ratings in health points (5 as new .. 1): {self.n_pairs:,} pairs{bridges}, "
                f"in steps of {self.step:g}",
                f"log-likelihood {self.log_likelihood:,.3f}{converged}",
                "",
                *(
                    f"{name:<14} {value:>8.3f}  {interval.format(f'{low:.3f}', f'{high:.3f}')}"
                    for name, value, low, high in self.estimates.rows()
                ),
                "",
                *text_table(self.differences, "{:>10.2f} {:>8} {:>8.1f}", "{:>10} {:>8} {:>8}"),
                *(["", *(f"- {notice}" for notice in self.notices)] if self.notices else []),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fit for programs."""
        refuse_lost_threads()
        return {
            "estimates": self.estimates.to_dicts(),
            "confidence": self.confidence,
            "step": self.step,
            "pairs": self.n_pairs,
            "bridges": self.n_bridges,
            "log_likelihood": self.log_likelihood,
            "converged": self.converged,
            "notices": list(self.notices),
        }

    def write(self, folder: str | Path) -> None:
        """Write estimates.csv, differences.csv and scatter_summary.txt."""
        with replacing_files(Path(folder)) as files:
            files.write_table("estimates.csv", self.estimates)
            files.write_table("differences.csv", self.differences)
            files.write_text("scatter_summary.txt", f"{self.summary()}\n")

    @property
    def _found(self) -> dict[str, float]:
        return dict(self.estimates.select("parameter", "estimate").iter_rows())
