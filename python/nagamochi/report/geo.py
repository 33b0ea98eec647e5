"""Bridges and their plans as a layer for a GIS: GeoJSON and GeoParquet in JGD2011 (EPSG:6668)."""

from __future__ import annotations

import io
import json
import struct

import polars as pl

from nagamochi.errors import InvalidInput, Problem
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


def bridges_geojson(plan: NetworkPlan) -> bytes:
    """Return a GeoJSON with a point for each bridge with coordinates: its data, plan, works, costs (yen) and health.

    Raises
    ------
    InvalidInput
        No bridge has coordinates.

    Examples
    --------
    >>> from nagamochi.network import Network
    >>> from nagamochi.planning import plan_network
    >>> bridge = {"bridge_id": "A", "latitude": 35.6, "longitude": 138.5, "inspection_cost": 2e5}
    >>> curve = {"bridge_id": "A", "member": "slab", "damage": "crack", "health": 4.0, "service_life": 40.0}
    >>> costs = {"cost_model": "slab", "health": [5, 4, 3, 2, 1], "method": "recasting", "unit_cost": 1e6}
    >>> tables = (bridge, curve | {"cost_model": "slab"}, costs)
    >>> plan = plan_network(Network.from_tables(*map(pl.DataFrame, tables)), budget=5e6)
    >>> json.loads(bridges_geojson(plan))["features"][0]["geometry"]["coordinates"]
    [138.5, 35.6]
    >>> pl.read_parquet(io.BytesIO(bridges_geoparquet(plan)))["bridge_id"].to_list()
    ['A']
    """
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [bridge.pop("longitude"), bridge.pop("latitude")]},
            "properties": bridge,
        }
        for bridge in _bridges(plan).iter_rows(named=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def bridges_geoparquet(plan: NetworkPlan) -> bytes:
    """Return a GeoParquet 1.1 file of the same rows as `bridges_geojson`.

    Raises
    ------
    InvalidInput
        No bridge has coordinates.
    """
    bridges = _bridges(plan)
    points = [struct.pack("<BIdd", 1, 1, *place) for place in bridges.select("longitude", "latitude").iter_rows()]
    table = bridges.drop("longitude", "latitude").with_columns(geometry=pl.Series(points, dtype=pl.Binary))
    column = {"encoding": "WKB", "geometry_types": ["Point"], "crs": JGD2011}
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    file = io.BytesIO()
    table.write_parquet(file, metadata={"geo": json.dumps(about)})
    return file.getvalue()


def _bridges(plan: NetworkPlan) -> pl.DataFrame:
    bridges = Digest(plan).bridges
    known = bridges.drop_nulls(["latitude", "longitude"])
    if known.is_empty():
        rule = "must have latitude and longitude of a bridge to be drawn on a map"
        raise InvalidInput(Problem(rule, f"{bridges.height:,} bridges without", "the plan's network/bridges.csv"))
    return known
