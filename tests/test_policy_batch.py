"""Policies of many sections: the same as one by one, whatever the threads; infeasible limits answered."""

import subprocess
import sys

import numpy as np
import pytest

from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.policy import PolicySpace, Sections, search
from nagamochi.policy.space import PolicyTable

COSTS = {
    "repair_cost": [90.0, 90.0, 100.0, 120.0, 150.0, 180.0, 300.0],
    "inspection_cost": 1.0,
    "additional_inspection_cost": 0.5,
    "discount_rate": 0.04,
}
HAZARDS = np.exp(np.random.default_rng(7).normal(-1.0, 0.7, (203, 6)))
SECTIONS = Sections(hazards=HAZARDS, **COSTS)
LIMITS = (0.3, 0.01, 0.0001)


@pytest.mark.parametrize(
    "space", [PolicySpace(), PolicySpace(repair_on_watch_at="free", intervals=(2, 5, 3), spacing=0.75)]
)
def test_every_section_has_the_policy_of_its_own_evaluations(space: PolicySpace) -> None:
    best = SECTIONS.best(LIMITS, space)
    for section in range(0, len(HAZARDS), 29):
        own = Sections(hazards=HAZARDS[section], **COSTS)
        results = own.evaluate(own.evaluate_all(space))
        for n, limit in enumerate(LIMITS):
            within = results.risk <= limit
            assert best.feasible[section, n] == within.any()
            chosen = np.where(within, results.lcc, np.inf).argmin() if within.any() else results.risk.argmin()
            assert best.row[section, n] == chosen
            assert best.lcc[section, n] == pytest.approx(results.lcc[chosen], rel=1e-12)
            assert best.risk[section, n] == pytest.approx(results.risk[chosen], rel=1e-12)


def test_same_bits_for_every_thread_count_and_instruction_set() -> None:
    policies = PolicyTable.within(PolicySpace(), SECTIONS.chains).core(SECTIONS.chains)
    outcomes = []
    for simd in _core.Simd:
        if simd > _core.widest_simd():
            continue
        for threads in (1, 2, 7):
            risk, lcc = np.empty((2, len(HAZARDS), 210))
            _core.evaluate_all_policies(
                space=policies,
                **SECTIONS.chains.for_search(),
                costs=SECTIONS.costs.core(0),
                risk=risk,
                lcc=lcc,
                simd=simd,
                threads=threads,
            )
            outcomes.append(risk.tobytes() + lcc.tobytes())
    assert len(set(outcomes)) == 1


@pytest.mark.parametrize("space", [PolicySpace(), PolicySpace(repair_on_watch_at=4, intervals=(3, 1))])
def test_all_policies_and_frontiers_are_those_of_each_section_alone(space: PolicySpace) -> None:
    everything, frontiers = SECTIONS.evaluate_all(space), SECTIONS.frontier(space)
    for section in (0, 100, 202):
        own = Sections(hazards=HAZARDS[section], **COSTS)
        np.testing.assert_array_equal(everything.risk[section], own.evaluate_all(space).risk)
        np.testing.assert_array_equal(everything.lcc[section], own.evaluate_all(space).lcc)
        assert frontiers.of(section).to_frame().equals(own.frontier(space).to_frame())


def test_a_frontier_is_every_policy_that_no_other_dominates() -> None:
    own = Sections(hazards=HAZARDS[50], **COSTS)
    results = own.evaluate(own.evaluate_all())
    by_risk = np.lexsort((results.lcc, results.risk))
    best = [n for k, n in enumerate(by_risk) if results.lcc[n] < results.lcc[by_risk[:k]].min(initial=np.inf)]
    frontier = own.evaluate(own.frontier())
    assert frontier.row.tolist() == best
    np.testing.assert_allclose(frontier.lcc, results.lcc[best], rtol=1e-13)


@pytest.mark.parametrize("space", [PolicySpace(), PolicySpace(repair_on_watch_at="free", intervals=(2, 5, 3))])
def test_the_full_evaluation_of_many_is_that_of_each_section_alone(space: PolicySpace) -> None:
    found = SECTIONS.best(LIMITS, space)
    full = SECTIONS.evaluate(found)
    np.testing.assert_allclose(full.risk, found.risk, rtol=1e-12)
    np.testing.assert_allclose(full.lcc, found.lcc, rtol=1e-12)
    assert full.value.shape == (203, 3, 7)
    for section in (0, 77, 202):
        own = Sections(hazards=HAZARDS[section], **COSTS)
        alone = own.evaluate(own.best(LIMITS, space))
        for name in ("risk", "risk_any", "time_in_worst", "lcc", "value", "stationary", "repairs"):
            np.testing.assert_array_equal(getattr(full, name)[section], getattr(alone, name))


@pytest.mark.parametrize("ratings", [2, 3, 30])
def test_from_two_ratings_to_thirty(ratings: int) -> None:
    hazards = np.exp(np.random.default_rng(ratings).normal(0.0, 0.5, (9, ratings - 1)))
    costs = COSTS | {"repair_cost": np.linspace(90.0, 300.0, ratings)}
    space = PolicySpace(intervals=(1, 4))
    sections = Sections(hazards=hazards, **costs)
    everything = sections.evaluate_all(space)
    watched = (ratings - 1) * (ratings - 2) // 2
    assert len(everything.policies) == 2 * (ratings - 1 + watched)
    results = sections.evaluate(everything)
    np.testing.assert_allclose(everything.risk, results.risk, rtol=1e-11)
    np.testing.assert_allclose(everything.lcc, results.lcc, rtol=1e-11)


