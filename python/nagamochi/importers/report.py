"""The result of an import: a network folder and a report of what was known and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nagamochi.base.folder import replacing_files
from nagamochi.importers.planning_year import PlanningYear
from nagamochi.network import Network
from nagamochi.standard_bridge import LONGEST_ASSUMED_SPAN_M, RESTORED_BELOW, STEEL_FROM_SPAN_M

ASSUMPTIONS_FILE = "ASSUMPTIONS.md"
LIVES_FILE = "service_lives.csv"

STANDARD_BRIDGE = (
    "Members, damages and quantities of each bridge are those of nagamochi's standard bridge with its spans, length "
    "and width; spans are equal.",
    "All unit costs and inspection costs are examples in yen, not prices: edit costs.csv and bridges.csv.",
)
STANDARD_LIVES = "Service lives and shapes of all curves are the standard bridge's examples: no history is in the list."
ASSUMED_MATERIAL = (
    f"The material is not in the list: steel where spans are at least {STEEL_FROM_SPAN_M:g} m, else concrete."
)
ASSUMED_SPANS = (
    f"The number of spans is not in the list: the fewest equal spans of at most {LONGEST_ASSUMED_SPAN_M:g} m."
)
AGED = (
    f"a member's health is that of its age on its curve, restored to 5 whenever it had come down to {RESTORED_BELOW:g}"
)


@dataclass(frozen=True)
class ImportReport:
    """What an import read, assumed and left out; also in the folder's ASSUMPTIONS.md.

    Parameters
    ----------
    folder : Path
        The network folder, for `nagamochi.network.read_network`.
    source : str
        Name of the source.
    n_bridges, n_curves : int
        Size of the network.
    known : tuple of str
        Facts that the source states.
    assumed : tuple of str
        Values assumed where the source has none, with counts.
    left_out : tuple of (str, str)
        Bridges of the source that are not in the network, and why.
    planning_year : PlanningYear or None
        Year in which the ages of its bridges end; None if no age was needed.
    """

    folder: Path
    source: str
    n_bridges: int
    n_curves: int
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    planning_year: PlanningYear | None = None

    def __str__(self) -> str:
        """Return the text of ASSUMPTIONS.md."""
        left_out = [f"{bridge}: {reason}" for bridge, reason in self.left_out] or ["none"]
        sections = {"Known": self.known, "Assumed": self.assumed, "Left out": left_out}
        lines = [f"# {self.source}: {self.n_bridges:,} bridges, {self.n_curves:,} curves"]
        for title, sentences in sections.items():
            lines += ["", f"## {title}", "", *(f"- {sentence}" for sentence in sentences)]
        return "\n".join(lines) + "\n"


def span(years: pl.Series) -> str:
    """Return the first and last year as text."""
    known = years.drop_nulls().to_list()
    return f"{min(known)}-{max(known)}" if known else "an unknown year"


def write_import(
    network: Network,
    folder: str | Path,
    source: str,
    known: Sequence[str],
    assumed: Sequence[str],
    left_out: Sequence[tuple[str, str]],
    lives: pl.DataFrame | None = None,
    planning_year: PlanningYear | None = None,
) -> ImportReport:
    """Write the network folder, its ASSUMPTIONS.md and, if they were fitted, the service lives of its bridges."""
    report = ImportReport(
        folder=Path(folder),
        source=source,
        n_bridges=network.n_bridges,
        n_curves=network.n_curves,
        known=tuple(known),
        assumed=(*assumed, *STANDARD_BRIDGE),
        left_out=tuple(left_out),
        planning_year=planning_year,
    )
    with replacing_files(report.folder) as files:
        files.write_text(ASSUMPTIONS_FILE, str(report))
        if lives is None:
            files.remove(LIVES_FILE)
        else:
            files.write_table(LIVES_FILE, lives)
        network.write_to(files)
    return report
