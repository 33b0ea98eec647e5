"""What commands see in a folder whose files a dead process was replacing: what it holds, not what was in its place."""

import json

import pytest
from typer.testing import CliRunner

from nagamochi import datasets
from nagamochi.base.folder import ORDER, READY
from nagamochi.cli.commands import app


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def interrupt(folder, mark):
    """Leave a result as a process does that dies when all files of the result are ready to be moved to their places."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    ready = folder / READY
    for name in files:
        (ready / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(ready / name)
    files.remove(mark)
    (ready / ORDER).write_text(json.dumps({"files": [*files, mark], "removed": []}))


@pytest.fixture
def town(tmp_path):
    datasets.paper_ten().write(tmp_path / "town")
    return tmp_path / "town"


def test_parts_are_planned_at_the_first_try(tmp_path, town):
    parts = tmp_path / "parts"
    run("network", "split", town, "--bridges", "3", "--out", parts)
    interrupt(parts, "parts.json")
    assert "million yen" in run("plan", parts, "--budget", "24e6", "--threads", "1", "--out", tmp_path / "plan")


def test_parts_are_no_damaged_network(tmp_path, town):
    parts = tmp_path / "parts"
    run("network", "split", town, "--bridges", "3", "--out", parts)
    interrupt(parts, "parts.json")
    result = CliRunner().invoke(app, ["plans", str(parts), "--out", str(tmp_path / "plans.parquet")])
    assert result.exit_code == 1
    assert "network join" in result.output


def test_a_plan_in_parts_is_verified_at_the_first_try(tmp_path, town):
    parts, plan = tmp_path / "parts", tmp_path / "plan"
    run("network", "split", town, "--bridges", "3", "--out", parts)
    run("plan", parts, "--budget", "24e6", "--threads", "1", "--out", plan)
    interrupt(plan, "summary.json")
    assert "holds" in run("verify", plan)


def test_a_fit_is_shown_as_a_fit(tmp_path):
    rows = [
        f"{before},{min(4, before + number % 3 // 2)},{1 + number % 4}" for number in range(90) for before in (1, 2, 3)
    ]
    (tmp_path / "pairs.csv").write_text("\n".join(["before,after,years", *rows]) + "\n")
    out = tmp_path / "fit"
    columns = ["--before", "before", "--after", "after", "--years", "years"]
    run("fit", "hazards", tmp_path / "pairs.csv", *columns, "--out", out)
    interrupt(out, "model.json")
    run("report", out, "--out", tmp_path / "fit.html")
