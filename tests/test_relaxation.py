"""The relaxation and the exact search against HiGHS, and against themselves on other threads and instruction sets."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from made_choices import MadeChoice, made_choice
from made_network import made_network
from nagamochi import Progress, _core, datasets
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import Exact, PlanningProblem, PlanSpace, Relaxation, plan_network, solve, verify
from nagamochi.planning.choice import Choice
from nagamochi.planning.rows import Row, yearly_rows
from nagamochi.planning.solvers.relaxation import certificate_of
from oracle.choices import possible_plans

SEARCH = _core.RelaxationSettings(gap=0.0, nodes=1_000_000)


def tolerance(yen: float) -> float:
    return 1 + 1e-7 * abs(yen)


def check_against_the_optimum(made: MadeChoice, settings: _core.RelaxationSettings) -> bool:
    """Return whether the plan is the best one, or known to be none."""
    best = made.least_cost
    result = _core.relax(problem=made.choice.core(1), settings=settings, threads=1)
    certificate = certificate_of(made.choice, result, "relaxation")
    if not len(result.plans):
        assert certificate.proven_infeasible
        assert best is None
        return True
    checks = made.verifier.check(certificate, result.plans, float(result.cost), result.overrun == 0)
    assert all(check.holds for check in checks), [check for check in checks if not check.holds]
    if best is None:
        assert result.overrun > 0
        return certificate.proven_infeasible
    assert certificate.lower_bound <= best + tolerance(best)
    if result.overrun:
        return False
    assert result.cost >= best - tolerance(best)
    return result.cost <= best + tolerance(best)


@pytest.mark.parametrize("seeds", [range(60), range(60, 120)])
def test_bounds_and_plans_enclose_the_optimum_that_highs_finds(seeds):
    solved = sum(check_against_the_optimum(made_choice(seed), _core.RelaxationSettings()) for seed in seeds)
    assert solved > 0.9 * len(seeds)


@pytest.mark.by_hand
def test_bounds_and_plans_enclose_the_optimum_of_two_thousand_problems():
    for seed in range(2000):
        made = made_choice(seed)
        check_against_the_optimum(made, _core.RelaxationSettings())
        assert check_against_the_optimum(made, SEARCH), seed


@pytest.mark.parametrize("seeds", [range(120, 180), range(180, 240)])
def test_a_search_proves_the_optimum_that_highs_finds(seeds):
    assert all(check_against_the_optimum(made_choice(seed), SEARCH) for seed in seeds)


def test_more_bridges_than_candidates_leave_a_choice_to_the_search():
    """The best plan of each bridge is a candidate: above 30,000 bridges there was no other to exchange it for."""
    bridges, horizon, space = 32_000, 20, PlanSpace((4.0, 3.0, 2.0), (1, 2, 3, 4, 5), (5,))
    rng = np.random.default_rng(1)
    network = Network.from_arrays(
        curve_offsets=np.arange(bridges + 1),
        inspection_cost=rng.uniform(1e5, 5e5, bridges),
        health=rng.uniform(1.5, 5, bridges),
        service_life=rng.uniform(15, 90, bridges),
        repair_cost=np.sort(rng.uniform(1e6, 1e7, (bridges, 5))),
    )
    choice = Choice(
        units=network.repair_groups("bridge"),
        layout=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost,
        weights=np.ones(horizon),
        rows=yearly_rows(np.full(horizon, 5e5 * bridges)),
    )
    result = _core.relax(problem=choice.core(2), settings=_core.RelaxationSettings(), threads=2)
    assert result.overrun == 0
    assert certificate_of(choice, result, "relaxation").gap(result.cost) < 2e-5  # 3e-4 without others


def random_bounds(seed: int, count: int) -> None:
    """Bounds at random prices never exceed a known optimum."""
    made = made_choice(seed)
    if made.least_cost is None or not made.choice.rows:
        return
    rng = np.random.default_rng(seed)
    problem = made.choice.core(1)
    intervals = [-1] if made.choice.interval_per_bridge else list(range(len(made.space.intervals)))
    for _ in range(count):
        size = 10.0 ** rng.uniform(-4, 2)
        prices = rng.exponential(size, len(made.choice.rows)) * (rng.random(len(made.choice.rows)) < rng.random())
        prices = np.rint(prices * 2.0**36) / 2.0**36
        for with_costs, limit in [(True, made.least_cost + tolerance(made.least_cost)), (False, 0.0)]:
            lowest = min(
                _core.lower_bound(problem=problem, interval=i, prices=prices, with_costs=with_costs, threads=1)
                for i in intervals
            )
            assert lowest <= limit


@pytest.mark.parametrize("seed", range(20))
def test_no_prices_give_a_bound_above_the_optimum(seed):
    random_bounds(seed, 200)


@pytest.mark.by_hand
def test_a_million_prices_give_no_bound_above_the_optimum():
    for seed in range(1000):
        random_bounds(seed, 1400)  # seven in ten problems have an optimum


def float_bound(made: MadeChoice, prices: np.ndarray, interval: int | None, with_costs: bool) -> float:
    """The lower bound in floating point, from the oracle's walks."""
    choice, plans = made.choice, made.plans
    own = np.full(plans.n_bridges, np.inf)
    common = not choice.interval_per_bridge
    possible = possible_plans(plans, choice.rows, common_interval=common, allowed=choice.allowed)
    for bridge in range(plans.n_bridges):
        worth = with_costs * choice.weights
        counting = []
        for row, price in zip(choice.rows, prices, strict=True):
            if row.bridges is None or row.bridges[bridge]:
                worth = worth + price * row.years
                counting += [] if row.health_below is None else [(price, row.health_below)]
        groups = np.flatnonzero(plans.bridge_of_group == bridge)
        values = plans.repairs[groups] @ worth
        for price, health in counting:
            values += price * (plans.lowest_health[groups] < health)
        if with_costs and choice.additions is not None:
            values += choice.additions[groups]
        if choice.allowed is not None:
            values[~choice.allowed[groups]] = np.inf
        if with_costs:
            values[~possible[groups]] = np.inf
        timetables = [plans.timetable(plan) for plan in range(made.space.n_plans)]
        for when in set(timetables):
            of_timetable = [plan for plan, other in enumerate(timetables) if other == when]
            if interval in (None, when[0]):
                inspections = plans.inspections[bridge, of_timetable[0]] @ worth
                own[bridge] = min(own[bridge], values[:, of_timetable].min(axis=1).sum() + inspections)
    return float(own.sum() - sum(price * row.bound for price, row in zip(prices, choice.rows, strict=True)))


