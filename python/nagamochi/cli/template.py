"""`nagamochi template`: an empty workbook for a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json


def template(
    out: Annotated[Path, typer.Option(help="Workbook to write, .xlsx.")],
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of heads, notes and drop-downs.")] = "ja",
    json: Json = False,
) -> None:
    """Write an empty workbook to fill with your bridges.

    It has a sheet for each table of a network, with notes, drop-downs and
    some bridges of the made town as an example. nagamochi plan reads it
    as it reads a network folder.
    """
    from nagamochi.report.template import write_template

    write_template(out, lang)
    if json:
        terminal.print_json({"workbook": str(out), "lang": lang})
    else:
        terminal.print_facts({"written": f"{out}, for nagamochi plan once it is filled"})
