"""Fits and policies on a page: what it says is what the tables have, and wrong folders are refused."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_inspections import noisy
from made_report import HOSTILE, opened
from nagamochi.cli.commands import app
from nagamochi.deterioration import HazardModel
from nagamochi.errors import InvalidInput
from nagamochi.report.figures.goodness import draw_goodness
from nagamochi.report.figures.plan import draw_backlog
from nagamochi.report.fit_page import fit_page
from oracle.panel import simulate

PAIRS = ("--before", "before", "--after", "after", "--years", "years")
POLICY = (
    *("policy", "--mean-years", "1.2,3.4,1.63,1.91,2.57,3.23", "--repair-cost", 744000, "--inspection-cost", 2000),
    *("--discount-rate", 0.04, "--risk-limits", "0.1,0.3,1e-9"),
)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def reported(folder: Path, language: str) -> str:
    out = folder.parent / f"{folder.name}.{language}.html"
    result = run("report", folder, "--out", out, "--lang", language)
    assert result.exit_code == 0, result.output
    return unescape(out.read_text(encoding="utf-8"))


@pytest.fixture
def hazards(tmp_path):
    random = np.random.default_rng(1)
    before, years = random.integers(1, 5, 800), random.integers(1, 6, 800).astype(float)
    after = simulate(random, np.tile([0.4, 0.25, 0.15, 0.2], (800, 1)), before, years)
    load = random.normal(size=800)
    pl.DataFrame({"before": before, "after": after, "years": years, "load": load}).write_csv(tmp_path / "pairs.csv")
    out = tmp_path / "hazards"
    assert run("fit", "hazards", tmp_path / "pairs.csv", *PAIRS, "--covariates", "load", "--out", out).exit_code == 0
    return out


@pytest.fixture
def policy(tmp_path):
    assert run(*POLICY, "--out", tmp_path / "policy").exit_code == 0
    return tmp_path / "policy"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_fit_is_shown_with_its_curve_goodness_and_criteria(hazards, language):
    page = reported(hazards, language)
    model = json.loads((hazards / "model.json").read_text(encoding="utf-8"))
    fit = HazardModel.read(hazards / "model.json")
    assert set(fit.coefficients["term"]) == {"constant", "load"}
    assert fit.coefficients.height == 8  # the covariate acts on all four ratings
    assert f"{(1 / fit.hazards()).sum():.1f}" in page
    for number in (model["aic"], model["bic"], model["log_likelihood"]):
        assert f"{number:,.3f}" in page
    assert page.count("<svg") == 2
    [first] = pl.read_csv(hazards / "goodness_of_fit.csv").head(1)["observed"]
    assert f'<td class="number">{first}</td>' in page
    assert ("点検結果の平均" if language == "ja" else "mean rating found") in page


def test_pages_load_nothing_and_need_no_script(hazards, policy):
    for page in (reported(hazards, "en"), reported(policy, "ja")):
        assert "default-src 'none'" in page
        assert "<script" not in page
        assert not re.search(r'(src|xlink:href|href)="(?!data:|#)', page)
    dom, console = opened(policy.parent / "policy.ja.html")
    assert console == ""
    assert dom.count("<svg") == 2


def test_a_fit_of_an_older_version_has_no_points(hazards):
    (hazards / "ratings_after.csv").unlink()
    page = reported(hazards, "en")
    assert page.count("<svg") == 2
    assert "mean rating found" not in page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_policies_are_said_in_sentences(policy, language):
    page = reported(policy, language)
    best = pl.read_csv(policy / "best.csv").to_dicts()
    for row in best:
        assert f"{row['lcc']:,.0f}" in page
    said = {
        "ja": (
            "リスク0.1以下では、4年ごとに点検し、健全度ランク7以上で補修、ランク5以上は追加調査",
            "できる政策はない",
        ),
        "en": (
            "inspect every 4 years, repair from rating 7, inspect more often from rating 5",
            "No policy keeps the risk",
        ),
    }
    for sentence in said[language]:
        assert sentence in page
    assert page.count("<svg") == 2


def test_benefits_are_those_of_the_section(policy):
    from nagamochi.report.pavement_study import pavement_section

    benefits = pl.read_csv(policy / "benefits.csv")
    row = benefits.filter(pl.col("risk_limit") == 0.1).to_dicts()[0]
    value = pavement_section().value(0.1)
    assert row["inspecting"] == pytest.approx(value.inspecting.total)
    assert row["additional inspections"] == pytest.approx(value.additional.total)
    assert benefits.filter(pl.col("risk_limit") == 0.3)["additional inspections"].item() is None


def test_curves_are_shown_with_their_first_inspections(tmp_path):
    noisy(7).with_columns(pl.col("member").replace({"girder": HOSTILE})).write_csv(tmp_path / "rounds.csv")
    assert run("fit", "curves", tmp_path / "rounds.csv", "--out", tmp_path / "curves").exit_code == 0
    page = fit_page(tmp_path / "curves", language="en")
    base = pl.read_csv(tmp_path / "curves" / "base_curves.csv")
    assert page.count("<svg") == base.height
    assert HOSTILE not in page
    assert f"{base['service_life'][0]:.4g}" in page


def test_a_folder_with_two_kinds_of_fits_shows_neither_for_both(tmp_path):
    noisy(7).write_csv(tmp_path / "rounds.csv")
    (tmp_path / "pairs.csv").write_text("before,after,years\n1,1,2\n1,1,5\n1,2,5\n2,3,5\n")
    columns = ("--before", "before", "--after", "after", "--years", "years")
    assert run("fit", "hazards", tmp_path / "pairs.csv", *columns, "--out", tmp_path / "fit").exit_code == 0
    assert run("fit", "curves", tmp_path / "rounds.csv", "--out", tmp_path / "curves").exit_code == 0
    shutil.copy(tmp_path / "curves" / "base_curves.csv", tmp_path / "fit")  # as an older version left them
    with pytest.raises(InvalidInput, match=r"must hold one fit to be shown.*; got model.json and base_curves.csv"):
        fit_page(tmp_path / "fit", language="en")


def test_competing_types_are_shown(tmp_path):
    rows = pl.DataFrame({"before": [1] * 60, "after": [1] * 20 + [2] * 40, "years": [2.0] * 60})
    rows = rows.with_columns(was=pl.lit(""), now=pl.Series([""] * 20 + ["crack"] * 25 + ["spalling"] * 15))
    rows.write_csv(tmp_path / "pairs.csv")
    types = ("--type-before", "was", "--type-after", "now")
    result = run("fit", "hazards", tmp_path / "pairs.csv", *PAIRS, *types, "--out", tmp_path / "fit")
    assert result.exit_code == 0, result.output
    page = reported(tmp_path / "fit", "en")
    assert "2 competing types of damage, estimated from 60 pairs" in page
    assert page.count("<svg") == 2  # shares by age, goodness of fit
    assert "what was found of sound members" in page
    (tmp_path / "fit" / "shares_after.csv").unlink()  # as of an older version
    page = reported(tmp_path / "fit", "ja")
    assert page.count("<svg") == 2
    assert "点は健全だった" not in page


def test_competing_types_without_all_hazards_have_no_shares(tmp_path):
    lines = ["before,after,years,was,now", *["1,1,2,,"] * 40, "3,3,2,crack,crack", "3,4,2,crack,crack"]
    (tmp_path / "pairs.csv").write_text("\n".join(lines), encoding="utf-8")
    types = ("--type-before", "was", "--type-after", "now")
    result = run("fit", "hazards", tmp_path / "pairs.csv", *PAIRS, *types, "--out", tmp_path / "fit")
    assert result.exit_code == 0, result.output
    page = reported(tmp_path / "fit", "en")
    assert "Conditions of a new member" not in page
    assert "Goodness of fit" in page


def other_version(folder):
    text = (folder / "policy.json").read_text(encoding="utf-8")
    (folder / "policy.json").write_text(text.replace("nagamochi policy 1", "nagamochi policy 9"), encoding="utf-8")


def harmed(folder):
    (folder / "best.csv").write_bytes((folder / "best.csv").read_bytes().replace(b"7", b"6"))


def without_frontier(folder):
    (folder / "frontier.csv").unlink()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (other_version, "policy.json: schema must have version 1; got 9"),
        (harmed, "best.csv: is not as it was written: policy.json has another digest"),
        (without_frontier, "frontier.csv: is missing, but policy.json names it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_harmed_policies_are_refused(policy, tmp_path, harm, reason):
    harm(policy)
    result = run("report", policy, "--out", tmp_path / "policy.html")
    assert result.exit_code == 1
    assert reason in result.stderr
    assert not (tmp_path / "policy.html").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.json", "{}", "must be model.json of nagamochi fit hazards; got something else"),
        ("model.json", "harmed", "must be model.json of nagamochi fit hazards; got something else"),
        ("goodness_of_fit.csv", "a,b\n1,2\n", "goodness_of_fit.csv: must have the columns"),
        ("hazards.csv", 'rating\n"', "hazards.csv: must be a table as nagamochi fit writes it"),
        ("hazards.csv", None, "hazards.csv: No such file or directory"),
    ],
)
def test_harmed_fits_are_refused(hazards, tmp_path, name, content, reason):
    if content is None:
        (hazards / name).unlink()
    else:
        (hazards / name).write_text(content, encoding="utf-8")
    result = run("report", hazards, "--out", tmp_path / "fit.html")
    assert result.exit_code == 1
    assert reason in result.stderr
    assert not (tmp_path / "fit.html").exists()


def test_other_forms_are_for_plans_only(policy, tmp_path):
    result = run("report", policy, "--out", tmp_path / "policy.xlsx")
    assert result.exit_code == 2
    assert "must end in .html" in " ".join(result.stderr.split())


def test_the_legend_of_observed_pairs_covers_no_bar():
    cells = pl.DataFrame({"before": [1, 1, 2], "after": [1, 2, 2], "observed": [900, 10, 900]})
    axes = draw_goodness(cells.with_columns(expected=pl.col("observed") * 1.1, residual=pl.lit(3.0)))
    axes.figure.canvas.draw()
    assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1


def test_figures_write_commas_between_thousands_and_fiscal_years():
    axes = draw_backlog(pl.DataFrame({"year": [0, 1], "fiscal_year": [2026, 2027], "backlog": [0.0, 4e9]}), 2.0)
    axes.figure.canvas.draw()
    assert "4,000" in [text.get_text() for text in axes.get_yticklabels()]
    assert len(axes.child_axes) == 1  # above, with fiscal years