@pytest.mark.parametrize("seed", range(40))
def test_bounds_in_whole_numbers_agree_with_floats(seed):
    made = made_choice(seed)
    rng = np.random.default_rng(seed)
    problem = made.choice.core(1)
    for with_costs in (True, False):
        prices = np.rint(rng.exponential(0.3, len(made.choice.rows)) * 2.0**36) / 2.0**36
        intervals = [(-1, None)] if made.choice.interval_per_bridge else list(enumerate(made.space.intervals))
        for index, interval in intervals:
            exact = _core.lower_bound(problem=problem, interval=index, prices=prices, with_costs=with_costs, threads=1)
            expected = float_bound(made, prices, interval, with_costs)
            if math.isinf(expected):
                assert exact == _core.no_plan
            else:
                scale = abs(expected) + sum(p * row.bound for p, row in zip(prices, made.choice.rows, strict=True))
                assert exact == pytest.approx(expected, abs=1 + 1e-9 * scale)


def test_a_budget_larger_than_any_sum_is_none():
    ten = datasets.paper_ten()
    free = plan_network(ten, math.inf, solver=Relaxation())
    for budget in (1e14, 2e14, 1e18):
        plan = plan_network(ten, budget, solver=Relaxation())
        assert (plan.cost, plan.feasible, plan.gap) == (free.cost, True, 0.0)


