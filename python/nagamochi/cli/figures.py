"""`nagamochi figures`: figures of a saved plan for print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json
from nagamochi.cli.report import Language, PlanFolder


def figures(
    plan: PlanFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the figures to.")],
    language: Language = "ja",
    json: Json = False,
) -> None:
    """Draw a saved plan for print: PNG, SVG and PDF.

    Yearly costs, condition and use of the budget; of a genetic search also its
    convergence, and where requests were counted the study's figure 3.
    """
    from nagamochi.planning import read_plan
    from nagamochi.report.plan_figures import write_plan_figures

    names, notices = write_plan_figures(read_plan(plan), out, language=language)
    terminal.print_notices(notices)
    if json:
        terminal.print_json({"folder": str(out), "files": names, "notices": notices})
    else:
        terminal.print_title(f"{out}: {', '.join(names)}")
