"""The commands report, figures and scenarios: what they write, and how they refuse."""

import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import matplotlib
import openpyxl
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

from made_network import made_network
from made_report import located, saved_made_plan, saved_plan
from nagamochi import datasets, planning
from nagamochi.cli.commands import app
from nagamochi.network import read_network, split, write_parts
from nagamochi.planning import Genetic, evaluate_plan
from nagamochi.report import figure_files
from nagamochi.report.scenarios import Scenarios, compare_scenarios


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def plan_folder(tmp_path):
    return saved_made_plan(tmp_path)


@pytest.mark.parametrize("command", ["report", "figures", "scenarios"])
def test_help_shows_an_example(command):
    assert re.search(rf"Example: nagamochi {command} .*--out \w", run(command, "--help").stdout)


@pytest.mark.parametrize("form", ["html", "xlsx", "geojson", "parquet"])
def test_report_writes_each_form(plan_folder, tmp_path, form):
    file = tmp_path / f"report.{form}"
    result = run("report", plan_folder, "--out", file, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["bytes"] == file.stat().st_size
    first = file.read_bytes()
    assert run("report", plan_folder, "--out", file).exit_code == 0
    if form != "xlsx":  # which has its time of writing
        assert file.read_bytes() == first


def test_the_plan_of_a_network_in_parts_is_refused_in_words(tmp_path):
    parts = write_parts(split(made_network(4, bridges=6), bridges_per_part=3), tmp_path / "parts")
    plan = planning.decompose(planning.PartsProblem.of(parts, budget=1e8, horizon=10))
    plan.save(tmp_path / "plan")
    for command in ("report", "figures"):
        result = run(command, tmp_path / "plan", "--out", tmp_path / "report.html")
        assert result.exit_code == 1
        assert "got that of a network in parts, which nagamochi verify reads alone" in " ".join(result.stderr.split())
    assert not (tmp_path / "report.html").exists()


def test_layers_of_works_are_written_where_asked_for(plan_folder, tmp_path):
    assert run("report", plan_folder, "--out", tmp_path / "works.geojson", "--rows", "works").exit_code == 0
    works = json.loads((tmp_path / "works.geojson").read_bytes())["features"]
    assert len({(work["properties"]["bridge_id"], work["properties"]["year"]) for work in works}) > 12
    refused = run("report", plan_folder, "--out", tmp_path / "works.xlsx", "--rows", "works")
    assert refused.exit_code == 2
    assert "goes with .geojson and .parquet only" in " ".join(refused.stderr.split())


def test_report_takes_a_language(plan_folder, tmp_path):
    run("report", plan_folder, "--out", tmp_path / "report.xlsx", "--lang", "en")
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames[0] == "Summary"
    assert run("report", plan_folder, "--out", tmp_path / "x.html", "--lang", "fr").exit_code == 2


def test_other_forms_are_refused_before_reading(tmp_path):
    result = run("report", tmp_path / "nowhere", "--out", tmp_path / "report.docx")
    assert result.exit_code == 2
    assert "must end in .html, .xlsx, .geojson, .parquet" in " ".join(result.stderr.split())


def other_version(folder):
    text = (folder / "summary.json").read_text(encoding="utf-8")
    (folder / "summary.json").write_text(text.replace("nagamochi plan 1", "nagamochi plan 999"), encoding="utf-8")


def harmed(folder):
    (folder / "plan.csv").write_bytes((folder / "plan.csv").read_bytes().replace(b"B1", b"B2"))


def without_network(folder):
    for file in (folder / "network").iterdir():
        file.unlink()


def without_summary(folder):
    (folder / "summary.json").unlink()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (other_version, "schema must have version 1; got 999"),
        (harmed, "plan.csv: is not as it was written"),
        (without_network, "is missing, but summary.json names it"),
        (without_summary, "holds no complete plan: it has no summary.json"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("command", [("report", "report.html"), ("figures", "figures")], ids=lambda value: value[0])
def test_harmed_plans_are_refused(plan_folder, tmp_path, harm, reason, command):
    harm(plan_folder)
    name, out = command
    result = run(name, plan_folder, "--out", tmp_path / out)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert not (tmp_path / out).exists()


@pytest.fixture
def sound_bridge(tmp_path):
    """The plan of one bridge that needs no works."""
    network = located(made_network(1, bridges=1, members=1), tmp_path / "network")
    new = network.curves.with_columns(health=5.0, service_life=1000.0)
    new.write_csv(tmp_path / "network" / "curves.csv")
    folder = saved_plan(tmp_path, read_network(tmp_path / "network"))
    assert planning.read_plan(folder).works.is_empty()
    return folder


def test_one_bridge_without_works_has_every_report(sound_bridge, tmp_path):
    for form in ("html", "xlsx", "geojson", "parquet"):
        assert run("report", sound_bridge, "--out", tmp_path / f"report.{form}").exit_code == 0
    assert "この計画に補修はありません" in (tmp_path / "report.html").read_text(encoding="utf-8")
    programme = openpyxl.load_workbook(tmp_path / "report.xlsx")["補修一覧"]
    assert [row[0].value for row in programme.iter_rows(min_row=3)] == ["年次"]
    [feature] = json.loads((tmp_path / "report.geojson").read_bytes())["features"]
    assert (feature["properties"]["works"], feature["properties"]["repair"]) == (0, 0.0)
    assert run("figures", sound_bridge, "--out", tmp_path / "figures").exit_code == 0
    out = tmp_path / "scenarios"
    assert run("scenarios", tmp_path / "network", "--budget", "1e8", "--horizon", 20, "--out", out).exit_code == 0
    assert pl.read_csv(out / "scenarios.csv")["費用"].n_unique() == 1


@pytest.mark.parametrize("form", ["html", "xlsx"])
def test_without_coordinates_there_is_a_page_and_a_workbook(tmp_path, form):
    folder = saved_plan(tmp_path, made_network(4))
    assert run("report", folder, "--out", tmp_path / f"report.{form}").exit_code == 0


def test_what_is_no_plan_is_named(plan_folder, tmp_path):
    for folder, reason in (
        (tmp_path / "nowhere", "must be the folder of a saved plan; got no such folder"),
        (plan_folder / "plan.csv", "must be the folder of a saved plan; got a file"),
        (plan_folder / "network", "holds no complete plan: it has no summary.json"),
    ):
        result = run("report", folder, "--out", tmp_path / "report.html")
        assert result.exit_code == 1
        assert f"{folder}: {reason}" in result.stderr


def test_layers_without_coordinates_are_refused(tmp_path):
    planning.plan_network(made_network(4), 1e8, solver="relaxation", horizon=10).save(tmp_path / "plan")
    result = run("report", tmp_path / "plan", "--out", tmp_path / "bridges.geojson")
    assert result.exit_code == 1
    assert "must have latitude and longitude of a bridge to be drawn on a map; got 3 bridges without" in result.stderr


@pytest.mark.parametrize(("form", "package"), [("html", "altair"), ("xlsx", "xlsxwriter")])
def test_a_missing_package_is_named(plan_folder, tmp_path, form, package):
    program = f"import sys; sys.modules[{package!r}] = None; from nagamochi.cli.commands import run; run()"
    command = [sys.executable, "-c", program, "report", plan_folder, "--out", tmp_path / f"report.{form}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(rf"needs the package {package}, .*pip install 'nagamochi\[report\]'", done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1


def test_figures_are_drawn_in_three_forms(tmp_path):
    solver = Genetic(generations=5, population=20, count_requests=True)
    planning.plan_network(datasets.paper_ten(), 30e6, solver=solver).save(tmp_path / "plan")
    result = run("figures", tmp_path / "plan", "--out", tmp_path / "figures", "--json")
    names = json.loads(result.stdout)["files"]
    stems = ("yearly", "condition", "budget", "backlog", "convergence", "requests")
    assert names == [f"{stem}.{form}" for stem in stems for form in ("png", "svg", "pdf")]
    for name in names:
        content = (tmp_path / "figures" / name).read_bytes()
        assert content.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[name[-3:]])
    with Image.open(tmp_path / "figures" / "yearly.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
    first = {name: (tmp_path / "figures" / name).read_bytes() for name in names}
    run("figures", tmp_path / "plan", "--out", tmp_path / "figures")
    assert {name: (tmp_path / "figures" / name).read_bytes() for name in names} == first


def test_figures_without_a_japanese_font_are_english(plan_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(figure_files, "japanese_font", lambda: None)
    result = run("figures", plan_folder, "--out", tmp_path / "figures")
    assert "no Japanese font is installed, so labels are English" in result.stderr
    assert "million yen" in (tmp_path / "figures" / "yearly.svg").read_text(encoding="utf-8")
    assert matplotlib.rcParams["font.family"] == ["sans-serif"]


def test_scenarios_are_compared(tmp_path):
    ten = datasets.paper_ten()
    ten.write(tmp_path / "ten")
    practice = ten.bridges.select("bridge_id", level=2.5, first_year=3, interval=5)
    practice.write_csv(tmp_path / "practice.csv")
    out = tmp_path / "out"
    options = ("--practice", tmp_path / "practice.csv", "--lang", "en", "--horizon", 30)
    result = run("scenarios", tmp_path / "ten", "--budget", "30e6", "--out", out, *options, "--json")
    assert result.exit_code == 0
    rows = {row["scenario"]: row for row in json.loads(result.stdout)["scenarios"]}
    assert list(rows) == ["reactive", "practice", "plan", "budget -20%", "budget +20%"]
    given = evaluate_plan(ten, practice, 30e6, horizon=30)
    assert rows["practice"]["cost"] == given.cost
    assert rows["practice"]["feasible"] == given.feasible
    low = planning.read_plan(out / "plan").decisions.select("bridge_id", "first_year", "interval", level=1.5)
    reactive = evaluate_plan(ten, low, float("inf"), horizon=30)
    assert rows["reactive"]["cost"] == reactive.cost
    for row in rows.values():
        assert row["saving"] == pytest.approx(reactive.cost - row["cost"])
    assert planning.read_plan(out / "budget_+20").problem.budget[0] == pytest.approx(36e6)
    assert set(json.loads((out / "certificates.json").read_text(encoding="utf-8"))) == set(rows)
    yearly = pl.read_csv(out / "scenarios_yearly.csv")
    assert yearly.height == 5 * 30
    last = yearly.filter(pl.col("year") == 30)
    assert last["cumulative"].to_list() == pytest.approx([row["cost"] for row in rows.values()])  # not discounted
    assert (out / "cumulative.svg").exists()


def test_scenarios_are_compared_in_the_space_of_practice(tmp_path):
    datasets.paper_ten().write(tmp_path / "ten")
    out = tmp_path / "out"
    plans_of = ("--space", "practice", "--delays", "1-2", "--levels", "3,never")
    options = (*plans_of, "--budget-changes", "0.2", "--horizon", 30, "--json")
    result = run("scenarios", tmp_path / "ten", "--budget", "20e6", "--out", out, *options)
    assert result.exit_code == 0, result.output
    space = replace(planning.PlanSpace.practice(), levels=(3, "never"), delays=(1, 2))
    plans = {name: planning.read_plan(out / name) for name in ("plan", "budget_+20")}
    for plan in plans.values():
        assert plan.problem.space == space
        same = planning.plan_network(plan.network, plan.problem.budget, horizon=30, space=space)
        assert same.plan_of_unit.tolist() == plan.plan_of_unit.tolist()
    reactive = planning.read_plan(out / "reactive").decisions
    assert reactive["level"].cast(pl.Float64).unique().to_list() == [1.5]
    assert reactive["first_year"].equals(plans["plan"].decisions["first_year"])


@pytest.mark.parametrize("replaced", [0, 1, 20, 40])
def test_scenarios_stopped_while_their_files_are_replaced_are_of_one_run(tmp_path, monkeypatch, two_runs, replaced):
    older, newer = two_runs
    older.save(tmp_path)
    calls = itertools.count()

    def replace(source, target):
        if next(calls) == replaced:
            raise SystemExit
        before(source, target)

    before = os.replace
    with monkeypatch.context() as stopping:
        stopping.setattr(os, "replace", replace)
        with pytest.raises(SystemExit):
            newer.save(tmp_path)
    found = {name: planning.read_plan(tmp_path / name.replace(" ", "_").replace("%", "")) for name in newer.plans}
    expected = older if replaced == 0 else newer
    assert {name: plan.cost for name, plan in found.items()} == {
        name: plan.cost for name, plan in expected.plans.items()
    }
    assert pl.read_csv(tmp_path / "scenarios.csv")["cost"].to_list() == pytest.approx(expected.table["cost"].to_list())


@pytest.fixture(scope="module")
def two_runs():
    """Scenarios with two budgets, without figures."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Scenarios, "figures", lambda self, language: iter(()))
        yield [
            compare_scenarios(datasets.paper_ten(), budget, horizon=12, budget_changes=(0.2,))
            for budget in (20e6, 30e6)
        ]


def test_scenarios_have_japanese_heads(tmp_path):
    datasets.paper_ten().write(tmp_path / "ten")
    result = run("scenarios", tmp_path / "ten", "--budget", "30e6", "--out", tmp_path / "out", "--horizon", 12)
    assert result.exit_code == 0
    table = pl.read_csv(tmp_path / "out" / "scenarios.csv")
    assert table.columns[:2] == ["シナリオ", "費用"]
    assert table["シナリオ"].to_list() == ["事後保全型", "予防保全型（計画）", "予算-20%", "予算+20%"]


@pytest.mark.parametrize("changes", ["-1", "inf", "nan,0.1", "0.1,-2"])
def test_scenarios_refuse_changes_that_leave_no_budget_or_no_limit(changes):
    result = run("scenarios", "town", "--budget", "1e6", "--out", "out", "--budget-changes", changes)
    assert result.exit_code == 2
    assert "must be finite numbers above -1" in " ".join(result.stderr.replace("│", "").split())


def test_levels_per_member_are_compared_too():
    found = compare_scenarios(datasets.paper_ten(), 30e6, solver="relaxation", level_per="member", budget_changes=())
    assert found.table["gap"][1] < 0.01
