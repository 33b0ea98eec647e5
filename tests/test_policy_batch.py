"""Policies of many sections: the same as one by one, whatever the threads, and infeasible ones said."""

import subprocess
import sys

import numpy as np
import pytest

from nagamochi import _core, policy
from nagamochi.errors import InvalidInput
from nagamochi.policy import InspectionModel, Policy, PolicySpace, sections
from nagamochi.policy.policy import policies_within
from nagamochi.policy.sections import checked_sections

COSTS = {
    "repair_cost": [90.0, 90.0, 100.0, 120.0, 150.0, 180.0, 300.0],
    "inspection_cost": 1.0,
    "additional_inspection_cost": 0.5,
    "discount_rate": 0.04,
}
HAZARDS = np.exp(np.random.default_rng(7).normal(-1.0, 0.7, (203, 6)))
LIMITS = (0.3, 0.01, 0.0001)


@pytest.mark.parametrize(
    "space", [PolicySpace(), PolicySpace(repair_on_watch_at="free", intervals=(2, 5, 3), spacing=0.75)]
)
def test_every_section_has_the_policy_of_its_own_model(space: PolicySpace) -> None:
    best = policy.best_many(HAZARDS, risk_limit=LIMITS, space=space, **COSTS)
    for section in range(0, len(HAZARDS), 29):
        results = InspectionModel(hazards=HAZARDS[section], **COSTS).evaluate_all(space)
        for n, limit in enumerate(LIMITS):
            within = [result for result in results if result.risk <= limit]
            assert best.feasible[section, n] == bool(within)
            chosen = min(within, key=lambda r: r.lcc) if within else min(results, key=lambda r: r.risk)
            assert best.lcc[section, n] == pytest.approx(chosen.lcc, rel=1e-12)
            assert best.risk[section, n] == pytest.approx(chosen.risk, rel=1e-12)
            thresholds = (best.interval[section, n], best.repair_at[section, n], best.watch_from[section, n])
            expected = (chosen.policy.interval, chosen.policy.repair_at, chosen.policy.watch_from or 0)
            assert thresholds == (expected if within else (0, 0, 0))


def test_same_bits_for_every_thread_count_and_instruction_set() -> None:
    checked = checked_sections(HAZARDS, None, *COSTS.values(), threads=1)
    policies = policies_within(PolicySpace(), checked.chains)
    outcomes = []
    for simd in _core.Simd:
        if simd > _core.widest_simd():
            continue
        for threads in (1, 2, 7):
            risk, lcc = np.empty((2, len(HAZARDS), 210))
            _core.evaluate_all_policies(
                space=policies,
                **checked.chains.for_search(),
                costs=checked.costs.core,
                risk=risk,
                lcc=lcc,
                simd=simd,
                threads=threads,
            )
            outcomes.append(risk.tobytes() + lcc.tobytes())
    assert len(set(outcomes)) == 1


@pytest.mark.parametrize("space", [PolicySpace(), PolicySpace(repair_on_watch_at=4, intervals=(3, 1))])
def test_all_policies_and_frontiers_are_those_of_each_sections_model(space: PolicySpace) -> None:
    everything = policy.evaluate_many(HAZARDS, space=space, **COSTS)
    frontiers = policy.frontier_many(HAZARDS, space=space, **COSTS)
    for section in (0, 100, 202):
        model = InspectionModel(hazards=HAZARDS[section], **COSTS)
        results = model.evaluate_all(space)
        assert everything.policies.rows() == [named(result.policy) for result in results]
        np.testing.assert_allclose(everything.risk[section], [result.risk for result in results], rtol=1e-12)
        np.testing.assert_allclose(everything.lcc[section], [result.lcc for result in results], rtol=1e-12)
        frontier = model.frontier(space).policies
        found = frontiers.of(section)
        assert found.drop("risk", "lcc").rows() == [named(result.policy) for result in frontier]
        np.testing.assert_allclose(found["risk"], [result.risk for result in frontier], rtol=1e-12)
        np.testing.assert_allclose(found["lcc"], [result.lcc for result in frontier], rtol=1e-12)


def named(given: Policy) -> tuple[int | None, ...]:
    return given.interval, given.repair_at, given.watch_from, given.repair_on_watch_at


@pytest.mark.parametrize("ratings", [2, 3, 30])
def test_from_two_ratings_to_thirty(ratings: int) -> None:
    hazards = np.exp(np.random.default_rng(ratings).normal(0.0, 0.5, (9, ratings - 1)))
    costs = COSTS | {"repair_cost": np.linspace(90.0, 300.0, ratings)}
    space = PolicySpace(intervals=(1, 4))
    everything = policy.evaluate_many(hazards, space=space, **costs)
    watched = (ratings - 1) * (ratings - 2) // 2
    assert everything.policies.height == 2 * (ratings - 1 + watched)
    results = InspectionModel(hazards=hazards[8], **costs).evaluate_all(space)
    np.testing.assert_allclose(everything.risk[8], [result.risk for result in results], rtol=1e-11)
    np.testing.assert_allclose(everything.lcc[8], [result.lcc for result in results], rtol=1e-11)


