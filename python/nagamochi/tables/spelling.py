"""Names that look the same are one: rows of several files belong together by them."""

from __future__ import annotations

import unicodedata

import polars as pl

from nagamochi.tables.numbers import HALF_WIDTH
from nagamochi.vocabulary import INVISIBLE

KANA = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF61, 0xFFA0)}
"""Half-width katakana and their marks, the latter as those that combine with a letter."""

SPACES = dict.fromkeys("\t\n\r\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " ")
HYPHENS = dict.fromkeys("\u2010\u2011\u2012\u2013", "-")
AS_SEEN = {**HALF_WIDTH, **KANA, **SPACES, **HYPHENS, **dict.fromkeys(map(chr, INVISIBLE), "")}

OTHER_CHARACTERS = r"[^ -~\x{3041}-\x{3096}\x{30A1}-\x{30FE}\x{3400}-\x{9FFF}]|^ | $"
"""Others than ASCII, kana and kanji, of which texts look the same only if they are."""


def may_look_alike(names: pl.Series) -> bool:
    """Whether some names may look like others that are written otherwise."""
    return bool(names.str.contains(OTHER_CHARACTERS).any())


def as_seen(names: pl.Series) -> pl.Series:
    """Return names in a form in which those that look the same are equal, as `one_spelling` explains.

    Examples
    --------
    >>> as_seen(pl.Series(["ｶﾞｰﾄﾞ橋１", "カ\u3099ート\u3099橋1"])).to_list()
    ['ガード橋1', 'ガード橋1']
    """
    if not may_look_alike(names):
        return names
    return names.str.replace_many(AS_SEEN).str.normalize("NFC").str.strip_chars()


def one_spelling(names: pl.Series, known: pl.Series | None = None) -> pl.Series:
    """Return names as the first one that looks the same is written.

    Letters, digits, signs and katakana of either width look the same, and so do a letter with its mark as one
    character or as two, kinds of spaces and hyphens, and text with characters that have no width. Ⅱ and II differ, and
    so do ① and 1.

    Parameters
    ----------
    names : polars.Series of String
    known : polars.Series of String, optional
        Names that come before these.

    Examples
    --------
    >>> one_spelling(pl.Series(["ｶﾞｰﾄﾞ橋１", "カ\u3099ート\u3099橋1", "橋①"])).to_list()
    ['ｶﾞｰﾄﾞ橋１', 'ｶﾞｰﾄﾞ橋１', '橋①']
    >>> one_spelling(pl.Series(["B1\u200b", "B2", None]), known=pl.Series(["Ｂ１"])).to_list()
    ['Ｂ１', 'B2', None]
    """
    given = [names] if known is None else [known, names]
    if not any(may_look_alike(part) for part in given):
        return names
    spellings = pl.concat(part.drop_nulls().unique(maintain_order=True).alias("name") for part in given)
    spellings = spellings.unique(maintain_order=True)
    first = (
        pl.DataFrame([spellings, as_seen(spellings).alias("seen")])
        .select(pl.col("name").first().over("seen"))
        .to_series()
    )
    changed = first != spellings
    return names.replace(spellings.filter(changed), first.filter(changed)) if changed.any() else names
