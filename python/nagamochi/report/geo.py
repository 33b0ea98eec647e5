"""Bridges or works of a plan as a layer of points for a GIS: GeoJSON and GeoParquet in JGD2011 (EPSG:6668)."""

from __future__ import annotations

import io
import json
import struct

import polars as pl

from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem
from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning import NetworkPlan
from nagamochi.report.digest import Digest

# GeoParquet names a coordinate system by its whole PROJJSON; readers do not accept an identifier alone.
JGD2011 = {
    "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
    "type": "GeographicCRS",
    "name": "JGD2011",
    "datum": {
        "type": "GeodeticReferenceFrame",
        "name": "Japanese Geodetic Datum 2011",
        "ellipsoid": {"name": "GRS 1980", "semi_major_axis": 6378137, "inverse_flattening": 298.257222101},
    },
    "coordinate_system": {
        "subtype": "ellipsoidal",
        "axis": [
            {"name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree"},
            {"name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree"},
        ],
    },
    "id": {"authority": "EPSG", "code": 6668},
}


LAYERS = ("bridges", "works")


def geojson_layer(plan: NetworkPlan, rows: str = "bridges") -> bytes:
    """Return a GeoJSON with a point for each bridge or each of its works, where the bridge has coordinates.

    Parameters
    ----------
    plan : NetworkPlan
        A plan, such as `nagamochi.planning.read_plan` reads.
    rows : {"bridges", "works"}
        A bridge has its data, plan, costs (yen) and health; a work has its year, its bridge, member, damage, location,
        methods, the inspection that found it and its cost (yen). With a start year each year is followed by its fiscal
        year.

    Returns
    -------
    bytes
        A GeoJSON file.

    Raises
    ------
    InvalidInput
        No bridge has coordinates, or the rows are others.

    Examples
    --------
    >>> from nagamochi.network import Network
    >>> from nagamochi.planning import plan_network
    >>> bridge = {"bridge_id": "A", "latitude": 35.6, "longitude": 138.5, "inspection_cost": 2e5}
    >>> curve = {"bridge_id": "A", "member": "slab", "damage": "crack", "health": 4.0, "service_life": 40.0}
    >>> costs = {"cost_model": "slab", "health": [5, 4, 3, 2, 1], "method": "recasting", "unit_cost": 1e6}
    >>> tables = (bridge, curve | {"cost_model": "slab"}, costs)
    >>> plan = plan_network(Network.from_tables(*map(pl.DataFrame, tables)), budget=5e6)
    >>> json.loads(geojson_layer(plan))["features"][0]["geometry"]["coordinates"]
    [138.5, 35.6]
    >>> works = json.loads(geojson_layer(plan, "works"))["features"]
    >>> len(works) == plan.works.height, works[0]["properties"]["method"]
    (True, 'recasting')
    >>> pl.read_parquet(io.BytesIO(geoparquet_layer(plan)))["bridge_id"].to_list()
    ['A']
    """
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point.pop("longitude"), point.pop("latitude")]},
            "properties": point,
        }
        for point in _points(plan, rows).iter_rows(named=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def geoparquet_layer(plan: NetworkPlan, rows: str = "bridges") -> bytes:
    """Return a GeoParquet 1.1 file of the same rows as `geojson_layer`.

    Raises
    ------
    InvalidInput
        No bridge has coordinates, or the rows are others.
    """
    points = _points(plan, rows)
    shapes = [struct.pack("<BIdd", 1, 1, *place) for place in points.select("longitude", "latitude").iter_rows()]
    table = points.drop("longitude", "latitude").with_columns(geometry=pl.Series(shapes, dtype=pl.Binary))
    column = {"encoding": "WKB", "geometry_types": ["Point"], "crs": JGD2011}
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    file = io.BytesIO()
    table.write_parquet(file, metadata={"geo": json.dumps(about)})
    return file.getvalue()


def _points(plan: NetworkPlan, rows: str) -> pl.DataFrame:
    arguments.one_of("rows", rows, LAYERS)
    digest = Digest(plan)
    bridges = _located(plan.network.bridges if rows == "works" else digest.bridges)
    start_year = plan.network.start_year
    if rows == "bridges":
        return with_fiscal_years(bridges, start_year, "first_repair", "fiscal_first_repair")
    works = digest.repairs.drop("bridge").with_columns(pl.col("method").list.join(", "))
    for name in ("since", "found"):
        works = with_fiscal_years(works, start_year, name, f"fiscal_{name}")
    return works.join(
        bridges.select("bridge_id", "latitude", "longitude"), on="bridge_id", how="inner", maintain_order="left"
    )


def _located(bridges: pl.DataFrame) -> pl.DataFrame:
    known = bridges.drop_nulls(["latitude", "longitude"])
    if known.is_empty():
        rule = "must have latitude and longitude of a bridge to be drawn on a map"
        raise InvalidInput(Problem(rule, f"{bridges.height:,} bridges without", "the plan's network/bridges.csv"))
    return known
