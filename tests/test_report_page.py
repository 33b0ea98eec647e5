"""The page of a plan: what it says, and how it works in a real browser."""

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from made_network import made_network
from made_report import ALL_BRIDGES, HOSTILE, located, opened, saved_made_plan, saved_plan, walked
from nagamochi import datasets, planning
from nagamochi.errors import InvalidInput
from nagamochi.network import read_network
from nagamochi.planning import PlanSpace, read_plan
from nagamochi.planning.walks import repair_costs
from nagamochi.report import sentences
from nagamochi.report.colours import CLASS_COLOURS, COLOURS, YEAR_COLOURS
from nagamochi.report.digest import Digest
from nagamochi.report.page.charts import charts, places
from nagamochi.report.page.page import plan_page
from nagamochi.report.sentences import assumptions, next_five_years, verdict
from nagamochi.report.workbook import plan_workbook
from nagamochi.vocabulary import value_label

CLICKS = """
<script>
const requests = [], broken = [];
addEventListener("error", (event) => broken.push(String(event.message)));
addEventListener("unhandledrejection", (event) => broken.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => requests.push(event.blockedURI));
const circles = () => [...document.querySelectorAll('[data-chart="map"] .mark-symbol path')]
  .filter((path) => path.getAttribute("aria-roledescription") === "circle").map((path) => path.getAttribute("fill"));
const rows = () => [...document.querySelectorAll("#works tbody tr")]
  .map((row) => [...row.cells].map((cell) => cell.textContent));
const typed = (id, text) => {
  document.getElementById(id).value = text;
  document.getElementById(id).dispatchEvent(new Event("input"));
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  while (!document.documentElement.dataset.ready && !broken.length) await wait(50);
  const before = circles();
  const slider = document.querySelector('[data-chart="map"] input[type=range]');
  slider.value = 20;
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
  await wait(500);
  const after = circles();
  typed("to", "20");
  const all = document.getElementById("shown").value;
  typed("search", "b3 slab");
  const found = rows();
  typed("search", "b");
  document.querySelector('[data-sort="work_cost"]').click(); document.querySelector('[data-sort="work_cost"]').click();
  const dearest = rows()[0];
  document.querySelector("#works tbody button").click();
  const chosen = document.querySelector("#bridge h3").textContent;
  document.getElementById("all").click();
  const sections = document.querySelectorAll("#bridge article").length;
  const entries = performance.getEntriesByType("resource").map((entry) => entry.name);
  const loaded = entries.filter((name) => !name.startsWith("data:"));
  const result = document.createElement("pre"); result.id = "tried";
  const seen = { before, after, all, found, dearest, chosen, sections };
  result.textContent = JSON.stringify({ ...seen, requests, loaded, broken });
  document.body.append(result);
})();
</script>
"""


def tried(page: Path, language: str = "ja") -> tuple[dict, str]:
    dom, console = opened(page, CLICKS.replace("b3 slab", f"Ｂ３　{value_label('slab', language)}"))
    return json.loads(unescape(re.search(r'<pre id="tried">(.*?)</pre>', dom, re.DOTALL)[1])), console


@pytest.fixture(scope="module")
def plan_folder(tmp_path_factory):
    return saved_made_plan(tmp_path_factory.mktemp("report"), interval_per="bridge")


def written(plan, folder: Path, language="ja") -> Path:
    page = folder / f"{language}.html"
    page.write_text(plan_page(plan, language=language), encoding="utf-8")
    return page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_page_works_in_a_browser(plan_folder, tmp_path, language):
    plan = read_plan(plan_folder)
    result, console = tried(written(plan, tmp_path, language), language)
    assert (console, result["broken"], result["requests"], result["loaded"]) == ("", [], [], [])
    assert len(result["before"]) == len(result["after"]) == 12
    assert result["before"] != result["after"]  # health of year 0, then of year 20
    repairs = Digest(plan).repairs
    assert f"{repairs.height:,}" in result["all"]
    slabs = repairs.filter((pl.col("bridge_id") == "B3") & (pl.col("member") == "slab"))
    assert len(result["found"]) == min(50, slabs.height) > 0
    assert all("B3" in row[1] for row in result["found"])
    assert result["dearest"][7].replace(",", "") == f"{repairs['cost'].max():.0f}"
    reasons = repairs.with_columns(Digest(plan).reasons(language)).filter(
        (pl.col("bridge_id") == "B3") & (pl.col("member") == "slab")
    )["reason"]
    assert [row[8] for row in result["found"]] == reasons.head(50).to_list()
    assert result["chosen"] in result["dearest"][1]
    assert result["sections"] == 12


