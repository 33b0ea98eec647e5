"""The tables of a network in the order of its arrays, and the arrays of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.network.arrays import BLOCK, HEALTH_KNOTS, Indices, NetworkArrays, Numbers
from nagamochi.network.rules import CheckedTables
from nagamochi.network.schemas import BRIDGES, COSTS, CURVE_TABLES, CURVES
from nagamochi.tables import CheckedTable, Schema

ANY_DAMAGE = "any"
"""Damage of a curve of which only numbers are known."""


@dataclass(frozen=True, eq=False)
class NetworkTables:
    """The tables of a network, rows in the order of its arrays.

    Parameters
    ----------
    bridges, curves, costs, curve_tables : polars.DataFrame
        As in a network folder. Curves are sorted by bridge and member, costs by cost model, from health 5 to 1.
    items : polars.DataFrame
        Repair items: curve (row of ``curves``), item, quantity, cost_model. A curve without items has one row, with its
        own quantity and cost model and no name.
    """

    bridges: pl.DataFrame
    curves: pl.DataFrame
    items: pl.DataFrame
    costs: pl.DataFrame
    curve_tables: pl.DataFrame


def arrange(tables: CheckedTables) -> NetworkTables:
    """Sort the rows: curves by bridge; within it by member, each where it first appears; then as they came."""
    order = _order(tables.curves.frame, tables.bridges.frame["bridge_id"])
    curves = tables.curves if order is None else tables.curves.take(order)
    curves_of_items = tables.curves_of_items["curve"]
    if order is not None:
        curves_of_items = order.arg_sort().cast(pl.Int64).gather(curves_of_items)
    return NetworkTables(
        bridges=tables.bridges.whole,
        curves=curves.whole,
        items=_items_of_curves(curves.frame, tables.items, curves_of_items),
        costs=_in_runs(tables.costs, "cost_model", pl.col("health").neg()),
        curve_tables=_in_runs(tables.curve_tables, "curve_table"),
    )


def arrays_of(tables: NetworkTables) -> NetworkArrays:
    """Return the arrays of the tables."""
    curves, items = tables.curves, tables.items
    bridge = _position(curves["bridge_id"], tables.bridges["bridge_id"])
    model = _position(items["cost_model"], tables.costs["cost_model"].unique(maintain_order=True))
    curve = items["curve"].to_numpy()
    first_item = np.searchsorted(curve, np.arange(len(curves))) if len(items) > len(curves) else slice(None)
    table, table_offsets, table_age_ratio, table_health = _table_points(curves, tables.curve_tables)
    return NetworkArrays(
        curve_offsets=np.searchsorted(bridge, np.arange(len(tables.bridges) + 1)),
        inspection_cost=_numbers(tables.bridges["inspection_cost"]),
        health=_numbers(curves["health"]),
        service_life=_numbers(curves["service_life"]),
        shape=_numbers(curves["shape"]),
        restored_health=np.ascontiguousarray(_per_model(tables.costs, "restored_health")[model[first_item], 0]),
        table=table,
        repair_cost=_repair_cost(curve, _numbers(items["quantity"]), _per_model(tables.costs, "unit_cost"), model),
        table_offsets=table_offsets,
        table_age_ratio=table_age_ratio,
        table_health=table_health,
        access_cost=_access_cost(tables.bridges),
    )


def _access_cost(bridges: pl.DataFrame) -> Numbers | None:
    cost = _numbers(bridges["access_cost"].fill_null(0.0))
    return cost if cost.any() else None


class NumberedTables:
    """Tables made from arrays on demand; curves, cost models and curve tables are numbered.

    Parameters
    ----------
    arrays : NetworkArrays
    bridge_ids : polars.Series
    models_before, tables_before : int
        How many cost models and curve tables come before, where several networks become one.
    """

    def __init__(
        self, arrays: NetworkArrays, bridge_ids: pl.Series, models_before: int = 0, tables_before: int = 0
    ) -> None:
        self._arrays = arrays
        self._bridge_ids = bridge_ids
        self._models_before = models_before
        self._tables_before = tables_before

    @cached_property
    def bridges(self) -> pl.DataFrame:
        """Bridges with names and inspection costs only."""
        costs = {"bridge_id": self._bridge_ids, "inspection_cost": self._arrays.inspection_cost}
        return _filled_up(pl.DataFrame(costs), BRIDGES)

    @cached_property
    def curves(self) -> pl.DataFrame:
        """Curves, each with its own member and cost model."""
        arrays = self._arrays
        bridge = np.repeat(np.arange(arrays.n_bridges), np.diff(arrays.curve_offsets))
        columns = {
            "bridge_id": self._bridge_ids.gather(bridge),
            "member": numbered_members(arrays.curve_offsets),
            "health": arrays.health,
            "service_life": arrays.service_life,
            "shape": arrays.shape,
            "table": arrays.table,
            "cost_model": _text(self._models_before + np.arange(1, arrays.n_curves + 1)),
        }
        in_table = pl.col("table") >= 0
        curves = pl.DataFrame(columns).with_columns(
            damage=pl.lit(ANY_DAMAGE),
            curve=pl.when(in_table).then(pl.lit("table")).otherwise(pl.lit("power")),
            curve_table=pl.when(in_table).then((pl.col("table") + self._tables_before + 1).cast(pl.String)),
            quantity=pl.lit(1.0),
        )
        return _filled_up(curves.drop("table"), CURVES)

    @cached_property
    def items(self) -> pl.DataFrame:
        """One unnamed item for each curve."""
        unnamed = _numbered(self.curves, "curve", "quantity", "cost_model")
        return unnamed.select("curve", pl.lit(None, pl.String).alias("item"), "quantity", "cost_model")

    @cached_property
    def costs(self) -> pl.DataFrame:
        """Cost models, one for each curve."""
        arrays, knots = self._arrays, len(HEALTH_KNOTS)
        columns = {
            "cost_model": _text(self._models_before + np.repeat(np.arange(1, arrays.n_curves + 1), knots)),
            "health": np.tile(np.array(HEALTH_KNOTS, np.float64), arrays.n_curves),
            "unit_cost": arrays.repair_cost.ravel(),
            "restored_health": np.repeat(arrays.restored_health, knots),
        }
        return _filled_up(pl.DataFrame(columns).with_columns(method=pl.lit("repair")), COSTS)

    @cached_property
    def curve_tables(self) -> pl.DataFrame:
        """Points of all curve tables."""
        points = np.diff(self._arrays.table_offsets)
        columns = {
            "curve_table": _text(self._tables_before + np.repeat(np.arange(1, len(points) + 1), points)),
            "age_ratio": self._arrays.table_age_ratio,
            "health": self._arrays.table_health,
        }
        return _filled_up(pl.DataFrame(columns), CURVE_TABLES)


def numbered_members(curve_offsets: Indices) -> pl.Series:
    """Return a member of its own for each curve of a bridge, numbered from 1; the offsets may begin anywhere."""
    numbers = np.arange(curve_offsets[0], curve_offsets[-1])
    return _text(numbers - np.repeat(curve_offsets[:-1], np.diff(curve_offsets)) + 1)


def numbered_names(column: str, curve_offsets: Indices) -> Iterator[pl.Series]:
    """Yield what curves made from arrays have in a column of their names, block by block; empty text for none."""
    for begin in range(0, len(curve_offsets) - 1, BLOCK):
        offsets = curve_offsets[begin : begin + BLOCK + 1]
        if column == "member":
            yield numbered_members(offsets)
        else:
            word = ANY_DAMAGE if column == "damage" else ""
            yield pl.repeat(word, int(offsets[-1] - offsets[0]), dtype=pl.String, eager=True)


def _order(curves: pl.DataFrame, bridge_ids: pl.Series) -> pl.Series | None:
    """Return the rows of the curves in the order of the network; None where they stand in it."""
    keys = pl.DataFrame(
        {
            "bridge": _position(curves["bridge_id"], bridge_ids),
            "member": curves["member"].cast(pl.Categorical).to_physical(),
        }
    ).with_row_index("row")
    member = pl.col("bridge") * (pl.col("member").max() + 1) + pl.col("member")
    if keys["bridge"].is_sorted() and keys.select(member.rle_id().last() + 1 == member.n_unique()).item():
        return None
    first = pl.col("row").first().over("bridge", "member")
    return keys.select("bridge", "row", first=first).sort("bridge", "first", "row")["row"]


def _items_of_curves(curves: pl.DataFrame, items: CheckedTable, curves_of_items: pl.Series) -> pl.DataFrame:
    """Return the items of all curves; a curve that none was given for is one item without a name."""
    plain = curves.select(
        pl.int_range(pl.len()).alias("curve"), pl.lit(None, pl.String).alias("item"), "quantity", "cost_model"
    )
    if items.frame.is_empty():
        return plain
    given = items.frame.with_columns(curves_of_items.alias("curve"))
    itemised = given.select(plain.columns).hstack(items.others.drop("curve", strict=False))
    bare = np.ones(len(curves), np.bool_)
    bare[curves_of_items.to_numpy()] = False
    plain = plain.filter(pl.Series(bare))
    return pl.concat([itemised, plain], how="diagonal").sort("curve", maintain_order=True)


def _repair_cost(curve: Indices, quantity: Numbers, unit_cost: Numbers, model: Indices) -> Numbers:
    """Return the costs of each curve, the sum of those of its items, (n_curves, 5)."""
    if len(curve) == curve[-1] + 1:
        cost = unit_cost[model]
        cost *= quantity[:, np.newaxis]
        return cost
    cost = np.empty((curve[-1] + 1, len(HEALTH_KNOTS)))
    for knot in range(len(HEALTH_KNOTS)):
        cost[:, knot] = np.bincount(curve, weights=quantity * unit_cost[model, knot])
    return cost


def _table_points(curves: pl.DataFrame, curve_tables: pl.DataFrame) -> tuple[Indices, Indices, Numbers, Numbers]:
    """Return each curve's table and the points of all: the given tables, then one of three points for each knee."""
    knee = ["knee_age_ratio", "knee_health"]
    if curves.select((pl.col("curve") == "power").all()).item() and curve_tables.is_empty():
        return np.full(len(curves), -1), np.zeros(1, np.int64), np.empty(0), np.empty(0)
    used = curves.select(
        pl.when(curve="table").then("curve_table").alias("curve_table"),
        *(pl.when(curve="two_piece").then(column).alias(column) for column in knee),
    )
    given = curve_tables.group_by("curve_table", maintain_order=True).len("points")
    knees = used.drop_nulls(knee).unique(maintain_order=True)
    tables = pl.concat([given, knees.with_columns(points=pl.lit(3, pl.UInt32))], how="diagonal").with_row_index("table")
    table = used.join(tables, on=used.columns, how="left", nulls_equal=True, maintain_order="left")["table"]

    zeros, ones = np.zeros(len(knees)), np.ones(len(knees))
    knee_ages = np.stack([zeros, _numbers(knees["knee_age_ratio"]), ones], axis=1)
    knee_healths = np.stack([zeros + 5, _numbers(knees["knee_health"]), ones], axis=1)
    return (
        table.cast(pl.Int64).fill_null(-1).to_numpy(),
        np.append(0, tables["points"].to_numpy().cumsum(dtype=np.int64)),
        np.append(_numbers(curve_tables["age_ratio"]), knee_ages),
        np.append(_numbers(curve_tables["health"]), knee_healths),
    )


