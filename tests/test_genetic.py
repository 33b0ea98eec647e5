import dataclasses
import itertools
import math
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi import _core
from oracle import genetic as oracle

LEVELS = [4.0, 3.5, 3.0, 2.5]


@st.composite
def problems(draw: st.DrawFn) -> oracle.Problem:
    """Small networks in whole yen, so that all sums are exact."""
    horizon = draw(st.integers(1, 12))
    years = st.integers(1, 13)
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    starts = np.cumsum([0, *sizes]).tolist()
    problem = oracle.Problem(
        n_levels=draw(st.integers(1, 3)),
        first_years=draw(st.lists(years, min_size=1, max_size=3, unique=True)),
        intervals=draw(st.lists(years, min_size=1, max_size=3, unique=True)),
        horizon=horizon,
        groups_of_bridge=[list(range(*pair)) for pair in itertools.pairwise(starts)],
        inspection_cost=[float(draw(st.integers(0, 9))) for _ in sizes],
        discount=[draw(st.sampled_from([1.0, 0.75, 0.5, 0.0])) for _ in range(horizon)],
        budget=[float(draw(st.integers(0, 60))) for _ in range(horizon)],
        repair_costs={},
    )
    made = np.random.default_rng(draw(st.integers(0, 2**32)))
    with_minimum_health = draw(st.booleans())
    for group in range(problem.n_groups):
        for plan in range(problem.n_plans):
            years_of_plan = problem.repair_years(plan)
            problem.repair_costs[group, plan] = made.integers(0, 30, len(years_of_plan)).astype(float).tolist()
            if with_minimum_health:
                problem.health_deficit[group, plan] = max(0.0, int(made.integers(-8, 4)) / 4)
    return problem


@st.composite
def parameters(draw: st.DrawFn) -> oracle.Parameters:
    population = draw(st.integers(1, 12))
    rates = st.sampled_from([0.0, 0.05, 0.5, 0.8, 1.0])
    return oracle.Parameters(
        population=population,
        generations=draw(st.integers(1, 25)),
        crossover_rate=draw(rates),
        cut_points=draw(st.integers(0, 6)),
        mutation_rate=draw(rates),
        mutation_per_child=draw(st.booleans()),
        tournament=draw(st.integers(1, 3)),
        elitism=draw(st.integers(0, min(population, 3))),
        converged_share=draw(st.sampled_from([0.3, 0.9, 1.0])),
        large_mutations=draw(st.integers(0, 3)),
        large_mutation_rate=draw(rates),
        interval_per_bridge=draw(st.booleans()),
        seed=draw(st.integers(0, 2**64 - 1)),
    )


def layout_of(problem: oracle.Problem) -> _core.PlanLayout:
    return _core.PlanLayout(
        levels=LEVELS[: problem.n_levels],
        first_years=problem.first_years,
        intervals=problem.intervals,
        horizon=problem.horizon,
    )


def made_network(n_groups: int, seed: int = 0) -> _core.Network:
    """Repair groups of three curves each."""
    made = np.random.default_rng(seed)
    n = 3 * n_groups
    return _core.Network(
        group_offsets=np.arange(0, n + 1, 3),
        health=made.uniform(2, 5, n),
        service_life=made.uniform(20, 80, n),
        shape=np.full(n, 2.0),
        table=np.full(n, -1),
        repair_cost=np.sort(made.uniform(1e5, 5e6, (n, 5))),
        restored_health=np.full(n, 5.0),
        table_offsets=np.zeros(1, np.int64),
        table_age_ratio=np.zeros(0),
        table_health=np.zeros(0),
    )


def filled_memo(problem: oracle.Problem, layout: _core.PlanLayout) -> _core.PlanMemo:
    """All that the search may ask for, so that it never looks at a curve."""
    memo = _core.PlanMemo(layout)
    pairs = list(problem.repair_costs)
    records = np.zeros((len(pairs), memo.record_size))
    for record, costs in zip(records, problem.repair_costs.values(), strict=True):
        record[: len(costs)] = costs
    groups, plans = (np.array(column) for column in zip(*pairs, strict=True))
    memo.insert(groups=groups, plans=plans, records=records)
    return memo


