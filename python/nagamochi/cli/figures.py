"""`nagamochi figures`: figures of a saved plan for print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json
from nagamochi.cli.report import Language, PlanFolder

FigureSize = Annotated[
    str | None,
    typer.Option("--size", metavar="WIDTHxHEIGHT", help="Of a figure, cm.", show_default="17.8x10.7"),
]


def figures(
    plan: PlanFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the figures to.")],
    size: FigureSize = None,
    language: Language = "ja",
    json: Json = False,
) -> None:
    """Draw a saved plan for print: PNG, SVG and PDF.

    Yearly costs, condition, use of the budget and backlog; of a genetic
    search also its convergence, and where requests were counted how often it
    requested each interval and level.
    """
    from nagamochi.planning import read_plan
    from nagamochi.report.plan_figures import write_plan_figures

    names, notices = write_plan_figures(read_plan(plan), out, language=language, size=parse.size("--size", size))
    terminal.print_notices(notices)
    if json:
        terminal.print_json({"folder": str(out), "files": names, "notices": notices})
    else:
        terminal.print_title(f"{out}: {', '.join(names)}")
