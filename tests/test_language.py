"""Tables with Japanese heads: every file that results are written to, and what reads them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from nagamochi import planning, vocabulary
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.network.book import SCHEMAS
from nagamochi.planning import Genetic, NetworkPlan, read_plan
from nagamochi.planning.decisions import OF_MEMBERS
from nagamochi.tables import Schema
from nagamochi.tables.language import in_language, in_our_words
from small_town import FILES, write_town

BUDGET = 9e6
EXTRA = {
    "network": "start_year\n2026\n",
    "works": "bridge_id,member,year,cost\nB1,slab,3,100000\n",
    "closed": "bridge_id,from,to\nB1,1,2\n",
    "retire": "bridge_id,year,cost\nB2,20,500000\n",
    "rows": "name,owner,from_year,to_year,per,budget,share,below_health\nnorth,City,1,9,total,50000000,,\n"
    "low,,,,,,0.9,2\n",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two bridges, with every table that a network may have."""
    folder = write_town(tmp_path / "town")
    head, *lines = FILES["bridges"].splitlines()
    owned = [f"{head},owner,access_cost,importance,last_inspection_year,latitude,longitude,memo"]
    owned += [f"{line},City,1000,2,2024,38,134,kept" for line in lines]
    (folder / "bridges.csv").write_text("\n".join(owned), encoding="utf-8")
    for name, text in EXTRA.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def town(folder: Path) -> Network:
    return read_network(folder)


def made(town: Network, **options: Any) -> NetworkPlan:
    space = planning.PlanSpace.practice()
    return planning.plan_network(town, BUDGET, horizon=25, space=space, **options)


def heads(file: Path) -> list[str]:
    return pl.read_csv(file, infer_schema=False).columns


def are_japanese(names: list[str]) -> bool:
    return all(any(ord(letter) > 0x3000 for letter in name) for name in names)


def test_a_network_with_japanese_heads_is_read_as_it_was(town: Network, tmp_path: Path) -> None:
    plan = made(town)
    plan.save(tmp_path / "plan", language="ja")
    network = tmp_path / "plan" / "network"
    again = read_network(network)
    assert again.fingerprint == town.fingerprint
    written = {file.stem for file in network.glob("*.csv")}
    assert written == set(SCHEMAS)
    for name, table in town.tables_of_files().items():
        assert_frame_equal(again.tables_of_files()[name], table)
        assert set(heads(network / f"{name}.csv")).isdisjoint(SCHEMAS[name].dtypes), name
    assert "memo" in heads(network / "bridges.csv")  # what users named stays


@pytest.mark.parametrize("level_per", ["bridge", "member"])
def test_a_plan_with_japanese_heads_is_read_as_it_was(town: Network, level_per: str, tmp_path: Path) -> None:
    plan = made(town, level_per=level_per)
    plan.save(tmp_path / "ja", language="ja")
    plan.save(tmp_path / "en")
    again = read_plan(tmp_path / "ja")
    assert again.cost == plan.cost
    assert (again.plan_of_unit == plan.plan_of_unit).all()
    assert all(check.holds for check in planning.verify(again))
    assert again.notices == plan.notices
    again.save(tmp_path / "again")
    files = [file.relative_to(tmp_path / "en") for file in sorted((tmp_path / "en").rglob("*.csv"))]
    assert len(files) > 15
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "en" / file).read_bytes(), file
    for file in (tmp_path / "ja").glob("*.csv"):
        assert are_japanese(heads(file)), (file, heads(file))
    works = pl.read_csv(tmp_path / "ja" / "work_programme.csv")
    kinds = {"補修", "予防補修", "仮設・規制", "決定済みの工事", "撤去"}
    assert set(works["種別"]) <= kinds
    assert set(works["部材"].drop_nulls()) <= set(town.curves["member"])  # members are the user's
    assert are_japanese(works["理由"].drop_nulls().to_list())
    assert pl.read_csv(tmp_path / "ja" / "limits.csv")["制約"][0] == "1年目の予算"


