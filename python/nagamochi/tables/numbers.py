"""Numbers in text."""

from __future__ import annotations

import polars as pl

THOUSANDS = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"


def parse_numbers(text: pl.Series) -> pl.Series:
    """Numbers as people type them, also with full-width digits and thousands commas; null where it is no number."""
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return numbers
    plain = pl.col(text.name).str.normalize("NFKC")
    plain = pl.when(plain.str.contains(THOUSANDS)).then(plain.str.replace_all(",", "")).otherwise(plain)
    return text.to_frame().select(plain.cast(pl.Float64, strict=False)).to_series()


def numbers_if_all(text: pl.Series) -> pl.Series:
    """The cells of a file as numbers where all of them are; codes such as 007 stay text."""
    if text.str.contains(r"^0\d").any():
        return text
    for dtype in (pl.Int64, pl.Float64):
        numbers = text.cast(dtype, strict=False)
        if numbers.null_count() == text.null_count():
            return numbers
    return text
