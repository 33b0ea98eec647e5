"""What `nagamochi plan` prints at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nagamochi.base.facts import in_percent
from nagamochi.cli import terminal
from nagamochi.cli.terminal import count, millions, yen

if TYPE_CHECKING:
    import polars as pl

    from nagamochi.planning import ConfidentPlan, NetworkPlan, Pooling, ScatterWorth

SHOWN_FILES = ("plan.csv", "work_programme.csv", "yearly.csv", "limits.csv", "certificate.json", "summary.json")
SHOWN_YEARS = 10
SHOWN_PRICES = 4
SHOWN_BRIDGES = 5


def print_saved_summary(folder: Path, others: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Print what the folder's summary.json says, the folder, and other facts, for programs."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    terminal.print_json({"folder": str(folder), **summary, **others})


def print_scatter(plan: NetworkPlan, worth: ScatterWorth, confident: ConfidentPlan | None = None) -> None:
    """Print what the scatter of ratings costs, which promises of minimum health are kept and how sure budgets are."""
    on_average = "" if confident is None else ", within the budgets on average"
    terminal.print_title(f"\nScatter of ratings, million yen (expected){on_average}")
    rows = [
        ["plan for certain ratings, if they were certain", millions(worth.as_planned)],
        ["that plan under scatter", f"{millions(worth.expected)} ({worth.surcharge:+.1%})"],
        ["best plan under scatter", millions(worth.best)],
    ]
    if worth.better_rating is not None and worth.saved_per_bridge is not None:
        saved = f"saves {yen(worth.saved_per_bridge)} a bridge"
        rows.append(["best plan if sigma were half as large", f"{millions(worth.better_rating)} ({saved})"])
    terminal.print_table(["", "cost"], rows, texts={"", "cost"})
    _print_overrun_risk(plan, confident)
    if len(plan.promises):
        terminal.print_title("\nProbability to keep the minimum health in all years, of the worst curve")
        terminal.print_table(
            ["member", "minimum", "asked for", "this plan", "at most"],
            (
                [member, f"{health:g}", f"{asked:g}", f"{kept:.4f}", f"{possible:.4f}"]
                for member, health, asked, kept, possible in plan.promises.iter_rows()
            ),
            texts={"member"},
        )


def _print_overrun_risk(plan: NetworkPlan, confident: ConfidentPlan | None) -> None:
    """Print how probable the most probable overrun is, and what the confidence asked for costs."""
    from nagamochi.network.plan_years import named_year

    if plan.overrun_risk is None:
        return
    probability = plan.overrun_risk.probability
    year = named_year(int(probability.argmax()) + 1, plan.network.start_year)
    facts = {"overrun": f"most probable in year {year}, {probability.max():.4f}; all years in yearly.csv"}
    if confident is not None:
        kept = "kept" if confident.kept else "NOT kept"
        facts["confidence"] = (
            f"{confident.confidence:g} for each yearly budget, {kept}; costs {yen(confident.price)} more"
        )
    terminal.print_facts(facts)


def print_plan(plan: NetworkPlan, folder: Path) -> None:
    """Print the verdict in English and Japanese, the figures behind it, and where the files are."""
    from nagamochi.report.digest import Digest
    from nagamochi.report.sentences import headline_sentences

    years_over = plan.yearly.filter(plan.yearly["overrun"] > 0)
    terminal.print_title(_headline(plan, years_over))
    terminal.print_title("".join(headline_sentences(Digest(plan), "ja")))
    terminal.print_facts(
        {
            "network": f"{count(plan.network.n_bridges, 'bridge')} over {_horizon(plan)}",
            "cost": f"{yen(plan.cost)}{_discounted(plan)}",
            **_changes(plan),
            **_used_value(plan),
            **_shortfall(plan),
            **_decided(plan),
            **_small_jobs(plan),
            "budget": _budget(plan),
            **_limits(plan),
            "bound": _bound(plan),
            **_prices(plan),
            **_smallest_flat_budget(plan),
            **({} if plan.run is None else plan.run.facts),
            "time": f"{plan.seconds:.1f} s",
            "files": f"{folder}: {', '.join(SHOWN_FILES)}",
        }
    )
    if plan.need is not None:
        _print_need(plan)
    if len(years_over) > 0:
        _print_years_over(years_over, plan.network.start_year)
    rows_over = _rows_over(plan)
    if len(rows_over) > 0:
        _print_rows_over(rows_over)


def print_pooling(pooling: Pooling, folder: Path) -> None:
    """Print what pooling budgets is worth, the figures behind it, and where the files are."""
    from nagamochi.report.sentences import pooling_sentence

    terminal.print_title(pooling_sentence(pooling, "en"))
    terminal.print_title(pooling_sentence(pooling, "ja"))
    terminal.print_facts(
        {
            "own budgets": _plan_in_short(pooling.apart),
            "pooled budget": _plan_in_short(pooling.pooled),
            "files": f"{folder}: apart/, pooled/, owners.csv, pooling.json",
        }
    )
    terminal.print_title("\nOwners, million yen over all years, not discounted")
    terminal.print_table(
        ["owner", "bridges", "budget", "own budgets", "pooled budget"],
        ([owner, f"{bridges:,}", *map(millions, yen)] for owner, bridges, *yen in pooling.owners.iter_rows()),
        texts={"owner"},
    )


def _plan_in_short(plan: NetworkPlan) -> str:
    if plan.feasible:
        return f"{yen(plan.cost)}, at most {_gap(plan)} above the best possible plan"
    return f"{_headline(plan, plan.yearly.filter(plan.yearly['overrun'] > 0))}; {_bound(plan)}"


def _gap(plan: NetworkPlan) -> str:
    assert plan.gap is not None  # of feasible plans
    return in_percent(plan.gap)


def _headline(plan: NetworkPlan, years_over: pl.DataFrame) -> str:
    cost = f"{millions(plan.cost)} million yen over {count(plan.horizon, 'year')}"
    if plan.feasible and plan.need is not None:
        years = f"{millions(plan.need['mean'])} a year on average, {millions(plan.need['largest'])} in the dearest year"
        gap = f"at most {_gap(plan)} above the least possible cost{_counted(plan)}"
        return f"Need, without a budget: {cost}; {years}; {gap}"
    if plan.feasible:
        kept = "every year keeps its budget" if plan.problem.budget_rows else "no yearly budget"
        others = len(plan.problem.network_rows)
        kept += f", {count(others, 'limit')} of rows.csv kept" if others else ""
        return f"Feasible: {kept}; {cost}, at most {_gap(plan)} above the best possible plan{_counted(plan)}"
    reasons = []
    if len(years_over) > 0 and plan.problem.carry_over:
        most = float(years_over["overrun"].to_numpy().max())
        reasons.append(f"spending exceeds the budgets up to {count(len(years_over), 'year')}, by {yen(most)} at most")
    elif len(years_over) > 0:
        years = "1 year exceeds its budget" if len(years_over) == 1 else f"{len(years_over)} years exceed their budget"
        reasons.append(f"{years}, by {yen(float(years_over['overrun'].to_numpy().sum()))} together")
    rows_over = len(_rows_over(plan))
    if rows_over > 0:
        limits = "1 limit of rows.csv is" if rows_over == 1 else f"{rows_over} limits of rows.csv are"
        reasons.append(f"{limits} exceeded")
    if plan.outcome.health_deficit > 0 and plan.problem.scatter is not None:
        least = float(plan.promises["kept"].to_numpy().min())
        reasons.append(f"a minimum health is kept with a probability of only {least:.4f}")
    elif plan.outcome.health_deficit > 0:
        reasons.append(f"health falls below its minimum, by {plan.outcome.health_deficit:.2f} together")
    if plan.outcome.off_schedule:
        late = count(plan.outcome.off_schedule, "bridge")
        reasons.append(f"{late} not inspected when due after the last inspection")
    shut = plan.in_closed_years
    if shut.height:
        names = ", ".join(shut["bridge_id"].head(SHOWN_BRIDGES)) + (", .." if shut.height > SHOWN_BRIDGES else "")
        reasons.append(f"{count(plan.outcome.closed_works, 'repair')} in closed years, of {names}")
    over = plan.problem.inspections_over
    if over is not None:
        years = f"years {over.first} to {over.last}"
        reasons.append(f"inspections alone cost at least {yen(over.cost)} in {years}, more than is left to spend then")
    return f"NOT FEASIBLE: {'; '.join(reasons)}; {cost}"


def _counted(plan: NetworkPlan) -> str:
    """What bound and gap count besides yen spent."""
    parts = [
        *([] if plan.problem.former_plan is None else ["changes"]),
        *([] if plan.used_value is None else ["value that is used up"]),
        *([] if plan.shortfall_cost is None else ["shortfall"]),
    ]
    return f", counting {' and '.join(parts)}" if parts else ""


def _horizon(plan: NetworkPlan) -> str:
    start = plan.network.start_year
    fiscal = "" if start is None else f", fiscal years {start} to {start + plan.horizon - 1}"
    return f"{count(plan.horizon, 'year')}{fiscal}"


def _changes(plan: NetworkPlan) -> dict[str, str]:
    if plan.problem.former_plan is None:
        return {}
    changed = plan.changes.height
    counted = f", counted as {yen(plan.problem.change_cost)} each in bound and gap"
    return {"changes": f"{changed:,} of {count(len(plan.plan_of_unit), 'former plan')}{counted}"}


def _used_value(plan: NetworkPlan) -> dict[str, str]:
    if plan.used_value is None:
        return {}
    return {"residual value": f"{yen(plan.used_value)} are used up in the last year, counted in bound and gap"}


def _shortfall(plan: NetworkPlan) -> dict[str, str]:
    """What is left undone below the threshold, where anything is or it has a price."""
    left, below = plan.backlog, plan.problem.shortfall.below
    worst = int(left.backlog.argmax())
    if left.backlog[worst] == 0 and plan.shortfall_cost is None:
        return {}
    counted = f", counted as {yen(plan.shortfall_cost)} in bound and gap" if plan.shortfall_cost is not None else ""
    now, most, end = (millions(float(left.backlog[year])) for year in (0, worst, -1))
    return {
        "backlog": f"{now} million yen to repair all below health {below:g}; {most} in year {worst}, {end} at the end",
        "shortfall": f"{left.shortfall[1:].sum():,.1f} points x years below health {below:g}{counted}",
    }


def _decided(plan: NetworkPlan) -> dict[str, str]:
    spent = float(plan.outcome.decided.sum())
    return {"decided": f"{yen(spent)} of works and removals, within the cost, not discounted"} if spent else {}


def _small_jobs(plan: NetworkPlan) -> dict[str, str]:
    """Jobs too small for a contract, where that has a limit."""
    if plan.small_jobs is None or plan.min_work is None:
        return {}
    jobs, small, cost, small_cost = plan.small_jobs
    shares = f" ({small / jobs:.1%}), {small_cost / cost:.1%} of their cost" if small else ""
    of = count(jobs, "job")
    return {"small jobs": f"{small:,} of {of}{shares}, below {yen(plan.min_work)}: all works of a bridge in a year"}


def _discounted(plan: NetworkPlan) -> str:
    rate = plan.problem.discount_rate
    return f", discounted by {rate:.1%} a year" if rate else ""


def _budget(plan: NetworkPlan) -> str:
    low, high = float(plan.problem.budget.min()), float(plan.problem.budget.max())
    later = ", carried over" if plan.problem.carry_over else ""
    if low == high:
        return f"{yen(low)} a year{later}" if isfinite(low) else "none"
    return f"from {yen(low)} to {yen(high) if isfinite(high) else 'none'} a year{later}"


def _limits(plan: NetworkPlan) -> dict[str, str]:
    names = [] if plan.network.rows is None else plan.network.rows["name"].to_list()
    return {"limits": ", ".join(names)} if names else {}


def _prices(plan: NetworkPlan) -> dict[str, str]:
    """The years with the highest prices of a yen, in order of years."""
    from nagamochi.network.plan_years import named_year

    priced = plan.yearly.filter(plan.yearly["price"] > 0)
    if len(priced) == 0:
        return {}
    shown = priced.top_k(SHOWN_PRICES, by="price").sort("year")
    start = plan.network.start_year
    prices = ", ".join(
        f"{price:.2f} in year {named_year(year, start)}" for year, price in shown.select("year", "price").iter_rows()
    )
    more = f", ..; {count(len(priced), 'year')} with a price" if len(priced) > len(shown) else ""
    return {"price of a yen": f"{prices}{more}"}


def _rows_over(plan: NetworkPlan) -> pl.DataFrame:
    """The network's rows that are exceeded, of all limits of the plan."""
    rows = plan.limits[len(plan.problem.budget_rows) :]
    return rows.filter(rows["overrun"] > 0)


