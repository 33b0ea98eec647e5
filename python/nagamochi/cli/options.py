"""Arguments and options that several commands have."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from nagamochi.network import Network

NetworkFolder = Annotated[
    Path, typer.Argument(metavar="NETWORK", help="Folder with bridges.csv, curves.csv and costs.csv, or workbook.")
]
Threads = Annotated[int, typer.Option(help="Threads to use; 0: all cores. Results do not depend on it.")]
TableLanguage = Annotated[
    Literal["en", "ja"],
    typer.Option("--lang", help="Language of the heads and our words in the CSV files; both are read."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="local:N|ADDRESS",
        help="Work on parts in N processes, or on a Dask cluster whose scheduler is at tcp://..; needs the extra "
        "distributed.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
Budget = Annotated[
    str | None,
    typer.Option(
        metavar="YEN|FILE|none",
        help="Yen per year for the whole network (also 5000万円), a CSV file with year, budget, or none; "
        "by default the network's budget.csv.",
    ),
]
StartYear = Annotated[
    str | None,
    typer.Option(
        metavar="YEAR",
        help="The fiscal year that is year 1, e.g. 2026 or R8: results name fiscal years, files may; "
        "by default the network's network.csv.",
    ),
]


def executor_of(cluster: str | None) -> AbstractContextManager[Executor | None]:
    """Start or find the executor that --cluster asks for; none without it."""
    if cluster is None:
        return nullcontext()
    from nagamochi.base.cluster import cluster as start

    return start(cluster)


def refuse_cluster(cluster: str | None) -> None:
    """Refuse --cluster for a network in one piece."""
    if cluster is not None:
        raise typer.BadParameter("must be given for a folder of parts only", param_hint="'--cluster'")


def require_budget(budget: str | None, network: Network, folder: Path) -> None:
    """Refuse a network without a limit on yen where no budget is given."""
    from nagamochi.planning.plan_network import has_limit

    if budget is None and not has_limit(network):
        raise typer.BadParameter(f"must be given, as {folder} has no budget.csv", param_hint="'--budget'")
