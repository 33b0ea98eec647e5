"""Tables in the words of a language: heads and known values from the vocabulary, and back."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from nagamochi.tables.schema import Schema
from nagamochi.vocabulary import BY_LABEL, label, value_label

OUR_WORDS = ("kind", "level", "limit")
"""Columns of results whose texts are ours; a level is one where plans may leave repairs out."""


def in_language(table: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return a table of results with heads and our own words in "en" or "ja"; what users named stays.

    Examples
    --------
    >>> in_language(pl.DataFrame({"bridge_id": ["B1"], "kind": ["repair"]}), "ja").to_dicts()
    [{'橋梁ID': 'B1', '種別': '補修'}]
    """
    return with_heads(with_values(table, language, OUR_WORDS), language)


def in_our_words(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table that `in_language` made, in whatever language, with our names and words.

    Examples
    --------
    >>> in_our_words(pl.DataFrame({"橋梁ID": ["B1"], "種別": ["補修"]})).to_dicts()
    [{'bridge_id': 'B1', 'kind': 'repair'}]
    """
    ours = table.rename({head: BY_LABEL[head] for head in table.columns if head in BY_LABEL})
    return with_values(ours, "en", OUR_WORDS)


def with_heads(table: pl.DataFrame, language: str, schema: Schema | None = None) -> pl.DataFrame:
    """Return a table with the heads of a language; with a schema those by which it is read, of its columns alone."""
    if language != "ja":
        return table
    if schema is None:
        return table.rename({name: label(name, language) for name in table.columns})
    return table.rename(
        {column.name: column.head(language) for column in schema.columns if column.name in table.columns}
    )


def with_values(table: pl.DataFrame, language: str, columns: Iterable[str]) -> pl.DataFrame:
    """Return a table with the known texts of some columns, where it has them, in a language."""
    texts = [name for name in columns if table.schema.get(name) == pl.String]
    return table.with_columns(_in_words(table[name], language) for name in texts)


def _in_words(texts: pl.Series, language: str) -> pl.Series:
    words = {text: value_label(text, language) for text in texts.unique().drop_nulls()}
    return texts.replace(words)
