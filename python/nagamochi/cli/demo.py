"""`nagamochi demo`: the main job on a made town."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.options import Json, Seed
from nagamochi.cli.plan import plan


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the town and its plan.")],
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Plan a made town of 300 bridges; no real bridge is in it."""
    from nagamochi import datasets

    town, planned = out / "town", out / "plan"
    datasets.write_example_town(town)
    budget = f"{datasets.EXAMPLE_TOWN_BUDGET:.0f}"
    command = ["nagamochi", "plan", str(town), "--budget", budget, "--seed", str(seed), "--out", str(planned)]
    terminal.note(f"{town}: a made town; no real bridge is in it")
    terminal.note(f"$ {shlex.join(command)}")
    plan(town, planned, budget, seed=seed, json=json)
