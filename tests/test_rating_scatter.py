"""Plans under ratings that scatter, against drawn ratings, and against the certain ratings that they tend to."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_decided import made_decided
from nagamochi import _core
from nagamochi.errors import InvalidInput
from nagamochi.network import RepairGroups
from nagamochi.planning import NEVER, PlanSpace, RatingScatter
from nagamochi.planning.slots import slots_of_plan
from oracle.choices import curves_of
from oracle.lcc import OracleCurve
from oracle.rating_scatter import OracleRatings, draw

SIMD = [simd for simd in (_core.Simd.baseline, _core.Simd.avx2, _core.Simd.avx512) if simd <= _core.widest_simd()]
DELAYED = PlanSpace(levels=(4.0, 2.5, 1.5, NEVER), first_years=(1, 2, 4), intervals=(3, 5), delays=(3, 1))
SPACES = {"study": PlanSpace.study(), "practice": PlanSpace.practice(), "delayed": DELAYED}
MATRIX = ((0.8, 0.2, 0, 0, 0), (0.1, 0.7, 0.2, 0, 0), (0, 0.2, 0.6, 0.2, 0), (0, 0, 0.3, 0.6, 0.1), (0, 0, 0, 0.3, 0.7))
SCATTERS = {
    "normal": RatingScatter(0.43),
    "biased": RatingScatter(0.3, bias=-0.4),
    "matrix": RatingScatter(matrix=MATRIX),
    "bias alone": RatingScatter(bias=0.35),
    "rated health": RatingScatter(0.43, bias=0.1, rated_health=True),
    "rated grades": RatingScatter(matrix=MATRIX, rated_health=True),
    "uncertain lives": RatingScatter(0.43, life_scatter=0.3),
    "both": RatingScatter(0.5, bias=-0.2, rated_health=True, life_scatter=0.2),
}
DRAWS = 4000


@dataclass(frozen=True, eq=False)
class Made:
    """Groups of curves of three bridges, some with access costs, decided works and removals; and for the oracle."""

    groups: RepairGroups
    curves: list[list[OracleCurve]]
    access_cost: list[float]
    removed: list[int | None]

    @classmethod
    def of(cls, seed: int, horizon: int, alone: bool = False) -> Made:
        """Of whole bridges, or each curve alone and without access costs."""
        decided = made_decided(seed, horizon)
        arrays, ids = decided.network.arrays, decided.network.bridge_ids.to_list()
        access_cost = np.random.default_rng(seed).integers(0, 3, len(ids)) * 4e5
        curves = curves_of(decided.network, decided.rows["works"])
        removed_in = {bridge: year for bridge, year, _ in decided.rows["retire"]}
        removed = [removed_in.get(bridge) for bridge in ids]
        bridges = arrays.curve_offsets
        if alone:
            offsets = np.arange(len(curves) + 1)
            of_curve = np.repeat(np.arange(len(ids)), np.diff(bridges)).tolist()
            groups = RepairGroups(offsets, bridges, arrays.core(offsets))
            return cls(groups, [[c] for c in curves], [0.0] * len(curves), [removed[b] for b in of_curve])
        groups = RepairGroups(bridges, np.arange(len(ids) + 1), replace(arrays, access_cost=access_cost).core(bridges))
        own = [curves[begin:end] for begin, end in pairwise(bridges.tolist())]
        return cls(groups, own, access_cost.tolist(), removed)


def by_year(slots: np.ndarray, space: PlanSpace, horizon: int) -> np.ndarray:
    """(groups, plans, horizon): a number of each slot in its year, nothing in the others."""
    years = np.empty((len(slots), space.n_plans, horizon))
    _core.yearly_costs(
        layout=space.core(horizon), inspection_cost=np.zeros(len(slots)), slots=slots, yearly=years, threads=1
    )
    return years


def certain_costs(groups: RepairGroups, layout: _core.PlanLayout) -> tuple[np.ndarray, np.ndarray]:
    slots = np.empty((len(groups.offsets) - 1, layout.group_slots))
    lowest_health = np.empty((len(slots), layout.plans))
    _core.evaluate_all_plans(
        network=groups.core, layout=layout, slots=slots, lowest_health=lowest_health, simd=SIMD[-1], threads=1
    )
    return slots, lowest_health


def near(found: float, drawn: float, variance: float, most: float) -> bool:
    """Whether a mean of draws is within 4 standard errors; it may miss, or have some of, what happens in 5 draws."""
    return abs(drawn - found) <= 4 * (variance / DRAWS) ** 0.5 + 5 / DRAWS * most


# Drawn ratings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SCATTERS, "rounds"])
@pytest.mark.parametrize("space", list(SPACES))
def test_expectation_variance_and_falls_are_those_of_drawn_ratings(space: str, name: str) -> None:
    plans, horizon, seed = SPACES[space], 30, len(name) * 10 + len(space)
    rng = np.random.default_rng(seed)
    made = Made.of(seed, horizon, alone=name == "rounds")  # errors of a round would make curves depend on each other
    scatter = SCATTERS.get(name, RatingScatter(0.2, 0.1, 0.35))
    ratings = OracleRatings(
        scatter.sigma,
        scatter.bias,
        scatter.round_scatter,
        scatter.matrix and np.array(MATRIX),
        scatter.rated_health,
        scatter.life_scatter,
    )
    groups, layout = made.groups, plans.core(horizon)
    minimum = rng.uniform(1.2, 3.5, groups.offsets[-1])
    earliest = np.full(len(made.curves), min(plans.first_years))
    curves = np.flatnonzero(rng.random(len(minimum)) < 0.7)
    costs = scatter.expected_costs(groups, layout, threads=1)
    expected, variance = (by_year(cost, plans, horizon) for cost in costs)
    weights, importance = np.exp(-0.03 * np.arange(1, horizon + 1)), rng.uniform(0.5, 2, len(made.curves))
    shortfall = scatter.shortfall(groups, layout, 2.5, importance, weights)
    used = scatter.used_value(groups, layout)
    falls = scatter.falls(groups, layout, curves, minimum[curves], earliest, threads=1)
    for plan in rng.choice(plans.n_plans, 3 if scatter.has_cases else 6, replace=False).tolist():
        for group, own in enumerate(made.curves):
            access_cost, removed = made.access_cost[group], made.removed[group]
            drawn = draw(own, ratings, plans.plan(plan), horizon, DRAWS, rng, access_cost=access_cost, removed=removed)
            most = access_cost + sum(max(curve.cost) for curve in own)
            years = zip(expected[group, plan], variance[group, plan], drawn.repair.T, strict=True)
            for mean, var, yen in years:
                assert near(mean, yen.mean(), var, most)
                square = (yen - yen.mean()) ** 2
                assert near(var, square.mean(), square.var(), most**2)
            end = np.array([curve.cost[4] for curve in own])
            stands = np.arange(1, horizon + 1) < (removed or horizon + 1)
            points = np.maximum(2.5 - drawn.health[:, :, 1:], 0) * stands
            yen = importance[group] * (points @ weights) @ end
            assert near(shortfall[group, plan], yen.mean(), yen.var(), importance[group] * weights.sum() * end.sum())
            yen = drawn.used @ end if removed is None else np.zeros(DRAWS)
            assert near(used[group, plan], yen.mean(), yen.var(), end.sum())
            for number, curve in enumerate(own):
                place = np.searchsorted(curves, groups.offsets[group] + number)
                if groups.offsets[group] + number not in curves:
                    continue
                begin = max(earliest[group], *curve.works, 0) + min(plans.delays)
                kept = drawn.health[:, number, begin:removed] >= minimum[curves[place]] - 1e-9
                found = falls[place, plan]
                assert 0 <= found <= 1
                assert near(found, 1 - kept.all(axis=1).mean(), found * (1 - found), 1)


# Certain ratings -----------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), horizon=st.integers(1, 60), space=st.sampled_from(list(SPACES)))
def test_without_scatter_costs_have_the_bits_of_certain_ratings(seed: int, horizon: int, space: str) -> None:
    groups, layout = Made.of(seed, horizon).groups, SPACES[space].core(horizon)
    certain, _ = certain_costs(groups, layout)
    for simd in SIMD:
        expected, variance = RatingScatter().expected_costs(groups, layout, threads=1, simd=simd)
        assert expected.tobytes() == certain.tobytes()
        assert not variance.any()


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), horizon=st.integers(1, 40), space=st.sampled_from(list(SPACES)))
def test_without_scatter_curves_fall_as_their_deficit_says(seed: int, horizon: int, space: str) -> None:
    groups, layout = Made.of(seed, horizon, alone=True).groups, SPACES[space].core(horizon)
    rng = np.random.default_rng(seed)
    minimum, earliest = rng.uniform(1, 4, len(groups.offsets) - 1), rng.integers(1, 3, len(groups.offsets) - 1)
    possible = np.array([plan.first_year for plan in SPACES[space].plans]) >= earliest[:, None]
    deficit = np.empty((len(minimum), layout.plans))
    _core.evaluate_health_deficit(
        network=groups.core, layout=layout, minimum_health=minimum, earliest=earliest, health_deficit=deficit, threads=1
    )
    for simd in SIMD:
        falls = RatingScatter().falls(groups, layout, np.arange(len(minimum)), minimum, earliest, threads=1, simd=simd)
        np.testing.assert_array_equal(falls[possible], (deficit > 0)[possible])


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), horizon=st.integers(1, 40), space=st.sampled_from(list(SPACES)))
def test_without_scatter_shortfall_and_used_value_are_those_of_certain_ratings(seed, horizon, space) -> None:
    groups, layout = Made.of(seed, horizon).groups, SPACES[space].core(horizon)
    weights, importance = np.exp(-0.04 * np.arange(1, horizon + 1)), np.linspace(0.5, 2, len(groups.offsets) - 1)
    cost, used = np.empty((2, len(importance), layout.plans))
    _core.evaluate_shortfall(
        network=groups.core, layout=layout, threshold=2.2, importance=importance, weights=weights, cost=cost, threads=1
    )
    _core.evaluate_used_value(network=groups.core, layout=layout, used=used, threads=1)
    np.testing.assert_allclose(
        RatingScatter().shortfall(groups, layout, 2.2, importance, weights), cost, rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(RatingScatter().used_value(groups, layout), used, rtol=1e-9, atol=1e-6)


def test_small_scatter_tends_to_certain_ratings() -> None:
    made, layout = Made.of(3, 50), SPACES["study"].core(50)
    certain, _ = certain_costs(made.groups, layout)
    errors = [
        np.abs(RatingScatter(sigma).expected_costs(made.groups, layout, threads=1)[0] - certain).sum() / certain.sum()
        for sigma in (0.3, 0.1, 0.01, 1e-4, 1e-12)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.1
    assert errors[-1] < 1e-12


def test_a_biased_rating_of_year_0_without_scatter_is_a_health_that_is_as_much_lower() -> None:
    made, layout = made_decided(5, 40), SPACES["study"].core(40)
    arrays = made.network.arrays
    offsets = arrays.curve_offsets
    lower = replace(arrays, health=np.clip(arrays.health - 0.3, 1, 5))
    rated, known = (
        scatter.expected_costs(RepairGroups(offsets, offsets, own.core(offsets)), layout, threads=1)
        for scatter, own in ((RatingScatter(bias=0.3, rated_health=True), arrays), (RatingScatter(bias=0.3), lower))
    )
    np.testing.assert_array_equal(rated[0], known[0])
    assert not rated[1].any()


def test_little_uncertainty_of_lives_and_ratings_changes_little() -> None:
    made, layout = Made.of(3, 50), SPACES["study"].core(50)
    known = RatingScatter(0.2).expected_costs(made.groups, layout, threads=1)[0]
    found = RatingScatter(0.2, life_scatter=1e-6).expected_costs(made.groups, layout, threads=1)[0]
    np.testing.assert_allclose(found, known, atol=1e-3 * known.max())
    certain = RatingScatter(1e-9).expected_costs(made.groups, layout, threads=1)[0]
    rated = RatingScatter(1e-9, rated_health=True).expected_costs(made.groups, layout, threads=1)[0]
    new = known.max() * 1e-6
    assert np.abs(rated.sum() / certain.sum() - 1) < 0.05
    assert (np.abs(rated - certain) > new).mean() < 0.2


def test_a_matrix_without_errors_finds_curves_by_their_nearest_grade() -> None:
    made, layout = Made.of(4, 40), PlanSpace(levels=(3.0,), first_years=(1, 2), intervals=(4, 5)).core(40)
    half_higher = PlanSpace(levels=(3.5,), first_years=(1, 2), intervals=(4, 5)).core(40)
    identity = RatingScatter(matrix=np.eye(5).tolist())
    expected, variance = identity.expected_costs(made.groups, layout, threads=1)
    certain, _ = certain_costs(made.groups, half_higher)
    np.testing.assert_allclose(expected, certain, rtol=1e-12)
    assert not variance.any()


# Probabilities -------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    horizon=st.integers(1, 50),
    space=st.sampled_from(list(SPACES)),
    sigma=st.sampled_from([0.05, 0.43, 1.5]),
)
def test_where_every_repair_costs_one_yen_the_expectation_counts_repairs(seed, horizon, space, sigma) -> None:
    """A curve that is repaired or not in a slot has the variance p (1 - p) there, whatever the plan."""
    made, layout = Made.of(seed, horizon, alone=True), SPACES[space].core(horizon)
    arrays = made_decided(seed, horizon).network.arrays
    core = replace(arrays, repair_cost=np.ones_like(arrays.repair_cost)).core(made.groups.offsets)
    groups = RepairGroups(made.groups.offsets, made.groups.bridge_offsets, core)
    repaired, variance = RatingScatter(sigma).expected_costs(groups, layout, threads=1)
    assert ((repaired >= 0) & (repaired <= 1 + 1e-12)).all()
    np.testing.assert_allclose(variance, repaired * (1 - repaired), atol=1e-12)
    minimum, curves, earliest = np.ones(len(made.curves)), np.arange(len(made.curves)), np.ones(len(made.curves), int)
    falls = RatingScatter(sigma).falls(groups, layout, curves, minimum, earliest, threads=1)
    assert not falls.any()  # health is never lower than 1
    always = RatingScatter(sigma).falls(groups, layout, curves, 5.1 * minimum, earliest, threads=1)
    begins = np.array([max(1, *curve.works, 0) + min(SPACES[space].delays) for (curve,) in made.curves])
    ends = np.array([horizon if year is None else year - 1 for year in made.removed])
    np.testing.assert_allclose(always, np.broadcast_to((begins <= ends)[:, None], always.shape), atol=1e-12)


def test_a_bridge_with_a_bias_that_hides_everything_is_never_repaired() -> None:
    made, layout = Made.of(6, 50), SPACES["practice"].core(50)
    expected, _ = RatingScatter(bias=4.0).expected_costs(made.groups, layout, threads=1)
    assert not expected.any()


# Bits ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space", list(SPACES))
@pytest.mark.parametrize("name", list(SCATTERS))
def test_same_bits_for_threads_and_instruction_sets(space: str, name: str) -> None:
    made, layout, scatter = Made.of(7, 45), SPACES[space].core(45), SCATTERS[name]
    curves = np.arange(made.groups.offsets[-1])
    minimum, earliest = np.linspace(1.1, 4, len(curves)), np.ones(len(made.curves), int)
    importance, weights = np.linspace(0.5, 2, len(made.curves)), np.exp(-0.03 * np.arange(1, 46))
    found = {
        b"".join(
            array.tobytes()
            for array in (
                *scatter.expected_costs(made.groups, layout, threads, simd),
                scatter.falls(made.groups, layout, curves, minimum, earliest, threads, simd),
                scatter.shortfall(made.groups, layout, 2.5, importance, weights, simd),
                scatter.used_value(made.groups, layout, simd),
            )
        )
        for threads in (1, 2, 7)
        for simd in SIMD
    }
    assert len(found) == 1


@pytest.mark.parametrize("space", list(SPACES))
@pytest.mark.parametrize("name", list(SCATTERS))
def test_costs_of_chosen_plans_have_the_bits_of_those_of_all_plans(space: str, name: str) -> None:
    made, plans, scatter = Made.of(8, 45), SPACES[space], SCATTERS[name]
    layout, n_groups = plans.core(45), len(made.curves)
    every = scatter.expected_costs(made.groups, layout, threads=1)
    for chosen in np.random.default_rng(8).integers(0, plans.n_plans, (20, n_groups)):
        for threads in (1, 3):
            of_plans = scatter.costs_of_plans(made.groups, layout, chosen, threads)
            for found, known in zip(of_plans, every, strict=True):
                for group, plan in enumerate(chosen.tolist()):
                    slots, years = slots_of_plan(plans, 45, plan)
                    assert found[group, : len(years)].tobytes() == known[group, slots].tobytes()
                    assert not found[group, len(years) :].any()


# Wrong input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sigma": -0.1}, "sigma: must be a finite number, at least 0, at most 4; got -0.1"),
        ({"sigma": float("nan")}, "sigma: must be a finite number, at least 0, at most 4; got nan"),
        ({"bias": 5}, "bias: must be a finite number, at least -4, at most 4; got 5"),
        ({"round_scatter": -1}, "round_scatter: must be a finite number, at least 0, at most 4; got -1"),
        ({"sigma": 0.1, "matrix": MATRIX}, "sigma: must be 0 where a matrix is given; got 0.1"),
        ({"rated_health": 1}, "rated_health: must be a bool; got 1"),
        ({"life_scatter": -0.1}, "life_scatter: must be a finite number, at least 0, at most 1; got -0.1"),
        ({"life_scatter": 1.1}, "life_scatter: must be a finite number, at least 0, at most 1; got 1.1"),
        (
            {"matrix": ((0, 1, 0, 0, 0), *MATRIX[2:], MATRIX[4]), "rated_health": True},
            "matrix, column of rated grade 5: must have a probability above 0 where rated_health is true; got [0.0, ",
        ),
        ({"matrix": MATRIX[:4]}, "matrix: must have 5 rows of 5 probabilities, for the grades 5, 4, 3, 2, 1; got "),
        ({"matrix": (*MATRIX[:4], (1.0,))}, "matrix, row of true grade 1: must have 5 rows of 5 probabilities"),
        (
            {"matrix": ((0.8, 0.1, 0, 0, 0), *MATRIX[1:])},
            "matrix, row of true grade 5: must sum to 1; got 0.9",
        ),
        (
            {"matrix": (MATRIX[0], (1.2, -0.2, 0, 0, 0), *MATRIX[2:])},
            "matrix, row of true grade 4: must be a finite number, at least 0, at most 1; got 1.2",
        ),
        (
            {"matrix": (MATRIX[0], (0.6, 0.5, -0.1, 0, 0), *MATRIX[2:])},
            "matrix, row of true grade 4: must be a finite number, at least 0, at most 1; got -0.1",
        ),
    ],
)
def test_wrong_input_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        RatingScatter(**arguments)
    assert message in str(raised.value)


def test_scatter_can_be_compared_and_pickled() -> None:
    scatter = RatingScatter(matrix=[list(row) for row in MATRIX])
    assert scatter == RatingScatter(matrix=MATRIX)
    assert pickle.loads(pickle.dumps(scatter)) == scatter
    assert len({scatter, RatingScatter(0.43), RatingScatter(0.43)}) == 2
    assert RatingScatter(**scatter.record) == scatter
