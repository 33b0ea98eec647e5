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
