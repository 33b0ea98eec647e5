"""Which member of which bridge is repaired when, how and at what cost."""

from __future__ import annotations

import polars as pl

from nagamochi import _core
from nagamochi.network import Network
from nagamochi.planning.outcome import Repairs


def tabulate_works(network: Network, repairs: Repairs, reasons: pl.Series) -> pl.DataFrame:
    """One row per item of a repaired curve, by year, bridge and curve; see :attr:`NetworkPlan.works`."""
    works = pl.DataFrame(repairs._asdict()).drop("cost").with_columns(reason=reasons).sort("year", "curve")
    works = works.join(network.items, on="curve", maintain_order="left_right")
    works = works.join(_curves(network), on="curve", how="left", maintain_order="left")
    works = works.with_columns(knot=(pl.col("health_found") + _core.level_tolerance).floor())
    works = works.join(_knots(network.costs), on=["cost_model", "knot"], how="left", maintain_order="left")
    unit_cost = pl.col("unit_cost") + pl.col("rise") * (pl.col("health_found") - pl.col("knot"))
    return works.select(
        "year",
        "bridge_id",
        "name",
        "member",
        "damage",
        "location",
        "item",
        "method",
        "health_found",
        "quantity",
        unit=pl.coalesce("model_unit", pl.when(pl.col("item").is_null()).then("unit")),
        cost=pl.col("quantity") * unit_cost,
        reason="reason",
    )


def _curves(network: Network) -> pl.DataFrame:
    """What curves are called: curve, bridge_id, name, member, damage, location, unit."""
    curves = network.curves.select("bridge_id", "member", "damage", "location", "unit")
    curves = curves.select(pl.int_range(pl.len()).alias("curve"), pl.all())
    return curves.join(network.bridges.select("bridge_id", "name"), on="bridge_id", how="left", maintain_order="left")


def _knots(costs: pl.DataFrame) -> pl.DataFrame:
    """Cost models at their knots: cost_model, knot, method, model_unit, unit_cost, rise (to the next better knot)."""
    better = pl.col("unit_cost").shift().over("cost_model")
    return costs.select(
        "cost_model",
        "method",
        "unit_cost",
        knot="health",
        model_unit=pl.col("unit").drop_nulls().first().over("cost_model"),
        rise=(better - pl.col("unit_cost")).fill_null(0.0),
    )
