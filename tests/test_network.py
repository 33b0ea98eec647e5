"""A network comes in: from a folder, from tables, from arrays; and goes out as a folder."""

import copy
import pickle
import struct
import time
import tracemalloc
from dataclasses import fields
from hashlib import blake2b

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_network import network_of
from nagamochi import vocabulary
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, NetworkArrays, read_network
from nagamochi.network import arrays as network_arrays
from nagamochi.network import tables as network_tables
from nagamochi.network.schemas import COSTS, CURVE_TABLES, CURVES, ITEMS
from nagamochi.network.tables import NetworkTables
from nagamochi.tables.marks import DITTO
from small_town import FILES, edit, write_town

TABLES = [field.name for field in fields(NetworkTables)]

ARRAYS = {
    "curve_offsets": [0, 3, 5],
    "inspection_cost": [200_000, 250_000],
    "health": [3.6, 5, 4.2, 2.5, 3],
    "service_life": [60, 80, 40, 50, 30],
    "shape": [2, 1, 2, 2, 2],
    "restored_health": [5, 5, 4.5, 5, 5],
    "table": [-1, -1, 1, 0, -1],
    "repair_cost": [
        [0, 120e3, 360e3, 1080e3, 1440e3],
        [0, 1e3, 3e3, 9e3, 12e3],
        [0, 24e3, 40e3, 56e3, 72e3],
        [0, 100e3, 300e3, 900e3, 1200e3],
        [0, 65, 130, 195, 260],
    ],
    "table_offsets": [0, 3, 6],
    "table_age_ratio": [0, 0.6, 1, 0, 0.5, 1],
    "table_health": [5, 4, 1, 5, 4.5, 1],
}
"""What small_town says, by hand: curves by bridge, and those of the slab together."""


@pytest.fixture
def town(tmp_path):
    return write_town(tmp_path / "town")


def assert_same_arrays(network, other):
    for name in ARRAYS:
        assert getattr(network.arrays, name).tobytes() == getattr(other.arrays, name).tobytes(), name


def assert_same(network, other):
    assert_same_arrays(network, other)
    assert network.fingerprint == other.fingerprint
    for name in TABLES:
        assert getattr(network, name).equals(getattr(other, name)), name
    assert (network.budget is None) == (other.budget is None)
    assert network.budget is None or network.budget.equals(other.budget)


def test_arrays_say_what_the_files_say(town):
    arrays = read_network(town).arrays
    assert [field.name for field in fields(NetworkArrays)] == [*ARRAYS, "decided", "access_cost"]
    for name, values in ARRAYS.items():
        array = getattr(arrays, name)
        np.testing.assert_array_equal(array, values, err_msg=name)
        assert array.dtype == (np.int64 if name in {"curve_offsets", "table", "table_offsets"} else np.float64), name
        assert array.flags.c_contiguous, name
        assert not array.flags.writeable, name


def test_tables_say_what_the_files_say(town):
    network = read_network(town)
    assert repr(network) == "2 bridges, 5 curves"
    assert network.notices == ()
    assert network.bridges["name"].to_list() == ["Kita", "Minami"]
    assert network.bridges["spans"].to_list() == [None, None]
    assert network.curves.select("bridge_id", "member", "damage", "curve").rows() == [
        ("B1", "slab", "crack", "power"),
        ("B1", "slab", "loss", "power"),
        ("B1", "girder", "corrosion", "two_piece"),
        ("B2", "slab", "crack", "table"),
        ("B2", "bearing", "corrosion", "power"),
    ]
    assert network.items.rows() == [
        (0, None, 120.0, "slab"),
        (1, None, 1.0, "slab"),
        (2, None, 80.0, "paint"),
        (3, None, 100.0, "slab"),
        (4, "body", 4.0, "body"),
        (4, "mortar seat", 2.5, "body"),
    ]
    assert network.costs["cost_model"].to_list() == ["slab"] * 5 + ["paint"] * 5 + ["body"] * 5
    assert network.costs["health"].to_list() == [5, 4, 3, 2, 1] * 3
    assert network.curve_tables.rows() == [("slow", 0, 5), ("slow", 0.6, 4), ("slow", 1, 1)]
    assert network.budget.rows() == [(1, 5e6), (2, 6e6), (3, 7e6)]


