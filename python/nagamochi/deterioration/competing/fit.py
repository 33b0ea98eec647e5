"""Estimate competing hazards of damage types by maximum likelihood."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.deterioration.competing.likelihood import CompetingLikelihood
from nagamochi.deterioration.competing.panel import CompetingPanel, read_competing_panel, refuse_unusable
from nagamochi.deterioration.competing.result import CompetingFit
from nagamochi.deterioration.competing.states import CHANGE
from nagamochi.deterioration.maximum import WEAK, Maximum, covariance_of, find_maximum, not_ended
from nagamochi.deterioration.pairs_in_parts import PairsInParts, Table
from nagamochi.errors import InvalidInput, Problem

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_EVENTS = 1e-3  # a hazard with fewer expected events in all pairs is taken for 0
NO_LIMIT = {1.0: "the pairs set no upper limit", -1.0: "the pairs set no lower limit"}


def fit_competing_hazards(
    table: Table | PairsInParts,
    *,
    before: str,
    after: str,
    years: str,
    type_before: str,
    type_after: str,
    scale: tuple[int, int] | None = None,
    threads: int = 0,
    progress: ProgressFunction | None = None,
    time_limit: float | None = None,
) -> CompetingFit:
    """Estimate the hazards of damage types that compete, from ratings and types at successive inspections.

    A member is sound (rating 1), or has a worse rating i and the type of its worst damage. In rating i each type l has
    an exponential clock; the first to ring moves the member to rating i + 1 with type l. The clocks of a sound member
    have the hazards theta_1l per year. Those of a member with damage of type m have theta_im for its own type and
    change * theta_il for each other type. change = 0: types never change; change = 1: the present type does not
    matter. The estimates maximise the sum of log p_ab(z) over all pairs, p(z) = exp(Q z).

    Parameters
    ----------
    table : table, path or PairsInParts
        One row for each pair of successive inspections: a data frame of polars, pandas, pyarrow, .., or a CSV file; or
        several of these in `PairsInParts`.
    before, after : str
        Columns of the two ratings: whole numbers, or Roman numerals, on the scale; the best rating is sound. Pairs that
        improve, or whose type changes at the same rating, are counted and excluded.
    years : str
        Column of the years between the two inspections, from 1e-9 to 1e9.
    type_before, type_after : str
        Columns of the type of damage, at most 20 different ones; empty where the rating is the best.
    scale : (int, int), optional
        The best (sound) and the worst rating, with 2 to 30 ratings between and including them; by default 1 to the
        largest rating seen.
    threads : int
        Threads to use; 0 stands for all cores that the process may use. Results do not depend on it.
    progress, time_limit
        As of `nagamochi.deterioration.fit_hazards`.

    Returns
    -------
    CompetingFit
        Print its ``summary()``. A hazard is NaN where no pair was exposed to it, and 0 where the likelihood is largest
        without it. The ``notices`` name both, and ``converged`` is False where no maximum was found.

    Raises
    ------
    InvalidInput
        For all invalid cells together; if no pair has damage; if there are fewer pairs than coefficients; if a rating
        was passed but never seen; if the years differ too much for any hazards.

    Examples
    --------
    >>> import polars as pl
    >>> ends = [(1, None)] * 50 + [(2, "crack")] * 30 + [(2, "spall")] * 20
    >>> pairs = pl.DataFrame(ends, schema=["after", "damage"], orient="row").with_columns(
    ...     before=pl.lit(1), damage_before=pl.lit(None, pl.String), years=pl.lit(2.0)
    ... )
    >>> fit = fit_competing_hazards(
    ...     pairs, before="before", after="after", years="years", type_before="damage_before", type_after="damage"
    ... )
    >>> fit.types, fit.hazards().round(3)
    (('crack', 'spall'), array([[0.208, 0.139]]))
    """
    execution = Execution(threads, progress, time_limit)
    panel = read_competing_panel(
        table,
        before=before,
        after=after,
        years=years,
        type_before=type_before,
        type_after=type_after,
        scale=scale,
    )
    refuse_unusable(panel)
    exposed, possible = _exposed(panel)
    _refuse_too_few(panel, int(possible.sum()))
    likelihood = CompetingLikelihood(panel, possible, execution.threads)
    maximum = find_maximum(likelihood, _start(panel)[possible], execution)
    if not np.isfinite(maximum.value):
        rule = "must be in proportion, as no hazards give all pairs a probability above 1e-290"
        raise InvalidInput(Problem(rule, f"{panel.years[0]:g} to {panel.years[-1]:g}", panel.where, column=years))
    zero = _nearly_zero(panel, likelihood.all(maximum.at)) & possible
    if zero.any():
        likelihood = CompetingLikelihood(panel, possible & ~zero, execution.threads)
        maximum = find_maximum(likelihood, maximum.at[~zero[possible]], execution)
    return _fit_of(likelihood, maximum, exposed, execution)


def _refuse_too_few(panel: CompetingPanel, coefficients: int) -> None:
    if panel.n_pairs < coefficients:
        rule = f"must have at least {coefficients} pairs that carry information, one per coefficient"
        raise InvalidInput(Problem(rule, f"{panel.n_pairs}", panel.where))


def _exposed(panel: CompetingPanel) -> tuple[Flags, Flags]:
    """For each coefficient: whether any pair can have been exposed to it, and can have moved by it."""
    states = panel.states
    start, end = panel.pairs["before"].to_numpy(), panel.pairs["after"].to_numpy()
    been = states.reaches[start][:, states.departure] & states.reaches[states.departure][:, end].T
    moved = states.reaches[start][:, states.departure] & states.reaches[states.arrival][:, end].T
    exposed = been.any(axis=0) @ states.design > 0
    return np.asarray(exposed), np.asarray(moved.any(axis=0) @ states.design > 0)


def _start(panel: CompetingPanel) -> Numbers:
    """Departures over years in each rating, shared by types as they are found, and half of them changes."""
    states = panel.states
    start, end = (states.rating[panel.pairs[side].to_numpy()] for side in ("before", "after"))
    types = (panel.pairs["after"].to_numpy() - 1) % len(states.types)
    count, years = panel.pairs["count"].to_numpy(), panel.pairs["years"].to_numpy()
    coefficients = np.full(states.n_coefficients, np.log(0.5))
    for k, (i, damage) in enumerate(states.hazards):
        left = (start <= i) & (end > i)
        of_type = left & (types == states.types.index(damage))
        time = (count * years / (end - start + 1))[(start <= i) & (end >= i)].sum()
        coefficients[k] = np.log((count[of_type].sum() + 0.5) / max(time, years.min()))
    return coefficients


def _nearly_zero(panel: CompetingPanel, coefficients: Numbers) -> Flags:
    """For each coefficient: whether even the fastest of its moves is as good as never made."""
    years = float((panel.pairs["count"] * panel.pairs["years"]).sum())
    hazards = panel.states.move_hazards(coefficients)
    return np.asarray((panel.states.design * hazards[:, None]).max(axis=0) * years < FEWEST_EVENTS)


def _fit_of(likelihood: CompetingLikelihood, maximum: Maximum, exposed: Flags, execution: Execution) -> CompetingFit:
    panel, free = likelihood.panel, likelihood.free
    values = likelihood.all(maximum.at)
    values[~exposed] = np.nan
    drift = np.zeros(len(free))
    drift[free] = maximum.drift
    covariance = np.full((len(free), len(free)), np.nan)
    covariance[np.ix_(free, free)] = covariance_of(maximum.information)
    return CompetingFit(
        names=tuple(panel.states.names),
        values=values,
        covariance=covariance,
        log_likelihood=maximum.value,
        converged=maximum.converged,
        notices=(
            *panel.notices(),
            *_about_coefficients(panel.states.names, values, np.sqrt(np.diagonal(covariance)), drift),
            *([] if maximum.ended or maximum.drift.any() else [not_ended(execution)]),
        ),
        system=panel.states,
        panel=panel,
    )


def _about_coefficients(names: list[str], values: Numbers, errors: Numbers, drift: Numbers) -> list[str]:
    notices = []
    columns = (names, values.tolist(), errors.tolist(), drift.tolist())
    for name, value, error, side in zip(*columns, strict=True):
        if np.isnan(value):
            notices.append(f"{name}: no pair is exposed to it; its hazard is unknown")
        elif value == -np.inf:
            notices.append(f"{name}: the likelihood is largest without it; estimated as 0, without a standard error")
        elif side:
            of_what = "" if name == CHANGE else " to its hazard"
            notices.append(f"{name}: {NO_LIMIT[side]}{of_what}; no maximum-likelihood estimate exists")
        elif not error < WEAK:
            notices.append(f"{name}: hardly determined by the pairs (standard error of its logarithm {error:.3g})")
    return notices
