"""The curves and repair items of standard bridges, by member and place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from nagamochi.network import Network
from nagamochi.tables import Column, Findings, Schema, check, one_of, positive, read_arrow
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, WIDEST_BRIDGE_M

STRUCTURES = ("girder", "jointless girder", "slab", "culvert")
SIZES = Schema(
    "bridges",
    (
        Column("material", required=True, rule=one_of("steel", "concrete"), aliases=()),
        Column("structure", rule=one_of(*STRUCTURES), aliases=()),
        Column("spans", "whole number", required=True, rule=positive(MOST_SPANS), aliases=()),
        Column("length_m", "number", required=True, rule=positive(LONGEST_BRIDGE_M), aliases=()),
        Column("width_m", "number", required=True, rule=positive(WIDEST_BRIDGE_M), aliases=()),
    ),
)
GIRDER_SPACING_M = 2.5

_DAMAGE = ["member", "damage"]
_CURVE = ["bridge_id", *_DAMAGE, "location"]


def curves(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return the deterioration curves of standard bridges, without health, which the caller adds.

    A single-span steel girder bridge has 15 curves, a concrete one 16: deck slab (crack, section loss) and main girder
    (steel: worst item; concrete: crack, section loss) on each span; substructure (crack, section loss), expansion joint
    and bearing at each support; pavement, curb wall, kerb and safety fence once. Every further span adds its slab and
    girder and one pier with its joint and bearings: 7 curves on steel, 8 on concrete. A jointless girder bridge has
    neither joints nor kerb; a slab bridge has neither these nor girders and bearings. A culvert has its walls and
    slabs (crack, section loss) in each cell, and a safety fence.

    Parameters
    ----------
    bridges : polars.DataFrame
        Columns bridge_id, material ("steel" or "concrete"), spans (cells of a culvert), length_m (m), width_m (m; of a
        culvert the length of its barrel), and optionally structure ("girder", "jointless girder", "slab" or "culvert";
        girder if it is missing or null).

    Returns
    -------
    polars.DataFrame
        bridge_id, member, damage, location ("A1", "P1", .. "A2", "span 1", .. or "all spans"), service_life (years),
        shape (exponent of the power curve), renewable (replaced several times in a bridge's life), quantity, unit and
        cost_model; the last three are empty where `items` names several items. In the order of `bridges`.

    Raises
    ------
    InvalidInput
        A material is neither steel nor concrete, a structure none of the four, or a length, width or number of spans
        is not positive.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import standard_bridge
    >>> bridges = pl.DataFrame(
    ...     {"bridge_id": ["B1", "B2"], "material": ["steel", "concrete"], "spans": 1, "length_m": 20.0, "width_m": 8.0}
    ... )
    >>> standard_bridge.curves(bridges).group_by("bridge_id", maintain_order=True).len()["len"].to_list()
    [15, 16]
    """
    _check(bridges)
    placed = _placed(bridges, _table("members"))
    alone = _items().filter(~pl.col("several"))
    measured = placed.join(alone, on=_DAMAGE, how="left", maintain_order="left").with_columns(_quantity())
    return measured.select(
        *_CURVE, "service_life", "shape", pl.col("renewable") == "yes", "quantity", "unit", "cost_model"
    )