def test_optional_files_may_be_missing(town):
    for name in ("items", "curve_tables", "budget"):
        (town / f"{name}.csv").unlink()
    edit(town / "curves.csv", "table,,,,slow", "power,,,,")
    edit(town / "curves.csv", "A1,3,30,,,,,,,,", "A1,3,30,,,,,,,,body")
    network = read_network(town)
    assert network.arrays.table.tolist() == [-1, -1, 0, -1, -1]
    assert network.arrays.repair_cost[4].tolist() == [0, 10, 20, 30, 40]
    assert network.budget is None
    assert network.curve_tables.is_empty()


@pytest.mark.parametrize(
    ("table", "column", "header", "said"),
    [
        ("curves", "quantity", "数量（m2）", "quantity (数量): not used, quantity counts as 1"),
        ("curves", "quantity", "数量(㎡)", "quantity (数量): not used, quantity counts as 1"),
        ("curves", "quantity", "Quantity", "quantity (数量): not used, quantity counts as 1"),
        ("curves", "quantity", "quantitiy", "quantity (数量): not used, quantity counts as 1"),
        ("curves", "shape", "Shape", "shape (形状係数): not used, shape counts as 2"),
        ("bridges", "length_m", "Length_m", "length_m (橋長): not used, length_m is empty"),
        ("bridges", "length_m", "橋長 [メートル]", "length_m (橋長): not used, length_m is empty"),
    ],
)
def test_a_column_that_looks_like_an_optional_one_has_a_notice_of_its_own(town, table, column, header, said):
    file = town / f"{table}.csv"
    frame = pl.read_csv(file, infer_schema=False)
    (there,) = [name for name in frame.columns if name in (column, *vocabulary.headers(column))]
    frame.rename({there: header}).with_columns(備考=pl.lit("a")).write_csv(file)
    notices = [notice for notice in read_network(town).notices if "looks" in notice or "known" in notice]
    assert notices == [
        f"{file}: column {header} looks like {said}",
        f"{file}: columns not known and not used: 備考",
    ]


def test_columns_that_look_like_the_same_one_have_one_notice(town):
    frame = pl.read_csv(town / "curves.csv", infer_schema=False)
    (there,) = [name for name in frame.columns if name in ("quantity", *vocabulary.headers("quantity"))]
    frame.rename({there: "quantity_1"}).with_columns(quantity_2=pl.lit("1")).write_csv(town / "curves.csv")
    notices = [notice for notice in read_network(town).notices if "look" in notice or "known" in notice]
    assert notices == [
        f"{town}/curves.csv: columns quantity_1, quantity_2 look like quantity (数量): not used, quantity counts as 1"
    ]


def test_a_column_beside_the_one_it_looks_like_is_not_known(town):
    frame = pl.read_csv(town / "curves.csv", infer_schema=False)
    (there,) = [name for name in frame.columns if name in ("quantity", *vocabulary.headers("quantity"))]
    frame.with_columns(pl.lit("1").alias(f"{there} (m2)")).write_csv(town / "curves.csv")
    assert f"{town}/curves.csv: columns not known and not used: {there} (m2)" in read_network(town).notices


def test_what_is_not_used_is_noticed(town):
    edit(town / "bridges.csv", "year_built,length_m", "桁下高,備考")
    edit(town / "curves.csv", "power,2,,,", "power,2,0.5,,slow")
    edit(town / "curves.csv", "A1,3,30,,,,,,,,", "A1,3,30,,,,,,,,body")
    edit(town / "curves.csv", "two_piece,,", "two_piece,1,")
    network = read_network(town)
    assert network.notices == (
        f"{town}/bridges.csv: columns not known and not used: 桁下高, 備考",
        f"{town}/curves.csv: shape is not used where curve is not power: row 3",
        f"{town}/curves.csv: knee_age_ratio is not used where curve is not two_piece: row 2",
        f"{town}/curves.csv: curve_table is not used where curve is not table: row 2",
        f"{town}/curves.csv: cost_model is not used where {town}/items.csv names the curve: row 6",
    )
    assert repr(network) == "2 bridges, 5 curves, 5 notices"
    assert network.bridges["備考"].to_list() == ["18.5", "22"]


