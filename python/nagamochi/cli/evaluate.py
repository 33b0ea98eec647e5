"""`nagamochi evaluate`: what given decisions cost and keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import parse
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
    require_budget,
)
from nagamochi.cli.plan import finish_plan
from nagamochi.cli.plan_parts import evaluate_in_parts, is_parts
from nagamochi.cli.problem_options import EvaluationOptions


@takes_groups
def evaluate_decisions(
    context: typer.Context,
    network: NetworkFolder,
    decisions: Annotated[
        Path,
        typer.Argument(
            metavar="DECISIONS",
            help="CSV file: bridge_id, level, first_year, interval; e.g. a plan.csv. For a folder of parts also the "
            "folder of its plan.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    budget: Budget = None,
    start_year: StartYear = None,
    *,
    options: EvaluationOptions,
    cluster: Cluster = None,
    language: TableLanguage = "en",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Evaluate decisions that you give, such as today's practice.

    Shows what they cost, which years exceed their budget, and how far at most
    they are from the best possible decisions; writes the files of a plan.
    A folder of parts is evaluated part after part.
    """
    from nagamochi import planning
    from nagamochi.network import read_network
    from nagamochi.planning.plan_folder import IN_EVERY_FOLDER

    if is_parts(network):
        evaluate_in_parts(
            context, network, decisions, out, options=options, cluster=cluster, threads=threads, json=json
        )
        return
    refuse_cluster(cluster)
    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    given = options.arguments
    bridges = read_network(network, parse.start_year("--start-year", start_year))
    require_budget(budget, bridges, network)
    make_folder(out, IN_EVERY_FOLDER)
    found = planning.evaluate_plan(bridges, decisions, yearly_budget, **given, threads=threads)
    finish_plan(found, out, language=language, json=json)