def test_every_best_policy_stands_on_its_frontier() -> None:
    best = policy.best_many(HAZARDS, risk_limit=0.05, threads=2, **COSTS)
    frame = policy.frontier_many(HAZARDS, threads=1, **COSTS).to_frame()
    cheapest = frame.filter(frame["risk"] <= 0.05).group_by("section").last().sort("section")
    assert cheapest["section"].to_list() == np.flatnonzero(best.feasible).tolist()
    assert cheapest["lcc"].to_list() == best.lcc[best.feasible].tolist()
    assert cheapest["watch_from"].fill_null(0).to_list() == best.watch_from[best.feasible].tolist()


def test_blocks_and_threads_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    frontiers = policy.frontier_many(HAZARDS, threads=1, **COSTS)
    everything = policy.evaluate_many(HAZARDS, threads=1, **COSTS)
    monkeypatch.setattr(sections, "NUMBERS_PER_BLOCK", 10 * 210)
    for threads in (1, 3):
        assert policy.frontier_many(HAZARDS, threads=threads, **COSTS).to_frame().equals(frontiers.to_frame())
        blocks = policy.evaluate_many(HAZARDS, threads=threads, **COSTS)
        np.testing.assert_array_equal(blocks.risk, everything.risk)
        np.testing.assert_array_equal(blocks.lcc, everything.lcc)


PEAK_MEMORY = """
import resource, sys
import numpy as np
from nagamochi import policy

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

hazards = np.exp(np.random.default_rng(1).normal(-1.0, 0.5, (100_000, 6)))
costs = dict(repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
call = lambda hazards: {call}
call(hazards[:10])
before = peak_mib()
kept = call(hazards)
print(peak_mib() - before)
"""


@pytest.mark.parametrize(
    ("call", "most_mib"),
    [
        ("policy.best_many(hazards, risk_limit=[0.01, 0.05, 0.1, 0.2], **costs)", 60),  # of which 23 are kept
        ("policy.frontier_many(hazards, **costs)", 300),  # of which 103 are kept
        ("policy.common_policy(hazards, risk_limit=0.1, thresholds='common', **costs)", 60),
        ("policy.common_policy(hazards, risk_limit=0.5, limit_on='every', **costs)", 60),
        ("policy.common_policy(hazards, risk_limit=0.1, **costs)", 160),
    ],
)
def test_memory_for_what_is_asked_for_only(call: str, most_mib: float) -> None:
    """All 210 policies of 100,000 sections take 320 MiB."""
    child = subprocess.run([sys.executable, "-c", PEAK_MEMORY.format(call=call)], capture_output=True, text=True)
    assert child.stderr == ""
    assert float(child.stdout) < most_mib


def test_a_section_does_not_depend_on_those_beside_it() -> None:
    together = policy.best_many(HAZARDS, risk_limit=0.05, threads=2, **COSTS)
    alone = policy.best_many(HAZARDS[100:101], risk_limit=0.05, threads=1, **COSTS)
    assert together.lcc[100] == alone.lcc[0]


def test_matrices_give_what_their_hazards_give() -> None:
    matrices = np.empty((len(HAZARDS), 1, 7, 7))
    _core.transition_matrices(hazards=HAZARDS, years=np.array([1.0]), matrices=matrices, threads=1)
    space = PolicySpace(intervals=range(2, 8))
    by_matrices = policy.best_many(matrices=matrices[:, 0], risk_limit=0.05, space=space, **COSTS)
    by_hazards = policy.best_many(HAZARDS, risk_limit=0.05, space=space, **COSTS)
    np.testing.assert_allclose(by_matrices.lcc, by_hazards.lcc, rtol=1e-12)


def test_a_table_with_gaps_where_there_is_no_policy() -> None:
    frame = policy.best_many(HAZARDS, risk_limit=LIMITS, **COSTS).to_frame()
    assert frame.height == len(HAZARDS) * len(LIMITS)
    infeasible = frame.filter(frame["interval"].is_null())
    assert 0 < infeasible.height < frame.height
    assert (infeasible["risk"] > infeasible["risk_limit"]).all()


def test_the_section_with_a_wrong_hazard_is_named() -> None:
    hazards = HAZARDS.copy()
    hazards[17, 3] = 0
    with pytest.raises(InvalidInput, match=r"hazards\[17, 3\]: must be a finite number above 0, .*; got 0.0"):
        policy.best_many(hazards, risk_limit=0.1, **COSTS)


def test_hazards_orders_of_magnitude_apart_beside_each_other() -> None:
    hazards = np.exp(np.random.default_rng(3).normal(0.0, 4.0, (40, 6)))
    assert hazards.max() > 1e4
    space = PolicySpace(intervals=(1, 4), repair_on_watch_at="free")
    best = policy.best_many(hazards, risk_limit=0.999, space=space, **COSTS)
    for section in np.flatnonzero(best.feasible):
        own = InspectionModel(hazards=hazards[section], **COSTS).best(0.999, space)
        assert best.lcc[section] == pytest.approx(own.lcc, rel=1e-11)
        assert best.risk[section] == pytest.approx(own.risk, rel=1e-11)
