"""Policies of many sections: the same as one by one, whatever the threads, and infeasible ones said."""

import numpy as np
import pytest

from nagamochi import _core, policy
from nagamochi.errors import InvalidInput
from nagamochi.policy import InspectionModel, PolicySpace

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
    chains = policy.batch.checked_chains(HAZARDS, None)
    core = policy.batch.core_space(chains, PolicySpace())
    costs = policy.batch.checked_costs(7, *COSTS.values()).core
    arrays = chains.for_search()
    outcomes = []
    for simd in _core.Simd:
        if simd > _core.widest_simd():
            continue
        for threads in (1, 2, 7):
            risk, lcc = np.empty((2, len(HAZARDS), 210))
            _core.evaluate_all_policies(
                space=core, **arrays, costs=costs, risk=risk, lcc=lcc, simd=simd, threads=threads
            )
            outcomes.append(risk.tobytes() + lcc.tobytes())
    assert len(set(outcomes)) == 1


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
    with pytest.raises(InvalidInput, match=r"hazards\[17, 3\]: must be a finite number above 0; got 0.0"):
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
