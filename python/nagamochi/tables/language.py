"""Tables in the words of a language: heads and known values from the vocabulary, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from nagamochi.tables.schema import Schema
from nagamochi.vocabulary import BY_LABEL, label, numbered_label, value_label

OUR_WORDS = ("kind", "level")
"""Columns of results whose texts are ours; levels are texts where plans may leave repairs out."""

OUR_NAMES = ("limit",)
"""Columns with names of ours that have a number, and with names that users gave."""


def in_language(table: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return a table of results with heads and our own words in "en" or "ja"; what users named stays.

    Examples
    --------
    >>> in_language(pl.DataFrame({"bridge_id": ["B1"], "kind": ["repair"]}), "ja").to_dicts()
    [{'橋梁ID': 'B1', '種別': '補修'}]
    """
    return table if language == "en" else with_heads(_with_our_words(table, language), language)


def in_our_words(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table that `in_language` made, in whatever language, with our names and words.

    Examples
    --------
    >>> in_our_words(pl.DataFrame({"橋梁ID": ["B1"], "種別": ["補修"]})).to_dicts()
    [{'bridge_id': 'B1', 'kind': 'repair'}]
    """
    ours = table.rename({head: BY_LABEL[head] for head in table.columns if head in BY_LABEL})
    return _with_our_words(ours, "en")


def _with_our_words(table: pl.DataFrame, language: str) -> pl.DataFrame:
    return _in_words(with_values(table, language, OUR_WORDS), language, OUR_NAMES, numbered_label)


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
    return _in_words(table, language, columns, value_label)


def _in_words(
    table: pl.DataFrame, language: str, columns: Iterable[str], word: Callable[[str, str], str]
) -> pl.DataFrame:
    texts = [table[name] for name in columns if table.schema.get(name) == pl.String]
    return table.with_columns(
        column.replace({text: word(text, language) for text in column.unique().drop_nulls()}) for column in texts
    )
