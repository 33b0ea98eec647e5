"""The benchmark set: the same bytes for everybody, bounds that follow from its files, a checker that sees faults."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.planning import PlanSpace, evaluate_plans
from nagamochi.planning.benchmark_set import SIZES, write_benchmark_set
from nagamochi.planning.benchmark_set.made import made_network

CHECKED = [10, 300]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two small instances."""
    folder = tmp_path_factory.mktemp("benchmark") / "set"
    write_benchmark_set(folder, sizes=CHECKED, threads=2)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def costs_of(instance: Path) -> np.ndarray:
    """(units, plans, years) yen."""
    table = pl.read_parquet(instance / "costs-*.parquet").sort("unit", "plan")
    return table.drop("unit", "plan").to_numpy().reshape(table["unit"].n_unique(), -1, 50).astype(np.int64)


def check(instance: Path, plan: Path) -> subprocess.CompletedProcess[str]:
    """Run the checker that was written beside the instance, in isolation from this package."""
    command = [sys.executable, "-I", str(instance.parent / "check.py"), str(instance), str(plan)]
    return subprocess.run(command, capture_output=True, text=True)


def plan_file(folder: Path, units: object, plans: object) -> Path:
    file = folder / "plan.csv"
    pl.DataFrame({"unit": units, "plan": plans}).write_csv(file)
    return file


def test_two_runs_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_benchmark_set(tmp_path, sizes=[*CHECKED[::-1], CHECKED[0]], threads=1)
    assert contents(tmp_path) == contents(folder)
    assert {"check.py", "plans.parquet", "n10/instance.json", "n300/costs-000.parquet"} <= contents(folder).keys()


@pytest.mark.parametrize("size", CHECKED)
def test_costs_are_those_of_the_plans_in_whole_yen(folder: Path, size: int) -> None:
    costs, network = costs_of(folder / f"n{size}"), made_network(size)
    expected = evaluate_plans(network, space=PlanSpace.study())
    assert costs.shape == (size, 128, 50)
    assert np.abs(costs.sum(axis=2) - expected.lcc).max() <= 25  # half a yen a year
    assert np.abs(costs[3, 77] - expected.yearly(3, 77)).max() <= 0.5
    plans = pl.read_parquet(folder / "plans.parquet")
    assert plans.drop("plan").equals(PlanSpace.study().to_frame())


@pytest.mark.parametrize("size", CHECKED)
def test_the_bound_follows_from_the_prices_and_the_plan_is_not_below_it(folder: Path, size: int) -> None:
    instance = folder / f"n{size}"
    about, costs = json.loads((instance / "instance.json").read_text()), costs_of(instance)
    years = pl.read_parquet(instance / "budget.parquet")
    budget, prices = years["budget"].to_list(), [Fraction(price) for price in years["price"]]
    assert sum(price > 0 for price in prices) >= 3
    priced = costs @ (1 + years["price"].to_numpy())
    cheapest = costs[np.arange(size), priced.argmin(axis=1)].sum(axis=0).tolist()
    bound = sum(yen * (1 + price) - price * most for yen, price, most in zip(cheapest, prices, budget, strict=True))
    proven_best = about["lower_bound"] == about["cost"]
    assert bound - 1 <= about["lower_bound"] <= about["cost"]
    assert proven_best or about["lower_bound"] <= bound
    assert proven_best == (size == 10)


@pytest.mark.parametrize("size", CHECKED)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_checker_accepts_our_plan_in_any_order(folder: Path, tmp_path: Path, size: int, suffix: str) -> None:
    instance, file = folder / f"n{size}", tmp_path / f"plan.{suffix}"
    plan = pl.read_parquet(instance / "plan.parquet").reverse()
    plan.write_csv(file) if suffix == "csv" else plan.write_parquet(file)
    chosen = costs_of(instance)[np.arange(size), plan.reverse()["plan"].to_numpy()]
    checked, about = check(instance, file), json.loads((instance / "instance.json").read_text())
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(f"cost {chosen.sum():,}; bound {about['lower_bound']:,}; gap ")
    assert chosen.sum() == about["cost"]
    assert (chosen.sum(axis=0) <= pl.read_parquet(instance / "budget.parquet")["budget"].to_numpy()).all()


