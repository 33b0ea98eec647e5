"""`nagamochi import`: network folders from lists of road authorities."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json

if TYPE_CHECKING:
    from nagamochi.importers import ImportReport

LANGUAGES = {"ja": "Japanese, as in --min-health 床版=2.5 (--lang en: English)", "en": "English (--lang ja: Japanese)"}

Lists = Annotated[
    list[Path],
    typer.Argument(metavar="LIST..", help="Files of one list: CSV, JSON, Excel or Parquet."),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="Format of the list; by default recognised by its columns."),
]


def import_list(
    lists: Lists,
    out: Annotated[Path, typer.Option("--out", help="The network folder to write.")],
    format: Format = None,
    planning_year: Annotated[
        str | None,
        typer.Option(
            metavar="YEAR",
            help="Ages end in it, e.g. 2026 or R8. Default: the newest inspection's, or else the current year.",
        ),
    ] = None,
    lang: Annotated[
        Literal["ja", "en"] | None,
        typer.Option(help="Language of members and methods in the network. Default: that of the list."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a network folder from a road authority's list.

    Formats: xroad, xroad-saved, mlit, municipal (Japan), ontario, nbi,
    snbi (United States); one may also stand before the files, as in
    "import xroad list.csv". What the list lacks is assumed and printed;
    ASSUMPTIONS.md in the folder records it. problems.csv lists all cells
    that were not used and all bridges that were left out.
    """
    from nagamochi import importers
    from nagamochi.importers.import_list import FORMATS

    first = str(lists[0])
    if format is None and len(lists) > 1 and first in FORMATS and not lists[0].exists():
        format, lists = first, lists[1:]
    year = parse.start_year("--planning-year", planning_year)
    report = importers.import_list(lists, out, format=format, planning_year=year, language=lang)
    if json:
        assumed = [assumption._asdict() for assumption in report.assumed]
        terminal.print_json({**asdict(report), "folder": str(report.folder), "assumed": assumed})
    else:
        _print_report(report)


def _print_report(report: ImportReport) -> None:
    from nagamochi.importers.problems import PROBLEMS_FILE
    from nagamochi.importers.report import ASSUMPTIONS_FILE

    terminal.print_notices(report.notices)
    terminal.print_title(report.title)
    terminal.print_list(report.known)
    if report.assumed:
        terminal.print_title("Assumed")
        terminal.print_list(map(str, report.assumed))
    reasons = Counter(reason for _, reason in report.left_out).most_common()
    left_out = ", ".join(f"{count:,} ({reason})" for reason, count in reasons)
    by = f", by its columns {', '.join(report.recognised_by)}" if report.recognised_by else ", as asked for"
    ages = {} if report.planning_year is None else {"ages end in": str(report.planning_year)}
    again = {"inspected again": f"{terminal.count(report.inspected_again, 'bridge')}, for nagamochi fit hazards"}
    problems = f"{terminal.count(report.problems, 'problem')}, listed in {report.folder / PROBLEMS_FILE}"
    terminal.print_facts(
        {
            "format": report.format + by,
            "members in": LANGUAGES[report.language],
            **ages,
            "left out": left_out or "none",
            "not used": problems if report.problems else "nothing: every cell was read",
            **(again if report.inspected_again else {}),
            "assumed": f"{len(report.assumed)} assumptions, listed in {report.folder / ASSUMPTIONS_FILE}",
            "written": f"{report.folder}, for nagamochi plan",
        }
    )
