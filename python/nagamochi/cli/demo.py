"""`nagamochi demo`: the main job on a made town."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json
from nagamochi.cli.plan import finish_plan
from nagamochi.cli.progress import ProgressLine


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the town and its plan.")],
    json: Json = False,
) -> None:
    """Plan a made town of 300 bridges; no real bridge is in it."""
    from nagamochi import datasets, planning
    from nagamochi.network import read_network

    town, planned = out / "town", out / "plan"
    datasets.write_example_town(town)
    budget = f"{datasets.EXAMPLE_TOWN_BUDGET:.0f}"
    command = ["nagamochi", "plan", str(town), "--budget", budget, "--out", str(planned)]
    terminal.note(f"{town}: a made town; no real bridge is in it")
    terminal.note(f"$ {shlex.join(command)}")
    with ProgressLine() as line:
        found = planning.plan_network(
            read_network(town),
            datasets.EXAMPLE_TOWN_BUDGET,
            progress=lambda progress: line.show(progress.text),
        )
    finish_plan(found, planned, json=json)
