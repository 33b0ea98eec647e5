"""Saved policies on a page: the best within each risk limit, the frontier, the benefits of inspecting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from nagamochi.base import arguments
from nagamochi.policy.policy_folder import read_policies
from nagamochi.report.figure_files import drawing, svg_of
from nagamochi.report.figures.policy import draw_benefits, draw_frontier
from nagamochi.report.page.document import Document, document_page, table_part

WORDS = {
    "ja": {
        "title": "点検・補修の政策",
        "best": "リスク管理水準ごとの最適政策",
        "every": "リスク{limit:g}以下では、{interval}年ごとに点検し、健全度ランク{repair_at}以上で補修{watch}。"
        "ライフサイクル費用は{cost}円。",
        "watch": "、ランク{watch_from}以上は追加調査",
        "infeasible": "リスク{limit:g}以下にできる政策はない（最小{risk:.3g}、費用{cost}円）。",
        "risks": "リスク：定期調査で最悪の健全度が見つかる割合。追加調査を含む割合と時間割合も示す。",
        "frontier": "リスクと費用",
        "benefits": "点検の経済便益",
        "inputs": {
            "file": "ファイル",
            "hazards": "ハザード率",
            "matrices": "推移確率",
            "half_steps": "半年の推移確率を使う",
            "repair_cost": "補修費（円）",
            "inspection_cost": "点検費（円）",
            "additional_inspection_cost": "追加調査費（円）",
            "discount_rate": "割引率",
            "intervals": "点検間隔の候補（年）",
            "additional_spacing": "追加調査の間隔（年）",
            "repair_on_watch_at": "追加調査で補修する健全度",
        },
        "default": "既定",
    },
    "en": {
        "title": "Inspection and repair policy",
        "best": "Best policy within each risk limit",
        "every": "Within a risk of {limit:g}: inspect every {interval} years, repair from rating {repair_at}{watch}; "
        "life-cycle cost {cost} yen.",
        "watch": ", inspect more often from rating {watch_from}",
        "infeasible": "No policy keeps the risk to {limit:g}; the least is {risk:.3g}, for {cost} yen.",
        "risks": "Risk: share of periodic inspections that find the worst rating; beside it the share of all "
        "inspections and of time.",
        "frontier": "Risk and cost",
        "benefits": "Benefit of inspecting",
        "inputs": {
            "file": "File",
            "hazards": "Hazards",
            "matrices": "Transition probabilities",
            "half_steps": "Square root of the matrix for half a year",
            "repair_cost": "Repair cost, yen",
            "inspection_cost": "Inspection cost, yen",
            "additional_inspection_cost": "Cost of an additional inspection, yen",
            "discount_rate": "Discount rate",
            "intervals": "Inspection intervals, years",
            "additional_spacing": "Years between additional inspections",
            "repair_on_watch_at": "Repair when watched, from rating",
        },
        "default": "default",
    },
}


def policy_page(folder: str | Path, *, language: str = "ja") -> str:
    """Show saved policies on one page that loads nothing.

    Parameters
    ----------
    folder : path
        As ``nagamochi policy --out`` writes it.
    language : {"ja", "en"}
        Of the page.

    Returns
    -------
    str
        An HTML document with its figures in it.

    Raises
    ------
    InvalidInput
        The language is another one.
    CorruptFile
        A file is missing or not as it was written.
    StaleStore
        The folder was written in another form.
    OSError
        A file cannot be read.

    Examples
    --------
    >>> from nagamochi.policy import PolicySpace
    >>> from nagamochi.policy.policy_folder import write_policies
    >>> from nagamochi.report.pavement_study import pavement_section, table_2
    >>> best = table_2().select(pl.exclude("^published.*$", "as_published")).with_columns(feasible=True)
    >>> write_policies("policy", pavement_section(), PolicySpace(), best, {"discount_rate": 0.04})
    >>> policy_page("policy", language="en").count("<svg")
    2
    """
    saved = read_policies(folder)
    words: dict[str, Any] = WORDS[arguments.language(language)]
    limits, benefits = saved.benefits["risk_limit"].to_numpy(), saved.benefits.cast(pl.Float64)
    totals = {name: benefits[name].to_numpy() for name in ("inspecting", "additional inspections")}
    with drawing(language) as (shown, undrawn):
        figures = [
            (words["frontier"], svg_of(draw_frontier(saved.frontier, language=shown))),
            (words["benefits"], svg_of(draw_benefits(limits, totals, language=shown))),
        ]
    document = Document(
        title=words["title"],
        verdict=[_verdict(row, words) for row in saved.best.to_dicts()],
        parts=[
            table_part(words["best"], saved.best, language, sentences=[words["risks"]], figures=figures),
            table_part(words["frontier"], saved.frontier, language),
        ],
        facts=[(words["inputs"].get(name, name), _text(value, words)) for name, value in saved.inputs.items()],
        notices=[*undrawn, *saved.notices],
    )
    return document_page(document, language=language)


def _verdict(row: dict[str, Any], words: dict[str, Any]) -> str:
    values = {"limit": row["risk_limit"], "cost": f"{row['lcc']:,.0f}"}
    if not row["feasible"]:
        return str(words["infeasible"].format(risk=row["risk"], **values))
    watch = "" if row["watch_from"] is None else words["watch"].format(watch_from=row["watch_from"])
    return str(words["every"].format(interval=row["interval"], repair_at=row["repair_at"], watch=watch, **values))


def _text(value: Any, words: dict[str, Any]) -> str:
    if value is None:
        return str(words["default"])
    if isinstance(value, list):
        return ", ".join(_text(part, words) for part in value)
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
