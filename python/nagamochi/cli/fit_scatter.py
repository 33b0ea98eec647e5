"""`nagamochi fit scatter`: how ratings scatter, from members that were rated twice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.fit import column, scale_ends
from nagamochi.cli.options import Json


def scatter(
    file: Annotated[Path, typer.Argument(metavar="PAIRS", help="A table with a row for each member rated twice.")],
    out: Annotated[Path, typer.Option(help="Folder to write the fit to.")],
    rating: Annotated[str, column("Rating by one team.")],
    again: Annotated[str | None, column("Rating of the same member by another team.")] = None,
    truth: Annotated[str | None, column("True health, as a close survey finds it, in place of --again.")] = None,
    bridge: Annotated[str | None, column("Bridge; the ratings of a bridge by one team share an error.")] = None,
    scale: Annotated[
        str, typer.Option(metavar="BEST-WORST", help="Scale of ratings, like 9-0 (NBI), 1-4, or 5-1.")
    ] = "5-1",
    confidence: Annotated[float, typer.Option(help="Probability with which intervals cover the true values.")] = 0.95,
    json: Json = False,
) -> None:
    """Estimate how ratings of one member scatter.

    A row of PAIRS is a member that two teams rated within a short time
    (--rating, --again), or that was rated once and surveyed closely
    (--truth, which also gives the bias). With --bridge, the error that
    all ratings of a bridge by one team share is told apart.

    All estimates are in health points, 5 as new .. 1, on any scale.

    Writes estimates.csv, differences.csv (observed and expected pairs)
    and scatter_summary.txt.
    """
    from nagamochi import deterioration

    if (again is None) == (truth is None):
        raise typer.BadParameter("give one of the two", param_hint="--again, --truth")
    found = deterioration.fit_scatter(
        file,
        rating=rating,
        again=again,
        truth=truth,
        bridge=bridge,
        scale=scale_ends(scale),
        confidence=confidence,
    )
    found.write(out)
    terminal.print_notices(found.notices)
    if json:
        terminal.print_json({"folder": str(out), **found.to_dict()})
    else:
        typer.echo(found.summary())
