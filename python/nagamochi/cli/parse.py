"""Values of options as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from nagamochi.planning.minimum_health import Minimum

NO_BUDGET = ("none", "inf")


def names(text: str) -> tuple[str, ...]:
    """Return names with commas between."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def numbers(option: str, text: str, rule: str = "must be numbers with commas between") -> list[float]:
    """Return numbers with commas between."""
    try:
        found = [float(part) for part in _parts(text)]
    except ValueError:
        raise wrong(option, rule, text) from None
    if any(map(math.isinf, found)) and "inf" not in text.lower():
        raise wrong(option, "must be numbers below 1.8e308", text)
    return found


def levels(option: str, text: str) -> list[float]:
    """Return repair levels with commas between, numbers or never."""
    from nagamochi.planning.space import NEVER, NEVER_NAME

    parts = [f"{NEVER:g}" if part.strip() == NEVER_NAME else part for part in text.split(",")]
    return numbers(option, ",".join(parts), "must be numbers with commas between, or never")


def size(option: str, text: str | None) -> tuple[float, float] | None:
    """Return width and height, with an x between."""
    if text is None:
        return None
    rule = "must be like 17.8x10.7: width and height, each from 8 to 200 cm"
    sides = numbers(option, text.replace("x", ","), rule)
    if len(sides) != 2 or not all(8 <= side <= 200 for side in sides):
        raise wrong(option, rule, text)
    return sides[0], sides[1]


def years(option: str, text: str) -> Sequence[int]:
    """Return whole years with commas between, or from the first to the last."""
    ends = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
    try:
        found: Sequence[int] = range(int(ends[1]), int(ends[2]) + 1) if ends else [int(part) for part in _parts(text)]
    except ValueError:
        found = []
    if not found:
        raise wrong(option, "must be whole years with commas between, or first-last", text)
    return found


def urgency(option: str, text: str) -> tuple[float, int]:
    """Return a health and years with a colon between."""
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*:\s*(\d+)\s*", text)
    if parts is None:
        raise wrong(option, "must be HEALTH:YEARS, such as 2:2", text)
    return float(parts[1]), int(parts[2])


def start_year(option: str, text: str | None) -> int | None:
    """Return a fiscal year, also as R8 or 令和8年度."""
    import polars as pl

    from nagamochi.tables.dates import years as read_years

    if text is None:
        return None
    year = read_years(pl.Series([text.strip()]), "fiscal year").item()
    if year is None:
        raise wrong(option, "must be a fiscal year such as 2026 or R8", text)
    return int(year)


def budget(option: str, text: str) -> float | Path:
    """Return yen per year, also as 5000万円 or 2.5億円, "none" or "inf" as infinite; or the path of a file."""
    if text.strip().lower() in NO_BUDGET:
        return math.inf
    yen = _yen(text.strip())
    if yen is not None and not math.isfinite(yen):
        raise wrong(option, "must be a finite amount of yen per year, or none", text)
    if yen is not None:
        return yen
    if not Path(text).exists():
        raise wrong(option, "must be yen per year, none, or a CSV file with year, budget", text)
    return Path(text)


def yen(option: str, text: str) -> float:
    """Return an amount of yen above 0, also as 100万円."""
    amount = _yen(text.strip())
    if amount is None or not math.isfinite(amount) or amount <= 0:
        raise wrong(option, "must be an amount of yen above 0", text)
    return amount


def budgets(option: str, text: str) -> list[float]:
    """Return amounts of yen with commas between, all with a unit or all without."""
    parts = text.split(",")
    found = [_yen(part.strip()) for part in parts]
    mixed = len({number(part) is None for part in parts}) > 1
    cut = any(re.match(r"\s*0[0-9]{2}", part) for part in parts)
    known = [yen for yen in found if yen is not None and math.isfinite(yen)]
    if len(known) < len(parts) or mixed or cut:
        rule = "must be amounts of yen with commas between and none within, all with a unit or all without"
        raise wrong(option, rule, text)
    return known


def min_health(option: str, texts: Sequence[str]) -> Minimum | dict[str, Minimum] | None:
    """Return one health for all members, or one for each of some members; with a probability where one follows an @."""
    by_member: dict[str, Minimum] = {}
    for text in texts:
        member, _, value = text.rpartition("=")
        health = _minimum(value)
        if health is None or (len(texts) > 1 and (not member or member in by_member)):
            rule = "must be one health for all members, or one member=health for each of some, such as 2 or 2@0.95"
            raise wrong(option, rule, text)
        if not member:
            return health
        by_member[member] = health
    return by_member or None


def _minimum(text: str) -> Minimum | None:
    value, at, share = text.partition("@")
    health, probability = number(value), number(share)
    if not at:
        return health
    return None if health is None or probability is None else (health, probability)


def wrong(option: str, rule: str, text: str) -> typer.BadParameter:
    """Make the error of a value that breaks its option's rule."""
    return typer.BadParameter(f"{rule}; got {text!r}", param_hint=f"'{option}'")


def _parts(text: str) -> list[str]:
    """Return what stands between commas; raise ValueError where Python alone would read 1_0 as 10."""
    if "_" in text:
        raise ValueError(text)
    return text.split(",")


def _yen(text: str) -> float | None:
    """The yen that a text says, as tables say them."""
    import polars as pl

    from nagamochi.tables.money import parse_yen

    yen = parse_yen(pl.Series([text])).item()
    return None if yen is None or math.isnan(yen) else float(yen)


def number(text: str) -> float | None:
    """The number that a text says, as tables say it."""
    import polars as pl

    from nagamochi.tables.numbers import parse_numbers

    number = parse_numbers(pl.Series([text.strip()])).item()
    return None if number is None or math.isnan(number) else float(number)
