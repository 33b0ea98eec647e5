"""Policies of one section: golden numbers, the definitions at many digits, a simulation, and laws of any chain."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nagamochi import _core
from nagamochi.policy import Policy, PolicySpace, Sections
from nagamochi.policy.space import PolicyTable
from oracle.policy import OracleCosts, OraclePolicy, evaluate, simulate, transition

GOLDEN = json.loads((Path(__file__).parent / "golden" / "policy.json").read_text(encoding="utf-8"))
CALIBRATED = GOLDEN["hazard"]  # calibrated to the paper's table 2, not measured
COSTS = {
    "repair_cost": GOLDEN["repair_cost"],
    "inspection_cost": GOLDEN["inspection_cost"],
    "additional_inspection_cost": GOLDEN["additional_inspection_cost"],
    "discount_rate": GOLDEN["discount_rate"],
}
FREE = PolicySpace(repair_on_watch_at="free")

TABLE_2 = {  # risk limit: interval, repair_at, watch_from
    0.01: (1, 6, 5),
    0.05: (1, 7, 6),
    0.1: (4, 7, 5),
    0.2: (3, 7, None),
    0.3: (4, 7, None),
    0.4: (6, 7, None),
    0.5: (9, 7, None),
    0.6: (10, 7, None),
}


@pytest.fixture(scope="module")
def section() -> Sections:
    return Sections(hazards=CALIBRATED, **COSTS)


def thresholds(chosen: Policy) -> tuple[int, int, int | None]:
    return chosen.interval, chosen.repair_at, chosen.watch_from


@pytest.mark.parametrize("golden", GOLDEN["policies"], ids=lambda p: f"{p['r']}-{p['repair']}-{p['extra']}")
def test_golden_policies(golden: dict, section: Sections) -> None:
    result = section.evaluate(Policy(golden["r"], golden["repair"], golden["extra"]))
    assert result.risk == pytest.approx(golden["risk"], rel=1e-10)
    assert result.lcc == pytest.approx(golden["lcc"], rel=1e-10)


@pytest.mark.parametrize("golden", GOLDEN["detail"], ids=["worst", "sixth"])
def test_golden_detail(golden: dict, section: Sections) -> None:
    result = section.evaluate(Policy(golden["r"], golden["repair"], golden["extra"], golden["threshold"]))
    np.testing.assert_allclose(result.stationary, golden["pi"], rtol=1e-10)
    np.testing.assert_allclose(result.value, golden["V"], rtol=1e-10)
    assert (result.risk, result.lcc) == pytest.approx((golden["risk"], golden["lcc"]), rel=1e-10)


def test_golden_frontier(section: Sections) -> None:
    for row in GOLDEN["frontier"]:
        best = section.best(row["risk_limit"])
        assert thresholds(best.policy) == (row["best"]["r"], row["best"]["repair"], row["best"]["extra"])
        assert best.lcc == pytest.approx(row["best"]["lcc"], rel=1e-10)


def test_golden_repairs_by_the_calendar(section: Sections) -> None:
    rules = section.time_rules(longest=15)
    for row in GOLDEN["time_dependent"]:
        found = int(np.flatnonzero(rules.interval == row["r"]).item())
        assert (rules.risk[found], rules.lcc[found]) == pytest.approx((row["risk"], row["lcc"]), rel=1e-10)


@pytest.mark.parametrize("risk_limit", TABLE_2)
def test_table_2_of_the_paper(risk_limit: float, section: Sections) -> None:
    assert thresholds(section.best(risk_limit).policy) == TABLE_2[risk_limit]


def test_a_cheaper_row_where_repair_on_watch_is_free_shows_all_three_risks(section: Sections) -> None:
    papers, cheaper = (section.evaluate(section.best(0.01, space)) for space in (PolicySpace(), FREE))
    assert cheaper.policy == Policy(1, 7, 5, repair_on_watch_at=6)
    assert (papers.lcc, cheaper.lcc) == pytest.approx((1_756_575, 1_721_915), abs=0.5)
    assert (papers.risk, cheaper.risk) == pytest.approx((0.0094, 0.0040), abs=5e-5)
    assert (papers.risk_any, cheaper.risk_any) == pytest.approx((0.0102, 0.0106), abs=5e-5)
    assert (papers.time_in_worst, cheaper.time_in_worst) == pytest.approx((0.00273, 0.00299), abs=5e-6)


def test_additional_rows_miss_their_limits_if_every_inspection_counts(section: Sections) -> None:
    found = section.evaluate(section.best((0.01, 0.05, 0.1)))
    assert found.risk_any == pytest.approx([0.0102, 0.0573, 0.1375], abs=5e-5)


POLICIES = [
    OraclePolicy(3, 4, 4, 5),
    OraclePolicy(1, 5, 3, 5, spacing=0.5),
    OraclePolicy(4, 5, 2, 4, spacing=1.0),
    OraclePolicy(4, 4, 3, 3, spacing=1.0),
    OraclePolicy(3, 5, 2, 2, spacing=1.0),
    OraclePolicy(5, 5, 3, 4, spacing=2.0),
    OraclePolicy(2, 4, 2, 5, spacing=0.3),
]
STEEP = OracleCosts([10.0, 20.0, 20.0, 50.0, 90.0], 1.5, 0.5, 0.07)


def as_policy(policy: OraclePolicy) -> Policy:
    if policy.watch_from == policy.repair_at:
        return Policy(int(policy.interval), policy.repair_at)
    on_watch = policy.repair_on_watch_at
    return Policy(int(policy.interval), policy.repair_at, policy.watch_from, on_watch, policy.spacing)


def section_of(hazards: list[float], costs: OracleCosts) -> Sections:
    return Sections(
        hazards=hazards,
        repair_cost=costs.repair,
        inspection_cost=costs.inspection,
        additional_inspection_cost=costs.additional,
        discount_rate=costs.discount_rate,
    )


@pytest.mark.parametrize("case", POLICIES, ids=str)
@pytest.mark.parametrize("hazards", [[0.5, 0.9, 0.2, 0.4], [0.3, 0.3, 0.3, 0.3], [1e-6, 1.0, 1e-3, 30.0]], ids=str)
def test_every_number_against_its_definition(case: OraclePolicy, hazards: list[float]) -> None:
    result = section_of(hazards, STEEP).evaluate(as_policy(case))
    expected = evaluate(hazards, case, STEEP)
    np.testing.assert_allclose(result.stationary, np.array(expected.stationary, float), rtol=1e-12)
    np.testing.assert_allclose(result.value, np.array(expected.value, float), rtol=1e-12)
    for name in ("risk", "risk_any", "time_in_worst", "lcc", "additional_inspections", "repairs"):
        assert getattr(result, name) == pytest.approx(float(getattr(expected, name)), rel=1e-12), name
    assert result.periodic_inspections == 1 / case.interval


@pytest.mark.parametrize("ratings", [7, 30])
def test_risks_down_to_1e_70_keep_twelve_digits(ratings: int) -> None:
    scale = 1e-17 if ratings == 7 else 0.005
    hazards = [scale * (1 + 0.3 * np.sin(i)) for i in range(ratings - 1)]
    costs = OracleCosts([1.0] * ratings, 1.0, 1.0, 0.04)
    case = OraclePolicy(1, 4, 2, ratings, spacing=0.5)
    result = section_of(hazards, costs).evaluate(as_policy(case))
    expected = evaluate(hazards, case, costs, digits=150)
    assert 1e-100 < expected.risk < 1e-60
    assert result.risk == pytest.approx(float(expected.risk), rel=1e-12, abs=0)
    assert result.time_in_worst == pytest.approx(float(expected.time_in_worst), rel=1e-12, abs=0)


@pytest.mark.parametrize(("seed", "case"), [(1, POLICIES[0]), (2, POLICIES[2]), (3, POLICIES[5])], ids=str)
def test_a_simulation_of_the_very_process(seed: int, case: OraclePolicy) -> None:
    hazards = np.random.default_rng(seed).uniform(0.3, 1.0, 4).tolist()
    result = section_of(hazards, STEEP).evaluate(as_policy(case))
    intervals = int(80 / case.interval)  # what comes later is worth under 0.4 %
    lived = simulate(hazards, case, STEEP, sections=2500, warm_up=10, intervals=intervals, seed=seed)
    within_horizon = -np.expm1(-STEEP.discount_rate * case.interval * intervals)
    for name, expected in [
        ("risk", result.risk),
        ("risk_any", result.risk_any),
        ("time_in_worst", result.time_in_worst),
    ]:
        estimate, error = getattr(lived, name)
        assert error < 0.05 * estimate
        assert abs(estimate - expected) < 4 * error, name
    estimate, error = lived.lcc
    assert abs(estimate - result.lcc * within_horizon) < 4 * error


@pytest.mark.parametrize(("hazard", "interval"), [(0.3, 2), (1e-9, 1), (4.0, 5)])
def test_two_ratings_in_closed_form(hazard: float, interval: int) -> None:
    costs = OracleCosts([5.0, 7.0], 1.0, 1.0, 0.05)
    result = section_of([hazard], costs).evaluate(Policy(interval, 2))
    worse = -np.expm1(-hazard * interval)
    assert result.risk == pytest.approx(worse, rel=1e-14)
    assert result.lcc == pytest.approx((1 + 7 * worse) / -np.expm1(-0.05 * interval), rel=1e-14)
    assert result.value[1] - result.value[0] == pytest.approx(7.0, rel=1e-12)
    assert result.repairs == pytest.approx(worse / interval, rel=1e-14)
    kept = hazard * interval
    share = 1 - worse / kept if kept > 1e-3 else kept / 2
    assert result.time_in_worst == pytest.approx(share, rel=1e-8)


chains = st.lists(st.floats(1e-4, 20.0), min_size=1, max_size=9)


@settings(max_examples=40, deadline=None)
@given(hazards=chains, rate=st.floats(0.001, 0.5), data=st.data())
def test_any_policy_of_any_chain_keeps_to_the_laws(hazards: list[float], rate: float, data: st.DataObject) -> None:
    ratings = len(hazards) + 1
    repair = sorted(data.draw(st.lists(st.floats(0, 1e6), min_size=ratings, max_size=ratings)))
    section = section_of(hazards, OracleCosts(repair, 2.0, 1.0, rate))
    repair_at = data.draw(st.integers(2, ratings))
    watch_from = data.draw(st.integers(2, repair_at))
    interval = data.draw(st.integers(1, 6))
    if watch_from == repair_at:
        result = section.evaluate(Policy(interval, repair_at))
    else:
        result = section.evaluate(Policy(interval, repair_at, watch_from, data.draw(st.integers(2, ratings))))
    assert result.stationary.sum() == pytest.approx(1, rel=1e-13)
    assert (result.stationary > 0).all()
    assert result.lcc == pytest.approx(result.stationary @ result.value, rel=1e-11)
    assert result.risk == result.stationary[-1]
    assert 0 < result.time_in_worst < 1


def test_a_matrix_gives_what_its_hazards_give_but_no_time_in_worst(section: Sections) -> None:
    yearly = np.array(transition(CALIBRATED, 1).tolist(), float)
    by_matrix = Sections(matrices=yearly, **COSTS)
    case = Policy(4, 7, 5)
    assert by_matrix.evaluate(case).lcc == pytest.approx(section.evaluate(case).lcc, rel=1e-12)
    assert np.isnan(by_matrix.evaluate(case).time_in_worst)
    assert by_matrix.evaluate(case).to_frame()["time_in_worst"].item() is None
    halved = Sections(matrices=yearly, half_steps=True, **COSTS)
    assert halved.evaluate(Policy(1, 7, 6)).risk == pytest.approx(section.evaluate(Policy(1, 7, 6)).risk, rel=1e-9)


def test_a_yearly_matrix_leaves_out_half_years_and_says_so() -> None:
    section = Sections(matrices=np.array(transition(CALIBRATED, 1).tolist(), float), **COSTS)
    assert len(section.notices()) == 1
    assert section.notices()[0].startswith("interval 1: no policy with additional inspections")
    found = section.evaluate_all()
    assert set(found.watch_from[found.interval == 1]) == {0}


def test_the_frontier_holds_every_best_policy_and_nothing_beaten(section: Sections) -> None:
    frontier = section.frontier()
    assert (np.diff(frontier.risk) > 0).all()
    assert (np.diff(frontier.lcc) < 0).all()
    for limit in TABLE_2:
        last = np.flatnonzero(frontier.risk <= limit)[-1]
        assert frontier.policies[frontier.row[last]] == section.best(limit).policy


@pytest.mark.parametrize("simd", list(_core.Simd))
def test_the_search_has_the_numbers_of_the_evaluation(simd: _core.Simd, section: Sections) -> None:
    if simd > _core.widest_simd():
        pytest.skip("not on this processor")
    policies = PolicyTable.within(FREE, section.chains).core(section.chains)
    risk, lcc = np.empty((2, 1, 610))
    chains, costs = section.chains.for_search(), section.costs.core(0)
    _core.evaluate_all_policies(space=policies, **chains, costs=costs, risk=risk, lcc=lcc, simd=simd, threads=1)
    results = section.evaluate(section.evaluate_all(FREE))
    np.testing.assert_allclose(risk[0], results.risk, rtol=1e-12)
    np.testing.assert_allclose(lcc[0], results.lcc, rtol=1e-12)


def test_the_oracle_is_exact_enough() -> None:
    with mpmath.workdps(50):
        assert abs(sum(transition(CALIBRATED, 10)[0, :]) - 1) < mpmath.mpf(10) ** -45