def test_one_curve_by_hand():
    """A repair costs 8 million at health 2 (year 2) or 4 million at health 3 (year 1), each in the year after."""
    network = Network.from_arrays(
        curve_offsets=[0, 1],
        inspection_cost=[100_000.0],
        health=[4.0],
        service_life=[4.0],
        shape=[1.0],
        repair_cost=[[1e6, 2e6, 4e6, 8e6, 16e6]],
    )
    space = PlanSpace(levels=(3.0,), first_years=(1, 2), intervals=(7,))
    cheap = plan_network(network, 8e6, horizon=3, space=space, solver=Relaxation())
    assert (cheap.cost, cheap.certificate.lower_bound, cheap.gap) == (4.1e6, 4_100_000, 0.0)

    late = plan_network(network, [1e6, 1e6, 8e6], horizon=3, space=space, solver=Relaxation())
    assert late.cost == 8.1e6
    assert late.certificate.lower_bound <= 8_100_000
    assert late.feasible
    assert plan_network(network, [1e6, 1e6, 8e6], horizon=3, space=space, solver=Exact()).gap == 0.0

    half = {"horizon": 3, "space": space}  # half of each plan would keep 3 million, but no plan does
    alone = plan_network(network, 3e6, **half, solver=Relaxation())
    assert replace(alone.certificate, searched=None).proven_infeasible
    assert all(check.holds for check in verify(alone))
    assert alone.outcome.overrun > 0

    none = plan_network(network, 2.5e6, **half, solver=Relaxation())
    assert not none.feasible
    assert none.certificate.lower_bound == math.inf
    assert 0 < none.certificate.least_overrun <= none.outcome.overrun
    assert none.cost == 4.1e6
    low, high = none.certificate.smallest_flat_budget
    assert 2.5e6 < low <= high == 4e6


def test_near_infeasibility_more_money_gives_no_dearer_plan():
    """Where little room is left the search has to look among plans for smaller budgets, too."""
    costs = []
    for budget in (147.4e6, 148e6, 152e6):
        plan = plan_network(datasets.example_town(), budget, space=PlanSpace.study())
        low, high = plan.certificate.smallest_flat_budget
        assert plan.feasible
        assert low < high <= budget
        assert plan.outcome.total.max() <= budget
        assert plan.gap < 0.022
        assert all(check.holds for check in verify(plan))
        costs.append(plan.cost)
    assert costs == sorted(costs, reverse=True)


def test_a_search_from_a_plan_is_no_dearer():
    network, space = made_network(5, bridges=40), PlanSpace.study()
    choice = Choice(
        units=network.repair_groups("bridge"),
        layout=space.core(50),
        inspection_cost=network.arrays.inspection_cost,
        weights=np.ones(50),
        rows=yearly_rows(
            np.full(50, plan_network(network, 0.0, space=space).certificate.smallest_flat_budget[1] * 1.05)
        ),
    )
    core, settings = choice.core(1), _core.RelaxationSettings()
    tight = replace(choice, rows=[replace(row, bound=0.98 * row.bound) for row in choice.rows])
    start = _core.relax(problem=tight.core(1), settings=settings, threads=1)
    assert start.overrun == 0
    little = _core.RelaxationSettings(passes=1, candidates=1)
    for few in (settings, little):
        found = _core.relax(problem=core, settings=few, threads=1, start=start.plans)
        assert found.overrun == 0
        assert found.cost <= start.cost
    for plans in (start.plans[1:], np.full_like(start.plans, 999)):
        with pytest.raises(ValueError, match="start"):
            _core.relax(problem=core, settings=settings, threads=1, start=plans)


