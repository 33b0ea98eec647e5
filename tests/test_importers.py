"""Lists of others become network folders. The small lists here are made; the real ones are read where they are."""

import csv
import gzip
import io
import json
import os
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from nagamochi import importers
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.importers import report as report_texts
from nagamochi.network import read_network
from nagamochi.tables.dates import DATE_RULE

REAL = Path(__file__).parents[2] / "shared" / "data"
needs_real_lists = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists (../shared/data) are not here")

INVENTORY = """\
structure_id,name,highway,lat,lon,year_built,last_major_rehab,last_minor_rehab,n_spans,deck_length_m,last_inspection,current_bci
fall,MADE CREEK,1,45.1,-80.1,1960,,1999,1,20,2012-06-01,55
flat,MADE RIVER,1,45.2,80.2,1985,,,2,60,2012-05-01,95
rise,MADE ROAD,2,45.3,-80.3,1950,,,1,20,2010-05-01,80
rehab,MADE RAIL,2,45.4,-80.4,1950,2001,,3,70,2013-05-01,72
fast,MADE LAKE,3,45.5,-80.5,2000,,,1,20,2012-05-01,30
fresh,MADE HILL,3,45.6,-80.6,1970,2013,,1,20,2013-05-01,60
undated,MADE WOOD,3,45.7,-80.7,,,,1,20,2013-05-01,70
unmeasured,MADE GATE,3,45.8,-80.8,1980,,,1,,2013-05-01,70
unrated,MADE WALL,3,45.8,-80.8,1980,,,1,20,2013-05-01,0
"""
HISTORY = """\
structure_id,year,bci
fall,2002,60.5
fall,2004,0
fall,2006,58
fall,2010,56
flat,1984,40
flat,2004,96
flat,2008,95.5
rise,2004,70
rise,2006,60
rise,2008,82
rehab,1999,60
rehab,2001,61
rehab,2003,80
rehab,2005,79
rehab,2009,75
fast,2006,60
fast,2009,45
"""

XROAD = """\
施設ID,橋梁名,路線名,管理者,緯度,経度,架設年度,橋長,幅員,点検年度,判定区分,措置状況
"35.1,139.1",甲橋,made road,made city,35.1,139.1,1985,12.5,6.5,2023,1,8
"35.2,139.2",乙橋,made road,made city,35.2,139.2,,45,0,2024,3,8
"35.3,139.3",丙橋,made road,made city,35.3,139.3,2004,30,8,0,8,9
"35.4,139.4",丁橋,made road,made city,35.4,139.4,,3,8,0,8,9
"""
MLIT = """\
id,橋梁名,架設年度,橋長,幅員,緯度,経度,道路種別_OSM
1,戊橋,1950,8,4.5,35.5,139.5,residential
2,己橋,2010,85,0,35.6,139.6,primary
3,庚橋,,20,5,35.7,139.7,primary
4,辛橋,1990,,5,35.7,139.7,primary
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def ontario(folder: Path, inventory: str = INVENTORY, history: str = HISTORY) -> importers.ImportReport:
    lists = written(folder, "inventory.csv", inventory), written(folder, "history.csv", history)
    return importers.import_list(lists, folder / "out")


def lives_by_hand(inventory: Path, history: Path) -> dict[str, tuple[int, float, str]]:
    """Bridge -> ratings since its last start, service life, basis; bridge by bridge, in the words of ASSUMPTIONS.md."""

    def rows(path: Path) -> list[dict[str, str]]:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))

    ratings: dict[str, dict[int, float]] = {row["structure_id"]: {} for row in rows(inventory)}
    for row in rows(history):
        ratings[row["structure_id"]][int(row["year"])] = float(row["bci"])
    for row in rows(inventory):
        ratings[row["structure_id"]][int(row["last_inspection"][:4])] = float(row["current_bci"])

    def lost(bci: float) -> float:
        return (5 - max(1.0, 5 - 4 * (100 - bci) / 60)) / 4

    def life(points: list[tuple[float, float]]) -> float:
        age, loss = np.array(points).T
        return float(np.linalg.lstsq(age[:, np.newaxis] ** 0.6, loss, rcond=None)[0][0]) ** (-1 / 0.6)

    built, rehabilitated, used, first_after, first_round = {}, {}, {}, [], {}
    for row in rows(inventory):
        bridge = row["structure_id"]
        built[bridge], rehabilitated[bridge] = (int(row[of] or 9999) for of in ("year_built", "last_major_rehab"))
        start = min(built[bridge], rehabilitated[bridge])
        used[bridge] = [(year, bci) for year, bci in sorted(ratings[bridge].items()) if bci and year > start]
        after = [(year, bci) for year, bci in used[bridge] if year > rehabilitated[bridge]]
        first_after += [bci for year, bci in after[:1] if year - rehabilitated[bridge] <= 4]
        if used[bridge] and used[bridge][0] not in after:
            first_round[bridge] = used[bridge][0][0] - built[bridge], lost(used[bridge][0][1])
    restored = sum(first_after) / len(first_after)
    base = life(list(first_round.values()))

    lives = {}
    for bridge, found in used.items():
        points: list[tuple[float, float]] = []
        before, zero = None, 0.0
        for year, bci in found:
            if year > rehabilitated[bridge] and (before is None or before[0] <= rehabilitated[bridge]):
                zero, points = rehabilitated[bridge] - base * lost(restored) ** (1 / 0.6), []
            elif before is None:
                zero = built[bridge]
            elif 60 * (lost(before[1]) - lost(bci)) > 2.000001:
                zero, points = year - base * lost(bci) ** (1 / 0.6), []
            points.append((year - zero, lost(bci)))
            before = year, bci
        own = life([*points, (base, 1.0), (base, 1.0)])
        rise_alone = len(points) == 1 and points[0][0] == pytest.approx(base * points[0][1] ** (1 / 0.6), abs=1e-6)
        if not points or rise_alone or (len(found) == 1 and bridge in first_round):
            own, basis = base, "base life"
        elif own >= 2 * base:
            own, basis = 2 * base, "upper bound"
        elif own <= base / 2:
            own, basis = base / 2, "lower bound"
        else:
            basis = "own ratings"
        lives[bridge] = len(points), own, basis
    return lives


def assert_lives_are_those_by_hand(folder: Path, inventory: Path, history: Path) -> None:
    by_hand = lives_by_hand(inventory, history)
    lives = pl.read_csv(folder / "service_lives.csv", schema_overrides={"bridge_id": pl.String})
    assert lives["bridge_id"].to_list() == list(by_hand)
    assert lives["observations"].to_list() == [ratings for ratings, _, _ in by_hand.values()]
    assert lives["basis"].to_list() == [basis for _, _, basis in by_hand.values()]
    assert lives["service_life"].to_list() == pytest.approx([life for _, life, _ in by_hand.values()], abs=0.051)


def assert_health_aged(folder: Path, found: dict[str, tuple[float, int]]) -> None:
    """Every curve of a bridge has the health found, aged on it by some years: year by year, by hand."""
    curves = read_network(folder).curves.filter(pl.col("bridge_id").is_in(list(found)))
    assert set(curves["bridge_id"]) == set(found)
    for row in curves.iter_rows(named=True):
        health, years = found[row["bridge_id"]]
        equivalent_age = row["service_life"] * ((5 - health) / 4) ** (1 / row["shape"])
        worn = min(1.0, ((equivalent_age + years) / row["service_life"]) ** row["shape"])
        assert row["health"] == pytest.approx(5 - 4 * worn, abs=5.1e-4), row


def test_ontario_lives_come_from_the_ratings_since_the_last_renewal(tmp_path: Path) -> None:
    ontario(tmp_path)
    assert_lives_are_those_by_hand(tmp_path / "out", tmp_path / "inventory.csv", tmp_path / "history.csv")
    lives = pl.read_csv(tmp_path / "out" / "service_lives.csv")
    assert dict(lives.select("bridge_id", "basis").rows()) == {
        "fall": "own ratings",
        "flat": "own ratings",
        "rise": "own ratings",
        "rehab": "own ratings",
        "fast": "own ratings",
        "fresh": "base life",
        "undated": "base life",
        "unmeasured": "base life",
        "unrated": "base life",
    }
    assert dict(lives.select("bridge_id", "observations").rows())["fall"] == 4  # the mark of a missing value is none


def test_ontario_health_now_is_that_of_the_current_bci(tmp_path: Path) -> None:
    report = ontario(tmp_path)
    found = {
        "fall": (2.0, 1),
        "flat": (4 + 2 / 3, 1),
        "rise": (3 + 2 / 3, 3),
        "rehab": (3 + 2 / 15, 0),
        "fast": (1.0, 1),
        "fresh": (2 + 1 / 3, 0),
        "undated": (3.0, 0),
    }
    assert_health_aged(tmp_path / "out", found)
    bridges = read_network(tmp_path / "out").bridges
    assert bridges["last_inspection_year"].to_list() == [2013 - years for _, years in found.values()]
    assert bridges["importance"].to_list() == [None] * 7
    assert str(report.planning_year).startswith("2013, the newest inspection in the list")
    aged = "- The health ages on its curve from the year of the rating, without repairs in between, to 2013"
    assert aged in str(report)
    assert "(planning_year sets another). (4 bridges)" in str(report)


def test_ontario_members_that_are_renewed_more_often_keep_the_pace_of_their_bridge(tmp_path: Path) -> None:
    ontario(tmp_path)
    lives = dict(pl.read_csv(tmp_path / "out" / "service_lives.csv").select("bridge_id", "service_life").rows())
    curves = read_network(tmp_path / "out").curves
    for bridge in ("fall", "flat", "fast", "fresh"):
        of_bridge = curves.filter(bridge_id=bridge)
        slab = of_bridge.filter(member="deck slab")
        assert slab["service_life"].unique().to_list() == [lives[bridge]]
        assert slab["shape"].unique().to_list() == [0.6]
        pavement = of_bridge.filter(member="pavement").row(0, named=True)
        assert pavement["service_life"] == pytest.approx(20 * lives[bridge] / lives["fresh"], abs=0.06)
        assert pavement["shape"] == 1.0


def test_ontario_says_what_it_assumed_and_left_out(tmp_path: Path) -> None:
    report = ontario(tmp_path)
    assert (report.n_bridges, report.n_curves) == (7, 5 * 16 + (16 + 2 * 8) + (15 + 7))  # steel on the spans of 30 m
    assert report.left_out == (
        ("unmeasured", "no deck length"),
        ("unrated", "current BCI 0, the mark of a missing value"),
    )
    text = (tmp_path / "out" / "ASSUMPTIONS.md").read_text(encoding="utf-8")
    assert text == str(report)
    for fact in (
        "1 ratings of 0 are marks of missing values: dropped.",
        "(1 of the ratings are lower: health 1)",
        "at BCI 80.0: the mean of the first ratings within 4 years after 1 of them",
        "2 ratings without a start before them were dropped.",
        "do not count for its life. (2 bridges)",
        "the first ratings of 7 bridges",
        "at its end; service_lives.csv lists them. (5 bridges)",
        "without further information in the ratings. (4 bridges)",
        "the sign was changed of flat. (1 bridge)",
        "The width is not in the data: 12 m. (7 bridges)",
    ):
        assert fact in text


def test_ontario_takes_the_last_rating_wherever_it_is(tmp_path: Path) -> None:
    later = "fall,2014,50\nfall,2013,54\nflat,2014,0\nunrated,2013,64\nfast,2012,28\nundated,2013,70\n"
    report = ontario(tmp_path, history=HISTORY + later)
    found = {"fall": (50, 2014), "flat": (95, 2012), "rise": (80, 2010), "rehab": (72, 2013), "fast": (40, 2012)}
    found |= {"fresh": (60, 2013), "undated": (70, 2013), "unrated": (64, 2013)}
    assert_health_aged(
        tmp_path / "out", {bridge: (1 + 4 * (bci - 40) / 60, 2014 - year) for bridge, (bci, year) in found.items()}
    )
    inspected = read_network(tmp_path / "out").bridges["last_inspection_year"].to_list()
    assert inspected == [year for _, year in found.values()]
    assert report.left_out == (("unmeasured", "no deck length"),)
    text = str(report)
    assert (
        "- The last rating is in the history, not in the inventory: it counts for the health now. (2 bridges)" in text
    )
    assert "two ratings of one year: the inventory's counts, not the history's. (1 bridge)" in text


def test_ontario_does_not_use_ratings_of_before_the_year_built(tmp_path: Path) -> None:
    assert "before the year built" not in str(ontario(tmp_path))
    report = ontario(tmp_path, INVENTORY.replace("45.7,-80.7,,", "45.7,-80.7,2014,"))
    assert "- The last rating is of before the year built (undated), so of an older bridge: a member's" in str(report)
    network = read_network(report.folder)
    (bridge,) = network.bridges.filter(pl.col("bridge_id") == "undated").to_dicts()
    assert (bridge["rating"], bridge["last_inspection_year"]) == (None, None)
    assert network.curves.filter(pl.col("bridge_id") == "undated")["health"].unique().to_list() == [5.0]
    assert [row[2:] for row in problems(report.folder) if row[2] == "undated"] == [
        ("undated", "current_bci", "70", "is of a year before the bridge was built", "value not used")
    ]


def test_ontario_names_bridges_rehabilitated_since_their_last_rating(tmp_path: Path) -> None:
    inventory = INVENTORY.replace("1960,,1999", "1960,2015,1999").replace("1985,,,2", "1985,2014,,2")
    report = ontario(tmp_path, inventory, HISTORY + "flat,2014,94\nflat,2015,0\n")
    after = (
        "- The last major rehabilitation is after the last rating (fall): the health now is that of the rating before "
        "it, likely too low. (1 bridge)"
    )
    # fresh is inspected in 2013, the year of its rehabilitation; the last rating of flat is the one of 2014
    same = "- The last major rehabilitation is in the year of the last rating (flat, fresh), and the list does not"
    assert after in str(report)
    assert same in str(report)
    assert report.notices == (
        "a major rehabilitation of 1 bridge is after the last rating: the health now is that of before it, likely "
        "too low",
    )
    assert_health_aged(report.folder, {"fall": (2.0, 2), "rehab": (3 + 2 / 15, 1)})
    assert ontario(tmp_path).notices == ()


def test_ontario_reads_gzipped_lists(tmp_path: Path) -> None:
    packed = tmp_path / "inventory.csv.gz", tmp_path / "history.csv.gz"
    for path, text in zip(packed, (INVENTORY, HISTORY), strict=True):
        path.write_bytes(gzip.compress(text.encode()))
    importers.import_list(packed, tmp_path / "from packed")
    ontario(tmp_path)
    assert read_network(tmp_path / "from packed").fingerprint == read_network(tmp_path / "out").fingerprint

    packed[0].write_bytes(packed[0].read_bytes()[:-9])
    with pytest.raises(InvalidInput, match="must be a whole gzip file"):
        importers.import_list(packed, tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("inventory", ",deck_length_m,", ",length,", "row 1: must have the columns deck_length_m or year; got "),
        ("inventory", "structure_id,", "number,", "row 1: must be a list of a known format ("),
        ("history", ",bci", ",rating", "row 1: must be a list of a known format ("),
    ],
)
def test_ontario_refuses_wrong_lists(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    texts = {"inventory": INVENTORY, "history": HISTORY}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(InvalidInput) as refused:
        ontario(tmp_path, **texts)
    assert f"{tmp_path / file}.csv, {message}" in str(refused.value)
    assert not (tmp_path / "out").exists()


def problems(folder: Path) -> list[tuple[str, int, str, str, str, str, str]]:
    """The rows of problems.csv, their files without folders."""
    table = pl.read_csv(
        folder / "problems.csv", schema_overrides=dict.fromkeys(("value", "column", "bridge_id"), pl.String)
    )
    return [(Path(row[0]).name, *row[1:]) for row in table.rows()]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("inventory", "2012-06-01", "2012-06-31", (2, "fall", "last_inspection", "2012-06-31", DATE_RULE)),
        ("inventory", "12-06-01,55", "12-06-01,155", (2, "fall", "current_bci", "155", "must be from 0 to 100")),
        ("inventory", "1960,", "MCMLX,", (2, "fall", "year_built", "MCMLX", DATE_RULE)),
        ("inventory", ",1,20,", ",0,20,", (2, "fall", "n_spans", "0", "must be above 0 and at most 10,000")),
        ("inventory", "1960,", "2960,", (2, "fall", "year_built", "2960", "must be from the year 1500 to 2200")),
        ("inventory", "1960,", "2190,", (2, "fall", "year_built", "2190", "must not be after the current year")),
        ("inventory", ",1,20,", ",1e9,20,", (2, "fall", "n_spans", "1e9", "must be above 0 and at most 10,000")),
        ("inventory", ",1,20,", ",100,20,", (2, "fall", "n_spans", "100", "must leave at least 0.5 m for each span")),
        ("history", "fall,2002", "fall,2190", (2, "fall", "year", "2190", "must not be after the current year")),
        (
            "inventory",
            ",2001,",
            ",2094,",
            (5, "rehab", "last_major_rehab", "2094", "must not be after the current year"),
        ),
        ("inventory", ",2001,", ",1901,", (5, "rehab", "last_major_rehab", "1901", "must not be before year_built")),
        ("inventory", "\nflat", "\nfall", (3, "fall", "current_bci", "95", "repeats the bridge of another row, which")),
        ("history", "flat,2004", "lost,2004", (7, "lost", "bci", "96", "is of a bridge that the inventory lacks")),
        ("history", "flat,2008", "flat,2004", (8, "flat", "bci", "95.5", "repeats the bridge of another row")),
    ],
)
def test_ontario_lists_what_is_odd_and_goes_on(
    tmp_path: Path, file: str, old: str, new: str, problem: tuple[object, ...]
) -> None:
    texts = {"inventory": INVENTORY, "history": HISTORY}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    report = ontario(tmp_path, **texts)
    found = problems(report.folder)
    assert report.problems == len(found)
    *place, rule = problem
    assert any(row[:5] == (f"{file}.csv", *place) and row[5].startswith(str(rule)) for row in found)
    assert read_network(report.folder).n_bridges >= 5


PUBLISHED = """\
,,LOCATION INFORMATION,,,,,,,,,,,,,
ID,STRUCTURE,HWY,LATITUDE,LONGITUDE,YEAR BUILT,LAST MAJOR REHAB ,"LAST\nMINOR",# OF SPANS,DECK LENGTH,LAST INSPECTION\
 DATE,CURRENTBCI,2010,2006,2004,2002
