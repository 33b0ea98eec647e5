"""The genetic algorithm beside pygmo's and DEAP's on the same precomputed costs: 20,000 network plans judged by each.

The first benchmark of a group is the one that the others are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core, datasets
from nagamochi.datasets.paper_ten import PAPER_TEN_BUDGET
from nagamochi.network import Network
from nagamochi.planning import Genetic, PlanSpace, evaluate_plans, plan_network
from peers import genetic_deap, genetic_pygmo
from peers.network_costs import NetworkCosts
from random_network import random_network

POPULATION = 100
GENERATIONS = 200
HORIZON = 50
SPACE = PlanSpace.study()
YEN_PER_BRIDGE = 1.5e6
ALL_CORES = 2

Plans = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Case:
    """A network, its yearly budget, and the costs of all plans of all bridges in both forms."""

    network: Network
    budget: NDArray[np.float64]
    memo: _core.PlanMemo
    lcc: NDArray[np.float64]

    @classmethod
    def of(cls, network: Network, budget: float, horizon: int = HORIZON) -> Case:
        layout = SPACE.core(horizon)
        groups, plans = np.divmod(np.arange(network.n_bridges * SPACE.n_plans), SPACE.n_plans)
        records = np.empty((len(groups), layout.most_slots + 1))
        slots, lowest_health = np.empty((len(groups), layout.most_slots)), np.empty(len(groups))
        _core.evaluate_plans(
            network=network.core,
            layout=layout,
            groups=groups,
            plans=plans,
            slots=slots,
            lowest_health=lowest_health,
            threads=1,
        )
        records[:, :-1], records[:, -1] = slots, lowest_health
        memo = _core.PlanMemo(layout)
        memo.insert(groups=groups, plans=plans, records=records)
        return cls(network, np.full(horizon, budget), memo, evaluate_plans(network, horizon=horizon, space=SPACE).lcc)

    def costs_for_peers(self) -> NetworkCosts:
        costs = evaluate_plans(self.network, space=SPACE)
        pairs = np.ndindex(self.network.n_bridges, SPACE.n_plans)
        return NetworkCosts(np.array([costs.yearly(*pair) for pair in pairs]), self.budget)

    def search(self, seed: int, threads: int, **parameters: float) -> _core.GeneticResult:
        return _core.run_genetic(
            network=self.network.core,
            objective=_core.Objective(
                bridge_groups=np.arange(self.network.n_bridges + 1),
                inspection_cost=self.network.arrays.inspection_cost,
                weights=np.ones(len(self.budget)),
                budget=self.budget,
            ),
            layout=SPACE.core(len(self.budget)),
            memo=self.memo,
            parameters=_core.GeneticParameters(population=POPULATION, generations=GENERATIONS, seed=seed, **parameters),
            threads=threads,
        )

    @property
    def bound(self) -> float:
        """No network plan with one interval for all bridges costs less, whatever the budget."""
        by_interval = self.lcc.reshape(self.network.n_bridges, len(SPACE.intervals), -1)
        return float(by_interval.min(axis=2).sum(axis=0).min())

    def checked_cost(self, plans: Plans) -> float:
        """Cost of a plan for every bridge, which must be a legal choice within the budget."""
        intervals = {SPACE.plan(plan).interval for plan in plans.tolist()}
        assert len(intervals) == 1
        assert len(plans) == self.network.n_bridges
        costs = evaluate_plans(self.network, space=SPACE)
        yearly = sum(costs.yearly(*pair) for pair in enumerate(plans.tolist()))
        assert (yearly <= self.budget * (1 + 1e-9)).all()
        cost = self.lcc[np.arange(len(plans)), plans].sum()
        np.testing.assert_allclose(yearly.sum(), cost, rtol=1e-9)
        return float(cost)


@cache
def ten() -> Case:
    return Case.of(datasets.paper_ten(), PAPER_TEN_BUDGET)


@cache
def made(bridges: int) -> Case:
    """Of random bridges and a budget that most random plans overrun."""
    return Case.of(random_network(bridges), bridges * YEN_PER_BRIDGE)


@cache
def costs_for_peers(case: Case) -> NetworkCosts:
    return case.costs_for_peers()


def by_kernel(case: Case, seed: int) -> tuple[Plans, int]:
    result = case.search(seed, ALL_CORES)
    assert result.history[-1].evaluations == 0  # the memo is warm
    return result.plans, POPULATION * len(result.history)


def by_planner(case: Case, seed: int) -> tuple[Plans, int]:
    result = plan_network(case.network, case.budget, space=SPACE, threads=ALL_CORES, solver=Genetic.study(seed=seed))
    assert result.run.evaluations > 0  # the memo starts empty
    return result.plan_of_unit, POPULATION * result.run.generations


def by_peer(
    choose_plans: Callable[[NetworkCosts, int, int, int], tuple[Plans, int]],
) -> Callable[..., tuple[Plans, int]]:
    return lambda case, seed: choose_plans(costs_for_peers(case), POPULATION, GENERATIONS, seed)


PLANNERS = {
    "nagamochi, memo warm": by_kernel,
    "nagamochi, plan_network, memo from empty": by_planner,
    "pygmo sga": by_peer(genetic_pygmo.choose_plans),
    "DEAP eaSimple": by_peer(genetic_deap.choose_plans),
    "DEAP eaSimple, fitness by generation": by_peer(genetic_deap.choose_plans_by_generation),
}


def compare(measure, benchmark, case: Case, planner: Callable[[Case, int], tuple[Plans, int]], seeds: int) -> None:
    _, judged = measure(lambda: planner(case, seed=0))
    assert judged == POPULATION * GENERATIONS
    costs = np.array([case.checked_cost(planner(case, seed)[0]) for seed in range(seeds)])
    assert costs.min() >= case.bound * (1 - 1e-9)
    benchmark.extra_info["mean cost above bound, %"] = 100 * (costs.mean() / case.bound - 1)
    benchmark.extra_info["seeds at bound"] = f"{(costs <= case.bound * (1 + 1e-9)).sum()} of {seeds}"


@pytest.mark.benchmark(group="10 bridges, 20,000 network plans judged")
@pytest.mark.parametrize("planner", PLANNERS)
def test_ten_bridges(measure, benchmark, planner):
    compare(measure, benchmark, ten(), PLANNERS[planner], seeds=20)


@pytest.mark.benchmark(group="300 bridges, 20,000 network plans judged")
@pytest.mark.parametrize("planner", PLANNERS)
def test_three_hundred_bridges(measure, benchmark, planner):
    compare(measure, benchmark, made(300), PLANNERS[planner], seeds=3)


@cache
def one_free_year() -> Case:
    """Ten bridges that cost nothing in the one year that is planned, so that there is nothing to add up."""
    arrays = datasets.paper_ten().arrays
    network = Network.from_arrays(
        curve_offsets=arrays.curve_offsets,
        inspection_cost=np.zeros(arrays.n_bridges),
        health=arrays.health,
        service_life=arrays.service_life,
        repair_cost=arrays.repair_cost,
    )
    return Case.of(network, budget=0.0, horizon=1)


BLIND = {
    "nagamochi, but for looking up": lambda: POPULATION * len(one_free_year().search(0, ALL_CORES).history),
    "pygmo sga": lambda: genetic_pygmo.search_blindly(costs_for_peers(ten()), POPULATION, GENERATIONS, 0),
    "DEAP eaSimple": lambda: genetic_deap.search_blindly(costs_for_peers(ten()), POPULATION, GENERATIONS, 0),
}


@pytest.mark.benchmark(group="10 bridges, the search without fitness")
@pytest.mark.parametrize("search", BLIND)
def test_without_fitness(measure, search):
    assert measure(BLIND[search]) == POPULATION * GENERATIONS


@pytest.mark.parametrize("bridges", [300, 5000], ids="{:,} bridges".format)
@pytest.mark.parametrize("threads", [2, 1], ids=["2 threads", "1 thread"])
def test_scaling(measure, benchmark, bridges, threads):
    benchmark.group = f"{bridges:,} bridges, memo warm, by threads"
    case = made(bridges)
    result = measure(lambda: case.search(0, threads))
    case.checked_cost(result.plans)
    assert result.plans.tobytes() == case.search(0, 1).plans.tobytes()
