"""Japanese eras, and fiscal years as they are written in them."""

from __future__ import annotations

import datetime

ERAS = {
    "明治": (datetime.date(1868, 1, 1), datetime.date(1912, 7, 30)),
    "大正": (datetime.date(1912, 7, 30), datetime.date(1926, 12, 25)),
    "昭和": (datetime.date(1926, 12, 25), datetime.date(1989, 1, 7)),
    "平成": (datetime.date(1989, 1, 8), datetime.date(2019, 4, 30)),
    "令和": (datetime.date(2019, 5, 1), datetime.date.max),
}
"""Japanese era -> its first and last day; two eras that changed within a day share it."""

SHORT_ERAS = {
    short: era
    for names, era in zip(("M明㍾", "T大㍽", "S昭㍼", "H平㍻", "R令㋿"), ERAS, strict=True)
    for short in names
}


def era_rule(era: str) -> str:
    """Return the rule of days in an era."""
    begun, ended = ERAS[era]
    ends = f"began on {begun}" if ended == datetime.date.max else f"was from {begun} to {ended}"
    return f"must be in its era, as {era} {ends}"


def fiscal_year_in_era(year: int) -> str:
    """Return a fiscal year from 1868 on in Japanese, in the era of its 1 October: the one with most of its days.

    Examples
    --------
    >>> [fiscal_year_in_era(year) for year in (1988, 2018, 2019, 2026)]
    ['昭和63年度', '平成30年度', '令和元年度', '令和8年度']
    """
    middle = datetime.date(year, 10, 1)
    era, begun = next((era, begun) for era, (begun, _) in reversed(ERAS.items()) if begun <= middle)
    of_era = year - begun.year + 1
    return f"{era}{'元' if of_era == 1 else of_era}年度"
