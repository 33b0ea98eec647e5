"""Saved fits on a page: hazards with their performance curve, competing hazards, health curves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from nagamochi.base.folder import reading_files
from nagamochi.deterioration import CompetingModel, HazardModel
from nagamochi.deterioration.competing.model import MODEL as TYPES
from nagamochi.deterioration.curves.result import base_points, group_of
from nagamochi.deterioration.hazards.model import MODEL
from nagamochi.errors import InvalidInput, Problem
from nagamochi.report.figure_files import drawing, svg_of
from nagamochi.report.figures.curves import draw_base_curves
from nagamochi.report.figures.goodness import draw_goodness
from nagamochi.report.page.document import Document, Part, document_page, table_part
from nagamochi.vocabulary import value_label

HAZARDS = "model.json"
CURVES = "base_curves.csv"
SUMMARY = "curves_summary.txt"
MOST_CELLS = 60  # of a figure of the goodness of fit
MOST_CURVES = 40  # that are drawn
GOODNESS = ("before", "after", "observed", "expected", "residual")
PAIRS = ("before", "years", "pairs", "found", "expected")
SHARES = ("years", "pairs", "condition", "found", "expected")
CURVE_SIZE = (11.0, 8.0)  # cm

WORDS = {
    "ja": {
        "hazards": "劣化ハザードの推定結果",
        "competing": "競合する損傷の推定結果",
        "curves": "健全度曲線の推定結果",
        "life": "新設から最も悪い評価{worst}に達するまで平均{years:.1f}年（{pairs:,}組の点検から推定）。",
        "endless": "離れることのない評価があり、最も悪い評価に達する年数は求められない（{pairs:,}組の点検から推定）。",
        "types": "{pairs:,}組の点検から、{types}種類の損傷が競合するモデルを推定した。",
        "lives": "{curves:,}本の曲線、寿命は{low:.0f}～{high:.0f}年（{groups}種類の基本曲線）。",
        "unfinished": "最尤推定は収束していない。",
        "performance": "パフォーマンスカーブ",
        "points": "点は評価と年数の区分ごとの点検結果の平均、×は同じ組についてのモデルの期待値。",
        "shares": "新しい部材が各状態にある確率",
        "shares_found": "点は健全だった部材の点検結果。点が境目にあれば、モデルは点検結果と一致する。",
        "goodness": "適合度",
        "pearson": "ピアソン統計量 {statistic:.1f}、p = {low:.3g}～{high:.3g}",
        "unknown_p": "ピアソン統計量 {statistic:.1f}、基準となる分布なし",
        "lives_table": "評価ごとの期待年数",
        "hazard_table": "ハザード率",
        "coefficients": "係数",
        "base": "基本曲線",
        "base_curves": "基本曲線と1巡目の点検結果",
        "undrawn": "{count}本の曲線は図に描いていない。",
        "pairs": "組の数",
        "repairs": "補修とみなして除いた組",
        "likelihood": "対数尤度",
        "scale": "評価",
        "yes": "収束",
        "no": "収束せず",
        "maximum": "最尤推定",
        "folder": "フォルダ",
    },
    "en": {
        "hazards": "Deterioration hazards",
        "competing": "Competing damage types",
        "curves": "Health curves",
        "life": "A new member reaches the worst rating, {worst}, after {years:.1f} years on average ({pairs:,} pairs).",
        "endless": "A rating is never left, so that no years to the worst rating can be given ({pairs:,} pairs).",
        "types": "A model of {types} competing types of damage, estimated from {pairs:,} pairs.",
        "lives": "{curves:,} curves with lives of {low:.0f} to {high:.0f} years, from {groups} base curves.",
        "unfinished": "The estimates have not converged.",
        "performance": "Performance curve",
        "points": "Points: mean ratings found, by rating before and class of years. Crosses: what the model expects of "
        "the same pairs.",
        "shares": "Conditions of a new member by age",
        "shares_found": "Points: what was found of sound members. Where they lie on the limits between conditions, the "
        "model expects what was found.",
        "goodness": "Goodness of fit",
        "pearson": "Pearson statistic {statistic:.1f}, p = {low:.3g} to {high:.3g}",
        "unknown_p": "Pearson statistic {statistic:.1f}; no reference distribution is known",
        "lives_table": "Expected years in each rating",
        "hazard_table": "Hazards",
        "coefficients": "Coefficients",
        "base": "Base curves",
        "base_curves": "Base curves and first inspections",
        "undrawn": "{count} curves are not drawn.",
        "pairs": "Pairs",
        "repairs": "Pairs that improve, excluded as repairs",
        "likelihood": "Log-likelihood",
        "scale": "Ratings",
        "yes": "converged",
        "no": "not converged",
        "maximum": "Maximum likelihood",
        "folder": "Folder",
    },
}


def fit_page(folder: str | Path, *, language: str = "ja") -> str:
    """Show a saved fit on one page that loads nothing.

    Parameters
    ----------
    folder : path
        As ``nagamochi fit hazards`` or ``nagamochi fit curves`` writes it.
    language : {"ja", "en"}
        Of the page.

    Returns
    -------
    str
        An HTML document with its figures in it.

    Raises
    ------
    InvalidInput
        The folder holds something else, or both kinds of fits, or the language is another one.
    OSError
        A file cannot be read.

    Examples
    --------
    >>> from nagamochi.deterioration import fit_hazards
    >>> pairs = pl.DataFrame({"before": [1, 1, 1, 2], "after": [1, 1, 2, 3], "years": [2.0, 5.0, 5.0, 5.0]})
    >>> fit_hazards(pairs, before="before", after="after", years="years").write("hazards")
    >>> fit_page("hazards", language="en").count("<svg")
    2
    """
    folder = Path(folder)
    if (folder / HAZARDS).exists() and (folder / CURVES).exists():
        rule = "must hold one fit to be shown: write hazards and curves to folders of their own"
        raise InvalidInput(Problem(rule, f"{HAZARDS} and {CURVES}", str(folder)))
    with drawing(language) as (shown, undrawn):
        if (folder / HAZARDS).exists():
            document = _of_hazards(folder, language, shown)
        else:
            document = _of_curves(folder, language, shown)
    notices = [*undrawn, *document.notices]
    return document_page(
        Document(document.title, document.verdict, document.parts, document.facts, notices), language=language
    )


def _of_hazards(folder: Path, language: str, shown: str) -> Document:
    words = WORDS[language]
    afters = ["ratings_after.csv", "shares_after.csv"]
    with reading_files(folder, [HAZARDS, "hazards.csv", "goodness_of_fit.csv", *afters]):
        record = _record(folder / HAZARDS)
        one_type = record["model"] == MODEL
        hazards = _table(folder / "hazards.csv", ("rating", "years") if one_type else ("rating", "type"))
        goodness = _table(folder / "goodness_of_fit.csv", GOODNESS)
        after = folder / afters[0 if one_type else 1]
        found = _table(after, PAIRS if one_type else SHARES) if after.exists() else None
    parts = [*(_curve_part if one_type else _shares_part)(folder, found, words, shown)]
    figures = []
    if goodness.height <= MOST_CELLS:
        figures = [("", svg_of(draw_goodness(goodness, language=shown)))]
    parts += [
        table_part(words["goodness"], goodness, language, sentences=[_pearson(record, words)], figures=figures),
        table_part(words["lives_table" if one_type else "hazard_table"], hazards, language),
    ]
    if one_type:
        coefficients = pl.DataFrame(record["coefficients"], infer_schema_length=None)
        parts.append(table_part(words["coefficients"], coefficients, language))
    facts = [
        (words["scale"], " .. ".join(map(str, record["scale"]))),
        (words["pairs"], f"{record['pairs']:,}"),
        (words["repairs"], f"{record['repairs']:,}"),
        (words["likelihood"], f"{record['log_likelihood']:,.3f}"),
        ("AIC", f"{record['aic']:,.3f}"),
        *([("BIC", f"{record['bic']:,.3f}")] if "bic" in record else []),
        (words["maximum"], words["yes" if record["converged"] else "no"]),
        (words["folder"], str(folder)),
    ]
    title = words["hazards" if one_type else "competing"]
    return Document(title, _verdict(record, hazards, words), parts, facts, record["notices"])


def _verdict(record: dict[str, Any], hazards: pl.DataFrame, words: dict[str, str]) -> list[str]:
    unfinished = [] if record["converged"] else [words["unfinished"]]
    if record["model"] != MODEL:
        return [words["types"].format(pairs=record["pairs"], types=len(record["types"])), *unfinished]
    years = hazards["years"].cast(pl.Float64, strict=False).to_numpy().sum()
    word = "life" if np.isfinite(years) else "endless"
    return [words[word].format(worst=record["scale"][1], years=years, pairs=record["pairs"]), *unfinished]


def _curve_part(folder: Path, found: pl.DataFrame | None, words: dict[str, str], shown: str) -> Iterator[Part]:
    model = HazardModel.read(folder / HAZARDS)
    if model.without_data:
        return
    sentences = [] if found is None else [words["points"]]
    yield Part(words["performance"], sentences, figures=[("", svg_of(model.plot(found=found, language=shown)))])


def _shares_part(folder: Path, found: pl.DataFrame | None, words: dict[str, str], shown: str) -> Iterator[Part]:
    model = CompetingModel.read(folder / HAZARDS)
    if np.isnan(model.values).any() or not np.isfinite(model.years_per_state()["years"][0]):
        return
    sentences = [words["shares_found"]] if found is not None and found.height else []
    yield Part(words["shares"], sentences, figures=[("", svg_of(model.plot(found=found, language=shown)))])


def _pearson(record: dict[str, Any], words: dict[str, str]) -> str:
    low, high = record["pearson_p_value"]
    word = "unknown_p" if high is None else "pearson"
    return words[word].format(statistic=record["pearson_statistic"], low=low, high=high)


def _of_curves(folder: Path, language: str, shown: str) -> Document:
    words = WORDS[language]
    with reading_files(folder, [CURVES, "residuals.csv", "corrections.csv", SUMMARY]):
        base = _table(folder / CURVES, ("service_life", "shape"))
        by = tuple(base.columns[: base.columns.index("service_life")])
        first_round = _table(folder / "residuals.csv", (*by, "age", "health"))
        lives = _table(folder / "corrections.csv", ("service_life",))["service_life"]
        summary = (folder / SUMMARY).read_text(encoding="utf-8")
    points, found = base_points(base, by), first_round.select(group_of(by), "age", "health")
    groups = points["group"].unique(maintain_order=True).to_list()
    drawn = []
    with drawing(language, CURVE_SIZE):
        for group in groups[:MOST_CURVES]:
            axes = draw_base_curves(points.filter(group=group), found.filter(group=group), language=shown)
            if legend := axes.get_legend():
                legend.remove()
            drawn.append((", ".join(value_label(part, language) for part in group.split(", ")), svg_of(axes)))
    undrawn = [words["undrawn"].format(count=len(groups) - MOST_CURVES)] if len(groups) > MOST_CURVES else []
    verdict = words["lives"].format(curves=lives.len(), low=lives.min(), high=lives.max(), groups=base.height)
    notices = [line[2:] for line in summary.splitlines() if line.startswith("- ")]
    parts = [
        Part(words["base_curves"], undrawn, figures=drawn),
        table_part(words["base"], base, language),
    ]
    return Document(words["curves"], [verdict], parts, [(words["folder"], str(folder))], notices)


def _record(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_bytes())
        if record["model"] in (MODEL, TYPES) and {"pairs", "pearson_statistic", "notices"} <= set(record):
            return dict(record)
    except (ValueError, TypeError, KeyError):
        pass
    raise InvalidInput(Problem("must be model.json of nagamochi fit hazards", "something else", str(file)))


def _table(file: Path, columns: Sequence[str]) -> pl.DataFrame:
    try:
        table = pl.read_csv(file.read_bytes(), infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        rule = "must be a table as nagamochi fit writes it"
        raise InvalidInput(Problem(rule, str(error).splitlines()[0], str(file))) from None
    if missing := [name for name in columns if name not in table.columns]:
        rule = f"must have the columns {', '.join(columns)}"
        raise InvalidInput(Problem(rule, f"none named {', '.join(missing)}", str(file)))
    return table
