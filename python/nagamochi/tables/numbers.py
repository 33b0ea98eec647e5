"""Read numbers in text: every table's numbers are read here, and nowhere else."""

from __future__ import annotations

import polars as pl

HALF_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(ord("!"), ord("~") + 1)} | dict.fromkeys(
    "\N{MINUS SIGN}\N{HYPHEN}", "-"
)
THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?$"
EITHER_MARK = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"
"""The mark may stand before decimals or thousands, where it is not known which of them is written how."""
DECIMALS = (
    r"^[+-]?(?:[0-9]*{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})|(?:0?|[0-9]{{4,}}){mark}[0-9]+"
    r"|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]+|{group}[0-9]{{3}}))$"
)
"""What shows that a mark stands before decimals, or another one before thousands."""
DECIMAL_POINT = DECIMALS.format(mark=r"\.", group=",")
DECIMAL_COMMA = DECIMALS.format(mark=",", group=r"\.")
WITH_COMMA = r"^[+-]?(?:[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,[0-9]+)?$"
ZERO_FIRST = r"^[+-]?0[0-9]"
TOO_LONG = r"^[+-]?[0-9]{16,}$"


def half_width(text: pl.Series) -> pl.Series:
    """Return the text with full-width letters, digits and signs replaced by plain ones; ² and ① stay as they are."""
    return text.str.replace_many(HALF_WIDTH)


def parse_numbers(text: pl.Series) -> pl.Series:
    """Return the numbers that text spells, also full-width or with commas between thousands; null elsewhere."""
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return numbers
    plain = half_width(text).to_frame("plain")
    ungrouped = pl.when(pl.col("plain").str.contains(THOUSANDS)).then(pl.col("plain").str.replace_all(",", ""))
    return plain.select(ungrouped.otherwise("plain").cast(pl.Float64, strict=False).alias(text.name)).to_series()


def decimal_points(text: pl.Series) -> pl.Series:
    """Return numbers with points before their decimals instead of commas, and none between thousands."""
    cells = text.to_frame("text")
    number = pl.col("text").str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    points = pl.when(pl.col("text").str.contains(WITH_COMMA)).then(number).otherwise("text")
    return cells.select(points.alias(text.name)).to_series()


def numbers_if_all(text: pl.Series) -> pl.Series:
    """Return a file's cells as numbers if all of them are; codes that a number would change, such as 007, stay text."""
    if text.str.contains(ZERO_FIRST).any():
        return text
    whole = text.cast(pl.Int64, strict=False)
    if whole.null_count() == text.null_count():
        return whole
    numbers = parse_numbers(text)
    return text if numbers.null_count() > text.null_count() or text.str.contains(TOO_LONG).any() else numbers
