"""`nagamochi plan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.command import INTERRUPTED
from nagamochi.cli.options import (
    Budget,
    DiscountRate,
    FirstYears,
    Horizon,
    Intervals,
    Json,
    Levels,
    MinHealth,
    NetworkFolder,
    Threads,
    plan_space,
)
from nagamochi.cli.plan_summary import print_plan, print_saved_summary
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.solver_options import given_solver

if TYPE_CHECKING:
    from nagamochi.planning import NetworkPlan


def plan(
    context: typer.Context,
    network: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    budget: Budget = None,
    horizon: Horizon = 50,
    discount_rate: DiscountRate = 0.0,
    min_health: MinHealth = None,
    levels: Levels = None,
    first_years: FirstYears = None,
    intervals: Intervals = None,
    interval_per: Annotated[
        Literal["network", "bridge"],
        typer.Option(help="Whether all bridges share an inspection interval or each has its own."),
    ] = "network",
    level_per: Annotated[
        Literal["bridge", "member"], typer.Option(help="Whether a bridge has one repair level or each of its members.")
    ] = "bridge",
    solver: Annotated[
        str | None,
        typer.Option(
            metavar="relaxation|exact|genetic",
            help="How to search; by default relaxation, or the solver whose options are given.",
        ),
    ] = None,
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Plan inspections and repairs: the least cost that keeps the budget of every year.

    Writes plan.csv, work_programme.csv, yearly.csv, condition.csv and others,
    last summary.json. Where no plan keeps the budget, it gives one that
    exceeds it little. Ctrl-C ends the search with the best plan so far.
    """
    from nagamochi import planning
    from nagamochi.network import read_network

    chosen = given_solver(context, solver)
    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    minimum = parse.min_health("--min-health", min_health or [])
    space = plan_space(levels, first_years, intervals)
    bridges = read_network(network)
    if budget is None and bridges.budget is None:
        raise typer.BadParameter(f"must be given, as {network} has no budget.csv", param_hint="'--budget'")
    make_folder(out)  # fails now rather than after the search
    with ProgressLine() as line:
        found = planning.plan_network(
            bridges,
            yearly_budget,
            horizon=horizon,
            discount_rate=discount_rate,
            min_health=minimum,
            space=space,
            interval_per=interval_per,
            level_per=level_per,
            solver=chosen,
            threads=threads,
            progress=lambda progress: line.show(progress.text),
        )
    finish_plan(found, out, json=json)


def finish_plan(found: NetworkPlan, out: Path, *, json: bool) -> None:
    """Save a plan and print what it says."""
    found.save(out)
    terminal.print_notices(found.notices)
    if json:
        print_saved_summary(out)
    else:
        print_plan(found, out)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)