def test_page_is_self_contained_and_escapes_names(tmp_path):
    network = located(made_network(5, bridges=3), tmp_path / "network", name=[HOSTILE, "b", "c"])
    page = written(read_plan(saved_plan(tmp_path, network)), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    markup = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!data:)', markup)
    assert HOSTILE not in text
    result, console = tried(page)
    assert (console, result["broken"], result["requests"]) == ("", [], [])
    dom, _ = opened(page)
    assert "<title>橋梁長寿命化修繕計画</title>" in dom
    assert not re.search(r"<img\b", dom.split("<script")[0])


def gap_of(plan, language) -> str:
    """What must be said of the distance from the best plan."""
    return f"{plan.gap:.2%}" if plan.gap else {"ja": "これより安い計画はない", "en": "the best possible plan"}[language]


@pytest.mark.parametrize(("language", "words"), [("ja", "かかります"), ("en", "costs")])
def test_first_screen_answers(plan_folder, language, words):
    plan = read_plan(plan_folder)
    page = plan_page(plan, language=language)
    sentence = verdict(Digest(plan), language)
    assert words in sentence
    for answer in (f"{plan.cost / 1e6:,.1f}", gap_of(plan, language), f"{abs(Digest(plan).saving) / 1e6:,.1f}"):
        assert answer in sentence
    assert sentence in unescape(page)


SCREEN = """
<script>
(async () => {
  while (!document.documentElement.dataset.ready) await new Promise((done) => setTimeout(done, 50));
  const shown = [".verdict", ".answers", '[data-chart="yearly"] svg', ".five", '[data-chart="five_years"] svg'];
  const places = Object.fromEntries(shown.map((name) => {
    const place = document.querySelector(name).getBoundingClientRect();
    return [name, [place.left, place.right, place.top, place.bottom]];
  }));
  const answers = [...document.querySelectorAll(".answers dd")].map((cell) => cell.textContent);
  const years = [...document.querySelectorAll(".five tbody tr")].map((row) => [...row.cells].map((c) => c.textContent));
  const result = document.createElement("pre"); result.id = "tried";
  result.textContent = JSON.stringify({ width: innerWidth, places, answers, years });
  document.body.append(result);
})();
</script>
"""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_first_screen_is_seen_without_scrolling(plan_folder, tmp_path, language):
    assert_seen_without_scrolling(read_plan(plan_folder), tmp_path, language)


def test_first_screen_of_the_demo_is_seen_without_scrolling(tmp_path):
    datasets.write_example_town(tmp_path / "town", "ja")
    plan = planning.plan_network(read_network(tmp_path / "town"), datasets.EXAMPLE_TOWN_BUDGET)
    assert_seen_without_scrolling(plan, tmp_path, "ja")


def assert_seen_without_scrolling(plan, tmp_path, language):
    """A councillor's questions: cost, budgets, how good, what it saves, and what is done where in five years."""
    dom, _ = opened(written(plan, tmp_path, language), SCREEN, "--window-size=1280,800", "--dump-dom")
    seen = json.loads(unescape(re.search(r'<pre id="tried">(.*?)</pre>', dom, re.DOTALL)[1]))
    assert seen["width"] <= 1280
    for name, (left, right, top, bottom) in seen["places"].items():
        assert (0 <= left < right <= 1280, 0 <= top < bottom <= 800) == (True, True), name
    digest = Digest(plan)
    saving, five = digest.saving / 1e6, plan.yearly["total"].head(5).sum() / 1e6
    cost, kept, gap, saved, first_years = seen["answers"]
    assert (f"{plan.cost / 1e6:,.1f}" in cost, sentences.gap_text(digest, language) == gap) == (True, True)
    assert f"{plan.horizon}" in kept
    assert f"{saving:,.1f}" in saved
    assert f"{five:,.1f}" in first_years
    by_year = digest.repairs.filter(pl.col("year") <= 5).group_by("year").agg(pl.col("name", "bridge_id").unique())
    for year, _, bridges, _, where in seen["years"]:
        names = by_year.filter(year=int(year))
        known = [] if names.is_empty() else [*names["name"][0], *names["bridge_id"][0]]
        assert (int(bridges) == 0) == names.is_empty()
        assert int(bridges) == 0 or any(name in where for name in known if name)


