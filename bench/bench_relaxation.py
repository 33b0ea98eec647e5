"""Plans with a proof beside HiGHS and a relaxation in NumPy, on the same networks within the same budgets.

Ours is timed with the evaluation of all plans, the peers without: they are given the costs. Ours and HiGHS use one
thread; NumPy's matrix products may use all cores. CPU time is of all threads, the least of three runs. The gap stands
beside the number of years whose budget binds, and every plan and bound is computed anew from the costs that the peers
see. The first benchmark of a group is the one that the others are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import process_time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nagamochi import _core, datasets
from nagamochi.network import Network
from nagamochi.planning import Certificate, Genetic, PlanSpace, Relaxation, plan_network
from nagamochi.planning.certificate import Bound
from nagamochi.planning.choice import Choice
from nagamochi.planning.rows import yearly_rows
from nagamochi.planning.solvers.relaxation import certificate_of
from peers import relaxation_highs, relaxation_numpy
from random_network import random_network

HORIZON = 50
STUDY = PlanSpace.study()
LAW = PlanSpace(
    levels=STUDY.levels, first_years=(1, 2, 3, 4, 5), intervals=(5,)
)  # every 5 years, as Japan's law wants it
THREADS = 1

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    network: Network
    budget: Numbers
    space: PlanSpace = STUDY

    @property
    def choice(self) -> Choice:
        return Choice(
            units=self.network.repair_groups("bridge"),
            layout=self.space.core(HORIZON),
            inspection_cost=self.network.arrays.inspection_cost,
            weights=np.ones(HORIZON),
            rows=yearly_rows(self.budget),
        )

    def relax(self, **settings: float) -> _core.RelaxationResult:
        return _core.relax(
            problem=self.choice.core(THREADS), settings=_core.RelaxationSettings(**settings), threads=THREADS
        )

    def checked(self, result: _core.RelaxationResult) -> tuple[float, Certificate]:
        """Cost and certificate of a result, when its plan keeps the budgets and its bounds hold."""
        certificate = certificate_of(self.choice, result, "relaxation")
        yearly = costs_for_peers(self)
        interval, lane = np.divmod(result.plans, yearly.shape[2])
        spent = yearly[interval, np.arange(len(lane)), lane].sum(axis=0)
        assert (interval == interval[0]).all()
        assert (spent <= self.budget * (1 + 1e-9)).all()
        assert spent.sum() == pytest.approx(result.cost, rel=1e-9, abs=1)  # whole yen, rounded down
        for spending, bound in zip(yearly, certificate.bounds, strict=True):
            assert self.holds(bound, spending)
        return float(result.cost), certificate

    def holds(self, bound: Bound, spending: Numbers) -> bool:
        """Whether no plan of an interval costs less."""
        prices = bound.prices + (1.0 if bound.of_cost else 0.0)
        value = (spending @ prices).min(axis=1).sum() - bound.prices @ self.budget
        return bound.yen is not None and bound.yen <= value + 1 + 1e-9 * abs(value)

    @property
    def yearly(self) -> Numbers:
        """(intervals, bridges, lanes, horizon) yen."""
        units, layout = self.network.repair_groups("bridge"), self.space.core(HORIZON)
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
        shape = (self.network.n_bridges, len(self.space.intervals), -1, HORIZON)
        return np.ascontiguousarray(yearly.reshape(shape).swapaxes(0, 1))


@cache
def flat(bridges: int, budget: str) -> Case:
    """Of random bridges; their best plans need about 1 million yen a bridge and year."""
    per_bridge = {"easy": 1.3e6, "hard": 1.05e6}[budget]
    return Case(random_network(bridges), np.full(HORIZON, bridges * per_bridge))


@cache
def levelled(bridges: int, budget: str) -> Case:
    """Inspected every 5 years; budgets follow the cheapest plans, levelled in part: with little room many bind."""
    kept, room = {
        (300, "3 years"): (0.8, 1.15),
        (300, "9 years"): (0.85, 1.065),
        (300, "16 years"): (0.9, 1.035),
        (5000, "8 years"): (0.85, 1.07),
        (5000, "27 years"): (0.95, 1.0085),
    }[bridges, budget]
    network = random_network(bridges)
    spending = Case(network, np.full(HORIZON, 1e13), LAW).yearly[0]
    cheapest = spending[np.arange(bridges), spending.sum(axis=2).argmin(axis=1)].sum(axis=0)
    return Case(network, room * (kept * cheapest + (1 - kept) * cheapest.mean()), LAW)


@cache
def ten(budget: str) -> Case:
    return Case(datasets.paper_ten(), np.full(HORIZON, {"easy": 24e6, "hard": 17e6}[budget]))


@cache
def town(budget: str) -> Case:
    return Case(datasets.example_town(), np.full(HORIZON, {"easy": 250e6, "hard": 160e6}[budget]))


@cache
def costs_for_peers(case: Case) -> Numbers:
    return case.yearly


def note(benchmark, call: Callable[[], Any], gap: float, binding: int | str) -> None:
    times = []
    for _ in range(3):
        started = process_time()
        call()
        times.append(process_time() - started)
    benchmark.extra_info["CPU ms"] = 1000 * min(times)
    benchmark.extra_info["gap"] = f"{gap:.1e}" if np.isfinite(gap) else "no plan"
    benchmark.extra_info["years that bind"] = binding


both_budgets = pytest.mark.parametrize("budget", ["easy", "hard"])


@pytest.mark.benchmark(group="ten bridges, best plan proven, easy and hard budget")
@both_budgets
@pytest.mark.parametrize("solver", ["nagamochi exact", "HiGHS"])
def test_ten_bridges(measure, benchmark, solver, budget):
    case = ten(budget)

    def ours():
        return case.relax(gap=0.0, nodes=10_000_000)

    def highs():
        return relaxation_highs.least_cost(costs_for_peers(case), case.budget)

    cost, certificate = case.checked(ours())
    assert cost == pytest.approx(highs(), rel=1e-6)
    assert certificate.searched is not None
    timed = highs if solver == "HiGHS" else ours
    measure(timed)
    note(benchmark, timed, certificate.gap(cost), len(certificate.binding))


def compare_relaxations(measure, benchmark, case: Case, solver: str) -> None:
    """The peer's plan is never below our bound."""
    cost, certificate = case.checked(case.relax())
    if solver == "nagamochi":
        measure(case.relax)
        note(benchmark, case.relax, certificate.gap(cost), len(certificate.binding))
        return

    def peer() -> relaxation_numpy.NumpyPlan:
        return relaxation_numpy.relax(costs_for_peers(case), case.budget)

    plan = measure(peer)
    note(benchmark, peer, plan.gap, "")
    assert certificate.lower_bound <= plan.cost * (1 + 1e-9)
    assert plan.bound <= cost * (1 + 1e-9)


