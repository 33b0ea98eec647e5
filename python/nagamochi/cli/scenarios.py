"""`nagamochi scenarios`: the same network maintained in several ways."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nagamochi.base.facts import in_percent
from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.option_groups import takes_groups
from nagamochi.cli.options import Budget, Json, NetworkFolder, StartYear, Threads, require_budget
from nagamochi.cli.problem_options import ProblemOptions
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.report import Language
from nagamochi.cli.terminal import millions

if TYPE_CHECKING:
    from nagamochi.report.scenarios import Scenarios


@takes_groups
def scenarios(
    network: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the scenarios to.")],
    budget: Budget = None,
    start_year: StartYear = None,
    practice: Annotated[
        Path | None,
        typer.Option(help="Today's decisions, CSV: bridge_id, level, first_year, interval."),
    ] = None,
    budget_changes: Annotated[
        str, typer.Option(metavar="C,C..", help="Shares by which further plans have more budget, above -1.")
    ] = "-0.2,0.2",
    *,
    options: ProblemOptions,
    solver: Annotated[str, typer.Option(help="How to search.")] = "relaxation",
    language: Language = "ja",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Compare reactive repair, today's practice, the plan, and plans with other budgets.

    Writes scenarios.csv, scenarios_yearly.csv, certificates.json, figures of
    cost, health and backlog, and the plan of each scenario in its folder.
    """
    from nagamochi.network import read_network
    from nagamochi.report.scenarios import compare_scenarios

    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    given = options.arguments
    changes = parse.numbers("--budget-changes", budget_changes)
    if not all(-1 < change < inf for change in changes):
        raise parse.wrong("--budget-changes", "must be finite numbers above -1", budget_changes)
    bridges = read_network(network, parse.start_year("--start-year", start_year))
    require_budget(budget, bridges, network)
    make_folder(out)
    with ProgressLine() as line:
        found = compare_scenarios(
            bridges,
            yearly_budget,
            practice=practice,
            budget_changes=changes,
            report=line.show,
            **given,
            solver=solver,
            threads=threads,
        )
    notices = found.save(out, language=language)
    terminal.print_notices(notices)
    if json:
        terminal.print_json({"folder": str(out), "scenarios": found.table.to_dicts(), "notices": notices})
    else:
        _print(found, out)


def _print(found: Scenarios, out: Path) -> None:
    table = found.table
    terminal.print_title(f"{table.height} scenarios: {out}")
    terminal.print_table(
        ["scenario", "cost", "saving", "kept", "lowest", "mean", "backlog", "gap"],
        (
            [
                row["scenario"],
                millions(row["cost"]),
                millions(row["saving"]),
                "yes" if row["feasible"] else "NO",
                f"{row['lowest_health']:.2f}",
                f"{row['mean_health']:.2f}",
                millions(row["backlog"]),
                "-" if row["gap"] is None else in_percent(row["gap"]),
            ]
            for row in table.to_dicts()
        ),
        texts=("scenario", "kept"),
    )
    terminal.print_title("Cost, saving against reactive repair and backlog of the last year in million yen")
