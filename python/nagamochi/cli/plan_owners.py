"""`nagamochi plan --by owner` for a folder of parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nagamochi.base.facts import in_percent
from nagamochi.base.folder import make_folder
from nagamochi.cli import parse, terminal
from nagamochi.cli.options import executor_of
from nagamochi.cli.plan_parts import OF_PARTS, gap_in_parts
from nagamochi.cli.problem_options import ProblemOptions
from nagamochi.cli.progress import ProgressLine
from nagamochi.cli.terminal import count, millions

if TYPE_CHECKING:
    from nagamochi.planning import PartsPooling, Solver

OF_OWNERS = (*OF_PARTS, "by", "pools", "language")
SHOWN_POOLS = 50
SHARED_OUT = "--budget, shared out in proportion to what bridges cost in a year (assumed)"


def plan_owners_in_parts(
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
    """Plan each owner and each pool of owners of a network in parts, and print what pooling is worth."""
    from nagamochi import planning
    from nagamochi.network import read_parts
    from nagamochi.network.pools import read_pools

    gap = gap_in_parts(context, solver, OF_OWNERS)
    given, (budget, pools) = options.arguments, (context.params[name] for name in ("budget", "pools"))
    total = None if budget is None else parse.budget("--budget", budget)
    parts = read_parts(folder)
    pool_of = None if pools is None else read_pools(pools, parts.owners)
    make_folder(out, ("pooling.json",))
    with executor_of(cluster) as executor, ProgressLine() as line:
        budgets = None
        if total is not None:
            interval = max(given["space"].intervals)
            budgets = planning.share_out(
                parts,
                total,
                executor,
                horizon=given["horizon"],
                interval=interval,
                threads=threads,
                progress=line.report,
            )
        problem = planning.OwnersProblem.of(
            parts, budgets, pools=pool_of, source=SHARED_OUT, residual=context.params["residual"], **given
        )
        pooling = planning.pool_parts(
            problem,
            out,
            executor,
            gap=gap,
            threads=threads,
            language=context.params["language"],
            progress=line.report,
        )
    if json:
        terminal.print_json({"folder": str(out), **pooling.to_dict()})
    else:
        _print(pooling, out)


def _print(pooling: PartsPooling, folder: Path) -> None:
    """Print what pooling is worth, the figures of the pools, and where the files are."""
    from nagamochi.report.sentences import parts_pooling_sentences

    for language in ("en", "ja"):
        terminal.print_title(parts_pooling_sentences(pooling, language))
    pools = pooling.pools
    terminal.print_facts(
        {
            "network": f"{count(pooling.problem.parts.n_bridges, 'bridge')} of {count(len(pooling.apart), 'owner')}",
            "budgets": f"{millions(float(pools['budget'].sum()))} million yen over all years; {pooling.problem.source}",
            "files": f"{folder}: owners.csv, pools.csv, pooling.json, apart/, pooled/",
        }
    )
    terminal.print_title("\nPools, million yen over all years, present value; the saving counts shortfall, too")
    terminal.print_table(
        ["pool", "owners", "bridges", "budget enough", "own budgets", "gap", "pooled budget", "gap", "saves"],
        (
            [
                row["pool"],
                f"{row['owners']:,}",
                f"{row['bridges']:,}",
                f"{row['owners_feasible']:,}",
                millions(row["cost_apart"]),
                _share(row["gap_apart"]),
                millions(row["cost_pooled"]),
                _share(row["gap_pooled"]),
                _saved(row["value_at_least"], row["value_at_most"]),
            ]
            for row in pools.head(SHOWN_POOLS).iter_rows(named=True)
        ),
        texts={"pool"},
    )
    if pools.height > SHOWN_POOLS:
        terminal.print_facts({"": f"and {count(pools.height - SHOWN_POOLS, 'pool')} more in pools.csv"})


def _share(gap: float | None) -> str:
    return "-" if gap is None else in_percent(gap)


def _saved(least: float | None, most: float | None) -> str:
    if least is None:
        return "own budgets proven too small"
    return f"at least {millions(least)}" if most is None else f"{millions(least)} to {millions(most)}"
