"""Inspections of bridges as a whole, for `fit_curves`, from their Bridge Condition Index (BCI)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

AS_NEW = 100.0
END_OF_SERVICE = 40.0
HEALTH_PER_BCI = 4.0 / (AS_NEW - END_OF_SERVICE)
REHABILITATION_SHOWS_WITHIN = 4  # years


@dataclass(frozen=True)
class BciInspections:
    """Ratings in the form of inspections.

    Parameters
    ----------
    table : polars.DataFrame
        bridge_id, member ("bridge"), damage ("BCI"), year, health, year_built, restored_year, restored_health: what
        `nagamochi.deterioration.fit_curves` reads.
    restored_bci : float
        Mean BCI that major rehabilitations restored; 100 where none shows.
    rehabilitations : int
        Rehabilitations that it comes from.
    undated : int
        Ratings left out: their bridge was built since, or is of unknown age and not rehabilitated before.
    """

    table: pl.DataFrame
    restored_bci: float
    rehabilitations: int
    undated: int


def health(bci: pl.Expr) -> pl.Expr:
    """Return the health of a BCI: 5 at 100, 1 at 40 and below, linear in between.

    Parameters
    ----------
    bci : polars expression, 0..100

    Returns
    -------
    polars expression, 1..5
    """
    return (5.0 - HEALTH_PER_BCI * (AS_NEW - bci)).clip(1.0)


def bci_inspections(bridges: pl.DataFrame, ratings: pl.DataFrame) -> BciInspections:
    """Return ratings since construction as inspections; every major rehabilitation restores the same BCI.

    That BCI is the mean of the first ratings within 4 years after a major rehabilitation.

    Parameters
    ----------
    bridges : polars.DataFrame
        structure_id, year_built and last_major_rehab (years, may be null).
    ratings : polars.DataFrame
        structure_id, year, bci (no marks of missing values).

    Returns
    -------
    BciInspections
    """
    dated = bridges.select("structure_id", "year_built", "last_major_rehab")
    rated = ratings.join(dated, on="structure_id").sort("structure_id", "year")
    rehabilitated = (pl.col("year") > pl.col("last_major_rehab")).fill_null(False)
    used = rated.filter(rehabilitated | (pl.col("year") > pl.col("year_built")))
    first = used.filter(rehabilitated).group_by("structure_id", maintain_order=True).first()
    shown = first.filter(pl.col("year") - pl.col("last_major_rehab") <= REHABILITATION_SHOWS_WITHIN)["bci"].to_list()
    restored_bci = sum(shown) / len(shown) if shown else AS_NEW
    table = used.select(
        "year",
        "year_built",
        bridge_id="structure_id",
        member=pl.lit("bridge"),
        damage=pl.lit("BCI"),
        health=health(pl.col("bci")),
        restored_year=pl.when(rehabilitated).then("last_major_rehab"),
        restored_health=pl.when(rehabilitated).then(health(pl.lit(restored_bci))),
    )
    return BciInspections(table, restored_bci, len(shown), undated=len(ratings) - len(used))
