"""The studies reproduced: results are compared with the published ones, and with other ways to compute them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib import pyplot
from PIL import Image
from typer.testing import CliRunner

from nagamochi import datasets
from nagamochi.cli.commands import app
from nagamochi.planning import Genetic, PlanSpace, plan_network
from nagamochi.report import bridge_study, photo_study
from nagamochi.report.colours import COLOURS
from nagamochi.report.figures.drawing import LINES, MARKERS, line_style
from nagamochi.report.figures.requests import draw_bridge_requests
from nagamochi.report.papers import STUDIES, Papers

FIGURES = [
    "bridges_figure_3",
    *(f"pavement_figure_{number:02}" for number in range(6, 14)),
    "photos_table_1",
    "photos_table_2",
]
TABLES = ["bridges_table_3", "bridges_table_3_runs", "pavement_table_2", "photos_table_1", "photos_table_2"]


def run(*arguments: object):
    return CliRunner().invoke(app, ["papers", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    result = run("--out", folder, "--seeds", 2, "--lang", "en", "--size", "8x8", "--json")
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


def test_one_command_writes_all_tables_and_figures(written):
    folder, printed = written
    figures = [f"{name}.{form}" for name in FIGURES for form in ("png", "svg", "pdf")]
    assert printed["files"] == [*(f"{name}.csv" for name in TABLES), *figures, "notes.txt"]
    assert {file.name for file in folder.iterdir()} == set(printed["files"])
    with Image.open(folder / "pavement_figure_07.png") as picture:
        assert picture.size == pytest.approx((8 / 2.54 * 300, 8 / 2.54 * 300), abs=1)


def test_tables_have_japanese_heads_and_texts(tmp_path):
    result = run("--out", tmp_path, "--seeds", 1, "--lang", "ja", "--json")
    assert result.exit_code == 0, result.output
    tables = {name: pl.read_csv(tmp_path / f"{name}.csv") for name in TABLES}
    heads = [head for table in tables.values() for head in table.columns]
    assert [head for head in heads if head.isascii()] == []
    assert tables["bridges_table_3"]["方式"][:2].to_list() == ["毎回評価", "空のデータベースから"]
    assert tables["photos_table_1"]["クラス"][0] == "主桁"
    assert tables["pavement_table_2"]["公表値と一致"].all()


def test_no_title_is_burnt_in_and_the_notes_have_the_captions(written):
    folder, printed = written
    drawn = "".join((folder / f"{name}.svg").read_text(encoding="utf-8") for name in FIGURES)
    notes = (folder / "notes.txt").read_text(encoding="utf-8")
    assert "Figure 7" not in drawn
    assert "calibrated" not in drawn
    for name in (*FIGURES, *TABLES):
        assert f"{name.removesuffix('_runs')}: " in notes
    for said in (*STUDIES["en"].values(), *printed["findings"]):
        assert said in notes
    assert "Vol. 67, No. 2, pp. 75-90, 2011" in notes


def test_table_3_has_medians_beside_the_published_values(written):
    folder, printed = written
    runs = pl.read_csv(folder / "bridges_table_3_runs.csv")
    assert runs.height == 2 * 2 * 4
    assert runs.group_by("population", "seed").agg(pl.n_unique("cost"))["cost"].to_list() == [1] * 4
    solver = Genetic.study(population=200, seed=1, memo="off")
    alone = plan_network(datasets.paper_ten(), datasets.PAPER_TEN_BUDGET, space=PlanSpace.study(), solver=solver)
    [row] = runs.filter(population=200, seed=1, mode="evaluated every time").to_dicts()
    assert (row["cost"], row["requests"]) == (alone.cost, alone.run.requests)
    with (folder / "bridges_table_3.csv").open(encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    [first, filled, saved, memory] = table[:4]
    assert [row["published_seconds"] for row in table[:4]] == ["1416.0", "20.0", "3.0", ""]
    assert float(filled["published_times"]) == pytest.approx(1416 / 20)
    seconds = {
        mode: np.median(runs.filter(population=100, mode=mode)["seconds"].to_numpy())
        for mode in ("evaluated every time", "memo from its file")
    }
    assert float(saved["times"]) == pytest.approx(seconds["evaluated every time"] / seconds["memo from its file"])
    assert (
        float(first["evaluations"]) == 200_000 > 100 * float(memory["evaluations"]) > 0 == float(saved["evaluations"])
    )
    assert "71 and 69 times" in printed["findings"][0]
    assert "hardly there" in printed["findings"][0]


def test_figure_3_has_a_bubble_for_each_plan_requested_and_the_chosen_one_is_red():
    requests, chosen = bridge_study.example_requests(seed=0)
    axes = draw_bridge_requests(requests, chosen, language="ja")
    others, own = axes.collections
    asked = requests.filter(pl.col("requests") > 0)
    assert len(others.get_offsets()) == asked.height - 1
    assert own.get_offsets()[0][1] == chosen["level"]
    assert round(own.get_offsets()[0][0]) == chosen["interval"]
    areas = np.concatenate([others.get_sizes(), own.get_sizes()])
    np.testing.assert_allclose(np.sort(areas) / areas.max(), asked["requests"].sort() / asked["requests"].max())
    assert own.get_facecolor()[0][0] > 2 * own.get_facecolor()[0][1:3].max()
    pyplot.close(axes.figure)


def test_figures_are_drawn_into_given_axes():
    drawn = Papers(seeds=1).figures("ja")
    assert list(drawn) == FIGURES
    for draw in drawn.values():
        figure, axes = pyplot.subplots()
        assert draw(axes) is axes
        assert axes.get_title() == ""
        pyplot.close(figure)


def test_published_policies_and_risks_are_marked():
    drawn = Papers(seeds=1).figures("en")
    axes = drawn["pavement_figure_08"](None)
    [stars] = [line for line in axes.lines if line.get_label() == "published in table 2"]
    assert len(stars.get_xdata()) == 8
    [stated] = [line for line in axes.lines if "named in the text" in str(line.get_label())]
    assert stated.get_xdata()[0] == 0.04
    pyplot.close(axes.figure)


def test_lines_are_told_apart_in_grey():
    styles = [line_style(number) for number in range(len(MARKERS))]
    assert len({(str(style["linestyle"]), style["marker"]) for style in styles}) == len(MARKERS)
    assert len(set(COLOURS)) == len(COLOURS) >= len(LINES)
    axes = Papers(seeds=1).figures("en")["pavement_figure_07"](None)
    lines = [line for line in axes.lines if str(line.get_label()).startswith("repair at")]
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines) == 5
    pyplot.close(axes.figure)


def test_chance_of_the_photo_tables_by_drawing():
    table = photo_study.published_table(2)
    random = np.random.default_rng(1)
    of = np.zeros(1881, bool)
    of[: table["database"][2]] = True  # spalling
    hits = np.mean([of[random.choice(1881, 10, replace=False)].any() for _ in range(4000)])
    assert 100 * hits == pytest.approx(table["chance_top_10"][2], abs=2.5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seeds", 0), "must be a whole number from 1 to 100; got 0"),
        (("--size", "12"), "must be like 17.8x10.7"),
        (("--size", "1x300"), "must be like 17.8x10.7"),
        (("--lang", "fr"), "'fr' is not one of"),
    ],
)
def test_wrong_options_are_refused(tmp_path, options, said):
    result = run("--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_one_line_names_the_extra(tmp_path: Path):
    program = "import sys; sys.modules['matplotlib'] = None; from nagamochi.cli.commands import run; run()"
    command = [sys.executable, "-c", program, "papers", "--out", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs the package matplotlib" in done.stderr
    assert "pip install 'nagamochi[report]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