def _bound(plan: NetworkPlan) -> str:
    certificate = plan.certificate
    if certificate.proven_infeasible:
        limits = "limit" if plan.problem.network_rows else "budget"
        closed = "" if plan.problem.closed_works is None else ", closed year"
        return f"no plan keeps every {limits}{closed} and minimum health, proven by: {certificate.method}"
    least = f"{yen(certificate.lower_bound)}{_counted(plan)}"
    return f"no feasible plan costs less than {least}; {certificate.method}"


def _smallest_flat_budget(plan: NetworkPlan) -> dict[str, str]:
    low, high = plan.certificate.smallest_flat_budget
    if (not plan.problem.budget_rows and plan.problem.network_rows) or (plan.feasible and plan.problem.carry_over):
        return {}
    if isfinite(high):
        left_out = " if repairs may be left out" if low and plan.problem.space.has_never else ""
        text = f"{yen(high)} a year is enough{left_out}" + (f"; less than {yen(low)} is not" if low else "")
        if not low and not plan.problem.budget_rows:
            text += ", for this plan: less may be for others. Without --budget and budget.csv the least is proven"
    else:
        text = f"none known: no plan met keeps {_other_limits(plan)}"
    return {"smallest flat budget": text}


def _other_limits(plan: NetworkPlan) -> str:
    if plan.problem.network_rows:
        return "all other limits"
    closed = [] if plan.problem.closed_works is None else ["closed years"]
    due = [] if plan.problem.first_years is None else ["first inspections when they are due"]
    health = [] if plan.problem.min_health is None else ["minimum health"]
    return " and ".join(closed + due + health)


