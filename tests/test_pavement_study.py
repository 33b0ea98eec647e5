"""The pavement study's figures, and what its text says about them."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from nagamochi.report.pavement_study import BASIC, FIGURES, draw_figures, pavement_model

MODEL = pavement_model()


def test_one_command_draws_all_figures(tmp_path: Path) -> None:
    matplotlib.use("agg")
    files = draw_figures(tmp_path / "figures")
    assert [file.name for file in files] == [f"figure_{number:02}.png" for number in range(6, 14)]
    assert len(FIGURES) == 8
    assert all(file.stat().st_size > 10_000 for file in files)


def test_a_frontier_is_drawn_into_given_axes() -> None:
    from matplotlib import pyplot

    matplotlib.use("agg")
    figure, axes = pyplot.subplots()
    frontier = MODEL.frontier()
    assert frontier.plot(axes) is axes
    points = np.concatenate([line.get_xdata() for line in axes.lines[1:]])
    np.testing.assert_array_equal(np.sort(points), frontier.to_frame()["risk"])
    pyplot.close(figure)


def test_seven_percent_takes_yearly_inspections_or_earlier_repair_without_watch_and_three_years_with_it() -> None:
    admissible = [r.policy for r in MODEL.evaluate_all(BASIC) if r.risk <= 0.07]
    assert admissible
    assert all(p.interval == 1 or p.repair_at <= 6 for p in admissible)
    assert MODEL.best(0.07).policy.interval == 3


def test_repair_at_seven_is_best_above_four_percent() -> None:
    assert {MODEL.best(limit).policy.repair_at for limit in (0.04, 0.05, 0.1, 0.2, 0.5)} == {7}
    assert MODEL.best(0.03).policy.repair_at == 6


def test_the_value_of_inspecting_falls_with_the_limit_but_not_everywhere() -> None:
    totals = [MODEL.inspection_value(limit, BASIC).inspecting.total for limit in (0.01, 0.04, 0.05, 0.2, 0.5)]
    assert max(totals) == totals[0]
    assert totals[1:3] == pytest.approx([2.36e6, 2.43e6], abs=5e3)


def test_the_value_of_inspecting_by_its_definition() -> None:
    value = MODEL.inspection_value(0.1)
    assert value.time_rule.risk <= 0.1 < MODEL.time_rules()[value.time_rule.interval].risk
    assert value.inspecting.total == value.time_rule.lcc - value.basic.lcc
    years = np.arange(2000)
    assert (value.inspecting.yearly * np.exp(-0.04 * years)).sum() == pytest.approx(value.inspecting.total)
    periodic = value.inspecting.per_inspection * np.exp(-0.04 * value.basic.policy.interval * years)
    assert periodic.sum() == pytest.approx(value.inspecting.total)
    assert value.additional.total == value.basic.lcc - value.best.lcc > 0


def test_beyond_twenty_percent_additional_inspections_are_not_used() -> None:
    for limit in (0.2, 0.3, 0.6):
        assert MODEL.inspection_value(limit).additional is None
