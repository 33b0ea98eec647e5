"""`nagamochi plan`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.base import arguments
from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.command import INTERRUPTED
from nagamochi.cli.option_groups import takes_groups
from nagamochi.cli.options import (
    Budget,
    Cluster,
    Json,
    NetworkFolder,
    StartYear,
    TableLanguage,
    Threads,
    refuse_cluster,
)
from nagamochi.cli.plan_owners import plan_owners_in_parts
from nagamochi.cli.plan_parts import is_parts, plan_in_parts
from nagamochi.cli.plan_summary import print_plan, print_pooling, print_saved_summary, print_scatter
from nagamochi.cli.problem_options import ProblemOptions
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.scatter_options import ScatterOptions
from nagamochi.cli.solver_options import given_solver

if TYPE_CHECKING:
    from nagamochi.planning import ConfidentPlan, NetworkPlan, Pooling


@takes_groups
def plan(
    context: typer.Context,
    network: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    budget: Budget = None,
    start_year: StartYear = None,
    *,
    options: ProblemOptions,
    solver: Annotated[
        str | None,
        typer.Option(
            metavar="relaxation|exact|genetic|highs",
            help="How to search; by default relaxation, or the solver whose options are given.",
        ),
    ] = None,
    owner: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Plan this owner's bridges alone; may be repeated for other owners."),
    ] = None,
    by: Annotated[
        Literal["owner"] | None,
        typer.Option(help="owner: plan within each owner's own budget (rows.csv) and within their sum, and compare."),
    ] = None,
    pools: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --by owner, for a folder of parts: table of owner, pool; owners of a pool share their budgets. "
            "By default all do.",
        ),
    ] = None,
    stay_close_to: Annotated[
        Path | None,
        typer.Option(
            metavar="PLAN", help="Folder or plan.csv of a former plan: every change of it counts as --change-cost."
        ),
    ] = None,
    change_cost: Annotated[
        float | None, typer.Option(metavar="YEN", help="What a bridge whose plan changes counts besides its cost.")
    ] = None,
    residual: Annotated[
        Literal["none", "linear"],
        typer.Option(help="linear: what is used up of the curves' value in the last year counts as cost, too."),
    ] = "none",
    ratings: ScatterOptions,
    budget_confidence: Annotated[
        float | None,
        typer.Option(
            metavar="PROBABILITY",
            help="Where ratings scatter: keep the budget of every year with this probability, e.g. 0.9, not only on "
            "average.",
        ),
    ] = None,
    drawn: Annotated[
        int | None,
        typer.Option(
            metavar="SEED",
            help="Where ratings scatter: add the works of one case of drawn ratings, drawn_programme.csv and "
            "drawn_yearly.csv.",
        ),
    ] = None,
    min_work: Annotated[
        str | None,
        typer.Option(
            metavar="YEN",
            help="The smallest job, all works of a bridge in a year, that is worth a contract (also 100万円): smaller "
            "ones are marked, the plan is the same.",
        ),
    ] = None,
    cluster: Cluster = None,
    language: TableLanguage = "en",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Plan inspections and repairs: the least cost that keeps the budget of every year and all of rows.csv.

    Writes plan.csv, work_programme.csv, yearly.csv, condition.csv and others,
    last summary.json. Where no plan keeps the budget, it gives one that
    exceeds it little. Without a budget, the plan is the need: the cheapest
    plan, what it spends in each year, and the smallest budget that is enough
    if it is the same in every year. Ctrl-C ends the search with the best plan
    so far.

    A folder of parts (nagamochi network split) is planned part after part;
    the folder of the plan then has Parquet files by part. A run that is
    stopped resumes from OUT/prices.json. With --by owner the parts are those
    of split --by owner; each plan is kept as soon as it is made.
    """
    from dataclasses import replace
    from math import inf

    from nagamochi import planning
    from nagamochi.network import read_network
    from nagamochi.network.owners import of_owners
    from nagamochi.planning.plan_folder import IN_EVERY_FOLDER
    from nagamochi.planning.plan_network import budget_of, has_limit

    chosen = given_solver(context, solver)
    if is_parts(network):
        (plan_in_parts if by is None else plan_owners_in_parts)(
            context,
            network,
            out,
            options=options,
            solver=chosen,
            cluster=cluster,
            threads=threads,
            json=json,
        )
        return
    if pools is not None:
        raise typer.BadParameter("must be given for a folder of parts only", param_hint="'--pools'")
    refuse_cluster(cluster)
    if by is not None and budget is not None:
        raise typer.BadParameter("must not be given with --by owner: rows.csv says it", param_hint="'--budget'")
    if by is not None and min_work is not None:
        raise typer.BadParameter("must not be given with --by owner", param_hint="'--min-work'")
    smallest = None if min_work is None else parse.yen("--min-work", min_work)
    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    given = options.arguments
    bridges = read_network(network, parse.start_year("--start-year", start_year))
    if owner:
        bridges = of_owners(bridges, owner)
    horizon = arguments.horizon(given.pop("horizon"))
    needs = by is None and budget is None and not has_limit(bridges)
    problem = planning.PlanningProblem(
        network=bridges,
        budget=budget_of(bridges, inf if by is not None or needs else yearly_budget, horizon),
        residual=residual,
        scatter=ratings.rating_scatter,
        **given,
    )
    if (stay_close_to is None) != (change_cost is None):
        raise typer.BadParameter("must be given together", param_hint="'--stay-close-to' and '--change-cost'")
    if stay_close_to is not None and change_cost is not None:
        problem = planning.stay_close(problem, stay_close_to, change_cost)
    if by is not None and budget_confidence is not None:
        raise typer.BadParameter("must not be given with --by owner", param_hint="'--budget-confidence'")
    if drawn is not None:
        if by is not None:
            raise typer.BadParameter("must not be given with --by owner", param_hint="'--drawn'")
        problem.check_drawn("drawn", drawn)
    make_folder(out, IN_EVERY_FOLDER)  # fails now rather than after the search
    with ProgressLine() as line:
        search: dict[str, Any] = {
            "solver": chosen,
            "threads": threads,
            "progress": lambda progress: line.show(progress.text),
        }
        confident = worth = None
        if budget_confidence is not None:
            confident = planning.plan_with_confidence(problem, budget_confidence, **search)
            answer: NetworkPlan | Pooling = confident.plan
        else:
            solved_by = planning.pool_budgets if by is not None else planning.plan_need if needs else planning.solve
            answer = solved_by(problem, **search)
        if isinstance(answer, planning.NetworkPlan) and problem.scatter is not None and not answer.interrupted:
            worth = planning.scatter_worth(answer if confident is None else confident.on_average, **search)
    if isinstance(answer, planning.Pooling):
        finish_pooling(answer, out, language=language, json=json)
    else:
        found = replace(answer, min_work=smallest, worth=worth, drawn_seed=drawn)
        finish_plan(found, out, confident, language=language, json=json)


