"""`nagamochi plans`: the complete table of what plans cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import terminal
from nagamochi.cli.option_groups import takes_groups
from nagamochi.cli.options import Json, NetworkFolder, TableLanguage, Threads
from nagamochi.cli.problem_options import PlanOptions
from nagamochi.cli.progress import ProgressLine


@takes_groups
def plans(
    network: NetworkFolder,
    file: Annotated[Path, typer.Option("--out", help="The table to write: .csv or .parquet.")],
    *,
    options: PlanOptions,
    language: TableLanguage = "en",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Write what every plan of every bridge costs.

    One row per bridge and plan: bridge_id, level, first_year, interval, delay
    (where there are any), lcc, lowest_health, and the cost of each year,
    cost_y1, cost_y2, ..
    """
    from nagamochi import planning
    from nagamochi.network import read_network

    given = options.arguments
    bridges = read_network(network)
    terminal.print_notices(bridges.notices)
    with ProgressLine() as line:
        rows = planning.write_plan_table(
            bridges,
            file,
            **given,
            threads=threads,
            language=language,
            progress=line.report,
        )
    if json:
        terminal.print_json(
            {
                "file": str(file),
                "rows": rows,
                "bridges": bridges.n_bridges,
                "horizon": options.horizon,
                "discount_rate": options.discount_rate,
                "notices": bridges.notices,
            }
        )
    else:
        terminal.print_title(f"{rows:,} plans of {bridges.n_bridges:,} bridges over {options.horizon} years: {file}")