def _print_need(plan: NetworkPlan) -> None:
    from nagamochi.network.plan_years import named_year

    terminal.print_title(f"\nNeed by year, million yen: the first {min(SHOWN_YEARS, plan.horizon)} years")
    columns = ["year", "inspection", "repair", "total"]
    terminal.print_table(
        columns,
        (
            [named_year(year, plan.network.start_year), *map(millions, amounts)]
            for year, *amounts in plan.yearly.head(SHOWN_YEARS).select(columns).iter_rows()
        ),
    )


def _print_years_over(years_over: pl.DataFrame, start_year: int | None) -> None:
    from nagamochi.network.plan_years import named_year

    shown = years_over.top_k(SHOWN_YEARS, by="overrun").sort("year")
    of = f": the {SHOWN_YEARS} worst of {len(years_over)}" if len(years_over) > SHOWN_YEARS else ""
    terminal.print_title(f"\nYears over budget, million yen{of}")
    terminal.print_table(
        ["year", "inspection", "repair", "total", "budget", "over by"],
        (
            [named_year(year, start_year), *map(millions, amounts)]
            for year, *amounts in shown.select("year", "inspection", "repair", "total", "budget", "overrun").iter_rows()
        ),
    )


def _print_rows_over(rows_over: pl.DataFrame) -> None:
    shown = rows_over[:SHOWN_YEARS]
    of = f": the first {SHOWN_YEARS} of {len(rows_over)}" if len(rows_over) > SHOWN_YEARS else ""
    terminal.print_title(f"\nLimits of rows.csv that are exceeded, yen or number{of}")
    terminal.print_table(
        ["limit", "bound", "used", "over by"],
        (
            [limit, *(f"{value:,.0f}" for value in values)]
            for limit, *values in shown.select("limit", "bound", "used", "overrun").iter_rows()
        ),
        texts={"limit"},
    )
