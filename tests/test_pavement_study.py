"""The pavement study's figures, and what its text says about them."""

import matplotlib
import numpy as np
import pytest

from nagamochi.report.pavement_study import BASIC, pavement_section, table_2

SECTION = pavement_section()


def test_table_2() -> None:
    columns = ("interval", "repair_at", "watch_from")
    assert table_2().select(columns).rows() == [
        (1, 6, 5),
        (1, 7, 6),
        (4, 7, 5),
        (3, 7, None),
        (4, 7, None),
        (6, 7, None),
        (9, 7, None),
        (10, 7, None),
    ]
    assert table_2()["as_published"].all()


def test_a_frontier_is_drawn_into_given_axes() -> None:
    from matplotlib import pyplot

    matplotlib.use("agg")
    figure, axes = pyplot.subplots()
    frontier = SECTION.frontier()
    assert frontier.plot(axes) is axes
    points = np.concatenate([line.get_xdata() for line in axes.lines[1:]])
    np.testing.assert_array_equal(np.sort(points), frontier.risk)
    pyplot.close(figure)


def test_benefits_are_drawn_against_the_limits() -> None:
    from matplotlib import pyplot

    matplotlib.use("agg")
    value = SECTION.value([0.05, 0.1, 0.3])
    axes = value.plot()
    assert [line.get_label() for line in axes.lines] == ["inspecting", "additional inspections"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), value.inspecting.total / 1e6)
    pyplot.close(axes.figure)


def test_seven_percent_takes_yearly_inspections_or_earlier_repair_without_watch_and_three_years_with_it() -> None:
    basic = SECTION.evaluate_all(BASIC)
    admissible = basic.risk <= 0.07
    assert admissible.any()
    assert ((basic.interval == 1) | (basic.repair_at <= 6))[admissible].all()
    assert SECTION.best(0.07).policy.interval == 3


def test_repair_at_seven_is_best_above_four_percent() -> None:
    assert set(SECTION.best((0.04, 0.05, 0.1, 0.2, 0.5)).repair_at) == {7}
    assert SECTION.best(0.03).repair_at == 6


def test_the_value_of_inspecting_falls_with_the_limit_but_not_everywhere() -> None:
    totals = SECTION.value((0.01, 0.04, 0.05, 0.2, 0.5), BASIC).inspecting.total
    assert totals.argmax() == 0
    assert totals[1:3] == pytest.approx([2.36e6, 2.43e6], abs=5e3)


def test_the_value_of_inspecting_by_its_definition() -> None:
    value, rules = SECTION.value(0.1), SECTION.time_rules()
    assert value.time_feasible
    assert value.time_rule.risk <= 0.1 < rules.risk[value.time_rule.interval]  # of the next interval
    assert value.inspecting.total == value.time_rule.lcc - value.basic.lcc
    years = np.arange(2000)
    assert (value.inspecting.yearly * np.exp(-0.04 * years)).sum() == pytest.approx(value.inspecting.total)
    periodic = value.inspecting.per_inspection * np.exp(-0.04 * value.basic.policy.interval * years)
    assert periodic.sum() == pytest.approx(value.inspecting.total)
    assert value.additional.total == value.basic.lcc - value.best.lcc > 0


def test_beyond_twenty_percent_additional_inspections_are_not_used() -> None:
    assert np.isnan(SECTION.value((0.2, 0.3, 0.6)).additional.total).all()
