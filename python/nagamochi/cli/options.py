"""Arguments and options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NetworkFolder = Annotated[
    Path, typer.Argument(metavar="NETWORK", help="Folder with bridges.csv, curves.csv and costs.csv.")
]
Horizon = Annotated[int, typer.Option(help="Years to plan for.")]
DiscountRate = Annotated[float, typer.Option(help="Per year, e.g. 0.04; budgets are never discounted.")]
Threads = Annotated[int, typer.Option(help="Threads to use; 0: all cores. Results do not depend on it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
