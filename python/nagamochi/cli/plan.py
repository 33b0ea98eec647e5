"""`nagamochi plan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import terminal
from nagamochi.cli.command import INTERRUPTED
from nagamochi.cli.options import DiscountRate, Horizon, Json, NetworkFolder, Threads
from nagamochi.cli.plan_summary import print_plan, print_saved_summary
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.solver_options import given_solver

if TYPE_CHECKING:
    from nagamochi.planning import NetworkPlan


def plan(
    context: typer.Context,
    network: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="YEN|FILE",
            help="Yen per year for the whole network, or a CSV file with year, budget; else the network's budget.csv.",
        ),
    ] = None,
    horizon: Horizon = 50,
    discount_rate: DiscountRate = 0.0,
    min_health: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE|MEMBER=VALUE",
            help="Health, 1 to 5, to keep: of all, or again and again of members.",
        ),
    ] = None,
    interval_per: Annotated[
        Literal["network", "bridge"],
        typer.Option(help="Whether all bridges share an inspection interval or each has its own."),
    ] = "network",
    level_per: Annotated[
        Literal["bridge", "member"], typer.Option(help="Whether a bridge has one repair level or each of its members.")
    ] = "bridge",
    solver: Annotated[str, typer.Option(help="How to search.")] = "genetic",
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
    yearly_budget = None if budget is None else _budget(budget)
    minimum = _min_health(min_health or [])
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


def _budget(given: str) -> float | Path:
    yen = _number(given)
    if yen is not None:
        return yen
    if not Path(given).exists():
        rule = f"must be yen per year, or a CSV file with year, budget; got {given!r}"
        raise typer.BadParameter(rule, param_hint="'--budget'")
    return Path(given)


def _min_health(given: list[str]) -> float | dict[str, float] | None:
    if not given:
        return None
    by_member: dict[str, float] = {}
    for text in given:
        member, _, value = text.rpartition("=")
        health = _number(value)
        if health is None or (len(given) > 1 and (not member or member in by_member)):
            rule = f"must be one health for all members, or one member=health for each of some; got {text!r}"
            raise typer.BadParameter(rule, param_hint="'--min-health'")
        if not member:
            return health
        by_member[member] = health
    return by_member


def _number(text: str) -> float | None:
    """The number that a text says, also with thousands commas."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