@pytest.mark.parametrize("seed", [0, 5])
def test_a_search_from_a_plan_of_a_worse_interval_mixes_no_intervals(seed):
    """Once a better plan of another interval was found, it was exchanged for choices of the start's interval."""
    both = PlanSpace((4.0, 3.0, 2.0), (1, 2, 3), (4, 5), (1, 2))
    problem = PlanningProblem(made_network(seed, bridges=8, members=2), np.full(15, 1e12), space=both)
    within = replace(problem, budget=np.full(15, 0.7 * solve(problem, threads=1).outcome.total.max()))
    start = solve(replace(within, space=replace(both, intervals=(5,))), threads=1)
    assert start.feasible
    index = {both.plan(plan): plan for plan in range(both.n_plans)}
    plans = np.array([index[start.problem.space.plan(plan)] for plan in start.plan_of_unit.tolist()])
    found = _core.relax(problem=Choice.of(within).core(1), settings=_core.RelaxationSettings(), threads=1, start=plans)
    assert found.cost < start.cost
    assert len({both.plan(plan).interval for plan in found.plans.tolist()}) == 1


def test_a_search_from_a_plan_over_its_rows_overruns_them_no_more():
    network, space = made_network(5, bridges=40), PlanSpace.study()
    enough = plan_network(network, 0.0, space=space).certificate.smallest_flat_budget[1]
    within = Choice(
        units=network.repair_groups("bridge"),
        layout=space.core(50),
        inspection_cost=network.arrays.inspection_cost,
        weights=np.ones(50),
        rows=yearly_rows(np.full(50, enough * 1.01)),
    )
    start = _core.relax(problem=within.core(1), settings=_core.RelaxationSettings(), threads=1)
    assert start.overrun == 0
    core = replace(within, rows=yearly_rows(np.full(50, enough * 0.99))).core(1)
    little = _core.RelaxationSettings(passes=1, candidates=1)
    alone, found = (_core.relax(problem=core, settings=little, threads=1, start=plans) for plans in (None, start.plans))
    over = np.maximum(start.use - round(enough * 0.99 * 2**16), 0).sum()
    assert 0 < found.overrun <= over < alone.overrun


def mixed_choice(bridges: int) -> Choice:
    """Owners with budgets of their own, a total, and a share of bad health, over two budgets of the network."""
    network = made_network(5, bridges=bridges, members=2)
    horizon, space = 30, PlanSpace((4.0, 3.0), (1, 2, 3), (4, 5, 7))
    units = network.repair_groups("member")
    owned = np.arange(bridges) % 3 == 0
    rows = [
        *yearly_rows(np.full(horizon, bridges * 1.2e6)),
        *(
            replace(row, name=f"owner's {row.name}", bridges=owned)
            for row in yearly_rows(np.full(horizon, bridges * 5e5))
        ),
        Row("first ten years", bridges * 6e6, (np.arange(horizon) < 10).astype(np.int64)),
        Row("bad health", bridges * 0.8, np.zeros(horizon, np.int64), health_below=2.0),
    ]
    return Choice(
        units=units,
        layout=space.core(horizon),
        inspection_cost=network.arrays.inspection_cost,
        weights=np.exp(-0.02 * np.arange(1, horizon + 1)),
        rows=rows,
    )


@pytest.mark.parametrize(("bridges", "interval_per_bridge"), [(200, False), (200, True), (2100, False)])
def test_the_same_bits_for_any_threads_and_instruction_set(bridges, interval_per_bridge):
    """From 2,000 bridges on, the search for prices begins with a sample."""
    choice = replace(mixed_choice(bridges), interval_per_bridge=interval_per_bridge)
    found = []
    for threads in (1, 2, 7):
        for simd in _core.Simd:
            if simd <= _core.widest_simd():
                problem = choice.core(threads, simd)
                found.append(_core.relax(problem=problem, settings=_core.RelaxationSettings(gap=1e-4), threads=threads))
    first = found[0]
    for other in found[1:]:
        assert other.plans.tobytes() == first.plans.tobytes()
        assert other.use.tobytes() == first.use.tobytes()
        assert (other.cost, other.passes) == (first.cost, first.passes)
        for proof, of_first in zip(other.proofs, first.proofs, strict=True):
            assert proof.bound == of_first.bound
            assert proof.prices.tobytes() == of_first.prices.tobytes()


