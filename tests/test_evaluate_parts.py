"""Decisions about a network in parts: what they cost and keep is what it is in one piece."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_decided import made_decided
from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, NetworkParts, read_parts, split, write_parts
from nagamochi.planning import (
    PlanSpace,
    evaluate_parts,
    evaluate_plan,
    read_parts_plan,
    verify,
    verify_parts,
)

HORIZON = 20
SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3), intervals=(4, 5, 7))


def in_parts(network: Network, folder: Path, bridges: int = 3) -> NetworkParts:
    return write_parts(split(network, bridges), folder, budget=network.budget)


def decisions_about(network: Network, seed: int, one_interval: bool) -> pl.DataFrame:
    """Some plan for each bridge, in another order; levels that no space has."""
    rng = np.random.default_rng(seed)
    n = network.n_bridges
    table = pl.DataFrame(
        {
            "bridge_id": network.bridge_ids,
            "level": rng.choice((3.7, 2.9, 2.0), n),
            "first_year": rng.integers(1, 4, n),
            "interval": np.full(n, 6) if one_interval else rng.choice((4, 6), n),
        }
    )
    return table[rng.permutation(n)]


@pytest.mark.parametrize(
    ("seed", "share", "one_interval", "options"),
    [
        (1, 0.7, True, {}),
        (3, 1.2, False, {"carry_over": True, "discount_rate": 0.04}),
        (4, 2.0, False, {}),
    ],
)
def test_decisions_cost_and_keep_what_they_do_in_one_piece(
    tmp_path: Path, seed: int, share: float, one_interval: bool, options: dict
) -> None:
    network = made_decided(seed, HORIZON, bridges=7).network
    decisions = decisions_about(network, seed, one_interval)
    options = {**options, "horizon": HORIZON, "space": SPACE}
    budget = share * float(evaluate_plan(network, decisions, 1e12, **options).outcome.total.max())
    whole = evaluate_plan(network, decisions, budget, **options)
    parts = in_parts(network, tmp_path / "parts")
    plan = evaluate_parts(parts, decisions, budget, **options)
    assert plan.plan_of_bridge.tolist() == whole.plan_of_unit.tolist()
    assert plan.cost == pytest.approx(whole.cost, rel=1e-12)
    assert plan.counted_cost == pytest.approx(whole.counted_cost, rel=1e-12)
    assert plan.feasible == whole.feasible
    assert (plan.closed_works, plan.off_schedule) == (whole.outcome.closed_works, whole.outcome.off_schedule)
    for column in ("total", "overrun"):
        assert plan.yearly[column].to_list() == pytest.approx(whole.yearly[column].to_list())
    assert plan.problem.shared.interval_per == whole.problem.interval_per
    for checks in (verify_parts(plan), verify(whole)):
        assert all(check.holds for check in checks), [check for check in checks if not check.holds]
    if plan.feasible and whole.feasible:
        assert plan.certificate.lower_bound <= whole.counted_cost
        assert plan.gap is not None
    plan.save(tmp_path / "out", works=True)
    read = read_parts_plan(tmp_path / "out")
    assert read.to_dict() == plan.to_dict()
    assert all(check.holds for check in verify_parts(read))
    again = evaluate_parts(parts, tmp_path / "out", budget, **options)
    assert again.plan_of_bridge.tolist() == plan.plan_of_bridge.tolist()
    works = pl.concat([pl.read_parquet(file) for file in sorted((tmp_path / "out/work_programme").iterdir())])
    assert works["cost"].sum() == pytest.approx(whole.works["cost"].sum())


def test_decisions_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    network = made_decided(1, HORIZON, bridges=7).network
    parts = in_parts(network, tmp_path / "parts")
    decisions = decisions_about(network, 1, True)
    with pytest.raises(InvalidInput, match="must have a row for every bridge; got none for"):
        evaluate_parts(parts, decisions[1:], 1e9, horizon=HORIZON)
    other = decisions.with_columns(bridge_id=pl.col("bridge_id").replace(decisions["bridge_id"][2], "B99"))
    with pytest.raises(InvalidInput, match=r"row 3, column bridge_id: must be of the network; got B99"):
        evaluate_parts(parts, other, 1e9, horizon=HORIZON)
    members = decisions.with_columns(member=pl.lit("slab"))
    with pytest.raises(InvalidInput, match="must not be given for a network in parts; got member"):
        evaluate_parts(parts, members, 1e9, horizon=HORIZON)
    with pytest.raises(InvalidInput, match="min_health: must not be given for a network in parts"):
        evaluate_parts(parts, decisions, 1e9, horizon=HORIZON, min_health=2.0)


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_command_evaluates_practice_and_a_plan_of_parts(tmp_path: Path, clusters: list[tuple[str, int]]) -> None:
    parts = in_parts(datasets.paper_ten(), tmp_path / "parts", 4)
    practice = parts.bridge_ids.to_frame().with_columns(level=2.5, first_year=3, interval=5)
    practice.write_csv(tmp_path / "practice.csv")
    given = ("--budget", "30e6", "--space", "study")
    result = run("evaluate", parts.folder, tmp_path / "practice.csv", *given, "--out", tmp_path / "practice")
    assert result.exit_code == 0
    assert result.stdout.startswith("Not feasible")
    assert run("plan", parts.folder, *given, "--out", tmp_path / "plan").exit_code == 0
    kept = run("evaluate", parts.folder, tmp_path / "plan", *given, "--out", tmp_path / "again", "--json")
    record, plan = json.loads(kept.stdout), json.loads((tmp_path / "plan/summary.json").read_bytes())
    assert (record["cost"], record["feasible"]) == (plan["cost"], True)
    assert run("verify", tmp_path / "practice").exit_code == 0
    again = parts.folder, tmp_path / "practice.csv", *given, "--cluster", "local:2"
    assert run("evaluate", *again, "--out", tmp_path / "cluster").stdout.startswith("Not feasible")
    assert [where for where, calls in clusters if calls >= 3] == ["local:2"]
    for file in ("certificate.json", "yearly.csv"):
        assert (tmp_path / "cluster" / file).read_bytes() == (tmp_path / "practice" / file).read_bytes()
    refused = run("evaluate", read_parts(parts.folder).folder, tmp_path / "practice.csv", "--out", tmp_path / "none")
    assert refused.exit_code == 2
    assert "must be given, as" in " ".join(refused.stderr.split())
    refused = run("evaluate", parts.folder, tmp_path / "plan", *given, "--lang", "ja", "--out", tmp_path / "none")
    assert "must not be given for a folder of parts" in " ".join(refused.stderr.split())
