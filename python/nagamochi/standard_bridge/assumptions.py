"""Values assumed where an inventory has none; importers record them in ASSUMPTIONS.md."""

from __future__ import annotations

import polars as pl

RESTORED_BELOW = 2.5
STEEL_FROM_SPAN_M = 25.0
LONGEST_ASSUMED_SPAN_M = 40.0
JOINTLESS_UP_TO_M = 10.0


def assumed_spans(length_m: pl.Expr) -> pl.Expr:
    """Return the fewest equal spans of at most 40 m.

    Parameters
    ----------
    length_m : polars expression, m

    Returns
    -------
    polars expression, number of spans
    """
    return (length_m / LONGEST_ASSUMED_SPAN_M).ceil().cast(pl.Int64)


def assumed_material(span_m: pl.Expr) -> pl.Expr:
    """Return steel for spans of at least 25 m, concrete otherwise.

    Parameters
    ----------
    span_m : polars expression, m

    Returns
    -------
    polars expression, "steel" or "concrete"
    """
    return pl.when(span_m >= STEEL_FROM_SPAN_M).then(pl.lit("steel")).otherwise(pl.lit("concrete"))


def assumed_structure(length_m: pl.Expr, material: pl.Expr) -> pl.Expr:
    """Return slab for concrete bridges of at most 10 m, jointless girder for steel ones, girder for longer bridges.

    Parameters
    ----------
    length_m : polars expression, m
    material : polars expression, "steel" or "concrete"

    Returns
    -------
    polars expression, "slab", "jointless girder" or "girder"
    """
    short = pl.when(material == "steel").then(pl.lit("jointless girder")).otherwise(pl.lit("slab"))
    return pl.when(length_m <= JOINTLESS_UP_TO_M).then(short).otherwise(pl.lit("girder"))


def aged_health(age: pl.Expr, service_life: pl.Expr, shape: pl.Expr) -> pl.Expr:
    """Return the health of a member of known age on its power curve.

    The member is assumed to have been restored to 5 whenever it reached health 2.5.

    Parameters
    ----------
    age, service_life : polars expressions, years
    shape : polars expression, exponent of the power curve

    Returns
    -------
    polars expression, health between 2.5 and 5

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi.standard_bridge import aged_health
    >>> ages = pl.DataFrame({"age": [0.0, 20.0, 40.0], "service_life": [40.0, 40.0, 40.0], "shape": [2.0, 2.0, 2.0]})
    >>> ages.select(aged_health(pl.col("age"), pl.col("service_life"), pl.col("shape")).round(2)).to_series().to_list()
    [5.0, 4.0, 4.82]
    """
    restored_at = service_life * ((5.0 - RESTORED_BELOW) / 4.0) ** (1.0 / shape)
    return 5.0 - 4.0 * ((age % restored_at) / service_life) ** shape


def health_after(rated: pl.Expr, years: pl.Expr, service_life: pl.Expr, shape: pl.Expr) -> pl.Expr:
    """Return the health of a member some years after it was rated, on its power curve and without repairs.

    Parameters
    ----------
    rated : polars expression, health from 1 to 5
    years : polars expression, years since the rating, at least 0
    service_life : polars expression, years
    shape : polars expression, exponent of the power curve

    Returns
    -------
    polars expression, health between 1 and 5; exactly `rated` after 0 years

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi.standard_bridge import health_after
    >>> curve = pl.lit(40.0), pl.lit(2.0)
    >>> [round(pl.select(health_after(pl.lit(4.0), pl.lit(years), *curve)).item(), 2) for years in (0, 5, 30)]
    [4.0, 3.44, 1.0]
    """
    age = service_life * ((5.0 - rated) / 4.0) ** (1.0 / shape)
    aged = (5.0 - 4.0 * ((age + years) / service_life) ** shape).clip(1.0)
    return pl.when(years > 0).then(aged).otherwise(rated)
