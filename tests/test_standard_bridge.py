"""The standard bridge: which curves it has, how large they are, and the tables behind it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi import standard_bridge
from nagamochi.errors import InvalidInput

DECK_WORKS = [(member, "worst item", "all spans") for member in ("pavement", "curb wall", "kerb", "safety fence")]
ENDS = [
    *[("substructure", damage, end) for damage in ("crack", "section loss") for end in ("A1", "A2")],
    *[(member, "worst item", end) for member in ("expansion joint", "bearing") for end in ("A1", "A2")],
]
SLAB = [("deck slab", damage, "span 1") for damage in ("crack", "section loss")]
STEEL_GIRDER = [("main girder", "worst item", "span 1")]
CONCRETE_GIRDER = [("main girder", damage, "span 1") for damage in ("crack", "section loss")]

MEMBERS = ("deck slab", "main girder", "substructure", "expansion joint", "bearing", "pavement")


def bridge(material: str, spans: int = 1, length_m: float = 20.0, width_m: float = 8.0) -> pl.DataFrame:
    sizes = {"spans": spans, "length_m": length_m, "width_m": width_m}
    return pl.DataFrame({"bridge_id": ["B1"], "material": [material], **sizes})


def test_a_single_span_steel_bridge_has_the_15_curves_of_the_study() -> None:
    curves = standard_bridge.curves(bridge("steel"))
    assert curves.select("member", "damage", "location").rows() == [*SLAB, *STEEL_GIRDER, *ENDS, *DECK_WORKS]
    assert len(curves) == 15


def test_a_single_span_concrete_bridge_has_the_16_curves_of_the_study() -> None:
    curves = standard_bridge.curves(bridge("concrete"))
    assert curves.select("member", "damage", "location").rows() == [*SLAB, *CONCRETE_GIRDER, *ENDS, *DECK_WORKS]
    assert len(curves) == 16


@pytest.mark.parametrize(("material", "first", "further"), [("steel", 15, 7), ("concrete", 16, 8)])
@pytest.mark.parametrize("spans", [2, 3, 12])
def test_every_further_span_adds_its_slab_and_girder_and_a_pier(
    material: str, first: int, further: int, spans: int
) -> None:
    curves = standard_bridge.curves(bridge(material, spans))
    assert len(curves) == first + further * (spans - 1)
    places = {member: curves.filter(member=member)["location"].unique(maintain_order=True) for member in MEMBERS}
    assert places["deck slab"].to_list() == [f"span {i}" for i in range(1, spans + 1)]
    assert places["main girder"].equals(places["deck slab"])
    assert places["bearing"].to_list() == ["A1", *(f"P{i}" for i in range(1, spans)), "A2"]
    assert places["substructure"].equals(places["bearing"])
    assert places["expansion joint"].equals(places["bearing"])
    assert places["pavement"].to_list() == ["all spans"]


def test_a_short_bridge_has_no_joints_and_a_culvert_only_its_own_members() -> None:
    kinds = ["girder", "jointless girder", "slab", "culvert"]
    bridges = pl.DataFrame(
        {"bridge_id": kinds, "structure": kinds, "material": "concrete", "spans": 2, "length_m": 8.0, "width_m": 6.0}
    )
    curves = standard_bridge.curves(bridges)
    counts = {kind: curves.filter(bridge_id=kind)["member"].value_counts().rows() for kind in kinds}
    common = {("deck slab", 4), ("substructure", 6), ("pavement", 1), ("curb wall", 1), ("safety fence", 1)}
    assert set(counts["slab"]) == common
    assert set(counts["jointless girder"]) == common | {("main girder", 4), ("bearing", 3)}
    assert set(counts["girder"]) == set(counts["jointless girder"]) | {("expansion joint", 3), ("kerb", 1)}
    assert set(counts["culvert"]) == {("culvert", 4), ("safety fence", 1)}
    # cells of 4 m x 3 m and a barrel of 6 m; the slab's abutments are 1.5 m + 0.2 of its span high
    sizes = {row[:3]: row[3] for row in curves.select("bridge_id", "member", "location", "quantity").iter_rows()}
    assert sizes["culvert", "culvert", "span 2"] == 2 * (4 + 3) * 6
    assert sizes["slab", "substructure", "A1"] == pytest.approx(6 * 2.3)
    assert sizes["girder", "substructure", "A1"] == 6 * 3.0
    assert standard_bridge.inspection_costs(bridges).to_list() == [188_000, 158_000, 118_000, 118_000]
    network = standard_bridge.network(bridges, curves.with_columns(health=4.0))
    assert network.notices == ()
    unused = {"steel girder painting"}
    assert set(network.costs["cost_model"]) == set(standard_bridge.costs()["cost_model"]) - unused
    given = bridges.with_columns(structure=pl.Series([None, "girder", "girder", "girder"]))
    assert standard_bridge.curves(given).equals(standard_bridge.curves(bridges.drop("structure")))


def test_quantities_follow_from_spans_length_and_width() -> None:
    """By hand: 60 x 10 m on three spans of 20 m, so 5 m high piers and 4 girders."""
    network = standard_bridge.network(
        bridge("concrete", 3, 60.0, 10.0),
        standard_bridge.curves(bridge("concrete", 3, 60.0, 10.0)).with_columns(health=4.0),
    )
    keys = ["member", "damage", "location"]
    items = network.items.with_columns(network.curves.select(keys)[network.items["curve"]])
    sizes = {(*row[:3], row[3]): row[4] for row in items.select(*keys, "cost_model", "quantity").iter_rows()}
    assert sizes["deck slab", "crack", "span 2", "deck slab crack repair"] == 200.0
    assert sizes["deck slab", "crack", "span 2", "deck waterproofing"] == 180.0
    assert sizes["deck slab", "section loss", "span 3", "deck slab section repair"] == 200.0
    assert sizes["main girder", "crack", "span 1", "concrete girder crack repair"] == 300.0
    assert sizes["substructure", "crack", "A1", "substructure crack repair"] == 50.0
    assert sizes["substructure", "crack", "P2", "substructure crack repair"] == 100.0
    assert sizes["expansion joint", "worst item", "P1", "expansion joint replacement"] == 10.0
    assert sizes["bearing", "worst item", "A2", "bearing anchor bolt replacement"] == 4.0
    assert sizes["bearing", "worst item", "P1", "bearing body paint or replace"] == 8.0
    assert sizes["pavement", "worst item", "all spans", "pavement resurfacing"] == 540.0
    assert sizes["kerb", "worst item", "all spans", "kerb replacement"] == 120.0
    assert network.bridges["inspection_cost"].to_list() == [630_000.0]


def test_slab_cracks_and_bearings_are_repaired_in_several_items() -> None:
    items = standard_bridge.items(bridge("steel")).select("member", "location", "item").rows()
    assert items == [
        ("deck slab", "span 1", "crack repair"),
        ("deck slab", "span 1", "deck waterproofing"),
        *[("bearing", end, item) for end in ("A1", "A2") for item in ("body", "mortar seat", "anchor bolt")],
    ]


@given(st.sampled_from(["steel", "concrete"]), st.integers(1, 30), st.floats(2.0, 3000.0), st.floats(0.4, 100.0))
def test_every_bridge_has_positive_quantities_and_costs(
    material: str, spans: int, length_m: float, width_m: float
) -> None:
    sizes = bridge(material, spans, length_m, width_m)
    network = standard_bridge.network(sizes, standard_bridge.curves(sizes).with_columns(health=4.0))
    assert network.items["quantity"].min() > 0.0
    assert (network.arrays.repair_cost > 0.0).all()
    assert network.arrays.inspection_cost.min() >= 150_000.0
    assert network.notices == ()


def test_costs_say_that_they_are_assumptions_and_do_not_fall_with_health() -> None:
    costs = standard_bridge.costs()
    assert costs["source"].unique().to_list() == ["assumption (made for nagamochi's examples, not a price list)"]
    for model in costs.partition_by("cost_model"):
        assert model["health"].to_list() == [5, 4, 3, 2, 1]
        assert model["unit_cost"].is_sorted()
        assert model["unit_cost"][0] > 0
        assert model["unit"].n_unique() == model["restored_health"].n_unique() == 1
    paint_or_replace = costs.filter(cost_model="safety fence paint or replace")["method"].to_list()
    assert paint_or_replace == ["painting", "painting", "painting", "fence replacement", "fence replacement"]


def test_what_is_no_bridge_is_refused() -> None:
    wrong = pl.DataFrame(
        {
            "bridge_id": ["B1", "B2"],
            "material": ["wood", "steel"],
            "spans": [1, 0],
            "length_m": 9.0,
            "width_m": [0.0, None],
            "structure": ["arch", None],
        }
    )
    with pytest.raises(InvalidInput) as refused:
        standard_bridge.curves(wrong)
    assert str(refused.value).splitlines() == [
        "bridges, row 1, column material: must be steel or concrete; got wood",
        "bridges, row 1, column structure: must be girder, jointless girder, slab or culvert; got arch",
        "bridges, row 1, column width_m: must be above 0 and at most 1,000; got 0",
        "bridges, row 2, column spans: must be above 0 and at most 10,000; got 0",
        "bridges, row 2, column width_m: must not be empty; got an empty cell",
    ]


@pytest.mark.parametrize(
    ("age", "life", "shape", "health"),
    [
        (0, 40, 1, 5.0),
        (24, 40, 1, 2.6),
        (26, 40, 1, 4.9),  # restored at 25
        (51, 40, 1, 4.9),  # and at 50
        (50, 100, 2, 4.0),
        (79, 100, 2, 2.5036),
        (80, 100, 2, 4.999644),  # restored at 79.057
    ],
)
def test_an_aged_member_was_restored_whenever_it_came_down_to_2_5(
    age: int, life: int, shape: int, health: float
) -> None:
    aged = standard_bridge.aged_health(pl.lit(age), pl.lit(life), pl.lit(shape))
    assert pl.select(aged).item() == pytest.approx(health, abs=1e-6)


def test_assumed_spans_and_material() -> None:
    lengths = pl.DataFrame({"length_m": [2.0, 24.9, 25.0, 40.0, 40.1, 100.0]})
    spans = standard_bridge.assumed_spans(pl.col("length_m"))
    material = standard_bridge.assumed_material(pl.col("length_m") / spans)
    assert lengths.select(spans).to_series().to_list() == [1, 1, 1, 1, 2, 3]
    assert lengths.select(material).to_series().to_list() == [
        "concrete",
        "concrete",
        "steel",
        "steel",
        "concrete",
        "steel",
    ]
    structure = standard_bridge.assumed_structure(pl.col("length_m"), pl.col("material"))
    sizes = pl.DataFrame({"length_m": [2.0, 10.0, 10.1, 2.0, 10.0, 10.1], "material": ["concrete"] * 3 + ["steel"] * 3})
    expected = ["slab", "slab", "girder", "jointless girder", "jointless girder", "girder"]
    assert sizes.select(structure).to_series().to_list() == expected
