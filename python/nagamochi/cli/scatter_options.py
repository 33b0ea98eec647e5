"""The options that say how the ratings of inspections scatter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nagamochi.base import arguments
from nagamochi.cli import parse

if TYPE_CHECKING:
    from nagamochi.planning import RatingScatter


@dataclass(frozen=True)
class ScatterOptions:
    """How ratings scatter, and what else is uncertain of curves."""

    scatter: Annotated[
        str | None,
        typer.Option(
            metavar="SIGMA|MATRIX|FIT",
            help="Plan for expected yen, as ratings scatter: their standard deviation on the scale of health (0.43 in "
            "US trials), independent for every member and inspection; or a CSV file with the probabilities of "
            "ratings by true grade (grade, rated_5 .. rated_1); or a folder of nagamochi fit scatter.",
        ),
    ] = None
    bias: Annotated[
        float | None, typer.Option(help="What ratings are too good by on average, or too bad if negative.")
    ] = None
    round_scatter: Annotated[
        float | None,
        typer.Option(
            metavar="SIGMA", help="Standard deviation of the error that all members of a bridge share in an inspection."
        ),
    ] = None
    rated_health: Annotated[
        bool, typer.Option("--rated-health", help="The network's health now is a rating that scatters, too.")
    ] = False
    life_scatter: Annotated[
        float | None,
        typer.Option(metavar="SD", help="Standard deviation of the logarithm of a curve's service life, e.g. 0.2."),
    ] = None

    @property
    def rating_scatter(self) -> RatingScatter | None:
        """How ratings scatter; None where nothing is given."""
        from nagamochi.planning import RatingScatter

        names = ("bias", "round_scatter", "life_scatter")
        given: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        if self.rated_health:
            given["rated_health"] = True
        if self.scatter is None and not given:
            return None
        return replace(RatingScatter() if self.scatter is None else _scatter_of(self.scatter), **given)


def _scatter_of(text: str) -> RatingScatter:
    from nagamochi.planning import RatingScatter, fitted_scatter, read_error_matrix
    from nagamochi.planning.rating_scatter import LARGEST

    sigma = parse.number(text)
    if sigma is not None:
        return RatingScatter(arguments.number("scatter", sigma, at_least=0, at_most=LARGEST))
    path = Path(text)
    if path.is_dir():
        return fitted_scatter(path)
    if not path.exists():
        rule = "must be a standard deviation, a CSV file of an error matrix, or a folder of nagamochi fit scatter"
        raise parse.wrong("--scatter", rule, text)
    return read_error_matrix(path)