fall,MADE CREEK,1,45.1,-80.1,1960,,1999,1,20,06/01/2012,55,56,58,0,60.5
flat,MADE RIVER,1,45.2,80.2,1985,,,2,60,05/13/2012,95,,,96,
"""


@pytest.mark.parametrize("other", ["", "0"])
@pytest.mark.parametrize("real_first", [False, True])
def test_ontario_lets_no_empty_rating_hide_a_real_one(tmp_path: Path, other: str, real_first: bool) -> None:
    values = ["50", other] if real_first else [other, "50"]
    report = ontario(tmp_path, history=HISTORY + "".join(f"fall,2014,{value}\n" for value in values))
    curves = read_network(report.folder).curves
    assert curves.filter(bridge_id="fall")["health"].unique().to_list() == [pytest.approx(1 + 4 * 10 / 60, abs=1e-3)]
    row = 20 if real_first else 19
    header = "bci" if other else None
    expected = ("history.csv", row, "fall", header, other or None, "repeats the bridge of another row", "row not used")
    assert [row for row in problems(report.folder) if row[0] == "history.csv"] == [expected]


@pytest.mark.parametrize("newer_first", [False, True])
@pytest.mark.parametrize("newest", ["44", "0", ""])
def test_the_newest_of_ontarios_inventories_counts_for_the_present(
    tmp_path: Path, newer_first: bool, newest: str
) -> None:
    title, header, *rows = (
        PUBLISHED.splitlines()[0],
        "\n".join(PUBLISHED.splitlines()[1:3]),
        *PUBLISHED.splitlines()[3:],
    )
    newer = rows[0].replace("06/01/2012,55", f"06/01/2014,{newest}").replace(",1999,1,20,", ",1999,2,30,")
    paths = [
        written(tmp_path, "2012.csv", "\n".join([title, header, *rows]) + "\n"),
        written(tmp_path, "2014.csv", "\n".join([title, header, newer]) + "\n"),
    ]
    report = importers.import_list(paths[::-1] if newer_first else paths, tmp_path / "out")
    bridge = read_network(report.folder)
    bci = 44 if newest == "44" else 55
    health = bridge.curves.filter(bridge_id="fall")["health"].unique().to_list()
    assert health == [pytest.approx(1 + 4 * (bci - 40) / 60, abs=1e-3)]
    dropped = [row for row in problems(report.folder) if row[3] == "CURRENTBCI" or row[5].endswith("no other")]
    older, value = ("2012.csv", "55") if newest == "44" else ("2014.csv", newest or None)
    assert [(row[0], row[2], row[4]) for row in dropped] == [(older, "fall", value)]
    rounds = importers.read_rounds(paths)
    assert rounds is not None
    years = [2002, 2006, 2010, 2012, *([2014] if newest == "44" else [])]  # the older inventory's rating of 2012 stays
    assert rounds.filter(bridge_id="fall")["year"].to_list() == years


ONTARIO_2020 = """\
ID (SITE Ndeg),STRUCTURE NAME,HIGHWAY NAME,LATITUDE,LONGITUDE,CATEGORY,SUBCATEGORY 1,MATERIAL 1,YEAR BUILT,\
LAST MAJOR REHAB,NUMBER OF SPAN / CELLS,DECK / CULVERTS LENGTH (m),WIDTH TOTAL (m),OPERATION STATUS,OWNER,\
LAST INSPECTION DATE,CURRENT BCI,2020,2018,2016
1 - 1/,MADE CREEK,6,45.1,-80.1,Bridge,Slab,Prestressed Precast Concrete,1960,,1,10,9.5,Open to Traffic,Provincial,\
06/01/2020,70,70,72,75
1 - 2/,MADE RIVER,401,45.2,-80.2,Bridge,Beam/Girder,Weathering Steel,1985,,2,30,0,Posted for load limit,Municipal,\
05/13/2020,80,80,81,83
1 - 3/,MADE BROOK,7,45.3,-80.3,Culvert,Culverts,Corrugated Steel,1990,,1,6,20,Open to Traffic,,05/13/2020,75,75,77,80
1 - 4/,MADE FILL,7,45.3,-80.3,Bridge,Beam/Girder,Steel,1950,,1,20,9,Demolished,Provincial,05/13/2018,60,,60,62
1 - 5/,MADE WALL,7,45.3,-80.3,Retaining Wall,,Mass Concrete,1950,,1,20,9,Open to Traffic,,05/13/2020,60,60,61,62
1 - 6/,MADE FORD,7,45.3,-80.3,,,,1970,,1,30,,,,05/13/2020,65,65,66,68
"""


def test_ontarios_list_says_width_material_structure_and_owner(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", ONTARIO_2020), tmp_path / "out")
    network = read_network(report.folder)
    assert network.bridges.select("bridge_id", "owner", "route", "material", "width_m", "rating").rows() == [
        ("1 - 1/", "Provincial", "6", "concrete", 9.5, "BCI 70.0"),
        ("1 - 2/", "Municipal", "401", "steel", 12.0, "BCI 80.0"),
        ("1 - 3/", "Ontario Ministry of Transportation", "7", "steel", 20.0, "BCI 75.0"),
        ("1 - 6/", "Ontario Ministry of Transportation", "7", "steel", 12.0, "BCI 65.0"),
    ]
    assert report.left_out == (
        ("1 - 4/", "operation status: Demolished"),
        ("1 - 5/", "a retaining wall, not a bridge"),
    )
    members = {key[0]: set(rows["member"]) for key, rows in network.curves.group_by("bridge_id")}
    assert "main girder" not in members["1 - 1/"]
    assert "main girder" in members["1 - 2/"]
    assert "culvert" in members["1 - 3/"]
    counts = {text[:27]: bridges for text, bridges in report.assumed}
    assert counts["The width is not in the dat"] == 2
    assert counts[report_texts.ASSUMED_MATERIAL[:27]] == 1
    assert counts[report_texts.ASSUMED_STRUCTURE[:27]] == 1


def test_ontarios_list_as_it_is_published_gives_the_same_as_inventory_and_history(tmp_path: Path) -> None:
    keep = ("structure_id", "fall", "flat")
    inventory = "\n".join(row for row in INVENTORY.splitlines() if row.startswith(keep)).replace(
        "-05-01,95", "-05-13,95"
    )
    history = "\n".join(row for row in HISTORY.splitlines() if row.startswith(keep) and "1984" not in row)
    history = history.replace("flat,2008,95.5\n", "")
    published = importers.import_list(written(tmp_path, "published.csv", PUBLISHED), tmp_path / "published")
    split = ontario(tmp_path, inventory + "\n", history.replace("\nflat,2008,95.5", "") + "\n")
    assert published.recognised_by == ("ID", "CURRENTBCI")
    assert published.notices == (f"{tmp_path / 'published.csv'}: row 2 is the header",)
    for file in ("bridges.csv", "curves.csv", "service_lives.csv"):
        assert (published.folder / file).read_bytes() == (split.folder / file).read_bytes()


def test_ontario_takes_no_rating_of_a_year_to_come(tmp_path: Path) -> None:
    rows = [*csv.reader(PUBLISHED.splitlines()[1:])]
    assert rows[0][-1] == "2002"
    rows[0].append("2099")

    def imported(*ratings: str) -> importers.ImportReport:
        path = tmp_path / "list.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(
                [rows[0], *([*row, value] for row, value in zip(rows[1:], ratings, strict=True))]
            )
        return importers.import_list(path, tmp_path / "out")

    report = imported("41", "0")
    rule = f"must be of a year up to the current one, {date.today().year}"
    assert problems(report.folder) == [("list.csv", 2, "fall", "2099", "41", rule, "value not used")]
    curves = read_network(report.folder).curves
    assert curves.filter(bridge_id="fall")["health"].unique().to_list() == [2.0]
    rows += [["third", *rows[1][1:]]]
    message = f"row 2, column 2099: {rule}, as 3 of 3 cells are not; got 41"
    with pytest.raises(InvalidInput) as refused:
        imported("41", "42", "43")
    assert message in str(refused.value)


def test_ontarios_list_goes_to_fit_curves_in_one_command(tmp_path: Path) -> None:
    path = written(tmp_path, "published.csv", PUBLISHED)
    fitted = CliRunner().invoke(app, ["fit", "curves", str(path), "--shape", "0.6", "--out", str(tmp_path / "fit")])
    assert fitted.exit_code == 0, fitted.output
    curves = pl.read_csv(tmp_path / "fit" / "curves.csv")
    assert curves.select("bridge_id", "member", "damage").rows() == [
        ("fall", "bridge", "BCI"),
        ("flat", "bridge", "BCI"),
    ]
    assert "not used" not in fitted.stderr
    odd = written(tmp_path, "odd.csv", PUBLISHED.replace("55,56,58,0", "55,5G,58,0").replace(",95,,,96", ",95,,97,96"))
    fitted = CliRunner().invoke(app, ["fit", "curves", str(odd), "--shape", "0.6", "--out", str(tmp_path / "fit")])
    assert fitted.exit_code == 0, fitted.output
    assert f"are not used: 1; the first: {odd}, row 3, column 2010: must be a number; got 5G" in fitted.stderr
    assert importers.read_rounds(written(tmp_path, "list.csv", XROAD)) is None
    several = CliRunner().invoke(app, ["fit", "curves", str(path), str(tmp_path / "list.csv"), "--out", str(tmp_path)])
    assert several.exit_code == 2


def test_ontarios_bridges_age_to_the_planning_year(tmp_path: Path) -> None:
    lists = written(tmp_path, "inventory.csv", INVENTORY), written(tmp_path, "history.csv", HISTORY)
    importers.import_list(lists, tmp_path / "out", planning_year=2026)
    assert_health_aged(tmp_path / "out", {"flat": (4 + 2 / 3, 14), "rehab": (3 + 2 / 15, 13)})
    late = INVENTORY.replace("2000,,,1", "2014,,,1").replace("2013-05-01,72", "2014-05-01,72")
    lists = written(tmp_path, "inventory.csv", late), lists[1]
    early = importers.import_list(lists, tmp_path / "early", planning_year=2013)
    assert ("fast", "built after the planning year 2013") in early.left_out
    assert "must not be after the planning year 2013" in {row[5] for row in problems(tmp_path / "early")}


def test_ontario_refuses_a_history_in_which_nothing_falls(tmp_path: Path) -> None:
    inventory = INVENTORY.splitlines()[0] + "\nflat,,,45,-80,1985,,,2,60,2012-05-01,100"
    with pytest.raises(InvalidInput, match="history, column bci: must be below 100 for a bridge that was not rehab"):
        ontario(tmp_path, inventory, "structure_id,year,bci\nflat,2004,100\n")


def api_answer(rows: str) -> dict[str, object]:
    """The answer that the made list would have come from."""
    records = [
        {
            "shisetsu_id": row["施設ID"],
            "syogen": {
                "kasetsu_nendo": row["架設年度"],
                "kyouchou": float(row["橋長"]),
                "fukuin": float(row["幅員"]),
                "shisetsu": {"meisyou": row["橋梁名"]},
                "rosen": {"meisyou": row["路線名"]},
                "kanrisya": {"meisyou": row["管理者"]},
                "ichi": {"ido": float(row["緯度"]), "keido": float(row["経度"])},
            },
            "tenken": {"nendo": int(row["点検年度"]), "kiroku": {"hantei_kubun": row["判定区分"]}},
        }
        for row in csv.DictReader(rows.splitlines())
    ]
    return {"resultset": {"count": len(records)}, "result": records}


def test_xroad_health_is_the_judgement_or_else_the_age(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "out")
    network = read_network(report.folder)
    assert network.notices == ()
    assert report.left_out == (("35.4,139.4", "neither judged nor dated, so no health"),)
    columns = ("name", "owner", "material", "spans", "width_m", "year_built", "last_inspection_year", "importance")
    assert network.bridges.select(columns).rows() == [
        ("甲橋", "made city", "concrete", 1, 6.5, 1985, 2023, None),
        ("乙橋", "made city", "concrete", 2, 6.0, None, 2024, None),
        ("丙橋", "made city", "steel", 1, 8.0, 2004, None, None),
    ]
    assert network.bridges.select("route", "rating").rows() == [("made road", rating) for rating in ("I", "III", None)]
    assert_health_aged(report.folder, {"35.1,139.1": (4.5, 1), "35.2,139.2": (2.5, 0)})
    now = "2024, the fiscal year of the newest inspection in the list (planning_year sets another)"
    assert f"in between, to {now}. (1 bridge)" in str(report)
    aged = network.curves.filter(bridge_id="35.3,139.3").unique(["member", "damage"])
    health = {(member, damage): value for member, damage, value in aged.select("member", "damage", "health").rows()}
    assert health["床版", "ひびわれ"] == 4.6  # 20 of 60 years, up to the last inspection in the list
    assert health["舗装", "最悪項目"] == 3.5  # 20 years, renewed after 12.5 of 20


def test_a_japanese_list_gets_japanese_members_and_methods_unless_asked_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path, "list.csv", XROAD)
    reports = {
        language: importers.import_list(path, tmp_path / str(language), language=language)
        for language in (None, "ja", "en")
    }
    assert {language: report.language for language, report in reports.items()} == {None: "ja", "ja": "ja", "en": "en"}
    japanese, english = read_network(tmp_path / "None"), read_network(tmp_path / "en")
    assert japanese.notices == english.notices == ()
    for name in ("repair_cost", "health", "service_life", "restored_health", "curve_offsets"):
        assert getattr(japanese.arrays, name).tobytes() == getattr(english.arrays, name).tobytes()
    for file in ("bridges.csv", "curves.csv", "items.csv", "costs.csv"):
        content = (tmp_path / "None" / file).read_bytes()
        assert content == (tmp_path / "ja" / file).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")  # the mark by which Excel knows UTF-8
    words = ["member", "damage", "location", "unit", "cost_model"]
    second = japanese.curves.select(words).row(1)
    assert second == ("床版", "断面欠損", "第1径間", "m2", "床版断面修復")
    second = english.curves.select(words).row(1)
    assert second == ("deck slab", "section loss", "span 1", "m2", "deck slab section repair")
    tables = (japanese.curves.select(words), japanese.items, japanese.costs.drop("unit"))
    texts = [column for table in tables for column in table.select(pl.col(pl.String))]
    left = {word for column in texts for word in column.drop_nulls() if word.isascii()}
    assert left == {"A1", "A2", "P1", "m", "m2"}
    assert japanese.costs["cost_model"].n_unique() == english.costs["cost_model"].n_unique()
    plan = ["plan", str(tmp_path / "None"), "--budget", "none", "--min-health", "床版=2.5", "--out", str(tmp_path)]
    planned = CliRunner().invoke(app, plan)
    assert planned.exit_code == 0, planned.output
    with pytest.raises(InvalidInput, match="language: must be one of ja, en; got 'fr'"):
        importers.import_list(path, tmp_path / "fr", language="fr")


def test_a_list_of_another_country_gets_japanese_members_if_asked(tmp_path: Path) -> None:
    printed = CliRunner().invoke(
        app, ["import", str(nbi(tmp_path, "PA.txt", NBI_ROWS)), "--lang", "ja", "--out", str(tmp_path / "out")]
    )
    assert printed.exit_code == 0, printed.output
    assert "members in" in printed.stdout
    assert "カルバート" in set(read_network(tmp_path / "out").curves["member"])


def test_access_to_a_bridge_is_assumed_by_its_length(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "out")
    assert read_network(report.folder).bridges["access_cost"].to_list() == [425_000.0, 750_000.0, 600_000.0]
    assert "costs 300,000 yen and 10,000 yen per m of its length. (3 bridges)" in str(report)
    for other in (nbi(tmp_path, "PA.txt", NBI_ROWS), tmp_path / "inventory.csv"):
        ontario(tmp_path) if other.name == "inventory.csv" else importers.import_list(other, tmp_path / "out")
        bridges = read_network(tmp_path / "out").bridges
        assert bridges["access_cost"].to_list() == [round(300 + 10 * m) * 1_000 for m in bridges["length_m"]]


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_list_imported_in_parts_gives_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    text = XROAD.replace("45,0,2024", "450,0,2024").replace("丙橋", "丙ボックス")  # without steel; without items
    importers.import_list(written(tmp_path, "list.csv", text), tmp_path / "whole")
    monkeypatch.setattr("nagamochi.importers.report.BRIDGES_AT_ONCE", at_once)
    report = importers.import_list(tmp_path / "list.csv", tmp_path / "parts")
    assert (report.n_bridges, report.n_curves) == (3, read_network(tmp_path / "whole").n_curves)
    for file in ("bridges.csv", "curves.csv", "items.csv", "ASSUMPTIONS.md"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    costs = [set((tmp_path / folder / "costs.csv").read_text().splitlines()) for folder in ("parts", "whole")]
    assert costs[0] == costs[1]
    assert read_network(tmp_path / "parts").fingerprint == read_network(tmp_path / "whole").fingerprint
    culverts = "\n".join([text.splitlines()[0], text.splitlines()[3]])
    importers.import_list(written(tmp_path, "list.csv", culverts), tmp_path / "parts", planning_year=2024)
    assert not (tmp_path / "parts" / "items.csv").exists()
    assert read_network(tmp_path / "parts").n_bridges == 1


def test_xroad_answer_of_the_api_gives_the_same_as_its_list(tmp_path: Path) -> None:
    answer = written(tmp_path, "answer.json", json.dumps(api_answer(XROAD), ensure_ascii=False))
    importers.import_list(answer, tmp_path / "from answer")
    importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "from list")
    for file in ("bridges.csv", "curves.csv", "items.csv", "costs.csv"):
        assert (tmp_path / "from answer" / file).read_bytes() == (tmp_path / "from list" / file).read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (",2023,1,8", ",2023,5,8", ("判定区分", "5", "must be 1, 2, 3, 4 or 8")),
        ("12.5,6.5", "12.5,wide", ("幅員", "wide", "must be a number")),
        ("12.5,6.5", "-12.5,6.5", ("橋長", "-12.5", "must be from 0 to 200,000")),
        ("12.5,6.5", "14.2m,6.5", ("橋長", "14.2m", "must be a number")),
        ("12.5,6.5", "1e9,6.5", ("橋長", "1e9", "must be from 0 to 200,000")),
        ("12.5,6.5", "12.5,6e5", ("幅員", "6e5", "must be from 0 to 1,000")),
        (",1985,", ",S65,", ("架設年度", "S65", "must be in its era, as 昭和 was")),
        (",1985,", ",不明,", ("架設年度", "不明", "stands for no value")),
        (",2023,1", ",2190,1", ("点検年度", "2190", "must not be after the current year")),
        (",2023,1", ",2023,－", ("判定区分", "－", "stands for no value")),
    ],
)
def test_an_odd_cell_is_listed_and_not_used(tmp_path: Path, old: str, new: str, problem: tuple[str, str, str]) -> None:
    assert old in XROAD
    report = importers.import_list(written(tmp_path, "list.csv", XROAD.replace(old, new, 1)), tmp_path / "out")
    column, value, rule = problem
    found = [row for row in problems(report.folder) if row[1] == 2 and row[3] == column]
    assert [row[:5] for row in found] == [("list.csv", 2, "35.1,139.1", column, value)]
    assert found[0][5].startswith(rule)
    assert found[0][6] == "value not used"
    kept = read_network(report.folder).bridges["bridge_id"].to_list()
    assert kept == ["35.1,139.1", "35.2,139.2", "35.3,139.3"][column == "橋長" :]


def test_a_row_that_repeats_a_bridge_and_year_is_listed_and_not_used(tmp_path: Path) -> None:
    again = XROAD.replace("35.2,139.2", "35.1,139.1").replace(",2024,3", ",2023,3")
    report = importers.import_list(written(tmp_path, "list.csv", again), tmp_path / "out")
    repeated = [row[:3] + row[5:] for row in problems(report.folder) if row[1] == 3 and row[3] is None]
    reason = "repeats the bridge and year of row 2, with another length, judgement"
    assert repeated == [("list.csv", 3, "35.1,139.1", reason, "row not used")]


def test_a_row_of_a_bridge_and_year_that_says_something_else_is_listed_with_what(tmp_path: Path) -> None:
    rows = [
        "1,45,1980,2022,2",
        "1,46,1995,2022,3",
        "1,45,1980,2022,2",
        "2,30,1990,2023-05-01,1",
        "2,30,1990,2023-04-01,4",
    ]
    path = written(tmp_path, "list.csv", "\n".join(["橋梁番号,橋長,架設年度,点検年度,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out")
    repeats = "repeats the bridge and year of row"
    assert [(row[1], row[5]) for row in problems(report.folder)] == [
        (3, f"{repeats} 2, with another length, year built, judgement"),
        (4, f"{repeats} 2"),
        (6, f"{repeats} 5"),
    ]


def test_a_column_with_many_odd_cells_is_refused(tmp_path: Path) -> None:
    rows = [f'"35.{i},139.1",橋,road,city,35.1,139.1,1985,{"wide" if i < 3 else 12.5},6.5,2023,1,8' for i in range(14)]
    path = written(tmp_path, "list.csv", "\n".join([XROAD.splitlines()[0], *rows]))
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert str(refused.value) == f"{path}, row 2, column 橋長: must be a number, as 3 of 14 cells are not; got wide"
    longer = [*rows, *(row.replace('"35.', '"36.') for row in rows[3:])]
    report = importers.import_list(written(tmp_path, "list.csv", "\n".join([XROAD.splitlines()[0], *longer])), tmp_path)
    assert report.n_bridges == 22
    assert len(problems(tmp_path)) == 6  # three cells, three bridges


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({",橋長": ",全長"}, "row 1: must have the columns 橋長; got 施設ID, 橋梁名,"),
        ({",判定区分": ",区分", ",架設年度": ",年"}, "row 1: must have the columns 架設年度 or 判定区分; got 施設ID,"),
        (
            {",橋長": ",全長", ",判定区分": ",区分", ",架設年度": ",年"},
            "row 1: must have the columns 橋長, 架設年度 or 判定区分",
        ),
        ({"施設ID": "番", "橋梁名": "橋"}, "row 1: must be a list of a known format (xroad-saved: the list that"),
    ],
)
def test_missing_columns_are_named_once_as_such_lists_name_them(
    tmp_path: Path, replaced: dict[str, str], message: str
) -> None:
    text = XROAD
    for old, new in replaced.items():
        text = text.replace(old, new, 1)
    path = written(tmp_path, "list.csv", text)
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert str(refused.value).startswith(f"{path}, {message}")
    assert len(refused.value.problems) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("施設ID,橋梁名", "must be JSON or JSON lines, in UTF-8; got JSONDecodeError"),
        ("[]", "must hold records of bridges; got none"),
        ('{"resultset": {"count": 1}, "result": ["A"]}', "must hold records of bridges; got others"),
        ('{"resultset": {"count": 0}, "result": []}', "must hold records of bridges; got none"),
        ("[" * 100_000, "must be JSON or JSON lines, in UTF-8; got RecursionError("),
        (
            '{"resultset": {"count": 250}, "result": [{"shisetsu_id": "A"}]}',
            "must hold all 250 records that the answer counts: give all its pages; got 1",
        ),
    ],
)
def test_xroad_refuses_what_is_no_answer_of_the_api(tmp_path: Path, answer: str, message: str) -> None:
    path = written(tmp_path, "answer.json", answer)
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert str(refused.value).startswith(f"{path}: {message}")
    assert len(refused.value.problems) == 1


def paged(answer: dict[str, object], size: int) -> list[dict[str, object]]:
    """The answer in pages, as the API gives it."""
    records = answer["result"]
    return [
        {
            "metadata": {"parameters": {"city": "1", "limit": size, "offset": start}},
            "resultset": {"count": len(records)},
            "result": records[start : start + size],
        }
        for start in range(0, len(records), size)
    ]


def test_xroad_pages_may_be_files_or_lines(tmp_path: Path) -> None:
    pages = paged(api_answer(XROAD), 3)
    texts = [json.dumps(page, ensure_ascii=False) for page in pages]
    files = [written(tmp_path, f"page{number}.json", text) for number, text in enumerate(texts)]
    lines = written(tmp_path, "pages.jsonl", "\n".join(texts))
    records = [json.dumps(record) for record in api_answer(XROAD)["result"]]
    importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "list")
    importers.import_list(files, tmp_path / "pages")
    importers.import_list(lines, tmp_path / "lines")
    importers.import_list(written(tmp_path, "records.jsonl", "\n".join(records)), tmp_path / "records")
    for kind in ("pages", "lines", "records"):
        for file in ("bridges.csv", "curves.csv"):
            assert (tmp_path / kind / file).read_bytes() == (tmp_path / "list" / file).read_bytes()
    with pytest.raises(InvalidInput, match="must hold all 4 records that the answer counts: give all its pages; got 3"):
        importers.import_list(files[:1], tmp_path / "part")


def test_xroad_of_all_years_plans_the_newest_and_keeps_the_history(tmp_path: Path) -> None:
    older = XROAD.replace("2023,1,", "2018,1,").replace("2024,3,", "2019,2,").splitlines()[1:3]
    path = written(tmp_path, "list.csv", "\n".join([*XROAD.splitlines(), *older]))
    report = importers.import_list(path, tmp_path / "all")
    newest = importers.import_list(written(tmp_path, "new.csv", XROAD), tmp_path / "newest")
    for file in ("bridges.csv", "curves.csv"):
        assert (report.folder / file).read_bytes() == (newest.folder / file).read_bytes()
    assert (report.inspected_again, newest.inspected_again) == (2, 0)
    history = importers.read_history(path)
    assert (history.ratings, history.scale) == (("judgement",), (1, 4))
    assert sorted(history.inspections.rows()) == [
        ("35.1,139.1", 2018, 1),
        ("35.1,139.1", 2023, 1),
        ("35.2,139.2", 2019, 2),
        ("35.2,139.2", 2024, 3),
    ]
    with pytest.raises(InvalidInput, match="must have several inspections of a bridge; got none that has"):
        importers.read_history(tmp_path / "new.csv")


def test_a_record_with_several_inspections_is_read_like_several_records(tmp_path: Path) -> None:
    record = api_answer(XROAD)["result"][0]
    older = {"nendo": 2018, "kiroku": {"hantei_kubun": "2"}}
    path = written(tmp_path, "answer.json", json.dumps([{**record, "tenken": [record["tenken"], older]}]))
    report = importers.import_list(path, tmp_path / "out")
    assert (report.n_bridges, report.inspected_again) == (1, 1)
    assert read_network(report.folder).curves["health"].unique().to_list() == [4.5]
    assert sorted(importers.read_history(path).inspections.rows()) == [("35.1,139.1", 2018, 2), ("35.1,139.1", 2023, 1)]


def test_geojson_is_read_with_its_points(tmp_path: Path) -> None:
    properties = {"橋梁名": "甲橋", "橋長": 12.5, "架設年度": "S55"}
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [139.1, 35.1]}}
    path = written(tmp_path, "bridges.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    bridges = read_network(importers.import_list(path, tmp_path / "out").folder).bridges
    assert bridges.select("bridge_id", "longitude", "latitude", "year_built").row(0) == ("甲橋", 139.1, 35.1, 1980)


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n,,\n"])
def test_an_empty_list_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "list.csv", text)
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert str(refused.value) == f"{path}: must have a header and rows; got an empty file"


def test_a_format_given_as_a_file_is_answered_with_the_option(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="lists: must be files: a format is chosen with --format xroad; got xroad"):
        importers.import_list(["xroad", written(tmp_path, "list.csv", XROAD)], tmp_path / "out")


def test_a_format_may_stand_before_the_files_on_the_command_line(tmp_path: Path) -> None:
    file = str(written(tmp_path, "list.csv", XROAD))
    folders = []
    for number, words in enumerate((["xroad", file], [file, "--format", "xroad"])):
        folders.append(tmp_path / str(number))
        done = CliRunner().invoke(app, ["import", *words, "--out", str(folders[-1])])
        assert done.exit_code == 0, done.output
        assert "xroad, as asked for" in done.output
    assert read_network(folders[0]).fingerprint == read_network(folders[1]).fingerprint


def test_a_health_on_an_unknown_scale_is_no_judgement(tmp_path: Path) -> None:
    text = MLIT.replace("道路種別_OSM", "健全度").replace("residential", "4").replace("primary", "1")
    report = importers.import_list(written(tmp_path, "list.csv", text), tmp_path / "out", planning_year=2010)
    usual = importers.import_list(written(tmp_path, "usual.csv", MLIT), tmp_path / "usual", planning_year=2010)
    assert (report.folder / "curves.csv").read_bytes() == (usual.folder / "curves.csv").read_bytes()
    assert report.notices == (f"{tmp_path / 'list.csv'}: columns not read: 健全度",)


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "out")
    assert report.notices == (f"{tmp_path / 'list.csv'}: columns not read: 措置状況",)


SAVED = """\
施設名,フリガナ,路線名,架設年度_西暦,橋長(m),幅員(m),径間数,上部工（使用材料）,道路管理者名称,起点側位置_緯度,起点側位置_経度,点検記録_点検実施年度,点検記録_判定区分
例一橋,,町道1号線,1972,14.2,5.0,1,鉄筋コンクリート橋（RC橋）,例町,35.1,137.1,2022,Ⅱ
例二橋,,町道2号線,1985,40.5,8.2,2,鋼橋,例町,35.2,137.2,2023,Ⅰ
無名橋,,町道3号線,1985,30,8,,プレストレストコンクリート橋,例町,35.3,137.3,2023,Ⅳ
無名橋,,町道4号線,1985,20,8,,木橋,例町,35.4,137.4,2023,Ⅲ
"""


def test_xroads_saved_list_has_its_own_spans_and_materials(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(SAVED.encode("cp932"))
    report = importers.import_list(tmp_path / "list.csv", tmp_path / "out")
    assert (report.format, report.recognised_by) == ("xroad-saved", ("施設名", "点検記録_判定区分"))
    bridges = read_network(report.folder).bridges
    assert bridges.select("bridge_id", "owner", "material", "spans", "width_m", "year_built").rows() == [
        ("例一橋", "例町", "concrete", 1, 5.0, 1972),
        ("例二橋", "例町", "steel", 2, 8.2, 1985),
        ("無名橋 35.3,137.3", "例町", "concrete", 1, 8.0, 1985),
        ("無名橋 35.4,137.4", "例町", "concrete", 1, 8.0, 1985),
    ]
    assert_health_aged(
        report.folder,
        {"例一橋": (3.5, 1), "例二橋": (4.5, 0), "無名橋 35.3,137.3": (1.5, 0), "無名橋 35.4,137.4": (2.5, 0)},
    )
    counts = {text[:20]: bridges for text, bridges in report.assumed}
    assert counts["The number of spans "] == 2
    assert counts["The material is not "] == 1


@pytest.mark.parametrize("kind", ["csv", "semicolons", "unicode text", "parquet", "workbook"])
def test_a_municipal_list_as_offices_lay_it_out(tmp_path: Path, kind: str) -> None:
    rows = [
        ["令和5年度 橋梁一覧表", "", "", "", "", "", "", ""],
        ["橋梁名", "路線名", "架設年", "諸元", "", "点検", "", ""],
        ["", "", "", "橋長", "全幅員", "点検年度", "健全性", ""],
        ["", "", "", "(m)", "(m)", "", "", ""],
        ["甲橋", "1号線", "S47", "14.2", "5", "R3", "Ⅱ", ""],
        ["乙橋", "2号線", "不明", "1,200.5", "8", "令和4年度", "III", ""],
        ["合計", "", "", "1214.7", "", "", "", ""],
        ["※令和5年3月末現在", "", "", "", "", "", "", "", "", " "],
    ]
    path = tmp_path / "list.csv"
    if kind == "parquet":
        path = tmp_path / "list.parquet"
        columns = {
            name: [row[i] for row in rows[4:6]]
            for i, name in enumerate(["橋梁名", "路線名", "架設年", "橋長", "全幅員", "点検年度", "健全性"])
        }
        pl.DataFrame(columns).write_parquet(path)
    elif kind == "workbook":
        pytest.importorskip("python_calamine")
        path = tmp_path / "list.xlsx"
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("表紙").write(0, 0, "橋梁一覧")
            sheet = book.add_worksheet("一覧")
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
            sheet.write(4, 3, 14.2)
    else:
        separator = {"csv": ",", "semicolons": ";", "unicode text": "\t"}[kind]
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=separator).writerows(rows)
        path.write_bytes(text.getvalue().encode("utf-16" if kind == "unicode text" else "cp932"))
    report = importers.import_list(path, tmp_path / "out")
    assert report.format == "municipal"
    bridges = read_network(report.folder).bridges
    assert bridges.select("bridge_id", "length_m", "width_m", "year_built", "route", "rating").rows() == [
        ("甲橋", 14.2, 5.0, 1972, "1号線", "II"),
        ("乙橋", 1200.5, 8.0, None, "2号線", "III"),
    ]
    assert report.planning_year is not None
    assert report.planning_year.year == 2022
    if kind != "parquet":
        notices = [notice.partition(": ")[2] for notice in report.notices]
        assert notices == [
            "rows 2 and 3 are the header",
            "row 4 holds units: not used",
            "row 7 is a sum (合計): not used",
            "row 8 is a note (※令和5年3月末現在): not used",
        ]


def test_a_judgement_ages_from_its_own_year_not_from_that_of_a_later_inspection(tmp_path: Path) -> None:
    rows = ["A,20,1980,2014,2", "A,20,1980,2019,8", "B,20,1980,,3", "C,20,,2020,1"]
    path = written(tmp_path, "list.csv", "\n".join(["施設ID,橋長,架設年度,点検年度,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out", planning_year=2022)
    assert_health_aged(report.folder, {"A": (3.5, 8), "B": (2.5, 0), "C": (4.5, 2)})
    bridges = read_network(report.folder).bridges
    assert bridges["last_inspection_year"].to_list() == [2019, None, 2020]
    assert read_network(report.folder).start_year == 2023
    assert "The judgement has no year: it is taken for the health in the planning year. (1 bridge)" in str(report)


def test_importance_comes_from_emergency_route_traffic_and_detour(tmp_path: Path) -> None:
    rows = [
        "橋梁名,架設年度,橋長,緊急輸送道路,自動車24時間交通量,迂回距離(km)",
        "甲橋,1980,20,第一次緊急輸送道路,9999,",
        "乙橋,1980,20,－,10000,5",
        "丙橋,1980,20,○,25000,12.5",
        "丁橋,1980,20,,,",
        "戊橋,1980,20,指定なし,不明,",
        "己橋,1980,20,たぶん,,4.9",
    ]
    report = importers.import_list(written(tmp_path, "list.csv", "\n".join(rows)), tmp_path / "out")
    assert read_network(report.folder).bridges["importance"].to_list() == [1.5, 2.0, 2.5, None, 1.0, 1.0]
    assert (
        "- The importance is 1, and 0.5 more for each of these: on an emergency route (2), with at least 10,000 "
        "vehicles a day (2), with a detour of at least 5 km (2). The weights are assumed. (5 bridges)"
    ) in str(report)
    odd = [row[2:] for row in problems(report.folder) if row[3] == "緊急輸送道路"]
    assert odd == [("己橋", "緊急輸送道路", "たぶん", "must be yes or no", "value not used")]


def test_the_structure_is_the_lists_or_assumed_by_length_and_material(tmp_path: Path) -> None:
    rows = [
        "橋梁名,架設年度,橋長,幅員,構造形式,橋種",
        "甲橋,1980,12,5,ＰＣ床版橋,",
        "乙橋,1980,6,5,,溝橋（BOXカルバート）",
        "丙函渠,1980,6,5,,",
        "丁橋,1980,40,5,鋼床版箱桁,鋼橋",
        "戊橋,1980,9.9,5,RCT桁,RC橋",
        "己橋,1980,10,5,,RC橋",
        "庚橋,1980,10,5,,鋼橋",
        "辛橋,1980,10.1,5,,RC橋",
    ]
    path = written(tmp_path, "list.csv", "\n".join(rows))
    report = importers.import_list(path, tmp_path / "out", language="en")
    curves = read_network(report.folder).curves
    members = {bridge: set(curves.filter(bridge_id=bridge)["member"]) for bridge in curves["bridge_id"].unique()}
    slab = {"deck slab", "substructure", "pavement", "curb wall", "safety fence"}
    jointless = slab | {"main girder", "bearing"}
    girder = jointless | {"expansion joint", "kerb"}
    culvert = {"culvert", "safety fence"}
    expected = [slab, culvert, culvert, girder, girder, slab, jointless, girder]
    assert members == {row.split(",")[0]: kind for row, kind in zip(rows[1:], expected, strict=True)}
    assert "with joints at abutments and piers. (3 bridges)" in str(report)
    assert "half as high as its cells are wide and 1 m more. (2 bridges)" in str(report)


def test_the_structure_says_the_material_where_no_column_does(tmp_path: Path) -> None:
    rows = [
        "橋梁名;架設年度;橋長;幅員;橋梁形式;橋種",
        "甲橋;1980;45,2;5,5;鋼単純鈑桁橋;",  # two spans of 22.6 m would be of concrete
        "乙橋;1980;36;5,5;ＰＣ単純Ｔ桁橋;",
        "丙橋;1980;36;5,5;単純桁橋;ＲＣ橋",
        "丁橋;1980;36;5,5;桁橋;",
    ]
    report = importers.import_list(written(tmp_path, "list.csv", "\n".join(rows)), tmp_path / "out")
    bridges = read_network(report.folder).bridges
    assert bridges.select("material", "length_m", "width_m").rows() == [
        ("steel", 45.2, 5.5),
        ("concrete", 36, 5.5),
        ("concrete", 36, 5.5),
        ("steel", 36, 5.5),
    ]
    assert "steel where spans are at least 25 m, else concrete. (1 bridge)" in str(report)


def test_a_list_with_semicolons_does_not_take_decimals_for_thousands(tmp_path: Path) -> None:
    path = written(
        tmp_path, "list.csv", "橋梁名;架設年度;橋長\n" + "\n".join(f"{name}橋;1980;24,500" for name in "甲乙丙")
    )
    with pytest.raises(InvalidInput, match="橋長: must be a number without marks of thousands"):
        importers.import_list(path, tmp_path / "out")
    path.write_text(path.read_text(encoding="utf-8") + "\n丁橋;1980;8,5\n", encoding="utf-8")
    report = importers.import_list(path, tmp_path / "out")
    assert read_network(report.folder).bridges["length_m"].to_list() == [24.5, 24.5, 24.5, 8.5]


def test_mlit_health_is_that_of_the_age(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", MLIT), tmp_path / "out", planning_year=2010)
    network = read_network(report.folder)
    assert network.bridges.select("bridge_id", "material", "spans", "width_m").rows() == [
        ("1", "concrete", 1, 4.5),
        ("2", "steel", 3, 6.0),
    ]
    assert report.left_out == (("3", "neither judged nor dated, so no health"), ("4", "no length"))
    first = network.curves.unique(["bridge_id", "member", "damage"])
    health = {row[:3]: row[3] for row in first.select("bridge_id", "member", "damage", "health").rows()}
    assert health["1", "床版", "ひびわれ"] == 4.8  # 60 years, restored after 47.4
    assert health["1", "舗装", "最悪項目"] == 3.0  # 60 years, renewed four times after 12.5
    assert health["2", "床版", "ひびわれ"] == 5.0  # built in the planning year


def slab_health(report: importers.ImportReport, bridge: str) -> float:
    slabs = read_network(report.folder).curves.filter(bridge_id=bridge, member="床版", damage="ひびわれ")
    return float(slabs["health"][0])


def test_ages_end_in_the_planning_year_whatever_else_is_in_the_list(tmp_path: Path) -> None:
    head, *rows = MLIT.splitlines()
    newer = f"{MLIT}5,壬橋,2024,20,5,35.7,139.7,primary\n"
    typo = f"{MLIT}5,壬橋,2094,20,5,35.7,139.7,primary\n"
    lists = {"old": "\n".join([head, rows[0]]), "whole": MLIT, "newer": newer, "typo": typo}
    reports = {
        name: importers.import_list(written(tmp_path, f"{name}.csv", text), tmp_path / name, planning_year=2026)
        for name, text in lists.items()
    }
    # 76 years, restored after 60 * (2.5 / 4) ** (1 / 2) = 47.43 of them
    assert {slab_health(report, "1") for report in reports.values()} == {round(5 - 4 * ((76 - 47.434165) / 60) ** 2, 1)}
    assert reports["typo"].left_out[-1] == ("5", "built after the planning year 2026")
    assert "Ages end in 2026, as asked for." in str(reports["old"])


def test_the_planning_year_is_that_of_the_newest_inspection_or_else_the_current_one(tmp_path: Path) -> None:
    inspected = importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "xroad")
    assert inspected.planning_year is not None
    assert str(inspected.planning_year).startswith("2024, the fiscal year of the newest inspection in the list")
    uninspected = importers.import_list(written(tmp_path, "list.csv", MLIT), tmp_path / "mlit")
    assert uninspected.planning_year is not None
    fiscal_year = date.today().year - (date.today().month < 4)
    assert str(uninspected.planning_year).startswith(f"{fiscal_year}, the current fiscal year")
    printed = CliRunner().invoke(app, ["import", str(tmp_path / "list.csv"), "--out", str(tmp_path / "again")])
    assert f"ages end in  {fiscal_year}, the current fiscal year" in " ".join(printed.stdout.split("\n"))


def test_an_inspection_after_the_planning_year_is_listed(tmp_path: Path) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "out", planning_year=2023)
    (late,) = [row for row in problems(report.folder) if row[4] == "2024"]
    assert late[5] == "must not be after the planning year 2023"


def test_an_inspection_of_the_last_months_of_the_planning_year_is_not_late(tmp_path: Path) -> None:
    days = ("2025/10/3", "2026年1月20日", "R8.2.10", "20260331", "2026/4/1")
    rows = [f"{number},12,5,1980,{day},2" for number, day in enumerate(days)]
    path = written(tmp_path, "list.csv", "\n".join(["橋梁番号,橋長,幅員,架設年度,点検年月日,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out", planning_year=2025)
    assert [row[1:5] for row in problems(report.folder)] == [
        (6, "4", "点検年月日", "2026/4/1"),
        (6, "4", "判定区分", "2"),
    ]
    assert read_network(report.folder).bridges["last_inspection_year"].to_list() == [2025] * 4 + [None]
    assert_health_aged(report.folder, {str(number): (3.5, 0) for number in range(4)})


@pytest.mark.parametrize("asked", [2025, None])
def test_a_judgement_after_the_planning_year_is_not_used(tmp_path: Path, asked: int | None) -> None:
    late = date.today().year + 1 if asked is None else 2026
    rows = [f"{name},12,5,2000,2024/5/1,2" for name in "abcdef"]
    rows += [f"late,12,5,2000,{late}/5/1,4", f"again,12,5,2000,{late}/5/1,4", "again,12,5,2000,2023/5/1,2"]
    rows += ["unjudged,12,5,2000,,"]
    path = written(tmp_path, "list.csv", "\n".join(["施設ID,橋長,幅員,架設年度,点検年月日,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out", planning_year=asked)
    year = f"{'current' if asked is None else 'planning'} year {late - 1}"
    assert problems(report.folder) == [
        ("list.csv", row, name, column, value, rule, "value not used")
        for row, name in ((8, "late"), (9, "again"))
        for column, value, rule in (
            ("点検年月日", f"{late}/5/1", f"must not be after the {year}"),
            ("判定区分", "4", f"its inspection must not be after the {year}"),
        )
    ]
    assert slab_health(report, "late") == slab_health(report, "unjudged") > 3.5  # by age
    bridges = read_network(report.folder).bridges
    assert bridges["rating"].to_list() == ["II"] * 6 + [None, "II", None]


@pytest.mark.parametrize("year", [1500, 2500, 2024.5, "2024", True])
def test_a_planning_year_is_a_year(tmp_path: Path, year: object) -> None:
    with pytest.raises(InvalidInput, match="planning_year: must be a whole number from 1850 to 2200; got"):
        importers.import_list(written(tmp_path, "list.csv", MLIT), tmp_path / "out", planning_year=year)


@pytest.mark.parametrize(
    ("column", "written_as"),
    [
        ("架設年度", "S60"),
        ("架設年度", "昭和60年度"),
        ("架設年度", "１９８５"),
        ("架設年度", "1985/3/31"),
        ("点検年度", "R5"),
        ("判定区分", "Ⅰ"),
        ("判定区分", "I"),
        ("判定区分", "１"),
    ],
)
def test_xroad_reads_years_and_judgements_as_japan_writes_them(tmp_path: Path, column: str, written_as: str) -> None:
    usual = {"架設年度": "1985", "点検年度": "2023", "判定区分": "1"}
    row = '"35.1,139.1",甲橋,made road,made city,35.1,139.1,{架設年度},12.5,6.5,{点検年度},{判定区分},8'
    changed = XROAD.replace(row.format(**usual), row.format(**{**usual, column: written_as}))
    assert changed != XROAD
    importers.import_list(written(tmp_path, "list.csv", XROAD), tmp_path / "usual")
    importers.import_list(written(tmp_path, "list.csv", changed), tmp_path / "changed")
    for file in ("bridges.csv", "curves.csv"):
        assert (tmp_path / "changed" / file).read_text() == (tmp_path / "usual" / file).read_text()


@pytest.mark.parametrize(
    ("old", "new", "left_out"),
    [
        ("35.2,139.2,,45", "35.2,139.2,,0", ("35.2,139.2", "no length")),
        ("35.2,139.2,,45", "35.2,139.2,,不明", ("35.2,139.2", "no length")),
        ("2004,30,8,0,8", "不明,30,8,0,8", ("35.3,139.3", "neither judged nor dated, so no health")),
        ("2004,30,8,0,8", "－,30,8,0,－", ("35.3,139.3", "neither judged nor dated, so no health")),
        ("2004,30,8,0,8", "2025,30,8,0,8", ("35.3,139.3", "built after the planning year 2024")),
    ],
)
def test_xroad_leaves_out_a_bridge_without_what_planning_needs(
    tmp_path: Path, old: str, new: str, left_out: tuple[str, str]
) -> None:
    assert old in XROAD
    report = importers.import_list(written(tmp_path, "list.csv", XROAD.replace(old, new)), tmp_path / "out")
    assert left_out in report.left_out
    assert report.n_bridges == 2


@pytest.mark.parametrize("header", ['"橋長\n（ｍ）"', "橋長（m）", "橋長 (m)"])
def test_a_header_may_have_its_unit_and_line_breaks(tmp_path: Path, header: str) -> None:
    report = importers.import_list(written(tmp_path, "list.csv", XROAD.replace("橋長", header)), tmp_path / "out")
    assert report.n_bridges == 3


@pytest.mark.parametrize(("length", "rows"), [("1e9", 1), ("199999", 500), ("14200", 2000)])
def test_absurd_lengths_are_refused_at_once_and_in_little_memory(tmp_path: Path, length: str, rows: int) -> None:
    lines = [f"{i},橋,1980,{length},5,35.6,139.7" for i in range(rows)]
    path = written(tmp_path, "list.csv", "\n".join(["id,橋梁名,架設年度,橋長,幅員,緯度,経度", *lines]))
    begin = time.process_time()
    with pytest.raises(InvalidInput, match=r"row 2, column 橋長: must be "):
        importers.import_list(path, tmp_path / "out")
    assert time.process_time() - begin < 5
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["list.csv", "list.json", "list.parquet", "list.xlsx"])
def test_a_list_that_may_never_end_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InvalidInput, match="must be a file; got a pipe, socket or device"):
        importers.import_list(tmp_path / name, tmp_path / "out")


def test_mlit_refuses_a_list_without_a_bridge_to_plan(tmp_path: Path) -> None:
    undated = "\n".join(MLIT.splitlines()[i] for i in (0, 3, 4))
    with pytest.raises(InvalidInput, match="must have a bridge with a length and a judgement or year built; got 2 w"):
        importers.import_list(written(tmp_path, "list.csv", undated), tmp_path / "out")


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    for name in ("list.csv", "list.json"):
        with pytest.raises(InvalidInput, match="must exist; got no such file"):
            importers.import_list(tmp_path / name, tmp_path / "out")


NBI_HEADER = (
    "STATE_CODE_001,STRUCTURE_NUMBER_008,RECORD_TYPE_005A,FEATURES_DESC_006A,FACILITY_CARRIED_007,LAT_016,LONG_017,"
    "YEAR_BUILT_027,STRUCTURE_KIND_043A,MAIN_UNIT_SPANS_045,APPR_SPANS_046,STRUCTURE_LEN_MT_049,ROADWAY_WIDTH_MT_051,"
    "DECK_WIDTH_MT_052,DECK_COND_058,SUPERSTRUCTURE_COND_059,SUBSTRUCTURE_COND_060,CULVERT_COND_062,DATE_OF_INSPECT_090,"
    "OWNER_022,ADT_029,DETOUR_KILOS_019,STRAHNET_HIGHWAY_100,YEAR_RECONSTRUCTED_106"
)
NBI_ROWS = [
    "42,000000000000001,1,'MADE CREEK, N BR','ST MARY'S RD',39432979,077181454,1963,5,2,0,40.2,8.5,10.2,7,6,5,N,121"
    ",01,10335,13,2,0",
    "42,           0002,1,'MADE RIVER','SR 15',40000000,077000000,1990,3,1,2,90,8.5,0,9,9,9,N,1220,99,871,1,0,2005",
    "42,           0002,2,'SR 15','MADE ROAD',40000000,077000000,1990,3,1,2,90,8.5,0,9,9,9,N,1220,99,871,1,0,2005",
    "42,000000000000003,1,'MADE RUN','SR 16',0,000000000,1980,1,1,0,9,8,8,N,N,N,6,721,73,1500,5,0,",
    "42,000000000000004,1,'MADE RUN','SR 16',0,000000000,1980,7,1,0,9,8,8,X,4,2,N,799,02,,,,",
    "42,000000000000005,1,'MADE RUN','SR 16',0,000000000,1980,1,1,0,9,8,8,7,7,7,N,1321,04,,4,,0",
]


def nbi(folder: Path, name: str, rows: list[str]) -> Path:
    return written(folder, name, "\n".join([NBI_HEADER, *rows]) + "\n")


def test_a_bridge_of_the_us_has_no_more_spans_than_room(tmp_path: Path) -> None:
    rows = [NBI_ROWS[0].replace(",5,2,0,40.2,", ",5,200,300,40.2,"), *NBI_ROWS[1:]]
    report = importers.import_list(nbi(tmp_path, "PA21.txt", rows), tmp_path / "nbi")
    rule = "must leave at least 0.5 m for each span"
    assert problems(report.folder)[:2] == [
        ("PA21.txt", 2, "000000000000001", column, value, rule, "value not used")
        for column, value in (("MAIN_UNIT_SPANS_045", "200"), ("APPR_SPANS_046", "300"))
    ]
    assert read_network(report.folder).bridges["spans"][0] == 2  # of at most 40 m
    bridge = snbi_bridge("0001", SpanSets=[{"BSP01": "M01", "BSP02": 2000, "BSP04": "C01"}])
    file = written(tmp_path, "snbi.json", json.dumps([bridge]))
    report = importers.import_list(file, tmp_path / "snbi")
    assert [problem[3:] for problem in problems(report.folder)] == [("BSP02", "2000", rule, "value not used")]


def test_a_list_all_of_whose_bridges_are_left_out_says_why(tmp_path: Path) -> None:
    path = written(tmp_path, "published.csv", PUBLISHED.replace("# OF SPANS", "NUM OF SPANS"))
    with pytest.raises(
        InvalidInput, match=r"published.csv: must have a bridge with .* a number of spans .*no number of spans"
    ):
        importers.import_list(path, tmp_path / "out")


def test_a_misspelt_column_of_a_fixed_format_is_named(tmp_path: Path) -> None:
    assert not any("columns not read" in notice for notice in notices_of(nbi(tmp_path, "PA21.txt", NBI_ROWS), tmp_path))
    header = NBI_HEADER.replace("SUPERSTRUCTURE_COND_059", "SUPERSTRUCT_COND_059")
    notices = notices_of(written(tmp_path, "PA22.txt", "\n".join([header, *NBI_ROWS]) + "\n"), tmp_path)
    assert [notice for notice in notices if "columns not read" in notice] == [
        f"{tmp_path / 'PA22.txt'}: columns not read, though their names are like those of columns that are: "
        "SUPERSTRUCT_COND_059"
    ]


def notices_of(file: Path, folder: Path) -> Sequence[str]:
    return importers.import_list(file, folder / "out").notices


def test_nbi_is_read_with_its_quotes_positions_dates_and_ratings(tmp_path: Path) -> None:
    report = importers.import_list(nbi(tmp_path, "PA21.txt", NBI_ROWS), tmp_path / "out")
    assert (report.format, report.recognised_by) == ("nbi", ("STRUCTURE_NUMBER_008", "DECK_COND_058"))
    network = read_network(report.folder)
    bridges = network.bridges.select(
        "bridge_id", "name", "material", "spans", "width_m", "latitude", "longitude"
    ).rows()
    creek = "ST MARY'S RD over MADE CREEK, N BR"
    assert bridges[0] == ("000000000000001", creek, "concrete", 2, 10.2, 39.724942, -77.304039)
    assert bridges[1] == ("0002", "SR 15 over MADE RIVER", "steel", 3, 8.5, 40.0, -77.0)
    assert bridges[3][:3] == ("000000000000004", "SR 16 over MADE RUN", "concrete")
    assert [row[0] for row in bridges] == ["000000000000001", "0002", *(f"00000000000000{i}" for i in (3, 4, 5))]
    assert report.left_out == ()
    # 9 m of concrete without a type: a slab
    assert "expansion joint" not in set(network.curves.filter(bridge_id="000000000000004")["member"])
    culvert = network.curves.filter(bridge_id="000000000000003")
    assert culvert.select("member", "damage", "health").rows() == [
        ("safety fence", "worst item", 3.286),
        ("culvert", "crack", 3.286),
        ("culvert", "section loss", 3.286),
    ]
    assert network.bridges["rating"].to_list() == ["5", "9", "6", "2", "7"]
    assert network.bridges["route"].to_list() == ["ST MARY'S RD", "SR 15", "SR 16", "SR 16", "SR 16"]
    kept = network.bridges.select("owner", "last_inspection_year", "importance", "year_built").rows()
    assert kept == [
        ("State highway agency", 2021, 2.5, 1963),
        ("99", 2020, 1.0, 1990),
        ("Navy or Marines", 2021, 1.5, 1980),
        ("county highway agency", 1999, None, 1980),
        ("city or municipal highway agency", None, 1.0, 1980),
    ]
    health = {row[:2]: row[2] for row in network.curves.select("bridge_id", "member", "health").rows()}
    first = "000000000000001"
    assert health[first, "deck slab"] == health[first, "pavement"] == round(5 - 4 / 7 * 2, 3)
    assert health[first, "main girder"] == health[first, "bearing"] == round(5 - 4 / 7 * 3, 3)
    assert health[first, "substructure"] == round(5 - 4 / 7 * 4, 3)
    assert_health_aged(report.folder, {"0002": (5.0, 1)})
    assert health["000000000000004", "deck slab"] == 1.0  # not rated: the lowest of its bridge, 2
    assert report.planning_year is not None
    assert report.planning_year.year == 2021
    assert [row[1:5] for row in problems(report.folder)] == [
        (6, "000000000000004", "DECK_COND_058", "X"),
        (7, "000000000000005", "DATE_OF_INSPECT_090", "1321"),
    ]


def test_owners_of_the_nbi_have_the_names_of_the_coding_guide(tmp_path: Path) -> None:
    names = {"61": "Indian tribal government", "067": "Tennessee Valley Authority", "80": None, "99": "99"}
    rows = [NBI_ROWS[1].replace("0002,1", f"{number:04},1") for number in range(len(names))]
    rows = [row.replace(",1220,99,", f",1220,{code},") for row, code in zip(rows, names, strict=True)]
    report = importers.import_list(nbi(tmp_path, "PA21.txt", rows), tmp_path / "out")
    assert read_network(report.folder).bridges["owner"].to_list() == list(names.values())


def test_nbi_of_several_years_plans_the_newest_and_is_fitted_in_one_command(tmp_path: Path) -> None:
    ratings = {15: 8, 17: 7, 19: 7, 21: 6, 23: 5}
    files = []
    for year, rating in ratings.items():
        rows = [
            f"42,{bridge:015},1,'A','B',39432979,077181454,1963,5,2,0,40.2,8.5,10.2,{rating - bridge % 2},6,5,N,1{year}"
            for bridge in range(1, 5)
        ]
        files.append(nbi(tmp_path, f"PA{year}.txt", rows))
    report = importers.import_list(files, tmp_path / "out")
    assert (report.n_bridges, report.inspected_again) == (4, 4)
    slab = read_network(report.folder).curves.filter(bridge_id="000000000000002", member="deck slab")["health"][0]
    assert slab == round(5 - 4 / 7 * 4, 3)
    names = [str(file) for file in files]
    fitted = CliRunner().invoke(app, ["fit", "hazards", *names, "--rating", "deck", "--out", str(tmp_path / "fit")])
    assert fitted.exit_code == 0
    assert "ratings 9 (best) .. 0 (worst), 16 pairs" in fitted.stdout
    unnamed = CliRunner().invoke(app, ["fit", "hazards", *names, "--out", str(tmp_path / "fit")])
    assert unnamed.exit_code == 2
    assert "must be one of deck" in unnamed.stderr


def snbi_bridge(number: str, **changed: object) -> dict[str, object]:
    """A made record of a submittal."""
    return {
        "BID01": number,
        "BID02": "MADE CREEK",
        "BL01": 42,
        "BL05": 40.1,
        "BL06": -77.2,
        "BCL01": "S01",
        "BCL06": "Y",
        "BW01": 1980,
        "BG01": 190.0,
        "BG02": 200.0,
        "BG05": 40.0,
        "BG06": 36.0,
        "BC01": "7",
        "BC02": "6",
        "BC03": "5",
        "BC04": "N",
        "SpanSets": [
            {"BSP01": "A01", "BSP02": 2, "BSP04": "C03"},
            {"BSP01": "M01", "BSP02": 1, "BSP04": "S02"},
            {"BSP01": "W01", "BSP02": 9, "BSP04": "C01"},
        ],
        "Features": [
            {"BF01": "H02", "BF02": "B", "BH09": 99000, "BH17": 90},
            {"BF01": "H01", "BF02": "C", "BF03": "SR 12", "BH09": 12000, "BH17": 3},
        ],
        "Inspections": [
            {"BIE01": "2", "BIE02": "20230601", "BIE03": "20230615"},
            {"BIE01": "3", "BIE02": "20250701"},
        ],
        **changed,
    }


def test_snbi_is_read_with_its_nested_sets(tmp_path: Path) -> None:
    records = [
        snbi_bridge("0001"),
        snbi_bridge("0002", BG02=None, BC01="N", SpanSets=[], BW01=0),
        snbi_bridge(
            "0003", BC01="N", BC02="N", BC03="N", BC04="6", SpanSets=[{"BSP01": "C01", "BSP02": 2, "BSP04": "C01"}]
        ),
        snbi_bridge("0004", BC01="8 of 9"),
        snbi_bridge("0005", BCL06="N", Features=[{"BF01": "H01", "BF02": "C", "BH09": 900, "BH17": 4}]),
        snbi_bridge("0006", BCL06=None, Features=[]),
        snbi_bridge(
            *("0007",),
            BCL06="N",
            Features=[{"BF01": "H01", "BF02": "C", "BH05": "2"}],
            SpanSets=[{"BSP01": "M01", "BSP02": 1, "BSP04": "C01-T", "BSP06": "S01"}],
        ),
    ]
    report = importers.import_list(written(tmp_path, "PA.json", json.dumps(records)), tmp_path / "out")
    assert (report.format, report.recognised_by) == ("snbi", ("BID01", "BL01"))
    network = read_network(report.folder)
    columns = ("bridge_id", "material", "spans", "length_m", "width_m", "year_built")
    first, second, *others = network.bridges.select(columns).rows()
    assert first == ("0001", "steel", 3, 60.96, 12.19, 1980)  # feet
    assert second == ("0002", "steel", 2, 57.91, 12.19, None)
    assert [row[:3] for row in others] == [
        ("0003", "concrete", 2),
        *((number, "steel", 3) for number in ("0004", "0005", "0006")),
        ("0007", "concrete", 1),
    ]
    assert network.bridges["route"].to_list() == [*["SR 12"] * 4, None, None, None]
    assert "expansion joint" not in set(network.curves.filter(bridge_id="0007")["member"])
    kept = network.bridges.select("owner", "last_inspection_year", "importance").rows()
    importances = [2.0, 2.0, 2.0, 2.0, 1.5, None, 1.5]  # 3 miles are less than 5 km
    assert kept == [("S01", 2023, importance) for importance in importances]
    assert report.left_out == ()
    assert set(network.curves.filter(bridge_id="0003")["member"]) == {"culvert", "safety fence"}
    assert report.planning_year is not None
    assert report.planning_year.year == 2023  # not the underwater inspection
    slabs = network.curves.filter(member="deck slab").unique("bridge_id", maintain_order=True)["health"].to_list()
    assert slabs == [round(5 - 4 / 7 * (9 - rating), 3) for rating in (7, 5, 5, 7, 7, 7)]
    assert (2, "0002", "BW01", "0") in [row[1:5] for row in problems(report.folder)]
    assert (4, "0004", "BC01", "8 of 9") in [row[1:5] for row in problems(report.folder)]


@pytest.mark.parametrize(
    "dates",
    [
        *(("6/15/2021", "12/31/2023"), ("12/31/2023", "6/15/2021"), ("20210615", "2023-12-31")),
        *(("2021/06/15", "2023.12.31"), ("6/15/2021 0:00:00", "12/31/2023 12:00:00 AM")),
    ],
)
def test_the_last_inspection_of_snbi_is_the_latest_day_however_it_is_written(
    tmp_path: Path, dates: Sequence[str]
) -> None:
    inspections = [{"BIE01": "1", "BIE02": day} for day in dates]
    path = written(tmp_path, "PA.json", json.dumps([snbi_bridge("0001", Inspections=inspections)]))
    network = read_network(importers.import_list(path, tmp_path / "out").folder)
    assert network.bridges["last_inspection_year"].to_list() == [2023]


@pytest.mark.parametrize("dates", [("2022-2-1", "2022-12-1"), ("2022/12/01", "20220201"), ("2022-9-30", "20221201")])
def test_the_latest_day_of_snbi_is_that_of_the_calendar_within_a_year_too(tmp_path: Path, dates: Sequence[str]) -> None:
    rounds = [[{"BIE01": "1", "BIE02": day} for day in days] for days in (dates, ("20200101",))]
    files = [
        written(tmp_path, f"{i}.json", json.dumps([snbi_bridge("0001", Inspections=found)]))
        for i, found in enumerate(rounds)
    ]
    assert sorted(importers.read_history(files).inspections["year"]) == [2020, 2022 + 334 / 365]


@pytest.mark.parametrize("unit", ["mm", "(mm)", "㎜", "（ｍｍ）", "cm", "(km)"])
def test_a_length_whose_unit_stands_below_its_header_is_not_taken_for_metres(tmp_path: Path, unit: str) -> None:
    rows = ["橋梁番号,橋梁名,架設年度,橋長,幅員", f",,(西暦),{unit},{unit}", "1,a,1980,20500,6200"]
    path = written(tmp_path, "list.csv", "\n".join(rows))
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert "must have the columns 橋長; got 橋梁番号, 橋梁名, 架設年度, 橋長(" in str(refused.value)


def test_a_unit_below_a_header_that_has_it_changes_nothing(tmp_path: Path) -> None:
    rows = ["橋梁番号,橋梁名,架設年度,橋長(m),迂回距離(km)", ",,年度,m,km", "1,a,1980,20.5,6"]
    report = importers.import_list(written(tmp_path, "list.csv", "\n".join(rows)), tmp_path / "out")
    bridges = read_network(report.folder).bridges
    assert bridges.select("year_built", "length_m", "importance").rows() == [(1980, 20.5, 1.5)]


def test_a_bridge_of_xroad_with_an_empty_list_of_inspections_is_there(tmp_path: Path) -> None:
    inspected = {"kiroku": {"tenken_nendo": 2022, "hantei_kubun": 2}}
    records = [
        {"shisetsu_id": name, "syogen": {"kyouchou": 20, "kasetsu_nendo": 1980}, "tenken": inspections}
        for name, inspections in (("a", []), ("b", [inspected]))
    ]
    path = written(tmp_path, "answer.json", json.dumps({"result": records, "resultset": {"count": 2}}))
    network = read_network(importers.import_list(path, tmp_path / "out").folder)
    assert network.bridges.select("bridge_id", "last_inspection_year").rows() == [("a", None), ("b", 2022)]


@pytest.mark.parametrize("numbers", [(2, 1), ("2", "1"), (2.0, 1.0), ("2", 1), (3, 0)])
def test_spans_of_snbi_are_summed_however_they_are_written(tmp_path: Path, numbers: Sequence[object]) -> None:
    sets = [{"BSP01": f"M0{i}", "BSP02": number} for i, number in enumerate(numbers, start=1)]
    path = written(tmp_path, "PA.json", json.dumps([snbi_bridge("0001", SpanSets=sets)]))
    assert read_network(importers.import_list(path, tmp_path / "out").folder).bridges["spans"].to_list() == [3]


def test_codes_of_nbi_are_read_with_the_decimals_that_programs_add(tmp_path: Path) -> None:
    plain = NBI_ROWS[0]
    decimal = plain.replace("42,000000000000001,1,", "42.0,000000000000001,1.0,").replace(
        ",5,N,121,01,", ",5,N,121.0,1.0,"
    )
    decimal = decimal.replace(",1963,5,2,", ",1963.0,5.0,2.0,")
    assert decimal.count(".0") == 7
    networks = []
    for name, row in (("plain", plain), ("decimal", decimal)):
        report = importers.import_list(nbi(tmp_path, f"{name}.txt", [row]), tmp_path / name)
        networks.append(read_network(report.folder))
    assert networks[0].bridges.equals(networks[1].bridges)
    assert networks[0].curves.equals(networks[1].curves)


def test_a_state_of_nbi_is_the_same_with_and_without_its_zero(tmp_path: Path) -> None:
    rows = [NBI_ROWS[0].replace("42,", "04,", 1), NBI_ROWS[0].replace("42,", "4,", 1).replace(",121,", ",123,")]
    report = importers.import_list([nbi(tmp_path, f"{i}.txt", [row]) for i, row in enumerate(rows)], tmp_path / "out")
    assert read_network(report.folder).bridges["last_inspection_year"].to_list() == [2023]


def test_nbi_without_a_route_on_a_bridge_is_refused(tmp_path: Path) -> None:
    path = nbi(tmp_path, "a.txt", [NBI_ROWS[2]])
    with pytest.raises(InvalidInput, match=r"row 2, column RECORD_TYPE_005A: must be 1 somewhere: .*; got 2"):
        importers.import_list(path, tmp_path / "out")


def test_inspections_of_the_whole_bridge_are_known_by_1_and_by_1_0(tmp_path: Path) -> None:
    rounds = [{"BIE01": 1.0, "BIE02": "20210401"}, {"BIE01": 3.0, "BIE02": "20240401"}]
    path = written(tmp_path, "PA.json", json.dumps([snbi_bridge("0001", Inspections=rounds)]))
    network = read_network(importers.import_list(path, tmp_path / "out").folder)
    assert network.bridges["last_inspection_year"].to_list() == [2021]


def test_a_judgement_of_before_the_bridge_was_built_is_not_used(tmp_path: Path) -> None:
    rows = [
        "a,2020,20,2018,3",
        "b,1980,20,2024,1",
        "c,2018,20,2018,2",
        "d,2021,20,2019,",
        "e,2021,20,2019,2",
        "e,2021,20,2022,1",
        "f,2019-03-15,20,2018年度,2",
        "g,2019,20,2019-02-15,2",
        "b,1980,20,2019,1",
    ]
    path = written(tmp_path, "list.csv", "\n".join(["施設ID,架設年度,橋長,点検年度,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out")
    rule = "must not be of a year before the bridge was built"
    assert problems(report.folder) == [
        ("list.csv", 2, "a", "判定区分", "3", rule, "value not used"),
        ("list.csv", 6, "e", "判定区分", "2", rule, "value not used"),
    ]
    bridges = read_network(report.folder).bridges
    assert dict(bridges.select("bridge_id", "rating").rows()) == {
        "a": None,
        "b": "I",
        "c": "II",
        "d": None,
        "e": "I",
        "f": "II",
        "g": "II",
    }
    assert bridges["last_inspection_year"].to_list() == [None, 2024, 2018, None, 2022, 2018, 2018]
    curves = read_network(report.folder).curves.filter(pl.col("bridge_id") == "a")
    assert curves["health"].min() > 4.0  # of four years, not of judgement III
    history = importers.read_history(path).inspections
    assert history.filter(pl.col("asset") == "e")["year"].to_list() == [2022]


REBUILT = "1 bridge rebuilt after the last rating: the health now is that of before it, likely too low"


@pytest.mark.parametrize(("built", "rebuilt"), [("2022", "0"), ("1963", "2022")])
def test_a_bridge_of_nbi_that_was_built_or_rebuilt_since_its_rating(tmp_path: Path, built: str, rebuilt: str) -> None:
    row = NBI_ROWS[0].replace(",1963,", f",{built},").removesuffix(",0") + f",{rebuilt}"
    report = importers.import_list(nbi(tmp_path, "a.txt", [row, NBI_ROWS[1]]), tmp_path / "out", planning_year=2024)
    bridges, curves = read_network(report.folder).bridges, read_network(report.folder).curves
    if rebuilt == "2022":
        assert list(report.notices) == [REBUILT]
        assert bridges["rating"][0] == "5"
        return
    reason = "is rated in a year before the bridge was built"
    assert problems(report.folder) == [("a.txt", 2, "000000000000001", None, None, reason, "value not used")]
    assert bridges.select("rating", "last_inspection_year").row(0) == (None, None)
    assert curves.filter(pl.col("bridge_id") == bridges["bridge_id"][0])["health"].min() > 4.5


def test_nbi_with_quotes_in_names_and_decimals_of_other_programs(tmp_path: Path) -> None:
    plain = importers.import_list(nbi(tmp_path, "a.txt", NBI_ROWS), tmp_path / "plain")
    named = [row.replace("'SR 16'", "'\"K\" ST, SR 16'").replace("'SR 15'", "'\"SR\" 15'") for row in NBI_ROWS]
    quoted = importers.import_list(nbi(tmp_path, "b.txt", named), tmp_path / "quoted")
    assert read_network(quoted.folder).bridges["name"].to_list()[1:3] == [
        '"SR" 15 over MADE RIVER',
        '"K" ST, SR 16 over MADE RUN',
    ]
    same = [pl.exclude("name", "route")]
    first, second = (read_network(each.folder).bridges.select(same) for each in (plain, quoted))
    assert first.equals(second)
    cells = [line.split(",") for line in "\n".join([NBI_HEADER, *NBI_ROWS]).replace("CREEK, N", "CREEK N").splitlines()]
    years = [cells[0].index(name) for name in ("YEAR_BUILT_027", "YEAR_RECONSTRUCTED_106")]
    for row in cells[1:]:
        for i in years:
            row[i] = row[i] and f"{row[i]}.0"  # as pandas writes columns with a gap
    floats = importers.import_list(written(tmp_path, "c.txt", "\n".join(map(",".join, cells))), tmp_path / "floats")
    assert read_network(floats.folder).bridges.select(same).equals(first)


def test_nbi_inspections_that_are_rated_twice_or_later_than_the_planning_year_are_listed(tmp_path: Path) -> None:
    row = NBI_ROWS[0]
    files = [
        nbi(tmp_path, "a.txt", [row]),
        nbi(tmp_path, "b.txt", [row]),
        nbi(tmp_path, "c.txt", [row.replace(",7,6,5", ",6,6,5")]),
    ]
    report = importers.import_list(files, tmp_path / "out")
    assert [(row[0], *row[5:]) for row in problems(report.folder)] == [
        ("a.txt", "a later row rates the same inspection otherwise", "row not used"),
        ("b.txt", "a later row rates the same inspection otherwise", "row not used"),
    ]
    assert read_network(report.folder).curves["health"][0] == round(5 - 4 / 7 * 3, 3)
    importers.import_list(files[:2], tmp_path / "same")
    assert not (tmp_path / "same" / "problems.csv").exists()
    early = importers.import_list(files[0], tmp_path / "early", planning_year=2019)
    assert [row[3:6] for row in problems(early.folder)] == [
        ("DATE_OF_INSPECT_090", "2021-01", "must not be after the planning year 2019"),
        *(
            (f"{part}_COND_0{number}", rating, "its inspection must not be after the planning year 2019")
            for part, number, rating in (("DECK", 58, "7"), ("SUPERSTRUCTURE", 59, "6"), ("SUBSTRUCTURE", 60, "5"))
        ),
    ]
    unrated = importers.import_list(
        nbi(tmp_path, "d.txt", [row.replace(",7,6,5,N,121", ",N,N,N,N,")]), tmp_path / "unrated", planning_year=2019
    )
    assert read_network(early.folder).curves.equals(read_network(unrated.folder).curves)


def test_ratings_of_snbi_after_the_planning_year_are_not_used(tmp_path: Path) -> None:
    rated, unrated = snbi_bridge("0001"), snbi_bridge("0001", BC01="N", BC02="N", BC03="N", Inspections=[])
    networks = []
    for name, record in (("rated", rated), ("unrated", unrated)):
        path = written(tmp_path, f"{name}.json", json.dumps([record]))
        networks.append(read_network(importers.import_list(path, tmp_path / name, planning_year=2022).folder))
    first, second = networks
    assert first.curves.equals(second.curves)
    assert first.bridges["rating"].to_list() == [None]
    assert [row[3:6] for row in problems(tmp_path / "rated")] == [
        ("BIE03", "20230615", "must not be after the planning year 2022"),
        *(
            (column, rating, "its inspection must not be after the planning year 2022")
            for column, rating in (("BC01", "7"), ("BC02", "6"), ("BC03", "5"))
        ),
    ]


LTPP = """\
STATE_CODE,SHRP_ID,CONSTRUCTION_NO,VISIT_DATE,RUN_NUMBER,MRI
4,0113,1,Fri Mar 23 1990 19:00:00 GMT-0500 (Eastern Standard Time),1,1.0
4,0113,1,Fri Mar 23 1990 19:00:00 GMT-0500 (Eastern Standard Time),2,1.8
4,0113,1,03/24/1994,1,1.6
4,0113,1,03/24/1998,1,2.8
4,0113,2,03/24/2000,1,1.1
4,0114,1,03/24/1990,1,2.7
4,0114,1,03/24/1991,1,
4,0114,1,03/24/1992,1,rough
4,0114,1,03/24/1995,1,2.71
"""


def test_ltpps_sections_are_rated_by_their_roughness_and_fitted_in_one_command(tmp_path: Path) -> None:
    path = written(tmp_path, "ltpp.csv", LTPP)
    history = importers.read_history(path)
    rows = history.inspections.with_columns(pl.col("year").floor().cast(pl.Int64)).rows()
    assert rows == [
        ("4-0113-1", 1990, 1),
        ("4-0113-1", 1994, 2),
        ("4-0113-1", 1998, 3),
        ("4-0113-2", 2000, 1),
        ("4-0114-1", 1990, 2),
        ("4-0114-1", 1995, 3),
    ]
    assert history.inspections["year"][0] == pytest.approx(1990 + 82 / 365)  # 24 March, in UTC
    fitted = CliRunner().invoke(app, ["fit", "hazards", str(path), "--out", str(tmp_path / "fit")])
    assert fitted.exit_code == 0, fitted.output
    assert "ratings 1 (best) .. 3 (worst), 3 pairs" in fitted.stdout
    assert f"not used: 1; the first: {path}, row 9, column MRI: must be a number; got rough" in fitted.stderr
    with pytest.raises(InvalidInput, match="must be a list of bridges: nagamochi fit hazards reads this one; got road"):
        importers.import_list(path, tmp_path / "out")


@needs_real_lists
@pytest.mark.parametrize("name", ["ltpp_flexible", "ltpp_rigid", "ltpp_ac_iri"])
def test_the_real_sections_of_ltpp(tmp_path: Path, name: str) -> None:
    history = importers.read_history(REAL / "pavement" / f"{name}.csv.gz")
    rated = history.inspections
    assert rated["asset"].n_unique() > 25
    assert rated["year"].is_between(1988, 2027).all()
    assert set(rated["roughness"]) == {1, 2, 3}


@needs_real_lists
def test_the_real_bridges_of_pennsylvania(tmp_path: Path) -> None:
    report = importers.import_list(REAL / "nbi" / "nbi_raw_sample.txt", tmp_path)
    network = read_network(tmp_path)
    assert (report.n_bridges, len(report.left_out), report.problems) == (24, 0, 0)
    assert network.curves.filter(member="culvert")["bridge_id"].n_unique() == 3
    assert network.bridges["latitude"].is_between(39.7, 40.3).all()
    assert network.bridges["longitude"].is_between(-77.5, -76.9).all()
    assert network.curves["health"].is_between(2.7, 4.5).all()


@needs_real_lists
def test_the_real_bridges_of_ontario(tmp_path: Path) -> None:
    lists = REAL / "nbi" / "ontario_inventory.csv.gz", REAL / "nbi" / "ontario_bci_history.csv.gz"
    report = importers.import_list(lists, tmp_path)
    network = read_network(tmp_path)
    assert (report.n_bridges, report.left_out, network.notices) == (1916, (), ())
    assert network.n_bridges == 1916
    assert report.n_curves == network.n_curves > 16 * 1916
    assert_lives_are_those_by_hand(tmp_path, *lists)
    assert "a major rehabilitation of 61 bridges is after the last rating" in report.notices[0]
    counts = [each.bridges for each in report.assumed if each.text.startswith("The last major rehabilitation")]
    assert counts == [61, 107]

    lives = pl.read_csv(tmp_path / "service_lives.csv")
    assert 100.0 < lives.filter(basis="base life")["service_life"][0] < 150.0
    assert lives.filter(basis="own ratings").height > 1400
    health = network.curves.group_by("bridge_id").agg(pl.col("health").first())["health"]
    assert 3.0 < health.median() < 3.5
    yearly_repair = (network.arrays.repair_cost[:, 2] / network.arrays.service_life).sum() / 1916
    assert 0.2e6 < yearly_repair < 5e6


@needs_real_lists
def test_the_real_bridges_of_yashio(tmp_path: Path) -> None:
    folder = REAL / "japan-bridges"
    reports = [
        importers.import_list(folder / name, tmp_path / name) for name in ("xroad_yashio.csv", "xroad_yashio_api.json")
    ]
    networks = [read_network(report.folder) for report in reports]
    assert networks[0].fingerprint == networks[1].fingerprint
    assert networks[0].notices == ()
    assert networks[0].n_bridges + len(reports[0].left_out) == 125
    assert {reason for _, reason in reports[0].left_out} == {"neither judged nor dated, so no health"}
    with (folder / "xroad_yashio.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["判定区分"] in "1234" and row["点検年度"] != "0"]
    assert_health_aged(
        tmp_path / "xroad_yashio.csv",
        {row["施設ID"]: (5.5 - int(row["判定区分"]), 2025 - int(row["点検年度"])) for row in rows},
    )
    years = dict(networks[0].bridges.select("bridge_id", "last_inspection_year").rows())
    assert years == {row["施設ID"]: int(row["点検年度"]) for row in rows}
    assert networks[0].bridges["owner"].to_list() == [row["管理者"] for row in rows]


@needs_real_lists
def test_the_real_bridges_of_tokyo(tmp_path: Path) -> None:
    report = importers.import_list(REAL / "japan-bridges" / "tokyo23_bridges.csv", tmp_path)
    network = read_network(tmp_path)
    assert (report.n_bridges, report.left_out, network.notices) == (919, (), ())
    assert network.curves["health"].is_between(2.5, 5.0).all()
    assert "The width is unknown: 6 m. (2 bridges)" in str(report)
    with (REAL / "japan-bridges" / "tokyo23_bridges.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    busy = [float(row["自動車24時間交通量_推定"]) >= 10_000 for row in rows]
    far = [float(row["迂回距離_m"]) >= 5_000 for row in rows]
    importances = [1 + (one + other) / 2 for one, other in zip(busy, far, strict=True)]
    assert network.bridges["importance"].to_list() == importances
    reasons = f"with at least 10,000 vehicles a day ({sum(busy)}), with a detour of at least 5 km ({sum(far)})"
    assert reasons in str(report)


def yen_per_m2_and_year(folder: Path) -> pl.DataFrame:
    """Bridges with the yen per m2 of deck and year of repairs at health 2.5 and of inspections every five years."""
    network = read_network(folder)
    costs = {row[:2]: row[2] for row in network.costs.select("cost_model", "health", "unit_cost").iter_rows()}
    repair = network.items.with_columns(
        cost=pl.Series(
            (costs[model, 2] + costs[model, 3]) / 2 * quantity
            for model, quantity in network.items.select("cost_model", "quantity").iter_rows()
        )
    )
    by_curve = repair.group_by("curve").agg(pl.col("cost").sum()).sort("curve")["cost"]
    years = network.curves["service_life"] * ((5 - 2.5) / 4) ** (1 / network.curves["shape"])
    yearly = network.curves.select("bridge_id", yearly=by_curve / years).group_by("bridge_id").sum()
    bridges = network.bridges.join(yearly, on="bridge_id", maintain_order="left")
    yen = (pl.col("yearly") + pl.col("inspection_cost") / 5) / (pl.col("length_m") * pl.col("width_m"))
    return bridges.with_columns(yen=yen)


@needs_real_lists
@pytest.mark.parametrize(
    ("files", "outside"),
    [
        (["japan-bridges/xroad_yashio.csv"], 4),
        (["japan-bridges/tokyo23_bridges.csv"], 9),
        (["nbi/ontario_inventory.csv.gz", "nbi/ontario_bci_history.csv.gz"], 6),
    ],
)
def test_costs_of_real_bridges_by_deck_area_and_year_are_alike_from_2_to_200_m(
    tmp_path: Path, files: list[str], outside: int
) -> None:
    """The band and its exceptions are those of docs/notes/standard-bridge.md."""
    importers.import_list([REAL / file for file in files], tmp_path)
    bridges = yen_per_m2_and_year(tmp_path)
    high, low = bridges.filter(pl.col("yen") > 5_000), bridges.filter(pl.col("yen") < 1_000)
    assert high.height + low.height == outside
    narrow, many_joints = pl.col("width_m") <= 3.2, (pl.col("spans") > 1) & (pl.col("length_m") / pl.col("spans") < 5.2)
    assert high.filter(~(narrow | many_joints)).is_empty()
    assert low.filter(pl.col("width_m") < 60.0).is_empty()
    short, long = bridges.filter(pl.col("length_m") < 10.0), bridges.filter(pl.col("length_m") >= 100.0)
    assert 0.5 < short["yen"].median() / long["yen"].median() < 2.0


@pytest.mark.parametrize(
    ("newest", "planning_year"), [("2023/2/10", 2022), ("R5.3.31", 2022), ("2023/4/1", 2023), ("2022年度", 2022)]
)
def test_plans_of_japanese_lists_start_after_the_fiscal_year_of_the_newest_inspection(
    tmp_path: Path, newest: str, planning_year: int
) -> None:
    rows = (
        f"甲橋,1970/1/1,{newest},2",  # judged in the planning year: its health is that of the judgement
        "乙橋,1980/4/1,2021/2/1,2",  # of fiscal year 2020
        "丙橋,2023/2/1,,",  # of fiscal year 2022: new, and never later than the planning year
    )
    text = "\n".join(("橋梁名,架設年月日,点検年月日,判定区分,橋長,幅員", *(f"{row},12,5" for row in rows)))
    report = importers.import_list(written(tmp_path, "list.csv", text), tmp_path / "out")
    assert str(report.planning_year) == (
        f"{planning_year}, the fiscal year of the newest inspection in the list (planning_year sets another)"
    )
    assert not report.left_out
    network = read_network(report.folder)
    assert network.start_year == planning_year + 1
    bridges, health = network.bridges["bridge_id"].to_list(), [slab_health(report, name) for name in ("甲橋", "乙橋")]
    assert bridges == ["甲橋", "乙橋", "丙橋"]
    age = 60 * ((5 - 3.5) / 4) ** (1 / 2) + planning_year - 2020
    assert health == pytest.approx([3.5, 5 - 4 * (age / 60) ** 2], abs=0.001)
    asked = importers.import_list(tmp_path / "list.csv", tmp_path / "asked", planning_year=planning_year)
    assert [slab_health(asked, name) for name in ("甲橋", "乙橋")] == health


def test_the_last_inspection_of_japanese_lists_is_a_fiscal_year(tmp_path: Path) -> None:
    rows = (
        "甲橋,1970,2023/3/15,2",
        "乙橋,1980,2022/11/1,1",
        "丙橋,1990,2018年度,1",
        "丁橋,2000,,1",
        "戊橋,2023,2023/5/1,1",
    )
    text = "\n".join(("橋梁名,架設年度,点検年月日,判定区分,橋長,幅員", *(f"{row},12,5" for row in rows)))
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    report = importers.import_list(tmp_path / "list.csv", tmp_path / "out")
    assert report.planning_year is not None
    assert report.planning_year.year == 2023
    network = read_network(report.folder)
    assert network.start_year == 2024
    assert network.bridges["last_inspection_year"].to_list() == [2022, 2022, 2018, None, 2023]
    assert network.bridges["year_built"].to_list() == [1970, 1980, 1990, 2000, 2023]


def test_marks_of_no_value_do_not_make_the_last_inspection_a_calendar_year(tmp_path: Path) -> None:
    serials = {"甲橋": 44_985, "乙橋": 45_100, "丙橋": 44_986}
    rows = [f"{name},1980,{serial},1,12,5" for name, serial in serials.items()]
    rows += ["丁橋,1980,不明,1,12,5", "戊橋,1980,0,1,12,5"]
    path = written(tmp_path, "list.csv", "\n".join(["橋梁名,架設年度,点検年月日,判定区分,橋長,幅員", *rows]))
    report = importers.import_list(path, tmp_path / "out")
    days = [date(1899, 12, 30) + timedelta(serial) for serial in serials.values()]
    fiscal = [day.year - (day.month < 4) for day in days]
    assert fiscal == [2022, 2023, 2022]
    bridges = read_network(report.folder).bridges
    assert bridges["last_inspection_year"].to_list() == [*fiscal, None, None]


def test_a_last_inspection_that_may_be_two_fiscal_years_is_none(tmp_path: Path) -> None:
    rows = [f"{name},1980,{when},1,12,5" for name, when in {"甲橋": "R2-3", "乙橋": "R2.3", "丙橋": "R3年度"}.items()]
    path = written(tmp_path, "list.csv", "\n".join(["橋梁名,架設年度,点検年月日,判定区分,橋長,幅員", *rows]))
    bridges = read_network(importers.import_list(path, tmp_path / "out").folder).bridges
    assert bridges["last_inspection_year"].to_list() == [None, 2019, 2021]


@pytest.mark.parametrize("first", ["2023/2/15,1", "2023/11/1,3"])
def test_of_two_inspections_in_a_calendar_year_the_later_counts(tmp_path: Path, first: str) -> None:
    days = sorted(("2023/2/15,1", "2023/11/1,3", "2023/12/1,"), key=lambda day: day != first)
    rows = [f"A,20,1980,{day}" for day in days]
    path = written(tmp_path, "list.csv", "\n".join(["施設ID,橋長,架設年度,点検日,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out")
    assert_health_aged(report.folder, {"A": (2.5, 0)})
    assert read_network(report.folder).bridges["last_inspection_year"].to_list() == [2023]
    kept = 2 + days.index("2023/11/1,3")
    problems = (report.folder / "problems.csv").read_text(encoding="utf-8")
    assert problems.count(f"repeats the bridge and year of row {kept},row not used") == 2


def test_an_inspection_of_the_nbi_before_its_standards_is_odd(tmp_path: Path) -> None:
    head = "STRUCTURE_NUMBER_008,YEAR_BUILT_027,STRUCTURE_LEN_MT_049,DATE_OF_INSPECT_090,DECK_COND_058"
    ahead = (date.today().year + 1) % 100
    dates = ("0319", f"01{ahead:02}", "0671", "1298")
    rows = [f"B{i},1960,20,{when},7" for i, when in enumerate(dates)]
    path = written(tmp_path, "list.csv", "\n".join([head, *rows]))
    report = importers.import_list(path, tmp_path / "out")
    years = read_network(report.folder).bridges["last_inspection_year"].to_list()
    assert years == [2019, None, 1971, 1998]
    assert "must be from the year 1968 to 2200" in (report.folder / "problems.csv").read_text(encoding="utf-8")


BESIDE = ["橋梁番号", "橋梁名", "橋長(m)", "幅員(m)", "架設年度", "判定区分"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("row", "used"),
    [
        ([3, "丙橋", "", 20, 6, 1980, "Ⅱ"], False),
        ([3, "丙橋", 20, 6, 1980, 1980, 2018], False),
        ([3, "丙橋", 20, 6, 1980, "Ⅱ", "H30"], False),
        ([3, "丙橋", 20, 6, 1980, "Ⅱ", "架け替え予定"], True),
        ([3, "丙橋", 20, 6, 1980, "Ⅱ", " "], True),
        ([3, "丙橋", 20, 6, 1980, "Ⅱ", "", 120], True),
        ([3, "丙橋", 20, 6, 1980, ""], True),
    ],
)
def test_a_row_pushed_beyond_the_header_is_left_out_and_a_note_beside_it_is_not(
    tmp_path: Path, kind: str, row: list[object], used: bool
) -> None:
    table = [BESIDE, *([i, f"橋{i}", 12 + i, 5, 1975, "Ⅱ"] for i in (1, 2, 4, 5)), row]
    path = saved(table, tmp_path / f"list.{kind}")
    report = importers.import_list(path, tmp_path / "out")
    bridges = read_network(report.folder).bridges
    assert bridges["length_m"].to_list() == [13, 14, 16, 17, *([20] if used else [])]
    said = f"reaches beyond the header with {row[-1]}"
    assert [f"row 6 {said}: not used" in notice for notice in report.notices].count(True) == (not used)
    problems = report.folder / "problems.csv"
    assert problems.exists() is not used
    assert used or f",6,,,,{said},row not used" in problems.read_text(encoding="utf-8")


def test_a_column_without_a_name_that_most_rows_fill_stays_a_column(tmp_path: Path) -> None:
    table = [BESIDE, *([i, f"橋{i}", 12 + i, 5, 1975, "Ⅱ", 51] for i in range(3)), [3, "橋3", 15, 5, 1975, "Ⅱ"]]
    report = importers.import_list(saved(table, tmp_path / "list.xlsx"), tmp_path / "out")
    assert read_network(report.folder).bridges["length_m"].to_list() == [12, 13, 14, 15]
    assert any("columns without a name of their own: 1, not used" in notice for notice in report.notices)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("upper", "lower", "cells", "read"),
    [
        (
            ["判定区分", "", "点検年度", ""],
            ["前回", "今回", "前回", "今回"],
            ["Ⅰ", "Ⅲ", "H29", "R4"],
            ("III", 2022, 5.0, 20.0),
        ),
        (["判定区分(前回)", "判定区分(最新)"], None, ["Ⅰ", "Ⅲ"], ("III", None, 5.0, 20.0)),
        (["点検結果", ""], ["回数", "診断"], [3, "Ⅱ"], (None, None, 5.0, 20.0)),
        (["判定区分", "備考", ""], ["", "補修", "点検"], ["Ⅱ", "x", "y"], ("II", None, 5.0, 20.0)),
        (["判定区分", ""], ["", ""], ["Ⅱ", ""], ("II", None, 5.0, 20.0)),
        (
            ["点検", "", "上部工", ""],
            ["判定区分", "年度", "橋種", "形式"],
            ["Ⅱ", "R4", "PC橋", "桁"],
            ("II", 2022, 5.0, 20.0),
        ),
    ],
)
def test_a_head_over_several_columns_names_none_of_them_alone(
    tmp_path: Path, kind: str, upper: list[str], lower: list[str] | None, cells: list[object], read: tuple[object, ...]
) -> None:
    heads = ["橋梁番号", "橋梁名", "橋長(m)", "幅員(m)", "架設年度"]
    table = [[*heads, *upper], *([] if lower is None else [[""] * 5 + lower])]
    table += [[i, f"橋{i}", 20, 5, 1975, *cells] for i in range(1, 5)]
    report = importers.import_list(saved(table, tmp_path / f"list.{kind}"), tmp_path / "out")
    bridges = read_network(report.folder).bridges.select("rating", "last_inspection_year", "width_m", "length_m")
    assert bridges.rows() == [read] * 4


def test_a_length_of_several_kinds_is_not_chosen(tmp_path: Path) -> None:
    table = [["橋梁番号", "橋梁名", "橋長", "", "架設年度"], ["", "", "支間長", "全長", ""]]
    table += [[i, f"橋{i}", 5, 20, 1975] for i in range(1, 5)]
    with pytest.raises(
        InvalidInput, match="must have the columns 橋長; got 橋梁番号, 橋梁名, 橋長_支間長, 橋長_全長, 架設年度"
    ):
        importers.import_list(saved(table, tmp_path / "list.xlsx"), tmp_path / "out")


def test_columns_of_one_name_are_refused_where_they_differ(tmp_path: Path) -> None:
    heads = ["橋梁番号", "橋梁名", "橋長(m)", "架設年度", "判定区分", "備考", "判定区分", "備考"]
    same, other = (
        saved(
            [heads, [1, "橋1", 20, 1975, "Ⅱ", "a", rating, "b"], [2, "橋2", 20, 1975, "Ⅱ", "", "Ⅱ", ""]],
            tmp_path / name,
        )
        for rating, name in (("Ⅱ", "same.xlsx"), ("Ⅲ", "other.csv"))
    )
    report = importers.import_list(same, tmp_path / "out")
    assert read_network(report.folder).bridges["rating"].to_list() == ["II", "II"]
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(other, tmp_path / "out")
    rule = "must be there only once, as its columns differ; got it again as column 7"
    assert str(refused.value) == f"{other}, row 1, column 判定区分: {rule}"
    ratings = written(
        tmp_path,
        "years.csv",
        "ID,YEAR BUILT,# OF SPANS,DECK LENGTH,LAST INSPECTION DATE,CURRENTBCI,2012,2012\n"
        "A,1980,1,20,06/13/2012,72,72,50",
    )
    with pytest.raises(InvalidInput, match="row 1, column 2012: must be there only once, as its columns differ"):
        importers.import_list(ratings, tmp_path / "out")


def test_a_hidden_sheet_is_read_only_where_no_other_is_a_list(tmp_path: Path) -> None:
    heads = ["橋梁番号", "橋梁名", "橋長(m)", "架設年度", "判定区分"]
    path = tmp_path / "list.xlsx"
    for shown in (True, False):
        with xlsxwriter.Workbook(path) as book:
            for name, length in (("旧", 99), ("一覧", 20)) if shown else (("旧", 99), ("表紙", None)):
                sheet = book.add_worksheet(name)
                rows = [heads, [1, "橋1", length, 1975, "Ⅱ"]] if length else [["橋梁一覧"]]
                for i, row in enumerate(rows):
                    sheet.write_row(i, 0, row)
                sheet.hide() if name == "旧" else sheet.activate()
        report = importers.import_list(path, tmp_path / "out")
        assert read_network(report.folder).bridges["length_m"].to_list() == [20 if shown else 99]
        use = "not used" if shown else "used, as no other sheet is a list"
        assert any(notice.endswith(f"hidden sheets: 旧: {use}") for notice in report.notices)


@pytest.mark.parametrize("mark", ["〃", "同上", '"'])
def test_a_mark_for_the_cell_above_names_nothing(tmp_path: Path, mark: str) -> None:
    heads = ["橋梁番号", "橋梁名", "管理者", "使用材料", "橋長(m)", "架設年度", "判定区分"]
    rows = [[i, f"橋{i}", "A町", "鋼", 20, 1975, "Ⅱ"] for i in range(1, 9)]
    rows[3][2:4] = [mark, mark]
    report = importers.import_list(saved([heads, *rows], tmp_path / "list.xlsx"), tmp_path / "out")
    bridges = read_network(report.folder).bridges
    assert bridges["owner"].to_list() == ["A町"] * 3 + [None] + ["A町"] * 4
    problems = pl.read_csv(report.folder / "problems.csv")
    rule = "must be the value itself, not a mark that stands for that of another cell"
    assert problems.select("row", "column", "problem").rows() == [(5, "管理者", rule), (5, "使用材料", rule)]


@pytest.mark.parametrize("mark", ["-", "不明", "－"])
def test_bridges_with_a_mark_for_no_number_are_named(tmp_path: Path, mark: str) -> None:
    heads = ["橋梁番号", "橋梁名", "橋長(m)", "架設年月", "点検年度", "判定区分"]
    rows = [
        [mark, "東橋", 20, "1975.3", "R4", "Ⅱ"],
        [mark, "西橋", 30, "1975.10", "R1", "Ⅲ"],
        [7, mark, 40, "1975.4", "R4", "Ⅰ"],
    ]
    report = importers.import_list(saved([heads, *rows], tmp_path / "list.xlsx"), tmp_path / "out")
    bridges = read_network(report.folder).bridges.select("bridge_id", "length_m", "year_built", "rating")
    assert bridges.rows() == [("東橋", 20, 1975, "II"), ("西橋", 30, 1975, "III"), ("7", 40, 1975, "I")]


def test_text_that_csv_has_as_a_formula_is_that_text(tmp_path: Path) -> None:
    rows = ['="001",甲橋,="15.4",1975,Ⅱ', '"=""002""",乙橋,20,1975,Ⅱ']
    path = written(tmp_path, "list.csv", "\n".join(["橋梁番号,橋梁名,橋長(m),架設年度,判定区分", *rows]))
    report = importers.import_list(path, tmp_path / "out")
    assert read_network(report.folder).bridges.select("bridge_id", "length_m").rows() == [("001", 15.4), ("002", 20.0)]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_unit_of_lengths_above_the_header_counts_and_one_of_money_does_not(tmp_path: Path, kind: str) -> None:
    table = [
        ["橋梁番号", "橋梁名", "橋長", "架設年度", "判定区分"],
        *([i, f"橋{i}", 1500 + i, 1975, "Ⅱ"] for i in range(3)),
    ]
    with pytest.raises(InvalidInput, match="row 1: must be in m and yen; got （単位：ｃｍ）"):
        importers.import_list(
            saved([["橋梁一覧", "（単位：ｃｍ）"], *table], tmp_path / f"cm.{kind}"), tmp_path / "out"
        )
    report = importers.import_list(saved([["単位：千円"], *table], tmp_path / f"yen.{kind}"), tmp_path / "out")
    assert report.n_bridges == 3


