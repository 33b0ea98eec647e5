"""Read amounts of yen as people write them: every table's amounts with a unit are read here, and nowhere else."""

from __future__ import annotations

import re
from fractions import Fraction
from math import inf, isfinite

import polars as pl

from nagamochi.tables.numbers import half_width, parse_numbers

YEN_OF_UNIT = {
    "": 1,
    "円": 1,
    "千円": 10**3,
    "万円": 10**4,
    "百万円": 10**6,
    "千万円": 10**7,
    "億円": 10**8,
    "yen": 1,
    "million": 10**6,
    "million yen": 10**6,
}
HUNDREDS_OF_MILLIONS = r"([0-9]+)\s*億\s*([1-9][0-9]{0,3}|[1-9],[0-9]{3})\s*万円"
"""Such as 1億5000万円."""


def parse_yen(text: pl.Series) -> pl.Series:
    """Return the yen that text spells, also as 5000万円, 50百万円, 2.5億円 or 1億5000万円; null elsewhere.

    Examples
    --------
    >>> parse_yen(pl.Series(["30,000,000", "５０００ 万円", "1億5000万円", "much"])).to_list()
    [30000000.0, 50000000.0, 150000000.0, None]
    """
    numbers = parse_numbers(text)
    in_words = text.filter(numbers.is_null() & text.is_not_null()).unique()
    if in_words.is_empty():
        return numbers
    yen = pl.Series([_yen(words) for words in in_words], dtype=pl.Float64)
    return numbers.fill_null(text.replace_strict(in_words, yen, default=None, return_dtype=pl.Float64))


def _yen(words: str) -> float | None:
    plain = " ".join(half_width(pl.Series([words])).item().split()).lower()
    if parts := re.fullmatch(HUNDREDS_OF_MILLIONS, plain):
        return float(int(parts[1]) * 10**8 + int(parts[2].replace(",", "")) * 10**4)
    [(number, unit)] = re.findall(r"\A(.*?)\s*([^0-9]*)\Z", plain)
    value = parse_numbers(pl.Series([number])).item()
    if value is None or unit not in YEN_OF_UNIT:
        return None
    if not isfinite(value):
        return float(value)
    exact = Fraction(repr(value)) * YEN_OF_UNIT[unit]
    return float(exact) if exact < 10**308 else inf
