"""Fiscal years as records write them."""

from __future__ import annotations

import re
import unicodedata

YEAR_BEFORE_ERA = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_DATE = re.compile(
    r"(?P<era>令和|平成|昭和|[RHS])?\.?(?P<year>元|\d{1,4})(?P<whole>年度)?(?:年|[./-])?(?:(?P<month>\d{1,2})(?:月|[./-]|$))?"
)


def fiscal_year(text: str) -> int | None:
    """The Japanese fiscal year, which begins in April, of a year, a fiscal year or a date; None where there is none.

    Parameters
    ----------
    text : str
        Such as ``"2021"``, ``"令和３年度"``, ``"R4.2.15"`` or ``"2022-02-15"``.

    Returns
    -------
    int or None

    Examples
    --------
    >>> [fiscal_year(text) for text in ("令和３年度", "2022年2月15日", "H31.4.1", "不明")]
    [2021, 2021, 2019, None]
    """
    date = _DATE.match("".join(unicodedata.normalize("NFKC", text).upper().split()))
    if date is None:
        return None
    year = YEAR_BEFORE_ERA.get(date["era"], 0) + (1 if date["year"] == "元" else int(date["year"]))
    month = 4 if date["whole"] or not date["month"] else int(date["month"])
    return year - (month < 4) if 1900 <= year <= 2200 and 1 <= month <= 12 else None
