"""The command line as its user meets it: what it prints where, what it writes, and how it ends."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

import nagamochi
from nagamochi import datasets, planning
from nagamochi.base.facts import in_percent
from nagamochi.cli.commands import app
from nagamochi.network import read_network
from nagamochi.planning import Genetic
from small_town import edit, write_town

NAGAMOCHI = Path(sys.executable).with_name("nagamochi")
PLAN_FILES = {"condition.csv", "plan.csv", "summary.json", "work_programme.csv", "yearly.csv"}
COMMANDS = [
    ["demo"],
    ["plans"],
    ["plan"],
    ["evaluate"],
    ["import"],
    ["template"],
    ["network", "filter"],
]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Two bridges with a budget of three years."""
    return write_town(tmp_path / "town")


@pytest.fixture(scope="session")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study's ten bridges, without a budget."""
    folder = tmp_path_factory.mktemp("networks") / "ten"
    datasets.paper_ten().write(folder)
    return folder


def run(*arguments: object) -> Result:
    """Run a command in this process; what it raises beside its exit is raised here."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def run_alone(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    command = [NAGAMOCHI, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, encoding="utf-8")


def facts(printed: str) -> dict[str, str]:
    """The names and values of a table of facts."""
    lines = [line for line in printed.splitlines() if line.startswith("  ")]
    return dict(re.split(" {2,}", line.strip(), maxsplit=1) for line in lines if re.search(r"\S {2,}\S", line))


# Every command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Example: nagamochi {' '.join(command)} .*--out \w", result.stdout)


def test_help_and_version_wait_for_no_library() -> None:
    packages = "{'numpy', 'polars', 'rich.progress'}"
    code = f"import sys, nagamochi.cli.commands; print(sorted({packages} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
    assert run("--version").stdout == f"nagamochi {nagamochi.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (["plan"], "Missing argument 'NETWORK'"),
        (["plan", "ten"], "Missing option '--out'"),
        (["scenarios", "ten", "--out", "o"], "'--budget': must be given, as ten has no budget.csv"),
        (["plan", "ten", "--out", "o", "--budget", "much"], "'--budget': must be yen per year, none, or a CSV file"),
        (
            ["plan", "ten", "--out", "o", "--budget", "-5"],
            "'--budget': must be a finite number, at least 0, at most 1e+18; got -5",
        ),
        (["plan", "ten", "--out", "o", "--budget", "nan"], "'--budget': must be yen per year, none, or a CSV file"),
        (
            ["plan", "ten", "--out", "o", "--budget", "1e9", "--horizon", "0"],
            "'--horizon': must be a whole number from",
        ),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--horizon", "ten"], "'--horizon'"),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--solver", "magic"], "'--solver'"),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--interval-per", "span"], "'--interval-per'"),
        (
            ["plan", "ten", "--out", "o", "--budget", "1e9", "--solver", "genetic", "--mutation-rate", "2"],
            "'--mutation-rate': must be",
        ),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--min-health", "6"], "'--min-health': must be"),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--min-health", "pavement=good"], "got 'pavement=good'"),
        (
            ["plan", "ten", "--out", "o", "--budget", "1e9", "--min-health", "roof=2"],
            "must name members of the network",
        ),
        (["plan", "ten", "--out", "o", "--budget", "1e9", "--color", "red"], "--color"),
        (["plans", "ten", "--out", "plans.xlsx"], "'--out': must be one of .csv, .parquet; got '.xlsx'"),
        (["plans", "ten", "--out", "plans.csv", "--threads", "-1"], "'--threads': must be a whole number"),
        (
            ["import", "list.csv", "--out", "o", "--format", "atlantis"],
            "'--format': must be one of xroad-saved, xroad, nbi, snbi,",
        ),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_wrong_usage_is_status_2_and_names_the_option(
    ten: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], explanation: str
) -> None:
    monkeypatch.chdir(ten.parent)
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert explanation in " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())
    assert not Path("plans.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (["plan", "nowhere", "--out", "o"], "Error: nowhere: must be a folder; got no such folder\n"),
        (["plan", "town", "--out", "o", "--budget", "town"], "Error: town: must be a file; got a folder\n"),
        (
            ["plan", "town", "--out", "o"],
            "Error: the network's budget.csv: must have a number for each of 50 years; got 3\n",
        ),
        (["plan", "town", "--out", "file", "--horizon", "3"], "Error: file: must be a folder; got a file\n"),
        (
            ["plans", "town", "--out", "nowhere/plans.csv"],
            "Error: nowhere/plans.csv: cannot be written: No such file or directory\n",
        ),
        (["import", "nowhere.csv", "--out", "o"], "Error: nowhere.csv: must exist; got no such file\n"),
        (["import", "file", "--out", "o"], "Error: file, row 1: must be a list of a known format (xroad-saved: "),
        (
            ["import", "file", "--format", "mlit", "--out", "o"],
            "Error: file, row 1: must have the columns 施設ID or 橋梁名, 橋長, 架設年度 or 判定区分; got a, b\n",
        ),
        (["demo", "--out", "file"], "Error: file: must be a folder; got a file\n"),
    ],
)
def test_an_error_is_status_1_and_one_block(
    town: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], explanation: str
) -> None:
    monkeypatch.chdir(town.parent)
    Path("file").write_text("a,b\n1,2\n")
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert explanation in result.stderr
    assert result.stderr.count("Error") == 1
    assert not Path("o", "summary.json").exists()


def test_what_is_wrong_with_pairs_of_inspections_names_the_file(tmp_path: Path) -> None:
    file, names = tmp_path / "visits.csv", ("--asset", "bridge", "--date", "year", "--rating", "deck")
    rows = [f"{bridge},{2000 + 5 * visit},{1 + min(visit, bridge)},7" for bridge in (1, 2) for visit in range(3)]
    file.write_text("\n".join(["bridge,year,deck,area", *rows]))
    result = run("fit", "hazards", file, *names, "--covariates", "area", "--out", tmp_path / "fit")
    assert (result.exit_code, result.stderr.count("pairs table")) == (1, 0)
    assert f"{file}, pairs of inspections, column area: must vary among the pairs of rating 1" in result.stderr
    file.write_text("bridge,year,deck\n1,2000,3\n2,2005,4\n")
    result = run("fit", "hazards", file, *names, "--out", tmp_path / "fit")
    assert f"{file}, pairs of inspections: must have at least one row; got none" in result.stderr


def test_all_that_is_wrong_with_a_network_is_listed(town: Path) -> None:
    edit(town / "curves.csv", "B1,slab,crack,1,3.6", "B1,slab,crack,1,5.7")
    edit(town / "costs.csv", "slab,injection,4,1000", "slab,injection,4,-1")
    result = run_alone("plan", town, "--out", town / "out")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Error:",
        f"  {town}/curves.csv, row 2, column health: must be from 1 to 5; got 5.7",
        f"  {town}/costs.csv, row 3, column unit_cost: must be from 0 to 1e+18; got -1",
    ]


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_japanese_names_pass_through_any_locale(tmp_path: Path, locale: dict[str, str]) -> None:
    town = write_town(tmp_path / "橋町", encoding="cp932")
    bridges = (town / "bridges.csv").read_bytes().replace(b"Kita", "北橋".encode("cp932"))
    (town / "bridges.csv").write_bytes(bridges)
    arguments = ["plan", town, "--budget", 1e7, "--solver", "genetic", "--generations", 5, "--out", tmp_path / "計画"]
    result = run_alone(*arguments, **locale)
    assert (result.returncode, "Traceback" in result.stderr) == (0, False)
    works = pl.read_csv(tmp_path / "計画" / "work_programme.csv")
    assert "北橋" in works["name"].to_list()
    (town / "curves.csv").write_text("壊れた", encoding="cp932")
    result = run_alone(*arguments, **locale)
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)


# plan -------------------------------------------------------------------------------------------------------------


def test_plan_writes_what_python_plans(ten: Path, tmp_path: Path) -> None:
    result = run("plan", ten, "--budget", "30,000,000", "--out", tmp_path / "out", "--solver", "genetic", "--seed", 3)
    assert result.exit_code == 0
    plan = planning.plan_network(read_network(ten), 30e6, solver=Genetic(seed=3))
    plan.save(tmp_path / "python")
    for name in ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "python" / name).read_bytes()
    gap = f"at most {in_percent(plan.gap)} above the best possible plan, counting shortfall"
    assert result.stdout.startswith(
        f"Feasible: every year keeps its budget; {plan.cost / 1e6:,.1f} million yen over 50 years, {gap}\n"
    )
    shown = facts(result.stdout)
    assert shown["cost"] == f"{plan.cost:,.0f} yen ({plan.cost / 1e6:,.1f} million)"
    assert shown["budget"] == "30,000,000 yen (30.0 million) a year"
    assert shown["network"] == "10 bridges over 50 years"
    assert shown["bound"].startswith(f"no feasible plan costs less than {plan.certificate.lower_bound:,.0f} yen (")
    assert shown["smallest flat budget"].startswith(f"{plan.certificate.smallest_flat_budget[1]:,.0f} yen (")
    assert shown["search"].endswith("; seed 3")
    assert shown["files"].startswith(f"{tmp_path / 'out'}: plan.csv, ")
    assert "over budget" not in result.stdout


def test_defaults_are_those_of_python() -> None:
    command = typer.main.get_command(app).commands["plan"]
    ours = inspect.signature(command.callback).parameters
    theirs = inspect.signature(planning.plan_network).parameters
    in_python_only = {"progress"}
    on_the_command_line_only = {"context", "out", "json", "levels", "first_years", "intervals", "delays", "by"}
    on_the_command_line_only |= {"carry_over", "owner", "start_year", "stay_close_to", "change_cost", "residual"}
    on_the_command_line_only |= {"shortfall_price", "shortfall_below", "language", "urgent", "min_work"}
    on_the_command_line_only |= {"scatter", "bias", "round_scatter", "rated_health", "life_scatter"}
    on_the_command_line_only |= {"budget_confidence", "drawn", "cluster", "pools"}
    assert ours.keys() - on_the_command_line_only == theirs.keys() - in_python_only
    for name in ours.keys() - on_the_command_line_only - {"network", "solver", "space"}:
        assert ours[name].default == theirs[name].default, name
    options = {param.name: param.default for param in command.get_params(typer.Context(command))}
    for field in dataclasses.fields(Genetic):
        assert options[field.name] == field.default, field.name


def test_every_option_reaches_the_planner(ten: Path, tmp_path: Path) -> None:
    budget = tmp_path / "yearly.csv"
    budget.write_text("year,budget\n" + "".join(f"{year},{year}000000\n" for year in range(1, 61)))
    given = {
        "horizon": 60,
        "discount_rate": 0.04,
        "interval_per": "bridge",
        "level_per": "member",
        "solver": "genetic",
        "population": 31,
        "generations": 7,
        "crossover_rate": 0.7,
        "cut_points": 3,
        "mutation_rate": 0.06,
        "tournament": 3,
        "elitism": 2,
        "converged_share": 0.8,
        "large_mutations": 4,
        "large_mutation_rate": 0.4,
        "seed": 2**63,
    }
    options = [text for name, value in given.items() for text in (f"--{name.replace('_', '-')}", value)]
    limits = ["--min-health", "pavement=1.5", "--min-health", "deck slab=2"]
    memo = tmp_path / "memo.sqlite"
    result = run(
        *("plan", ten, "--budget", budget, *limits, *options),
        *("--memo", memo, "--threads", 2, "--out", tmp_path / "out", "--json"),
    )
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    parameters = {**summary["solver"], **summary["problem"], "solver": summary["solver"]["name"]}
    assert {name: parameters[name] for name in given} == given
    assert parameters["min_health"] == {"pavement": 1.5, "deck slab": 2.0}
    assert parameters["budget"] == [year * 1e6 for year in range(1, 61)]
    assert memo.stat().st_size > 0


def test_options_choose_their_solver(ten: Path, tmp_path: Path) -> None:
    arguments = ["plan", ten, "--budget", 30e6, "--json", "--out", tmp_path / "out"]
    chosen = {
        options: json.loads(run(*arguments, *options).stdout)["solver"]["name"]
        for options in ((), ("--generations", 2), ("--time-limit", 9))
    }
    assert chosen == {(): "relaxation", ("--generations", 2): "genetic", ("--time-limit", 9): "relaxation"}
    refused = run(*arguments, "--solver", "relaxation", "--generations", 2)
    assert refused.exit_code == 2
    assert "'--generations': is no option of the solver relaxation" in " ".join(
        re.sub("[│╭╮╰╯─]", " ", refused.stderr).split()
    )


def test_a_memo_file_serves_the_next_run(ten: Path, tmp_path: Path) -> None:
    arguments = [
        "plan",
        ten,
        "--budget",
        30e6,
        "--solver",
        "genetic",
        "--generations",
        20,
        "--memo",
        tmp_path / "memo",
        "--out",
    ]
    first, second = (facts(run(*arguments, tmp_path / name).stdout) for name in ("first", "second"))
    assert second["cost"] == first["cost"]
    evaluated = int(first["evaluations"].split()[0].replace(",", ""))
    assert evaluated > 0
    assert second["evaluations"].startswith("0 of ")
    assert second["evaluations"].endswith(f", {evaluated:,} plans from its file")


def test_the_budget_of_the_network_is_used_unless_another_is_given(town: Path, tmp_path: Path) -> None:
    arguments = ["plan", town, "--horizon", 3, "--solver", "genetic", "--generations", 5, "--out", tmp_path / "out"]
    own = run(*arguments)
    assert facts(own.stdout)["budget"] == "from 5,000,000 yen (5.0 million) to 7,000,000 yen (7.0 million) a year"
    assert "budget" not in own.stderr.replace("within budget", "")
    other = run(*arguments, "--budget", 9e6)
    assert facts(other.stdout)["budget"] == "9,000,000 yen (9.0 million) a year"
    assert "Note: budget: the network's own budget is not used, as another one was given\n" in other.stderr


def test_minimum_health_is_told_apart_from_the_budget(ten: Path, tmp_path: Path) -> None:
    arguments = [
        "plan",
        ten,
        "--budget",
        1e12,
        "--solver",
        "genetic",
        "--generations",
        5,
        "--out",
        tmp_path / "out",
        "--min-health",
    ]
    assert run(*arguments, 1).stdout.startswith("Feasible: ")
    refused = run(*arguments, 4.9).stdout
    assert re.match(r"NOT FEASIBLE: health falls below its minimum, by [\d.]+ together; [\d,.]+ million yen", refused)
    assert facts(refused)["smallest flat budget"] == "none known: no plan met keeps minimum health"
    assert facts(refused)["bound"].startswith("no plan keeps every budget and minimum health, proven by: ")
    assert run(*arguments, 2, "--min-health", "pavement=1").exit_code == 2


def test_an_infeasible_budget_is_an_answer(ten: Path, tmp_path: Path) -> None:
    result = run("plan", ten, "--budget", 6e6, "--space", "study", "--out", tmp_path / "out")
    assert result.exit_code == 0
    yearly = pl.read_csv(tmp_path / "out" / "yearly.csv")
    over = yearly.filter(pl.col("overrun") > 0)
    total = over["overrun"].sum()
    assert len(over) > 10
    shown = result.stdout.splitlines()[0]
    assert shown.startswith(f"NOT FEASIBLE: {len(over)} years exceed their budget, by ")
    assert int(re.search(r"by ([\d,]+)", shown)[1].replace(",", "")) == pytest.approx(total, abs=1)
    title, header, *rows = result.stdout.split("\n\n")[1].splitlines()
    assert title == f"Years over budget, million yen: the 10 worst of {len(over)}"
    assert header.split() == ["year", "inspection", "repair", "total", "budget", "over", "by"]
    worst = sorted(over.sort("overrun").tail(10).drop("price", "backlog").rows())
    assert [row.split() for row in rows] == [
        [str(year), *(f"{yen / 1e6:,.1f}" for yen in yens)] for year, *yens in worst
    ]


def test_json_is_the_summary_and_alone_on_stdout(town: Path, tmp_path: Path) -> None:
    edit(town / "bridges.csv", "bridge_id,", "bridge_id,colour,")
    for bridge in ("B1", "B2"):
        edit(town / "bridges.csv", f"{bridge},", f"{bridge},red,")
    result = run_alone(
        "plan", town, "--horizon", 3, "--solver", "genetic", "--generations", 5, "--out", tmp_path / "out", "--json"
    )
    assert result.returncode == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert json.loads(result.stdout) == {"folder": str(tmp_path / "out"), **summary}
    assert "generation 5/5: " in result.stderr
    assert "Note: " in result.stderr
    assert "colour" in result.stderr


@pytest.mark.parametrize(("encoding", "escaped"), [("utf-8", False), ("cp932", False), ("ascii", True)])
def test_json_escapes_only_what_stdout_cannot_show(encoding: str, escaped: bool) -> None:
    code = 'from nagamochi.cli import terminal; terminal.print_json({"橋": "本橋", "life": float("inf")})'
    child = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True
    )
    text = child.stdout.decode(encoding)
    assert ("本橋" in text) is not escaped
    assert json.loads(text) == {"橋": "本橋", "life": None}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", ["\U0001f309", "t\udcff"])
def test_json_is_json_whatever_a_name_holds(encoding: str, name: str) -> None:
    code = f"from nagamochi.cli import terminal; terminal.print_json({{'folder': {name!a}}})"
    child = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True
    )
    assert json.loads(child.stdout.decode(encoding)) == {"folder": name}


def test_what_is_no_terminal_gets_no_colours_and_no_broken_lines(ten: Path, tmp_path: Path) -> None:
    out = tmp_path / ("long" * 40)
    result = run_alone("plan", ten, "--budget", 6e6, "--out", out)
    assert f"  {out}: plan.csv, work_programme.csv, " in result.stdout
    assert "\x1b" not in result.stdout + result.stderr
    assert "\r" not in result.stdout + result.stderr
    assert [line for line in result.stdout.splitlines() if line.endswith(" ")] == []


# Ctrl-C -----------------------------------------------------------------------------------------------------------


def run_until(sign: bytes, *arguments: object) -> tuple[int, str, str]:
    """Run a command with its stderr on a terminal and press Ctrl-C when that shows a sign: status, stdout, stderr."""
    terminal, child_side = os.openpty()
    variables = {"TERM": "xterm", "COLUMNS": "120"}
    command = [NAGAMOCHI, *map(str, arguments)]
    child = subprocess.Popen(command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=child_side, text=True)
    os.close(child_side)
    shown = b""
    while sign not in shown:
        shown += os.read(terminal, 10_000)
    child.send_signal(signal.SIGINT)
    try:
        while rest := os.read(terminal, 10_000):
            shown += rest
    except OSError:  # the other side is closed
        pass
    os.close(terminal)
    stdout, _ = child.communicate()
    return child.returncode, stdout, shown.decode()


def test_ctrl_c_saves_the_best_plan_so_far(ten: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    endless = ["--solver", "genetic", "--generations", 1_000_000, "--large-mutations", 1_000_000]
    status, stdout, stderr = run_until(b"memo hits", "plan", ten, "--budget", 30e6, *endless, "--out", out, "--json")
    assert status == 130
    assert re.search(
        r"generation \d+/1000000: [\d,.]+ million yen counted, (within|[\d,.]+ over) budget, memo hits \d+ %", stderr
    )
    summary = json.loads(stdout)
    assert summary["run"]["stopped"] == "interrupted"
    assert {file.name for file in out.iterdir()} >= PLAN_FILES
    for name, digest in summary["files"].items():
        assert sha256((out / name).read_bytes()).hexdigest() == digest
    generations = summary["run"]["generations"]
    uninterrupted = planning.plan_network(
        read_network(ten), 30e6, solver=Genetic(generations=generations, large_mutations=1_000_000)
    )
    assert summary["cost"] == uninterrupted.cost


def test_an_interrupted_plan_says_so(ten: Path, tmp_path: Path) -> None:
    endless = ["--solver", "genetic", "--generations", 1_000_000, "--large-mutations", 1_000_000]
    status, stdout, _ = run_until(b"memo hits", "plan", ten, "--budget", 30e6, *endless, "--out", tmp_path / "out")
    assert status == 130
    assert re.match(r"[\d,]+ generations, interrupted; best plan from generation ", facts(stdout)["search"])


@pytest.mark.parametrize("name", ["plans.csv", "plans.parquet"])
def test_ctrl_c_leaves_the_table_of_plans_that_was_there(tmp_path: Path, name: str) -> None:
    datasets.write_example_town(tmp_path / "town")
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / name).write_text("the table that was there")
    status, stdout, stderr = run_until(
        b" of 300 bridges", "plans", tmp_path / "town", "--horizon", 1000, "--out", tables / name
    )
    assert (status, stdout) == (130, "")
    assert stderr.splitlines()[-1].endswith("Interrupted.")
    assert [file.name for file in tables.iterdir()] == [name]
    assert (tables / name).read_text() == "the table that was there"


# plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plans.csv", "plans.parquet"])
def test_plans_writes_every_plan_of_every_bridge(ten: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    result = run("plans", ten, "--out", file, "--discount-rate", 0.04, "--horizon", 20)
    assert result.exit_code == 0
    assert result.stdout == f"1,550 plans of 10 bridges over 20 years: {file}\n"
    with_names = {"level": pl.String}
    rows = pl.read_csv(file, schema_overrides=with_names) if name.endswith("csv") else pl.read_parquet(file)
    evaluated = planning.evaluate_plans(read_network(ten), horizon=20, discount_rate=0.04)
    assert rows.columns[:7] == ["bridge_id", "level", "first_year", "interval", "delay", "lcc", "lowest_health"]
    assert rows.columns[7:] == [f"cost_y{year}" for year in range(1, 21)]
    assert rows["lcc"].to_numpy().tobytes() == evaluated.lcc.tobytes()
    assert rows["lowest_health"].to_numpy().tobytes() == evaluated.lowest_health.tobytes()
    assert rows.row(9 * 155 + 77)[7:] == tuple(evaluated.yearly(9, 77))


def test_plans_are_those_of_the_space_asked_for(ten: Path, tmp_path: Path) -> None:
    options = ("--space", "study", "--levels", "3,never", "--first-years", 2, "--intervals", "4-5")
    assert run("plans", ten, "--out", tmp_path / "plans.csv", *options).exit_code == 0
    rows = pl.read_csv(tmp_path / "plans.csv")
    assert rows.height == 10 * 4
    plans = rows.select("level", "first_year", "interval").unique(maintain_order=True).rows()
    assert plans == [("3", 2, 4), ("never", 2, 4), ("3", 2, 5), ("never", 2, 5)]


def test_plans_in_json(ten: Path, tmp_path: Path) -> None:
    result = run_alone("plans", ten, "--out", tmp_path / "plans.csv", "--json")
    assert json.loads(result.stdout) == {
        "file": str(tmp_path / "plans.csv"),
        "rows": 1550,
        "bridges": 10,
        "horizon": 50,
        "discount_rate": 0.0,
        "notices": [],
    }
    assert result.stderr == "10 of 10 bridges\n"


# import -----------------------------------------------------------------------------------------------------------

MLIT = """\
id,橋梁名,架設年度,橋長,幅員,緯度,経度
1,戊橋,1950,8,4.5,35.5,139.5
2,己橋,2010,85,0,35.6,139.6
3,庚橋,,20,5,35.7,139.7
4,辛橋,1990,,5,35.7,139.7
"""
XROAD = """\
施設ID,橋梁名,路線名,管理者,緯度,経度,架設年度,橋長,幅員,点検年度,判定区分,措置状況
"35.1,139.1",甲橋,made road,made city,35.1,139.1,1985,12.5,6.5,2023,1,8
"""
INVENTORY = """\
structure_id,name,lat,lon,year_built,last_major_rehab,n_spans,deck_length_m,last_inspection,current_bci
1,MADE CREEK,45.1,-80.1,1960,,1,20,2012-06-01,55
"""
HISTORY = """\
structure_id,year,bci
1,2002,60.5
1,2006,58
"""


def test_import_says_what_was_read_left_out_and_assumed(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MLIT, encoding="utf-8")
    out = tmp_path / "network"
    result = run("import", tmp_path / "list.csv", "--out", out)
    assert result.exit_code == 0
    network = read_network(out)
    assert network.n_bridges == 2
    title, *known = result.stdout.splitlines()
    assert title == f"MLIT data platform bridges: 2 bridges, {network.n_curves} curves"
    assert known[0].startswith("  - ")
    shown = facts(result.stdout)
    assert shown["left out"] == "1 (neither judged nor dated, so no health), 1 (no length)"
    assert shown["assumed"].endswith(f" assumptions, listed in {out}/ASSUMPTIONS.md")
    assumptions = (out / "ASSUMPTIONS.md").read_text(encoding="utf-8")
    assert assumptions.count("\n- ") >= int(shown["assumed"].split()[0])


def test_planning_years_may_be_of_an_era(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(MLIT, encoding="utf-8")
    for year, ends in (("R8", "2026, as asked for"), ("2027", "2027, as asked for")):
        result = run("import", tmp_path / "list.csv", "--out", tmp_path / "network", "--planning-year", year)
        assert facts(result.stdout)["ages end in"] == ends
    refused = run("import", tmp_path / "list.csv", "--out", tmp_path / "network", "--planning-year", "soon")
    assert refused.exit_code == 2
    assert "must be a fiscal year such as" in refused.stderr


def test_imports_in_json_can_be_planned(tmp_path: Path) -> None:
    lists = {"mlit": [MLIT], "xroad": [XROAD], "ontario": [INVENTORY, HISTORY]}
    for command, texts in lists.items():
        files = [tmp_path / f"{command}{number}.csv.gz" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(gzip.compress(text.encode()))
        out = tmp_path / command
        report = json.loads(run("import", *files, "--out", out, "--json").stdout)
        assert report["folder"] == str(out)
        assert report["n_bridges"] == read_network(out).n_bridges > 0
        assert len(report["assumed"]) > 3
        assert (
            run(
                "plan", out, "--budget", 1e9, "--solver", "genetic", "--generations", 3, "--out", tmp_path / "plan"
            ).exit_code
            == 0
        )


# evaluate ---------------------------------------------------------------------------------------------------------


def test_evaluate_shows_what_a_practice_costs(ten: Path, tmp_path: Path) -> None:
    practice = tmp_path / "practice.csv"
    rows = [f"{bridge},2.5,3,5" for bridge in read_network(ten).bridges["bridge_id"]]
    practice.write_text("\n".join(["橋梁ID,level,first_year,interval", *rows]), encoding="utf-8")
    result = run("evaluate", ten, practice, "--budget", "3000万円", "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert result.stdout.startswith("NOT FEASIBLE: ")
    assert facts(result.stdout)["budget"] == "30,000,000 yen (30.0 million) a year"
    again = run("evaluate", ten, tmp_path / "out" / "plan.csv", "--budget", "none", "--out", tmp_path / "again")
    assert again.stdout.startswith("Feasible: ")
    assert facts(again.stdout)["budget"] == "none"
    assert (tmp_path / "again" / "plan.csv").read_bytes() == (tmp_path / "out" / "plan.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "enough"),
    [
        (["--budget", "1000"], True),
        (["--budget", "none"], True),
        (["--budget", "1e9", "--min-health", "pavement=1.1"], True),
        (["--budget", "1e9", "--min-health", "4.9"], False),
    ],
)
def test_the_dearest_year_of_decisions_is_enough_where_they_keep_all_else(
    ten: Path, tmp_path: Path, options: list[str], enough: bool
) -> None:
    practice, out = tmp_path / "practice.csv", tmp_path / "out"
    rows = [f"{bridge},2.5,1,5" for bridge in read_network(ten).bridges["bridge_id"]]
    practice.write_text("\n".join(["bridge_id,level,first_year,interval", *rows]), encoding="utf-8")
    shown = facts(run("evaluate", ten, practice, *options, "--out", out).stdout)["smallest flat budget"]
    dearest = pl.read_csv(out / "yearly.csv")["total"].max()
    assert shown.startswith(f"{dearest:,.0f} yen (" if enough else "none known: no plan met keeps minimum health")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:-1], "must have a row for every bridge"),
        (lambda rows: [*rows, rows[-1]], "must not repeat row"),
        (lambda rows: [*rows, "X9,3,1,5"], "must be of the network; got X9"),
        (
            lambda rows: [rows[0].replace(",5", ",0"), *rows[1:]],
            "row 2, column interval: must be from 1 to 1000; got 0",
        ),
        (
            lambda rows: [rows[0].replace("2.5,", "high,"), *rows[1:]],
            "row 2, column level: must be above 1 and below 5, or never; got high",
        ),
    ],
)
def test_wrong_decisions_are_refused_by_row(ten: Path, tmp_path: Path, change, message: str) -> None:
    rows = [f"{bridge},2.5,3,5" for bridge in read_network(ten).bridges["bridge_id"]]
    practice = tmp_path / "practice.csv"
    practice.write_text("\n".join(["bridge_id,level,first_year,interval", *change(rows)]), encoding="utf-8")
    result = run("evaluate", ten, practice, "--budget", 3e7, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "out" / "summary.json").exists()


def test_the_plan_space_is_given_by_lists(ten: Path, tmp_path: Path) -> None:
    space = ["--levels", "4,2.5", "--first-years", "1-5", "--intervals", 5]
    run("plan", ten, "--budget", "none", *space, "--out", tmp_path / "out")
    decisions = pl.read_csv(tmp_path / "out" / "plan.csv")
    assert decisions["interval"].unique().to_list() == [5]
    assert set(decisions["level"]) <= {4.0, 2.5}
    refused = run("plan", ten, "--budget", "none", "--levels", "6", "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "'--levels'" in refused.stderr


# demo -------------------------------------------------------------------------------------------------------------


def test_demo_plans_the_made_town_as_it_says(tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "the demo")
    assert result.exit_code == 0
    assert f"{tmp_path}/the demo/town: an example town; no real bridge is in it\n" in result.stderr
    assert result.stdout.startswith("Feasible: ")
    assert {file.name for file in (tmp_path / "the demo" / "plan").iterdir()} >= PLAN_FILES
    command = re.search(r"^\$ nagamochi (.*)$", result.stderr, re.MULTILINE)[1]
    again = run(*shlex.split(command.replace("the demo/plan", "again")))
    assert again.exit_code == 0
    for name in ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv"):
        assert (tmp_path / "the demo" / "plan" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_demo_ends_with_a_next_command_that_runs(tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "the demo")
    _, *command = shlex.split(facts(result.stdout)["plan with less money"])
    again = run(*command)
    assert again.exit_code == 0
    assert facts(again.stdout)["budget"].startswith("144,000,000 yen")


def test_demo_ends_with_the_page_to_open(tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path, "--lang", "en")
    last, page = result.stdout.splitlines()[-1], tmp_path / "report.html"
    assert last.split(None, 1) == ["open", f"{page}, the plan on one page, in a browser"]
    assert '<html lang="en">' in page.read_text(encoding="utf-8")


def test_a_demo_that_fails_leaves_town_plan_and_page_of_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contents() -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "effort.json")

    assert run("demo", "--out", tmp_path, "--lang", "en").exit_code == 0
    older = contents()
    monkeypatch.setattr("nagamochi.planning.plan.write_plan_files", full)
    assert run("demo", "--out", tmp_path, "--lang", "ja").exit_code == 1
    assert contents() == older


def test_demo_without_the_extra_says_how_to_get_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nagamochi.cli.demo.find_spec", lambda name: None if name == "altair" else name)
    result = run("demo", "--out", tmp_path)
    assert result.exit_code == 0
    assert not (tmp_path / "report.html").exists()
    assert result.stdout.splitlines()[-1].split(None, 1)[1].startswith("pip install 'nagamochi[report]', then ")


def test_demo_speaks_json(tmp_path: Path) -> None:
    summary = json.loads(run("demo", "--out", tmp_path, "--json").stdout)
    assert (summary["network"]["bridges"], summary["feasible"]) == (300, True)


def test_too_little_memory_for_a_library_is_said_so(tmp_path, monkeypatch):
    def no_room(_):
        raise ImportError("libscipy_openblas.so: failed to map segment from shared object")

    monkeypatch.setattr("nagamochi.cli.command.import_module", no_room)
    done = CliRunner().invoke(app, ["plan", str(tmp_path), "--budget", "1e8", "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "there is not enough memory" in done.stderr