def items(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return the repair items of those curves of standard bridges that have several.

    Parameters
    ----------
    bridges : polars.DataFrame
        As for `curves`.

    Returns
    -------
    polars.DataFrame
        bridge_id, member, damage, location, item, quantity (in the unit of the cost model), cost_model.

    Raises
    ------
    InvalidInput
        As for `curves`.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import standard_bridge
    >>> bridge = pl.DataFrame({"bridge_id": "B1", "material": "steel", "spans": 1, "length_m": 20.0, "width_m": 8.0})
    >>> standard_bridge.items(bridge).select("member", "item", "quantity").row(0)
    ('deck slab', 'crack repair', 160.0)
    """
    _check(bridges)
    several = _items().filter("several")
    placed = _placed(bridges, _table("members").join(several, on=_DAMAGE, how="semi", maintain_order="left"))
    measured = placed.join(several, on=_DAMAGE, maintain_order="left_right").with_columns(_quantity())
    return measured.select(*_CURVE, "item", "quantity", "cost_model")


def costs() -> pl.DataFrame:
    """Return unit costs of the standard bridge at health 5, 4, 3, 2 and 1, in yen per unit of the whole member.

    A repair treats the damaged share of a member, which grows as health falls: that share is in the unit cost.

    Returns
    -------
    polars.DataFrame
        cost_model, method, health, unit_cost (yen per unit), unit, restored_health, source.

    Examples
    --------
    >>> from nagamochi import standard_bridge
    >>> standard_bridge.costs()["cost_model"].n_unique()
    18
    """
    return _table("costs")


def inspection_costs(bridges: pl.DataFrame) -> pl.Series:
    """Return the cost of one inspection of each bridge: a part by structure and one by deck area.

    Parameters
    ----------
    bridges : polars.DataFrame
        As for `curves`.

    Returns
    -------
    polars.Series
        Yen per inspection, rounded to 1,000.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import standard_bridge
    >>> standard_bridge.inspection_costs(pl.DataFrame({"length_m": [20.0], "width_m": [8.0]})).to_list()
    [278000.0]
    """
    price = {row["measure"]: float(row["unit_cost"]) for row in _table("inspection").iter_rows(named=True)}
    by_area = price.pop("deck area") * pl.col("length_m") * pl.col("width_m")
    cost = pl.col("structure").replace_strict(price, return_dtype=pl.Float64) + by_area
    return _with_structure(bridges).select(inspection_cost=(cost / 1000.0).round() * 1000.0).to_series()


def access_costs(bridges: pl.DataFrame) -> pl.Series:
    """Return the cost of access to each bridge in a year in which anything of it is repaired.

    That is design and traffic control, at a price per bridge, and scaffold, by length.

    Parameters
    ----------
    bridges : polars.DataFrame
        With length_m (m).

    Returns
    -------
    polars.Series
        Yen per year with repairs, rounded to 1,000.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import standard_bridge
    >>> standard_bridge.access_costs(pl.DataFrame({"length_m": [2.0, 20.0, 200.0]})).to_list()
    [320000.0, 500000.0, 2300000.0]
    """
    price = {row["measure"]: float(row["unit_cost"]) for row in _table("access").iter_rows(named=True)}
    cost = price["bridge"] + price["length"] * pl.col("length_m")
    return bridges.select(access_cost=(cost / 1000.0).round() * 1000.0).to_series()


def network(bridges: pl.DataFrame, curves: pl.DataFrame) -> Network:
    """Return the network of standard bridges and their curves with health.

    Parameters
    ----------
    bridges : polars.DataFrame
        As for `curves`, with any other column of a network's bridges; inspection_cost is added here, structure left
        out.
    curves : polars.DataFrame
        As from `curves`, with a health; service_life and shape may be others.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        As for `curves`, or a health, service life or shape breaks its rule.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi import standard_bridge
    >>> bridge = pl.DataFrame({"bridge_id": "B1", "material": "steel", "spans": 1, "length_m": 20.0, "width_m": 8.0})
    >>> standard_bridge.network(bridge, standard_bridge.curves(bridge).with_columns(health=3.5))
    1 bridge, 15 curves
    """
    priced = bridges.with_columns(inspection_cost=inspection_costs(bridges)).drop("structure", strict=False)
    several = items(bridges)
    used = costs().filter(pl.col("cost_model").is_in([*curves["cost_model"].unique(), *several["cost_model"].unique()]))
    return Network.from_tables(priced, curves.drop("renewable"), used, items=None if several.is_empty() else several)


@cache
def _table(name: str) -> pl.DataFrame:
    return pl.read_csv(files("nagamochi.standard_bridge").joinpath(f"{name}.csv").read_bytes())


def _check(bridges: pl.DataFrame) -> None:
    findings = Findings()
    check(read_arrow(bridges, "bridges", findings), SIZES, findings)
    findings.raise_problems()


def _with_structure(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return the bridges with the structure of each."""
    given = pl.col("structure").fill_null(STRUCTURES[0]) if "structure" in bridges.columns else pl.lit(STRUCTURES[0])
    return bridges.with_columns(structure=given)


def _places(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return one row per span, per support and per whole bridge; `number` orders them along the bridge."""
    number, last = pl.col("number"), pl.col("number") == pl.col("spans")
    columns = ("bridge", "bridge_id", "material", "structure", "spans", "length_m", "width_m")
    known = _with_structure(bridges).with_row_index("bridge").select(columns)
    spans = known.with_columns(place=pl.lit("span"), number=pl.int_ranges(1, pl.col("spans") + 1)).explode("number")
    supports = known.with_columns(place=pl.lit("support"), number=pl.int_ranges(0, pl.col("spans") + 1)).explode(
        "number"
    )
    pier = pl.format("P{}", number)
    return pl.concat(
        [
            spans.with_columns(location=pl.format("span {}", number)),
            supports.with_columns(
                location=pl.when(number == 0).then(pl.lit("A1")).when(last).then(pl.lit("A2")).otherwise(pier)
            ),
            known.with_columns(place=pl.lit("bridge"), number=pl.lit(0, pl.Int64), location=pl.lit("all spans")),
        ]
    )


def _placed(bridges: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Return one row per curve: each member and damage at each place, ordered by bridge, member and place."""
    known = (
        members.with_row_index("row")
        .with_columns(pl.col("material", "structure").str.split("|"))
        .explode("material")
        .explode("structure")
    )
    return _places(bridges).join(known, on=["place", "material", "structure"]).sort("bridge", "row", "number")


def _items() -> pl.DataFrame:
    """Return what is repaired of each member and damage, with its unit, and whether there are several items."""
    units = costs().select("cost_model", "unit").unique()
    items = _table("items").drop("source").join(units, on="cost_model", maintain_order="left")
    return items.with_columns(several=pl.len().over(_DAMAGE) > 1)


def _quantity() -> pl.Expr:
    return (pl.col("factor") * _measure()).round(2).alias("quantity")


def _measure() -> pl.Expr:
    """Return the size that an item is measured by; a standard bridge has equal simple spans on abutments and piers."""
    span_m, width_m = pl.col("length_m") / pl.col("spans"), pl.col("width_m")
    faces = pl.when(pl.col("location").str.starts_with("P")).then(2.0).otherwise(1.0)
    of_girders = (2.0 + 0.15 * span_m).clip(3.0, 10.0)
    height_m = pl.when(structure="girder").then(of_girders).otherwise((1.5 + 0.2 * span_m).clip(1.5, 10.0))
    cell_height_m = (1.0 + 0.5 * span_m).clip(1.5, 5.0)
    girders = (width_m / GIRDER_SPACING_M).round().clip(2.0)
    measures = {
        "slab area": span_m * width_m,
        "deck area": pl.col("length_m") * width_m,
        "deck edges": 2.0 * pl.col("length_m"),
        "support face": width_m * height_m * faces,
        "joint length": width_m,
        "bearings": girders * faces,
        "culvert inside": 2.0 * (span_m + cell_height_m) * width_m,
    }
    return pl.coalesce(pl.when(pl.col("measure") == name).then(size) for name, size in measures.items())
