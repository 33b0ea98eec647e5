"""Plans with a proof beside HiGHS and a relaxation in NumPy, on the same networks within the same budgets.

Ours is timed with the evaluation of all plans, the peers without: they are given the costs. One thread each; the gap
stands beside the number of years whose budget binds. The first benchmark of a group is the one that the others are
compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core, datasets
from nagamochi.network import Network
from nagamochi.planning import Certificate, PlanSpace
from nagamochi.planning.choice import Choice
from nagamochi.planning.rows import yearly_rows
from nagamochi.planning.solvers.relaxation import certificate_of
from peers import relaxation_highs, relaxation_numpy
from random_network import random_network

HORIZON = 50
SPACE = PlanSpace.study()
THREADS = 1

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    network: Network
    budget: Numbers

    @property
    def choice(self) -> Choice:
        return Choice(
            units=self.network.repair_groups("bridge"),
            layout=SPACE.core(HORIZON),
            inspection_cost=self.network.arrays.inspection_cost,
            weights=np.ones(HORIZON),
            rows=yearly_rows(self.budget),
        )

    def relax(self, **settings: float) -> tuple[float, Certificate]:
        choice = self.choice
        result = _core.relax(
            problem=choice.core(THREADS), settings=_core.RelaxationSettings(**settings), threads=THREADS
        )
        assert result.overrun == 0
        return float(result.cost), certificate_of(choice, result, "relaxation")

    @property
    def yearly(self) -> Numbers:
        """(intervals, bridges, lanes, horizon) yen."""
        units, layout = self.network.repair_groups("bridge"), SPACE.core(HORIZON)
        slots = np.empty((self.network.n_bridges, layout.group_slots))
        _core.evaluate_all_plans(
            network=units.core,
            layout=layout,
            slots=slots,
            lowest_health=np.empty((self.network.n_bridges, layout.plans)),
            simd=_core.widest_simd(),
            threads=THREADS,
        )
        yearly = np.empty((self.network.n_bridges, layout.plans, HORIZON))
        _core.yearly_costs(
            layout=layout,
            inspection_cost=self.network.arrays.inspection_cost,
            slots=slots,
            yearly=yearly,
            threads=THREADS,
        )
        shape = (self.network.n_bridges, len(SPACE.intervals), -1, HORIZON)
        return np.ascontiguousarray(yearly.reshape(shape).swapaxes(0, 1))


@cache
def made(bridges: int, budget: str) -> Case:
    """Of random bridges; their best plans need about 1 million yen a bridge and year."""
    per_bridge = {"easy": 1.3e6, "hard": 1.05e6}[budget]
    return Case(random_network(bridges), np.full(HORIZON, bridges * per_bridge))


@cache
def ten(budget: str) -> Case:
    return Case(datasets.paper_ten(), np.full(HORIZON, {"easy": 24e6, "hard": 17e6}[budget]))


@cache
def town(budget: str) -> Case:
    return Case(datasets.example_town(), np.full(HORIZON, {"easy": 250e6, "hard": 160e6}[budget]))


@cache
def costs_for_peers(case: Case) -> Numbers:
    return case.yearly


def note(benchmark, gap: float, binding: int | str) -> None:
    benchmark.extra_info["gap"] = f"{gap:.1e}"
    benchmark.extra_info["years that bind"] = binding


both_budgets = pytest.mark.parametrize("budget", ["easy", "hard"])


@pytest.mark.benchmark(group="ten bridges, best plan proven, easy and hard budget")
@both_budgets
@pytest.mark.parametrize("solver", ["nagamochi exact", "HiGHS"])
def test_ten_bridges(measure, benchmark, solver, budget):
    case = ten(budget)
    cost, certificate = case.relax(gap=0.0, nodes=10_000_000)
    best = relaxation_highs.least_cost(costs_for_peers(case), case.budget)
    assert cost == pytest.approx(best, rel=1e-6)
    assert certificate.searched is not None
    if solver == "HiGHS":
        measure(lambda: relaxation_highs.least_cost(costs_for_peers(case), case.budget))
    else:
        measure(lambda: case.relax(gap=0.0, nodes=10_000_000))
    note(benchmark, certificate.gap(cost), len(certificate.binding))


def compare_relaxations(measure, benchmark, case: Case, solver: str) -> None:
    if solver == "nagamochi":
        cost, certificate = measure(case.relax)
        note(benchmark, certificate.gap(cost), len(certificate.binding))
    else:
        plan = measure(lambda: relaxation_numpy.relax(costs_for_peers(case), case.budget))
        note(benchmark, plan.gap, "")
        assert case.relax()[1].lower_bound <= plan.cost * (1 + 1e-9)


@pytest.mark.benchmark(group="300 random bridges")
@both_budgets
@pytest.mark.parametrize("solver", ["nagamochi", "NumPy subgradient"])
def test_three_hundred(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, made(300, budget), solver)


@pytest.mark.benchmark(group="the town of 300 bridges")
@both_budgets
@pytest.mark.parametrize("solver", ["nagamochi", "NumPy subgradient"])
def test_town(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, town(budget), solver)


@pytest.mark.benchmark(group="5,000 random bridges", min_rounds=1, max_time=1)
@both_budgets
@pytest.mark.parametrize("solver", ["nagamochi", "NumPy subgradient"])
def test_five_thousand(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, made(5000, budget), solver)


@pytest.mark.benchmark(group="5,000 random bridges, the LP of one interval", min_rounds=1, max_time=1)
@pytest.mark.parametrize("solver", ["nagamochi, all intervals and a plan", "HiGHS, one interval"])
def test_against_the_lp(benchmark, solver):
    case = made(5000, "easy")
    cost, certificate = case.relax()
    if solver.startswith("nagamochi"):
        benchmark(case.relax)
    else:
        interval = min(range(8), key=lambda i: certificate.bounds[i].least_cost)
        bound = benchmark.pedantic(
            lambda: relaxation_highs.lp_bound(costs_for_peers(case)[interval], case.budget), rounds=1
        )
        assert certificate.lower_bound <= bound * (1 + 1e-6)
    note(benchmark, certificate.gap(cost), len(certificate.binding))
