"""`nagamochi evaluate`: what given decisions cost and keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nagamochi.base.folder import make_folder
from nagamochi.cli import parse
from nagamochi.cli.options import (
    Budget,
    CarryOver,
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
    TableLanguage,
    Threads,
    plan_space,
    require_budget,
    shortfall_of,
)
from nagamochi.cli.plan import finish_plan


def evaluate_decisions(
    network: NetworkFolder,
    decisions: Annotated[
        Path,
        typer.Argument(metavar="DECISIONS", help="CSV file: bridge_id, level, first_year, interval; e.g. a plan.csv."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    budget: Budget = None,
    start_year: StartYear = None,
    carry_over: CarryOver = False,
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
    language: TableLanguage = "en",
    threads: Threads = 0,
    json: Json = False,
) -> None:
    """Evaluate decisions that you give, such as today's practice.

    Shows what they cost, which years exceed their budget, and how far at most
    they are from the best possible decisions; writes the files of a plan.
    """
    from nagamochi import planning
    from nagamochi.network import read_network

    yearly_budget = None if budget is None else parse.budget("--budget", budget)
    minimum = parse.min_health("--min-health", min_health or [])
    plans = plan_space(space, levels, first_years, intervals, delays)
    shortfall = shortfall_of(shortfall_price, shortfall_below)
    bridges = read_network(network, parse.start_year("--start-year", start_year))
    require_budget(budget, bridges, network)
    make_folder(out)
    found = planning.evaluate_plan(
        bridges,
        decisions,
        yearly_budget,
        horizon=horizon,
        discount_rate=discount_rate,
        min_health=minimum,
        carry_over=carry_over,
        space=plans,
        shortfall=shortfall,
        threads=threads,
    )
    finish_plan(found, out, language=language, json=json)
