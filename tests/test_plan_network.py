"""Planning a network: every argument does what it says or is refused, and results are reproducible."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import Genetic, PlanSpace, plan_network
from same_plan import assert_same_plan

# Seeds, threads, progress, counts ------------------------------------------------------------------------------------


def test_seed_decides_and_threads_do_not(tmp_path):
    plans = [
        plan_network(made_network(20), 3e6, threads=threads, solver=Genetic(generations=20, seed=seed))
        for seed, threads in ((1, 1), (1, 2), (1, 7), (1, 0), (2, 1))
    ]
    for number, plan in enumerate(plans[:4]):
        assert_same_plan(plan, plans[0])
        assert plan.run.history.equals(plans[0].run.history)
        plan.save(tmp_path / str(number))
        assert contents(tmp_path / str(number)) == contents(tmp_path / "0")
    assert not plans[4].run.history.equals(plans[0].run.history)
    assert plans[4].run.seed == 2


def contents(folder: Path) -> dict[str, bytes]:
    """All that equal runs have in common."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files if file.name != "effort.json"}


def test_progress_hears_of_every_generation():
    heard = []
    plan = plan_network(made_network(20), 3e6, progress=heard.append, solver=Genetic(generations=12))
    assert [progress.done for progress in heard] == plan.run.history["generation"].to_list() == list(range(1, 13))
    assert {progress.of for progress in heard} == {12}
    counted = plan.run.history["cost"][-1]
    assert counted == pytest.approx(plan.cost + plan.shortfall_cost, rel=1e-9)
    assert heard[-1].text.startswith(f"generation 12/12: {counted / 1e6:,.1f} million yen counted, ")
    improved = plan.run.history.filter((pl.col("cost") == counted) & (pl.col("overrun") == plan.outcome.overrun))
    assert improved["generation"].min() == plan.run.last_improvement


def test_progress_and_a_time_limit_end_the_search_with_the_best_so_far():
    whole = plan_network(made_network(20), 3e6, solver=Genetic(generations=12))
    third = plan_network(made_network(20), 3e6, progress=lambda at: at.done < 3, solver=Genetic(generations=12))
    assert third.run.stopped == "progress"
    assert third.cost + third.shortfall_cost == pytest.approx(whole.run.history["cost"][2], rel=1e-9)
    first = plan_network(made_network(20), 3e6, solver=Genetic(generations=10**6, time_limit=0))
    assert (first.run.stopped, first.run.generations) == ("time limit", 1)


