"""`nagamochi plan` for a folder of parts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nagamochi.base.facts import in_percent
from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.options import executor_of
from nagamochi.cli.plan_summary import print_saved_summary
from nagamochi.cli.problem_options import EvaluationOptions, ProblemOptions
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.terminal import count, millions, yen

if TYPE_CHECKING:
    from nagamochi.planning import PartsPlan, Solver

OF_PARTS = (
    *("network", "out", "budget", "solver", "gap", "residual", "cluster", "threads", "json"),
    *(field.name for field in fields(ProblemOptions)),
)
"""Options that a folder of parts can be planned with, or that are refused with their reason by the problem."""

SHOWN_FILES = ("plan/", "work_programme/", "yearly.csv", "certificate.json", "summary.json")


def plan_in_parts(
    context: typer.Context,
    folder: Path,
    out: Path,
    *,
    options: ProblemOptions,
    solver: Solver,
    cluster: str | None,
    threads: int,
    json: bool,
) -> None:
    """Plan a network in parts, in this process or on a cluster, and print what the plan says."""
    from nagamochi import planning
    from nagamochi.network import read_parts
    from nagamochi.planning.decomposition.parts_plan import PRICES

    gap = gap_in_parts(context, solver, OF_PARTS)
    given, budget = options.arguments, context.params["budget"]
    parts = read_parts(folder)
    yearly = None if budget is None else parse.budget("--budget", budget)
    problem = planning.PartsProblem.of(parts, yearly, **{**given, "residual": context.params["residual"]})
    make_folder(out, ("summary.json",))
    prices = out / PRICES
    with executor_of(cluster) as executor, ProgressLine() as line:
        found = planning.decompose(problem, executor, gap=gap, threads=threads, progress=line.report, checkpoint=prices)
        found.save(out, executor, works=True, threads=threads, progress=line.report)
    prices.unlink(missing_ok=True)
    terminal.print_notices(problem.notices)
    if json:
        print_saved_summary(out)
    else:
        _print(found, out)


def evaluate_in_parts(
    context: typer.Context,
    folder: Path,
    decisions: Path,
    out: Path,
    *,
    options: EvaluationOptions,
    cluster: str | None,
    threads: int,
    json: bool,
) -> None:
    """Evaluate decisions about a network in parts, here or on a cluster, and print what they cost and keep."""
    from nagamochi import planning
    from nagamochi.network import read_parts

    refuse_in_parts(context, (*OF_PARTS, "decisions"))
    given, budget = options.arguments, context.params["budget"]
    parts = read_parts(folder)
    if budget is None and parts.budget is None:
        raise typer.BadParameter(f"must be given, as {folder} has no budget.csv", param_hint="'--budget'")
    yearly = None if budget is None else parse.budget("--budget", budget)
    make_folder(out, ("summary.json",))
    with executor_of(cluster) as executor, ProgressLine() as line:
        found = planning.evaluate_parts(
            parts, decisions, yearly, executor, threads=threads, progress=line.report, **given
        )
        found.save(out, executor, works=True, threads=threads, progress=line.report)
    if json:
        print_saved_summary(out)
    else:
        _print(found, out)


def is_parts(folder: Path) -> bool:
    """Return whether a folder holds a network in parts, and none in one piece."""
    from nagamochi.base.folder import complete_replacements
    from nagamochi.network.network import PARTS

    complete_replacements(folder)
    return (folder / PARTS).exists() and not (folder / "bridges.csv").exists()


def gap_in_parts(context: typer.Context, solver: Solver, allowed: Collection[str]) -> float:
    """Return the gap to end at; refuse solvers and options that need all bridges in one place."""
    from nagamochi.planning import Relaxation

    if not isinstance(solver, Relaxation) or solver.time_limit is not None:
        raise typer.BadParameter(
            "must be relaxation, without a time limit, for a folder of parts", param_hint="'--solver'"
        )
    refuse_in_parts(context, allowed)
    return solver.gap


def refuse_in_parts(context: typer.Context, allowed: Collection[str]) -> None:
    """Refuse options that are given but not allowed, as they need all bridges in one place."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in allowed and source is not None and source.name == "COMMANDLINE":
            rule = "must not be given for a folder of parts; `nagamochi network join` makes one network of it"
            raise typer.BadParameter(rule, param_hint=f"'{parameter.opts[-1]}'")


def _print(plan: PartsPlan, folder: Path) -> None:
    """Print the verdict, the figures behind it, and where the files are."""
    cost = f"{millions(plan.cost)} million yen over {count(plan.problem.horizon, 'year')}"
    over = plan.yearly.filter(plan.yearly["overrun"] > 0)
    if plan.gap is None:
        terminal.print_title(f"Not feasible: {count(len(over), 'year')} over the budget; {cost}")
    else:
        terminal.print_title(f"Feasible: {cost}, at most {in_percent(plan.gap)} above the best possible plan")
    certificate = plan.certificate
    bound = (
        "no plan keeps every budget" if certificate.proven_infeasible else f"at least {yen(certificate.lower_bound)}"
    )
    rounds = f"{count(len(plan.problem.parts), 'part')}, {count(plan.rounds, 'round')}"
    terminal.print_facts(
        {
            "network": f"{count(plan.problem.n_bridges, 'bridge')} in {rounds}",
            "cost": yen(plan.cost),
            **(
                {}
                if plan.counted_cost == plan.cost
                else {"counted": f"{yen(plan.counted_cost)} with what is not spent"}
            ),
            "bound": bound,
            "time": f"{plan.seconds:.1f} s",
            "files": f"{folder}: {', '.join(SHOWN_FILES)}",
        }
    )
