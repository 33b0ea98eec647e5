"""Owners and pools of a network in parts: each as good as in one piece, kept one by one, resumed and verified."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from losing import Breaks
from made_network import made_network
from nagamochi.base import records
from nagamochi.cli.commands import app
from nagamochi.errors import CorruptFile, InvalidInput, LostExecutor
from nagamochi.network import Network, NetworkParts, read_network, read_parts, split, write_parts
from nagamochi.network.owners import of_owners
from nagamochi.network.pools import read_pools
from nagamochi.planning import (
    OwnersProblem,
    PartsPooling,
    PlanningProblem,
    PlanSpace,
    Relaxation,
    Shortfall,
    plan_need,
    pool_parts,
    read_parts_plan,
    share_out,
    solve,
    verify_pooling,
)
from nagamochi.report.sentences import parts_pooling_sentences
from oracle.choices import least_cost, plans_of
from test_files import room
from test_rows import oracle_rows, table

HORIZON = 15
SPACE = PlanSpace((4.0, 3.0, 2.5), (1, 2, 3), (5,))
TOWNS = [f"town {number}" for number in range(12)]
POOLS = {town: "東県" if number < 4 else f"pool {number % 2}" for number, town in enumerate(TOWNS)}
GAP = 1e-6


def made_towns(share: float) -> Network:
    """Two bridges of each of twelve towns: budgets just enough, but of the towns of pool 1 only a share of that."""
    owners = [TOWNS[bridge % 12] for bridge in range(24)]
    bare = made_network(7, bridges=24, members=2, owners=owners)
    lines = []
    for town in TOWNS:
        need = plan_need(PlanningProblem(of_owners(bare, [town]), np.full(HORIZON, inf), space=SPACE))
        enough = 1.0001 * need.certificate.smallest_flat_budget[1]
        budget = enough * share if POOLS[town] == "pool 1" else enough
        lines.append({"name": f"budget of {town}", "owner": town, "budget": float(budget)})
    return made_network(7, bridges=24, members=2, owners=owners, rows=table(*lines))


def in_parts(network: Network, folder: Path, bridges: int = 10_000) -> NetworkParts:
    return write_parts(split(network, bridges, by="owner"), folder, budget=network.budget, rows=network.rows)


@pytest.fixture(scope="module")
def network() -> Network:
    return made_towns(1)


@pytest.fixture(scope="module")
def towns(network: Network, tmp_path_factory: pytest.TempPathFactory) -> NetworkParts:
    return in_parts(network, tmp_path_factory.mktemp("towns") / "parts")


def problem_of(parts: NetworkParts, **options) -> OwnersProblem:
    return OwnersProblem.of(parts, horizon=HORIZON, pools=POOLS, space=SPACE, **options)


@pytest.fixture(scope="module")
def made(towns: NetworkParts, tmp_path_factory: pytest.TempPathFactory) -> tuple[PartsPooling, Path]:
    out = tmp_path_factory.mktemp("made") / "out"
    return pool_parts(problem_of(towns), out), out


def in_one_piece(network: Network, owners: list[str], **options) -> PlanningProblem:
    """The problem of some owners within the sum of their budgets."""
    own = of_owners(network, owners)
    assert own.rows is not None
    budget = np.full(HORIZON, own.rows["budget"].sum())
    return PlanningProblem(replace(own, rows=None), budget, space=SPACE, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """All files but what differs between equal runs."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "effort.json"
    }


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of the files of plans."""
    files = [file for file in folder.rglob("0*/*") if file.is_file()]
    return {str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


# As good as in one piece.


def test_an_owner_alone_is_planned_to_the_bit_as_in_one_piece(made, network: Network) -> None:
    pooling, out = made
    for row in pooling.owners.iter_rows(named=True):
        whole = solve(in_one_piece(network, [row["owner"]]), solver=Relaxation(gap=GAP))
        plan = read_parts_plan(out / row["folder"])
        assert plan.plan_of_bridge.tobytes() == whole.plan_of_unit.tobytes()
        assert plan.certificate.record == whole.certificate.record
        assert (row["cost_apart"], row["gap_apart"], row["feasible"]) == (whole.cost, whole.gap, whole.feasible)
        assert row["apart"] == pytest.approx(whole.outcome.total.sum(), rel=1e-12)


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_what_pooling_is_worth_lies_between_the_proven_numbers(
    tmp_path: Path, made, network: Network, share: float
) -> None:
    if share == 1:
        pooling = made[0]
    else:
        network = made_towns(share)
        pooling = pool_parts(problem_of(in_parts(network, tmp_path / "parts")), tmp_path / "out")
    for row in pooling.pools.iter_rows(named=True):
        owners = [owner for owner in TOWNS if POOLS[owner] == row["pool"]]
        alone, together = (
            [best_of(in_one_piece(network, some)) for some in groups] for groups in ([[o] for o in owners], [owners])
        )
        whole = solve(in_one_piece(network, owners))
        figures = pooling.pooled[row["pool"]]
        if together[0] is None:
            assert not figures.feasible
            assert not whole.feasible
        else:
            assert figures.lower_bound <= together[0] + 1
            assert figures.lower_bound <= whole.counted_cost
            assert not figures.feasible or whole.certificate.lower_bound <= figures.counted
        enough = [best is not None for best in alone]
        assert row["owners_feasible"] <= sum(enough)
        assert pooling.impossible <= len(TOWNS)
        if row["pool"] != "pool 1":
            assert row["compared"]
            assert row["owners_feasible"] == 4
        if row["compared"]:
            assert row["value_at_least"] - 2 <= sum(alone) - together[0] <= row["value_at_most"] + 2
        if row["value_at_least"] is None:
            assert not all(enough)
    assert pooling.value == pytest.approx(
        tuple(pooling.pools.filter("compared")[name].fill_null(0).sum() for name in ("value_at_least", "value_at_most"))
    )


def best_of(problem: PlanningProblem) -> float | None:
    plans = plans_of(problem.network, "bridge", SPACE, HORIZON)
    return least_cost(plans, problem.weights, oracle_rows(problem), common_interval=True)


def test_tables_add_up(made, network: Network) -> None:
    pooling, out = made
    owners, pools = pooling.owners, pooling.pools
    assert owners["owner"].to_list() == TOWNS
    assert owners["pool"].to_list() == list(POOLS.values())
    assert owners["bridges"].to_list() == [2] * 12
    assert pools["pool"].to_list() == ["東県", "pool 0", "pool 1"]
    assert pools["owners"].to_list() == [4, 4, 4]
    budgets = {row["owner"]: row["budget"] for row in network.rows.to_dicts()}
    assert owners["budget"].to_list() == pytest.approx([budgets[town] * HORIZON for town in TOWNS])
    for row in pools.iter_rows(named=True):
        ours = owners.filter(pool=row["pool"])
        plan = read_parts_plan(out / row["folder"])
        assert plan.problem.shared.budget.sum() == pytest.approx(ours["budget"].sum(), rel=1e-12)
        assert row["budget"] == pytest.approx(ours["budget"].sum())
        for column in ("apart", "pooled", "cost_apart", "cost_pooled"):
            assert row[column] == pytest.approx(ours[column].sum())
        assert row["pooled"] == pytest.approx(plan.yearly["total"].sum())
        assert row["cost_pooled"] == pytest.approx(plan.cost)
    saved = pl.read_csv(out / "owners.csv")
    assert saved.columns == owners.columns
    assert saved["cost_pooled"].to_list() == pytest.approx(owners["cost_pooled"].to_list(), abs=0.01)
    record = json.loads((out / "pooling.json").read_bytes())
    assert record["value"] == list(pooling.value)
    assert record["budgets"] == "rows.csv"


def test_shortfall_that_counts_is_in_the_value(towns: NetworkParts, network: Network, tmp_path: Path) -> None:
    pooling = pool_parts(problem_of(towns, shortfall=Shortfall(price=1.0), discount_rate=0.03), tmp_path)
    owners = pooling.owners
    assert owners["shortfall_apart"].sum() > 0
    whole = solve(
        in_one_piece(network, ["town 0"], shortfall=Shortfall(price=1.0), discount_rate=0.03),
        solver=Relaxation(gap=GAP),
    )
    assert owners["cost_apart"][0] + owners["shortfall_apart"][0] == pytest.approx(whole.counted_cost, rel=1e-12)
    known = owners.drop_nulls("value")
    saved = sum(known[f"{name}_apart"] - known[f"{name}_pooled"] for name in ("cost", "shortfall"))
    assert known["value"].to_list() == pytest.approx(saved.to_list())
    assert "counting shortfall" in parts_pooling_sentences(pooling, "en")


def test_an_owner_of_several_parts_and_one_pool_of_all(network: Network, tmp_path: Path) -> None:
    parts = in_parts(network, tmp_path / "parts", bridges=1)
    assert len(parts) == 24
    pooling = pool_parts(OwnersProblem.of(parts, horizon=HORIZON, space=SPACE, interval_per="bridge"), tmp_path / "out")
    assert pooling.pools["pool"].to_list() == ["all owners"]
    assert pooling.owners["bridges"].to_list() == [2] * 12
    best = best_of(in_one_piece(network, TOWNS))
    (figures,) = pooling.pooled.values()
    assert figures.lower_bound <= best + 1
    assert all(check.holds for _, checks in verify_pooling(tmp_path / "out") for check in checks)


def test_no_executor_and_no_number_of_threads_changes_a_file(towns: NetworkParts, made, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as executor:
        pool_parts(problem_of(towns), tmp_path / "threads", executor)
    pool_parts(problem_of(towns), tmp_path / "one", threads=1)
    assert contents(tmp_path / "threads") == contents(tmp_path / "one") == contents(made[1])


# Stopped and resumed.


def stopping_after(reports: int) -> Callable[[object], bool]:
    left = iter(range(reports))
    return lambda _: next(left, None) is not None


@pytest.mark.parametrize("reports", [3, 14])
def test_a_run_that_was_stopped_goes_on_where_it_was(
    towns: NetworkParts, made, tmp_path: Path, reports: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, out = problem_of(towns), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        pool_parts(problem, out, progress=stopping_after(reports))
    assert not (out / "pooling.json").exists()
    done = states(out)
    assert len([name for name in done if name.endswith("figures.json")]) >= min(reports, 12)
    pool_parts(problem, out)
    assert contents(out) == contents(made[1])
    assert done.items() <= states(out).items()


def test_a_killed_run_goes_on_where_it_was(towns: NetworkParts, made, tmp_path: Path) -> None:
    pools, out = tmp_path / "pools.csv", tmp_path / "out"
    pl.DataFrame({"owner": POOLS.keys(), "pool": POOLS.values()}).write_csv(pools)
    command = [*command_of(towns.folder, pools), "--out", str(out)]
    process = subprocess.Popen([Path(sys.executable).with_name("nagamochi"), *command], stdout=subprocess.DEVNULL)
    while not list(out.glob("apart/*/figures.json")) and process.poll() is None:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if (out / "pooling.json").exists():
        pytest.skip("it had ended before it was killed")
    done = {name: state for name, state in states(out).items() if (out / name).parent.joinpath("figures.json").exists()}
    assert done
    assert run(*command).exit_code == 0
    assert contents(out) == contents(made[1])
    assert done.items() <= states(out).items()


def test_a_full_disk_and_a_lost_executor_keep_what_is_done(
    towns: NetworkParts, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, out = problem_of(towns), tmp_path / "out"
    with pytest.raises(LostExecutor, match=r"lost its workers .*; the same call goes on with the plans that .* lacks"):
        pool_parts(problem, out, Breaks(5))
    done = states(out)
    assert len([name for name in done if name.endswith("figures.json")]) == 5
    with room(2000), pytest.raises(OSError, match=r"cannot be written: File too large: .*apart/00006/"):
        pool_parts(problem, out)
    assert not list(out.rglob("apart/00006/*.json"))
    pool_parts(problem, out)
    assert contents(out) == contents(made[1])
    assert done.items() <= states(out).items()


def test_a_plan_that_is_harmed_or_of_another_problem_is_made_again(towns: NetworkParts, made, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made[1], out)
    (out / "apart/00002/yearly.csv").write_text("harmed")
    (out / "apart/00003/figures.json").write_text("{")
    (out / "pooled/00001/summary.json").unlink()
    before = states(out)
    pool_parts(problem_of(towns), out)
    assert contents(out) == contents(made[1])
    again = {str(Path(name).parent) for name, state in states(out).items() if before.get(name) != state}
    assert again == {"apart/00002", "apart/00003", "pooled/00001"}
    pool_parts(problem_of(towns, discount_rate=0.01), out)
    assert read_parts_plan(out / "apart/00001").problem.shared.discount_rate == 0.01


# What is refused.


def test_owners_pools_and_budgets_that_do_not_fit_are_refused(network: Network, towns: NetworkParts, tmp_path: Path):
    pools = pl.DataFrame({"管理者": ["town 0", "Nowhere", "town 0"], "都道府県": ["East", "East", None]})
    with pytest.raises(InvalidInput) as error:
        read_pools(pools, ["town 0", "town 1"])
    assert str(error.value).splitlines() == [
        "pools table: must have a row for every owner; got none for town 1",
        "pools table, row 2, column 管理者: must be an owner of the network; got Nowhere",
        "pools table, row 3, column 都道府県: must not be empty; got an empty cell",
        "pools table, row 3, column 管理者: must not repeat row 1; got town 0",
    ]
    with pytest.raises(InvalidInput, match="must have a row for every owner; got none for town 1"):
        read_pools(pl.DataFrame({"owner": ["town 0"], "pool": ["East"]}), ["town 0", "town 1"])
    few = write_parts(
        split(network, by="owner"), tmp_path / "few", rows=network.rows.filter(pl.col("owner") != "town 3")
    )
    with pytest.raises(InvalidInput, match=r"rows.csv: must have a budget per year .* got 'none for town 3 in year 1'"):
        problem_of(few)
    others = pl.concat([network.rows, table({"name": "all", "budget": 1e9})], how="diagonal_relaxed")
    with pytest.raises(InvalidInput, match=r"needs all bridges in one place.* got the limit all"):
        problem_of(write_parts(split(network, by="owner"), tmp_path / "others", rows=others))
    with pytest.raises(InvalidInput, match=r"budgets: must not be given, as .*rows.csv has them"):
        problem_of(towns, budgets={"town 0": 5.0})
    bare = in_parts(replace(network, rows=None), tmp_path / "bare")
    with pytest.raises(InvalidInput, match="budgets: must have every owner; got 'none for town 1'"):
        problem_of(bare, budgets={"town 0": 5.0})
    mixed = write_parts(split(replace(network, rows=None), 5), tmp_path / "mixed")
    for refused in (lambda: problem_of(mixed, budgets={}), lambda: share_out(mixed, 1e9)):
        with pytest.raises(InvalidInput, match=r"bridges of one owner in every part .* got others in part-00001"):
            refused()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"space": PlanSpace.study()}, 'interval_per: must be "bridge" where plans have several intervals'),
        ({"residual": "linear"}, "residual: must be none where owners' budgets are pooled"),
        ({"min_health": 2.0}, "min_health: must not be given for a network in parts"),
    ],
)
def test_options_that_need_all_bridges_are_refused(towns: NetworkParts, options: dict, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        OwnersProblem.of(towns, horizon=HORIZON, **options)


def test_a_missing_part_and_one_of_another_run_are_named(network: Network, tmp_path: Path) -> None:
    parts = in_parts(network, tmp_path / "parts")
    problem = problem_of(parts)
    other = made_network(8, bridges=2, members=2, owners=["town 4"] * 2)
    write_parts([other], tmp_path / "other")
    shutil.copy(tmp_path / "other/part-00001/curves.parquet", parts.folder / "part-00005/curves.parquet")
    with pytest.raises(CorruptFile, match=r"part-00005/curves.parquet: is not as it was written"):
        pool_parts(problem, tmp_path / "out")
    shutil.rmtree(parts.folder / "part-00005")
    with pytest.raises(CorruptFile, match=r"part-00005/.*: is missing"):
        pool_parts(problem, tmp_path / "out")
    assert len(list(tmp_path.glob("out/apart/*/figures.json"))) == 4
    with pytest.raises(CorruptFile, match=r"parts.json: has no part part-00013"):
        parts.only(["part-00013"])


# Verified.


def failures(folder: Path) -> list[str]:
    return [check.claim for _, checks in verify_pooling(folder) for check in checks if not check.holds]


def resigned(file: Path, change: Callable[[dict], object]) -> None:
    """Change a signed record, and sign it again."""
    record = json.loads(file.read_bytes())
    schema, version = record.pop("schema").rsplit(" ", 1)
    record.pop("checksum")
    change(record)
    file.write_bytes(records.to_bytes(records.signed(schema, int(version), record)))


def test_plans_hold_and_changed_claims_fail(made, tmp_path: Path) -> None:
    assert failures(made[1]) == []
    out = tmp_path / "out"
    shutil.copytree(made[1], out)
    resigned(out / "pooling.json", lambda record: record.update(value=[5.0, record["value"][1]]))
    assert failures(out) == ["saving at least"]
    resigned(out / "pooling.json", lambda record: record["owners"][0].update(folder="apart/00005"))
    assert "parts of these owners" in failures(out)
    (out / "owners.csv").write_text("owner\n")
    with pytest.raises(CorruptFile, match=r"owners.csv: is not as it was written"):
        failures(out)


def test_the_feasible_flag_of_a_plan_is_checked(made, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(made[1], out)
    resigned(out / "apart/00001/summary.json", lambda record: record.update(feasible=not record["feasible"]))
    assert any(claim.startswith("every limit of part-00001") for claim in failures(out))


# Shares of one budget.


def test_a_budget_is_shared_by_what_bridges_cost_in_a_year(network: Network, tmp_path: Path) -> None:
    parts = in_parts(replace(network, rows=None), tmp_path / "parts")
    budgets = share_out(parts, [1e7] * HORIZON, horizon=HORIZON, interval=5)
    yearly = []
    for town in TOWNS:
        own = of_owners(network, [town]).arrays
        repairs = sum(cost[-1] / life for cost, life in zip(own.repair_cost, own.service_life, strict=True))
        yearly.append(repairs + sum(own.inspection_cost) / 5)
    assert [budgets[town][0] for town in TOWNS] == pytest.approx([1e7 * one / sum(yearly) for one in yearly], abs=1)
    assert 1e7 - 12 <= sum(budget[0] for budget in budgets.values()) <= 1e7
    with pytest.raises(KeyboardInterrupt):
        share_out(parts, 1e7, progress=stopping_after(3))


# The command.


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def command_of(folder: Path, pools: Path | None = None) -> list[str]:
    given = ["--levels", "4,3,2.5", "--first-years", "1-3", "--delays", "1", "--horizon", str(HORIZON), "--gap", "1e-6"]
    return ["plan", str(folder), "--by", "owner", *([] if pools is None else ["--pools", str(pools)]), *given]


@pytest.fixture
def pools_file(tmp_path: Path) -> Path:
    file = tmp_path / "pools.csv"
    pl.DataFrame({"管理者": POOLS.keys(), "都道府県": POOLS.values()}).write_csv(file)
    return file


def test_the_command_splits_plans_and_verifies(network: Network, made, pools_file: Path, tmp_path: Path) -> None:
    network.write(tmp_path / "towns")
    parts, out = tmp_path / "parts", tmp_path / "out"
    assert run("network", "split", tmp_path / "towns", "--by", "owner", "--out", parts).exit_code == 0
    assert len(read_parts(parts)) == 12
    result = run(*command_of(parts, pools_file), "--out", out, "--lang", "ja")
    assert result.exit_code == 0
    pooling = made[0]
    assert result.stdout.splitlines()[:2] == [parts_pooling_sentences(pooling, language) for language in ("en", "ja")]
    assert "東県" in result.stdout
    assert "12 of 12 owners planned" in result.stderr or "pools planned" in result.stderr
    assert pl.read_csv(out / "pools.csv").columns[:3] == ["予算をまとめる圏域", "管理者数", "予算が足りる管理者数"]
    again = json.loads(run(*command_of(parts, pools_file), "--out", out, "--json").stdout)
    assert again["value"] == list(pooling.value)
    verified = run("verify", out)
    assert verified.exit_code == 0
    assert verified.stdout.startswith("All ")
    moved = tmp_path / "moved"
    parts.rename(moved)
    assert run("verify", out, "--network", moved, "--json").exit_code == 0
    resigned(out / "pooling.json", lambda record: record.update(value=[1.0, 2.0]))
    failing = run("verify", out, "--network", moved)
    assert failing.exit_code == 1
    assert "2 of " in failing.stdout.splitlines()[0]


def test_the_command_shares_a_budget_out_and_says_that_it_is_assumed(network: Network, tmp_path: Path) -> None:
    parts = in_parts(replace(network, rows=None), tmp_path / "parts").folder
    budget = 1.3 * network.rows["budget"].sum()
    result = run(*command_of(parts), "--budget", budget, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "shared out in proportion to what bridges cost in a year (assumed)" in result.stdout
    record = json.loads((tmp_path / "out/pooling.json").read_bytes())
    assert record["budgets"].startswith("--budget, shared out")
    assert sum(row["budget"] for row in record["owners"]) == pytest.approx(budget * HORIZON, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "owner", "--solver", "exact"], "must be relaxation"),
        (["--by", "owner", "--owner", "town 1"], "must not be given for a folder of parts"),
        (["--pools", "pools.csv"], "must not be given for a folder of parts"),
        (["--by", "owner", "--budget", "1e9"], "must not be given, as"),
    ],
)
def test_the_command_refuses(towns: NetworkParts, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("plan", towns.folder, *arguments, "--out", tmp_path / "out")
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())
    assert not (tmp_path / "out/pooling.json").exists()


def test_pools_are_for_parts_and_folders_are_not_mixed(
    network: Network, towns: NetworkParts, pools_file: Path, tmp_path: Path
) -> None:
    network.write(tmp_path / "towns")
    assert read_network(tmp_path / "towns").n_bridges == 24
    result = run(*command_of(tmp_path / "towns", pools_file), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "must be given for a folder of parts only" in " ".join(result.stderr.split())
    assert run(*command_of(tmp_path / "towns"), "--out", tmp_path / "out").exit_code == 0
    with pytest.raises(InvalidInput, match="folder: must be another one than that of owners planned in one piece"):
        pool_parts(problem_of(towns), tmp_path / "out")
