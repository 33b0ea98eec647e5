"""Every wrong argument of a policy is refused to the word."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from nagamochi import policy
from nagamochi.errors import InvalidInput
from nagamochi.policy import Policy, PolicySpace, Sections

YEARLY = [[0.6, 0.3, 0.1], [0.0, 0.7, 0.3], [0.0, 0.0, 1.0]]
ABOVE_0 = "must be a finite number above 0, 1e-300 at least"
COSTS = {"repair_cost": 100, "inspection_cost": 1, "discount_rate": 0.04}


SHAPE = "must be numbers of shape (J - 1,) or (n, J - 1)"
REPAIR = "must be one number, one for each of 3 ratings, or a row of these for each section"


def section(**changes: Any) -> Sections:
    arguments = {"hazards": [0.5, 0.5]} | COSTS | changes
    return Sections(**arguments)


MANY = section(hazards=[[0.5, 0.5], [0.2, 0.2]])
SEVERAL = "policy: must be asked of one section within one limit; others have policies[row[..]]; got {}"


def changed(row: int, column: int, value: float) -> list[list[float]]:
    matrix = [list(values) for values in YEARLY]
    matrix[row][column] = value
    return matrix


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hazards": None}, "hazards: must be given, or else matrices, not both; got None"),
        ({"matrices": YEARLY}, "hazards: must be given, or else matrices, not both; got [0.5, 0.5]"),
        ({"hazards": [0.5, -0.1]}, f"hazards[1]: {ABOVE_0}; got -0.1"),
        ({"hazards": []}, f"hazards: {SHAPE}; got (0,)"),
        ({"hazards": [0.5, 1e-320]}, f"hazards[1]: {ABOVE_0}; got 1e-320"),
        ({"half_steps": True}, "half_steps: must not be given without matrices; got True"),
        ({"matrix_years": 2}, "matrix_years: must not be given without matrices; got 2"),
        ({"hazards": None, "matrices": YEARLY, "half_steps": 1}, "half_steps: must be a bool; got 1"),
        ({"repair_cost": "abc"}, f"repair_cost: {REPAIR}; got 'abc'"),
        ({"hazards": [[[0.5]]]}, f"hazards: {SHAPE}; got (1, 1, 1)"),
        ({"hazards": "abc"}, f"hazards: {SHAPE}; got 'abc'"),
        ({"hazards": [0.5, None]}, f"hazards: {SHAPE}; got [0.5, None]"),
        ({"hazards": [0.5, 1j]}, f"hazards: {SHAPE}; got [0.5, 1j]"),
        ({"hazards": ["0.5", "0.5"]}, f"hazards: {SHAPE}; got ['0.5', '0.5']"),
        ({"hazards": [True, True]}, f"hazards: {SHAPE}; got [True, True]"),
        ({"hazards": [[0.5, 0.5], [0.5]]}, f"hazards: {SHAPE}; got [[0.5, 0.5], [0.5]]"),
        ({"hazards": [[0.5, 0.5], [0.5, np.inf]]}, f"hazards[1, 1]: {ABOVE_0}; got inf"),
        ({"hazards": [0.1] * 30}, "hazards: must be those of 2 to 30 ratings, one less; got 30"),
        ({"hazards": None, "matrices": changed(0, 0, 0.5)}, "matrices[0]: must sum to 1 within 1e-09; got 0.9"),
        (
            {"hazards": None, "matrices": changed(1, 0, 0.1)},
            "matrices[1, 0]: must be 0, because ratings do not improve without repair; got 0.1",
        ),
        ({"hazards": None, "matrices": changed(2, 2, 0.8)}, "matrices[2]: must sum to 1 within 1e-09; got 0.8"),
        (
            {"hazards": None, "matrices": changed(0, 1, -0.3)},
            "matrices[0, 1]: must be a finite number, at least 0; got -0.3",
        ),
        (
            {"hazards": None, "matrices": [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]},
            "matrices[1]: must have a probability of staying below 1, because only the worst rating is absorbing; "
            "got 1.0",
        ),
        ({"hazards": None, "matrices": [[1, 0]]}, "matrices: must be square, of 2 to 30 ratings; got (1, 2)"),
        ({"hazards": None, "matrices": YEARLY, "matrix_years": 0}, "matrix_years: must be above 0; got 0.0"),
        (
            {"hazards": None, "matrices": [[0.6, 0.0, 0.4], [0, 0.1, 0.9], [0, 0, 1]], "half_steps": True},
            None,
        ),
        (
            {"repair_cost": [1, 3, 2]},
            "repair_cost[2]: must not be below the cost of the better rating before it; got 2.0",
        ),
        ({"repair_cost": [1, 2]}, f"repair_cost: {REPAIR}; got (2,)"),
        ({"repair_cost": -1}, "repair_cost: must be a finite number, at least 0; got -1.0"),
        ({"repair_cost": [1, np.nan, 2]}, "repair_cost[1]: must be a finite number, at least 0; got nan"),
        (
            {"repair_cost": [[1, 2, 3], [1, 3, 2]]},
            "repair_cost[1, 2]: must not be below the cost of the better rating before it; got 2.0",
        ),
        ({"repair_cost": [[1, 2]]}, f"repair_cost: {REPAIR}; got (1, 2)"),
        ({"inspection_cost": -1}, "inspection_cost: must be a finite number, at least 0; got -1.0"),
        ({"inspection_cost": [1, -1]}, "inspection_cost[1]: must be a finite number, at least 0; got -1.0"),
        ({"inspection_cost": None}, "inspection_cost: must be one number, or one for each section; got None"),
        (
            {"additional_inspection_cost": -1},
            "additional_inspection_cost: must be a finite number, at least 0; got -1.0",
        ),
        ({"length": 0}, "length: must be above 0; got 0.0"),
        ({"length": [1, 0]}, "length[1]: must be above 0; got 0.0"),
        ({"length": [[1]]}, "length: must be one number, or one for each section; got (1, 1)"),
        (
            {"hazards": [[0.5, 0.5]] * 3, "length": [1, 2]},
            "length: must be one for all sections, or one for each of 3; got 2",
        ),
        (
            {"inspection_cost": [1, 2, 3], "length": [1, 2]},
            "length: must be one for all sections, or one for each of 3; got 2",
        ),
        (
            {"discount_rate": 0},
            "discount_rate: must be above 0, because costs without end have no present value otherwise; got 0.0",
        ),
        (
            {"discount_rate": -0.04},
            "discount_rate: must be above 0, because costs without end have no present value otherwise; got -0.04",
        ),
        ({"discount_rate": 4}, "discount_rate: must be below 1, as 4 % a year is 0.04; got 4.0"),
    ],
)
def test_sections_that_cannot_be(changes: dict[str, Any], message: str | None) -> None:
    if message is None:
        assert section(**changes).ratings == 3
        return
    with pytest.raises(InvalidInput) as error:
        section(**changes)
    assert str(error.value) == message


def test_a_matrix_without_a_root_has_no_half_years() -> None:
    skipping = [[0.25, 0.75, 0.0], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0]]
    with pytest.raises(
        InvalidInput,
        match=r"half_steps: must be False, because the matrix has a square root with -0.25, .*; got True",
    ):
        section(hazards=None, matrices=skipping, half_steps=True)


@pytest.mark.parametrize("limit", [0, 1, -0.1, 1.5])
def test_a_risk_limit_is_between_0_and_1(limit: float) -> None:
    with pytest.raises(InvalidInput, match=r"^risk_limit: must be above 0 and below 1; got"):
        section().best(limit)


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
        section().evaluate(Policy(2, 4))


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            Policy(1, 3, 2),
            "spacing: must be a multiple of 1 years, the period of the matrix (or give half_steps); got 0.5",
        ),
        (
            Policy(3, 3, 2, spacing=1.5),
            "spacing: must be a multiple of 1 years, the period of the matrix (or give half_steps); got 1.5",
        ),
    ],
)
def test_times_that_a_matrix_does_not_have(case: Policy, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        section(hazards=None, matrices=YEARLY).evaluate(case)
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
    two_yearly = section(hazards=None, matrices=YEARLY, matrix_years=2)
    with pytest.raises(InvalidInput, match="intervals: must be multiples of 2 years, the period of the matrix; got 1"):
        two_yearly.value(0.5)
    with pytest.raises(InvalidInput, match="longest: must be at least 2 years, the period of the matrix; got 1"):
        two_yearly.time_rules(longest=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: section().best([]), "risk_limit: must be at least one number; got []"),
        (lambda: section().best([[0.1], [0.1, 0.2]]), "risk_limit[0]: must be a finite number; got [0.1]"),
        (lambda: section().best("0.1"), "risk_limit: must be a finite number; got '0.1'"),
        (lambda: section().best([0.1, 2]), "risk_limit[1]: must be above 0 and below 1; got 2.0"),
        (
            lambda: section().best(0.1, PolicySpace(repair_on_watch_at=9)),
            "repair_on_watch_at: must be a whole number from 3 to 3; got 9",
        ),
        (
            lambda: section(hazards=None, matrices=[YEARLY, changed(1, 0, 0.1)]),
            "matrices[1, 1, 0]: must be 0, because ratings do not improve without repair; got 0.1",
        ),
        (lambda: section().frontier().of(1), "section: must be a whole number from 0 to 0; got 1"),
        (lambda: section().frontier(space="all"), "space: must be a PolicySpace; got 'all'"),
        (lambda: section(hazards=np.empty((0, 2))), f"hazards: {SHAPE}; got (0, 2)"),
        (lambda: MANY.best([0.1, 0.2]).policy, SEVERAL.format("(2, 2)")),
        (lambda: section().best([0.1, 0.2]).policy, SEVERAL.format("(2,)")),
        (lambda: MANY.frontier().plot(), "plot: must be asked of one section, as frontier.of(section); got 2"),
        (
            lambda: section().value(0.1).plot(),
            "plot: must be asked of one section and several limits; got ()",
        ),
        (lambda: section().route(0.1, limit_on="all"), "limit_on: must be one of mean, every; got 'all'"),
        (lambda: section().route(0.1, thresholds=1), "thresholds: must be one of own, common; got 1"),
        (lambda: section().route([0.1]), "risk_limit: must be a finite number; got [0.1]"),
        (lambda: section().evaluate("best"), "policies: must be a Policy or Evaluated; got 'best'"),
        (
            lambda: section().evaluate(MANY.best(0.9)),
            "policies: must be of a complete search of these sections; got <BestPolicies of shape (2,)>",
        ),
        (
            lambda: MANY.evaluate(section(hazards=[[0.5, 0.5]] * 3).best(0.9)),
            "policies: must be of a complete search of these sections; got <BestPolicies of shape (3,)>",
        ),
        (lambda: section().running(threads=-1), "threads: must be a whole number from 0 to 1024; got -1"),
        (lambda: section().running(time_limit=-1), "time_limit: must be a finite number, at least 0; got -1"),
        (lambda: section().running(progress=1), "progress: must be callable; got 1"),
        (lambda: policy.mix_policies([], 0.5), "frontier: must be a Frontier; got []"),
        (
            lambda: policy.mix_policies(MANY.frontier(), 0.5),
            "frontier: must be of one section, as frontier.of(section); got 2",
        ),
        (lambda: policy.SeveralDamages([[0.5], [0.0]], 1, 1, discount_rate=0.04), f"hazards[1][0]: {ABOVE_0}; got 0.0"),
        (
            lambda: policy.SeveralDamages([[[0.5]]], 1, 1, discount_rate=0.04),
            "hazards[0]: must be of one section, (J - 1,); got (1, 1)",
        ),
        (lambda: policy.draw_hazards([[0.5]], [[1]]), "hazards: must be of one section, (J - 1,); got (1, 1)"),
        (lambda: policy.draw_hazards([0.5], "x"), "covariance: must be finite numbers of shape (1, 1); got 'x'"),
        (
            lambda: policy.draw_hazards([0.5], [[1, 0]]),
            "covariance: must be finite numbers of shape (1, 1); got (1, 2)",
        ),
        (lambda: section().under([[0.5, -1]]), f"draws[0, 1]: {ABOVE_0}; got -1.0"),
        (lambda: section().under([[0.5]]), "draws: must have 2 columns, one for each rating but the worst; got 1"),
        (lambda: MANY.under([[0.5, 0.5]]), "draws: must be for one section only; got 2"),
    ],
)
def test_wrong_arguments_of_functions(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        call()
    assert str(error.value) == message


def test_repairs_by_the_calendar_may_not_keep_to_the_limit() -> None:
    value = section(hazards=[5.0, 5.0]).value(0.2)
    assert not value.time_feasible
    assert np.isnan(value.inspecting.total)
    assert value.time_rule.interval == 1
    assert value.time_rule.risk == pytest.approx(1 - 6 * np.exp(-5))


COLUMNS = {"hazard_1": [0.5, 0.3], "hazard_2": [0.2, 0.4]}


@pytest.mark.parametrize(
    ("columns", "same", "message"),
    [
        ({"hazard_2": [0.5]}, {}, "sections table, column hazard_1: must be among the columns; got hazard_2"),
        ({"x": [0.5]}, {}, "sections table, column hazard_1: must be among the columns; got x"),
        (COLUMNS | {"hazard_2": [0.5, 0.0]}, {}, "sections table, row 2, column hazard_2: must be above 0; got 0"),
        (
            COLUMNS | {"hazard_2": [0.5, None]},
            {},
            "sections table, row 2, column hazard_2: must not be empty; got an empty cell",
        ),
        (COLUMNS | {"length": [0.0, 1.0]}, {}, "sections table, row 1, column length: must be above 0; got 0"),
        (
            COLUMNS | {"repair_cost": [1, 1]},
            {"repair_cost": 2},
            "repair_cost: must not be given, because the sections table has it; got 2",
        ),
        (
            COLUMNS | {"repair_cost_2": [1, 1]},
            {},
            "sections table, column repair_cost_1: must be among the columns; got hazard_1, hazard_2, repair_cost_2",
        ),
    ],
)
def test_a_table_that_cannot_be(columns: dict[str, Any], same: dict[str, Any], message: str) -> None:
    others = {"inspection_cost": 1, "discount_rate": 0.04}
    with pytest.raises(InvalidInput) as error:
        Sections.from_table(pl.DataFrame(columns), **others, **same)
    assert str(error.value) == message