def search(
    problem: oracle.Problem, parameters: oracle.Parameters, start: list[list[int]] | None = None, **more: Any
) -> _core.GeneticResult:
    layout = layout_of(problem)
    shape = (problem.n_groups, problem.n_plans)
    deficits = list(problem.health_deficit.values())
    objective = _core.Objective(
        bridge_groups=np.cumsum([0, *map(len, problem.groups_of_bridge)]),
        inspection_cost=np.array(problem.inspection_cost),
        weights=np.array(problem.discount),
        budget=np.array(problem.budget),
        health_deficit=np.array(deficits).reshape(shape) if deficits else None,
    )
    return _core.run_genetic(
        network=made_network(problem.n_groups),
        objective=objective,
        layout=layout,
        memo=filled_memo(problem, layout),
        parameters=_core.GeneticParameters(**dataclasses.asdict(parameters), **more),
        start=np.array(start, np.int64) if start else None,
        threads=1,
    )


@given(problems(), parameters(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_search_keeps_to_the_rules_draw_by_draw(
    problem: oracle.Problem, parameters: oracle.Parameters, n_start: int, random: Random
) -> None:
    choices = oracle.gene_choices(problem, parameters.interval_per_bridge)
    start_genes = [[random.randrange(n) for n in choices] for _ in range(n_start)]
    start = [oracle.decode(problem, genes, parameters.interval_per_bridge) for genes in start_genes]
    expected = oracle.run(problem, parameters, start)
    result = search(problem, parameters, start, count_requests=True)

    assert [(r.mean_cost, r.diversity) for r in result.history] == expected.means
    assert [(r.health_deficit, r.overrun, r.cost) for r in result.history] == expected.history
    assert result.plans.tolist() == expected.plans
    assert (result.health_deficit, result.overrun, result.cost) == expected.fitness
    assert result.feasible == (expected.fitness[:2] == (0, 0))
    assert result.yearly.tolist() == problem.yearly(expected.plans)
    assert result.smallest_flat_budget == expected.smallest_flat_budget
    assert result.last_improvement == expected.last_improvement
    assert result.large_mutations == expected.large_mutations
    assert result.stop == expected.stop
    counts = {(int(g), int(p)): int(result.request_counts[g, p]) for g, p in np.argwhere(result.request_counts)}
    assert counts == expected.request_counts
    assert [r.generation for r in result.history] == list(range(1, len(expected.history) + 1))
    per_generation = parameters.population * problem.n_groups
    assert [r.requests for r in result.history] == [r.generation * per_generation for r in result.history]
    assert {r.evaluations for r in result.history} == {0}


def tiny_problem(seed: int, budget: float) -> oracle.Problem:
    """Two bridges, one of them with two repair groups: 1,024 network plans, or 4,096 with an interval per bridge."""
    problem = oracle.Problem(
        n_levels=2,
        first_years=[1, 2],
        intervals=[2, 3, 4, 5],
        horizon=12,
        groups_of_bridge=[[0], [1, 2]],
        inspection_cost=[2.0, 3.0],
        discount=[1.0] * 12,
        budget=[budget] * 12,
        repair_costs={},
    )
    made = np.random.default_rng(seed)
    for group in range(3):
        for plan in range(problem.n_plans):
            costs = made.integers(0, 30, len(problem.repair_years(plan)))
            problem.repair_costs[group, plan] = costs.astype(float).tolist()
    return problem


@pytest.mark.parametrize("interval_per_bridge", [False, True])
@pytest.mark.parametrize("budget", [1000.0, 30.0, 10.0], ids=["ample", "binding", "infeasible"])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_all_network_plans_is_reached(seed: int, budget: float, interval_per_bridge: bool) -> None:
    problem = tiny_problem(seed, budget)
    best = min(map(problem.fitness, problem.all_network_plans(interval_per_bridge)))
    result = search(problem, oracle.Parameters(interval_per_bridge=interval_per_bridge, seed=seed))
    assert (result.health_deficit, result.overrun, result.cost) == best


PAPER_LAYOUT = _core.PlanLayout(levels=LEVELS, first_years=[1, 2, 3, 4], intervals=list(range(4, 12)), horizon=50)


def plan_made_network(n_bridges: int, **more: Any) -> _core.GeneticResult:
    """Plan bridges of one repair group each under the paper's rules."""
    judged_by = {
        "bridge_groups": np.arange(n_bridges + 1),
        "inspection_cost": np.full(n_bridges, 3e5),
        "weights": np.exp(-0.04 * np.arange(1, 51)),
        "budget": np.full(50, 1.2e6 * n_bridges),
    }
    judged_by |= {name: more.pop(name) for name in [*judged_by, "health_deficit"] if name in more}
    arguments: dict[str, Any] = {
        "network": made_network(n_bridges),
        "objective": _core.Objective(**judged_by),
        "layout": PAPER_LAYOUT,
        "threads": 1,
        "parameters": _core.GeneticParameters(generations=30, seed=7),
    }
    return _core.run_genetic(**arguments | more)


def outcome(result: _core.GeneticResult) -> tuple[Any, ...]:
    """All that must not depend on threads or memo."""
    best = [(r.generation, r.health_deficit, r.overrun, r.cost, r.requests) for r in result.history]
    return (
        result.plans.tobytes(),
        result.yearly.tobytes(),
        (result.health_deficit, result.overrun, result.cost, result.feasible),
        (result.smallest_flat_budget, result.stop, result.last_improvement, result.large_mutations),
        best,
        result.request_counts.tobytes(),
    )


def test_threads_and_memo_change_nothing_but_the_evaluations() -> None:
    parameters = _core.GeneticParameters(population=400, generations=5, seed=7, count_requests=True)
    reference = plan_made_network(100, parameters=parameters)
    requests = 400 * 5 * 100
    assert reference.history[-1].evaluations == requests
    evaluations = set()
    for threads in (1, 2, 7):
        memo = _core.PlanMemo(PAPER_LAYOUT)
        cold = plan_made_network(100, parameters=parameters, threads=threads, memo=memo)
        warm = plan_made_network(100, parameters=parameters, threads=threads, memo=memo)
        anew = plan_made_network(100, parameters=parameters, threads=threads)
        assert outcome(cold) == outcome(warm) == outcome(anew) == outcome(reference)
        assert warm.history[-1].evaluations == 0
        assert cold.history[-1].evaluations == len(memo)
        evaluations.add(tuple(r.evaluations for r in cold.history))
    assert len(evaluations) == 1
    assert len(memo) == np.count_nonzero(reference.request_counts) < requests


def test_a_result_is_what_its_plans_cost() -> None:
    memo = _core.PlanMemo(PAPER_LAYOUT)
    result = plan_made_network(40, memo=memo)
    groups, plans, records = memo.entries_since(0)
    slots = {(int(g), int(p)): record[:-1] for g, p, record in zip(groups, plans, records, strict=True)}

    yearly = np.zeros(50)
    for group, plan in enumerate(result.plans.tolist()):
        first_year, interval = 1 + plan % 4, 4 + plan // 16
        inspections = np.arange(first_year, 51, interval)
        yearly[inspections - 1] += 3e5
        repairs = inspections[inspections < 50]
        yearly[repairs] += slots[group, plan][: len(repairs)]
        assert not slots[group, plan][len(repairs) :].any()
    np.testing.assert_allclose(result.yearly, yearly, rtol=1e-12)
    np.testing.assert_allclose(result.cost, np.sum(yearly * np.exp(-0.04 * np.arange(1, 51))), rtol=1e-12)
    np.testing.assert_allclose(result.overrun, np.maximum(yearly - 1.2e6 * 40, 0).sum(), rtol=1e-9)
    assert len({plan // 16 for plan in result.plans.tolist()}) == 1
    assert result.smallest_flat_budget <= yearly.max() * (1 + 1e-12)


def test_an_overrun_within_rounding_of_the_budget_is_none() -> None:
    problem = tiny_problem(0, 1000.0)
    fixed = oracle.Parameters(population=1, generations=1)
    largest = max(search(problem, fixed).yearly)
    for excess, is_feasible in ((0.9e-9, True), (1.1e-9, False)):
        problem.budget = [largest / (1 + excess)] * 12
        assert search(problem, fixed).feasible == is_feasible


def test_progress_hears_of_every_generation() -> None:
    heard: list[_core.GenerationRecord] = []
    result = plan_made_network(10, progress=heard.append)
    told = [(r.generation, r.cost, r.overrun, r.health_deficit, r.requests, r.evaluations) for r in heard]
    assert told == [
        (r.generation, r.cost, r.overrun, r.health_deficit, r.requests, r.evaluations) for r in result.history
    ]


def raise_in_generation(generation: int, error: type[BaseException]) -> Callable[[_core.GenerationRecord], None]:
    def progress(record: _core.GenerationRecord) -> None:
        if record.generation == generation:
            raise error

    return progress


def test_an_error_of_progress_ends_the_search() -> None:
    with pytest.raises(ZeroDivisionError):
        plan_made_network(10, progress=raise_in_generation(3, ZeroDivisionError))


def test_ctrl_c_within_progress_gives_the_best_so_far() -> None:
    result = plan_made_network(10, progress=raise_in_generation(3, KeyboardInterrupt))
    assert result.stop == "interrupted"
    assert len(result.history) == 3
    assert result.cost == plan_made_network(10).history[2].cost


@contextmanager
def alarm(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    """Let a signal come in a moment."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


LONG_FIRST_GENERATION = {"parameters": _core.GeneticParameters(population=5000), "threads": 2}


def test_ctrl_c_before_there_is_any_plan_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt), alarm(signal.default_int_handler):
        plan_made_network(150, **LONG_FIRST_GENERATION)


def test_what_another_signal_handler_raises_comes_through() -> None:
    def time_is_up(signal_number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError), alarm(time_is_up):
        plan_made_network(150, **LONG_FIRST_GENERATION)


def test_ctrl_c_ends_a_long_search_with_the_best_so_far() -> None:
    script = """
        from test_genetic import _core, plan_made_network

        def progress(record):
            if record.generation == 3:
                print("searching", flush=True)

        endless = _core.GeneticParameters(generations=10**9, large_mutations=10**9)
        result = plan_made_network(20, parameters=endless, progress=progress)
        print(result.stop, len(result.history), result.cost == result.history[-1].cost)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=__file__.rpartition("/")[0]) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "searching\n"
        child.send_signal(signal.SIGINT)
        stop, generations, is_best = child.communicate(timeout=60)[0].split()
    assert child.returncode == 0
    assert (stop, is_best) == ("interrupted", "True")
    assert int(generations) >= 3


def test_a_memo_of_another_layout_is_refused() -> None:
    other = _core.PlanLayout(levels=LEVELS, first_years=[1, 2, 3, 4], intervals=[4, 5], horizon=50)
    with pytest.raises(ValueError, match=r"\[run_genetic\] memo and plans must be of one layout"):
        plan_made_network(10, memo=_core.PlanMemo(other))


def test_counts_of_requests_are_empty_unless_asked_for() -> None:
    assert plan_made_network(10).request_counts.shape == (10, 0)


def test_no_flat_budget_is_met_where_health_always_falls_short() -> None:
    result = plan_made_network(10, health_deficit=np.full((10, 128), 0.5))
    assert result.smallest_flat_budget == math.inf
    assert result.health_deficit == 5.0
    assert not result.feasible
