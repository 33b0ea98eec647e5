"""One section, or many alike: what policies cost, and how often the worst rating is found."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.policy.chain import Chains, checked_hazards, checked_matrices
from nagamochi.policy.costs import Costs, TooStrict, checked_costs, checked_risk_limit
from nagamochi.policy.inspection_value import InspectionValue, TimeRule, find_inspection_value, find_time_rules
from nagamochi.policy.policy import PAPERS_SPACE, Policy, PolicySpace, policies_within
from nagamochi.policy.results import Frontier, PolicyResult
from nagamochi.policy.sections import Sections


class InspectionModel:
    """A section that worsens by a Markov chain, is inspected periodically and repaired to as good as new.

    Ratings go from 1 (new) to J (the worst, which only repair ends). Time is in years, money in yen; a cost in t years
    counts ``exp(-discount_rate * t)``.

    Parameters
    ----------
    hazards : array_like, optional
        ``(J - 1,)``: rates per year of leaving ratings 1 to J - 1 for the next one.
    matrix : array_like, optional
        ``(J, J)`` instead of hazards: row i holds the chances of being in each rating `matrix_years` after rating i.
    repair_cost : float or array_like
        Yen, whatever the rating, or ``(J,)`` by the rating found, not decreasing.
    inspection_cost : float
        Yen of a periodic inspection.
    additional_inspection_cost : float, optional
        Yen of an additional inspection; by default that of a periodic one.
    discount_rate : float
        Per year, above 0.
    matrix_years : float
        Period of the matrix; inspections can only be whole multiples of it apart.
    half_steps : bool
        Whether to take the root of the matrix, for half of its period.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Notes
    -----
    The model, the symbols of the pavement study and where its formulas slip are told in ``docs/models/policy.md``.

    Examples
    --------
    >>> model = InspectionModel(
    ...     hazards=[0.8, 0.3, 0.6, 0.5, 0.4, 0.3],
    ...     repair_cost=744_000,
    ...     inspection_cost=2_000,
    ...     discount_rate=0.04,
    ... )
    >>> best = model.best(risk_limit=0.1)
    >>> best.policy
    Policy(interval=4, repair_at=7, watch_from=5, repair_on_watch_at=7, spacing=None)
    >>> best.risk < 0.1
    True
    """

    def __init__(
        self,
        *,
        hazards: npt.ArrayLike | None = None,
        matrix: npt.ArrayLike | None = None,
        repair_cost: npt.ArrayLike,
        inspection_cost: float,
        additional_inspection_cost: float | None = None,
        discount_rate: float,
        matrix_years: float = 1.0,
        half_steps: bool = False,
    ) -> None:
        if (hazards is None) == (matrix is None):
            raise arguments.invalid("hazards", "must be given, or else matrix, not both", hazards)
        self.chains: Chains
        if hazards is not None:
            self.chains = checked_hazards(hazards)
            for name, value, default in (("matrix_years", matrix_years, 1), ("half_steps", half_steps, False)):
                if value != default:
                    raise arguments.invalid(name, "must not be given without a matrix", value)
        elif matrix is not None:
            self.chains = checked_matrices(matrix, matrix_years, half_steps=half_steps)
        self.costs: Costs = checked_costs(
            self.ratings, repair_cost, inspection_cost, additional_inspection_cost, discount_rate
        )

    @property
    def ratings(self) -> int:
        """Number of ratings, J."""
        return self.chains.ratings

    def evaluate(self, policy: Policy) -> PolicyResult:
        """Evaluate one policy.

        Parameters
        ----------
        policy : Policy
            Its thresholds are ratings from 2 to J.

        Returns
        -------
        PolicyResult
            Its three risks, life-cycle cost, and what is behind them.
        """
        arguments.instance("policy", policy, Policy)
        for name in ("repair_at", "repair_on_watch_at"):
            if (rating := getattr(policy, name)) is not None:
                arguments.whole_number(name, rating, at_least=2, at_most=self.ratings)
        self._refuse_unknown_times(policy)
        return next(self._evaluate(self.times_of(policy), self.row_of(policy)[None], policy.spacing))

    def evaluate_all(self, space: PolicySpace = PAPERS_SPACE) -> list[PolicyResult]:
        """Evaluate all policies of a space.

        Parameters
        ----------
        space : PolicySpace
            By default all thresholds with intervals of 1 to 10 years, with and without watch.

        Returns
        -------
        list of PolicyResult
            By interval; for each, first those without watch.
        """
        policies = policies_within(space, self.chains)
        return list(self._evaluate(policies, policies.policies, space.spacing))

    def best(self, risk_limit: float, space: PolicySpace = PAPERS_SPACE) -> PolicyResult:
        """Choose the cheapest policy that keeps its risk to a limit.

        Parameters
        ----------
        risk_limit : float
            Between 0 and 1, of the probability that a periodic inspection finds the worst rating.
        space : PolicySpace
            The policies to choose from.

        Raises
        ------
        nagamochi.errors.InvalidInput
            No policy keeps to the limit; the least risk that can be had and its cost are said.
        """
        limit = checked_risk_limit("risk_limit", risk_limit)
        policies = policies_within(space, self.chains)
        best, risk, lcc = Sections(self.chains, self.costs, threads=1).choose(policies, np.array([limit]))
        if best.item() < 0:
            raise TooStrict.limit(limit, risk.item(), lcc.item())
        return next(self._evaluate(policies, policies.policies[best[0]], space.spacing))

    def frontier(self, space: PolicySpace = PAPERS_SPACE) -> Frontier:
        """Find every policy that no other beats in both risk and life-cycle cost.

        Parameters
        ----------
        space : PolicySpace
            The policies to choose from.
        """
        results = sorted(self.evaluate_all(space), key=lambda result: (result.risk, result.lcc))
        best: list[PolicyResult] = []
        for result in results:
            if not best or result.lcc < best[-1].lcc:
                best.append(result)
        return Frontier(tuple(best))

    def time_rules(self, longest: int = 100) -> list[TimeRule]:
        """Repair by the calendar, without inspection.

        Parameters
        ----------
        longest : int
            Years between repairs at most.

        Returns
        -------
        list of TimeRule
            Repairs every 1, 2, .. years.

        Examples
        --------
        >>> model = InspectionModel(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
        >>> [round(rule.risk, 3) for rule in model.time_rules(longest=3)]
        [0.09, 0.264, 0.442]
        """
        return find_time_rules(self, longest)

    def inspection_value(
        self, risk_limit: float, space: PolicySpace = PAPERS_SPACE, longest: int = 100
    ) -> InspectionValue:
        """Value inspections: as the option to repair by what is found instead of by the calendar.

        Parameters
        ----------
        risk_limit : float
            Between 0 and 1.
        space : PolicySpace
            The policies to choose from.
        longest : int
            Years between repairs by the calendar at most.

        Returns
        -------
        InspectionValue
            The benefits of inspecting and of additional inspections, and the rules compared.

        Examples
        --------
        >>> model = InspectionModel(
        ...     hazards=[0.8, 0.3, 0.6, 0.5, 0.4, 0.3],
        ...     repair_cost=744_000,
        ...     inspection_cost=2_000,
        ...     discount_rate=0.04,
        ... )
        >>> value = model.inspection_value(risk_limit=0.1)
        >>> value.time_rule.interval, value.basic.policy.interval, value.best.policy.interval
        (7, 1, 4)
        """
        return find_inspection_value(self, risk_limit, space, longest)

    def notices(self, space: PolicySpace = PAPERS_SPACE) -> list[str]:
        """Say which policies of a space are left out: a given matrix has no answer for them, or there are none."""
        arguments.instance("space", space, PolicySpace)
        notices = [
            f"interval {years:g}: no policy with additional inspections, as the matrix is of {self.chains.period:g} "
            f"years and these would be {spacing:g} years apart"
            for years, spacing in space.rhythms
            if spacing and not self.chains.allow(spacing)
        ]
        if space.watch and space.spacing is not None and space.spacing >= max(space.intervals):
            notices.append(f"no policy with additional inspections, as no interval is above {space.spacing:g} years")
        return notices

    def times_of(self, policy: Policy) -> _core.PolicySpace:
        """The times of one policy, for the kernels."""
        return self.chains.policies([policy.rhythm])

    def row_of(self, policy: Policy) -> npt.NDArray[np.int64]:
        """One policy as the kernels write it, with its own times only."""
        watch_from = policy.watch_from or policy.repair_at
        return np.array([0, policy.repair_at, watch_from, policy.repair_on_watch_at or self.ratings])

    def _refuse_unknown_times(self, policy: Policy) -> None:
        names = ("interval", "spacing")
        for name, years in zip(names, policy.rhythm, strict=True):
            if years and not self.chains.allow(years):
                rule = f"must be a multiple of {self.chains.period:g} years, for which the matrix is"
                raise arguments.invalid(name, rule + (" (or give half_steps)" if name == "spacing" else ""), years)

    def _evaluate(
        self, policies: _core.PolicySpace, rows: npt.NDArray[np.int64], spacing: float | None
    ) -> Iterator[PolicyResult]:
        numbers, stationary, value = _core.evaluate_policies(
            space=policies,
            base=self.chains.base(policies, time_in_worst=self.chains.hazards is not None),
            costs=self.costs.core,
            chains=np.zeros(len(rows), np.int64),
            policies=rows,
            threads=1,
        )
        for n, (index, repair_at, watch_from, on_watch) in enumerate(rows.tolist()):
            watched = watch_from < repair_at
            risk, risk_any, time_in_worst, lcc, periodic, additional, repairs = numbers[n].tolist()
            yield PolicyResult(
                policy=Policy(
                    interval=round(policies.intervals[index]),
                    repair_at=repair_at,
                    watch_from=watch_from if watched else None,
                    repair_on_watch_at=on_watch if watched else None,
                    spacing=spacing if watched else None,
                ),
                risk=risk,
                risk_any=risk_any,
                time_in_worst=None if math.isnan(time_in_worst) else time_in_worst,
                lcc=lcc,
                value=value[n],
                stationary=stationary[n],
                periodic_inspections=periodic,
                additional_inspections=additional,
                repairs=repairs,
            )
