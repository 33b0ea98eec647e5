"""The compiled core refuses arrays that it would read or write outside of, also where Python has checked before."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nagamochi import _core

HORIZON = 12
GROUPS = 3
CURVES = 4
PLANS = 2 * 2 * 2
RATINGS = 4

LAYOUT = _core.PlanLayout(levels=[4.0, 3.0], first_years=[1, 2], intervals=[3, 5], horizon=HORIZON)
POLICIES = _core.PolicySpace(
    intervals=[1.0, 2.0], spacings=[0.5, 0.5], period=0.5, ratings=RATINGS, repairs_on_watch=[4]
)
SIMD = _core.widest_simd()


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


NETWORK = {
    "group_offsets": numbers(0, 1, 2, 4),
    "health": np.full(CURVES, 4.0),
    "service_life": np.full(CURVES, 20.0),
    "shape": np.full(CURVES, 2.0),
    "table": numbers(-1, -1, -1, 0),
    "repair_cost": np.ones((CURVES, 5)),
    "restored_health": np.full(CURVES, 5.0),
    "table_offsets": numbers(0, 2),
    "table_age_ratio": np.array([0.0, 1.0]),
    "table_health": np.array([5.0, 1.0]),
    "work_offsets": numbers(0, 1, 1, 1, 3),
    "work_years": numbers(2, 3, 5),
    "last_year": numbers(4, 99, 99),
    "access_cost": np.ones(GROUPS),
}
OBJECTIVE = {
    "bridge_groups": numbers(0, 1, 3),
    "inspection_cost": np.ones(2),
    "weights": np.ones(HORIZON),
    "budget": np.ones(HORIZON),
    "health_deficit": zeros(GROUPS, PLANS),
    "off_schedule": zeros(GROUPS, PLANS),
    "closed_works": zeros(GROUPS, PLANS),
    "additions": zeros(GROUPS, PLANS),
    "decided": np.ones(HORIZON),
    "last_year": numbers(4, 99),
}
PANEL = {
    "before": numbers(1, 2),
    "after": numbers(2, 2),
    "years": np.ones(2),
    "covariates": np.ones((2, 1)),
    "first_parameter": numbers(0, 1, 2, 3),
    "covariate_of": numbers(0, 0, 0),
}
PROBLEM = {
    "layout": LAYOUT,
    "common_interval": True,
    "bridge_groups": numbers(0, 1, 3),
    "class_of_bridge": numbers(0, 0),
    "inspection_cost": np.ones(2),
    "slots": zeros(GROUPS, LAYOUT.group_slots),
    "weights": np.ones(HORIZON),
    "allowed": np.ones((GROUPS, PLANS), np.uint8),
    "additions": zeros(GROUPS, PLANS),
    "counts": zeros(1, GROUPS, PLANS),
    "members": np.ones((1, 1), np.uint8),
    "coefficients": np.ones((1, HORIZON + 1), np.int64),
    "bounds": numbers(10),
    "last_year": numbers(4),
}
ONE_GROUP_EACH = PROBLEM | {
    "bridge_groups": numbers(0, 1, 2, 3),
    "class_of_bridge": numbers(0, 0, 0),
    "inspection_cost": np.ones(GROUPS),
    "slots": None,
    "counts": zeros(0, GROUPS, PLANS),
    "coefficients": np.ones((1, HORIZON), np.int64),
}
CHAINS = {"space": POLICIES, "hazards": np.full((2, RATINGS - 1), 0.2), "base": zeros(0, 0, 0, 0)}
MOVES = {"states": 3, "departure": numbers(0, 1), "arrival": numbers(1, 2), "hazards": np.ones(2), "years": np.ones(2)}


def network() -> _core.Network:
    return _core.Network(**NETWORK)


def costs() -> _core.PolicyCosts:
    return _core.PolicyCosts(repair=np.ones(RATINGS), inspection=1.0, additional=1.0, discount_rate=0.04)


def kernels() -> dict[str, tuple[Callable[..., object], dict[str, Any]]]:
    """Every kernel that takes arrays, with a call that is right."""
    n_policies = len(POLICIES.policies)
    of_plans = {"plans": numbers(0, 1, 7)}
    judged = {"network": network(), "objective": _core.Objective(**OBJECTIVE), "layout": LAYOUT}
    problem = _core.RelaxationProblem(**PROBLEM)
    panel = _core.Panel(**PANEL)
    base = np.tile(np.eye(RATINGS), (2, len(POLICIES.base_times), 1, 1))
    memo = _core.PlanMemo(LAYOUT)
    all_slots = zeros(GROUPS, LAYOUT.group_slots)
    pair_slots = zeros(3, LAYOUT.most_slots)
    calls: dict[Callable[..., object], dict[str, Any]] = {
        _core.Network: NETWORK,
        _core.Objective: OBJECTIVE,
        _core.Panel: PANEL,
        _core.RelaxationProblem: PROBLEM,
        _core.evaluate_all_plans: {
            "network": network(),
            "layout": LAYOUT,
            "slots": all_slots,
            "lowest_health": zeros(GROUPS, PLANS),
            "simd": SIMD,
            "threads": 1,
        },
        _core.evaluate_plans: {
            "network": network(),
            "layout": LAYOUT,
            "groups": numbers(0, 1, 2),
            **of_plans,
            "slots": pair_slots,
            "lowest_health": zeros(3),
            "threads": 1,
        },
        _core.evaluate_life_cycle_costs: {
            "network": network(),
            "layout": LAYOUT,
            "weights": np.ones(HORIZON),
            "inspection_cost": np.ones(GROUPS),
            "groups": numbers(0, 1, 2),
            **of_plans,
            "lcc": zeros(3),
            "lowest_health": zeros(3),
            "threads": 1,
        },
        _core.evaluate_health_deficit: {
            "network": network(),
            "layout": LAYOUT,
            "minimum_health": np.full(CURVES, 2.0),
            "earliest": numbers(1, 2, 1),
            "health_deficit": zeros(GROUPS, PLANS),
            "threads": 1,
        },
        _core.evaluate_used_value: {"network": network(), "layout": LAYOUT, "used": zeros(GROUPS, PLANS), "threads": 1},
        _core.evaluate_shortfall: {
            "network": network(),
            "layout": LAYOUT,
            "threshold": 2.0,
            "importance": np.ones(GROUPS),
            "weights": np.ones(HORIZON),
            "cost": zeros(GROUPS, PLANS),
            "threads": 1,
        },
        _core.list_waiting: {"network": network(), "layout": LAYOUT, "threshold": 2.0, **of_plans},
        _core.sum_backlog: {
            "network": network(),
            "layout": LAYOUT,
            "threshold": 2.0,
            "importance": np.ones(GROUPS),
            **of_plans,
            "threads": 1,
        },
        _core.count_closed_repairs: {
            "network": network(),
            "layout": LAYOUT,
            "groups": numbers(0, 2),
            "closed": np.ones((2, HORIZON), np.uint8),
            "repairs": zeros(2, PLANS),
            "threads": 1,
        },
        _core.life_cycle_costs: {
            "layout": LAYOUT,
            "weights": np.ones(HORIZON),
            "inspection_cost": np.ones(GROUPS),
            "last_year": numbers(4, 99, 99),
            "slots": all_slots,
            "lcc": zeros(GROUPS, PLANS),
            "threads": 1,
        },
        _core.yearly_costs: {
            "layout": LAYOUT,
            "inspection_cost": np.ones(GROUPS),
            "last_year": numbers(4, 99, 99),
            "slots": all_slots,
            "yearly": zeros(GROUPS, PLANS, HORIZON),
            "threads": 1,
        },
        _core.repair_programme: {"network": network(), "layout": LAYOUT, **of_plans},
        _core.count_conditions: {"network": network(), "layout": LAYOUT, **of_plans, "threads": 1},
        _core.evaluate_outcome: {**judged, "plans": numbers(0, 1, 1), "threads": 1},
        _core.run_genetic: {
            **judged,
            "parameters": _core.GeneticParameters(population=4, generations=2),
            "start": np.array([[0, 1, 1]]),
            "threads": 1,
        },
        memo.insert: {"groups": numbers(0, 1), "plans": numbers(0, 1), "records": zeros(2, LAYOUT.most_slots + 1)},
        _core.lower_bound: {"problem": problem, "interval": 0, "prices": zeros(1), "with_costs": True, "threads": 1},
        _core.answer_questions: {
            "network": network(),
            "problem": _core.RelaxationProblem(**ONE_GROUP_EACH),
            "unit": 1.0,
            "intervals": numbers(0, -1),
            "prices": zeros(2, 1),
            "with_costs": [True, True],
            "ratios": [None, 1.1],
            "simd": SIMD,
            "threads": 1,
        },
        _core.smallest_flat_budget: {
            "problem": problem,
            "times": numbers(1),
            "decided": numbers(1),
            "settings": _core.RelaxationSettings(),
            "threads": 1,
        },
        _core.transition_matrices: {
            "hazards": np.full((2, 3), 0.2),
            "years": np.ones(2),
            "matrices": zeros(2, 2, 4, 4),
            "threads": 1,
        },
        _core.transition_derivatives: {
            "hazards": np.full(3, 0.2),
            "years": 1.0,
            "matrix": zeros(4, 4),
            "derivatives": zeros(3, 4, 4),
        },
        _core.log_likelihood: {
            "panel": panel,
            "weight": np.ones(2),
            "parameters": zeros(3),
            "gradient": zeros(3),
            "hessian": zeros(3, 3),
            "threads": 1,
        },
        _core.log_probabilities: {"panel": panel, "parameters": zeros(3), "values": zeros(2), "threads": 1},
        _core.competing_transitions: {**MOVES, "matrices": zeros(2, 3, 3), "threads": 1},
        _core.competing_log_likelihood: {**MOVES, "counts": zeros(2, 3, 3), "gradient": zeros(2), "threads": 1},
        _core.evaluate_all_policies: {
            **CHAINS,
            "costs": costs(),
            "risk": zeros(2, n_policies),
            "lcc": zeros(2, n_policies),
            "simd": SIMD,
            "threads": 1,
        },
        _core.choose_policies: {
            **CHAINS,
            "costs": costs(),
            "risk_limits": np.array([0.1]),
            "best": np.zeros((2, 1), np.int64),
            "risk": zeros(2, 1),
            "lcc": zeros(2, 1),
            "simd": SIMD,
            "threads": 1,
        },
        _core.find_frontiers: {
            **CHAINS,
            "costs": costs(),
            "sizes": numbers(0, 0),
            "policy": np.zeros((2, n_policies), np.int64),
            "risk": zeros(2, n_policies),
            "lcc": zeros(2, n_policies),
            "simd": SIMD,
            "threads": 1,
        },
        _core.compose_transitions: {"space": POLICIES, "base": base[0]},
        _core.evaluate_policies: {
            "space": POLICIES,
            "base": base,
            "costs": costs(),
            "chains": numbers(0, 1),
            "policies": np.ascontiguousarray(POLICIES.policies[:2]),
            "threads": 1,
        },
        _core.find_nearest: {
            "vectors": np.ones((3, 8), np.float32),
            "squares": zeros(3),
            "queries": np.ones((2, 8), np.float32),
            "admitted": None,
            "distances": zeros(2, 1),
            "rows": np.zeros((2, 1), np.int64),
            "simd": SIMD,
            "threads": 1,
        },
        _core.squared_lengths: {"vectors": np.ones((3, 8), np.float32), "squares": zeros(3), "threads": 1},
    }
    return {kernel.__name__: (kernel, call) for kernel, call in calls.items()}


KERNELS = kernels()


def unaligned(array: np.ndarray) -> np.ndarray:
    memory = np.zeros(array.nbytes + 1, np.uint8)
    copy = memory[1:].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


HARM = {"too short": lambda array: np.ascontiguousarray(array[:-1]), "another axis": lambda array: array[None]}
HARM["unaligned"] = unaligned

# Fewer of these are a smaller call that is right.
MAY_BE_SHORTER = {("Network", "group_offsets"), ("Panel", "first_parameter"), ("run_genetic", "start")}

WRONG = [
    pytest.param(kernel, argument, harm, id=f"{kernel}, {argument}, {harm}")
    for kernel, (_, call) in KERNELS.items()
    for argument, value in call.items()
    for harm in HARM
    if not (harm == "too short" and (kernel, argument) in MAY_BE_SHORTER)
    if isinstance(value, np.ndarray) and value.size > 0 and not (harm == "unaligned" and value.itemsize == 1)
]


@pytest.mark.parametrize("kernel", KERNELS)
def test_right_arrays_are_taken(kernel):
    function, call = KERNELS[kernel]
    function(**call)


@pytest.mark.parametrize(("kernel", "argument", "harm"), WRONG)
def test_wrong_arrays_are_refused(kernel, argument, harm):
    function, call = KERNELS[kernel]
    with pytest.raises((ValueError, TypeError)):
        function(**{**call, argument: HARM[harm](call[argument])})


def test_every_kernel_with_arrays_is_tried():
    with_arrays = {
        name
        for name, member in inspect.getmembers(_core)
        if callable(member) and not isinstance(member, type) and "numpy.ndarray" in (member.__doc__ or "")
    }
    assert with_arrays - KERNELS.keys() <= {"count_equal_rows", "round_amounts"}  # of columns, and of any array


@pytest.mark.parametrize(
    ("kernel", "argument", "index"),
    [
        ("evaluate_plans", "groups", GROUPS),
        ("evaluate_plans", "plans", PLANS),
        ("repair_programme", "plans", -1),
        ("evaluate_outcome", "plans", PLANS),
        ("Network", "table", 1),
        ("Network", "group_offsets", CURVES + 1),
        ("Network", "work_offsets", 4),
        ("Network", "work_years", 0),
        ("Network", "last_year", -1),
        ("count_closed_repairs", "groups", GROUPS),
        ("Panel", "covariate_of", 1),
        ("evaluate_policies", "chains", 2),
        ("answer_questions", "intervals", 2),
    ],
)
def test_numbers_of_nothing_are_refused(kernel, argument, index):
    function, call = KERNELS[kernel]
    wrong = call[argument].copy()
    wrong[-1] = index
    with pytest.raises(ValueError, match=f"{argument} must"):
        function(**{**call, argument: wrong})


def test_a_curve_table_of_one_point_is_refused():
    one = NETWORK | {"table_offsets": numbers(0, 1), "table_age_ratio": np.zeros(1), "table_health": np.ones(1)}
    with pytest.raises(ValueError, match="table_offsets must give each table two points"):
        _core.Network(**one)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (
            {"counts": zeros(1, GROUPS, PLANS), "coefficients": np.ones((1, HORIZON + 1), np.int64)},
            "counts must be empty",
        ),
        ({"bridge_groups": numbers(0, 3), "class_of_bridge": numbers(0), "inspection_cost": np.ones(1)}, "one repair"),
        ({"last_year": numbers(-1)}, "last_year must"),
    ],
)
def test_questions_about_another_kind_of_problem_are_refused(changes, rule):
    function, call = KERNELS["answer_questions"]
    with pytest.raises(ValueError, match=rule):
        function(**call | {"problem": _core.RelaxationProblem(**ONE_GROUP_EACH | changes)})


def test_a_problem_without_plans_is_refused_where_they_are_needed():
    problem = _core.RelaxationProblem(**PROBLEM | {"slots": None})
    with pytest.raises(ValueError, match="slots must be given"):
        _core.lower_bound(problem=problem, interval=0, prices=zeros(1), with_costs=True, threads=1)
