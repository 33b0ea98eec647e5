"""`nagamochi papers`: the studies reproduced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.figures import FigureSize
from nagamochi.cli.options import Json
from nagamochi.cli.report import Language


def papers(
    out: Annotated[Path, typer.Option(help="Folder to write tables and figures to.")],
    seeds: Annotated[int, typer.Option(help="Runs of the genetic algorithm for each mode of table 3.")] = 5,
    size: FigureSize = None,
    language: Language = "ja",
    json: Json = False,
) -> None:
    """Reproduce the tables and figures of the studies, with the published values beside ours.

    Bridges: table 3 (medians over the seeds) and figure 3. Pavement: table 2
    and figures 6 to 13. Photos: tables 1 and 2, with what chance would give.
    Tables are CSV, figures PNG, SVG and PDF; notes.txt describes each file
    and says what is not reproduced.
    """
    from nagamochi.report import figure_files  # noqa: F401  needs matplotlib, which is looked for before anything runs
    from nagamochi.report.papers import Papers, write_papers

    found = Papers(seeds)
    names, notices = write_papers(found, out, language=language, size=parse.size("--size", size))
    findings = found.findings(language)
    terminal.print_notices(notices)
    if json:
        terminal.print_json({"folder": str(out), "files": names, "findings": findings, "notices": notices})
        return
    terminal.print_title(f"{out}: {terminal.count(len(names), 'file')}; notes.txt describes them")
    terminal.print_list(findings)
