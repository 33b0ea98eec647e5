"""Plans of networks whose costs count in thousands or millions of yen, or in parts of one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from nagamochi import datasets
from nagamochi.network import Network, read_network
from nagamochi.planning import PlanningProblem, PlanSpace, plan_network, read_plan, solve, stay_close, verify
from oracle.lcc import OracleCurve, walk

SPACE = PlanSpace(levels=(3.5, 2.5), first_years=(1, 3), intervals=(3, 5))
HORIZON = 15


def made(seed: int, scale: float) -> Network:
    """Three bridges of two curves, shape 1.5, whose costs are of the size of `scale`."""
    rng = np.random.default_rng([seed, 5])
    return Network.from_arrays(
        curve_offsets=[0, 2, 4, 6],
        inspection_cost=scale * rng.uniform(0, 0.5, 3),
        health=rng.uniform(2.6, 4.9, 6),
        service_life=rng.uniform(12, 40, 6),
        repair_cost=scale * np.sort(rng.uniform(0, 5, (6, 5)), axis=1),
        shape=1.5,
    )


def costs_of_plans(network: Network) -> np.ndarray:
    """Yen of each plan of each bridge in each year, (bridges, plans, horizon), by a walk through the years."""
    arrays = network.arrays
    curves = [
        OracleCurve(arrays.health[c], arrays.service_life[c], arrays.repair_cost[c].tolist(), shape=1.5)
        for c in range(network.n_curves)
    ]
    return np.array(
        [
            [
                walk(curves[2 * bridge : 2 * bridge + 2], arrays.inspection_cost[bridge], *plan, HORIZON).yearly
                for plan in map(SPACE.plan, range(SPACE.n_plans))
            ]
            for bridge in range(network.n_bridges)
        ]
    )


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_plan_within_its_own_largest_year_is_found(seed, scale, tmp_path):
    network = made(seed, scale)
    yearly = costs_of_plans(network)
    networks = [plans for interval in (0, 1) for plans in product(range(4 * interval, 4 * interval + 4), repeat=3)]
    totals = np.array([sum(yearly[bridge, plan] for bridge, plan in enumerate(plans)) for plans in networks])
    budget = float(np.quantile(totals.max(axis=1), 0.2, method="nearest"))  # some plan needs exactly this
    best = totals[totals.max(axis=1) <= budget * (1 + 1e-12)].sum(axis=1).min()

    plan = plan_network(network, budget, horizon=HORIZON, space=SPACE, solver="exact")

    assert plan.feasible
    assert plan.cost == pytest.approx(best, rel=1e-9)
    assert not plan.certificate.proven_infeasible
    assert plan.certificate.lower_bound <= best * (1 + 1e-9)
    assert plan.certificate.lower_bound == pytest.approx(best, rel=1e-4)
    plan.save(tmp_path)
    checks = verify(read_plan(tmp_path))
    assert all(check.holds for check in checks), [check for check in checks if not check.holds]


def test_a_gap_of_small_amounts_is_not_rounded_away():
    plan = plan_network(made(1, 1.0), 10.0, horizon=HORIZON, space=SPACE)
    assert plan.feasible
    assert 0 < plan.cost / plan.certificate.lower_bound - 1 < 1e-5
    assert plan.gap == pytest.approx(plan.cost / plan.certificate.lower_bound - 1, abs=2 * plan.certificate.unit)
    assert plan.certificate.unit < 1e-4


def scaled(folder: Path, scale: float) -> Network:
    """Multiply every amount of a network folder."""
    for table, column in (("costs", "unit_cost"), ("bridges", "inspection_cost"), ("rows", "budget")):
        file = folder / f"{table}.csv"
        pl.read_csv(file).with_columns(pl.col(column) * scale).write_csv(file)
    return read_network(folder)


def test_owners_that_are_fitted_apart_count_in_the_same_unit(tmp_path):
    owners = [*"AAAABBBBCCCC"]
    limits = pl.DataFrame({"name": ["a", "b", "c"], "owner": ["A", "B", "C"], "budget": [9e6, 8.1e6, 8.55e6]})
    made_network(2, bridges=12, owners=owners, rows=limits).write(tmp_path)
    study = PlanSpace.study()
    whole = plan_network(read_network(tmp_path), space=study, interval_per="bridge")
    small = plan_network(scaled(tmp_path, 2.0**-30), space=study, interval_per="bridge")
    assert 0 < whole.gap < 0.1
    assert small.feasible
    assert small.cost == pytest.approx(whole.cost * 2.0**-30, rel=1e-2)
    assert small.certificate.lower_bound == pytest.approx(whole.certificate.lower_bound * 2.0**-30, rel=1e-3)
    assert small.certificate.lower_bound <= small.cost
    assert all(check.holds for check in verify(small))


@pytest.mark.parametrize("bits", [-30, 20, 30])
def test_amounts_of_any_size_give_the_same_best_plan(bits):
    """Beyond 2^46 units a year the kernels could not add up; the unit grows with the amounts."""
    ten = datasets.paper_ten().arrays
    changed = dict.fromkeys(("inspection_cost", "repair_cost"), 2.0**bits)
    names = ("curve_offsets", "inspection_cost", "health", "service_life", "repair_cost", "shape", "restored_health")
    network = Network.from_arrays(**{name: getattr(ten, name) * changed.get(name, 1) for name in names})
    plan = plan_network(network, 24e6 * 2.0**bits)
    usual = plan_network(datasets.paper_ten(), 24e6)
    assert plan.feasible
    assert plan.cost == pytest.approx(usual.cost * 2.0**bits, rel=1e-9)  # proven best in both
    assert plan.certificate.lower_bound == pytest.approx(usual.certificate.lower_bound * 2.0**bits, rel=1e-7)
    assert all(check.holds for check in verify(plan))


@pytest.mark.parametrize("change_cost", [1e9, 1e11, 1e13])
@pytest.mark.parametrize("residual", ["none", "linear"])
def test_changes_may_be_far_dearer_than_all_else(change_cost, residual):
    """Ten bridges, in million yen; former plans that do not fit any more."""
    former = plan_network(millions(), 24.0).decisions
    tight = PlanningProblem(millions(), [15.5] * 50, residual=residual)
    usual = solve(stay_close(tight, former, 1e5), solver="exact")
    dear = solve(stay_close(tight, former, change_cost), solver="exact")
    assert dear.feasible
    assert dear.changes.height == usual.changes.height > 0
    assert dear.cost == pytest.approx(usual.cost, rel=1e-6)
    assert dear.certificate.lower_bound == pytest.approx(dear.changes.height * change_cost, rel=1e-5)
    assert all(check.holds for check in verify(dear))


def millions() -> Network:
    """The study's ten bridges, with amounts in million yen."""
    ten = datasets.paper_ten().arrays
    names = ("curve_offsets", "health", "service_life", "shape", "restored_health")
    return Network.from_arrays(
        **{name: getattr(ten, name) for name in names},
        inspection_cost=ten.inspection_cost / 1e6,
        repair_cost=ten.repair_cost / 1e6,
    )


