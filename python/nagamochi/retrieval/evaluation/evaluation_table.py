"""An evaluation as text: the hit rates that are usually published, those of chance, and precision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from unicodedata import east_asian_width

import polars as pl

SHOWN_CLASSES = 20


def evaluation_table(
    classes: pl.DataFrame,
    means: pl.DataFrame,
    ks: Sequence[int],
    *,
    photos: int,
    confidence: float,
    left_out: Mapping[str, int],
) -> str:
    """Classes with hit rates in %, those of chance in brackets, precision and average precision; then their means.

    Parameters
    ----------
    classes, means : polars.DataFrame
        As `Evaluation.to_frame` and `Evaluation.means` give them.
    ks : sequence of int
        Lengths of lists of hits.
    photos : int
        Photos of the database.
    confidence : float
        Of the intervals.
    left_out : mapping of str to int
        How many queries are left out, by the reason.
    """
    rows = [_cells(ks, row["class"], row) for row in classes.head(SHOWN_CLASSES).iter_rows(named=True)]
    if len(classes) > SHOWN_CLASSES:
        rows.append([f"and {len(classes) - SHOWN_CLASSES:,} more", *[""] * (len(rows[0]) - 1)])
    totals = {"database": photos, "queries": classes["queries"].sum()}
    for kind, name in (("micro", "all queries"), ("macro", "mean of classes")):
        rows.append(_cells(ks, name, dict(means.select("measure", kind).iter_rows()) | totals))
    reasons = (f"{count:,} queries are left out, because {reason}" for reason, count in left_out.items() if count)
    return "\n".join([*_aligned([_header(ks), *rows]), *_intervals(means, ks, confidence), *reasons])


def _header(ks: Sequence[int]) -> list[str]:
    tops = [name for k in ks for name in (f"top {k}", "(chance)")]
    return ["class", "database", "queries", *tops, *(f"P@{k}" for k in _lists(ks)), "AP", "(chance)"]


def _cells(ks: Sequence[int], name: str, values: dict[str, float]) -> list[str]:
    hits = [(values[f"hit@{k}"], values[f"hit@{k} by chance"]) for k in ks]
    return [
        name,
        f"{values['database']:,}",
        f"{values['queries']:,}",
        *(cell for hit, chance in hits for cell in (_percent(hit), _in_brackets(chance))),
        *(_percent(values[f"precision@{k}"]) for k in _lists(ks)),
        _percent(values["average precision"]),
        _in_brackets(values["average precision by chance"]),
    ]


def _lists(ks: Sequence[int]) -> list[int]:
    """Lengths of more than one hit: the precision of the first hit is its hit rate."""
    return [k for k in ks if k > 1]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _in_brackets(share: float) -> str:
    return f"({_percent(share)})"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        padded = [" " * (width - _width(cell)) + cell for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first + " " * (widths[0] - _width(first)), *padded]).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _intervals(means: pl.DataFrame, ks: Sequence[int], confidence: float) -> Iterable[str]:
    shown = [*(f"hit@{k}" for k in ks), *(f"precision@{k}" for k in _lists(ks)), "average precision"]
    yield f"{confidence:.0%} intervals over all queries, in %:"
    for row in means.filter(pl.col("measure").is_in(shown)).iter_rows(named=True):
        yield f"  {row['measure']}: {_percent(row['micro_low'])} to {_percent(row['micro_high'])}"
