"""The numbers of a plan that all its reports share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base.cached import cached_property
from nagamochi.network.plan_years import with_fiscal_years
from nagamochi.planning import NetworkPlan, Outcome, PlanningProblem
from nagamochi.planning.decisions import Decisions
from nagamochi.planning.outcome import find_repairs
from nagamochi.planning.walks import Walker, ages_of, healths_at
from nagamochi.planning.work_programme import ACCESS, PREVENTIVE, REPAIR

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

REACTIVE_LEVEL = 1.5
"""Reactive repair: what an inspection finds at this health or below is repaired, whatever it costs."""

DECIDED = "decided"
"""What stands for the members of works that are decided, and of removals."""

KEY = ["bridge_id", "member", "damage", "location"]


class HealthHistory(NamedTuple):
    """Health of a network in years 0 to the horizon; NaN where a bridge, or every bridge, is removed."""

    lowest: Numbers  # (n_bridges, horizon + 1)
    mean: Numbers  # (horizon + 1,), over curves


@dataclass(frozen=True, eq=False)
class Digest:
    """A plan, and what reports derive from it.

    Attributes
    ----------
    plan : NetworkPlan
        What was planned.

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> digest = Digest(planning.plan_network(datasets.paper_ten(), budget=30e6))
    >>> digest.condition["year"].len(), digest.bridges.height
    (51, 10)
    """

    plan: NetworkPlan

    @cached_property
    def repairs(self) -> pl.DataFrame:
        """Repairs of curves by year, bridge and curve; then, without a level, access to them and what is decided.

        Columns year, bridge (row of the bridge), bridge_id, name, member, damage, location, method (a list), since
        (year in which the curve came to its level), found (year of the inspection), health_found, level, cost (yen),
        number (of the repair among those of `nagamochi.planning.outcome.find_repairs`).
        """
        network, found = self.plan.network, find_repairs(self.plan.problem, self.plan.plan_of_unit)
        bridge = np.repeat(np.arange(network.n_bridges), np.diff(network.arrays.curve_offsets))
        table = pl.DataFrame(
            {
                "year": found.year,
                "curve": found.curve,
                "number": np.arange(len(found.curve)),
                "bridge": bridge[found.curve],
                "since": self.plan.reasons.since,
                "found": found.found_in,
                "health_found": found.health_found,
                "level": self._level_of_curve[found.curve],
                "cost": found.cost,
            }
        ).sort("year", "curve")
        curves = network.curves.select(*KEY).with_columns(curve=pl.int_range(pl.len()))
        names = curves.join(
            network.bridges.select("bridge_id", "name"), on="bridge_id", how="left", maintain_order="left"
        )
        methods = self.plan.works.group_by("year", *KEY).agg(method=pl.col("method").drop_nulls().unique().sort())
        repairs = (
            table.join(names, on="curve", how="left", maintain_order="left")
            .join(methods, on=["year", *KEY], how="left", nulls_equal=True, maintain_order="left")
            .select(
                *("year", "bridge", "bridge_id", "name", "member", "damage", "location", "method"),
                *("since", "found", "health_found", "level", "cost", "number"),
            )
        )
        rows = network.bridges.select("bridge_id", bridge=pl.int_range(pl.len()))
        others = self.plan.works.filter(~pl.col("kind").is_in([REPAIR, PREVENTIVE]))
        others = others.with_columns(method=pl.concat_list("kind"))
        others = others.join(rows, on="bridge_id", how="left", maintain_order="left")
        others = others.select(name for name in repairs.columns if name in others.columns)
        both = pl.concat([repairs, others], how="diagonal").sort("year", maintain_order=True)
        return with_fiscal_years(both, network.start_year)

    def reasons(self, language: str) -> pl.Series:
        """Why each repair is made when it is, in "en" or "ja"; null for access and what is decided."""
        numbers = self.repairs["number"]
        chosen = numbers.is_not_null()
        texts = self.plan.reasons.texts(numbers.drop_nulls().to_numpy(), language)
        return pl.Series("reason", [None] * len(numbers), pl.String).scatter(chosen.arg_true(), texts)

    @cached_property
    def member_costs(self) -> pl.DataFrame:
        """Yen of repairs by year and member, a row for each pair: year, member, cost.

        What is decided is a member, and so is access to repairs.
        """
        years = pl.DataFrame({"year": np.arange(1, self.plan.horizon + 1)})
        pairs = years.join(pl.DataFrame({"member": self.members}), how="cross")
        other = pl.when(self.is_access).then(pl.lit(ACCESS)).otherwise(pl.lit(DECIDED))
        member = pl.when(pl.col("level").is_null()).then(other).otherwise("member").alias("member")
        costs = self.repairs.group_by("year", member).agg(pl.col("cost").sum())
        return pairs.join(costs, on=["year", "member"], how="left", maintain_order="left").with_columns(
            pl.col("cost").fill_null(0.0)
        )

    @property
    def members(self) -> list[str]:
        """Members, the dearest first; before them what is decided and access to repairs, if there is any."""
        access = self.repairs.filter(pl.col("level").is_null()).select(access=self.is_access)["access"]
        first = [*([] if access.all() else [DECIDED]), *([ACCESS] if access.any() else [])]
        return first + self.plan.cost_by_member["member"].to_list()

    @property
    def is_access(self) -> pl.Expr:
        """Whether a row of :attr:`repairs` is access to them."""
        return (pl.col("level").is_null() & (pl.col("method").list.first() == ACCESS)).fill_null(False)

    @cached_property
    def prices(self) -> Numbers:
        """Yen that one more yen of budget saves in each year at most, (horizon,); 0 where no plan is feasible."""
        return self.plan.yearly["price"].fill_null(0.0).to_numpy()

    @cached_property
    def condition(self) -> pl.DataFrame:
        """Shares of curves by health, lowest and mean health and backlog (yen) by year."""
        health = self.health
        return self.plan.condition.with_columns(
            lowest_health=pl.Series(np.fmin.reduce(health.lowest, axis=0)).fill_nan(None),
            mean_health=pl.Series(health.mean).fill_nan(None),
            backlog=pl.Series(self.plan.backlog.backlog),
        )

    @cached_property
    def bridges(self) -> pl.DataFrame:
        """A row for each bridge: what it is, its plan, its works and costs (yen, not discounted), its health.

        The level is empty where the plan never repairs the bridge. The delay, of plan spaces with delays only, is empty
        there and where the members of the bridge have different ones.
        """
        plan = self.plan
        delay = pl.when(pl.col("delay").min() == pl.col("delay").max()).then(pl.col("delay").min())
        decisions = plan.decisions.group_by("bridge_id", maintain_order=True).agg(
            pl.col("level").cast(pl.Float64, strict=False).min(),
            pl.col("first_year", "interval").first(),
            *([delay] if "delay" in plan.decisions.columns else []),
        )
        works = self.repairs.group_by("bridge_id").agg(
            works=(~self.is_access).sum(), first_repair=pl.col("year").min(), repair=pl.col("cost").sum()
        )
        decided = plan.network.arrays.decided
        last_year = np.full(plan.network.n_bridges, plan.horizon) if decided is None else decided.last_year
        decisions = decisions.with_columns(last_year=pl.Series(np.minimum(last_year, plan.horizon)))
        inspections = (pl.col("last_year") - pl.col("first_year")) // pl.col("interval") + 1
        bridges = (
            plan.network.bridges.join(decisions, on="bridge_id", how="left", maintain_order="left")
            .join(works, on="bridge_id", how="left", maintain_order="left")
            .with_columns(pl.col("works", "repair").fill_null(0), inspections=inspections.clip(0))
            .with_columns(inspection=pl.col("inspections") * pl.col("inspection_cost"))
            .with_columns(
                total=pl.col("inspection") + pl.col("repair"),
                health=pl.Series(self.health.lowest[:, 0]),
                lowest_health=pl.Series(np.fmin.reduce(self.health.lowest[:, 1:], axis=1)).fill_nan(None),
            )
            .drop("last_year")
        )
        return with_fiscal_years(bridges, plan.network.start_year, "first_year", "first_fiscal_year")

    @cached_property
    def works_by_year(self) -> pl.DataFrame:
        """Yen of repairs of each bridge (rows) in each of the first ten years (columns "1", "2", ..)."""
        first = self.repairs.filter(pl.col("year") <= 10)
        years = [str(year) for year in range(1, min(10, self.plan.horizon) + 1)]
        matrix = first.group_by("bridge_id", pl.col("year").cast(pl.String)).agg(pl.col("cost").sum())
        matrix = matrix.pivot("year", index="bridge_id", values="cost", sort_columns=False)
        matrix = matrix.with_columns(
            pl.lit(None, pl.Float64).alias(year) for year in years if year not in matrix.columns
        )
        bridges = self.plan.network.bridges.select("bridge_id", "name")
        return bridges.join(matrix.select("bridge_id", *years), on="bridge_id", how="left", maintain_order="left")

    @cached_property
    def reactive(self) -> Outcome:
        """Outcome of reactive repair: the plan's inspections, no budget, repairs at `REACTIVE_LEVEL` a year later."""
        plan = self.plan
        given = Decisions(reactive_decisions(plan), plan.network)
        problem = PlanningProblem(
            network=plan.network,
            budget=np.full(plan.horizon, np.inf),
            discount_rate=plan.problem.discount_rate,
            min_health=None,
            space=given.space_with(plan.problem.space),
            interval_per="bridge",
            level_per=given.level_per,
            shortfall=plan.problem.shortfall,
            scatter=plan.problem.scatter,
        )
        return Outcome.of(problem, given.plan_of_unit(problem), threads=1)

    @property
    def saving(self) -> float:
        """Yen, present value: what the plan saves against reactive repair; negative where it costs more."""
        return self.reactive.cost - self.plan.cost

    @cached_property
    def health(self) -> HealthHistory:
        """Health by year under the plan."""
        network, horizon = self.plan.network.arrays, self.plan.horizon
        found = find_repairs(self.plan.problem, self.plan.plan_of_unit)
        by_year = np.argsort(found.year, kind="stable")
        ends = np.searchsorted(found.year[by_year], np.arange(horizon + 1), side="right")
        age, restored_age = ages_of(network, network.health), ages_of(network, network.restored_health)
        health = network.health
        lowest, mean = np.empty((horizon + 1, network.n_bridges)), np.empty(horizon + 1)
        walker = Walker(network, network.curve_offsets, horizon, 1, decided=self.plan.network.decided)
        stands = np.ones(network.n_curves, bool)
        for year in range(horizon + 1):
            if year:
                now = by_year[ends[year - 1] : ends[year]]
                repaired = found.curve[now]
                age = age + 1
                restored = walker.worked[year - 1].copy()
                restored[repaired] = True
                age[restored] = restored_age[restored]
                health = healths_at(network, age)
                stands = walker.stands[walker.bridge_of_curve, year - 1]
            lowest[year] = np.minimum.reduceat(np.where(stands, health, np.nan), network.curve_offsets[:-1])
            mean[year] = health[stands].mean() if stands.any() else np.nan
        return HealthHistory(np.ascontiguousarray(lowest.T), mean)

    @cached_property
    def _level_of_curve(self) -> Numbers:
        levels = np.array([plan.level for plan in self.plan.problem.space.plans])[self.plan.plan_of_unit]
        return np.repeat(levels, np.diff(self.plan.problem.units.offsets))


def reactive_decisions(plan: NetworkPlan) -> pl.DataFrame:
    """Return the decisions of reactive repair: the inspections of a plan, repairs at `REACTIVE_LEVEL` a year later."""
    return plan.decisions.drop("delay", strict=False).with_columns(level=pl.lit(REACTIVE_LEVEL))
