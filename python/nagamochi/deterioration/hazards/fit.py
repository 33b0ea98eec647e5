"""Estimate the multi-stage exponential hazard by maximum likelihood."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.deterioration.hazards.frailty import NO_VARIANCE, Frailty, find_mixture_maximum
from nagamochi.deterioration.hazards.likelihood import PanelLikelihood
from nagamochi.deterioration.hazards.panel import Panel, read_panel, refuse_unusable
from nagamochi.deterioration.hazards.result import HazardFit
from nagamochi.deterioration.hazards.terms import CONSTANT, GivenCovariates, term_names
from nagamochi.deterioration.maximum import WEAK, Maximum, covariance_of, find_maximum, not_ended
from nagamochi.deterioration.pairs_in_parts import PairsInParts, Table

Numbers = npt.NDArray[np.float64]

NO_LIMIT = {
    1.0: "the pairs set no upper limit to its hazard, as none stays in it",
    -1.0: "the pairs set no lower limit to its hazard",
}


def fit_hazards(
    panel: Table | PairsInParts,
    *,
    before: str,
    after: str,
    years: str,
    scale: tuple[int, int] | None = None,
    covariates: GivenCovariates = None,
    group: str | None = None,
    frailty: Literal["gamma"] | None = None,
    threads: int = 0,
    progress: ProgressFunction | None = None,
    time_limit: float | None = None,
) -> HazardFit:
    """Estimate the multi-stage exponential hazard from ratings at successive inspections.

    A member leaves rating i for i + 1 with the hazard theta_i per year, log theta_i = constant_i + sum of
    coefficient_ik times covariate x_k. Rating i at one inspection is rating j, z years later, with probability
    p_ij(z), p(z) = exp(Q z). The coefficients maximise the sum of log p_ij(z; x) over all pairs (Tsuda, Kaito, Aoki
    and Kobayashi 2005, JSCE No. 801).

    Parameters
    ----------
    panel : table, path or PairsInParts
        One row for each pair of successive inspections: a data frame of polars, pandas, pyarrow, .., or a CSV file; or
        several of these in `PairsInParts`.
    before, after : str
        Columns of the two ratings: whole numbers, or Roman numerals, on the scale. Pairs that improve are treated as
        repairs: counted and excluded.
    years : str
        Column of the years between the two inspections, from 1e-9 to 1e9.
    scale : (int, int), optional
        The best and the worst rating, with 2 to 30 ratings between and including them: (9, 0) for the National Bridge
        Inventory; by default 1 to the largest rating seen.
    covariates : list of str or mapping of int to list of str, optional
        Covariates of every rating's hazard, or of each rating's; ratings without an entry have a constant hazard.
    group : str, optional
        Column of groups that may deteriorate at different speeds, such as bridges or routes.
    frailty : "gamma", optional
        Heterogeneity between groups: all hazards of a group are multiplied by one eps, gamma distributed over groups
        with mean 1. Its variance is estimated, and the posterior mean of each group; hazards are those of eps = 1.
    threads : int
        Threads to use; 0 stands for all cores that the process may use. Results do not depend on it.
    progress : callable, optional
        Called with a `nagamochi.base.execution.Progress` after each step of the search; returns False to stop it with
        the best estimates so far, which have not converged.
    time_limit : float, optional
        Seconds after which the search stops in the same way.

    Returns
    -------
    HazardFit
        Print its ``summary()``. The hazard of a rating without data is NaN; the hazard of a rating that no pair leaves
        is 0. The ``notices`` name both, and ``converged`` is False where no maximum was found.

    Raises
    ------
    InvalidInput
        For all invalid cells together; if covariates are constant or linearly dependent; if there are fewer pairs than
        coefficients; if a rating was passed but never seen.

    Examples
    --------
    >>> import polars as pl
    >>> after = [1] * 6 + [2] * 4 + [2] * 7 + [3] * 3
    >>> pairs = pl.DataFrame({"before": [1] * 10 + [2] * 10, "after": after, "years": 2.0})
    >>> fit = fit_hazards(pairs, before="before", after="after", years="years")
    >>> fit.hazards().round(3)
    array([0.252, 0.143])
    """
    execution = Execution(threads, progress, time_limit)
    data = read_panel(panel, before=before, after=after, years=years, scale=scale, covariates=covariates, group=group)
    _check_frailty(group, frailty)
    refuse_unusable(data)
    likelihood = PanelLikelihood(data, execution.threads)
    maximum = find_maximum(likelihood, likelihood.start, execution)
    covariance, groups = covariance_of(maximum.information), None
    if frailty is not None:
        mixed = find_mixture_maximum(likelihood, maximum, execution)
        maximum, covariance, groups = mixed.maximum, mixed.covariance[:-1, :-1], mixed.frailty
    return _fit_of(likelihood, maximum, covariance, groups, execution)


def _check_frailty(group: str | None, frailty: str | None) -> None:
    arguments.one_of("frailty", frailty, (None, "gamma"))
    if (group is None) != (frailty is None):
        rule = "must be given together with frailty, which says how groups differ"
        raise arguments.invalid("group", rule, f"group {group!r} and frailty {frailty!r}")


def _fit_of(
    likelihood: PanelLikelihood,
    maximum: Maximum,
    covariance: Numbers,
    frailty: Frailty | None,
    execution: Execution,
) -> HazardFit:
    panel, terms = likelihood.panel, likelihood.panel.terms
    without_data = [i for i in likelihood.never_left if not panel.in_rating(i).any()]
    values = likelihood.coefficients(maximum.at)
    values[[position in without_data for position, _ in terms.parameters]] = np.nan
    return HazardFit(
        names=tuple(term_names(terms)),
        values=values,
        covariance=likelihood.covariance(covariance),
        log_likelihood=maximum.value,
        converged=maximum.converged and (frailty is None or frailty.converged),
        notices=(
            *panel.notices(),
            *_about_hazards(panel, likelihood.never_left, without_data),
            *(
                _about_coefficients(likelihood, np.sqrt(np.diagonal(covariance)), maximum)
                if maximum.ended or maximum.drift.any()
                else [not_ended(execution)]
            ),
            *([] if frailty is None else _about_groups(frailty)),
        ),
        terms=terms,
        mean_covariates=likelihood.mean_covariates,
        panel=panel,
        frailty=frailty,
    )


def _about_hazards(panel: Panel, never_left: list[int], without_data: list[int]) -> list[str]:
    notices = [
        f"rating {panel.scale.rating(i)}: none of {panel.weight[panel.in_rating(i)].sum():,.0f} pairs leaves it; its "
        "hazard is estimated as 0, without a standard error"
        for i in never_left
        if i not in without_data
    ]
    if without_data:
        ratings = ", ".join(str(panel.scale.rating(i)) for i in without_data)
        which = f"rating{'s' if len(without_data) > 1 else ''} {ratings}"
        notices.append(f"{which}: no pair starts in it, ends in it or passes it; its hazard is unknown")
    return notices


def _about_coefficients(likelihood: PanelLikelihood, errors: Numbers, maximum: Maximum) -> list[str]:
    """Name the coefficients that have no finite estimate, or hardly one."""
    terms = likelihood.panel.terms
    names = np.array(term_names(terms), object)[likelihood.free]
    parameters = [parameter for parameter, free in zip(terms.parameters, likelihood.free, strict=True) if free]
    notices = []
    columns = (names.tolist(), parameters, errors.tolist(), maximum.drift.tolist())
    for name, (position, term), error, drift in zip(*columns, strict=True):
        if drift and term == CONSTANT and not terms.of_rating[position - 1]:
            notices.append(
                f"rating {terms.scale.rating(position)}: {NO_LIMIT[drift]}; no maximum-likelihood estimate exists"
            )
        elif drift:
            notices.append(
                f"{name}: no finite estimate exists; the covariates separate the pairs that leave from those that stay"
            )
        elif not error < WEAK:
            of_what = "of the logarithm" if term == CONSTANT else "per standard deviation"
            notices.append(f"{name}: hardly determined by the pairs (standard error {error:.3g} {of_what})")
    return notices


def _about_groups(frailty: Frailty) -> list[str]:
    notices = []
    if single := int((frailty.multipliers["pairs"] == 1).sum()):
        notices.append(
            f"{single:,} of {len(frailty.multipliers):,} groups have one pair only; their multipliers are uncertain"
        )
    if not frailty.fine:
        notices.append(
            f"did not converge: {frailty.nodes} nodes of quadrature are too few for these groups; twice as many change "
            f"the log-likelihood by {frailty.quadrature_error:.2g}"
        )
    if not frailty.bounded:
        notices.append("did not converge: the pairs set no upper limit to the variance between groups")
    elif not frailty.determined:
        notices.append("did not converge: the pairs do not determine the variance between groups")
    if frailty.variance <= NO_VARIANCE:
        notices.append("no heterogeneity detected between groups (frailty variance 0)")
    return notices
