"""One rhythm for a route, and policies mixed by lot."""

from itertools import product

import numpy as np
import pytest

from nagamochi.policy import Evaluated, PolicySpace, Sections, mix_policies, search

COSTS = {
    "repair_cost": [90.0, 90.0, 100.0, 120.0],
    "inspection_cost": 1.0,
    "additional_inspection_cost": 0.5,
    "discount_rate": 0.04,
}
SPACE = PolicySpace(intervals=(1, 2, 4))
HAZARDS = np.array([[0.2, 0.3, 0.4], [0.5, 0.9, 0.3], [0.1, 0.1, 0.9]])


LENGTHS = np.array([1.0, 2.0, 0.5])


def each_choice(thresholds: str, interval: int, everything: Evaluated) -> list[list[int]]:
    """Return all combinations of rows of one interval, one row for each section."""
    own = np.flatnonzero(everything.interval[0] == interval).tolist()
    return [[row] * 3 for row in own] if thresholds == "common" else list(map(list, product(own, own, own)))


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
@pytest.mark.parametrize("length", [1.0, LENGTHS], ids=["alike", "lengths"])
def test_against_every_combination_there_is(
    limit: float, limit_on: str, thresholds: str, length: float | np.ndarray
) -> None:
    sections = Sections(hazards=HAZARDS, length=length, **COSTS)
    route = sections.route(limit, limit_on=limit_on, thresholds=thresholds, space=SPACE)
    everything = sections.evaluate_all(SPACE)
    weights = np.broadcast_to(length, 3) / np.broadcast_to(length, 3).sum()
    least = np.inf
    for interval in SPACE.intervals:
        rows = np.array(each_choice(thresholds, interval, everything))
        risks = everything.risk[np.arange(3), rows]
        within = (risks @ weights if limit_on == "mean" else risks.max(axis=1)) <= limit
        costs = everything.lcc[np.arange(3), rows].sum(axis=1)
        least = min(least, costs[within].min(initial=np.inf))
    assert route.feasible
    assert route.route_risk <= limit
    assert route.route_risk == pytest.approx(route.risk @ weights if limit_on == "mean" else route.risk.max())
    assert route.lower_bound <= least * (1 + 1e-12)
    if limit_on == "every" or thresholds == "common":
        assert route.lcc.sum() == pytest.approx(least, rel=1e-12)
    else:
        assert least * (1 - 1e-12) <= route.lcc.sum() <= least * 1.1  # three sections leave a gap of one corner
    assert (route.interval == route.common_interval).all()
    full = sections.evaluate(route)
    np.testing.assert_allclose(route.lcc, full.lcc, rtol=1e-12)
    np.testing.assert_allclose(route.risk, full.risk, rtol=1e-12)


def test_many_sections_close_the_gap_of_the_mean() -> None:
    hazards = np.random.default_rng(2).uniform(0.1, 0.9, (2000, 3))
    route = Sections(hazards=hazards, **COSTS).route(0.1)
    assert route.lower_bound <= route.lcc.sum() <= route.lower_bound * 1.001


@pytest.mark.parametrize("seed", range(20))
def test_a_limit_that_the_best_policies_reach_exactly_is_kept_by_them(seed: int) -> None:
    hazards = np.random.default_rng(seed).uniform(0.1, 0.9, (10 + seed, 3))
    sections = Sections(hazards=hazards, **COSTS)
    route = sections.route(0.1)
    again = sections.route(float(route.risk.mean()))
    assert again.to_frame().equals(route.to_frame())
    assert again.lower_bound == pytest.approx(again.lcc.sum(), rel=1e-12)


@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_a_limit_that_a_route_cannot_keep_is_answered_by_the_least_risk(limit_on: str, thresholds: str) -> None:
    sections = Sections(hazards=HAZARDS, **COSTS)
    chosen = {"limit_on": limit_on, "thresholds": thresholds, "space": SPACE}
    nearest = sections.route(1e-4, **chosen)
    assert not nearest.feasible
    assert nearest.lower_bound == np.inf
    assert nearest.route_risk == (nearest.risk.mean() if limit_on == "mean" else nearest.risk.max())
    route = sections.route(nearest.route_risk * (1 + 1e-12), **chosen)
    assert route.feasible
    assert route.route_risk == pytest.approx(nearest.route_risk, rel=1e-11)
    assert route.lcc.sum() <= nearest.lcc.sum() * (1 + 1e-12)
    assert not sections.route(nearest.route_risk * 0.999, **chosen).feasible


@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_same_bits_for_every_thread_count_and_blocks(
    limit_on: str, thresholds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hazards = np.random.default_rng(2).uniform(0.1, 0.9, (1000, 3))
    sections = Sections(hazards=hazards, **COSTS)
    one = sections.running(threads=1).route(0.3, limit_on=limit_on, thresholds=thresholds)
    for threads in (2, 7):
        other = sections.running(threads=threads).route(0.3, limit_on=limit_on, thresholds=thresholds)
        assert one.to_frame().equals(other.to_frame())
        assert one.lower_bound == other.lower_bound
    monkeypatch.setattr(search, "NUMBERS_PER_BLOCK", 900)
    assert one.to_frame().equals(sections.route(0.3, limit_on=limit_on, thresholds=thresholds).to_frame())


def test_a_route_of_one_section_has_its_best_policy() -> None:
    section = Sections(hazards=HAZARDS[1], **COSTS)
    assert section.route(0.1, limit_on="every").policy == section.best(0.1).policy


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.6])
def test_no_mixture_of_two_policies_is_cheaper(limit: float) -> None:
    section = Sections(hazards=HAZARDS[1], **COSTS)
    mixed = mix_policies(section.frontier(SPACE), limit)
    assert mixed.feasible
    assert mixed.risk <= limit + 1e-15
    everything = section.evaluate_all(SPACE)
    least = everything.lcc[everything.risk <= limit].min()
    for a, b in product(zip(everything.risk, everything.lcc, strict=True), repeat=2):
        if a[0] <= limit < b[0]:
            share = (b[0] - limit) / (b[0] - a[0])
            least = min(least, share * a[1] + (1 - share) * b[1])
    assert mixed.lcc == pytest.approx(least, rel=1e-12)
    ends = [section.evaluate(policy).risk for policy in (mixed.first, mixed.second)]
    assert mixed.risk == pytest.approx(mixed.share * ends[0] + (1 - mixed.share) * ends[1], rel=1e-12)


def test_a_limit_that_no_mixture_keeps() -> None:
    section = Sections(hazards=HAZARDS[1], **COSTS)
    mixed = mix_policies(section.frontier(), 1e-6)
    assert not mixed.feasible
    assert mixed.first == mixed.second == section.best(1e-6).policy
    assert mixed.risk == section.best(1e-6).risk
    assert mixed.share == 1


def test_a_limit_above_every_risk_asks_for_no_mixture() -> None:
    section = Sections(hazards=HAZARDS[1], **COSTS)
    mixed = mix_policies(section.frontier(), 0.999)
    assert mixed.feasible
    assert mixed.share == 1
    assert mixed.first == mixed.second == section.best(0.999).policy
    assert (mixed.risk, mixed.lcc) == (section.best(0.999).risk, section.best(0.999).lcc)