NARROW = """
<script>
(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  while (!document.documentElement.dataset.ready) await wait(50);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const widths = (selector) => all(selector).map((node) => node.getBoundingClientRect().width);
  const methods = widths("#works tbody td:nth-child(6), .one tbody td:nth-child(5)");
  const chart = '[data-chart="health"] > svg, [data-chart="saving"] > svg, [data-chart="yearly"] > svg';
  const before = widths(chart);
  dispatchEvent(new Event("beforeprint"));
  await wait(200);
  const printed = all(chart).map((svg) => Number(svg.getAttribute("width")));
  dispatchEvent(new Event("afterprint"));
  await wait(200);
  const result = document.createElement("pre"); result.id = "tried";
  result.textContent = JSON.stringify({ methods, before, printed, after: widths(chart) });
  document.body.append(result);
})();
</script>
"""


def test_a_telephone_shows_methods_and_paper_shows_charts_of_its_own_width(plan_folder, tmp_path):
    dom, _ = opened(written(read_plan(plan_folder), tmp_path), NARROW, "--window-size=500,900", "--dump-dom")
    seen = json.loads(unescape(re.search(r'<pre id="tried">(.*?)</pre>', dom, re.DOTALL)[1]))
    assert min(seen["methods"]) > 100  # was a character wide, with rows as high as a screen
    assert len(seen["printed"]) == 3
    assert max(seen["printed"]) <= 345  # half of A4, so that letters keep their size
    assert seen["after"] == seen["before"]


def lightness(colour: str) -> float:
    """Luma of a colour, 0 to 1."""
    return sum(int(colour[at : at + 2], 16) / 255 * share for at, share in ((1, 0.299), (3, 0.587), (5, 0.114)))


def test_colours_are_told_apart_in_grey():
    assert np.diff([*map(lightness, YEAR_COLOURS), 1.0]).min() > 0.1  # white: later
    assert np.diff([*map(lightness, CLASS_COLOURS)]).max() < -0.1
    assert np.abs(np.diff([*map(lightness, COLOURS)])).min() > 0.08


