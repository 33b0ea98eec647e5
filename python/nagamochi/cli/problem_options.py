"""The options that make the plans to choose from and the problem; each group has those of the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nagamochi.cli import parse

if TYPE_CHECKING:
    from nagamochi.planning import PlanSpace, Shortfall

OF_SPACE = "those of --space"


@dataclass(frozen=True)
class PlanOptions:
    """Which plans a bridge may have, and over which years they are evaluated."""

    horizon: Annotated[int, typer.Option(help="Years to plan for.")] = 50
    discount_rate: Annotated[float, typer.Option(help="Per year, e.g. 0.04; budgets are never discounted.")] = 0.0
    space: Annotated[
        Literal["practice", "study"] | None,
        typer.Option(
            help="Plans to choose from. practice: an inspection every 5 years from one of years 1-5 on, levels "
            "4,3.5,3,2.5,2,1.5,never, repairs 1-5 years after the inspection; study: those of the bridge study.",
            show_default="practice",
        ),
    ] = None
    levels: Annotated[
        str | None,
        typer.Option(metavar="L,L..", help="Repair levels to choose from; never: no repairs.", show_default=OF_SPACE),
    ] = None
    first_years: Annotated[
        str | None,
        typer.Option(metavar="FROM-TO|Y,Y..", help="First inspection years to choose from.", show_default=OF_SPACE),
    ] = None
    intervals: Annotated[
        str | None,
        typer.Option(
            metavar="FROM-TO|Y,Y..", help="Inspection intervals to choose from, years.", show_default=OF_SPACE
        ),
    ] = None
    delays: Annotated[
        str | None,
        typer.Option(
            metavar="FROM-TO|Y,Y..",
            help="Years from an inspection to its repairs to choose from; at most the shortest interval.",
            show_default=f"{OF_SPACE} that fit",
        ),
    ] = None
    urgent: Annotated[
        str | None,
        typer.Option(
            metavar="HEALTH:YEARS",
            help="What an inspection finds below this health waits for so many years at most, e.g. 2:2.",
            show_default="nothing is urgent",
        ),
    ] = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of functions of `nagamochi.planning` that these options stand for."""
        return {"horizon": self.horizon, "discount_rate": self.discount_rate, "space": self._plan_space}

    @property
    def _plan_space(self) -> PlanSpace:
        from nagamochi.planning import PlanSpace
        from nagamochi.planning.space import DEFAULT_SPACE

        space = DEFAULT_SPACE if self.space is None else getattr(PlanSpace, self.space)()
        given: dict[str, Any] = {} if self.levels is None else {"levels": parse.levels("--levels", self.levels)}
        for name in ("first_years", "intervals", "delays"):
            if (years := getattr(self, name)) is not None:
                given[name] = parse.years(f"--{name.replace('_', '-')}", years)
        if "intervals" in given and "delays" not in given:
            space = space.with_intervals(given["intervals"])
        if self.urgent is not None:
            given["urgent_below"], given["urgent_delay"] = parse.urgency("--urgent", self.urgent)
        return replace(space, **given)


@dataclass(frozen=True)
class EvaluationOptions(PlanOptions):
    """What a choice of plans must keep and what counts as cost, too."""

    carry_over: Annotated[
        bool,
        typer.Option("--carry-over", help="What a year leaves of its budget may be spent later; nothing is borrowed."),
    ] = False
    min_health: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE|MEMBER=VALUE",
            help="Health, 1 to 5, to keep: of all members, or of one; may be repeated for other members. "
            "Where ratings scatter (plan), with a probability: 2@0.95.",
        ),
    ] = None
    shortfall_price: Annotated[
        float | None,
        typer.Option(
            metavar="SCALE",
            help="What a health point below --shortfall-below counts in a year, in repairs at health 1; 0: nothing.",
            show_default="1 with the level never, else 0",
        ),
    ] = None
    shortfall_below: Annotated[
        float | None, typer.Option(metavar="HEALTH", help="Health below which curves fall short and make the backlog.")
    ] = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of functions of `nagamochi.planning` that these options stand for."""
        minimum = parse.min_health("--min-health", self.min_health or [])
        plans = super().arguments
        return {**plans, "carry_over": self.carry_over, "min_health": minimum, "shortfall": self._shortfall}

    @property
    def _shortfall(self) -> Shortfall:
        from nagamochi.planning import Shortfall

        given = {"price": self.shortfall_price, "below": self.shortfall_below}
        return Shortfall(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True)
class ProblemOptions(EvaluationOptions):
    """What is chosen together, besides."""

    interval_per: Annotated[
        Literal["network", "bridge"],
        typer.Option(help="Whether all bridges share an inspection interval or each has its own."),
    ] = "network"
    level_per: Annotated[
        Literal["given", "bridge", "member"],
        typer.Option(
            help="Whether a bridge has one repair level or each of its members; given: as level_per in bridges.csv "
            "says, or else a bridge."
        ),
    ] = "given"

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of functions of `nagamochi.planning` that these options stand for."""
        return {**super().arguments, "interval_per": self.interval_per, "level_per": self.level_per}
