"""The same network under several ways to maintain it: the table and the curves of a 長寿命化修繕計画."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from nagamochi.base import arguments, records
from nagamochi.base.folder import replacing_files
from nagamochi.network import Network
from nagamochi.network.budget import Budget
from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning import NetworkPlan, PlanningProblem, evaluate_plan, solve
from nagamochi.planning.plan_network import budget_of
from nagamochi.report.digest import Digest, reactive_decisions
from nagamochi.report.sentences import in_words
from nagamochi.tables import ArrowStream
from nagamochi.vocabulary import decimals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUDGET_CHANGES = (-0.2, 0.2)
EVALUATED = ("horizon", "discount_rate", "min_health", "carry_over", "space", "shortfall", "threads")
OF_SOLVE = ("solver", "threads")
JAPANESE_NAMES = {"reactive": "事後保全型", "practice": "現行", "plan": "予防保全型（計画）"}


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Plans of one network by scenario.

    Attributes
    ----------
    plans : mapping of str to NetworkPlan
        By name: reactive, practice (where decisions were given), plan, and a name such as "budget -20%" for each
        change of the budget.
    """

    plans: Mapping[str, NetworkPlan] = field(default_factory=dict)

    @property
    def table(self) -> pl.DataFrame:
        """A row for each scenario; yen are present values but backlog, gap and lower_bound are empty where none exist.

        Columns scenario, cost, feasible, overrun, lowest_health, mean_health (last year), shortfall (health points x
        years), backlog (last year), lower_bound, gap, saving (against reactive repair).
        """
        reactive = self.plans["reactive"].cost
        return pl.DataFrame([_row(name, plan, reactive) for name, plan in self.plans.items()], infer_schema_length=None)

    @property
    def yearly(self) -> pl.DataFrame:
        """Columns scenario, year, total, cumulative (yen), lowest_health, mean_health, backlog (yen).

        If the network has a start year, the fiscal year follows the year.
        """
        table = pl.concat(
            digest.plan.yearly.select(
                pl.lit(name).alias("scenario"), "year", "total", cumulative=pl.col("total").cum_sum()
            ).join(
                digest.condition.select("year", "lowest_health", "mean_health", "backlog"),
                on="year",
                maintain_order="left",
            )
            for name, digest in ((name, Digest(plan)) for name, plan in self.plans.items())
        )
        return with_fiscal_years(table, self.plans["plan"].network.start_year)

    def save(self, folder: str | Path, *, language: str = "en") -> list[str]:
        """Write a folder; all of its files are replaced together, those of the plans, too.

        It has a folder for each plan, the figures, scenarios_yearly.csv, certificates.json and scenarios.csv.

        Parameters
        ----------
        folder : path
            Made where it does not exist.
        language : {"en", "ja"}
            Of the heads of tables, the names of scenarios in them, and the labels of figures.

        Returns
        -------
        list of str
            What was not drawn as asked for.

        Raises
        ------
        OSError
            A file cannot be written.
        """
        from nagamochi.report.figure_files import drawing, write_figures

        with drawing(language) as (shown_in, notices), replacing_files(Path(folder)) as drafts:
            of_plans = {drafts.subfolder(_folder_of(name)): plan for name, plan in self.plans.items()}
            for of_plan, plan in of_plans.items():
                plan.write_to(of_plan, language)
            write_figures(drafts, self.figures(shown_in))
            drafts.write_table("scenarios_yearly.csv", shown(self.yearly, language))
            drafts.write_record(
                "certificates.json", {name: plan.certificate.record for name, plan in self.plans.items()}
            )
            drafts.write_table("scenarios.csv", shown(self.table, language))
        return notices

    def figures(self, language: str) -> Iterator[tuple[str, Axes]]:
        """Draw cumulative cost, mean health and backlog of all scenarios; yields names with axes."""
        from nagamochi.report.figures.scenarios import draw_scenarios

        yearly = named(self.yearly, language)
        for column in ("cumulative", "mean_health", "backlog"):
            yield column, draw_scenarios(yearly, column, language=language)


def _folder_of(name: str) -> str:
    """Return the name of a scenario's folder."""
    return name.replace(" ", "_").replace("%", "")