def test_the_legend_of_yearly_costs_leaves_out_members_without_repairs(plan_folder):
    never = PlanSpace(levels=(planning.NEVER,), first_years=(1,), intervals=(5,))
    plan = planning.plan_network(read_plan(plan_folder).network, 1e8, horizon=10, space=never)
    assert plan.works.is_empty()
    assert charts(Digest(plan), "en")["yearly"]["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["inspections"]
    spec = charts(Digest(read_plan(plan_folder)), "en")["yearly"]
    assert len(spec["layer"][0]["encoding"]["color"]["scale"]["domain"]) > 2


def test_fiscal_years_have_room_on_the_axis(tmp_path):
    network = made_network(5, bridges=2)
    network.write(tmp_path / "network")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network", 2026)))
    axis = charts(Digest(plan), "ja")["health"]["encoding"]["x"]["axis"]["labelExpr"]
    assert axis.startswith("datum.value % 5 ? '' : (datum.value % 10 ? datum.label : [datum.label, ")


def test_the_verdict_says_what_is_left_undone(plan_folder):
    network = read_plan(plan_folder).network
    never = PlanSpace(levels=(planning.NEVER,), first_years=(1,), intervals=(5,))
    plan = planning.plan_network(network, 1e8, horizon=40, space=never)
    now, end = (f"{yen / 1e6:,.1f}" for yen in plan.backlog.backlog[[0, -1]])
    assert end > now
    assert f"健全度2未満の補修費{end}百万円が残ります（現在{now}百万円）" in verdict(Digest(plan), "ja")
    assert f"At the end {end} million yen of repairs below health 2 are left" in verdict(Digest(plan), "en")
    best = verdict(Digest(plan), "ja"), verdict(Digest(plan), "en"), sentences.gap_text(Digest(plan), "en")
    assert plan.gap == 0
    assert ["これより安い計画はない" in best[0], "is proven to be the best" in best[1], best[2]] == [
        True,
        True,
        "none (proven)",
    ]


@pytest.mark.parametrize(
    ("gap", "text"), [(1e-6, "0.01%"), (0.0051, "0.51%"), (0.00281, "0.29%"), (0.0700001, "7.01%")]
)
def test_no_gap_is_stated_smaller_than_it_is_proven(plan_folder, monkeypatch, gap, text):
    plan = read_plan(plan_folder)
    monkeypatch.setattr(type(plan), "gap", gap)
    digest = Digest(plan)
    assert (sentences.gap_text(digest, "en"), sentences.gap_text(digest, "ja")) == (f"at most {text}", f"最大 {text}")
    assert f"これより{text}を超えて安い計画はない" in verdict(digest, "ja")
    assert f"at most {text} dearer than the best" in verdict(digest, "en")
    assert f"at most {text} above the best" in repr(plan)


def test_levels_and_limits_are_named_in_japanese(plan_folder):
    plan = read_plan(plan_folder)
    levels = dict(assumptions(Digest(plan), "ja"))["補修レベルの候補"]
    assert levels.endswith("補修しない")
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)), read_only=True)
    assert [row[0] for row in book["証明"].iter_rows(min_row=4, max_row=5, values_only=True)] == [
        "1年目の予算",
        "2年目の予算",
    ]


def test_an_english_page_names_the_members_of_a_japanese_list_in_english(tmp_path):
    datasets.write_example_town(tmp_path / "town", "ja")
    plan = planning.plan_network(read_network(tmp_path / "town"), 250e6, horizon=12)
    page = tmp_path / "page.html"
    page.write_text(plan_page(plan, language="en"), encoding="utf-8")
    tables = "<script>document.getElementById('all').click();</script>"
    shown, _ = opened(page, tables)
    for english, japanese in {"deck slab": "床版", "expansion joint": "伸縮装置", "span 1": "第1径間"}.items():
        assert english in shown
        assert japanese not in shown


def test_infeasible_plans_are_said_to_be(tmp_path):
    plan = read_plan(saved_made_plan(tmp_path, budget=1.0))
    assert not plan.feasible
    assert "予算（年0.0百万円）を超えます" in verdict(Digest(plan), "ja")
    assert "no plan keeps every limit" in verdict(Digest(plan), "en")
    assert "制約を満たさない" in plan_page(plan)


def test_without_budget(tmp_path):
    plan = read_plan(saved_made_plan(tmp_path, budget=np.inf))
    assert "予算の上限は設けていません" in verdict(Digest(plan), "ja")
    result, console = tried(written(plan, tmp_path))
    assert (console, result["broken"]) == ("", [])


def test_prices_are_drawn_only_where_a_budget_binds(tmp_path):
    loose = plan_page(read_plan(saved_made_plan(tmp_path, budget=1e9)))
    assert "どの年の予算も制約になっていません" in loose
    assert 'data-chart="price"' not in loose
    tight = planning.plan_network(datasets.paper_ten(), 20e6)
    assert Digest(tight).prices.any()
    assert 'data-chart="price"' in plan_page(tight)


def test_without_a_feasible_plan_there_are_no_prices(tmp_path):
    plan = read_plan(saved_made_plan(tmp_path, budget=1.0))
    assert plan.certificate.proven_infeasible
    page = plan_page(plan)
    assert "制約を守る計画がないため、価値は示せません" in page
    assert "どの年の予算も制約になっていません" not in page
    assert page.split('id="yearly"')[1].count('<td class="number">-</td></tr>') == plan.horizon
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))
    for name in ("年ごとの費用", "証明"):
        column = [cell.value for cell in book[name][3]].index("予算1円の価値（円）")
        assert {row[column].value for row in book[name].iter_rows(min_row=4)} == {None}


