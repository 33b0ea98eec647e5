"""First inspections are due an interval after the last ones: rules, solvers, proofs, refusals."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi import datasets
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning import (
    Exact,
    Genetic,
    PlanningProblem,
    PlanSpace,
    Shortfall,
    evaluate_plan,
    read_plan,
    solve,
    verify,
)
from nagamochi.planning.first_years import ANY, due_first_years
from oracle.choices import least_cost, plans_of

LAW = PlanSpace(levels=(4.0, 2.5, "never"), first_years=(1, 2, 3, 4, 5), intervals=(5,), delays=(1, 4))
MIXED = PlanSpace(levels=(4.0, 2.5), first_years=(4, 2), intervals=(4, 7))


def inspected(network: Network, years: list[int | None], start_year: int | None) -> Network:
    """The same network with the years of last inspections."""
    with TemporaryDirectory() as folder:
        network.write(folder)
        bridges = pl.read_csv(Path(folder) / "bridges.csv", infer_schema=False)
        column = pl.Series("last_inspection_year", years, dtype=pl.Int64)
        bridges.with_columns(column).write_csv(Path(folder) / "bridges.csv")
        return read_network(folder, start_year)


def test_an_inspection_is_due_an_interval_after_the_last() -> None:
    network = inspected(made_network(1, bridges=6), [2025, 2021, 2020, 2001, None, 2026], 2026)
    assert due_first_years(network, LAW).ravel().tolist() == [
        5,
        1,
        1,
        1,
        ANY,
        5,
    ]  # year 1 is 2026; in 2031 would be late
    assert due_first_years(network, MIXED).tolist() == [[4, 4], [2, 2], [2, 2], [2, 2], [ANY, ANY], [4, 4]]
    assert due_first_years(inspected(made_network(1, bridges=6), [2025] * 6, None), LAW) is None
    assert due_first_years(made_network(1), LAW) is None


@pytest.mark.parametrize("seed", range(24))
def test_solvers_inspect_when_due_and_enclose_the_optimum_that_highs_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    space = (LAW, MIXED)[seed % 2]
    years = [None if rng.random() < 0.2 else int(rng.integers(2019, 2027)) for _ in range(4)]
    horizon, level_per = int(rng.integers(8, 16)), str(rng.choice(["bridge", "member"]))
    interval_per, minimum = str(rng.choice(["network", "bridge"])), 1.5 if rng.random() < 0.5 else None
    network = inspected(made_network(seed, bridges=4, members=2), years, 2026)
    plans = plans_of(network, level_per, space, horizon)
    due = {}
    for bridge, last in enumerate(years):
        for interval in space.intervals:
            wanted = None if last is None else max(last + interval - 2025, 1)
            before = [year for year in space.first_years if wanted is not None and year <= wanted]
            due[bridge, interval] = None if wanted is None else max(before, default=min(space.first_years))
    allowed = np.array(
        [
            [due[int(bridge), plan.interval] in (None, plan.first_year) for plan in space.plans]
            for bridge in plans.bridge_of_group
        ]
    )
    if minimum is not None:
        for group, bridge in enumerate(plans.bridge_of_group):
            first = min(due[int(bridge), interval] or min(space.first_years) for interval in space.intervals)
            since = first + min(space.delays)
            for plan in range(space.n_plans):
                healths = [health for curve in plans.health[group][plan] for health in curve[since:]]
                allowed[group, plan] &= min(healths, default=5.0) >= minimum - 1e-9
    spent, _ = plans.use(plans.random_plan(rng))
    problem = PlanningProblem(
        network,
        spent.sum(axis=0) * 1.2 + 5e5,
        min_health=minimum,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
        shortfall=Shortfall(price=0.0),
    )
    found = solve(problem, solver=Exact())
    best = least_cost(
        plans,
        found.problem.weights,
        found.certificate.rows,
        common_interval=interval_per == "network",
        allowed=allowed,
    )
    genetic = Genetic(generations=20, population=20)
    for plan in (found, solve(problem), solve(problem, solver=genetic)):
        assert [check for check in verify(plan) if not check.holds] == []
        assert plan.feasible <= (best is not None)
        units = np.arange(len(plan.plan_of_unit))
        assert plan.problem.allows(plan.plan_of_unit) == allowed[units, plan.plan_of_unit].all()
        if plan.feasible:
            assert plan.cost >= best - 1 - 1e-7 * best
    assert found.feasible == (best is not None)
    if best is not None:
        assert found.cost <= best + 1 + 1e-7 * best


def test_decisions_off_schedule_are_said(tmp_path: Path) -> None:
    ten = datasets.paper_ten()
    network = inspected(ten, [2025] * ten.n_bridges, 2026)
    decisions = ten.bridges.select("bridge_id", level=2.5, first_year=5, interval=5)
    assert evaluate_plan(network, decisions, 1e9, space=LAW).feasible
    some = pl.when(pl.int_range(pl.len()) < 3).then(1).otherwise(5)
    late = evaluate_plan(network, decisions.with_columns(first_year=some), 1e9, space=LAW)
    assert (late.feasible, late.outcome.off_schedule) == (False, 3)
    assert late.verdict == "infeasible: with the first inspection of 3 bridges in another year than is due"
    assert [check for check in verify(late) if not check.holds] == []
    late.save(tmp_path)
    read = read_plan(tmp_path)
    assert read.outcome.off_schedule == 3
    assert read.problem.fingerprint == late.problem.fingerprint
    other = PlanningProblem(inspected(ten, [2024] * ten.n_bridges, 2026), np.full(50, 1e9), space=LAW)
    assert other.fingerprint != late.problem.fingerprint


@pytest.mark.parametrize(
    "cells",
    [
        ["2023-03-15", "2023/4/1", "R5.3.31", "令和5年度"],
        ["45000", "45017", "45016", "45200"],
    ],
)
def test_a_day_before_april_is_an_inspection_of_the_fiscal_year_that_ends(tmp_path: Path, cells: list[str]) -> None:
    made_network(1, bridges=4).write(tmp_path)
    bridges = pl.read_csv(tmp_path / "bridges.csv", infer_schema=False)
    bridges.with_columns(last_inspection_year=pl.Series(cells)).write_csv(tmp_path / "bridges.csv")
    network = read_network(tmp_path, start_year=2024)
    assert network.bridges["last_inspection_year"].to_list() == [2022, 2023, 2022, 2023]
    due = due_first_years(network, LAW)
    assert due is not None
    assert due.ravel().tolist() == [4, 5, 4, 5]  # 15 March 2028 lies in the fiscal year 2027, which is year 4


def test_a_last_inspection_after_the_start_is_refused_by_row(tmp_path: Path) -> None:
    ten = datasets.paper_ten()
    inspected(ten, [2025] * 8 + [2027, 2026], None).write(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        read_network(tmp_path, start_year=2026)
    message = "bridges.csv, row 10, column last_inspection_year: must not be after 2026, the start year; got 2027"
    assert str(refused.value) == f"{tmp_path}/{message}"
    assert read_network(tmp_path).start_year is None