def test_a_header_that_is_repeated_is_no_bridge(tmp_path: Path) -> None:
    heads = ["橋梁番号", "橋梁\n名", "橋長(m)", "架設年度", "判定区分"]
    rows = [[i, f"橋{i}", 20, 1975, "Ⅱ"] for i in range(1, 5)]
    report = importers.import_list(saved([heads, *rows, heads, *rows[:1]], tmp_path / "list.xlsx"), tmp_path / "out")
    assert report.n_bridges == 4
    assert not report.left_out
    assert any("row 6 repeats the header: not used" in notice for notice in report.notices)


def saved(table: list[list[object]], path: Path) -> Path:
    """A sheet as Excel saves it, each row as wide as the widest."""
    if path.suffix == ".csv":
        width = max(map(len, table))
        lines = (",".join([*map(str, row), *[""] * (width - len(row))]) for row in table)
        return written(path.parent, path.name, "\n".join(lines))
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("橋")
        for i, row in enumerate(table):
            sheet.write_row(i, 0, row)
    return path


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        (
            [[i, f"橋{i}", 1, 200, 6, 1980, "Ⅱ"] for i in range(5)],
            "row 2 has more cells than the header, 7 for 6; row 3 has more cells than the header, 7 for 6; "
            "row 4 has more cells than the header, 7 for 6",
        ),
        ([["計", "", 30], ["町の資料"]], "row 2 is a sum (計); row 3 is a note (町の資料)"),
        (
            [["町の資料"], [1, "橋", 1, 200, 6, 1980, "Ⅱ"]],
            "row 2 is a note (町の資料); row 3 has more cells than the header, 7 for 6",
        ),
        ([], None),
    ],
)
def test_a_list_of_which_every_row_is_left_out_says_why(
    tmp_path: Path, rows: list[list[object]], reasons: str | None
) -> None:
    table = [["橋梁番号", "橋梁名", "橋長(m)", "幅員(m)", "架設年度", "判定区分"], *rows]
    path = written(tmp_path, "list.csv", "\n".join(",".join(map(str, row)) for row in table))
    saved(table, tmp_path / "list.xlsx")
    found = "none" if reasons is None else f"none, as {reasons}"
    places = {path: str(path)}
    if reasons is None or "header" not in reasons:  # all rows of a sheet are as wide as its widest
        places[tmp_path / "list.xlsx"] = f"{tmp_path / 'list.xlsx'}[橋]"
    for file, where in places.items():
        with pytest.raises(InvalidInput) as refused:
            importers.import_list(file, tmp_path / "out")
        assert list(map(str, refused.value.problems)) == [f"{where}: must have at least one row; got {found}"]