JAPANESE_HEADERS = {
    "bridges": "橋梁番号,橋梁名,材料,架設年度,橋長(m),点検費用",
    "curves": "橋梁ＩＤ,部材,損傷の種類,位置,健全度,耐用年数,劣化曲線,形状係数,折れ点経過年比,折れ点健全度,劣化曲線表,"
    "数量,単位,費用モデル",
    "costs": "費用モデル,補修工法,健全度,単価,単位,回復後健全度",
    "items": "橋梁ID,部材,損傷の種類,位置,項目,数量,費用モデル",
    "curve_tables": "劣化曲線表,経過年比,健全度",
    "budget": "年次,予算",
}


def test_japanese_headers_materials_and_numbers_in_cp932_read_the_same(town, tmp_path):
    expected = read_network(town)
    folder = tmp_path / "町"
    folder.mkdir()
    for name, text in FILES.items():
        japanese = "\r\n".join([JAPANESE_HEADERS[name], *text.splitlines()[1:], "", ""])
        japanese = japanese.replace("steel", "鋼橋").replace("concrete", "ＰＣ橋").replace("200000", '"２００，０００"')
        (folder / f"{name}.csv").write_bytes(japanese.encode("cp932"))
    network = read_network(folder)
    assert network.notices == ()
    assert_same(network, expected)


@pytest.mark.parametrize("table", [pl.DataFrame, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow, "any stream"])
def test_tables_of_any_kind_make_the_same_network(town, table):
    class Stream:
        def __init__(self, frame):
            self.__arrow_c_stream__ = pa.table(frame).__arrow_c_stream__

    expected = read_network(town)
    columns = {
        "bridges": {"year_built": pl.Int16},
        "curves": {"location": pl.Categorical},
        "costs": {"health": pl.UInt8},
    }
    frames = {
        name: (Stream if table == "any stream" else table)(
            pl.read_csv(town / f"{name}.csv").cast(columns.get(name, {}))
        )
        for name in FILES
    }
    assert_same(Network.from_tables(**frames), expected)


def test_arrays_make_the_same_arrays_and_tables_of_their_own(town, tmp_path):
    network = network_of(ARRAYS, bridge_ids=["B1", "B2"])
    assert_same_arrays(network, read_network(town))
    assert network.bridges.select("bridge_id", "inspection_cost").rows() == [("B1", 2e5), ("B2", 2.5e5)]
    assert network.curves["member"].to_list() == ["1", "2", "3", "1", "2"]
    assert network.curves["curve_table"].to_list() == [None, None, "2", "1", None]
    assert network.items["cost_model"].to_list() == ["1", "2", "3", "4", "5"]
    assert network.costs.filter(cost_model="3")["unit_cost"].to_list() == [0, 24e3, 40e3, 56e3, 72e3]
    network.write(tmp_path / "copy")
    assert_same(read_network(tmp_path / "copy"), network)


def test_arrays_are_copied():
    health = np.array([3.0, 4.0])
    network = Network.from_arrays(
        curve_offsets=[0, 2], inspection_cost=[-0.0], health=health, service_life=30, repair_cost=np.zeros((2, 5))
    )
    health[0] = 1.0
    assert network.arrays.health.tolist() == [3, 4]
    assert network.arrays.service_life.tolist() == [30, 30]
    assert network.arrays.shape.tolist() == [2, 2]
    assert network.bridge_ids.to_list() == ["1"]
    assert not np.signbit(network.arrays.inspection_cost[0])


def test_repair_groups_are_bridges_or_members(town):
    network = read_network(town)
    by_bridge, by_member = network.repair_groups("bridge"), network.repair_groups("member")
    assert by_bridge.offsets.tolist() == [0, 3, 5]
    assert by_bridge.bridge_offsets.tolist() == [0, 1, 2]
    assert by_member.offsets.tolist() == [0, 2, 3, 4, 5]
    assert by_member.bridge_offsets.tolist() == [0, 2, 4]
    assert network.core is network.core


