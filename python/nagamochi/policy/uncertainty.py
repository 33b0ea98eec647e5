"""What is not known about hazards: a band for the cost and the risk of a policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.chain import checked_array, checked_hazards
from nagamochi.policy.costs import checked_risk_limit
from nagamochi.policy.model import InspectionModel
from nagamochi.policy.policy import Policy

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PolicyBand:
    """A policy under hazards drawn from what is known of them.

    Parameters
    ----------
    lcc, risk : numpy.ndarray
        ``(draws,)`` life-cycle cost, yen, and risk.
    lcc_band, risk_band : tuple of float
        Their quantiles at the ends of the band.
    kept : float or None
        Share of draws whose risk keeps to the limit; None without a limit.
    """

    lcc: Numbers
    risk: Numbers
    lcc_band: tuple[float, float]
    risk_band: tuple[float, float]
    kept: float | None


def draw_hazards(hazards: npt.ArrayLike, covariance: npt.ArrayLike, *, draws: int = 2000, seed: int = 0) -> Numbers:
    """Draw hazards whose logarithms are normal: a fit's estimates are, in large samples.

    Parameters
    ----------
    hazards : array_like
        ``(J - 1,)`` estimates per year.
    covariance : array_like
        ``(J - 1, J - 1)`` of the estimates of the logarithms of the hazards: ``log_hazard_covariance()`` of a
        :class:`nagamochi.deterioration.HazardFit`.
    draws : int
        How many.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    numpy.ndarray
        ``(draws, J - 1)`` per year.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> draw_hazards([0.5, 0.2], [[0.01, 0], [0, 0.04]], draws=3).shape
    (3, 2)
    """
    chains = checked_hazards(hazards)
    assert chains.hazards is not None
    stages = chains.ratings - 1
    matrix = checked_array("covariance", covariance, 2, f"({stages}, {stages})")
    if matrix.shape != (stages, stages) or not np.isfinite(matrix).all():
        raise arguments.invalid("covariance", f"must be finite numbers of shape ({stages}, {stages})", matrix.shape)
    scale = float(np.abs(matrix).max())
    least = float(np.linalg.eigvalsh((matrix + matrix.T) / 2).min())
    if np.abs(matrix - matrix.T).max() > 1e-9 * scale or least < -1e-9 * scale:
        raise arguments.invalid("covariance", "must be symmetric without a negative eigenvalue", least)
    count = arguments.whole_number("draws", draws, at_least=1)
    random = np.random.default_rng(arguments.whole_number("seed", seed, at_least=0))
    noise = random.multivariate_normal(np.zeros(stages), matrix, size=count, method="eigh")
    return np.asarray(chains.hazards * np.exp(noise), np.float64)


def policy_band(
    model: InspectionModel,
    policy: Policy,
    drawn_hazards: npt.ArrayLike,
    *,
    risk_limit: float | None = None,
    level: float = 0.95,
    threads: int = 0,
) -> PolicyBand:
    """Evaluate a policy under drawn hazards.

    Parameters
    ----------
    model : InspectionModel
        Its costs are used; its hazards are not.
    policy : Policy
        The policy.
    drawn_hazards : array_like
        ``(draws, J - 1)``, as :func:`draw_hazards` gives.
    risk_limit : float, optional
        Limit whose keeping is counted.
    level : float
        Share of the draws within the band.
    threads : int
        Threads to use; 0 stands for all cores allowed to the process. Results do not depend on it.

    Returns
    -------
    PolicyBand

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Examples
    --------
    >>> model = InspectionModel(hazards=[0.5, 0.2], repair_cost=100, inspection_cost=1, discount_rate=0.04)
    >>> drawn = draw_hazards([0.5, 0.2], [[0.01, 0], [0, 0.04]], seed=1)
    >>> band = policy_band(model, Policy(interval=2, repair_at=3), drawn, risk_limit=0.2)
    >>> band.risk_band[0] < model.evaluate(Policy(interval=2, repair_at=3)).risk < band.risk_band[1]
    True
    """
    arguments.instance("model", model, InspectionModel)
    model.evaluate(policy)
    chains = checked_hazards(drawn_hazards, many=True, name="drawn_hazards")
    if chains.ratings != model.ratings:
        rule = f"must have {model.ratings - 1} columns, as the model's hazards"
        raise arguments.invalid("drawn_hazards", rule, chains.ratings - 1)
    limit = None if risk_limit is None else checked_risk_limit("risk_limit", risk_limit)
    share = arguments.number("level", level, at_least=0, at_most=1)
    threads = arguments.threads(threads)
    times = model.times_of(policy)
    row = model.row_of(policy)
    numbers, _, _ = _core.evaluate_policies(
        space=times,
        base=chains.base(times, threads=threads),
        costs=model.costs.core,
        chains=np.arange(len(chains)),
        policies=np.tile(row, (len(chains), 1)),
        threads=threads,
    )
    risk, lcc = numbers[:, 0].copy(), numbers[:, 3].copy()
    ends = [(1 - share) / 2, (1 + share) / 2]
    return PolicyBand(
        lcc=lcc,
        risk=risk,
        lcc_band=_pair(np.quantile(lcc, ends)),
        risk_band=_pair(np.quantile(risk, ends)),
        kept=None if limit is None else float((risk <= limit).mean()),
    )


def _pair(ends: Numbers) -> tuple[float, float]:
    low, high = ends.tolist()
    return low, high
