"""`nagamochi fit curves`: health curves of members from their inspections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json

if TYPE_CHECKING:
    from nagamochi.deterioration.curves import Correction

CORRECTIONS: dict[str, Correction | None] = {"latest": "latest", "least-squares": "least squares", "none": None}


def curves(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, also gzipped: one row for each inspection.")],
    out: Annotated[Path, typer.Option(help="Folder to write curves.csv to.")],
    by: Annotated[
        str, typer.Option(metavar="COLUMN,..", help="What tells the curves of one base curve.")
    ] = "member,damage",
    correct: Annotated[
        Literal["latest", "least-squares", "none"], typer.Option(help="How later inspections correct a life.")
    ] = "latest",
    shape: Annotated[str, typer.Option(metavar="P|fit", help="Of all curves, 0.2 to 10, or fitted.")] = "2",
    now: Annotated[float | None, typer.Option(help="Year to tell the health for; else as last inspected.")] = None,
    json: Json = False,
) -> None:
    """Fit a health curve to every member and damage of every bridge.

    FILE has the columns bridge_id, member, damage, location (optional),
    year, health (5 as new .. 1) and age or year_built. First inspections
    give the base curve of a group; later ones correct each life, kept
    between half and twice the base life. A rise in health by more than
    0.25 is a repair, from which the member starts anew.

    Writes curves.csv (as in a network folder), base_curves.csv,
    corrections.csv and summary.txt.
    """
    from nagamochi import deterioration

    found = deterioration.fit_curves(
        file,
        by=[name.strip() for name in by.split(",") if name.strip()],
        correct=CORRECTIONS[correct],
        shape="fit" if shape == "fit" else _shape(shape),
        now=now,
    )
    found.write(out)
    terminal.print_notices(found.notices)
    if json:
        terminal.print_json({"folder": str(out), **found.describe()})
    else:
        typer.echo(found.summary())


def _shape(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"must be a number or fit; got {text!r}", param_hint="'--shape'") from None
