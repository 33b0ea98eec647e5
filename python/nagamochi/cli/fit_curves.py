"""`nagamochi fit curves`: health curves of members from their inspections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json

if TYPE_CHECKING:
    from nagamochi.deterioration.curves.fit import Correction

CORRECTIONS: dict[str, Correction | None] = {"latest": "latest", "least-squares": "least squares", "none": None}


def curves(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE..", help="A table with a row for each inspection; or a list.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write curves.csv to.")],
    by: Annotated[
        str, typer.Option(metavar="COLUMN,..", help="Columns that identify curves with one base curve.")
    ] = "member,damage",
    correct: Annotated[
        Literal["latest", "least-squares", "none"], typer.Option(help="How later inspections correct a life.")
    ] = "latest",
    shape: Annotated[str, typer.Option(metavar="P|fit", help="Shape of all curves, 0.2 to 10, or fitted.")] = "2",
    tolerance: Annotated[float, typer.Option(help="A rise in health by more than this is a repair.")] = 0.25,
    bounds: Annotated[
        str, typer.Option(metavar="LOW,HIGH", help="Least and largest life as a ratio to the base life.")
    ] = "0.5,2",
    prior_weight: Annotated[float, typer.Option(help="Number of inspections that the base life counts as.")] = 0.0,
    now: Annotated[float | None, typer.Option(help="Year of the health written; else of the last inspection.")] = None,
    json: Json = False,
) -> None:
    """Fit a health curve to every member and damage of every bridge.

    FILE has the columns bridge_id, member, damage, location (optional),
    year (a year or a date), health (5 as new .. 1) and age or year_built,
    by these names or their Japanese ones. First inspections give the base
    curve of a group; later ones correct each life, within --bounds. A rise
    in health by more than --tolerance is a repair and restarts the curve;
    a smaller one is a rating error.

    Ontario's list, as published or as inventory and history, is read as
    it is: health from its BCI.

    restored_year and restored_health (5 if empty) give the last
    restoration before an inspection.

    Writes curves.csv for a network folder (with the columns quantity,
    unit and cost_model of FILE),
    base_curves.csv, corrections.csv, residuals.csv and curves_summary.txt.
    """
    from nagamochi import deterioration, importers

    notices: list[str] = []
    rounds = importers.read_rounds(files, notices=notices)
    if rounds is None and len(files) > 1:
        raise typer.BadParameter(
            "one table only, unless it is a list with a condition index by year", param_hint="FILE"
        )
    found = deterioration.fit_curves(
        files[0] if rounds is None else rounds,
        by=list(parse.names(by)),
        correct=CORRECTIONS[correct],
        shape="fit" if shape == "fit" else _numbers(shape, 1, "--shape", "must be a number or fit")[0],
        tolerance=tolerance,
        bounds=_bounds(bounds),
        prior_weight=prior_weight,
        now=now,
    )
    found.write(out)
    terminal.print_notices([*notices, *found.notices])
    if json:
        terminal.print_json({"folder": str(out), **found.describe()})
    else:
        typer.echo(found.summary())


def _bounds(text: str) -> tuple[float, float]:
    low, high = _numbers(text, 2, "--bounds", "must be two numbers like 0.5,2")
    return low, high


def _numbers(text: str, count: int, option: str, rule: str) -> list[float]:
    numbers = parse.numbers(option, text, rule)
    if len(numbers) != count:
        raise parse.wrong(option, rule, text)
    return numbers
