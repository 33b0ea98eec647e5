"""What `nagamochi plan` says at its end."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from nagamochi.cli import terminal
from nagamochi.cli.terminal import count, millions, yen

if TYPE_CHECKING:
    import polars as pl

    from nagamochi.planning import NetworkPlan

FILES = ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv", "summary.json")
SHOWN_YEARS = 10


def print_saved_summary(folder: Path) -> None:
    """Print what the folder's summary.json says, and the folder, for programs."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    terminal.print_json({"folder": str(folder), **summary})


def print_plan(plan: NetworkPlan, folder: Path) -> None:
    """Print the verdict, the figures behind it, and where the files are."""
    years_short = plan.yearly.filter(plan.yearly["shortfall"] > 0)
    terminal.print_title(f"Plan of {count(plan.network.n_bridges, 'bridge')} over {count(plan.horizon, 'year')}")
    terminal.print_facts(
        {
            "cost": f"{yen(plan.cost)}{_discounted(plan)}",
            "budget": _budget(plan),
            "feasible": _verdict(plan, years_short),
            "smallest flat budget": _smallest_flat_budget(plan),
            "search": _search(plan),
            "evaluations": _evaluations(plan),
            "time": f"{plan.seconds:.1f} s",
            "files": f"{folder}: {', '.join(FILES)}",
        }
    )
    if len(years_short) > 0:
        _print_years_short(years_short)


def _discounted(plan: NetworkPlan) -> str:
    rate = plan.parameters["discount_rate"]
    return f", discounted by {rate:.1%} a year" if rate else ""


def _budget(plan: NetworkPlan) -> str:
    low, high = float(plan.budget.min()), float(plan.budget.max())
    return f"{yen(low)} a year" if low == high else f"from {yen(low)} to {yen(high)} a year"


def _verdict(plan: NetworkPlan, years_short: pl.DataFrame) -> str:
    if plan.feasible:
        return "yes: every year keeps to its budget"
    reasons = []
    if len(years_short) > 0:
        years = (
            "1 year exceeds its budget" if len(years_short) == 1 else f"{len(years_short)} years exceed their budget"
        )
        reasons.append(f"{years}, by {yen(plan.overrun)} together")
    if plan.health_shortfall > 0:
        reasons.append(f"health falls below its minimum, by {plan.health_shortfall:.2f} together")
    return f"NO: {'; '.join(reasons)}"


def _smallest_flat_budget(plan: NetworkPlan) -> str:
    if isfinite(plan.smallest_flat_budget):
        return f"{yen(plan.smallest_flat_budget)} a year, of the plans that this run met"
    return "none: this run met no plan that keeps minimum health"


def _search(plan: NetworkPlan) -> str:
    end = {"generations": "", "converged": ", converged", "interrupted": ", INTERRUPTED"}[plan.stopped]
    return (
        f"{plan.generations:,} generations{end}; best plan from generation {plan.last_improvement:,}; seed {plan.seed}"
    )


def _evaluations(plan: NetworkPlan) -> str:
    loaded = f", {plan.memo_loaded:,} plans from its file" if plan.memo_loaded else ""
    return f"{plan.evaluations:,} of {plan.requests:,} requests; {plan.memo_hits:,} memo hits{loaded}"


def _print_years_short(years_short: pl.DataFrame) -> None:
    shown = years_short.top_k(SHOWN_YEARS, by="shortfall").sort("year")
    of = f": the {SHOWN_YEARS} worst of {len(years_short)}" if len(years_short) > SHOWN_YEARS else ""
    terminal.print_title(f"\nYears over budget, million yen{of}")
    terminal.print_table(
        ["year", "inspection", "repair", "total", "budget", "over by"],
        ([str(year), *map(millions, amounts)] for year, *amounts in shown.iter_rows()),
    )
