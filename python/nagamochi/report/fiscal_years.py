"""Fiscal years in reports: 2026 in English, 令和8年度 in Japanese."""

from __future__ import annotations

from nagamochi.tables.eras import fiscal_year_in_era


def written(fiscal_year: int, language: str) -> str:
    """Return a fiscal year as a language writes it."""
    return fiscal_year_in_era(fiscal_year) if language == "ja" else str(fiscal_year)


def beside(year: int, start_year: int | None, language: str) -> str:
    """Return the fiscal year of a year in brackets, to write behind it; nothing without a start year.

    Examples
    --------
    >>> beside(1, 2026, "ja"), beside(1, 2026, "en"), beside(1, None, "en")
    ('（令和8年度）', ' (2026)', '')
    """
    if start_year is None:
        return ""
    fiscal = written(year + start_year - 1, language)
    return f"（{fiscal}）" if language == "ja" else f" ({fiscal})"


def short(fiscal_year: int, language: str) -> str:
    """Return a fiscal year as the axis of a chart has room for."""
    return written(fiscal_year, language).removesuffix("年度")