@pytest.mark.parametrize("solver", [Relaxation(), Exact(nodes=1000)])
@pytest.mark.parametrize("stop", [1, 2, 5])
def test_stopped_by_progress_it_gives_the_best_so_far_with_its_proof(solver, stop):
    seen = []

    def progress(record: Progress) -> bool:
        seen.append(record)
        return len(seen) < stop

    plan = plan_network(datasets.example_town(), 200e6, solver=solver, progress=progress)
    assert plan.run.stopped in ("progress", "gap", "search ended")
    assert plan.plan_of_unit.shape == (300,)
    assert 5e9 < plan.certificate.lower_bound < 6.0e9
    assert all("no feasible plan counts less than" in record.text for record in seen)  # with shortfall


def test_progress_names_no_bound_where_no_plan_keeps_every_limit():
    seen = []
    plan_network(datasets.paper_ten(), 1.0, space=PlanSpace.study(), progress=lambda record: seen.append(record.text))
    assert seen
    assert all("inf" not in text for text in seen)
    assert any(text.startswith("no plan keeps every limit") for text in seen)


def test_the_town_within_250_million_a_year():
    town, study = datasets.example_town(), PlanSpace.study()
    plan = plan_network(town, 250e6, space=study, solver=Relaxation())
    assert plan.feasible
    assert plan.certificate.lower_bound >= 5_602.0e6
    assert plan.cost <= 5_620e6
    free = plan_network(town, 250e6, space=study, solver=Relaxation(), interval_per="bridge")
    assert free.feasible
    assert free.certificate.lower_bound >= 5_285.7e6
    assert free.cost <= 5_300e6


def test_cost_and_bound_agree_with_the_costs_of_plans():
    plan = plan_network(datasets.paper_ten(), [math.inf] * 50, solver=Relaxation(), discount_rate=0.04)
    assert plan.gap == 0.0
    assert plan.certificate.lower_bound == math.floor(plan.counted_cost)
    assert plan.certificate.rows == ()


def test_health_that_no_plan_keeps_is_proven_and_the_nearest_plan_given():
    plan = plan_network(datasets.paper_ten(), 1e12, min_health=4.9, space=PlanSpace.study(), solver=Relaxation())
    assert not plan.feasible
    assert plan.certificate.proven_infeasible
    deficits = plan.problem.health_deficit
    by_interval = deficits.reshape(10, 8, 16).min(axis=2).sum(axis=0)
    assert plan.outcome.health_deficit == pytest.approx(by_interval.min())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gap": -1e-3}, "gap: must be a finite number, at least 0; got -0.001"),
        ({"gap": math.nan}, "gap: must be a finite number, at least 0; got nan"),
        ({"time_limit": -1}, "time_limit: must be a finite number, at least 0; got -1"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(InvalidInput) as error:
        Relaxation(**options)
    assert str(error.value) == message


def test_the_search_has_at_least_one_step():
    with pytest.raises(InvalidInput, match="nodes: must be a whole number from 1 to 1000000000000; got 0"):
        Exact(nodes=0)


@pytest.mark.parametrize("interval_per", ["network", "bridge"])
def test_many_levels_of_equal_cost_do_not_keep_it_from_ending(interval_per):
    """In 20 years most members are never repaired at any level, so that a bridge has millions of plans of one cost."""
    ten = datasets.paper_ten()
    plan = plan_network(ten, 30e6, horizon=20, level_per="member", interval_per=interval_per)
    assert plan.feasible
    assert plan.gap < 0.05
