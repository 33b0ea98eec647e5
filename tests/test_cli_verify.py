"""`nagamochi verify` on the command line."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from made_network import made_network
from nagamochi.base import records
from nagamochi.cli.commands import app
from nagamochi.planning import Genetic, plan_network


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plan_network(made_network(4), 30e6, horizon=30, min_health={"slab": 1.5}).save(tmp_path / "plan")
    return tmp_path / "plan"


def test_a_plan_as_it_was_saved_holds(folder: Path) -> None:
    result = run("verify", folder)
    assert result.exit_code == 0
    assert result.stdout.startswith("All ")
    assert "cost of the plan, yen" in result.stdout
    record = json.loads(run("verify", folder, "--json").stdout)
    assert record["holds"] is True
    assert {check["holds"] for check in record["checks"]} == {True}
    assert len([check for check in record["checks"] if check["claim"].startswith("budget of year")]) == 30


def test_a_bound_that_is_too_high_fails(folder: Path) -> None:
    plan = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    for bound in plan["bounds"]:
        bound["yen"] = (bound["yen"] or 0) + 10_000_000
    (folder / "certificate.json").write_text(json.dumps(plan), encoding="utf-8")
    assert run("verify", folder).exit_code == 1  # refused: the digest differs
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["files"]["certificate.json"] = sha256((folder / "certificate.json").read_bytes()).hexdigest()
    del summary["schema"], summary["checksum"]
    (folder / "summary.json").write_bytes(records.to_bytes(records.signed("nagamochi plan", 1, summary)))
    result = run("verify", folder)
    assert result.exit_code == 1
    assert " claims FAIL: " in result.stdout.splitlines()[0]
    assert "lower bound of cost" in result.stdout


def test_plans_of_all_solvers_hold(tmp_path: Path) -> None:
    for number, solver in enumerate(("exact", Genetic(generations=5))):
        plan_network(made_network(5), 3e6, interval_per="bridge", level_per="member", solver=solver).save(
            tmp_path / str(number)
        )
        assert run("verify", tmp_path / str(number)).exit_code == 0


def test_no_plan_is_an_error_in_one_block(tmp_path: Path) -> None:
    result = run("verify", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'nowhere'}: must be the folder of a saved plan; got no such folder\n"
