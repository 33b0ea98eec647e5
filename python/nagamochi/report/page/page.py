"""A plan on one self-contained HTML page: what it costs, keeps and saves, its works, a map, and every bridge."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
import polars as pl
import vl_convert

import nagamochi
from nagamochi.base import arguments
from nagamochi.planning import NetworkPlan
from nagamochi.report import sentences
from nagamochi.report.digest import Digest
from nagamochi.report.fiscal_years import beside
from nagamochi.report.page.charts import charts, places
from nagamochi.report.page.scatter_section import scatter_section
from nagamochi.report.page.words import WORDS
from nagamochi.vocabulary import label

BRIDGE_COLUMNS = (
    *("bridge_id", "name", "owner", "route", "material", "year_built", "length_m", "width_m", "spans"),
    *("last_inspection_year", "rating"),
)
WORK_COLUMNS = ("member", "damage", "location", "method", "health_found")
HEALTH_STEPS = 20  # per point of health
YEARLY_FORMS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("inspection", "repair", "decided", "total", "budget"), sentences.millions),
    "overrun": lambda yen: sentences.millions(yen) if yen > 0 else "",
    **dict.fromkeys(("lowest_health", "mean_health"), "{:.2f}".format),
    "backlog": sentences.millions,
    "price": "{:.3f}".format,
}


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
    words = WORDS[arguments.language(language)] | {name: label(name, language) for name in WORK_COLUMNS}
    digest = Digest(plan)
    located = places(plan.network.bridges).height
    page: str = page_template("page.html.jinja").render(
        language=language,
        words=words,
        verdict=sentences.verdict(digest, language),
        feasible=plan.feasible,
        below=f"{plan.problem.shortfall.below:g}",
        answers=_answers(digest, words, language),
        five_years=_five_years(digest, words, language),
        has_map=located > 0,
        without_place=plan.network.n_bridges - located,
        has_prices=bool(digest.prices.any()),
        no_prices=words["unknown_prices" if plan.yearly["price"].has_nulls() else "no_prices"],
        has_works=digest.repairs.height > 0,
        yearly_heads=[label(name, language) for name in _yearly(digest).columns if name in YEARLY_FORMS],
        years=list(_years(digest, language)),
        scatter=scatter_section(digest, words, language),
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


def _five_years(digest: Digest, words: dict[str, str], language: str) -> list[list[str]]:
    """Return the cells of the first five years: year, cost, bridges, works, names of the dearest bridges."""
    lines = []
    for row in sentences.next_five_years(digest).iter_rows(named=True):
        names = sentences.listed(row["names"] or [words["none"]], language)
        if more := row["bridges"] - len(row["names"] or []):
            names += " " + words["and_more"].format(count=f"{more:,}")
        year = f"{row['year']}{beside(row['year'], digest.plan.network.start_year, language)}"
        lines.append([year, sentences.millions(row["total"]), f"{row['bridges']:,}", f"{row['works']:,}", names])
    return lines


def _yearly(digest: Digest) -> pl.DataFrame:
    """Return the year, and what the table of years shows of it; decided works only where there are any."""
    condition = digest.condition.select("year", "mean_health", "lowest_health")
    rows = digest.plan.yearly.join(condition, on="year", how="left", maintain_order="left")
    rows = rows.select("year", *(name for name in YEARLY_FORMS if name in rows.columns))
    return rows.with_columns(pl.col("budget").replace(np.inf, None))


def _years(digest: Digest, language: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield whether each year exceeds its budget, and its cells; "-" for what does not exist."""
    for row in _yearly(digest).iter_rows(named=True):
        forms = ((form, row[name]) for name, form in YEARLY_FORMS.items() if name in row)
        cells = ["-" if value is None else form(value) for form, value in forms]
        year = f"{row['year']}{beside(row['year'], digest.plan.network.start_year, language)}"
        yield row["overrun"] > 0, [year, *cells]


def _data(digest: Digest, words: dict[str, str], language: str) -> dict[str, Any]:
    bridges, repairs = digest.bridges, digest.repairs
    known, start = places(digest.plan.network.bridges), digest.plan.network.start_year
    return {
        "language": language,
        "horizon": digest.plan.horizon,
        "fiscal": [] if start is None else [beside(year, start, language) for year in range(digest.plan.horizon + 1)],
        "words": words,
        "specs": charts(digest, language),
        "labels": {
            name: label(name, language) for name in (*BRIDGE_COLUMNS, "health", "level", "first_year", "interval")
        },
        "bridges": {
            **{name: sentences.translated(bridges[name], language) for name in BRIDGE_COLUMNS},
            "level": bridges["level"].to_list(),
            "first_year": bridges["first_year"].to_list(),
            "interval": bridges["interval"].to_list(),
            "delay": bridges["delay"].to_list() if "delay" in bridges.columns else [],
            "total": bridges["total"].round(0).cast(pl.Int64).to_list(),
            "first_repair": bridges["first_repair"].to_list(),
        },
        "places": {name: known[name].round(3).to_list() for name in known.columns},
        "health": _characters(digest.health.lowest),
        "works": {
            **{name: repairs[name].to_list() for name in ("bridge", "year")},
            **{name: _coded(repairs[name], language) for name in WORK_COLUMNS[:-1]},
            "why": _coded(_why(digest, words, language), language),
            "health": (repairs["health_found"] * 100).round(0).cast(pl.Int64).to_list(),
            "cost": repairs["cost"].round(0).cast(pl.Int64).to_list(),
        },
    }


def _why(digest: Digest, words: dict[str, str], language: str) -> pl.Series:
    """Return why each work is in its year."""
    others = pl.when(digest.is_access).then(pl.lit(words["why_access"])).otherwise(pl.lit(words["why_decided"]))
    return digest.repairs.with_columns(digest.reasons(language)).select(pl.coalesce("reason", others))["reason"]


def _characters(health: np.ndarray[Any, Any]) -> str:
    """Return health from 1 to 5 as one character each, by bridge and then year; "/" where the bridge is removed."""
    steps = np.rint(np.nan_to_num((health - 1) * HEALTH_STEPS, nan=-1.0)).astype(np.int64) + ord("0")
    steps = steps.astype(np.uint8)
    return bytes(steps).decode("latin-1")


def _coded(column: pl.Series, language: str) -> dict[str, list[Any]]:
    """Return texts as positions in a list of those that differ."""
    texts = column.unique(maintain_order=True)
    rows = pl.DataFrame({"text": texts, "code": range(len(texts))})
    codes = column.to_frame("text").join(rows, on="text", how="left", nulls_equal=True, maintain_order="left")
    return {
        "texts": [text or "" for text in sentences.translated(texts, language)],
        "code": codes["code"].to_list(),
    }


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
