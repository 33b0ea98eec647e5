"""`nagamochi import`: network folders from lists of road authorities."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.command import Command
from nagamochi.cli.options import Json

if TYPE_CHECKING:
    from nagamochi.importers import ImportReport

OutFolder = Annotated[Path, typer.Option("--out", help="The network folder to write.")]
PlanningYear = Annotated[
    int | None,
    typer.Option(metavar="YEAR", help="Ages end in it. Default: the newest inspection's, or else the current year."),
]

import_lists = typer.Typer(
    no_args_is_help=True,
    help="Make a network folder from a road authority's list.",
    epilog="Example: nagamochi import ontario inventory.csv history.csv --out ontario",
)


@import_lists.command(cls=Command, epilog="Example: nagamochi import ontario inventory.csv history.csv --out ontario")
def ontario(
    inventory: Annotated[Path, typer.Argument(metavar="INVENTORY", help="CSV, also gzipped: the bridges.")],
    history: Annotated[Path, typer.Argument(metavar="HISTORY", help="CSV, also gzipped: their BCI by year.")],
    out: OutFolder,
    json: Json = False,
) -> None:
    """Import Ontario's provincial bridges with their condition histories."""
    from nagamochi.importers import import_ontario

    _print_report(import_ontario(inventory, history, out), json)


@import_lists.command(cls=Command, epilog="Example: nagamochi import xroad answer.json --out yashio")
def xroad(
    bridge_list: Annotated[Path, typer.Argument(metavar="LIST", help="Answer of the basic API (.json), or CSV.")],
    out: OutFolder,
    planning_year: PlanningYear = None,
    json: Json = False,
) -> None:
    """Import bridges of xROAD, Japan's road facility inspection database."""
    from nagamochi.importers import import_xroad

    _print_report(import_xroad(bridge_list, out, planning_year=planning_year), json)


@import_lists.command(cls=Command, epilog="Example: nagamochi import mlit bridges.csv --out tokyo")
def mlit(
    bridge_list: Annotated[Path, typer.Argument(metavar="LIST", help="CSV, also gzipped.")],
    out: OutFolder,
    planning_year: PlanningYear = None,
    json: Json = False,
) -> None:
    """Import bridges of the MLIT data platform."""
    from nagamochi.importers import import_mlit

    _print_report(import_mlit(bridge_list, out, planning_year=planning_year), json)


def _print_report(report: ImportReport, json: bool) -> None:
    from nagamochi.importers.report import ASSUMPTIONS_FILE

    if json:
        terminal.print_json({**asdict(report), "folder": str(report.folder)})
        return
    terminal.print_title(f"{report.source}: {report.n_bridges:,} bridges, {report.n_curves:,} curves")
    terminal.print_list(report.known)
    reasons = Counter(reason for _, reason in report.left_out).most_common()
    left_out = ", ".join(f"{count:,} ({reason})" for reason, count in reasons)
    ages = {} if report.planning_year is None else {"ages end in": str(report.planning_year)}
    terminal.print_facts(
        {
            **ages,
            "left out": left_out or "none",
            "assumed": f"{len(report.assumed)} assumptions, listed in {report.folder / ASSUMPTIONS_FILE}",
            "written": f"{report.folder}, for nagamochi plan",
        }
    )
