"""One owner's part of a network."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.network.arrays import array_names
from nagamochi.network.owners import of_owners
from nagamochi.planning import plan_network, read_plan
from small_town import FILES, write_town

OWNERS = {"B1": "北市", "B2": "南町"}
EXTRA = {
    "works": "bridge_id,year,cost\nB1,3,100000\nB2,4,200000\n",
    "closed": "bridge_id,from,to\nB1,1,2\n",
    "retire": "bridge_id,year,cost\nB2,20,500000\n",
    "rows": "name,owner,budget\nnorth,北市,5000000\nsouth,南町,9000000\nall,,9000000\n",
}


def with_owners(text: str, owners: dict[str, str]) -> str:
    head, *lines = text.splitlines()
    return "\n".join([f"{head},owner,memo", *(f"{line},{owners[line.split(',')[0]]},kept" for line in lines)]) + "\n"


@pytest.fixture
def region(tmp_path: Path) -> Path:
    """Two bridges of two owners, with everything that a folder may have."""
    folder = write_town(tmp_path / "region")
    (folder / "bridges.csv").write_text(with_owners(FILES["bridges"], OWNERS), encoding="utf-8")
    for name, text in EXTRA.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def by_hand(region: Path, folder: Path, bridge: str, owner: str) -> Path:
    """The same folder with the lines of one bridge, as text."""
    folder.mkdir()
    for file in region.glob("*.csv"):
        lines = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        if file.stem == "budget" or (file.stem == "curve_tables" and bridge == "B1"):
            continue
        if file.stem == "rows":
            lines = [line for line in lines if line["owner"] == owner]
        elif "bridge_id" in lines[0]:
            lines = [line for line in lines if line["bridge_id"] == bridge]
        if lines:
            pl.DataFrame(lines).write_csv(folder / file.name)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize(("bridge", "owner"), OWNERS.items())
def test_an_owners_part_is_the_network_of_its_lines(region: Path, tmp_path: Path, bridge: str, owner: str) -> None:
    part = of_owners(read_network(region, 2026), [owner])
    expected = read_network(by_hand(region, tmp_path / "by_hand", bridge, owner), 2026)
    assert part.fingerprint == expected.fingerprint
    for name in array_names():
        np.testing.assert_array_equal(getattr(part.arrays, name), getattr(expected.arrays, name))
    for name in ("bridges", "curves", "rows", "works", "closed", "retire"):
        ours, theirs = getattr(part, name), getattr(expected, name)
        assert (ours is None) == (theirs is None), name
        assert ours is None or ours.select(theirs.columns).equals(theirs), name
    assert part.bridges["memo"].to_list() == ["kept"]
    assert part.budget is None
    assert plan_network(part, horizon=30).cost == plan_network(expected, horizon=30).cost


def test_all_owners_are_the_whole_network_without_what_is_of_all_bridges(region: Path) -> None:
    network = read_network(region)
    both = of_owners(network, ["南町", "北市"])
    assert both.bridge_ids.to_list() == ["B1", "B2"]
    assert both.rows is not None
    assert both.rows["name"].to_list() == ["north", "south"]
    assert both.arrays.repair_cost.tobytes() == network.arrays.repair_cost.tobytes()


def test_what_is_left_out_is_said(region: Path) -> None:
    text = (region / "bridges.csv").read_text(encoding="utf-8")
    (region / "bridges.csv").write_text(text.replace("南町", ""), encoding="utf-8")
    (region / "rows.csv").write_text("name,owner,budget\nnorth,北市,5000000\nall,,9000000\n", encoding="utf-8")
    network = read_network(region)
    said = of_owners(network, ["北市"]).notices[len(network.notices) :]
    assert said == (
        "owner: bridges of 北市: 1 of 2; the others are left out",
        "owner: bridges without an owner are left out: 1",
        "owner: the network's budget is of all bridges; it is left out",
        "owner: rows of other owners or of all bridges are left out: all",
        "owner: rows of works of other bridges are left out: 1",
        "owner: rows of retire of other bridges are left out: 1",
    )


@pytest.mark.parametrize(
    ("owners", "rules"),
    [
        (["北"], ["owner: must be an owner in the network; near are 北市; got 北"]),
        (["北 市"], ["owner: must be an owner in the network; near are 北市; got 北 市"]),
        (["Tokyo"], ["owner: must be an owner in the network: 北市, 南町; got Tokyo"]),
        (
            ["北市", "x", ""],
            ["owner: must be an owner in the network: 北市, 南町; got x", "owner: must be an owner in"],
        ),
        ([], ["owner: must be at least one owner; got none"]),
    ],
)
def test_unknown_owners_are_one_error_with_near_names(region: Path, owners: list[str], rules: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        of_owners(read_network(region), owners)
    assert len(refused.value.problems) == len(rules)
    for problem, rule in zip(refused.value.problems, rules, strict=True):
        assert str(problem).startswith(rule)


def test_a_network_without_owners_has_no_part() -> None:
    bare = Network.from_arrays(
        curve_offsets=[0, 1], inspection_cost=[1e5], health=[3], service_life=[60], repair_cost=[[0, 1, 2, 3, 4]]
    )
    with pytest.raises(InvalidInput, match="owner: must not be given, as no bridge of the network has an owner; got x"):
        of_owners(bare, ["x"])


def test_the_command_line_plans_one_owners_bridges(region: Path, tmp_path: Path) -> None:
    result = run("plan", region, "--owner", "北市", "--out", tmp_path / "plan", "--horizon", 30)
    assert result.exit_code == 0, result.output
    assert "1 bridge over 30 years" in result.stdout
    assert "bridges of 北市: 1 of 2" in result.stderr
    assert read_plan(tmp_path / "plan").network.bridge_ids.to_list() == ["B1"]
    both = run(
        "plan", region, "--owner", "北市", "--owner", "南町", "--by", "owner", "--out", tmp_path / "by", "--horizon", 30
    )
    assert both.exit_code == 0, both.output
    wrong = run("plan", region, "--owner", "北", "--out", tmp_path / "wrong")
    assert wrong.exit_code == 2
    assert "'--owner': must be an owner in the network; near are 北市; got 北" in " ".join(
        wrong.output.replace("│", " ").split()
    )
    assert not (tmp_path / "wrong").exists()


def test_an_owners_part_is_written_as_a_network(region: Path, tmp_path: Path) -> None:
    (region / "network.csv").write_text("start_year\n2026\n", encoding="utf-8")
    result = run("network", "filter", region, "--owner", "南町", "--out", tmp_path / "south")
    assert result.exit_code == 0, result.output
    assert "1 bridge, 2 curves" in result.stdout
    assert "rows of other owners or of all bridges are left out: north, all" in " ".join(result.stderr.split())
    south = read_network(tmp_path / "south")
    assert (south.start_year, south.fingerprint) == (2026, of_owners(read_network(region), ["南町"]).fingerprint)
    assert sorted(file.name for file in (tmp_path / "south").iterdir()) == [
        *("bridges.csv", "costs.csv", "curve_tables.csv", "curves.csv", "items.csv"),
        *("network.csv", "retire.csv", "rows.csv", "works.csv"),
    ]
    assert "slow" in (tmp_path / "south" / "curve_tables.csv").read_text(encoding="utf-8")
    assert "paint" not in (tmp_path / "south" / "costs.csv").read_text(encoding="utf-8")


def test_a_network_is_not_replaced_by_its_part(region: Path) -> None:
    before = {file.name: file.read_bytes() for file in region.iterdir()}
    result = run("network", "filter", region, "--owner", "南町", "--out", region)
    assert result.exit_code == 1
    assert f"{region / 'costs.csv'}: is an input of this command" in result.stderr
    assert {file.name: file.read_bytes() for file in region.iterdir()} == before