def test_tables_of_a_run_with_japanese_heads_are_read_as_they_were(tmp_path: Path) -> None:
    town = read_network(write_town(tmp_path / "town"))
    solver = Genetic(generations=4, population=10, seeds=2, count_requests=True)
    plan = planning.plan_network(town, BUDGET, horizon=25, solver=solver, space=planning.PlanSpace.study())
    plan.save(tmp_path / "ja", language="ja")
    plan.save(tmp_path / "en")
    ours, theirs = read_plan(tmp_path / "en").run, read_plan(tmp_path / "ja").run
    assert ours is not None
    assert theirs is not None
    assert ours.tables.keys() == theirs.tables.keys() == {"history", "seeds", "requested_plans"}
    for name, table in ours.tables.items():
        assert_frame_equal(theirs.tables[name], table)
        assert are_japanese(heads(tmp_path / "ja" / f"{name}.csv")), name


def test_every_table_of_results_has_a_japanese_head_for_each_column(town: Network) -> None:
    plan = made(town, level_per="member")
    tables = [plan.decisions, plan.works, plan.yearly, plan.limits, plan.condition, plan.waiting, plan.priorities]
    for table in [*tables, *planning.plan_table_blocks(town, horizon=25)]:
        japanese = in_language(table, "ja")
        assert are_japanese(japanese.columns), japanese.columns
        numbers = table.select(pl.col(pl.Float64, pl.Int64)).rows()
        assert japanese.select(pl.col(pl.Float64, pl.Int64)).rows() == numbers


def test_names_of_users_stay_as_they_are() -> None:
    limits = pl.DataFrame({"limit": ["budget of year 2", "steel", "budgets up to year 10", "取替え", None]})
    japanese = in_language(limits, "ja")["制約"].to_list()
    assert japanese == ["2年目の予算", "steel", "10年目までの予算", "取替え", None]
    assert in_language(limits, "en").equals(limits)
    assert in_our_words(in_language(limits, "ja")).equals(limits)


@pytest.mark.parametrize("schema", [*SCHEMAS.values(), OF_MEMBERS], ids=lambda schema: schema.name)
def test_the_japanese_head_of_a_column_is_read_as_that_column(schema: Schema) -> None:
    for column in schema.columns:
        assert schema.column_name(column.head("ja")) == column.name
        assert are_japanese([column.head("ja")]), column.name
    for column in OF_MEMBERS.columns:
        assert OF_MEMBERS.column_name(vocabulary.label(column.name, "ja")) == column.name


