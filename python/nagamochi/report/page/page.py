"""A plan on one self-contained HTML page: what it costs, keeps and saves, its works, a map, and every bridge."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
import polars as pl
import vl_convert

import nagamochi
from nagamochi.planning import NetworkPlan
from nagamochi.report import sentences
from nagamochi.report.digest import Digest
from nagamochi.report.page.charts import charts, places
from nagamochi.report.page.words import WORDS
from nagamochi.vocabulary import label, value_label

BRIDGE_COLUMNS = ("bridge_id", "name", "owner", "material", "year_built", "length_m", "width_m", "spans")
HEALTH_STEPS = 20  # per point of health


def plan_page(plan: NetworkPlan, *, language: str = "ja") -> str:
    """Show a plan on one page that loads nothing.

    Parameters
    ----------
    plan : NetworkPlan
        A plan, such as `nagamochi.planning.read_plan` reads.
    language : {"ja", "en"}
        Of the page.

    Returns
    -------
    str
        An HTML document with its script, charts and data in it; texts from tables are escaped.

    Raises
    ------
    InvalidInput
        The language is another one.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> page = plan_page(planning.plan_network(datasets.paper_ten(), budget=30e6), language="en")
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    words = WORDS[sentences.checked_language(language)]
    digest = Digest(plan)
    five = sentences.next_five_years(digest)
    page: str = page_template("page.html.jinja").render(
        language=language,
        words=words,
        verdict=sentences.verdict(digest, language),
        feasible=plan.feasible,
        answers=_answers(digest, words, language),
        five_years=five.to_dicts(),
        millions=sentences.millions,
        has_map=places(plan.network.bridges).height > 0,
        without_place=plan.network.n_bridges - places(plan.network.bridges).height,
        has_prices=bool(digest.prices.any()),
        has_works=digest.repairs.height > 0,
        years=_years(digest),
        assumptions=sentences.assumptions(digest, language),
        notices=plan.notices,
        version=nagamochi.__version__,
        vega=vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed"),
        script=page_part("page.js"),
        style=page_part("page.css"),
        data=_packed(_data(digest, words, language)),
    )
    return page


def _answers(digest: Digest, words: dict[str, str], language: str) -> list[tuple[str, str]]:
    plan = digest.plan
    first = plan.yearly.head(5)
    return [
        (words["cost"], sentences.money(plan.cost, language)),
        (words["budget"], sentences.budget_kept(digest, language)),
        (words["gap"], sentences.gap_text(digest, language)),
        (words["saving"], sentences.saving_text(digest, language)),
        (words["five_years_cost"], sentences.money(float(first["total"].sum()), language)),
    ]


def _years(digest: Digest) -> list[dict[str, Any]]:
    condition = digest.condition.select("year", "mean_health", "lowest_health", "backlog")
    rows = digest.yearly.join(condition, on="year", how="left", maintain_order="left")
    return rows.with_columns(pl.col("budget").replace(np.inf, None)).to_dicts()


def _data(digest: Digest, words: dict[str, str], language: str) -> dict[str, Any]:
    bridges, repairs = digest.bridges, digest.repairs
    known = places(digest.plan.network.bridges)
    return {
        "language": language,
        "horizon": digest.plan.horizon,
        "words": words,
        "specs": charts(digest, language),
        "prices": [round(price, 4) for price in digest.prices.tolist()],
        "labels": {
            name: label(name, language) for name in (*BRIDGE_COLUMNS, "health", "level", "first_year", "interval")
        },
        "bridges": {
            **{name: _translated(bridges[name], language) for name in BRIDGE_COLUMNS},
            "level": bridges["level"].to_list(),
            "first_year": bridges["first_year"].to_list(),
            "interval": bridges["interval"].to_list(),
            "total": bridges["total"].round(0).cast(pl.Int64).to_list(),
            "first_repair": bridges["first_repair"].to_list(),
        },
        "places": {name: known[name].round(3).to_list() for name in known.columns},
        "health": _characters(digest.health.lowest),
        "works": {
            **{name: repairs[name].to_list() for name in ("bridge", "year", "since")},
            **{name: _coded(repairs[name], language) for name in ("member", "damage", "location", "method")},
            "level": repairs["level"].to_list(),
            "health": (repairs["health_found"] * 100).round(0).cast(pl.Int64).to_list(),
            "cost": repairs["cost"].round(0).cast(pl.Int64).to_list(),
        },
    }


def _characters(health: np.ndarray[Any, Any]) -> str:
    """Return health from 1 to 5 as one character each, by bridge and then year; "/" where the bridge is removed."""
    steps = np.rint(np.nan_to_num((health - 1) * HEALTH_STEPS, nan=-1.0)).astype(np.int64) + ord("0")
    steps = steps.astype(np.uint8)
    return bytes(steps).decode("latin-1")


def _coded(column: pl.Series, language: str) -> dict[str, list[Any]]:
    """Return texts as positions in a list of those that differ."""
    filled = column.fill_null("")
    texts = filled.unique(maintain_order=True)
    code = filled.replace_strict(texts, range(len(texts)), return_dtype=pl.Int64) if len(texts) else filled
    return {"texts": _translated(texts, language), "code": code.to_list()}


def _translated(column: pl.Series, language: str) -> list[Any]:
    if column.dtype != pl.String:
        return column.to_list()
    return [
        None if text is None else ", ".join(value_label(part, language) for part in text.split(", ")) for text in column
    ]


def _packed(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def page_part(name: str) -> str:
    """Return a file of this folder."""
    return files("nagamochi.report.page").joinpath(name).read_text(encoding="utf-8")


def page_template(name: str) -> Any:
    """Return a template of this folder, which escapes all texts."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(page_part(name))
