"""One rhythm for a route, and policies mixed by lot."""

import re
from itertools import product

import numpy as np
import pytest

from nagamochi import policy
from nagamochi.errors import InvalidInput
from nagamochi.policy import InspectionModel, Policy, PolicySpace, sections

COSTS = {
    "repair_cost": [90.0, 90.0, 100.0, 120.0],
    "inspection_cost": 1.0,
    "additional_inspection_cost": 0.5,
    "discount_rate": 0.04,
}
SPACE = PolicySpace(intervals=(1, 2, 4))
HAZARDS = np.array([[0.2, 0.3, 0.4], [0.5, 0.9, 0.3], [0.1, 0.1, 0.9]])


def section_results() -> list[list[policy.PolicyResult]]:
    return [InspectionModel(hazards=hazards, **COSTS).evaluate_all(SPACE) for hazards in HAZARDS]


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_against_every_combination_there_is(limit: float, limit_on: str, thresholds: str) -> None:
    route = policy.common_policy(
        HAZARDS, risk_limit=limit, limit_on=limit_on, thresholds=thresholds, space=SPACE, **COSTS
    )
    models = section_results()
    least = np.inf
    for interval in SPACE.intervals:
        own = [[result for result in results if result.policy.interval == interval] for results in models]
        for choice in zip(*own, strict=True) if thresholds == "common" else product(*own):
            risks = [result.risk for result in choice]
            if (np.mean(risks) if limit_on == "mean" else max(risks)) <= limit:
                least = min(least, sum(result.lcc for result in choice))
    assert (route.risk.mean() if limit_on == "mean" else route.risk.max()) <= limit
    assert route.lower_bound <= least * (1 + 1e-12)
    if limit_on == "every" or thresholds == "common":
        assert route.lcc.sum() == pytest.approx(least, rel=1e-12)
    else:
        assert least * (1 - 1e-12) <= route.lcc.sum() <= least * 1.1  # three sections leave a gap of one corner
    for n, results in enumerate(models):
        chosen = Policy(
            route.interval,
            int(route.repair_at[n]),
            int(route.watch_from[n]) or None,
            int(route.repair_on_watch_at[n]) or None,
        )
        match = next(result for result in results if result.policy == chosen)
        assert (route.risk[n], route.lcc[n]) == pytest.approx((match.risk, match.lcc), rel=1e-12)


def test_many_sections_close_the_gap_of_the_mean() -> None:
    hazards = np.random.default_rng(2).uniform(0.1, 0.9, (2000, 3))
    route = policy.common_policy(hazards, risk_limit=0.1, **COSTS)
    assert route.lower_bound <= route.lcc.sum() <= route.lower_bound * 1.001


@pytest.mark.parametrize("seed", range(20))
def test_a_limit_that_the_best_policies_reach_exactly_is_kept_by_them(seed: int) -> None:
    hazards = np.random.default_rng(seed).uniform(0.1, 0.9, (10 + seed, 3))
    route = policy.common_policy(hazards, risk_limit=0.1, **COSTS)
    again = policy.common_policy(hazards, risk_limit=float(route.risk.mean()), **COSTS)
    assert again.to_frame().equals(route.to_frame())
    assert again.lower_bound == pytest.approx(again.lcc.sum(), rel=1e-12)


@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_a_limit_that_a_route_cannot_keep_and_what_it_could(limit_on: str, thresholds: str) -> None:
    arguments = {"limit_on": limit_on, "thresholds": thresholds, "space": SPACE, **COSTS}
    with pytest.raises(InvalidInput) as error:
        policy.common_policy(HAZARDS, risk_limit=1e-4, **arguments)
    of = "mean of the sections" if limit_on == "mean" else "worst section"
    said = re.fullmatch(
        rf"risk_limit: must be at least ([\d.e-]+), the least risk of the {of}, for ([\d,]+) yen; got 0.0001",
        str(error.value),
    )
    assert said is not None
    least, cost = (float(number.replace(",", "")) for number in said.groups())
    route = policy.common_policy(HAZARDS, risk_limit=1.01 * least, **arguments)
    assert (route.risk.mean() if limit_on == "mean" else route.risk.max()) == pytest.approx(least, rel=5e-3)
    assert route.lcc.sum() <= cost + 1
    with pytest.raises(InvalidInput, match="must be at least"):
        policy.common_policy(HAZARDS, risk_limit=0.99 * least, **arguments)


@pytest.mark.parametrize("limit_on", ["mean", "every"])
@pytest.mark.parametrize("thresholds", ["own", "common"])
def test_same_bits_for_every_thread_count_and_what_does_not_depend_on_blocks(
    limit_on: str, thresholds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hazards = np.random.default_rng(2).uniform(0.1, 0.9, (1000, 3))
    arguments = {"risk_limit": 0.3, "limit_on": limit_on, "thresholds": thresholds, **COSTS}
    one = policy.common_policy(hazards, threads=1, **arguments)
    for threads in (2, 7):
        other = policy.common_policy(hazards, threads=threads, **arguments)
        assert one.to_frame().equals(other.to_frame())
        assert one.lower_bound == other.lower_bound
    monkeypatch.setattr(sections, "NUMBERS_PER_BLOCK", 900)
    assert one.to_frame().equals(policy.common_policy(hazards, **arguments).to_frame())


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.6])
def test_no_mixture_of_two_policies_is_cheaper(limit: float) -> None:
    model = InspectionModel(hazards=HAZARDS[1], **COSTS)
    mixed = policy.mix_policies(model.frontier(SPACE), limit)
    assert mixed.risk <= limit + 1e-15
    least = np.inf
    results = model.evaluate_all(SPACE)
    for a, b in product(results, results):
        if a.risk <= limit < b.risk:
            share = (b.risk - limit) / (b.risk - a.risk)
            least = min(least, share * a.lcc + (1 - share) * b.lcc)
    least = min([least, *(result.lcc for result in results if result.risk <= limit)])
    assert mixed.lcc == pytest.approx(least, rel=1e-12)
