"""What `nagamochi plan` prints at its end."""

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

SHOWN_FILES = ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv", "certificate.json", "summary.json")
SHOWN_YEARS = 10


def print_saved_summary(folder: Path) -> None:
    """Print what the folder's summary.json says, and the folder, for programs."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    terminal.print_json({"folder": str(folder), **summary})


def print_plan(plan: NetworkPlan, folder: Path) -> None:
    """Print the verdict, the figures behind it, and where the files are."""
    years_over = plan.yearly.filter(plan.yearly["overrun"] > 0)
    terminal.print_title(_headline(plan, years_over))
    terminal.print_facts(
        {
            "network": f"{count(plan.network.n_bridges, 'bridge')} over {count(plan.horizon, 'year')}",
            "cost": f"{yen(plan.cost)}{_discounted(plan)}",
            "budget": _budget(plan),
            "bound": _bound(plan),
            "smallest flat budget": _smallest_flat_budget(plan),
            **({} if plan.run is None else plan.run.facts),
            "time": f"{plan.seconds:.1f} s",
            "files": f"{folder}: {', '.join(SHOWN_FILES)}",
        }
    )
    if len(years_over) > 0:
        _print_years_over(years_over)


def _headline(plan: NetworkPlan, years_over: pl.DataFrame) -> str:
    cost = f"{millions(plan.cost)} million yen over {count(plan.horizon, 'year')}"
    if plan.feasible:
        return f"Feasible: every year keeps its budget; {cost}, at most {plan.gap:.2%} above the best possible plan"
    reasons = []
    if len(years_over) > 0:
        years = "1 year exceeds its budget" if len(years_over) == 1 else f"{len(years_over)} years exceed their budget"
        reasons.append(f"{years}, by {yen(plan.outcome.overrun)} together")
    if plan.outcome.health_deficit > 0:
        reasons.append(f"health falls below its minimum, by {plan.outcome.health_deficit:.2f} together")
    return f"NOT FEASIBLE: {'; '.join(reasons)}; {cost}"


def _discounted(plan: NetworkPlan) -> str:
    rate = plan.problem.discount_rate
    return f", discounted by {rate:.1%} a year" if rate else ""


def _budget(plan: NetworkPlan) -> str:
    low, high = float(plan.problem.budget.min()), float(plan.problem.budget.max())
    if low == high:
        return f"{yen(low)} a year" if isfinite(low) else "none"
    return f"from {yen(low)} to {yen(high) if isfinite(high) else 'none'} a year"


def _bound(plan: NetworkPlan) -> str:
    certificate = plan.certificate
    if certificate.proven_infeasible:
        return f"no plan keeps every budget and minimum health, proven by: {certificate.method}"
    return f"no feasible plan costs less than {yen(certificate.lower_bound)}; {certificate.method}"


def _smallest_flat_budget(plan: NetworkPlan) -> str:
    low, high = plan.certificate.smallest_flat_budget
    if not isfinite(high):
        return "none known: no plan met keeps minimum health"
    return f"{yen(high)} a year is enough" + (f"; less than {yen(low)} is not" if low else "")


def _print_years_over(years_over: pl.DataFrame) -> None:
    shown = years_over.top_k(SHOWN_YEARS, by="overrun").sort("year")
    of = f": the {SHOWN_YEARS} worst of {len(years_over)}" if len(years_over) > SHOWN_YEARS else ""
    terminal.print_title(f"\nYears over budget, million yen{of}")
    terminal.print_table(
        ["year", "inspection", "repair", "total", "budget", "over by"],
        ([str(year), *map(millions, amounts)] for year, *amounts in shown.iter_rows()),
    )