def test_a_member_is_a_group_of_its_own_on_each_bridge():
    network = Network.from_arrays(
        curve_offsets=[0, 1, 2], inspection_cost=[0, 0], health=[3, 3], service_life=30, repair_cost=np.zeros((2, 5))
    )
    assert network.curves["member"].to_list() == ["1", "1"]
    assert network.repair_groups("member").offsets.tolist() == [0, 1, 2]


def test_fingerprint_is_the_digest_of_arrays_and_names(town):
    network = read_network(town)
    digest = blake2b(b"nagamochi network 1", digest_size=32)
    for name, values in ARRAYS.items():
        array = np.array(values)
        kind = "q" if name in {"curve_offsets", "table", "table_offsets"} else "d"
        digest.update(f"{name} {array.shape}".encode())
        digest.update(struct.pack(f"<{array.size}{kind}", *array.ravel()))
    for names in (
        ["B1", "B2"],
        ["slab", "slab", "girder", "slab", "bearing"],
        ["crack", "loss", "corrosion", "crack", "corrosion"],
        ["1", "1", "1", "1", "A1"],
    ):
        digest.update(struct.pack(f"<{len(names)}q", *map(len, names)))
        digest.update("".join(names).encode())
    assert network.fingerprint == digest.hexdigest()


def test_fingerprint_of_arrays_is_that_of_their_tables(monkeypatch):
    monkeypatch.setattr(network_tables, "BLOCK", 3)
    offsets = np.cumsum([0, 1, 12, 2, 1, 3, 1, 1, 2])
    count = offsets[-1]
    bare = Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=np.arange(8),
        health=np.linspace(2, 5, count),
        service_life=30,
        repair_cost=np.ones((count, 5)),
    )
    fingerprint = bare.fingerprint
    assert "_made_tables" not in vars(bare)  # no text is made for it
    assert fingerprint == Network(bare.arrays, bare.bridge_ids, _given_tables=bare._tables).fingerprint


def read_only(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def test_arrays_that_nobody_can_write_are_shared_and_all_others_copied():
    health, life, cost = np.array([3.0, 4.0, 2.0]), np.array([30.0, 40.0, 50.0]), np.ones((3, 5))
    inspection, offsets = np.array([-0.0, 1.0]), np.array([0, 1, 3])
    shape = np.array([1.0, 2.0, 1.0])[:]
    read_only(health, cost, inspection, offsets, shape)
    arrays = Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=inspection,
        health=health,
        service_life=life,
        shape=shape,
        repair_cost=cost,
    ).arrays
    assert arrays.health is health
    assert arrays.repair_cost is cost
    assert arrays.curve_offsets is offsets
    assert not np.shares_memory(arrays.service_life, life)  # may still be written
    assert life.flags.writeable
    assert not np.shares_memory(arrays.shape, shape)  # so may what it is a view of
    assert not np.signbit(arrays.inspection_cost).any()
    other = np.array([30, 40, 50], np.int64)
    read_only(other)
    kinds = Network.from_arrays(
        curve_offsets=offsets, inspection_cost=inspection, health=health, service_life=other, repair_cost=cost[:, ::1]
    ).arrays
    assert kinds.service_life.dtype == np.float64


