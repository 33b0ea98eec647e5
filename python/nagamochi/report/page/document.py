"""A page of sentences, figures and tables that loads nothing and needs no script: of fits and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

import nagamochi
from nagamochi.base import arguments
from nagamochi.report.page.page import page_part, page_template
from nagamochi.report.page.words import WORDS
from nagamochi.vocabulary import label, unit_label, value_label

MOST_ROWS = 500


@dataclass(frozen=True)
class Part:
    """A section of a document.

    Parameters
    ----------
    title : str
    sentences : sequence of str
        Below the title.
    figures : sequence of (str, str)
        Captions with SVG.
    heads : sequence of (str, bool)
        Heads of a table, and whether their columns are numbers.
    rows : sequence of sequences of str
        Cells of the table.
    """

    title: str
    sentences: Sequence[str] = ()
    figures: Sequence[tuple[str, str]] = ()
    heads: Sequence[tuple[str, bool]] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Document:
    """What a page shows.

    Parameters
    ----------
    title : str
        What it is about.
    verdict : sequence of str
        What was found, in sentences.
    parts : sequence of Part
    facts : sequence of (str, str)
        Assumptions and settings, as names with values.
    notices : sequence of str
        What the reader should know.
    """

    title: str
    verdict: Sequence[str]
    parts: Sequence[Part]
    facts: Sequence[tuple[str, str]]
    notices: Sequence[str] = ()


def document_page(document: Document, *, language: str) -> str:
    """Return a document as HTML; all texts are escaped.

    Raises
    ------
    InvalidInput
        The language is another one.

    Examples
    --------
    >>> page = document_page(Document("Fit", ["It fits."], [Part("Pairs", ["<12>"])], []), language="en")
    >>> "&lt;12&gt;" in page
    True
    """
    page: str = page_template("document.html.jinja").render(
        language=arguments.language(language),
        words=WORDS[language],
        document=document,
        style=page_part("page.css"),
        version=nagamochi.__version__,
    )
    return page


def table_part(
    title: str,
    table: pl.DataFrame,
    language: str,
    *,
    sentences: Sequence[str] = (),
    figures: Sequence[tuple[str, str]] = (),
) -> Part:
    """Return a section with sentences, figures and a table, in the words of a language; at most its first 500 rows.

    Examples
    --------
    >>> part = table_part("Lives", pl.DataFrame({"service_life": [40.0]}), "en")
    >>> part.heads, part.rows
    ([('Service life (years)', True)], [['40']])
    """
    heads = [
        (f"{label(name, language)}{unit_label(name, language)}", table[name].dtype.is_numeric())
        for name in table.columns
    ]
    rows = [[_cell(value, language) for value in row] for row in table.head(MOST_ROWS).iter_rows()]
    if table.height > MOST_ROWS:
        shown = (f"{table.height:,}行のうち先頭の{MOST_ROWS}行", f"the first {MOST_ROWS} of {table.height:,} rows")
        sentences = [*sentences, shown[language == "en"]]
    return Part(title, sentences, figures, heads, rows)


def _cell(value: Any, language: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return {"ja": ("いいえ", "はい"), "en": ("no", "yes")}[language][value]
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return value_label(str(value), language)