def test_a_second_header_in_another_order_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "橋梁番号,橋梁名,橋長,幅員,架設年\n1,旭橋,20,8,1970\n橋梁番号,橋梁名,幅員,橋長,架設年\n2,中橋,5,30,1981\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match=r"row 3.* must not be a second header .* got 幅員 in the column 橋長"):
        importers.import_list(path, tmp_path / "out")


@pytest.mark.parametrize("word", ["最大", "最小値", "最 大", "Maximum"])
def test_rows_of_the_largest_and_smallest_value_are_no_bridges(tmp_path: Path, word: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"橋梁番号,橋梁名,橋長,架設年\n1,旭橋,20,1970\n,{word},20,1970\n", encoding="utf-8")
    assert importers.import_list(path, tmp_path / "out").n_bridges == 1


def test_one_number_of_two_bridges_is_listed_to_be_checked(tmp_path: Path) -> None:
    head = "橋梁番号,橋梁名,橋長,架設年,点検年度,判定区分\n"
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text(f"{head}1,旭橋,20,1970,2022,Ⅰ\n2,本橋,30,1980,2022,Ⅰ\n", encoding="utf-8")
    other.write_text(f"{head}1,川橋,55,1965,2023,Ⅲ\n2,本橋,30.1,1980,2023,Ⅱ\n", encoding="utf-8")
    importers.import_list([one, other], tmp_path / "out")
    listed = pl.read_csv(tmp_path / "out" / "problems.csv").rows(named=True)
    assert [(row["row"], row["bridge_id"], row["value"], row["effect"]) for row in listed] == [
        (2, 1, "川橋", "value used, check it")
    ]
    assert f"has the number of 旭橋, row 2 of {one}" in listed[0]["problem"]


