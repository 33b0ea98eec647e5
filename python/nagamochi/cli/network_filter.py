"""`nagamochi network`: networks made from networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.command import Command
from nagamochi.cli.options import Json, NetworkFolder
from nagamochi.cli.terminal import count

network = typer.Typer(no_args_is_help=True, help="Make networks from networks, whole or in parts.")


@network.command("filter", cls=Command, epilog="Example: nagamochi network filter region --owner North --out north")
def filter_network(
    folder: NetworkFolder,
    owner: Annotated[list[str], typer.Option(metavar="NAME", help="Whose bridges; may be repeated for other owners.")],
    out: Annotated[Path, typer.Option(help="Folder to write the network to.")],
    json: Json = False,
) -> None:
    """Write a network folder with the bridges of some owners.

    Their works, closed years, removals and rows go with them; the budget and
    the rows of all bridges do not. What is left out is listed.
    """
    from nagamochi.network import read_network
    from nagamochi.network.owners import of_owners

    part = of_owners(read_network(folder), owner)
    part.write(out)
    terminal.print_notices(part.notices)
    if json:
        counts = {"bridges": part.n_bridges, "curves": part.n_curves}
        terminal.print_json({"folder": str(out), **counts, "notices": part.notices})
    else:
        terminal.print_facts({"written": f"{out}: {count(part.n_bridges, 'bridge')}, {count(part.n_curves, 'curve')}"})
