"""Health curves fitted to inspections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import polars.selectors as cs

from nagamochi.base.folder import replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.deterioration.curves.rounds import CURVE_KEY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ABOUT_FIT = ("base_life", "own_life", "basis", "observations", "repaired", "inspected")
SHARES = pl.DataFrame({"share": np.linspace(0.0, 1.0, 200)})  # of a life, at which a curve is drawn
BASES = ("own ratings", "lower bound", "upper bound", "base life")


@dataclass(frozen=True, eq=False, repr=False)
class HealthCurves:
    """Health curves of members, fitted by :func:`nagamochi.deterioration.fit_curves`.

    Parameters
    ----------
    base : polars.DataFrame
        One row for each base curve: its group (columns ``by``), service_life (years), shape, observations (first
        inspections), residual_sd (standard deviation of their residuals in health; null where too few).
    curves : polars.DataFrame
        One row for each curve: bridge_id, member, damage, location, health, service_life (years), curve ("power"),
        shape, as in a network's curves table (with quantity, unit and cost_model where inspections had them); and
        base_life, own_life (years, before the bounds; null where the base life is kept, infinite where health never
        fell), basis of service_life ("base life", "own ratings", "lower bound", "upper bound"), observations (since
        the last repair), repaired, inspected (year of the latest inspection).
    first_round : polars.DataFrame
        The first inspections that base curves were fitted to: bridge_id, member, damage, location, other columns of the
        group, year, age, health and residual (health found less that of the base curve, which goes on below 1).
    by : tuple of str
        Columns that identify the group.
    correct : str or None
        How own lives were corrected.
    tolerance : float
        A rise of health by more than this was treated as a repair.
    bounds : (float, float)
        Least and largest own life as a ratio to the base life.
    prior_weight : float
        Number of inspections that the base life counted as.
    notices : tuple of str
        What the user should know about the data and the fit.
    """

    base: pl.DataFrame
    curves: pl.DataFrame
    first_round: pl.DataFrame
    by: tuple[str, ...]
    correct: str | None
    tolerance: float
    bounds: tuple[float, float]
    prior_weight: float
    notices: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{len(self.curves):,} health curves, {len(self.base):,} base curves, {len(self.notices):,} notices"

    def to_frame(self) -> pl.DataFrame:
        """Return ``curves``."""
        return self.curves

    def count(self, basis: str) -> int:
        """Number of curves whose life has this basis."""
        return int((self.curves["basis"] == basis).sum())

    def summary(self) -> str:
        """Return base curves, the basis of lives and notices as text."""
        corrected = "not corrected" if self.correct is None else f"corrected by {self.correct}"
        if self.prior_weight:
            corrected += f", the base life counting as {self.prior_weight:g} inspections"
        lives = [f"{self.count(basis):,} {basis}" for basis in BASES]
        return "\n".join(
            [
                f"Health curves 5 - 4 (age / life)^shape: {len(self.curves):,} curves, {corrected}",
                "",
                f"{'base curve':<40} {'life':>8} {'shape':>6} {'observations':>12} {'residual_sd':>11}",
                *(_line(row, len(self.by)) for row in self.base.rows()),
                "",
                f"Lives: {', '.join(lives)}",
                *(["", *(f"- {notice}" for notice in self.notices)] if self.notices else []),
            ]
        )

    def describe(self) -> dict[str, Any]:
        """Return the fit for programs; an infinite own life is None."""
        refuse_lost_threads()
        at_bounds = self.curves.filter(pl.col("basis").str.ends_with("bound"))
        at_bounds = at_bounds.with_columns(pl.col("own_life").replace(float("inf"), None))
        return {
            "curves": len(self.curves),
            "correct": self.correct,
            "tolerance": self.tolerance,
            "bounds": list(self.bounds),
            "prior_weight": self.prior_weight,
            "base": self.base.to_dicts(),
            "basis": {basis: self.count(basis) for basis in BASES},
            "at_bounds": at_bounds.select(*CURVE_KEY, "service_life", "own_life", "basis").to_dicts(),
            "repaired": int(self.curves["repaired"].sum()),
            "notices": list(self.notices),
        }

    def write(self, folder: str | Path) -> None:
        """Write tables, a summary for people and curves.csv for a network folder."""
        key = ("bridge_id", "member", "damage", "location", "service_life")
        with replacing_files(Path(folder)) as files:
            files.write_table("base_curves.csv", self.base)
            files.write_table("corrections.csv", self.curves.select(*key, *ABOUT_FIT))
            files.write_table("residuals.csv", self.first_round)
            files.write_text("curves_summary.txt", f"{self.summary()}\n")
            files.write_table("curves.csv", self.curves.drop(ABOUT_FIT))

    def plot(self, ax: Axes | None = None, *, language: str = "en") -> Axes:
        """Draw the base curves and the first inspections; needs matplotlib, ``pip install nagamochi[report]``."""
        refuse_lost_threads()
        from nagamochi.report.figures.curves import draw_base_curves

        found = self.first_round.select(group_of(self.by), "age", "health")
        return draw_base_curves(base_points(self.base, self.by), found, ax, language=language)


def group_of(by: tuple[str, ...]) -> pl.Expr:
    """Return the name of a base curve's group, as column group."""
    return pl.concat_str(cs.by_name(by), separator=", ", ignore_nulls=True).alias("group")


def base_points(base: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Return points of base curves to draw: group, age (years), health."""
    points = base.select(group_of(by), "service_life", "shape").join(SHARES, how="cross")
    return points.select(
        "group",
        age=pl.col("share") * pl.col("service_life"),
        health=5.0 - 4.0 * pl.col("share") ** pl.col("shape"),
    )


def _line(row: tuple[Any, ...], n_by: int) -> str:
    name = ", ".join(str(part) for part in row[:n_by] if part is not None)
    life, shape, observations, deviation = row[n_by:]
    shown = "-" if deviation is None else f"{deviation:.3f}"
    return f"{name:<40} {life:>8.1f} {shape:>6.2f} {observations:>12,} {shown:>11}"
