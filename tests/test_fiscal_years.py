"""Years of plans as fiscal years: in the files of a network, on the command line and in results."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import vl_convert
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network, yearly_budget
from nagamochi.planning import evaluate_plan, plan_network, read_plan
from nagamochi.planning.plan import HEALTH_CLASSES
from nagamochi.report.digest import Digest
from nagamochi.report.figures.plan import draw_condition
from nagamochi.report.geo import LAYERS, geojson_layer, geoparquet_layer
from nagamochi.report.page.charts import charts
from nagamochi.report.page.page import plan_page
from nagamochi.report.sentences import assumptions, verdict
from nagamochi.report.workbook import WORDS, plan_workbook
from nagamochi.tables.dates import years
from nagamochi.tables.eras import fiscal_year_in_era
from nagamochi.tables.language import in_language
from nagamochi.vocabulary import label
from small_town import FILES, write_town

WORKS = "bridge_id,member,damage,location,year,cost\nB1,slab,crack,1,{},100000\nB2,,,,{},300000\n"
CLOSED = "bridge_id,from,to\nB1,{},{}\n"
RETIRE = "bridge_id,year,cost\nB2,{},500000\n"
ROWS = "name,from_year,to_year,budget\nearly,{},{},4000000\n"
BUDGET = "year,budget\n{},5000000\n{},6000000\n{},7000000\n"
COUNTED = {"works": (2, 4), "closed": (1, 1), "retire": (30,), "rows": (1, 2), "budget": (1, 2, 3)}
TABLES = {"works": WORKS, "closed": CLOSED, "retire": RETIRE, "rows": ROWS, "budget": BUDGET}


NO_START = "must be from 1 to 1000, as no start year (network.csv, --start-year) says which fiscal year is year 1"


def town(folder: Path, **of_file: tuple[object, ...]) -> Path:
    """Two bridges with files that have years of a plan."""
    write_town(folder)
    for name, values in of_file.items():
        (folder / f"{name}.csv").write_text(TABLES[name].format(*values), encoding="utf-8")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("year", "written"),
    [
        (1868, "明治元年度"),
        (1911, "明治44年度"),
        (1912, "大正元年度"),
        (1926, "大正15年度"),
        (1927, "昭和2年度"),
        (1988, "昭和63年度"),
        (1989, "平成元年度"),
        (2018, "平成30年度"),
        (2019, "令和元年度"),
        (2026, "令和8年度"),
    ],
)
def test_a_fiscal_year_is_of_the_era_that_most_of_it_lies_in(year: int, written: str) -> None:
    assert fiscal_year_in_era(year) == written


def test_fiscal_years_in_eras_are_read_as_they_were_written() -> None:
    given = pl.int_range(1868, 2100, eager=True).alias("written")
    written = pl.Series("written", [fiscal_year_in_era(year) for year in given])
    assert years(written, "fiscal year").to_list() == given.to_list()


@pytest.mark.parametrize("form", ["{}", "令和{era}年度", "R{era}", "{}年度", "{}-06-30", "２０{short}"])
def test_fiscal_years_of_files_count_from_the_start_year(tmp_path: Path, form: str) -> None:
    fiscal = {
        name: tuple(form.format(year + 2025, era=year + 7, short=year + 25) for year in counted)
        for name, counted in COUNTED.items()
    }
    counted = read_network(town(tmp_path / "counted", **COUNTED), start_year=2026)
    network = read_network(town(tmp_path / "fiscal", **fiscal), start_year=2026)
    assert network.fingerprint == counted.fingerprint
    for table in (*TABLES, "works"):
        assert getattr(network, table).equals(getattr(counted, table)), table
    file = tmp_path / "fiscal" / "budget.csv"
    assert yearly_budget(file, 3, start_year=2026).tolist() == [5e6, 6e6, 7e6]


@pytest.mark.parametrize("name", ["works", "closed", "rows", "budget"])
def test_a_file_with_both_kinds_of_years_is_refused_by_row(tmp_path: Path, name: str) -> None:
    counted = COUNTED[name][1:]
    with pytest.raises(InvalidInput) as refused:
        read_network(town(tmp_path / "town", **{name: (2026, *counted)}), 2026)
    mixed = [problem for problem in refused.value.problems if problem.rule == "must be a fiscal year as in row 2"]
    assert [problem.value for problem in mixed] == [str(year) for year in counted]
    assert {problem.where for problem in mixed} == {str(tmp_path / "town" / f"{name}.csv")}


@pytest.mark.parametrize(
    ("start_year", "works", "row", "rule"),
    [
        (2026, (3, 2030), 3, "must count from the start, 1, 2, .., as in row 2; got 2030"),
        (2026, (2025, 2030), 2, "must be from 2026, the start year, to 2200; got 2025"),
        (2026, (2030, "R7"), 3, "must be from 2026, the start year, to 2200; got R7"),
        (2026, (2030, 46113), 3, "must be from 2026, the start year, to 2200; got 46113"),
        (2026, (2030, "8年度"), 3, "must be a whole number, or a fiscal year such as 2026 or R8; got 8年度"),
        (2026, (0, 3), 2, "must be above 0; got 0"),
        (2026, (-3, 3), 2, "must be above 0; got -3"),
        (2026, ("1.5", 3), 2, "must be a whole number; got 1.5"),
        (None, (2030, 2031), 2, f"{NO_START}; got 2030"),
        (None, ("R8", 3), 3, "must be a fiscal year as in row 2; got 3"),
    ],
)
def test_unclear_years_are_refused_by_row(
    tmp_path: Path, start_year: int | None, works: tuple[object, object], row: int, rule: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_network(town(tmp_path / "town", works=works), start_year)
    where = tmp_path / "town" / "works.csv"
    assert f"{where}, row {row}, column year: {rule}" in str(refused.value)


def test_contradictions_name_both_kinds_of_years(tmp_path: Path) -> None:
    network = town(
        tmp_path / "town", works=(2030, 2055), closed=(2029, 2031), retire=(2050,), budget=(2026, 2028, 2029)
    )
    with pytest.raises(InvalidInput) as refused:
        read_network(network, 2026)
    rules = [(Path(problem.where).name, problem.row, problem.rule) for problem in refused.value.problems]
    closed, retire = network / "closed.csv", network / "retire.csv"
    assert sorted(rules) == [
        ("budget.csv", 3, "must not leave out year 2 (2027)"),
        ("works.csv", 2, f"must not be from 4 (2029) to 6 (2031), which {closed}, row 2, closes to works"),
        ("works.csv", 3, f"must be before year 25 (2050), in which {retire}, row 2, removes the bridge"),
    ]


def test_messages_use_the_headers_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "budget.csv").write_text("年度,予算\n2027,1億円\n", encoding="cp932")
    with pytest.raises(InvalidInput, match=r"row 2, column 年度: must not leave out year 1 \(2026\); got 2027"):
        yearly_budget(tmp_path / "budget.csv", 1, start_year=2026)


def test_a_work_after_two_removals_is_refused_once(tmp_path: Path) -> None:
    network = town(tmp_path / "town", works=(2027, 2059))
    (network / "retire.csv").write_text("bridge_id,year,cost\nB2,2050,1\nB2,2051,1\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_network(network, 2026)
    assert [(problem.row, problem.column) for problem in refused.value.problems] == [(3, "bridge_id"), (3, "year")]


def test_a_row_after_the_horizon_names_its_fiscal_year(tmp_path: Path) -> None:
    network = read_network(town(tmp_path / "town", rows=(2026, 2030)), 2026)
    with pytest.raises(InvalidInput, match=r"early, to_year: must be at most the horizon, 3 years; got 5 \(2030\)"):
        plan_network(network, 1e9, horizon=3)


def test_a_network_keeps_its_start_year(tmp_path: Path) -> None:
    network = read_network(write_town(tmp_path / "town"), 2026)
    network.write(tmp_path / "again")
    again = read_network(tmp_path / "again")
    assert (again.start_year, again.fingerprint) == (2026, network.fingerprint)
    assert read_network(tmp_path / "town").fingerprint != network.fingerprint
    assert read_network(tmp_path / "again", 2026).start_year == 2026
    file = tmp_path / "again" / "network.csv"
    with pytest.raises(InvalidInput, match=rf"start_year: must be 2026, as in {file}: .*; got 2027"):
        read_network(tmp_path / "again", 2027)
    file.write_text("start_year\n2026\n2026\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"row 3, column start_year: must be the only row; got 2026"):
        read_network(tmp_path / "again")
    file.write_text("計画初年度\n令和8年度\n", encoding="utf-8")
    assert read_network(tmp_path / "again").start_year == 2026
    file.unlink()
    assert read_network(tmp_path / "again").start_year is None


@pytest.mark.parametrize("start_year", [1800, 26, "R8", 2026.5])
def test_a_start_year_is_a_year(tmp_path: Path, start_year: object) -> None:
    with pytest.raises(InvalidInput, match="start_year: must be a whole number from 1850 to 2200; got"):
        read_network(write_town(tmp_path / "town"), start_year)  # type: ignore[arg-type]  # wrong types are the test


def test_tables_in_memory_have_fiscal_years() -> None:
    parts = {name: pl.read_csv(text.encode()) for name, text in FILES.items() if name in ("bridges", "costs")}
    curves = pl.DataFrame({"bridge_id": ["B1", "B2"], "member": "slab", "damage": "crack", "cost_model": "slab"})
    curves = curves.with_columns(health=pl.lit(3.0), service_life=pl.lit(50))
    works = pl.DataFrame({"bridge_id": ["B1"], "year": [2030], "cost": [1e6]})
    network = Network.from_tables(**parts, curves=curves, works=works, start_year=2026)
    assert network.works is not None
    assert network.works["year"].to_list() == [5]
    as_dates = works.with_columns(year=pl.date(2031, 3, 31))
    network = Network.from_tables(**parts, curves=curves, works=as_dates, start_year=2026)
    assert network.works is not None
    assert network.works["year"].to_list() == [5]


def test_a_workbook_names_its_start_year(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    for name in ("bridges", "curves", "costs", "items", "curve_tables"):
        sheet = book.create_sheet(name)
        for line in FILES[name].splitlines():
            sheet.append(line.split(","))
    sheet = book.create_sheet("計画の始まり")
    sheet.append(["計画初年度"])
    sheet.append(["R8"])
    book.save(tmp_path / "book.xlsx")
    assert read_network(tmp_path / "book.xlsx").start_year == 2026


def test_results_have_fiscal_years_after_the_years(tmp_path: Path) -> None:
    network = read_network(town(tmp_path / "town", works=(2027, 2029)), 2026)
    plan = plan_network(network, 1e9, horizon=30)
    plan.save(tmp_path / "plan")
    for name, columns in {
        "plan": ["first_year", "first_fiscal_year"],
        "work_programme": ["year", "fiscal_year"],
        "yearly": ["year", "fiscal_year"],
        "condition": ["year", "fiscal_year"],
    }.items():
        table = pl.read_csv(tmp_path / "plan" / f"{name}.csv")
        place = table.columns.index(columns[0])
        assert table.columns[place : place + 2] == columns
        assert (table[columns[1]] - table[columns[0]]).unique().to_list() == [2025], name
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text(encoding="utf-8"))
    assert summary["network"]["start_year"] == 2026
    assert read_plan(tmp_path / "plan").network.start_year == 2026
    again = evaluate_plan(read_plan(tmp_path / "plan").network, tmp_path / "plan" / "plan.csv", 1e9, horizon=30)
    assert (again.cost, again.notices) == (plan.cost, plan.notices)
    edited = in_language(pl.read_csv(tmp_path / "plan" / "plan.csv"), "ja").with_columns(
        初期点検年度=pl.lit("令和20年度")
    )
    edited.write_csv(tmp_path / "edited.csv")
    other = evaluate_plan(network, tmp_path / "edited.csv", 1e9, horizon=30)
    says = "初期点検年度 is not used and says otherwise than 初期点検年, which counts, in"
    assert other.cost == plan.cost
    assert [says in notice for notice in other.notices if "edited.csv" in notice] == [True]
    work = plan.works.filter(pl.col("kind") == "repair").row(0, named=True)
    assert f"found in year {work['found']} ({2025 + work['found']})" in work["reason"]
    named = f"、{work['found']}年目（{fiscal_year_in_era(2025 + work['found'])}）の点検で判明"
    assert any(named in text for text in Digest(plan).reasons("ja").drop_nulls())


def test_without_a_start_year_no_result_has_fiscal_years(tmp_path: Path) -> None:
    plan = plan_network(read_network(write_town(tmp_path / "town")), 1e9, horizon=30)
    for table in (plan.decisions, plan.works, plan.yearly, plan.condition, next(plan.works_by_year())):
        assert not [name for name in table.columns if "fiscal" in name]
    assert "start_year" not in plan.to_dict()["network"]


@pytest.mark.parametrize("year", ["2026", "R8", "令和8年度", "２０２６"])
def test_the_command_line_takes_the_start_year_as_people_write_it(tmp_path: Path, year: str) -> None:
    folder = town(tmp_path / "town", budget=(2026, 2027, 2028))
    result = run("plan", folder, "--horizon", 3, "--start-year", year, "--out", tmp_path / "plan")
    assert result.exit_code == 0, result.output
    assert "2 bridges over 3 years, fiscal years 2026 to 2028" in result.stdout
    assert pl.read_csv(tmp_path / "plan" / "yearly.csv")["fiscal_year"].to_list() == [2026, 2027, 2028]


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("soon", "must be a fiscal year such as 2026 or R8; got 'soon'"),
        ("R0", "must be a fiscal year such as 2026 or R8; got 'R0'"),
        ("8", "must be a whole number from 1850 to 2200; got 8"),
    ],
)
def test_the_command_line_refuses_other_start_years(tmp_path: Path, year: str, said: str) -> None:
    result = run("plan", write_town(tmp_path / "town"), "--start-year", year, "--out", tmp_path / "plan")
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "plan").exists()


def test_every_command_that_plans_takes_a_start_year(tmp_path: Path) -> None:
    folder, out = town(tmp_path / "town", works=("R8", "R9")), tmp_path / "out"
    common = ("--start-year", "2026", "--horizon", 12)
    assert run("plan", folder, "--budget", "1e9", *common, "--out", out / "plan").exit_code == 0
    decisions = out / "plan" / "plan.csv"
    assert run("evaluate", folder, decisions, "--budget", "1e9", *common, "--out", out / "practice").exit_code == 0
    assert run("budget", folder, "--budgets", "1e9", *common, "--out", out / "budgets").exit_code == 0
    assert pl.read_csv(out / "budgets" / "need.csv")["fiscal_year"].to_list() == list(range(2026, 2038))
    for name in ("plan", "practice"):
        assert pl.read_csv(out / name / "yearly.csv")["fiscal_year"].to_list() == list(range(2026, 2038))


def test_reports_write_fiscal_years_as_their_language_does(tmp_path: Path) -> None:
    plan = plan_network(read_network(town(tmp_path / "town", works=(2027, 2029)), 2026), 1e9, horizon=30)
    digest = Digest(plan)
    assert "今後30年間（令和8年度～令和37年度）の点検・補修に" in verdict(digest, "ja")
    assert "over 30 years (fiscal years 2026 to 2055) costs" in verdict(digest, "en")
    assert ("計画初年度", "令和8年度") in assumptions(digest, "ja")
    for language, first, last in (("ja", "1（令和8年度）", "30（令和37年度）"), ("en", "1 (2026)", "30 (2055)")):
        page = plan_page(plan, language=language)
        assert f"<td>{first}</td>" in page
        assert f"<td>{last}</td>" in page
        axes = draw_condition(plan.condition, language=language)
        assert axes.get_legend_handles_labels()[1] == [label(name, language) for name in HEALTH_CLASSES]
        above = axes.child_axes[0].xaxis
        assert above.get_major_formatter()(2035) == {"ja": "令和17", "en": "2035"}[language]
        assert axes.child_axes[0].get_xlabel() == label("fiscal_year", language)


def test_sheets_have_fiscal_years_behind_the_years(tmp_path: Path) -> None:
    plan = plan_network(read_network(town(tmp_path / "town", works=(2027, 2029)), 2026), 1e9, horizon=30)
    for language, first in (("ja", "令和8年度"), ("en", 2026)):
        (tmp_path / "book.xlsx").write_bytes(plan_workbook(plan, language=language))
        book = openpyxl.load_workbook(tmp_path / "book.xlsx", data_only=True)
        words = WORDS[language]
        for name, year in (
            ("yearly", "year"),
            ("condition", "year"),
            ("plan_works", "year"),
            ("bridges", "first_year"),
        ):
            rows = list(book[words[name]].iter_rows(min_row=3, values_only=True))
            place = [str(head).partition(" (")[0] for head in rows[0]].index(label(year, language)) + 1
            assert rows[0][place] == label(year.replace("year", "fiscal_year"), language)
            assert all((row[place] is None) == (row[place - 1] is None) for row in rows[1:-1])
        yearly = list(book[words["yearly"]].iter_rows(min_row=4, values_only=True))
        assert yearly[0][1] == first
        summary = [row[:2] for row in book[words["summary"]].iter_rows(values_only=True)]
        assert dict(summary)[words["undiscounted"]] == pytest.approx(plan.yearly["total"].sum())
        heads = next(book[words["works"]].iter_rows(min_row=3, values_only=True))
        assert {"ja": "1年目（令和8年度）", "en": "Year 1 (2026)"}[language] in "".join(map(str, heads))


def test_scenarios_have_fiscal_years(tmp_path: Path) -> None:
    folder = write_town(tmp_path / "town")
    options = ("--budget", "1e9", "--horizon", 12, "--start-year", "R8", "--out", tmp_path / "out")
    assert run("scenarios", folder, *options).exit_code == 0
    table = pl.read_csv(tmp_path / "out" / "scenarios_yearly.csv")
    assert table.columns[1:3] == [label("year", "ja"), label("fiscal_year", "ja")]
    assert table[table.columns[2]][:2].to_list() == ["令和8年度", "令和9年度"]


def test_limits_say_the_fiscal_year_in_which_they_end(tmp_path: Path) -> None:
    network = read_network(town(tmp_path / "town", rows=(2027, 2028)), 2026)
    plan = plan_network(network, 1e9, horizon=3, solver="relaxation")
    limits = plan.limits.select("limit", "fiscal_year").rows()
    assert limits == [
        ("budget of year 1", 2026),
        ("budget of year 2", 2027),
        ("budget of year 3", 2028),
        ("early, year 2", 2027),
        ("early, year 3", 2028),
    ]
    plan.save(tmp_path / "plan")
    assert pl.read_csv(tmp_path / "plan" / "limits.csv").columns[:3] == ["limit", "fiscal_year", "bound"]
    (tmp_path / "town" / "rows.csv").write_text("name,share,below_health\nbad,0.5,2\n", encoding="utf-8")
    counted = read_network(tmp_path / "town", 2026)
    assert plan_network(counted, math.inf, horizon=3, solver="relaxation").limits["fiscal_year"].to_list() == [None]


def test_layers_of_points_say_fiscal_years(tmp_path: Path) -> None:
    folder = write_located(town(tmp_path / "town", works=(2027, 2029)))
    plan = plan_network(read_network(folder, 2026), 1e9, horizon=30)
    for rows, names in (("works", ("year", "since", "found")), ("bridges", ("first_year", "first_repair"))):
        features = json.loads(geojson_layer(plan, rows))["features"]
        points = [feature["properties"] for feature in features]
        layer = pl.read_parquet(io.BytesIO(geoparquet_layer(plan, rows)))
        for name in names:
            fiscal = {"year": "fiscal_year", "first_year": "first_fiscal_year"}.get(name, f"fiscal_{name}")
            keys = list(points[0])
            assert keys.index(fiscal) == keys.index(name) + 1
            years = [point[name] for point in points]
            assert any(year is not None for year in years), name
            assert [point[fiscal] for point in points] == [None if year is None else year + 2025 for year in years]
            assert layer[fiscal].to_list() == [point[fiscal] for point in points]
    plain = plan_network(read_network(write_located(write_town(tmp_path / "plain"))), 1e9, horizon=30)
    for rows in LAYERS:
        point = json.loads(geojson_layer(plain, rows))["features"][0]["properties"]
        assert not [name for name in point if "fiscal" in name]


def write_located(folder: Path) -> Path:
    bridges = pl.read_csv(folder / "bridges.csv").with_columns(latitude=35.0, longitude=138.0)
    bridges.write_csv(folder / "bridges.csv")
    return folder


@pytest.mark.parametrize(("start_year", "said"), [(2026, "3（令和10年度）"), (None, "3")])
def test_tooltips_of_charts_name_the_fiscal_year(tmp_path: Path, start_year: int | None, said: str) -> None:
    plan = plan_network(read_network(write_located(write_town(tmp_path / "town")), start_year), 1e9, horizon=30)
    drawn = charts(Digest(plan), "ja")
    for name in ("yearly", "condition", "health", "backlog", "price", "saving", "five_years"):
        layer = drawn[name].get("layer", [drawn[name]])[0]
        expression = next(step["calculate"] for step in layer["transform"] if step["as"] == "when")
        tips = layer["encoding"]["tooltip"]
        assert "when" in [tip["field"] for tip in tips]
        assert "year" not in [tip["field"] for tip in tips]
        written = {
            "data": {"values": [{"year": 3, "five": "3"}]},
            "mark": "text",
            "transform": [{"calculate": expression, "as": "when"}],
            "encoding": {"text": {"field": "when"}},
        }
        assert f">{said}<" in vl_convert.vegalite_to_svg(written), name
