"""The workbook and the map layers of a plan, read back and compared with it."""

import io
import json
import shutil
import subprocess

import geopandas
import numpy as np
import openpyxl
import polars as pl
import pytest

from made_network import made_network
from made_report import located, saved_made_plan, saved_plan
from nagamochi import datasets, planning
from nagamochi.errors import InvalidInput
from nagamochi.network import read_network
from nagamochi.planning import read_plan
from nagamochi.report.digest import Digest
from nagamochi.report.figures.plan import draw_yearly
from nagamochi.report.geo import geojson_layer, geoparquet_layer
from nagamochi.report.workbook import plan_workbook

SHEETS = {
    "ja": ["概要", "年ごとの費用", "橋梁", "補修年次表", "補修一覧", "健全度", "証明", "前提"],
    "en": [
        "Summary",
        "Yearly costs",
        "Bridges",
        "Works by year",
        "Work programme",
        "Condition",
        "Certificate",
        "Assumptions",
    ],
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return read_plan(saved_made_plan(tmp_path_factory.mktemp("report"), interval_per="bridge"))


@pytest.fixture(scope="module")
def japanese_town(tmp_path_factory):
    """A plan of some bridges whose members are named in Japanese, one of them by a word of the user's own."""
    folder = tmp_path_factory.mktemp("japanese") / "town"
    datasets.write_example_town(folder, "ja")
    town = read_network(folder)
    few = town.bridge_ids[:8]
    own = pl.when(member="地覆").then(pl.lit("桁端部")).otherwise("member").alias("member")
    for name in ("bridges", "curves", "items"):
        table = pl.read_csv(folder / f"{name}.csv", infer_schema_length=None)
        table = table.filter(pl.col("bridge_id").is_in(few.implode()))
        table.with_columns(*([own] if "member" in table.columns else [])).write_csv(folder / f"{name}.csv")
    return planning.plan_network(read_network(folder), 1e8, horizon=20)


def cells(sheet) -> list[list]:
    """The rows of a sheet's table, from its head."""
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("budget", [1e8, np.inf])
def test_workbook_holds_the_plan(tmp_path, language, budget):
    plan = read_plan(saved_made_plan(tmp_path, budget=budget))
    digest = Digest(plan)
    content = io.BytesIO(plan_workbook(plan, language=language))
    values, formulas = openpyxl.load_workbook(content, data_only=True), openpyxl.load_workbook(content)
    assert values.sheetnames == SHEETS[language]
    yearly, bridges, works, programme, condition = (cells(values[name]) for name in SHEETS[language][1:6])

    np.testing.assert_allclose([row[3] for row in yearly[1:21]], plan.yearly["total"])
    assert yearly[21][3] == pytest.approx(plan.yearly["total"].sum())
    assert formulas[SHEETS[language][1]]["D24"].value == "=SUM(D4:D23)"
    members = len(plan.cost_by_member)
    assert [row[0] for row in bridges[1:13]] == plan.network.bridge_ids.to_list()
    assert bridges[13][24] == pytest.approx(plan.yearly["total"].sum())
    np.testing.assert_allclose([yearly[21][7 + i] for i in range(members)], plan.cost_by_member["cost"])
    early = plan.works.filter(plan.works["year"] <= 10)["cost"].sum()
    assert sum(value for value in works[13][2:]) == pytest.approx(early)
    assert len(programme) == digest.repairs.height + 2
    assert programme[-1][11] == pytest.approx(plan.works["cost"].sum())
    assert [row[12] for row in programme[1:-1]] == digest.reasons(language).to_list()
    assert programme[1][12].startswith({"ja": "当初から補修レベル", "en": "at or below level "}[language])
    np.testing.assert_allclose(
        [row[1:6] for row in condition[1:22]], plan.condition.drop("year", "shortfall", "shortfall_cost").to_numpy()
    )
    assert [row[8] for row in condition[1:22]] == pytest.approx(digest.condition["backlog"].to_list())
    assert [row[9] for row in condition[1:22]] == pytest.approx(plan.condition["shortfall"].to_list())


def test_tables_can_be_filtered_and_their_heads_stay(plan):
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))
    for name in SHEETS["ja"][1:]:
        sheet = book[name]
        assert sheet.auto_filter.ref.startswith("A3:")
        assert sheet.freeze_panes.endswith("4")
    assert book["年ごとの費用"]["B5"].number_format == "#,##0"
    assert [len(book[name]._charts) for name in ("年ごとの費用", "健全度")] == [1, 1]
    assert book["橋梁"]["A3"].value == "橋梁ID"


def test_heads_have_units_and_stand_above_their_numbers(plan):
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))
    heads = {cell.value: cell.alignment.horizontal for cell in book["橋梁"][3]}
    assert heads["最終点検年度"] == heads["橋長（m）"] == heads["合計（円）"] == heads["架設年度"] == "right"
    assert heads["橋梁名"] == heads["管理者"] is None
    assert book["証明"]["A1"].value == f"費用の下限（円）: {plan.certificate.lower_bound:,.0f}"


def test_heads_have_the_height_of_their_lines(tmp_path):
    located(made_network(5, bridges=3), tmp_path / "network")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network", 2026)))
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan, language="en")))
    heights = {name: book[name].row_dimensions[3].height for name in ("Bridges", "Summary", "Assumptions")}
    assert heights["Bridges"] in (30, 45)  # Fiscal year of the first inspection
    assert (heights["Summary"], heights["Assumptions"]) == (None, None)  # a single line, as by default


def test_without_a_feasible_plan_there_is_no_lower_bound(tmp_path):
    plan = read_plan(saved_made_plan(tmp_path, budget=1.0))
    assert plan.certificate.proven_infeasible
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan, language="en")))
    assert book["Certificate"]["A1"].value == "Lower bound (yen): -"


