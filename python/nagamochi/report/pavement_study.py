"""Figures 6 to 13 of the pavement study, redrawn: `python -m nagamochi.report.pavement_study FOLDER`.

The study publishes neither the hazards of its cracks nor its discount rate and its cost of additional inspections. The
mean years below are calibrated so that its table 2 comes out with 4 % and 2,000 yen; they are not a measurement.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nagamochi.base.folder import replacing_files
from nagamochi.policy import Benefit, InspectionModel, PolicyResult, PolicySpace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALIBRATED_MEAN_YEARS = (1.20, 3.40, 1.63, 1.91, 2.57, 3.23)
BASIC = PolicySpace(watch=False)
LEAST_REPAIR_AT = 3  # drawn in the study
LIMITS = np.arange(10, 601) / 1000
RISK, LIMIT, COST = "risk", "risk limit", "life-cycle cost, million yen"


def pavement_model() -> InspectionModel:
    """The study's lane section of 100 m, with calibrated mean years in its ratings.

    Examples
    --------
    >>> pavement_model().best(0.1).policy.interval
    4
    """
    return InspectionModel(
        hazards=[1 / years for years in CALIBRATED_MEAN_YEARS],
        repair_cost=744_000,
        inspection_cost=2_000,
        additional_inspection_cost=2_000,
        discount_rate=0.04,
    )


def draw_figures(folder: str | Path) -> list[Path]:
    """Draw all figures.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing; gets ``figure_06.png`` to ``figure_13.png``.

    Returns
    -------
    list of Path
        The files.
    """
    from matplotlib import pyplot

    model = pavement_model()
    with replacing_files(Path(folder)) as files:
        for number, draw in FIGURES.items():
            figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
            draw(model, axes)
            axes.set_title(f"Figure {number}: {TITLES[number]}; hazards calibrated", fontsize="small", loc="left")
            axes.grid(color="0.92")
            with files.writing(f"figure_{number:02}.png") as draft:
                figure.savefig(draft, dpi=150)
            pyplot.close(figure)
    return [Path(folder) / f"figure_{number:02}.png" for number in FIGURES]


def performance_curve(model: InspectionModel, axes: Axes) -> None:
    """6: rating against the expected years to reach it; cracks only."""
    years = np.concatenate([[0], np.cumsum(CALIBRATED_MEAN_YEARS)])
    axes.plot(years, np.arange(1, model.ratings + 1), "o-")
    axes.invert_yaxis()
    axes.set(xlabel="expected years since repair", ylabel="rating, 1 new to 7 worst")


def basic_policies(model: InspectionModel, axes: Axes) -> None:
    """7: policies without additional inspections, by the rating from which they repair."""
    _draw_frontier(model, BASIC, axes)
    results = model.evaluate_all(BASIC)
    for repair_at in range(LEAST_REPAIR_AT, model.ratings + 1):
        _draw([r for r in results if r.policy.repair_at == repair_at], axes, f"repair at {repair_at}", "o-")


def all_policies(model: InspectionModel, axes: Axes) -> None:
    """8: policies with additional inspections too, beside the cheapest without."""
    _draw_frontier(model, PolicySpace(), axes)
    _draw_frontier(model, BASIC, axes, label="cheapest without watch", style=":")
    _draw_watched(model, axes, 6, "Oranges")
    _draw_watched(model, axes, 7, "Blues")
    axes.set(ylim=(1.15, 1.95))


def repair_at_seven(model: InspectionModel, axes: Axes) -> None:
    """9: repair at 7, risks up to 0.2."""
    _draw_zoomed(model, axes, 7, (0.0, 0.2))


def repair_at_six(model: InspectionModel, axes: Axes) -> None:
    """10: repair at 6, risks from 0.02 to 0.06."""
    _draw_zoomed(model, axes, 6, (0.02, 0.06))


def calendar_rules(model: InspectionModel, axes: Axes) -> None:
    """11: repairs by the calendar, every 5 to 15 years, beside the best inspected ones."""
    rules = [rule for rule in model.time_rules(longest=15) if rule.interval >= 5]
    axes.plot([r.risk for r in rules], [r.lcc / 1e6 for r in rules], "s-", label="by the calendar, every 5 to 15 years")
    _draw_frontier(model, BASIC, axes, label="cheapest with inspections, without watch")


def value_of_inspecting(model: InspectionModel, axes: Axes) -> None:
    """12: what periodic inspections are worth against repairs by the calendar."""
    values = [model.inspection_value(limit, BASIC).inspecting for limit in LIMITS.tolist()]
    _draw_benefits(values, axes, "benefit of inspecting, million yen")


def value_of_additional(model: InspectionModel, axes: Axes) -> None:
    """13: what additional inspections are worth; nowhere defined where the best policy has none."""
    values = [model.inspection_value(limit).additional for limit in LIMITS.tolist()]
    _draw_benefits(values, axes, "benefit of additional inspections, million yen")
    axes.set(xlim=(0, 0.2))


FIGURES: dict[int, Callable[[InspectionModel, Axes], None]] = {
    6: performance_curve,
    7: basic_policies,
    8: all_policies,
    9: repair_at_seven,
    10: repair_at_six,
    11: calendar_rules,
    12: value_of_inspecting,
    13: value_of_additional,
}
TITLES = {
    6: "years to reach each rating, cracks only",
    7: "no watch; inspections every 1 (left) to 10 years",
    8: "with watch; inspections every 1 (left) to 10 years",
    9: "repair at 7, risks up to 0.2; inspections every 1 (left), 2, .. years",
    10: "repair at 6, risks of 0.02 to 0.06",
    11: "repairs by the calendar",
    12: "inspections instead of the calendar",
    13: "additional inspections; no line where the best policy has none",
}


def _draw(results: list[PolicyResult], axes: Axes, label: str, style: str, color: Any = None) -> None:
    risks, costs = [r.risk for r in results], [r.lcc / 1e6 for r in results]
    axes.plot(risks, costs, style, color=color, markersize=3, linewidth=1, label=label)
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend(fontsize="small")


def _draw_watched(model: InspectionModel, axes: Axes, repair_at: int, colors: str | None = None) -> None:
    """Policies that repair at a rating, dashed if they never watch; of one colour map the darker the later they do."""
    from matplotlib import colormaps

    results = [r for r in model.evaluate_all() if r.policy.repair_at == repair_at]
    _draw([r for r in results if r.policy.watch_from is None], axes, f"repair at {repair_at}, no watch", "s--", "0.4")
    for watch_from in range(3, repair_at):
        watched = [r for r in results if r.policy.watch_from == watch_from]
        color = None if colors is None else colormaps[colors]((watch_from + 8 - repair_at) / 8)
        _draw(watched, axes, f"repair at {repair_at}, watch from {watch_from}", "o-", color)


def _draw_zoomed(model: InspectionModel, axes: Axes, repair_at: int, risks: tuple[float, float]) -> None:
    _draw_watched(model, axes, repair_at)
    inside = [r.lcc / 1e6 for r in model.evaluate_all() if r.policy.repair_at == repair_at and _within(r.risk, risks)]
    margin = 0.05 * (max(inside) - min(inside))
    axes.set(xlim=risks, ylim=(min(inside) - margin, max(inside) + margin))


def _within(risk: float, risks: tuple[float, float]) -> bool:
    return risks[0] <= risk <= risks[1]


def _draw_frontier(
    model: InspectionModel, space: PolicySpace, axes: Axes, label: str = "cheapest", style: str = "-"
) -> None:
    best = [r for r in model.frontier(space).policies if r.policy.repair_at >= LEAST_REPAIR_AT]
    risks, costs = [r.risk for r in best], [r.lcc / 1e6 for r in best]
    axes.step(risks, costs, style, where="post", color="k", linewidth=1.5, label=label)
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend(fontsize="small")


def _draw_benefits(benefits: list[Benefit | None], axes: Axes, label: str) -> None:
    totals = [np.nan if benefit is None else benefit.total / 1e6 for benefit in benefits]
    axes.plot(LIMITS, totals, drawstyle="steps-post")
    axes.set(xlabel=LIMIT, ylabel=label)


if __name__ == "__main__":
    for file in draw_figures(sys.argv[1] if len(sys.argv) > 1 else "out/pavement-study"):
        sys.stdout.write(f"{file}\n")
