"""Rules between the tables of a network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.network.arrays import HEALTH_KNOTS
from nagamochi.network.schemas import CURVE_KEY, DEFAULT_SHAPE
from nagamochi.tables import CheckedTable, Findings, shown
from nagamochi.tables.limits import LARGEST_MONEY


@dataclass(frozen=True)
class CheckedTables:
    """The tables of a network, each checked on its own."""

    bridges: CheckedTable
    curves: CheckedTable
    costs: CheckedTable
    items: CheckedTable
    curve_tables: CheckedTable
    rows: CheckedTable

    def joined(self, findings: Findings) -> CheckedTables:
        """Return the tables with names as those that they refer to are written, where both look the same."""
        curves = self.curves.with_names_of(self.bridges, ["bridge_id"], findings)
        curves = curves.with_names_of(self.costs, ["cost_model"], findings)
        curves = curves.with_names_of(self.curve_tables, ["curve_table"], findings)
        items = self.items.with_names_of(curves, CURVE_KEY, findings)
        return replace(
            self,
            curves=curves,
            items=items.with_names_of(self.costs, ["cost_model"], findings),
            rows=self.rows.with_names_of(self.bridges, ["owner"], findings),
        )

    @cached_property
    def curves_of_items(self) -> pl.DataFrame:
        """The curves that items name: item (row of the items), curve (row of the curves, null if there is none)."""
        items = self.items.frame.select(pl.int_range(pl.len()).alias("item"), *CURVE_KEY)
        curves = self.curves.frame.select(pl.int_range(pl.len()).alias("curve"), *CURVE_KEY)
        pairs = items.join(curves, on=CURVE_KEY, how="left", nulls_equal=True, maintain_order="left")
        return pairs.select("item", "curve")

    @cached_property
    def itemised(self) -> pl.Series:
        """Which curves items name."""
        named = np.zeros(len(self.curves.frame), np.bool_)
        named[self.curves_of_items["curve"].drop_nulls().to_numpy()] = True
        return pl.Series(named)


def check_together(tables: CheckedTables, findings: Findings) -> None:
    """Check the tables against each other; nothing is concluded from a table that was refused."""
    bridges, curves, costs, items = tables.bridges, tables.curves, tables.costs, tables.items
    refuse_unknown(curves, "bridge_id", bridges, findings)
    refuse_unknown(curves, "cost_model", costs, findings)
    refuse_unknown(curves, "curve_table", tables.curve_tables, findings)
    refuse_unknown(items, "bridge_id", bridges, findings)
    refuse_unknown(items, "cost_model", costs, findings)
    _check_bridges_have_curves(bridges, curves, findings)
    _check_curve_kinds(curves, findings)
    _check_units(curves, costs, findings)
    _check_items(tables, findings)
    _check_items_restore_alike(items, costs, findings)
    _check_cost_models(costs, findings)
    _check_curve_tables(tables.curve_tables, findings)
    _check_cost_size(curves, costs, findings)
    _check_cost_size(items, costs, findings)
    _note_unused(tables, findings)
    if bridges.complete:
        check_owners(tables.rows, bridges.frame["owner"], bridges.source.where, findings)
    check_rows(tables.rows, findings)


def refuse_unknown(table: CheckedTable, column: str, other: CheckedTable, findings: Findings) -> None:
    """Refuse rows that name what another table lacks."""
    if other.complete and not table.frame[column].is_null().all():
        known = table.frame[column].is_in(other.frame[column].implode())
        unknown = (~known).fill_null(False).arg_true()
        findings.refuse_rows(table.source, column, f"must be in {other.source.where}", unknown)


def _check_bridges_have_curves(bridges: CheckedTable, curves: CheckedTable, findings: Findings) -> None:
    if curves.complete:
        bare = (~bridges.frame["bridge_id"].is_in(curves.frame["bridge_id"].implode())).fill_null(False)
        rule = f"must have a curve in {curves.source.where}"
        findings.refuse_rows(bridges.source, "bridge_id", rule, bare.arg_true())


def check_last_inspections(bridges: CheckedTable, start_year: int | None, findings: Findings) -> None:
    """Refuse last inspections after year 1; without a start year nobody knows which year that is."""
    last = bridges.frame["last_inspection_year"]
    if start_year is not None:
        later = (last > start_year).fill_null(False).arg_true()
        rule = f"must not be after {start_year}, the start year"
        findings.refuse_rows(bridges.source, "last_inspection_year", rule, later)


def _check_curve_kinds(curves: CheckedTable, findings: Findings) -> None:
    for kind, column in (("two_piece", "knee_age_ratio"), ("two_piece", "knee_health"), ("table", "curve_table")):
        lacking = (curves.frame["curve"] == kind) & ~_given(curves, column)
        findings.refuse_rows(curves.source, column, f"must be given where curve is {kind}", lacking.arg_true())


def _check_units(curves: CheckedTable, costs: CheckedTable, findings: Findings) -> None:
    units = costs.frame.drop_nulls("unit").unique("cost_model", keep="first").select("cost_model", model_unit="unit")
    used = curves.frame.select("cost_model", "unit")
    differing = used.unique().join(units, on="cost_model").filter(_plain("unit") != _plain("model_unit"))
    if differing.is_empty():
        return
    pairs = used.join(differing, on=used.columns, how="left", maintain_order="left")
    findings.refuse_rows(
        curves.source,
        "unit",
        lambda i: f"must be {pairs['model_unit'][i]}, the unit of cost model {pairs['cost_model'][i]}",
        pairs["model_unit"].is_not_null().arg_true(),
    )


def _check_items(tables: CheckedTables, findings: Findings) -> None:
    """Refuse items without a curve, and curves with neither items nor a cost model."""
    curves, items = tables.curves, tables.items
    if items.frame.is_empty():
        return
    lost = tables.curves_of_items.filter(pl.col("curve").is_null())["item"]
    if curves.complete and len(lost):
        known_bridge = items.frame["bridge_id"].gather(lost).is_in(curves.frame["bridge_id"].implode()).fill_null(False)
        findings.refuse_rows(
            items.source,
            CURVE_KEY,
            f"must be a curve of {curves.source.where}",
            lost.filter(known_bridge),
            value=lambda i: items.source.cells_of(i, CURVE_KEY),
        )
    if items.complete:
        bare = ~tables.itemised & ~_given(curves, "cost_model")
        rule = f"must be given where {items.source.where} does not name the curve"
        findings.refuse_rows(curves.source, "cost_model", rule, bare.arg_true())


def _check_items_restore_alike(items: CheckedTable, costs: CheckedTable, findings: Findings) -> None:
    if items.frame.is_empty():
        return
    if costs.frame["restored_health"].drop_nulls().n_unique() < 2:
        return
    restored = costs.frame.drop_nulls("cost_model").unique("cost_model", keep="first")
    pairs = items.frame.join(
        restored.select("cost_model", "restored_health"), on="cost_model", how="left", maintain_order="left"
    ).with_columns(first=pl.col("restored_health").drop_nulls().first().over(CURVE_KEY))
    findings.refuse_rows(
        items.source,
        "cost_model",
        lambda i: f"must restore health {pairs['first'][i]:g} as the curve's first item does",
        (pairs["restored_health"] != pairs["first"]).fill_null(False).arg_true(),
        value=lambda i: f"{pairs['cost_model'][i]}, which restores {pairs['restored_health'][i]:g}",
    )


def _check_cost_models(costs: CheckedTable, findings: Findings) -> None:
    _refuse_missing_knots(costs, findings)
    rows = costs.frame.with_row_index("row").drop_nulls(("cost_model", "health")).sort("cost_model", "health", "row")
    better = pl.col("unit_cost").shift(-1)
    next_knot = (pl.col("cost_model") == pl.col("cost_model").shift(-1)) & (
        pl.col("health") < pl.col("health").shift(-1)
    )
    falling = rows.select("row", better, falls=next_knot & (pl.col("unit_cost") < better)).filter("falls").sort("row")
    costs_before = dict(falling.select("row", "unit_cost").iter_rows())
    findings.refuse_rows(
        costs.source,
        "unit_cost",
        lambda i: f"must not be below {costs_before[i]:g}, the cost at the next better health",
        falling["row"],
    )
    _refuse_change_within_model(costs, "restored_health", findings)
    _refuse_change_within_model(costs, "unit", findings)


def _refuse_missing_knots(costs: CheckedTable, findings: Findings) -> None:
    frame = costs.frame
    if not costs.complete or len(HEALTH_KNOTS) * frame["cost_model"].n_unique() == len(frame):
        return  # the key differs from row to row, so every model has every knot
    models = frame.with_row_index("row").drop_nulls("cost_model").group_by("cost_model", maintain_order=True)
    knots = models.agg(
        pl.col("row").first(),
        pl.col("health").unique().sort(descending=True),
        sound=pl.col("health").is_not_null().all(),
    ).filter("sound", pl.col("health").list.len() < len(HEALTH_KNOTS))
    found = {row: (model, health) for model, row, health, _ in knots.iter_rows()}
    findings.refuse_rows(
        costs.source,
        "health",
        lambda i: f"must be 5, 4, 3, 2 and 1 in the rows of cost model {found[i][0]}",
        knots["row"],
        value=lambda i: "only " + ", ".join(f"{health:g}" for health in found[i][1]),
    )


def _refuse_change_within_model(costs: CheckedTable, column: str, findings: Findings) -> None:
    values = costs.frame.select("cost_model", value=_plain("unit") if column == "unit" else pl.col(column))
    if values.drop_nulls("value").unique()["cost_model"].is_unique().all():
        return
    first = values.select(pl.col("value").drop_nulls().first().over("cost_model")).to_series()
    findings.refuse_rows(
        costs.source,
        column,
        lambda i: f"must be {shown(first[i])} in all rows of cost model {values['cost_model'][i]}",
        (values["value"] != first).fill_null(False).arg_true(),
    )


def _check_cost_size(table: CheckedTable, costs: CheckedTable, findings: Findings) -> None:
    """Refuse costs above the limit of money, so that no sum of them overflows."""
    if _most(table, "quantity") * _most(costs, "unit_cost") <= LARGEST_MONEY:
        return
    highest = costs.frame.group_by("cost_model").agg(pl.col("unit_cost").max())
    cost = table.frame.join(highest, on="cost_model", how="left", maintain_order="left").select(
        pl.col("quantity") * pl.col("unit_cost")
    )
    too_large = (cost.to_series() > LARGEST_MONEY).fill_null(False).arg_true()
    findings.refuse_rows(table.source, "quantity", f"must cost at most {LARGEST_MONEY:g} yen", too_large)


def _most(table: CheckedTable, column: str) -> float:
    return float(table.frame[column].fill_null(0.0).to_numpy().max(initial=0.0))


def _check_curve_tables(curve_tables: CheckedTable, findings: Findings) -> None:
    if curve_tables.frame.is_empty():
        return
    age, health = pl.col("age_ratio"), pl.col("health")
    row = pl.int_range(pl.len()).over("curve_table")
    first, last = row == 0, row == pl.len().over("curve_table") - 1
    for column, rule, broken in (
        ("age_ratio", "must be 0 in the first row of a curve table", first & (age != 0)),
        ("age_ratio", "must be 1 in the last row of a curve table", last & (age != 1)),
        ("age_ratio", "must rise from row to row of a curve table", age <= age.shift().over("curve_table")),
        ("health", "must be 5 in the first row of a curve table", first & (health != 5)),
        ("health", "must be 1 in the last row of a curve table", last & (health != 1)),
        ("health", "must not rise from row to row of a curve table", health > health.shift().over("curve_table")),
    ):
        rows = curve_tables.frame.select(broken.fill_null(False).alias(column)).to_series().arg_true()
        findings.refuse_rows(curve_tables.source, column, rule, rows)


def check_owners(rows: CheckedTable, owners: pl.Series, where: str, findings: Findings) -> None:
    """Refuse rows of owners that bridges do not have."""
    if rows.complete and len(rows.frame):
        known = rows.frame["owner"].is_in(owners.drop_nulls().implode())
        named = owners.null_count() < len(owners)
        rule = f"must be in {where}" if named else f"must be empty, as {where} names no owner"
        findings.refuse_rows(rows.source, "owner", rule, (~known).fill_null(False).arg_true())


def check_rows(rows: CheckedTable, findings: Findings) -> None:
    """Check what each row limits: the yen of some years, or the share of bridges below a health."""
    frame, source = rows.frame, rows.source
    if frame.is_empty():
        return
    backwards = (frame["from_year"] > frame["to_year"]).fill_null(False)
    findings.refuse_rows(source, "to_year", "must not be before from_year", backwards.arg_true())
    yen, share = _given(rows, "budget"), _given(rows, "share")
    kinds = ("budget", "share")
    findings.refuse_rows(
        source,
        kinds,
        "must have exactly one of the two",
        (yen == share).arg_true(),
        value=lambda index: source.cells_of(index, kinds) or "neither",
    )
    bare = share & ~yen & ~_given(rows, "below_health")
    findings.refuse_rows(source, "below_health", "must be given where share is", bare.arg_true())
    idle = yen & ~share & _given(rows, "below_health")
    findings.refuse_rows(source, "below_health", "must be empty where budget is given", idle.arg_true())
    for column in ("from_year", "to_year", "per"):
        idle = share & ~yen & _given(rows, column)
        rule = "must be empty where share is given, as that counts all years"
        findings.refuse_rows(source, column, rule, idle.arg_true())


def _note_unused(tables: CheckedTables, findings: Findings) -> None:
    """Give notice of cells that are filled in and not used."""
    curves = tables.curves
    kind, shape = curves.frame["curve"], curves.frame["shape"]
    for column, idle, reason in (
        ("shape", (kind != "power") & (shape != DEFAULT_SHAPE), "curve is not power"),
        ("knee_age_ratio", kind != "two_piece", "curve is not two_piece"),
        ("knee_health", kind != "two_piece", "curve is not two_piece"),
        ("curve_table", kind != "table", "curve is not table"),
        ("cost_model", tables.itemised, f"{tables.items.source.where} names the curve"),
    ):
        rows = (idle & _given(curves, column)).arg_true()
        if len(rows):
            first = f"row {curves.source.rows[rows[0]]}" + (f" and {len(rows) - 1:,} more" if len(rows) > 1 else "")
            findings.notice(curves.source.where, f"{column} is not used where {reason}: {first}")


def _given(table: CheckedTable, column: str) -> pl.Series:
    """Return which cells of a column are filled in, valid or not."""
    cells = table.source.cells
    if column not in cells.columns:
        return pl.repeat(False, len(table.frame), dtype=pl.Boolean, eager=True)
    return cells[column].is_not_null()


def _plain(column: str) -> pl.Expr:
    """Return a unit in plain characters: m² and ㎡ are m2."""
    return pl.col(column).str.normalize("NFKC")
