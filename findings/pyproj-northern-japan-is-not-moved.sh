#!/usr/bin/env bash
# pyproj 3.7.2 (PROJ 9.5.1): JGD2000 to JGD2011 moves nothing in northern Honshu, and calls this the best transformation, exact to a metre.
# The earthquake of 2011 moved the ground there, by 5.3 m on the Oshika peninsula (Geospatial Information Authority of Japan).
# EPSG has two transformations: a grid for the north, which the wheels lack, and one that moves nothing, whose area of use excludes
# "northern prefectures of 'main province'". PROJ compares rectangles, so the second serves for the excluded prefectures too. A missing
# grid is said for Tokyo to JGD2011; here there is no warning, also with only_best=True and an area of interest. One would expect an error then.
# Seen: "moved by 0.0 degrees, accuracy 1.0 m, best available: True, warnings: 0", with and without only_best and area.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pyproj==3.7.2

venv/bin/python - <<'PYTHON'
import sys
import warnings

import pyproj
from pyproj import Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

OSHIKA = (141.5, 38.3)
JGD2000, JGD2011, TOKYO = 4612, 6668, 4301
AREA = AreaOfInterest(141, 38, 142, 39)


def moved(source, **how):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        transformer = Transformer.from_crs(source, JGD2011, always_xy=True, **how)
        there = transformer.transform(*OSHIKA)
        best = TransformerGroup(source, JGD2011, always_xy=True, area_of_interest=how.get("area_of_interest")).best_available
    shift = max(abs(a - b) for a, b in zip(there, OSHIKA))
    return transformer, shift, best, len(warned)


print(f"pyproj {pyproj.__version__}, PROJ {pyproj.proj_version_str}")
as_seen = []
for how in ({}, {"only_best": True, "area_of_interest": AREA}):
    transformer, shift, best, warned = moved(JGD2000, **how)
    print(f"  moved by {shift} degrees, accuracy {transformer.accuracy} m, best available: {best}, warnings: {warned}")
    print(f"    {transformer.area_of_use.name}")
    as_seen.append((shift, transformer.accuracy, best, warned) == (0.0, 1.0, True, 0))
    as_seen.append("excluding northern prefectures" in transformer.area_of_use.name)
_, _, best, warned = moved(TOKYO)
print(f"  from Tokyo, best available: {best}, warnings: {warned}")
as_seen.append(not best and warned > 0)
sys.exit(not all(as_seen))
PYTHON
