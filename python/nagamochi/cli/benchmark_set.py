"""`nagamochi benchmark-set`: instances of the planning problem for other solvers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.cli import parse, terminal
from nagamochi.cli.options import Json, Threads
from nagamochi.cli.progress import ProgressLine


def benchmark_set(
    out: Annotated[Path, typer.Option(help="Folder to write to; empty or a benchmark set.")],
    sizes: Annotated[
        str,
        typer.Option(help="Bridges of each instance: 10, 300, 5000, 100000, 730000; the last takes 8 GB."),
    ] = "10,300,5000",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Write made instances for other solvers, with our plans, bounds and a checker.

    Every instance has what each plan of each bridge costs in each year, the
    budgets, our plan and a bound that no plan goes below. check.py says
    whether a plan keeps the budgets and how far it is from the bound.
    """
    from nagamochi.planning.benchmark_set import write_benchmark_set

    rule = "must be whole numbers with commas between"
    numbers = parse.numbers("--sizes", sizes, rule)
    if not all(number.is_integer() for number in numbers):
        raise parse.wrong("--sizes", rule, sizes)
    with ProgressLine() as line:
        written = write_benchmark_set(out, sizes=[*map(int, numbers)], threads=threads, progress=line.report)
    if json:
        records = [
            {"name": instance.name, "cost": instance.cost, "lower_bound": instance.lower_bound, "gap": instance.gap}
            for instance in written
        ]
        terminal.print_json({"folder": str(out), "instances": records})
        return
    terminal.print_title(f"{out}: {terminal.count(len(written), 'instance')}; check.py checks plans")
    gaps = (f"{instance.gap:.1e} above its bound" if instance.gap else "proven best" for instance in written)
    costs = zip(written, gaps, strict=True)
    terminal.print_facts({instance.name: f"{instance.cost:,} yen, {gap}" for instance, gap in costs})
