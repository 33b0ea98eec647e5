"""An evaluation as text: the hit rates that are usually published, and beside them what they hide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import polars as pl

if TYPE_CHECKING:
    from nagamochi.retrieval.evaluation.evaluation import Evaluation

SHOWN_CLASSES = 20


def evaluation_table(evaluation: Evaluation) -> str:
    """Classes with hit rates in %, those of chance in brackets, precision and average precision; then their means."""
    frame = evaluation.to_frame()
    rows = [_cells(evaluation, row["class"], row) for row in frame.head(SHOWN_CLASSES).iter_rows(named=True)]
    if len(frame) > SHOWN_CLASSES:
        rows.append([f"and {len(frame) - SHOWN_CLASSES:,} more", *[""] * (len(rows[0]) - 1)])
    totals = {"database": evaluation.database["photos"].sum(), "queries": len(evaluation.queries)}
    for kind, name in (("micro", "all queries"), ("macro", "mean of classes")):
        means = dict(evaluation.means.select("measure", kind).iter_rows())
        rows.append(_cells(evaluation, name, means | totals))
    return "\n".join([*_aligned([_header(evaluation), *rows]), *_notes(evaluation)])


def _header(evaluation: Evaluation) -> list[str]:
    tops = [name for k in evaluation.ks for name in (f"top {k}", "(chance)")]
    return ["class", "database", "queries", *tops, *(f"P@{k}" for k in _lists(evaluation)), "AP", "(chance)"]


def _cells(evaluation: Evaluation, name: str, values: dict[str, float]) -> list[str]:
    hits = [(values[f"hit@{k}"], values[f"hit@{k} by chance"]) for k in evaluation.ks]
    return [
        name,
        f"{values['database']:,}",
        f"{values['queries']:,}",
        *(cell for hit, chance in hits for cell in (_percent(hit), _in_brackets(chance))),
        *(_percent(values[f"precision@{k}"]) for k in _lists(evaluation)),
        _percent(values["average precision"]),
        _in_brackets(values["average precision by chance"]),
    ]


def _lists(evaluation: Evaluation) -> list[int]:
    """Lengths of more than one hit: the precision of the first hit is its hit rate."""
    return [k for k in evaluation.ks if k > 1]


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


def _notes(evaluation: Evaluation) -> Iterable[str]:
    hits = [f"hit@{k}" for k in evaluation.ks]
    shown = [*hits, *(f"precision@{k}" for k in _lists(evaluation)), "average precision"]
    intervals = evaluation.means.filter(pl.col("measure").is_in(shown))
    yield f"{evaluation.confidence:.0%} intervals over all queries, in %:"
    for row in intervals.iter_rows(named=True):
        yield f"  {row['measure']}: {_percent(row['micro_low'])} to {_percent(row['micro_high'])}"
    for left_out, why in ((evaluation.unlabelled, "no label"), (evaluation.unanswerable, "no relevant photo to find")):
        if left_out:
            yield f"left out, for they have {why}: {left_out:,} of the queries"