def test_route_and_rating_of_a_list_are_shown(tmp_path):
    network = made_network(4, bridges=3)
    folder = saved_plan(
        tmp_path, located(network, tmp_path / "n", route=["国道1号", None, None], rating=["III", "II", None])
    )
    plan = read_plan(folder)
    rows = cells(openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))["橋梁"])
    routes, ratings = (rows[0].index(name) for name in ("路線名", "判定区分"))
    assert [(row[routes], row[ratings]) for row in rows[1:4]] == [("国道1号", "III"), (None, "II"), (None, None)]
    points = [feature["properties"] for feature in json.loads(geojson_layer(plan))["features"]]
    assert [(point["route"], point["rating"]) for point in points] == [("国道1号", "III"), (None, "II"), (None, None)]


def test_an_english_book_names_the_members_of_a_japanese_list_in_english(japanese_town):
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(japanese_town, language="en")))
    words = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert {"deck slab", "main girder", "span 1", "crack", "桁端部"} <= words  # what the vocabulary does not know stays
    assert words.isdisjoint({"床版", "主桁", "第1径間", "ひびわれ"})


def test_english_figures_name_the_members_of_a_japanese_list_in_english(japanese_town):
    digest = Digest(japanese_town)
    axes = draw_yearly(japanese_town.yearly, digest.member_costs, language="en")
    names = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"deck slab", "main girder", "inspections"} <= names
    assert names.isdisjoint({"床版", "主桁"})


def test_texts_stay_texts(tmp_path):
    names = ["=1+1", "https://example.org", "007"]
    network = located(made_network(5, bridges=3), tmp_path / "network", name=names)
    plan = read_plan(saved_plan(tmp_path, network))
    sheet = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))["橋梁"]
    assert [sheet.cell(row, 2).value for row in (4, 5, 6)] == names
    assert {sheet.cell(row, 2).data_type for row in (4, 5, 6)} == {"s"}
    assert not sheet._hyperlinks


@pytest.mark.slow
def test_libreoffice_computes_the_same_sums(plan, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "plan.xlsx").write_bytes(plan_workbook(plan))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "ods:calc8", "--outdir", tmp_path / "out"]
    subprocess.run([*command, tmp_path / "plan.xlsx"], check=True, capture_output=True, timeout=120)
    back = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        tmp_path / "out",
        tmp_path / "out" / "plan.ods",
    ]
    subprocess.run(back, check=True, capture_output=True, timeout=120)
    sheet = openpyxl.load_workbook(tmp_path / "out" / "plan.xlsx", data_only=True)["年ごとの費用"]
    assert sheet["D24"].value == pytest.approx(plan.yearly["total"].sum())


def layer(plan, file, rows="bridges"):
    file.write_bytes(geojson_layer(plan, rows) if file.suffix == ".geojson" else geoparquet_layer(plan, rows))
    return geopandas.read_parquet(file) if file.suffix == ".parquet" else geopandas.read_file(file)


@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_layers_hold_the_bridges(plan, tmp_path, form):
    file = tmp_path / f"bridges.{form}"
    points, bridges = layer(plan, file), plan.network.bridges
    np.testing.assert_array_equal(points.geometry.x, bridges["longitude"])
    np.testing.assert_array_equal(points.geometry.y, bridges["latitude"])
    assert points["bridge_id"].to_list() == bridges["bridge_id"].to_list()
    assert points["total"].sum() == pytest.approx(plan.yearly["total"].sum())
    if form == "parquet":
        assert points.crs.to_epsg() == 6668
    else:
        assert "crs" not in json.loads(file.read_bytes())


@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_layers_hold_the_works_of_bridges_with_coordinates(tmp_path, form):
    latitudes = [None if bridge == 2 else 35.6 + 0.01 * bridge for bridge in range(6)]
    network = located(made_network(4, bridges=6), tmp_path / "network", latitude=latitudes)
    pl.DataFrame({"bridge_id": ["B1"], "year": [3], "cost": [7e5]}).write_csv(tmp_path / "network" / "retire.csv")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network")))
    works, points = plan.works, layer(plan, tmp_path / f"works.{form}", "works")
    hidden = network.bridges["bridge_id"][2]
    shown = works.filter(pl.col("bridge_id") != hidden)
    assert 0 < shown.height < works.height
    by_bridge = points.groupby("bridge_id")["cost"].sum()
    for bridge, cost in shown.group_by("bridge_id").agg(pl.col("cost").sum()).iter_rows():
        assert by_bridge[bridge] == pytest.approx(cost)
    assert set(by_bridge.index) == set(shown["bridge_id"])
    place = dict(network.bridges.select("bridge_id", "latitude").iter_rows())
    assert points.geometry.y.to_list() == [place[bridge] for bridge in points["bridge_id"]]
    methods = set(shown["method"].drop_nulls().unique())
    assert {part for text in points["method"] for part in text.split(", ")} >= methods > set()


def test_a_plan_without_works_has_a_layer_without_rows(tmp_path):
    network = located(made_network(1, bridges=1, members=1), tmp_path / "network")
    network.curves.with_columns(health=5.0, service_life=1000.0).write_csv(tmp_path / "network" / "curves.csv")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network")))
    assert json.loads(geojson_layer(plan, "works"))["features"] == []
    assert layer(plan, tmp_path / "works.parquet", "works").empty


@pytest.mark.parametrize("rows", ["bridges", "works"])
def test_layers_need_coordinates(tmp_path, rows):
    plan = read_plan(saved_plan(tmp_path, made_network(4, bridges=2)))
    with pytest.raises(
        InvalidInput, match=r"network/bridges.csv: must have latitude and longitude .*; got 2 bridges without"
    ):
        geojson_layer(plan, rows)
