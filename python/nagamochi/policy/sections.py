"""Road sections: how they deteriorate and what they cost, and which policy suits them."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nagamochi.base import arguments
from nagamochi.base.execution import Execution, ProgressFunction
from nagamochi.policy.chains import Chains, checked_chains, checked_hazards
from nagamochi.policy.costs import Costs, checked_costs, checked_risk_limit, checked_risk_limits
from nagamochi.policy.evaluation import evaluate
from nagamochi.policy.results import BestPolicies, Evaluated, Frontier, PolicyResult
from nagamochi.policy.route import RoutePolicy, route_policy
from nagamochi.policy.search import Search, all_policies, best_policies, frontiers
from nagamochi.policy.sections_table import Table, read_sections
from nagamochi.policy.space import PAPERS_SPACE, Policy, PolicySpace, PolicyTable
from nagamochi.policy.value import InspectionValue, TimeRule, inspection_value, time_rules


class Sections:
    """Sections that deteriorate by Markov chains, are inspected periodically and repaired to as good as new.

    Hazards of one section, ``(J - 1,)``, give answers in plain numbers; hazards of many, ``(n, J - 1)``, in arrays
    over sections. Costs are the same for all sections, or one for each.

    Ratings go from 1 (new) to J (the worst, absorbing until repair). Time is in years, money in yen; a cost in t years
    counts ``exp(-discount_rate * t)``.

    Parameters
    ----------
    hazards : array_like, optional
        ``(J - 1,)`` or ``(n, J - 1)``: rates per year of leaving ratings 1 to J - 1 for the next one.
    matrices : array_like, optional
        ``(J, J)`` or ``(n, J, J)`` instead of hazards: row i holds the probabilities of each rating `matrix_years`
        after rating i.
    repair_cost : float or array_like
        Yen per unit of length: one number, ``(J,)`` by the rating found, not decreasing, or ``(n, J)`` or ``(n, 1)`` by
        section.
    inspection_cost : float or array_like
        Yen per unit of length of a periodic inspection, or ``(n,)``.
    additional_inspection_cost : float or array_like, optional
        The same of an additional inspection; by default that of a periodic one.
    discount_rate : float
        Per year, above 0 and below 1.
    length : float or array_like
        Of each section; by default 1, so that costs are those of a section.
    matrix_years : float
        Period of the matrices; inspections can only be whole multiples of it apart.
    half_steps : bool
        Whether to take square roots of the matrices, for half of their period.

    Raises
    ------
    nagamochi.errors.InvalidInput
        An argument breaks its rule.

    Notes
    -----
    ``docs/models/policy.md`` explains the model, the symbols of the pavement study and the errors in its formulas.

    Methods raise :class:`nagamochi.errors.InvalidInput` where an argument breaks its rule. A risk limit that no policy
    keeps is no error: the answer has `feasible` False and the least risk there is.

    Examples
    --------
    >>> costs = dict(repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
    >>> section = Sections(hazards=[0.8, 0.3, 0.6, 0.5, 0.4, 0.3], **costs)
    >>> best = section.best(risk_limit=0.1)
    >>> best.policy
    Policy(interval=4, repair_at=7, watch_from=5, repair_on_watch_at=7, spacing=None)
    >>> bool(best.risk < 0.1)
    True

    A thousand sections:

    >>> import numpy as np
    >>> sections = Sections(hazards=np.random.default_rng(1).uniform(0.1, 1.0, (1000, 6)), **costs)
    >>> sections.best(risk_limit=0.05).lcc.shape
    (1000,)
    """

    def __init__(
        self,
        *,
        hazards: npt.ArrayLike | None = None,
        matrices: npt.ArrayLike | None = None,
        repair_cost: npt.ArrayLike,
        inspection_cost: npt.ArrayLike,
        additional_inspection_cost: npt.ArrayLike | None = None,
        discount_rate: float,
        length: npt.ArrayLike = 1.0,
        matrix_years: float = 1.0,
        half_steps: bool = False,
    ) -> None:
        chains, many_chains = checked_chains(hazards, matrices, matrix_years, half_steps)
        self.costs: Costs
        self.costs, self.many = checked_costs(
            chains.ratings,
            len(chains) if many_chains else None,
            repair_cost,
            inspection_cost,
            additional_inspection_cost,
            discount_rate,
            length,
        )
        alike = len(chains) < len(self.costs.kind)
        self.chains: Chains = chains.part(np.zeros(len(self.costs.kind), np.int64)) if alike else chains
        self._notices: list[str] = []
        self._execution = partial(Execution)

    @classmethod
    def from_table(cls, table: Table, **same: Any) -> Sections:
        """Make sections from the rows of a table.

        Parameters
        ----------
        table : polars.DataFrame, any table with an Arrow stream, str or Path
            A table in memory or a CSV file, one row per section: columns hazard_1 to hazard_{J-1}, and any of
            repair_cost (or repair_cost_1 to repair_cost_J), inspection_cost, additional_inspection_cost and length.
        **same
            The other arguments of :class:`Sections`, the same for all sections.

        Examples
        --------
        >>> import polars as pl
        >>> table = pl.DataFrame({"hazard_1": [0.5, 0.3], "hazard_2": [0.2, 0.4], "length": [100.0, 250.0]})
        >>> Sections.from_table(table, repair_cost=7_000, inspection_cost=20, discount_rate=0.04)
        <Sections: 2 of 3 ratings, by hazards>
        """
        columns, notices = read_sections(table, same)
        sections = cls(**columns, **same)
        sections._notices = notices
        return sections

    def __len__(self) -> int:
        return len(self.chains)

    @property
    def ratings(self) -> int:
        """Number of ratings, J."""
        return self.chains.ratings

    def running(
        self, *, threads: int = 0, progress: ProgressFunction | None = None, time_limit: float | None = None
    ) -> Sections:
        """Return the same sections, with settings for what takes long.

        Parameters
        ----------
        threads : int
            Threads to use; 0 stands for all cores allowed to the process. Results do not depend on it.
        progress : callable, optional
            Called with a :class:`nagamochi.base.execution.Progress` after every block of sections (`route`: after
            every interval). Once it returns False, the search stops.
        time_limit : float, optional
            Seconds after which each search stops.

        Returns
        -------
        Sections
            Its searches finish at least one block. Sections that a search did not reach have NaN for risk and cost,
            and its result is not `complete`; `route` returns the best of the intervals that it searched.

        Examples
        --------
        >>> section = Sections(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
        >>> section.running(threads=1, time_limit=60).best(risk_limit=0.2).complete
        True
        """
        sections = copy(self)
        sections._execution = partial(Execution, threads, progress, time_limit)
        sections._execution()  # refuses wrong settings
        return sections

    def evaluate(self, policies: Policy | Evaluated) -> PolicyResult:
        """Evaluate one policy for all sections, or the policies that a search has found, in full.

        Parameters
        ----------
        policies : Policy or Evaluated
            One policy, with thresholds from 2 to J, or what `best`, `frontier`, `route` or `evaluate_all` returned.

        Returns
        -------
        PolicyResult
            Three risks, life-cycle cost, value by rating, expected numbers per year.
        """
        arguments.instance("policies", policies, Policy, Evaluated)
        if isinstance(policies, Policy):
            search = self._search(PolicyTable.of(policies, self.chains))
            return evaluate(search, np.arange(len(self)), np.zeros(len(self) if self.many else (), np.int64))
        if not self._searched(policies):
            raise arguments.invalid("policies", "must be of a complete search of these sections", policies)
        return evaluate(self._search(policies.policies), policies.section, policies.row)

    def evaluate_all(self, space: PolicySpace = PAPERS_SPACE) -> Evaluated:
        """Evaluate all policies of a space by risk and life-cycle cost: 16 bytes for each policy of each section.

        Parameters
        ----------
        space : PolicySpace
            By default all thresholds with intervals of 1 to 10 years, with and without watch.

        Returns
        -------
        Evaluated
            ``(n, policies)``, or ``(policies,)``: by interval; for each, first those without watch.
        """
        return all_policies(self._search_within(space))

    def best(self, risk_limit: npt.ArrayLike, space: PolicySpace = PAPERS_SPACE) -> BestPolicies:
        """Choose the cheapest policy that keeps the risk to a limit, or to each of several limits.

        Parameters
        ----------
        risk_limit : float or sequence of float
            Between 0 and 1, of the probability that a periodic inspection finds the worst rating.
        space : PolicySpace
            The policies to choose from.

        Returns
        -------
        BestPolicies
            ``(n,)`` or ``(n, limits)``; where no policy keeps to the limit, `feasible` is False and the policy is the
            one of least risk.
        """
        return best_policies(self._search_within(space), *checked_risk_limits(risk_limit))

    def frontier(self, space: PolicySpace = PAPERS_SPACE) -> Frontier:
        """Find the Pareto frontier of risk and life-cycle cost of each section.

        Parameters
        ----------
        space : PolicySpace
            The policies to choose from.

        Returns
        -------
        Frontier
            Of one section after another.

        Examples
        --------
        >>> section = Sections(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
        >>> section.frontier().to_frame().columns
        ['interval', 'repair_at', 'watch_from', 'repair_on_watch_at', 'risk', 'lcc']
        """
        return frontiers(self._search_within(space))

    def route(
        self,
        risk_limit: float,
        *,
        limit_on: Literal["mean", "every"] = "mean",
        thresholds: Literal["own", "common"] = "own",
        space: PolicySpace = PAPERS_SPACE,
    ) -> RoutePolicy:
        """Choose one inspection interval for all sections, and thresholds for each of them.

        Parameters
        ----------
        risk_limit : float
            Between 0 and 1.
        limit_on : {"mean", "every"}
            Whether the limit is on the mean risk of the sections, weighted by length, or on the risk of every one.
        thresholds : {"own", "common"}
            Whether each section has thresholds of its own or all have the same.
        space : PolicySpace
            The policies to choose from.

        Returns
        -------
        RoutePolicy
            If no choice keeps to the limit, `feasible` is False and the policies are those of least risk.

        Examples
        --------
        >>> import numpy as np
        >>> hazards = np.random.default_rng(1).uniform(0.2, 0.8, (500, 6))
        >>> sections = Sections(hazards=hazards, repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
        >>> route = sections.route(risk_limit=0.1)
        >>> bool(route.risk.mean() <= 0.1)
        True
        """
        limit = checked_risk_limit("risk_limit", risk_limit)
        arguments.one_of("limit_on", limit_on, ("mean", "every"))
        arguments.one_of("thresholds", thresholds, ("own", "common"))
        arguments.instance("space", space, PolicySpace)
        return route_policy(self._search_within, space, limit, limit_on, thresholds)

    def time_rules(self, longest: int = 100) -> TimeRule:
        """Evaluate repairs by the calendar, every 1, 2, .. years, without inspection.

        Parameters
        ----------
        longest : int
            Years between repairs at most; the last axis of the result counts rules.

        Examples
        --------
        >>> section = Sections(hazards=[0.5, 0.5], repair_cost=100, inspection_cost=1, discount_rate=0.04)
        >>> section.time_rules(longest=3).risk.round(3).tolist()
        [0.09, 0.264, 0.442]
        """
        rules = time_rules(self.chains, self.costs, longest, self._execution())
        return rules if self.many else TimeRule(rules.interval[0], rules.risk[0], rules.lcc[0])

    def value(
        self, risk_limit: npt.ArrayLike, space: PolicySpace = PAPERS_SPACE, longest: int = 100
    ) -> InspectionValue:
        """Value inspections: as the option to repair by the rating found instead of by the calendar.

        Parameters
        ----------
        risk_limit : float or sequence of float
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
        >>> costs = dict(repair_cost=744_000, inspection_cost=2_000, discount_rate=0.04)
        >>> value = Sections(hazards=[0.8, 0.3, 0.6, 0.5, 0.4, 0.3], **costs).value(risk_limit=0.1)
        >>> int(value.time_rule.interval), value.basic.policy.interval, value.best.policy.interval
        (7, 1, 4)
        """
        arguments.instance("space", space, PolicySpace)
        return inspection_value(self._search_within, space, *checked_risk_limits(risk_limit), longest)

    def under(self, draws: npt.ArrayLike) -> Sections:
        """Return this one section under each of many drawn hazards, to see what their uncertainty does to a policy.

        Parameters
        ----------
        draws : array_like
            ``(draws, J - 1)``, e.g. from :func:`draw_hazards`.

        Examples
        --------
        >>> section = Sections(hazards=[0.5, 0.2], repair_cost=100, inspection_cost=1, discount_rate=0.04)
        >>> from nagamochi.policy import draw_hazards
        >>> drawn = section.under(draw_hazards([0.5, 0.2], [[0.01, 0], [0, 0.04]], draws=1000, seed=1))
        >>> result = drawn.evaluate(Policy(interval=2, repair_at=3))
        >>> low, high = np.quantile(result.lcc, [0.025, 0.975])  # a band of 95 %
        >>> float((result.risk <= 0.2).mean())  # share of draws that keep to a limit
        0.052
        """
        if len(self) != 1:
            raise arguments.invalid("draws", "must be for one section only", len(self))
        chains, _ = checked_hazards(draws, "draws")
        if chains.ratings != self.ratings:
            rule = f"must have {self.ratings - 1} columns, one for each rating but the worst"
            raise arguments.invalid("draws", rule, chains.ratings - 1)
        drawn = copy(self)
        drawn.chains, drawn.costs, drawn.many = chains, self.costs.repeated(len(chains)), True
        return drawn

    def notices(self, space: PolicySpace = PAPERS_SPACE) -> list[str]:
        """Explain which columns of a table are not used, and which policies of a space are left out.

        Policies are left out where a given matrix has no answer for them.
        """
        arguments.instance("space", space, PolicySpace)
        return [*self._notices, *space.left_out(self.chains)]

    def __repr__(self) -> str:
        by = "hazards" if self.chains.period == 0 else f"matrices of {self.chains.period:g} years"
        return f"<Sections: {len(self):,} of {self.ratings} ratings, by {by}>"

    def _search(self, policies: PolicyTable) -> Search:
        return Search(self.chains, self.costs, self.many, policies, self._execution())

    def _search_within(self, space: PolicySpace) -> Search:
        return self._search(PolicyTable.within(space, self.chains))

    def _searched(self, found: Evaluated) -> bool:
        """Return whether policies were found by a complete search of these sections."""
        times = {years for rhythm in found.policies.rhythms for years in rhythm if years}
        return bool(
            found.complete
            and found.many == self.many
            and found.section[-1] == len(self) - 1
            and found.policies.rows[:, 1:].max() <= self.ratings
            and all(map(self.chains.allow, times))
        )
