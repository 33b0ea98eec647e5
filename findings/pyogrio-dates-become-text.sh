#!/usr/bin/env bash
# pyogrio 0.13.0: write_dataframe() writes a column of datetime.date as text, unless use_arrow=True.
# The default path has no date type for a column of objects and falls back to strings without a warning; with Arrow the
# same frame gets a date in GeoPackage and a date-time in FlatGeobuf. QGIS then neither sorts nor filters by date.
# Seen: "GPKG: OFTString, with Arrow OFTDate", "FlatGeobuf: OFTString, with Arrow OFTDateTime".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 pyarrow==26.0.1 shapely==2.2.0 numpy==2.4.6

venv/bin/python - <<'PYTHON'
import sys
import warnings
from datetime import date

import geopandas
import pyogrio
from shapely.geometry import Point

bridges = geopandas.GeoDataFrame(
    {"inspected": [date(2025, 4, 1), date(2026, 11, 29)]}, geometry=[Point(139, 35), Point(140, 36)], crs="EPSG:6668"
)


def type_written(driver, use_arrow):
    file = f"bridges-{use_arrow}.{'gpkg' if driver == 'GPKG' else 'fgb'}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pyogrio.write_dataframe(bridges, file, driver=driver, use_arrow=use_arrow)
    return pyogrio.read_info(file)["ogr_types"][0]


print(f"pyogrio {pyogrio.__version__}, GDAL {pyogrio.__gdal_version_string__}")
seen = {driver: (type_written(driver, False), type_written(driver, True)) for driver in ("GPKG", "FlatGeobuf")}
for driver, (plain, arrow) in seen.items():
    print(f"  {driver}: {plain}, with Arrow {arrow}")
sys.exit(seen != {"GPKG": ("OFTString", "OFTDate"), "FlatGeobuf": ("OFTString", "OFTDateTime")})
PYTHON