def finish_plan(
    found: NetworkPlan,
    out: Path,
    confident: ConfidentPlan | None = None,
    *,
    language: str,
    json: bool,
) -> None:
    """Save a plan and print what it says."""
    found.save(out, language=language)
    print_saved(found, out, confident, json=json)


def print_saved(found: NetworkPlan, out: Path, confident: ConfidentPlan | None = None, *, json: bool) -> None:
    """Print what a saved plan says, with what scatter costs and what confidence does where ratings scatter."""
    terminal.print_notices(found.notices)
    if json:
        print_saved_summary(out, {} if confident is None else {"budget_confidence": confident.to_dict()})
    else:
        print_plan(found, out)
        if found.worth is not None:
            print_scatter(found, found.worth, confident)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def finish_pooling(pooling: Pooling, out: Path, *, language: str, json: bool) -> None:
    """Save what pooling budgets is worth and print what it says."""
    pooling.save(out, language=language)
    terminal.print_notices(dict.fromkeys((*pooling.apart.notices, *pooling.pooled.notices)))
    if json:
        terminal.print_json({"folder": str(out), **pooling.to_dict()})
    else:
        print_pooling(pooling, out)
    if pooling.apart.interrupted or pooling.pooled.interrupted:
        raise typer.Exit(INTERRUPTED)
