"""Jobs, all works of a bridge in a year, that are smaller than what is worth a contract."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from made_decided import made_decided
from nagamochi.cli.commands import app
from nagamochi.cli.terminal import yen
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning import NetworkPlan, PlanningProblem, PlanSpace, read_plan, solve
from nagamochi.vocabulary import label
from small_town import write_town

SPACE = PlanSpace(levels=(4.0, 2.5), first_years=(1, 2, 3), intervals=(3, 5), delays=(1, 3))


def with_access(network: Network, folder: Path) -> Network:
    network.write(folder)
    bridges = pl.read_csv(folder / "bridges.csv", infer_schema=False)
    bridges.with_columns(access_cost=pl.int_range(pl.len()) * 3e5).write_csv(folder / "bridges.csv")
    return read_network(folder)


def made_plan(seed: int, folder: Path, level_per: str = "bridge") -> NetworkPlan:
    network = with_access(made_decided(seed, 20, bridges=6, members=3).network, folder / "network")
    return solve(PlanningProblem(network, np.full(20, np.inf), space=SPACE, level_per=level_per))


@pytest.mark.parametrize("level_per", ["bridge", "member"])
@pytest.mark.parametrize("seed", range(4))
def test_small_jobs_are_those_of_the_work_programme(seed: int, level_per: str, tmp_path: Path) -> None:
    plain = made_plan(seed, tmp_path, level_per)
    cost: dict[tuple[str, int], float] = defaultdict(float)
    repaired = set()
    for work in plain.works.iter_rows(named=True):
        job = work["bridge_id"], work["year"]
        cost[job] += 0.0 if work["kind"] == "removal" else work["cost"]
        if work["kind"] in ("repair", "preventive repair") and work["cost"] > 0:
            repaired.add(job)
    jobs = {job: cost[job] for job in repaired}
    limit = float(np.median(list(jobs.values()))) + 1
    plan = replace(plain, min_work=limit)
    small = {job for job, yen in jobs.items() if yen < limit}
    assert 0 < len(small) < len(jobs)
    for table in (plan.works, plan.priorities):
        assert table.columns[-1] == "small_job"
        for row in table.iter_rows(named=True):
            job = row["bridge_id"], row["year"]
            assert row["small_job"] == (job in small if job in jobs else None)
    assert_frame_equal(plan.works.drop("small_job"), plain.works)
    assert_frame_equal(pl.concat(plan.works_by_year()), plan.works)
    assert plan.small_jobs is not None
    assert plan.small_jobs[:2] == (len(jobs), len(small))
    assert plan.small_jobs.cost == pytest.approx(sum(jobs.values()))
    assert plan.small_jobs.small_cost == pytest.approx(sum(jobs[job] for job in small))
    plan.save(tmp_path / "plan")
    again = read_plan(tmp_path / "plan")
    assert (again.min_work, again.small_jobs) == (limit, plan.small_jobs)
    assert json.loads((tmp_path / "plan" / "summary.json").read_text())["small_jobs"] == plan.small_jobs._asdict()
    assert again.problem.fingerprint == plain.problem.fingerprint
    plan.save(tmp_path / "plan", language="ja")
    assert read_plan(tmp_path / "plan").small_jobs == plan.small_jobs
    for name in ("work_programme.csv", "priorities.csv"):
        assert pl.read_csv(tmp_path / "plan" / name).columns[-1] == label("small_job", "ja")


def test_without_a_limit_no_table_marks_jobs(tmp_path: Path) -> None:
    plan = made_plan(1, tmp_path)
    assert plan.small_jobs is None
    assert "small_job" not in (*plan.works.columns, *plan.priorities.columns, *plan.to_dict())


def test_the_command_line_says_how_many_jobs_are_small(tmp_path: Path) -> None:
    command = ["plan", str(write_town(tmp_path / "town")), "--budget", "none", "--out", str(tmp_path / "out")]
    plain = CliRunner().invoke(app, command)
    assert plain.exit_code == 0, plain.output
    assert "small jobs" not in plain.stdout
    decisions = (tmp_path / "out" / "plan.csv").read_bytes()
    result = CliRunner().invoke(app, [*command, "--min-work", "10億円"])
    assert result.exit_code == 0, result.output
    plan = read_plan(tmp_path / "out")
    assert plan.small_jobs is not None
    jobs = plan.small_jobs.jobs
    assert jobs > 1
    said = f"{jobs} of {jobs} jobs (100.0%), 100.0% of their cost, below {yen(1e9)}"
    assert said in " ".join(result.stdout.split())
    assert (tmp_path / "out" / "plan.csv").read_bytes() == decisions
    few = CliRunner().invoke(app, [*command, "--min-work", "1"])
    assert f"0 of {jobs} jobs, below {yen(1.0)}" in " ".join(few.stdout.split())


@pytest.mark.parametrize("amount", ["0", "-5", "soon", "none", "1e400"])
def test_other_amounts_are_refused(amount: str, tmp_path: Path) -> None:
    command = ["plan", str(write_town(tmp_path / "town")), "--out", str(tmp_path / "out"), "--min-work", amount]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2
    said = " ".join(refused.output.replace("│", " ").split())
    assert f"must be an amount of yen above 0; got '{amount}'" in said
    by = CliRunner().invoke(app, [*command[:-1], "1e6", "--by", "owner"])
    assert "must not be given with --by owner" in " ".join(by.output.replace("│", " ").split())


@pytest.mark.parametrize("amount", [0, -1.0, np.nan, "1e6"])
def test_a_plan_refuses_them_too(amount: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="min_work: must be "):
        replace(made_plan(1, tmp_path), min_work=amount)  # type: ignore[type-var]