def test_without_coordinates_there_is_no_map(tmp_path):
    plan = read_plan(saved_plan(tmp_path, made_network(4, bridges=4)))
    page = written(plan, tmp_path)
    assert page.read_text(encoding="utf-8").count("座標のある橋梁がないため") == 2
    dom, console = opened(page)
    assert 'data-ready="yes"' in dom
    assert console == ""


def test_one_bridge_and_no_works(tmp_path):
    one = located(made_network(1, bridges=1, members=1), tmp_path / "network")
    new = one.curves.with_columns(health=5.0, service_life=1000.0)
    new.write_csv(tmp_path / "network" / "curves.csv")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network")))
    assert plan.works.is_empty()
    page = written(plan, tmp_path)
    assert page.read_text(encoding="utf-8").count("この計画に補修はありません") >= 2
    dom, console = opened(page)
    assert 'data-ready="yes"' in dom
    assert console == ""


def test_once_all_bridges_are_removed_there_is_no_health(tmp_path):
    ten = datasets.paper_ten()
    ten.write(tmp_path / "network")
    removals = ten.bridges.select("bridge_id", year=pl.lit(3), cost=pl.lit(1e6))
    removals.write_csv(tmp_path / "network" / "retire.csv")
    plan = planning.plan_network(read_network(tmp_path / "network"), 30e6, solver="relaxation", horizon=6)
    years = re.findall(r"<tr><td>(\d+)</td>(.*?)</tr>", plan_page(plan, language="en").split('id="yearly"')[1])
    cells = {int(year): re.findall(r">([^<]*)</td>", cells) for year, cells in years}
    lowest = Digest(plan).condition["lowest_health"]
    assert cells[2][6] == f"{lowest[2]:.2f}"  # after inspections, repairs, removals, total, budget and overrun
    assert [cells[year][6:8] for year in (3, 4, 5, 6)] == [["-", "-"]] * 4


def test_the_table_of_years_adds_up_with_decided_works(tmp_path):
    ten = datasets.paper_ten()
    ten.write(tmp_path / "network")
    works = ten.bridges.head(1).select("bridge_id", year=pl.lit(2), cost=pl.lit(5e6))
    works.write_csv(tmp_path / "network" / "works.csv")
    plan = planning.plan_network(read_network(tmp_path / "network"), 40e6, horizon=6)
    table = plan_page(plan, language="en").split('id="yearly"')[1].split("</table>")[0]
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", table)
    year = re.findall(r">([^<]*)</td>", table.split("<td>2</td>")[1].split("</tr>")[0])
    row = dict(zip(heads[1:], (float(cell.replace(",", "") or 0) for cell in year if cell != "-"), strict=False))
    assert row["Decided works and removals"] == 5.0
    assert row["Inspections"] + row["Repairs"] + 5.0 == pytest.approx(row["Total"], abs=0.15)
    plain = plan_page(planning.plan_network(ten, 40e6, horizon=6), language="en")
    assert "Decided works and removals" not in plain.split('id="yearly"')[1].split("</table>")[0]


def test_bridges_that_are_never_repaired_are_said_to_be(tmp_path):
    space = PlanSpace(levels=(3.0, planning.NEVER), first_years=(1,), intervals=(5,), delays=(1, 2))
    plan = planning.plan_network(datasets.paper_ten(), 30e6, horizon=10, space=space)
    never = (plan.decisions["level"] == "never").to_numpy()
    assert 0 < never.sum() < 10
    assert (Digest(plan).bridges["level"].is_null().to_numpy() == never).all()
    page = tmp_path / "page.html"
    page.write_text(plan_page(plan, language="en"), encoding="utf-8")
    dom, console = opened(page, ALL_BRIDGES)
    assert console == ""
    shown = dom.split('id="bridge"')[1]
    assert shown.count('<p class="note">never repaired; inspections in year 1 and every 5 years') == never.sum()
    assert shown.count('<p class="note">repair at 3 or below;') == 10 - never.sum()
    delays = plan.decisions["delay"].to_list()
    assert {1, 2} & set(delays)
    for delay in (1, 2):
        assert shown.count(f"; years from inspection to repair {delay}") == delays.count(delay)
    sheet = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan)))["橋梁"]
    heads = [cell.value for cell in sheet[3]]
    level, delay = heads.index("補修レベル"), heads.index("点検から補修までの年数（年）")
    rows = [(row[level].value, row[delay].value) for row in sheet.iter_rows(min_row=4, max_row=13)]
    assert rows == [("補修しない" if without else 3.0, years) for without, years in zip(never, delays, strict=True)]


