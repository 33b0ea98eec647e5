"""Pairs of inspections in several tables, counted table after table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from nagamochi.base import arguments
from nagamochi.base.executors import results_of
from nagamochi.deterioration.counted_pairs import CountedPairs
from nagamochi.errors import InvalidInput, Problem
from nagamochi.tables import ArrowStream

Table = ArrowStream | str | Path
Reader = Callable[[Table, str], CountedPairs]
"""Reads, checks and counts the pairs of a table, which messages call so where it is in memory."""

PAIRS_TABLE = "pairs table"  # what messages call one in memory
MERGED = 1_000_000  # rows that wait at least before they are counted together


@dataclass(frozen=True, eq=False)
class PairsInParts:
    """Pairs of inspections in several tables, such as one for each prefecture; the argument of a fit in place of one.

    The tables are read one after another, or on a cluster, and only their different pairs are kept, with their numbers.
    Numbers of pairs add up without rounding, so a fit has the bits of that to all tables in one, whatever their order,
    executor and workers.

    Parameters
    ----------
    tables : sequence of table or path
        Each as the fit takes one, with the same columns. Paths must lie where all workers see them.
    executor : concurrent.futures.Executor, optional
        Where to read and count them; by default in this process.

    Raises
    ------
    InvalidInput
        There is no table, or one is given twice.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi.deterioration import fit_hazards
    >>> north = pl.DataFrame({"before": [1] * 10, "after": [1] * 6 + [2] * 4, "years": 2.0})
    >>> south = pl.DataFrame({"before": [2] * 10, "after": [2] * 7 + [3] * 3, "years": 2.0})
    >>> fit = fit_hazards(PairsInParts([north, south]), before="before", after="after", years="years")
    >>> fit.n_pairs, fit.hazards().round(3)
    (20, array([0.252, 0.143]))
    """

    tables: Sequence[Table]
    executor: Executor | None = None

    def __post_init__(self) -> None:
        if isinstance(self.tables, (str, Path)) or not isinstance(self.tables, Sequence):
            raise arguments.invalid("tables", "must be a list of tables or paths", self.tables)
        if not self.tables:
            raise arguments.invalid("tables", "must have at least one table", self.tables)
        if self.executor is not None:
            arguments.instance("executor", self.executor, Executor)
        files = [Path(table).resolve() for table in self.tables if isinstance(table, (str, Path))]
        if repeated := sorted({str(file) for file in files if files.count(file) > 1}):
            raise arguments.invalid("tables", "must have each file once, as its pairs would count twice", repeated[0])


def count_pairs(table: Table | PairsInParts, read: Reader) -> CountedPairs:
    """Read, check and count the pairs of one table, or of several together."""
    if not isinstance(table, PairsInParts):
        return read(table, PAIRS_TABLE)
    tasks = [(read, one, f"{PAIRS_TABLE} {number}") for number, one in enumerate(table.tables, 1)]
    return _together(_without_problems(results_of(table.executor, _count, tasks)))


def _count(read: Reader, table: Table, where: str) -> CountedPairs | InvalidInput:
    try:
        return read(table, where).distinct()
    except InvalidInput as error:  # reported with those of other tables
        return error


def _without_problems(found: Iterator[CountedPairs | InvalidInput]) -> Iterator[CountedPairs]:
    """Yield what was counted; at the end, raise the problems of all tables together."""
    problems: list[Problem] = []
    unlisted = 0
    for one in found:
        if isinstance(one, InvalidInput):
            problems += one.problems
            unlisted += one.unlisted
        elif not problems:
            yield one
    if problems:
        raise InvalidInput(problems, unlisted)


def _together(parts: Iterator[CountedPairs]) -> CountedPairs:
    """Count all parts, of which few wait at a time: about as many rows as differ."""
    waiting: list[CountedPairs] = []
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting[1:])) > max(len(waiting[0]), MERGED):
            waiting = [CountedPairs.together(waiting).distinct()]
    return CountedPairs.together(waiting)