def judged(judgements: Sequence[object]) -> str:
    """A list of bridges with these judgements."""
    rows = [f"{i},橋{i},30,1990,2023,{judgement}" for i, judgement in enumerate(judgements)]
    return "\n".join(["橋梁番号,橋名,橋長,架設年度,点検年度,判定区分", *rows])


@pytest.mark.parametrize("step", ["5", "Ⅴ", "５"])
def test_a_few_judgements_beyond_iv_are_said_aloud(tmp_path: Path, step: str) -> None:
    path = written(tmp_path, "list.csv", judged([1, 2, step, *[1, 2, 3] * 20, step, 4]))
    report = importers.import_list(path, tmp_path / "out")
    plain = {"Ⅴ": "V"}.get(step, "5")
    assert report.notices[0] == (
        f"{path}: column 判定区分 may be of another scale: 2 of 65 cells are {plain} (rows 4, 65), which is none of I "
        "to IV; all others are read as I to IV"
    )
    assert [row[1] for row in problems(report.folder)] == [4, 65]


def test_several_judgements_beyond_iv_are_of_another_scale(tmp_path: Path) -> None:
    path = written(tmp_path, "list.csv", judged([1, 2, 5, *[1, 2, 3] * 20, 5, 5]))
    with pytest.raises(InvalidInput) as refused:
        importers.import_list(path, tmp_path / "out")
    assert str(refused.value) == (
        f"{path}, row 4, column 判定区分: must be I to IV, but looks like another scale: 3 of 65 cells are 5; give the "
        "column another name, or I to IV; got 5"
    )
    assert not (tmp_path / "out").exists()
    with pytest.raises(InvalidInput, match="another scale: 5 of 9 cells are 5") as refused:
        importers.import_list(written(tmp_path, "most.csv", judged([5, 5, 5, 5, 5, 1, 2, 3, 4])), tmp_path / "out")
    assert len(refused.value.problems) == 1
    many = written(tmp_path, "many.csv", judged([1, 2, 5, *[1, 2, 3] * 60, 5, 5]))  # 3 of 185 are slips
    assert "may be of another scale: 3 of 185" in importers.import_list(many, tmp_path / "out").notices[0]


