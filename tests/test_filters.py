"""Filters admit what they say, and say what is wrong with them."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi.errors import InvalidInput
from nagamochi.retrieval.search.filters import EARTH_RADIUS, admitted, distance, stated

RECORDS = pl.DataFrame(
    {
        "photo": list("abcdef"),
        "member": ["slab", "main girder", "slab", None, "pier, old", "=x"],
        "year": [2014, 2019, 2021, 2023, None, 2019],
        "area": [0.5, 1.0, None, 7.25, 2.0, math.inf],
        "latitude": [35.0, 35.0, -35.0, None, 35.0, 90.0],
        "longitude": [139.0, 139.01, 139.0, 139.0, -179.999, 0.0],
    },
    schema_overrides={"year": pl.Int64},
)


def photos(where):
    mask = admitted(RECORDS, where)
    return "".join(RECORDS["photo"].to_numpy()[mask])


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"member": "slab"}, "ac"),
        ({"member": "nothing like it"}, ""),
        ({"member": "!=slab"}, "bdef"),
        ({"member": "==x"}, "f"),
        ({"member": {"slab", "pier, old"}}, "ace"),
        ({"member": ["slab"], "year": 2021}, "c"),
        ({"member": []}, ""),
        ({"year": (2019, 2021)}, "bcf"),
        ({"year": (2020, None)}, "cd"),
        ({"year": (None, 2019)}, "abf"),
        ({"year": ">=2019"}, "bcdf"),
        ({"year": "< 2019"}, "a"),
        ({"year": "2019"}, "bf"),
        ({"year": "!=2019"}, "acde"),
        ({"year": {2014, 2023}}, "ad"),
        ({"year": frozenset([2014.0])}, "a"),
        ({"area": (0.75, 7.25)}, "bde"),
        ({"area": ">7"}, "df"),
        ({"near": (35, 139, 1000)}, "ab"),
        ({"near": (35, 139, 900), "member": "slab"}, "a"),
        ({"near": (35, 180, 100)}, "e"),
        ({"near": (90, 77, 1)}, "f"),
        ("member=slab", "ac"),
        ("部材名=slab", "ac"),
        (" member = slab , year >= 2020 ", "c"),
        ("member=slab|main girder", "abc"),
        ('member="pier, old"|slab,year>0', "ac"),
        ('member="pier, old"', "e"),
        ("member!=slab,year<=2019", "bf"),
        ("member!=slab|main girder", "def"),
        ('member!=slab|"pier, old"', "bdf"),
        ('member!="slab|main girder"', "abcdef"),
        ("year!=2014|2019", "cde"),
        ({"member": "!=slab|main girder"}, "abcdef"),
        ("near=35 139 1000", "ab"),
        ("year=2014|2023", "ad"),
        ("year>2014,year<2021", "bf"),
    ],
)
def test_what_is_admitted(where, found):
    assert photos(where) == found


def test_a_value_may_have_the_mark_between_values() -> None:
    records = pl.DataFrame({"member": ["a|b", "a", "b", "a,b|c"]})
    assert admitted(records, 'member="a|b"').tolist() == [True, False, False, False]
    assert admitted(records, 'member="a|b"|b').tolist() == [True, False, True, False]
    assert admitted(records, 'member!="a|b"').tolist() == [False, True, True, True]
    for where in ({"member": ["a|b", "b"]}, {"member": "!=a|b"}, {"member": "!=a,b|c"}, {"member": "a,b|c"}):
        assert (admitted(records, stated(where)) == admitted(records, where)).all(), where


@pytest.mark.parametrize("where", [None, {}, ""])
def test_no_condition_is_no_filter(where):
    assert admitted(RECORDS, where) is None


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"membr": "slab"},
            "where: must be a column of the records (photo, member, year, area, latitude, longitude) or near; "
            "got 'membr'",
        ),
        ({"member": 5}, "where, column member: must be text; got 5"),
        (
            {"member": ("a", "b")},
            "where, column member: must be two limits, of a column of numbers; a choice of values",
        ),
        ({"member": "<slab"}, "where, column member: must be = or !=, as it is text; got <"),
        ({"year": "new"}, "where, column year: must be a number; got 'new'"),
        ({"year": ">=new"}, "where, column year: must be a number; got 'new'"),
        ({"year": None}, "where, column year: must be a number; got None"),
        ({"year": (1, 2, 3)}, "where, column year: must be two limits"),
        ({"year": (math.nan, None)}, "where, column year: must be a number; got nan"),
        (
            {"near": (35, 139)},
            "where, column near: must be latitude and longitude in degrees, then metres; got (35, 139)",
        ),
        ({"near": (91, 0, 5)}, "where, column near: must be latitude and longitude in degrees"),
        ({"near": (35, 139, -1)}, "where, column near: must be latitude and longitude in degrees"),
        ({"near": "Tokyo"}, "where, column near: must be latitude and longitude in degrees"),
        ("near=35", "where, column near: must be latitude and longitude in degrees"),
        ("slab", """where: must be conditions like "member=slab, year>=2019, near=35.68 139.76 500"; got 'slab'"""),
        ("member=slab,,year=1", "where: must be conditions like"),
        ('member="slab', "where: must be conditions like"),
        ("year>=", "where, column year: must be a number; got ''"),
    ],
)
def test_what_is_refused(where, message):
    with pytest.raises(InvalidInput) as refused:
        admitted(RECORDS, where)
    assert str(refused.value).startswith(message)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distances_are_those_of_the_angle_between_unit_vectors(latitude, longitude, other_latitude, other_longitude):
    def direction(north, east):
        north, east = math.radians(north), math.radians(east)
        return np.array([math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)])

    one, other = direction(latitude, longitude), direction(other_latitude, other_longitude)
    angle = 2 * math.atan2(np.linalg.norm(one - other), np.linalg.norm(one + other))
    frame = pl.DataFrame({"latitude": [other_latitude], "longitude": [other_longitude]})
    found = frame.select(distance(latitude, longitude)).item()
    assert found == pytest.approx(EARTH_RADIUS * angle, rel=1e-6, abs=0.2)


def test_a_degree_of_latitude_is_sixty_nautical_miles():
    frame = pl.DataFrame({"latitude": [36.0], "longitude": [139.0]})
    assert frame.select(distance(35, 139)).item() == pytest.approx(60 * 1853.25, abs=5)


SPELT = pl.DataFrame(
    {
        "photo": ["が.png", "か\u3099.png", "c.png", "d.png"],
        "bridge_id": ["Ｂ－１２", "B-12", "B-12\u200b", "B-13"],
        "severity": ["ｃ", "c", "d", None],
    }
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"bridge_id": "B-12"}, [0, 1, 2]),
        ({"bridge_id": "Ｂ-１２"}, [0, 1, 2]),
        ({"bridge_id": "!=B\u201112"}, [3]),
        ("橋梁ID=B-12|B-13, severity=c", [0, 1]),
        ("severity!=ｄ", [0, 1, 3]),
        ({"photo": "が.png"}, [0]),
    ],
)
def test_texts_that_look_the_same_are_one_but_for_names_of_files(where, found):
    assert np.flatnonzero(admitted(SPELT, where)).tolist() == found