def test_delays_that_differ_within_a_bridge_are_not_given_for_it():
    network = made_network(3, bridges=2, members=2)
    by_member = network.curves.select("bridge_id", "member").unique(maintain_order=True)
    decisions = by_member.with_columns(level=3.0, first_year=1, interval=5, delay=pl.Series([1, 2, 2, 2]))
    plan = planning.evaluate_plan(network, decisions, 1e9, horizon=10)
    assert Digest(plan).bridges["delay"].to_list() == [None, 2]


def test_lists_of_methods_have_japanese_commas():
    assert sentences.translated(pl.Series([["painting", "a, b"], []]), "ja") == ["塗装、a, b", ""]
    assert sentences.translated(pl.Series([["painting", "patching"], None]), "en") == ["painting, patching", ""]


def test_other_languages_are_refused(plan_folder):
    with pytest.raises(InvalidInput, match="language: must be one of ja, en; got 'fr'"):
        plan_page(read_plan(plan_folder), language="fr")


def test_health_and_backlog_are_those_of_a_walk():
    plan = planning.plan_network(datasets.paper_ten(), 30e6, solver="relaxation", level_per="member")
    digest = Digest(plan)
    health = walked(plan)
    by_bridge = np.minimum.reduceat(health, plan.network.arrays.curve_offsets[:-1], axis=1).T
    np.testing.assert_allclose(digest.health.lowest, by_bridge, rtol=0, atol=1e-9)
    np.testing.assert_allclose(digest.condition["mean_health"], health.mean(axis=1))
    low = [np.flatnonzero(of_year < 2 - 1e-9) for of_year in health]
    backlog = [
        repair_costs(plan.network.arrays, curves, of_year[curves]).sum()
        for curves, of_year in zip(low, health, strict=True)
    ]
    np.testing.assert_allclose(digest.condition["backlog"], backlog)
    np.testing.assert_allclose(digest.repairs["cost"].sum(), plan.works["cost"].sum())
    np.testing.assert_allclose(digest.bridges["total"].sum(), plan.yearly["total"].sum())


def test_reasons_name_the_year_in_which_the_level_was_reached():
    plan = planning.plan_network(datasets.paper_ten(), 30e6, solver="relaxation")
    health = walked(plan)
    curves = plan.network.curves.select("bridge_id", "member", "damage", "location").rows()
    repairs = Digest(plan).repairs
    assert repairs.height > 100
    last: dict = {}
    for row in repairs.iter_rows(named=True):
        key = (row["bridge_id"], row["member"], row["damage"], row["location"])
        start = last.get(key, 0)
        course = health[:, curves.index(key)]
        assert row["since"] == next(y for y in range(start, row["year"]) if course[y] <= row["level"] + 1e-9)
        assert abs(course[row["found"]] - row["health_found"]) < 1e-9
        last[key] = row["year"]


def test_saving_is_against_repairs_at_a_low_level_without_a_budget():
    plan = planning.plan_network(datasets.paper_ten(), 30e6, solver="relaxation")
    low = plan.decisions.select("bridge_id", "first_year", "interval", level=1.5)
    reactive = planning.evaluate_plan(plan.network, low, np.inf, space=PlanSpace((1.5,), (1,), (5,)))
    assert Digest(plan).saving == pytest.approx(reactive.cost - plan.cost)
    five = next_five_years(Digest(plan))
    assert five["total"].to_list() == plan.yearly["total"].head(5).to_list()
    early = plan.works.filter(pl.col("year") <= 5)
    assert five["bridges"].sum() == early.select("year", "bridge_id").n_unique()
    assert five["cost"].sum() == pytest.approx(early["cost"].sum())


