"""Lengths and widths of a list that may be in centimetres or millimetres, as its header does not say the unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.importers.list_format import take_odd
from nagamochi.importers.problems import CHECK, Problems
from nagamochi.tables import Findings, SourceTable
from nagamochi.tables.limits import SHORTEST_BRIDGE_M

SAYS_METRES = re.compile(r"[(\[【]\s*(?:m|メートル)\s*[)\]】]$|_m$|(?<=[長員])m$", re.IGNORECASE)
LONGEST_SPAN_M = 2100.0
"""Beyond the longest main span of any bridge."""

ENOUGH = 5
SHORT = 0.05
"""A list has some bridges as short as this share of them."""


@dataclass(frozen=True)
class Plausible:
    """What a column of metres holds, where its header does not say the unit.

    Parameters
    ----------
    most : float
        Of any bridge.
    noticed : float
        More is used, and listed among the problems, whatever the header says.
    short, median : float
        In a list of `ENOUGH` bridges nearly all are above neither, or half of them not above the second.
    few : float
        Some bridge of a shorter list is below this.
    """

    most: float
    noticed: float
    short: float
    median: float
    few: float


PLAUSIBLE = {
    "length_m": Plausible(most=10_000.0, noticed=1_000.0, short=200.0, median=400.0, few=2_000.0),
    "width_m": Plausible(most=200.0, noticed=100.0, short=60.0, median=100.0, few=100.0),
}
"""No Japanese road bridge has 5 km; a road bridge has at least 2 m, so 200 cm or 2,000 mm."""


def in_metres(source: SourceTable, frame: pl.DataFrame, problems: Problems, findings: Findings) -> pl.DataFrame:
    """Return a list without lengths and widths that are hardly metres; refuse columns that hardly are.

    Parameters
    ----------
    source : SourceTable
    frame : polars.DataFrame
        Its rows, with length_m, width_m and spans.
    problems : Problems
        Takes what is not used, and what should be checked.
    findings : Findings
        Takes columns in another unit.
    """
    frame = _without_short_bridges(source, frame, problems, findings)
    odd = Findings(listed_per_rule=len(frame))
    for name, plausible in PLAUSIBLE.items():
        header = source.header_of(name)
        sure = _says_metres(source, header)
        any_length = sure and name == "length_m"  # but no bridge is as wide as that, whatever the header says
        values = frame[name].set(frame[name] <= 0, None)
        given = values.drop_nulls().to_numpy()
        if not sure and _in_another_unit(given, plausible):
            rule = (
                f"must be in metres: of {len(given):,} bridges half have more than {np.median(given):,.0f}; if that is "
                f"metres, write the unit into the header, {header}(m)"
            )
            findings.refuse_rows(source, name, rule, pl.Series([values.arg_max()]))
            continue
        far = (values > (inf if any_length else plausible.most)).fill_null(False)
        odd.refuse_rows(source, name, f"must be at most {plausible.most:,.0f} m", far.arg_true())
        if name == "length_m":
            spanned = ((values / frame["spans"].set(frame["spans"] < 1, None)) > LONGEST_SPAN_M).fill_null(False) & ~far
            rule = f"must be at most {LONGEST_SPAN_M:,.0f} m for each span"
            odd.refuse_rows(source, name, rule, spanned.arg_true())
            far |= spanned
        noticed = values > plausible.noticed
        for index in (noticed.fill_null(False) & ~far).arg_true().to_list():
            reason = f"is above {plausible.noticed:,.0f}: taken for metres"
            problems.add(source, source.rows[index], CHECK, reason, header, source.cell(index, name))
        frame = frame.with_columns(frame[name].set(far, None))
    take_odd(source, odd, problems, findings)
    return frame


def _says_metres(source: SourceTable, header: str) -> bool:
    """Whether a header does, or the column is a field of an interface, which is in metres."""
    return source.header_row is None or bool(SAYS_METRES.search(unicodedata.normalize("NFKC", header).strip()))


def _without_short_bridges(
    source: SourceTable, frame: pl.DataFrame, problems: Problems, findings: Findings
) -> pl.DataFrame:
    """Return a list without lengths that are too short for a bridge, as in kilometres."""
    odd = Findings(listed_per_rule=len(frame))
    short = ((frame["length_m"] > 0) & (frame["length_m"] < SHORTEST_BRIDGE_M)).fill_null(False)
    odd.refuse_rows(source, "length_m", f"must be at least {SHORTEST_BRIDGE_M:g} m", short.arg_true())
    take_odd(source, odd, problems, findings)
    return frame.with_columns(frame["length_m"].set(short, None))


def _in_another_unit(given: npt.NDArray[np.float64], plausible: Plausible) -> bool:
    """Whether a whole column is hardly in metres."""
    if len(given) < ENOUGH:
        return bool(len(given) > 0 and given.min() >= plausible.few)
    short = np.quantile(given, SHORT, method="nearest")
    return bool(short >= plausible.short and np.median(given) >= plausible.median)
