"""Which member of which bridge is repaired when, how and at what cost."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from nagamochi import _core
from nagamochi.network import Network
from nagamochi.network.schemas import CURVE_KEY
from nagamochi.planning.outcome import Repairs

REPAIR, PREVENTIVE, ACCESS = "repair", "preventive repair", "access"
DECIDED_WORK, REMOVAL = "decided work", "removal"

PREVENTIVE_FROM = 3.5
"""A repair at this health or a better one is preventive."""


def tabulate_works(
    network: Network,
    repairs: Repairs,
    reasons: pl.Series,
    accesses: pl.DataFrame | None,
    *,
    has_delays: bool,
    years: Collection[int] | None = None,
) -> pl.DataFrame:
    """One row per item of a repaired curve, by year, bridge and curve; see :attr:`NetworkPlan.works`.

    Access to repairs, then decided works and removals follow the repairs of their year, those of `years` if given.
    """
    chosen = _tabulate_repairs(network, repairs, reasons)
    if not has_delays:
        chosen = chosen.drop("found", "health_before")
    others = []
    if accesses is not None:
        others.append(accesses.with_columns(kind=pl.lit(ACCESS)))
    decided = decided_works(network)
    if decided is not None:
        others.append(decided if years is None else decided.filter(pl.col("year").is_in(years)))
    if not others:
        return chosen
    return pl.concat([chosen, *others], how="diagonal").sort("year", maintain_order=True)


def decided_works(network: Network) -> pl.DataFrame | None:
    """Return decided works and removals: year, bridge_id, name, member, damage, location, cost, kind; None without any.

    An empty member, damage or location stands for all of the bridge.
    """
    if network.works is None or network.retire is None:
        return None
    if network.works.is_empty() and network.retire.is_empty():
        return None
    works = network.works.select("year", *CURVE_KEY, "cost", kind=pl.lit(DECIDED_WORK))
    removals = network.retire.select("year", "bridge_id", "cost", kind=pl.lit(REMOVAL))
    both = pl.concat([works, removals], how="diagonal").join(
        network.bridges.select("bridge_id", "name"), on="bridge_id", how="left", maintain_order="left"
    )
    return both.sort("year", maintain_order=True).select("year", "bridge_id", "name", *CURVE_KEY[1:], "cost", "kind")


def _tabulate_repairs(network: Network, repairs: Repairs, reasons: pl.Series) -> pl.DataFrame:
    works = pl.DataFrame(repairs._asdict()).drop("cost").with_columns(reason=reasons).sort("year", "curve")
    curves = works.select("curve").unique()
    works = works.join(_of(curves, network.items), on="curve", maintain_order="left_right")
    works = works.join(_curves(network, curves["curve"]), on="curve", how="left", maintain_order="left")
    works = works.with_columns(knot=(pl.col("health_before") + _core.level_tolerance).floor())
    knots = _knots(_of(works.select("cost_model").unique(), network.costs))
    works = works.join(knots, on=["cost_model", "knot"], how="left", maintain_order="left")
    unit_cost = pl.col("unit_cost") + pl.col("rise") * (pl.col("health_before") - pl.col("knot"))
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
        pl.col("found_in").alias("found"),
        "health_before",
        "quantity",
        unit=pl.coalesce("model_unit", pl.when(pl.col("item").is_null()).then("unit")),
        cost=pl.col("quantity") * unit_cost,
        reason="reason",
        kind=pl.when(pl.col("health_before") >= PREVENTIVE_FROM - _core.level_tolerance)
        .then(pl.lit(PREVENTIVE))
        .otherwise(pl.lit(REPAIR)),
    )


def _of(keys: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table with one of these keys, in order: works of a year need few of them."""
    return table.join(keys, on=keys.columns, how="semi", maintain_order="left")


def _curves(network: Network, chosen: pl.Series) -> pl.DataFrame:
    """What some curves are called: curve, bridge_id, name, member, damage, location, unit."""
    curves = network.curves[chosen].select(chosen, "bridge_id", "member", "damage", "location", "unit")
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
