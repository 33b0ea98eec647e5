"""`nagamochi budget`: what plans cost and keep under one budget after another."""

from __future__ import annotations

from math import inf, isfinite
from pathlib import Path
from typing import Annotated

import typer

from nagamochi.base.facts import in_percent
from nagamochi.base.folder import make_folder, replacing_files
from nagamochi.cli import parse, terminal
from nagamochi.cli.option_groups import takes_groups
from nagamochi.cli.options import (
    Cluster,
    Json,
    NetworkFolder,
    StartYear,
    TableLanguage,
    Threads,
    executor_of,
    refuse_cluster,
)
from nagamochi.cli.plan_parts import OF_PARTS, is_parts, refuse_in_parts
from nagamochi.cli.problem_options import ProblemOptions
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.terminal import millions, yen

CURVE_FILES = ("need.csv", "budget_curve.csv")


@takes_groups
def plan_budgets(
    context: typer.Context,
    network: NetworkFolder,
    out: Annotated[Path, typer.Option(help="Folder to write budget_curve.csv and need.csv to.")],
    budgets: Annotated[
        str | None, typer.Option(metavar="YEN,YEN..", help="Yen per year; by default 20 that matter.")
    ] = None,
    start_year: StartYear = None,
    *,
    options: ProblemOptions,
    cluster: Cluster = None,
    language: TableLanguage = "en",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Plan under one flat budget after another, and find the smallest that is enough.

    Each budget has its cost, the proof of how good its plan is, and how low
    health falls; without a budget, what every year would need. A folder of
    parts is planned part after part.
    """
    import polars as pl

    from nagamochi import planning
    from nagamochi.network import read_network, read_parts, yearly_budget
    from nagamochi.network.plan_years import with_fiscal_years
    from nagamochi.tables.language import in_language

    wanted = None if budgets is None else parse.budgets("--budgets", budgets)
    given = options.arguments
    if is_parts(network):
        refuse_in_parts(context, (*OF_PARTS, "budgets", "language"))
        parts = read_parts(network)
        in_parts = planning.PartsProblem.of(parts, inf, **given)
        make_folder(out, CURVE_FILES)
        with executor_of(cluster) as executor, ProgressLine() as line:
            curve = planning.parts_budget_curve(in_parts, wanted, executor, threads=threads, progress=line.report)
        start, space = parts.start_year, in_parts.shared.space
    else:
        refuse_cluster(cluster)
        bridges = read_network(network, parse.start_year("--start-year", start_year))
        make_folder(out, CURVE_FILES)  # fails now rather than after the search
        problem = planning.PlanningProblem(network=bridges, budget=yearly_budget(inf, given.pop("horizon")), **given)
        with ProgressLine() as line:
            curve = planning.budget_curve(problem, wanted, threads=threads, progress=line.report)
        start, space = bridges.start_year, problem.space
    need = pl.DataFrame({"year": range(1, len(curve.need) + 1), "need": curve.need})
    need = with_fiscal_years(need, start)
    with replacing_files(out) as files:
        for name, table in zip(CURVE_FILES, (need, curve.table), strict=True):
            files.write_table(name, in_language(table, language))
    low, high = curve.smallest_flat_budget
    if json:
        record = {"folder": str(out), "smallest_flat_budget": [low, high], "budgets": curve.table.to_dicts()}
        terminal.print_json({**record, "need": curve.need.tolist()})
        return
    later = ", the rest carried over," if options.carry_over else ""
    left_out = " if repairs may be left out" if space.has_never else ""
    enough = f"{yen(high)} a year{later} is enough{left_out}" if isfinite(high) else "no budget is known to be enough"
    terminal.print_title(f"{enough}; proven: less than {yen(low)} is not")
    terminal.print_facts({"need": f"{yen(curve.need.mean())} a year on average, {yen(curve.need.max())} at most"})
    terminal.print_title("\nFlat budgets, million yen")
    terminal.print_table(
        ["budget", "feasible", "cost", "gap", "over budget", "lowest health", "below health 2", "backlog"],
        (
            [
                millions(row["budget"]),
                "yes" if row["feasible"] else "no, proven" if row["lower_bound"] == float("inf") else "none found",
                millions(row["cost"]),
                "-" if row["gap"] is None else in_percent(row["gap"]),
                millions(row["overrun"]),
                f"{row['lowest_health']:.2f}",
                f"{row['share_below_2']:.1%}",
                millions(row["backlog"]),
            ]
            for row in curve.table.iter_rows(named=True)
        ),
        texts={"feasible"},
    )
    terminal.print_facts({"files": f"{out}: budget_curve.csv, need.csv"})