def test_a_network_from_arrays_that_are_shared_takes_half_their_size_at_most():
    count, per_bridge = 4000, 16
    curves = count * per_bridge
    given = {
        "curve_offsets": np.arange(0, curves + 1, per_bridge),
        "inspection_cost": np.ones(count),
        "health": np.full(curves, 3.0),
        "service_life": np.full(curves, 30.0),
        "repair_cost": np.ones((curves, 5)),
    }
    read_only(*given.values())
    tracemalloc.start()
    Network.from_arrays(**given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    spread = 3 * 8 * curves  # shape, restored health and table, given as one number each
    assert peak - spread < 0.5 * sum(array.nbytes for array in given.values())


@pytest.mark.parametrize("row", [0, 2, 3, 6])
def test_a_wrong_number_is_found_in_every_block(monkeypatch, row):
    monkeypatch.setattr(network_arrays, "BLOCK", 3)
    cost = np.ones((7, 5))
    cost[row, 2] = 0.5
    health = np.full(7, 3.0)
    health[row] = 6
    with pytest.raises(InvalidInput) as error:
        Network.from_arrays(curve_offsets=[0, 7], inspection_cost=[1], health=health, service_life=30, repair_cost=cost)
    assert [problem.where for problem in error.value.problems] == [f"health[{row}]", f"repair_cost[{row}, 2]"]


numbers = st.floats(min_value=0, max_value=1e9)
positive = st.floats(min_value=1e-300, max_value=1e300)
healths = st.floats(min_value=1, max_value=5)
ratios = st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True)
letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from(',"\n\r 橋')
names = st.text(letters, min_size=1).filter(
    lambda name: name == pl.Series([name]).str.strip_chars()[0] and name not in DITTO
)


@st.composite
def cost_models(draw):
    rows = []
    for model in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        unit, restored_health = draw(st.none() | names), draw(healths)
        unit_costs = sorted(draw(st.lists(numbers, min_size=5, max_size=5)))
        for health, unit_cost in draw(st.permutations(list(zip((5, 4, 3, 2, 1), unit_costs, strict=True)))):
            rows.append((model, draw(st.none() | names), health, unit_cost, unit, restored_health, None))
    return rows


@st.composite
def curve_tables(draw):
    rows = []
    for table in draw(st.lists(names, max_size=2, unique=True)):
        ages = draw(st.lists(ratios, max_size=3, unique=True).map(sorted))
        inner = sorted(draw(st.lists(healths, min_size=len(ages), max_size=len(ages))), reverse=True)
        rows += [(table, age, health) for age, health in zip([0, *ages, 1], [5, *inner, 1], strict=True)]
    return rows


@st.composite
def networks(draw):
    bridges = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    costs, tables = draw(cost_models()), draw(curve_tables())
    places = st.tuples(st.sampled_from(bridges), names, names, st.none() | names)
    more_places = draw(st.lists(places, max_size=6))
    keys = draw(
        st.permutations(list(dict.fromkeys([(bridge, "slab", "crack", None) for bridge in bridges] + more_places)))
    )
    curves, items = [], []
    for key in keys:
        kind = draw(st.sampled_from(["power", "two_piece", "table"] if tables else ["power", "two_piece"]))
        model = draw(st.sampled_from(costs))[0]
        own_items = draw(st.lists(st.tuples(names, numbers), max_size=2))
        items += [(*key, item, quantity, model) for item, quantity in own_items]
        curves.append(
            (
                *key,
                draw(healths),
                draw(positive),
                kind,
                draw(positive) if kind == "power" else None,
                draw(ratios) if kind == "two_piece" else None,
                draw(healths) if kind == "two_piece" else None,
                draw(st.sampled_from(tables))[0] if kind == "table" else None,
                draw(st.none() | numbers),
                None,
                None if own_items else model,
            )
        )
    budget = draw(st.none() | st.lists(numbers, min_size=1, max_size=3))
    return Network.from_tables(
        bridges=pl.DataFrame({"bridge_id": bridges, "inspection_cost": [draw(numbers) for _ in bridges]}),
        curves=pl.DataFrame(curves, CURVES.dtypes, orient="row"),
        costs=pl.DataFrame(costs, COSTS.dtypes, orient="row"),
        items=pl.DataFrame(items, ITEMS.dtypes, orient="row") if items else None,
        curve_tables=pl.DataFrame(tables, CURVE_TABLES.dtypes, orient="row") if tables else None,
        budget=None if budget is None else pl.DataFrame({"year": range(1, len(budget) + 1), "budget": budget}),
    )


@given(networks())
def test_what_is_written_is_read_to_the_bit(tmp_path_factory, network):
    folder = tmp_path_factory.mktemp("network", numbered=True)
    network.write(folder)
    copy = read_network(folder)
    assert_same(copy, network)
    assert copy.notices == network.notices == ()


