"""The value of inspecting, against repairs by the calendar, and of additional inspections, against periodic ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.execution import Execution
from nagamochi.policy.chains import Chains, Indices, Numbers, base_matrices
from nagamochi.policy.costs import Costs
from nagamochi.policy.results import BestPolicies
from nagamochi.policy.search import Search, best_policies, report_sections
from nagamochi.policy.space import MOST_YEARS, PolicySpace, core_space

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECTIONS_PER_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class TimeRule:
    """Repair every `interval` years whatever the state, without inspection.

    Parameters
    ----------
    interval : numpy.ndarray of int
        Years.
    risk : numpy.ndarray
        Probability of the worst rating at the end of an interval.
    lcc : numpy.ndarray
        Present value of all repairs, from new on, yen.
    """

    interval: Indices
    risk: Numbers
    lcc: Numbers


@dataclass(frozen=True, eq=False)
class Benefit:
    """A benefit once and for all, and its equivalents per year and per interval; NaN where it is not defined.

    Parameters
    ----------
    total : numpy.ndarray
        B, yen, present value.
    yearly : numpy.ndarray
        b, yen at the start of every year that are worth as much.
    per_inspection : numpy.ndarray
        The yearly amounts of one inspection interval, discounted to its start, yen.
    """

    total: Numbers
    yearly: Numbers
    per_inspection: Numbers


@dataclass(frozen=True, eq=False, repr=False)
class InspectionValue:
    """The value of inspections within risk limits; all arrays have the shape of `best`.

    Parameters
    ----------
    risk_limit : numpy.ndarray
        The limit, or the limits.
    time_rule : TimeRule
        The longest interval of repairs by the calendar that keeps to the limit; the shortest where none does.
    time_feasible : numpy.ndarray of bool
        Whether the time rule keeps to the limit.
    basic, best : BestPolicies
        The cheapest policies without, and without or with additional inspections.
    inspecting : Benefit
        Of `basic` over `time_rule`; not defined where one of them does not keep to the limit.
    additional : Benefit
        Of `best` over `basic`; not defined where `best` has no additional inspections or one of them does not keep to
        the limit.
    """

    risk_limit: Numbers
    time_rule: TimeRule
    time_feasible: npt.NDArray[np.bool_]
    basic: BestPolicies
    best: BestPolicies
    inspecting: Benefit
    additional: Benefit

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both benefits against the risk limits, of one section.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw into; by default a new figure's.
        """
        if self.best.many or not np.ndim(self.risk_limit):
            raise arguments.invalid("plot", "must be asked of one section and several limits", np.shape(self.best.row))
        from nagamochi.report.figures.policy import draw_benefits

        totals = {"inspecting": self.inspecting.total, "additional inspections": self.additional.total}
        return draw_benefits(self.risk_limit, totals, ax)

    def __repr__(self) -> str:
        return f"<InspectionValue of {self.best!r}>"


def time_rules(chains: Chains, costs: Costs, longest: int, execution: Execution) -> TimeRule:
    """Evaluate repairs by the calendar, every 1 to `longest` years: arrays ``(n, rules)``."""
    most = arguments.whole_number("longest", longest, at_least=1, at_most=1000)
    years = np.array([n for n in range(1, most + 1) if chains.allow(n)])
    if len(years) == 0:
        rule = f"must be at least {chains.period:g} years, the period of the matrix"
        raise arguments.invalid("longest", rule, most)
    times = core_space([(float(span), 0.0) for span in years], [], chains)
    rows = np.searchsorted(times.times, years - 1e-6)
    risk, lcc = np.full((2, len(chains), len(years)), np.nan)
    for start in range(0, len(chains), SECTIONS_PER_BLOCK):
        block = slice(start, start + SECTIONS_PER_BLOCK)
        for n, base in enumerate(base_matrices(chains.part(block), times, execution.threads), start=start):
            found = _core.compose_transitions(space=times, base=base)[rows, 0]
            risk[n], lcc[n] = found[:, -1], found @ costs.repair[costs.kind[n]] * costs.length[n]
        if not report_sections(execution, block.stop, len(chains)):
            break
    lcc /= -np.expm1(-costs.discount_rate * years)
    return TimeRule(np.broadcast_to(years, risk.shape), risk, lcc)


def inspection_value(
    search_within: Callable[[PolicySpace], Search], space: PolicySpace, limits: Numbers, several: bool, longest: int
) -> InspectionValue:
    """Compare the best policies within the limits with repairs by the calendar."""
    search = search_within(space)
    best = best_policies(search, limits, several)
    basic = best_policies(search_within(replace(space, watch=False)), limits, several)
    rules = time_rules(search.chains, search.costs, longest, search.execution)
    within = rules.risk[:, None, :] <= limits[:, None]
    feasible = np.any(within, axis=2)
    last = np.where(feasible, within.shape[2] - 1 - within[:, :, ::-1].argmax(axis=2), 0)
    rule = TimeRule(
        interval=search.axes(np.take_along_axis(rules.interval, last, axis=1), several=several),
        risk=search.axes(np.take_along_axis(rules.risk, last, axis=1), several=several),
        lcc=search.axes(np.take_along_axis(rules.lcc, last, axis=1), several=several),
    )
    time_feasible = search.axes(np.asarray(feasible), several=several)
    rate = search.costs.discount_rate
    return InspectionValue(
        risk_limit=best.risk_limit,
        time_rule=rule,
        time_feasible=time_feasible,
        basic=basic,
        best=best,
        inspecting=_benefit(rate, rule.lcc, basic, time_feasible & basic.feasible),
        additional=_benefit(rate, basic.lcc, best, basic.feasible & best.feasible & (best.watch_from > 0)),
    )


def _benefit(rate: float, lcc_without: Numbers, chosen: BestPolicies, defined: npt.NDArray[np.bool_]) -> Benefit:
    total = np.where(defined, lcc_without - chosen.lcc, np.nan)[()]
    yearly = total * -math.expm1(-rate)
    annuities = np.array([sum(math.exp(-rate * k) for k in range(years)) for years in range(MOST_YEARS + 1)])
    return Benefit(total, yearly, annuities[chosen.interval] * yearly)
