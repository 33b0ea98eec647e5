"""What is no network is refused, with file, row, column, rule and value: every message to the word."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_network import network_of
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.tables.dates import DATE_RULE
from nagamochi.tables.eras import era_rule
from small_town import FILES, edit, write_town

KEY = "bridge_id, member, damage, location"

BRIDGES = FILES["bridges"]

REFUSED = {
    "bridges": [
        ("bridge_id,name", "bridge,name",
         "row 1, column bridge_id: must be among the columns; got bridge, name, material, year_built, length_m, "
         "inspection_cost"),
        ("name,material", "name,name", "row 1, column name: must be there only once; got it again as column 3"),
        ("name,material", "name,橋梁名", "row 1, column name: must be there only once; got name and 橋梁名"),
        ("name,material", ",material", "row 1: must name every column; got no name for column 2"),
        ("1985,22,", "1985,", "row 3: must have 6 cells, like the header; got 5"),
        ("1985,22,", '1985,"22,', "row 3: must be well-formed CSV; got unexpected end of data"),
        ("250000\n", "250000\nB1,Naka,,,,1\n", "row 4, column bridge_id: must not repeat row 2; got B1"),
        ("250000\n", "250000\nB3,Naka,,,,1\n", "row 4, column bridge_id: must have a curve in curves.csv; got B3"),
        ("200000", "-1", "row 2, column inspection_cost: must be from 0 to 1e+18; got -1"),
        ("steel", "timber", "row 2, column material: must be steel or concrete; got timber"),
        ("200000", "1.7e308", "row 2, column inspection_cost: must be from 0 to 1e+18; got 1.7e308"),
        ("1972", "197.25", f"row 2, column year_built: {DATE_RULE}; got 197.25"),
        ("1972", "昭和65年", f"row 2, column year_built: {era_rule('昭和')}; got 昭和65年"),
        ("1972", "2972", "row 2, column year_built: must be from the year 1500 to 2200; got 2972"),
        (BRIDGES, BRIDGES.replace("length_m", "最終点検年度").replace("18.5", "R2").replace("22,", "1800,"),
         "row 3, column 最終点検年度: must be from the year 1850 to 2200; got 1800"),
        (BRIDGES, BRIDGES.replace("length_m", "重要度").replace("18.5", "0"),
         "row 2, column 重要度: must be above 0 and at most 1,000; got 0"),
        (BRIDGES, BRIDGES.replace("length_m", "access_cost").replace("22,", "-1,"),
         "row 3, column access_cost: must be from 0 to 1e+18; got -1"),
        ("18.5", "-18.5", "row 2, column length_m: must be from 0 to 200,000; got -18.5"),
        ("18.5", "1e9", "row 2, column length_m: must be from 0 to 200,000; got 1e9"),
    ],
    "curves": [
        ("B1,slab,crack", "B1,,crack", "row 2, column member: must not be empty; got an empty cell"),
        ("B1,slab,loss", "B9,slab,loss", "row 5, column bridge_id: must be in bridges.csv; got B9"),
        ("m2,paint", "m2,pain", "row 3, column cost_model: must be in costs.csv; got pain"),
        (",,slab", ",,",
         "row 5, column cost_model: must be given where items.csv does not name the curve; got an empty cell"),
        ("3.6,60", "5.1,60", "row 2, column health: must be from 1 to 5; got 5.1"),
        ("3.6,60", "0.99,60", "row 2, column health: must be from 1 to 5; got 0.99"),
        ("3.6,60", "NaN,60", "row 2, column health: must be finite; got NaN"),
        ("3.6,60", "good,60", "row 2, column health: must be a number; got good"),
        ("3.6,60", '"3,6",60', "row 2, column health: must be a number; got 3,6"),
        ("3.6,60", "3.6,0", "row 2, column service_life: must be above 0; got 0"),
        ("3.6,60", "3.6,inf", "row 2, column service_life: must be finite; got inf"),
        ("power,2", "power,-1", "row 2, column shape: must be above 0; got -1"),
        ("power,2", "parabola,2", "row 2, column curve: must be power, two_piece or table; got parabola"),
        ("120,m2", "-120,m2", "row 2, column quantity: must be at least 0; got -120"),
        ("120,m2", "1e299,m2", "row 2, column quantity: must cost at most 1e+18 yen; got 1e299"),
        ("80,m2", "80,m", "row 3, column unit: must be m2, the unit of cost model paint; got m"),
        ("slab,loss", "slab,crack", f"row 5, column {KEY}: must not repeat row 2; got B1, slab, crack, 1"),
        ("0.5,4.5", "1,4.5", "row 3, column knee_age_ratio: must be above 0 and below 1; got 1"),
        ("0.5,4.5", "0.5,5.5", "row 3, column knee_health: must be from 1 to 5; got 5.5"),
        ("0.5,4.5", ",4.5", "row 3, column knee_age_ratio: must be given where curve is two_piece; got an empty cell"),
        (",slow,", ",fast,", "row 4, column curve_table: must be in curve_tables.csv; got fast"),
        (",slow,", ",,", "row 4, column curve_table: must be given where curve is table; got an empty cell"),
    ],
    "costs": [
        ("paint,painting,5,0", "paint,painting,5,-1", "row 11, column unit_cost: must be from 0 to 1e+18; got -1"),
        ("paint,painting,3,500,m2,4.5\n", "",
         "row 7, column health: must be 5, 4, 3, 2 and 1 in the rows of cost model paint; got only 5, 4, 2, 1"),
        ("paint,painting,3,", "paint,painting,3.5,", "row 9, column health: must be 5, 4, 3, 2 or 1; got 3.5"),
        ("piece,\nbody,change,4", "piece,\nbody,change,5,0,piece,\nbody,change,4",
         "row 13, column cost_model, health: must not repeat row 12; got body, 5"),
        ("injection,3,3000", "injection,3,900",
         "row 4, column unit_cost: must not be below 1000, the cost at the next better health; got 900"),
        ("300,m2,4.5", "300,m2,5.5", "row 10, column restored_health: must be from 1 to 5; got 5.5"),
        ("700,m2,4.5", "700,m2,4", "row 8, column restored_health: must be 4.5 in all rows of cost model paint; got 4"),
        ("700,m2,4.5", "700,m,4.5", "row 8, column unit: must be m2 in all rows of cost model paint; got m"),
    ],
    "items": [
        ("B2,bearing,corrosion,A1,body", "B9,bearing,corrosion,A1,body",
         "row 2, column bridge_id: must be in bridges.csv; got B9"),
        ("A1,body", "A2,body", f"row 2, column {KEY}: must be a curve of curves.csv; got B2, bearing, corrosion, A2"),
        ("4,body", "4,bodi", "row 2, column cost_model: must be in costs.csv; got bodi"),
        ("4,body", "-4,body", "row 2, column quantity: must be at least 0; got -4"),
        ("2.5,body", "2.5,paint",
         "row 3, column cost_model: must restore health 5 as the curve's first item does; got paint, which "
         "restores 4.5"),
    ],
    "curve_tables": [
        ("slow,0,5", "slow,0.1,5", "row 2, column age_ratio: must be 0 in the first row of a curve table; got 0.1"),
        ("slow,0,5", "slow,0,4.9", "row 2, column health: must be 5 in the first row of a curve table; got 4.9"),
        ("slow,1,1", "slow,0.9,1", "row 4, column age_ratio: must be 1 in the last row of a curve table; got 0.9"),
        ("slow,1,1", "slow,1,1.2", "row 4, column health: must be 1 in the last row of a curve table; got 1.2"),
        ("slow,0.6,4", "slow,0,4", "row 3, column age_ratio: must rise from row to row of a curve table; got 0"),
        ("0.6,4\n", "0.6,4\nslow,0.7,4.2\n",
         "row 4, column health: must not rise from row to row of a curve table; got 4.2"),
    ],
    "budget": [
        ("3,7", "2,7", "row 4, column year: must not repeat row 2; got 2"),
        ("2,6", "4,6", "row 4, column year: must not leave out year 2; got 3"),
        ("2,6", "2.5,6", "row 2, column year: must be a whole number; got 2.5"),
        ("2,6", "2,-6", "row 2, column budget: must be from 0 to 1e+18; got -6000000"),
    ],
}  # fmt: skip


@pytest.fixture
def town(tmp_path, monkeypatch):
    monkeypatch.chdir(write_town(tmp_path / "town"))
    return Path()


def refusal(make, *arguments, **keywords):
    with pytest.raises(InvalidInput) as error:
        make(*arguments, **keywords)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"), [(name, *refused) for name, rows in REFUSED.items() for refused in rows]
)
def test_a_bad_cell_or_row(town, name, old, new, message):
    edit(town / f"{name}.csv", old, new)
    assert refusal(read_network, town) == f"{name}.csv, {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must have a header and rows; got an empty file"),
        (b"\xef\xbb\xbf", "must have a header and rows; got an empty file"),
        (b"\nbridge_id,name\nB1,made\n", "row 1: must be the header; got a blank row"),
        (b"year,budget\r\n,\r\n\r\n", "must have at least one row; got none"),
        (b"year,budget\n1,5\n2,\xff\xff", "row 3: must be text in UTF-8, cp932 or UTF-16; got byte 0xFF"),
    ],
)
def test_a_bad_file(town, content, message):
    (town / "budget.csv").write_bytes(content)
    assert refusal(read_network, town) in (f"budget.csv: {message}", f"budget.csv, {message}")


def test_a_missing_file_or_folder(town, tmp_path):
    (town / "costs.csv").unlink()
    (town / "curves.csv").rename("old.csv")
    (town / "curves.csv").mkdir()
    assert (
        refusal(read_network, town)
        == "curves.csv: must be a file; got a folder\ncosts.csv: must exist; got no such file"
    )
    assert refusal(read_network, "nowhere") == "nowhere: must be a folder; got no such folder"
    assert refusal(read_network, "bridges.csv") == "bridges.csv: must be a folder; got a file"


def test_a_curve_without_cost_model_where_there_are_no_items(town):
    (town / "items.csv").unlink()
    assert refusal(read_network, town) == "curves.csv, row 6, column cost_model: must not be empty; got an empty cell"


def test_all_problems_of_all_files_come_at_once_by_file_and_row(town):
    edit(town / "bridges.csv", "1985,22,", "1985,")
    edit(town / "curves.csv", "3.6,60", "5.6,-60")
    edit(town / "curves.csv", "m2,paint", "m2,pain")
    edit(town / "curves.csv", "bearing,corrosion,A1,3", "bearing,corrosion,A1,x")
    edit(town / "budget.csv", "year,budget", "year,money")
    assert refusal(read_network, town).split("\n") == [
        "bridges.csv, row 3: must have 6 cells, like the header; got 5",
        "curves.csv, row 2, column health: must be from 1 to 5; got 5.6",
        "curves.csv, row 2, column service_life: must be above 0; got -60",
        "curves.csv, row 3, column cost_model: must be in costs.csv; got pain",
        "curves.csv, row 6, column health: must be a number; got x",
        "budget.csv, row 1, column budget: must be among the columns; got year, money",
    ]


@settings(max_examples=120)
@given(data=st.data())
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory, data):
    folder = write_town(tmp_path_factory.mktemp("any") / "town")
    file = folder / f"{data.draw(st.sampled_from(list(FILES)))}.csv"
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(start + 40, len(content))))
        content[start:end] = data.draw(
            st.binary(max_size=4)
            | st.sampled_from([b"", b",", b"\n", b'"', b"-", b"0", b"9e999", b"B2", "橋".encode()])
        )
    file.write_bytes(content)
    with suppress(InvalidInput):
        arrays = read_network(folder).arrays
        assert np.isfinite(arrays.repair_cost).all()
        assert (np.diff(arrays.curve_offsets) > 0).all()


def tables(folder):
    network = read_network(folder)
    return {name: getattr(network, name) for name in ("bridges", "curves", "costs", "curve_tables", "budget")} | {
        "items": pl.read_csv(folder / "items.csv")
    }


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("bridges", lambda t: t.drop("inspection_cost").select("bridge_id"),
         "bridges table, column inspection_cost: must be among the columns; got bridge_id"),
        ("bridges", lambda t: t.head(0), "bridges table: must have at least one row; got none"),
        ("bridges", lambda t: pl.DataFrame(), "bridges table: must have columns; got none"),
        ("bridges", lambda t: None,
         "bridges table: must be a data frame (of polars, pandas, pyarrow, ..); got NoneType"),
        ("bridges", lambda t: t.lazy(),
         "bridges table: must be a data frame (of polars, pandas, pyarrow, ..); got LazyFrame"),
        ("bridges", lambda t: t.with_columns(bridge_id=pl.lit(1.5)),
         "bridges table, column bridge_id: must be of type text; got type Float64"),
        ("curves", lambda t: t.with_columns(pl.col("health").cast(pl.String)),
         "curves table, column health: must be of type number; got type String"),
        ("curves", lambda t: t.with_columns(health=True),
         "curves table, column health: must be of type number; got type Boolean"),
        ("curves", lambda t: t.with_columns(health=pl.when(location="A1").then(float("nan")).otherwise("health")),
         "curves table, row 5, column health: must be finite; got nan"),
        ("curves", lambda t: pd.DataFrame(t.to_dict(as_series=False)).assign(health=[5, np.nan, 1, 1, 1]),
         "curves table, row 2, column health: must not be empty; got an empty cell"),
        ("curves", lambda t: t.with_columns(service_life=pl.lit(-2.0)).head(1).vstack(t[1:]),
         "curves table, row 1, column service_life: must be above 0; got -2"),
        ("costs", lambda t: t.with_columns(unit_cost=pl.col("unit_cost").reverse())[5:10].vstack(t[:5]).vstack(t[10:]),
         "costs table, row 2, column unit_cost: must not be below 900, the cost at the next better health; got 700"),
        ("budget", lambda t: t.with_columns(year=pl.col("year") + 1),
         "budget table, row 1, column year: must not leave out year 1; got 2"),
    ],
)  # fmt: skip
def test_a_bad_table(town, name, change, message):
    given = tables(town)
    given[name] = change(given[name])
    assert refusal(Network.from_tables, **given).split("\n")[0] == message


@pytest.mark.parametrize(
    "items",
    [
        pa.table({"item": [1], "a": [2]}).rename_columns(["item", "item"]),
        pd.DataFrame({"item": [1, "body"]}, dtype=object),
    ],
    ids=["one name for two columns", "two types in one column"],
)
def test_a_table_that_is_no_data_frame(town, items):
    message = "items table: must be a data frame whose columns differ in name and have one type each; got "
    assert refusal(Network.from_tables, **{**tables(town), "items": items}).startswith(message)


ARRAYS = {
    "curve_offsets": [0, 1, 3],
    "inspection_cost": [2e5, 3e5],
    "health": [5.0, 3.0, 1.0],
    "service_life": [30, 40, 50],
    "shape": [1, 2, 2],
    "restored_health": [5, 5, 4],
    "table": [-1, 0, -1],
    "repair_cost": [[0, 1, 2, 3, 4], [0, 0, 5, 5, 9], [1, 1, 1, 1, 1]],
    "table_offsets": [0, 3],
    "table_age_ratio": [0, 0.5, 1],
    "table_health": [5, 4, 1],
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("health", ["good", "bad", "bad"], "health: must be an array of numbers; got type <U4"),
        ("health", [5 + 1j, 3, 1], "health: must be an array of numbers; got type complex128"),
        ("health", [True, True, True], "health: must be an array of numbers; got type bool"),
        ("health", [], "health: must not be empty; got no numbers"),
        ("health", [5.0, 5.1, 0.5], "health[1]: must be from 1 to 5; got 5.1\nhealth[2]: must be from 1 to 5; got 0.5"),
        ("health", [5.0, 3.0, np.nan], "health[2]: must be from 1 to 5; got nan"),
        ("service_life", [30, 0, 50], "service_life[1]: must be finite and above 0; got 0"),
        ("service_life", [30, np.inf, 50], "service_life[1]: must be finite and above 0; got inf"),
        ("service_life", [30, 40], "service_life: must have the shape (3,); got (2,)"),
        ("shape", [-1, 1, 2], "shape[0]: must be finite and above 0; got -1"),
        ("restored_health", [5, 5, 0], "restored_health[2]: must be from 1 to 5; got 0"),
        ("inspection_cost", [2e5, -1.0], "inspection_cost[1]: must be from 0 to 1e+18; got -1"),
        ("curve_offsets", [0, 3, 3], "curve_offsets[2]: must leave at least a curve in every bridge; got 3"),
        ("curve_offsets", [1, 2, 3], "curve_offsets[0]: must be 0; got 1"),
        ("curve_offsets", [0, 1, 2], "curve_offsets[2]: must be 3; got 2"),
        ("curve_offsets", [0.0, 1.0, 3.0], "curve_offsets: must be an array of whole numbers; got type float64"),
        ("table", [-1, 1, -2], "table[1]: must be from -1 to 0; got 1\ntable[2]: must be from -1 to 0; got -2"),
        ("repair_cost", [[0, 1, 2, 3, 4]] * 2, "repair_cost: must have the shape (3, 5); got (2, 5)"),
        ("repair_cost", [[0, 1], [2]], "repair_cost: must be an array of numbers; got "),
        ("repair_cost", [[0, 1, 2, 3, 4], [0, 1, 3, 2, 4], [0] * 5],
         "repair_cost[1, 3]: must not fall as health falls; got 2"),
        ("repair_cost", [[-1, 1, 2, 3, 4], [0] * 5, [0] * 5],
         "repair_cost[0, 0]: must be from 0 to 1e+18; got -1"),
        ("table_offsets", [0, 1, 3], "table_offsets[1]: must leave at least two points in every table; got 1"),
        ("table_age_ratio", [0.1, 0.5, 1], "table_age_ratio[0]: must be 0 at the start of a table; got 0.1"),
        ("table_age_ratio", [0, 0.5, 0.9], "table_age_ratio[2]: must be 1 at the end of a table; got 0.9"),
        ("table_age_ratio", [0, 1, 1], "table_age_ratio[2]: must rise within a table; got 1"),
        ("table_age_ratio", [0, np.nan, 1], "table_age_ratio[1]: must rise within a table; got nan\n"
         "table_age_ratio[2]: must rise within a table; got 1"),
        ("table_health", [4.9, 4, 1], "table_health[0]: must be 5 at the start of a table; got 4.9"),
        ("table_health", [5, 4, 1.1], "table_health[2]: must be 1 at the end of a table; got 1.1"),
        ("table_health", [5, 5.5, 1], "table_health[1]: must not rise within a table; got 5.5"),
        ("table_health", [5, 1], "table_health: must have the shape (3,); got (2,)"),
        ("bridge_ids", ["B1", "B1"], "bridge_ids[1]: must be a name of its own; got B1"),
        ("bridge_ids", ["B1", " "], "bridge_ids[1]: must be a name of its own; got an empty cell"),
        ("bridge_ids", ["B1"], "bridge_ids: must have 2 names; got 1"),
        ("bridge_ids", [1.5, 2.5], "bridge_ids: must be text; got type Float64"),
    ],
)  # fmt: skip
def test_a_bad_array(name, value, message):
    given = refusal(network_of, {**ARRAYS, name: value})
    assert given.startswith(message) if message.endswith("got ") else given == message


def test_good_arrays_are_no_reason_to_refuse():
    assert repr(network_of(ARRAYS)) == "2 bridges, 3 curves"


def test_millions_of_problems_are_counted_but_not_listed():
    n = 100_000
    with pytest.raises(InvalidInput) as error:
        Network.from_arrays(
            curve_offsets=[0, n],
            inspection_cost=[0],
            health=np.full(n, 9.0),
            service_life=30,
            repair_cost=np.zeros((n, 5)),
        )
    assert str(error.value).split("\n")[-1] == "and 99,980 more"
    assert len(error.value.problems) == 1000
