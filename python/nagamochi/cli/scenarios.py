"""`nagamochi scenarios`: the same network maintained in several ways."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.options import (
    Budget,
    Delays,
    DiscountRate,
    FirstYears,
    Horizon,
    Intervals,
    Json,
    Levels,
    MinHealth,
    NetworkFolder,
    ShortfallBelow,
    ShortfallPrice,
    Space,
    StartYear,
    Threads,
    plan_space,
    require_budget,
    shortfall_of,
)
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.report import Language
from nagamochi.cli.terminal import millions

if TYPE_CHECKING:
    from nagamochi.report.scenarios import Scenarios


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
    horizon: Horizon = 50,
    discount_rate: DiscountRate = 0.0,
    min_health: MinHealth = None,
    space: Space = "study",
    shortfall_price: ShortfallPrice = None,
    shortfall_below: ShortfallBelow = None,
    levels: Levels = None,
    first_years: FirstYears = None,
    intervals: Intervals = None,
    delays: Delays = None,
    interval_per: Annotated[
        Literal["network", "bridge"],
        typer.Option(help="Whether all bridges share an inspection interval or each has its own."),
    ] = "network",
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
    from nagamochi.report.figure_files import write_figures
    from nagamochi.report.scenarios import compare_scenarios

    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    minimum = parse.min_health("--min-health", min_health or [])
    plans = plan_space(space, levels, first_years, intervals, delays)
    shortfall = shortfall_of(shortfall_price, shortfall_below)
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
            horizon=horizon,
            discount_rate=discount_rate,
            min_health=minimum,
            space=plans,
            shortfall=shortfall,
            interval_per=interval_per,
            solver=solver,
            threads=threads,
        )
    found.save(out, language=language)
    _, notices = write_figures(out, found.figures, language)
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
                "-" if row["gap"] is None else f"{row['gap']:.2%}",
            ]
            for row in table.to_dicts()
        ),
        texts=("scenario", "kept"),
    )
    terminal.print_title("Cost, saving against reactive repair and backlog of the last year in million yen")
