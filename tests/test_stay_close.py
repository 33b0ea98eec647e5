"""What counts as cost but is not spent: changes of a former plan, and value that is used up by the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from made_decided import made_decided
from made_network import made_network
from nagamochi.errors import InvalidInput
from nagamochi.planning import (
    Exact,
    Genetic,
    PlanningProblem,
    PlanSpace,
    evaluate_plan,
    pool_budgets,
    read_plan,
    solve,
    stay_close,
    verify,
)
from oracle.choices import least_cost, plans_of

SPACE = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 4), intervals=(2, 5))


def problem_of(seed: int, budget: float = 1e8, **arguments) -> PlanningProblem:
    return PlanningProblem(made_network(seed, bridges=4), np.full(15, budget), space=SPACE, **arguments)


@pytest.mark.parametrize("seed", range(40))
def test_the_best_plan_has_the_least_cost_with_changes(seed):
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(3, 15))
    owners = ["A", "B", "A", "B"][: int(rng.integers(1, 5))]
    limits = {"name": ["A's yen", "B's yen"], "owner": ["A", "B"], "per": "year", "budget": [6e6, 9e6]}
    rows = pl.DataFrame(limits) if rng.random() < 0.4 and len(owners) > 1 else None
    made = made_decided(seed, horizon, bridges=len(owners), owners=owners, rows=rows)
    level_per = str(rng.choice(["bridge", "member"]))
    interval_per = str(rng.choice(["network", "bridge"]))
    plans = plans_of(made.network, level_per, SPACE, horizon, **made.rows)
    former = plans.random_plan(rng)
    spent, _ = plans.use(plans.random_plan(rng))
    budget = spent.sum(axis=0) * rng.uniform(0.9, 1.5) + rng.uniform(0, 3e6)
    residual = str(rng.choice(["none", "linear"]))
    problem = PlanningProblem(
        made.network, budget, 0.02, space=SPACE, interval_per=interval_per, level_per=level_per, residual=residual
    )
    change_cost = float(rng.choice([0.0, 3e5, 1e7]))
    decisions = problem.unit_names.hstack(SPACE.to_frame()[former])
    problem = stay_close(problem, decisions, change_cost)
    assert problem.former_plan.tolist() == former.tolist()
    additions = np.full((problem.n_units, SPACE.n_plans), change_cost)
    additions[np.arange(len(former)), former] = 0
    used = plans.used_value * problem.weights[-1] * (residual == "linear")
    additions += used
    best = least_cost(
        plans,
        problem.weights,
        problem.rows,
        common_interval=interval_per == "network",
        allowed=plans.closed_works == 0,
        additions=additions,
    )
    genetic = [Genetic(generations=20, population=20)] if rows is None else []
    for solver in (Exact(), "relaxation", *genetic):
        plan = solve(problem, solver=solver)
        assert [check for check in verify(plan) if not check.holds] == []
        changed = int((plan.plan_of_unit != former).sum())
        spent, _ = plans.use(plan.plan_of_unit)
        assert plan.cost == pytest.approx(float((spent @ problem.weights).sum()))
        value = used[np.arange(len(former)), plan.plan_of_unit].sum()
        assert plan.counted_cost == pytest.approx(plan.cost + changed * change_cost + value)
        assert (plan.used_value or 0.0) == pytest.approx(value)
        assert plan.changes.height == plan.to_dict()["changed_units"] == changed
        if plan.feasible:
            assert plan.counted_cost >= best - 1 - 1e-7 * best
            assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
            if solver == Exact():
                assert plan.counted_cost <= best + 1 + 1e-7 * best
                assert plan.gap == pytest.approx(0.0, abs=1e-8)
        assert plan.feasible <= (best is not None)


def test_changes_that_cost_too_much_are_not_made():
    free = solve(problem_of(5))
    tight = problem_of(5, budget=float(free.outcome.total.max()) - 1)
    for cost, fewest in ((0.0, None), (1e12, 0)):
        assert solve(stay_close(problem_of(5), free.decisions, cost)).changes.height == 0
        changed = solve(stay_close(tight, free.decisions, cost), solver=Exact())
        assert changed.feasible
        assert changed.changes.height > 0
        if fewest is None:
            most = changed.changes.height
        else:
            assert changed.changes.height <= most
    assert changed.changes.columns[:4] == ["bridge_id", "former_level", "former_first_year", "former_interval"]
    assert "of 4 former plans, counted as 1,000,000,000,000 yen each" in repr(changed)


def test_a_saved_plan_keeps_its_former_plan(tmp_path):
    former = solve(problem_of(6))
    former.save(tmp_path / "former")
    problem = stay_close(problem_of(6, budget=5e6), tmp_path / "former", 2e5)
    plan = solve(problem)
    plan.save(tmp_path / "plan")
    read = read_plan(tmp_path / "plan")
    assert (read.cost, read.gap, read.counted_cost) == (plan.cost, plan.gap, plan.counted_cost)
    assert read.problem.fingerprint == problem.fingerprint != problem_of(6, budget=5e6).fingerprint
    assert read.certificate.change_cost == 2e5
    assert [check for check in verify(read) if not check.holds] == []
    assert set(read.run.tables) == set(plan.run.tables)
    cheaper = replace(
        read.certificate, bounds=tuple(replace(b, yen=(b.yen or 0) + 10) for b in read.certificate.bounds)
    )
    assert not all(check.holds for check in verify(replace(read, certificate=cheaper)))


def test_the_cost_is_that_of_the_decisions_alone():
    former = solve(problem_of(7))
    plan = solve(stay_close(problem_of(7, budget=4e6), former.decisions, 1e6))
    assert evaluate_plan(plan.network, plan.decisions, 4e6, horizon=15, space=SPACE).cost == plan.cost


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda table: table.with_columns(bridge_id=pl.lit("X")), "must be of the network; got X"),
        (lambda table: table[1:], "must have a row for every bridge; got none for B0"),
        (
            lambda table: table.with_columns(level=3.7),
            "decisions, bridge B0, level: must be in the plan space: 4, 3, 2; got 3.7",
        ),
        (
            lambda table: table.with_columns(first_year=3),
            "decisions, bridge B0, first_year: must be in the plan space: 1, 2, 4; got 3",
        ),
        (
            lambda table: table.with_columns(interval=7),
            "decisions, bridge B0, interval: must be in the plan space: 2, 5; got 7",
        ),
    ],
)
def test_former_plans_of_another_network_or_plan_space_are_refused(change, problem):
    table = pl.DataFrame({"bridge_id": [f"B{i}" for i in range(4)], "level": 4.0, "first_year": 1, "interval": 5})
    stay_close(problem_of(5), table, 1.0)
    with pytest.raises(InvalidInput) as refused:
        stay_close(problem_of(5), change(table), 1.0)
    assert problem in str(refused.value)


def test_wrong_arguments_are_refused():
    former = solve(problem_of(5))
    with pytest.raises(InvalidInput, match="change_cost: must be a finite number, at least 0, at most 1e\\+13; got -1"):
        stay_close(problem_of(5), former.decisions, -1.0)
    with pytest.raises(InvalidInput, match="change_cost: must be a finite number, at least 0, at most 1e\\+13; got 2"):
        stay_close(problem_of(5), former.decisions, 2e14)
    with pytest.raises(
        InvalidInput, match="decisions: must have a level for each member, as the problem has; got 'for each bridge'"
    ):
        stay_close(problem_of(5, level_per="member"), former.decisions, 1.0)
    with pytest.raises(InvalidInput, match="must count neither changes nor residual value"):
        pool_budgets(stay_close(problem_of(5), former.decisions, 1.0))


def test_with_residual_value_the_last_years_are_not_starved():
    without, counted = (solve(problem_of(11, residual=residual)) for residual in ("none", "linear"))
    assert without.used_value is None
    assert counted.feasible
    assert counted.cost >= without.cost
    used = counted.problem.used_value
    assert counted.used_value < used[np.arange(4), without.plan_of_unit].sum()
    assert counted.outcome.repair[-5:].sum() > without.outcome.repair[-5:].sum()


def test_a_saved_plan_keeps_its_residual_value(tmp_path):
    plan = solve(problem_of(11, residual="linear"))
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert (read.used_value, read.gap, read.certificate.residual) == (plan.used_value, plan.gap, "linear")
    assert [check for check in verify(read) if not check.holds] == []
    with pytest.raises(InvalidInput, match="residual: must be one of none, linear; got 'straight'"):
        problem_of(11, residual="straight")
