"""Health below a threshold: its price, and what a plan leaves undone, against a walk year by year."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from made_decided import made_decided
from made_network import made_network
from nagamochi import _core
from nagamochi.cli.commands import app
from nagamochi.errors import InvalidInput
from nagamochi.network import Network
from nagamochi.planning import (
    NEVER,
    Exact,
    Genetic,
    PlanningProblem,
    PlanSpace,
    Shortfall,
    plan_network,
    read_plan,
    solve,
    verify,
)
from nagamochi.report.digest import Digest
from nagamochi.report.figures.plan import draw_backlog
from nagamochi.report.sentences import verdict
from oracle.choices import curves_of, least_cost, plans_of
from oracle.lcc import walk
from oracle.shortfall import backlog_by_year, points_by_year, waits_by_year

SPACE = PlanSpace(levels=(4.0, 3.0, 1.5), first_years=(1, 2, 4), intervals=(2, 5))
DELAYED = PlanSpace(levels=(4.0, 1.5, NEVER), first_years=(1, 2), intervals=(3, 5), delays=(3, 1))
URGENT = replace(DELAYED, urgent_below=2.4, urgent_delay=2)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    horizon=st.integers(1, 25),
    level_per=st.sampled_from(["bridge", "member"]),
    space=st.sampled_from([SPACE, DELAYED, URGENT]),
    below=st.sampled_from([2.0, 1.0, 3.3, 5.0]),
    rate=st.sampled_from([0.0, 0.04]),
)
def test_costs_of_all_plans_and_backlogs_are_those_of_a_walk(seed, horizon, level_per, space, below, rate):
    rng = np.random.default_rng(seed)
    importance = [None if rng.random() < 0.3 else float(rng.uniform(0.1, 5)) for _ in range(3)]
    made = made_decided(seed, horizon, importance=importance)
    network = made.network
    problem = PlanningProblem(
        network,
        np.full(horizon, np.inf),
        rate,
        space=space,
        level_per=level_per,
        shortfall=Shortfall(price=1.5, below=below),
    )
    plans = plans_of(network, level_per, space, horizon, **made.rows)
    last_year = {bridge: year - 1 for bridge, year, _ in made.rows["retire"]}
    of_bridges = [last_year.get(bridge, horizon) for bridge in network.bridge_ids.to_list()]
    weight = np.array([1.0 if given is None else given for given in importance])
    expected = np.zeros((problem.n_units, space.n_plans))
    offsets = problem.units.offsets
    for unit, bridge in enumerate(plans.bridge_of_group.tolist()):
        point = 1.5 * weight[bridge] * network.arrays.repair_cost[offsets[unit] : offsets[unit + 1], 4]
        for plan in range(space.n_plans):
            points = points_by_year(plans.health[unit][plan], below, of_bridges[bridge])
            expected[unit, plan] = (points[:, 1:] @ problem.weights) @ point
    np.testing.assert_allclose(problem.shortfall_cost, expected, rtol=1e-9, atol=1e-3)

    chosen = plans.random_plan(rng)
    plan = replace(solve(problem), plan_of_unit=chosen)
    found = plan.backlog
    shortfall, cost, backlog = np.zeros((3, horizon + 1))
    for unit, bridge in enumerate(plans.bridge_of_group.tolist()):
        history = plans.health[unit][chosen[unit]]
        own = slice(offsets[unit], offsets[unit + 1])
        points = points_by_year(history, below, of_bridges[bridge]) * weight[bridge]
        shortfall += points.sum(axis=0)
        cost += 1.5 * network.arrays.repair_cost[own, 4] @ points
        backlog += backlog_by_year(history, network.arrays.repair_cost[own], below, of_bridges[bridge])
    np.testing.assert_allclose(found.shortfall, shortfall, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(found.shortfall_cost, cost, rtol=1e-9, atol=1e-1)
    np.testing.assert_allclose(found.backlog, backlog, rtol=1e-9, atol=1e-3)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    horizon=st.integers(1, 25),
    space=st.sampled_from([SPACE, DELAYED, URGENT]),
    below=st.sampled_from([2.0, 1.0, 3.3, 5.0]),
)
def test_waits_are_those_of_a_walk(seed, horizon, space, below):
    made = made_decided(seed, horizon)
    network, arrays = made.network, made.network.arrays
    problem = PlanningProblem(network, np.full(horizon, np.inf), space=space, shortfall=Shortfall(below=below))
    plan = solve(problem)
    curves = curves_of(network, made.rows["works"])
    last_year = {bridge: year - 1 for bridge, year, _ in made.rows["retire"]}
    expected = []
    for number, (bridge, chosen) in enumerate(zip(network.bridge_ids.to_list(), plan.plan_of_unit, strict=True)):
        level, first_year, interval, delay = space.plan(int(chosen))
        end = last_year.get(bridge, horizon)
        for curve in range(*arrays.curve_offsets[number : number + 2].tolist()):
            own = curves[curve]
            urgent = space.urgent_below, space.urgent_delay
            outcome = walk([own], 0.0, level, first_year, interval, delay, horizon, removed=end + 1, urgent=urgent)
            restored = {year for _, year, _, _ in outcome.repairs} | set(own.works)
            of_plan = set(range(first_year, horizon + 1, interval))
            for since, until in waits_by_year(
                outcome.health[0], restored, of_plan, (level, max(own.works, default=0)), below, end
            ):
                last = (until or end + 1) - 1
                found, left = outcome.health[0][since], outcome.health[0][last]
                costs = own.repair_cost(found), own.repair_cost(left)
                expected.append((curve, since, until or None, found, costs[0], left, costs[1]))
    names = network.curves.select("bridge_id", "member", "damage", "location")
    table = plan.waiting
    assert table["waiting_since"].is_sorted()
    expected.sort(key=lambda wait: (wait[1], wait[0]))
    assert table.select(names.columns).rows() == [names.row(wait[0]) for wait in expected]
    assert table.select("waiting_since", "waiting_until").rows() == [wait[1:3] for wait in expected]
    for place, column in enumerate(("health_found", "cost_found", "health_last", "cost_last"), 3):
        np.testing.assert_allclose(table[column].to_numpy(), [wait[place] for wait in expected], rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_best_plan_has_the_least_cost_with_shortfall(seed):
    rng = np.random.default_rng([seed, 9])
    horizon = int(rng.integers(5, 15))
    made = made_decided(seed, horizon)
    level_per, interval_per = str(rng.choice(["bridge", "member"])), str(rng.choice(["network", "bridge"]))
    space = SPACE if seed % 2 else DELAYED
    plans = plans_of(made.network, level_per, space, horizon, **made.rows)
    spent, _ = plans.use(plans.random_plan(rng))
    problem = PlanningProblem(
        made.network,
        spent.sum(axis=0) * rng.uniform(0.8, 1.5) + rng.uniform(0, 3e6),
        0.03,
        space=space,
        interval_per=interval_per,
        level_per=level_per,
        shortfall=Shortfall(price=float(rng.choice([0.2, 1.0, 30.0]))),
    )
    best = least_cost(
        plans,
        problem.weights,
        problem.rows,
        common_interval=interval_per == "network",
        allowed=plans.closed_works == 0,
        additions=problem.shortfall_cost,
    )
    for solver in (Exact(), "relaxation", Genetic(generations=20, population=20)):
        plan = solve(problem, solver=solver)
        assert [check for check in verify(plan) if not check.holds] == []
        assert plan.counted_cost == pytest.approx(plan.cost + plan.shortfall_cost)
        yearly = plan.backlog.shortfall_cost[1:]
        assert plan.shortfall_cost == pytest.approx(float(yearly @ problem.weights), abs=1e-3)
        assert plan.feasible <= (best is not None)
        if plan.feasible:
            assert plan.counted_cost >= best - 1 - 1e-7 * best
            assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
            if solver == Exact():
                assert plan.counted_cost <= best + 1 + 1e-7 * best


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def poor_town(importance: list[float | None] | None = None) -> Network:
    """Four equal bridges of one curve that falls below 2 in year 6 and to 1 in year 10."""
    bridges = pl.DataFrame({"bridge_id": ["B1", "B2", "B3", "B4"], "inspection_cost": 0.0})
    if importance is not None:
        bridges = bridges.with_columns(importance=pl.Series(importance, dtype=pl.Float64))
    return Network.from_tables(
        bridges,
        bridges.select(
            "bridge_id", member=pl.lit("slab"), damage=pl.lit("crack"), cost_model=pl.lit("A"), health=3.5, shape=1.0
        ).with_columns(service_life=16.0),
        pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e6, 2e6, 3e6, 4e6]}),
    )


def tight(network: Network, price: float = 1.0, yearly: float = 2e6) -> PlanningProblem:
    space = PlanSpace(levels=(2.5, 1.001), first_years=(1, 2, 3, 4, 5, 6), intervals=(5,))
    return PlanningProblem(network, np.full(10, yearly), space=space, shortfall=Shortfall(price=price))


def test_with_a_price_poor_bridges_are_repaired_without_a_minimum_health():
    without, priced = (solve(tight(poor_town(), price, np.inf), solver=Exact()) for price in (0.0, 1.0))
    assert without.cost == 0.0
    assert without.shortfall_cost is None
    assert without.backlog.shortfall[-1] == pytest.approx(4.0)
    assert priced.backlog.shortfall.max() == 0
    assert priced.shortfall_cost == 0.0


def test_under_a_tight_budget_important_bridges_come_first():
    plan = solve(tight(poor_town([1.0, None, 9.0, 1.0]), yearly=2.8e6), solver=Exact())
    assert plan.feasible
    repaired = plan.works["bridge_id"].to_list()
    assert "B3" in repaired
    assert plan.outcome.lowest_health.argmax() == 2
    assert plan.shortfall_cost > 0


def test_a_price_of_0_changes_nothing():
    problem = PlanningProblem(made_network(3), np.full(20, 4e6), space=SPACE)
    plain = solve(problem)
    assert problem.additions is None
    assert "shortfall" not in problem.record
    assert "shortfall" not in plain.certificate.record
    other = solve(replace(problem, shortfall=Shortfall(price=0.0, below=3.0)))
    assert other.cost == plain.cost
    assert other.plan_of_unit.tolist() == plain.plan_of_unit.tolist()
    assert other.backlog.backlog.sum() > plain.backlog.backlog.sum()


def test_a_saved_plan_keeps_the_price(tmp_path: Path):
    problem = tight(poor_town([1.0, 2.0, 3.0, 4.0]), price=0.5)
    plan = solve(problem)
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert read.problem.shortfall == read.certificate.shortfall == Shortfall(price=0.5)
    assert read.problem.fingerprint == problem.fingerprint
    assert (read.shortfall_cost, read.gap) == (plan.shortfall_cost, plan.gap)
    assert [check for check in verify(read) if not check.holds] == []
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["shortfall_cost"] == plan.shortfall_cost
    assert summary["shortfall"] == pytest.approx(plan.backlog.shortfall[1:].sum())
    condition = pl.read_csv(tmp_path / "condition.csv")
    np.testing.assert_allclose(condition["shortfall_cost"], plan.backlog.shortfall_cost, atol=0.01)
    higher = replace(read.certificate, bounds=tuple(replace(b, yen=b.yen + 10) for b in read.certificate.bounds))
    assert not all(check.holds for check in verify(replace(read, certificate=higher)))


def test_importance_changes_the_fingerprint_only_where_it_is_not_1():
    assert poor_town().fingerprint == poor_town([1.0, None, 1.0, 1.0]).fingerprint
    assert poor_town().fingerprint != poor_town([1.0, 2.0, 1.0, 1.0]).fingerprint


def test_prices_that_would_overflow_count_in_larger_units():
    problem = tight(poor_town([1000.0] * 4), price=1e6, yearly=3e6)
    plan = solve(problem)
    assert plan.certificate.unit > 1
    assert [check for check in verify(plan) if not check.holds] == []


@pytest.mark.parametrize("importance", [0.0, -1.0, 1001.0])
def test_importance_out_of_range_is_refused(importance):
    with pytest.raises(InvalidInput, match="row 1, column importance: must be above 0 and at most 1,000"):
        poor_town([importance, 1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"price": -1.0}, "shortfall price: must be a finite number, at least 0, at most 1e"),
        ({"price": np.inf}, "shortfall price: must be a finite number"),
        ({"below": 0.9}, "shortfall below: must be a finite number, at least 1, at most 5"),
        ({"below": 5.1}, "shortfall below: must be a finite number, at least 1, at most 5"),
    ],
)
def test_wrong_prices_and_thresholds_are_refused(arguments, rule):
    with pytest.raises(InvalidInput, match=rule):
        Shortfall(**arguments)


def test_the_same_bits_for_any_number_of_threads():
    network = made_network(8, bridges=200)
    layout = PlanSpace.study().core(50)
    costs = [np.empty((200, layout.plans)) for _ in range(3)]
    backlogs = []
    for threads, cost in zip((1, 2, 7), costs, strict=True):
        shared = {"network": network.core, "layout": layout, "threshold": 2.5, "importance": np.ones(200)}
        _core.evaluate_shortfall(**shared, weights=np.exp(-0.02 * np.arange(1, 51)), cost=cost, threads=threads)
        backlogs.append(_core.sum_backlog(**shared, plans=np.arange(200) % 128, threads=threads))
    for cost, backlog in zip(costs[1:], backlogs[1:], strict=True):
        assert cost.tobytes() == costs[0].tobytes()
        assert [series.tobytes() for series in backlog] == [series.tobytes() for series in backlogs[0]]


def dear_inspections(**arguments) -> PlanningProblem:
    """Inspections of 4 million yen a bridge, each of four bridges once in five years at least."""
    network = poor_town()
    network = Network.from_tables(
        network.bridges.with_columns(inspection_cost=4e6),
        network.curves,
        network.costs,
        retire=pl.DataFrame({"bridge_id": ["B4"], "year": [7], "cost": [1e6]}),
    )
    space = PlanSpace(levels=(2.5,), first_years=(1, 3), intervals=(4, 5))
    return PlanningProblem(network, space=space, **{"budget": np.full(10, 3e6), **arguments})


def test_inspections_that_exceed_the_budgets_are_a_proof():
    problem = dear_inspections()
    assert problem.inspections_over == (1, 5, 16e6, 15e6)
    plan = solve(problem)
    assert not plan.feasible
    assert plan.certificate.proven_infeasible
    assert [check for check in verify(plan) if not check.holds] == []
    english = "Inspections alone cost at least 16.0 million yen in years 1 to 5, whose budgets are 15.0 million yen."
    japanese = "点検だけでも1～5年目に16.0百万円以上かかり、その間の予算15.0百万円を超えます。"
    assert english in verdict(Digest(plan), "en")
    assert japanese in verdict(Digest(plan), "ja")


@pytest.mark.parametrize("seed", range(20))
def test_inspections_exceed_budgets_only_where_no_plan_is_feasible(seed):
    rng = np.random.default_rng(seed)
    budget = np.where(rng.random(10) < 0.1, np.inf, rng.uniform(0, 6e6, 10))
    problem = dear_inspections(budget=budget)
    if problem.inspections_over is not None:
        first, last, cost, left = problem.inspections_over
        plans = plans_of(problem.network, "bridge", problem.space, 10, retire=problem.network.retire.rows())
        of_years = plans.inspections[:, :, first - 1 : last].sum(axis=2).min(axis=1)
        assert of_years.sum() >= cost > left
        assert solve(problem).certificate.proven_infeasible
    assert replace(problem, carry_over=True).inspections_over is None
    assert replace(problem, budget=np.full(10, 40e6)).inspections_over is None


def test_the_command_line_takes_price_and_threshold(tmp_path: Path):
    poor_town([1.0, 1.0, 5.0, 1.0]).write(tmp_path / "town")
    options = ("--levels", "2.5,1.1", "--first-years", "1-6", "--intervals", "5", "--horizon", 10)
    price = ("--shortfall-price", 2, "--shortfall-below", 2.5)
    result = run("plan", tmp_path / "town", "--budget", "2.8e6", *options, *price, "--out", tmp_path / "plan")
    assert result.exit_code == 0
    plan = read_plan(tmp_path / "plan")
    assert plan.problem.shortfall == Shortfall(2.0, 2.5)
    assert f"counted as {plan.shortfall_cost:,.0f} yen" in result.stdout
    assert "million yen to repair all below health 2.5" in result.stdout
    assert "counting shortfall" in result.stdout.splitlines()[0]
    yearly = pl.read_csv(tmp_path / "plan" / "yearly.csv")
    np.testing.assert_allclose(yearly["backlog"], plan.backlog.backlog[1:], atol=0.01)
    evaluated = run(
        *("evaluate", tmp_path / "town", tmp_path / "plan" / "plan.csv", "--budget", "2.8e6", *options, *price),
        *("--out", tmp_path / "evaluated", "--json"),
    )
    assert json.loads(evaluated.stdout)["shortfall_cost"] == plan.shortfall_cost
    wrong = run("plan", tmp_path / "town", "--budget", "1e6", "--shortfall-price", -1, "--out", tmp_path / "wrong")
    assert wrong.exit_code == 1
    assert "shortfall price: must be a finite number, at least 0" in wrong.stderr
    assert not (tmp_path / "wrong").exists()


def test_budgets_and_scenarios_count_it_too(tmp_path: Path):
    poor_town().write(tmp_path / "town")
    options = ("--levels", "2.5,1.1", "--first-years", "1-6", "--intervals", "5", "--horizon", 10)
    run(
        "budget", tmp_path / "town", "--budgets", "0,3e6,9e6", *options, "--shortfall-price", 1, "--out", tmp_path / "b"
    )
    curve = pl.read_csv(tmp_path / "b" / "budget_curve.csv")
    assert curve["shortfall"].is_sorted(descending=True)
    assert curve["shortfall"][0] == pytest.approx(4 * (0.25 + 0.5 + 0.75 + 1.0))
    assert curve["backlog"][0] == pytest.approx(4 * 4e6)
    assert curve["backlog"][-1] == 0.0
    common = ("--budget", "3e6", "--horizon", 10, "--budget-changes", "-0.5", "--lang", "en", "--json")
    shortfalls = {}
    for price in (0, 1):
        out = tmp_path / f"s{price}"
        result = run("scenarios", tmp_path / "town", *common, "--shortfall-price", price, "--out", out)
        shortfalls[price] = {row["scenario"]: row["shortfall"] for row in json.loads(result.stdout)["scenarios"]}
        assert read_plan(out / "plan").problem.shortfall.price == price
    assert shortfalls[1]["plan"] <= shortfalls[0]["plan"]


def test_the_figure_of_the_backlog_shows_every_year():
    plan = solve(tight(poor_town()))
    axes = draw_backlog(Digest(plan).condition, 2.0, language="ja")
    heights = [bar.get_height() * 1e6 for bar in axes.patches]
    np.testing.assert_allclose(heights, plan.backlog.backlog)
    assert "健全度2未満" in axes.get_ylabel()


def test_waits_and_priorities_come_with_the_plan(tmp_path: Path):
    space = PlanSpace(levels=(1.001, 3.3), first_years=(2,), intervals=(5,))
    plan = solve(PlanningProblem(poor_town(), np.full(10, 4e6), space=space, shortfall=Shortfall(price=1.0)))
    plan.save(tmp_path)
    early = plan.works.filter(pl.col("year") <= 5)["bridge_id"].to_list()
    assert len(early) == 2
    waiting = pl.read_csv(tmp_path / "waiting.csv")
    assert sorted(waiting["bridge_id"]) == sorted(set(poor_town().bridge_ids) - set(early))
    assert waiting["waiting_since"].to_list() == [7, 7]
    assert waiting["waiting_until"].to_list() == [None, None]
    assert waiting["health_found"].to_list() == [1.75, 1.75]
    assert waiting["cost_last"].to_list() == [4e6, 4e6]
    priorities = pl.read_csv(tmp_path / "priorities.csv")
    assert priorities["priority"].to_list() == [1, 2]
    assert priorities["bridge_id"].to_list() == early
    assert set(read_plan(tmp_path).run.tables) == set(plan.run.tables)


def test_the_most_urgent_bridge_of_a_year_comes_first():
    bridges = pl.DataFrame({"bridge_id": ["A", "B", "C"], "inspection_cost": 0.0, "importance": [1.0, 3.0, None]})
    curves = pl.DataFrame(
        {
            "bridge_id": ["A", "A", "B", "C"],
            "member": ["slab", "girder", "slab", "slab"],
            "damage": "crack",
            "cost_model": "A",
            "health": [3.6, 2.0, 3.5, 1.5],
            "service_life": 40.0,
            "shape": 1.0,
        }
    )
    costs = pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e6, 2e6, 3e6, 4e6]})
    space = PlanSpace(levels=(4.0,), first_years=(1,), intervals=(30,))
    plan = solve(PlanningProblem(Network.from_tables(bridges, curves, costs), np.full(10, np.inf), space=space))
    table = plan.priorities
    assert table.select("priority", "year", "bridge_id", "member").rows() == [
        (1, 2, "B", "slab"),  # 3 x 1.6
        (2, 2, "C", "slab"),  # 3.6
        (3, 2, "A", "girder"),  # 3.1, and what is done with it
        (3, 2, "A", "slab"),
    ]
    assert table["importance"].to_list() == [3.0, 1.0, 1.0, 1.0]
    assert table["reason"][1] == "at or below level 4 from the start, found in year 1"
    kinds = plan.works.select("bridge_id", "member", "kind").rows()
    assert kinds == [
        ("A", "slab", "preventive repair"),
        ("A", "girder", "repair"),
        ("B", "slab", "repair"),
        ("C", "slab", "repair"),
    ]


def test_shortfall_has_a_price_by_default_where_plans_may_leave_out_all_repairs():
    network = poor_town()

    def priced(space: PlanSpace, shortfall: Shortfall) -> float | None:
        return PlanningProblem(network, np.full(10, np.inf), space=space, shortfall=shortfall).shortfall.price

    spaces = (PlanSpace.practice(), PlanSpace.study())
    assert [priced(space, Shortfall()) for space in spaces] == [1.0, 0.0]
    assert [priced(space, Shortfall(price=0.5)) for space in spaces] == [0.5, 0.5]
    plan = plan_network(network, np.inf, horizon=10, space=PlanSpace.practice())
    assert (plan.decisions["level"] != "never").all()
    assert plan.shortfall_cost is not None
