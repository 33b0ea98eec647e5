"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nagamochi.cli import parse

if TYPE_CHECKING:
    from nagamochi.network import Network
    from nagamochi.planning import PlanSpace, Shortfall

NetworkFolder = Annotated[
    Path, typer.Argument(metavar="NETWORK", help="Folder with bridges.csv, curves.csv and costs.csv, or workbook.")
]
Horizon = Annotated[int, typer.Option(help="Years to plan for.")]
DiscountRate = Annotated[float, typer.Option(help="Per year, e.g. 0.04; budgets are never discounted.")]
Threads = Annotated[int, typer.Option(help="Threads to use; 0: all cores. Results do not depend on it.")]
TableLanguage = Annotated[
    Literal["en", "ja"],
    typer.Option("--lang", help="Language of the heads and our words in the CSV files; both are read."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
Budget = Annotated[
    str | None,
    typer.Option(
        metavar="YEN|FILE|none",
        help="Yen per year for the whole network (also 5000万円), a CSV file with year, budget, or none; "
        "by default the network's budget.csv.",
    ),
]
StartYear = Annotated[
    str | None,
    typer.Option(
        metavar="YEAR",
        help="The fiscal year that is year 1, e.g. 2026 or R8: results name fiscal years, files may; "
        "by default the network's network.csv.",
    ),
]
CarryOver = Annotated[
    bool, typer.Option("--carry-over", help="What a year leaves of its budget may be spent later; nothing is borrowed.")
]
MinHealth = Annotated[
    list[str] | None,
    typer.Option(
        metavar="VALUE|MEMBER=VALUE",
        help="Health, 1 to 5, to keep: of all members, or of one; may be repeated for other members.",
    ),
]
Space = Annotated[
    Literal["study", "practice"],
    typer.Option(
        help="Plans to choose from. practice: an inspection every 5 years from one of years 1-5 on, levels "
        "4,3.5,3,2.5,2,1.5,never, repairs 1-5 years after the inspection; study: those of the bridge study."
    ),
]
ShortfallPrice = Annotated[
    float | None,
    typer.Option(
        metavar="SCALE",
        help="What a health point below --shortfall-below counts in a year, in repairs at health 1; 0: nothing.",
        show_default="1 with the level never, else 0",
    ),
]
ShortfallBelow = Annotated[
    float | None, typer.Option(metavar="HEALTH", help="Health below which curves fall short and make the backlog.")
]
Levels = Annotated[
    str | None,
    typer.Option(
        metavar="L,L..", help="Repair levels to choose from; never: no repairs.", show_default="those of --space"
    ),
]
FirstYears = Annotated[
    str | None,
    typer.Option(
        metavar="FROM-TO|Y,Y..", help="First inspection years to choose from.", show_default="those of --space"
    ),
]
Intervals = Annotated[
    str | None,
    typer.Option(
        metavar="FROM-TO|Y,Y..", help="Inspection intervals to choose from, years.", show_default="those of --space"
    ),
]
Delays = Annotated[
    str | None,
    typer.Option(
        metavar="FROM-TO|Y,Y..",
        help="Years from an inspection to its repairs to choose from; at most the shortest interval.",
        show_default="those of --space",
    ),
]


def require_budget(budget: str | None, network: Network, folder: Path) -> None:
    """Refuse a network without a limit on yen where no budget is given."""
    from nagamochi.planning.plan_network import has_limit

    if budget is None and not has_limit(network):
        raise typer.BadParameter(f"must be given, as {folder} has no budget.csv", param_hint="'--budget'")


def shortfall_of(price: float | None, below: float | None) -> Shortfall:
    """Return what health below a threshold counts; what is not given is the default."""
    from nagamochi.planning import Shortfall

    given = {"price": price, "below": below}
    return Shortfall(**{name: value for name, value in given.items() if value is not None})


def plan_space(
    space: Literal["study", "practice"],
    levels: str | None,
    first_years: str | None,
    intervals: str | None,
    delays: str | None,
) -> PlanSpace:
    """Make the plan space of these options; those not given are those of the named space."""
    from nagamochi.planning import PlanSpace

    named = PlanSpace.practice() if space == "practice" else PlanSpace.study()
    return PlanSpace(
        levels=named.levels if levels is None else parse.levels("--levels", levels),
        first_years=named.first_years if first_years is None else parse.years("--first-years", first_years),
        intervals=named.intervals if intervals is None else parse.years("--intervals", intervals),
        delays=named.delays if delays is None else parse.years("--delays", delays),
    )