def test_an_error_of_progress_passes_through():
    def fail(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        plan_network(made_network(20), 3e6, progress=fail, solver=Genetic(generations=12))


@pytest.mark.parametrize("level_per", ["bridge", "member"])
@pytest.mark.parametrize("interval_per", ["network", "bridge"])
def test_a_search_starts_no_worse_than_the_cheapest_plans_within_an_ample_budget(level_per, interval_per):
    network, levels = made_network(20), {"level_per": level_per, "space": PlanSpace.study()}
    plan = plan_network(network, 1e12, interval_per=interval_per, **levels, solver=Genetic(generations=1))
    if interval_per == "network":
        assert plan.gap == 0.0
    else:
        assert plan.gap > 0.0  # the start plans share an interval
    one = Genetic(population=1, generations=1)
    assert plan_network(network, 1e12, **levels, solver=one).decisions["interval"].unique().to_list() == [4]
    assert plan_network(network, 1e12, level_per=level_per, solver=one).gap == 0.0  # shortfall counts


def test_a_search_starts_from_a_given_plan(tmp_path):
    network = made_network(20)
    found = plan_network(network, 3e6, solver=Genetic(generations=30))
    found.save(tmp_path)
    for start in (found.plan_of_unit, tmp_path / "plan.csv"):
        again = plan_network(network, 3e6, solver=Genetic(population=1, generations=1, start=start))
        assert again.decisions.equals(found.decisions)
    with pytest.raises(
        InvalidInput, match=r"start: must be a plan, 0 to 154, for each of 3 units; got .2 plans from 0 to 1"
    ):
        plan_network(network, 3e6, solver=Genetic(start=[0, 1]))
    with pytest.raises(InvalidInput, match="start: must be cheapest, random, a path or one whole number"):
        Genetic(start=[0.5])


def test_history_has_the_mean_and_the_diversity_of_the_population():
    history = plan_network(made_network(20), 1e12, solver=Genetic.study(generations=40)).run.history
    assert (history["mean_cost"] >= history["cost"]).all()
    assert history["diversity"].is_between(0, 1).all()
    assert history["diversity"][-1] < history["diversity"][0]


def test_converges_and_mutates_largely():
    plan = plan_network(
        made_network(20), 1e9, solver=Genetic(mutation_rate=0.0, large_mutations=2, converged_share=0.5)
    )
    assert plan.run.stopped == "converged"
    assert plan.run.large_mutations == 2
    assert plan.run.generations < 200


def test_counts_how_often_each_plan_was_asked_for():
    plan = plan_network(made_network(20), 3e6, level_per="member", solver=Genetic(generations=8, count_requests=True))
    asked = plan.run.requested_plans
    names = ["bridge_id", "member", "level", "first_year", "interval", "delay"]
    assert asked.columns == [*names, "requests"]
    assert asked.height == len(plan.plan_of_unit) * 155
    assert asked["requests"].sum() == plan.run.requests == 8 * 100 * len(plan.plan_of_unit)
    assert (asked["requests"] > 0).sum() == plan.run.evaluations
    chosen = plan.decisions.join(asked, on=names, how="left", nulls_equal=True)
    assert (chosen["requests"] > 0).all()
    assert plan_network(made_network(20), 3e6, solver=Genetic(generations=2)).run.requested_plans is None


# Budgets and notices -------------------------------------------------------------------------------------------------


def test_the_networks_budget_is_the_default_and_is_overridden_with_a_notice():
    yearly = [2e6 + 1e4 * year for year in range(50)]
    network = made_network(21, budget=yearly)
    own = plan_network(network, solver=Genetic(generations=5))
    assert own.problem.budget.tolist() == yearly
    assert own.notices == partial_repairs(network)
    for budget in (yearly, np.array(yearly), network.budget):
        given = plan_network(network, budget, solver=Genetic(generations=5))
        assert given.notices == own.notices
        assert_same_plan(given, own)
    other = plan_network(network, 5e6, solver=Genetic(generations=5))
    assert other.problem.budget.tolist() == [5e6] * 50
    assert other.notices == ("budget: the network's own budget is not used, as another one was given", *own.notices)


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
    assert plan_network(network, 3e6, solver=Genetic(generations=1)).notices == (
        *network.notices,
        *partial_repairs(network),
    )


# Refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": "town"}, "network: must be a Network; got 'town'"),
        ({"budget": -1}, "budget: must be a finite number, at least 0, at most 1e+18; got -1"),
        ({"budget": [1e6] * 49}, "budget: must have a number for each of 50 years; got 49"),
        ({"horizon": 0}, "horizon: must be a whole number from 1 to 1000; got 0"),
        ({"discount_rate": -0.01}, "discount_rate: must be a finite number, at least 0; got -0.01"),
        ({"discount_rate": 4}, "discount_rate: must be below 1, as 4 % a year is 0.04; got 4.0"),
        ({"min_health": 5.5}, "min_health: must be a finite number, at least 1, at most 5; got 5.5"),
        ({"min_health": "high"}, "min_health: must be a finite number, at least 1, at most 5; got 'high'"),
        (
            {"min_health": {"roof": 2}},
            "min_health: must name members of the network: slab, girder, bearing; got 'roof'",
        ),
        ({"min_health": {"slab": 0}}, "min_health['slab']: must be a finite number, at least 1, at most 5; got 0"),
        ({"interval_per": "span"}, "interval_per: must be one of network, bridge; got 'span'"),
        ({"level_per": "span"}, "level_per: must be one of given, bridge, member; got 'span'"),
        ({"space": 128}, "space: must be a PlanSpace; got 128"),
        ({"solver": "milp"}, "solver: must be one of relaxation, exact, genetic, highs; got 'milp'"),
        ({"solver": Genetic}, f"solver: must be a solver or one of relaxation, exact, genetic, highs; got {Genetic!r}"),
        ({"threads": -1}, "threads: must be a whole number from 0 to 1024; got -1"),
        ({"progress": 1}, "progress: must be callable; got 1"),
    ],
)
def test_wrong_arguments_are_refused_by_name_rule_and_value(arguments, message):
    with pytest.raises(InvalidInput) as error:
        plan_network(**{"network": made_network(1), "budget": 1e6} | arguments)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
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
        ({"count_requests": 1}, "count_requests: must be a bool; got 1"),
        ({"time_limit": -1}, "time_limit: must be a finite number, at least 0; got -1"),
    ],
)
def test_wrong_options_of_the_genetic_algorithm_are_refused(options, message):
    with pytest.raises(InvalidInput) as error:
        Genetic(**options)
    assert str(error.value) == message


def test_an_option_of_another_solver_is_a_type_error():
    with pytest.raises(TypeError, match="gap"):
        Genetic(gap=0.1)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ({"horizon": 1}, {}),
        ({}, {"population": 1, "elitism": 1}),
        ({}, {"population": 1, "elitism": 0}),
        ({}, {"generations": 1}),
        ({}, {"cut_points": 0}),
        ({}, {"cut_points": 1_000_000}),
        ({}, {"tournament": 1000}),
        ({}, {"seed": 2**64 - 1}),
        ({"budget": 0}, {}),
        ({"budget": math.inf}, {}),
        ({"space": PlanSpace(levels=(3.0,), first_years=(60,), intervals=(1,))}, {}),
        ({"min_health": {}, "level_per": "member", "horizon": 3}, {}),
    ],
)
def test_extreme_arguments_are_accepted(arguments, options, tmp_path):
    solver = Genetic(**{"generations": 3} | options)
    plan = plan_network(**{"network": made_network(1), "budget": 1e6, "solver": solver} | arguments)
    plan.save(tmp_path)
    assert plan.yearly.height == plan.horizon
