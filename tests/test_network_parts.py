"""A network in parts: cut, written, read, joined; and what is refused."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi.base.folder import replacing_files
from nagamochi.cli.commands import app
from nagamochi.errors import CorruptFile, InvalidInput, StaleStore
from nagamochi.network import CurveTables, Network, NetworkParts, read_network, read_parts, split, write_parts
from nagamochi.network.join import join
from nagamochi.network.network import PARTS
from test_files import room

BRIDGES = 7
OWNERS = ["North", None, "South", "North", "East", "South", "West"]
ROWS = pl.DataFrame(
    {"name": ["north", "west", "all"], "owner": ["North", "West", None], "budget": [3e6, 2e6, 9e7], "from_year": 2}
)


@pytest.fixture
def network() -> Network:
    """Bridges with everything that a network can have."""
    return made_network(
        3,
        bridges=BRIDGES,
        budget=[5e6] * 10,
        owners=OWNERS,
        importance=[None, 2.0, 1.0, 0.5, None, 3.0, 1.0],
        rows=ROWS,
        works=pl.DataFrame({"bridge_id": ["B1", "B6"], "year": [3, 4], "cost": [1e5, 2e5]}),
        closed=pl.DataFrame({"bridge_id": ["B2"], "from": [1], "to": [2]}),
        retire=pl.DataFrame({"bridge_id": ["B5"], "year": [20], "cost": [5e5]}),
        start_year=2026,
    )


@pytest.fixture
def bare() -> Network:
    """Bridges of which only numbers are known."""
    rng = np.random.default_rng(5)
    offsets = np.cumsum([0, 3, 1, 2, 4, 1])
    count = offsets[-1]
    return Network.from_arrays(
        curve_offsets=offsets,
        inspection_cost=rng.uniform(1e5, 5e5, 5),
        health=rng.uniform(1.5, 5, count),
        service_life=rng.uniform(15, 90, count),
        shape=rng.uniform(1, 3, count),
        restored_health=rng.choice([4.0, 5.0], count),
        repair_cost=np.sort(rng.uniform(1e4, 1e6, (count, 5))),
        table=rng.integers(-1, 2, count),
        curve_tables=CurveTables([0, 3, 5], [0, 0.6, 1, 0, 1], [5, 4, 1, 5, 1]),
        bridge_ids=["a", "b", "橋", "d", "e"],
    )


def parts_of(network: Network, folder: Path, bridges: int = 3) -> NetworkParts:
    return write_parts(split(network, bridges), folder, budget=network.budget, rows=network.rows)


def bridges_of(table: pl.DataFrame | None) -> list[str]:
    return [] if table is None else table["bridge_id"].to_list()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def joined(parts: NetworkParts, folder: Path) -> Network:
    with replacing_files(folder) as files:
        join(parts, files, limits={"budget": parts.budget, "rows": parts.rows})
    return read_network(folder)


@pytest.mark.parametrize("bridges", [1, 3, 7, 100])
def test_parts_joined_are_the_network(network: Network, tmp_path: Path, bridges: int) -> None:
    parts = parts_of(network, tmp_path / "parts", bridges)
    assert [part.bridges for part in parts.parts] == [
        min(bridges, BRIDGES - begin) for begin in range(0, BRIDGES, bridges)
    ]
    again = joined(read_parts(tmp_path / "parts"), tmp_path / "joined")
    assert again.fingerprint == network.fingerprint
    network.write(tmp_path / "whole")
    rows_of_file = {  # cost models come in the order in which parts use them
        folder: {name: sorted(text.splitlines()) for name, text in contents(tmp_path / folder).items()}
        for folder in ("joined", "whole")
    }
    assert rows_of_file["joined"] == rows_of_file["whole"]


def test_a_part_is_the_network_of_its_bridges(network: Network, tmp_path: Path) -> None:
    parts = read_parts(parts_of(network, tmp_path).folder)
    assert repr(parts) == f"7 bridges, {network.n_curves} curves in 3 parts"
    assert len(parts) == 3
    assert [part.bridge_ids.to_list() for part in parts] == [["B0", "B1", "B2"], ["B3", "B4", "B5"], ["B6"]]
    for part, about in zip(parts, parts.parts, strict=True):
        ours = pl.col("bridge_id").is_in(part.bridge_ids.implode())
        assert part.bridges.equals(network.bridges.filter(ours))
        assert part.curves.equals(network.curves.filter(ours))
        assert part.start_year == 2026
        assert part.budget is None
        assert part.rows is None
        assert (about.bridges, about.curves, about.fingerprint) == (part.n_bridges, part.n_curves, part.fingerprint)
    assert [bridges_of(part.works) for part in parts] == [["B1"], [], ["B6"]]
    assert [bridges_of(part.closed) for part in parts] == [["B2"], [], []]
    assert [bridges_of(part.retire) for part in parts] == [[], ["B5"], []]
    assert parts.owners == ("East", "North", "South", "West")


@pytest.mark.parametrize("bridges", [1, 2, 5])
def test_parts_of_arrays_are_arrays_and_share_them(bare: Network, tmp_path: Path, bridges: int) -> None:
    cut = list(split(bare, bridges))
    assert all(np.shares_memory(part.arrays.repair_cost, bare.arrays.repair_cost) for part in cut)
    parts = read_parts(write_parts(cut, tmp_path / "parts").folder)
    for part, other in zip(parts, cut, strict=True):
        assert part.only_arrays
        assert part.fingerprint == other.fingerprint
        assert part.bridge_ids.equals(other.bridge_ids)
    costs = np.concatenate([part.arrays.repair_cost for part in parts])
    np.testing.assert_array_equal(costs, bare.arrays.repair_cost)
    again = joined(parts, tmp_path / "joined")
    for name in ("curve_offsets", "health", "service_life", "shape", "restored_health", "repair_cost"):
        assert getattr(again.arrays, name).tobytes() == getattr(bare.arrays, name).tobytes(), name
    if bridges == 5:
        assert again.fingerprint == bare.fingerprint  # with more parts, each brings its own curve tables


def test_fingerprint_is_that_of_parts_their_order_owners_and_rows(network: Network, tmp_path: Path) -> None:
    parts = parts_of(network, tmp_path / "a")
    assert read_parts(tmp_path / "a").fingerprint == parts.fingerprint
    assert parts_of(network, tmp_path / "b").fingerprint == parts.fingerprint
    backwards = list(split(network, 3))[::-1]
    others = [
        write_parts(backwards, tmp_path / "c", rows=network.rows),
        write_parts(split(network, 3), tmp_path / "d", rows=network.rows.head(1)),
        parts_of(network, tmp_path / "e", 2),
        parts_of(made_network(3, bridges=BRIDGES, owners=[*OWNERS[:5], "East", "West"], rows=ROWS), tmp_path / "f"),
    ]
    assert len({parts.fingerprint, *(other.fingerprint for other in others)}) == 5
    again = pickle.loads(pickle.dumps(parts))
    assert again.fingerprint == parts.fingerprint
    assert again[1].fingerprint == parts[1].fingerprint


def test_limits_beside_the_parts_may_be_edited(network: Network, tmp_path: Path) -> None:
    parts_of(network, tmp_path)
    parts = read_parts(tmp_path)
    assert parts.budget.equals(network.budget)
    assert parts.rows.equals(network.rows)
    (tmp_path / "budget.csv").write_text("year,budget\n2027,4000000\n2026,3000000\n")
    (tmp_path / "rows.csv").unlink()
    parts = read_parts(tmp_path)
    assert parts.budget["budget"].to_list() == [3e6, 4e6]
    assert parts.rows is None
    (tmp_path / "rows.csv").write_text("name,owner,budget\nnorth,Nord,3000000\n")
    with pytest.raises(InvalidInput, match=r"rows\.csv, row 2, column owner: must be in the parts; got Nord"):
        read_parts(tmp_path)


@pytest.mark.parametrize("name", ["works.csv", "closed.csv", "retire.csv", "network.csv"])
def test_decisions_beside_the_parts_are_refused(network: Network, tmp_path: Path, name: str) -> None:
    parts_of(network, tmp_path)
    (tmp_path / name).write_text("bridge_id,year,cost\nB1,2,3000000\n")
    with pytest.raises(InvalidInput, match=f"must not be beside parts, .* got {name}"):
        read_parts(tmp_path)


def refusal(networks: list[Network], folder: Path, **limits: pl.DataFrame) -> str:
    before = contents(folder)
    with pytest.raises(InvalidInput) as error:
        write_parts(networks, folder, **limits)
    assert contents(folder) == before
    return str(error.value)


def test_what_makes_no_network_is_refused_and_the_old_parts_stay(
    network: Network, bare: Network, tmp_path: Path
) -> None:
    parts_of(network, tmp_path)
    cut = list(split(network, 3))
    assert refusal([], tmp_path) == "networks: must be at least one network; got none"
    assert refusal([*cut, cut[1]], tmp_path) == "bridge_id: must differ in all parts; got B3, B4, B5"
    assert refusal([cut[0], network], tmp_path).startswith("networks[1]: must have no budget and no rows")
    other_start = made_network(4, bridges=1)
    assert refusal([cut[0], other_start], tmp_path) == (
        "networks[1]: must have the start year of those before, 2026; got None"
    )
    assert refusal([other_start, bare], tmp_path) == (
        "networks[1]: must be made from tables, as those before; got one made from arrays"
    )
    unknown = ROWS.with_columns(owner=pl.lit("Nord"))
    assert "rows table, row 1, column owner: must be in the parts; got Nord" in refusal(cut, tmp_path, rows=unknown)
    gap = pl.DataFrame({"year": [1, 3], "budget": [1, 1]})
    assert "must not leave out year 2" in refusal(cut, tmp_path, budget=gap)


def test_parts_that_name_different_cost_models_alike_are_not_joined(tmp_path: Path) -> None:
    first, second = (
        Network.from_tables(
            pl.DataFrame({"bridge_id": [name], "inspection_cost": [1]}),
            pl.DataFrame(
                {
                    "bridge_id": [name],
                    "member": ["slab"],
                    "damage": ["crack"],
                    "health": [3],
                    "service_life": [50],
                    "cost_model": ["A"],
                }
            ),
            pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0, 1, 2, 3, cost]}),
        )
        for name, cost in (("B1", 4), ("B2", 5))
    )
    parts = write_parts([first, second], tmp_path / "parts")
    rule = "cost_model: must mean the same in all parts, but the rows of costs differ; got A"
    with pytest.raises(InvalidInput, match=rule):
        joined(parts, tmp_path / "joined")
    assert list((tmp_path / "joined").iterdir()) == []


def test_a_missing_part_is_named(network: Network, tmp_path: Path) -> None:
    parts = parts_of(network, tmp_path)
    (tmp_path / "part-00002" / "curves.parquet").unlink()
    words = r"part-00002/curves\.parquet: is missing, but .*parts\.json names it"
    with pytest.raises(CorruptFile, match=words):
        read_parts(tmp_path)
    with pytest.raises(CorruptFile, match=words):
        parts[1]


def test_a_part_of_another_version_is_refused(network: Network, tmp_path: Path) -> None:
    parts_of(network, tmp_path / "parts")
    parts_of(made_network(8, bridges=BRIDGES), tmp_path / "newer")
    file = Path("part-00003") / "curves.parquet"
    (tmp_path / "parts" / file).write_bytes((tmp_path / "newer" / file).read_bytes())
    parts = read_parts(tmp_path / "parts")
    assert parts[0].n_bridges == 3
    with pytest.raises(CorruptFile, match=r"part-00003/curves\.parquet: is not as it was written"):
        list(parts)


def test_a_list_of_parts_that_was_changed_or_is_newer_is_refused(network: Network, tmp_path: Path) -> None:
    parts_of(network, tmp_path)
    text = (tmp_path / PARTS).read_text()
    (tmp_path / PARTS).write_text(text.replace('"bridges": 3', '"bridges": 4'))
    with pytest.raises(CorruptFile, match=r"parts\.json: is damaged"):
        read_parts(tmp_path)
    (tmp_path / PARTS).write_text(text.replace("nagamochi parts 1", "nagamochi parts 2"))
    with pytest.raises(StaleStore, match=r"parts\.json: schema must have version 1; got 2"):
        read_parts(tmp_path)
    (tmp_path / PARTS).unlink()
    with pytest.raises(InvalidInput, match=r"must be a folder of parts, with parts\.json; got none"):
        read_parts(tmp_path)
    with pytest.raises(InvalidInput, match="must be a folder; got no such folder"):
        read_parts(tmp_path / "nowhere")


def test_new_parts_replace_the_old_ones(network: Network, bare: Network, tmp_path: Path) -> None:
    parts_of(network, tmp_path, 1)
    write_parts(split(bare, 3), tmp_path)
    assert set(contents(tmp_path)) == {
        "parts.json",
        *(f"part-0000{n}/{name}.parquet" for n in (1, 2) for name in ("arrays", "bridges", "points")),
    }
    assert [part.n_bridges for part in read_parts(tmp_path)] == [3, 2]


def test_a_full_disk_leaves_the_old_parts(network: Network, bare: Network, tmp_path: Path) -> None:
    parts_of(bare, tmp_path / "parts")
    before = contents(tmp_path / "parts")
    with room(3000), pytest.raises(OSError, match="cannot be written") as error:
        parts_of(network, tmp_path / "parts")
    assert error.value.filename.startswith(str(tmp_path / "parts" / "part-00001"))
    assert contents(tmp_path / "parts") == before
    assert read_parts(tmp_path / "parts")[0].bridge_ids.to_list() == ["a", "b", "橋"]


def test_what_fails_or_is_stopped_on_the_way_leaves_the_old_parts(network: Network, tmp_path: Path) -> None:
    parts_of(network, tmp_path)
    before = contents(tmp_path)

    def failing():
        yield next(split(network, 3))
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_parts(failing(), tmp_path)
    assert contents(tmp_path) == before
    texts = []

    def stopping(progress):
        texts.append(progress.text)
        return len(texts) < 2

    with pytest.raises(KeyboardInterrupt):
        write_parts(split(network, 2), tmp_path, progress=stopping)
    assert texts == ["2 bridges in 1 parts written", "4 bridges in 2 parts written"]
    assert contents(tmp_path) == before


def test_parts_by_owner_have_one_owner_each(network: Network, bare: Network, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="owner: must be given for every bridge; got 'none for bridge B1'"):
        next(split(network, by="owner"))
    with pytest.raises(InvalidInput, match="owner: must be given for every bridge"):
        next(split(bare, by="owner"))
    owned = made_network(3, bridges=BRIDGES, owners=["North", "West", *OWNERS[2:]])
    parts = write_parts(split(owned, 1, by="owner"), tmp_path / "one")
    assert [part.owner for part in parts.parts] == ["North"] * 2 + ["West"] * 2 + ["South"] * 2 + ["East"]
    assert bridges_of(pl.concat(part.bridges for part in parts)) == ["B0", "B3", "B1", "B6", "B2", "B5", "B4"]
    assert [part.owner for part in parts_of(owned, tmp_path / "mixed", 2).parts] == [None, None, None, "West"]
    with_none = made_network(3, bridges=2, owners=["North", None])
    assert parts_of(with_none, tmp_path / "none").parts[0].owner is None
    some = parts.only(["part-00004", "part-00002"])
    assert [part.name for part in some.parts] == ["part-00002", "part-00004"]
    assert some.owners == ("North", "West")


def test_owners_of_networks_made_from_arrays_are_given(network: Network, bare: Network, tmp_path: Path) -> None:
    parts = write_parts(split(bare, 2), tmp_path / "parts", owners=["A", "B", "A"])
    assert [part.owner for part in read_parts(parts.folder).parts] == ["A", "B", "A"]
    assert parts.fingerprint != write_parts(split(bare, 2), tmp_path / "none").fingerprint
    with pytest.raises(InvalidInput, match=r"owners\[1\]: must name an owner for every network; got None"):
        write_parts(split(bare, 2), tmp_path / "few", owners=["A"])
    with pytest.raises(InvalidInput, match="owners: must not be given for networks made from tables"):
        write_parts(split(replace(network, budget=None, rows=None), 2), tmp_path / "tables", owners=["A"])


def test_split_refuses_what_is_no_number_of_bridges(network: Network) -> None:
    for number in (0, 1.5, "all"):
        with pytest.raises(InvalidInput, match="bridges_per_part"):
            next(split(network, number))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["network", *arguments])
    return result.exit_code, result.output


def test_the_commands_split_join_and_tell(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path / "region")
    region, parts, back = (str(tmp_path / name) for name in ("region", "parts", "back"))
    assert run("split", region, "--out", parts, "--bridges", "3")[0] == 0
    status, output = run("info", parts, "--json")
    about = json.loads(output)
    assert status == 0
    assert (about["bridges"], about["owners"], about["budget_years"], about["rows"]) == (7, 4, 10, 3)
    assert [part["bridges"] for part in about["parts"]] == [3, 3, 1]
    assert about["fingerprint"] == read_parts(parts).fingerprint
    assert "7 bridges" in run("info", parts)[1]
    assert run("join", parts, "--out", back)[0] == 0
    status, output = run("info", back, "--json")
    assert json.loads(output)["fingerprint"] == read_network(region).fingerprint
    assert json.loads(output)["start_year"] == 2026
    status, output = run("join", parts, "--out", parts)
    assert status == 2
    status, output = run("filter", parts, "--owner", "North", "--out", back)
    assert status == 1
    assert "`nagamochi network join` makes one of parts" in " ".join(output.split())


def test_a_plan_of_parts_says_what_it_does_not_use_and_cannot(bare: Network, tmp_path: Path) -> None:
    budget = pl.DataFrame({"year": range(1, 11), "budget": 5e6})
    in_parts = write_parts(split(bare, 3), tmp_path / "parts", budget=budget)
    plan = ["plan", str(in_parts.folder), "--out", str(tmp_path / "plan"), "--horizon", "10"]
    own, other, same = (
        CliRunner().invoke(app, [*plan, *options]) for options in ([], ["--budget", "9e8"], ["--budget", "none"])
    )
    assert own.exit_code == 0, own.output
    unused = "Note: budget: the network's own budget is not used, as another one was given"
    assert [unused in " ".join(each.stderr.split()) for each in (own, other, same)] == [False, True, True]
    refused = CliRunner().invoke(app, [*plan, "--min-health", "slab=2"])
    assert refused.exit_code == 2
    words = " ".join(refused.stderr.replace("│", " ").split())
    assert "must not be given for a network in parts, as it needs all bridges in one place" in words
