"""Planning a network: every argument does what it says or is refused, and results are reproducible."""

from __future__ import annotations

import math
import re

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import PlanSpace, plan_network
from same_plan import assert_same_plan

# Seeds, threads, progress, counts ------------------------------------------------------------------------------------


def test_seed_decides_and_threads_do_not(tmp_path):
    plans = [
        plan_network(made_network(20), 3e6, generations=20, seed=seed, threads=threads)
        for seed, threads in ((1, 1), (1, 2), (1, 7), (1, 0), (2, 1))
    ]
    for number, plan in enumerate(plans[:4]):
        assert_same_plan(plan, plans[0])
        assert plan.history.equals(plans[0].history)
        plan.save(tmp_path / str(number))
        for file in ("plan.csv", "work_programme.csv", "yearly.csv", "condition.csv", "summary.json"):
            text, first = ((tmp_path / str(n) / file).read_text(encoding="utf-8") for n in (number, 0))
            assert without_seconds(text) == without_seconds(first)
    assert not plans[4].history.equals(plans[0].history)
    assert plans[4].seed == 2


def without_seconds(text: str) -> str:
    return re.sub(r'"seconds": [\d.e-]+,', "", text)


def test_progress_hears_of_every_generation():
    heard = []
    plan = plan_network(made_network(20), 3e6, generations=12, progress=heard.append)
    assert [record.generation for record in heard] == plan.history["generation"].to_list() == list(range(1, 13))
    for column in ("cost", "overrun", "requests", "evaluations"):
        assert [getattr(record, column) for record in heard] == plan.history[column].to_list()
    assert heard[-1].cost == plan.cost
    improved = plan.history.filter((pl.col("cost") == plan.cost) & (pl.col("overrun") == plan.overrun))
    assert improved["generation"].min() == plan.last_improvement


def test_converges_and_mutates_largely():
    plan = plan_network(made_network(20), 1e9, mutation_rate=0.0, large_mutations=2, converged_share=0.5)
    assert plan.stopped == "converged"
    assert plan.large_mutations == 2
    assert plan.generations < 200


def test_counts_how_often_each_plan_was_asked_for():
    plan = plan_network(made_network(20), 3e6, generations=8, levels="member", count_requests=True)
    asked = plan.requested_plans
    assert asked.columns == ["bridge_id", "member", "level", "first_year", "interval", "requests"]
    assert asked.height == len(plan.plans) * 128
    assert asked["requests"].sum() == plan.requests == 8 * 100 * len(plan.plans)
    assert (asked["requests"] > 0).sum() == plan.evaluations
    names = ["bridge_id", "member", "level", "first_year", "interval"]
    assert (plan.decisions.join(asked, on=names, how="left")["requests"] > 0).all()
    assert plan_network(made_network(20), 3e6, generations=2).requested_plans is None


# Budgets and notices -------------------------------------------------------------------------------------------------


def test_the_networks_budget_is_the_default_and_is_overridden_with_a_notice():
    yearly = [2e6 + 1e4 * year for year in range(50)]
    network = made_network(21, budget=yearly)
    own = plan_network(network, generations=5)
    assert own.budget.tolist() == yearly
    assert own.notices == partial_repairs(network)
    for budget in (yearly, np.array(yearly), network.budget):
        given = plan_network(network, budget, generations=5)
        assert given.notices == ("budget: the network's own budget is not used, as another one was given", *own.notices)
        assert_same_plan(given, own)
    assert plan_network(network, 5e6, generations=5).budget.tolist() == [5e6] * 50


def partial_repairs(network: Network) -> tuple[str]:
    count = (network.arrays.restored_health == 3.8).sum()
    return (
        f"curves: {count} of {network.n_curves} are restored to a health that is not above repair level 4: at such "
        "levels they are repaired after every inspection",
    )


def test_notices_of_the_network_come_first():
    table = made_network(21)
    bridges = table.bridges.with_columns(colour=pl.lit("red"))
    curves = table.curves.with_columns(pl.when(curve="power").then("shape").alias("shape"))
    network = Network.from_tables(
        bridges, curves.drop_nulls("cost_model"), table.costs, curve_tables=table.curve_tables
    )
    assert network.notices == ("bridges table: columns not known and not used: colour",)
    assert plan_network(network, 3e6, generations=1).notices == (*network.notices, *partial_repairs(network))


# Refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": "town"}, "network: must be a Network; got 'town'"),
        ({"budget": None}, "budget: must be given, as the network has none; got None"),
        ({"budget": -1}, "budget: must be a finite number, at least 0; got -1"),
        ({"budget": [1e6] * 49}, "budget: must have a number for each of 50 years; got 49"),
        ({"horizon": 0}, "horizon: must be a whole number from 1 to 1000; got 0"),
        ({"discount_rate": -0.01}, "discount_rate: must be a finite number, at least 0; got -0.01"),
        ({"min_health": 5.5}, "min_health: must be a finite number, at least 1, at most 5; got 5.5"),
        ({"min_health": "high"}, "min_health: must be a finite number, at least 1, at most 5; got 'high'"),
        (
            {"min_health": {"roof": 2}},
            "min_health: must name members of the network: slab, girder, bearing; got 'roof'",
        ),
        ({"min_health": {"slab": 0}}, "min_health['slab']: must be a finite number, at least 1, at most 5; got 0"),
        ({"interval": "shared"}, "interval: must be one of common, per-bridge; got 'shared'"),
        ({"levels": "span"}, "levels: must be one of bridge, member; got 'span'"),
        ({"space": 128}, "space: must be a PlanSpace; got 128"),
        ({"solver": "milp"}, "solver: must be one of ga; got 'milp'"),
        ({"population": 0}, "population: must be a whole number from 1 to 1000000; got 0"),
        ({"generations": 2.5}, "generations: must be a whole number from 1 to 1000000; got 2.5"),
        ({"crossover_rate": 1.1}, "crossover_rate: must be a finite number, at least 0, at most 1; got 1.1"),
        ({"cut_points": -1}, "cut_points: must be a whole number from 0 to 1000000; got -1"),
        ({"mutation_rate": math.nan}, "mutation_rate: must be a finite number, at least 0, at most 1; got nan"),
        ({"tournament": 0}, "tournament: must be a whole number from 1 to 1000000; got 0"),
        ({"population": 5, "elitism": 6}, "elitism: must be a whole number from 0 to 5; got 6"),
        ({"converged_share": 2}, "converged_share: must be a finite number, at least 0, at most 1; got 2"),
        ({"large_mutations": True}, "large_mutations: must be a whole number from 0 to 1000000; got True"),
        ({"large_mutation_rate": -1}, "large_mutation_rate: must be a finite number, at least 0, at most 1; got -1"),
        ({"seed": 2**64}, "seed: must be a whole number from 0 to 18446744073709551615; got 18446744073709551616"),
        ({"memo": 3}, "memo: must be a str or Path; got 3"),
        ({"threads": -1}, "threads: must be a whole number from 0 to 1024; got -1"),
        ({"progress": 1}, "progress: must be callable; got 1"),
        ({"count_requests": 1}, "count_requests: must be a bool; got 1"),
    ],
)
def test_wrong_arguments_are_refused_by_name_rule_and_value(arguments, message):
    with pytest.raises(InvalidInput) as error:
        plan_network(**{"network": made_network(1), "budget": 1e6} | arguments)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "arguments",
    [
        {"horizon": 1},
        {"population": 1, "elitism": 1},
        {"population": 1, "elitism": 0},
        {"generations": 1},
        {"cut_points": 0},
        {"cut_points": 1_000_000},
        {"tournament": 1000},
        {"seed": 2**64 - 1},
        {"budget": 0},
        {"space": PlanSpace(levels=(3.0,), first_years=(60,), intervals=(1,))},
        {"min_health": {}, "levels": "member", "horizon": 3},
    ],
)
def test_extreme_arguments_are_accepted(arguments, tmp_path):
    plan = plan_network(**{"network": made_network(1), "budget": 1e6, "generations": 3} | arguments)
    plan.save(tmp_path)
    assert plan.yearly.height == plan.horizon
