"""Plan with the scatter of ratings that was estimated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.tables import Column, Findings, Schema, check, one_of, read_file

if TYPE_CHECKING:
    from nagamochi.deterioration import ScatterFit  # which needs SciPy, slow to import

ESTIMATES = "estimates.csv"
PARAMETERS = ("sigma", "round_scatter", "bias")
FITTED = Schema(
    "estimates",
    (
        Column("parameter", required=True, rule=one_of(*PARAMETERS), aliases=()),
        Column("estimate", "number", required=True, aliases=()),
        Column("low", "number", aliases=()),
        Column("high", "number", aliases=()),
    ),
    key=("parameter",),
)


def fitted_scatter(fit: ScatterFit | str | Path) -> RatingScatter:
    """Return the scatter of ratings that :func:`nagamochi.deterioration.fit_scatter` estimated, for plans.

    Sigma, what a team shares, and bias are taken as estimated; without the true health there is no bias, and 0 stands
    for it.

    Parameters
    ----------
    fit : ScatterFit or path
        A fit, or the folder that ``nagamochi fit scatter`` wrote.

    Returns
    -------
    RatingScatter

    Raises
    ------
    nagamochi.errors.InvalidInput
        The folder's estimates.csv is not as the fit wrote it.
    OSError
        It cannot be read.

    Examples
    --------
    >>> import polars as pl
    >>> from nagamochi.deterioration import fit_scatter
    >>> ratings = {"rating": [3, 3, 4, 2, 3, 5, 4, 4] * 10, "again": [3, 4, 4, 2, 3, 4, 4, 3] * 10}
    >>> fit = fit_scatter(pl.DataFrame(ratings), rating="rating", again="again")
    >>> fitted_scatter(fit).sigma == fit.sigma
    True
    """
    if not isinstance(fit, (str, Path)):
        return RatingScatter(fit.sigma, fit.bias or 0.0, fit.round_scatter)
    findings = Findings()
    table = check(read_file(Path(fit) / ESTIMATES, findings), FITTED, findings)
    estimates = dict(table.frame.select("parameter", "estimate").iter_rows())
    if table.complete and "sigma" not in estimates:
        findings.refuse(table.source.where, "must have a row of the parameter sigma", "none")
    findings.raise_problems()
    return RatingScatter(**estimates)
