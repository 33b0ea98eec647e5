"""The result of an import: a network folder and a report of what was known and what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from nagamochi.base.folder import replacing_files
from nagamochi.importers.planning_year import PlanningYear
from nagamochi.importers.problems import PROBLEMS_FILE, Problems
from nagamochi.network import Network
from nagamochi.network.join import BY_HAND, join
from nagamochi.standard_bridge import (
    JOINTLESS_UP_TO_M,
    LONGEST_ASSUMED_SPAN_M,
    RESTORED_BELOW,
    STEEL_FROM_SPAN_M,
    access_costs,
)
from nagamochi.tables import listed

ASSUMPTIONS_FILE = "ASSUMPTIONS.md"
LIVES_FILE = "service_lives.csv"


class Assumption(NamedTuple):
    """A value assumed where the source has none, and the number of bridges that it concerns."""

    text: str
    bridges: int

    def __str__(self) -> str:
        return f"{self.text} ({_counted(self.bridges, 'bridge')})"


LARGE_SHARE = 0.001
"""Of the deck area of a list: works of a larger bridge as a whole would take up much of a year's budget."""

STANDARD_BRIDGE = (
    "Members, damages and quantities of each bridge are those of nagamochi's standard bridge with its spans, length "
    "and width; spans are equal.",
    "Access (design, traffic control and scaffold, in each year in which anything of the bridge is repaired) costs "
    "300,000 yen and 10,000 yen per m of its length.",
    f"A bridge with more than {LARGE_SHARE:.1%} of the deck area of the list is repaired member by member, each with "
    "access of its own, others as a whole: level_per in bridges.csv.",
    "All unit costs and inspection costs are examples in yen, not prices: edit costs.csv and bridges.csv.",
)
STANDARD_LIVES = "Service lives and shapes of all curves are the standard bridge's examples: no history is in the list."
ASSUMED_MATERIAL = (
    f"The material is not in the list: steel where spans are at least {STEEL_FROM_SPAN_M:g} m, else concrete."
)
ASSUMED_SPANS = (
    f"The number of spans is not in the list: the fewest equal spans of at most {LONGEST_ASSUMED_SPAN_M:g} m."
)
ASSUMED_STRUCTURE = (
    f"The structure is not in the list: bridges of at most {JOINTLESS_UP_TO_M:g} m are slabs, or girders where of "
    "steel, without expansion joints; longer ones are girders with joints at abutments and piers."
)
CULVERTS = (
    "A culvert has walls and slabs to repair and a fence; its barrel is as long as the width given, half as high as "
    "its cells are wide and 1 m more."
)
AGED = (
    f"a member's health is that of its age on its curve, restored to 5 whenever it had come down to {RESTORED_BELOW:g}"
)
AGED_SINCE = "The health ages on its curve from the year of the rating, without repairs in between, to"


def rated_before_rebuilt(bridges: pl.Series) -> tuple[list[Assumption], list[str]]:
    """Return what is assumed of bridges that were rebuilt after their last rating, and a notice."""
    if bridges.is_empty():
        return [], []
    text = (
        f"The bridge was rebuilt after its last rating ({listed(bridges.to_list())}): the health now is that "
        "of the rating before it, likely too low."
    )
    counted = _counted(len(bridges), "bridge")
    notice = f"{counted} rebuilt after the last rating: the health now is that of before it, likely too low"
    return [Assumption(text, len(bridges))], [notice]


class History(NamedTuple):
    """Inspections in a list, for `nagamochi fit hazards`.

    Parameters
    ----------
    inspections : polars.DataFrame
        asset, year (of the inspection, with decimals where the list has a date), and a column for each rating.
    ratings : tuple of str
        The columns of ratings.
    scale : (int, int)
        The best and the worst rating.
    """

    inspections: pl.DataFrame
    ratings: tuple[str, ...]
    scale: tuple[int, int]

    @property
    def inspected_again(self) -> int:
        """Number of assets with more than one inspection."""
        return self.inspections.group_by("asset").len().filter(pl.col("len") > 1).height


BRIDGES_AT_ONCE = 20_000


def in_parts(
    bridges: pl.DataFrame, network_of: Callable[[pl.DataFrame], Network], deck_area: pl.Expr
) -> Iterator[Network]:
    """Yield the network of some bridges after the other, so that memory holds the curves of some bridges only."""
    return map(network_of, bridges.with_columns(level_per=level_per(deck_area)).iter_slices(BRIDGES_AT_ONCE))


def level_per(deck_area: pl.Expr) -> pl.Expr:
    """Return what has a repair level of its own in each bridge of a list, as `STANDARD_BRIDGE` states."""
    large = deck_area > LARGE_SHARE * deck_area.sum()
    return pl.when(large).then(pl.lit("member")).otherwise(pl.lit("bridge"))


def with_access(bridges: pl.DataFrame) -> pl.DataFrame:
    """Return the bridges with the access cost that `STANDARD_BRIDGE` states."""
    return bridges.with_columns(access_costs(bridges))


