"""Figures 6 to 13 of the pavement study, redrawn: `python -m nagamochi.report.pavement_study FOLDER`.

The study publishes neither the hazards of its cracks nor its discount rate and its cost of additional inspections. The
mean years below are calibrated so that its table 2 comes out with 4 % and 2,000 yen; they are not a measurement.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nagamochi.policy import InspectionModel, PolicyResult, PolicySpace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALIBRATED_MEAN_YEARS = (1.20, 3.40, 1.63, 1.91, 2.57, 3.23)
BASIC = PolicySpace(watch=False)
LEAST_REPAIR_AT = 3  # drawn in the study
LIMITS = np.round(np.arange(0.01, 0.61, 0.005), 3)
RISK, COST, BENEFIT = "risk", "life-cycle cost, million yen", "benefit, million yen"


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

    Path(folder).mkdir(parents=True, exist_ok=True)
    model = pavement_model()
    files = []
    for number, draw in FIGURES.items():
        figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
        draw(model, axes)
        axes.set_title(f"Figure {number}, hazards calibrated", fontsize="small", loc="left")
        axes.grid(color="0.92")
        files.append(Path(folder) / f"figure_{number:02}.png")
        figure.savefig(files[-1], dpi=150)
        pyplot.close(figure)
    return files


def performance_curve(model: InspectionModel, axes: Axes) -> None:
    """6: rating against the expected years to reach it; cracks only."""
    years = np.concatenate([[0], np.cumsum(CALIBRATED_MEAN_YEARS)])
    axes.plot(years, np.arange(1, model.ratings + 1), "o-", label="cracks")
    axes.invert_yaxis()
    axes.set(xlabel="expected years", ylabel="rating")
    axes.legend()


def basic_policies(model: InspectionModel, axes: Axes) -> None:
    """7: policies without additional inspections, by the rating from which they repair."""
    results = model.evaluate_all(BASIC)
    for repair_at in range(LEAST_REPAIR_AT, model.ratings + 1):
        _draw([r for r in results if r.policy.repair_at == repair_at], axes, f"repair at {repair_at}", "o-")
    _draw_frontier(model, BASIC, axes)


def all_policies(model: InspectionModel, axes: Axes) -> None:
    """8: policies with additional inspections too."""
    for repair_at in (6, 7):
        _draw_watched(model, axes, repair_at)
    _draw_frontier(model, PolicySpace(), axes)


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
    _draw_frontier(model, BASIC, axes)


def value_of_inspecting(model: InspectionModel, axes: Axes) -> None:
    """12: what periodic inspections are worth against repairs by the calendar."""
    values = [model.inspection_value(limit, BASIC) for limit in LIMITS.tolist()]
    drawn = [(v.risk_limit, v.inspecting.total / 1e6) for v in values if v.inspecting is not None]
    axes.plot(*zip(*drawn, strict=True), drawstyle="steps-post")
    axes.set(xlabel="risk limit", ylabel=BENEFIT)


def value_of_additional(model: InspectionModel, axes: Axes) -> None:
    """13: what additional inspections are worth; nowhere defined where the best policy has none."""
    values = [model.inspection_value(limit) for limit in LIMITS.tolist()]
    drawn = [v.additional.total / 1e6 if v.additional is not None else np.nan for v in values]
    axes.plot(LIMITS, drawn, "o-", markersize=3)
    axes.set(xlabel="risk limit", ylabel=BENEFIT)


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


def _draw(results: list[PolicyResult], axes: Axes, label: str, style: str) -> None:
    axes.plot([r.risk for r in results], [r.lcc / 1e6 for r in results], style, markersize=3, linewidth=1, label=label)
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend(fontsize="small")


def _draw_watched(model: InspectionModel, axes: Axes, repair_at: int) -> None:
    results = [r for r in model.evaluate_all() if r.policy.repair_at == repair_at]
    _draw([r for r in results if r.policy.watch_from is None], axes, f"repair at {repair_at}, no watch", "s--")
    for watch_from in range(3, repair_at):
        watched = [r for r in results if r.policy.watch_from == watch_from]
        _draw(watched, axes, f"repair at {repair_at}, watch from {watch_from}", "o-")


def _draw_zoomed(model: InspectionModel, axes: Axes, repair_at: int, risks: tuple[float, float]) -> None:
    _draw_watched(model, axes, repair_at)
    inside = [r.lcc / 1e6 for r in model.evaluate_all() if r.policy.repair_at == repair_at and _within(r.risk, risks)]
    margin = 0.05 * (max(inside) - min(inside))
    axes.set(xlim=risks, ylim=(min(inside) - margin, max(inside) + margin))


def _within(risk: float, risks: tuple[float, float]) -> bool:
    return risks[0] <= risk <= risks[1]


def _draw_frontier(model: InspectionModel, space: PolicySpace, axes: Axes) -> None:
    best = [r for r in model.frontier(space).policies if r.policy.repair_at >= LEAST_REPAIR_AT]
    axes.step(
        [r.risk for r in best], [r.lcc / 1e6 for r in best], where="post", color="k", linewidth=2, label="cheapest"
    )
    axes.set(xlabel=RISK, ylabel=COST)
    axes.legend(fontsize="small")


if __name__ == "__main__":
    for file in draw_figures(sys.argv[1] if len(sys.argv) > 1 else "out/pavement-study"):
        sys.stdout.write(f"{file}\n")