def test_the_checker_rejects_a_plan_that_breaks_a_budget(folder: Path, tmp_path: Path) -> None:
    instance = folder / "n300"
    chosen = np.zeros(300, np.int64)
    spent = costs_of(instance)[:, 0].sum(axis=0)
    budget = pl.read_parquet(instance / "budget.parquet")["budget"].to_numpy()
    year = int(np.flatnonzero(spent > budget)[0])
    checked = check(instance, plan_file(tmp_path, np.arange(300), chosen))
    said = f"exceeds the budget of year {year + 1}, {budget[year]:,} yen, by {spent[year] - budget[year]:,}"
    assert checked.returncode == 1
    assert said in checked.stderr


@pytest.mark.parametrize(
    ("units", "plans", "said"),
    [
        (range(10), [0] * 9 + [128], "plan must be from 0 to 127; got 128"),
        (range(10), [0] * 9 + [-1], "plan must be from 0 to 127; got -1"),
        (range(10), [0] * 9 + [None], "plan must be from 0 to 127; got None"),
        (range(10), [0.5] * 10, "must have one column plan of whole numbers"),
        (range(10), ["a"] * 10, "must have one column plan of whole numbers"),
        (range(9), [0] * 9, "unit must name each of 0 to 9 once"),
        ([*range(9), 8], [0] * 10, "unit must name each of 0 to 9 once"),
        (range(1, 11), [0] * 10, "unit must name each of 0 to 9 once"),
    ],
)
def test_the_checker_rejects_what_is_no_plan(
    folder: Path, tmp_path: Path, units: object, plans: object, said: str
) -> None:
    checked = check(folder / "n10", plan_file(tmp_path, units, plans))
    assert checked.returncode == 1
    assert checked.stdout == ""
    assert said in checked.stderr


def test_the_checker_is_short(folder: Path) -> None:
    assert len((folder / "check.py").read_text().splitlines()) <= 40


def test_instances_of_other_sizes_stay(folder: Path, tmp_path: Path) -> None:
    for size in CHECKED:
        write_benchmark_set(tmp_path, sizes=[size])
    assert contents(tmp_path) == contents(folder)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [([7], "sizes: must be one of 10, 300, 5000, 100000, 730000; got 7"), ([], "sizes: must have at least one size")],
)
def test_other_sizes_are_refused_before_anything_is_written(tmp_path: Path, sizes: list[int], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        write_benchmark_set(tmp_path / "set", sizes=sizes)
    assert not (tmp_path / "set").exists()


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bridges.csv").write_text("bridge_id\n")
    with pytest.raises(InvalidInput, match=r"folder: must be empty or hold a benchmark set alone; got 'bridges\.csv'"):
        write_benchmark_set(tmp_path, sizes=[10])
    assert [path.name for path in tmp_path.iterdir()] == ["bridges.csv"]


def test_what_is_stopped_leaves_complete_instances_alone(tmp_path: Path) -> None:
    texts = []

    def stop_at_300(progress) -> bool:
        texts.append(progress.text)
        return progress.of != 300

    written = write_benchmark_set(tmp_path, sizes=[10, 300], progress=stop_at_300)
    assert texts[0] == "costs of 10 of 10 units written"
    assert texts[-1] == "costs of 300 of 300 units written"
    assert [instance.name for instance in written] == ["n10"]
    assert not (tmp_path / "n300").exists()
    assert not list(tmp_path.glob(".nagamochi-[dr]*"))


def test_the_command_writes_the_set(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["benchmark-set", "--out", str(tmp_path), "--sizes", "10,300", "--json"])
    assert result.exit_code == 0
    assert contents(tmp_path) == contents(folder)
    names = [instance["name"] for instance in json.loads(result.stdout)["instances"]]
    assert names == ["n10", "n300"]


@pytest.mark.parametrize("sizes", ["7", "ten", "10.5", "inf"])
def test_the_command_refuses_other_sizes(tmp_path: Path, sizes: str) -> None:
    result = CliRunner().invoke(app, ["benchmark-set", "--out", str(tmp_path / "set"), "--sizes", sizes])
    assert result.exit_code == 2
    assert sizes in result.stderr
    assert not (tmp_path / "set").exists()


def test_sizes_that_are_asked_for() -> None:
    assert SIZES == (10, 300, 5_000, 100_000, 730_000)
