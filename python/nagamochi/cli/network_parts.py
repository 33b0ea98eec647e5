"""`nagamochi network split`, `join` and `info`: networks in parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json, NetworkFolder
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.terminal import count

if TYPE_CHECKING:
    from nagamochi.network import Network, NetworkParts

LEVELS = "level_per is not used in plans of a network in parts: every bridge has one repair level"

PartsFolder = Annotated[Path, typer.Argument(metavar="PARTS", help="Folder of parts, with parts.json.")]


def split_network(
    folder: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the parts to.")],
    bridges: Annotated[int, typer.Option(help="Bridges of each part.", min=1)] = 10_000,
    by: Annotated[
        Literal["owner"] | None,
        typer.Option(help="owner: give every part the bridges of one owner alone, for nagamochi plan --by owner."),
    ] = None,
    json: Json = False,
) -> None:
    """Cut a network folder into parts, each a folder of Parquet files.

    The budget and the rows are those of the whole: CSV files beside the
    parts, which may be edited.
    """
    from nagamochi.network import read_network, split, write_parts

    network = read_network(folder)
    notices = [*network.notices, *([LEVELS] if network.by_member.any() else [])]
    terminal.print_notices(notices)
    with ProgressLine() as line:
        parts = write_parts(
            split(network, bridges, by=by), out, budget=network.budget, rows=network.rows, progress=line.report
        )
    if json:
        terminal.print_json({"folder": str(out), **_counts(parts), "notices": notices})
    else:
        terminal.print_facts({"written": f"{out}: {_said(parts)} in {count(len(parts), 'part')}"})


def join_parts(
    folder: PartsFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the network to.")],
    json: Json = False,
) -> None:
    """Write parts as one network folder, holding one part at a time."""
    from nagamochi.base.folder import replacing_files
    from nagamochi.network import read_parts
    from nagamochi.network.join import join

    if out.resolve() == folder.resolve():
        raise typer.BadParameter("must be another folder than that of the parts", param_hint="'--out'")
    parts = read_parts(folder)
    with replacing_files(out) as files:
        join(parts, files, limits={"budget": parts.budget, "rows": parts.rows})
    if json:
        terminal.print_json({"folder": str(out), "bridges": parts.n_bridges, "curves": parts.n_curves})
    else:
        terminal.print_facts({"written": f"{out}: {_said(parts)}"})


def network_info(
    folder: Annotated[Path, typer.Argument(metavar="NETWORK", help="Network folder, workbook, or folder of parts.")],
    json: Json = False,
) -> None:
    """Show what a network or a folder of parts holds, with its fingerprint."""
    from nagamochi.network import read_network, read_parts
    from nagamochi.network.network import PARTS

    if (folder / PARTS).exists():
        parts = read_parts(folder)
        limits, owners, found = (parts.budget, parts.rows), len(parts.owners), _counts(parts)
        facts = {"network": f"{_said(parts)} in {count(len(parts), 'part')}"}
        fingerprint, start_year = parts.fingerprint, parts.start_year
    else:
        network = read_network(folder)
        terminal.print_notices(network.notices)
        limits, owners = (network.budget, network.rows), network.bridges["owner"].drop_nulls().n_unique()
        found = {"bridges": network.n_bridges, "curves": network.n_curves}
        facts = {"network": _said(network)}
        fingerprint, start_year = network.fingerprint, network.start_year
    years, rows = (0 if table is None else len(table) for table in limits)
    if json:
        about = {"owners": owners, "start_year": start_year, "budget_years": years, "rows": rows}
        terminal.print_json({"folder": str(folder), **found, **about, "fingerprint": fingerprint})
        return
    facts["owners"] = f"{owners:,}"
    facts["start year"] = "not given" if start_year is None else f"{start_year}"
    facts["budget"] = count(years, "year") if years else "none"
    facts["rows"] = f"{rows:,}"
    facts["fingerprint"] = fingerprint
    terminal.print_facts(facts)


def _said(network: Network | NetworkParts) -> str:
    return f"{count(network.n_bridges, 'bridge')}, {count(network.n_curves, 'curve')}"


def _counts(parts: NetworkParts) -> dict[str, Any]:
    of_parts = [{"name": part.name, "bridges": part.bridges, "fingerprint": part.fingerprint} for part in parts.parts]
    return {"bridges": parts.n_bridges, "curves": parts.n_curves, "parts": of_parts}
