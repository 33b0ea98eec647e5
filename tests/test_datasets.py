"""The made town and the study's ten bridges."""

from hashlib import blake2b
from pathlib import Path

import polars as pl
import pytest

from nagamochi import datasets
from nagamochi.network import Network, read_network
from nagamochi.planning import PlanSpace, evaluate_plans


@pytest.fixture(scope="module")
def town() -> Network:
    return datasets.example_town()


def test_the_made_town_is_the_same_for_ever(town: Network) -> None:
    """A changed town changes every number shown about it: change it on purpose, or not at all."""
    first = ["bridge_id", "name", "owner", "material", "year_built", "length_m", "width_m", "spans"]
    nowhere = {name: pl.lit(None, pl.Float64) for name in ("latitude", "longitude")}  # places came later
    bridges = town.bridges.select(*first, **nowhere).hstack(town.bridges.select("inspection_cost"))
    made = [bridges.rows(), town.curves.rows(), town.items.rows(), town.costs.rows()]
    assert blake2b(repr(made).encode(), digest_size=8).hexdigest() == "23ee8fed3888e6aa"
    later = town.bridges.select("last_inspection_year", "importance", "access_cost").rows()
    assert blake2b(repr(later).encode(), digest_size=8).hexdigest() == "3b1c699921abe42e"
    places = town.bridges.select("latitude", "longitude").rows()
    assert blake2b(repr(places).encode(), digest_size=8).hexdigest() == "9c4061721c795a01"
    assert datasets.example_town().fingerprint == town.fingerprint


def test_the_made_town_lies_in_open_sea(town: Network) -> None:
    """Nobody takes its places for real ones; no two bridges stand in one place."""
    bridges = town.bridges
    assert bridges.select(pl.col("latitude").is_between(38.0, 38.1).all()).item()
    assert bridges.select(pl.col("longitude").is_between(134.0, 134.16).all()).item()
    assert bridges.select(pl.struct("latitude", "longitude").n_unique()).item() == 300


def test_the_made_town_looks_like_a_municipality(town: Network) -> None:
    bridges = town.bridges
    assert town.n_bridges == 300
    assert bridges["bridge_id"].n_unique() == bridges["name"].n_unique() == 300
    assert bridges["owner"].unique().to_list() == ["made town"]
    assert 40 <= (bridges["material"] == "steel").sum() <= 80
    assert 5.0 <= bridges["length_m"].median() <= 15.0
    assert bridges["length_m"].min() >= 2.0
    assert 100.0 <= bridges["length_m"].max() <= 300.0
    assert bridges["year_built"].is_between(1930, 2020).all()
    assert 0.5 <= bridges["year_built"].is_between(1955, 1990).mean() <= 0.75
    assert (bridges["spans"] == 1).sum() > 200
    assert bridges["last_inspection_year"].unique().sort().to_list() == [2020, 2021, 2022, 2023, 2024]
    assert bridges["importance"].unique().sort().to_list() == [1.0, 1.5, 2.0]
    assert bridges.filter(pl.col("importance") < 2.0)["length_m"].max() <= 100.0


def test_the_made_town_is_worn_as_a_town_is(town: Network) -> None:
    health = town.curves["health"]
    assert health.equals(health.round(1))
    assert health.is_between(1.0, 5.0).all()
    assert 0.05 <= (health <= 3.0).mean() <= 0.25
    assert 0.01 <= (health <= 2.5).mean() <= 0.10
    assert town.curves["service_life"].is_between(10, 160).all()


def test_the_made_town_as_a_folder_is_the_same_network(town: Network, tmp_path: Path) -> None:
    datasets.write_example_town(tmp_path / "town")
    written = read_network(tmp_path / "town")
    assert written.fingerprint == town.fingerprint
    assert written.bridges.equals(town.bridges)
    assert written.notices == town.notices == ()


def test_the_study_s_bridges_are_5_of_steel_with_15_curves_and_5_of_concrete_with_16() -> None:
    ten = datasets.paper_ten()
    sizes = ten.curves.group_by("bridge_id", maintain_order=True).len()
    assert sizes.rows() == [(f"S{i}", 15) for i in range(1, 6)] + [(f"C{i}", 16) for i in range(1, 6)]
    assert ten.bridges["owner"].unique().to_list() == ["example (simple values)"]
    assert ten.bridges["spans"].unique().to_list() == [1]
    assert datasets.PAPER_TEN_BUDGET == 10 * 3_000_000


def test_the_study_s_bridges_cost_what_the_study_s_did_within_a_factor_of_two() -> None:
    """The study's optimum is 18.4 million yen per bridge in 50 years; its inputs are unknown."""
    costs = evaluate_plans(datasets.paper_ten(), space=PlanSpace.study())
    assert 9.2e6 <= costs.lcc.min(axis=1).mean() <= 36.8e6