def test_columns_of_others_are_written_as_far_as_text_can_hold_them(town, tmp_path):
    network = read_network(town)
    bridges = network.bridges.with_columns(inspected=pl.date(2024, 5, 1), photos=pl.lit([1, 2]))
    copy = Network.from_tables(
        bridges, network.curves, network.costs, pl.read_csv(town / "items.csv"), network.curve_tables
    )
    copy.write(tmp_path / "copy")
    assert read_network(tmp_path / "copy").bridges.columns == [*network.bridges.columns, "inspected"]


def test_writing_over_a_network_leaves_nothing_of_it(town):
    network = Network.from_arrays(
        curve_offsets=[0, 1], inspection_cost=[0], health=[3], service_life=30, repair_cost=np.zeros((1, 5))
    )
    network.write(town)
    assert_same(read_network(town), network)


def test_a_network_of_80_000_curves_is_read_in_seconds(tmp_path):
    n = 80_000
    rng = np.random.default_rng(1)
    network = Network.from_arrays(
        curve_offsets=np.arange(0, n + 1, 16),
        inspection_cost=np.full(n // 16, 200_000),
        health=rng.uniform(1, 5, n),
        service_life=rng.uniform(20, 90, n),
        repair_cost=np.zeros((n, 5)),
    )
    network.write(tmp_path)
    start = time.perf_counter()
    read_network(tmp_path)
    assert time.perf_counter() - start < 10


INTERNAL = [
    *("row", "bridge", "member_row", "first", "curve", "run", "index", "position", "named", "points", "table", "len"),
    *("model_unit", "restored_health", "better", "sound", "value", "unit_cost", "item", "row number", "literal"),
    *("bridge_id_right", "cost_model_right", "quantity_right", "health_right", "judged", "age", "reason", "renewable"),
]
"""Names that our code gives to columns, or that polars gives where two tables have the same."""


@pytest.mark.parametrize("name", INTERNAL)
def test_a_column_of_the_user_changes_nothing_whatever_its_name(town, name):
    read = {file: pl.read_csv(town / f"{file}.csv", infer_schema=False) for file in FILES}
    plain = read_network(town)
    for file, table in read.items():
        if name not in table.columns:
            table.with_columns(pl.Series(name, ["x"] * len(table))).write_csv(town / f"{file}.csv")
    extended = read_network(town)
    assert extended.fingerprint == plain.fingerprint
    assert extended.items.select(plain.items.columns).equals(plain.items)
    for table in ("bridges", "curves", "costs", "curve_tables"):
        found, known = getattr(extended, table), getattr(plain, table)
        assert found.select(known.columns).equals(known)
        assert name in known.columns or found[name].to_list() == ["x"] * len(found)


@pytest.mark.parametrize("name", ["restored_health", "first", "cost_model_right"])
def test_a_column_of_the_user_switches_no_rule_off(town, name):
    edit(town / "items.csv", "2.5,body", "2.5,paint")
    for extra in (False, True):
        if extra:
            items = pl.read_csv(town / "items.csv", infer_schema=False)
            items.with_columns(pl.lit("x").alias(name)).write_csv(town / "items.csv")
        with pytest.raises(InvalidInput, match="must restore health 5 as the curve's first item does"):
            read_network(town)


@pytest.mark.parametrize("evaluated", [False, True])
def test_a_network_pickles_and_copies(town, evaluated):
    arrays = Network.from_arrays(
        curve_offsets=[0, 1], inspection_cost=[1], health=[3], service_life=[50], repair_cost=[[0, 1, 2, 3, 4]]
    )
    for network in (read_network(town), arrays):
        if evaluated:
            assert network.core is not None
            assert len(network.items)
        for again in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
            assert again.fingerprint == network.fingerprint
            assert again.notices == network.notices
            assert again.curves.equals(network.curves)
            assert not again.arrays.health.flags.writeable
            assert again.core is not network.core


def test_a_file_that_is_a_dangling_link_is_refused_and_not_taken_for_one_that_is_not_given(town):
    (town / "items.csv").unlink()
    (town / "items.csv").symlink_to("nowhere.csv")
    with pytest.raises(InvalidInput, match=r"items.csv: must exist; got no such file"):
        read_network(town)
