"""What is decided: works, closed years and removals, against an oracle that walks through the years."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_decided import SCHEMAS, MadeDecided, frames, made_decided
from made_network import made_network
from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.network import Network, read_network
from nagamochi.planning import (
    Exact,
    Genetic,
    Outcome,
    PlanningProblem,
    PlanSpace,
    Shortfall,
    evaluate_plans,
    plan_network,
    read_plan,
    solve,
    verify,
)
from nagamochi.planning.outcome import count_conditions, find_repairs
from nagamochi.planning.plan_table import plan_table_blocks
from oracle.choices import ChosenPlans, least_cost, least_overrun, plans_of

SIMD = [simd for simd in _core.Simd if simd <= _core.widest_simd()]

spaces = st.builds(
    PlanSpace,
    st.lists(st.sampled_from([4.0, 3.5, 3.0, 2.5, 2.0, 1.25]), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(1, 12), min_size=1, max_size=2, unique=True),
)


def oracle_of(made: MadeDecided, level_per: str, space: PlanSpace, horizon: int) -> ChosenPlans:
    return plans_of(made.network, level_per, space, horizon, **made.rows)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), spaces, st.integers(1, 40), st.sampled_from([0.0, 0.04]))
def test_costs_and_health_equal_walking_through_the_years(seed, space, horizon, discount_rate):
    made = made_decided(seed, horizon)
    plans = oracle_of(made, "bridge", space, horizon)
    weights = np.exp(-discount_rate * np.arange(1, horizon + 1))
    yearly = plans.inspections + plans.repairs + plans.decided[:, None]
    found = evaluate_plans(made.network, horizon=horizon, discount_rate=discount_rate, space=space)
    np.testing.assert_allclose(found.lcc, yearly @ weights, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(found.lowest_health, plans.lowest_health, rtol=1e-9)
    for bridge in range(made.network.n_bridges):
        for plan in (0, space.n_plans - 1):
            np.testing.assert_allclose(found.yearly(bridge, plan), yearly[bridge, plan], rtol=1e-9, atol=1e-3)
    pairs = [(bridge, plan) for bridge in range(made.network.n_bridges) for plan in range(space.n_plans)][::-1]
    of_pairs = evaluate_plans(
        made.network, horizon=horizon, discount_rate=discount_rate, space=space, pairs=pairs, threads=2
    )
    assert of_pairs.lcc.tobytes() == found.lcc.ravel()[::-1].tobytes()
    assert of_pairs.lowest_health.tobytes() == found.lowest_health.ravel()[::-1].tobytes()
    (table,) = plan_table_blocks(made.network, horizon=horizon, discount_rate=discount_rate, space=space)
    np.testing.assert_allclose(table["lcc"], found.lcc.ravel(), rtol=1e-12)
    np.testing.assert_allclose(table[f"cost_y{horizon}"], yearly[..., -1].ravel(), rtol=1e-9, atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), spaces, st.integers(1, 30), st.sampled_from(["bridge", "member"]))
def test_deficits_and_outcomes_equal_walking_through_the_years(seed, space, horizon, level_per):
    made = made_decided(seed, horizon)
    network = made.network
    plans = oracle_of(made, level_per, space, horizon)
    minimum = 3.0
    problem = PlanningProblem(network, np.full(horizon, 2e6), 0.03, minimum, space, level_per=level_per)
    deficit = [[max(max(0.0, minimum - low) for low in lows) for lows in of_plans] for of_plans in plans.lows]
    np.testing.assert_allclose(problem.health_deficit, deficit, atol=2e-9)
    if made.rows["closed"]:
        np.testing.assert_array_equal(problem.closed_works, plans.closed_works)
    else:
        assert problem.closed_works is None

    chosen = plans.random_plan(np.random.default_rng(seed))
    outcome = Outcome.of(problem, chosen, threads=2)
    spent, _ = plans.use(chosen)
    units = np.arange(len(chosen))
    np.testing.assert_allclose(outcome.total, spent.sum(axis=0), rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(outcome.inspection + outcome.repair + outcome.decided, outcome.total, rtol=1e-12)
    np.testing.assert_allclose(outcome.decided, plans.decided.sum(axis=0), rtol=1e-12)
    assert outcome.cost == pytest.approx(float((spent @ problem.weights).sum()), rel=1e-9)
    assert outcome.lcc.sum() == pytest.approx(outcome.cost, rel=1e-9) or level_per == "member"
    np.testing.assert_allclose(outcome.lowest_health, plans.lowest_health[units, chosen], rtol=1e-9)
    assert outcome.closed_works == plans.closed_works[units, chosen].sum()
    assert outcome.health_deficit == pytest.approx(sum(deficit[u][p] for u, p in zip(units, chosen, strict=True)))
    assert find_repairs(problem, chosen).cost.sum() == pytest.approx(plans.repairs[units, chosen].sum())

    removed = {bridge: year for bridge, year, _ in made.rows["retire"]}
    counts = np.zeros((horizon + 1, 5))
    for unit, plan in zip(units, chosen, strict=True):
        bridge = network.bridge_ids[int(plans.bridge_of_group[unit])]
        for history in plans.health[unit][plan]:
            for year, health in enumerate(history[: removed.get(bridge, horizon + 1)]):
                counts[
                    year, next(i for i, low in enumerate([4, 3, 2, 1, 0]) if health >= low + (low == 1) * 1e-12)
                ] += 1
    found = count_conditions(problem, chosen)
    assert (found.sum(axis=1) == counts.sum(axis=1)).all()
    assert np.abs(found - counts).sum() <= 2  # a health exactly between two classes may be rounded to either


@pytest.mark.parametrize("seed", range(20))
def test_bits_depend_on_neither_instruction_set_nor_threads(seed):
    made = made_decided(seed, 50, bridges=9, members=3)
    layout = PlanSpace.study().core(50)
    results = []
    for simd in SIMD:
        for threads in (1, 2, 7):
            slots, health = np.full((9, layout.group_slots), np.nan), np.full((9, layout.plans), np.nan)
            _core.evaluate_all_plans(
                network=made.network.core, layout=layout, slots=slots, lowest_health=health, simd=simd, threads=threads
            )
            results.append(slots.tobytes() + health.tobytes())
    assert len(set(results)) == 1


SPACES = (
    PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 4), intervals=(2, 5)),
    PlanSpace(levels=(4.0, 2.5, "never"), first_years=(1, 2, 4), intervals=(3, 5), delays=(1, 3)),
    PlanSpace((4.0, 2.5), first_years=(1, 2, 3), intervals=(3,), delays=(2, 3), urgent_below=2.7, urgent_delay=1),
)


@pytest.mark.parametrize("seed", range(60))
def test_solvers_enclose_the_optimum_that_highs_finds(seed):
    rng = np.random.default_rng(seed)
    horizon = int(rng.integers(3, 16))
    owners = ["A", "B", None, "A"][: int(rng.integers(1, 5))]
    limits = {"name": ["A's yen", "A's years", "bad health"], "owner": ["A", "A", None], "per": ["total", "year", None]}
    limits |= {"budget": [1e8, 1e7, None], "share": [None, None, 0.7], "below_health": [None, None, 2.5]}
    rows = pl.DataFrame(limits) if rng.random() < 0.5 else None
    made = made_decided(seed, horizon, bridges=len(owners), owners=owners, rows=rows)
    space = SPACES[seed % 3]
    level_per = str(rng.choice(["bridge", "member"]))
    interval_per = str(rng.choice(["network", "bridge"]))
    min_health = 2.0 if rng.random() < 0.3 else None
    plans = oracle_of(made, level_per, space, horizon)
    spent, _ = plans.use(plans.random_plan(rng))
    budget = spent.sum(axis=0) * rng.uniform(0.8, 1.3) + rng.uniform(0, 1e6)
    problem = PlanningProblem(
        made.network,
        budget,
        0.02,
        min_health,
        space,
        interval_per=interval_per,
        level_per=level_per,
        shortfall=Shortfall(price=0.0),
    )
    found = solve(problem, solver=Exact())
    allowed = plans.closed_works == 0
    if min_health is not None:
        allowed &= np.array([[min(lows) >= min_health - 1e-9 for lows in of] for of in plans.lows])
    best = least_cost(
        plans,
        found.problem.weights,
        found.certificate.rows,
        common_interval=interval_per == "network",
        allowed=allowed,
    )
    for plan in (found, solve(problem)):
        yen, below = plans.use(plan.plan_of_unit)
        for row, used in zip(plan.problem.rows, plan.outcome.use, strict=True):
            count = 0 if row.health_below is None else below(row.health_below - 1e-9, row.bridges)
            assert used == pytest.approx(
                (yen if row.bridges is None else yen[row.bridges]).sum(axis=0) @ row.years + count
            )
        assert [check for check in verify(plan) if not check.holds] == []
        assert plan.feasible <= (best is not None)
        if best is not None:
            assert plan.certificate.lower_bound <= best + 1 + 1e-7 * best
        if plan.feasible:
            assert plan.cost >= best - 1 - 1e-7 * best
    if best is not None:
        assert found.feasible
        assert found.cost <= best + 1 + 1e-7 * best
    if rows is not None:
        return  # which the genetic algorithm refuses
    genetic = solve(problem, solver=Genetic(generations=20, population=20))
    assert [check for check in verify(genetic) if not check.holds] == []
    assert genetic.feasible <= (best is not None)
    if genetic.feasible:
        assert genetic.cost >= best - 1 - 1e-7 * best


@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_flat_budget_pays_for_what_is_decided(seed):
    made = made_decided(seed, 12, bridges=4)
    space = PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 4), intervals=(2, 5))
    least = plans_of(made.network, "bridge", space, 12, **made.rows).decided.sum(axis=0).max()
    plan = plan_network(made.network, 0.0, horizon=12, space=space)
    low, high = plan.certificate.smallest_flat_budget
    assert [check for check in verify(plan) if not check.holds] == []
    if not plan.problem.allows(plan.plan_of_unit):
        assert high == np.inf
        return
    assert high >= max(low, least)
    assert low >= least * (1 - 1e-5) - 1
    assert plan_network(made.network, high, horizon=12, space=space, solver=Exact()).feasible
    if low > 1:
        assert not plan_network(made.network, low * 0.999, horizon=12, space=space).feasible


def test_a_repair_after_a_work_is_due_since_then():
    """The curve loses 0.1 a year: from 3.2 it is at level 3 in year 2, from the work in year 5 on in year 25."""
    network = Network.from_tables(
        bridges=pl.DataFrame({"bridge_id": ["B0"], "inspection_cost": 1e5}),
        curves=pl.DataFrame(
            {"bridge_id": ["B0"], "member": "a", "damage": "b", "health": 3.2, "service_life": 40, "cost_model": "A"}
        ).with_columns(shape=pl.lit(1.0)),
        costs=pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e6, 2e6, 4e6, 7e6]}),
        works=pl.DataFrame({"bridge_id": ["B0"], "year": [5], "cost": [8e6]}),
    )
    space = PlanSpace(levels=(3.0,), first_years=(1,), intervals=(3,))
    works = plan_network(network, 1e9, horizon=30, space=space).works
    assert works.select("year", "cost", "kind").rows() == [(5, 8e6, "decided work"), (26, 2e6, "repair")]
    assert works["reason"][1] == "at or below level 3 since year 25, found in year 25"


@pytest.mark.parametrize("seed", range(4))
def test_a_bridge_removed_at_once_is_as_none(seed, tmp_path):
    removed = [f"B{number}" for number in range(0, 20, 3)]
    made_network(seed, bridges=20, members=2).write(tmp_path)
    for name in ("bridges", "curves", "items"):
        table = pl.read_csv(tmp_path / f"{name}.csv")
        table.filter(~pl.col("bridge_id").is_in(removed)).write_csv(tmp_path / f"{name}.csv")
    without = read_network(tmp_path)
    network = made_network(
        seed, bridges=20, members=2, **frames({"works": [], "closed": [], "retire": [(b, 1, 1e6) for b in removed]})
    )
    free = plan_network(without, np.inf, horizon=30, interval_per="bridge").outcome
    budget = np.full(30, 0.6 * free.total.max())
    paid = budget + 1e6 * len(removed) * (np.arange(30) == 0)
    ours, theirs = (
        plan_network(n, b, horizon=30, interval_per="bridge") for n, b in ((network, paid), (without, budget))
    )
    spent = 1e6 * len(removed)
    assert ours.feasible == theirs.feasible
    (bound,), (without_them,) = ours.certificate.bounds, theirs.certificate.bounds
    assert bound.yen == pytest.approx(without_them.yen + spent, rel=1e-4)
    assert ours.cost == pytest.approx(theirs.cost + spent, rel=1e-2)
    kept = [number for number in range(20) if number % 3]
    if ours.plan_of_unit[kept].tolist() == theirs.plan_of_unit.tolist():
        assert ours.condition[1:].equals(theirs.condition[1:])
        assert ours.outcome.total[1:].tolist() == pytest.approx(theirs.outcome.total[1:].tolist())


# Files and refusals ---------------------------------------------------------------------------------------------------


def decided_town(**rows) -> Network:
    """B0 has a slab and a girder, cracked; the rows are those of works.csv, closed.csv and retire.csv."""
    return made_network(7, bridges=2, members=2, **frames({"works": [], "closed": [], "retire": [], **rows}))


def test_a_folder_keeps_what_is_decided(tmp_path):
    made = made_decided(8, 30, bridges=5)
    assert all(made.rows.values())
    made.network.write(tmp_path)
    read = read_network(tmp_path)
    assert read.fingerprint == made.network.fingerprint
    for name in SCHEMAS:
        assert getattr(read, name).rows() == made.rows[name]
    assert plan_network(read, 1e7, horizon=30).cost == plan_network(made.network, 1e7, horizon=30).cost
    copy = pickle.loads(pickle.dumps(made.network))
    assert copy.fingerprint == made.network.fingerprint
    for name in SCHEMAS:
        others = {**made.rows, name: made.rows[name][:-1]}
        assert made_network(8, bridges=5, members=2, **frames(others)).fingerprint != made.network.fingerprint
    made_network(8, bridges=5, members=2).write(tmp_path)
    assert read_network(tmp_path).decided is None


def test_a_saved_plan_keeps_what_is_decided(tmp_path):
    made = made_decided(8, 30, bridges=5)
    plan = plan_network(made.network, 1e7, horizon=30)
    plan.save(tmp_path)
    read = read_plan(tmp_path)
    assert (read.cost, read.verdict) == (plan.cost, plan.verdict)
    assert read.outcome.decided.tolist() == plan.outcome.decided.tolist()
    assert [check for check in verify(read) if not check.holds] == []


def test_japanese_headers(tmp_path):
    plain = decided_town()
    plain.write(tmp_path)
    (tmp_path / "works.csv").write_text("橋梁ID,部材,損傷,年度,費用\nB0,slab,crack,3,5000000\n", encoding="utf-8")
    (tmp_path / "closed.csv").write_text("橋梁ID,開始年度,終了年度\nB0,5,6\n", encoding="utf-8")
    (tmp_path / "retire.csv").write_text("橋梁ID,年度,撤去費\nB1,9,1000000\n", encoding="utf-8")
    network = read_network(tmp_path)
    assert network.works.select(list(SCHEMAS["works"])).rows() == [("B0", "slab", "crack", None, 3, 5e6)]
    assert network.closed.rows() == [("B0", 5, 6)]
    assert network.retire.rows() == [("B1", 9, 1e6)]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"works": [("X", None, None, None, 3, 1.0)]},
            "works table, row 1, column bridge_id: must be in bridges table; got X",
        ),
        (
            {"works": [("B0", "deck", None, None, 3, 1.0)]},
            "works table, row 1, column bridge_id, member, damage, location: must be a curve of curves table; an empty "
            "member, damage or location stands for all; got B0, deck",
        ),
        ({"works": [("B0", "slab", "rust", None, 3, 1.0)]}, "stands for all; got B0, slab, rust"),
        ({"works": [("B0", "slab", None, None, 0, 1.0)]}, "works table, row 1, column year: must be above 0; got 0"),
        (
            {"works": [("B0", "slab", None, None, 3, -1.0)]},
            "works table, row 1, column cost: must be from 0 to 1e+18; got -1",
        ),
        (
            {"works": [("B0", "slab", None, None, 3, 1.0), ("B0", None, "crack", None, 3, 1.0)]},
            "works table, row 2, column year: must not be a second work on a curve in one year, after that of row 1",
        ),
        (
            {"works": [("B0", "slab", None, None, 5, 1.0)], "retire": [("B1", 3, 0.0), ("B0", 5, 0.0)]},
            "works table, row 1, column year: must be before year 5, in which retire table, row 2, removes the bridge",
        ),
        (
            {"works": [("B0", "slab", None, None, 5, 1.0)], "closed": [("B0", 1, 4), ("B0", 4, 5)]},
            "works table, row 1, column year: must not be from 4 to 5, which closed table, row 2, closes to works",
        ),
        ({"closed": [("X", 1, 2)]}, "closed table, row 1, column bridge_id: must be in bridges table; got X"),
        ({"closed": [("B0", 3, 2)]}, "closed table, row 1, column from: must not be after to; got 3"),
        ({"closed": [("B0", 0, 2)]}, "closed table, row 1, column from: must be above 0; got 0"),
        ({"retire": [("X", 1, 0.0)]}, "retire table, row 1, column bridge_id: must be in bridges table; got X"),
        ({"retire": [("B0", 0, 0.0)]}, "retire table, row 1, column year: must be above 0; got 0"),
        ({"retire": [("B0", 2, -1.0)]}, "retire table, row 1, column cost: must be from 0 to 1e+18; got -1"),
        (
            {"retire": [("B0", 2, 0.0), ("B0", 3, 0.0)]},
            "retire table, row 2, column bridge_id: must not repeat row 1; got B0",
        ),
    ],
)
def test_contradictions_are_refused_by_row(rows, problem):
    with pytest.raises(InvalidInput) as refused:
        decided_town(**rows)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"works": [("B0", "slab", None, None, 31, 1.0)]},
            "works table, row 1, column year: must be within the 30 years planned; got 31",
        ),
        (
            {"retire": [("B0", 31, 1.0)]},
            "retire table, row 1, column year: must be within the 30 years planned; got 31",
        ),
    ],
)
def test_what_is_decided_after_the_horizon_is_refused(rows, problem):
    network = decided_town(**rows)
    plan_network(network, 1e7, horizon=31)
    for plan in (lambda: plan_network(network, 1e7, horizon=30), lambda: evaluate_plans(network, horizon=30)):
        with pytest.raises(InvalidInput) as refused:
            plan()
        assert problem in str(refused.value)


def test_closed_years_beyond_the_horizon_are_cut_off():
    network = decided_town(closed=[("B0", 29, 99), ("B1", 40, 41)])
    problem = PlanningProblem(network, np.full(30, 1e7))
    shorter = PlanningProblem(decided_town(closed=[("B0", 29, 30)]), np.full(30, 1e7))
    assert problem.closed_works.tolist() == shorter.closed_works.tolist()


def test_a_bridge_that_must_be_repaired_in_closed_years_is_named():
    """Every plan of the study inspects in years 1 to 4 and then every 4 to 11; a curve at health 1 is always found."""
    network = Network.from_tables(
        bridges=pl.DataFrame({"bridge_id": ["B0", "B1"], "inspection_cost": 1e5}),
        curves=pl.DataFrame(
            {
                "bridge_id": ["B0", "B1"],
                "member": "slab",
                "damage": "crack",
                "health": 1.0,
                "service_life": 40,
                "cost_model": "A",
            }
        ),
        costs=pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e6, 2e6, 4e6, 7e6]}),
        closed=pl.DataFrame({"bridge_id": "B1", "from": 2, "to": 5}),
    )
    for solver in ("relaxation", Exact(), Genetic(generations=30)):
        plan = plan_network(network, 1e9, horizon=30, space=PlanSpace.study(), solver=solver)
        assert not plan.feasible
        assert plan.outcome.closed_works == 1
        assert plan.in_closed_years.rows() == [("B1", 1)]
        assert plan.verdict == "infeasible: with 1 repairs in closed years, the first of bridge B1"
        assert plan.certificate.proven_infeasible
        assert [check for check in verify(plan) if not check.holds] == []
    ample = plan_network(decided_town(closed=[("B0", 2, 3)]), 1e9, horizon=30)
    assert ample.feasible
    assert not ample.works.filter((pl.col("bridge_id") == "B0") & pl.col("year").is_in([2, 3])).height


def test_what_falls_short_before_a_work_is_no_plans_fault():
    """The slab is at health 1.2 until it is renewed in year 10; no plan may repair it before."""
    network = Network.from_tables(
        bridges=pl.DataFrame({"bridge_id": ["B0"], "inspection_cost": 1e5}),
        curves=pl.DataFrame(
            {
                "bridge_id": ["B0"],
                "member": "slab",
                "damage": "crack",
                "health": 1.2,
                "service_life": 90,
                "cost_model": "A",
            }
        ),
        costs=pl.DataFrame({"cost_model": "A", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e6, 2e6, 4e6, 7e6]}),
        works=pl.DataFrame({"bridge_id": ["B0"], "year": [10], "cost": [8e6]}),
    )
    plan = plan_network(network, 9e6, horizon=40, min_health=3.0)
    assert plan.feasible
    assert plan.outcome.lowest_health.item() < 1.2
    assert plan.already_below["lowest_health"].item() < 1.2
    works = plan.works
    assert works["kind"][0] == "decided work"
    assert works["year"][0] == 10
    assert works.filter(pl.col("kind") == "repair")["year"].is_between(11, 40).all()
    with pytest.raises(InvalidInput, match="budget"):
        plan_network(network, -1.0, horizon=40)
    assert not plan_network(network, 7.9e6, horizon=40).feasible  # the work alone costs more


@pytest.mark.parametrize("seed", [2, 5, 12, 15, 18])
def test_a_work_above_its_budget_leaves_the_least_cost_of_plans_with_the_same_overrun(seed):
    """A budget that no plan keeps is no reason to forget what the other years cost: by up to 62 % once."""
    rng = np.random.default_rng([seed, 3])
    bridges, year, horizon = int(rng.integers(6, 12)), int(rng.integers(2, 8)), 15
    rows = {"works": [("B1", "slab", None, None, year, 4e7)], "closed": [], "retire": []}
    problem = PlanningProblem(
        made_network(seed, bridges=bridges, members=2, **frames(rows)),
        np.full(horizon, 1e12),
        space=PlanSpace(levels=(4.0, 3.0, 2.0), first_years=(1, 2, 3), intervals=(4, 5), delays=(1, 2)),
        interval_per="bridge" if seed % 2 else "network",
    )
    others = np.delete(solve(problem, threads=1).outcome.total, year - 1).max()
    problem = replace(problem, budget=np.full(horizon, others * rng.uniform(0.6, 0.9)))
    plan = solve(problem, threads=1)
    overrun, cost = least_overrun(
        plans_of(problem.network, "bridge", problem.space, horizon, **rows),
        problem.weights,
        problem.rows,
        common_interval=problem.interval_per == "network",
    )
    assert (plan.outcome.over > 0).tolist() == [other == year for other in range(1, horizon + 1)]
    assert plan.outcome.overrun == pytest.approx(overrun, rel=1e-6)
    assert plan.cost == pytest.approx(cost, rel=1e-6)
    assert all(check.holds for check in verify(plan))
