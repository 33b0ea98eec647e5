"""Changes of a network whose effect on the best plan is known, whatever that plan is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from campaign.runs import campaign
from made_network import made_network
from nagamochi.network import Network
from nagamochi.planning import Exact, NetworkPlan, PlanSpace, plan_network

RUNS = 7_000
HORIZON = 20
SPACE = PlanSpace(levels=(4.0, 2.5), first_years=(1, 3), intervals=(4, 6))
MORE = PlanSpace(levels=(4.0, 3.0, 2.5), first_years=(1, 2, 3), intervals=(4, 6))
UNLIMITED = 1e13
MONEY = {"inspection_cost", "access_cost", "unit_cost"}

Tables = dict[str, pl.DataFrame]


def best(
    tables: Tables, budget: float | list[float] | None, space: PlanSpace = SPACE, **options: object
) -> NetworkPlan:
    start_year = options.pop("start_year", None)
    network = Network.from_tables(**tables, start_year=start_year)
    return plan_network(network, budget, horizon=HORIZON, space=space, solver=Exact(), threads=1, **options)


def tables_of(network: Network) -> Tables:
    tables = network.tables_of_files()
    return {name: table for name, table in tables.items() if table is not None and not table.is_empty()}


def proven(*plans: NetworkPlan) -> bool:
    """Whether each plan is the best one; nothing follows from others."""
    return all(plan.feasible and plan.gap == 0 for plan in plans)


def assert_equal(one: float, other: float) -> None:
    assert abs(one - other) <= 1 + 1e-9 * abs(other), (one, other)


def assert_at_most(one: float, other: float) -> None:
    assert one <= other + 1 + 1e-9 * abs(other), (one, other)


def permuted(tables: Tables, budget: float, random: np.random.Generator) -> bool:
    seed = int(random.integers(2**31))
    others = {
        name: table if name == "curve_tables" else table.sample(fraction=1, shuffle=True, seed=seed)
        for name, table in tables.items()
    }
    before, after = best(tables, budget), best(others, budget)
    assert before.feasible == after.feasible
    if decided := proven(before, after):
        assert_equal(after.cost, before.cost)
    return decided


def scaled(tables: Tables, budget: float, random: np.random.Generator) -> bool:
    factor = float(2.0 ** random.integers(-6, 10))
    others = {
        name: table.with_columns(pl.col(column) * factor for column in table.columns if column in MONEY)
        for name, table in tables.items()
    }
    before, after = best(tables, budget), best(others, budget * factor)
    if decided := proven(before, after):
        assert_equal(after.cost / factor, before.cost)
    return decided


def choice_added(tables: Tables, budget: float, _: np.random.Generator) -> bool:
    before, after = best(tables, budget), best(tables, budget, MORE)
    assert after.feasible or not before.feasible
    if decided := proven(before, after):
        assert_at_most(after.cost, before.cost)
    return decided


def budget_raised(tables: Tables, budget: float, random: np.random.Generator) -> bool:
    before, after = best(tables, budget), best(tables, budget * random.uniform(1, 2))
    assert after.feasible or not before.feasible
    if decided := proven(before, after):
        assert_at_most(after.cost, before.cost)
    return decided


def years_shifted(tables: Tables, budget: float, random: np.random.Generator) -> bool:
    first = int(random.integers(2000, 2100))
    yearly = {"year": list(range(1, HORIZON + 1)), "budget": [budget] * HORIZON}
    shifted = {**yearly, "year": list(range(first, first + HORIZON))}
    before = best(tables | {"budget": pl.DataFrame(yearly)}, None)
    after = best(tables | {"budget": pl.DataFrame(shifted)}, None, start_year=first)
    assert after.cost == before.cost
    assert after.plan_of_unit.tolist() == before.plan_of_unit.tolist()
    return True


def doubled(tables: Tables, budget: float, _: np.random.Generator) -> bool:
    twice = dict(tables)
    for name in ("bridges", "curves", "items"):
        if name in tables:
            twice[name] = pl.concat([tables[name], tables[name].with_columns(pl.col("bridge_id") + " again")])
    free, free_twice = (best(one, UNLIMITED, interval_per="bridge") for one in (tables, twice))
    assert_equal(free_twice.cost, 2 * free.cost)
    before, after = best(tables, budget, interval_per="bridge"), best(twice, 2 * budget, interval_per="bridge")
    if decided := proven(before, after):
        assert_at_most(after.cost, 2 * before.cost)
    return decided


def bridge_split(tables: Tables, budget: float, _: np.random.Generator) -> bool:
    """Its members become bridges that share its inspection cost: every plan is one of the parts, too."""
    members = tables["curves"].select("bridge_id", "member").unique(maintain_order=True)
    part = pl.col("bridge_id") + "/" + pl.col("member")
    share = pl.col("inspection_cost") / pl.len().over("bridge_id")
    bridges = members.join(tables["bridges"], on="bridge_id", maintain_order="left")
    split = tables | {"bridges": bridges.with_columns(share).with_columns(part.alias("bridge_id")).drop("member")}
    for name in ("curves", "items"):
        if name in tables:
            split[name] = tables[name].with_columns(part.alias("bridge_id"))
    before, after = best(tables, budget, level_per="member"), best(split, budget)
    assert after.feasible or not before.feasible
    if decided := proven(before, after):
        assert_at_most(after.cost, before.cost)
    return decided


RELATIONS: dict[str, Callable[[Tables, float, np.random.Generator], bool]] = {
    "rows permuted": permuted,
    "money scaled": scaled,
    "choice added": choice_added,
    "budget raised": budget_raised,
    "years shifted": years_shifted,
    "network doubled": doubled,
    "bridge split": bridge_split,
}


def run(number: int, random: np.random.Generator, _: Path) -> Counter[str]:
    """One relation on one made network, with a budget that binds more or less."""
    name = list(RELATIONS)[number % len(RELATIONS)]
    tables = tables_of(made_network(int(random.integers(2**31)), bridges=int(random.integers(1, 4)), members=2))
    free = best(tables, UNLIMITED)
    budget = float(free.outcome.total.max() * random.uniform(0.5, 1.1))
    return Counter({name: 1, "undecided": not RELATIONS[name](tables, budget, random)})


if __name__ == "__main__":
    campaign("metamorphic", run, RUNS)