def test_places_are_in_kilometres():
    bridges = pl.DataFrame({"latitude": [35.0, None, 36.0], "longitude": [138.0, 1.0, 139.0]})
    found = places(bridges)
    assert found["bridge"].to_list() == [0, 2]
    north, east = found["north"].diff()[1], found["east"].diff()[1]
    assert north == pytest.approx(111.0, rel=0.005)  # great circle
    assert east == pytest.approx(111.2 * np.cos(np.radians(35.5)), rel=0.005)


def test_methods_have_room_beside_fiscal_years_on_paper(tmp_path):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    located(made_network(5, bridges=3), tmp_path / "network", name=["長い名前の橋側歩道橋側道橋上り線"] * 3)
    costs = pl.read_csv(tmp_path / "network" / "costs.csv").with_columns(method=pl.lit("支承の取替え"))
    costs.write_csv(tmp_path / "network" / "costs.csv")
    plan = read_plan(saved_plan(tmp_path, read_network(tmp_path / "network", 2026)))
    opened(written(plan, tmp_path), "", "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    text = subprocess.run([reader, "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True)
    early = Digest(plan).repairs.filter(pl.col("year") <= 10, pl.col("method").list.len() > 0).height
    assert text.stdout.split("橋梁ごと")[0].count("支承の取替え") == early > 0


def test_heads_of_works_repeat_on_every_printed_page(tmp_path):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    plan = planning.plan_network(datasets.paper_ten(), 30e6, solver="relaxation")
    opened(written(plan, tmp_path), "", "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    text = subprocess.run([reader, "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True)
    pages = [page for page in text.stdout.split("\f") if re.search("(当初から|年目に)補修レベル", page)]
    assert len(pages) >= 3
    assert (
        sum("点検時健全度" in page and "部材" in page for page in pages) >= len(pages) - 1
    )  # the last has its end alone


@pytest.mark.parametrize(
    ("language", "row"),
    [("en", ("Urgent repairs", "below health 2 within 1 year")), ("ja", ("急ぐ補修", "健全度2未満は1年以内"))],
)
def test_assumptions_name_what_is_urgent(language, row):
    space = PlanSpace(levels=(3.0,), first_years=(1,), intervals=(5,), delays=(1, 2), urgent_below=2, urgent_delay=1)
    problem = planning.PlanningProblem(datasets.paper_ten(), np.full(10, np.inf), space=space)
    assert row in assumptions(Digest(planning.solve(problem)), language)
    plain = replace(problem, space=replace(space, urgent_below=None))
    assert row[0] not in dict(assumptions(Digest(planning.solve(plain)), language))


# Ratings that scatter -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved plan for ratings that scatter, with a promise and the four costs."""
    folder = tmp_path_factory.mktemp("scattered")
    network = located(made_network(4, bridges=12), folder / "network")
    problem = planning.PlanningProblem(
        network,
        np.full(20, 6e7),
        min_health={"slab": (1.5, 0.9)},
        scatter=planning.RatingScatter(0.43, bias=0.1),
    )
    plan = planning.solve(problem)
    replace(plan, worth=planning.scatter_worth(plan), drawn_seed=3).save(folder / "plan")
    return folder / "plan"


