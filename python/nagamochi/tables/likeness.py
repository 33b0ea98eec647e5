"""Headers that may be others misspelt, in another case or with a unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from nagamochi.vocabulary import plain_header

ALIKE = 0.85
"""Likeness of two headers, one of which may be the other misspelt."""

UNIT = re.compile(r"(?:[(\[【][^(\[【]*[)\]】]|_m2?|_yen)$")


def like(header: str, others: Iterable[str]) -> str | None:
    """Return the header among others that a header most looks like, without regard to case and unit; None if none.

    Examples
    --------
    >>> [like(header, ["quantity", "数量"]) for header in ("数量（m2）", "Quantity", "quantitty", "quality")]
    ['数量', 'quantity', 'quantity', None]
    """
    plain = {_plain(other): other for other in others}
    found = get_close_matches(_plain(header), plain, n=1, cutoff=ALIKE)
    return plain[found[0]] if found else None


@lru_cache(maxsize=1024)
def _plain(header: str) -> str:
    plain = plain_header(header).casefold()
    return UNIT.sub("", plain) or plain