def test_a_history_says_aloud_that_it_may_be_of_another_scale(tmp_path: Path) -> None:
    rows = ["A,30,2015,1", "A,30,2020,2", "B,30,2015,5", "B,30,2020,1"]
    path = written(tmp_path, "list.csv", "\n".join(["施設ID,橋長,点検年度,判定区分", *rows]))
    found = CliRunner().invoke(app, ["fit", "hazards", str(path), "--out", str(tmp_path / "fit")])
    assert "may be of another scale: 1 of 4 cells are 5 (rows 4)" in " ".join(found.output.split())


def test_bridges_that_are_gone_by_their_names_or_remarks_are_said_aloud(tmp_path: Path) -> None:
    rows = [
        "1,甲橋（廃橋）,30,1990,2,",
        "2,乙橋,30,1990,3,令和3年に撤去済",
        "3,丙橋,30,1990,3,ﾒﾓ 通行止め",
        "4,丁橋,30,1990,3,落橋防止あり",
        "5,戊橋,,,3,撤去済",
    ]
    text = "\n".join(["橋梁番号,橋名,橋長,架設年度,判定区分,備考", *rows])
    path = written(tmp_path, "list.csv", text)
    report = importers.import_list(path, tmp_path / "out")
    assert report.n_bridges == 4
    assert report.notices[0] == (
        "bridges that are removed or closed by their names or remarks: 3, planned like all others: 甲橋（廃橋）, 乙橋 "
        "(撤去済), 丙橋 (通行止); delete their rows, or put them into retire.csv"
    )
    none = importers.import_list(written(tmp_path, "none.csv", "\n".join(text.splitlines()[:1] + rows[3:4])), tmp_path)
    assert not [notice for notice in none.notices if "removed or closed" in notice]