two_solvers = pytest.mark.parametrize("solver", ["nagamochi", "NumPy subgradient"])


@pytest.mark.benchmark(group="300 random bridges")
@both_budgets
@two_solvers
def test_three_hundred(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, flat(300, budget), solver)


@pytest.mark.benchmark(group="300 random bridges every 5 years")
@pytest.mark.parametrize("budget", ["3 years", "9 years", "16 years"])
@two_solvers
def test_three_hundred_levelled(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, levelled(300, budget), solver)


@pytest.mark.benchmark(group="the town of 300 bridges")
@both_budgets
@two_solvers
def test_town(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, town(budget), solver)


@pytest.mark.benchmark(group="5,000 random bridges", min_rounds=1, max_time=1)
@both_budgets
@two_solvers
def test_five_thousand(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, flat(5000, budget), solver)


@pytest.mark.benchmark(group="5,000 random bridges every 5 years", min_rounds=1, max_time=1)
@pytest.mark.parametrize("budget", ["8 years", "27 years"])
@two_solvers
def test_five_thousand_levelled(measure, benchmark, solver, budget):
    compare_relaxations(measure, benchmark, levelled(5000, budget), solver)


@pytest.mark.benchmark(group="5,000 random bridges, LPs of the open intervals", min_rounds=1, max_time=1)
@pytest.mark.parametrize("solver", ["nagamochi, a plan", "HiGHS, bounds alone"])
def test_against_the_lp(benchmark, solver):
    """An interval is open where its plans without budgets cost less than the best plan."""
    case = flat(5000, "easy")
    cost, certificate = case.checked(case.relax())
    if solver.startswith("nagamochi"):
        benchmark(case.relax)
        note(benchmark, case.relax, certificate.gap(cost), len(certificate.binding))
        return
    spending = [
        of_interval for of_interval in costs_for_peers(case) if of_interval.sum(axis=2).min(axis=1).sum() < cost
    ]

    def peer() -> float:
        return min(relaxation_highs.lp_bound(yearly, case.budget) for yearly in spending)

    started = process_time()
    bound = benchmark.pedantic(peer, rounds=1)
    benchmark.extra_info |= {"CPU ms": 1000 * (process_time() - started), "intervals": len(spending)}
    assert certificate.lower_bound <= bound * (1 + 1e-6) <= cost * (1 + 2e-6)


@pytest.mark.benchmark(group="the town within 250 million a year, genetic algorithms", min_rounds=1, max_time=1)
@pytest.mark.parametrize("solver", [Relaxation(), Genetic(), Genetic.study()], ids=["relaxation", "genetic", "study"])
def test_against_the_genetic_algorithm(benchmark, solver):
    def call():
        return plan_network(datasets.example_town(), 250e6, space=STUDY, solver=solver, threads=THREADS)

    plan = benchmark.pedantic(call, rounds=1)
    assert plan.feasible
    note(benchmark, call, plan.gap, len(plan.certificate.binding))
    benchmark.extra_info["cost, million yen"] = plan.cost / 1e6