@pytest.mark.parametrize("budget", [5e-324, 1e-310, 1e-300])
def test_a_budget_of_next_to_nothing_is_overrun_as_one_of_nothing(budget):
    network = made_network(5, bridges=4)
    almost, nothing = (solve(PlanningProblem(network, [yen] * 50)) for yen in (budget, 0.0))
    assert not almost.feasible
    assert almost.outcome.overrun == pytest.approx(nothing.outcome.overrun)
    assert all(check.holds for check in verify(almost))


@pytest.mark.parametrize("cost", [5e-324, 1e-310, 1e-300])
def test_costs_of_next_to_nothing_are_planned(cost):
    network = Network.from_arrays(
        curve_offsets=[0, 1],
        inspection_cost=[cost],
        health=[2.6],
        service_life=[40],
        repair_cost=np.full((1, 5), cost),
    )
    for budget in (1e6, cost):
        plan = solve(PlanningProblem(network, [budget] * 50))
        assert plan.feasible
        assert plan.certificate.lower_bound <= plan.cost <= 100 * cost


@pytest.mark.parametrize("cost", [3e14, 5e17])
@pytest.mark.parametrize("budget", [24e6, 1e18])
def test_what_is_decided_may_be_far_dearer_than_all_else(cost, budget):
    bridges = made_network(5, bridges=4).bridge_ids[:2]
    works = pl.DataFrame({"bridge_id": bridges, "year": [1, 3], "cost": [cost, cost]})
    network = made_network(5, bridges=4, works=works)
    for carry_over in (False, True):
        plan = solve(PlanningProblem(network, [budget] * 50, carry_over=carry_over))
        assert plan.feasible == (budget > cost)
        assert plan.certificate.proven_infeasible == (not plan.feasible)
        assert plan.cost == pytest.approx(2 * cost, rel=1e-3)
        assert plan.certificate.least_overrun <= plan.outcome.overrun
        assert all(check.holds for check in verify(plan))


def test_a_limit_far_below_the_other_amounts_does_not_make_a_plan_infeasible(tmp_path):
    """The parts of a yen that the kernels can add up are then larger than the limit's tolerance."""
    bridges = {"bridge_id": ["S", "L"], "owner": ["S", "L"], "inspection_cost": [0.1, 1e8]}
    curve = {"member": "slab", "damage": "crack", "health": 4.9, "service_life": 400, "cost_model": "c"}
    curves = [{"bridge_id": bridge, **curve} for bridge in "SL"]
    costs = {"cost_model": "c", "health": [5, 4, 3, 2, 1], "unit_cost": [0.0, 1e7, 2e7, 3e7, 4e7]}
    limit = {"name": ["small"], "owner": ["S"], "from_year": [1], "to_year": [1], "budget": [0.1]}
    network = Network.from_tables(
        *(pl.DataFrame(table) for table in (bridges, curves, costs)), rows=pl.DataFrame(limit)
    )
    plan = plan_network(network, horizon=5, space=PlanSpace(levels=(2.0,), first_years=(1,), intervals=(2,)))
    assert plan.feasible
    assert not plan.certificate.proven_infeasible
    assert plan.certificate.lower_bound <= plan.cost
    assert all(check.holds for check in verify(plan))