@dataclass(frozen=True)
class Imported:
    """What an importer makes of a list.

    Parameters
    ----------
    source : str
    parts : iterable of Network
        The network in parts, made as they are asked for; see `in_parts`.
    known : sequence of str
        Facts that the source states.
    assumed : sequence of Assumption
    left_out : sequence of (str, str)
        Bridges that are not in the network, and why.
    lives : polars.DataFrame, optional
        Service lives of the bridges, if they were fitted.
    planning_year : PlanningYear, optional
    history : History, optional
        Inspections, if the list has several of a bridge.
    notices : sequence of str
        What else to look at.
    """

    source: str
    parts: Iterable[Network]
    known: Sequence[str]
    assumed: Sequence[Assumption]
    left_out: Sequence[tuple[str, str]] = ()
    lives: pl.DataFrame | None = None
    planning_year: PlanningYear | None = None
    history: History | None = None
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class ImportReport:
    """What an import read, assumed and left out; also in the folder's ASSUMPTIONS.md.

    Parameters
    ----------
    folder : Path
        The network folder, for `nagamochi.network.read_network`.
    source : str
        Name of the source.
    format : str
        Format of the list.
    recognised_by : tuple of str
        Headers by which it was recognised; none if the format was given.
    language : str
        "ja" or "en", of the network's members, damages, places, items, cost models and methods.
    n_bridges, n_curves : int
        Size of the network.
    known : tuple of str
        Facts that the source states.
    assumed : tuple of (str, int)
        Values assumed where the source has none, and for how many bridges.
    left_out : tuple of (str, str)
        Bridges of the source that are not in the network, and why.
    problems : int
        Rows of problems.csv: cells that were not used and bridges that were left out.
    planning_year : PlanningYear or None
        Year in which the ages of its bridges end; None if no age was needed.
    inspected_again : int
        Bridges with several inspections in the list, for ``nagamochi fit hazards``.
    notices : tuple of str
        What was found around the tables of the files, and what else to look at.
    """

    folder: Path
    source: str
    format: str
    recognised_by: tuple[str, ...]
    language: str
    n_bridges: int
    n_curves: int
    known: tuple[str, ...]
    assumed: tuple[Assumption, ...]
    left_out: tuple[tuple[str, str], ...]
    problems: int = 0
    planning_year: PlanningYear | None = None
    inspected_again: int = 0
    notices: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """Source and size of the network in one line."""
        return f"{self.source}: {_counted(self.n_bridges, 'bridge')}, {_counted(self.n_curves, 'curve')}"

    def __str__(self) -> str:
        """Return the text of ASSUMPTIONS.md."""
        left_out = [f"{bridge}: {reason}" for bridge, reason in self.left_out] or ["none"]
        sections: dict[str, Sequence[object]] = {
            "Known": [*self.known, *self.notices],
            "Assumed": self.assumed,
            "Left out": left_out,
        }
        lines = [f"# {self.title}"]
        for title, sentences in sections.items():
            lines += ["", f"## {title}", "", *(f"- {sentence}" for sentence in sentences)]
        return "\n".join(lines) + "\n"


def _notice_of_tables_by_hand(folder: Path, start_year: int | None) -> list[str]:
    """Say which tables of an older network stay, as people write them."""
    staying = [f"{name}.csv" for name in BY_HAND if (folder / f"{name}.csv").exists()]
    if not staying:
        return []
    counted = "" if start_year is None else f": years that they count 1, 2, .. start in {start_year} now"
    return [f"{folder}: {listed(staying)} of the older network stay{counted}"]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(years: pl.Series) -> str:
    """Return the first and last year as text."""
    known = years.drop_nulls()
    if known.is_empty():
        return "an unknown year"
    first, last = str(known.min()), str(known.max())
    return first if first == last else f"{first}-{last}"


def write_import(
    imported: Imported,
    folder: str | Path,
    problems: Problems,
    *,
    format: str,
    recognised_by: Sequence[str],
    notices: Sequence[str],
    language: str,
) -> ImportReport:
    """Write the network folder, its ASSUMPTIONS.md, problems.csv if there are any, and service lives if fitted."""
    folder = Path(folder)
    with replacing_files(folder) as files:
        start_year = None if imported.planning_year is None else imported.planning_year.year + 1
        parts = (replace(part, start_year=start_year) for part in imported.parts)
        n_bridges, n_curves = join(parts, files, language, stay=BY_HAND)
        standard = [Assumption(text, n_bridges) for text in STANDARD_BRIDGE] if imported.assumed else []
        report = ImportReport(
            folder=folder,
            source=imported.source,
            format=format,
            recognised_by=tuple(recognised_by),
            language=language,
            n_bridges=n_bridges,
            n_curves=n_curves,
            known=tuple(imported.known),
            assumed=tuple(assumption for assumption in (*imported.assumed, *standard) if assumption.bridges),
            left_out=tuple(imported.left_out),
            problems=len(problems),
            planning_year=imported.planning_year,
            inspected_again=imported.history.inspected_again if imported.history else 0,
            notices=(*problems.remarks, *notices, *imported.notices, *_notice_of_tables_by_hand(folder, start_year)),
        )
        files.write_text(ASSUMPTIONS_FILE, str(report))
        tables = {LIVES_FILE: imported.lives, PROBLEMS_FILE: problems.table() if len(problems) else None}
        for name, table in tables.items():
            if table is None:
                files.remove(name)
            else:
                files.write_table(name, table)
    return report