def scatter_section_of(page: str) -> str:
    return unescape(re.search(r'<section id="scatter">(.*?)</section>', page, re.DOTALL)[1])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_what_scatter_costs_and_keeps(scattered: Path, language: str) -> None:
    plan = read_plan(scattered)
    section = scatter_section_of(plan_page(plan, language=language))
    worth = plan.worth
    for yen in (worth.as_planned, worth.expected, worth.best, worth.better_rating):
        assert sentences.money(yen, language) in section
    assert f"({worth.surcharge:+.1%})" in section
    assert f"{worth.saved_per_bridge:,.0f}" in section
    half = {"en": "if sigma were half as large", "ja": "標準偏差が半分"}[language]
    unknown = replace(plan, worth=replace(worth, better_rating=None))  # where the health now is rated, too
    assert (half in section, half in scatter_section_of(plan_page(unknown, language=language))) == (True, False)
    member, health, asked, kept, possible = plan.promises.row(0)
    cells = (value_label(member, language), f"{health:g}", f"{asked:g}", f"{kept:.4f}", f"{possible:.4f}")
    assert all(f">{cell}</td>" in section for cell in cells)
    probability = plan.overrun_risk.probability
    assert f"{probability.max():.1%}" in section
    assert str(int(probability.argmax()) + 1) in section
    words = {"en": "standard deviation 0.43, bias +0.1", "ja": "標準偏差0.43、偏り+0.1"}
    assert words[language] in section


def test_the_bands_hold_four_of_five_drawn_years(scattered: Path) -> None:
    plan = read_plan(scattered)
    band = charts(Digest(plan), "en")["scatter"]
    rows = {row["year"]: row for values in band["datasets"].values() for row in values if "low" in row}
    assert len(rows) == plan.horizon
    drawn = np.array([plan.drawn_programme(seed).yearly["total"].to_numpy() / 1e6 for seed in range(300)])
    low, high, mean = (np.array([rows[year][name] for year in range(1, 21)]) for name in ("low", "high", "value"))
    assert (low <= mean).all()
    assert (mean <= high).all()
    assert mean == pytest.approx(plan.outcome.total / 1e6, abs=1e-3)
    varies = drawn.std(axis=0) > 0
    inside = ((drawn >= low - 1e-6) & (drawn <= high + 1e-6))[:, varies].mean()
    assert 0.75 <= inside <= 0.9


def test_the_page_of_certain_ratings_has_no_such_section(tmp_path: Path) -> None:
    page = plan_page(read_plan(saved_made_plan(tmp_path)), language="en")
    assert '<section id="scatter">' not in page


def test_bands_are_left_out_where_ratings_of_a_bridge_share_an_error(tmp_path: Path) -> None:
    problem = planning.PlanningProblem(
        made_network(4, bridges=3), np.full(20, 1e8), scatter=planning.RatingScatter(0.1, round_scatter=0.3)
    )
    section = scatter_section_of(plan_page(planning.solve(problem), language="en"))
    assert "where spending lies is not known" in section
    assert 'data-chart="scatter"' not in section


def test_the_section_is_drawn_in_a_browser(scattered: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(plan_page(read_plan(scattered), language="ja"), encoding="utf-8")
    seen = """<script>addEventListener('load', async () => {
      while (!document.documentElement.dataset.ready) await new Promise((done) => setTimeout(done, 50));
      const result = document.createElement("pre"); result.id = "tried";
      result.textContent = document.querySelectorAll('[data-chart="scatter"] svg').length;
      document.body.append(result);
    });</script>"""
    dom, console = opened(tmp_path / "page.html", seen)
    assert re.search(r'<pre id="tried">(.*?)</pre>', dom, re.DOTALL)[1] == "1"
    assert "Uncaught" not in console


def test_budgets_of_expected_yen_are_said_to_be_kept_on_average(scattered: Path) -> None:
    plan = read_plan(scattered)
    assert plan.overrun_risk is not None
    kept = int(100 * (1 - plan.overrun_risk.probability.max()))
    assert f"どの年も平均では予算（年60.0百万円）に収まります（収まる確率は最も低い年で{kept}%）。" in verdict(
        Digest(plan), "ja"
    )
    assert f"with a probability of {kept}% in the worst year" in verdict(Digest(plan), "en")
    page = plan_page(plan, language="en")
    assert "yes, all 20 years on average" in page
    assert "Yearly cost by member in one case (every rating is the health), and budget" in page
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan, language="en")))
    title = book["Yearly costs"]["A1"].value
    assert title.endswith("(those of members are one case, in which every rating is the health)")
    papers = {sheet.title: sheet.page_setup.paperSize for sheet in book}
    assert (papers["Bridges"], papers["Certificate"]) == (8, 9)  # A3, A4
