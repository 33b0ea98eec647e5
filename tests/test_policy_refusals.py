"""Every wrong argument of a policy is refused to the word."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nagamochi import policy
from nagamochi.errors import InvalidInput
from nagamochi.policy import InspectionModel, Policy, PolicySpace

YEARLY = [[0.6, 0.3, 0.1], [0.0, 0.7, 0.3], [0.0, 0.0, 1.0]]
ABOVE_0 = "must be a finite number above 0, 1e-300 at least"
COSTS = {"repair_cost": 100, "inspection_cost": 1, "discount_rate": 0.04}


def model(**changes: Any) -> InspectionModel:
    arguments = {"hazards": [0.5, 0.5]} | COSTS | changes
    return InspectionModel(**arguments)


def changed(row: int, column: int, value: float) -> list[list[float]]:
    matrix = [list(values) for values in YEARLY]
    matrix[row][column] = value
    return matrix


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hazards": None}, "hazards: must be given, or else matrix, not both; got None"),
        ({"matrix": YEARLY}, "hazards: must be given, or else matrix, not both; got [0.5, 0.5]"),
        ({"hazards": [0.5, -0.1]}, f"hazards[1]: {ABOVE_0}; got -0.1"),
        ({"hazards": []}, "hazards: must not be empty but have the shape (J - 1,); got (0,)"),
        ({"hazards": [0.5, 1e-320]}, f"hazards[1]: {ABOVE_0}; got 1e-320"),
        ({"half_steps": True}, "half_steps: must not be given without a matrix; got True"),
        ({"matrix_years": 2}, "matrix_years: must not be given without a matrix; got 2"),
        ({"hazards": None, "matrix": YEARLY, "half_steps": 1}, "half_steps: must be a bool; got 1"),
        ({"repair_cost": "abc"}, "repair_cost: must be one number or 3, one for each rating; got 'abc'"),
        ({"hazards": [[0.5]]}, "hazards: must have the shape (J - 1,); got (1, 1)"),
        ({"hazards": "abc"}, "hazards: must be numbers of shape (J - 1,); got 'abc'"),
        ({"hazards": [0.1] * 30}, "hazards: must be those of 2 to 30 ratings, one less; got 30"),
        ({"hazards": None, "matrix": changed(0, 0, 0.5)}, "matrix[0]: must sum to 1 within 1e-09; got 0.9"),
        (
            {"hazards": None, "matrix": changed(1, 0, 0.1)},
            "matrix[1, 0]: must be 0, as ratings do not improve without repair; got 0.1",
        ),
        ({"hazards": None, "matrix": changed(2, 2, 0.8)}, "matrix[2]: must sum to 1 within 1e-09; got 0.8"),
        (
            {"hazards": None, "matrix": changed(0, 1, -0.3)},
            "matrix[0, 1]: must be a finite number, at least 0; got -0.3",
        ),
        (
            {"hazards": None, "matrix": [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]},
            "matrix[1]: must have a chance of staying below 1, as only the worst rating lasts; got 1.0",
        ),
        ({"hazards": None, "matrix": [[1, 0]]}, "matrix: must be square, of 2 to 30 ratings; got (1, 2)"),
        ({"hazards": None, "matrix": YEARLY, "matrix_years": 0}, "matrix_years: must be above 0; got 0.0"),
        (
            {"hazards": None, "matrix": [[0.6, 0.0, 0.4], [0, 0.1, 0.9], [0, 0, 1]], "half_steps": True},
            None,
        ),
        (
            {"repair_cost": [1, 3, 2]},
            "repair_cost[2]: must not be below the cost of the better rating before it, 3; got 2.0",
        ),
        ({"repair_cost": [1, 2]}, "repair_cost: must be one number or 3, one for each rating; got (2,)"),
        ({"repair_cost": -1}, "repair_cost[0]: must be a finite number, at least 0; got -1.0"),
        ({"inspection_cost": -1}, "inspection_cost: must be a finite number, at least 0; got -1"),
        ({"additional_inspection_cost": -1}, "additional_inspection_cost: must be a finite number, at least 0; got -1"),
        (
            {"discount_rate": 0},
            "discount_rate: must be above 0, or costs without end have no present value; got 0.0",
        ),
        (
            {"discount_rate": -0.04},
            "discount_rate: must be above 0, or costs without end have no present value; got -0.04",
        ),
    ],
)
def test_a_model_that_cannot_be(changes: dict[str, Any], message: str | None) -> None:
    if message is None:
        assert model(**changes).ratings == 3
        return
    with pytest.raises(InvalidInput) as error:
        model(**changes)
    assert str(error.value) == message


def test_a_matrix_without_a_root_has_no_half_years() -> None:
    skipping = [[0.25, 0.75, 0.0], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0]]
    with pytest.raises(
        InvalidInput,
        match=r"half_steps: must not be asked for, as all entries of .* would have to be chances; got -0.25",
    ):
        model(hazards=None, matrix=skipping, half_steps=True)


@pytest.mark.parametrize("limit", [0, 1, -0.1, 1.5])
def test_a_risk_limit_is_between_0_and_1(limit: float) -> None:
    with pytest.raises(InvalidInput, match=r"^risk_limit: must be above 0 and below 1; got"):
        model().best(limit)


def test_no_policy_keeps_to_the_limit() -> None:
    with pytest.raises(InvalidInput) as error:
        model().best(1e-4)
    results = model().evaluate_all()
    least = min(results, key=lambda result: result.risk)
    assert str(error.value) == (
        f"risk_limit: must be at least {least.risk:.3g}, the least risk of these policies, for {least.lcc:,.0f} yen; "
        "got 0.0001"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2), "interval: must be a whole number, at least 1; got 0"),
        ((1, 1), "repair_at: must be a whole number, at least 2; got 1"),
        ((1, 3, 3), "watch_from: must be a whole number from 2 to 2; got 3"),
        ((1, 3, None, 3), "repair_on_watch_at: must not be given without watch_from; got 3"),
        ((1, 3, 2, None, 1.0), "spacing: must be below the interval, 1; got 1.0"),
        ((1, 3, 2, None, 0), "spacing: must be a finite number, at least 0.00273973; got 0"),
    ],
)
def test_a_policy_that_cannot_be(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Policy(*arguments)
    assert str(error.value) == message


def test_thresholds_beyond_the_worst_rating() -> None:
    with pytest.raises(InvalidInput, match="repair_at: must be a whole number from 2 to 3; got 4"):
        model().evaluate(Policy(2, 4))


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            Policy(1, 3, 2),
            "spacing: must be a multiple of 1 years, for which the matrix is (or give half_steps); got 0.5",
        ),
        (
            Policy(3, 3, 2, spacing=1.5),
            "spacing: must be a multiple of 1 years, for which the matrix is (or give half_steps); got 1.5",
        ),
    ],
)
def test_times_that_a_matrix_does_not_have(case: Policy, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        model(hazards=None, matrix=YEARLY).evaluate(case)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"intervals": ()}, "intervals: must be 1 to 100 whole numbers; got ()"),
        ({"intervals": (2, 2)}, "intervals[1]: must be there only once; got 2"),
        ({"intervals": 5}, "intervals: must be a Sequence or ndarray; got 5"),
        ({"intervals": (1, 0)}, "intervals[1]: must be a whole number from 1 to 100; got 0"),
        ({"repair_on_watch_at": 2}, "repair_on_watch_at: must be a whole number, at least 3; got 2"),
    ],
)
def test_a_space_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        PolicySpace(**arguments)
    assert str(error.value) == message


def test_a_space_that_a_matrix_cannot_serve_is_refused_when_inspections_are_valued() -> None:
    two_yearly = model(hazards=None, matrix=YEARLY, matrix_years=2)
    with pytest.raises(InvalidInput, match="intervals: must be multiples of 2, as the matrix; got 1"):
        two_yearly.inspection_value(0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: policy.best_many([[0.5]], risk_limit=[], **COSTS), "risk_limit: must be at least one number; got []"),
        (
            lambda: policy.best_many([[0.5]], risk_limit=[[0.1], [0.1, 0.2]], **COSTS),
            "risk_limit[0]: must be a finite number; got [0.1]",
        ),
        (
            lambda: policy.best_many([[0.5]], risk_limit="0.1", **COSTS),
            "risk_limit: must be a finite number; got '0.1'",
        ),
        (
            lambda: policy.best_many([[0.5, 0.5]], risk_limit=[0.1, 2], **COSTS),
            "risk_limit[1]: must be above 0 and below 1; got 2.0",
        ),
        (
            lambda: policy.best_many([[0.5, 0.5]], risk_limit=0.1, space=PolicySpace(repair_on_watch_at=9), **COSTS),
            "repair_on_watch_at: must be a whole number from 3 to 3; got 9",
        ),
        (
            lambda: policy.best_many(matrices=[YEARLY, changed(1, 0, 0.1)], risk_limit=0.1, **COSTS),
            "matrices[1, 1, 0]: must be 0, as ratings do not improve without repair; got 0.1",
        ),
        (lambda: policy.frontier_many([[0.5]], **COSTS).of(1), "section: must be a whole number from 0 to 0; got 1"),
        (lambda: policy.frontier_many([[0.5]], space="all", **COSTS), "space: must be a PolicySpace; got 'all'"),
        (
            lambda: policy.evaluate_many(np.empty((0, 3)), **COSTS),
            "hazards: must not be empty but have the shape (n, J - 1); got (0, 3)",
        ),
        (lambda: policy.mix_policies([], 0.5), "frontier: must be a Frontier; got []"),
        (lambda: policy.SeveralDamages([[0.5], [0.0]], 1, 1, discount_rate=0.04), f"hazards[1][0]: {ABOVE_0}; got 0.0"),
        (lambda: policy.draw_hazards([0.5], "x"), "covariance: must be numbers of shape (1, 1); got 'x'"),
        (lambda: policy.policy_band(model(), Policy(1, 2), [[0.5, -1]]), f"drawn_hazards[0, 1]: {ABOVE_0}; got -1.0"),
    ],
)
def test_wrong_arguments_of_functions(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        call()
    assert str(error.value) == message


def test_repairs_by_the_calendar_may_not_be_possible() -> None:
    value = model(hazards=[5.0, 5.0]).inspection_value(0.2)
    assert value.time_rule is None
    assert value.inspecting is None
    assert value.least_time_risk == pytest.approx(1 - 6 * np.exp(-5))
