"""A network plan: what was chosen, what it costs, what it does to the bridges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.facts import ShownByFacts, in_percent
from nagamochi.base.folder import Drafts, replacing_files
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.network import Network
from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.drawn_programme import DRAWN_REASONS, DrawnProgramme, draw_repairs, drawn_costs
from nagamochi.planning.outcome import (
    Accesses,
    Backlog,
    Outcome,
    Repairs,
    backlog_of,
    count_conditions,
    find_accesses,
    find_repairs,
    list_waits,
)
from nagamochi.planning.overrun_risk import OverrunRisk, spending_deviation
from nagamochi.planning.plan_folder import (
    CERTIFICATE,
    CONDITION,
    DECISIONS,
    DRAWN_WORKS,
    DRAWN_YEARLY,
    FORMER,
    LIMITS,
    PRIORITIES,
    WAITING,
    WORKS,
    YEARLY,
    write_plan_files,
)
from nagamochi.planning.priorities import first_works, tabulate_priorities, tabulate_waits
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.reasons import Reasons
from nagamochi.planning.scatter_worth import ScatterWorth
from nagamochi.planning.small_jobs import SmallJobs, costs_of_jobs, count_small, mark_small
from nagamochi.planning.solver import Run, Solver
from nagamochi.planning.work_programme import tabulate_works

Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

HEALTH_CLASSES = ("health_4_to_5", "health_3_to_4", "health_2_to_3", "health_1_to_2", "end_of_service")

REPAIRS_AT_ONCE = 20_000
"""In a block of works that is written: some MB."""


@dataclass(frozen=True, eq=False, repr=False)
class NetworkPlan(ShownByFacts):
    """A plan for every unit of a network, with its outcome and certificate. Tables are made when they are asked for.

    If the network has a start year, tables have the fiscal year in a column after the year.

    Attributes
    ----------
    problem : PlanningProblem
        What was to be planned.
    plan_of_unit : (n_units,) int64
        Index in ``problem.space`` of the plan of each bridge, or of each member of each bridge.
    outcome : Outcome
        What it costs and keeps.
    certificate : Certificate
        How far at most it is from the best possible plan.
    solver : Solver or None
        What found it, with its options; None where the user gave the plan.
    run : Run or None
        How it was found.
    seconds : float
        Time that planning took.
    notices : tuple of str
        Warnings that do not invalidate the plan: those of the network, then those of planning.
    min_work : float or None
        Yen: the smallest job, the works of a bridge in a year, that is worth a contract. It changes no plan; tables of
        works mark smaller ones. ``dataclasses.replace(plan, min_work=1e6)`` sets it.
    worth : ScatterWorth or None
        What the scatter of ratings costs (:func:`scatter_worth`), where it was computed: for reports.
    drawn_seed : int or None
        Seed of the case that :meth:`save` adds where ratings scatter: :meth:`drawn_programme`.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> plan = planning.plan_network(datasets.paper_ten(), budget=30e6)
    >>> plan.yearly.columns
    ['year', 'inspection', 'repair', 'total', 'budget', 'overrun', 'price', 'backlog']
    >>> bool(plan.works["cost"].sum() <= plan.cost)
    True
    """

    problem: PlanningProblem
    plan_of_unit: Indices
    outcome: Outcome
    certificate: Certificate
    solver: Solver | None = None
    run: Run | None = None
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    min_work: float | None = None
    worth: ScatterWorth | None = None
    drawn_seed: int | None = None

    def __post_init__(self) -> None:
        if self.drawn_seed is not None:
            self.problem.check_drawn("drawn_seed", self.drawn_seed)
        if self.min_work is not None and arguments.number("min_work", self.min_work, at_least=0) == 0:
            raise arguments.invalid("min_work", "must be above 0", self.min_work)
        self.plan_of_unit.flags.writeable = False

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    @property
    def network(self) -> Network:
        """What was planned."""
        return self.problem.network

    @property
    def horizon(self) -> int:
        """Years planned."""
        return self.problem.horizon

    @property
    def cost(self) -> float:
        """Yen: present value of all inspections and repairs."""
        return self.outcome.cost

    @property
    def feasible(self) -> bool:
        """Whether budgets and minimum health are kept, no repair falls in a closed year, inspections are when due."""
        return self.outcome.feasible

    @property
    def gap(self) -> float | None:
        """Share of the proven bound by which the cost exceeds it at most; None where the plan is not feasible.

        If the problem has a former plan or counts residual value or shortfall, that counts in both.
        """
        return self.certificate.gap(self.counted_cost) if self.feasible else None

    @property
    def counted_cost(self) -> float:
        """Yen: the cost, and what changes of a former plan, value that is used up and shortfall count besides."""
        return self.cost + self.problem.added_cost(self.plan_of_unit)

    @property
    def used_value(self) -> float | None:
        """Yen, present value: what is used up of the curves' value in the last year; None where it does not count."""
        used = self.problem.used_value
        return None if used is None else float(used[np.arange(len(used)), self.plan_of_unit].sum())

    @property
    def shortfall_cost(self) -> float | None:
        """Yen, present value: what health below the problem's threshold counts; None where it does not count."""
        cost = self.problem.shortfall_cost
        return None if cost is None else float(cost[np.arange(len(cost)), self.plan_of_unit].sum())

    @cached_property
    def backlog(self) -> Backlog:
        """What is left undone below the problem's threshold of health by year, from year 0 on."""
        return backlog_of(self.problem, self.plan_of_unit)

    @property
    def changes(self) -> pl.DataFrame:
        """Units whose plan differs from the problem's former one; no rows without one.

        Columns bridge_id, with levels per member also member, former_level, former_first_year, former_interval, level,
        first_year, interval, and former_delay and delay if they may be other than 1.
        """
        refuse_lost_threads()
        changed = self._changed
        former = self.plan_of_unit if self.problem.former_plan is None else self.problem.former_plan
        before, now = (self.problem.space.to_frame()[plans[changed]] for plans in (former, self.plan_of_unit))
        before = before.rename({name: f"former_{name}" for name in before.columns})
        return self.problem.unit_names.filter(pl.Series(changed)).hstack(before).hstack(now)

    @property
    def _changed(self) -> npt.NDArray[np.bool_]:
        former = self.problem.former_plan
        return np.zeros(len(self.plan_of_unit), bool) if former is None else self.plan_of_unit != former

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.run is not None and self.run.stopped == "interrupted"

    @cached_property
    def decisions(self) -> pl.DataFrame:
        """The plan of each bridge: bridge_id, level, first_year, interval, lcc (yen, discounted), lowest_health.

        If repairs may wait longer than a year, the column delay follows interval; if they may be left out, level is
        text, "never" for bridges without repairs.

        With levels per member a row for each member of each bridge, in the column member; lcc is then of its repairs
        alone, as inspections are the bridge's.
        """
        names = self.problem.unit_names
        chosen = self.problem.space.to_frame()[self.plan_of_unit]
        outcome = self.outcome
        table = names.hstack(chosen).with_columns(lcc=outcome.lcc, lowest_health=outcome.lowest_health)
        return with_fiscal_years(table, self.network.start_year, "first_year", "first_fiscal_year")

    @cached_property
    def works(self) -> pl.DataFrame:
        """All works in order of year, bridge and curve; a row for each item of a curve.

        Columns year, bridge_id, name, member, damage, location, item, method, health_found (at the inspection),
        quantity, unit, cost (yen), reason (a sentence), kind. The method is that of the cost model's nearest knot at or
        below the health in the year before the repair: the health found, unless repairs may wait longer than a year.
        Then the columns found (year of the inspection) and health_before follow health_found. The kind is "preventive
        repair" at a health of 3.5 or better in the year before, else "repair". Access to repairs, decided works and
        removals are listed too, as "access", "decided work" or "removal".

        With `min_work` the last column is small_job: whether all works of the bridge and year, with access and decided
        works, cost less; null where nothing is repaired.
        """
        refuse_lost_threads()
        works = tabulate_works(
            self.network,
            self._repairs,
            self.reasons.texts(np.arange(len(self._repairs.year))),
            self._access_rows(np.arange(1, self.horizon + 1), self._accesses),
            has_delays=self.problem.space.has_delays,
        )
        return self._finished(works)

    def drawn_programme(self, seed: int, language: str = "en") -> DrawnProgramme:
        """Draw one case of what the plan leads to where ratings scatter: works, and what they cost by year.

        Errors of ratings are drawn for every member and year, so plans of the same network with the same seed meet the
        same errors.

        Parameters
        ----------
        seed : int
            At least 0; the same seed gives the same case.
        language : {"en", "ja"}
            Of reasons.

        Returns
        -------
        DrawnProgramme

        Raises
        ------
        nagamochi.errors.InvalidInput
            The seed is negative, or ratings do not scatter in the plan's problem.

        Examples
        --------
        >>> from nagamochi import datasets, planning
        >>> scatter = planning.RatingScatter(0.43)
        >>> problem = planning.PlanningProblem(datasets.paper_ten(), np.full(50, 30e6), scatter=scatter)
        >>> plan = planning.solve(problem)
        >>> case = plan.drawn_programme(7)
        >>> case.works["reason"][0].startswith("rated ")
        True
        >>> case.cost == plan.drawn_programme(7).cost != plan.drawn_programme(8).cost
        True
        """
        refuse_lost_threads()
        scatter = self.problem.check_drawn("seed", seed)
        repairs, ratings = draw_repairs(self.problem, scatter, self.plan_of_unit, seed)
        reason = DRAWN_REASONS[arguments.language(language)]
        reasons = [
            reason.format(rating=rating, year=year, health=health)
            for rating, year, health in zip(ratings, repairs.found_in, repairs.health_found, strict=True)
        ]
        works = tabulate_works(
            self.network,
            repairs,
            pl.Series(reasons, dtype=pl.String),
            self._access_rows(np.arange(1, self.horizon + 1), find_accesses(self.problem, repairs)),
            has_delays=self.problem.space.has_delays,
        )
        yearly, cost = drawn_costs(self.problem, self.outcome, repairs)
        return DrawnProgramme(seed, with_fiscal_years(works, self.network.start_year), yearly, cost)

    def works_by_year(self, language: str = "en") -> Iterator[pl.DataFrame]:
        """Yield the works of one year after another, so that memory stays small; reasons are in "en" or "ja"."""
        for year in range(1, self.horizon + 1):
            yield self._works_of(range(year, year + 1), language)

    def _works_in_blocks(self, language: str) -> Iterator[pl.DataFrame]:
        """Yield the works of some years at once: as many as memory allows, since each table takes its time."""
        repairs = np.bincount(self._repairs.year, minlength=self.horizon + 1).cumsum() // REPAIRS_AT_ONCE
        for block in np.unique(repairs[1:]).tolist():
            first, after = np.searchsorted(repairs[1:], [block, block + 1]).tolist()
            yield self._works_of(range(first + 1, after + 1), language)

    def _works_of(self, years: range, language: str) -> pl.DataFrame:
        chosen = np.flatnonzero((self._repairs.year >= years.start) & (self._repairs.year < years.stop))
        works = tabulate_works(
            self.network,
            self._repairs.some(chosen),
            self.reasons.texts(chosen, language),
            self._access_rows(np.array(years), self._accesses),
            has_delays=self.problem.space.has_delays,
            years=years,
        )
        return self._finished(works)

    def _finished(self, works: pl.DataFrame) -> pl.DataFrame:
        """Return a table of works with what is known of them besides: which are small, and the fiscal year."""
        if self.min_work is not None:
            works = mark_small(works, self.network.bridge_ids, self._jobs, self.min_work)
        return with_fiscal_years(works, self.network.start_year)

    @cached_property
    def small_jobs(self) -> SmallJobs | None:
        """How many jobs, the works of a bridge in a year, cost less than `min_work`; None without it."""
        return None if self.min_work is None else count_small(self._jobs, self.min_work)

    def _access_rows(self, years: Indices, accesses: Accesses | None) -> pl.DataFrame | None:
        """What access to repairs costs in some years: year, bridge_id, name, cost, and member if units are members."""
        if accesses is None:
            return None
        chosen = np.isin(accesses.year, years)
        names = self.problem.unit_names[accesses.unit[chosen]]
        rows = names.with_columns(year=pl.Series(accesses.year[chosen]), cost=pl.Series(accesses.cost[chosen]))
        named = self.network.bridges.select("bridge_id", "name")
        return rows.join(named, on="bridge_id", how="left", maintain_order="left")

    @cached_property
    def reasons(self) -> Reasons:
        """Why each work is made when it is."""
        return Reasons(self.problem, self.plan_of_unit, self.outcome, self.certificate, self._repairs)

    @cached_property
    def overrun_risk(self) -> OverrunRisk | None:
        """How probable it is that a year spends more than its budget; None where that is not known.

        It is known where :attr:`spending_deviation` is, and budgets are yearly and not carried over.
        """
        if self.spending_deviation is None or self.problem.carry_over or not self.problem.budget_rows:
            return None
        return OverrunRisk(self.outcome.total, self.spending_deviation, self.problem.budget)

    @cached_property
    def spending_deviation(self) -> Numbers | None:
        """Standard deviation of what each year spends, (horizon,) yen; None where that is not known.

        It is known where ratings scatter. If those of a bridge share an error, that must be at most twice `sigma`, and
        health and lives certain.
        """
        return spending_deviation(self.problem, self.plan_of_unit)

    @cached_property
    def yearly(self) -> pl.DataFrame:
        """Yen in each year, not discounted: year, inspection, repair, total, budget, overrun, price, backlog.

        The overrun is over the year's budget, with carry-over that of all spending up to the year over the budgets up
        to then. The price is what one more yen of budget would save at most, null where no plan is feasible. The
        backlog is what it would cost to repair all curves below the problem's threshold of health at their health of
        the year. If the network has rows of its own, limits_over names those that end in the year and are exceeded,
        with the excess. If it has decided works or removals, the column decided follows repair. Where ratings scatter,
        overrun_probability is that of :attr:`overrun_risk`, if that is known.
        """
        refuse_lost_threads()
        outcome, budget = self.outcome, self.problem.budget
        table = pl.DataFrame(
            {
                "year": np.arange(1, self.horizon + 1),
                "inspection": outcome.inspection,
                "repair": outcome.repair,
                **({"decided": outcome.decided} if outcome.decided.any() else {}),
                "total": outcome.total,
                "budget": budget,
                "overrun": self._overruns,
                "price": self._unless_infeasible(self.certificate.yearly_prices(self.horizon)),
                "backlog": self.backlog.backlog[1:],
            }
        )
        if self.overrun_risk is not None:
            table = table.with_columns(overrun_probability=self.overrun_risk.probability)
        if self.problem.network_rows:
            table = table.with_columns(limits_over=pl.Series(self._limits_over))
        return with_fiscal_years(table, self.network.start_year)

    @cached_property
    def limits(self) -> pl.DataFrame:
        """All rows of the problem: limit (its name), bound, used, overrun and price of each, in yen or number of units.

        The price is what the bound would save, at most, if it were larger by 1; null where no plan is feasible. With a
        start year the column fiscal_year follows limit: the last one that a limit on yen counts.
        """
        refuse_lost_threads()
        rows, outcome, start_year = self.problem.rows, self.outcome, self.network.start_year
        last_years = [int(np.flatnonzero(row.years)[-1]) + 1 if row.years.any() else None for row in rows]
        fiscal = pl.Series(last_years, dtype=pl.Int64) + ((start_year or 1) - 1)
        return pl.DataFrame(
            {
                "limit": pl.Series([row.name for row in rows], dtype=pl.String),
                **({} if start_year is None else {"fiscal_year": fiscal}),
                "bound": pl.Series([row.bound for row in rows], dtype=pl.Float64),
                "used": outcome.use,
                "overrun": outcome.over,
                "price": self._unless_infeasible(self.certificate.prices),
            }
        )

    @cached_property
    def condition(self) -> pl.DataFrame:
        """Share of curves by health in years 0 to horizon, each class without its upper end but the first.

        Curves of bridges that are removed do not count any more.

        Columns year, health_4_to_5, health_3_to_4, health_2_to_3, health_1_to_2, end_of_service (health 1), shortfall
        (health points below the problem's threshold, of all curves, each times the importance of its bridge) and, if it
        has a price, shortfall_cost (yen, not discounted).
        """
        refuse_lost_threads()
        counts = count_conditions(self.problem, self.plan_of_unit)
        shares = pl.DataFrame(counts / counts.sum(axis=1, keepdims=True).clip(1), schema=HEALTH_CLASSES)
        cost = {"shortfall_cost": self.backlog.shortfall_cost} if self.problem.shortfall.scale else {}
        left = pl.DataFrame({"shortfall": self.backlog.shortfall, **cost})
        table = shares.select(pl.int_range(pl.len()).alias("year"), pl.all()).hstack(left)
        return with_fiscal_years(table, self.network.start_year)

    @cached_property
    def waiting(self) -> pl.DataFrame:
        """Curves that are known to need a repair and get it later than in the year after, or not at all.

        A curve needs it from the inspection on that finds it below the problem's threshold of health, or at or below
        its repair level; from year 0 on if it is below the threshold now. Columns bridge_id, name, member, damage,
        location, waiting_since, waiting_until (year of the repair or decided work; null if there is none),
        health_found, cost_found (yen, at the start of the wait), health_last, cost_last (in its last year).
        """
        refuse_lost_threads()
        table = tabulate_waits(self.network, list_waits(self.problem, self.plan_of_unit))
        for name in ("waiting_since", "waiting_until"):
            table = with_fiscal_years(table, self.network.start_year, name, f"fiscal_{name}")
        return table

    @cached_property
    def priorities(self) -> pl.DataFrame:
        """Repairs of the first five years that the plan chooses, in order of year and urgency.

        The most urgent bridge of a year comes first: that with the largest product of importance and loss of health,
        5 less the health found. Columns priority (of the bridge and year), year, bridge_id, name, member, damage,
        location, importance, health_found, cost (yen), reason; with `min_work` also small_job, as in :attr:`works`.
        """
        refuse_lost_threads()
        return self._priorities("en")

    def _priorities(self, language: str) -> pl.DataFrame:
        chosen = first_works(self._repairs)
        table = tabulate_priorities(self.network, self._repairs.some(chosen), self.reasons.texts(chosen, language))
        return self._finished(table)

    @cached_property
    def cost_by_member(self) -> pl.DataFrame:
        """Repairs that the plan chooses by member, the dearest first.

        Columns member, repairs (of curves), cost (yen, not discounted).
        """
        members, member_of_curve = np.unique(self.network.curves["member"].to_numpy(), return_inverse=True)
        member = member_of_curve[self._repairs.curve]
        columns = {
            "member": members,
            "repairs": np.bincount(member, minlength=len(members)),
            "cost": np.bincount(member, self._repairs.cost, len(members)),
        }
        return pl.DataFrame(columns).sort("cost", descending=True, maintain_order=True)

    @cached_property
    def promises(self) -> pl.DataFrame:
        """Minimum health that is kept with a probability, where ratings scatter; no rows elsewhere.

        Columns member, minimum_health, probability (that is asked for), kept (the least of a curve under this plan) and
        possible: no plan keeps the member's curves of all bridges with a larger probability.
        """
        refuse_lost_threads()
        promises, problem = self.problem.promises, self.problem
        names = ("member", "minimum_health", "probability", "kept", "possible")
        columns: dict[str, list[Any]] = {name: [] for name in names}
        if promises is not None and problem.minimum is not None and len(promises.curves):
            curves, kept = promises.curves, 1 - promises.falls
            unit = np.searchsorted(problem.units.offsets, curves, side="right") - 1
            members = self.network.curves["member"].to_numpy()[curves]
            due = np.zeros(kept.shape) if problem.off_schedule is None else problem.off_schedule[unit]
            for member in dict.fromkeys(members.tolist()):
                own = np.flatnonzero(members == member)
                first = np.flatnonzero(np.diff(unit[own], prepend=-1))
                together = np.minimum.reduceat(np.where(due[own] == 0, kept[own], 0.0), first)
                best = together.reshape(len(first), len(problem.space.intervals), -1).max(axis=2)
                possible = best.min(axis=0).max() if problem.interval_per == "network" else best.max(axis=1).min()
                lines = problem.minimum[curves[own]], promises.kept[own]
                row = (member, lines[0].max(), lines[1].max(), kept[own, self.plan_of_unit[unit[own]]].min())
                for name, value in zip(names, (*row, possible), strict=True):
                    columns[name].append(value)
        kinds = dict.fromkeys(names[1:], pl.Float64)
        return pl.DataFrame(columns, schema={"member": pl.String, **kinds})

    @cached_property
    def already_below(self) -> pl.DataFrame:
        """Curves below their minimum health before any plan can repair them, which makes no plan infeasible.

        Columns bridge_id, member, damage, location, minimum_health, lowest_health (until then).
        """
        refuse_lost_threads()
        curves, health = self.problem.already_below
        minimum = np.empty(0) if self.problem.minimum is None else self.problem.minimum[curves]
        names = self.network.curves.select("bridge_id", "member", "damage", "location")[curves]
        return names.with_columns(minimum_health=pl.Series(minimum, dtype=pl.Float64), lowest_health=pl.Series(health))

    @cached_property
    def in_closed_years(self) -> pl.DataFrame:
        """Repairs in years that are closed to them, by bridge: bridge_id, repairs (of curves)."""
        refuse_lost_threads()
        repairs = self._repairs_in_closed_years
        return pl.DataFrame({"bridge_id": self.network.bridge_ids, "repairs": repairs}).filter(pl.col("repairs") > 0)

    @property
    def need(self) -> dict[str, float] | None:
        """Yen a year without a budget, and which flat budget is needed; None where :func:`plan_need` proved none."""
        if self.problem.budget_rows or not self.certificate.flat_bounds:
            return None
        low, high = self.certificate.smallest_flat_budget
        spent = self.outcome.total
        years = {"mean": float(spent.mean()), "largest": float(spent.max())}
        return {**years, "flat_budget_not_enough_below": low, "flat_budget_enough": high}

    @property
    def verdict(self) -> str:
        """Whether budgets, minimum health and closed years are kept, in words."""
        if self.feasible:
            return "feasible"
        overrun = self._overruns[self._overruns > 0]
        over = [f"over the budget of {len(overrun)} years by {overrun.sum():,.0f} yen"] if len(overrun) else []
        if len(overrun) and self.problem.carry_over:
            over = [f"over the budgets up to {len(overrun)} years, by {overrun.max():,.0f} yen at most"]
        others = int((self.outcome.over[len(self.problem.budget_rows) :] > 0).sum())
        over += [f"over {others} limits of the network's rows"] if others else []
        deficit = self.outcome.health_deficit
        low = [f"below minimum health by {deficit:.2f}"] if deficit else []
        if deficit and self.problem.scatter is not None:
            worst = self.promises.sort("kept").row(0, named=True)
            low = [
                f"with a minimum health kept with a probability of only {worst['kept']:.4f}; no plan keeps that of "
                f"{worst['member']} with more than {worst['possible']:.4f}"
            ]
        works = self.outcome.closed_works
        bridges = self.network.bridge_ids.to_numpy()[self._repairs_in_closed_years > 0]
        shut = [f"with {works} repairs in closed years, the first of bridge {bridges[0]}"] if works else []
        late = self.outcome.off_schedule
        off = [f"with the first inspection of {late} bridges in another year than is due"] if late else []
        return f"infeasible: {' and '.join(over + low + shut + off)}"

    def to_dict(self) -> dict[str, Any]:
        """Return what summary.json holds, without the digests of the other files: numbers, text, lists and dicts."""
        refuse_lost_threads()
        over = self.yearly.filter(pl.col("overrun") > 0)
        limits = self.limits[len(self.problem.budget_rows) :]
        network, outcome = self.network, self.outcome
        return {
            "network": {
                "bridges": network.n_bridges,
                "curves": network.n_curves,
                "fingerprint": network.fingerprint,
                **({} if network.start_year is None else {"start_year": network.start_year}),
            },
            "problem": self.problem.record,
            "solver": None if self.solver is None else {"name": self.solver.name, **asdict(self.solver)},
            "cost": self.cost,
            "feasible": self.feasible,
            "lower_bound": self.certificate.lower_bound if isfinite(self.certificate.lower_bound) else None,
            "gap": self.gap,
            "overrun": outcome.overrun,
            "years_over_budget": over.select(
                cs.by_name("year", "fiscal_year", "overrun", require_all=False)
            ).to_dicts(),
            "limits_over": limits.filter(pl.col("overrun") > 0).drop("price").to_dicts(),
            "health_deficit": outcome.health_deficit,
            **({} if self.problem.promises is None else {"promises": self.promises.to_dicts()}),
            **({} if self.need is None else {"need": self.need}),
            **({} if network.decided is None else {"repairs_in_closed_years": outcome.closed_works}),
            **({} if self.problem.first_years is None else {"bridges_inspected_off_schedule": outcome.off_schedule}),
            "shortfall": float(self.backlog.shortfall[1:].sum()),
            "backlog": {"now": float(self.backlog.backlog[0]), "end": float(self.backlog.backlog[-1])},
            **({} if self.shortfall_cost is None else {"shortfall_cost": self.shortfall_cost}),
            **({} if self.used_value is None else {"used_value": self.used_value}),
            **({} if self.problem.former_plan is None else {"changed_units": int(self._changed.sum())}),
            **({} if self.small_jobs is None else {"min_work": self.min_work, "small_jobs": self.small_jobs._asdict()}),
            **({} if self.worth is None else {"scatter": self.worth.to_dict()}),
            **({} if self.drawn_seed is None else {"drawn_seed": self.drawn_seed}),
            "curves_already_below": len(self.problem.already_below[0]),
            "run": None if self.run is None else self.run.record,
            "notices": list(self.notices),
        }

    def save(self, folder: str | Path, *, language: str = "en") -> None:
        """Write a folder that :func:`read_plan` reads: plan.csv, work_programme.csv, yearly.csv, limits.csv, ..

        They are :attr:`decisions`, :attr:`works`, :attr:`yearly`, :attr:`limits`; with `drawn_seed` also that case's
        drawn_programme.csv and drawn_yearly.csv; condition.csv, waiting.csv,
        priorities.csv, certificate.json, the tables of the run, and the network in a folder of its own follow. The CSV
        files are UTF-8 with a byte order mark, so that Excel reads Japanese names; yen are rounded to 0.01, health to
        0.0001, shares to 0.000001. All files are replaced together. summary.json, the mark of a complete result, has
        :meth:`to_dict` and the SHA-256 digests of the others. What differs between equal runs, such as seconds, is in
        effort.json.

        Parameters
        ----------
        folder : path
            Made where it does not exist.
        language : {"en", "ja"}
            Of heads, reasons and other words of ours in the CSV files; all are read back.

        Raises
        ------
        InvalidInput
            The language is another.
        OSError
            The files cannot be written.
        """
        arguments.language(language)
        with replacing_files(Path(folder)) as drafts:
            self.write_to(drafts, language)

    def write_to(self, drafts: Drafts, language: str = "en") -> None:
        """Write the files of :meth:`save` among others that are replaced together with them."""
        tables: dict[str, Iterable[pl.DataFrame]] = {
            DECISIONS: [self.decisions],
            WORKS: self._works_in_blocks(language),
            YEARLY: [self.yearly],
            LIMITS: [self.limits],
            CONDITION: [self.condition],
            WAITING: [self.waiting],
            PRIORITIES: [self._priorities(language)],
        }
        if self.drawn_seed is not None:
            drawn = self.drawn_programme(self.drawn_seed, language)
            tables |= {DRAWN_WORKS: [drawn.works], DRAWN_YEARLY: [drawn.yearly]}
        if self.problem.former_plan is not None:
            former = self.problem.space.to_frame()[self.problem.former_plan]
            tables[FORMER] = [self.problem.unit_names.hstack(former)]
        effort: dict[str, Any] = {"seconds": self.seconds}
        if self.run is not None:
            tables |= {f"{name}.csv": [table] for name, table in self.run.tables.items()}
            effort |= {"run": self.run.effort, "facts": self.run.facts}
        records = {CERTIFICATE: self.certificate.record}
        write_plan_files(drafts, tables, records, self.network, self.to_dict(), effort, language)

    @property
    def _facts(self) -> dict[str, str]:
        facts = {
            "bridges": f"{self.network.n_bridges:,} bridges",
            "horizon": f"{self.horizon} years",
            "cost": f"{self.cost:,.0f} yen",
            "verdict": self.verdict,
        }
        if self.gap is not None:
            facts["gap"] = f"at most {in_percent(self.gap)} above the best possible plan"
        if self.problem.former_plan is not None:
            count = int(self._changed.sum())
            facts["changes"] = f"{count:,} of {len(self.plan_of_unit):,} former plans, counted as "
            facts["changes"] += f"{self.problem.change_cost:,.0f} yen each in the gap"
        if self.used_value is not None:
            facts["residual value"] = f"{self.used_value:,.0f} yen used up in the last year, counted in the gap"
        if self.shortfall_cost is not None:
            points = f"{self.backlog.shortfall[1:].sum():,.1f} points x years below {self.problem.shortfall.below:g}"
            facts["shortfall"] = f"{points}, counted as {self.shortfall_cost:,.0f} yen in the gap"
        return facts

    @property
    def _overruns(self) -> Numbers:
        """(horizon,): yen over the budget of each year, with carry-over over the budgets up to it."""
        over = np.zeros(self.horizon)
        for row, excess in zip(self.problem.budget_rows, self.outcome.over.tolist(), strict=False):
            over[np.flatnonzero(row.years)[-1]] = excess
        return over

    @property
    def _repairs_in_closed_years(self) -> Indices:
        """(bridges,): repairs of curves in years that are closed to them."""
        closed_works = self.problem.closed_works
        if closed_works is None:
            return np.zeros(self.network.n_bridges, np.int64)
        of_units = closed_works[np.arange(len(closed_works)), self.plan_of_unit].astype(np.int64)
        of_bridges: Indices = np.add.reduceat(of_units, self.problem.units.bridge_offsets[:-1])
        return of_bridges

    def _unless_infeasible(self, prices: Numbers) -> pl.Series:
        """Prices of cost; nulls where no plan is feasible, as the certificate then has prices of overrun alone."""
        infeasible = self.certificate.proven_infeasible
        return pl.Series([None if infeasible else price for price in prices.tolist()], dtype=pl.Float64)

    @property
    def _limits_over(self) -> list[str]:
        """For each year the network's limits on yen that end in it and are exceeded, with the excess."""
        over: list[list[str]] = [[] for _ in range(self.horizon)]
        first = len(self.problem.budget_rows)
        for row, excess in zip(self.problem.network_rows, self.outcome.over[first:].tolist(), strict=True):
            if excess and row.health_below is None:
                over[np.flatnonzero(row.years)[-1]].append(f"{row.name}: {excess:,.0f}")
        return ["; ".join(texts) for texts in over]

    @cached_property
    def _accesses(self) -> Accesses | None:
        return find_accesses(self.problem, self._repairs)

    @cached_property
    def _jobs(self) -> Numbers:
        return costs_of_jobs(self.problem, self._repairs, self._accesses)

    @cached_property
    def _repairs(self) -> Repairs:
        return find_repairs(self.problem, self.plan_of_unit)
