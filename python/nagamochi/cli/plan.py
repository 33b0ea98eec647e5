"""`nagamochi plan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import terminal
from nagamochi.cli.command import INTERRUPTED
from nagamochi.cli.options import DiscountRate, Horizon, Json, NetworkFolder, Seed, Threads
from nagamochi.cli.plan_summary import print_plan, print_saved_summary
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.terminal import millions

if TYPE_CHECKING:
    from nagamochi import _core


def _genetic(help: str) -> Any:
    return typer.Option(help=help, rich_help_panel="Genetic algorithm")


def plan(
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
            help="Health, 1 to 5, to keep from the first possible repair on: of all, or again and again of members.",
        ),
    ] = None,
    interval: Annotated[
        Literal["common", "per-bridge"], typer.Option(help="Whether all bridges share one inspection interval.")
    ] = "common",
    levels: Annotated[
        Literal["bridge", "member"], typer.Option(help="Whether a bridge has one repair level or each of its members.")
    ] = "bridge",
    solver: Annotated[Literal["ga"], typer.Option(help="ga: the genetic algorithm.")] = "ga",
    memo: Annotated[
        str,
        typer.Option(
            metavar="off|run|FILE",
            help="Evaluate a plan at every request, once in the run, or look it up in a file that later runs use too.",
        ),
    ] = "run",
    seed: Seed = 0,
    threads: Threads = 0,
    population: Annotated[int, _genetic("Individuals.")] = 100,
    generations: Annotated[int, _genetic("Generations at most.")] = 200,
    crossover_rate: Annotated[float, _genetic("Share of children that have a father too.")] = 0.8,
    cut_points: Annotated[int, _genetic("Cuts at which a child changes from one parent to the other.")] = 5,
    mutation_rate: Annotated[float, _genetic("Share of a child's genes that change at random.")] = 0.05,
    tournament: Annotated[int, _genetic("Individuals drawn, the best of which becomes a parent.")] = 2,
    elitism: Annotated[int, _genetic("Best individuals that live on unchanged.")] = 1,
    converged_share: Annotated[float, _genetic("Share equal to the best at which a population has converged.")] = 0.9,
    large_mutations: Annotated[int, _genetic("How often convergence is answered by a large mutation.")] = 20,
    large_mutation_rate: Annotated[float, _genetic("Share of genes that change in a large mutation.")] = 0.5,
    json: Json = False,
) -> None:
    """Plan inspections and repairs: the least cost that keeps to the budget of every year.

    Writes plan.csv, work_programme.csv, yearly.csv, condition.csv and, last,
    summary.json. Where the search meets no plan that keeps to the budget, it
    gives the one that exceeds it least. Ctrl-C ends it with the best so far.
    """
    from nagamochi import planning
    from nagamochi.network import read_network

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
            interval=interval,
            levels=levels,
            solver=solver,
            memo=memo,
            seed=seed,
            threads=threads,
            population=population,
            generations=generations,
            crossover_rate=crossover_rate,
            cut_points=cut_points,
            mutation_rate=mutation_rate,
            tournament=tournament,
            elitism=elitism,
            converged_share=converged_share,
            large_mutations=large_mutations,
            large_mutation_rate=large_mutation_rate,
            progress=lambda record: line.show(_progress(record, generations)),
        )
    found.save(out)
    terminal.print_notices(found.notices)
    if json:
        print_saved_summary(out)
    else:
        print_plan(found, out)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def _progress(record: _core.GenerationRecord, generations: int) -> str:
    over = f"{millions(record.overrun)} over budget" if record.overrun else "within budget"
    hits = 100 * (1 - record.evaluations / record.requests)
    return (
        f"generation {record.generation}/{generations}: {millions(record.cost)} million yen, {over}, "
        f"memo hits {hits:.0f} %"
    )


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