def _numbered(frame: pl.DataFrame, number: str, *columns: str) -> pl.DataFrame:
    return frame.select(pl.int_range(pl.len()).alias(number), *columns)


def _in_runs(table: CheckedTable, name: str, *then_by: pl.Expr) -> pl.DataFrame:
    """Return rows of one name together, in the order in which the names first appear."""
    numbered = table.frame.with_row_index("row")
    keys = numbered.select(pl.col("row").first().over(name).alias("run"), *then_by, "row")
    return table.take(keys.sort(pl.all())["row"]).whole


def _filled_up(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return all columns of the schema, empty where the frame has none."""
    return pl.concat([schema.empty(), frame], how="diagonal")


def _text(numbers: Indices) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)


def _position(names: pl.Series, among: pl.Series) -> Indices:
    """Return where each name stands among others that differ."""
    positions = _numbered(among.alias("name").to_frame(), "position", "name")
    return (
        names.alias("name")
        .to_frame()
        .join(positions, on="name", how="left", maintain_order="left")["position"]
        .to_numpy()
    )


def _per_model(costs: pl.DataFrame, column: str) -> Numbers:
    """Return a column of the cost models at their five knots, (n_models, 5)."""
    return _numbers(costs[column]).reshape(-1, len(HEALTH_KNOTS))


def _numbers(column: pl.Series) -> Numbers:
    """Return a copy with 0 for -0, so that equal numbers have equal bits."""
    return column.to_numpy() + 0.0