def test_every_best_policy_stands_on_its_frontier() -> None:
    best = SECTIONS.running(threads=2).best(0.05)
    frame = SECTIONS.running(threads=1).frontier().to_frame()
    cheapest = frame.filter(frame["risk"] <= 0.05).group_by("section").last().sort("section")
    assert cheapest["section"].to_list() == np.flatnonzero(best.feasible).tolist()
    assert cheapest["lcc"].to_list() == best.lcc[best.feasible].tolist()
    assert cheapest["watch_from"].fill_null(0).to_list() == best.watch_from[best.feasible].tolist()


def test_blocks_and_threads_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcomes() -> list[bytes]:
        everything, best = sections.evaluate_all(), sections.best(LIMITS)
        frontier = sections.frontier().to_frame()
        arrays = [everything.risk, everything.lcc, best.row, best.risk, best.lcc]
        return [array.tobytes() for array in [*arrays, *map(np.asarray, frontier.fill_null(0))]]

    sections = SECTIONS.running(threads=1)
    whole = outcomes()
    monkeypatch.setattr(search, "NUMBERS_PER_BLOCK", 10 * 210)
    monkeypatch.setattr(search, "SECTIONS_PER_CHOICE", 17)
    for threads in (1, 3):
        sections = SECTIONS.running(threads=threads)
        assert outcomes() == whole


PEAK_MEMORY = """
import resource, sys
import numpy as np
from nagamochi.policy import Sections

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

hazards = np.exp(np.random.default_rng(1).normal(-1.0, 0.5, (100_000, 6)))
costs = dict(repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
few, many = (Sections(hazards=rates, **costs) for rates in (hazards[:10], hazards))
call = lambda sections: {call}
call(few)
before = peak_mib()
kept = call(many)
print(peak_mib() - before)
"""


@pytest.mark.parametrize(
    ("call", "most_mib"),
    [
        ("sections.best([0.01, 0.05, 0.1, 0.2])", 60),  # of which 10 are kept
        ("sections.frontier()", 300),  # of which 87 are kept
        ("sections.route(0.1, thresholds='common')", 60),
        ("sections.route(0.5, limit_on='every')", 60),
        ("sections.route(0.1)", 160),
    ],
)
def test_memory_for_what_is_asked_for_only(call: str, most_mib: float) -> None:
    """All 210 policies of 100,000 sections take 320 MiB."""
    child = subprocess.run([sys.executable, "-c", PEAK_MEMORY.format(call=call)], capture_output=True, text=True)
    assert child.stderr == ""
    assert float(child.stdout) < most_mib


def test_a_section_does_not_depend_on_its_neighbours() -> None:
    alone = Sections(hazards=HAZARDS[100], **COSTS).best(0.05)
    assert SECTIONS.best(0.05).lcc[100] == alone.lcc


def test_matrices_give_what_their_hazards_give() -> None:
    matrices = np.empty((len(HAZARDS), 1, 7, 7))
    _core.transition_matrices(hazards=HAZARDS, years=np.array([1.0]), matrices=matrices, threads=1)
    space = PolicySpace(intervals=range(2, 8))
    by_matrices = Sections(matrices=matrices[:, 0], **COSTS)
    np.testing.assert_allclose(by_matrices.best(0.05, space).lcc, SECTIONS.best(0.05, space).lcc, rtol=1e-12)
    np.testing.assert_allclose(
        by_matrices.value(0.05, space).time_rule.lcc, SECTIONS.value(0.05, space).time_rule.lcc, rtol=1e-12
    )


def test_a_limit_that_no_policy_keeps_is_answered_by_the_least_risk() -> None:
    best, everything = SECTIONS.best(LIMITS), SECTIONS.evaluate_all()
    assert 0 < (~best.feasible).sum() < best.feasible.size
    section, limit = np.nonzero(~best.feasible)
    assert (best.risk[section, limit] == everything.risk[section].min(axis=1)).all()
    assert (best.risk[section, limit] > best.risk_limit[limit]).all()
    assert (best.lcc[section, limit] == everything.lcc[section, best.row[section, limit]]).all()
    frame = best.to_frame()
    assert frame.height == best.row.size
    assert frame["feasible"].to_list() == best.feasible.ravel().tolist()
    assert frame["interval"].null_count() == 0


def test_the_section_with_a_wrong_hazard_is_named() -> None:
    hazards = HAZARDS.copy()
    hazards[17, 3] = 0
    with pytest.raises(InvalidInput, match=r"hazards\[17, 3\]: must be a finite number above 0, .*; got 0.0"):
        Sections(hazards=hazards, **COSTS)


def test_hazards_orders_of_magnitude_apart_side_by_side() -> None:
    hazards = np.exp(np.random.default_rng(3).normal(0.0, 4.0, (40, 6)))
    assert hazards.max() > 1e4
    sections = Sections(hazards=hazards, **COSTS)
    best = sections.best(0.999, PolicySpace(intervals=(1, 4), repair_on_watch_at="free"))
    full = sections.evaluate(best)
    np.testing.assert_allclose(best.lcc, full.lcc, rtol=1e-11)
    np.testing.assert_allclose(best.risk, full.risk, rtol=1e-11)