def test_commands_write_japanese_heads_and_read_them_back(folder: Path, tmp_path: Path) -> None:
    common = ("--budget", "9e6", "--horizon", 25, "--space", "practice")
    for out, *more in (["plan", "--lang", "ja"], ["english"]):
        assert run("plan", folder, *common, "--out", tmp_path / out, *more).exit_code == 0
    assert heads(tmp_path / "plan" / "plan.csv")[:3] == ["橋梁ID", "補修レベル", "初期点検年"]
    assert run("verify", tmp_path / "plan").exit_code == 0
    decisions = tmp_path / "plan" / "plan.csv"
    evaluated = run("evaluate", folder, decisions, *common, "--out", tmp_path / "evaluated", "--lang", "ja")
    assert evaluated.exit_code == 0
    assert f"{decisions}" not in evaluated.stderr  # no notice of unused columns
    close = ("--stay-close-to", tmp_path / "plan", "--change-cost", "1e6", "--lang", "ja")
    assert run("plan", folder, *common, *close, "--out", tmp_path / "close").exit_code == 0
    assert are_japanese(heads(tmp_path / "close" / "former_plan.csv"))
    english = read_plan(tmp_path / "english")
    for name in ("plan", "evaluated", "close"):
        assert (read_plan(tmp_path / name).decisions == english.decisions).to_numpy().all(), name
    for name in ("plan", "english"):
        assert run("report", tmp_path / name, "--out", tmp_path / f"{name}.html").exit_code == 0
    pages = [(tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("plan", "english")]
    assert pages[0] == pages[1]
    assert run("budget", folder, "--budgets", "9e6", "--horizon", 25, "--out", tmp_path, "--lang", "ja").exit_code == 0
    assert run("plans", folder, "--horizon", 25, "--out", tmp_path / "plans.csv", "--lang", "ja").exit_code == 0
    for name in ("need", "budget_curve", "plans"):
        assert are_japanese(heads(tmp_path / f"{name}.csv")), name


def test_pooled_budgets_have_japanese_heads(folder: Path, tmp_path: Path) -> None:
    (folder / "rows.csv").write_text("name,owner,budget\ncity,City,9000000\n", encoding="utf-8")
    (folder / "budget.csv").unlink()
    out = tmp_path / "pooled"
    done = run("plan", folder, "--by", "owner", "--horizon", 25, "--out", out, "--lang", "ja")
    assert done.exit_code == 0
    assert heads(out / "owners.csv") == ["管理者", "橋梁数", "予算", "各団体の予算での支出", "予算を合わせたときの支出"]
    for name in ("apart", "pooled"):
        assert are_japanese(heads(out / name / "yearly.csv"))
        assert read_plan(out / name).network.n_bridges == 2


def test_levels_without_repairs_are_read_in_japanese(town: Network, tmp_path: Path) -> None:
    plan = made(town)
    never = plan.decisions.with_columns(level=pl.lit("補修しない")).drop("delay")
    file = tmp_path / "never.csv"
    in_language(never, "ja").write_csv(file)
    found = planning.evaluate_plan(town, file, BUDGET, horizon=25, space=plan.problem.space)
    assert set(found.decisions["level"]) == {"never"}


def test_a_language_is_english_or_japanese(town: Network, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="language: must be one of ja, en; got 'fr'"):
        made(town).save(tmp_path / "plan", language="fr")
    assert not (tmp_path / "plan").exists()


def test_known_values_are_named_in_either_language() -> None:
    for english, japanese in {"deck slab": "床版", "span 12": "第12径間", "budget of year 3": "3年目の予算"}.items():
        assert vocabulary.value_label(english, "ja") == japanese
        assert vocabulary.value_label(japanese, "en") == english
    for unknown in ("span x", "第径間", "桁端部", ""):
        assert vocabulary.value_label(unknown, "en") == vocabulary.value_label(unknown, "ja") == unknown


def test_the_demo_speaks_one_language(tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path, "--lang", "ja").exit_code == 0
    town = read_network(tmp_path / "town")
    assert {"床版", "主桁", "下部工"} <= set(town.curves["member"])
    assert are_japanese(
        sorted({*town.curves["damage"], *town.items["item"].drop_nulls(), *town.costs["method"].drop_nulls()})
    )
    assert are_japanese(heads(tmp_path / "plan" / "plan.csv"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "deck slab" not in page
    for word in ("床版=2", "deck slab=2"):  # the standard bridge's members are known by both words
        out = tmp_path / word
        done = run("plan", tmp_path / "town", "--budget", "260e6", "--min-health", word, "--out", out)
        assert done.exit_code == 0
        assert read_plan(out).problem.min_health == {"床版": 2.0}


def test_a_member_has_one_minimum(tmp_path: Path) -> None:
    assert run("demo", "--out", tmp_path, "--lang", "ja").exit_code == 0
    twice = ("--min-health", "床版=2", "--min-health", "deck slab=3")
    refused = run("plan", tmp_path / "town", "--budget", "260e6", *twice, "--out", tmp_path / "out")
    assert refused.exit_code != 0
    words = "".join(letter for letter in refused.stderr if letter not in "│\n")
    assert "must name a member once; got '床版 and deck slab'" in " ".join(words.split())