def named(table: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return a table with the names of its scenarios in a language."""
    names = {name: scenario_name(name, language) for name in table["scenario"].unique()}
    return table.with_columns(pl.col("scenario").replace_strict(names, return_dtype=pl.String))


def shown(table: pl.DataFrame, language: str) -> pl.DataFrame:
    """Return a table with numbers rounded as files have them; in Japanese with heads and names of scenarios."""
    rounded = table.with_columns(pl.col(name).round(digits) for name, digits in decimals(table.columns).items())
    return in_words(named(rounded, language), language)


def scenario_name(name: str, language: str) -> str:
    """Return the name of a scenario in a language."""
    if language == "en":
        return name
    return JAPANESE_NAMES.get(name, name.replace("budget ", "予算"))


def compare_scenarios(
    network: Network,
    budget: Budget | None = None,
    *,
    practice: ArrowStream | str | Path | None = None,
    budget_changes: Sequence[float] = BUDGET_CHANGES,
    report: Callable[[str], Any] = lambda name: None,
    **options: Any,
) -> Scenarios:
    """Plan a network, and compare with reactive repair, today's practice and other budgets.

    Parameters
    ----------
    network : Network
        Bridges and their deterioration curves.
    budget : float, array_like, table, path or None
        As in `nagamochi.planning.plan_network`.
    practice : table, str or Path, optional
        Today's decisions, as in `nagamochi.planning.evaluate_plan`.
    budget_changes : sequence of float
        Shares by which further plans have more budget, above -1.
    report : callable
        Called with the name of each scenario before it is computed.
    **options
        Of `plan_network`, such as ``horizon`` and ``solver``, or of `PlanningProblem`.

    Returns
    -------
    Scenarios

    Raises
    ------
    InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> from nagamochi import datasets
    >>> found = compare_scenarios(datasets.paper_ten(), 30e6, solver="relaxation", budget_changes=())
    >>> found.table["scenario"].to_list()
    ['reactive', 'plan']
    """
    return Scenarios(dict(_computed(network, budget, practice, budget_changes, report, options)))


def _computed(
    network: Network,
    budget: Budget | None,
    practice: ArrowStream | str | Path | None,
    budget_changes: Sequence[float],
    report: Callable[[str], Any],
    options: dict[str, Any],
) -> Iterator[tuple[str, NetworkPlan]]:
    report("plan")
    plan = _planned(network, budget, **options)
    of_evaluation = {name: value for name, value in options.items() if name in EVALUATED}
    report("reactive")
    yield "reactive", evaluate_plan(network, reactive_decisions(plan), inf, **of_evaluation | {"min_health": None})
    if practice is not None:
        report("practice")
        yield "practice", evaluate_plan(network, practice, plan.problem.budget, **of_evaluation)
    yield "plan", plan
    for change in budget_changes:
        name = f"budget {change:+.0%}"
        report(name)
        yield name, _planned(network, plan.problem.budget * (1 + change), **options)


def _planned(network: Network, budget: Budget | None, *, horizon: int = 50, **options: Any) -> NetworkPlan:
    of_solve = {name: value for name, value in options.items() if name in OF_SOLVE}
    of_problem = {name: value for name, value in options.items() if name not in OF_SOLVE}
    return solve(
        PlanningProblem(network, budget_of(network, budget, arguments.horizon(horizon)), **of_problem), **of_solve
    )


def _row(name: str, plan: NetworkPlan, reactive: float) -> dict[str, Any]:
    condition = Digest(plan).condition
    bound = records.plain(plan.certificate.lower_bound)
    return {
        "scenario": name,
        "cost": plan.cost,
        "feasible": plan.feasible,
        "overrun": plan.outcome.overrun,
        "lowest_health": condition["lowest_health"][1:].min(),
        "mean_health": condition["mean_health"][-1],
        "shortfall": float(plan.backlog.shortfall[1:].sum()),
        "backlog": condition["backlog"][-1],
        "lower_bound": None if bound is None else float(bound),
        "gap": plan.gap,
        "saving": reactive - plan.cost,
    }
