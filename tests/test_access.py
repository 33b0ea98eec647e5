"""Access to repairs costs a bridge something in each year in which any of its repairs do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest

from made_network import made_network
from made_report import ALL_BRIDGES, opened
from nagamochi import _core, datasets
from nagamochi.network import Network, read_network
from nagamochi.planning import (
    Exact,
    Genetic,
    Outcome,
    PlanningProblem,
    PlanSpace,
    Shortfall,
    evaluate_plan,
    evaluate_plans,
    read_plan,
    repair_slots,
    solve,
    verify,
)
from nagamochi.planning.memo.key import group_digests
from nagamochi.planning.outcome import spending
from nagamochi.report.digest import Digest
from nagamochi.report.page.page import plan_page
from oracle.choices import least_cost, plans_of

SPACE = PlanSpace(levels=(4.0, 2.5, "never"), first_years=(1, 2, 4), intervals=(3, 5), delays=(1, 3))
SIMD = [simd for simd in (_core.Simd.baseline, _core.Simd.avx2, _core.Simd.avx512) if simd <= _core.widest_simd()]


def with_access(network: Network, yen: list[float | None]) -> Network:
    """The same network with the costs of access to its bridges."""
    with TemporaryDirectory() as folder:
        network.write(folder)
        bridges = pl.read_csv(Path(folder) / "bridges.csv", infer_schema=False)
        column = pl.Series("access_cost", yen, dtype=pl.Float64)
        bridges.with_columns(column).write_csv(Path(folder) / "bridges.csv")
        return read_network(folder)


def some_yen(seed: int, bridges: int) -> list[float | None]:
    rng = np.random.default_rng(seed)
    return [None if rng.random() < 0.2 else float(rng.integers(0, 4) * 7e5) for _ in range(bridges)]


@pytest.mark.parametrize("seed", range(16))
def test_solvers_enclose_the_optimum_that_highs_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    horizon, level_per = int(rng.integers(8, 20)), str(rng.choice(["given", "bridge", "member"]))
    interval_per = str(rng.choice(["network", "bridge"]))
    network = with_access(
        made_network(seed, bridges=3, members=2, level_per=["member", "bridge", None]), yen := some_yen(seed, 3)
    )
    plans = plans_of(network, level_per, SPACE, horizon)
    own = np.array([yen[bridge] or 0.0 for bridge in plans.bridge_of_group])
    np.add(plans.repairs, own[:, None, None], out=plans.repairs, where=plans.repairs > 0)
    spent, _ = plans.use(chosen := plans.random_plan(rng))

    problem = PlanningProblem(network, np.full(horizon, 1e9), 0.02, None, SPACE, level_per=level_per)
    outcome = Outcome.of(problem, chosen, threads=2)
    np.testing.assert_allclose(outcome.total, spent.sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(spending(problem, chosen, np.arange(3)), spent, rtol=1e-9, atol=1e-3)
    if level_per == "bridge":
        weights = problem.weights
        lcc = (plans.repairs + plans.inspections) @ weights
        pairs = [(bridge, plan) for bridge in range(3) for plan in range(SPACE.n_plans)]
        for found in (
            evaluate_plans(network, horizon=horizon, space=SPACE, discount_rate=0.02).lcc.ravel(),
            evaluate_plans(network, horizon=horizon, space=SPACE, discount_rate=0.02, pairs=pairs).lcc,
        ):
            np.testing.assert_allclose(found, lcc.ravel(), rtol=1e-9)

    problem = PlanningProblem(
        network,
        spent.sum(axis=0) * rng.uniform(0.9, 1.3) + 5e5,
        space=SPACE,
        interval_per=interval_per,
        level_per=level_per,
        shortfall=Shortfall(price=0.0),
    )
    found = solve(problem, solver=Exact())
    best = least_cost(plans, found.problem.weights, found.certificate.rows, common_interval=interval_per == "network")
    genetic = Genetic(generations=20, population=20)
    for plan in (found, solve(problem), solve(problem, solver=genetic)):
        assert [check for check in verify(plan) if not check.holds] == []
        if plan.feasible:
            assert plan.cost >= best - 1 - 1e-7 * best
        works = plan.works
        assert works["cost"].sum() == pytest.approx(plan.outcome.repair.sum(), rel=1e-9)
        if "kind" in works.columns:
            assert pl.concat(plan.works_by_year()).equals(works)
            assert pl.concat(plan._works_in_blocks("en")).equals(works)
    assert found.feasible == (best is not None)
    if best is not None:
        assert found.cost <= best + 1 + 1e-7 * best


@pytest.mark.parametrize(
    "space",
    [
        PlanSpace.study(),
        PlanSpace.practice(),
        SPACE,
        replace(PlanSpace.practice(), urgent_below=2.0),
        replace(SPACE, urgent_below=3.0),
    ],
    ids=["lanes", "spans", "quads", "spans with urgent repairs", "plan by plan"],
)
def test_bits_depend_on_neither_instruction_set_nor_threads(space: PlanSpace) -> None:
    network = with_access(made_network(3, bridges=9, members=3), some_yen(3, 9))
    layout = space.core(50)
    results = set()
    for simd in SIMD:
        for threads in (1, 2, 7):
            slots, health = np.empty((9, layout.group_slots)), np.empty((9, layout.plans))
            _core.evaluate_all_plans(
                network=network.core, layout=layout, slots=slots, lowest_health=health, simd=simd, threads=threads
            )
            results.add(slots.tobytes() + health.tobytes())
    assert len(results) == 1
    without = repair_slots(made_network(3, bridges=9, members=3), horizon=50, space=space).repair
    assert (slots > 0).sum() == (without > 0).sum()
    paid = np.array([yen or 0.0 for yen in some_yen(3, 9)])[:, None] * (without > 0)
    assert (slots == without + paid).all()


def test_works_say_who_pays_for_access(tmp_path: Path) -> None:
    network = with_access(made_network(5, bridges=3, members=2), [1e6, None, 0.0])
    decisions = network.bridges.select("bridge_id", level=4.0, first_year=1, interval=5)
    plan = evaluate_plan(network, decisions, 1e9)
    access = plan.works.filter(pl.col("kind") == "access")
    repaired = plan.works.filter(
        (pl.col("bridge_id") == "B0") & pl.col("kind").str.ends_with("repair") & (pl.col("cost") > 0)
    )
    assert access.select("year", "bridge_id", "cost").rows() == [
        (year, "B0", 1e6) for year in sorted(set(repaired["year"]))
    ]
    plan.save(tmp_path)
    assert read_plan(tmp_path).cost == plan.cost
    digest = Digest(plan)
    assert digest.bridges["total"].sum() == pytest.approx(plan.outcome.total.sum())
    assert digest.bridges["works"].sum() == len(digest.repairs) - len(access)
    assert digest.members[0] == "access"
    assert digest.member_costs.filter(pl.col("member") == "access")["cost"].sum() == access["cost"].sum()
    for language, said in (("en", "for the repairs of this year"), ("ja", "この年の補修のため")):
        page = tmp_path / "page.html"
        page.write_text(plan_page(plan, language=language), encoding="utf-8")
        shown, console = opened(page, ALL_BRIDGES)
        assert console == ""
        assert shown.split('id="bridge"')[1].count(f'<td class="why">{said}</td>') == len(access)
    nothing = with_access(made_network(5, bridges=3, members=2), [None, 0.0, 0.0])
    assert nothing.arrays.access_cost is None
    assert "access" not in evaluate_plan(nothing, decisions, 1e9).works["kind"].to_list()


def test_it_counts_in_fingerprints_and_keys_of_the_memo() -> None:
    ten = datasets.paper_ten()
    some = with_access(ten, [5e5] + [None] * 9)
    assert some.fingerprint != with_access(ten, [6e5] + [None] * 9).fingerprint != ten.fingerprint
    layout, offsets = PlanSpace.study().core(50), ten.arrays.curve_offsets
    keys, others = (group_digests(network.arrays, offsets, layout) for network in (ten, some))
    assert [bool((key != other).any()) for key, other in zip(keys, others, strict=True)] == [True] + [False] * 9
