"""Table 2 and figures 6 to 13 of the pavement study, made anew: `python -m nagamochi.report.pavement_study FOLDER`.

The study publishes neither the hazards of its cracks nor its discount rate and its cost of additional inspections. The
mean years below are calibrated so that its table 2 comes out with 4 % and 2,000 yen; they are not a measurement.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from nagamochi.base.folder import replacing_files
from nagamochi.policy import PolicySpace, Sections

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALIBRATED_MEAN_YEARS = (1.20, 3.40, 1.63, 1.91, 2.57, 3.23)
BASIC = PolicySpace(watch=False)
TABLE_2_LIMITS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
LIMITS = np.arange(10, 601) / 1000
LOW = 191  # limits up to 0.2
CALENDAR_YEARS = range(5, 16)


def pavement_section() -> Sections:
    """Return the study's lane section of 100 m, with calibrated mean years in its ratings.

    Examples
    --------
    >>> pavement_section().best(0.1).policy.interval
    4
    """
    return Sections(
        hazards=[1 / years for years in CALIBRATED_MEAN_YEARS],
        repair_cost=744_000,
        inspection_cost=2_000,
        additional_inspection_cost=2_000,
        discount_rate=0.04,
    )


def table_2() -> pl.DataFrame:
    """Tabulate the best policy within each of the study's risk limits, with all three risks.

    Examples
    --------
    >>> table_2()["interval"].to_list()
    [1, 1, 4, 3, 4, 6, 9, 10]
    """
    section = pavement_section()
    found = section.evaluate(section.best(TABLE_2_LIMITS)).to_frame()
    return found.insert_column(0, pl.Series("risk_limit", TABLE_2_LIMITS))


def draw_study(folder: str | Path) -> list[Path]:
    """Write table 2 and draw all figures.

    Parameters
    ----------
    folder : str or Path
        Made where it is missing; gets ``table_02.csv`` and ``figure_06.png`` to ``figure_13.png``.

    Returns
    -------
    list of Path
        The files.
    """
    from matplotlib import pyplot

    names = ["table_02.csv"]
    with replacing_files(Path(folder)) as files:
        files.write_table(names[0], table_2())
        for number, (title, draw) in figures().items():
            figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
            draw(axes)
            axes.set_title(f"Figure {number}: {title}; hazards calibrated", fontsize="small", loc="left")
            axes.grid(color="0.92")
            names.append(f"figure_{number:02}.png")
            with files.writing(names[-1]) as draft:
                figure.savefig(draft, dpi=150)
            pyplot.close(figure)
    return [Path(folder) / name for name in names]


def figures() -> dict[int, tuple[str, Callable[[Axes], Axes]]]:
    """Return the title of each figure of the study, and a function that draws it into axes."""
    from nagamochi.report.figures import pavement
    from nagamochi.report.figures.policy import draw_benefits

    section = pavement_section()
    policies, best, basic = (
        found.to_frame() for found in (section.evaluate_all(), section.frontier(), section.frontier(BASIC))
    )
    rules = section.time_rules(longest=max(CALENDAR_YEARS))
    calendar = pl.DataFrame({"interval": rules.interval, "risk": rules.risk, "lcc": rules.lcc})
    calendar = calendar.filter(pl.col("interval").is_in(list(CALENDAR_YEARS)))
    value = section.value(LIMITS.tolist())
    return {
        6: (
            "years to reach each rating, cracks only",
            lambda axes: pavement.draw_performance_curve(axes, CALIBRATED_MEAN_YEARS),
        ),
        7: (
            "no watch; inspections every 1 (left) to 10 years",
            lambda axes: pavement.draw_basic_policies(axes, policies, basic),
        ),
        8: (
            "with watch; inspections every 1 (left) to 10 years",
            lambda axes: pavement.draw_all_policies(axes, policies, best, basic),
        ),
        9: (
            "repair at 7, risks up to 0.2; inspections every 1 (left), 2, .. years",
            lambda axes: pavement.draw_one_threshold(axes, policies, 7, (0.0, 0.2)),
        ),
        10: (
            "repair at 6, risks of 0.02 to 0.06",
            lambda axes: pavement.draw_one_threshold(axes, policies, 6, (0.02, 0.06)),
        ),
        11: ("repairs by the calendar", lambda axes: pavement.draw_calendar_rules(axes, calendar, basic)),
        12: (
            "inspections instead of the calendar",
            lambda axes: draw_benefits(LIMITS, {"inspecting": value.inspecting.total}, axes),
        ),
        13: (
            "additional inspections; no line where the best policy has none",
            lambda axes: draw_benefits(LIMITS[:LOW], {"additional inspections": value.additional.total[:LOW]}, axes),
        ),
    }


if __name__ == "__main__":
    for file in draw_study(sys.argv[1] if len(sys.argv) > 1 else "out/pavement-study"):
        sys.stdout.write(f"{file}\n")
